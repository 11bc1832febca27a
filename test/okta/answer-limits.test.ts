import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OktaReadFailure } from '../../src/okta/failures.ts';
import { pages } from '../../src/okta/pages.ts';
import { type OktaRequests, openOkta } from '../../src/okta/requests.ts';
import { type Answer, ScriptedOkta } from './support/scripted-okta.ts';
import { collectFrom, list, oktaSettings, scriptSmallOrg } from './support/small-org.ts';
import { virtualTools } from './support/virtual-tools.ts';

const PATH = '/api/v1/groups';
const MB = 1024 * 1024;

let okta: ScriptedOkta;
let requests: OktaRequests;

beforeEach(async () => {
  okta = await ScriptedOkta.start();
  requests = await openOkta(oktaSettings(okta), { tools: virtualTools() });
});
afterEach(() => okta.stop());

async function read(path = PATH): Promise<{ rows: number; failure: string | null }> {
  let rows = 0;
  try {
    for await (const page of pages(requests, { path, limit: 200 }, (value) => value)) rows += page.length;
    return { rows, failure: null };
  } catch (error) {
    if (!(error instanceof OktaReadFailure)) throw error;
    return { rows, failure: error.message };
  }
}

const links = () => `<${okta.origin}${PATH}>; rel="self"`;

function answering(bytes: Iterable<Buffer>, headers: Record<string, string> = {}): Answer {
  return { bytes, headers: { link: links(), ...headers } };
}

function* endless(piece: Buffer): Generator<Buffer> {
  for (;;) yield piece;
}

function packed(text: string | Buffer): Answer {
  return answering([gzipSync(text)], { 'content-encoding': 'gzip' });
}

/** What `work` gives, and by how many bytes the process grew at most meanwhile. */
async function growthWhile<Result>(work: () => Promise<Result>): Promise<{ result: Result; grown: number }> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  try {
    return { result: await work(), grown: most - before };
  } finally {
    clearInterval(timer);
  }
}

describe('an answer is bounded', () => {
  it('in bytes: one without an end is cut, asked for once, and its memory stays bounded', async () => {
    const paths = Array.from({ length: 3 }, (_, n) => `${PATH}/${n}`);
    for (const path of paths)
      okta.on(path, () => answering(endless(Buffer.from(`"${'x'.repeat(65_000)}",`))));
    const { result, grown } = await growthWhile(() => Promise.all(paths.map(read)));
    for (const [n, { rows, failure }] of result.entries()) {
      expect(failure).toBe(`GET ${PATH}/${n} gave an answer of more than 64 MB, which is not read`);
      expect(rows).toBe(0);
      expect(okta.hits(`${PATH}/${n}`)).toBe(1);
    }
    expect(grown).toBeLessThan(400 * MB);
  });

  it('in what it says of its length, before it is read', async () => {
    okta.on(PATH, () => answering(endless(Buffer.alloc(10)), { 'content-length': String(65 * MB) }));
    expect((await read()).failure).toContain('gave an answer of more than 64 MB');
  });

  it.each([
    ['more than is read', () => [randomBytes(MB), Buffer.alloc(70 * MB, ' ')], 'of more than 64 MB'],
    ['a bomb', () => [Buffer.alloc(20 * MB, ' ')], 'that unpacks to more than 100 times its size'],
  ] as const)('in what it unpacks to: %s', async (_what, content, message) => {
    const bytes = gzipSync(Buffer.concat(content()), { level: 1 });
    okta.on(PATH, () => answering([bytes], { 'content-encoding': 'gzip' }));
    const { result, grown } = await growthWhile(() => read());
    expect(result.failure).toContain(message);
    expect(okta.hits(PATH)).toBe(1);
    expect(grown).toBeLessThan(300 * MB);
  });

  it.each([
    ['lists within lists', Buffer.alloc(8 * MB, '[')],
    ['tiny objects', Buffer.from(`[${'{},'.repeat(2_100_000)}{}]`)],
  ])('in values, before a parser needs a hundred bytes for each: %s', async (_what, text) => {
    okta.on(PATH, () => answering([text]));
    expect((await read()).failure).toContain('with more than 2000000 values');
  });

  it('in rows of a page', async () => {
    okta.on(PATH, list(...Array.from({ length: 10_001 }, (_, n) => n)));
    expect(await read()).toEqual({
      rows: 0,
      failure: `GET ${PATH} gave a page of 10001 rows, of which no more than 10000 are read`,
    });
  });

  it('and a large one that is honest is read, packed or not', async () => {
    const rows = Array.from({ length: 3_000 }, () => ({ text: randomBytes(1_500).toString('hex') }));
    const text = JSON.stringify(rows);
    expect(text.length).toBeGreaterThan(8 * MB);
    okta.on(PATH, () => answering([Buffer.from(text)]));
    expect(await read()).toEqual({ rows: 3_000, failure: null });
    okta.on(PATH, () => packed(text));
    expect(await read()).toEqual({ rows: 3_000, failure: null });
  });

  it('and leaves the other datasets to be read: the run goes on without this one', async () => {
    scriptSmallOrg(okta).on('/api/v1/groups/00gA/users', () => answering(endless(Buffer.alloc(65_536, ' '))));
    const { state } = await collectFrom(okta);
    expect(state('okta.groupMembers')).toContain('gave an answer of more than 64 MB');
    expect(state('okta.appUsers')).toBe('complete');
  });
});

describe('an answer that is not whole', () => {
  it.each([201, 202, 203, 204, 206])('HTTP %i is none, and is asked for again', async (status) => {
    okta.sequence(PATH, { ...list(1, 2), status }, list(1, 2, 3));
    expect(await read()).toEqual({ rows: 3, failure: null });
    okta.on(PATH, { ...list(1, 2), status });
    expect(await read()).toEqual({
      rows: 0,
      failure: `GET ${PATH} answered HTTP ${status}, which is not a whole answer (after 5 tries)`,
    });
  });

  it('is one with text that is not UTF-8, packed or not', async () => {
    const latin1 = Buffer.from('[{"name":"Müller"}]', 'latin1');
    okta.on(PATH, () => answering([latin1]));
    expect((await read()).failure).toBe(`GET ${PATH} answered with text that is not UTF-8 (after 5 tries)`);
    okta.on(PATH, () => answering([gzipSync(latin1)], { 'content-encoding': 'gzip' }));
    expect((await read()).failure).toContain('answered with text that is not UTF-8');
  });

  it('keeps what an error says, in whatever encoding', async () => {
    okta.on(PATH, () => ({ ...answering([Buffer.from('<p>Gesperrt für alle</p>', 'latin1')]), status: 403 }));
    expect((await read()).failure).toContain('answered HTTP 403');
  });
});

describe('the number of rows that a listing gives of itself', () => {
  const first = (total: string) => ({ ...list(1, 2), headers: { 'x-total-count': total } });

  it('proves nothing more than the links where it is reached', async () => {
    for (const total of ['0', '1', '2']) {
      okta.on(PATH, { ...first(total), links: null, headers: { 'x-total-count': total, link: links() } });
      expect(await read()).toEqual({ rows: 2, failure: null });
    }
  });

  it.each(['3', '200000'])('is not reached: %s', async (total) => {
    okta.on(PATH, first(total));
    expect(await read()).toEqual({
      rows: 2,
      failure: `GET ${PATH} gave 2 rows and says that there are ${total}, so its end is not reached`,
    });
  });

  it.each(['many', '-1', '2.5', '1e3', '', '99999999999999999999', '2, 2'])(
    'leaves the end unknown where it is none: %j',
    async (total) => {
      okta.on(PATH, first(total));
      expect(await read()).toEqual({
        rows: 2,
        failure: `GET ${PATH} gave a number of rows that cannot be used (X-Total-Count), so its end is not proved`,
      });
    },
  );

  it('counts of the last page that gives it, over all pages', async () => {
    okta.on(PATH, ({ query }) =>
      query.has('after') ? list(3) : { ...first('4'), next: `${PATH}?after=b&limit=200` },
    );
    expect((await read()).failure).toContain('gave 3 rows and says that there are 4');
  });
});
