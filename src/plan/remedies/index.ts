import type { Remedy } from '../planning.ts';
import { ACCESS_REMEDIES } from './access.ts';
import { CONFIGURATION_REMEDIES } from './configuration.ts';
import { DRIFT_GROUP_REMEDIES } from './drift-groups.ts';
import { DRIFT_PEOPLE_REMEDIES } from './drift-people.ts';
import { GROUP_REMEDIES } from './groups.ts';
import { PEOPLE_REMEDIES } from './people.ts';
import { SYSTEM_LOG_REMEDIES } from './system-log.ts';

/**
 * What the plan does about each rule, by its id. The order is that in which remedies look at the steps of others: who
 * is deleted is settled before who loses what, and the System Log is asked last.
 */
export const REMEDIES: Readonly<Record<string, Remedy>> = {
  ...CONFIGURATION_REMEDIES,
  ...GROUP_REMEDIES,
  ...PEOPLE_REMEDIES,
  ...ACCESS_REMEDIES,
  ...DRIFT_GROUP_REMEDIES,
  ...DRIFT_PEOPLE_REMEDIES,
  ...SYSTEM_LOG_REMEDIES,
};
