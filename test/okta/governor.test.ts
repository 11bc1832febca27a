import { describe, expect, it } from 'vitest';
import { bucketOf, RateGovernor } from '../../src/okta/governor.ts';
import { scheduledTools } from './support/virtual-tools.ts';

describe('the bucket of a path', () => {
  it.each([
    ['/api/v1/apps', '/api/v1/apps'],
    ['/api/v1/apps/0oa1', '/api/v1/apps/{id}'],
    ['/api/v1/apps/0oa1/users', '/api/v1/apps'],
    ['/api/v1/apps/0oa1/group-push/mappings', '/api/v1/apps'],
    ['/api/v1/groups', '/api/v1/groups'],
    ['/api/v1/groups/00g1', '/api/v1/groups/{id}'],
    ['/api/v1/groups/rules', '/api/v1/groups'],
    ['/api/v1/groups/00g1/users', '/api/v1/groups'],
    ['/api/v1/users', '/api/v1/users'],
    ['/api/v1/users/00u1', '/api/v1/users/{id}'],
    ['/api/v1/users/00u1/groups', '/api/v1'],
    ['/api/v1/logs', '/api/v1/logs'],
    ['/api/v1/mappings', '/api/v1'],
    ['/api/v1/mappings/prm1', '/api/v1'],
    ['/oauth2/v1/token', '/oauth2'],
    ['/.well-known/okta-organization', '/'],
  ])('%s counts against %s', (path, bucket) => {
    expect(bucketOf(path)).toBe(bucket);
  });
});

const APPS = 'https://acme.okta.com/api/v1/apps/0oa1/users';
const LOGS = 'https://acme.okta.com/api/v1/logs';
const START = Date.parse('2026-11-24T03:15:00Z');

/** An Okta with windows of a minute, that counts all requests of everybody. */
function world(options: { limit: number; budgetPercent: number; windowEnds?: number; skewMs?: number }) {
  const tools = scheduledTools(START);
  const governor = new RateGovernor({ budgetPercent: options.budgetPercent, tools });
  const windows = new Map<number, number>();
  let windowEnds = START + (options.windowEnds ?? 60_000);
  const sentAt: number[] = [];
  let othersSpend = 0;
  const server = {
    headers(url: string, values: Record<string, string>) {
      governor.learn(url, { get: (name) => values[name] ?? null });
    },
  };
  const send = (url: string) =>
    governor.run(url, async () => {
      sentAt.push(tools.now() - START);
      while (tools.now() >= windowEnds) windowEnds += 60_000;
      const used = (windows.get(windowEnds) ?? 0) + 1;
      windows.set(windowEnds, used);
      server.headers(url, {
        date: new Date(tools.now() + (options.skewMs ?? 0)).toUTCString(),
        'x-rate-limit-limit': String(options.limit),
        'x-rate-limit-remaining': String(Math.max(0, options.limit - used - othersSpend)),
        'x-rate-limit-reset': String(Math.ceil((windowEnds + (options.skewMs ?? 0)) / 1000)),
      });
    });
  return {
    tools,
    governor,
    send,
    sentAt,
    usedPerWindow: () => [...windows.values()],
    othersSpend: (count: number) => {
      othersSpend = count;
    },
  };
}

describe('the governor', () => {
  it('spends no more than its share of a window, and waits for the next one', async () => {
    const okta = world({ limit: 20, budgetPercent: 50 });
    for (let index = 0; index < 25; index += 1) await okta.send(APPS);
    expect(okta.usedPerWindow()).toEqual([10, 10, 5]);
    expect(okta.sentAt.filter((ms) => ms < 60_000)).toHaveLength(10);
  });

  it('keeps its share when the requests come all at once', async () => {
    const okta = world({ limit: 20, budgetPercent: 50 });
    await Promise.all(Array.from({ length: 25 }, () => okta.send(APPS)));
    expect(okta.usedPerWindow()).toEqual([10, 10, 5]);
  });

  it('does not depend on the clocks agreeing', async () => {
    const okta = world({ limit: 20, budgetPercent: 50, skewMs: 3_600_000, windowEnds: 10_000 });
    for (let index = 0; index < 15; index += 1) await okta.send(APPS);
    expect(okta.usedPerWindow()).toEqual([10, 5]);
    expect(okta.sentAt[10]).toBeGreaterThanOrEqual(10_000);
    expect(okta.sentAt[10]).toBeLessThan(13_000);
  });

  it('may always send one request a window, however small the share', async () => {
    const okta = world({ limit: 10, budgetPercent: 1 });
    for (let index = 0; index < 3; index += 1) await okta.send(APPS);
    expect(okta.usedPerWindow()).toEqual([1, 1, 1]);
  });

  it('waits when others have left nothing', async () => {
    const okta = world({ limit: 20, budgetPercent: 100 });
    okta.othersSpend(18);
    await okta.send(APPS);
    await okta.send(APPS);
    expect(okta.tools.slept).toEqual([]);
    await okta.send(APPS);
    expect(okta.tools.slept).toHaveLength(1);
    expect(okta.sentAt[2]).toBeGreaterThanOrEqual(60_000);
  });

  it('keeps buckets apart', async () => {
    const okta = world({ limit: 2, budgetPercent: 50 });
    await okta.send(APPS);
    await okta.send(LOGS);
    expect(okta.sentAt).toEqual([0, 0]);
  });

  it('learns nothing from limit 0, which tells of too many requests at the same time', async () => {
    const okta = world({ limit: 20, budgetPercent: 50 });
    await okta.send(APPS);
    okta.governor.learn(APPS, {
      get: (name) => ({ 'x-rate-limit-limit': '0', 'x-rate-limit-remaining': '0' })[name] ?? null,
    });
    await okta.send(APPS);
    expect(okta.tools.slept).toEqual([]);
  });

  it('lets requests through when no limit is shown, four at a time', async () => {
    const tools = scheduledTools(START);
    const governor = new RateGovernor({ budgetPercent: 50, tools });
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 40 }, () =>
        governor.run(APPS, async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running -= 1;
        }),
      ),
    );
    expect(most).toBe(4);
    expect(tools.slept).toEqual([]);
  });

  it('sends the first request of a bucket alone, to learn its limit', async () => {
    const tools = scheduledTools(START);
    const governor = new RateGovernor({ budgetPercent: 50, tools });
    const events: string[] = [];
    await Promise.all(
      ['first', 'second'].map((name) =>
        governor.run(APPS, async () => {
          events.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          events.push(`${name} ends`);
        }),
      ),
    );
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('passes a failure on and lets the next request through', async () => {
    const governor = new RateGovernor({ budgetPercent: 50, tools: scheduledTools(START) });
    await expect(governor.run(APPS, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(governor.run(APPS, async () => 'yes')).resolves.toBe('yes');
  });
});
