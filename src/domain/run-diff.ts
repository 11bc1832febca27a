import { byCodeUnit, type Finding, isOpenState, type RuleOutcome, worstFirst } from './finding.ts';
import { foldName } from './names.ts';
import type { RunSummary } from './run.ts';

/** What changed from one run to another. */
export interface RunDiff {
  /** In the later run only. */
  added: Finding[];
  /** In the earlier run only, and the later one judged its rule and could have found it. */
  gone: Finding[];
  /** In the earlier run only, but the later one could not judge it. */
  notJudged: Finding[];
  /** In both runs, with what of it moved. */
  changed: { before: Finding; after: Finding; what: ('severity' | 'detail' | 'state')[] }[];
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

/**
 * Compares two runs by the ids of their findings, those of different orgs by rule and subject. Resolved findings count as
 * not there.
 */
export function diffRuns(before: DiffSide, after: DiffSide, { byName = false } = {}): RunDiff {
  const [earlier, later] = [byKey(before.findings, byName), byKey(after.findings, byName)];
  const held = new Set(after.run.held.map(({ finding_id }) => finding_id));
  const diff: RunDiff = {
    added: [],
    gone: [],
    notJudged: [],
    changed: [],
    same: 0,
    rules: moved<'rule', RuleOutcome | 'absent'>(
      'rule',
      outcomesOf(before.run),
      outcomesOf(after.run),
      'absent',
    ).sort((a, b) => byCodeUnit(a.rule, b.rule)),
    situations: (['groups', 'users'] as const).flatMap((what) => {
      const counts = what === 'groups' ? 'situation' : 'user_situation';
      return moved('situation', before.run.counts[counts], after.run.counts[counts], 0).map((row) => ({
        what,
        ...row,
      }));
    }),
    datasets: moved('dataset', rowsOf(before.run), rowsOf(after.run), 0),
  };
  for (const [id, finding] of later) {
    const known = earlier.get(id);
    if (!known) {
      diff.added.push(finding);
      continue;
    }
    const what = (['severity', 'detail', 'state'] as const).filter((key) =>
      // A finding that becomes known on the next night has not changed.
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
    const isHeld = held.has(finding.finding_id);
    const isJudged = (outcome === 'pass' || outcome === 'fail') && after.run.complete && !isHeld;
    (isJudged ? diff.gone : diff.notJudged).push(finding);
  }
  for (const list of [diff.added, diff.gone, diff.notJudged]) list.sort(worstFirst);
  diff.changed.sort((a, b) => worstFirst(a.after, b.after));
  return diff;
}

/** What is there by what tells it apart; two of one name are the first and the second of it. */
function byKey(findings: readonly Finding[], byName: boolean): Map<string, Finding> {
  const there = findings.filter(({ state }) => isOpenState(state) || state === 'waived');
  if (!byName) return new Map(there.map((finding) => [finding.finding_id, finding]));
  const keyed = new Map<string, Finding>();
  for (const finding of there.sort(worstFirst)) {
    const name = `${finding.rule} ${foldName(finding.subject)}`;
    let nth = 1;
    while (keyed.has(`${name} ${nth}`)) nth += 1;
    keyed.set(`${name} ${nth}`, finding);
  }
  return keyed;
}

function outcomesOf({ rules }: RunSummary): Record<string, RuleOutcome> {
  return Object.fromEntries(Object.entries(rules).map(([rule, { outcome }]) => [rule, outcome]));
}

function rowsOf({ datasets }: RunSummary): Record<string, number> {
  return Object.fromEntries(Object.entries(datasets).map(([name, { rows }]) => [name, rows]));
}

/** What differs between two records, as rows with their key as `name`; `none` stands for a key that one lacks. */
function moved<Name extends string, Value>(
  name: Name,
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
  none: Value,
): (Record<Name, string> & { before: Value; after: Value })[] {
  return Object.keys({ ...before, ...after })
    .map((key) => ({
      ...({ [name]: key } as Record<Name, string>),
      before: before[key] ?? none,
      after: after[key] ?? none,
    }))
    .filter((row) => row.before !== row.after);
}
