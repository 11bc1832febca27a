import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { troubledNight } from '../../src/sandbox/sample-nights.ts';
import { Desk, type Ending, expectRefusal } from './support/cli.ts';
import { said } from './support/said.ts';
import { type Sides, startSides } from './support/sides.ts';

let sides: Sides;
const desks: Desk[] = [];
beforeAll(async () => {
  sides = await startSides(troubledNight(new Date()), {
    pageSizeCap: 4,
    rateLimits: { apps: 1000, logs: 1000 },
  });
});
afterEach(async () => {
  sides.okta.setFault();
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
});
afterAll(() => sides.close());

async function openDesk(): Promise<Desk> {
  const desk = await Desk.open();
  desks.push(desk);
  return desk;
}

/** Runs the executable and kills it, as `kill -9` does, when Okta gets the nth request from now. */
async function killedAt(desk: Desk, args: readonly string[], nth: number): Promise<void> {
  sides.okta.clearRequests();
  const running = desk.start(args, sides.settings);
  sides.okta.setFault(() => {
    if (sides.okta.requests.length >= nth) running.kill();
    return undefined;
  });
  expect((await running.ended).code).toBeNull();
  sides.okta.setFault();
}

/** But for the lock of a run that was killed, which is no obstacle to the next one. */
function onlyUnfinished(desk: Desk): string[] {
  const names = readdirSync(desk.reports).flatMap((org) => readdirSync(join(desk.reports, org)));
  return names.filter((name) => name !== '.lock');
}

let undisturbed: { said: unknown; requests: number } | undefined;
/** A run that nobody disturbs, made once. */
async function readUndisturbed(): Promise<{ said: unknown; requests: number }> {
  if (undisturbed) return undisturbed;
  const desk = await openDesk();
  sides.okta.clearRequests();
  const { code, stderr } = await desk.run(['drift'], sides.settings);
  expect({ code, stderr }).toMatchObject({ code: 1 });
  undisturbed = { said: await said(desk.onlyRun()), requests: sides.okta.requests.length };
  return undisturbed;
}

it('killed again and again, a run goes on where it was, and ends as one that nobody disturbed', async () => {
  const wanted = await readUndisturbed();
  const desk = await openDesk();
  let requests = 0;
  let kills = 0;
  await killedAt(desk, ['drift'], 1);
  requests += sides.okta.requests.length;
  for (const nth of [6, 14, 9]) {
    await killedAt(desk, ['drift', '--resume'], nth);
    requests += sides.okta.requests.length;
    kills += 1;
  }
  expect(onlyUnfinished(desk)).toEqual([expect.stringMatching(/^\.unfinished-/u)]);
  sides.okta.clearRequests();
  const ending = await desk.run(['drift', '--resume'], sides.settings);
  requests += sides.okta.requests.length;
  expect(ending).toMatchObject({ code: 1, stderr: expect.stringContaining('Resuming the collection') });
  expect(await said(desk.onlyRun())).toEqual(wanted.said);
  // What was on its way at a kill, and what Okta shows for some apps only, is asked for again.
  expect(requests).toBeLessThanOrEqual(wanted.requests + (kills + 1) * 20);
});

it('killed while it judges, a run asks Okta for nothing more', async () => {
  const wanted = await readUndisturbed();
  const desk = await openDesk();
  const running = desk.start(['drift'], sides.settings);
  await running.said('read okta.users:');
  running.kill();
  await running.ended;
  sides.okta.clearRequests();
  expect((await desk.run(['drift', '--resume'], sides.settings)).code).toBe(1);
  // What Okta shows for some apps only, and what time it is, is asked for again.
  const askedAgain = ['/features', '/connections/', '/.well-known/'];
  const asked = sides.okta.requests.map(({ path }) => path);
  expect(asked.filter((path) => !askedAgain.some((part) => path.includes(part)))).toEqual([]);
  expect(await said(desk.onlyRun())).toEqual(wanted.said);
});

it('interrupted, a run says how to go on, and goes on', async () => {
  const desk = await openDesk();
  const running = desk.start(['collect'], sides.settings);
  await running.said('read okta.apps');
  running.interrupt();
  const ending: Ending = await running.ended;
  expectRefusal(ending);
  expect(ending.stderr).toContain('--resume');
  expect(onlyUnfinished(desk)).toEqual([expect.stringMatching(/^\.unfinished-/u)]);

  // Another kind of run leaves it alone, and is told of nothing.
  const other = await desk.run(['collect', '--only', 'opti-id'], sides.settings);
  expect(other).toMatchObject({ code: 0, stderr: expect.not.stringContaining('--resume') });

  const resumed = await desk.run(['collect', '--resume'], sides.settings);
  expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining('Resuming the collection') });
  expect(onlyUnfinished(desk).filter((name) => name.startsWith('.'))).toEqual([]);
});

it('with nothing to resume, a run begins, and says so', async () => {
  const desk = await openDesk();
  const ending = await desk.run(['collect', '--resume', '--only', 'okta'], sides.settings);
  expect(ending).toMatchObject({ code: 0, stderr: expect.stringContaining('a new one begins') });
});
