import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../src/domain/run.ts';
import { verdictLines } from '../../../src/report/text/verdict.ts';
import { RULES } from '../../../src/rules/index.ts';
import { sampleFinding, sampleRun } from '../sample-run.ts';

const SEVERITY = new Map(RULES.map(({ id, severity }) => [id, severity]));

/** So many findings of each rule. */
function findingsOf(counts: Readonly<Record<string, number>>): RunResult['findings'] {
  return Object.entries(counts).flatMap(([rule, count]) =>
    Array.from({ length: count }, (_, at) =>
      sampleFinding({ rule, finding_id: `${rule} ${at}`, severity: SEVERITY.get(rule) ?? 'warning' }),
    ),
  );
}

const why = (counts: Readonly<Record<string, number>>, over: Partial<RunResult> = {}) =>
  verdictLines(sampleRun({ findings: findingsOf(counts), ...over }))[0];

describe('the verdict in two lines', () => {
  it('names its causes in plain words, blockers alone where there are some', () => {
    expect(
      why({
        'group-name-taken': 3,
        'group-name-taken-by-product': 1,
        'reserved-group-name': 2,
        'reserved-group-linked': 1,
        'create-users-off': 1,
      }),
    ).toBe('NO-GO: 3 groups must be deleted, 1 renamed, 3 are reserved.');
    expect(why({ 'scim-app-missing': 1, 'group-name-taken': 1 })).toBe(
      'NO-GO: 1 group must be deleted, there is no SCIM app.',
    );
  });

  it('names errors where there is no blocker, and counts what is beyond six causes', () => {
    expect(why({ 'suspended-user-active': 1, 'member-missing': 12 }, { job: 'drift' })).toBe(
      'DRIFT: 12 memberships are missing in Opti ID, 1 person keeps access while suspended.',
    );
    const many = Object.fromEntries(
      RULES.filter(({ severity }) => severity === 'error').map(({ id }) => [id, 1]),
    );
    expect(why(many)).toMatch(/^NO-GO: (?:[^,]+, ){6}\d+ more errors\.$/u);
  });

  it('counts what no rule names, as where warnings count', () => {
    expect(why({ 'user-unmanaged': 2 }, { failOn: 'warning' })).toBe('NO-GO: 2 warnings.');
  });

  it('says how many are new where an earlier run knew the others', () => {
    const [first, ...others] = findingsOf({ 'member-missing': 3 });
    const findings = [
      ...(first ? [first] : []),
      ...others.map((finding) => ({ ...finding, state: 'known' as const })),
    ];
    const previous = { run: 'before', began: '2026-11-23T03:15:00.000Z' };
    expect(why({}, { job: 'drift', findings, previous })).toBe(
      'DRIFT: 3 memberships are missing in Opti ID. 1 of 3 findings are new.',
    );
  });

  it('says of what is clean what comes next', () => {
    expect(verdictLines(sampleRun({ job: 'drift' }))).toEqual([
      'CLEAN: nothing at or above error was found.',
      'Nothing to do tonight: run it again tomorrow night.',
    ]);
    expect(verdictLines(sampleRun())[1]).toMatch(/^Next: agree on the day with Optimizely Support/u);
  });

  it('says what the plan leaves and what it costs', () => {
    const run = sampleRun({ findings: findingsOf({ 'group-name-taken': 3 }) });
    const counts = { blockers: 0, errors: 0 };
    const plan = {
      ...run.plan,
      decisions: 4,
      proof: { before: { blockers: 3, errors: 0 }, after: counts, after_without_support: counts },
      head: {
        ...run.plan.head,
        interrupted: { people: 17, from_step: 2, to_step: 9 },
        lost_for_good: { people: 5 },
      },
    };
    expect(verdictLines({ ...run, plan })[1]).toBe(
      'After the plan: 0 blockers, 4 decisions. 17 people are interrupted, 5 lose access for good.',
    );
    expect(verdictLines({ ...run, plan: { ...plan, applicable: false, withheld: 2 } })[1]).toBe(
      'The plan must not be followed: read what is missing, then run the audit again. 2 kinds of work are withheld.',
    );
  });

  it('still says of a run of an older version that something was found', () => {
    const { causes: _none, ...old } = sampleRun({ findings: findingsOf({ 'group-name-taken': 1 }) });
    expect(verdictLines(old)[0]).toBe('NO-GO: there are findings at or above error.');
  });
});

describe('the causes of rules', () => {
  it('are said for each rule that can make a verdict a no-go', () => {
    const bare = RULES.filter(({ severity, cause }) => ['blocker', 'error'].includes(severity) && !cause);
    expect(bare.map(({ id }) => id)).toEqual([]);
  });

  it('are clauses, which begin small and end without a full stop', () => {
    const texts = RULES.flatMap(({ cause }) =>
      cause === undefined ? [] : typeof cause === 'string' ? [cause] : [cause.one, cause.many],
    );
    for (const text of texts) expect(text).toMatch(/^(?:[a-z]|Okta |Opti ID ).*[^.]$/u);
  });
});
