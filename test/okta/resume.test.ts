import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DATASET_NAMES, sideOf } from '../../src/domain/dataset.ts';
import { generateWorld } from '../../src/sandbox/generate-world.ts';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { openJournal } from '../../src/snapshot/journal.ts';
import { collectFromSandbox, NO_RATE_LIMITS } from './support/sandbox-org.ts';

const BEGAN = new Date('2026-11-24T03:15:00.000Z');

let folder: string;
let okta: OktaSandbox;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-resume-'));
  const world = generateWorld({ seed: 7, users: 23, groups: 6, membershipsPerUser: 2 });
  const pushed = world.okta.groups.at(-1);
  // Nobody else shows the one, and nothing any more the other: both are looked up, and kept as well.
  world.okta.users.push({ ...at(world.okta.users, 0), id: '00uNotAssigned', status: 'STAGED' });
  pushed?.members.push('00uNotAssigned');
  okta = await startOktaSandbox(world.okta, { pageSizeCap: 5, rateLimits: NO_RATE_LIMITS });
});
afterEach(async () => {
  await okta.close();
  rmSync(folder, { recursive: true });
});

function at<Row>(rows: readonly Row[], position: number): Row {
  const row = rows[position];
  if (row === undefined) throw new Error(`There is no row ${position}.`);
  return row;
}

const GONE = { opti_user_id: 'opti-gone', external_id: '00uGone', email: 'gone@acme.test' };

interface Collected {
  rows: Record<string, string[]>;
  states: Record<string, string>;
  requests: Record<string, number>;
  /** As they arrived, without the cursors, which are new each time. */
  asked: string[];
}

async function collect(journalFile: string): Promise<Collected> {
  const journal = await openJournal(journalFile);
  const { sink, rows } = await collectFromSandbox(okta, {
    began: BEGAN,
    storeUsers: Promise.resolve([GONE]),
    journal,
  });
  await journal.close();
  const names = DATASET_NAMES.filter((name) => sideOf(name) === 'okta');
  return {
    rows,
    states: Object.fromEntries(names.map((name) => [name, JSON.stringify(sink.states.get(name))])),
    requests: Object.fromEntries(names.map((name) => [name, sink.requests.get(name) ?? 0])),
    asked: okta.requests.map(({ path, query }) => `${path}?${query.replace(/&?after=[^&]*/u, '')}`),
  };
}

it('a collection that died at any request goes on where it was, and ends with the same', async () => {
  const file = join(folder, 'okta.journal');
  const copies: string[] = [];
  // What a killed process leaves is what the system holds at that moment.
  okta.setFault(({ count }) => {
    const copy = join(folder, `died-at-${count}`);
    copyFileSync(file, copy);
    copies.push(copy);
    return undefined;
  });
  const undisturbed = await collect(file);
  okta.setFault();
  expect(undisturbed.asked.length).toBeGreaterThan(30);
  expect(copies).toHaveLength(undisturbed.asked.length);
  expect(new Set(Object.values(undisturbed.states)).size).toBe(4);

  const again: number[] = [];
  for (const copy of [...copies, file]) {
    const { asked, ...resumed } = await collect(copy);
    expect(resumed).toEqual({
      rows: undisturbed.rows,
      states: undisturbed.states,
      requests: undisturbed.requests,
    });
    again.push(asked.length);
  }
  // Only what had no answer yet is asked for: a few requests on their way at the end, less with each that arrived.
  const total = undisturbed.asked.length;
  for (const [n, requests] of again.entries()) expect(requests).toBeLessThanOrEqual(total - n + 20);
  expect(again[0]).toBe(total);
  // What Okta shows for some apps only is no answer to keep.
  expect(again.at(-1)).toBeLessThanOrEqual(2);
});
