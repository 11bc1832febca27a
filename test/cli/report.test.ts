import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { report } from '../../cli/commands/report.ts';
import { leaveCollection, leaveRun, sealAgain } from '../support/leave-run.ts';
import { Desk, expectRefusal } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

// The machine of the tests has no desktop.
const openedByDesktop = vi.hoisted(() => vi.fn());
vi.mock('open', () => ({ default: openedByDesktop }));

describe('report', () => {
  let desk: Desk;
  let dir: string;
  let name: string;
  const ask = (which: string | undefined, flags: Parameters<typeof report>[1] = {}, env = {}) =>
    desk.within((context) => report(which, { out: desk.reports, ...flags }, context), { env });

  beforeEach(async () => {
    desk = await Desk.open();
    ({ dir, name } = await leaveRun({ reportsDir: desk.reports, started: new Date('2026-11-24T03:15:00Z') }));
    writeFileSync(join(dir, 'report.html'), '<p>CLEAN</p>');
    await sealAgain(dir);
  });
  afterEach(async () => {
    openedByDesktop.mockReset();
    vi.unstubAllEnvs();
    await desk.close();
  });

  it('says where it is: of the newest run, of one by its name, by its folder', async () => {
    const path = 'reports/acme.okta.com/20261124T031500Z-drift/report.html\n';
    for (const which of [undefined, name, dir]) {
      expect(await ask(which)).toEqual({ code: 0, stdout: path, stderr: '' });
    }
    const { stdout } = await ask(name, { json: true });
    expect(jsonOf('report', stdout)).toEqual({ report: join(dir, 'report.html') });
  });

  it('refuses a run that is not there, one that has no report, and a page that is not the one that was sealed', async () => {
    expectRefusal(await ask('20200101T000000Z-drift'));
    const collected = await ask(await leaveCollection(desk.reports, new Date('2026-11-25T03:15:00Z')));
    expectRefusal(collected);
    expect(collected.stderr).toContain('only collected: it has no report');
    writeFileSync(join(dir, 'report.html'), '<p>GO</p>');
    const changed = await ask(name);
    expectRefusal(changed);
    expect(changed.stderr).toContain('report.html');
  });

  it('says so where there is no desktop to open it on', async () => {
    const ending = await ask(name, { open: true });
    expect(ending).toMatchObject({ code: 0, stderr: expect.stringContaining('There is no desktop here') });
    expect(ending.stdout).toContain('report.html');
    expect(openedByDesktop).not.toHaveBeenCalled();
  });

  /** A program that the desktop starts, in a process of its own. */
  const starts = (script: string) => {
    const opener = spawn(process.execPath, ['-e', script]);
    onTestFinished(() => void opener.kill());
    openedByDesktop.mockResolvedValueOnce(opener);
  };
  const onDesktop = () => ask(name, { open: true }, { DISPLAY: ':0' });
  const path = 'reports/acme.okta.com/20261124T031500Z-drift/report.html\n';
  const said = 'Warning: No browser could be started: open the file in one of your own.\n';

  it('opens it where there is one', async () => {
    starts('');
    expect(await onDesktop()).toEqual({ code: 0, stdout: path, stderr: '' });
    expect(openedByDesktop).toHaveBeenCalledExactlyOnceWith(join(dir, 'report.html'));
  });

  it('does not wait for a browser that stays open', async () => {
    starts('setTimeout(() => {}, 60_000)');
    expect(await onDesktop()).toEqual({ code: 0, stdout: path, stderr: '' });
  });

  it('says so in one line, after the path, where no browser starts', async () => {
    starts('process.exit(3)');
    expect(await onDesktop()).toEqual({ code: 0, stdout: path, stderr: said });
    openedByDesktop.mockRejectedValueOnce(new Error('spawn xdg-open ENOENT'));
    expect(await onDesktop()).toEqual({ code: 0, stdout: path, stderr: said });
  });

  it.runIf(process.platform === 'linux')('says so where the real opener finds no browser', async () => {
    const { default: open } = await vi.importActual<typeof import('open')>('open');
    openedByDesktop.mockImplementationOnce(open);
    vi.stubEnv('PATH', desk.folder);
    expect(await onDesktop()).toEqual({ code: 0, stdout: path, stderr: said });
  });
});
