import { PLAN_PHASES, type PlanHead, type PlanPhase } from '../../domain/plan.ts';
import type { PlanSummary } from '../../domain/run.ts';
import { afterPlan } from './verdict.ts';

/** A text of the head, in pieces: what somebody copies is `code`. */
export type HeadRow = readonly [label: string, text: string];

/** The head of a plan, a row each: the same on the console, on the page and in `plan.md`. */
export function headRows(
  plan: Pick<PlanSummary, 'head' | 'steps' | 'decisions' | 'withheld' | 'applicable' | 'proof'>,
  now?: Date,
): HeadRow[] {
  const { head, decisions, steps, withheld } = plan;
  const { organization, read, interrupted, lost_for_good, point_of_no_return: last } = head;
  const { groups, users } = head.deletions;
  return [
    ['Organization', `${organization.name ?? organization.id} (${organization.id}) on ${head.org}`],
    [
      'Data read',
      `${shownTime(read.began)} to ${shownTime(read.ended)}${now ? `, ${ageOf(head, now)} ago` : ''}; follow the plan until ${shownTime(read.good_until)}`,
    ],
    ['Run', head.run],
    ['Verdict', head.verdict],
    ['After the plan', afterPlan(plan)],
    ['Proof', head.proof],
    [
      'Work',
      [
        counted(steps, 'step'),
        ...(decisions > 0 ? [counted(decisions, 'decision')] : []),
        ...(withheld > 0 ? [`${withheld} withheld`] : []),
        ...head.steps_by_role.map(({ who, steps: count }) => `${who} ${count}`),
      ].join('; '),
    ],
    ['Access interrupted', interruptedText(interrupted)],
    [
      'Access lost for good',
      lost_for_good.people === null
        ? NOT_SHOWN
        : lost_for_good.people === 0
          ? 'nobody'
          : `${counted(lost_for_good.people, 'person', 'people')}, when the whole plan is done, decisions included`,
    ],
    ['Deleted in Opti ID', `${counted(groups, 'group')} and ${counted(users, 'user')}`],
    ['Guardrails', head.guardrails.length === 0 ? 'none tripped' : head.guardrails.join(' ')],
    [
      'Point of no return',
      last === null ? 'none: every step can be undone' : `step ${last.step} (${last.action})`,
    ],
  ];
}

/** Of a run over SCIM. */
const NOT_SHOWN = "not known: Opti ID's SCIM endpoint does not show what groups grant";

function interruptedText({ people, from_step, to_step }: PlanHead['interrupted']): string {
  if (people === null) return NOT_SHOWN;
  if (people === 0) return 'nobody';
  const when = from_step === null || to_step === null ? '' : `, from step ${from_step} to step ${to_step}`;
  return `${counted(people, 'person', 'people')}${when}`;
}

/** What stands above everything else where a plan must not be followed; null where it may be. */
export function planBanner({
  applicable,
  unread,
  withheld,
}: Pick<PlanSummary, 'applicable' | 'unread' | 'withheld'>): {
  title: string;
  text: string;
  unread: readonly string[];
} | null {
  if (applicable) return null;
  return {
    title: 'DO NOT FOLLOW THIS PLAN: not everything was read.',
    text: `What cannot be undone, and every push, is withheld${withheld > 0 ? ` (${counted(withheld, 'kind')} of work, listed under Withheld)` : ''}. Read first what is missing, then run the audit again:`,
    unread,
  };
}

/** What is said of a plan whose data is too old to act on; null where it is not. */
export function oldBanner(head: PlanHead, now: Date): string | null {
  if (now.getTime() <= Date.parse(head.read.good_until)) return null;
  return `OLD DATA: it was read ${ageOf(head, now)} ago. Collect again before you do anything.`;
}

export const UNDO_NOTE =
  'Only for steps that were done: undo them from the last to the first, then audit again before anything else.';

/** What stands above the steps of a phase that can be undone, or above what can still be given back. */
export function undoTitle(phase: PlanPhase, goesBack: boolean): string {
  return `Phase ${phaseNumber(phase)}, ${phase}: ${goesBack ? 'how to go back' : 'past the point of no return, what can still be given back'}`;
}

/** Whose records say what to give back; `plan.json` names all. */
export function recordsNamed(records: readonly string[]): string {
  const rest = records.length - MOST_RECORDS;
  return `Records: ${records.slice(0, MOST_RECORDS).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}.`;
}

const MOST_RECORDS = 20;

function ageOf({ read }: PlanHead, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(read.ended)) / 60_000));
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 72 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}

/** `2026-11-24 03:15 UTC`. */
function shownTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

function counted(count: number, noun: string, several = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : several}`;
}

/** A phase with its number, as prerequisites name it. */
export function phaseNumber(phase: PlanPhase): number {
  return PLAN_PHASES.indexOf(phase) + 1;
}
