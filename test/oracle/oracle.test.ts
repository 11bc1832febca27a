import { expect, test } from 'vitest';
import type { Job } from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';
import { testAgreement } from './agreement.ts';
import { rulesOf } from './oracle.ts';

test.for<Job>(['precutover', 'drift'])('the oracle has the rules of the job %s, and no others', (job) => {
  const engine = RULES.filter(({ when }) => when.includes(job)).map(({ id }) => id);
  expect(rulesOf(job).sort()).toEqual(engine.sort());
});

testAgreement(1);
