import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../src/okta/governor.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { type ModelOptions, modelledOkta } from './support/modelled-okta.ts';

const GROUPS = 'https://acme.okta.com/api/v1/groups/00g1/users';

/** Sends as many requests at once as `minutes` full windows hold, and says what Okta counted. */
async function spend(options: ModelOptions, windows: number) {
  const okta = modelledOkta(options);
  const limit = typeof options.limit === 'number' ? options.limit : options.limit(0);
  const share = shareOf(limit, options.budgetPercent);
  await Promise.all(Array.from({ length: share * windows }, () => okta.send(GROUPS)));
  return { okta, share, own: okta.windows(GROUPS).map(({ own }) => own) };
}

const anyRounding = fc.constantFrom(Math.ceil, Math.floor, Math.round);
const anySeed = fc.integer({ min: 1, max: 0x7fff_ffff });

/** Chance, and how long answers take, in milliseconds. */
function chance(seed: number, latency: { from: number; to: number }) {
  const random = seededRandom(seed);
  return { random: random.next, latencyMs: () => latency.from + random.below(latency.to - latency.from + 1) };
}

describe('the budget, against a modelled Okta', () => {
  it('is never overspent in any window, and a run alone is never refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          limit: fc.constantFrom(1, 2, 7, 20, 50, 100, 500),
          budgetPercent: fc.constantFrom(1, 10, 33, 50, 90, 100),
          slowest: fc.integer({ min: 20, max: 30_000 }),
          round: anyRounding,
          skewMs: fc.integer({ min: -600_000, max: 600_000 }),
          without: fc.constantFrom<readonly string[]>([], [], ['date'], ['x-rate-limit-reset']),
        }),
        anySeed,
        async ({ slowest, ...world }, seed) => {
          const { okta, own, share } = await spend(
            { ...world, ...chance(seed, { from: 20, to: slowest }) },
            2,
          );
          expect(Math.max(...own)).toBeLessThanOrEqual(share);
          expect(okta.refusals()).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is used to 95 percent and more, however slow the pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          limit: fc.constantFrom(20, 100, 120, 500),
          budgetPercent: fc.constantFrom(10, 25, 50),
          latency: fc.constantFrom({ from: 20, to: 20 }, { from: 200, to: 1_100 }, { from: 20, to: 1_500 }),
          round: anyRounding,
          skewMs: fc.integer({ min: -600_000, max: 600_000 }),
        }),
        anySeed,
        async ({ latency, ...world }, seed) => {
          const { okta, own, share } = await spend({ ...world, ...chance(seed, latency) }, 4);
          const full = own.slice(0, -1);
          expect(full).toEqual(full.map(() => share));
          const windows = okta.windows(GROUPS);
          const minutes = ((windows.at(-1)?.beganAt ?? 0) - (windows[0]?.beganAt ?? 0)) / 60_000;
          expect(full.reduce((sum, count) => sum + count, 0) / (share * minutes)).toBeGreaterThanOrEqual(
            0.94,
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is used in full on a slow cell, in the largest bucket', async () => {
    const { okta, own } = await spend({ limit: 500, budgetPercent: 50, latencyMs: () => 1_500 }, 4);
    expect(own).toEqual([250, 250, 250, 250]);
    expect(okta.minutes()).toBeLessThan((3 + 0.8) / 0.95);
  });

  it('holds while others spend too, and who is refused was refused because of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          limit: fc.constantFrom(20, 100, 500),
          budgetPercent: fc.constantFrom(10, 50, 80),
          othersEveryMs: fc.integer({ min: 100, max: 20_000 }),
          round: anyRounding,
        }),
        anySeed,
        async ({ limit, ...world }, seed) => {
          const { okta, share } = await spend(
            { limit, ...world, ...chance(seed, { from: 20, to: 1_500 }) },
            2,
          );
          for (const { own, others, refused } of okta.windows(GROUPS)) {
            expect(own).toBeLessThanOrEqual(share);
            if (refused > 0) expect(others).toBeGreaterThan(limit - share);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is not overspent where no answer has a Date and our clock runs ahead', async () => {
    const { own, share } = await spend(
      { limit: 20, budgetPercent: 50, latencyMs: () => 20, skewMs: -40_000, without: ['date'] },
      3,
    );
    expect(Math.max(...own)).toBeLessThanOrEqual(share);
  });

  it('follows a limit that is changed in the middle of a window', async () => {
    const limit = (ms: number) => (ms < 66_000 ? 100 : 40);
    const { okta, own } = await spend({ limit, budgetPercent: 50, latencyMs: () => 1_500 }, 3);
    expect(own.slice(0, 1)).toEqual([50]);
    // The second window begins before the change and is not yet spent when it comes.
    expect(own[1]).toBeGreaterThan(20);
    expect(own[1]).toBeLessThan(50);
    expect(own.slice(2, -1)).toEqual(own.slice(2, -1).map(() => 20));
    expect(okta.refusals()).toBe(0);
  });

  it('waits in the whole bucket for the reset once others have spent it, without a reset a minute', async () => {
    for (const without of [[], ['x-rate-limit-reset']]) {
      const okta = modelledOkta({
        limit: 20,
        budgetPercent: 50,
        latencyMs: () => 20,
        othersEveryMs: 1,
        without,
      });
      await okta.tools.sleep(5_000);
      await Promise.all(Array.from({ length: 4 }, () => okta.send(GROUPS)));
      expect(okta.windows(GROUPS).map(({ refused }) => refused)).not.toContain(2);
    }
  });

  it('does not end with a clock that is put forward or back', async () => {
    for (const jumpMs of [1_800_000, -1_800_000, 45_000]) {
      const okta = modelledOkta({ limit: 20, budgetPercent: 50, latencyMs: () => 100 });
      for (let index = 0; index < 5; index += 1) await okta.send(GROUPS);
      okta.tools.advance(jumpMs);
      for (let index = 0; index < 15; index += 1) await okta.send(GROUPS);
      expect(Math.max(...okta.tools.slept)).toBeLessThan(125_000);
    }
  });
});
