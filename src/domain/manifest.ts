import type { Completeness, DatasetName } from './dataset.ts';

/** The most that the settings may be: minutes of `AUDIT_LAG_MINUTES`, days of `AUDIT_LOG_DAYS` (Okta keeps 90). */
export const MOST_LAG_MINUTES = 10_080;
export const MOST_LOG_DAYS = 90;

/** The settings that shape what a snapshot holds and how it is judged; sealed with it. */
export interface SealedSettings {
  /** `AUDIT_SCIM_APP`, or null. */
  scim_app: string | null;
  /** `AUDIT_SSO_APP`, or null. */
  sso_app: string | null;
  /** Entries of `AUDIT_PUSH_GROUPS`, or null when unset. */
  push_groups: string[] | null;
  /** `AUDIT_LAG_MINUTES`. */
  lag_minutes: number;
  /** `AUDIT_LOG_DAYS`. */
  log_days: number;
}

export interface ManifestDataset {
  file: string;
  completeness: Completeness;
  reason: string;
  rows: number;
  requests: number;
  /** UTC ISO-8601; null where nothing was read. */
  began: string | null;
  ended: string | null;
  /** Of the file's bytes; null where there is no file. */
  sha256: string | null;
}

/** What was not read again but carried over from an earlier snapshot of the same org. */
export interface CarriedOver {
  /** sha256 of that snapshot's manifest, hexadecimal, and when it began. */
  snapshot: string;
  began: string;
  /** Collections in a row that carried rows over, this one included. */
  nights: number;
  /** When the last collection that read everything began. */
  full_read: string;
  /** Ids of the groups whose rows of `okta.groupMembers` were carried over, all of them; sorted. */
  groups: string[];
  /** How many rows of `okta.groupMembers` that are. The people are read again. */
  memberships: number;
}

export const MANIFEST_FORMAT = 3;

/** `manifest.json`, written last: what was read, from where, when, and how completely. */
export interface Manifest {
  format: number;
  tool: { name: string; version: string };
  /** Okta host, a port joined by `_`: the folder's name under the reports. */
  org: string;
  /** `OPTIID_ORGANIZATION`. */
  opti_organization_id: string;
  /** UTC ISO-8601 of the collection's begin and end. */
  began: string;
  ended: string;
  settings: SealedSettings;
  /** Null: everything was read for this snapshot. */
  carried_over: CarriedOver | null;
  datasets: Record<DatasetName, ManifestDataset>;
}
