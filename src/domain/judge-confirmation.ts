import {
  ASSIGNED_EVENT,
  type ConfirmationKind,
  type ConfirmationOutcome,
  CREDENTIALS_REJECTED_EVENT,
  isPushFailureType,
  PROCEDURES,
  placesNote,
  UNASSIGNED_EVENT,
} from './confirmation.ts';
import type { LogEventRow } from './dataset.ts';
import { MEMBER_ADDED_EVENT, MEMBER_REMOVED_EVENT } from './log-events.ts';
import { foldEmail, foldName } from './names.ts';

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
  /** Of a group, or the one group whose member it is about; null: any group. */
  groupName: string | null;
}

/** What was read of the log. */
export interface SeenLog {
  events: readonly LogEventRow[];
  /** UTC ISO-8601, both included. */
  since: string;
  until: string;
  /** Why it was not read to its end, or null. */
  gap: string | null;
  /** What a reader should know of how it was searched. */
  notes: readonly string[];
}

/** An event as it is shown: with where its targets stand. */
export interface ShownEvent {
  event_id: string;
  published: string;
  event_type: string;
  result: string | null;
  reason: string | null;
  targets: readonly (LogEventRow['targets'][number] & { place: number })[];
  /** How the article's places hold; null for an event that it does not describe. */
  places: string | null;
}

/** One thing that is confirmed or not: of a member, each group. */
export interface Check {
  group: string | null;
  /** What began it, if the window shows that. */
  trigger: ShownEvent | null;
  /** The event that confirms it. */
  event: ShownEvent | null;
}

export interface ConfirmationVerdict {
  kind: ConfirmationKind;
  subject: string;
  app: { id: string; label: string };
  outcome: Exclude<ConfirmationOutcome, 'in flight'>;
  expected_event: string;
  checks: readonly Check[];
  /** Failures on the same user, group or app that no confirmation follows, the last first. */
  failures: readonly ShownEvent[];
  notes: readonly string[];
  /** What to do where it is not confirmed. */
  next: readonly string[];
  window: { since: string; until: string; gap: string | null };
}

const MOST_FAILURES = 5;
const MINUTE_MS = 60_000;

const NEXT: Readonly<Record<ConfirmationKind, string>> = {
  'user-added':
    'Check that the user is assigned to the app and has no task that failed (Dashboard, Tasks). Who was assigned before provisioning was on needs Provision User.',
  'user-removed':
    'Check that the user is unassigned, that Deactivate Users is on, and that no task failed (Dashboard, Tasks). Look for the user in the Opti ID Admin Center.',
  'group-added': 'Look at the group under Push Groups of the app and choose Push now.',
  'member-added':
    'Check that the user is in the Okta group and assigned to the app, then choose Push now for the group under Push Groups.',
  'member-removed': 'Choose Push now for the group under Push Groups, and look at its members in Opti ID.',
};

const OPPOSITE: Readonly<Record<string, string>> = {
  [ASSIGNED_EVENT]: UNASSIGNED_EVENT,
  [UNASSIGNED_EVENT]: ASSIGNED_EVENT,
  [MEMBER_ADDED_EVENT]: MEMBER_REMOVED_EVENT,
  [MEMBER_REMOVED_EVENT]: MEMBER_ADDED_EVENT,
};

function byTime(a: LogEventRow, b: LogEventRow): number {
  if (a.published !== b.published) return a.published < b.published ? -1 : 1;
  return a.event_id < b.event_id ? -1 : 1;
}

const isSuccess = (event: LogEventRow): boolean => event.outcome === 'SUCCESS';

/** Whose targets an event names: users by type and id, or else by user name; groups by name, or by id. */
function matcher({ app, userIds, emails }: Asked) {
  const names = new Set(emails.map(foldEmail));
  const isNamed = (target: LogEventRow['targets'][number]): boolean =>
    target.alternate_id !== null && names.has(foldEmail(target.alternate_id));
  const groupsOf = (event: LogEventRow) =>
    event.targets.filter(({ type }) => type === 'AppGroup' || type === 'UserGroup');
  return {
    onApp: (event: LogEventRow): boolean => event.targets.some(({ id }) => id === app.id),
    onUser(event: LogEventRow): boolean {
      const users = event.targets.filter(({ type, id }) => type === 'User' && id !== null);
      if (users.length > 0 && userIds.length > 0) return users.some(({ id }) => userIds.includes(id ?? ''));
      if (users.length > 0) return users.some(isNamed);
      return event.targets.some((target) => target.type === 'AppUser' && isNamed(target));
    },
    onGroup: (event: LogEventRow, name: string): boolean =>
      groupsOf(event).some(
        ({ display_name }) => display_name !== null && foldName(display_name) === foldName(name),
      ),
    groupsOf,
  };
}

/** What the article's procedure says of the log, and what to do where that is not enough. */
export function judgeConfirmation(asked: Asked, log: SeenLog, lagMinutes: number): ConfirmationVerdict {
  const { kind, subject, app } = asked;
  const procedure = PROCEDURES[kind];
  const match = matcher(asked);
  const events = [...log.events].sort(byTime);
  const notes = [...log.notes];

  const beginnings =
    kind === 'member-added' || kind === 'member-removed'
      ? memberBeginnings(asked, events, match, notes)
      : [{ group: asked.groupName, trigger: userBeginning(asked, events, match, notes) }];

  const checks = beginnings.map(({ group, trigger }) => {
    const from = procedure.isAfterTrigger && trigger !== null ? trigger.published : '';
    const answers = procedure.expected
      .filter(({ onlyTakenOver }) => onlyTakenOver !== true)
      .flatMap(({ eventType, about }) => {
        // Without its beginning nobody knows whether a push of the group brought this member.
        if (about === 'group' && kind !== 'group-added' && trigger === null) return [];
        return events.filter(
          (event) =>
            event.event_type === eventType &&
            isSuccess(event) &&
            event.published >= from &&
            match.onApp(event) &&
            (about === 'user' ? match.onUser(event) : group !== null && match.onGroup(event, group)),
        );
      });
    // The article's own event first; of several the last.
    const event =
      answers.findLast(({ event_type }) => event_type === procedure.articleEvent) ?? answers.at(-1) ?? null;
    return { group, trigger, event };
  });
  const isConfirmed = checks.every(({ event }) => event !== null);

  for (const { event, trigger } of checks) {
    if (event !== null && event.event_type !== procedure.articleEvent) {
      notes.push(`The article names ${procedure.articleEvent}; ${event.event_type} is accepted as well.`);
    }
    const minutes =
      trigger === null ? null : (Date.parse(log.until) - Date.parse(trigger.published)) / MINUTE_MS;
    if (event === null && minutes !== null && minutes <= lagMinutes) {
      notes.push(`It began ${Math.round(minutes)} minutes ago: look again in a while.`);
    }
  }
  if (!isConfirmed && kind === 'user-added') notes.push(...takeOverNotes(events, match));
  if (isConfirmed && log.gap !== null) {
    notes.push('The log was not read to its end; the event found confirms it all the same.');
  }

  const unanswered = checks.filter(({ event }) => event === null);
  const begun = unanswered.map(({ trigger }) => trigger?.published ?? '').sort()[0] ?? '';
  const failures = isConfirmed
    ? []
    : events.filter(
        (event) =>
          event.outcome !== 'SUCCESS' &&
          event.published >= begun &&
          match.onApp(event) &&
          isOwnFailure(event, unanswered, asked, match),
      );
  return {
    kind,
    subject,
    app,
    outcome: isConfirmed ? 'confirmed' : log.gap === null ? 'unconfirmed' : 'unknown',
    expected_event: procedure.articleEvent,
    checks: checks.map(({ group, trigger, event }) => ({
      group,
      trigger: trigger && show(trigger, asked, group),
      event: event && show(event, asked, group),
    })),
    failures: failures
      .slice(-MOST_FAILURES)
      .reverse()
      .map((event) => show(event, asked, asked.groupName)),
    notes: [...new Set(notes)],
    next: isConfirmed
      ? []
      : [
          ...(failures.length > 0 ? ['Resolve what Okta names as the reason of the failures first.'] : []),
          NEXT[kind],
          `The log was searched from ${log.since} to ${log.until}: for what is older give --days, up to the 90 that Okta keeps; events may also come in late.`,
        ],
    window: { since: log.since, until: log.until, gap: log.gap },
  };
}

type Match = ReturnType<typeof matcher>;

/** The last assignment or removal of one; the log shows no beginning of a group push. */
function userBeginning(
  { kind, subject }: Asked,
  events: readonly LogEventRow[],
  match: Match,
  notes: string[],
): LogEventRow | null {
  const { trigger } = PROCEDURES[kind];
  if (trigger === null) return null;
  const last = (type: string | undefined) =>
    events.findLast(
      (event) => event.event_type === type && isSuccess(event) && match.onApp(event) && match.onUser(event),
    );
  const begun = last(trigger);
  const undone = last(OPPOSITE[trigger]);
  if (undone && undone.published > (begun?.published ?? '')) {
    notes.push(
      `${subject} was ${undone.event_type === ASSIGNED_EVENT ? 'assigned again' : 'unassigned'} at ${undone.published}.`,
    );
  }
  return begun ?? null;
}

/** The groups whose last change in the window is the wanted one. */
function memberBeginnings(
  asked: Asked,
  events: readonly LogEventRow[],
  match: Match,
  notes: string[],
): { group: string | null; trigger: LogEventRow | null }[] {
  const { kind, subject, groupName } = asked;
  const wanted = PROCEDURES[kind].trigger ?? '';
  const last = new Map<string, { group: string; event: LogEventRow }>();
  for (const event of events) {
    if (event.event_type !== wanted && event.event_type !== OPPOSITE[wanted]) continue;
    if (!isSuccess(event) || !match.onUser(event)) continue;
    for (const { id, display_name } of match.groupsOf(event)) {
      const group = display_name ?? id;
      if (group === null || (groupName !== null && foldName(group) !== foldName(groupName))) continue;
      last.set(id ?? group, { group, event });
    }
  }
  const begun = [...last.values()].filter(({ event, group }) => {
    if (event.event_type === wanted) return true;
    notes.push(
      `${subject} was ${event.event_type === MEMBER_ADDED_EVENT ? 'added to' : 'taken out of'} ${group} again at ${event.published}.`,
    );
    return false;
  });
  if (begun.length > 0) return begun.map(({ group, event }) => ({ group, trigger: event }));
  notes.push(
    `The log shows no ${wanted} of ${subject}${groupName === null ? '' : ` and ${groupName}`} in the window; what the article looks for says only that the user was ${kind === 'member-added' ? 'assigned to' : 'unassigned from'} the app.`,
  );
  return [{ group: groupName, trigger: null }];
}

/** Okta updates who was in Opti ID before, and never logs a new user for them. */
function takeOverNotes(events: readonly LogEventRow[], match: Match): string[] {
  const types = PROCEDURES['user-added'].expected
    .filter(({ onlyTakenOver }) => onlyTakenOver === true)
    .map(({ eventType }) => eventType);
  const update = events.findLast(
    (event) =>
      types.includes(event.event_type) && isSuccess(event) && match.onApp(event) && match.onUser(event),
  );
  return update
    ? [
        `${update.event_type} succeeded at ${update.published} (event ${update.event_id}). Who was in Opti ID before SCIM is updated, not created: for such a user this confirms it, as the drift audit judges with the store at hand.`,
      ]
    : [];
}

function isOwnFailure(
  event: LogEventRow,
  unanswered: readonly { group: string | null }[],
  { kind }: Asked,
  match: Match,
): boolean {
  if (event.event_type === CREDENTIALS_REJECTED_EVENT) return true;
  const isTried = PROCEDURES[kind].expected.some(({ eventType }) => eventType === event.event_type);
  if (event.outcome !== 'FAILURE' || !(isTried || isPushFailureType(event.event_type))) return false;
  if (kind !== 'group-added' && match.onUser(event)) return true;
  if (kind === 'user-added' || kind === 'user-removed') return false;
  if (unanswered.some(({ group }) => group !== null && match.onGroup(event, group))) return true;
  // Of a group that could not be made at all the log names only the app.
  return (
    match.groupsOf(event).length === 0 &&
    !event.targets.some(({ type }) => type === 'User' || type === 'AppUser')
  );
}

function show(event: LogEventRow, asked: Asked, group: string | null): ShownEvent {
  const email = asked.kind === 'group-added' ? null : (asked.emails[0] ?? null);
  const input = { email, groupName: group, appLabel: asked.app.label };
  const places = placesNote({ eventType: event.event_type, targets: event.targets, ...input });
  const isDescribed =
    places !== null || placesNote({ eventType: event.event_type, targets: [], ...input }) !== null;
  return {
    event_id: event.event_id,
    published: event.published,
    event_type: event.event_type,
    result: event.outcome,
    reason: event.outcome_reason,
    targets: event.targets.map((target, at) => ({ place: at + 1, ...target })),
    places: places ?? (isDescribed ? 'as the article says' : null),
  };
}
