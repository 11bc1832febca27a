import { describe, expect, test } from 'vitest';
import { chooseSeeds } from './choose-seeds.ts';
import { type Disagreement, disagreements } from './compare.ts';
import { generateOrgPair } from './generate.ts';
import type { OrgPair } from './org-pair.ts';
import { shrink } from './shrink.ts';

/** Twice 36 of 200 show every finding, situation, tie and evidence, most of them several times; a long list is for `ORACLE_SEEDS`. */
const CANDIDATES = 200;
const CHOSEN = 36;
/** Those of \`oracle.test.ts\` and its rest, and those of \`oracle-more.slow.test.ts\`. */
export const FIRST_SEEDS = [1, 1001] as const;
const SEEDS_OF_ONE_TEST = 12;
const SIDE_BY_SIDE = 2;
/** With `ORACLE_SEEDS`, of each rule; with `ORACLE_ALL` set, all of them. */
const SHOWN_OF_A_TOPIC = process.env.ORACLE_ALL === undefined ? 8 : Number.POSITIVE_INFINITY;
/** `ORACLE_RULE` is the one topic to list. */
const ONLY_TOPIC = process.env.ORACLE_RULE;
/** An org takes about 1 s on a free machine, both jobs; this is for one that is anything but free. */
const TIME_LIMIT_MS = 300_000;
const LONG_LIST_LIMIT_MS = 10_800_000;

async function findDisagreements(pair: OrgPair): Promise<Disagreement[]> {
  try {
    return await disagreements(pair);
  } catch (error) {
    const line = `the engine failed: ${String(error)}`;
    return [{ job: 'drift', side: '+', topic: 'failure', line }];
  }
}

async function disagreementsOf(pair: OrgPair): Promise<string[]> {
  return (await findDisagreements(pair)).map(({ job, side, line }) => `${job} ${side} ${line}`);
}

/** Does something with each of the seeds, a few at a time; takes them out of the list. */
async function forEachSeed(seeds: number[], work: (seed: number) => Promise<void>): Promise<void> {
  const takeOn = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) await work(seed);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, takeOn));
}

/** `400`: seeds 1 to 400; `401-800`: from one to the other; `3,14,159`: these. */
function seedsOf(text: string): number[] {
  if (text.includes(',')) return text.split(',').map(Number);
  const [first = 1, last = first] = text.includes('-') ? text.split('-').map(Number) : [1, Number(text)];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** All disagreements by topic, the most frequent first: how often, in how many seeds, and what. */
function listByTopic(bySeed: ReadonlyMap<number, readonly Disagreement[]>): string {
  const topics = new Map<string, { seed: number; one: Disagreement }[]>();
  for (const [seed, found] of [...bySeed].sort(([a], [b]) => a - b)) {
    for (const one of found) topics.set(one.topic, [...(topics.get(one.topic) ?? []), { seed, one }]);
  }
  const sections = [...topics].sort(([, a], [, b]) => b.length - a.length);
  return sections
    .map(([topic, found]) => {
      const missing = found.filter(({ one }) => one.side === '-').length;
      const seeds = new Set(found.map(({ seed }) => seed)).size;
      const lines = found
        .slice(0, SHOWN_OF_A_TOPIC)
        .map(({ seed, one }) => `  seed ${seed} ${one.job} ${one.side} ${one.line}`);
      const rest = found.length - lines.length;
      return [
        `${topic}: ${missing} missing, ${found.length - missing} extra, in ${seeds} seeds`,
        ...lines,
        ...(rest > 0 ? [`  and ${rest} more`] : []),
      ].join('\n');
    })
    .join('\n');
}

/** What a person needs to look into a seed: the smallest pair found that still fails, and how. */
async function explain(seed: number): Promise<string> {
  const smallest = await shrink(
    generateOrgPair(seed),
    async (smaller) => (await disagreementsOf(smaller)).length > 0,
  );
  const rows = Object.fromEntries(Object.entries(smallest.rows).filter(([, list]) => list.length > 0));
  return [
    ...(await disagreementsOf(smallest)),
    JSON.stringify({ ...smallest, rows }, (_key, value) => (value === null ? undefined : value), 1),
  ].join('\n');
}

/** All seeds that `npm test` and `npm run test:slow` try, those that show most first. */
export function seedsTried(): number[] {
  return FIRST_SEEDS.flatMap((first) => chooseSeeds(first, CANDIDATES, CHOSEN));
}

/** Which of the chosen seeds a file tries: those that show most are for every run of `npm test`. */
export const SHOWING_MOST = [0, 12] as const;
export const THE_OTHERS = [12, CHOSEN] as const;
export const ALL = [0, CHOSEN] as const;

/**
 * Tests that engine and oracle agree on org pairs chosen among seeds from `first` on, or on some of these. With `ORACLE_SEED` set, only that
 * seed is tried, and one that fails is shown as small as it could be made. With `ORACLE_SEEDS` set (`400`, `401-800` or `3,14`),
 * those are tried, and what is missing and what is extra is listed by rule:
 * `ORACLE_SEEDS=400 npx vitest run test/oracle/oracle.test.ts -t listed`. `ORACLE_RULE` names one rule, `ORACLE_ALL=1` shows all lines.
 */
export function testAgreement(first: number, [from, to]: readonly [from: number, to: number]): void {
  const only = process.env.ORACLE_SEED;
  describe('engine and oracle agree on findings, outcomes and situations', () => {
    if (only !== undefined && only !== '') {
      test(`of the org pair of seed ${only}`, { timeout: 2 * TIME_LIMIT_MS }, async () => {
        const seed = Number(only);
        if ((await disagreementsOf(generateOrgPair(seed))).length > 0) expect.fail(await explain(seed));
      });
      return;
    }
    const listed = process.env.ORACLE_SEEDS;
    if (listed !== undefined && listed !== '') {
      test(`of the org pairs of seeds ${listed}, listed by rule`, {
        timeout: LONG_LIST_LIMIT_MS,
      }, async () => {
        const bySeed = new Map<number, Disagreement[]>();
        await forEachSeed(seedsOf(listed), async (seed) => {
          const found = await findDisagreements(generateOrgPair(seed));
          bySeed.set(
            seed,
            found.filter(({ topic }) => ONLY_TOPIC === undefined || topic === ONLY_TOPIC),
          );
        });
        const list = listByTopic(bySeed);
        const agreed = [...bySeed.values()].filter((found) => found.length === 0).length;
        const summary = `${agreed} of ${bySeed.size} seeds agree (- the engine misses it, + the engine alone has it)`;
        process.stdout.write(`${list}\n${summary}\n`);
        if (list !== '') expect.fail(summary);
      });
      return;
    }
    const seeds = chooseSeeds(first, CANDIDATES, to)
      .slice(from)
      .sort((a, b) => a - b);
    for (let start = 0; start < seeds.length; start += SEEDS_OF_ONE_TEST) {
      const waiting = seeds.slice(start, start + SEEDS_OF_ONE_TEST);
      const range = `${waiting[0]} to ${waiting.at(-1)}, ${waiting.length} of them`;
      test(`of the org pairs of seeds ${range}`, { timeout: TIME_LIMIT_MS }, async () => {
        const failed: string[] = [];
        await forEachSeed(waiting, async (seed) => {
          const found = await disagreementsOf(generateOrgPair(seed));
          if (found.length > 0) failed.push(`ORACLE_SEED=${seed} (- oracle, + engine)`, ...found);
        });
        expect(failed.join('\n')).toBe('');
      });
    }
  });
}
