/** The parts of a doctor's examination with their headings, in the order in which they are shown. */
export const CHECK_GROUPS = {
  settings: 'Settings',
  okta: 'Okta',
  'opti-id': 'Opti ID',
  machine: 'This machine',
} as const;
export type CheckGroup = keyof typeof CHECK_GROUPS;

/**
 * `ok`: proved. `failed`: a run would not work, or only partially. `warning`: a run works, and somebody should look.
 * `unknown`: not proved either way; it stands in the way of nothing.
 */
export type CheckOutcome = 'ok' | 'warning' | 'failed' | 'unknown';

/** Who can fix what a check found. */
type Fixer =
  | 'Okta admin'
  | 'Okta super admin'
  | 'owner of the store'
  | 'Optimizely Support'
  | 'operator of this machine'
  | 'maintainers of optiid-audit';

/** What is checked; `id` stays the same from version to version. */
export interface CheckSubject {
  id: string;
  group: CheckGroup;
  title: string;
}

/** What is to be done, by whom; a few sentences, or statements to run. */
export interface Remedy {
  who: Fixer;
  how: string;
}

/** One check and what came of it. */
export interface Check extends CheckSubject {
  outcome: CheckOutcome;
  /** What was found, or why nothing was. One line. */
  found: string;
  who: Fixer | null;
  how: string | null;
}

function check(subject: CheckSubject, outcome: CheckOutcome, found: string, remedy: Remedy | null): Check {
  const { id, group, title } = subject;
  return { id, group, title, outcome, found, who: remedy?.who ?? null, how: remedy?.how ?? null };
}

/** A check that is proved. */
export const passed = (subject: CheckSubject, found: string): Check => check(subject, 'ok', found, null);

/** A check that stands in the way of a run. */
export const failed = (subject: CheckSubject, found: string, remedy: Remedy): Check =>
  check(subject, 'failed', found, remedy);

/** A check that stands in the way of nothing and that somebody should look at. */
export const warned = (subject: CheckSubject, found: string, remedy: Remedy): Check =>
  check(subject, 'warning', found, remedy);

/** A check that could not be made, or whose answer proves nothing; the remedy says what to look at by hand. */
export const undecided = (subject: CheckSubject, found: string, remedy: Remedy | null = null): Check =>
  check(subject, 'unknown', found, remedy);

/** True when nothing stands in the way of a run. */
export function isReady(checks: readonly Check[]): boolean {
  return checks.every(({ outcome }) => outcome !== 'failed');
}

/** The checks in the order of their subjects; those that were not made are unknown, for this reason. */
export function inOrder(subjects: readonly CheckSubject[], made: readonly Check[], whyNot: string): Check[] {
  const byId = new Map(made.map((one) => [one.id, one]));
  return subjects.map((subject) => byId.get(subject.id) ?? undecided(subject, whyNot));
}
