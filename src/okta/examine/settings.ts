import type { AuditSettings } from '../../config/config.ts';
import { type Check, type CheckSubject, failed, passed, undecided, warned } from '../../domain/check.ts';
import type { AppRow } from '../../domain/dataset.ts';
import { SettingsError } from '../../domain/errors.ts';
import { resolvePushScope, SCIM_APP_NAME } from '../../domain/okta.ts';
import { decideScimApp, decideSsoApp } from '../app-choice.ts';
import { type Asking, readFirstPage, readOne } from '../reading.ts';
import type { CountedGroup } from '../schemas.ts';
import type { AppsRead } from './credentials.ts';
import type { ChosenApps } from './endpoints.ts';
import type { Session } from './session.ts';

export const SCIM_APP: CheckSubject = { id: 'okta.scim-app', group: 'okta', title: 'SCIM app' };
export const SSO_APP: CheckSubject = { id: 'okta.sso-app', group: 'okta', title: 'SSO app' };

const MOST_EXAMPLES = 5;

function shown({ okta_app_id, label, status }: AppRow): string {
  return `"${label}" (${okta_app_id}, ${status})`;
}

function listed(apps: readonly AppRow[]): string {
  const more = apps.length > MOST_EXAMPLES ? ` and ${apps.length - MOST_EXAMPLES} more` : '';
  return `${apps.slice(0, MOST_EXAMPLES).map(shown).join(', ')}${more}`;
}

interface Examined {
  check: Check;
  app: AppRow | null;
}

/** The apps that the settings choose, found as a collection finds them. */
export function examineApps(
  read: AppsRead,
  audit: AuditSettings,
  wrongSettings: ReadonlySet<string>,
): { checks: Check[]; chosen: ChosenApps } {
  const unlessWrong = <Found>(setting: string, subject: CheckSubject, examine: () => Found) =>
    wrongSettings.has(setting) ? without(undecided(subject, `${setting} is wrong`)) : examine();
  const scim = unlessWrong('AUDIT_SCIM_APP', SCIM_APP, () => examineScimApp(read, audit.scimApp));
  const sso = unlessWrong('AUDIT_SSO_APP', SSO_APP, () => examineSsoApp(read, audit.ssoApp));
  return {
    checks: [scim.check, ...(sso === null ? [] : [sso.check])],
    chosen: { scim: scim.app, sso: sso?.app ?? null },
  };
}

function without(check: Check): Examined {
  return { check, app: null };
}

function found(subject: CheckSubject, app: AppRow): Examined {
  if (app.status === 'ACTIVE') return { check: passed(subject, shown(app)), app };
  const check = warned(subject, `${shown(app)}: Okta provisions and signs in with active apps only`, {
    who: 'Okta admin',
    how: 'Activate it (Admin Console › Applications), or let the setting name another app.',
  });
  return { check, app };
}

function examineScimApp({ apps, state }: AppsRead, setting: string | null): Examined {
  const choice = decideScimApp(apps, state, setting);
  if (choice.kind === 'chosen') return found(SCIM_APP, choice.app);
  if (choice.kind === 'unknown') return without(undecided(SCIM_APP, choice.reason));
  if (choice.kind === 'missing') return without(missingScimApp(apps, choice.why, setting));
  const how = `Set AUDIT_SCIM_APP to the id of the one that provisions to Opti ID: ${listed(choice.candidates)}.`;
  return without(failed(SCIM_APP, choice.why, { who: 'operator of this machine', how }));
}

function missingScimApp(apps: readonly AppRow[], why: string, setting: string | null): Check {
  const inactive = apps.filter(({ name, status }) => name === SCIM_APP_NAME && status !== 'ACTIVE');
  const near = apps.filter(({ label }) => label.trim().toLowerCase() === setting?.trim().toLowerCase());
  const candidates = near.length > 0 ? near : apps.filter(({ name }) => name === SCIM_APP_NAME);
  if (setting !== null) {
    return failed(SCIM_APP, why, {
      who: 'operator of this machine',
      how:
        candidates.length > 0
          ? `Give AUDIT_SCIM_APP the id or the exact label of the app. Is ${listed(candidates)} meant?`
          : 'Give AUDIT_SCIM_APP the id or the exact label of the app. If it is right, the admin role does not see the app (see the check of the role).',
    });
  }
  if (inactive.length > 0) {
    return failed(SCIM_APP, `${why}; inactive: ${listed(inactive)}`, {
      who: 'Okta admin',
      how: 'Activate the app (Admin Console › Applications), or name it in AUDIT_SCIM_APP to audit it as it is.',
    });
  }
  return failed(SCIM_APP, why, {
    who: 'Okta admin',
    how: 'Add the app "SCIM 2.0 Test App (Header Auth)" from the catalogue (Admin Console › Applications › Browse App Catalog), or set AUDIT_SCIM_APP to the app that provisions to Opti ID. If it is there, the admin role does not see it (see the check of the role).',
  });
}

function examineSsoApp({ apps, state }: AppsRead, setting: string | null): Examined | null {
  try {
    const choice = decideSsoApp(apps, state, setting);
    if (choice === null) return null;
    if (choice.kind === 'chosen') return found(SSO_APP, choice.app);
    return without(undecided(SSO_APP, choice.reason));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return without(failed(SSO_APP, error.message, { who: 'operator of this machine', how: error.hint }));
  }
}

export const PUSH_GROUPS: CheckSubject = {
  id: 'okta.push-groups',
  group: 'okta',
  title: 'AUDIT_PUSH_GROUPS names groups',
};

/** More entries than these are left to the audit, which has all groups at hand. */
const MOST_LOOKED_UP = 10;
const OKTA_GROUP_ID = /^00g[A-Za-z0-9]{17}$/u;

type Answer = { entry: string; is: 'found' } | { entry: string; is: 'missing' | 'unknown'; why: string };

/** Whether each entry names a group, by Okta's search: the audit itself compares them with all groups. */
export async function examinePushGroups(
  session: Session,
  asking: Asking,
  entries: readonly string[],
  scimAppId: string | null,
): Promise<Check> {
  const answers = await Promise.all(
    entries.slice(0, MOST_LOOKED_UP).map((entry) => lookUp(session, asking, entry, scimAppId)),
  );
  const count = (is: Answer['is']): number => answers.filter((answer) => answer.is === is).length;
  const whyOf = (is: 'missing' | 'unknown'): string =>
    answers.flatMap((answer) => (answer.is === is ? [`"${answer.entry}": ${answer.why}`] : [])).join('; ');
  const found = `${count('found')} of ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} found`;
  if (count('missing') > 0) {
    return failed(PUSH_GROUPS, `${found}; ${whyOf('missing')}`, {
      who: 'operator of this machine',
      how: 'Correct AUDIT_PUSH_GROUPS: entries are group ids, exact names or patterns with * and ?; upper and lower case differ, and a comma in a name is written \\,. A group made within the last minutes may be missing from what Okta searches: then run doctor again.',
    });
  }
  const open = entries.length - answers.length;
  if (count('unknown') > 0 || open > 0) {
    const reasons = [whyOf('unknown'), open > 0 ? `${open} were not looked up` : ''].filter(
      (why) => why !== '',
    );
    return undecided(PUSH_GROUPS, `${found}; ${reasons.join('; ')}`);
  }
  return passed(PUSH_GROUPS, found);
}

async function lookUp(
  session: Session,
  asking: Asking,
  entry: string,
  scimAppId: string | null,
): Promise<Answer> {
  if (OKTA_GROUP_ID.test(entry)) {
    const { failure } = await session.ask(() => readOne(asking, 'group', { group: entry }));
    if (!failure) return { entry, is: 'found' };
    return failure.kind === 'not-found'
      ? { entry, is: 'missing', why: 'Okta shows no group of this id' }
      : { entry, is: 'unknown', why: failure.message };
  }
  // Okta's search knows beginnings of names and no patterns, and does not mind case.
  const start = /^[^*?]*/u.exec(entry)?.[0] ?? '';
  if (start === '') return { entry, is: 'unknown', why: 'a pattern without a beginning is not looked up' };
  const operator = start === entry ? 'eq' : 'sw';
  const query = { search: `profile.name ${operator} ${JSON.stringify(start)}` };
  const asked = await session.ask(() => readFirstPage(asking, 'groups', {}, { query }));
  if (asked.failure) return { entry, is: 'unknown', why: asked.failure.message };
  const { rows, hasMore } = asked.value;
  if (isNamed(entry, rows, scimAppId)) return { entry, is: 'found' };
  if (hasMore) return { entry, is: 'unknown', why: 'more groups begin like this than were looked at' };
  const near = rows.find(({ name }) => name.toLowerCase() === entry.toLowerCase())?.name;
  const why =
    near !== undefined && near !== entry
      ? `no group of this name; is "${near}" meant?`
      : near === entry
        ? 'only a group that the SCIM app brought into Okta has this name'
        : 'no group of this name';
  return { entry, is: 'missing', why };
}

/** As the audit decides it, among these groups. */
function isNamed(entry: string, groups: readonly CountedGroup[], scimAppId: string | null): boolean {
  const { rows } = resolvePushScope({
    setting: [entry],
    scimAppGroups: [],
    ssoAppGroups: [],
    mappings: [],
    groups,
    scimAppId,
  });
  return rows.length > 0;
}
