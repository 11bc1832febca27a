import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { makeBenchOrg } from './support/bench-org.ts';
import { type BenchServer, sandboxSource, startBenchServer } from './support/okta-bench-server.ts';
import { budgetUse, median, replaceBetween, table } from './support/tables.ts';

const org = makeBenchOrg({ users: 30, groups: 4, memberships: 60 });

describe("the bench's server", () => {
  let sandbox: Awaited<ReturnType<typeof startOktaSandbox>>;
  let bench: BenchServer;
  const headers = { authorization: 'SSWS 00sandbox-token-that-opens-nothing-else' };

  beforeAll(async () => {
    sandbox = await startOktaSandbox(org);
    bench = await startBenchServer(await sandboxSource(org));
  });
  afterAll(async () => {
    await sandbox.close();
    await bench.close();
  });

  /** Every page of a listing, and every link but those to the pages themselves, whose cursors differ. */
  async function listing(origin: string, path: string): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let url: string | undefined = origin + path; url !== undefined; ) {
      const response: Response = await fetch(url, { headers });
      found.push(response.status, JSON.parse((await response.text()).replaceAll(origin, 'http://okta')));
      url = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    return found;
  }

  it('answers as the sandbox does, page by page, the second time too', async () => {
    const [app] = org.apps;
    const group = org.groups.find(({ profile }) => profile.name.startsWith('OPTI-'));
    for (const path of [
      '/api/v1/apps?limit=200',
      `/api/v1/apps/${app?.id}/users?limit=7&expand=user`,
      `/api/v1/apps/${app?.id}/features`,
      '/api/v1/groups?limit=3&expand=stats',
      `/api/v1/groups/${group?.id}/users?limit=5`,
    ]) {
      const expected = await listing(sandbox.url, path);
      expect(await listing(bench.url, path)).toEqual(expected);
      expect(await listing(bench.url, path)).toEqual(expected);
    }
  });

  it('refuses what is over the limit, and keeps account of both', async () => {
    bench.reset({ limits: { groups: 2 }, windowMs: 60_000 });
    const statuses: number[] = [];
    for (let request = 0; request < 3; request += 1) {
      const response = await fetch(`${bench.url}/api/v1/groups?limit=200`, { headers });
      await response.text();
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    const { requests, refused, windows } = bench.stats();
    expect({ requests, refused, windows: windows.groups }).toMatchObject({
      requests: 3,
      refused: 1,
      windows: [{ answered: 2, refused: 1 }],
    });
  });
});

describe("the bench's tables", () => {
  it('stand between their markers and nowhere else', () => {
    const document = 'a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nz';
    const made = table(['who', 'n'], [['ours', '1']]);
    const replaced = `a\n<!-- bench:x -->\n\n| who | n |\n| --- | ---: |\n| ours | 1 |\n\n<!-- /bench:x -->\nz`;
    expect(replaceBetween(document, 'x', made)).toBe(replaced);
    expect(replaceBetween(replaced, 'x', made)).toBe(replaced);
    expect(() => replaceBetween(document, 'y', made)).toThrow(/no place/);
  });

  it('hold medians, and the use of a budget without the window in which the work ended', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    const windows = [
      { beganMs: 0, answered: 10 },
      { beganMs: 12_500, answered: 8 },
      { beganMs: 25_000, answered: 1 },
    ];
    expect(budgetUse(windows, { allowed: 10, windowMs: 10_000 })).toEqual({
      full: 2,
      ofWindows: 0.9,
      ofTime: 0.72,
    });
  });
});
