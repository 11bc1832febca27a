import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseAgain, chooseBase } from '../../src/collect/base-snapshot.ts';
import { DATASET_NAMES, type DatasetName, type Side } from '../../src/domain/dataset.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { CarriedOver, SealedSettings } from '../../src/domain/manifest.ts';
import { summarizeRun } from '../../src/domain/run.ts';
import { runsOfOrg } from '../../src/runs/find-runs.ts';
import { sealRun } from '../../src/runs/seal.ts';
import { createSnapshot } from '../../src/snapshot/write-snapshot.ts';
import { sampleResult } from '../report/sample-run.ts';
import { World } from '../support/world.ts';

const ORG = 'acme.okta.com';
const SETTINGS: SealedSettings = {
  scim_app: null,
  sso_app: null,
  push_groups: null,
  lag_minutes: 60,
  log_days: 7,
};
const NOW = new Date('2026-11-24T03:15:00.000Z');
const LAST_NIGHT = '2026-11-23T03:15:00.000Z';

let reportsDir: string;
beforeEach(() => {
  reportsDir = mkdtempSync(join(tmpdir(), 'optiid-audit-base-'));
});
afterEach(() => rmSync(reportsDir, { recursive: true }));

interface RunOf {
  began?: string;
  organization?: string;
  settings?: SealedSettings;
  carried?: Partial<CarriedOver>;
  unread?: DatasetName;
}

/** What no org is without. */
const ALWAYS_THERE = new World();
ALWAYS_THERE.oktaGroup('Everyone');

/** A run of an org in which there was little to read. */
async function run(over: RunOf = {}): Promise<string> {
  const began = over.began ?? LAST_NIGHT;
  const dir = join(reportsDir, ORG, `${began.replace(/[-:]|\.\d+/gu, '')}-drift`);
  mkdirSync(dir, { recursive: true });
  const writer = createSnapshot({ folder: join(dir, 'snapshot'), clock: () => new Date(began) });
  for (const name of DATASET_NAMES) {
    if (name === over.unread) writer.unread(name, 'HTTP 403');
    else
      await writer.collect(name, async (sink) => {
        for (const row of ALWAYS_THERE.rows[name]) await sink.write(row as never);
      });
  }
  const organization = over.organization ?? 'org-1';
  const { manifest, hash } = await writer.seal({
    tool: { name: 'optiid-audit', version: '1.0.0' },
    org: ORG,
    opti_organization_id: organization,
    settings: over.settings ?? SETTINGS,
    carried_over: over.carried
      ? {
          snapshot: 'a'.repeat(64),
          began,
          nights: 1,
          full_read: began,
          groups: [],
          memberships: 0,
          ...over.carried,
        }
      : null,
  });
  await sealRun(dir, summarizeRun(sampleResult({ job: 'drift', manifest, snapshotHash: hash })), null);
  return dir;
}

async function choose(since = 'last', sides: Side[] = ['okta', 'opti-id']) {
  const identity = {
    tool: { name: 'optiid-audit', version: '1.0.0' },
    job: 'drift',
    org: ORG,
    opti_organization_id: 'org-1',
    opti_id_source: 'database' as const,
    sides,
    settings: SETTINGS,
  };
  const { runs } = await runsOfOrg(join(reportsDir, ORG), null);
  return chooseBase(since, { identity, runs, now: NOW });
}

/** Why everything is read. */
async function reason(over: RunOf): Promise<string> {
  await run(over);
  const { base, notes } = await choose();
  expect(base).toBeNull();
  return notes.join();
}

describe("the org's last snapshot is the base", () => {
  it('where it is complete and young, and then something is said of it', async () => {
    await run({ began: '2026-11-22T03:15:00.000Z' });
    await run();
    const { base, notes } = await choose();
    expect(base).toMatchObject({ nights: 1, fullRead: LAST_NIGHT });
    expect(base?.snapshot.manifest.began).toBe(LAST_NIGHT);
    expect(notes).toEqual([expect.stringContaining(`since ${LAST_NIGHT}`)]);
  });

  it('not where there is none, nor one of another organization', async () => {
    expect(await choose()).toEqual({ base: null, notes: [] });
    await run({ organization: 'org-2' });
    expect(await choose()).toEqual({ base: null, notes: [] });
  });

  it('not where it is incomplete: an older one does not stand in for it', async () => {
    await run({ began: '2026-11-22T03:15:00.000Z' });
    expect(await reason({ unread: 'okta.groupMembers' })).toContain('incomplete (okta.groupMembers)');
  });

  it('also where only the store was incomplete: that is read whole each time', async () => {
    await run({ unread: 'optiId.users' });
    expect((await choose()).base).not.toBeNull();
  });

  it('not where it is damaged', async () => {
    writeFileSync(join(await run(), 'snapshot/manifest.json'), '{}');
    expect(await choose()).toEqual({ base: null, notes: [] });
  });

  it('not where another snapshot was put in its place', async () => {
    const other = await run({ began: '2026-11-22T03:15:00.000Z' });
    const last = await run();
    rmSync(join(last, 'snapshot'), { recursive: true });
    cpSync(join(other, 'snapshot'), join(last, 'snapshot'), { recursive: true });
    expect(await choose()).toEqual({ base: null, notes: [] });
  });

  it('up to eight days, and not in the future', async () => {
    expect(await reason({ began: '2026-11-16T03:15:00.000Z' })).toContain('more than a week old');
    rmSync(reportsDir, { recursive: true });
    expect(await reason({ began: '2026-11-24T03:15:01.000Z' })).toContain('in the future');
  });

  it('six nights in a row: the seventh reads everything', async () => {
    await run({ carried: { nights: 5, full_read: '2026-11-18T03:15:00.000Z' } });
    expect((await choose()).base).toMatchObject({ nights: 6, fullRead: '2026-11-18T03:15:00.000Z' });
    await run({
      began: '2026-11-23T04:15:00.000Z',
      carried: { nights: 6, full_read: '2026-11-18T03:15:00.000Z' },
    });
    const { base, notes } = await choose();
    expect(base).toBeNull();
    expect(notes).toEqual([expect.stringContaining('due every 7 nights')]);
  });

  it('not where the last full read is a week ago, however few nights lie between', async () => {
    const full_read = '2026-11-17T03:20:00.000Z';
    expect(await reason({ carried: { nights: 2, full_read } })).toContain(`the last time was ${full_read}`);
  });

  it.each<Partial<SealedSettings>>([{ scim_app: '0oa1' }, { sso_app: '0oa1' }, { push_groups: ['A*'] }])(
    'not where it was collected with other settings: %j',
    async (over) => {
      expect(await reason({ settings: { ...SETTINGS, ...over } })).toContain('other settings');
    },
  );

  it('not for a collection that leaves Okta out', async () => {
    await run();
    expect((await choose('last', ['opti-id'])).base).toBeNull();
  });
});

describe('a snapshot named by --since', () => {
  it('is the base, by its run or by itself', async () => {
    const dir = await run();
    for (const folder of [dir, join(dir, 'snapshot')]) expect((await choose(folder)).base).not.toBeNull();
  });

  it('is refused where it is of another organization, or none', async () => {
    const other = await run({ organization: 'org-2' });
    await expect(choose(other)).rejects.toThrow('--since');
    await expect(choose(other)).rejects.toBeInstanceOf(AuditError);
    await expect(choose(join(reportsDir, 'nowhere'))).rejects.toThrow('There is no folder');
    // Without the store nobody knows which organization it is for.
    expect((await choose(other, ['okta'])).base).not.toBeNull();
  });

  it('is no base where something speaks against it, and that is said', async () => {
    const old = await run({ began: '2026-11-01T03:15:00.000Z' });
    const { base, notes } = await choose(old);
    expect(base).toBeNull();
    expect(notes).toEqual([expect.stringContaining('Everything is read')]);
  });
});

it('a resumed collection has the same base, or none where that has changed', async () => {
  const dir = await run();
  const { base } = await choose();
  const hash = base?.snapshot.hash ?? '';
  expect(await baseAgain({ folder: dir, hash })).toEqual(
    expect.objectContaining({ nights: 1, fullRead: LAST_NIGHT }),
  );
  expect(await baseAgain({ folder: dir, hash: 'b'.repeat(64) })).toBeNull();
  expect(await baseAgain({ folder: join(dir, 'gone'), hash })).toBeNull();
});
