import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditError } from '../../src/domain/errors.ts';
import { type JudgedRun, orgOf, type RunSummary, summarizePlan, summarizeRun } from '../../src/domain/run.ts';
import { enterOrgFolder } from '../../src/runs/org-folder.ts';
import type { WorkFolder } from '../../src/runs/work-folder.ts';
import { abandonedRuns, beginRun, type NewRun } from '../../src/runs/write-run.ts';
import {
  NO_PLAN,
  notRead,
  sampleFinding,
  sampleManifest,
  sampleResult,
  sampleRule,
  sampleUsers,
} from '../report/sample-run.ts';

const STARTED = new Date('2026-11-24T03:15:00.789Z');
const NAME = '20261124T031500Z-precutover';

let reports: string;
let home: string;
beforeEach(async () => {
  reports = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
  home = join(reports, 'acme.okta.com');
});
afterEach(async () => {
  await rm(reports, { recursive: true, force: true });
});

type Write = (work: WorkFolder) => Promise<JudgedRun>;

const writeSample: Write = async ({ run: dir }) => {
  await mkdir(join(dir, 'snapshot/okta'), { recursive: true });
  await writeFile(join(dir, 'snapshot/okta/apps.ndjson.gz'), '');
  await writeFile(join(dir, 'findings.csv'), 'x');
  return summarizeRun(sampleResult());
};

/** Begins a run, writes into it and finishes it, or abandons it where that fails. */
async function write({
  write: fill = writeSample,
  keep = false,
  reportsDir = reports,
  org = 'acme.okta.com',
  ...place
}: Partial<NewRun> & { reportsDir?: string; org?: string; write?: Write; keep?: boolean } = {}) {
  const folder = await enterOrgFolder({ reportsDir, org, sealKey: null });
  const run = await beginRun(folder, { started: STARTED, job: 'precutover', ...place });
  try {
    return await run.finish<RunSummary>({ ...(await fill(run.work)), plan: summarizePlan(NO_PLAN) });
  } catch (error) {
    throw await run.abandon(error, { keep });
  }
}

/** What crashed runs of the org left for --resume. */
async function leftOfRuns() {
  const folder = await enterOrgFolder({ reportsDir: reports, org: 'acme.okta.com', sealKey: null });
  return abandonedRuns(folder).finally(folder.leave);
}

describe('a run', () => {
  it('is left under the org, the start and the job, with a list of its files', async () => {
    const { dir, run } = await write();
    expect(dir).toBe(join(home, NAME));
    expect(readdirSync(home)).toEqual([NAME]);
    expect(run.files).toEqual(['findings.csv', 'run.json', 'snapshot/okta/apps.ndjson.gz']);
    expect(JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8'))).toEqual(run);
  });

  it('is not seen under its name, and has no run.json, before it is complete', async () => {
    await write({
      write: async ({ run: dir }) => {
        expect(dir.startsWith(`${home}/.unfinished-`)).toBe(true);
        expect(existsSync(join(home, NAME))).toBe(false);
        expect(existsSync(join(dir, 'run.json'))).toBe(false);
        return summarizeRun(sampleResult());
      },
    });
    expect(existsSync(join(home, NAME, 'run.json'))).toBe(true);
  });

  it('leaves nothing when writing it fails, and the error passes through', async () => {
    const failure = new Error('The engine fell over.');
    const written = write({
      write: async ({ run: dir }) => {
        await writeFile(join(dir, 'findings.csv'), 'half');
        throw failure;
      },
    });
    await expect(written).rejects.toBe(failure);
    expect(readdirSync(reports)).toEqual([]);
  });

  it('leaves what was read so far where that is to be kept, and goes on from there', async () => {
    const failure = new Error('Okta fell over.');
    const written = write({
      keep: true,
      write: async (work) => {
        await mkdir(work.checkpoint);
        await writeFile(join(work.checkpoint, 'checkpoint.json'), 'read');
        await writeFile(join(work.run, 'findings.csv'), 'half');
        throw failure;
      },
    });
    await expect(written).rejects.toBe(failure);
    const [left] = await leftOfRuns();
    expect(readdirSync(left?.dir ?? '')).toEqual(['checkpoint']);
    const { dir, run } = await write({
      resume: left?.dir ?? '',
      write: async (work) => {
        expect(work.dir).toBe(left?.dir);
        expect(readFileSync(join(work.checkpoint, 'checkpoint.json'), 'utf8')).toBe('read');
        return writeSample(work);
      },
    });
    expect(readdirSync(home)).toEqual([dir.slice(home.length + 1)]);
    expect(run.files).toContain('findings.csv');
  });

  it('leaves nothing when the disk is full, and says where', async () => {
    const written = write({
      write: async () => {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
          syscall: 'write',
        });
      },
    });
    await expect(written).rejects.toThrow(AuditError);
    await expect(written).rejects.toThrow(`Cannot write to ${home}: ENOSPC`);
    expect(readdirSync(reports)).toEqual([]);
  });

  it('leaves nothing when somebody wrote its run.json before', async () => {
    const written = write({
      write: async ({ run: dir }) => {
        await writeFile(join(dir, 'run.json'), '{}');
        return summarizeRun(sampleResult());
      },
    });
    await expect(written).rejects.toThrow('EEXIST');
    expect(readdirSync(reports)).toEqual([]);
  });

  it('does not follow or keep links', async () => {
    const written = write({
      write: async ({ run: dir }) => {
        await symlink('/etc/hostname', join(dir, 'link'));
        return summarizeRun(sampleResult());
      },
    });
    await expect(written).rejects.toThrow('cannot hold link');
    expect(readdirSync(reports)).toEqual([]);
  });

  it('takes the next free second when its name is taken, even by an empty folder or a file', async () => {
    await mkdir(join(home, NAME), { recursive: true });
    await writeFile(join(home, '20261124T031501Z-precutover'), 'a file');
    expect((await write()).dir).toBe(join(home, '20261124T031502Z-precutover'));
    expect((await write()).dir).toBe(join(home, '20261124T031503Z-precutover'));
    expect(readdirSync(join(home, NAME))).toEqual([]);
    expect((await write({ job: 'drift' })).dir).toBe(join(home, '20261124T031500Z-drift'));
  });

  it('is the only one of its org at a time: of several that begin at once one is made', async () => {
    const ended = await Promise.allSettled(Array.from({ length: 5 }, () => write()));
    const refused = ended.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
    expect(refused).toHaveLength(4);
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(AuditError);
      expect(reason.message).toContain(
        `A run of acme.okta.com is under way already: process ${process.pid} on `,
      );
    }
    expect(readdirSync(home)).toEqual([NAME]);
    const others = await Promise.all(['a.okta.com', 'b.okta.com'].map((org) => write({ org })));
    expect(others).toHaveLength(2);
  });

  it('can be read by its owner only, whoever wrote its files', async () => {
    const { dir } = await write();
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    for (const folder of [dir, join(dir, 'snapshot'), join(dir, 'snapshot/okta')])
      expect(mode(folder)).toBe('700');
    for (const file of ['run.json', 'findings.csv', 'snapshot/okta/apps.ndjson.gz']) {
      expect(mode(join(dir, file))).toBe('600');
    }
  });

  it('has the same run.json whenever it starts', async () => {
    const first = await write();
    const second = await write({ started: new Date('2027-01-01T00:00:00Z') });
    const bytes = (dir: string) => readFileSync(join(dir, 'run.json'));
    expect(bytes(second.dir).equals(bytes(first.dir))).toBe(true);
    expect(bytes(first.dir).toString('utf8')).toMatch(/^\{\n {2}"format": 3,\n {2}"tool": \{\n[\s\S]*\}\n$/u);
  });

  it('needs a folder that it may write to', async () => {
    await writeFile(join(reports, 'a-file'), '');
    const written = write({ reportsDir: join(reports, 'a-file') });
    await expect(written).rejects.toThrow(AuditError);
    await expect(written).rejects.toMatchObject({ hint: expect.stringContaining('AUDIT_REPORTS_DIR') });
  });

  it.each(['', '..', '../x', 'a/b', '.hidden'])(
    'never leaves the reports folder for an org called %j',
    async (org) => {
      await expect(write({ org })).rejects.toThrow('not fit for a folder');
    },
  );
});

describe('what a crashed run left', () => {
  const DAY_S = 24 * 60 * 60;
  const age = (path: string, seconds: number) => {
    const time = STARTED.getTime() / 1000 - seconds;
    utimesSync(path, time, time);
  };

  it('is removed, and what may be resumed after a day', async () => {
    for (const [name, kept] of [
      ['.unfinished-old', 'checkpoint'],
      ['.unfinished-new', 'checkpoint'],
      ['.unfinished-half', 'run'],
      // Killed before it could say which collection it is.
      ['.unfinished-begun', 'checkpoint/store'],
      ['.other', 'run'],
    ] as const) {
      await mkdir(join(home, name, kept), { recursive: true });
      await writeFile(join(home, name, kept, 'checkpoint.json'), '');
    }
    for (const path of ['checkpoint/checkpoint.json', 'checkpoint', '']) {
      age(join(home, '.unfinished-old', path), DAY_S + 60);
      age(join(home, '.unfinished-new', path), DAY_S - 60);
    }
    await write();
    expect(readdirSync(home).sort()).toEqual(['.other', '.unfinished-new', NAME]);
  });

  it('stays while something in it is young', async () => {
    await mkdir(join(home, '.unfinished-slow/checkpoint'), { recursive: true });
    await writeFile(join(home, '.unfinished-slow/checkpoint/checkpoint.json'), '');
    age(join(home, '.unfinished-slow/checkpoint'), 3 * DAY_S);
    age(join(home, '.unfinished-slow'), 3 * DAY_S);
    age(join(home, '.unfinished-slow/checkpoint/checkpoint.json'), 60);
    await write();
    expect(readdirSync(home)).toContain('.unfinished-slow');
  });

  it('is a folder: what a link of such a name leads to is left alone', async () => {
    const elsewhere = join(reports, 'elsewhere');
    for (const kept of ['run', 'spill', 'checkpoint']) {
      await mkdir(join(elsewhere, kept), { recursive: true });
      await writeFile(join(elsewhere, kept, 'checkpoint.json'), 'mine');
      age(join(elsewhere, kept, 'checkpoint.json'), 3 * DAY_S);
    }
    await mkdir(home);
    await symlink(elsewhere, join(home, '.unfinished-planted'));
    expect(await leftOfRuns()).toEqual([]);
    await write();
    for (const kept of ['run', 'spill', 'checkpoint']) {
      expect(readFileSync(join(elsewhere, kept, 'checkpoint.json'), 'utf8')).toBe('mine');
    }
  });
});

describe('the verdict of a run', () => {
  const verdictOf = (over: Parameters<typeof sampleResult>[0]) => {
    const { verdict, exit_code } = summarizeRun(sampleResult(over));
    return [verdict, exit_code];
  };
  const unknown = sampleRule({ rule: 'r', outcome: 'unknown', reason: 'x' });

  it('is go when nothing at or above the limit is open', () => {
    expect(verdictOf({})).toEqual(['go', 0]);
    expect(verdictOf({ findings: [sampleFinding({ severity: 'warning' })] })).toEqual(['go', 0]);
    expect(verdictOf({ findings: [sampleFinding({ severity: 'error' })], failOn: 'blocker' })).toEqual([
      'go',
      0,
    ]);
    expect(
      verdictOf({ findings: [sampleFinding({ state: 'waived' }), sampleFinding({ state: 'resolved' })] }),
    ).toEqual(['go', 0]);
  });

  it('is no-go when something is, new or known', () => {
    for (const state of ['new', 'known'] as const) {
      expect(verdictOf({ findings: [sampleFinding({ severity: 'error', state })] })).toEqual(['no-go', 1]);
    }
    expect(verdictOf({ findings: [sampleFinding({ severity: 'info' })], failOn: 'info' })).toEqual([
      'no-go',
      1,
    ]);
  });

  it('is unknown when nothing is and a rule could not run, or a dataset was not read to its end', () => {
    expect(verdictOf({ rules: [unknown] })).toEqual(['unknown', 3]);
    for (const completeness of ['partial', 'unread'] as const) {
      expect(verdictOf({ manifest: sampleManifest(notRead('okta.users', completeness, '403')) })).toEqual([
        'unknown',
        3,
      ]);
    }
  });

  it('stays no-go when something is wrong and not all was read; the exit code is that of the incomplete', () => {
    expect(verdictOf({ findings: [sampleFinding()], rules: [unknown] })).toEqual(['no-go', 3]);
  });

  it('does not change for what Okta does not show or what does not apply', () => {
    expect(
      verdictOf({ manifest: sampleManifest(notRead('okta.appFeatures', 'unread', 'Not shown.')) }),
    ).toEqual(['go', 0]);
    expect(
      verdictOf({ manifest: sampleManifest(notRead('okta.ssoApp', 'not_applicable', 'None.')) }),
    ).toEqual(['go', 0]);
    expect(verdictOf({ rules: [sampleRule({ outcome: 'skipped', reason: 'Not shown.' })] })).toEqual([
      'go',
      0,
    ]);
  });

  it('comes with counts: open findings by severity, all by state, rules by outcome, groups and users by situation', () => {
    const { counts } = summarizeRun(
      sampleResult({
        findings: [
          sampleFinding(),
          sampleFinding({ state: 'known', severity: 'info' }),
          sampleFinding({ state: 'resolved' }),
          sampleFinding({ state: 'waived' }),
        ],
        rules: [sampleRule({ outcome: 'fail' }), sampleRule({ rule: 'x' }), unknown],
        groups: [{ situation: 'CREATE' }, { situation: 'CREATE' }, { situation: 'LINKED' }],
        users: sampleUsers({ TAKE_OVER: 1, CREATE: 1 }),
      }),
    );
    expect(counts.severity).toEqual({ blocker: 1, error: 0, warning: 0, info: 1 });
    expect(counts.state).toEqual({ new: 1, known: 1, resolved: 1, waived: 1 });
    expect(counts.outcome).toEqual({ pass: 1, fail: 1, unknown: 1, skipped: 0 });
    expect(counts.groups).toBe(3);
    expect(counts.situation).toMatchObject({ CREATE: 2, LINKED: 1, UNKNOWN: 0 });
    expect(counts.users).toBe(2);
    expect(counts.user_situation).toMatchObject({ CREATE: 1, TAKE_OVER: 1, UNKNOWN: 0 });
  });
});

describe('the name of the org', () => {
  it.each([
    ['https://acme.okta.com', 'acme.okta.com'],
    ['https://ACME.okta.com:443/', 'acme.okta.com'],
    ['http://127.0.0.1:8080', '127.0.0.1_8080'],
    ['http://[::1]:8080', '__1_8080'],
  ])('of %s is %s, and fit for a folder', async (url, org) => {
    expect(orgOf(url)).toBe(org);
    expect((await write({ org })).dir).toBe(join(reports, org, NAME));
  });
});
