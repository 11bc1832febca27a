import { afterEach, describe, expect, it } from 'vitest';
import { type Fault, type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { clock, linkOf, send, smallOrg, walk } from './sandbox-client.ts';

let sandbox: OktaSandbox | undefined;
afterEach(() => sandbox?.close());

async function serve(fault?: Fault): Promise<OktaSandbox> {
  sandbox = await startOktaSandbox(smallOrg().okta, { now: clock });
  sandbox.setFault(fault && (() => fault));
  return sandbox;
}

const LIST = '/api/v1/users?limit=20';

describe('a fault of the Okta stand-in', () => {
  it('answers with another status and an error body of its kind', async () => {
    const answer = await send(await serve({ kind: 'status', status: 503 }), LIST);
    expect([answer.status, answer.json.errorCode]).toEqual([503, 'E0000009']);
    expect(answer.headers['x-rate-limit-remaining']).toBe('599');
  });

  it('answers with a page of HTML, as a proxy in between would', async () => {
    const answer = await send(
      await serve({ kind: 'status', status: 502, body: '<html>', headers: { via: 'proxy' } }),
      LIST,
    );
    expect([answer.status, answer.text, answer.headers.via]).toEqual([502, '<html>', 'proxy']);
    expect(answer.headers['content-type']).toBe('text/html');
  });

  it('never answers, and lets go when the server closes', async () => {
    const sandbox = await serve({ kind: 'hang' });
    const outcome = send(sandbox, LIST).then(
      () => 'answered',
      () => 'cut',
    );
    const first = await Promise.race([
      outcome,
      new Promise((resolve) => setTimeout(resolve, 150, 'waiting')),
    ]);
    expect(first).toBe('waiting');
    await sandbox.close();
    expect(await outcome).toBe('cut');
    expect(sandbox.requests.map((request) => request.status)).toEqual([0]);
  });

  it.each(['before-headers', 'within-body', 'within-sized-body'] as const)(
    'breaks the connection %s',
    async (when) => {
      await expect(send(await serve({ kind: 'reset', when }), LIST)).rejects.toThrow(
        /hang up|aborted|ECONNRESET/,
      );
    },
  );

  it('ends a listing early, with a full page or a shorter one', async () => {
    for (const rows of [undefined, 3]) {
      const answer = await send(await serve({ kind: 'early-end', ...(rows && { rows }) }), LIST);
      await sandbox?.close();
      expect(answer.json).toHaveLength(rows ?? 20);
      expect([linkOf(answer, 'self') !== undefined, linkOf(answer, 'next')]).toEqual([true, undefined]);
    }
  });

  it('cuts the JSON off in an answer that ends as it should', async () => {
    const answer = await send(await serve({ kind: 'truncate' }), LIST);
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^\[\{"id"/);
    expect(() => JSON.parse(answer.text)).toThrow(SyntaxError);
  });

  it('leaves out the Link headers', async () => {
    const answer = await send(await serve({ kind: 'drop-link' }), LIST);
    expect([answer.status, answer.json.length, answer.links]).toEqual([200, 20, []]);
  });

  it('leads the next link in a circle, or elsewhere', async () => {
    const sandbox = await serve({ kind: 'next-link', url: 'self' });
    const circle = await send(sandbox, LIST);
    expect(linkOf(circle, 'next')).toBe(linkOf(circle, 'self'));
    sandbox.setFault(() => ({ kind: 'next-link', url: 'https://elsewhere.example/api' }));
    expect(linkOf(await send(sandbox, LIST), 'next')).toBe('https://elsewhere.example/api');
  });

  it('puts an empty page into a listing without losing a row', async () => {
    const sandbox = await serve();
    const whole = await walk(sandbox, LIST);
    sandbox.setFault(({ count }) => (count % 2 === 0 ? { kind: 'empty-page' } : undefined));
    const holey = await walk(sandbox, LIST);
    expect(holey.rows).toEqual(whole.rows);
    expect(holey.pages.filter((page) => page.json.length === 0).length).toBeGreaterThan(1);
  });

  it('changes headers and bodies', async () => {
    const sandbox = await serve({ kind: 'headers', headers: { Date: null, 'X-Rate-Limit-Reset': '1' } });
    const { headers } = await send(sandbox, LIST);
    expect(headers['x-rate-limit-reset']).toBe('1');
    expect(headers.date).toBeUndefined();
    sandbox.setFault(() => ({ kind: 'rewrite', rewrite: (body) => ({ wrapped: body }) }));
    expect((await send(sandbox, LIST)).json.wrapped).toHaveLength(20);
  });

  it('can be a delay', async () => {
    const sandbox = await serve({ kind: 'delay', milliseconds: 80 });
    const began = performance.now();
    expect((await send(sandbox, LIST)).json).toHaveLength(20);
    expect(performance.now() - began).toBeGreaterThan(75);
  });

  it('can strike once and let the second attempt pass', async () => {
    const sandbox = await serve();
    sandbox.setFault(({ attempt, path }) =>
      attempt === 1 && path === '/api/v1/users' ? { kind: 'status', status: 500 } : undefined,
    );
    expect((await send(sandbox, LIST)).status).toBe(500);
    expect((await send(sandbox, LIST)).status).toBe(200);
    expect((await send(sandbox, '/api/v1/org')).status).toBe(200);
    sandbox.setFault();
    expect((await send(sandbox, '/api/v1/users?limit=1')).status).toBe(200);
    expect(sandbox.requests.map(({ path, query, status }) => [path, query, status])).toEqual([
      ['/api/v1/users', 'limit=20', 500],
      ['/api/v1/users', 'limit=20', 200],
      ['/api/v1/org', '', 200],
      ['/api/v1/users', 'limit=1', 200],
    ]);
  });
});
