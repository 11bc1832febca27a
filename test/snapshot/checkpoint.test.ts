import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DatasetName, datasetsOf, type SnapshotSink } from '../../src/domain/dataset.ts';
import { IncompleteRead } from '../../src/domain/errors.ts';
import {
  beginCheckpoint,
  type CollectionAbout,
  isSameCollection,
  readCheckpoint,
  resumeCheckpoint,
} from '../../src/snapshot/checkpoint.ts';
import { createSnapshot } from '../../src/snapshot/write-snapshot.ts';
import { MemorySink } from '../support/memory-sink.ts';

const ABOUT: CollectionAbout = {
  tool: { name: 'optiid-audit', version: '1.0.0' },
  job: 'drift',
  org: 'acme.okta.com',
  opti_organization_id: 'org-1',
  opti_id_source: 'database',
  sides: ['okta', 'opti-id'],
  settings: { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 60, log_days: 7 },
  began: '2026-11-24T03:15:00.000Z',
  since: null,
};
const STORE = datasetsOf('opti-id');

let folder: string;
let checkpointFolder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-checkpoint-'));
  checkpointFolder = join(folder, 'checkpoint');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Reads a store of two members; a dataset may fail. */
async function readStore(sink: SnapshotSink, failing?: DatasetName): Promise<void> {
  for (const name of STORE) {
    if (name === 'optiId.invitations') {
      sink.notApplicable(name, 'No invitations here.');
      continue;
    }
    await sink.collect(name, async (writer) => {
      writer.countRequest();
      if (name === failing) throw new IncompleteRead('it broke');
      if (name !== 'optiId.groupMembers') return;
      for (const opti_user_id of ['u1', 'u2']) {
        await writer.write({ opti_group_id: 'g1', opti_user_id } as never);
      }
    });
  }
}

describe('a side of a collection', () => {
  const collect = async (snapshot: string, read: (sink: SnapshotSink) => Promise<void>, resume: boolean) => {
    const checkpoint = resume
      ? await resumeCheckpoint(checkpointFolder, ABOUT)
      : await beginCheckpoint(checkpointFolder, ABOUT);
    const writer = createSnapshot({ folder: join(folder, snapshot), clock: () => new Date() });
    await checkpoint.collectSide('opti-id', { sink: writer, folder: join(folder, snapshot) }, read);
    await checkpoint.close();
    return checkpoint;
  };
  const replayed = async (): Promise<MemorySink> => {
    const checkpoint = await resumeCheckpoint(checkpointFolder, ABOUT);
    const sink = new MemorySink();
    await checkpoint.collectSide('opti-id', { sink, folder: join(folder, 'c') }, async () => {
      throw new Error('It was read already.');
    });
    await checkpoint.close();
    return sink;
  };

  it('that was read to its end is not read again: its rows and states are given again', async () => {
    expect((await collect('a', (sink) => readStore(sink), false)).holdsAnything).toBe(true);
    rmSync(join(folder, 'a'), { recursive: true });
    const sink = await replayed();
    expect(sink.rows('optiId.groupMembers').map(({ opti_user_id }) => opti_user_id)).toEqual(['u1', 'u2']);
    expect(sink.states.get('optiId.invitations')).toEqual({
      completeness: 'not_applicable',
      reason: 'No invitations here.',
    });
    expect(STORE.every((name) => sink.states.has(name))).toBe(true);
    expect(sink.requests.get('optiId.users')).toBe(1);
  });

  it('that was read in part is read anew as a whole', async () => {
    const first = await collect('a', (sink) => readStore(sink, 'optiId.roles'), false);
    expect(first.holdsAnything).toBe(false);
    let reads = 0;
    await collect(
      'b',
      async (sink) => {
        reads += 1;
        await readStore(sink);
      },
      true,
    );
    expect(reads).toBe(1);
    expect((await replayed()).rows('optiId.groupMembers')).toHaveLength(2);
  });

  it('of which a dataset was taken back is not kept', async () => {
    const first = await collect(
      'a',
      async (sink) => {
        await readStore(sink);
        sink.downgrade('optiId.roles', 'not complete after all');
      },
      false,
    );
    expect(first.holdsAnything).toBe(false);
  });

  it('whose kept rows are damaged does not pass for whole', async () => {
    await collect('a', (sink) => readStore(sink), false);
    rmSync(join(folder, 'a'), { recursive: true });
    const [file = ''] = readdirSync(join(checkpointFolder, 'opti-id')).filter((name) =>
      name.startsWith('group-members'),
    );
    writeFileSync(join(checkpointFolder, 'opti-id', file), 'no gzip');
    expect((await replayed()).states.get('optiId.groupMembers')).toMatchObject({
      completeness: 'unread',
      reason: expect.stringContaining('what was kept of optiId.groupMembers cannot be read'),
    });
  });
});

describe('what a checkpoint says of its collection', () => {
  it('is read again, and is nothing where there is none or another version wrote it', async () => {
    expect(await readCheckpoint(checkpointFolder)).toBeNull();
    await (await beginCheckpoint(checkpointFolder, ABOUT)).close();
    expect(await readCheckpoint(checkpointFolder)).toEqual(ABOUT);
    writeFileSync(join(checkpointFolder, 'checkpoint.json'), JSON.stringify({ format: 99, ...ABOUT }));
    expect(await readCheckpoint(checkpointFolder)).toBeNull();
  });

  it.each<[string, Partial<CollectionAbout>]>([
    ['another version', { tool: { name: 'optiid-audit', version: '1.0.1' } }],
    ['another job', { job: 'precutover' }],
    ['another org', { org: 'beta.okta.com' }],
    ['another organization', { opti_organization_id: 'org-2' }],
    ['one side only', { sides: ['okta'] }],
    ['another app', { settings: { ...ABOUT.settings, scim_app: '0oa2' } }],
    ['other groups', { settings: { ...ABOUT.settings, push_groups: ['A*'] } }],
    ['another window of the log', { settings: { ...ABOUT.settings, log_days: 8 } }],
  ])('does not fit %s', (_what, over) => {
    expect(isSameCollection(ABOUT, { ...ABOUT, ...over })).toBe(false);
  });

  it('fits the same collection whenever it began', () => {
    expect(isSameCollection(ABOUT, { ...ABOUT, sides: ['opti-id', 'okta'] })).toBe(true);
  });
});
