import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Locked, SILENT_MINUTES, takeLock } from '../../src/runtime/lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-lock-'));
  path = join(folder, '.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a holder writes, with something of it changed. */
async function writtenBy(change: Record<string, unknown>): Promise<string> {
  const lock = await takeLock(path);
  const text = readFileSync(path, 'utf8');
  await lock.release();
  return JSON.stringify({ ...JSON.parse(text), token: 'theirs', ...change });
}

/** Leaves a lock that was last written so long ago. */
function leaveLock(text: string, secondsAgo = 0): void {
  writeFileSync(path, text);
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(path, then, then);
}

async function takeAndRelease(): Promise<void> {
  await (await takeLock(path)).release();
  expect(readdirSync(folder)).toEqual([]);
}

describe('a lock', () => {
  it('is held by one at a time, who can be named, and leaves nothing', async () => {
    const lock = await takeLock(path);
    expect(await lock.isHeld()).toBe(true);
    const refused = await takeLock(path).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Locked);
    expect((refused as Locked).holder).toMatchObject({ pid: process.pid, since: expect.any(String) });
    await lock.release();
    await lock.release();
    expect(await lock.isHeld()).toBe(false);
    await takeAndRelease();
  });

  it('is waited for', async () => {
    const lock = await takeLock(path);
    setTimeout(() => void lock.release(), 100);
    await (await takeLock(path, { patienceMs: 5_000 })).release();
  });

  it.skipIf(process.platform !== 'linux')('of a process that is gone is no obstacle', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    leaveLock(await writtenBy({ pid }));
    await takeAndRelease();
    // Another process has got its number since.
    leaveLock(await writtenBy({ started: '1' }));
    await takeAndRelease();
  });

  it.each([
    ['another machine', { host: 'elsewhere', pid: 1 }],
    ['another container of this machine', { pids: 'pid:[1]', pid: 1 }],
  ])('of %s counts for as long as it shows signs of life', async (_where, change) => {
    const text = await writtenBy(change);
    leaveLock(text, SILENT_MINUTES * 60 - 20);
    await expect(takeLock(path)).rejects.toThrow(Locked);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['.lock']);
    leaveLock(text, SILENT_MINUTES * 60 + 20);
    await takeAndRelease();
  });

  it.each(['', '{"host"', '[]', 'null'])(
    'that says nothing (%j) is waited for, some seconds',
    async (text) => {
      leaveLock(text, 9);
      await takeAndRelease();
      // Who was about to say so has done it meanwhile.
      const named = await writtenBy({ host: 'elsewhere', pid: 1 });
      leaveLock(text);
      setTimeout(() => leaveLock(named), 100);
      await expect(takeLock(path)).rejects.toThrow(Locked);
      rmSync(path);
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'left behind is broken by many at once, and held by one of them at a time',
    async () => {
      leaveLock(await writtenBy({ started: '1' }));
      let holders = 0;
      const mostAtOnce = await Promise.all(
        Array.from({ length: 24 }, async () => {
          const lock = await takeLock(path, { patienceMs: 20_000 });
          holders += 1;
          const seen = holders;
          await new Promise(setImmediate);
          expect(await lock.isHeld()).toBe(true);
          holders -= 1;
          await lock.release();
          return seen;
        }),
      );
      expect(Math.max(...mostAtOnce)).toBe(1);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('that somebody else has taken over is not taken from them', async () => {
    const lock = await takeLock(path);
    rmSync(path);
    const theirs = await takeLock(path);
    expect(await lock.isHeld()).toBe(false);
    await lock.release();
    expect(await theirs.isHeld()).toBe(true);
    await theirs.release();
  });

  it('cannot be taken in a folder that is not there', async () => {
    await expect(takeLock(join(folder, 'nowhere', '.lock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
