import type { Job } from './rule.ts';

/** What of a run decides whether it may go. */
export interface RetainedRun {
  /** Name of its folder. */
  name: string;
  org: string;
  organizationId: string;
  job: Job | 'collect';
  /** When its snapshot began, UTC ISO-8601. */
  began: string;
  complete: boolean;
  /** The run that it took as baseline, by the name of its folder. */
  baseline: string | null;
}

/** What may go: a run goes where every condition that is given says so. */
export interface Retention {
  /** The newest so many of each org and job stay. */
  keep: number | null;
  /** Only runs whose snapshots began before this time go, UTC ISO-8601. */
  before: string | null;
  /** Only runs of this job go. */
  job: RetainedRun['job'] | null;
}

/**
 * Why each run stays, or null where it goes, oldest first. The last complete run of each org and job stays whatever is
 * asked, for the next night is told against it; so do the run that the newest drift run takes as baseline and, unless
 * the job is named, the last run from before the cutover.
 */
export function whyRunsStay<Run extends RetainedRun>(
  runs: readonly Run[],
  retention: Retention,
): { run: Run; reason: string | null }[] {
  const newestFirst = [...runs].sort((a, b) => (ageKey(a) < ageKey(b) ? 1 : -1));
  const seen = new Map<string, number>();
  const needed = whyRunsAreNeeded(newestFirst, retention);
  const judged = newestFirst.map((run) => {
    const newer = seen.get(lineOf(run)) ?? 0;
    seen.set(lineOf(run), newer + 1);
    return { run, reason: reasonToStay(run, newer, retention) ?? needed.get(run) ?? null };
  });
  return judged.reverse();
}

function reasonToStay(run: RetainedRun, newer: number, { keep, before, job }: Retention): string | null {
  if (job !== null && run.job !== job) return `not a run of ${job}`;
  if (keep !== null && newer < keep) return `among the newest ${keep}`;
  if (before !== null && run.began >= before) return `not begun before ${before}`;
  return null;
}

function whyRunsAreNeeded(newestFirst: readonly RetainedRun[], { job }: Retention): Map<RetainedRun, string> {
  const needed = new Map<RetainedRun, string>();
  const need = (run: RetainedRun | undefined, why: string) => {
    if (run && !needed.has(run)) needed.set(run, why);
  };
  for (const run of newestOfEach(newestFirst.filter(({ complete }) => complete))) {
    need(run, `the last complete run of ${run.job}`);
  }
  for (const newest of newestOfEach(newestFirst)) {
    if (newest.job === 'drift') {
      const isBaseline = (run: RetainedRun) =>
        run.name === newest.baseline && placeOf(run) === placeOf(newest);
      need(newestFirst.find(isBaseline), 'the baseline of the newest drift run');
    }
    if (newest.job === 'precutover' && job !== 'precutover') need(newest, 'the last run of precutover');
  }
  return needed;
}

/** The newest run of each org, organization and job. */
function newestOfEach(newestFirst: readonly RetainedRun[]): RetainedRun[] {
  const newest = new Map<string, RetainedRun>();
  for (const run of newestFirst) if (!newest.has(lineOf(run))) newest.set(lineOf(run), run);
  return [...newest.values()];
}

function placeOf({ org, organizationId }: RetainedRun): string {
  return JSON.stringify([org, organizationId]);
}

function lineOf(run: RetainedRun): string {
  return JSON.stringify([placeOf(run), run.job]);
}

function ageKey({ began, name }: RetainedRun): string {
  return `${began} ${name}`;
}
