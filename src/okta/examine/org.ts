import { type Check, type CheckSubject, failed, inOrder } from '../../domain/check.ts';
import { CHECKED_NAMES, NEEDED_SCOPES } from '../endpoints.ts';
import type { Asking } from '../reading.ts';
import { cannotStart } from '../start-failure.ts';
import { ADDRESS, CLOCK, examineAddress, nameCompany } from './address.ts';
import { type AppsRead, CREDENTIALS, examineCredentials } from './credentials.ts';
import {
  type Belief,
  endpointSubject,
  examineRateLimits,
  judgeEndpoint,
  RATE_LIMITS,
  readGlimpses,
  scopeSubject,
} from './endpoints.ts';
import { examineRole, ROLE } from './role.ts';
import { type OrgToExamine, Session } from './session.ts';
import { examineApps, examinePushGroups, PUSH_GROUPS, SCIM_APP, SSO_APP } from './settings.ts';

/** What an examination of the Okta side gives. */
export interface OrgExamination {
  checks: Check[];
  /** How many people the org has, by Okta's own count; null where it is not known. */
  people: number | null;
  /** Ids in Opti ID of some people whom the SCIM app manages. */
  managedIds: string[];
}

/** Every check that is made of an org, in the order in which they are shown. */
function orgSubjects(scopes: readonly CheckSubject[], settings: readonly CheckSubject[]): CheckSubject[] {
  const reads = CHECKED_NAMES.map(endpointSubject);
  return [ADDRESS, CLOCK, CREDENTIALS, ...scopes, ROLE, ...reads, RATE_LIMITS, SCIM_APP, ...settings];
}

function subjectsFor({ okta, audit, wrongSettings }: OrgToExamine): CheckSubject[] {
  const scopes = okta.credentials.mode === 'PrivateKey' ? okta.credentials.scopes : null;
  const isChecked = (name: string, value: unknown): boolean => value !== null || wrongSettings.has(name);
  return orgSubjects(scopes === null ? [] : [...new Set([...NEEDED_SCOPES, ...scopes])].map(scopeSubject), [
    ...(isChecked('AUDIT_SSO_APP', audit.ssoApp) ? [SSO_APP] : []),
    ...(isChecked('AUDIT_PUSH_GROUPS', audit.pushGroups) ? [PUSH_GROUPS] : []),
  ]);
}

/** The checks of an org that cannot be looked at, all of them unknown for this reason. */
export function orgNotExamined(whyNot: string): Check[] {
  return inOrder(orgSubjects([], []), [], whyNot);
}

/**
 * Looks at an org as the audit will: one cheap call of each endpoint, GET only, in bounded time. Nothing that is
 * wrong with the org is thrown.
 */
export async function examineOrg(org: OrgToExamine): Promise<OrgExamination> {
  const session = new Session(org);
  const finish = (
    made: readonly Check[],
    whyNot: string,
    examined: Omit<OrgExamination, 'checks'> = { people: null, managedIds: [] },
  ): OrgExamination => ({
    checks: inOrder(subjectsFor(org), made, whyNot),
    ...examined,
  });
  const address = await examineAddress(session, org);
  if (!address.isReached) return finish(address.checks, 'not asked: the org was not reached');
  const access = await examineCredentials(session, org, address.skew);
  const made = [...address.checks, ...access.checks];
  if (access.asking === null) return finish(made, 'not asked: Okta gives no access with these credentials');
  const { checks, ...examined } = await examineAccess(session, access.asking, access.read, org);
  const [reached, ...others] = made;
  const named = reached === undefined ? [] : [await nameCompany(session, access.asking, reached)];
  const all = [...named, ...others, ...checks];
  // Taken at first, and not any more: whoever revoked them did so just now.
  const { halted } = access.asking.requests;
  if (halted === null) return finish(all, 'not asked: there is nothing to ask it of', examined);
  const { message, hint } = cannotStart(halted, org.okta);
  const revoked = failed(CREDENTIALS, message, { who: 'Okta admin', how: hint });
  return finish([...all, revoked], 'not asked: Okta no longer takes the credentials', examined);
}

async function examineAccess(
  session: Session,
  asking: Asking,
  read: AppsRead,
  { okta, audit, wrongSettings }: OrgToExamine,
): Promise<OrgExamination> {
  const { checks: appChecks, chosen } = examineApps(read, audit, wrongSettings);
  const reads = await readGlimpses(session, asking, chosen, audit);
  reads.asked.set(
    'apps',
    read.failure === null
      ? { value: { rows: read.apps.length, note: `${read.apps.length} apps` } }
      : { failure: read.failure },
  );
  const pushGroups =
    audit.pushGroups === null
      ? []
      : [await examinePushGroups(session, asking, audit.pushGroups, chosen.scim?.okta_app_id ?? null)];
  const role = await examineRole(session, asking, okta, reads.everyone);
  const belief: Belief = { mode: okta.credentials.mode, seesAll: role.outcome === 'ok' };
  return {
    checks: [
      role,
      ...[...reads.asked].map(([name, asked]) => judgeEndpoint(name, asked, belief)),
      examineRateLimits(session.limits, okta.budgetPercent),
      ...appChecks,
      ...pushGroups,
    ],
    people: reads.everyone?.userCount ?? null,
    managedIds: reads.managedIds,
  };
}
