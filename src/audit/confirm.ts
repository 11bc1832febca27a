import { CANDIDATES, CONFIRMED_FROM_BEFORE, MEMBER_CHANGES } from '../analysis/derived/confirmation.ts';
import { fillTable } from '../analysis/derived/derive.ts';
import { logEventTarget, provisioningEvent } from '../analysis/derived/log-events.ts';
import { type Database, openDatabase, type Sql, type SqlRow } from '../analysis/engine/database.ts';
import { bound, fixed, joined } from '../analysis/engine/statement.ts';
import type { Column } from '../domain/column.ts';
import {
  ASSIGNED_EVENT,
  type Check,
  type ConfirmationVerdict,
  hasArticlePlaces,
  PROCEDURES,
  placesNote,
  type ShownEvent,
} from '../domain/confirmation.ts';
import { DATASETS, type LogEventRow } from '../domain/dataset.ts';
import { MEMBER_ADDED_EVENT } from '../domain/log-events.ts';
import { foldEmail, foldName } from '../domain/names.ts';
import { type Asked, type ConfirmInput, readConfirmation, type SeenLog } from '../okta/confirm.ts';

const MOST_FAILURES = 5;
const MINUTE_MS = 60_000;

/** What Okta's System Log says of one user, group or member. Throws `AuditError` where it cannot be asked. */
export async function confirmByLog(input: ConfirmInput, lagMinutes: number): Promise<ConfirmationVerdict> {
  const { asked, log } = await readConfirmation(input);
  return judgeConfirmation(asked, log, lagMinutes);
}

type Beginning = Omit<Check<LogEventRow>, 'event'>;

/**
 * What the article's procedure says of the log, and what to do where that is not enough. Whom an event names and what
 * it confirms is asked of the tables that the drift audit stands on.
 */
export async function judgeConfirmation(
  asked: Asked,
  log: SeenLog,
  lagMinutes: number,
): Promise<ConfirmationVerdict> {
  const { kind, subject, app } = asked;
  const { articleEvent, next } = PROCEDURES[kind];
  const { gap, since, until } = log.window;
  const notes = [...log.notes];
  const database = await openDatabase({ threads: 1 });
  try {
    const userIds = userIdsOf(asked, log);
    await loadLog(database, asked, log, userIds);
    const ask = eventReader(database, log);
    const beginnings = beginningsOf(asked, await ask(changesOf(asked, userIds)), notes);
    await fillPendingChanges(database, asked, beginnings, userIds);
    const answers = await ask(ANSWERS);
    const checks = beginnings.map(({ group, trigger }, at): Check<LogEventRow> => {
      const own = answers
        .filter(({ row }) => row.change_id === at && row.about !== 'user taken over')
        .map(({ event }) => event);
      // The article's own event first; of several the last.
      const event = own.findLast(({ event_type }) => event_type === articleEvent) ?? own.at(-1) ?? null;
      return { group, trigger, event };
    });
    const unanswered = checks.filter(({ event }) => event === null);
    const isConfirmed = unanswered.length === 0;

    for (const { event, trigger } of checks) {
      if (event !== null && event.event_type !== articleEvent) {
        notes.push(`The article names ${articleEvent}; ${event.event_type} is accepted as well.`);
      }
      const minutes = trigger && (Date.parse(until) - Date.parse(trigger.published)) / MINUTE_MS;
      if (event === null && minutes !== null && minutes <= lagMinutes) {
        notes.push(`It began ${Math.round(minutes)} minutes ago: look again in a while.`);
      }
    }
    const update = answers.findLast(({ row }) => row.about === 'user taken over')?.event;
    if (!isConfirmed && update) {
      // Okta alone does not show who was taken over.
      notes.push(
        `${update.event_type} succeeded at ${update.published} (event ${update.event_id}). Who was in Opti ID before SCIM is updated, not created: for such a user this confirms it, as the drift audit judges with the store at hand.`,
      );
    }
    if (isConfirmed && gap !== null) {
      notes.push('The log was read partially; the event found is confirmation enough.');
    }
    const failures = isConfirmed ? [] : await ask(failuresOf(asked, unanswered, userIds));
    return {
      kind,
      subject,
      app,
      outcome: isConfirmed ? 'confirmed' : gap === null ? 'unconfirmed' : 'unknown',
      expected_event: articleEvent,
      checks: checks.map(({ group, trigger, event }) => ({
        group,
        trigger: trigger && shown(trigger, asked, group),
        event: event && shown(event, asked, group),
      })),
      failures: failures
        .slice(-MOST_FAILURES)
        .reverse()
        .map(({ event }) => shown(event, asked, asked.groupName)),
      notes: [...new Set(notes)],
      next: isConfirmed
        ? []
        : [
            ...(failures.length > 0 ? ['Resolve what Okta names as the reason of the failures first.'] : []),
            next,
            `The log was searched from ${since} to ${until}: for what is older give --days, up to the 90 that Okta keeps; events may also come in late.`,
          ],
      window: log.window,
    };
  } finally {
    await database.close();
  }
}

/** Who Okta does not know is known by the ids that the log gives to the e-mail, else by the e-mail alone. */
function userIdsOf({ userIds, emails, subject }: Asked, { events }: SeenLog): string[] {
  if (userIds.length > 0) return [...userIds];
  const names = new Set(emails.map(foldEmail));
  const named = events
    .flatMap(({ targets }) => targets)
    .flatMap(({ type, id, alternate_id: name }) =>
      type === 'User' && id !== null && name !== null && names.has(foldEmail(name)) ? [id] : [],
    );
  return named.length > 0 ? [...new Set(named)] : [subject];
}

/** The tables under `provisioning_event`, holding no more than what is asked about. */
async function loadLog(
  database: Database,
  { app, emails }: Asked,
  { events }: SeenLog,
  userIds: readonly string[],
): Promise<void> {
  const columns = Object.entries<Column>(DATASETS['okta.logEvents'].columns);
  const fields = columns.map(([name, { type }]) => `${name} ${type}`);
  await database.run('create schema snapshot');
  await database.run(
    bound`create table snapshot.okta_log_events as
       select unnest(${JSON.stringify(events)}::json::struct(${fixed(fields.join(', '))})[], max_depth := 2)`,
  );
  await database.run(`create table audit_context as select '-infinity'::timestamp as log_since`);
  await fillTable(database, 'snapshot.okta_scim_app (okta_app_id varchar)', [[app.id]]);
  await fillTable(
    database,
    'okta_user (okta_user_id varchar, folded_email varchar)',
    userIds.flatMap((id) => emails.map((email) => [id, foldEmail(email)])),
  );
  await fillTable(database, 'app_user (okta_user_id varchar, folded_user_name varchar)', []);
  await fillTable(database, MAPPING_COLUMNS, []);
  for (const { name, sql } of [logEventTarget, provisioningEvent]) {
    await database.run(`create table ${name} as ${sql}`);
  }
}

const MAPPING_COLUMNS =
  'push_mapping (source_group_id varchar, okta_mapping_id varchar, source_folded_name varchar, target_folded_name varchar)';

/** A row of the tables' answer, with its event as Okta sent it. */
interface FoundEvent {
  row: SqlRow;
  event: LogEventRow;
}

/** Runs queries that give `event_id`. */
function eventReader(database: Database, { events }: SeenLog) {
  const byId = new Map(events.map((event) => [event.event_id, event]));
  return async (sql: Sql): Promise<FoundEvent[]> =>
    (await database.all(sql)).map((row) => ({ row, event: byId.get(String(row.event_id)) as LogEventRow }));
}

/** What began and what undid it, the last one last. */
function changesOf({ kind }: Asked, userIds: readonly string[]): Sql {
  const { trigger, undone } = PROCEDURES[kind];
  const changes = isOfMember(kind) ? MEMBER_CHANGES : 'select * from provisioning_event where is_success';
  const group = fixed(isOfMember(kind) ? ', okta_group_id, group_name' : '');
  return bound`select distinct event_id, published${group} from (${fixed(changes)})
    where event_type in (${trigger}, ${undone}) and okta_user_id in (select unnest(${userIds}))
    order by all`;
}

/** Of a member, the groups whose last change is the wanted one; of others the last time that it began. */
function beginningsOf(
  { kind, subject, groupName }: Asked,
  changes: readonly FoundEvent[],
  notes: string[],
): Beginning[] {
  const { trigger: wanted } = PROCEDURES[kind];
  if (!isOfMember(kind)) {
    const begun = changes.findLast(({ event }) => event.event_type === wanted)?.event ?? null;
    const last = changes.at(-1)?.event;
    if (last && last.event_type !== wanted && last.published > (begun?.published ?? '')) {
      notes.push(
        `${subject} was ${last.event_type === ASSIGNED_EVENT ? 'assigned again' : 'unassigned'} at ${last.published}.`,
      );
    }
    return [{ group: groupName, trigger: begun }];
  }
  const lastByGroup = new Map<string, { group: string; trigger: LogEventRow }>();
  for (const { row, event } of changes) {
    const group = String(row.group_name ?? row.okta_group_id);
    if (groupName !== null && foldName(group) !== foldName(groupName)) continue;
    lastByGroup.set(String(row.okta_group_id ?? group), { group, trigger: event });
  }
  const begun = [...lastByGroup.values()].filter(({ group, trigger }) => {
    if (trigger.event_type === wanted) return true;
    notes.push(
      `${subject} was ${trigger.event_type === MEMBER_ADDED_EVENT ? 'added to' : 'taken out of'} ${group} again at ${trigger.published}.`,
    );
    return false;
  });
  if (begun.length > 0) return begun;
  notes.push(
    `The log shows no ${wanted} of ${subject}${groupName === null ? '' : ` and ${groupName}`} in the window; what the article looks for says only that the user was ${kind === 'member-added' ? 'assigned to' : 'unassigned from'} the app.`,
  );
  return [{ group: groupName, trigger: null }];
}

/** What is asked about, as the drift audit has what it expects of the log. */
async function fillPendingChanges(
  database: Database,
  { kind }: Asked,
  beginnings: readonly Beginning[],
  userIds: readonly string[],
): Promise<void> {
  // Without its beginning nobody knows whether a push of the group brought this member.
  const groupOf = ({ group, trigger }: Beginning) =>
    kind === 'group-added' || trigger !== null ? group : null;
  await fillTable(
    database,
    MAPPING_COLUMNS,
    beginnings.flatMap(({ group }) => (group === null ? [] : [[group, null, foldName(group), null]])),
  );
  await fillTable(
    database,
    'pending_change (change_id integer, kind varchar, okta_user_id varchar, okta_group_id varchar, okta_mapping_id varchar, triggered timestamp, is_taken_over boolean)',
    beginnings.flatMap((beginning, at) =>
      userIds.map((id) => [
        String(at),
        kind,
        kind === 'group-added' ? null : id,
        groupOf(beginning),
        null,
        beginning.trigger?.published ?? '-infinity',
        String(kind === 'user-added'),
      ]),
    ),
  );
}

const ANSWERS = `
    with ${CANDIDATES}
    select distinct change_id, about, event_id, candidate.published
    from change_key
    join candidate using (kind, about, key)
    where is_success and (candidate.published >= triggered or kind in ${CONFIRMED_FROM_BEFORE})
    order by candidate.published, event_id`;

/** Failures since the first that is unanswered began: of the user, the group, or of nobody by name. */
function failuresOf(
  { kind }: Asked,
  unanswered: readonly Check<LogEventRow>[],
  userIds: readonly string[],
): Sql {
  const begun = unanswered.map(({ trigger }) => trigger?.published ?? '-infinity').sort()[0] ?? '-infinity';
  const types = PROCEDURES[kind].expected.map(({ eventType }) => eventType);
  const groups = unanswered.flatMap(({ group }) => (group === null ? [] : [foldName(group)]));
  const whose = [
    fixed(`cause is not distinct from 'credentials rejected'`),
    ...(kind === 'group-added' ? [] : [bound`okta_user_id in (select unnest(${userIds}))`]),
    // Of a group that could not be made at all the log names only the app.
    ...(kind === 'user-added' || kind === 'user-removed'
      ? []
      : [
          bound`folded_group_name in (select unnest(${groups}))`,
          fixed('user_key is null and group_key is null'),
        ]),
  ];
  return bound`select distinct event_id, published from provisioning_event
    where (cause is not null or outcome = 'FAILURE' and event_type in (select unnest(${types})))
      and published >= ${begun}::timestamp and (${joined(whose, ' or ')})
    order by published, event_id`;
}

function shown(event: LogEventRow, asked: Asked, group: string | null): ShownEvent {
  const { event_id, published, event_type, outcome, outcome_reason, targets } = event;
  const email = asked.kind === 'group-added' ? null : (asked.emails[0] ?? null);
  const places = placesNote({
    eventType: event_type,
    targets,
    email,
    groupName: group,
    appLabel: asked.app.label,
  });
  return {
    event_id,
    published,
    event_type,
    result: outcome,
    reason: outcome_reason,
    targets: targets.map((target, at) => ({ place: at + 1, ...target })),
    places: places ?? (hasArticlePlaces(event_type) ? 'as the article says' : null),
  };
}

function isOfMember(kind: Asked['kind']): boolean {
  return kind === 'member-added' || kind === 'member-removed';
}
