import type { OktaSettings } from '../../config/config.ts';
import { type Check, type CheckSubject, failed, passed, undecided, warned } from '../../domain/check.ts';
import { ENDPOINTS, type RowOf } from '../endpoints.ts';
import { type Asking, readOne } from '../reading.ts';
import type { Reads } from './endpoints.ts';
import { roleRemedy } from './endpoints.ts';
import type { Asked, Session } from './session.ts';

export const ROLE: CheckSubject = { id: 'okta.role', group: 'okta', title: 'Admin role sees everything' };

const [ROLES_SCOPE] = ENDPOINTS['client-roles'].scopes;
/** Standard roles that see all apps, groups and users; no target narrows them. */
const SEE_ALL: ReadonlySet<string> = new Set(['SUPER_ADMIN', 'ORG_ADMIN', 'READ_ONLY_ADMIN']);
/** Roles whose targets or resource set decide what they see. */
const DEPENDS: ReadonlySet<string> = new Set(['APP_ADMIN', 'CUSTOM']);

interface Holder {
  /** Whose roles these are, for a message. */
  holder: string;
  roles: RowOf<'user-roles'>;
}

/**
 * Whether the admin role behind the credentials sees all apps, groups and users. What Okta hides from a role is simply
 * not in its answers, so a role that is not known to see everything is never taken for one that does.
 */
export async function examineRole(
  session: Session,
  asking: Asking,
  okta: OktaSettings,
  everyone: Reads['everyone'],
): Promise<Check> {
  const { mode } = okta.credentials;
  const asked = await askForRoles(session, asking, okta);
  const hidesEveryone = everyone === null;
  if (asked.failure) {
    const why = `the roles are not shown: ${asked.failure.message}`;
    if (hidesEveryone) return warned(ROLE, `${NO_EVERYONE}; ${why}`, byHand(mode));
    return undecided(ROLE, why, byHand(mode));
  }
  const { holder } = asked.value;
  const roles = asked.value.roles.filter(({ status }) => (status ?? 'ACTIVE') === 'ACTIVE');
  const found = `${roles.map(({ type, label }) => label ?? type).join(', ')} (${holder})`;
  if (roles.length === 0) return undecided(ROLE, `Okta shows no admin role of ${holder}`, byHand(mode));
  const seesAll = roles.some(({ type }) => SEE_ALL.has(type));
  const depends = roles.some(({ type }) => DEPENDS.has(type));
  if (!seesAll && !depends) return failed(ROLE, `${found}: it does not see all apps`, roleRemedy(mode));
  // Documented of group admins alone: of a custom role it may mean as little as that Okta keeps this one group back.
  if (hidesEveryone) return warned(ROLE, `${found}; ${NO_EVERYONE}`, byHand(mode));
  if (seesAll) return passed(ROLE, found);
  return undecided(ROLE, `${found}: what it sees depends on its targets`, byHand(mode));
}

const NO_EVERYONE = 'Okta does not show this role the group Everyone, which every org has';

async function askForRoles(
  session: Session,
  asking: Asking,
  { credentials }: OktaSettings,
): Promise<Asked<Holder> | { failure: { message: string }; value?: never }> {
  if (credentials.mode === 'PrivateKey') {
    if (!credentials.scopes.includes(ROLES_SCOPE)) {
      return { failure: { message: `the audit does without the scope ${ROLES_SCOPE}` } };
    }
    return session.ask(async () => ({
      holder: `service app ${credentials.clientId}`,
      roles: await readOne(asking, 'client-roles', { client: credentials.clientId }),
    }));
  }
  return session.ask(async () => {
    const { id, profile } = await readOne(asking, 'token-owner', {});
    const roles = await readOne(asking, 'user-roles', { user: id });
    return { holder: `the token's owner ${profile.login}`, roles };
  });
}

function byHand(mode: 'SSWS' | 'PrivateKey'): { who: 'Okta super admin'; how: string } {
  const where =
    mode === 'SSWS'
      ? "Admin Console › Security › Administrators, the token's owner (Security › API › Tokens names him)"
      : 'Admin Console › Applications › the service app › Admin roles';
  return {
    who: 'Okta super admin',
    how: `Look at ${where}: Read-only Administrator sees everything. A custom role needs a resource set with all apps, all groups and all users; an App Administrator must not be limited to some apps.`,
  };
}
