import type { LogEventRow } from './dataset.ts';
import type { EvidenceValue } from './finding.ts';
import { MEMBER_ADDED_EVENT, MEMBER_REMOVED_EVENT } from './log-events.ts';
import { foldEmail, foldName } from './names.ts';
import { ADDS_OPTI_ID } from './rule.ts';

/** What the article tells how to confirm by Okta's System Log. */
export const CONFIRMATION_KINDS = [
  'user-added',
  'user-removed',
  'group-added',
  'member-added',
  'member-removed',
] as const;
export type ConfirmationKind = (typeof CONFIRMATION_KINDS)[number];

export const ASSIGNED_EVENT = 'application.user_membership.add';
export const UNASSIGNED_EVENT = 'application.user_membership.remove';
/** Okta was refused by the target app: its token is not valid. */
export const CREDENTIALS_REJECTED_EVENT = 'application.integration.authentication_failure';

/** An event that confirms when it succeeded. */
export interface ExpectedEvent {
  eventType: string;
  /** Whose event it must be: the user's, or the group's. */
  about: 'user' | 'group';
  /** It says something only of a user who was in Opti ID before SCIM: Okta updates such a user. */
  onlyTakenOver?: true;
}

/** How one kind is confirmed. */
export interface Procedure {
  /** What is confirmed, for a headline: `X was …`. */
  means: string;
  /** The event that the article names. */
  articleEvent: string;
  /** All that confirm it, the article's first. */
  expected: readonly ExpectedEvent[];
  /** The event in the log that begins it; a group push begins with its mapping, which the log need not show. */
  trigger: string | null;
  /** The event that undoes what began. */
  undone: string | null;
  /** True where only an event at or after the trigger confirms. */
  isAfterTrigger: boolean;
  /** The rule that speaks where it is not confirmed. */
  rule: string;
  /** What to do where it is not confirmed. */
  next: string;
}

const groupPush = (...names: string[]): ExpectedEvent[] =>
  names.map((name) => ({ eventType: `application.provision.group_push.${name}`, about: 'group' }));
const user = (...eventTypes: string[]): ExpectedEvent[] =>
  eventTypes.map((eventType) => ({ eventType, about: 'user' }));

/**
 * The article's procedures. It names one event each; what else is accepted does the same in Okta: who is taken
 * over is updated and not created, a group push brings its members with it.
 */
export const PROCEDURES: Readonly<Record<ConfirmationKind, Procedure>> = {
  'user-added': {
    means: 'was added to Opti ID',
    articleEvent: 'app.user_management.push_new_user_success',
    expected: [
      ...user('app.user_management.push_new_user_success'),
      ...user(
        'application.provision.user.push_profile',
        'application.provision.user.sync',
        'application.provision.user.verify_exists',
        'application.provision.user.push',
      ).map((event): ExpectedEvent => ({ ...event, onlyTakenOver: true })),
    ],
    trigger: ASSIGNED_EVENT,
    undone: UNASSIGNED_EVENT,
    // Okta may create the user in the target app before it logs the assignment.
    isAfterTrigger: false,
    rule: 'user-addition-unconfirmed',
    next: 'Check that the user is assigned to the app and has no task that failed (Dashboard, Tasks). Who was assigned before provisioning was on needs Provision User.',
  },
  'user-removed': {
    means: 'was removed from Opti ID',
    articleEvent: 'application.provision.user.deactivate',
    expected: user('application.provision.user.deactivate', 'application.provision.user.delete'),
    trigger: UNASSIGNED_EVENT,
    undone: ASSIGNED_EVENT,
    isAfterTrigger: true,
    rule: 'user-removal-unconfirmed',
    next: 'Check that the user is unassigned, that Deactivate Users is on, and that no task failed (Dashboard, Tasks). Look for the user in the Opti ID Admin Center.',
  },
  'group-added': {
    means: 'was pushed to Opti ID',
    articleEvent: 'application.provision.group_push.pushed',
    expected: groupPush('pushed', 'updated'),
    trigger: null,
    undone: null,
    isAfterTrigger: true,
    rule: 'group-push-unconfirmed',
    next: 'Look at the group under Push Groups of the app and choose Push now.',
  },
  'member-added': {
    means: 'was added to the group in Opti ID',
    articleEvent: ASSIGNED_EVENT,
    expected: [...user(ASSIGNED_EVENT), ...groupPush('pushed', 'updated', 'push_memberships')],
    trigger: MEMBER_ADDED_EVENT,
    undone: MEMBER_REMOVED_EVENT,
    isAfterTrigger: true,
    rule: 'member-addition-unconfirmed',
    next: 'Check that the user is in the Okta group and assigned to the app, then choose Push now for the group under Push Groups.',
  },
  'member-removed': {
    means: 'was removed from the group in Opti ID',
    articleEvent: UNASSIGNED_EVENT,
    expected: [...user(UNASSIGNED_EVENT), ...groupPush('pushed', 'updated', 'push_memberships')],
    trigger: MEMBER_REMOVED_EVENT,
    undone: MEMBER_ADDED_EVENT,
    isAfterTrigger: true,
    rule: 'member-removal-unconfirmed',
    next: 'Choose Push now for the group under Push Groups, and look at its members in Opti ID.',
  },
};

/** Beginnings of event types whose success shows that provisioning works (again). */
export const PROVISIONING_PREFIXES = ['application.provision.', 'app.user_management'] as const;
/** Beginnings of event types whose failure is one of provisioning. */
export const FAILURE_PREFIXES = [...PROVISIONING_PREFIXES, 'application.integration.'] as const;

type Target = LogEventRow['targets'][number];

/** Where the article sees the subject and the app among an event's targets, the first being 1. */
const ARTICLE_PLACES: Readonly<Record<string, { subject: 'e-mail' | 'name'; app: number }>> = {
  'app.user_management.push_new_user_success': { subject: 'e-mail', app: 3 },
  'application.provision.user.deactivate': { subject: 'e-mail', app: 3 },
  'application.provision.group_push.pushed': { subject: 'name', app: 2 },
  [ASSIGNED_EVENT]: { subject: 'e-mail', app: 2 },
  [UNASSIGNED_EVENT]: { subject: 'e-mail', app: 2 },
};

export interface PlacesInput {
  eventType: string;
  targets: readonly Pick<Target, 'alternate_id' | 'display_name'>[];
  email: string | null;
  groupName: string | null;
  appLabel: string | null;
}

/** True for a type of event of which the article says where its targets stand. */
export function hasArticlePlaces(eventType: string): boolean {
  return eventType in ARTICLE_PLACES;
}

/**
 * Where the targets do not stand as the article describes them, in words; null where they do, and for an event
 * that it does not describe. Okta promises no order: `type` tells targets apart (System Log API).
 */
export function placesNote({ eventType, targets, email, groupName, appLabel }: PlacesInput): string | null {
  const article = ARTICLE_PLACES[eventType];
  if (!article) return null;
  const notes: (string | null)[] = [];
  if (article.subject === 'e-mail' && email !== null) {
    const isEmail = ({ alternate_id }: (typeof targets)[number]) =>
      alternate_id !== null && foldEmail(alternate_id) === foldEmail(email);
    notes.push(placeNote('the e-mail', 1, targets, isEmail));
  }
  if (article.subject === 'name' && groupName !== null) {
    const isGroup = ({ display_name }: (typeof targets)[number]) =>
      display_name !== null && foldName(display_name) === foldName(groupName);
    notes.push(placeNote("the group's name", 1, targets, isGroup));
  }
  if (appLabel !== null) {
    notes.push(
      placeNote("the app's name", article.app, targets, ({ alternate_id }) => alternate_id === appLabel),
    );
  }
  return notes.filter((note) => note !== null).join('; ') || null;
}

function placeNote<T>(
  what: string,
  place: number,
  targets: readonly T[],
  isIt: (target: T) => boolean,
): string | null {
  const target = targets[place - 1];
  if (target !== undefined && isIt(target)) return null;
  const found = targets.findIndex(isIt) + 1;
  return `${what} is ${found === 0 ? 'in none of the targets' : `in target ${found}`}, the article says target ${place}`;
}

/** `unknown`: the log, or what else is needed, was not read completely, and what was read confirms nothing. */
export type ConfirmationOutcome = 'confirmed' | 'unconfirmed' | 'in flight' | 'unknown';

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
export interface Check<Event = ShownEvent> {
  group: string | null;
  /** What began it, if the window shows that. */
  trigger: Event | null;
  /** The event that confirms it. */
  event: Event | null;
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
  /** What was searched, UTC, both bounds included, and why it was not read completely, or null. */
  window: { since: string; until: string; gap: string | null };
}

/** A row of `confirmations.csv`. */
export interface ConfirmationRow {
  kind: ConfirmationKind;
  subject: string;
  outcome: ConfirmationOutcome;
  /** The event that confirms it; else the last try that failed, if there was one. */
  event_id: string | null;
  published: string | null;
  result: string | null;
  expected_event: string;
  reason: string;
}

/** Why a rule on one kind does not need what the others are judged by. */
export const OF_OTHER_KINDS = 'is of other confirmations';

/** The query of a rule on what is unconfirmed of a kind: these columns, then those that all such rules show. */
export function unconfirmedSql(kind: ConfirmationKind, columns: string, order = 'identity'): string {
  return `
    select
      subject,
      ${columns},
      trigger_event_id as trigger_event,
      triggered,
      expected_event,
      event_id as failed_event,
      rtrim(coalesce(outcome_reason, result), '. ') as failure,
      places_note as target_places
    from confirmation
    where kind = '${kind}'
      and not is_confirmed
      and is_old_enough
    order by subject, ${order}`;
}

/** What the columns that they all show mean, after the event that began it. */
export const UNCONFIRMED_EVIDENCE = {
  expected_event: 'Type of the event that the article says to look for',
  failed_event: 'Event id of the last try that failed, if the log has one',
  failure: "Okta's reason of that failure, or its outcome",
  target_places:
    'Where the targets of that event, or else of the event that began it, are not where the article says',
} as const;

/** What the two rules on members share: `change` and `changed` say what happened in Okta. */
export function unconfirmedMember(kind: ConfirmationKind, change: string, changed: string) {
  return {
    notNeeded: { [ADDS_OPTI_ID]: 'group_pair user_pair', [OF_OTHER_KINDS]: 'opti_user in_flight' },
    sql: unconfirmedSql(
      kind,
      `okta_user_id as okta_id,
      opti_user_id as opti_id,
      concat_ws('|', okta_group_id, okta_user_id) as identity,
      group_name,
      okta_group_id,
      opti_group_id`,
    ),
    evidence: {
      group_name: 'Name of the pushed group',
      okta_group_id: 'Okta id of the group',
      opti_group_id: 'Id of the group in Opti ID, if it is known',
      trigger_event: `Event id of the ${change} the Okta group`,
      triggered: `When the person was ${changed} the Okta group`,
      ...UNCONFIRMED_EVIDENCE,
    },
    alsoAbout: ['okta_group_id', 'opti_group_id'],
  } as const;
}

/** The end of a sentence on what is unconfirmed: why the last try failed, if there was one. */
export function lastTry(failure: EvidenceValue): string {
  return failure === null ? '' : `; the last try failed: ${failure}`;
}
