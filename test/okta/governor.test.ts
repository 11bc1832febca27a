import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../src/okta/endpoints.ts';
import { RateGovernor, readRateLimit, shareOf } from '../../src/okta/governor.ts';
import { modelledOkta } from './support/modelled-okta.ts';
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

  it('lets requests through when no limit is shown, eight at a time', async () => {
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
    expect(most).toBe(8);
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

  it('tells what it waits for: the bucket, how long, and what is spent of the share', async () => {
    const okta = world({ limit: 20, budgetPercent: 50 });
    const idle = { onTheirWay: 0, atOnce: 12, usuallyAtOnce: 12, waiting: [] };
    expect(okta.governor.state()).toEqual(idle);
    for (let index = 0; index < 10; index += 1) await okta.send(APPS);
    expect(okta.governor.state()).toEqual(idle);
    const eleventh = okta.send(APPS);
    expect(okta.governor.state()).toEqual({
      ...idle,
      waiting: [
        { bucket: '/api/v1/apps', waiting: 1, waitMs: expect.closeTo(60_000, -3), spent: 10, share: 10 },
      ],
    });
    await eleventh;
    expect(okta.governor.state()).toEqual(idle);
  });

  it('tells that fewer may be on their way after a complaint of too many', async () => {
    const okta = world({ limit: 1_000, budgetPercent: 100 });
    const tooMany = { get: (name: string) => (name.startsWith('x-rate-limit-limit') ? '0' : null) };
    await okta.send(APPS);
    const sent = okta.governor.run(APPS, async () => {
      expect(okta.governor.state().onTheirWay).toBe(1);
      okta.governor.learn(APPS, tooMany);
    });
    await sent;
    expect(okta.governor.state()).toMatchObject({ onTheirWay: 0, atOnce: 1, usuallyAtOnce: 12 });
  });

  it('passes a failure on and lets the next request through', async () => {
    const governor = new RateGovernor({ budgetPercent: 50, tools: scheduledTools(START) });
    await expect(governor.run(APPS, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(governor.run(APPS, async () => 'yes')).resolves.toBe('yes');
  });
});

const GROUPS = 'https://acme.okta.com/api/v1/groups/00g1/users';

describe('the budget', () => {
  it('is not given anew by a reset that is put off with every answer', async () => {
    const tools = scheduledTools(START);
    const governor = new RateGovernor({ budgetPercent: 50, tools });
    const sentAt: number[] = [];
    for (let index = 0; index < 25; index += 1) {
      await governor.run(APPS, async () => {
        sentAt.push(tools.now());
        await tools.sleep(4_000);
        const values: Record<string, string> = {
          date: new Date(tools.now()).toUTCString(),
          'x-rate-limit-limit': '20',
          'x-rate-limit-remaining': '19',
          'x-rate-limit-reset': String(Math.ceil(tools.now() / 1000) + 60),
        };
        governor.learn(APPS, { get: (name) => values[name] ?? null });
      });
    }
    for (const from of sentAt) {
      expect(sentAt.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(10);
    }
  });

  it('leaves others a tenth of their part even where they took more', async () => {
    const okta = world({ limit: 100, budgetPercent: 50 });
    okta.othersSpend(80);
    for (let index = 0; index < 16; index += 1) await okta.send(APPS);
    // 100 less 80 of theirs less 15 of ours leaves 5, a tenth of 50.
    expect(okta.usedPerWindow()).toEqual([15, 1]);
  });
});

describe('too many requests at the same time', () => {
  it('halve the number side by side, over all buckets, and it comes back slowly', async () => {
    const okta = modelledOkta({ limit: 10_000, budgetPercent: 100, latencyMs: () => 200, mostAtOnce: 4 });
    const persist = async (url: string): Promise<void> => {
      while (!(await okta.send(url))) await okta.tools.sleep(1_000);
    };
    await Promise.all(
      Array.from({ length: 400 }, (_, index) => persist([APPS, GROUPS, LOGS][index % 3] ?? APPS)),
    );
    // One complaint at first; then one more is tried after twenty clean answers, after forty, and so on.
    expect(Math.max(...okta.runningAtOnce.slice(0, 40))).toBeGreaterThan(8);
    expect(Math.max(...okta.runningAtOnce.slice(60))).toBeLessThanOrEqual(6);
    expect(okta.refusals()).toBeLessThan(40);
  });

  it('are one complaint where several are refused together', async () => {
    const tools = scheduledTools(START);
    const governor = new RateGovernor({ budgetPercent: 100, tools });
    let running = 0;
    const send = async (page: number, limit: string | null): Promise<number> => {
      const url = `${APPS}?after=${page}`;
      return governor.run(url, async () => {
        running += 1;
        const atOnce = running;
        await tools.sleep(10);
        running -= 1;
        governor.learn(url, { get: (name) => (name === 'x-rate-limit-limit' ? limit : null) });
        return atOnce;
      });
    };
    const together = (limit: string | null) =>
      Promise.all(Array.from({ length: 8 }, (_, page) => send(page, limit)));
    await send(0, null);
    expect(Math.max(...(await together('0')))).toBe(8);
    expect(Math.max(...(await together(null)))).toBe(4);
  });

  it('are forgotten by one request for every twenty answers without a complaint', async () => {
    const tools = scheduledTools(START);
    const governor = new RateGovernor({ budgetPercent: 100, tools });
    const answer = (url: string, limit: string) =>
      governor.learn(url, { get: (name) => (name === 'x-rate-limit-limit' ? limit : null) });
    const mostAtOnce = async (requests: number): Promise<number> => {
      let running = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: requests }, () =>
          governor.run(APPS, async () => {
            running += 1;
            most = Math.max(most, running);
            await tools.sleep(10);
            running -= 1;
          }),
        ),
      );
      return most;
    };
    await mostAtOnce(1);
    // One was on its way, so half of it, and never none.
    await governor.run(APPS, async () => answer(APPS, '0'));
    expect(await mostAtOnce(10)).toBe(1);
    for (let clean = 0; clean < 19; clean += 1) await governor.run(APPS, async () => answer(APPS, '10000'));
    expect(await mostAtOnce(10)).toBe(1);
    await governor.run(APPS, async () => answer(APPS, '10000'));
    expect(await mostAtOnce(10)).toBe(2);
    // Whoever complains again is believed longer: forty answers.
    await governor.run(APPS, async () => answer(APPS, '0'));
    for (let clean = 0; clean < 39; clean += 1) await governor.run(APPS, async () => answer(APPS, '10000'));
    expect(governor.state().atOnce).toBe(1);
    await governor.run(APPS, async () => answer(APPS, '10000'));
    expect(governor.state().atOnce).toBe(2);
  });

  it('are believed for 1280 answers at most, and forgotten up to the usual number', async () => {
    const started = () => {
      const governor = new RateGovernor({ budgetPercent: 100, tools: scheduledTools(START) });
      const answer = (limit: string) =>
        governor.run(APPS, async () =>
          governor.learn(APPS, { get: (name) => (name === 'x-rate-limit-limit' ? limit : null) }),
        );
      return { governor, answer };
    };
    const once = started();
    await once.answer('0');
    for (let clean = 0; clean < 20 * 12; clean += 1) await once.answer('10000');
    expect(once.governor.state().atOnce).toBe(12);
    const { governor, answer } = started();
    for (let complaint = 0; complaint < 12; complaint += 1) await answer('0');
    for (let clean = 0; clean < 1_279; clean += 1) await answer('10000');
    expect(governor.state().atOnce).toBe(1);
    await answer('10000');
    expect(governor.state().atOnce).toBe(2);
  });
});

/** A governor whose answers are told one by one: what a header says, and how long it then sleeps. */
function told({
  budgetPercent = 50,
  random = () => 0.5,
}: {
  budgetPercent?: number;
  random?: () => number;
} = {}) {
  const tools = { ...scheduledTools(START), random };
  const governor = new RateGovernor({ budgetPercent, tools });
  const learn = (
    url: string,
    { inSeconds, ...values }: { limit: number; remaining?: number; inSeconds?: number },
  ) =>
    governor.learn(url, {
      get: (name) => {
        if (name === 'date') return new Date(tools.now()).toUTCString();
        if (name === 'x-rate-limit-reset') {
          return inSeconds === undefined ? null : String(tools.now() / 1000 + inSeconds);
        }
        const value = name === 'x-rate-limit-limit' ? values.limit : values.remaining;
        return value === undefined ? null : String(value);
      },
    });
  const send = (url: string, answer: Parameters<typeof learn>[1]) =>
    governor.run(url, async () => {
      learn(url, answer);
      return tools.now() - START;
    });
  return { tools, governor, learn, send };
}

describe('how long it sleeps', () => {
  it('is until the window ends, a second for rounding and a little chance, so that clients do not wake together', async () => {
    for (const [chance, jitter] of [
      [0, 0],
      [0.5, 125],
      [0.999, 250],
    ] as const) {
      const okta = told({ random: () => chance });
      await okta.send(APPS, { limit: 2, remaining: 0, inSeconds: 30 });
      await okta.send(APPS, { limit: 2, remaining: 0, inSeconds: 30 });
      expect(okta.tools.slept).toEqual([31_000 + jitter]);
    }
  });

  it('is a minute from the request that began the window, which tells more than whole seconds', async () => {
    const okta = told();
    await okta.send(APPS, { limit: 2, remaining: 1, inSeconds: 60 });
    await okta.send(APPS, { limit: 2, remaining: 0, inSeconds: 60 });
    expect(okta.tools.slept).toEqual([60_125]);
  });

  it('is two minutes at most, whatever a reset says', async () => {
    const okta = told();
    await okta.send(APPS, { limit: 4, remaining: 0, inSeconds: 3_600 });
    await okta.send(APPS, { limit: 4, remaining: 3, inSeconds: 60 });
    expect(okta.tools.slept).toEqual([120_125]);
  });

  it('is a minute where others left nothing and no answer says until when', async () => {
    const okta = told();
    await okta.send(APPS, { limit: 20, remaining: 0 });
    await okta.send(APPS, { limit: 20, remaining: 19 });
    expect(okta.tools.slept).toEqual([60_125]);
  });

  it('is a minute from an answer that names no window, once such answers are as many as the share', async () => {
    const okta = told();
    for (let sent = 0; sent < 3; sent += 1) await okta.send(APPS, { limit: 4, remaining: 4 });
    expect(okta.tools.slept).toEqual([60_125]);
  });

  it('ends with an error for all who wait in the bucket, and others and later ones go on', async () => {
    const okta = told();
    await okta.send(APPS, { limit: 2, remaining: 0, inSeconds: 30 });
    const { sleep } = okta.tools;
    okta.tools.sleep = () => Promise.reject(new Error('stopped'));
    const waiting = [1, 2].map(() => okta.send(APPS, { limit: 2 }));
    for (const one of waiting) await expect(one).rejects.toThrow('stopped');
    okta.tools.sleep = sleep;
    await expect(okta.send(LOGS, { limit: 2 })).resolves.toBe(0);
    await expect(okta.send(APPS, { limit: 2 })).resolves.toBe(31_125);
  });

  it('is told by bucket, the longest first, with how many wait', async () => {
    const okta = told();
    await okta.send(APPS, { limit: 2, remaining: 0, inSeconds: 10 });
    await okta.send(LOGS, { limit: 4, remaining: 0, inSeconds: 50 });
    const waiting = [APPS, APPS, LOGS].map((url) =>
      okta.send(url, { limit: 4, remaining: 3, inSeconds: 60 }),
    );
    expect(okta.governor.state().waiting).toEqual([
      { bucket: '/api/v1/logs', waiting: 1, waitMs: 51_000, spent: 1, share: 2 },
      { bucket: '/api/v1/apps', waiting: 2, waitMs: 11_000, spent: 1, share: 1 },
    ]);
    await Promise.all(waiting);
  });
});

describe('what an answer says of its window', () => {
  it('holds while a reset moves by two seconds, as servers of one cell differ, and the earlier end counts', async () => {
    for (const [first, second] of [
      [30, 32],
      [32, 30],
    ] as const) {
      const okta = told({ budgetPercent: 100 });
      await okta.send(APPS, { limit: 2, inSeconds: first });
      await okta.send(APPS, { limit: 2, inSeconds: second });
      await okta.send(APPS, { limit: 2, inSeconds: 60 });
      expect(okta.tools.slept).toEqual([31_125]);
    }
  });

  it('is not counted in this one where it names an earlier one, which is over', async () => {
    const okta = told({ budgetPercent: 100 });
    await okta.send(APPS, { limit: 2, inSeconds: 30 });
    await okta.send(APPS, { limit: 2, remaining: 0, inSeconds: 20 });
    await okta.send(APPS, { limit: 2, inSeconds: 30 });
    expect(okta.tools.slept).toEqual([]);
  });

  it('is nothing where its reset lies in the past', async () => {
    const okta = told({ budgetPercent: 100 });
    await okta.send(APPS, { limit: 9, remaining: 5, inSeconds: -1 });
    expect(await okta.send(APPS, { limit: 9, remaining: 5, inSeconds: 30 })).toBe(0);
    expect(okta.tools.slept).toEqual([]);
  });

  it('of what is left is the least that was shown, and says nothing once the limit is another', async () => {
    const okta = told({ budgetPercent: 100 });
    await okta.send(APPS, { limit: 10, remaining: 1, inSeconds: 30 });
    await okta.send(APPS, { limit: 10, remaining: 8, inSeconds: 30 });
    await okta.send(APPS, { limit: 20, inSeconds: 30 });
    expect(okta.tools.slept).toEqual([]);
    const strict = told({ budgetPercent: 100 });
    await strict.send(APPS, { limit: 10, remaining: 0, inSeconds: 30 });
    strict.learn(APPS, { limit: 10, remaining: 8, inSeconds: 30 });
    await strict.send(APPS, { limit: 10, inSeconds: 60 });
    expect(strict.tools.slept).toEqual([31_125]);
  });
});

describe('a bucket of which nothing is used', () => {
  it('is not among those that were', () => {
    const okta = told();
    okta.learn(APPS, { limit: 20, remaining: 20, inSeconds: 60 });
    expect(okta.governor.usage()).toEqual([]);
  });
});

describe('what was used', () => {
  it('is known by bucket, with the limit that Okta showed', async () => {
    const okta = world({ limit: 20, budgetPercent: 50 });
    await okta.send(LOGS);
    await okta.send(APPS);
    await okta.send(APPS);
    expect(okta.governor.usage()).toEqual([
      { bucket: '/api/v1/apps', calls: 2, limit: 20 },
      { bucket: '/api/v1/logs', calls: 1, limit: 20 },
    ]);
  });
});

describe('the rate headers', () => {
  const read = (values: Record<string, string>) => readRateLimit({ get: (name) => values[name] ?? null });

  it('may be sent twice: what allows least counts', () => {
    expect(
      read({
        'x-rate-limit-limit': '600, 40',
        'x-rate-limit-remaining': '7 ,9',
        'x-rate-limit-reset': '1732418130, 1732418150',
        date: new Date(1_732_418_100_000).toUTCString(),
      }),
    ).toEqual({ limit: 40, remaining: 7, reset: 1_732_418_150, resetInMs: 50_000 });
  });

  it.each(['', 'many', '-1', '1.5', '0x10', '1e3', '1234567890123', 'x1', '1x'])(
    'say nothing as %j',
    (text) => {
      expect(
        read({ 'x-rate-limit-limit': text, 'x-rate-limit-remaining': text, 'x-rate-limit-reset': text }),
      ).toEqual({ limit: null, remaining: null, reset: null, resetInMs: null });
    },
  );

  it('allow a share of whole requests, one at least', () => {
    expect([shareOf(100, 50), shareOf(7, 50), shareOf(10, 1), shareOf(3, 100)]).toEqual([50, 3, 1, 3]);
  });

  it('are read between the server clocks, else by ours where it is given', () => {
    const headers = (values: Record<string, string>) => ({ get: (name: string) => values[name] ?? null });
    const reset = { 'x-rate-limit-reset': String(START / 1000 + 30) };
    const date = { date: new Date(START).toUTCString() };
    expect(readRateLimit(headers({ ...reset, ...date }), 0).resetInMs).toBe(30_000);
    expect(readRateLimit(headers(reset), START + 10_000).resetInMs).toBe(20_000);
    expect(readRateLimit(headers(reset)).resetInMs).toBeNull();
    expect(readRateLimit(headers(date), START)).toEqual({
      limit: null,
      remaining: null,
      reset: null,
      resetInMs: null,
    });
  });
});
