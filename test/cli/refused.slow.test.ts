import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateWorld } from '../../src/sandbox/generate-world.ts';
import { Desk, expectRefusal, readCsv, readRun, type Settings } from './support/cli.ts';
import { jsonOf } from './support/json.ts';
import { type Sides, startSides } from './support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS });

let sides: Sides;
let settings: Settings;
let desk: Desk;

beforeAll(async () => {
  sides = await startSides(generateWorld({ seed: 3, users: 12, groups: 3, phase: 'after' }));
  settings = sides.settings;
}, PATIENCE_MS);

afterAll(async () => {
  await sides?.close();
}, PATIENCE_MS);

beforeEach(async () => {
  desk = await Desk.open();
  return () => desk.close();
});

/** Runs precutover, which is refused and leaves nothing, and returns what it said. */
async function refusal(changed: Settings, args: readonly string[] = ['precutover']): Promise<string> {
  const ending = await desk.run(args, { ...settings, ...changed });
  expectRefusal(ending);
  expect(desk.leftBehind()).toEqual([]);
  for (const secret of secretsOf({ ...settings, ...changed })) expect(ending.stderr).not.toContain(secret);
  return ending.stderr;
}

function secretsOf(given: Settings): string[] {
  const database = given.OPTIID_DATABASE_URL ?? '';
  const password = URL.canParse(database) ? decodeURIComponent(new URL(database).password) : '';
  return [given.OKTA_CLIENT_TOKEN ?? '', database, password].filter((secret) => secret !== '');
}

describe('an org where nothing is wrong', () => {
  it(
    'ends with 0; with --fail-on warning the one warning makes it 1',
    async () => {
      const ending = await desk.run(['precutover'], settings);
      expect(ending.code).toBe(0);
      expect(ending.stdout).toMatch(/^GO: nothing at or above error was found\./mu);
      const run = readRun(desk.onlyRun());
      expect(run).toMatchObject({
        verdict: 'go',
        exit_code: 0,
        counts: { severity: { error: 0, warning: 1 } },
      });

      const again = await Desk.open();
      const strict = ['precutover', '--snapshot', desk.onlyRun(), '--fail-on', 'warning'];
      const { code, stdout } = await again.run(strict);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^NO-GO: /mu);
      expect(readRun(again.onlyRun())).toMatchObject({ verdict: 'no-go', exit_code: 1, fail_on: 'warning' });
      await again.close();
    },
    PATIENCE_MS,
  );
});

describe('settings', () => {
  const wrong: Record<string, readonly [changed: Settings, message: RegExp, hint: RegExp]> = {
    'no token': [{ OKTA_CLIENT_TOKEN: '' }, /OKTA_CLIENT_TOKEN: is not set/u, /PrivateKey/u],
    'an org URL without scheme': [
      { OKTA_CLIENT_ORGURL: 'acme.okta.com' },
      /OKTA_CLIENT_ORGURL: has no scheme/u,
      /Write https:\/\/acme\.okta\.com\./u,
    ],
    'the address of the Admin Console': [
      { OKTA_CLIENT_ORGURL: 'https://acme-admin.okta.com' },
      /OKTA_CLIENT_ORGURL: is the address of the Admin Console/u,
      /Write https:\/\/acme\.okta\.com\./u,
    ],
    'plain http to another machine': [
      { OKTA_CLIENT_ORGURL: 'http://acme.okta.com' },
      /OKTA_CLIENT_ORGURL: must begin with https:\/\//u,
      /Write https:\/\/acme\.okta\.com\./u,
    ],
  };
  it.each(Object.entries(wrong))(
    '%s: said, with what to write instead',
    async (_, [changed, message, hint]) => {
      const said = await refusal(changed);
      expect(said).toMatch(message);
      expect(said).toMatch(hint);
    },
  );

  it('every mistake is listed at once, those of .env by their line', async () => {
    writeFileSync(
      join(desk.folder, '.env'),
      'OPTIID_ORGANIZATION=org-1\n\nthis is not a setting\nAUDIT_LOG_DAYS=1000\nAUDIT_SCIM_APP="never closed\n',
    );
    const said = await refusal({
      OKTA_CLIENT_ORGURL: 'acme.okta.com',
      OKTA_CLIENT_TOKEN: 'SSWS 00abcdef',
      OPTIID_DATABASE_URL: 'mysql://audit:secret-word@db/opti',
      AUDIT_OKTA_BUDGET: '0',
    });
    expect(said).toContain('7 settings are wrong');
    for (const where of [
      '.env:3',
      '.env:5',
      'AUDIT_LOG_DAYS',
      'OKTA_CLIENT_ORGURL',
      'OKTA_CLIENT_TOKEN',
      'OPTIID_DATABASE_URL',
      'AUDIT_OKTA_BUDGET',
    ]) {
      expect(said).toMatch(new RegExp(`^ {2}- ${where.replace('.', '\\.')}: .+`, 'mu'));
    }
    expect(said).not.toContain('secret-word');
  });

  it('the environment wins over .env, and an empty one does not', async () => {
    writeFileSync(
      join(desk.folder, '.env'),
      'OKTA_CLIENT_ORGURL=https://acme.okta.com\nAUDIT_LAG_MINUTES=soon\n',
    );
    const ending = await desk.run(['collect', '--only', 'okta', '--json', '--quiet'], {
      ...settings,
      AUDIT_LAG_MINUTES: '5',
      AUDIT_LOG_DAYS: '',
    });
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(jsonOf('collect', ending.stdout)).toMatchObject({ job: 'collect', exit_code: 0 });
  });
});

describe('flags', () => {
  const wrong: Record<string, readonly [args: readonly string[], message: RegExp]> = {
    'an unknown command': [['precutver'], /unknown command 'precutver'/u],
    'an unknown flag': [
      ['precutover', '--snapshoot', 'x'],
      /unknown option '--snapshoot'\s+\(Did you mean --snapshot/u,
    ],
    'an unknown severity': [
      ['precutover', '--fail-on', 'fatal'],
      /'fatal' is invalid.*blocker, error, warning, info/u,
    ],
    'an unknown side': [['collect', '--only', 'entra'], /'entra' is invalid.*okta, opti-id/u],
    'a flag without its value': [['precutover', '--snapshot'], /argument missing/u],
    'a blank folder': [['precutover', '--out', ''], /'--out <folder>'.*blank/u],
    'a word too many': [['precutover', 'now'], /too many arguments/u],
  };
  it.each(Object.entries(wrong))(
    '%s: code 2, the message and where help is',
    async (what, [args, message]) => {
      const ending = await desk.run(args, settings);
      expect(ending).toMatchObject({ code: 2, stdout: '' });
      expect(ending.stderr).toMatch(message);
      // Of the command, where there is such a command.
      const command = what === 'an unknown command' ? '' : ` ${args[0]}`;
      expect(ending.stderr).toContain(`optiid-audit${command} --help`);
      expect(ending.stderr).not.toMatch(/^\s+at /mu);
      expect(desk.leftBehind()).toEqual([]);
    },
  );

  it('no command at all: code 2 and the help', async () => {
    const ending = await desk.run([]);
    expect(ending).toMatchObject({ code: 2, stdout: '' });
    expect(ending.stderr).toContain('Usage: optiid-audit');
  });
});

describe('the Okta side', () => {
  let other: Server;
  let answer: { status: number; type: string; body: string };
  let otherUrl: string;

  beforeAll(async () => {
    other = createServer((_, response) => {
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    other.close();
  });

  it('does not know the token', async () => {
    const said = await refusal({ OKTA_CLIENT_TOKEN: '00a-token-of-another-org' });
    expect(said).toMatch(/Okta refused the token: .*Invalid token provided/u);
    expect(said).toContain('Check OKTA_CLIENT_TOKEN');
  });

  it('lets the token read no apps', async () => {
    sides.okta.setFault(({ path }) =>
      path === '/api/v1/apps' ? { kind: 'status', status: 403 } : undefined,
    );
    try {
      const said = await refusal({});
      expect(said).toContain('does not let these credentials read apps');
      expect(said).toContain('Read-only Administrator');
    } finally {
      sides.okta.setFault();
    }
  });

  it('is a closed port', async () => {
    const said = await refusal({ OKTA_CLIENT_ORGURL: 'http://127.0.0.1:1' });
    expect(said).toMatch(/http:\/\/127\.0\.0\.1:1 cannot be reached: .*refused/u);
    expect(said).toContain('Check OKTA_CLIENT_ORGURL');
  });

  it('is a host that does not exist', async () => {
    const said = await refusal({ OKTA_CLIENT_ORGURL: 'https://acme.invalid' });
    expect(said).toMatch(/https:\/\/acme\.invalid cannot be reached: .*resolve/u);
  });

  it('is a web page', async () => {
    answer = { status: 200, type: 'text/html', body: '<!doctype html><title>Intranet</title>' };
    const said = await refusal({ OKTA_CLIENT_ORGURL: otherUrl });
    expect(said).toMatch(/is not an Okta org: .*no valid JSON/u);
    expect(said).toContain('it is the org itself');
  });

  it('is a server that knows no such path', async () => {
    answer = { status: 404, type: 'text/plain', body: 'nothing here' };
    expect(await refusal({ OKTA_CLIENT_ORGURL: otherUrl })).toMatch(/is not an Okta org: .*HTTP 404/u);
  });

  it('has no app that AUDIT_SSO_APP names', async () => {
    const said = await refusal({ AUDIT_SSO_APP: 'Opti ID of old' });
    expect(said).toContain('AUDIT_SSO_APP: "Opti ID of old" names no app of this org.');
    expect(said).toContain(`"${sides.okta.okta.apps[0]?.label}"`);
  });

  it('has no group that an entry of AUDIT_PUSH_GROUPS matches: each such entry is named, and no other', async () => {
    const group = sides.okta.okta.groups.find(({ type }) => type === 'OKTA_GROUP')?.profile.name;
    const said = await refusal({ AUDIT_PUSH_GROUPS: `${group},No such group,Nobody-*` });
    expect(said).toContain('"No such group" matches no Okta group.');
    expect(said).toContain('"Nobody-*" matches no Okta group.');
    expect(said).not.toContain(`"${group}" matches`);
  });

  it('has no app that AUDIT_SCIM_APP names: that is a finding, and the run says so', async () => {
    const ending = await desk.run(['precutover'], { ...settings, AUDIT_SCIM_APP: 'SCIM of old' });
    expect(ending.code).toBe(1);
    const findings = readCsv(desk.onlyRun(), 'findings').filter((row) => row.rule === 'scim-app-missing');
    expect(findings).toMatchObject([{ severity: 'blocker', subject: 'SCIM of old', okta_id: '' }]);
    expect(ending.stdout).toMatch(/ {2}- SCIM of old \(scim-app-missing\): .*AUDIT_SCIM_APP.+\./u);
    expect(readRun(desk.onlyRun())).toMatchObject({ scim_app: null, verdict: 'no-go' });
  });
});

describe('both sides', () => {
  it('are told about when both fail', async () => {
    const said = await refusal({
      OKTA_CLIENT_TOKEN: '00a-token-of-another-org',
      OPTIID_ORGANIZATION: 'no-such-organization',
    });
    expect(said).toContain('Okta refused the token');
    expect(said).toContain('knows no organization "no-such-organization"');
    expect(said.match(/^Error: /gmu)).toHaveLength(2);
    expect(said.match(/^Hint: /gmu)).toHaveLength(2);
  });
});
