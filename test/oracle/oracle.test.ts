import { expect, test } from 'vitest';
import { JOBS, type Job } from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';
import { judgeSnapshot } from '../support/analyse.ts';
import { SHOWING_MOST, testAgreement } from './agreement.ts';
import { analysePair, toWorld } from './compare.ts';
import { generateOrgPair } from './generate.ts';
import { rulesOf } from './oracle.ts';

test.for<Job>(['precutover', 'drift'])('the oracle has the rules of the job %s, and no others', (job) => {
  const engine = RULES.filter(({ when }) => when.includes(job)).map(({ id }) => id);
  expect(rulesOf(job).sort()).toEqual(engine.sort());
});

testAgreement(1, SHOWING_MOST);

test.each([3, 14])('org pair %i is judged as rows as it is judged from a sealed snapshot', async (seed) => {
  const pair = generateOrgPair(seed);
  const sealed = await analysePair(pair, JOBS, judgeSnapshot);
  for (const [at, job] of JOBS.entries()) expect(await toWorld(pair).judged(job)).toEqual(sealed[at]);
});
