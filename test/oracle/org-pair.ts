import type { Completeness, DatasetName, DatasetRows } from '../../src/domain/dataset.ts';
import type { Memory } from '../../src/domain/memory.ts';

/** An Okta org and an Opti ID organization as plain rows, with what of them could be read. */
export interface OrgPair {
  seed: number;
  scimApp: string | null;
  ssoApp: string | null;
  pushGroups: string[] | null;
  lagMinutes: number;
  logDays: number;
  /** What earlier runs know. */
  memory: Memory;
  /** The push scope is left empty: the collection resolves it. */
  rows: { [Name in DatasetName]: DatasetRows[Name][] };
  /** Datasets that were not read to their end; all others are complete. */
  states: Partial<Record<DatasetName, Exclude<Completeness, 'complete'>>>;
}

/** The organization's own id in every generated pair. */
export const ORGANIZATION_ID = 'org-1';

/** Where SCIM is set up, what is read below the SCIM app. */
export const BELOW_SCIM_APP = [
  'okta.scimApp',
  'okta.appFeatures',
  'okta.provisioningConnection',
  'okta.profileMappings',
  'okta.appUsers',
  'okta.appGroups',
  'okta.groupPushMappings',
  'okta.logEvents',
  'okta.otherAppUsers',
  'okta.otherPushMappings',
  'okta.assignmentChecks',
] as const satisfies readonly DatasetName[];
