import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
    openedByDesktop.mockClear();
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

  it('opens it where there is one', async () => {
    expect(await ask(name, { open: true }, { DISPLAY: ':0' })).toMatchObject({ code: 0, stderr: '' });
    expect(openedByDesktop).toHaveBeenCalledExactlyOnceWith(join(dir, 'report.html'));
  });
});
