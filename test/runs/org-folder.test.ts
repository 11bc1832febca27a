import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { examineMachine } from '../../src/doctor/machine.ts';
import { AuditError } from '../../src/domain/errors.ts';
import { enterOrgFolder } from '../../src/runs/org-folder.ts';
import { leaveRun } from '../support/leave-run.ts';

const ORG = 'acme.okta.com';
let folder: string;
let reportsDir: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-folder-'));
  reportsDir = join(folder, 'reports');
  home = join(reportsDir, ORG);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const enter = () => enterOrgFolder({ reportsDir, org: ORG, sealKey: null });

describe('the folder of an org', () => {
  it('is made for its owner alone, and goes again where nothing was left in it', async () => {
    const entered = await enter();
    expect(entered.warnings).toEqual([]);
    await entered.leave();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['the reports folder', () => reportsDir],
    ['the folder itself', () => home],
  ])('is refused where everybody may write to %s', async (_which, path) => {
    mkdirSync(home, { recursive: true });
    for (const mode of [0o777, 0o1777, 0o702]) {
      chmodSync(path(), mode);
      const entering = enter();
      await expect(entering).rejects.toBeInstanceOf(AuditError);
      await expect(entering).rejects.toThrow(`${path()} can be written to by everybody`);
      expect(readdirSync(home)).toEqual([]);
    }
    chmodSync(path(), 0o775);
    await (await enter()).leave();
  });

  it.skipIf(process.getuid?.() !== 0)('of another user is used, and that is said', async () => {
    mkdirSync(home, { recursive: true });
    chownSync(reportsDir, 4321, 4321);
    const entered = await enter();
    expect(entered.warnings).toEqual([
      expect.stringContaining(`${reportsDir} belongs to another user (uid 4321)`),
    ]);
    await entered.leave();
  });

  it('is no link, while the reports folder may be one', async () => {
    mkdirSync(join(folder, 'disk', ORG), { recursive: true });
    mkdirSync(reportsDir);
    symlinkSync(join(folder, 'disk', ORG), home);
    await expect(enter()).rejects.toThrow(`${home} is a link`);
    rmSync(reportsDir, { recursive: true });
    symlinkSync(join(folder, 'disk'), reportsDir);
    await (await enter()).leave();
    expect(existsSync(home)).toBe(true);
  });

  it('is examined by the doctor too', async () => {
    mkdirSync(reportsDir);
    const found = async () =>
      (await examineMachine({ folder: home, reportsDir, people: null })).find(
        ({ id }) => id === 'machine.reports-folder',
      );
    expect((await found())?.outcome).toBe('ok');
    chmodSync(reportsDir, 0o777);
    expect(await found()).toMatchObject({
      outcome: 'failed',
      found: `${reportsDir} can be written to by everybody on this machine`,
    });
  });

  it('lets nobody put a run into its place who was frozen while another took over', async () => {
    const entered = await enter();
    rmSync(join(home, '.lock'));
    await expect(entered.requireAlone()).rejects.toThrow('has taken over');
    await entered.leave();
  });
});

it('every file and folder of a run is on the disk before its run.json, and that before the run has its name', async () => {
  const handle = await open(folder);
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const flushed: string[] = [];
  const { sync } = prototype;
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: typeof handle) {
    const { readlinkSync } = await import('node:fs');
    flushed.push(readlinkSync(`/proc/self/fd/${this.fd}`));
    return sync.call(this);
  });
  try {
    const { dir } = await leaveRun({ reportsDir, started: new Date() });
    const names = flushed.map((path) => path.replace(/^.*\.unfinished-[^/]+\/run\/?/u, ''));
    const before = names.slice(0, names.indexOf('run.json'));
    expect(before).toEqual(
      expect.arrayContaining([
        'findings.csv',
        'findings.ndjson',
        'plan.json',
        'snapshot/manifest.json',
        'snapshot',
      ]),
    );
    // Then the names: of run.json in the run, of the run in the folder of the org.
    expect(names.slice(names.indexOf('run.json') + 1)).toEqual(['', home]);
    expect(existsSync(join(dir, 'run.json'))).toBe(true);
  } finally {
    spy.mockRestore();
  }
});
