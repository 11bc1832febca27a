import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DATASETS } from '../../src/domain/dataset.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { sampleWorld } from '../../src/sandbox/sample-world.ts';
import {
  Desk,
  type Ending,
  expectRefusal,
  filesBelow,
  isMachineBusy,
  JUDGED_FILES,
  readCsv,
  readRun,
  type Settings,
  startProgram,
} from './support/cli.ts';
import { jsonOf } from './support/json.ts';
import { oktaSettings, type Sides, startSides } from './support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS });
const TOKEN = '00token-that-must-not-be-seen-anywhere';
const DATABASE_PASSWORD = 'pass word/that#nobody-may-see';

/** As the contract writes them. */
const HEADERS = {
  findings:
    'finding_id,rule,severity,state,subject_type,subject,okta_id,opti_id,detail,fix,who,first_seen,evidence',
  rules: 'rule,category,severity,outcome,findings,reason',
  groups:
    'situation,okta_group_id,okta_group_name,opti_group_id,opti_group_name,push_status,members_okta,members_opti,members_lost,members_gained,instances,roles,findings',
  users: 'situation,email,okta_user_id,okta_status,opti_user_id,opti_email,groups,instances,findings',
  memberships: 'change,group_name,email,okta_group_id,opti_group_id,okta_user_id,opti_user_id,reason',
  access: 'email,opti_user_id,product,instance,role,via_group,before,after,reason,loss',
  configuration: 'check,expected,actual,outcome,fix',
  plan: 'step,phase,who,action,subject,how,depends_on,resolves,irreversible,verify',
} as const;

let world: SandboxWorld;
let sides: Sides;
let settings: Settings;
const desks: Desk[] = [];

async function openDesk(): Promise<Desk> {
  const desk = await Desk.open();
  desks.push(desk);
  return desk;
}

beforeAll(async () => {
  world = sampleWorld(new Date());
  sides = await startSides(world, { token: TOKEN, pageSizeCap: 20 });
  const database = new URL(sides.store.url);
  // The embedded store takes any password.
  database.password = encodeURIComponent(DATABASE_PASSWORD);
  settings = { ...sides.settings, OPTIID_DATABASE_URL: database.href };
}, PATIENCE_MS);

afterAll(async () => {
  for (const desk of desks) await desk.close();
  await sides?.close();
}, PATIENCE_MS);

/** The run of the sample, collected and judged in one go. */
let dir: string;

describe('precutover of an org with blockers', () => {
  let desk: Desk;
  let ending: Ending;

  beforeAll(async () => {
    desk = await openDesk();
    sides.okta.clearRequests();
    ending = await desk.run(['precutover'], settings);
    dir = desk.onlyRun();
  }, PATIENCE_MS);

  it('ends with 1 and names the verdict, the blockers and where the files are', () => {
    expect(ending.code).toBe(1);
    expect(ending.stdout).toMatch(/^NO-GO: .*$/mu);
    // A pipe gets no colours.
    expect(`${ending.stdout}${ending.stderr}`).not.toContain('\u001B');
    for (const finding of readCsv(dir, 'findings')) {
      const isNamed = ending.stdout.includes(`${finding.subject} (${finding.rule})`);
      expect(isNamed, finding.subject).toBe(finding.severity === 'blocker');
    }
    expect(ending.stdout).toContain(`reports/${readRun(dir).org}/${basename(dir)}`);
  });

  it('leaves one run under the org and its start, and nothing beside it', () => {
    expect(basename(dir)).toMatch(/^\d{8}T\d{6}Z-precutover$/u);
    expect(basename(join(dir, '..'))).toBe(new URL(sides.okta.url).host.replace(':', '_'));
    const snapshot = Object.values(DATASETS)
      .map(({ file }) => `snapshot/${file}`)
      .filter((file) => existsSync(join(dir, file)));
    expect(filesBelow(dir)).toEqual(
      [
        ...JUDGED_FILES,
        'snapshot',
        'snapshot/manifest.json',
        'snapshot/okta',
        'snapshot/opti-id',
        ...snapshot,
      ].sort(),
    );
    expect(filesBelow(desk.folder).filter((path) => !path.startsWith('reports'))).toEqual([]);
  });

  it('lists in run.json what it left', () => {
    const files = filesBelow(dir).filter((path) => statSync(join(dir, path)).isFile());
    expect(readRun(dir)).toMatchObject({ exit_code: 1, verdict: 'no-go', job: 'precutover', files });
  });

  it('can be read by its owner alone', () => {
    for (const path of ['', ...filesBelow(dir)]) {
      const stats = statSync(join(dir, path));
      expect((stats.mode & 0o777).toString(8), path).toBe(stats.isDirectory() ? '700' : '600');
    }
    for (const folder of [desk.reports, join(dir, '..')]) expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it.each(Object.entries(HEADERS))(
    'writes %s.csv with a byte order mark, the headers of the contract and CRLF',
    (name, header) => {
      const text = readFileSync(join(dir, `${name}.csv`), 'utf8');
      expect(text.startsWith(`\uFEFF${header}\r\n`)).toBe(true);
      expect(text.endsWith('\r\n')).toBe(true);
      expect(readCsv(dir, name).length).toBeGreaterThan(0);
      // Nothing in the sample holds a line break, so each line is a row.
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/u);
    },
  );

  it('sorts findings by severity, rule, subject and id', () => {
    const rows = readCsv(dir, 'findings').map((row) => [
      ['blocker', 'error', 'warning', 'info'].indexOf(row.severity ?? ''),
      row.rule ?? '',
      row.subject ?? '',
      row.finding_id ?? '',
    ]);
    expect(rows).toEqual([...rows].sort(byCodeUnits));
    expect(new Set(rows.map(([, , , id]) => id)).size).toBe(rows.length);
  });

  it.each(['rules', 'configuration', 'access', 'memberships'])(
    'sorts %s.csv by its columns from left to right',
    (name) => {
      const rows = readCsv(dir, name).map((row) =>
        Object.values(row).map((cell) => cell.replace(/^'(?=[=+@-])/u, '')),
      );
      expect(rows).toEqual([...rows].sort(byCodeUnits));
    },
  );

  it('says the same in CSV, NDJSON and run.json', () => {
    const lines = readFileSync(join(dir, 'findings.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const csv = readCsv(dir, 'findings');
    expect(Object.keys(lines[0] ?? {}).join(',')).toBe(HEADERS.findings);
    expect(lines.map((line) => line.finding_id)).toEqual(csv.map((row) => row.finding_id));
    expect(lines.map((line) => line.evidence)).toEqual(csv.map((row) => JSON.parse(row.evidence ?? '')));
    const run = readRun(dir);
    expect(Object.values(run.counts.severity).reduce((sum, count) => sum + count)).toBe(csv.length);
    expect(
      readCsv(dir, 'rules')
        .map(({ rule, outcome }) => [rule, outcome])
        .sort(),
    ).toEqual(
      Object.entries(run.rules)
        .map(([rule, { outcome }]) => [rule, outcome])
        .sort(),
    );
    expect(readCsv(dir, 'groups')).toHaveLength(run.counts.groups);
    expect(readCsv(dir, 'users')).toHaveLength(run.counts.users);
  });

  it('tells while it reads how many rows each dataset has', () => {
    const { datasets } = readRun(dir);
    for (const [name, { completeness, rows }] of Object.entries(datasets)) {
      if (completeness === 'complete') expect(ending.stderr).toContain(`read ${name}: ${rows} row`);
    }
    expect(datasets['okta.scimApp'].rows).toBe(1);
    expect(datasets['okta.users'].rows).toBeGreaterThan(20);
  });

  it('sends nothing but GET', () => {
    const { requests } = sides.okta;
    expect(requests.length).toBeGreaterThan(20);
    expect([...new Set(requests.map(({ method }) => method))]).toEqual(['GET']);
  });

  it('lets no secret into any file or output', () => {
    const texts = filesBelow(dir)
      .filter((path) => statSync(join(dir, path)).isFile())
      .map((path) => {
        const bytes = readFileSync(join(dir, path));
        return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      });
    for (const secret of [TOKEN, DATABASE_PASSWORD, encodeURIComponent(DATABASE_PASSWORD)]) {
      for (const text of [...texts, ending.stdout, ending.stderr]) expect(text).not.toContain(secret);
    }
    // The search finds what is there.
    expect(texts.some((text) => text.includes(world.organizationId))).toBe(true);
  });
});

describe('flags', () => {
  let snapshot: string;
  /** Of the store's side alone: quickly judged. */
  let storeOnly: string;

  beforeAll(async () => {
    const desk = await openDesk();
    const { code, stdout } = await desk.run(['collect'], settings);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Collected\.\nSnapshot: reports\//u),
    });
    expect(filesBelow(desk.onlyRun()).filter((path) => !path.includes('/'))).toEqual([
      'run.json',
      'snapshot',
    ]);
    snapshot = join(desk.onlyRun(), 'snapshot');

    const onlyDesk = await openDesk();
    sides.okta.clearRequests();
    const { OKTA_CLIENT_TOKEN: _, OKTA_CLIENT_ORGURL: __, ...storeSettings } = settings;
    const only = await onlyDesk.run(['collect', '--only', 'opti-id', '--quiet'], storeSettings);
    expect(only).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(sides.okta.requests).toEqual([]);
    storeOnly = onlyDesk.onlyRun();
  }, PATIENCE_MS);

  it('--json prints exactly run.json, --quiet nothing else, and the same snapshot gives the same bytes', async () => {
    const judged: Desk[] = [await openDesk(), await openDesk()];
    for (const desk of judged) {
      const ending = await desk.run(['precutover', '--snapshot', snapshot, '--json', '--quiet']);
      const stdout = readFileSync(join(desk.onlyRun(), 'run.json'), 'utf8');
      expect(ending).toEqual({ code: 1, stdout, stderr: '' });
      jsonOf('precutover', stdout);
    }
    expectSameRun(...(judged.map((desk) => desk.onlyRun()) as [string, string]));
  });

  it('a run judged again gives the same bytes, without any setting and any network', async () => {
    const desk = await openDesk();
    sides.okta.clearRequests();
    expect(await desk.run(['precutover', '--quiet', '--snapshot', dir])).toEqual({
      code: 1,
      stdout: '',
      stderr: '',
    });
    expect(sides.okta.requests).toEqual([]);
    expectSameRun(desk.onlyRun(), dir);
  });

  it('collect --only reads one side, and a judgement of that says that the other is unknown', async () => {
    const desk = await openDesk();
    writeFileSync(
      join(desk.folder, 'waivers.csv'),
      'rule,subject,owner,reason,expires\ngroup-orphaned,*,Ada,ticket 7,2126-12-31\n',
    );
    const ending = await desk.run(['precutover', '--snapshot', storeOnly, '--waivers', 'waivers.csv']);
    expect(ending.code).toBe(3);
    expect(ending.stdout).toContain('The waiver of Ada for group-orphaned on * (line 2) matches no finding');
    expect(ending.stdout).toMatch(/^UNKNOWN: /mu);
    const passed = readCsv(desk.onlyRun(), 'rules').filter((row) => row.outcome === 'pass');
    // It looks at the organization in the store alone.
    expect(passed.map((row) => row.rule)).toEqual(['scim-already-on']);
  });

  it('--out says where the run goes, over AUDIT_REPORTS_DIR', async () => {
    const desk = await openDesk();
    const out = join(desk.folder, 'else where');
    const ending = await desk.run(['precutover', '--snapshot', storeOnly, '--quiet', '--out', out], {
      AUDIT_REPORTS_DIR: join(desk.folder, 'not here'),
    });
    // What was not read is said even so, in one line.
    expect(ending).toMatchObject({ code: 3, stdout: '' });
    expect(ending.stderr).toMatch(/^Warning: UNKNOWN: [^\n]*\n$/u);
    expect(readRun(desk.onlyRun(out))).toMatchObject({ fail_on: 'error', exit_code: 3 });
    expect(filesBelow(desk.folder).every((path) => path.startsWith('else where'))).toBe(true);
  });

  // A terminal is what `script` of util-linux gives the program.
  const script = '/usr/bin/script';
  it.skipIf(!existsSync(script))(
    'colours are for a terminal, unless --no-color or NO_COLOR says otherwise',
    async () => {
      const isColoured = async (flags: readonly string[], environment: Settings = {}) => {
        const desk = await openDesk();
        const args = ['precutover', '--snapshot', storeOnly, ...flags];
        const line = [process.execPath, ...desk.commandLine(args)].map((word) => `'${word}'`).join(' ');
        const given = ['-qec', line, '/dev/null'];
        const { stdout } = await startProgram(script, given, desk.folder, environment).ended;
        expect(stdout).toContain('UNKNOWN: ');
        // Progress moves the cursor on any terminal; colours are what ends in m.
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the beginning of a sequence
        return /\u001B\[[\d;]*m/u.test(stdout);
      };
      expect(await isColoured([])).toBe(true);
      expect(await isColoured(['--no-color'])).toBe(false);
      expect(await isColoured([], { NO_COLOR: '1' })).toBe(false);
    },
  );

  it('a reader that has seen enough is no failure', async () => {
    const desk = await openDesk();
    const running = desk.start(['precutover', '--snapshot', storeOnly, '--json', '--quiet']);
    running.closeStdout();
    const { code, stderr } = await running.ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Warning: UNKNOWN: [^\n]*\n$/u);
    expect(readRun(desk.onlyRun()).exit_code).toBe(3);
  });

  function expectSameRun(one: string, other: string): void {
    expect(filesBelow(one)).toEqual(filesBelow(other));
    for (const file of [...JUDGED_FILES, 'snapshot/manifest.json']) {
      const isSame = readFileSync(join(one, file)).equals(readFileSync(join(other, file)));
      expect(isSame, file).toBe(true);
    }
  }

  describe('a snapshot that is none', () => {
    const broken: Record<string, (folder: string) => Promise<[RegExp, string]>> = {
      'is not there': async (folder) => [/There is no folder/u, join(folder, 'nowhere')],
      'is a file': async (folder) => {
        writeFileSync(join(folder, 'file'), '');
        return [/is a file, not a snapshot/u, join(folder, 'file')];
      },
      'is another folder': async (folder) => [/is not a snapshot: it has no manifest\.json/u, folder],
      'was never finished': async (folder) => {
        await cp(snapshot, join(folder, 'unfinished'), { recursive: true });
        rmSync(join(folder, 'unfinished/manifest.json'));
        return [/was never finished/u, join(folder, 'unfinished')];
      },
      'was changed': async (folder) => {
        await cp(snapshot, join(folder, 'changed'), { recursive: true });
        copyFileSync(join(snapshot, 'okta/apps.ndjson.gz'), join(folder, 'changed/okta/groups.ndjson.gz'));
        return [/okta\/groups\.ndjson\.gz is not the file that was sealed/u, join(folder, 'changed')];
      },
      'lost a file': async (folder) => {
        await cp(snapshot, join(folder, 'lost'), { recursive: true });
        rmSync(join(folder, 'lost/opti-id/users.ndjson.gz'));
        return [/opti-id\/users\.ndjson\.gz is missing/u, join(folder, 'lost')];
      },
      'would lead out of the reports': async (folder) => {
        await cp(snapshot, join(folder, 'leading'), { recursive: true });
        const manifest = join(folder, 'leading/manifest.json');
        const org = readRun(join(snapshot, '..')).org;
        writeFileSync(
          manifest,
          readFileSync(manifest, 'utf8').replace(`"org": "${org}"`, '"org": "../../out"'),
        );
        return [/manifest\.json is damaged: org is not as it should be/u, join(folder, 'leading')];
      },
    };
    it.each(Object.entries(broken))('%s: refused, and nothing is left', async (_, breakIt) => {
      const desk = await openDesk();
      await mkdir(join(desk.folder, 'input'));
      const [message, folder] = await breakIt(join(desk.folder, 'input'));
      const ending = await desk.run(['precutover', '--snapshot', folder]);
      expectRefusal(ending);
      expect(ending.stderr).toMatch(message);
      expect(desk.leftBehind()).toEqual([]);
    });
  });
});

describe('the reports folder', () => {
  it('that is a file is refused before anything is read', async () => {
    const desk = await openDesk();
    writeFileSync(desk.reports, 'mine');
    sides.okta.clearRequests();
    const ending = await desk.run(['precutover'], settings);
    expectRefusal(ending);
    expect(ending.stderr).toMatch(/Cannot write to .*reports/u);
    expect(sides.okta.requests).toEqual([]);
    expect(readFileSync(desk.reports, 'utf8')).toBe('mine');
  });

  it('that cannot be made is refused before anything is read', async () => {
    const desk = await openDesk();
    sides.okta.clearRequests();
    const ending = await desk.run(['precutover', '--out', '/dev/null/reports'], settings);
    expectRefusal(ending);
    expect(ending.stderr).toContain('Cannot write to /dev/null/reports');
    expect(sides.okta.requests).toEqual([]);
  });
});

describe('stopping', () => {
  const started: Record<string, () => void> = {
    'while pages come slowly': () => sides.okta.setFault(() => ({ kind: 'delay', milliseconds: 1_500 })),
    'while a server hangs': () =>
      sides.okta.setFault(({ path }) => (path === '/api/v1/apps' ? undefined : { kind: 'hang' })),
    'while a request waits to be repeated': () =>
      sides.okta.setFault(({ path }) =>
        path === '/api/v1/apps'
          ? undefined
          : { kind: 'status', status: 429, headers: { 'retry-after': '60' } },
      ),
  };
  it.each(Object.entries(started))(
    '%s ends soon, with code 2 and no run, and keeps what was read',
    async (_, spoil) => {
      const desk = await openDesk();
      spoil();
      try {
        const running = desk.start(['precutover'], { ...settings, ...oktaSettings(sides.okta) });
        await running.said('read okta.apps');
        const began = Date.now();
        running.interrupt();
        const ending = await running.ended;
        // Far from the minute for which the server's answer would be waited.
        expect(Date.now() - began).toBeLessThan(isMachineBusy() ? 20_000 : 2_500);
        expectRefusal(ending);
        expect(ending.stderr).toContain('Error: Interrupted.');
        expect(ending.stderr).toContain('--resume');
        const [org, ...rest] = desk.leftBehind();
        expect(rest.filter((path) => !path.startsWith(`${org}/.unfinished-`))).toEqual([]);
      } finally {
        sides.okta.setFault();
      }
    },
  );
});

function byCodeUnits(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
