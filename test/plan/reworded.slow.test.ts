import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import type { Proof, WorkPlan } from '../../src/domain/plan.ts';
import type { CatalogueRule, Job } from '../../src/domain/rule.ts';
import { evidenceOf } from '../../src/plan/evidence.ts';
import { finding } from './support/plain-state.ts';

/** Rewords every text of these tables in place. */
function reword(tables: readonly object[]): void {
  for (const table of tables) {
    for (const [place, key] of Object.keys(table).entries()) Reflect.set(table, key, ` nonsense ${place} `);
  }
}

function rewordRule(rule: CatalogueRule): void {
  const words = { title: 'Nonsense', why: 'Nonsense.', fix: 'Nonsense.' };
  if (rule.kind === 'sql') Object.assign(rule, words, { detail: () => 'Nonsense.' });
  else {
    const { judge } = rule;
    const judgeInNonsense: typeof judge = (facts) => {
      const verdict = judge(facts);
      return verdict.outcome === 'fail'
        ? { ...verdict, actual: 'nonsense', detail: 'Nonsense.', fix: 'Nonsense.' }
        : { ...verdict, actual: 'nonsense' };
    };
    Object.assign(rule, words, { judge: judgeInNonsense });
  }
}

/** Plans for a world, with the texts as they are or every one reworded before anything reads it. */
async function plan(job: Job, seed: number | null, isReworded: boolean) {
  vi.resetModules();
  const codes = await import('../../src/domain/codes.ts');
  // Queries are put together from these tables when their modules are loaded: the tables come first.
  if (isReworded) reword(Object.values(codes).filter((value) => typeof value === 'object'));
  const { RULES } = await import('../../src/rules/index.ts');
  if (isReworded) for (const rule of RULES) rewordRule(rule);
  const { planWorld, worldOf } = await import('./support/plan-world.ts');
  const { everyHazard } = await import('./support/every-hazard.ts');
  const { generateOrgPair } = await import('../oracle/generate.ts');
  return planWorld(seed === null ? everyHazard().world : worldOf(generateOrgPair(seed)), { job });
}

/** What a plan does, without its words. */
function deedsOf({ steps, brakes, proof }: WorkPlan & { proof: Proof }) {
  return {
    steps: steps.map(
      ({
        action: _action,
        kind: _kind,
        each: _each,
        subject: _subject,
        people,
        how: _how,
        requires: _requires,
        verify: _verify,
        ...deed
      }) => ({ ...deed, people: people.map(({ resolves }) => resolves).sort() }),
    ),
    brakes: brakes.map(({ sentence: _sentence, ...brake }) => brake),
    proof: {
      ...proof,
      remaining: proof.remaining.map(({ finding_id, needs_support }) => [finding_id, needs_support]),
      expected: proof.expected.map(({ finding_id }) => finding_id),
    },
  };
}

// Test files share a worker: the next one must not find the reworded modules.
afterAll(() => void vi.resetModules());

describe('a plan goes by codes and ids', () => {
  test.each([
    ['precutover', null],
    ['drift', 8],
  ] as const)('and is the same when every text is reworded (%s, world %s)', async (job, seed) => {
    const before = await plan(job, seed, false);
    const after = await plan(job, seed, true);
    expect(deedsOf(after.plan)).toEqual(deedsOf(before.plan));
    expect(before.plan.steps.length).toBeGreaterThan(5);
    // The texts did change, those in the evidence and in the subjects of memberships among them.
    const said = (findings: readonly Finding[]) =>
      findings.map(({ detail, fix, subject, evidence }) => [detail, fix, subject, evidence]);
    expect(said(after.findings)).not.toEqual(said(before.findings));
    expect(after.findings.every(({ detail }) => detail === 'Nonsense.')).toBe(true);
    const memberships = after.findings.filter(
      ({ rule, subject_type }) => subject_type === 'membership' && !rule.endsWith('-unconfirmed'),
    );
    expect(memberships.every(({ subject }) => subject.includes(' nonsense '))).toBe(true);
    expect(memberships.length).toBeGreaterThan(0);
  });
});

describe('what a finding holds', () => {
  test('is known by the names of its rule', () => {
    const taken = finding('group-name-taken', { evidence: { is_reserved: true } });
    expect(evidenceOf(taken, 'group-name-taken').is_reserved).toBe(true);
    // @ts-expect-error: the rule has no such column.
    expect(evidenceOf(taken, 'group-name-taken').is_kept).toBeUndefined();
    expect(() => evidenceOf(taken, 'member-missing')).toThrow(
      /finding of group-name-taken, not of member-missing/u,
    );
  });
});
