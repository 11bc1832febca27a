import { describe, expect, test } from 'vitest';
import { applyWaivers, type Waiver, waivedSentence, withoutOwners } from '../../src/domain/waiver.ts';
import { sampleFinding } from '../report/sample-run.ts';

const NIGHT = '2026-11-24T03:15:00.000Z';
const FINDING = sampleFinding({
  finding_id: '00112233445566aa',
  rule: 'group-orphaned',
  subject: '=Sales',
  severity: 'error',
});

function waiver(over: Partial<Waiver>): Waiver {
  return {
    line: 2,
    finding_id: null,
    rule: null,
    subject: null,
    owner: 'Ada',
    reason: 'ticket 7',
    expires: '2026-12-31',
    ...over,
  };
}

const apply = (over: Partial<Waiver>, finding = FINDING) => {
  const { waiverOf, warnings } = applyWaivers([waiver(over)], [finding], NIGHT);
  return { waived: waiverOf(finding) !== null, warnings };
};

describe('a waiver', () => {
  test.each<[string, Partial<Waiver>]>([
    ['by the id of the finding', { finding_id: '00112233445566aa' }],
    ['by rule and subject', { rule: 'group-orphaned', subject: '=Sales' }],
    ['by the subject as the report writes it', { rule: 'group-orphaned', subject: "'=Sales" }],
    [
      'by rule and the id in the place of the subject',
      { rule: 'group-orphaned', subject: '00112233445566aa' },
    ],
    ['for all of a rule', { rule: 'group-orphaned', subject: '*' }],
    ['on its last day', { finding_id: '00112233445566aa', expires: '2026-11-24' }],
  ])('waives %s, without a word', (_how, over) => {
    expect(apply(over)).toEqual({ waived: true, warnings: [] });
  });

  test('that has expired waives nothing and says so', () => {
    expect(apply({ finding_id: '00112233445566aa', expires: '2026-11-23' })).toEqual({
      waived: false,
      warnings: [
        'The waiver of Ada for finding 00112233445566aa (line 2) expired on 2026-11-23, and what it waived counts again: renew it or take it out.',
      ],
    });
  });

  test.each<[string, Partial<Waiver>]>([
    ['another rule', { rule: 'group-missing', subject: '=Sales' }],
    ['another subject', { rule: 'group-orphaned', subject: '=sales' }],
    [
      'an id and a rule that do not belong together',
      { finding_id: '00112233445566aa', rule: 'group-missing' },
    ],
  ])('for %s matches nothing and says so', (_what, over) => {
    const { waived, warnings } = apply(over);
    expect(waived).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('matches no finding of this run')]);
  });
});

test('a waiver that has expired and matches nothing says only that it has expired', () => {
  expect(apply({ rule: 'group-missing', subject: '=Sales', expires: '2026-11-23' }).warnings).toEqual([
    'The waiver of Ada for group-missing on =Sales (line 2) expired on 2026-11-23: renew it or take it out.',
  ]);
});

test('of several waivers the one that holds longest counts, then the one that stands first', () => {
  const rows = [
    waiver({ line: 2, owner: 'Ada', rule: 'group-orphaned', subject: '*', expires: '2026-11-30' }),
    waiver({ line: 3, owner: 'Bob', rule: 'group-orphaned', subject: '*', expires: '2026-12-31' }),
    waiver({ line: 4, owner: 'Cyd', rule: 'group-orphaned', subject: '*', expires: '2026-12-31' }),
    waiver({ line: 5, owner: 'Dan', rule: 'group-orphaned', subject: '*', expires: '2026-11-25' }),
  ];
  for (const order of [rows, [...rows].reverse()]) {
    expect(applyWaivers(order, [FINDING], NIGHT).waiverOf(FINDING)?.owner).toBe('Bob');
  }
});

test('an id and a rule without a subject waive the finding, and the row is named by its rule', () => {
  expect(apply({ finding_id: FINDING.finding_id, rule: 'group-orphaned' })).toEqual({
    waived: true,
    warnings: [],
  });
  expect(apply({ finding_id: 'a'.repeat(16), rule: 'group-orphaned' }).warnings).toEqual([
    'The waiver of Ada for group-orphaned (line 2) matches no finding of this run: take it out if what it waived is settled.',
  ]);
});

describe('a blocker', () => {
  const BLOCKER = { ...FINDING, severity: 'blocker' as const };

  test.each<[string, Partial<Waiver>]>([
    ['by its id', { finding_id: FINDING.finding_id }],
    ['by rule and subject', { rule: 'group-orphaned', subject: '=Sales' }],
    ['for 90 days', { finding_id: FINDING.finding_id, expires: '2027-02-22' }],
    ['by its id, whatever else is starred', { finding_id: FINDING.finding_id, subject: '*' }],
  ])('is waived %s, without a word', (_how, over) => {
    expect(apply(over, BLOCKER)).toEqual({ waived: true, warnings: [] });
  });

  test('is not waived by a *, nor for longer than 90 days, and the row that tried is named with what to do', () => {
    expect(apply({ rule: 'group-orphaned', subject: '*', expires: '9999-12-31' }, BLOCKER)).toEqual({
      waived: false,
      warnings: [
        'The waiver of Ada for group-orphaned on * (line 2) does not waive 1 blocker, which counts: a * waives no blocker: name each finding by its id or its subject.',
      ],
    });
    expect(apply({ finding_id: FINDING.finding_id, expires: '2027-02-23' }, BLOCKER)).toEqual({
      waived: false,
      warnings: [
        'The waiver of Ada for finding 00112233445566aa (line 2) does not waive 1 blocker, which counts: a blocker is waived for 90 days at most, and 2027-02-23 is later than 2027-02-22: set an earlier day.',
      ],
    });
  });

  test('counts beside others of its rule that a * waives: those that are no blockers', () => {
    const findings = [BLOCKER, { ...BLOCKER, finding_id: 'b'.repeat(16), subject: 'B' }, FINDING];
    const { waiverOf, warnings } = applyWaivers(
      [waiver({ rule: 'group-orphaned', subject: '*' })],
      findings,
      NIGHT,
    );
    expect(findings.map((finding) => waiverOf(finding) !== null)).toEqual([false, false, true]);
    expect(warnings).toEqual([
      expect.stringContaining('does not waive 2 blockers, which count: a * waives no'),
    ]);
  });

  test('is waived by the row that is good for it, whatever other rows try', () => {
    const rows = [
      waiver({ rule: 'group-orphaned', subject: '*', expires: '9999-12-31' }),
      waiver({ line: 3, owner: 'Bob', finding_id: FINDING.finding_id }),
    ];
    expect(applyWaivers(rows, [BLOCKER], NIGHT).waiverOf(BLOCKER)?.owner).toBe('Bob');
  });
});

test('who waived how many blockers until when is said in a few words', () => {
  const waived = (owner: string, expires: string) => ({
    finding_id: 'a'.repeat(16),
    rule: 'group-orphaned',
    subject: 'Sales',
    owner,
    reason: 'ticket 7',
    expires,
  });
  expect(waivedSentence([])).toBe('');
  expect(waivedSentence([waived('Ada', '2026-12-01')])).toBe('1 blocker waived (by Ada until 2026-12-01)');
  expect(waivedSentence(withoutOwners([waived('Ada', '2026-12-01')]))).toBe(
    '1 blocker waived (until 2026-12-01)',
  );
  expect(
    waivedSentence([waived('Bob', '2026-12-01'), waived('Ada', '2027-01-01'), waived('Bob', '2026-12-01')]),
  ).toBe('3 blockers waived (by Ada until 2027-01-01, by Bob until 2026-12-01)');
});
