import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { doctor } from '../../cli/commands/doctor.ts';
import { CHECK_GROUPS, type Check } from '../../src/domain/check.ts';
import { healthyTwin } from '../../src/sandbox/sample-world.ts';
import { Desk, type Ending, filesBelow, type Settings } from './support/cli.ts';
import { jsonOf } from './support/json.ts';
import { type Sides, startSides } from './support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS });

let sides: Sides;
let desk: Desk;

beforeAll(async () => {
  sides = await startSides(healthyTwin(new Date()));
}, PATIENCE_MS);
afterAll(() => sides?.close());
beforeEach(async () => {
  sides.okta.setFault();
  desk = await Desk.open();
  return () => desk.close();
});

/** Runs doctor within this process: all that the executable does between its arguments and its exit code. */
async function examine(settings: Settings, flags: Parameters<typeof doctor>[0] = {}): Promise<Ending> {
  const before = filesBelow(desk.folder);
  const { said, context } = desk.context(settings);
  const code = await doctor(flags, context);
  expect(filesBelow(desk.folder)).toEqual(before);
  for (const secret of [sides.okta.token, 'secret-word'])
    expect(said.stdout + said.stderr).not.toContain(secret);
  return { code, ...said };
}

async function checksOf(
  settings: Settings,
): Promise<{ code: number | null; ready: boolean; checks: Check[] }> {
  const { code, stdout, stderr } = await examine(settings, { json: true });
  expect(stderr).toBe('');
  return { code, ...jsonOf('doctor', stdout) };
}

describe('where everything is right', () => {
  it('ends with 0, says so last, and nothing in red', async () => {
    const { code, stdout, stderr } = await examine(sides.settings);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Settings\n {2}✓/);
    for (const heading of ['Okta', 'Opti ID', 'This machine']) expect(stdout).toContain(`\n${heading}\n`);
    expect(stdout).not.toContain('✗');
    // The sandbox's store has one role, which may do everything: a warning, which does not fail.
    expect(stdout).toContain('!  Role may only read');
    expect(stdout).toMatch(/\nReady: nothing failed; .*1 warning\.\n$/);
  });

  it('as JSON has a shape to rely on', async () => {
    const { code, ready, checks } = await checksOf(sides.settings);
    expect({ code, ready }).toEqual({ code: 0, ready: true });
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    for (const check of checks) {
      expect(Object.keys(check)).toEqual(['id', 'group', 'title', 'outcome', 'found', 'who', 'how']);
      expect(check.found).not.toBe('');
      expect(check.who === null).toBe(check.how === null);
    }
    expect([...new Set(checks.map(({ group }) => group))]).toEqual(Object.keys(CHECK_GROUPS));
  });

  it('with --quiet says nothing', async () => {
    expect(await examine(sides.settings, { quiet: true })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('where something is wrong', () => {
  it('everything at once: each mistake by its name, and nothing is proved', async () => {
    writeFileSync(join(desk.folder, '.env'), 'this is no setting\nAUDIT_LOG_DAYS=1000\n');
    writeFileSync(join(desk.folder, 'taken'), '');
    const { code, ready, checks } = await checksOf({
      OKTA_CLIENT_ORGURL: 'acme.okta.com',
      OPTIID_DATABASE_URL: 'mysql://audit:secret-word@db/opti',
      AUDIT_REPORTS_DIR: 'taken/reports',
    });
    expect({ code, ready }).toEqual({ code: 2, ready: false });
    const failed = checks.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ id }) => id)).toEqual([
      'settings..env:1',
      'settings.OKTA_CLIENT_ORGURL',
      'settings.OKTA_CLIENT_TOKEN',
      'settings.OPTIID_DATABASE_URL',
      'settings.OPTIID_ORGANIZATION',
      'settings.AUDIT_LOG_DAYS',
      'machine.reports-folder',
    ]);
    for (const { who, how } of failed) expect([who, how]).not.toContain(null);
    const sidesChecks = checks.filter(({ group }) => group === 'okta' || group === 'opti-id');
    expect(new Set(sidesChecks.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
  });

  it('with wrong settings of Okta the store is examined all the same, and the other way round', async () => {
    const withoutOkta = await checksOf({ ...sides.settings, OKTA_CLIENT_TOKEN: '' });
    expect(withoutOkta.code).toBe(2);
    expect(withoutOkta.checks.find(({ id }) => id === 'opti-id.organization')?.outcome).toBe('ok');
    expect(withoutOkta.checks.find(({ id }) => id === 'okta.org')).toMatchObject({
      outcome: 'unknown',
      found: 'not asked: the settings have to be right first',
    });
    const withoutStore = await checksOf({
      ...sides.settings,
      OPTIID_DATABASE_URL: 'postgresql://a:secret-word@127.0.0.1:9/b',
    });
    expect(withoutStore.checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)).toEqual([
      'opti-id.store',
    ]);
    expect(withoutStore.checks.find(({ id }) => id === 'okta.read.groups')?.outcome).toBe('ok');
  });

  it('a .env that cannot be read is one mistake among others', async () => {
    mkdirSync(join(desk.folder, '.env'));
    const { code, checks } = await checksOf(sides.settings);
    expect(code).toBe(2);
    expect(checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)).toEqual([
      'settings..env',
    ]);
    expect(checks.find(({ id }) => id === 'okta.credentials')?.outcome).toBe('ok');
  });

  it('says with --quiet what failed and nothing else', async () => {
    const ending = await examine({ ...sides.settings, OPTIID_ORGANIZATION: 'nobody' }, { quiet: true });
    expect(ending).toMatchObject({ code: 2, stdout: '' });
    expect(ending.stderr).toContain('Error: Organization is there: ');
    expect(ending.stderr).toContain('OPTIID_ORGANIZATION takes the id');
    expect(ending.stderr).not.toContain('✓');
  });

  it('takes the reports folder from --out', async () => {
    writeFileSync(join(desk.folder, 'taken'), '');
    const { code, stdout } = await examine(sides.settings, { out: 'taken' });
    expect(code).toBe(2);
    expect(stdout).toContain(`${join(desk.folder, 'taken')} is not a folder`);
  });
});

describe('the executable', () => {
  it('ends with 2 within a second of Ctrl-C, whatever hangs', async () => {
    sides.okta.setFault(() => ({ kind: 'hang' }));
    sides.okta.clearRequests();
    const running = desk.start(['doctor'], sides.settings);
    while (sides.okta.requests.length === 0) await new Promise((wake) => setTimeout(wake, 20));
    const began = Date.now();
    running.interrupt();
    const ending = await running.ended;
    expect(Date.now() - began).toBeLessThan(1_000);
    expect(ending).toMatchObject({ code: 2, stdout: '' });
    expect(ending.stderr).toMatch(/^Error: Interrupted\.\nHint: .+\n$/);
    expect(filesBelow(desk.folder)).toEqual([]);
  });

  it('ends by itself when it is done, with colours only where they are wanted', async () => {
    const ending = await desk.run(['doctor', '--no-color'], {
      ...sides.settings,
      OKTA_CLIENT_TOKEN: '00wrong',
    });
    expect(ending).toMatchObject({ code: 2, stderr: '' });
    expect(ending.stdout).toContain('✗  Credentials are taken');
    expect(ending.stdout).toMatch(/\nNot ready: 1 check failed; /);
    expect(ending.stdout).not.toContain('\u001b');
  });

  it('says with --help what it proves', async () => {
    const { code, stdout } = await desk.run(['doctor', '--help']);
    expect(code).toBe(0);
    for (const flag of ['--out', '--json', '--quiet', '--no-color']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${flag}\\b`, 'mu'));
    }
  });
});
