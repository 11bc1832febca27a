import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildProgram } from '../../cli/build-program.ts';
import { explainFailure } from '../../cli/terminal/exit-codes.ts';
import { orgOf } from '../../src/domain/run.ts';
import { renderPruning } from '../../src/report/text/runs-text.ts';
import { takeLock } from '../../src/runtime/lock.ts';
import { leaveRun } from '../support/leave-run.ts';
import { runContextIn } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

const ACME = 'acme.okta.com';
const NOW = new Date('2026-12-31T12:00:00.000Z');

let reports: string;
beforeEach(async () => {
  reports = await mkdtemp(join(tmpdir(), 'optiid-audit-prune-'));
});
afterEach(() => rm(reports, { recursive: true, force: true }));

interface Night {
  job?: 'precutover' | 'drift';
  org?: string;
  isComplete?: boolean;
  baseline?: string | null;
  /** When the snapshot began, where that is not the night. */
  began?: string;
}

/** Leaves a run that started in the night of a day of December; returns its name. */
async function leave(day: number, night: Night = {}): Promise<string> {
  const { job = 'drift', org = ACME, isComplete = true, baseline = null } = night;
  const started = new Date(Date.UTC(2026, 11, day, 3));
  const began = night.began ?? started.toISOString();
  const run = {
    reportsDir: reports,
    started,
    began,
    org: orgOf(`https://${org}`),
    job,
    isComplete,
    baseline,
  };
  return (await leaveRun(run)).name;
}

/** Runs the command within this process, as the executable would. */
async function prune(...args: string[]) {
  const { said, context } = runContextIn(reports, { now: () => NOW });
  let code = 0;
  const exitWith = (given: number) => {
    code = given;
  };
  const program = buildProgram(context, exitWith, { format: 'text', write: () => {} });
  try {
    await program.parseAsync(['runs', 'prune', '--out', reports, ...args], { from: 'user' });
  } catch (error) {
    const { exitCode, entry } = explainFailure(error);
    code = exitCode;
    if (entry) context.say(entry);
  }
  return { code, ...said };
}

const left = (org = ACME) => readdirSync(join(reports, org)).sort();

describe('runs prune', () => {
  it('keeps the newest of each org and job, and removes the others as a whole, oldest first', async () => {
    const drifts = [await leave(1), await leave(2), await leave(3), await leave(4)];
    const eve = [await leave(5, { job: 'precutover' }), await leave(6, { job: 'precutover' })];
    const other = [await leave(1, { org: 'other.okta.com' }), await leave(2, { org: 'other.okta.com' })];

    const dry = await prune('--keep', '2', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(
      /^Would remove 2 runs, \d+\.\d kB; 6 runs would stay\. Nothing was removed\.$/mu,
    );
    expect(left()).toEqual([...drifts, ...eve].sort());

    const done = await prune('--keep', '2', '--json');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const said = jsonOf('runs prune', done.stdout);
    expect(said.removed.map(({ name }) => name)).toEqual(drifts.slice(0, 2));
    for (const { bytes } of said.removed) expect(bytes).toBeGreaterThan(1000);
    expect(said.stay).toHaveLength(6);
    expect(said.stay.every(({ reason }) => reason === 'among the newest 2')).toBe(true);
    expect(left()).toEqual([...drifts.slice(2), ...eve].sort());
    expect(left('other.okta.com')).toEqual(other);
    expect((await prune('--keep', '2')).stdout).toBe('Removed 0 runs, 0 B; 6 runs stay.\n');
    expect((await prune('--keep', '2', '--quiet')).stdout).toBe('');
  });

  it('goes by when the snapshot began, not by when it was judged', async () => {
    const old = await leave(20, { began: '2026-11-01T03:00:00.000Z' });
    const young = await leave(10);
    await prune('--keep', '1');
    expect(left()).toEqual([young]);
    expect(left()).not.toContain(old);
  });

  it('keeps the last complete run of each org and job, however many incomplete ones came after', async () => {
    const complete = await leave(1);
    await leave(2, { isComplete: false });
    const last = await leave(3, { isComplete: false });
    await prune('--keep', '1');
    expect(left()).toEqual([complete, last]);
  });

  it('takes no damaged run for the last complete one, and leaves it to a person', async () => {
    const [old, whole, damaged] = [await leave(1), await leave(2), await leave(3)];
    await writeFile(join(reports, ACME, damaged, 'findings.ndjson'), '{}');
    await leave(4, { isComplete: false });
    const { stdout } = await prune('--keep', '1', '--json');
    const said = jsonOf('runs prune', stdout);
    expect(said.removed.map(({ name }) => name)).toEqual([old]);
    const reasonOf = (name: string) => said.stay.find((stay) => stay.name === name)?.reason;
    expect(reasonOf(whole)).toBe('the last complete run of drift');
    expect(reasonOf(damaged)).toBe('not believed: findings.ndjson is not the file that was sealed');
  });

  it('keeps the baseline of the newest drift run, and the last run of precutover unless asked', async () => {
    const baseline = await leave(1, { job: 'precutover' });
    await leave(2, { job: 'precutover' });
    const complete = await leave(3, { job: 'precutover' });
    const last = await leave(4, { job: 'precutover', isComplete: false });
    const drift = await leave(5, { baseline });
    const { stdout } = await prune('--older-than', '10', '--json');
    expect(left()).toEqual([baseline, complete, last, drift]);
    expect(jsonOf('runs prune', stdout).stay.map(({ reason }) => reason)).toEqual([
      'the baseline of the newest drift run',
      'the last complete run of precutover',
      'the last run of precutover',
      'the last complete run of drift',
    ]);
    await prune('--older-than', '10', '--job', 'precutover');
    expect(left()).toEqual([baseline, complete, drift]);
  });

  it('removes with two conditions only what both say may go', async () => {
    const runs = [await leave(1), await leave(2), await leave(29), await leave(30), await leave(31)];
    await prune('--keep', '1', '--older-than', '10');
    expect(left()).toEqual(runs.slice(2));
    await leave(1);
    await prune('--keep', '3', '--older-than', '1');
    expect(left()).toEqual(runs.slice(2));
  });

  it('touches nothing that is no run of its own: other files, renamed and unfinished runs, links', async () => {
    const [first, second] = [await leave(1), await leave(2)];
    const home = join(reports, ACME);
    await cp(join(home, first), join(home, 'evidence'), { recursive: true });
    await mkdir(join(home, '20261101T030000Z-drift'));
    await mkdir(join(reports, 'elsewhere'));
    await rename(join(home, first), join(reports, 'elsewhere', first));
    await symlink(join(reports, 'elsewhere', first), join(home, first));
    await mkdir(join(home, '20261102T030000Z-drift'));
    await symlink(join(home, second, 'run.json'), join(home, '20261102T030000Z-drift', 'run.json'));
    await symlink(home, join(reports, 'another.okta.com'));
    await leave(3);
    await mkdir(join(home, '.unfinished-abc', 'checkpoint'), { recursive: true });
    await prune('--keep', '1');
    expect(left()).toEqual(
      [
        '.unfinished-abc',
        '20261101T030000Z-drift',
        '20261102T030000Z-drift',
        '20261203T030000Z-drift',
        first,
        'evidence',
      ].sort(),
    );
    expect(existsSync(join(reports, 'elsewhere', first, 'run.json'))).toBe(true);
    expect(readFileSync(join(home, 'evidence', 'findings.csv'), 'utf8')).toHaveLength(1000);
  });

  it('ends a removal that was interrupted, and shows none of it in between', async () => {
    const [gone, kept] = [await leave(1), await leave(2)];
    const home = join(reports, ACME);
    await rename(join(home, gone), join(home, `.removed-${gone}`));
    expect((await prune('--keep', '5', '--dry-run')).stdout).toContain('Would remove 0 runs');
    expect(left()).toEqual([`.removed-${gone}`, kept]);
    expect((await prune('--keep', '5')).stdout).toContain('Interrupted removals ended: 1.');
    expect(left()).toEqual([kept]);
  });

  it.each([
    ['--keep', '0'],
    ['--keep', '-1'],
    ['--keep', '2.5'],
    ['--keep', 'many'],
    ['--keep', ''],
    ['--older-than', '0'],
    ['--older-than', '1e3'],
    ['--keep', '1', '--job', 'demo'],
    [],
  ])('refuses %s %s', async (...args) => {
    const runs = [await leave(1), await leave(2)];
    expect(await prune(...args)).toMatchObject({ code: 2, stdout: '' });
    expect(left()).toEqual(runs);
  });

  it('says that there is nothing below a reports folder that is not there', async () => {
    await rm(reports, { recursive: true });
    expect(await prune('--keep', '1')).toEqual({
      code: 0,
      stdout: 'Removed 0 runs, 0 B; 0 runs stay.\n',
      stderr: '',
    });
  });

  it('removes nothing while a run of the org is under way, and lets runs begin when it has ended', async () => {
    const runs = [await leave(1), await leave(2)];
    const others = [await leave(1, { org: 'other.okta.com' }), await leave(2, { org: 'other.okta.com' })];
    const lock = await takeLock(join(reports, 'other.okta.com', '.lock'));
    const refused = await prune('--keep', '1');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^Error: A run of other\.okta\.com is under way already: .+\nHint: .+/u);
    expect(left()).toEqual(runs);
    // Looking on needs no lock.
    expect((await prune('--keep', '1', '--dry-run')).code).toBe(0);
    await lock.release();
    expect((await prune('--keep', '1')).code).toBe(0);
    expect([left(), left('other.okta.com')]).toEqual([[runs[1]], [others[1]]]);
  });

  it('says what it cannot remove, after what is gone by then', async () => {
    const [gone, stuck, last] = [await leave(1), await leave(2), await leave(3)];
    // In the way of the name under which the run would be hidden.
    await writeFile(join(reports, ACME, `.removed-${stuck}`), '');
    const refused = await prune('--keep', '1');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain(gone);
    expect(refused.stdout).toContain('Removed 1 run,');
    expect(refused.stderr).toMatch(/^Error: Cannot remove .+\nHint: .+/u);
    expect(left()).toEqual([`.removed-${stuck}`, stuck, last]);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [2.5e15, '2500.0 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    const removed = [{ org: ACME, name: 'n', job: 'drift', began: '', bytes }];
    const shown = renderPruning({ dry_run: false, removed, stay: [], interrupted: [] });
    expect(shown).toContain(`Removed 1 run, ${text};`);
  });
});
