import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { bucketOf } from '../../src/sandbox/okta-rate-limits.ts';
import {
  type OktaSandbox,
  type OktaSandboxOptions,
  startOktaSandbox,
} from '../../src/sandbox/okta-server.ts';
import { clock, NOW, type Received, send, smallOrg } from './sandbox-client.ts';

let sandbox: OktaSandbox | undefined;
afterEach(() => sandbox?.close());

async function serve(options: OktaSandboxOptions = {}): Promise<OktaSandbox> {
  sandbox = await startOktaSandbox(smallOrg().okta, { now: clock, ...options });
  return sandbox;
}

function rateOf({ headers }: Received) {
  return ['limit', 'remaining', 'reset'].map((name) => Number(headers[`x-rate-limit-${name}`]));
}

describe('the rate limits of the Okta stand-in', () => {
  const second = clock().getTime() / 1000;

  it('count every request of a bucket and say when the window ends', async () => {
    const sandbox = await serve();
    expect(rateOf(await send(sandbox, '/api/v1/logs'))).toEqual([120, 119, second + 60]);
    expect(rateOf(await send(sandbox, '/api/v1/logs'))).toEqual([120, 118, second + 60]);
    expect(rateOf(await send(sandbox, '/api/v1/org'))).toEqual([1200, 1199, second + 60]);
  });

  it('answer 429 when a bucket is empty, spend nothing on it, and open again when the window ends', async () => {
    let now = clock();
    const sandbox = await serve({ now: () => now, rateLimits: { apps: 2 } });
    await send(sandbox, '/api/v1/apps');
    await send(sandbox, `/api/v1/apps/${sandbox.okta.apps[0]?.id}/users`);
    now = new Date(clock().getTime() + 59_999);
    const refused = await send(sandbox, '/api/v1/apps');
    expect(refused.status).toBe(429);
    expect(refused.json.errorCode).toBe('E0000047');
    expect(rateOf(refused)).toEqual([2, 0, second + 60]);
    expect((await send(sandbox, '/api/v1/groups')).status).toBe(200);
    now = new Date(clock().getTime() + 60_000);
    const again = await send(sandbox, '/api/v1/apps');
    expect(again.status).toBe(200);
    expect(rateOf(again)).toEqual([2, 1, second + 120]);
  });

  it('begin their window with the first request and not with the minute', async () => {
    let now = new Date(clock().getTime() + 12_345);
    const sandbox = await serve({ now: () => now, rateWindowMs: 10_000 });
    expect(rateOf(await send(sandbox, '/api/v1/logs'))[2]).toBe(second + 23);
    now = new Date(clock().getTime() + 40_000);
    expect(rateOf(await send(sandbox, '/api/v1/logs'))[2]).toBe(second + 50);
  });

  it('leave the token its share only', async () => {
    const sandbox = await serve({ tokenSharePercent: 50 });
    expect(rateOf(await send(sandbox, '/api/v1/apps')).slice(0, 2)).toEqual([50, 49]);
  });

  it('count refusals too', async () => {
    const sandbox = await serve({ rateLimits: { logs: 1 } });
    const headers = { authorization: 'SSWS wrong' };
    expect((await send(sandbox, '/api/v1/logs', { headers })).status).toBe(401);
    expect((await send(sandbox, '/api/v1/logs')).status).toBe(429);
  });

  it.each([
    ['/api/v1/apps', 'apps'],
    ['/api/v1/apps/0oa1', 'app'],
    ['/api/v1/apps/0oa1/users', 'apps'],
    ['/api/v1/apps/0oa1/group-push/mappings/gPm1', 'apps'],
    ['/api/v1/groups', 'groups'],
    ['/api/v1/groups/00g1', 'group'],
    ['/api/v1/groups/00g1/users', 'groups'],
    ['/api/v1/groups/rules', 'groups'],
    ['/api/v1/users', 'users'],
    ['/api/v1/users/00u1', 'user'],
    ['/api/v1/users/00u1/groups', 'other'],
    ['/api/v1/logs', 'logs'],
    ['/api/v1/mappings', 'other'],
    ['/api/v1/meta/schemas/apps/0oa1/default', 'other'],
  ])('count %s in the bucket %s', (path, bucket) => {
    expect(bucketOf(path)).toBe(bucket);
  });
});

describe('an answer of the Okta stand-in', () => {
  it('is compressed where the client takes it and the body is worth it', async () => {
    const sandbox = await serve();
    const path = '/api/v1/users?limit=50';
    const plain = await send(sandbox, path);
    const packed = await send(sandbox, path, { headers: { 'accept-encoding': 'gzip,deflate' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 3);
    expect(JSON.parse(gunzipSync(packed.bytes).toString())).toEqual(plain.json);
    const small = await send(sandbox, '/api/v1/org', { headers: { 'accept-encoding': 'gzip' } });
    expect(small.bytes.length).toBeLessThan(1024);
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('comes in chunks, without a length, with a date of its own clock and a request id', async () => {
    const sandbox = await serve();
    const ids = new Set<unknown>();
    for (const path of ['/api/v1/org', '/api/v1/users', '/api/v1/nothing']) {
      const { headers } = await send(sandbox, path);
      expect(headers['content-length']).toBeUndefined();
      expect(headers['transfer-encoding']).toBe('chunked');
      expect(headers.date).toBe(new Date(NOW).toUTCString());
      expect(headers['content-type']).toContain('application/json');
      ids.add(headers['x-okta-request-id']);
    }
    expect(ids.size).toBe(3);
  });

  it('waits where latency is asked for', async () => {
    const sandbox = await serve({ latencyMs: 80 });
    const began = performance.now();
    await send(sandbox, '/api/v1/org');
    expect(performance.now() - began).toBeGreaterThan(75);
  });
});
