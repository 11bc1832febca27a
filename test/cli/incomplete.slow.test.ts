import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatasetName } from '../../src/domain/dataset.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import type { Fault } from '../../src/sandbox/okta-fault.ts';
import { sampleWorld } from '../../src/sandbox/sample-world.ts';
import { Desk, type Ending, readCsv, readRun } from './support/cli.ts';
import { expectNoFalsePass } from './support/no-false-pass.ts';
import { type Sides, startSides } from './support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS });
const REFUSED: Fault = {
  kind: 'status',
  status: 403,
  body: {
    errorCode: 'E0000006',
    errorSummary: 'You do not have permission to perform the requested action',
    errorLink: 'E0000006',
    errorId: 'oae1',
    errorCauses: [],
  },
};
const REVOKED: Fault = {
  kind: 'status',
  status: 401,
  body: {
    errorCode: 'E0000011',
    errorSummary: 'Invalid token provided',
    errorLink: 'E0000011',
    errorId: 'oae2',
    errorCauses: [],
  },
};

let world: SandboxWorld;
let sides: Sides;
let scimAppId: string;
let whole: RunSummary;
let wholeFindings: Record<string, string>[];
let desk: Desk;

beforeAll(async () => {
  world = sampleWorld(new Date());
  sides = await startSides(world, { pageSizeCap: 20 });
  scimAppId =
    world.okta.apps.find(({ name, status }) => name === 'scim2headerauth' && status === 'ACTIVE')?.id ?? '';
  const complete = await Desk.open();
  expect((await complete.run(['precutover', '--quiet'], sides.settings)).code).toBe(1);
  whole = readRun(complete.onlyRun());
  wholeFindings = readCsv(complete.onlyRun(), 'findings');
  await complete.close();
}, PATIENCE_MS);

afterAll(async () => {
  await sides?.close();
}, PATIENCE_MS);

beforeEach(async () => {
  desk = await Desk.open();
  sides.okta.clearRequests();
  return async () => {
    sides.okta.setFault();
    await desk.close();
  };
});

/** The run on a spoilt org: code 3, and what it does not know it says. */
async function incompleteRun(
  compared = whole,
): Promise<{ ending: Ending; gaps: DatasetName[]; unknown: string[] }> {
  const ending = await desk.audit('precutover', sides.settings);
  expect(ending.code, ending.stderr).toBe(3);
  expect(ending.stderr).not.toMatch(/^\s+at |This is a bug/mu);
  const { gaps, unknown } = expectNoFalsePass(desk.onlyRun(), compared);
  expect(unknown.length).toBeGreaterThan(0);
  // The person is told as well.
  for (const name of gaps)
    expect(ending.stdout).toMatch(new RegExp(`- ${name} was (not read|read in part)`, 'u'));
  // One by itself, or several by their common cause.
  const said = ending.stdout.replaceAll(/\s+/gu, ' ');
  for (const rule of unknown) {
    expect(said).toMatch(new RegExp(`${rule} did not run: |rules did not run: [^\\n]*[(, ]${rule}[,)]`, 'u'));
  }
  expect([...new Set(sides.okta.requests.map(({ method }) => method))]).toEqual(['GET']);
  return { ending, gaps, unknown };
}

describe('one endpoint that answers 403', () => {
  const endpoints: Record<
    string,
    { refuses: (path: string, query: URLSearchParams) => boolean; gap: DatasetName }
  > = {
    'group push mappings': {
      refuses: (path) => path.endsWith('/group-push/mappings'),
      gap: 'okta.groupPushMappings',
    },
    groups: { refuses: (path) => path === '/api/v1/groups', gap: 'okta.groups' },
    'the members of one group': {
      refuses: (path) => path === `/api/v1/groups/${groupWithMembers()}/users`,
      gap: 'okta.groupMembers',
    },
    'app users': { refuses: (path) => path === `/api/v1/apps/${scimAppId}/users`, gap: 'okta.appUsers' },
    'suspended users': {
      refuses: (path, query) => path === '/api/v1/users' && query.has('filter'),
      gap: 'okta.suspendedUsers',
    },
    'the System Log': { refuses: (path) => path === '/api/v1/logs', gap: 'okta.logEvents' },
    'profile mappings': {
      refuses: (path) => path.startsWith('/api/v1/mappings'),
      gap: 'okta.profileMappings',
    },
  };
  it.each(Object.entries(endpoints))(
    '%s: code 3, and every rule that needs it is unknown',
    async (_, { refuses, gap }) => {
      sides.okta.setFault(({ path, query }) => (refuses(path, query) ? REFUSED : undefined));
      const { gaps, ending } = await incompleteRun();
      expect(gaps).toContain(gap);
      expect(ending.stdout).toContain('HTTP 403');
      expect(readRun(desk.onlyRun()).datasets[gap].reason).toContain('HTTP 403');
    },
    PATIENCE_MS,
  );
});

describe('in the middle', () => {
  it(
    'the token is revoked: what came before is kept, nothing is asked after',
    async () => {
      fromTheMiddleOn(REVOKED);
      const { gaps } = await incompleteRun();
      expect(gaps.length).toBeGreaterThan(1);
      expect(readRun(desk.onlyRun()).datasets['okta.apps'].completeness).toBe('complete');
      // Those that were on their way when the first was refused.
      expect(sides.okta.requests.filter(({ status }) => status === 401).length).toBeLessThan(20);
    },
    PATIENCE_MS,
  );

  it(
    'a page has no Link header, twice: its end is not proved',
    async () => {
      sides.okta.setFault(({ path, query }) =>
        path === `/api/v1/apps/${scimAppId}/users` && query.has('after') ? { kind: 'drop-link' } : undefined,
      );
      const { gaps } = await incompleteRun();
      expect(gaps).toContain('okta.appUsers');
      const { completeness, rows, reason } = readRun(desk.onlyRun()).datasets['okta.appUsers'];
      expect({ completeness, rows }).toEqual({ completeness: 'partial', rows: 40 });
      expect(reason).toContain('without a Link header');
    },
    PATIENCE_MS,
  );

  it(
    'a page without Link header that has it the second time changes nothing',
    async () => {
      sides.okta.setFault(({ path, attempt }) =>
        path === `/api/v1/apps/${scimAppId}/users` && attempt % 2 === 1 ? { kind: 'drop-link' } : undefined,
      );
      expect((await desk.audit('precutover', sides.settings, { quiet: true })).code).toBe(1);
      expect(outcomesOf(readRun(desk.onlyRun()))).toEqual(outcomesOf(whole));
    },
    PATIENCE_MS,
  );

  it(
    'a next link leads to another host: it is not followed',
    async () => {
      sides.okta.setFault(({ path }) =>
        path === '/api/v1/groups'
          ? { kind: 'next-link', url: 'http://127.0.0.2:9/api/v1/groups?after=x' }
          : undefined,
      );
      const { gaps } = await incompleteRun();
      expect(gaps).toContain('okta.groups');
      expect(readRun(desk.onlyRun()).datasets['okta.groups'].reason).toContain('is not followed');
    },
    PATIENCE_MS,
  );

  it(
    'the network is cut: what came before is kept',
    async () => {
      fromTheMiddleOn({ kind: 'reset', when: 'within-body' });
      const { gaps } = await incompleteRun();
      expect(gaps.length).toBeGreaterThan(1);
      expect(readRun(desk.onlyRun()).datasets['okta.apps'].completeness).toBe('complete');
    },
    PATIENCE_MS,
  );
});

describe('what the fault matrix calls partial', () => {
  const faults: Record<string, readonly [gap: DatasetName, fault: Fault, reason: RegExp]> = {
    'app users whose cursor has expired': ['okta.appUsers', { kind: 'status', status: 400 }, /HTTP 400/u],
    'groups whose next link repeats': ['okta.groups', { kind: 'next-link', url: 'self' }, /followed before/u],
    'push mappings without ids': [
      'okta.groupPushMappings',
      {
        kind: 'rewrite',
        rewrite: (body) => (body as object[]).map((row, at) => (at === 0 ? row : { ...row, id: undefined })),
      },
      /cannot be used: id /u,
    ],
  };
  it.each(Object.entries(faults))(
    '%s: what does not need them is as ever',
    async (_, [gap, fault, reason]) => {
      const path = {
        'okta.appUsers': `/api/v1/apps/${scimAppId}/users`,
        'okta.groups': '/api/v1/groups',
        'okta.groupPushMappings': `/api/v1/apps/${scimAppId}/group-push/mappings`,
      }[gap as string];
      sides.okta.setFault((asked) =>
        asked.path === path && (asked.query.has('after') || gap === 'okta.groupPushMappings')
          ? fault
          : undefined,
      );
      const { gaps, unknown } = await incompleteRun();
      expect(gaps).toContain(gap);
      expect(readRun(desk.onlyRun()).datasets[gap].completeness).toBe('partial');
      expect(readRun(desk.onlyRun()).datasets[gap].reason).toMatch(reason);
      const ofOthers = (rows: Record<string, string>[]) =>
        rows.filter(({ rule = '' }) => !unknown.includes(rule)).map(({ finding_id }) => finding_id);
      const expected = ofOthers(wholeFindings);
      expect(expected.length).toBeGreaterThan(0);
      expect(ofOthers(readCsv(desk.onlyRun(), 'findings'))).toEqual(expected);
    },
  );
});

describe('before anybody is assigned to the SCIM app', () => {
  it(
    "the SSO app's users are refused: who would be assigned is unknown",
    async () => {
      const scimApp = world.okta.apps.find(({ id }) => id === scimAppId);
      const ssoApp = world.okta.apps.find(
        ({ id, label }) => id === world.settings.ssoApp || label === world.settings.ssoApp,
      );
      if (!scimApp || !ssoApp) throw new Error('The sample has no such apps.');
      const users = scimApp.users;
      scimApp.users = [];
      try {
        const standingIn = await Desk.open();
        expect((await standingIn.run(['precutover', '--quiet'], sides.settings)).code).toBe(1);
        const compared = readRun(standingIn.onlyRun());
        await standingIn.close();
        expect(compared.datasets['okta.ssoAppUsers'].rows).toBeGreaterThan(0);

        sides.okta.setFault(({ path }) => (path === `/api/v1/apps/${ssoApp.id}/users` ? REFUSED : undefined));
        const { gaps, unknown } = await incompleteRun(compared);
        expect(gaps).toContain('okta.ssoAppUsers');
        expect(unknown).toContain('member-not-assigned');
      } finally {
        scimApp.users = users;
      }
    },
    PATIENCE_MS,
  );
});

describe('what Okta shows for some apps only', () => {
  const refusals: Record<string, readonly [features: Fault, connection: Fault]> = {
    'is forbidden or not there': [
      REFUSED,
      { kind: 'status', status: 404, body: { errorCode: 'E0000007', errorSummary: 'Not found' } },
    ],
  };
  it.each(Object.entries(refusals))(
    '%s: nothing changes but what is skipped',
    async (_, [features, connection]) => {
      sides.okta.setFault(({ path }) =>
        path.endsWith('/features') ? features : path.includes('/connections/') ? connection : undefined,
      );
      const { code } = await desk.audit('precutover', sides.settings, { quiet: true });
      expect(code).toBe(whole.exit_code);
      const run = readRun(desk.onlyRun());
      expect(run.datasets['okta.appFeatures'].completeness).toBe('unread');
      expect(run.datasets['okta.provisioningConnection'].completeness).toBe('unread');
      const skipped = Object.keys(run.rules).filter((rule) => run.rules[rule]?.outcome === 'skipped');
      const spoken = (outcomes: Record<string, string>) =>
        Object.fromEntries(Object.entries(outcomes).filter(([rule]) => !skipped.includes(rule)));
      expect(spoken(outcomesOf(run))).toEqual(spoken(outcomesOf(whole)));
      expect(readCsv(desk.onlyRun(), 'findings').map((row) => row.finding_id)).toEqual(
        wholeFindings.filter((row) => !skipped.includes(row.rule ?? '')).map((row) => row.finding_id),
      );
    },
    PATIENCE_MS,
  );

  it('fails instead of being refused: nobody knows what it would have shown, so its rules are unknown', async () => {
    sides.okta.setFault(({ path }) =>
      path.endsWith('/features')
        ? { kind: 'status', status: 200, body: '<html>' }
        : path.includes('/connections/')
          ? { kind: 'reset', when: 'before-headers' }
          : undefined,
    );
    const { gaps, unknown } = await incompleteRun();
    expect(gaps).toEqual(['okta.appFeatures', 'okta.provisioningConnection']);
    expect(unknown).toContain('provisioning-connection-off');
  });
});

/** Spoils everything after the apps and the first answers, well before the end. */
function fromTheMiddleOn(fault: Fault): void {
  let asked = 0;
  sides.okta.setFault(() => {
    asked += 1;
    return asked > 12 ? fault : undefined;
  });
}

function groupWithMembers(): string {
  const pushed = new Set(whole.scim_app ? world.settings.pushGroups : []);
  const group = world.okta.groups.find(
    ({ type, profile, members }) => type === 'OKTA_GROUP' && members.length > 0 && pushed.has(profile.name),
  );
  return group?.id ?? '';
}

function outcomesOf(run: RunSummary): Record<string, string> {
  return Object.fromEntries(Object.entries(run.rules).map(([rule, { outcome }]) => [rule, outcome]));
}
