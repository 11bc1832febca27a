import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { troubledNight } from '../../src/sandbox/sample-nights.ts';
import { writeBigSnapshot } from '../bench/support/big-snapshot.ts';
import { Desk, expectRefusal, isMachineBusy, type RunningCli, type Settings } from '../cli/support/cli.ts';
import { type Sides, startSides } from '../cli/support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });
/** From the signal to the end of the process: a second on a machine that has nothing else to do. */
const limitMs = (): number => (isMachineBusy() ? 10_000 : 3_000);

const desks: Desk[] = [];
afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
});

async function openDesk(): Promise<Desk> {
  const desk = await Desk.open();
  desks.push(desk);
  return desk;
}

/** Sends Ctrl-C some time after the program said something; says how long it took to end. */
async function interruptAfter(
  running: RunningCli,
  { text, waitMs }: { text: string; waitMs: number },
): Promise<{ tookMs: number; stderr: string }> {
  await running.said(text);
  await sleep(waitMs);
  const began = performance.now();
  running.interrupt();
  const ending = await running.ended;
  const tookMs = performance.now() - began;
  expectRefusal(ending);
  expect(ending.stderr).toContain('Error: Interrupted.');
  return { tookMs, stderr: ending.stderr };
}

describe('Ctrl-C after the reading', () => {
  let home: Desk;
  let snapshot: string;
  beforeAll(async () => {
    home = await Desk.open();
    snapshot = join(home.folder, 'big');
    // Large enough for each phase to last longer than it takes to stop.
    await writeBigSnapshot({ folder: snapshot, users: 3_000, memberships: 20_000, stage: 'night' });
  });
  afterAll(() => home?.close());

  it.each([
    ['analyses', 'analysing', 100],
    ['writes the reports', 'writing the reports', 0],
    ['makes and proves the plan', 'planning', 200],
  ])('while it %s ends at once and leaves nothing', async (_, text, waitMs) => {
    const desk = await openDesk();
    const running = desk.start(['drift', '--snapshot', snapshot]);
    const { tookMs, stderr } = await interruptAfter(running, { text, waitMs });
    expect(tookMs).toBeLessThan(limitMs());
    expect(stderr).toContain('Run the command again.');
    expect(desk.leftBehind()).toEqual([]);
  });
});

describe('Ctrl-C while it reads', () => {
  let sides: Sides;
  let silent: { server: Server; sockets: Set<Socket>; url: string };
  beforeAll(async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    [sides] = await Promise.all([
      startSides(troubledNight(new Date()), { rateLimits: { apps: 3 } }),
      new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)),
    ]);
    const { port } = server.address() as AddressInfo;
    silent = { server, sockets, url: `postgresql://reader:pw@127.0.0.1:${port}/opti?sslmode=disable` };
  });
  afterAll(async () => {
    for (const socket of silent.sockets) socket.destroy();
    silent.server.close();
    await sides?.close();
  });

  const cases: Record<string, [changed: () => Settings, text: string]> = {
    'and the store takes the connection and says nothing': [
      () => ({ OPTIID_DATABASE_URL: silent.url }),
      'read okta.apps',
    ],
    "and waits for its share of Okta's limit": [() => ({}), 'read optiId.invitations'],
  };
  it.each(Object.entries(cases))('%s ends at once and says how to go on', async (_, [changed, text]) => {
    const desk = await openDesk();
    const running = desk.start(['drift'], { ...sides.settings, ...changed() });
    const { tookMs, stderr } = await interruptAfter(running, { text, waitMs: 300 });
    expect(tookMs).toBeLessThan(limitMs());
    expect(stderr).toContain('--resume');
    const [org, ...rest] = desk.leftBehind();
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.filter((path) => !path.startsWith(`${org}/.unfinished-`))).toEqual([]);
  });
});
