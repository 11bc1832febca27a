import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import type { CatalogueRule, Job } from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';
import { World } from './world.ts';

/** A world in which the rule stays silent. */
interface CleanCase {
  /** Why it is clean, as a sentence. */
  world: string;
  given: (world: World) => void;
  job?: Job;
}

/** A world in which the rule speaks: exactly these findings, in the order of the report. */
interface FlaggedCase extends CleanCase {
  finds: readonly Partial<Finding>[];
}

/** A world in which the rule may not speak, and says why not. */
interface SilentCase extends CleanCase {
  outcome: 'unknown' | 'skipped';
  reason: RegExp;
}

export interface RuleCases {
  clean: readonly CleanCase[];
  flagged: readonly FlaggedCase[];
  silent?: readonly SilentCase[];
}

/** A world of a rule's table, with what the rule must say there. */
export type RuleCase =
  | (CleanCase & { kind: 'clean' })
  | (FlaggedCase & { kind: 'flagged'; place: number })
  | (SilentCase & { kind: 'silent' });

/** The tables of the rules' tests that were loaded, for whoever holds something else against them. */
export const KNOWN_CASES = new Map<string, readonly RuleCase[]>();

/** Small seeded generator, so that a shuffle that fails can be repeated. */
function shuffler(seed: number): <Row>(rows: Row[]) => Row[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (rows) => {
    for (let last = rows.length - 1; last > 0; last -= 1) {
      const pick = Math.floor(next() * (last + 1));
      const held = rows[last];
      rows[last] = rows[pick] as never;
      rows[pick] = held as never;
    }
    return rows;
  };
}

/**
 * Tests one rule by worlds that stay clean and worlds that are flagged, in DuckDB and on the derived tables. The rows
 * of flagged worlds are shuffled; the first one must answer the same unshuffled, from a sealed snapshot's files.
 * The table itself is held to standards: both kinds present, no sentence twice, each finding named.
 */
export function testRule(id: string, cases: RuleCases): void {
  const rule = RULES.find((candidate) => candidate.id === id);
  if (!rule) throw new Error(`There is no rule ${id}.`);
  const [firstJob] = rule.when;
  if (!firstJob) throw new Error(`${id} runs in no job.`);

  KNOWN_CASES.set(id, [
    ...cases.flagged.map((one, place) => ({ kind: 'flagged', place, ...one }) as const),
    ...cases.clean.map((one) => ({ kind: 'clean', ...one }) as const),
    ...(cases.silent ?? []).map((one) => ({ kind: 'silent', ...one }) as const),
  ]);
  // What the worlds notice is asked by somebody else: test/mutation.
  if (process.env.SQL_MUTANTS !== undefined) return;

  describe(id, () => {
    test('its table has clean and flagged worlds, and no sentence twice', () => {
      expect(cases.clean.length).toBeGreaterThan(0);
      expect(cases.flagged.length).toBeGreaterThan(0);
      const sentences = [...cases.clean, ...cases.flagged, ...(cases.silent ?? [])].map(({ world }) => world);
      expect(new Set(sentences).size).toBe(sentences.length);
      for (const { finds } of cases.flagged) expect(finds.length).toBeGreaterThan(0);
    });

    for (const { world: sentence, given, job = firstJob } of cases.clean) {
      test(`is silent: ${sentence}`, async () => {
        const world = new World();
        given(world);
        const { findings, rules } = await world.judge(job, rule);
        expect(findings).toEqual([]);
        expect(rules).toMatchObject([{ rule: id, outcome: 'pass', findings: 0, reason: '' }]);
      });
    }

    for (const [place, { world: sentence, given, finds, job = firstJob }] of cases.flagged.entries()) {
      test(`speaks: ${sentence}`, async () => {
        const world = new World();
        given(world);
        const { findings, rules } = await world.judge(job, rule, shuffler(place + finds.length));
        expect(findings).toHaveLength(finds.length);
        expect(findings).toMatchObject(finds);
        expect(rules).toMatchObject([{ rule: id, outcome: 'fail', findings: finds.length, reason: '' }]);
        for (const finding of findings) {
          expect(finding).toMatchObject({
            rule: id,
            severity: rule.severity,
            subject_type: rule.subject,
            who: rule.who,
            state: 'new',
          });
          expect(finding.finding_id).toMatch(/^[a-f][0-9a-f]{15}$/u);
          expect(finding.detail).toMatch(/\.$/u);
          expect(finding.fix.length).toBeGreaterThan(10);
          expect(Object.keys(finding.evidence).sort()).toEqual(Object.keys(rule.evidence).sort());
        }
        expect(new Set(findings.map((finding) => finding.finding_id)).size).toBe(findings.length);

        if (place > 0) return;
        const unshuffled = new World();
        given(unshuffled);
        expect((await unshuffled.judgeSealed(job, rule)).findings).toEqual(findings);
      });
    }

    for (const { world: sentence, given, outcome, reason, job = firstJob } of cases.silent ?? []) {
      test(`is ${outcome}: ${sentence}`, async () => {
        const world = new World();
        given(world);
        const { findings, rules } = await world.judge(job, rule);
        expect(findings).toEqual([]);
        expect(rules).toMatchObject([{ rule: id, outcome, findings: 0 }]);
        expect(rules[0]?.reason).toMatch(reason);
      });
    }
  });
}

/** The world of a case, with the job that judges it and the order of its rows. */
export function worldOf(rule: CatalogueRule, one: RuleCase) {
  const world = new World();
  one.given(world);
  const job = one.job ?? (rule.when[0] as Job);
  return { world, job, ...(one.kind === 'flagged' && { order: shuffler(one.place + one.finds.length) }) };
}

/** Whether the rule, or what it reads, says in that world what it must. */
export async function holds(rule: CatalogueRule, one: RuleCase): Promise<boolean> {
  const { world, job, order } = worldOf(rule, one);
  try {
    const { findings, rules } = await world.judge(job, rule, order);
    if (one.kind === 'flagged') {
      expect(findings).toHaveLength(one.finds.length);
      expect(findings).toMatchObject(one.finds);
    } else {
      expect(findings).toEqual([]);
      expect(rules).toMatchObject([{ outcome: one.kind === 'clean' ? 'pass' : one.outcome }]);
    }
    return true;
  } catch {
    return false;
  }
}
