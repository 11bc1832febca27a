import { accessPath } from './access-path.ts';
import { ambiguousUser } from './ambiguous-user.ts';
import { appUser } from './app-user.ts';
import { assignedUser } from './assigned-user.ts';
import { comparedGroup } from './compared-group.ts';
import { confirmation } from './confirmation.ts';
import { conflictingGroup } from './conflicting-group.ts';
import { expectedMember } from './expected-member.ts';
import { grantPath } from './grant-path.ts';
import { groupPair } from './group-pair.ts';
import { inFlight } from './in-flight.ts';
import { leftBehindUser } from './left-behind-user.ts';
import { logEventTarget } from './log-event-target.ts';
import { lostAccess } from './lost-access.ts';
import { lostGrant } from './lost-grant.ts';
import { membershipChange } from './membership-change.ts';
import { membershipDelta } from './membership-delta.ts';
import { offboardedUser } from './offboarded-user.ts';
import { oktaGroup } from './okta-group.ts';
import { oktaUser } from './okta-user.ts';
import { optiGrant } from './opti-grant.ts';
import { optiGroup } from './opti-group.ts';
import { optiGroupMember } from './opti-group-member.ts';
import { optiGroupRecord } from './opti-group-record.ts';
import { optiUser } from './opti-user.ts';
import { optiUserOwner } from './opti-user-owner.ts';
import { orphanedGroup } from './orphaned-group.ts';
import { provisioningEvent } from './provisioning-event.ts';
import { pushFailure } from './push-failure.ts';
import { pushMapping } from './push-mapping.ts';
import { pushedGroup } from './pushed-group.ts';
import { scimDomain } from './scim-domain.ts';
import { superAdmin } from './super-admin.ts';
import { suspendedUser } from './suspended-user.ts';
import type { DerivedTable } from './table.ts';
import { unprovisionedUser } from './unprovisioned-user.ts';
import { userAlias } from './user-alias.ts';
import { userDomainChange } from './user-domain-change.ts';
import { userInScope } from './user-in-scope.ts';
import { userPair } from './user-pair.ts';

/** The tables that rules stand on, each after those it reads. */
export const DERIVED_TABLES: readonly DerivedTable[] = [
  oktaUser,
  suspendedUser,
  oktaGroup,
  appUser,
  assignedUser,
  optiUser,
  optiGroupMember,
  optiGrant,
  optiGroup,
  optiGroupRecord,
  pushMapping,
  pushedGroup,
  groupPair,
  userPair,
  optiUserOwner,
  inFlight,
  offboardedUser,
  unprovisionedUser,
  expectedMember,
  conflictingGroup,
  comparedGroup,
  lostGrant,
  membershipDelta,
  membershipChange,
  scimDomain,
  orphanedGroup,
  grantPath,
  accessPath,
  superAdmin,
  lostAccess,
  ambiguousUser,
  leftBehindUser,
  userAlias,
  userDomainChange,
  userInScope,
  logEventTarget,
  provisioningEvent,
  confirmation,
  pushFailure,
];
