import { JOBS } from '../../src/domain/rule.ts';
import { Facts } from './facts.ts';
import { generateOrgPair } from './generate.ts';
import { expectReport } from './oracle.ts';

/** What the oracle sees in the org pair of a seed: findings by rule, outcomes, situations, ties, each with its job. */
function sightsOf(seed: number): string[] {
  const pair = generateOrgPair(seed);
  return JOBS.flatMap((job) => {
    const { findings, outcomes, groups, users } = expectReport(pair, job);
    const facts = new Facts(pair, job);
    const sights = new Set([
      ...facts.groupMatches.map(({ evidence }) => `a push with evidence ${evidence}`),
      ...[...facts.owners.values()].map(({ tie }) => `an owner by tie ${tie}`),
      ...facts.otherManagers.map(() => 'another manager'),
      ...[...facts.rivals].map(() => 'several who would own'),
      ...findings.map(({ rule }) => `${rule} speaks`),
      ...Object.entries(outcomes).map(([rule, outcome]) => `${rule} is ${outcome}`),
      ...groups.map(({ situation }) => `group ${situation}`),
      ...users.map(({ situation }) => `user ${situation}`),
    ]);
    return [...sights].map((sight) => `${job} ${sight}`);
  });
}

/**
 * Of `candidates` seeds from `first` on, the `count` that together show most to the oracle. Each is the one that adds
 * most to those before it, where the first sight of something counts 1, the next 1/2, then 1/3: what is
 * rare comes more often than by chance. The oracle takes a hundredth of the engine's time, so looking is cheap.
 */
export function chooseSeeds(first: number, candidates: number, count: number): number[] {
  const left = new Map(
    Array.from({ length: candidates }, (_, index) => [first + index, sightsOf(first + index)] as const),
  );
  const seen = new Map<string, number>();
  const chosen: number[] = [];
  while (chosen.length < count && left.size > 0) {
    let best = { seed: first, worth: -1 };
    for (const [seed, sights] of left) {
      const worth = sights.reduce((sum, sight) => sum + 1 / ((seen.get(sight) ?? 0) + 1), 0);
      if (worth > best.worth) best = { seed, worth };
    }
    for (const sight of left.get(best.seed) ?? []) seen.set(sight, (seen.get(sight) ?? 0) + 1);
    left.delete(best.seed);
    chosen.push(best.seed);
  }
  return chosen;
}

/**
 * The fewest seeds found, of the first `candidates`, in whose org pairs each of the rules speaks once everything is read:
 * each is the one in which most of the rules do that the others are silent on.
 */
export function seedsInWhichFire(rules: readonly string[], candidates = 120): number[] {
  const firing = new Map(
    Array.from({ length: candidates }, (_, index) => {
      const pair = { ...generateOrgPair(index + 1), states: {} };
      const found = JOBS.flatMap((job) => expectReport(pair, job).findings.map(({ rule }) => rule));
      return [index + 1, new Set(found)] as const;
    }),
  );
  const left = new Set(rules);
  const chosen: number[] = [];
  while (left.size > 0) {
    const addedBy = (seed: number): string[] => [...left].filter((rule) => firing.get(seed)?.has(rule));
    const best = [...firing.keys()].reduce((a, b) => (addedBy(b).length > addedBy(a).length ? b : a));
    const added = addedBy(best);
    if (added.length === 0) break;
    for (const rule of added) left.delete(rule);
    chosen.push(best);
  }
  return chosen.sort((a, b) => a - b);
}
