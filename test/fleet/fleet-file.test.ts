import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SettingsError } from '../../src/domain/errors.ts';
import { checkFleet } from '../../src/fleet/check-fleet.ts';
import { childEnvironment } from '../../src/fleet/child.ts';
import { parseFleet } from '../../src/fleet/fleet-file.ts';

const SECRET = '00secretThatNobodyMaySee';

const WHOLE = `runs: runs
queue:
  tries: 2
defaults:
  window: "22:00-05:00"
  time_zone: Europe/Berlin
  waivers: waivers.csv
  settings:
    OPTIID_DATABASE_URL: env:STORE
    AUDIT_SEAL_KEY: seal.pem
organizations:
  acme:
    job: precutover
    settings:
      OKTA_CLIENT_ORGURL: https://acme.okta.com
      OKTA_CLIENT_TOKEN: env:ACME
      OPTIID_ORGANIZATION: org-1
  globex:
    time_zone: America/New_York
    expected_minutes: 45
    settings:
      OKTA_CLIENT_ORGURL: https://globex.okta.com
      OKTA_CLIENT_TOKEN: file:globex.token
      OPTIID_ORGANIZATION: org-2
`;

function mistakesIn(text: string): { where: string; what: string }[] {
  try {
    parseFleet(text, '/fleet/fleet.yaml');
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    expect(JSON.stringify(error.mistakes)).not.toContain(SECRET);
    return error.mistakes.map(({ where, what }) => ({ where, what }));
  }
  return [];
}

describe('fleet.yaml', () => {
  it('gives each organization the defaults that it does not override', () => {
    const { organizations, runs, queue } = parseFleet(WHOLE, '/fleet/fleet.yaml');
    expect(runs).toBe('/fleet/runs');
    expect(queue).toEqual({ tries: 2, retry_seconds: 60, heartbeat_seconds: 30 });
    expect(organizations).toMatchObject([
      {
        name: 'acme',
        job: 'precutover',
        window: { from: 1320, to: 300, zone: 'Europe/Berlin' },
        waivers: '/fleet/waivers.csv',
        expectedMinutes: 10,
        settings: { OPTIID_DATABASE_URL: 'env:STORE', OPTIID_ORGANIZATION: 'org-1' },
      },
      { name: 'globex', job: 'drift', window: { zone: 'America/New_York' }, expectedMinutes: 45 },
    ]);
  });

  it('sees paths from its own folder', () => {
    const [acme] = parseFleet(WHOLE, '/fleet/fleet.yaml').organizations;
    expect(acme?.settings.AUDIT_SEAL_KEY).toBe('/fleet/seal.pem');
  });

  it.each([
    ['an unknown key', '    time_zone: America', '    tme_zone: America', 19, 'is not known here: tme_zone.'],
    [
      'an unknown setting',
      'OPTIID_ORGANIZATION: org-1',
      'OPTIID_ORGANISATION: x',
      17,
      'is not known here: OPTIID_ORGANISATION.',
    ],
    ['a secret itself', 'env:ACME', SECRET, 16, 'OKTA_CLIENT_TOKEN holds a secret itself.'],
    ['a secret that is a number', 'env:ACME', '123456', 16, 'OKTA_CLIENT_TOKEN holds a secret itself.'],
    ['a window that is none', '"22:00-05:00"', '"22-05"', 5, 'window is not a window such as 22:00-05:00.'],
    [
      'a window without length',
      '"22:00-05:00"',
      '"22:00-22:00"',
      5,
      'window is not a window such as 22:00-05:00.',
    ],
    ['a time zone that is none', 'Europe/Berlin', 'Europe/Atlantis', 6, 'time_zone is not a time zone.'],
    ['a job that is none', 'job: precutover', 'job: audit', 13, 'job is neither precutover nor drift.'],
    ['a name twice', '  globex:', '  acme:', 18, 'has a key twice.'],
    ['a name with a slash', '  globex:', '  glo/bex:', 18, 'glo/bex is not a name: letters'],
    ['no runs', 'runs: runs\n', '', 1, 'runs is missing.'],
    [
      'the folder of runs as a setting',
      'AUDIT_SEAL_KEY: seal.pem',
      'AUDIT_REPORTS_DIR: x',
      10,
      'is not known here: AUDIT_REPORTS_DIR.',
    ],
    ['a tab', '  acme:', '\tacme:', 12, 'is not YAML'],
  ])('names %s with its line', (_, from, to, line, what) => {
    const found = mistakesIn(WHOLE.replace(from, to));
    expect(found[0]?.where).toBe(`fleet.yaml:${line}`);
    expect(found[0]?.what).toContain(what);
  });

  it('names every mistake at once', () => {
    const text = WHOLE.replace('job: precutover', 'job: audit').replace('Europe/Berlin', 'Nowhere');
    expect(mistakesIn(text)).toHaveLength(2);
  });

  it.each(['', '[]', 'organizations: {}', 'runs: x\norganizations: 3', 'null', '- a'])('refuses %j', (text) =>
    expect(mistakesIn(text)).not.toEqual([]),
  );
});

describe('the schema in the package', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../src/fleet/fleet.schema.json', import.meta.url), 'utf8'),
  );
  const validate = new Ajv.default({ strict: false }).compile(schema);

  it('takes what the program takes', () => expect(validate(parse(WHOLE))).toBe(true));
  it.each([
    ['env:ACME', SECRET],
    ['job: precutover', 'job: audit'],
    ['time_zone: America', 'tme_zone: America'],
    ['runs: runs\n', ''],
  ])('refuses %s as %s', (from, to) => expect(validate(parse(WHOLE.replace(from, to)))).toBe(false));
});

describe('the check of a fleet', () => {
  const open = async (change = (text: string) => text) => {
    const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-fleet-'));
    writeFileSync(join(folder, 'globex.token'), `${SECRET}\n`);
    const fleet = parseFleet(
      change(WHOLE.replace('    AUDIT_SEAL_KEY: seal.pem\n', '')),
      join(folder, 'fleet.yaml'),
    );
    return fleet;
  };
  const env = { PATH: process.env.PATH, ACME: SECRET, STORE: 'postgresql://u:p@db.example.com/opti' };
  const check = async (
    change?: (text: string) => string,
    given: Record<string, string | undefined> = env,
  ) => {
    const { mistakes } = await checkFleet(
      await open(change),
      given,
      'postgresql://q:p@queue.example.com/fleet',
    );
    expect(JSON.stringify(mistakes)).not.toContain(SECRET);
    return mistakes.map(({ where, what }) => `${where} ${what}`);
  };

  it('looks up variables, files and commands', async () => {
    expect(await check()).toEqual([]);
    expect(await check((text) => text.replace('env:ACME', `exec:echo ${SECRET}`))).toEqual([]);
  });

  it.each([
    ['a variable that is not set', 'env:ACME', 'env:OTHER', 15, 'names a variable that is not set.'],
    [
      'a file that is not there',
      'file:globex.token',
      'file:other',
      22,
      'names a file that cannot be read (ENOENT).',
    ],
    ['a folder', 'file:globex.token', 'file:.', 22, 'names no file.'],
    [
      'a command that fails',
      'env:ACME',
      `exec:echo ${SECRET}; exit 3`,
      15,
      'names a command that failed (code 3).',
    ],
    ['a command that says nothing', 'env:ACME', 'exec:true', 15, 'names a command that prints nothing.'],
    [
      'an address that is none',
      'https://acme.okta.com',
      'acme.okta.com',
      14,
      'OKTA_CLIENT_ORGURL has no scheme.',
    ],
  ])('names %s', async (_, from, to, line, what) => {
    const found = await check((text) => text.replace(from, to));
    expect(found).toEqual([expect.stringContaining(what)]);
    expect(found[0]).toMatch(new RegExp(`^fleet\\.yaml:${line} `, 'u'));
  });

  it('names an organization that is there twice', async () => {
    const twice = (text: string) =>
      text.replace('https://globex.okta.com', 'https://acme.okta.com').replace('org-2', 'org-1');
    expect(await check(twice)).toEqual(['fleet.yaml:17 globex is the same organization as acme.']);
  });

  it('refuses the queue as a store', async () => {
    const found = await check(undefined, { ...env, STORE: 'postgresql://u:p@queue.example.com:5432/fleet' });
    expect(found).toEqual(['fleet.yaml:9 OPTIID_DATABASE_URL is the database of the queue.']);
  });

  it('says what is wrong with the defaults once', async () => {
    expect(await check(undefined, { ...env, STORE: undefined })).toEqual([
      'fleet.yaml:9 OPTIID_DATABASE_URL names a variable that is not set.',
    ]);
  });
});

describe('the environment of an audit', () => {
  it("has what the machine needs and one organization's settings, and nothing of the others", () => {
    const env = {
      PATH: '/bin',
      ACME: SECRET,
      FLEET_DATABASE_URL: SECRET,
      https_proxy: 'http://proxy',
      OKTA_CLIENT_TOKEN: SECRET,
    };
    expect(childEnvironment(env, { OKTA_CLIENT_TOKEN: 'own' })).toEqual({
      PATH: '/bin',
      https_proxy: 'http://proxy',
      OKTA_CLIENT_TOKEN: 'own',
    });
  });
});
