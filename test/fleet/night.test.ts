import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spread } from '../../src/fleet/enqueue.ts';
import type { Organization } from '../../src/fleet/fleet-file.ts';
import { endOfNight, nightAt, nightToCome, parseWindow, windowOf } from '../../src/fleet/night.ts';

const BERLIN = { from: 22 * 60, to: 5 * 60, zone: 'Europe/Berlin' };

describe('a night', () => {
  it.each([
    [
      '2026-12-01T20:59:00Z',
      '2026-11-30',
      '2026-12-01',
      'before the window the last night is underway, the next one is to come',
    ],
    ['2026-12-01T21:00:00Z', '2026-12-01', '2026-12-01', 'when the window begins'],
    [
      '2026-12-02T03:59:00Z',
      '2026-12-01',
      '2026-12-01',
      'after midnight it is still the night of the day before',
    ],
    ['2026-12-02T04:00:00Z', '2026-12-01', '2026-12-02', 'when the window is over the next one is to come'],
  ])('at %s is %s, and %s is to come: %s', (now, underway, toCome) => {
    expect(nightAt(new Date(now), BERLIN)).toBe(underway);
    expect(nightToCome(new Date(now), BERLIN)).toBe(toCome);
  });

  it('has an hour more or less when clocks change', () => {
    const hours = (night: string) => {
      const { begin, end } = windowOf(night, BERLIN);
      return (end.getTime() - begin.getTime()) / 3_600_000;
    };
    expect([hours('2026-03-27'), hours('2026-03-28'), hours('2026-10-24')]).toEqual([7, 6, 8]);
  });

  it('is one and only one at any time, in any zone, and ends when the next begins', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 1439 }),
        fc.constantFrom(
          'UTC',
          'Europe/Berlin',
          'America/New_York',
          'Asia/Kolkata',
          'Pacific/Apia',
          'Australia/Lord_Howe',
        ),
        (now, from, to, zone) => {
          fc.pre(from !== to);
          const window = { from, to, zone };
          const night = nightAt(now, window);
          expect(windowOf(night, window).begin.getTime()).toBeLessThanOrEqual(now.getTime());
          expect(endOfNight(night, window).getTime()).toBeGreaterThan(now.getTime());
        },
      ),
    );
  });

  it.each(['24:00-05:00', '22:00', '22:00-22:00', '9:00-10:00', ''])('has no window %j', (text) => {
    expect(parseWindow(text)).toBeNull();
  });
});

describe('spreading', () => {
  const named = (name: string) => ({ name, window: BERLIN }) as Organization;
  const night = '2026-12-01';
  const begin = windowOf(night, BERLIN).begin.getTime();
  const end = windowOf(night, BERLIN).end.getTime();

  it('begins with the longest, never earlier than the window, and leaves each time to end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: -600, max: 200 }),
        (minutes, late) => {
          const now = new Date(begin + late * 60_000);
          const planned = spread(
            minutes.map((each, at) => ({ organization: named(`o${at}`), night, minutes: each })),
            now,
          );
          const byName = new Map(minutes.map((each, at) => [`o${at}`, each]));
          const inOrder = planned.map(({ organization }) => byName.get(organization.name) ?? 0);
          expect(inOrder).toEqual([...minutes].sort((a, b) => b - a));
          planned.forEach(({ due }, at) => {
            const from = Math.max(begin, now.getTime());
            expect(due.getTime()).toBeGreaterThanOrEqual(from);
            const ends = due.getTime() + (inOrder[at] ?? 0) * 60_000;
            expect(ends).toBeLessThanOrEqual(Math.max(end, from + (inOrder[at] ?? 0) * 60_000) + 1);
            if (at > 0)
              expect(due.getTime()).toBeGreaterThanOrEqual((planned[at - 1]?.due.getTime() ?? 0) - 1);
          });
        },
      ),
    );
  });
});
