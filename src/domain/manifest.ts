import type { Completeness, DatasetName } from './dataset.ts';
import type { OptiIdSource } from './source.ts';

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

/** What the reading of Okta proved about itself, as `doctor` does. Sealed, so that it is judged the same offline. */
export interface ReadingProofs {
  /** How far this machine's clock was ahead of Okta's, in seconds (negative: behind); null: no answer said. */
  clock_ahead_seconds: number | null;
  /** Whether the admin role shows the whole org (`all`), `part` of it, or nobody knows; and what was seen, in words. */
  role: { sees: 'all' | 'part' | 'not-known'; found: string };
}

/** A clock that is this far off is worth a word. */
export const SKEW_WORTH_A_WORD_MS = 60_000;

/** `6 hours behind`, `75 s ahead of`: how far a clock is ahead of another (negative: behind), in milliseconds. */
export function spellSkew(aheadMs: number): string {
  const seconds = Math.abs(aheadMs) / 1000;
  const far =
    seconds < 120
      ? `${Math.round(seconds)} s`
      : seconds < 7_200
        ? `${Math.round(seconds / 60)} minutes`
        : `${Math.round(seconds / 3_600)} hours`;
  return `${far} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
}

/** What a reader is told of a clock that is off. */
export function clockNote(aheadMs: number): string {
  return `This machine's clock is ${spellSkew(aheadMs)} Okta's. Everything here goes by Okta's time; set the clock (NTP).`;
}

export const MANIFEST_FORMAT = 3;

/** `manifest.json`, written last: what was read, from where, when, and how completely. */
export interface Manifest {
  format: number;
  tool: { name: string; version: string };
  /** Okta host, a port joined by `_`: the folder's name under the reports. */
  org: string;
  /** `OPTIID_ORGANIZATION`; without it, the host of the SCIM endpoint. */
  opti_organization_id: string;
  /** Where the Opti ID side was read: what the SCIM endpoint never shows is unread there, and no gap. */
  opti_id_source: OptiIdSource;
  /** UTC ISO-8601 of the collection's begin and end. */
  began: string;
  ended: string;
  settings: SealedSettings;
  /** Null where Okta was not read, and in snapshots from before it was proved. */
  proofs: ReadingProofs | null;
  /** Null: everything was read for this snapshot. */
  carried_over: CarriedOver | null;
  datasets: Record<DatasetName, ManifestDataset>;
}
