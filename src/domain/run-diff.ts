import { type Finding, isOpenState, type RuleOutcome, worstFirst } from './finding.ts';
import type { RunSummary } from './run.ts';

/** A finding that both runs have, and what of it moved. */
export interface ChangedFinding {
  before: Finding;
  after: Finding;
  /** Names of what differs: `severity`, `detail`, `state`. */
  what: string[];
}

/** What changed from one run to another. */
export interface RunDiff {
  /** In the later run only. */
  added: Finding[];
  /** In the earlier run only, and the later one judged its rule and could have found it. */
  gone: Finding[];
  /** In the earlier run only, but the later one could not judge it. */
  notJudged: Finding[];
  changed: ChangedFinding[];
  same: number;
  rules: { rule: string; before: RuleOutcome | 'absent'; after: RuleOutcome | 'absent' }[];
  /** Groups and users by situation, where their number differs. */
  situations: { what: 'groups' | 'users'; situation: string; before: number; after: number }[];
  /** Rows read by dataset, where their number differs. */
  datasets: { dataset: string; before: number; after: number }[];
}

interface DiffSide {
  run: RunSummary;
  findings: readonly Finding[];
}

/** Compares two runs by the ids of their findings. Resolved findings count as not there. */
export function diffRuns(before: DiffSide, after: DiffSide): RunDiff {
  const isThere = ({ state }: Finding) => isOpenState(state) || state === 'waived';
  const earlier = new Map(before.findings.filter(isThere).map((finding) => [finding.finding_id, finding]));
  const later = new Map(after.findings.filter(isThere).map((finding) => [finding.finding_id, finding]));
  const held = new Set(after.run.held.map(({ finding_id }) => finding_id));
  const diff: RunDiff = {
    added: [],
    gone: [],
    notJudged: [],
    changed: [],
    same: 0,
    rules: diffRules(before.run, after.run),
    situations: [
      ...diffCounts(before.run.counts.situation, after.run.counts.situation).map((row) => ({
        what: 'groups' as const,
        situation: row.key,
        before: row.before,
        after: row.after,
      })),
      ...diffCounts(before.run.counts.user_situation, after.run.counts.user_situation).map((row) => ({
        what: 'users' as const,
        situation: row.key,
        before: row.before,
        after: row.after,
      })),
    ],
    datasets: diffCounts(rowsOf(before.run), rowsOf(after.run)).map(({ key, ...counts }) => ({
      dataset: key,
      ...counts,
    })),
  };
  for (const [id, finding] of later) {
    const known = earlier.get(id);
    if (!known) {
      diff.added.push(finding);
      continue;
    }
    const what = (['severity', 'detail', 'state'] as const).filter((key) =>
      // That a finding is known on the next night is no change of it.
      key === 'state'
        ? (known.state === 'waived') !== (finding.state === 'waived')
        : known[key] !== finding[key],
    );
    if (what.length > 0) diff.changed.push({ before: known, after: finding, what });
    else diff.same += 1;
  }
  for (const [id, finding] of earlier) {
    if (later.has(id)) continue;
    const outcome = after.run.rules[finding.rule]?.outcome;
    const isJudged = (outcome === 'pass' || outcome === 'fail') && after.run.complete && !held.has(id);
    (isJudged ? diff.gone : diff.notJudged).push(finding);
  }
  for (const list of [diff.added, diff.gone, diff.notJudged]) list.sort(worstFirst);
  diff.changed.sort((a, b) => worstFirst(a.after, b.after));
  return diff;
}

function diffRules(before: RunSummary, after: RunSummary): RunDiff['rules'] {
  const ids = [...new Set([...Object.keys(before.rules), ...Object.keys(after.rules)])].sort();
  return ids
    .map((rule) => ({
      rule,
      before: before.rules[rule]?.outcome ?? ('absent' as const),
      after: after.rules[rule]?.outcome ?? ('absent' as const),
    }))
    .filter((row) => row.before !== row.after);
}

function rowsOf(run: RunSummary): Record<string, number> {
  return Object.fromEntries(Object.entries(run.datasets).map(([name, { rows }]) => [name, rows]));
}

function diffCounts(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): { key: string; before: number; after: number }[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((key) => ({ key, before: before[key] ?? 0, after: after[key] ?? 0 }))
    .filter((row) => row.before !== row.after);
}
