import type { OktaSettings } from '../../config/config.ts';
import { type Check, type CheckSubject, failed, passed, undecided, warned } from '../../domain/check.ts';
import { readRole, roleNotShown } from '../proofs.ts';
import type { Asking } from '../reading.ts';
import type { Reads } from './endpoints.ts';
import { roleRemedy } from './endpoints.ts';
import type { Session } from './session.ts';

export const ROLE: CheckSubject = { id: 'okta.role', group: 'okta', title: 'Admin role sees everything' };

/** Whether the admin role behind the credentials sees all apps, groups and users. */
export async function examineRole(
  session: Session,
  asking: Asking,
  okta: OktaSettings,
  everyone: Reads['everyone'],
): Promise<Check> {
  const { mode } = okta.credentials;
  const asked = await session.ask(() => readRole(asking, okta));
  const { sees, found, roles } = asked.failure ? roleNotShown(asked.failure) : asked.value;
  const hidesEveryone = everyone === null;
  if (roles === null && hidesEveryone) return warned(ROLE, `${NO_EVERYONE}; ${found}`, byHand(mode));
  if (roles === null || roles.length === 0) return undecided(ROLE, found, byHand(mode));
  if (sees === 'part') return failed(ROLE, found, roleRemedy(mode));
  // Documented of group admins alone: of a custom role it may mean as little as that Okta keeps this one group back.
  if (hidesEveryone) return warned(ROLE, `${found}; ${NO_EVERYONE}`, byHand(mode));
  if (sees === 'all') return passed(ROLE, found);
  return undecided(ROLE, found, byHand(mode));
}

const NO_EVERYONE = 'Okta does not show this role the group Everyone, which every org has';

function byHand(mode: 'SSWS' | 'PrivateKey'): { who: 'Okta super admin'; how: string } {
  const where =
    mode === 'SSWS'
      ? "Admin Console › Security › Administrators, the token's owner (Security › API › Tokens names him)"
      : 'Admin Console › Applications › the service app › Admin roles';
  return {
    who: 'Okta super admin',
    how: `Look at ${where}: Read-only Administrator sees everything. A custom role needs a resource set with all apps, all groups and all users, and the permission to view roles and resources; without it nothing proves what it sees, and a run stays incomplete.`,
  };
}
