import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATASETS, type DatasetName } from '../../src/domain/dataset.ts';
import { AuditError } from '../../src/domain/errors.ts';
import { collectOkta } from '../../src/okta/collect-okta.ts';
import type { SandboxOkta } from '../../src/sandbox/model.ts';
import type { FaultHook } from '../../src/sandbox/okta-fault.ts';
import { type OktaSandboxOptions, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { MemorySink } from '../support/memory-sink.ts';
import {
  BEGAN,
  type Elsewhere,
  type FaultName,
  faultOrg,
  LONG_GROUP_ID,
  SCIM_APP_ID,
  SCIM_APP_LABEL,
  SMALL,
  startElsewhere,
  storeUsers,
  strike,
  TARGETS,
  type Target,
  UNKNOWN_EVENT_TYPE,
  UNKNOWN_VALUE,
} from './support/faults.ts';
import { NO_RATE_LIMITS } from './support/sandbox-org.ts';
import { virtualTools } from './support/virtual-tools.ts';

/** Rows on a page: a small org then has many pages. */
const PAGE_SIZE = 3;
/** Of a request that nothing happens to; a busy machine must not reach it. */
const LONG_ATTEMPT_MS = 20_000;
/** Of a request to a server that hangs. */
const SHORT_ATTEMPT_MS = 250;

/**
 * What should come out, written down by hand: a column for each kind of request that a fault strikes, a row for each
 * fault and how long it lasts.
 *
 *   =  the same rows of every dataset as without the fault, all complete
 *   p  the dataset that is read there is partial, u unread, with the fault as the reason; what is judged by it is named
 *      incomplete as well, and everything else is as without the fault
 *   2  refused before anything is judged
 *   n  the strange value is in the row as it came, and what is judged by it is incomplete because nobody knows it
 *   k  complete, and the strange value (or the lack of one) is in the row as it came
 *   -  there is no such thing
 */
const MATRIX = `
                                                    first apps scim auser pmap agrp grps grp1 memb susp prof pro1 logs uid mail
HTTP 500, once                                      =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
HTTP 500, for ever                                  2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
HTTP 503 with HTML, once                            =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
HTTP 503 with HTML, for ever                        2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
reset before the answer, once                       =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
reset before the answer, for ever                   2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
reset within the body, in chunks, once              =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
reset within the body, in chunks, for ever          2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
reset within the body, of known length, once        =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
reset within the body, of known length, for ever    2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
truncated JSON, once                                =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
truncated JSON, for ever                            2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
hang, once                                          =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
hang, for ever                                      2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
hang within the body, once                          =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
429 with a reset, once                              =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
429 with a reset, for ever                          2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
429 without a reset, once                           =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
429 without a reset, for ever                       2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
429 of too many at once, once                       =     =    =    =     =    =    =    =    =    =    =    =    =    =   =
HTTP 401, for ever                                  2     p    u    p     p    p    p    p    p    p    u    p    p    u   p
HTTP 403, for ever                                  2     p    u    p     p    p    p    p    p    p    u    p    p    p   p
empty page with a next link, once                   =     =    -    =     =    =    =    -    =    =    =    -    =    -   =
no Link header, once                                =     =    -    =     =    =    =    -    =    =    =    -    =    -   =
no Link header, for ever                            p     p    -    p     p    p    p    -    p    p    u    -    p    -   p
next link that repeats, for ever                    p     p    -    p     p    p    p    -    p    p    u    -    p    -   p
next link to another origin, for ever               p     p    -    p     p    p    p    -    p    p    u    -    p    -   p
cursor expired, once                                -     =    -    =     =    =    =    -    =    =    =    -    =    -   -
cursor expired, for ever                            -     p    -    p     p    p    p    -    p    p    u    -    p    -   -
unknown value, for ever                             k     k    n    n     n    -    n    n    n    -    -    -    k    n   n
no id, for ever                                     p     p    u    p     p    p    p    p    p    p    u    p    p    p   p
optional fields missing, for ever                   k     k    k    k     k    k    k    k    k    k    -    k    k    k   k
`;

const COLUMNS: Readonly<Record<string, Target>> = {
  first: 'the very first request',
  apps: 'apps',
  scim: 'SCIM app',
  auser: 'app users',
  pmap: 'push mappings',
  agrp: 'app groups',
  grps: 'groups',
  grp1: 'one group',
  memb: 'members',
  susp: 'suspended',
  prof: 'profile mappings',
  pro1: 'one profile mapping',
  logs: 'log events',
  uid: 'user by id',
  mail: 'user by e-mail',
};

/** What an incomplete read of the SCIM app's choice leaves unread. */
const UNDER_THE_SCIM_APP: DatasetName[] = [
  'okta.scimApp',
  'okta.appUsers',
  'okta.provisioningConnection',
  'okta.profileMappings',
  'okta.groupPushMappings',
  'okta.appGroups',
  'okta.logEvents',
  'okta.pushScope',
  'okta.groupMembers',
  'okta.userLookups',
  'okta.assignmentChecks',
];

/** The dataset that is read at each place, and those that cannot be complete without it. */
const READS: Readonly<Record<Target, { dataset: DatasetName; drags: readonly DatasetName[] }>> = {
  'the very first request': { dataset: 'okta.apps', drags: UNDER_THE_SCIM_APP },
  apps: { dataset: 'okta.apps', drags: UNDER_THE_SCIM_APP },
  'SCIM app': { dataset: 'okta.scimApp', drags: [] },
  'app users': { dataset: 'okta.appUsers', drags: ['okta.userLookups', 'okta.assignmentChecks'] },
  'push mappings': {
    dataset: 'okta.groupPushMappings',
    drags: ['okta.pushScope', 'okta.groupMembers', 'okta.logEvents'],
  },
  'app groups': { dataset: 'okta.appGroups', drags: [] },
  groups: { dataset: 'okta.groups', drags: [] },
  'one group': { dataset: 'okta.groups', drags: [] },
  members: { dataset: 'okta.groupMembers', drags: [] },
  suspended: { dataset: 'okta.suspendedUsers', drags: [] },
  'profile mappings': { dataset: 'okta.profileMappings', drags: [] },
  'one profile mapping': { dataset: 'okta.profileMappings', drags: [] },
  'log events': { dataset: 'okta.logEvents', drags: [] },
  'user by id': { dataset: 'okta.userLookups', drags: [] },
  'user by e-mail': { dataset: 'okta.userLookups', drags: [] },
};

/** What the reason of an incomplete read says about each fault. */
const SAID: Readonly<Record<FaultName, RegExp>> = {
  'HTTP 500': /HTTP 500/u,
  'HTTP 503 with HTML': /HTTP 503/u,
  'reset before the answer': /the connection (was reset|broke)/u,
  'reset within the body, in chunks': /the answer broke off/u,
  'reset within the body, of known length': /the answer broke off/u,
  'truncated JSON': /no valid JSON/u,
  hang: /not answered in time/u,
  'hang within the body': /not answered in time/u,
  '429 with a reset': /HTTP 429/u,
  '429 without a reset': /HTTP 429/u,
  '429 of too many at once': /HTTP 429/u,
  'HTTP 401': /HTTP 401/u,
  'HTTP 403': /HTTP 403/u,
  'empty page with a next link': /empty pages/u,
  'no Link header': /without a Link header/u,
  'next link that repeats': /next link that was followed before/u,
  'next link to another origin': /is not followed/u,
  'cursor expired': /HTTP 400/u,
  'next link lost': /their end is not proved/u,
  'unknown value': /does not know/u,
  'no id': /cannot be used: (uu)?id /u,
  'optional fields missing': /cannot be used/u,
};

type Row = Readonly<Record<string, unknown>>;

/** The row that a strange answer changes, and how: dataset → columns. */
const STRANGE: Readonly<Record<'unknown value' | 'optional fields missing', Partial<Record<Target, Row>>>> = {
  'unknown value': {
    'the very first request': { status: UNKNOWN_VALUE },
    apps: { status: UNKNOWN_VALUE },
    'SCIM app': { status: UNKNOWN_VALUE },
    'app users': { status: UNKNOWN_VALUE },
    'push mappings': { status: UNKNOWN_VALUE },
    groups: { type: UNKNOWN_VALUE },
    'one group': { type: UNKNOWN_VALUE },
    members: { status: UNKNOWN_VALUE },
    'log events': { event_type: UNKNOWN_EVENT_TYPE },
    'user by id': { status: UNKNOWN_VALUE },
    'user by e-mail': { status: UNKNOWN_VALUE },
  },
  'optional fields missing': {
    'the very first request': { sign_on_mode: null },
    apps: { sign_on_mode: null },
    'SCIM app': { sign_on_mode: null, features: [] },
    'app users': { sync_state: null, last_updated: null },
    'push mappings': { last_push: null, last_updated: null },
    'app groups': { last_updated: null },
    groups: { last_updated: null },
    'one group': { last_updated: null },
    members: { last_updated: null },
    suspended: { last_updated: null },
    'one profile mapping': { properties: [] },
    'log events': { outcome: null },
    'user by id': { last_updated: null },
    'user by e-mail': { last_updated: null },
  },
};

/** Where a changed user shows: in the users, and for suspended people in a dataset of their own as well. */
const USERS_SHOWN: Partial<Record<Target, readonly DatasetName[]>> = {
  members: ['okta.users'],
  suspended: ['okta.users', 'okta.suspendedUsers'],
  'user by id': ['okta.users'],
  'user by e-mail': ['okta.users'],
};

interface Cell {
  fault: FaultName;
  lasts: 'once' | 'for ever';
  target: Target;
  outcome: '=' | 'p' | 'u' | '2' | 'k' | 'n';
}

function cellsOf(matrix: string): Cell[] {
  const [header = '', ...lines] = matrix.split('\n').filter((line) => line.trim() !== '');
  const columns = [...header.matchAll(/\S+/gu)].map(({ 0: name, index }) => ({ at: index, name }));
  return lines.flatMap((line) => {
    const named = /^(?<fault>.+), (?<lasts>once|for ever) {2}/u.exec(line)?.groups;
    if (!named) throw new Error(`No fault in: ${line}`);
    return columns.flatMap(({ at, name }) => {
      const outcome = line[at];
      const target = COLUMNS[name];
      if (target === undefined || outcome === undefined || !'=pu2kn-'.includes(outcome)) {
        throw new Error(`No outcome under ${name} in: ${line}`);
      }
      return outcome === '-' ? [] : [{ ...named, target, outcome } as Cell];
    });
  });
}

interface Collected {
  sink: MemorySink;
  error: unknown;
  warnings: string[];
  /** Everything that was asked, in order. */
  asked: { path: string; query: string; status: number }[];
  sleptMs: number;
}

/** Serves the org and collects from it in virtual time. */
async function collect(
  okta: SandboxOkta,
  hook: FaultHook | undefined,
  { attemptTimeoutMs = LONG_ATTEMPT_MS, ...options }: OktaSandboxOptions & { attemptTimeoutMs?: number } = {},
): Promise<Collected> {
  const sandbox = await startOktaSandbox(okta, {
    token: TOKEN,
    now: () => BEGAN,
    rateLimits: NO_RATE_LIMITS,
    ...(hook ? { fault: hook } : {}),
    ...options,
  });
  const sink = new MemorySink();
  const tools = virtualTools(BEGAN.getTime());
  let error: unknown = null;
  let warnings: string[] = [];
  try {
    ({ warnings } = await collectOkta({
      okta: {
        orgUrl: sandbox.url,
        credentials: { mode: 'SSWS', token: TOKEN },
        budgetPercent: 100,
      },
      settings: {
        scim_app: SCIM_APP_LABEL,
        sso_app: null,
        push_groups: null,
        lag_minutes: 60,
        log_days: 7,
      },
      sink,
      began: BEGAN,
      storeUsers: Promise.resolve(storeUsers()),
      membersRead: () => sink.readBack('okta.groupMembers'),
      tools,
      attemptTimeoutMs,
    }));
  } catch (thrown) {
    error = thrown;
  } finally {
    await sandbox.close();
  }
  return {
    sink,
    error,
    warnings,
    asked: [...sandbox.requests],
    sleptMs: tools.slept.reduce((sum, ms) => sum + ms, 0),
  };
}

const APP = `/api/v1/apps/${SCIM_APP_ID}`;

function isLongGroup({ path, query }: { path: string; query: URLSearchParams }): boolean {
  return path === `/api/v1/groups/${LONG_GROUP_ID}/users` && !query.has('after');
}

const TOKEN = '00fault-token-that-nobody-may-see';
const OKTA_DATASETS = (Object.keys(DATASETS) as DatasetName[]).filter((name) => name.startsWith('okta.'));

/** The rows as a set of texts: a listing that is begun anew brings rows twice, and the order is nobody's. */
function rowSet(sink: MemorySink, name: DatasetName): Set<string> {
  return new Set(sink.rows(name).map((row) => JSON.stringify(row)));
}

function isComplete(sink: MemorySink, name: DatasetName): boolean {
  return sink.states.get(name)?.completeness === 'complete';
}

/**
 * Rows that follow from other datasets: the users that any listing shows, and beside the listed groups those that push
 * mappings name. They are as complete as what they follow from, and no rule takes them for more.
 */
const FOLLOWING: ReadonlySet<DatasetName> = new Set<DatasetName>(['okta.users', 'okta.groups']);

/** Nothing is complete that has not the rows of the undisturbed run, and no row is there that it has not. */
function expectNoFalseCompleteness(got: MemorySink, clean: MemorySink): void {
  for (const name of OKTA_DATASETS) {
    const state = got.states.get(name);
    const rows = rowSet(got, name);
    const whole = rowSet(clean, name);
    expect(state, name).toBeDefined();
    expect(
      [...rows].filter((row) => !whole.has(row)),
      name,
    ).toEqual([]);
    if (state?.completeness !== 'complete') expect(state?.reason, name).not.toBe('');
    else if (!FOLLOWING.has(name)) expect(rows.size, name).toBe(whole.size);
  }
}

function expectSame(got: MemorySink, clean: MemorySink): void {
  for (const name of OKTA_DATASETS) {
    expect(got.states.get(name), name).toEqual(clean.states.get(name));
    expect(rowSet(got, name), name).toEqual(rowSet(clean, name));
  }
}

function expectIncomplete({ sink }: Collected, clean: MemorySink, { fault, target, outcome }: Cell): void {
  const { dataset, drags } = READS[target];
  expect(sink.states.get(dataset)).toEqual({
    completeness: outcome === 'p' ? 'partial' : 'unread',
    reason: expect.stringMatching(SAID[fault]),
  });
  expectNoFalseCompleteness(sink, clean);
  const incomplete = OKTA_DATASETS.filter((name) => isComplete(clean, name) && !isComplete(sink, name));
  // Without a token nothing more is asked, so whatever was not over yet is incomplete, too.
  if (fault === 'HTTP 401') expect(incomplete).toEqual(expect.arrayContaining([dataset, ...drags]));
  else expect(incomplete.sort()).toEqual([dataset, ...drags].sort());
}

function expectKept({ sink }: Collected, clean: MemorySink, { fault, target, outcome }: Cell): void {
  const changed =
    fault === 'unknown value' || fault === 'optional fields missing' ? STRANGE[fault][target] : undefined;
  if (!changed) throw new Error(`What ${fault} does to ${target} is not written down.`);
  const shown = USERS_SHOWN[target] ?? [READS[target].dataset];
  const { dataset, drags } = USERS_SHOWN[target] ? { dataset: 'okta.users', drags: [] } : READS[target];
  if (outcome === 'n') {
    expect(sink.states.get(dataset as DatasetName)).toEqual({
      completeness: 'partial',
      reason: expect.stringContaining(`one that this version does not know: "${UNKNOWN_VALUE}"`),
    });
  }
  for (const name of OKTA_DATASETS) {
    if (outcome === 'n' && [dataset, ...drags].includes(name)) {
      expect(isComplete(sink, name), name).toBe(false);
      if (name !== dataset) continue;
    } else if (drags.length > 0 && FOLLOWING.has(name)) {
      expect([...rowSet(sink, name)].filter((row) => !rowSet(clean, name).has(row))).toEqual([]);
      continue;
    } else expect(sink.states.get(name), name).toEqual(clean.states.get(name));
    // Whoever is not known to be deprovisioned is asked for.
    if (name === 'okta.assignmentChecks') continue;
    const before = rowSet(clean, name);
    const after = rowSet(sink, name);
    const gone = [...before].filter((row) => !after.has(row)).map((row) => JSON.parse(row) as Row);
    const come = [...after].filter((row) => !before.has(row)).map((row) => JSON.parse(row) as Row);
    if (shown.includes(name)) {
      expect(gone.length, name).toBeGreaterThan(0);
      expect(come, name).toEqual(gone.map((row) => ({ ...row, ...changed })));
    } else expect({ gone, come }, name).toEqual({ gone: [], come: [] });
  }
}

let elsewhere: Elsewhere;
let org: SandboxOkta;
let clean: Collected;

beforeAll(async () => {
  elsewhere = await startElsewhere();
  org = faultOrg(SMALL);
  clean = await collect(org, undefined, { pageSizeCap: PAGE_SIZE });
});

afterAll(async () => {
  await elsewhere?.close();
});

async function expectCell(cell: Cell): Promise<void> {
  const { fault, lasts, target, outcome } = cell;
  const { hook, strikes } = strike(fault, TARGETS[target], { lasts, elsewhere: elsewhere.origin });
  const got = await collect(org, hook, {
    pageSizeCap: PAGE_SIZE,
    attemptTimeoutMs: fault.startsWith('hang') ? SHORT_ATTEMPT_MS : LONG_ATTEMPT_MS,
  });
  expect(strikes()).toBeGreaterThan(0);
  expect(elsewhere.asked).toEqual([]);
  expect(JSON.stringify([...got.sink.states, got.warnings, String(got.error)])).not.toContain(TOKEN);
  if (outcome === '2') {
    expect(got.error).toBeInstanceOf(AuditError);
    expect((got.error as AuditError).message).toMatch(SAID[fault]);
    // Nothing but the apps was asked for.
    expect(new Set(got.asked.map(({ path }) => path))).toEqual(new Set(['/api/v1/apps']));
    return;
  }
  expect(got.error).toBeNull();
  if (outcome === '=') expectSame(got.sink, clean.sink);
  else if (outcome === 'k' || outcome === 'n') expectKept(got, clean.sink, cell);
  else expectIncomplete(got, clean.sink, cell);
}

describe('an org in which nothing goes wrong', () => {
  it('is read in full, several pages of each listing', () => {
    expect(clean.error).toBeNull();
    const incomplete = OKTA_DATASETS.filter((name) => !isComplete(clean.sink, name));
    expect(incomplete).toEqual([
      'okta.ssoApp',
      'okta.appFeatures',
      'okta.ssoAppUsers',
      'okta.ssoAppGroups',
      'okta.otherAppUsers',
      'okta.otherPushMappings',
    ]);
    for (const [name, isStruck] of Object.entries(TARGETS)) {
      const hits = clean.asked.filter(({ path, query }) =>
        isStruck({ path, query: new URLSearchParams(query) } as Parameters<typeof isStruck>[0]),
      );
      expect(hits.length, name).toBeGreaterThan(0);
    }
    expect(clean.sleptMs).toBe(0);
  });
});

describe.concurrent('a fault', () => {
  it.each(cellsOf(MATRIX))('$fault, $lasts: $target $outcome', (cell) => expectCell(cell));
});

describe('a full page that has lost its next link', () => {
  /** One row more than a page of each listing has. */
  const large = faultOrg({
    ...SMALL,
    apps: 201,
    appUsers: 501,
    appGroups: 201,
    mappings: 1001,
    groups: 201,
    members: 1001,
    suspended: 201,
    logEvents: 1001,
  });
  let whole: Collected;
  beforeAll(async () => {
    whole = await collect(large, undefined);
  });
  const firstPage: Partial<Record<Target, (asked: { path: string; query: URLSearchParams }) => boolean>> = {
    'the very first request': ({ path, query }) => path === '/api/v1/apps' && !query.has('after'),
    'app users': ({ path, query }) => path === `${APP}/users` && !query.has('after'),
    'push mappings': ({ path, query }) => path === `${APP}/group-push/mappings` && !query.has('after'),
    'app groups': ({ path, query }) => path === `${APP}/groups` && !query.has('after'),
    groups: ({ path, query }) => path === '/api/v1/groups' && !query.has('after'),
    members: isLongGroup,
    suspended: ({ path, query }) =>
      path === '/api/v1/users' && !query.has('after') && (query.get('filter') ?? '').includes('SUSPENDED'),
    'log events': ({ path, query }) => path === '/api/v1/logs' && !query.has('after'),
  };

  it.each(Object.entries(firstPage))('%s, once: is asked for once more', async (_, isStruck) => {
    const { hook, strikes } = strike('next link lost', isStruck, {
      lasts: 'once',
      elsewhere: elsewhere.origin,
    });
    const got = await collect(large, hook);
    expect(strikes()).toBe(1);
    expect(got.error).toBeNull();
    expectSame(got.sink, whole.sink);
  });

  it.each([
    ['of a full page', large, {}],
    ['of a page that could be the last', faultOrg(SMALL), { pageSizeCap: PAGE_SIZE }],
  ] as const)("members, for ever, %s: the group's own count tells", async (_, served, options) => {
    const { hook } = strike('next link lost', isLongGroup, {
      lasts: 'for ever',
      elsewhere: elsewhere.origin,
    });
    const undisturbed = served === large ? whole : clean;
    const got = await collect(served, hook, options);
    expectIncomplete(got, undisturbed.sink, {
      fault: 'next link lost',
      lasts: 'for ever',
      target: 'members',
      outcome: 'p',
    });
  });
});
