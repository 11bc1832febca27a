import type { OktaSettings } from '../config/config.ts';
import type { ConfirmationKind, ConfirmationVerdict } from '../domain/confirmation.ts';
import type { AppRow, DatasetState, LogEventRow } from '../domain/dataset.ts';
import { AuditError, IncompleteRead } from '../domain/errors.ts';
import { GROUP_MEMBERSHIP_EVENT_TYPES, type LogWindow, logWindow } from '../domain/log-events.ts';
import { clockNote } from '../domain/manifest.ts';
import { foldName } from '../domain/names.ts';
import { didYouMean } from '../domain/nearest.ts';
import { decideScimApp, isCandidate } from './app-choice.ts';
import { OktaReadFailure } from './failures.ts';
import { anyOf, equals } from './filter.ts';
import { correctionMs, isWorthAWord, measureClock } from './proofs.ts';
import { readApps } from './readers/apps.ts';
import { aboutApp, type Question, readEvents } from './readers/log-events.ts';
import { findUserById, findUsersByEmail } from './readers/users.ts';
import { type Asking, askingOf, readFirstPage, readOne } from './reading.ts';
import { openOkta } from './requests.ts';
import { cannotStart } from './start-failure.ts';

export interface ConfirmInput {
  okta: OktaSettings;
  /** `AUDIT_SCIM_APP`, or null. */
  scimApp: string | null;
  kind: ConfirmationKind;
  /** E-mail or name of a group, or the Okta id of either. */
  who: string;
  /** The one group of a member, by name or Okta id; null: any. */
  group: string | null;
  days: number;
  now: () => Date;
}

/** Whom the log is asked about. */
export interface Asked {
  kind: ConfirmationKind;
  app: { id: string; label: string };
  /** E-mail, or name of the group; for members the e-mail. */
  subject: string;
  /** Okta ids of the user; none where Okta does not know the user (any more), or may not say. */
  userIds: readonly string[];
  /** E-mails of the user. */
  emails: readonly string[];
  /** The group, or the one group of the member; null: any group. */
  groupName: string | null;
}

/** What was read of the log. */
export interface SeenLog {
  events: readonly LogEventRow[];
  window: ConfirmationVerdict['window'];
  /** What a reader should know of how it was searched. */
  notes: readonly string[];
}

const OKTA_USER_ID = /^00u\w{17}$/u;
const OKTA_GROUP_ID = /^00g\w{17}$/u;

/** True where this can be asked for as a user: an e-mail, or an Okta user id. */
export function isUserName(who: string): boolean {
  return who.includes('@') || OKTA_USER_ID.test(who);
}

/**
 * Reads from the System Log what confirms one change. Throws `AuditError` where nothing can be read at all, or
 * where the SCIM app or the group is not known.
 */
export async function readConfirmation(input: ConfirmInput): Promise<{ asked: Asked; log: SeenLog }> {
  const skew = await measureClock(input.okta, () => input.now().getTime());
  const until = new Date(input.now().getTime() - correctionMs(skew));
  const asking = askingOf(await openOkta(input.okta));
  const app = await findScimApp(asking, input);
  const notes: string[] = [];
  if (skew !== null && isWorthAWord(skew)) notes.push(clockNote(skew.aheadMs));
  const asked = await whom(asking, app, input, notes);
  return { asked, log: { ...(await readLog(asking, logWindow(until, input.days), asked)), notes } };
}

async function findScimApp(asking: Asking, { okta, scimApp }: ConfirmInput): Promise<AppRow> {
  const apps: AppRow[] = [];
  let state: DatasetState = { completeness: 'complete', reason: '' };
  try {
    await readApps(
      { ...asking, write: async (app) => void apps.push(app) },
      {
        isCandidate: (app) => isCandidate(app, { scim_app: scimApp, sso_app: null }),
        named: [scimApp],
        whyNot: (failure) => cannotStart(failure, okta),
      },
    );
  } catch (error) {
    if (!(error instanceof IncompleteRead)) throw error;
    state = { completeness: 'partial', reason: error.message };
  }
  const choice = decideScimApp(apps, state, scimApp);
  if (choice.kind === 'chosen') return choice.app;
  const { why } = choice;
  throw new AuditError(`${why.charAt(0).toUpperCase()}${why.slice(1)}.`, {
    hint: 'Set AUDIT_SCIM_APP to the id or the exact label of the SCIM app in Okta.',
  });
}

async function whom(
  asking: Asking,
  { okta_app_id, label }: AppRow,
  { kind, who, group }: ConfirmInput,
  notes: string[],
): Promise<Asked> {
  const app = { id: okta_app_id, label };
  if (kind === 'group-added') {
    const name = await groupName(asking, who, notes);
    return { kind, app, subject: name, userIds: [], emails: [], groupName: name };
  }
  const users = await findUsers(asking, who, notes);
  const emails = [
    ...new Set([...users.flatMap(({ email }) => email ?? []), ...(who.includes('@') ? [who] : [])]),
  ];
  return {
    kind,
    app,
    subject: emails[0] ?? who,
    userIds: users.length > 0 ? users.map(({ id }) => id) : OKTA_USER_ID.test(who) ? [who] : [],
    emails,
    groupName: group === null ? null : await groupName(asking, group, notes),
  };
}

/** Without the users' read scope, and for who is gone from Okta, the log is asked by e-mail or id alone. */
async function findUsers(
  asking: Asking,
  who: string,
  notes: string[],
): Promise<{ id: string; email: string | null }[]> {
  try {
    const byId = OKTA_USER_ID.test(who) ? await findUserById(asking, who) : null;
    const users = byId ? [byId] : who.includes('@') ? await findUsersByEmail(asking, [who]) : [];
    if (users.length === 0) {
      const near = who.includes('@') ? await nearEmails(asking, who) : '';
      notes.push(`Okta knows no user ${who}; the log is searched for that alone. ${near}`.trim());
    }
    return users.map(({ okta_user_id: id, email }) => ({ id, email }));
  } catch (error) {
    if (!(error instanceof OktaReadFailure)) throw error;
    notes.push(`The user could not be looked up (${error.message}); the log is searched for ${who} alone.`);
    return [];
  }
}

/** So much of a name must be right: Okta searches by how names begin. */
const RIGHT_BEGINNING = 3;

/** Asks for users whose e-mails begin alike, one page; a sentence, or nothing. */
async function nearEmails(asking: Asking, email: string): Promise<string> {
  const begins = email.trim().slice(0, RIGHT_BEGINNING);
  const search = `profile.email sw ${JSON.stringify(begins)}`;
  const { rows } = await readFirstPage(asking, 'users', {}, { query: { search } });
  return didYouMean(
    email,
    rows.flatMap((user) => user.email ?? []),
  ).trim();
}

/** Whether Okta has a group of this name, by two pages at most; where not, says so with names that begin alike. */
async function noteUnknownGroup(asking: Asking, name: string, notes: string[]): Promise<void> {
  const named = async (search: string) =>
    (await readFirstPage(asking, 'groups', {}, { query: { search } })).rows;
  try {
    const same = await named(`profile.name eq ${JSON.stringify(name)}`);
    if (same.some((group) => foldName(group.name) === foldName(name))) return;
    const alike = await named(`profile.name sw ${JSON.stringify(name.trim().slice(0, RIGHT_BEGINNING))}`);
    // What was made a moment ago is not found by a search yet, and may be on this page.
    if (alike.some((group) => foldName(group.name) === foldName(name))) return;
    const names = [...new Set(alike.map((group) => group.name))];
    notes.push(
      `Okta knows no group ${name}; the log is searched for that name alone. ${didYouMean(name, names)}`.trim(),
    );
  } catch (error) {
    if (!(error instanceof OktaReadFailure)) throw error;
    notes.push(`Whether Okta has a group ${name} could not be looked up (${error.message}).`);
  }
}

async function groupName(asking: Asking, nameOrId: string, notes: string[]): Promise<string> {
  if (!OKTA_GROUP_ID.test(nameOrId)) {
    await noteUnknownGroup(asking, nameOrId, notes);
    return nameOrId;
  }
  try {
    return (await readOne(asking, 'group', { group: nameOrId })).name;
  } catch (error) {
    if (!(error instanceof OktaReadFailure)) throw error;
    throw new AuditError(`The group ${nameOrId} could not be read from Okta: ${error.message}.`, {
      hint: 'Give the name of the group instead.',
    });
  }
}

/**
 * What the log is asked for. Okta narrows by app and user; whose event it is, is for the judge to say, by the
 * targets' types. A group is not narrowed by its name: Okta's filter would tell cases apart.
 */
function questions({ kind, app, userIds, emails }: Asked): Question[] {
  const onApp = equals('target.id', app.id);
  const onUser = anyOf([
    ...userIds.map((id) => equals('target.id', id)),
    ...[...new Set(emails.flatMap((email) => [email, email.trim().toLowerCase()]))].map((email) =>
      equals('target.alternateId', email),
    ),
  ]);
  const isOnApp = aboutApp(app.id).isWanted;
  const beginning = (...families: string[]): Question => ({
    filter: `${onApp} and ${anyOf(families.map((family) => `eventType sw ${JSON.stringify(family)}`))}`,
    isWanted: isOnApp,
  });
  const whyNothingArrives = beginning('application.integration');
  const groups = beginning('application.provision.group', 'app.user_management.grouppush');
  if (kind === 'group-added') return [groups, whyNothingArrives];
  const user: Question = { ...aboutApp(app.id), filter: `${aboutApp(app.id).filter} and ${onUser}` };
  if (kind === 'user-added' || kind === 'user-removed') return [user, whyNothingArrives];
  const isChange = (type: string) => GROUP_MEMBERSHIP_EVENT_TYPES.some((wanted) => wanted === type);
  const changes: Question = {
    filter: `${anyOf(GROUP_MEMBERSHIP_EVENT_TYPES.map((type) => equals('eventType', type)))} and ${onUser}`,
    isWanted: ({ event_type }) => isChange(event_type),
  };
  return [changes, user, groups, whyNothingArrives];
}

async function readLog(asking: Asking, window: LogWindow, asked: Asked): Promise<Omit<SeenLog, 'notes'>> {
  const events = new Map<string, LogEventRow>();
  let gap: string | null = null;
  try {
    for (const question of questions(asked)) {
      for await (const event of readEvents(asking, window, question)) events.set(event.event_id, event);
    }
  } catch (error) {
    if (!(error instanceof OktaReadFailure)) throw error;
    gap = error.message;
  }
  return {
    events: [...events.values()],
    window: { since: window.since.toISOString(), until: window.until.toISOString(), gap },
  };
}
