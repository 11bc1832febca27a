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

/** Every value of the row that is a text, whatever it lies in. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const OKTA_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/u;

describe('a row of users', () => {
  it('is one that the snapshot takes, or is refused by the name of a field', () => {
    for (const [schema, rows] of [
      [userSchema, user],
      [appUserSchema, appUser],
    ] as const) {
      let taken = 0;
      fc.assert(
        fc.property(rows as fc.Arbitrary<object>, time, (row, lastUpdated) => {
          const result = schema.safeParse({ ...row, lastUpdated });
          if (!result.success) {
            expect(result.error.issues[0]?.path.length).toBeGreaterThan(0);
            return;
          }
          taken += 1;
          for (const text of textsIn(result.data)) {
            expect(text.isWellFormed() && !text.includes('\u0000')).toBe(true);
          }
          const made = 'row' in result.data ? result.data.row : result.data;
          for (const at of [made.created, made.last_updated, made.status_changed]) {
            if (at !== null) expect(at).toMatch(OKTA_TIME);
          }
        }),
        { numRuns: 400 },
      );
      expect(taken).toBeGreaterThan(0);
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
