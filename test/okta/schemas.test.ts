import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appUserSchema, userSchema } from '../../src/okta/schemas.ts';

/** Okta's usual form of a time, and one that has to be looked at: not every month has this day. */
const USUAL = '2026-11-24T03:15:00.000Z';
const UNUSUAL = '2026-10-31T03:15:00.000Z';

const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 12 }) },
  fc.constantFrom('', 'nul\u0000', 'lone \uD800', 'Zoë', null, undefined, 7, {}, []),
);
const time = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(USUAL, null) },
  fc.constantFrom(
    undefined,
    UNUSUAL,
    '2026-11-24T03:15:00Z',
    '2026-11-24T03:15:00.000+02:00',
    '2026-11-24T03:15:00',
    '2026-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-11-24T24:00:00.000Z',
    'yesterday',
    5,
  ),
);
const profile = fc.oneof(
  { weight: 9, arbitrary: fc.record({ login: text, email: text, firstName: text, lastName: text }) },
  fc.constantFrom(null, undefined, 'x'),
);
const user = fc.record({ id: text, status: text, created: time, statusChanged: time, profile });
const appUser = fc.record({
  id: text,
  externalId: text,
  status: text,
  syncState: text,
  scope: text,
  credentials: fc.oneof(
    { weight: 9, arbitrary: fc.record({ userName: text }) },
    fc.constantFrom(null, undefined),
  ),
  created: time,
  statusChanged: time,
  lastSync: time,
  _embedded: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({ user: fc.oneof({ weight: 9, arbitrary: user }, fc.constant(null)) }),
    },
    fc.constantFrom(null, undefined, {}),
  ),
});

/** What the schema makes of a row, without the one time that differs; of a refusal, what a reader would say. */
function outcome(schema: typeof userSchema | typeof appUserSchema, row: object): unknown {
  const result = schema.safeParse(row);
  if (!result.success) return result.error.issues.map(({ path, message }) => [path, message]);
  const { lastUpdated: _, ...rest } = result.data as Record<string, unknown>;
  return rest;
}

describe('a row of users', () => {
  // A row with an unusual time takes the long way, whatever else it holds.
  it('is the same by the short way and by the long one', () => {
    for (const [schema, rows] of [
      [userSchema, user],
      [appUserSchema, appUser],
    ] as const) {
      fc.assert(
        fc.property(rows as fc.Arbitrary<object>, (row) => {
          expect(outcome(schema, { ...row, lastUpdated: USUAL })).toEqual(
            outcome(schema, { ...row, lastUpdated: UNUSUAL }),
          );
        }),
        { numRuns: 400 },
      );
    }
  });

  it('has no times that are none, and every time in one form', () => {
    const row = { id: '00u1', status: 'ACTIVE', profile: { login: 'ada', email: null } };
    const read = (created: unknown) => userSchema.safeParse({ ...row, created }).data?.created;
    expect(read(USUAL)).toBe(USUAL);
    expect(read('2026-11-24T05:15:00+02:00')).toBe(USUAL);
    expect(read(UNUSUAL)).toBe(UNUSUAL);
    for (const none of ['2026-13-01T00:00:00.000Z', '2026-11-24T24:01:00.000Z', '2026-11-24T03:15:00.000']) {
      const { success, error } = userSchema.safeParse({ ...row, created: none });
      expect([none, success, error?.issues[0]?.path]).toEqual([none, false, ['created']]);
    }
  });
});
