import fc from 'fast-check';
import { expect } from 'vitest';
import { readList } from '../../../src/opti-id/scim/listing.ts';
import type { ScimRequests } from '../../../src/opti-id/scim/requests.ts';
import type { Row, startShiftingScim } from './shifting-scim.ts';

export function people(count: number): Row[] {
  return Array.from({ length: count }, (_, at) => ({ id: `u${at}`, userName: `u${at}@example.com` }));
}

/** A change of the list between two requests. */
type Change = { kind: 'delete' | 'insert' | 'move'; at: number; to: number };
/** A fault of one answer. */
type Slip = 'page twice' | 'lost page' | 'wrong total';

const CHANGE: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('delete', 'insert', 'move'),
  at: fc.nat(60),
  to: fc.nat(60),
});

const READING = fc.record({
  rows: fc.integer({ min: 1, max: 32 }),
  changes: fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), CHANGE), { maxLength: 5 }),
  slips: fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom<Slip[]>('page twice', 'lost page', 'wrong total'),
    ),
    { maxLength: 2 },
  ),
});

/**
 * Reads random lists while they change and their answers are disturbed. A reading that calls itself complete must have
 * everybody who was there all the time, nobody twice, and nobody who never was. Returns how many were complete.
 */
export async function readShifting(
  server: Awaited<ReturnType<typeof startShiftingScim>>,
  requests: ScimRequests,
  readings: number,
): Promise<{ right: number; partial: number }> {
  const outcomes = { right: 0, partial: 0 };
  await fc.assert(
    fc.asyncProperty(READING, async ({ rows: count, changes, slips }) => {
      const list = people(count);
      const ever = new Set(list.map(({ id }) => id));
      const always = new Set(ever);
      let made = 0;
      const apply = ({ kind, at, to }: Change) => {
        const place = at % Math.max(1, list.length);
        if (kind === 'insert') {
          const id = `n${made++}`;
          ever.add(id);
          list.splice(to % (list.length + 1), 0, { id, userName: `${id}@example.com` });
          return;
        }
        const [row] = list.splice(place, 1);
        if (row === undefined) return;
        if (kind === 'delete') always.delete(row.id);
        else list.splice(to % (list.length + 1), 0, row);
      };
      let last: readonly Row[] = [];
      server.set(list, ({ page, startIndex, count: asked }) => {
        for (const [when, change] of changes) if (when === page) apply(change);
        const truth = list.slice(startIndex - 1, startIndex - 1 + asked);
        const slip = slips.find(([when]) => when === page)?.[1];
        const twice = last;
        last = truth;
        if (slip === 'page twice') return { Resources: twice };
        if (slip === 'lost page') return { Resources: [] };
        return slip === 'wrong total' ? { totalResults: list.length - 1 } : undefined;
      });
      const { rows, failure } = await readList(requests, 'users');
      if (failure !== null) {
        outcomes.partial += 1;
        return;
      }
      outcomes.right += 1;
      const seen = new Set(rows.map(({ id }) => id));
      expect(seen.size).toBe(rows.length);
      expect([...always].filter((id) => !seen.has(id))).toEqual([]);
      expect([...seen].filter((id) => !ever.has(id))).toEqual([]);
    }),
    { numRuns: readings },
  );
  return outcomes;
}
