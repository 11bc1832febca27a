import { appUser } from './app-user.ts';
import { assignedUser } from './assigned-user.ts';
import { comparedGroup } from './compared-group.ts';
import { expectedMember } from './expected-member.ts';
import { groupPair } from './group-pair.ts';
import { membershipDelta } from './membership-delta.ts';
import { oktaGroup } from './okta-group.ts';
import { oktaUser } from './okta-user.ts';
import { optiGrant } from './opti-grant.ts';
import { optiGroup } from './opti-group.ts';
import { optiGroupMember } from './opti-group-member.ts';
import { optiUser } from './opti-user.ts';
import { pushMapping } from './push-mapping.ts';
import { pushedGroup } from './pushed-group.ts';
import type { DerivedTable } from './table.ts';
import { takenGroup } from './taken-group.ts';
import { userPair } from './user-pair.ts';

/** The tables that rules stand on, each after those it reads. */
export const DERIVED_TABLES: readonly DerivedTable[] = [
  oktaUser,
  oktaGroup,
  appUser,
  assignedUser,
  optiUser,
  optiGroupMember,
  optiGrant,
  optiGroup,
  pushMapping,
  pushedGroup,
  groupPair,
  userPair,
  expectedMember,
  takenGroup,
  comparedGroup,
  membershipDelta,
];
