import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPTI_ID_DIALECT } from '../../../src/opti-id/scim/dialect.ts';
import { readList } from '../../../src/opti-id/scim/listing.ts';
import { ScimRequests } from '../../../src/opti-id/scim/requests.ts';
import { people, readShifting } from '../support/shifting-readings.ts';
import { type Answer, type Asked, type Row, startShiftingScim } from '../support/shifting-scim.ts';

const PAGE_ROWS = 10;

let server: Awaited<ReturnType<typeof startShiftingScim>>;
let requests: ScimRequests;

beforeAll(async () => {
  server = await startShiftingScim();
  requests = new ScimRequests(
    { scimUrl: server.url, token: 'key', auth: 'header', organizationId: 'org' },
    { dialect: { ...OPTI_ID_DIALECT, pageRows: PAGE_ROWS } },
  );
});
afterAll(async () => {
  await requests.close();
  await server.close();
});

async function read(list: Row[], onPage?: (asked: Asked) => Answer | undefined) {
  server.set(list, onPage);
  const { rows, failure } = await readList(requests, 'users');
  return { ids: rows.map(({ id }) => id), failure: failure?.message ?? null };
}

describe('a list that stays as it is is read completely', () => {
  it.each([0, 1, 2, 9, 10, 11, 19, 20, 28, 29, 100])('with %i rows', async (count) => {
    const list = people(count);
    expect(await read(list)).toEqual({ ids: list.map(({ id }) => id), failure: null });
  });

  it('from a server that gives shorter pages than it is asked for, and shorter ones later', async () => {
    const list = people(60);
    const { ids, failure } = await read(list, ({ page, startIndex }) => ({
      Resources: list.slice(startIndex - 1, startIndex - 1 + (page === 0 ? 7 : 3)),
    }));
    expect(failure).toBeNull();
    expect(ids).toEqual(list.map(({ id }) => id));
  });
});

/** What is wrong with a list for good; nothing of it may be taken for the whole. */
const FAULTS: Readonly<Record<string, (list: Row[]) => (asked: Asked) => Answer | undefined>> = {
  'echoes another startIndex':
    () =>
    ({ startIndex }) => ({ startIndex: startIndex + 1 }),
  'sends the first page again and again':
    (list) =>
    ({ startIndex }) => ({
      startIndex,
      Resources: list.slice(0, PAGE_ROWS),
    }),
  'gives more rows than asked for':
    (list) =>
    ({ startIndex }) => ({
      Resources: list.slice(startIndex - 1, startIndex + PAGE_ROWS),
    }),
  'has rows beyond the end': () => () => ({ totalResults: 20 }),
  'counts more rows than it has': () => () => ({ totalResults: 41 }),
  'counts rows and shows none': () => () => ({ totalResults: 30, Resources: [] }),
  'loses a page':
    () =>
    ({ startIndex }) =>
      startIndex > 15 && startIndex < 25 ? { Resources: [] } : undefined,
  'leaves a row out of every page':
    (list) =>
    ({ startIndex, count }) => ({
      Resources: list.slice(startIndex - 1, startIndex - 1 + count).filter(({ id }) => id !== 'u13'),
    }),
  'counts differently on each page':
    () =>
    ({ page }) => ({ totalResults: 30 + (page % 2) }),
  'gives one row a page':
    (list) =>
    ({ startIndex }) => ({ Resources: list.slice(startIndex - 1, startIndex) }),
};

it.each(Object.entries(FAULTS))('a server that %s leaves the list partial', async (_fault, lying) => {
  const list = people(30);
  const { failure } = await read(list, lying(list));
  expect(failure).toMatch(/^GET \/users /u);
});

it('what a server shows first and not when it is asked again is partial', async () => {
  const list = people(30);
  const short = list.filter(({ id }) => id !== 'u5');
  // Each time that the list is begun, somebody else is missing.
  const { failure } = await read(short, ({ page }) => {
    server.set([...list.slice(page % 7), ...list.slice(0, page % 7)], undefined);
    return undefined;
  });
  expect(failure === null || failure.includes('restarts')).toBe(true);
});

it('150 readings of a list that changes while it is read are right or partial, never silently short', async () => {
  const { right, partial } = await readShifting(server, requests, 150);
  expect(right).toBeGreaterThan(50);
  expect(partial).toBeGreaterThan(0);
});
