import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAudit } from '../../cli/commands/audit.ts';
import { explain } from '../../cli/commands/explain.ts';
import { plan } from '../../cli/commands/plan.ts';
import { query } from '../../cli/commands/query.ts';
import { diff } from '../../cli/commands/runs.ts';
import { share } from '../../cli/commands/share.ts';
import { verify } from '../../cli/commands/verify.ts';
import { DATASETS } from '../../src/domain/dataset.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { sealAgain } from '../support/leave-run.ts';
import { minutesBefore, World } from '../support/world.ts';
import { Desk, expectRefusal, filesBelow } from './support/cli.ts';

const USERS = DATASETS['okta.users'].file;

let desk: Desk;
/** As it was left, and as somebody gives it to us: sealed again after whatever was done to it. */
let own: string;
let given: string;
let finding: Finding;

const night = (began: string) => {
  const world = new World();
  world.began = new Date(began);
  world.organization({ provisioning_mode: 'scim' });
  const opti = world.optiUser({ email: 'ann@example.com', last_name: 'Old' });
  const okta = world.person({ email: 'ann@example.com' }, { external_id: opti });
  const group = world.pushedGroup('Editors', [okta]);
  world.mapping(group, { targetExternalId: world.optiGroup('Editors', [opti], { group_type: 'internal' }) });
  return world;
};

beforeAll(async () => {
  desk = await Desk.open();
  await night(minutesBefore(60)).seal(join(desk.folder, 'before'));
  await night(minutesBefore(0)).seal(join(desk.folder, 'night'));
  const flags = { snapshot: join(desk.folder, 'before'), quiet: true };
  expect((await desk.audit('drift', {}, flags)).code).toBe(1);
  own = desk.onlyRun();
  finding = linesOf(join(own, 'findings.ndjson'))[0] as Finding;
}, 120_000);
afterAll(() => desk?.close());
beforeEach(() => {
  given = join(desk.folder, 'given', basename(own));
  rmSync(given, { recursive: true, force: true });
  cpSync(own, given, { recursive: true });
});

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** Every command that reads a run which the user names. */
const READERS: Readonly<Record<string, (context: RunContext) => Promise<number>>> = {
  query: (context) =>
    query('select count(*) from okta_user', { snapshot: given, format: 'csv', out: desk.reports }, context),
  plan: (context) => plan(given, { stale: true }, context),
  explain: (context) => explain(finding.finding_id, { run: given, out: desk.reports }, context),
  'runs diff': (context) => diff(own, given, { out: desk.reports }, context),
  share: (context) =>
    share(given, { redact: true, file: join(desk.folder, 'copy'), out: desk.reports }, context),
  '--baseline': (context) =>
    runAudit(
      'drift',
      {
        failOn: 'error',
        out: desk.reports,
        snapshot: join(desk.folder, 'night'),
        baseline: given,
        quiet: true,
      },
      context,
    ),
};

type Command = keyof typeof READERS;
const ALL: readonly Command[] = Object.keys(READERS);
/** These look at the rows of the snapshot. */
const OF_ROWS = ALL.filter((name) => name !== 'runs diff');

/** Changes the rows of a dataset and seals the snapshot again, as whoever knows how would; the run takes its hash. */
async function rewriteRows(change: (text: string) => string): Promise<void> {
  const file = join(given, 'snapshot', USERS);
  const bytes = gzipSync(change(gunzipSync(readFileSync(file)).toString()));
  writeFileSync(file, bytes);
  const path = join(given, 'snapshot/manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  manifest.datasets['okta.users'].sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(path, JSON.stringify(manifest));
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
  await sealAgain(given, (run) => Object.assign(run.snapshot as object, { hash }));
}

async function rewriteFile(name: string, change: (text: string) => string): Promise<void> {
  const path = join(given, name);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  await sealAgain(given);
}

const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
const inFindings = (from: RegExp, to: string) => () =>
  rewriteFile('findings.ndjson', (text) => text.replace(from, to));

const TAMPERINGS: readonly [what: string, how: () => Promise<void>, who: readonly Command[], says: RegExp][] =
  [
    [
      'a number for a status',
      () => rewriteRows((text) => text.replace(/"status":"[^"]*"/u, '"status":1')),
      OF_ROWS,
      /line 1 is not a row of okta\.users/u,
    ],
    [
      'a column more',
      () => rewriteRows((text) => text.replace('}', ',"is_admin":true}')),
      OF_ROWS,
      /line 1 is not a row of okta\.users/u,
    ],
    [
      'more rows than the manifest counts',
      () => rewriteRows((text) => text.repeat(3)),
      OF_ROWS,
      /more than the 1 rows that the manifest counts/u,
    ],
    [
      'rows that nest without end',
      () => rewriteRows((text) => text.replace(/"status":"[^"]*"/u, `"status":${deep}`)),
      OF_ROWS,
      /line 1 is not a row of okta\.users/u,
    ],
    [
      'a column more in a finding',
      inFindings(/\}\n/u, ',"cell":"=1+1"}\n'),
      ALL,
      /Line 1 of .*findings\.ndjson is not/u,
    ],
    [
      'a severity of its own',
      inFindings(/"severity":"[^"]*"/u, '"severity":"fatal"'),
      ALL,
      /Line 1 of .*findings\.ndjson/u,
    ],
    [
      'a number beyond all numbers in the evidence',
      inFindings(/"evidence":\{/u, '"evidence":{"count":1e999,'),
      ALL,
      /Line 1 of .*findings\.ndjson/u,
    ],
    [
      'a finding that nests without end',
      inFindings(/"evidence":\{/u, `"evidence":{"x":${deep},`),
      ALL,
      /Line 1 of/u,
    ],
    ['a member twice', inFindings(/^\{/u, '{"rule":"jit-still-on",'), ALL, /Line 1 of .*findings\.ndjson/u],
    [
      'more findings than its run.json counts',
      () => rewriteFile('findings.ndjson', (text) => text + text),
      ALL,
      /holds \d+ findings, and its run\.json counts \d+/u,
    ],
    [
      'a plan of steps that are none',
      () => rewriteFile('plan.json', () => JSON.stringify({ steps: [{ resolves: [finding.finding_id] }] })),
      ['explain'],
      /plan\.json is not as it should be/u,
    ],
    [
      'a plan that nests without end',
      () => rewriteFile('plan.json', () => deep),
      ['explain'],
      /plan\.json is not/u,
    ],
    [
      'a verdict of its own in run.json',
      () => sealAgain(given, (run) => Object.assign(run, { verdict: 'splendid' })),
      ALL,
      /its run\.json is damaged: verdict is not as it should be/u,
    ],
    [
      'a count beyond all counts in run.json',
      () => sealAgain(given, (run) => Object.assign(run.counts as object, { users: 2 ** 60 })),
      ALL,
      /its run\.json is damaged: counts → users/u,
    ],
  ];

describe('a run of somebody else', () => {
  it('is read by every command where it is as it was left', async () => {
    for (const [name, read] of Object.entries(READERS)) {
      const { code, stderr } = await desk.within(read);
      expect({ name, code, stderr }).toMatchObject({ name, code: name === '--baseline' ? 1 : 0 });
    }
    rmSync(join(desk.folder, 'copy'), { recursive: true });
  }, 60_000);

  it.each(TAMPERINGS.map(([what, ...rest], at) => ({ what, at, rest })))(
    'is refused with $what, in one message, and nothing is left of it',
    async ({ at, rest: [how, who, says] }) => {
      await how();
      const before = filesBelow(desk.folder);
      // Two of them each time: over all of these each command has its turn, and the first of them all.
      const asked = at === 0 ? who : [who[at % who.length], who[(at + 1) % who.length]];
      for (const name of new Set(asked as Command[])) {
        const ending = await desk.within(READERS[name] as (typeof READERS)[Command]);
        expectRefusal(ending);
        expect({ name, stderr: ending.stderr }).toMatchObject({ name, stderr: expect.stringMatching(says) });
        expect(ending.stderr.match(/^Error: /gmu)).toHaveLength(1);
      }
      expect(filesBelow(desk.folder)).toEqual(before);
      const verified = await desk.within((context) => verify(given, { out: desk.reports }, context));
      if (!who.includes('explain') || who.length > 1) expect(verified.code).toBe(1);
    },
    60_000,
  );
});
