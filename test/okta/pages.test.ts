import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OktaReadFailure } from '../../src/okta/failures.ts';
import { firstPage, pages } from '../../src/okta/pages.ts';
import { type OktaRequests, openOkta } from '../../src/okta/requests.ts';
import { oktaError, type Reply, ScriptedOkta } from './support/scripted-okta.ts';
import { list, oktaSettings, TOKEN } from './support/small-org.ts';
import { virtualTools } from './support/virtual-tools.ts';

const PATH = '/api/v1/groups';

let okta: ScriptedOkta;
let requests: OktaRequests;

beforeEach(async () => {
  okta = await ScriptedOkta.start();
  requests = await openOkta(oktaSettings(okta), { tools: virtualTools() });
});

afterEach(async () => {
  await okta.stop();
});

/** The pages, and what ended them. */
async function readAll(limit = 200): Promise<{ pages: unknown[][]; failure: OktaReadFailure | null }> {
  const read: unknown[][] = [];
  try {
    for await (const page of pages(requests, { path: PATH, limit }, (value) => value)) read.push(page);
    return { pages: read, failure: null };
  } catch (error) {
    if (!(error instanceof OktaReadFailure)) throw error;
    return { pages: read, failure: error };
  }
}

/** Answers by the cursor: the first page under `''`. */
function byCursor(replies: Record<string, Reply | ((nth: number) => Reply)>): void {
  const hits = new Map<string, number>();
  okta.on(PATH, (request) => {
    const cursor = request.query.get('after') ?? '';
    hits.set(cursor, (hits.get(cursor) ?? 0) + 1);
    const reply = replies[cursor] ?? oktaError(404, 'E0000007', 'unscripted cursor');
    return typeof reply === 'function' ? reply(hits.get(cursor) ?? 0) : reply;
  });
}

const nextOf = (cursor: string) => `${PATH}?after=${cursor}&limit=200`;

describe('a listing', () => {
  it('ends at a page whose links have no next', async () => {
    byCursor({ '': { ...list(1, 2), next: nextOf('b') }, b: list(3) });
    expect(await readAll()).toEqual({ pages: [[1, 2], [3]], failure: null });
  });

  it('follows the next link as it is given', async () => {
    const next = `${PATH}?limit=7&after=a%2Bb%3D%3D&x=%7E~`;
    byCursor({ '': { ...list(1), next }, 'a+b==': list(2) });
    await readAll();
    expect(okta.seen[1]?.query.get('after')).toBe('a+b==');
    expect(okta.seen[1]?.target).toBe(`${PATH}?limit=7&after=a+b==&x=~~`);
  });

  it('goes on over an empty page', async () => {
    byCursor({ '': { ...list(), next: nextOf('b') }, b: { ...list(), next: nextOf('c') }, c: list(1) });
    expect(await readAll()).toEqual({ pages: [[], [], [1]], failure: null });
  });

  it('asks once more for a missing Link header, and then ends', async () => {
    byCursor({
      '': (nth) => (nth === 1 ? { ...list(1, 2), links: null } : { ...list(1, 2), next: nextOf('b') }),
      b: list(3),
    });
    expect(await readAll()).toEqual({ pages: [[1, 2], [3]], failure: null });
    expect(okta.seen).toHaveLength(3);
  });

  it('asks once more for a full page that seems to be the last, and believes the second answer', async () => {
    byCursor({
      '': (nth) => (nth === 1 ? list(1, 2) : { ...list(1, 2), next: nextOf('b') }),
      b: list(3),
    });
    expect(await readAll(2)).toEqual({ pages: [[1, 2], [3]], failure: null });
    expect(okta.seen).toHaveLength(3);
  });

  it('ends at a full page that says twice that it is the last', async () => {
    byCursor({ '': list(1, 2) });
    expect(await readAll(2)).toEqual({ pages: [[1, 2]], failure: null });
    expect(okta.seen).toHaveLength(2);
  });

  it('keeps the rows of a page without a Link header, and does not call it the end', async () => {
    byCursor({ '': { ...list(1, 2), links: null } });
    const { pages: read, failure } = await readAll();
    expect(read).toEqual([[1, 2]]);
    expect(failure?.message).toBe(`GET ${PATH} answered without a Link header, so its end is not proved`);
    expect(okta.seen).toHaveLength(2);
  });

  it('keeps the rows when asking once more fails', async () => {
    byCursor({ '': (nth) => (nth === 1 ? { ...list(1), links: null } : oktaError(403, 'E0000006', 'No')) });
    const { pages: read, failure } = await readAll();
    expect(read).toEqual([[1]]);
    expect(failure?.httpStatus).toBe(403);
  });

  it('takes a Link header that it does not understand for none', async () => {
    byCursor({ '': { ...list(1), headers: { link: '<https://x; rel="next"' } } });
    expect((await readAll()).failure?.message).toContain('its end is not proved');
  });

  it.each([
    ['itself', ''],
    ['an earlier page', 'b'],
  ])('does not go round in circles: next is %s', async (_what, back) => {
    const first = `${PATH}?limit=200`;
    byCursor({
      '': { ...list(1), next: back === '' ? first : nextOf('b') },
      b: { ...list(2), next: nextOf('c') },
      c: { ...list(3), next: nextOf('b') },
    });
    const { failure } = await readAll();
    expect(failure?.message).toContain('gave a next link that was followed before');
    expect(okta.seen).toHaveLength(back === '' ? 1 : 3);
  });

  it('does not go on for ever over empty pages', async () => {
    okta.on(PATH, (_request, nth) => ({ ...list(), next: nextOf(String(nth)) }));
    const { failure } = await readAll();
    expect(failure?.message).toContain('more than 1000 empty pages in a row');
    expect(okta.seen).toHaveLength(1_001);
  });

  it('never sends a request, or the token, to another origin', async () => {
    const elsewhere = await ScriptedOkta.start();
    elsewhere.on(PATH, list(2));
    try {
      byCursor({ '': { ...list(1), next: `${elsewhere.origin}${PATH}?after=b` } });
      const { pages: read, failure } = await readAll();
      expect(read).toEqual([[1]]);
      expect(failure?.message).toBe(
        `GET ${PATH} gave a next link to ${elsewhere.origin}, which is not the org and is not followed, so its end is not reached`,
      );
      expect(elsewhere.seen).toEqual([]);
      expect(failure?.message).not.toContain(TOKEN);
    } finally {
      await elsewhere.stop();
    }
  });

  it('does not choose between two next links', async () => {
    const link = [`<${okta.origin}/a>; rel="next"`, `<${okta.origin}/b>; rel="next"`];
    byCursor({ '': { ...list(1), headers: { link } } });
    expect((await readAll()).failure?.message).toContain('gave a next link that cannot be followed');
  });

  it('is no list when the body is none', async () => {
    byCursor({ '': { body: { rows: [] }, headers: { link: '<x>; rel="self"' } } });
    expect((await readAll()).failure?.message).toBe(`GET ${PATH} answered with no list`);
  });

  it('asks once more for a last page that is as long as the longest before it, though that is shorter than asked for', async () => {
    byCursor({
      '': { ...list(1, 2), next: nextOf('b') },
      b: (nth) => (nth === 1 ? list(3, 4) : { ...list(3, 4), next: nextOf('c') }),
      c: list(5),
    });
    expect(await readAll()).toEqual({ pages: [[1, 2], [3, 4], [5]], failure: null });
  });

  it('begins anew with smaller pages when Okta cannot answer large ones in time', async () => {
    okta.on(PATH, (request) => {
      if (request.query.get('limit') !== '50') return oktaError(500, 'E0000009', 'Internal Server Error');
      return request.query.has('after') ? list(2) : { ...list(1), next: `${PATH}?after=b&limit=50` };
    });
    expect(await readAll()).toEqual({ pages: [[1], [2]], failure: null });
    expect(okta.seen.filter((request) => request.query.get('limit') === '200')).toHaveLength(5);
  });

  it.each([
    [200, ['50', '20']],
    [500, ['200', '50']],
    [1000, ['200', '50']],
  ])('begins anew twice only: from %i to %j rows a page', async (limit, smaller) => {
    okta.on(PATH, { status: 504, text: '' });
    const { failure } = await readAll(limit);
    expect(failure?.message).toContain('answered HTTP 504 (after 5 tries)');
    const limits = okta.seen.map((request) => request.query.get('limit'));
    expect(limits).toEqual([String(limit), ...smaller].flatMap((each) => Array(5).fill(each)));
  });

  it('reads at 50 rows a page what is too heavy at 200', async () => {
    okta.on(PATH, ({ query }) => {
      if (Number(query.get('limit')) > 50) return { status: 504, text: '' };
      return query.has('after') ? list(2) : { ...list(1), next: `${PATH}?after=b&limit=50` };
    });
    expect(await readAll(1000)).toEqual({ pages: [[1], [2]], failure: null });
  });

  it('is asked without what it can do without, where Okta cannot answer with it', async () => {
    const listing = {
      path: PATH,
      query: { expand: 'stats', filter: 'x' },
      limit: 200,
      dispensable: 'expand',
    };
    okta.on(PATH, ({ query }) => (query.has('expand') ? { status: 504, text: '' } : list(1)));
    const read: unknown[][] = [];
    for await (const page of pages(requests, listing, (value) => value)) read.push(page);
    expect(read).toEqual([[1]]);
    expect(okta.seen.at(-1)?.target).toBe(`${PATH}?filter=x&limit=200`);
    expect((await firstPage(requests, { ...listing, limit: 1 }, (value) => value)).rows).toEqual([1]);
  });

  it('puts back what a next link has lost, and leaves its cursor as it is', async () => {
    okta.on(PATH, ({ query }) => {
      const after = query.get('after');
      if (after === null) return { ...list(1), next: `${PATH}?after=a%2Bb%3D%3D` };
      return after === 'c' ? list(3) : { ...list(2), next: `${PATH}?after=c&limit=7&expand=other` };
    });
    const listing = { path: PATH, query: { expand: 'stats', filter: 'x' }, limit: 200 };
    for await (const _page of pages(requests, listing, (value) => value));
    expect(okta.seen.slice(1).map(({ target }) => target)).toEqual([
      `${PATH}?after=a+b==&expand=stats&limit=200`,
      `${PATH}?after=c&limit=7&expand=other`,
      // A last page as long as the others is asked for once more.
      `${PATH}?after=c&limit=7&expand=other`,
    ]);
  });

  it('does not begin anew for faults that smaller pages do not cure', async () => {
    okta.on(PATH, { status: 503, text: '' });
    await readAll();
    expect(new Set(okta.seen.map((request) => request.query.get('limit')))).toEqual(new Set(['200']));
  });

  it.each([400, 404])('begins anew when a cursor has expired (HTTP %i)', async (status) => {
    byCursor({
      '': { ...list(1), next: nextOf('b') },
      b: (nth) => (nth === 1 ? oktaError(status, 'E0000031', 'Invalid cursor') : list(2)),
    });
    expect(await readAll()).toEqual({ pages: [[1], [1], [2]], failure: null });
  });

  it('begins anew once only when the cursor expires again', async () => {
    byCursor({ '': { ...list(1), next: nextOf('b') }, b: oktaError(400, 'E0000031', 'Invalid cursor') });
    const { failure, pages: read } = await readAll();
    expect(read).toEqual([[1], [1]]);
    expect(failure?.message).toContain('HTTP 400 (E0000031: Invalid cursor)');
  });

  it('does not begin anew when the first page itself is refused', async () => {
    byCursor({ '': oktaError(400, 'E0000053', 'Invalid filter') });
    expect((await readAll()).failure?.httpStatus).toBe(400);
    expect(okta.seen).toHaveLength(1);
  });
});
