import { ACCESS_REMEDIES } from './access.ts';
import { CONFIGURATION_REMEDIES } from './configuration.ts';
import { DRIFT_REMEDIES } from './drift.ts';
import { GROUP_REMEDIES } from './groups.ts';
import { PEOPLE_REMEDIES } from './people.ts';
import type { Remedy } from './remedy.ts';

/**
 * What the plan does about each rule, by its id. The order is that in which remedies
 * look at the steps of others: who is deleted is settled before who loses what.
 */
export const REMEDIES = {
  ...CONFIGURATION_REMEDIES,
  ...GROUP_REMEDIES,
  ...PEOPLE_REMEDIES,
  ...ACCESS_REMEDIES,
  ...DRIFT_REMEDIES,
} as const satisfies Readonly<Record<string, Remedy>>;
