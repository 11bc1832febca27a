import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IncompleteRead } from '../../src/domain/errors.ts';
import { OktaReadFailure } from '../../src/okta/failures.ts';
import { type OktaRequests, openOkta } from '../../src/okta/requests.ts';
import { type Fault, oktaError, type Reply, ScriptedOkta } from './support/scripted-okta.ts';
import { oktaSettings, TOKEN } from './support/small-org.ts';
import { type VirtualTools, virtualTools } from './support/virtual-tools.ts';

const PATH = '/api/v1/groups/00g1';
const GOOD = { body: { id: '00g1' } };
const ATTEMPT_TIMEOUT_MS = 300;

let okta: ScriptedOkta;
let tools: VirtualTools;
let requests: OktaRequests;
let onHeaders: () => void;

beforeEach(async () => {
  okta = await ScriptedOkta.start();
  tools = virtualTools();
  onHeaders = () => {};
  const onAnswer = (): void => onHeaders();
  requests = await openOkta(oktaSettings(okta), { tools, onAnswer, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS });
});

afterEach(async () => {
  vi.useRealTimers();
  await okta.stop();
});

/** The path's fault. Of one that hangs the time runs out when it has come as far as it will, however slow that was. */
function strike(fault: Reply): () => Reply {
  if (fault !== 'hang' && fault !== 'hang-in-body') return () => fault;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const runOut = (): void => void setImmediate(() => vi.advanceTimersByTime(ATTEMPT_TIMEOUT_MS));
  return () => {
    if (fault === 'hang') runOut();
    else {
      onHeaders = () => {
        onHeaders = () => {};
        runOut();
      };
    }
    return fault;
  };
}

async function failureOf(url: string): Promise<OktaReadFailure> {
  const error = await requests.getJson(url).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OktaReadFailure);
  expect(error).toBeInstanceOf(IncompleteRead);
  return error as OktaReadFailure;
}

/** HTTP 429 as Okta sends it, its window ending so many seconds from now. */
function tooMany(resetInSeconds: number | null, limit = 100, more: Record<string, string> = {}): Reply {
  const headers: Record<string, string> = {
    'x-rate-limit-limit': String(limit),
    'x-rate-limit-remaining': '0',
    ...more,
  };
  if (resetInSeconds !== null) {
    headers['x-rate-limit-reset'] = String(Math.floor(Date.now() / 1000) + resetInSeconds);
  }
  return { ...(oktaError(429, 'E0000047', 'API call exceeded rate limit') as object), headers };
}

describe('faults that pass are waited out', () => {
  const passing: [string, Reply][] = [
    ['HTTP 500', oktaError(500, 'E0000009', 'Internal Server Error')],
    ['HTTP 502 with no body', { status: 502, text: '' }],
    [
      'HTTP 503 with HTML',
      { status: 503, text: '<html>busy</html>', headers: { 'content-type': 'text/html' } },
    ],
    ['HTTP 504', { status: 504, text: 'timeout' }],
    ['a reset before the answer', 'reset'],
    ['a reset in the body', 'reset-in-body'],
    ['a reset in a body of chunks', 'reset-in-chunks'],
    ['JSON that is cut off', 'cut-json'],
    ['an answer that never comes', 'hang'],
    ['a body that never ends', 'hang-in-body'],
  ];

  it.each(passing)('%s', async (_what, fault) => {
    const struck = strike(fault);
    okta.on(PATH, (_request, nth) => (nth === 1 ? struck() : GOOD));
    const { body } = await requests.getJson(requests.url(PATH));
    expect(body).toEqual({ id: '00g1' });
    expect(okta.hits(PATH)).toBe(2);
    expect(tools.slept).toEqual([250 * 0.75]);
  });

  it('tells when a refused request is repeated, while it waits', async () => {
    const { sleep } = tools;
    const seen: (number | null)[] = [requests.state().repeatsInMs];
    tools.sleep = (ms) => {
      seen.push(requests.state().repeatsInMs);
      return sleep(ms);
    };
    okta.sequence(PATH, oktaError(500, 'E0000009', 'Internal Server Error'), GOOD);
    await requests.getJson(requests.url(PATH));
    expect([...seen, requests.state().repeatsInMs]).toEqual([null, 250 * 0.75, null]);
  });

  it('waits longer each time, and gives up after five tries', async () => {
    okta.on(PATH, oktaError(503, 'E0000010', 'Read only mode'));
    const failure = await failureOf(requests.url(PATH, { q: 'secret' }));
    expect(failure.message).toBe(`GET ${PATH} answered HTTP 503 (E0000010: Read only mode) (after 5 tries)`);
    expect(failure.kind).toBe('server');
    expect(okta.hits(PATH)).toBe(5);
    expect(tools.slept).toEqual([250, 500, 1000, 2000].map((ms) => ms * 0.75));
  });

  const persistent: [Fault, string, OktaReadFailure['kind']][] = [
    ['reset', 'failed: the connection was reset', 'transport'],
    ['reset-in-body', 'failed: the answer broke off', 'transport'],
    ['reset-in-chunks', 'failed: the answer broke off', 'transport'],
    ['cut-json', 'answered with no valid JSON', 'not-okta'],
    ['hang', 'was not answered in time', 'timeout'],
    ['hang-in-body', 'was not answered in time', 'timeout'],
  ];

  it.each(persistent)('%s for ever is an incomplete read', async (fault, words, kind) => {
    okta.on(PATH, strike(fault));
    const failure = await failureOf(requests.url(PATH));
    expect(failure.message).toContain(`GET ${PATH} ${words}`);
    expect(failure.kind).toBe(kind);
    expect(okta.hits(PATH)).toBe(5);
  });

  it('counts every attempt for the dataset', async () => {
    okta.sequence(PATH, 'reset', { status: 503, text: '' }, GOOD);
    let attempts = 0;
    await requests.getJson(requests.url(PATH), { onAttempt: () => (attempts += 1) });
    expect(attempts).toBe(3);
    expect(requests.attempts).toBe(3);
  });

  it('takes bodies far larger than 64 KB', async () => {
    const long = 'x'.repeat(3_000_000);
    okta.on(PATH, { body: { long } });
    const { body } = await requests.getJson(requests.url(PATH));
    expect((body as { long: string }).long).toHaveLength(3_000_000);
  });
});

describe('answers that stay as they are', () => {
  it.each([
    [400, 'bad-request'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [405, 'bad-request'],
    [501, 'server'],
  ])('HTTP %i is not repeated', async (status, kind) => {
    okta.on(PATH, oktaError(status, 'E0000099', 'No'));
    const failure = await failureOf(requests.url(PATH));
    expect(failure).toMatchObject({ kind, httpStatus: status, oktaCode: 'E0000099' });
    expect(failure.message).toBe(`GET ${PATH} answered HTTP ${status} (E0000099: No)`);
    expect(okta.hits(PATH)).toBe(1);
  });

  it('names the scope that is missing', async () => {
    okta.on(PATH, {
      ...(oktaError(403, 'E0000006', 'You do not have permission') as object),
      headers: {
        'www-authenticate':
          'Bearer authorization_uri="http://x/authorize", realm="x", scope="okta.groups.read", error="insufficient_scope", error_description="Insufficient scope"',
      },
    });
    expect((await failureOf(requests.url(PATH))).message).toMatch(
      /, the scope okta\.groups\.read is missing$/,
    );
  });

  it('HTTP 401 ends all asking, for those who wait for their turn too', async () => {
    okta.on(PATH, oktaError(401, 'E0000011', 'Invalid token provided'));
    const urls = Array.from({ length: 12 }, () => requests.url(PATH));
    const failures = await Promise.all(urls.map(failureOf));
    expect(failures.every((failure) => failure.kind === 'credentials')).toBe(true);
    // The first request of a bucket goes alone, to learn its limit.
    expect(okta.hits(PATH)).toBe(1);
    await failureOf(requests.url('/api/v1/logs'));
    expect(okta.hits('/api/v1/logs')).toBe(0);
  });

  it('HTTP 401 for a feature that the org lacks ends nothing', async () => {
    okta.on(PATH, oktaError(401, 'E0000015', 'You do not have permission to access the feature'));
    okta.on('/api/v1/groups/00g2', GOOD);
    expect((await failureOf(requests.url(PATH))).kind).toBe('forbidden');
    await expect(requests.getJson(requests.url('/api/v1/groups/00g2'))).resolves.toBeDefined();
  });

  it('a redirect is not followed, not even to the same server', async () => {
    okta.on(PATH, { status: 302, headers: { location: '/api/v1/groups/00g2' }, text: '' });
    okta.on('/api/v1/groups/00g2', GOOD);
    const failure = await failureOf(requests.url(PATH));
    expect(failure.message).toBe(`GET ${PATH} answered with a redirect (HTTP 302), which is not followed`);
    expect(okta.seen).toHaveLength(1);
  });

  it('a page of HTML with HTTP 404 is told by its status, not by its text', async () => {
    okta.on(PATH, { status: 404, text: '<html>long page</html>', headers: { 'content-type': 'text/html' } });
    expect((await failureOf(requests.url(PATH))).message).toBe(`GET ${PATH} answered HTTP 404`);
  });
});

describe('the rate limit', () => {
  it('waits for the reset, taken between the server’s own two clocks, and one second more', async () => {
    tools.advance(-86_400_000);
    okta.sequence(PATH, tooMany(20), GOOD);
    await requests.getJson(requests.url(PATH));
    const [first] = tools.slept;
    // Date and reset are cut to whole seconds and may fall into two different ones.
    expect(first).toBeGreaterThanOrEqual(20_000);
    expect(first).toBeLessThanOrEqual(21_250);
  });

  const odd: [string, Reply][] = [
    ['without a reset', tooMany(null)],
    ['with a reset in the past', tooMany(-300)],
    ['with a reset that is no number', tooMany(null, 100, { 'x-rate-limit-reset': 'soon' })],
  ];

  it.each(odd)('%s it waits a second and goes on', async (_what, reply) => {
    okta.sequence(PATH, reply, reply, GOOD);
    await requests.getJson(requests.url(PATH));
    // A request that waits for its budget sleeps as well, so only the order and the least are certain.
    expect(tools.slept.slice(0, 1)).toEqual([1_250]);
    expect(okta.hits(PATH)).toBe(3);
  });

  it('takes the later one of a header that is sent twice', async () => {
    const now = Math.floor(Date.now() / 1000);
    okta.sequence(PATH, tooMany(null, 100, { 'x-rate-limit-reset': `${now + 5}, ${now + 30}` }), GOOD);
    await requests.getJson(requests.url(PATH));
    expect(tools.slept[0]).toBeGreaterThanOrEqual(30_000);
  });

  it('never waits longer than two minutes at once', async () => {
    okta.sequence(PATH, tooMany(86_400), GOOD);
    await requests.getJson(requests.url(PATH));
    expect(tools.slept[0]).toBe(120_250);
  });

  it('waits only a moment when too many requests ran at the same time', async () => {
    okta.sequence(PATH, tooMany(40, 0), GOOD);
    await requests.getJson(requests.url(PATH));
    expect(tools.slept).toEqual([750]);
  });

  it('gives up after eight waits', async () => {
    okta.on(PATH, tooMany(1));
    const failure = await failureOf(requests.url(PATH));
    expect(failure.kind).toBe('rate-limit');
    expect(failure.message).toContain(
      'answered HTTP 429 (E0000047: API call exceeded rate limit) (after 8 waits)',
    );
    expect(okta.hits(PATH)).toBe(9);
  });
});

describe('secrets', () => {
  it('does not repeat the token, whatever a server says', async () => {
    const echo = `you sent SSWS ${TOKEN} and ${TOKEN.slice(0, 8)}`;
    okta.on(PATH, oktaError(403, TOKEN, echo));
    const failure = await failureOf(requests.url(PATH));
    expect(failure.message).not.toContain(TOKEN);
    expect(failure.message).toContain('[secret]');
    expect(JSON.stringify(failure)).not.toContain(TOKEN);
  });

  it('does not keep the token in what an error holds', async () => {
    const { inspect } = await import('node:util');
    for (const reply of [
      'reset',
      'hang',
      oktaError(500, 'E0000009', 'x'),
      oktaError(404, 'x', 'y'),
    ] as Reply[]) {
      okta.on(PATH, reply);
      const failure = await failureOf(requests.url(PATH));
      expect(inspect(failure, { depth: 12, showHidden: true })).not.toContain(TOKEN);
    }
  });

  it('cuts long and many-lined words of a server to one short line', async () => {
    okta.on(PATH, oktaError(403, 'E1', `first\nsecond\u001b[31m ${'long '.repeat(500)}`));
    const { message } = await failureOf(requests.url(PATH));
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(400);
  });
});
