import { generateKeyPairSync } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditFlags } from '../../cli/commands/options.ts';
import { DATASETS } from '../../src/domain/dataset.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import { sealAgain } from '../support/leave-run.ts';
import { Desk, type Ending, expectRefusal, readCsv, readRun, startProgram } from './support/cli.ts';
import { jsonOf } from './support/json.ts';
import { night } from './support/nights.ts';

const ORG = 'example.okta.com';
/** Sales has lost what it granted in the first night. */
const lost = (world: ReturnType<typeof night>) => {
  const rows = world.rows['optiId.groupInstanceRoles'];
  world.rows['optiId.groupInstanceRoles'] = rows.filter(
    ({ opti_group_id }) => opti_group_id !== 'group-Sales',
  );
};

let desk: Desk;
/** Reports with the first night alone, and the folder of its run. */
let whole: string;
const nights: string[] = [];

const runsIn = (reports: string) =>
  readdirSync(join(reports, ORG))
    .sort()
    .map((name) => join(reports, ORG, name));

async function drift(
  reports: string,
  snapshot: string | undefined,
  { settings = {}, ...flags }: Partial<AuditFlags> & { settings?: Record<string, string> } = {},
): Promise<Ending & { run: RunSummary; dir: string }> {
  const ending = await desk.audit('drift', settings, {
    out: reports,
    ...(snapshot ? { snapshot } : {}),
    ...flags,
  });
  const dir = runsIn(reports).at(-1) ?? '';
  return { ...ending, dir, run: readRun(dir) };
}

/** A copy of the reports with the first night, whose run is damaged. */
async function damaged(name: string, damage: (dir: string) => void | Promise<void>): Promise<string> {
  const reports = join(desk.folder, name);
  cpSync(whole, reports, { recursive: true, preserveTimestamps: true });
  await damage(runsIn(reports)[0] ?? '');
  return reports;
}

beforeAll(async () => {
  desk = await Desk.open();
  for (const [at, world] of [night(1), night(2, lost), night(3, lost)].entries()) {
    const folder = join(desk.folder, `night-${at}`);
    nights.push(folder);
    await world.seal(folder);
  }
  whole = join(desk.folder, 'whole');
  expect((await drift(whole, nights[0])).code).toBe(0);
});
afterAll(() => desk.close());

describe('a damaged run of the night before', () => {
  it('that is whole makes a loss of access drift', async () => {
    const reports = await damaged('undamaged', () => {});
    const { code, run } = await drift(reports, nights[1], { acceptShrink: true });
    expect({ code, refused: run.refused_history }).toEqual({ code: 1, refused: [] });
    expect(run.rules['group-access-lost']).toMatchObject({ outcome: 'fail' });
  });

  it.each<readonly [what: string, damage: (dir: string) => void | Promise<void>, says: RegExp]>([
    [
      'its findings are emptied',
      (dir) => writeFile(join(dir, 'findings.ndjson'), '\n'),
      /findings\.ndjson is not/,
    ],
    [
      'one bit of a dataset is flipped',
      (dir) => {
        const path = join(dir, 'snapshot', DATASETS['optiId.groupInstanceRoles'].file);
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
      /snapshot\/opti-id\/\S+ is not the file that was sealed/,
    ],
    [
      'its snapshot is gone',
      (dir) => rmSync(join(dir, 'snapshot'), { recursive: true }),
      /snapshot\/\S+ is missing/,
    ],
    [
      'it is of a version without seals',
      (dir) =>
        sealAgain(dir, (run) => {
          run.format = 2;
        }),
      /sealed no runs/,
    ],
  ])(
    'is no baseline where %s: its rules are unknown, and the run ends with 3',
    async (what, damage, says) => {
      const reports = await damaged(what.replaceAll(/\W/gu, '-'), damage);
      const { code, stdout, stderr, run } = await drift(reports, nights[1], { acceptShrink: true });
      expect({ code, verdict: run.verdict, complete: run.complete }).toEqual({
        code: 3,
        verdict: 'unknown',
        complete: false,
      });
      const [refused] = run.refused_history;
      expect(refused?.reason).toMatch(says);
      for (const rule of ['group-access-lost', 'grant-no-longer-possible', 'user-access-lost']) {
        expect(run.rules[rule], rule).toMatchObject({ outcome: 'unknown', findings: 0 });
      }
      expect(stderr).toContain(`Warning: The run ${refused?.run} is not believed: `);
      expect(stdout).toContain(`  - The run ${refused?.run} is not believed: `);
      expect(stdout).not.toContain('CLEAN');
    },
  );

  it('stands in the way until somebody moves it away; a baseline that is named serves its rules meanwhile', async () => {
    const reports = await damaged('until', (dir) => writeFile(join(dir, 'findings.csv'), ''));
    const first = runsIn(reports)[0] ?? '';
    await drift(reports, nights[1], { acceptShrink: true });
    const next = await drift(reports, nights[2], { acceptShrink: true });
    expect([next.code, next.run.refused_history.length]).toEqual([3, 1]);
    const named = await drift(reports, nights[2], { acceptShrink: true, baseline: runsIn(whole)[0] ?? '' });
    expect(named.run.rules['group-access-lost']).toMatchObject({ outcome: 'fail' });
    expect([named.code, named.run.verdict]).toEqual([3, 'no-go']);
    // As a baseline it is refused at once.
    const naming = drift(reports, nights[2], { acceptShrink: true, baseline: first });
    await expect(naming).rejects.toThrow('--baseline: the run');
    rmSync(first, { recursive: true });
    expect((await drift(reports, nights[2], { acceptShrink: true })).run.refused_history).toEqual([]);
  });
});

it('with AUDIT_SEAL_KEY runs are signed, and a history that nobody signed is none', async () => {
  const key = join(desk.folder, 'seal.pem');
  await writeFile(key, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const settings = { AUDIT_SEAL_KEY: key };
  const reports = await damaged('unsigned', () => {});
  const unsigned = await drift(reports, nights[1], { settings, acceptShrink: true });
  expect([unsigned.code, unsigned.run.refused_history[0]?.reason]).toEqual([
    3,
    expect.stringContaining('not signed'),
  ]);
  expect(unsigned.run.seal.signature?.key).toMatch(/^[0-9a-f]{16}$/u);
  const verified = await desk.run(['runs', 'verify', '--out', reports], settings);
  expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('2 runs, 1 broken.') });
  const [, signed] = runsIn(reports);
  const one = await desk.run(['runs', 'verify', signed ?? '', '--json'], settings);
  expect(one.code).toBe(0);
  expect(jsonOf('runs verify', one.stdout)).toMatchObject([{ sealed: true, problems: [] }]);
});

it('two runs of one org at once: the second says so, ends with 2, and leaves nothing', async () => {
  const args = ['drift', '--snapshot', nights[0] ?? '', '--quiet'];
  const ended = await Promise.all([desk.run(args), desk.run(args), desk.run(args)]);
  const made = ended.filter(({ code }) => code === 0);
  expect(readdirSync(join(desk.reports, ORG))).toHaveLength(made.length);
  expect(made.length).toBeGreaterThan(0);
  for (const refused of ended.filter(({ code }) => code !== 0)) {
    expectRefusal(refused);
    expect(refused.stderr).toMatch(/A run of example\.okta\.com is under way already: process \d+ on /u);
  }
});

it('waivers that 48 processes add at once are all there', async () => {
  const module = pathToFileURL(join(dirname(desk.commandLine([])[0] ?? ''), '../src/config/waivers.js'));
  const path = join(desk.folder, 'waivers.csv');
  const ids = Array.from({ length: 48 }, (_, at) => `a${at.toString(16).padStart(15, '0')}`);
  const ended = ids.map((finding_id) => {
    const waiver = {
      finding_id,
      rule: 'r',
      subject: 's',
      owner: 'Ada',
      reason: 'why',
      expires: '2126-12-31',
    };
    const code = `import { appendWaiver } from ${JSON.stringify(module.href)};
      await appendWaiver(${JSON.stringify(path)}, ${JSON.stringify(waiver)});`;
    return startProgram(process.execPath, ['--input-type=module', '-e', code], desk.folder).ended;
  });
  for (const ending of await Promise.all(ended)) expect(ending).toEqual({ code: 0, stdout: '', stderr: '' });
  const written = readCsv(desk.folder, 'waivers').map(({ finding_id }) => finding_id);
  expect(written.sort()).toEqual(ids);
  expect(readdirSync(desk.folder).filter((name) => name.startsWith('waivers'))).toEqual(['waivers.csv']);
});
