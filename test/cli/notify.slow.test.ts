import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditError, SettingsError } from '../../src/domain/errors.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { type Notification, notifyOfFailure, notifyOfRun } from '../../src/notify/notification.ts';
import { sendNotification } from '../../src/notify/send-notification.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { troubledNight } from '../../src/sandbox/sample-nights.ts';
import { Desk, type Ending, expectRefusal, readRun, type Settings } from './support/cli.ts';
import { type Sides, startSides } from './support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });
/** As Slack writes them: whoever has the path may write into the channel. */
const KEY = 'T0SECRET0/B0SECRET0/xoxSecretKeyOfTheChannel';

/** A webhook on loopback, and what it was told. */
class Webhook {
  readonly told: Notification[] = [];
  readonly types: (string | undefined)[] = [];
  /** What is answered next, a status each; 204 when there is no more. `hang`: nothing. */
  answers: (number | 'hang' | { status: number; headers?: Record<string, string>; body?: string })[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Webhook> {
    const server = createServer();
    const webhook = new Webhook(server);
    server.on('request', (request, response) => void webhook.#take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return webhook;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/services/${KEY}`;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    this.types.push(request.headers['content-type']);
    this.told.push(JSON.parse(body) as Notification);
    const answer = this.answers.shift() ?? 204;
    if (answer === 'hang') return;
    const {
      status,
      headers = {},
      body: said = '',
    } = typeof answer === 'number' ? { status: answer } : answer;
    response.writeHead(status, headers).end(said);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let webhook: Webhook;
let desk: Desk;
beforeAll(async () => {
  [webhook, desk] = await Promise.all([Webhook.open(), Desk.open()]);
});
afterEach(() => {
  webhook.told.length = 0;
  webhook.answers = [];
});
afterAll(async () => {
  await webhook?.close();
  await desk?.close();
});

function expectNoAddress(text: string): void {
  for (const part of [webhook.url, KEY, 'xoxSecretKeyOfTheChannel', String(webhook.port)]) {
    expect(text).not.toContain(part);
  }
}

/** Every name of the world that is one: people's, as they are written anywhere, and groups'. */
function namesIn({ okta, store }: SandboxWorld): string[] {
  const people = [
    ...okta.users.flatMap(({ profile: { login, email, firstName, lastName } }) => [
      login,
      email,
      `${firstName} ${lastName}`,
      lastName ?? '',
    ]),
    ...store.users.flatMap(({ email, first_name, last_name }) => [
      email ?? '',
      `${first_name} ${last_name}`,
      last_name ?? '',
    ]),
    ...store.invitations.map(({ email }) => email),
  ];
  const groups = [...okta.groups.map(({ profile }) => profile.name), ...store.groups.map(({ name }) => name)];
  // What every org has is nobody's name.
  const everywhere = new Set(['Everyone', 'Administrators', 'Admin Center Administrators', '']);
  return [...new Set([...people, ...groups])].filter((name) => !everywhere.has(name) && name.length > 2);
}

describe('a drift run with findings', () => {
  let sides: Sides;
  let world: SandboxWorld;
  let ending: Ending;
  let told: Notification[];
  let runDir: string;
  let settings: Settings;

  beforeAll(async () => {
    world = troubledNight(new Date());
    sides = await startSides(world);
    settings = { ...sides.settings, AUDIT_NOTIFY_URL: webhook.url };
    ending = await desk.run(['drift', '--log', 'json'], settings);
    told = webhook.told.splice(0);
    runDir = desk.onlyRun();
  });
  afterAll(() => sides?.close());

  it('is told once, when it is in place: its verdict, its counts, its rules', () => {
    const run = readRun(runDir);
    expect(ending.code).toBe(1);
    expect(told).toEqual([
      {
        text: expect.stringMatching(/^\*drift\* of [\w-]+ on 127\.0\.0\.1_\d+: \*DRIFT: .+/u),
        job: 'drift',
        org: run.org,
        organization: world.organizationId,
        verdict: 'no-go',
        exit_code: 1,
        complete: true,
        counts: { severity: run.counts.severity, state: run.counts.state },
        rules: expect.arrayContaining([
          { rule: 'group-name-drifted', title: expect.any(String), severity: 'error', findings: 1 },
        ]),
        run: basename(runDir),
        started: run.snapshot.began,
      },
    ]);
    expect(webhook.types[0]).toMatch(/^application\/json/u);
    const [{ rules, text }] = told as [Notification];
    expect(rules.reduce((sum, { findings }) => sum + findings, 0)).toBe(
      run.counts.state.new + run.counts.state.known,
    );
    expect(text.split('\n').length).toBeLessThan(20);
  });

  it('with no e-mail, no name of a person or a group', () => {
    const names = namesIn(world);
    expect(names.length).toBeGreaterThan(60);
    const body = JSON.stringify(told);
    expect(body).not.toMatch(/[\w.]@[\w.]/u);
    expect(names.filter((name) => body.includes(name))).toEqual([]);
  });

  it('with --notify-names the ten worst are named', () => {
    const findings = readFileSync(join(runDir, 'findings.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    const run = readRun(runDir);
    const { findings: named, text } = notifyOfRun(
      { run, name: 'x', findings },
      { titles: new Map(), withNames: true },
    );
    expect(named).toHaveLength(10);
    expect(named?.[0]).toEqual({
      rule: findings[0]?.rule,
      severity: findings[0]?.severity,
      state: 'new',
      subject: findings[0]?.subject,
    });
    expect(namesIn(world).some((name) => text.includes(name))).toBe(true);
  });

  it('lets nobody see the address, and with --log json says all on stderr in JSON', () => {
    expectNoAddress(ending.stdout + ending.stderr);
    expect(ending.stdout).toMatch(/^DRIFT: /mu);
    const lines = ending.stderr.trimEnd().split('\n');
    const events = lines.map((line) => {
      const { time, level, event, message } = JSON.parse(line) as Record<string, string>;
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u);
      expect(['info', 'warning', 'error']).toContain(level);
      expect(message).toBeTruthy();
      return event;
    });
    expect(new Set(events)).toEqual(new Set(['dataset-read', 'forecast', 'forecast-against-fact', 'phase']));
    const phases = lines.map((line) => JSON.parse(line).phase).filter((phase) => phase !== undefined);
    expect(phases).toEqual(['analyse', 'judge', 'report', 'plan']);
    const apps = lines.map((line) => JSON.parse(line)).find(({ dataset }) => dataset === 'okta.apps');
    expect(apps).toMatchObject({
      rows: readRun(runDir).datasets['okta.apps'].rows,
      completeness: 'complete',
    });
  });

  it('keeps its code and its run where the webhook fails: that is a warning', async () => {
    const other = await Desk.open();
    webhook.answers = [{ status: 404, body: 'no_service' }];
    const again = await other.audit('drift', settings);
    expect(again.code).toBe(1);
    expect(readRun(other.onlyRun()).exit_code).toBe(1);
    expect(again.stderr).toMatch(
      /^Warning: The webhook was not notified: it answered HTTP 404 \(no_service\)\.$/mu,
    );
    expectNoAddress(again.stderr + again.stdout);
    expect(webhook.told).toHaveLength(1);
    await other.close();
  });
});

describe('a run that fails', () => {
  it('is told as failed, without what the settings say', async () => {
    const settings = {
      OKTA_CLIENT_ORGURL: 'https://acme.okta.com',
      OPTIID_DATABASE_URL: 'mysql://ada:pw-that-is-secret@db/opti',
      AUDIT_NOTIFY_URL: webhook.url,
    };
    await expect(desk.audit('drift', settings, { quiet: true })).rejects.toThrow(SettingsError);
    expect(webhook.told).toEqual([
      {
        text: [
          '*drift*: *FAILED: there is no run, so nothing is known of this time.*',
          'Wrong: OKTA_CLIENT_TOKEN, OPTIID_DATABASE_URL, OPTIID_ORGANIZATION.',
          'Exit code 2. What it said on the machine that it ran on says more.',
        ].join('\n'),
        job: 'drift',
        org: null,
        organization: null,
        verdict: 'failed',
        exit_code: 2,
        complete: false,
        counts: null,
        rules: [],
        run: null,
        started: expect.stringMatching(/Z$/u),
      },
    ]);
  });

  it('names the org where it is known, and what could not be reached', async () => {
    const settings = {
      OKTA_CLIENT_ORGURL: 'http://127.0.0.1:9',
      OKTA_CLIENT_TOKEN: '00token-nobody-may-see',
      OPTIID_DATABASE_URL: 'postgresql://reader:pw-that-is-secret@127.0.0.1:9/opti',
      OPTIID_ORGANIZATION: 'org-1',
      AUDIT_NOTIFY_URL: webhook.url,
    };
    await expect(desk.audit('precutover', settings, { quiet: true })).rejects.toThrow(AuditError);
    expect(webhook.told).toHaveLength(1);
    const [{ text, ...about }] = webhook.told as [Notification];
    expect(about).toMatchObject({ job: 'precutover', org: '127.0.0.1_9', organization: 'org-1' });
    expect(text).toMatch(/cannot be reached|was refused/u);
    expect(text).not.toMatch(/nobody-may-see|pw-that-is-secret/u);
  });

  it('tells no name that a message holds, unless names are asked for', () => {
    const about = {
      job: 'drift',
      org: null,
      organization: null,
      started: '2026-11-24T03:15:00.000Z',
    } as const;
    const error = new AuditError(
      'Cannot read /home/ada.lovelace/waivers.csv of "Editors Berlin" for ada@example.com: <!channel> & more',
      { hint: '' },
    );
    const text = (thrown: unknown, withNames: boolean) =>
      notifyOfFailure(thrown, about, { withNames }).text.split('\n')[1];
    expect(text(error, false)).toBe('Cannot read … of "…" for …: &lt;!channel&gt; &amp; more');
    expect(text(error, true)).toContain('Editors Berlin');
    const settings = new SettingsError([
      { where: '/home/ada/waivers.csv:3', what: 'There is no rule "Ada".', hint: '' },
      { where: 'AUDIT_PUSH_GROUPS', what: 'names no group: Editors.', hint: '' },
    ]);
    expect(text(settings, false)).toBe('Wrong: a file that a flag names, AUDIT_PUSH_GROUPS.');
    expect(text(new TypeError('ada@example.com is undefined'), false)).toBe('A bug in optiid-audit.');
  });
});

describe('the address', () => {
  it.each([
    ['ftp://hooks.example.com/services/xoxSecretKey', 'must begin with https://'],
    ['http://hooks.example.com/services/xoxSecretKey', 'must begin with https://'],
    ['https://ada:xoxSecretKey@hooks.example.com/services', 'holds a user name or password'],
    ['hooks.example.com/services/xoxSecretKey', 'is not a URL'],
    ['', 'is blank'],
  ])('%s is refused before anything is read', async (address, why) => {
    for (const [flags, env, where] of [
      [{ notify: address }, {}, '--notify'],
      [{}, { AUDIT_NOTIFY_URL: address }, 'AUDIT_NOTIFY_URL'],
    ] as const) {
      // An empty setting is one that is not set.
      if (where === 'AUDIT_NOTIFY_URL' && address === '') continue;
      const error = await desk
        .audit('drift', env, { ...flags, snapshot: '/nowhere' })
        .catch((thrown) => thrown);
      expect(error).toBeInstanceOf(SettingsError);
      expect(error.message).toContain(`${where}: ${why}`);
      expect(error.message + error.hint).not.toContain('xoxSecretKey');
    }
    expect(webhook.told).toEqual([]);
  });

  it('names are not asked for without one', async () => {
    await expect(desk.audit('drift', {}, { notifyNames: true, snapshot: '/nowhere' })).rejects.toThrow(
      '--notify-names: says nothing without a webhook.',
    );
  });

  it('is hidden even where commander repeats what it was given', async () => {
    const secret = 'https://hooks.example.com/services/T0/B0/xoxSecretKey';
    for (const log of ['text', 'json']) {
      const ending = await desk.run(['drift', `--log=${log}`, `--notfy=${secret}`]);
      expect(ending.code).toBe(2);
      expect(ending.stdout + ending.stderr).not.toContain('xoxSecretKey');
      expect(ending.stderr).toContain('[hidden]');
      if (log === 'text') expect(ending.stderr).toMatch(/^error: unknown option/u);
      else {
        expect(JSON.parse(ending.stderr)).toMatchObject({
          level: 'error',
          event: 'usage',
          message: expect.stringMatching(/^unknown option/u),
          hint: 'Run optiid-audit drift --help for its flags and examples.',
        });
      }
    }
  });

  it('failures are JSON as well with --log json', async () => {
    const ending = await desk.run([
      'drift',
      '--log',
      'json',
      '--notify',
      'http://hooks.example.com/xoxSecretKey',
    ]);
    expect(ending).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(ending.stderr)).toMatchObject({
      level: 'error',
      event: 'failed',
      message: expect.stringContaining('--notify: must begin with https://'),
      hint: expect.stringContaining('Correct them all'),
    });
    expect(ending.stderr).not.toContain('xoxSecretKey');
    expectRefusal(await desk.run(['drift', '--notify', 'http://hooks.example.com/xoxSecretKey']));
  });
});

describe('sending', () => {
  const notification = notifyOfFailure(
    new AuditError('It failed.', { hint: '' }),
    { job: 'drift', org: 'acme.okta.com', organization: 'org-1', started: '2026-11-24T03:15:00.000Z' },
    { withNames: false },
  );
  const send = (url = webhook.url, env: Settings = {}, timeoutMs = 2_000) =>
    sendNotification(url, notification, { env, timeoutMs, waitMs: 5, signal: new AbortController().signal });

  it.each<[name: string, answers: Webhook['answers'], reason: string | null, tries: number]>([
    ['200', [200], null, 1],
    ['a server error that passes', [503, 200], null, 2],
    ['a server error that stays', [500, 502], 'it answered HTTP 502 (after 2 tries)', 2],
    ['too many requests', [{ status: 429, headers: { 'retry-after': '0' } }], null, 2],
    [
      'more patience than there is',
      [{ status: 429, headers: { 'retry-after': '3600' } }],
      'it answered HTTP 429',
      1,
    ],
    ['a refusal', [{ status: 403, body: 'invalid_token' }], 'it answered HTTP 403 (invalid_token)', 1],
    ['a long answer', [{ status: 400, body: '<html>xoxSecretKey' }], 'it answered HTTP 400', 1],
    [
      'a redirect',
      [{ status: 302, headers: { location: 'https://elsewhere.example.com' } }],
      'it answered with a redirect (HTTP 302), which is not followed',
      1,
    ],
  ])('%s', async (_, answers, reason, tries) => {
    webhook.answers = answers;
    expect(await send()).toBe(reason);
    expect(webhook.told).toHaveLength(tries);
  });

  it('no answer in time is tried twice', async () => {
    webhook.answers = ['hang', 'hang'];
    expect(await send(webhook.url, {}, 150)).toBe('no answer came within 0.15 s (after 2 tries)');
    expect(webhook.told).toHaveLength(2);
  });

  it('a refused connection and a host that does not exist are told in words', async () => {
    const gone = await Webhook.open();
    const { url } = gone;
    await gone.close();
    expect(await send(url)).toBe('the connection was refused');
    expect(await send('https://nowhere.invalid/xoxSecretKey')).toMatch(/^the host name/u);
  });

  it('is given up when the run is interrupted', async () => {
    webhook.answers = ['hang'];
    const stopping = new AbortController();
    const sent = sendNotification(webhook.url, notification, { env: {}, signal: stopping.signal });
    await vi.waitFor(() => expect(webhook.told).toHaveLength(1));
    stopping.abort();
    expect(await sent).toBe('the run was interrupted');
  });

  it('goes through HTTPS_PROXY, around it for NO_PROXY and loopback', async () => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const env = { HTTPS_PROXY: `http://ada:proxy-password@127.0.0.1:${port}` };
    try {
      expect(await send('https://hooks.invalid/services/xoxSecretKey', env)).toBe('the connection broke');
      expect(asked).toEqual(['hooks.invalid:443']);
      expect(
        await send('https://hooks.invalid/services/xoxSecretKey', {
          ...env,
          NO_PROXY: '.invalid,hooks.invalid',
        }),
      ).toMatch(/^the host name/u);
      expect(await send(webhook.url, env)).toBeNull();
      expect(asked).toHaveLength(1);
      expect(await send('https://hooks.invalid/', { HTTPS_PROXY: 'not a proxy' })).toBe(
        'it could not be sent',
      );
    } finally {
      await new Promise((resolve) => proxy.close(resolve));
    }
  });
});
