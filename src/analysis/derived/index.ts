import { ACCESS } from './access.ts';
import { confirmation } from './confirmation.ts';
import { GROUPS } from './groups.ts';
import { logEventTarget, provisioningEvent, pushFailure } from './log-events.ts';
import { OTHER_MANAGERS } from './other-managers.ts';
import { PAIRS } from './pairs.ts';
import { SIDES } from './sides.ts';
import type { DerivedTable } from './table.ts';
import { USERS } from './users.ts';

/** The tables that rules stand on, each after those it reads. */
export const DERIVED_TABLES: readonly DerivedTable[] = [
  ...SIDES,
  ...OTHER_MANAGERS,
  ...PAIRS,
  ...GROUPS,
  ...USERS,
  ...ACCESS,
  logEventTarget,
  provisioningEvent,
  confirmation,
  pushFailure,
];
