import { SEVERITIES } from '../../domain/finding.ts';
import type { PlanHead } from '../../domain/plan.ts';
import { CAUSE_NOUNS, type Cause } from '../../domain/rule.ts';
import type { JudgedRun, PlanSummary, RunOutcome, VerdictCause } from '../../domain/run.ts';
import { waivedSentence } from '../../domain/waiver.ts';
import { RULES } from '../../rules/index.ts';

/** Causes named one by one; what is beyond is counted. */
const MOST_CAUSES = 6;

/** What a verdict is told from before its plan is made. */
type Judged = Pick<
  JudgedRun,
  'job' | 'verdict' | 'fail_on' | 'complete' | 'causes' | 'waived_blockers' | 'exit_code'
>;

/**
 * A run in two lines, the same wherever it is told of: go or not and why; then what the plan leaves, what it costs, or
 * what comes next. `NO-GO: 3 groups must be deleted, 1 renamed, 3 are reserved.` and `After the plan: 0 blockers, 4
 * decisions. 17 people are interrupted, 5 lose access for good.`
 */
export function verdictLines(run: Judged & Pick<RunOutcome, 'plan'>): [why: string, then: string] {
  return [verdictLine(run), afterwards(run)];
}

/** The same of a run that was read again, of which only the first is known where its version left no such plan. */
export function verdictAgain(run: Judged, plan: PlanSummary | null): string[] {
  return plan === null ? [verdictLine(run)] : verdictLines({ ...run, plan });
}

/** The first of the two lines, with what must be said with it. */
export function verdictLine(run: Judged): string {
  return [verdictSentence(run), verdictAside(run)].filter((part) => part !== '').join(' ');
}

/** The verdict of a run and its causes. */
export function verdictSentence({
  job,
  verdict,
  fail_on,
  complete,
  causes,
  waived_blockers,
}: Judged): string {
  if (verdict === 'unknown') {
    return complete
      ? 'UNKNOWN: without an active SCIM app almost nothing was checked (see Skipped checks).'
      : 'UNKNOWN: not everything could be read, so nothing found is no proof.';
  }
  if (verdict === 'go') {
    const go = job === 'drift' ? 'CLEAN' : 'GO';
    const waived = waivedSentence(waived_blockers);
    return waived === ''
      ? `${go}: nothing at or above ${fail_on} was found.`
      : `${go}, with ${waived}: nothing else at or above ${fail_on} was found.`;
  }
  const said = causesText(causes ?? []);
  return `${job === 'drift' ? 'DRIFT' : 'NO-GO'}: ${said === '' ? `there are findings at or above ${fail_on}` : said}.`;
}

/** What must be said with the verdict, or nothing. */
function verdictAside({ verdict, exit_code, causes = [] }: Judged): string {
  if (verdict !== 'no-go') return '';
  if (exit_code === 3) return 'Not everything could be read.';
  if (exit_code === 0) return 'None of them is new.';
  const count = causes.reduce((sum, { findings }) => sum + findings, 0);
  const fresh = causes.reduce((sum, cause) => sum + cause.new, 0);
  return fresh === count || count === 0 ? '' : `${fresh} of ${count.toLocaleString('en')} findings are new.`;
}

/** `3 groups must be deleted, 1 renamed, 3 are reserved`: blockers where there are some, else what comes next to them. */
function causesText(causes: readonly VerdictCause[]): string {
  const worst = SEVERITIES.find((one) => causes.some(({ severity }) => severity === one));
  const counted = new Map<string, { cause: Cause; count: number }>();
  let rest = 0;
  for (const { rule, severity, findings } of causes) {
    if (severity !== worst) continue;
    const cause = RULES.find(({ id }) => id === rule)?.cause;
    const key = typeof cause === 'object' ? `${cause.of} ${cause.many}` : (cause ?? '');
    const known = counted.get(key);
    if (known) known.count += findings;
    else if (cause === undefined || counted.size === MOST_CAUSES) rest += findings;
    else counted.set(key, { cause, count: findings });
  }
  let [noun, verb] = ['', ''];
  const clauses = [...counted.values()].map(({ cause, count }) => {
    if (typeof cause === 'string') {
      noun = '';
      return cause;
    }
    // What the clause before said is not said again: `3 groups must be deleted, 1 renamed`.
    const many = CAUSE_NOUNS[cause.of];
    const said = count === 1 ? cause.one : cause.many;
    const shortened = noun === many && verb !== '' && said.startsWith(verb) ? said.slice(verb.length) : said;
    const called = noun === many ? '' : ` ${count === 1 ? cause.of : many}`;
    noun = many;
    verb = said.startsWith('must be ') ? 'must be ' : '';
    return `${count.toLocaleString('en')}${called} ${shortened}`;
  });
  if (rest === 0) return clauses.join(', ');
  const others = `${rest.toLocaleString('en')} ${clauses.length > 0 ? 'more ' : ''}${worst}${rest === 1 || worst === 'info' ? '' : 's'}`;
  return [...clauses, others].join(', ');
}

/** What comes after: what the plan leaves and costs, or what to do next where nothing is wrong. */
function afterwards({ job, verdict, plan }: Pick<RunOutcome, 'job' | 'verdict' | 'plan'>): string {
  if (!plan.applicable) return afterPlan(plan);
  if (verdict !== 'go') return `After the plan: ${afterPlan(plan)}`;
  const costs = costText(plan.head);
  const isIdle = plan.steps + plan.decisions + plan.withheld === 0;
  const next =
    job === 'drift'
      ? `${isIdle ? 'Nothing to do tonight: run' : 'Run'} it again tomorrow night.`
      : 'Next: agree on the day with Optimizely Support, audit again on its morning, and work through plan.md of that run.';
  return costs === '' ? next : `${next} ${costs}`;
}

/** `0 blockers, 4 decisions. 17 people are interrupted, 5 lose access for good.` */
export function afterPlan({
  applicable,
  proof,
  decisions,
  withheld,
  head,
}: Pick<PlanSummary, 'applicable' | 'proof' | 'decisions' | 'withheld' | 'head'>): string {
  if (!applicable) {
    const held =
      withheld > 0 ? ` ${counted(withheld, 'kind of work is', 'kinds of work are')} withheld.` : '';
    return `The plan must not be followed: read what is missing, then run the audit again.${held}`;
  }
  const left = [
    ...(proof
      ? [
          counted(proof.after.blockers, 'blocker', 'blockers'),
          ...(proof.after.errors > 0 ? [counted(proof.after.errors, 'error', 'errors')] : []),
        ]
      : ['not proved']),
    counted(decisions, 'decision', 'decisions'),
  ];
  return `${left.join(', ')}. ${costText(head) || "Nobody's access is interrupted."}`;
}

function costText({ interrupted, lost_for_good }: PlanHead): string {
  const [away, gone] = [interrupted.people, lost_for_good.people];
  if (away === null || gone === null) return 'Who loses access is not known.';
  const is = `${counted(away, 'person is', 'people are')} interrupted`;
  if (away > 0 && gone > 0) {
    return `${is}, ${gone.toLocaleString('en')} ${gone === 1 ? 'loses' : 'lose'} access for good.`;
  }
  if (gone > 0) return `${counted(gone, 'person loses', 'people lose')} access for good.`;
  return away > 0 ? `${is}, nobody loses access for good.` : '';
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
