import { describe, expect, test } from 'vitest';
import { applyWaivers, type Waiver } from '../../src/domain/waiver.ts';
import { sampleFinding } from '../report/sample-run.ts';

const NIGHT = '2026-11-24T03:15:00.000Z';
const FINDING = sampleFinding({ finding_id: '00112233445566aa', rule: 'group-orphaned', subject: '=Sales' });

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

const apply = (over: Partial<Waiver>) => {
  const { isWaived, warnings } = applyWaivers([waiver(over)], [FINDING], NIGHT);
  return { waived: isWaived(FINDING), warnings };
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
