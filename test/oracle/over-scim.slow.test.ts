import { expect, it } from 'vitest';
import { JOBS } from '../../src/domain/rule.ts';
import { generateOrgPair } from './generate.ts';
import { differencesOverScim } from './over-scim.ts';

const SEEDS = Array.from({ length: Number(process.env.SCIM_SEEDS ?? 3) }, (_, at) => at + 1);

it(`of ${SEEDS.length} org pairs both sources find the same, where both can judge`, async () => {
  const differences: Record<string, unknown[]> = {};
  for (const seed of SEEDS) {
    for (const job of JOBS) {
      for (const one of await differencesOverScim(generateOrgPair(seed), job)) {
        const topic = `${one.rule} ${one.side}`;
        differences[topic] = [...(differences[topic] ?? []), { seed, ...one }];
      }
    }
  }
  expect(differences).toEqual({});
});
