import { describe, expect, test } from 'vitest';
import { chooseSeeds } from './choose-seeds.ts';
import { disagreements } from './compare.ts';
import { generateOrgPair } from './generate.ts';
import type { OrgPair } from './org-pair.ts';
import { shrink } from './shrink.ts';

/** Twice 36 of 200 show of all that is rare more than 120 in a row do: no finding, outcome or situation less often. */
const CANDIDATES = 200;
const CHOSEN = 36;
const SEEDS_OF_ONE_TEST = 12;
const SIDE_BY_SIDE = 2;
/** An org takes about 1 s on a free machine, both jobs; this is for one that is anything but free. */
const TIME_LIMIT_MS = 300_000;

async function disagreementsOf(pair: OrgPair): Promise<string[]> {
  try {
    return await disagreements(pair);
  } catch (error) {
    return [`the engine failed: ${String(error)}`];
  }
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

/** Which of the chosen seeds a file tries: those that show most are for every run of `npm test`. */
export const SHOWING_MOST = [0, 12] as const;
export const THE_OTHERS = [12, CHOSEN] as const;
export const ALL = [0, CHOSEN] as const;

/**
 * Tests that engine and oracle agree on org pairs chosen among seeds from `first` on, or on some of these. With `ORACLE_SEED` set, only that
 * seed is tried, and one that fails is shown as small as it could be made.
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
    const seeds = chooseSeeds(first, CANDIDATES, to)
      .slice(from)
      .sort((a, b) => a - b);
    for (let start = 0; start < seeds.length; start += SEEDS_OF_ONE_TEST) {
      const waiting = seeds.slice(start, start + SEEDS_OF_ONE_TEST);
      const range = `${waiting[0]} to ${waiting.at(-1)}, ${waiting.length} of them`;
      test(`of the org pairs of seeds ${range}`, { timeout: TIME_LIMIT_MS }, async () => {
        const failed: string[] = [];
        const work = async (): Promise<void> => {
          for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
            const found = await disagreementsOf(generateOrgPair(seed));
            if (found.length > 0) failed.push(`ORACLE_SEED=${seed} (- oracle, + engine)`, ...found);
          }
        };
        await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
        expect(failed.join('\n')).toBe('');
      });
    }
  });
}
