import { expect } from 'vitest';
import type { DatasetName } from '../../../src/domain/dataset.ts';
import { STORE_VIEWS } from '../../../src/opti-id/store-contract.ts';
import type { MemorySink } from '../../support/memory-sink.ts';

/** The reading of users broke off: what came before is complete, users are partial, the rest is unread. */
export function expectBrokenOff(sink: MemorySink, why: string) {
  const state = (name: DatasetName) => sink.states.get(name);
  expect(state('optiId.organizations')?.completeness).toBe('complete');
  expect(state('optiId.users')).toEqual({ completeness: 'partial', reason: expect.stringContaining(why) });
  expect(sink.rows('optiId.users').length).toBeLessThan(100_003);
  for (const { dataset } of STORE_VIEWS.slice(3)) {
    expect(state(dataset)).toEqual({ completeness: 'unread', reason: expect.stringContaining(why) });
    expect(state(dataset)?.reason).toMatch(/^Not read, because /);
  }
}
