import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATASET_NAMES, DATASETS, type DatasetName, type DatasetRows } from '../../src/domain/dataset.ts';
import { AuditError, IncompleteRead } from '../../src/domain/errors.ts';
import { createSnapshot, type SnapshotMeta, type SnapshotWriter } from '../../src/snapshot/write-snapshot.ts';

const META: SnapshotMeta = {
  tool: { name: 'optiid-audit', version: '0.1.0' },
  org: 'acme.okta.com',
  opti_organization_id: 'org-1',
  settings: { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 60, log_days: 7 },
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A clock that moves one second at each look. */
function steppingClock(): () => Date {
  let seconds = 0;
  return () => new Date(Date.UTC(2026, 10, 24, 3, 15, seconds++));
}

function begin(folder = join(root, 'snapshot')): { folder: string; snapshot: SnapshotWriter } {
  return { folder, snapshot: createSnapshot({ folder, clock: steppingClock() }) };
}

function sayUnread(snapshot: SnapshotWriter, but: readonly DatasetName[] = []): void {
  for (const name of DATASET_NAMES) if (!but.includes(name)) snapshot.unread(name, 'Not asked for.');
}

function lines(folder: string, name: DatasetName): unknown[] {
  return gunzipSync(readFileSync(join(folder, DATASETS[name].file)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const member = (n: number): DatasetRows['okta.groupMembers'] => ({
  okta_group_id: `00g${n % 7}`,
  okta_user_id: `00u${n}`,
});

describe('a dataset in the snapshot', () => {
  it('holds exactly its columns, in their order, whatever the order in the row', async () => {
    const { folder, snapshot } = begin();
    await snapshot.collect('optiId.groups', async (groups) => {
      await groups.write({
        modified_at: null,
        name: 'Editors, "all"\nİ\u200B',
        opti_group_id: 'g1',
        group_type: 'custom',
        user_count: 3,
        description: null,
        created_at: '2026-01-02T03:04:05.000Z',
      });
    });
    const text = gunzipSync(readFileSync(join(folder, 'opti-id/groups.ndjson.gz'))).toString('utf8');
    expect(text).toBe(
      '{"opti_group_id":"g1","name":"Editors, \\"all\\"\\nİ\u200B","description":null,"group_type":"custom",' +
        '"user_count":3,"created_at":"2026-01-02T03:04:05.000Z","modified_at":null}\n',
    );
  });

  it('keeps lists and lists of objects, with the keys of the column type', async () => {
    const { folder, snapshot } = begin();
    await snapshot.collect('okta.logEvents', async (events) => {
      await events.write({
        event_id: 'e1',
        published: '2026-01-02T03:04:05Z',
        event_type: 'group.user_membership.add',
        outcome: 'SUCCESS',
        outcome_reason: null,
        targets: [{ display_name: 'Ann', id: '00u1', type: 'User', alternate_id: null }],
      });
    });
    expect(JSON.stringify(lines(folder, 'okta.logEvents')[0])).toContain(
      '"targets":[{"id":"00u1","type":"User","alternate_id":null,"display_name":"Ann"}]',
    );
  });

  it('writes a value that is left out as null', async () => {
    const { folder, snapshot } = begin();
    await snapshot.collect('okta.appGroups', (groups) =>
      groups.write({ okta_group_id: '00g1' } as DatasetRows['okta.appGroups']),
    );
    expect(lines(folder, 'okta.appGroups')).toEqual([{ okta_group_id: '00g1', last_updated: null }]);
  });

  it('makes a broken text well-formed, so that the engine can read the others', async () => {
    const { folder, snapshot } = begin();
    await snapshot.collect('okta.groupMembers', (rows) =>
      rows.write({ okta_group_id: 'g\uD800', okta_user_id: 'u' }),
    );
    expect(lines(folder, 'okta.groupMembers')).toEqual([{ okta_group_id: 'g\uFFFD', okta_user_id: 'u' }]);
  });

  it.each([
    ['an unknown column', { okta_group_id: 'g', okta_user_id: 'u', token: 'x' }, /no column "token"/u],
    ['a number for a text', { okta_group_id: 7, okta_user_id: 'u' }, /okta\.groupMembers\.okta_group_id/u],
  ])('refuses %s as a bug, and is not kept', async (_what, row, message) => {
    const { folder, snapshot } = begin();
    const collected = snapshot.collect('okta.groupMembers', (rows) => rows.write(row as never));
    await expect(collected).rejects.toThrow(TypeError);
    await expect(collected).rejects.toThrow(message);
    expect(existsSync(join(folder, 'okta/group-members.ndjson.gz'))).toBe(false);
    sayUnread(snapshot, ['okta.groupMembers']);
    await expect(snapshot.seal(META)).rejects.toThrow('okta.groupMembers');
  });

  it('refuses a time that is not UTC, and never repeats the value', async () => {
    const { snapshot } = begin();
    const collected = snapshot.collect('okta.appGroups', (rows) =>
      rows.write({ okta_group_id: 'g', last_updated: '2026-01-02 03:04:05+02' }),
    );
    await expect(collected).rejects.toThrow(
      'okta.appGroups.last_updated must be a UTC time in ISO 8601 or null.',
    );
  });

  it('is not complete when a row was refused and nobody waited for it', async () => {
    const { snapshot } = begin();
    const collected = snapshot.collect('okta.groupMembers', async (rows) => {
      rows.write({ okta_group_id: 1, okta_user_id: 'u' } as never).catch(() => undefined);
      await rows.write(member(1));
    });
    await expect(collected).rejects.toThrow(TypeError);
  });

  it('takes no row after its reading has ended', async () => {
    const { snapshot } = begin();
    let late: () => Promise<void> = async () => undefined;
    await snapshot.collect('okta.groupMembers', async (rows) => {
      late = () => rows.write(member(1));
    });
    await expect(late()).rejects.toThrow('after its reading had ended');
  });

  it('gives back every row of many, through the back-pressure, while others are open', async () => {
    const { folder, snapshot } = begin();
    const count = 60_000;
    await Promise.all([
      snapshot.collect('okta.groupMembers', async (rows) => {
        for (let n = 0; n < count; n += 1) await rows.write(member(n));
      }),
      snapshot.collect('optiId.groupMembers', async (rows) => {
        await Promise.all(
          Array.from({ length: 20 }, async (_, lane) => {
            for (let n = lane; n < count; n += 20) {
              await rows.write({ opti_group_id: `${n % 7}`, opti_user_id: `${n}` });
            }
          }),
        );
      }),
    ]);
    expect(lines(folder, 'okta.groupMembers')).toEqual(Array.from({ length: count }, (_, n) => member(n)));
    const users = (lines(folder, 'optiId.groupMembers') as DatasetRows['optiId.groupMembers'][]).map((row) =>
      Number(row.opti_user_id),
    );
    expect(users.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  it('gives the same bytes for the same rows in the same order, however they arrive', async () => {
    const rows = Array.from({ length: 30_000 }, (_, n) => member(n * 7919));
    const slow = begin(join(root, 'slow'));
    const fast = begin(join(root, 'fast'));
    await slow.snapshot.collect('okta.groupMembers', async (writer) => {
      for (const [n, row] of rows.entries()) {
        await writer.write(row);
        if (n % 3000 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    await fast.snapshot.collect('okta.groupMembers', async (writer) => {
      await Promise.all(rows.map((row) => writer.write(row)));
    });
    const bytes = (folder: string) => readFileSync(join(folder, DATASETS['okta.groupMembers'].file));
    expect(bytes(slow.folder).equals(bytes(fast.folder))).toBe(true);
  });

  it('holds any text, as long as it is well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), async (names) => {
        const folder = await mkdtemp(join(root, 'any-'));
        const { snapshot } = begin(folder);
        await snapshot.collect('okta.groupMembers', async (rows) => {
          for (const name of names) await rows.write({ okta_group_id: name, okta_user_id: '' });
        });
        expect(
          (lines(folder, 'okta.groupMembers') as DatasetRows['okta.groupMembers'][]).map(
            (r) => r.okta_group_id,
          ),
        ).toEqual(names.map((name) => name.toWellFormed()));
      }),
      { numRuns: 50 },
    );
  });
});

describe('what is said about a dataset', () => {
  it('is complete with rows, requests, times and the hash of the file', async () => {
    const { folder, snapshot } = begin();
    const state = await snapshot.collect('okta.groupMembers', async (rows) => {
      rows.countRequest();
      await rows.write(member(1));
      rows.countRequest();
      await rows.write(member(2));
    });
    expect(state).toEqual({ completeness: 'complete', reason: '' });
    sayUnread(snapshot, ['okta.groupMembers']);
    const { manifest } = await snapshot.seal(META);
    expect(manifest.datasets['okta.groupMembers']).toEqual({
      file: 'okta/group-members.ndjson.gz',
      completeness: 'complete',
      reason: '',
      rows: 2,
      requests: 2,
      began: '2026-11-24T03:15:01.000Z',
      ended: '2026-11-24T03:15:02.000Z',
      sha256: createHash('sha256')
        .update(readFileSync(join(folder, 'okta/group-members.ndjson.gz')))
        .digest('hex'),
    });
  });

  it('is complete when it was read to its end and is empty', async () => {
    const { folder, snapshot } = begin();
    await snapshot.collect('okta.groupMembers', async () => undefined);
    expect(lines(folder, 'okta.groupMembers')).toEqual([]);
    sayUnread(snapshot, ['okta.groupMembers']);
    const { manifest } = await snapshot.seal(META);
    expect(manifest.datasets['okta.groupMembers']).toMatchObject({ completeness: 'complete', rows: 0 });
  });

  it('is partial when the reading stopped after some rows, which are kept', async () => {
    const { folder, snapshot } = begin();
    const state = await snapshot.collect('okta.groupMembers', async (rows) => {
      await rows.write(member(1));
      throw new IncompleteRead('Okta answered 403 on page 2.');
    });
    expect(state).toEqual({ completeness: 'partial', reason: 'Okta answered 403 on page 2.' });
    expect(lines(folder, 'okta.groupMembers')).toEqual([member(1)]);
  });

  it('is unread when the reading stopped before any row, and leaves no file', async () => {
    const { folder, snapshot } = begin();
    const state = await snapshot.collect('okta.groupMembers', async (rows) => {
      rows.countRequest();
      throw new IncompleteRead('Okta answered 403.');
    });
    expect(state).toEqual({ completeness: 'unread', reason: 'Okta answered 403.' });
    expect(await readdir(join(folder, 'okta'))).toEqual([]);
    sayUnread(snapshot, ['okta.groupMembers']);
    const { manifest } = await snapshot.seal(META);
    expect(manifest.datasets['okta.groupMembers']).toMatchObject({
      completeness: 'unread',
      reason: 'Okta answered 403.',
      requests: 1,
      sha256: null,
      began: null,
    });
  });

  it('is nothing at all when the reading failed otherwise: the error passes through and no file stays', async () => {
    const { folder, snapshot } = begin();
    const refused = new AuditError('Okta refused the token.', { hint: 'Make a new one.' });
    const collected = snapshot.collect('okta.groupMembers', async (rows) => {
      for (let n = 0; n < 20_000; n += 1) await rows.write(member(n));
      throw refused;
    });
    await expect(collected).rejects.toBe(refused);
    expect(await readdir(join(folder, 'okta'))).toEqual([]);
  });

  it('can be said once only', async () => {
    const { snapshot } = begin();
    await snapshot.collect('okta.apps', async () => undefined);
    await expect(snapshot.collect('okta.apps', async () => undefined)).rejects.toThrow('collected twice');
    expect(() => snapshot.unread('okta.apps', 'x')).toThrow('collected twice');
    snapshot.notApplicable('okta.scimApp', 'No app is chosen.');
    expect(() => snapshot.notApplicable('okta.scimApp', 'x')).toThrow('collected twice');
  });

  it('can be taken back where later reading proves that it was not complete', async () => {
    const { snapshot } = begin();
    expect(() => snapshot.downgrade('okta.appUsers', 'x')).toThrow('no open state');
    await snapshot.collect('okta.appUsers', async () => undefined);
    snapshot.unread('okta.users', 'HTTP 403');
    snapshot.downgrade('okta.appUsers', 'somebody is missing');
    snapshot.downgrade('okta.appUsers', 'a second reason');
    snapshot.downgrade('okta.users', 'x');
    expect(snapshot.stateOf('okta.appUsers')).toMatchObject({
      completeness: 'partial',
      reason: 'somebody is missing',
    });
    expect(snapshot.stateOf('okta.users')).toMatchObject({ completeness: 'unread', reason: 'HTTP 403' });
    expect(snapshot.stateOf('okta.groups')).toBeNull();
    sayUnread(snapshot, ['okta.appUsers', 'okta.users']);
    const { manifest } = await snapshot.seal(META);
    expect(manifest.datasets['okta.appUsers'].completeness).toBe('partial');
    expect(() => snapshot.downgrade('okta.groups', 'x')).toThrow('no open state');
  });
});

describe('sealing', () => {
  it('refuses while a dataset has no state, and names each', async () => {
    const { folder, snapshot } = begin();
    sayUnread(snapshot, ['okta.users', 'optiId.roles']);
    await expect(snapshot.seal(META)).rejects.toThrow('okta.users, optiId.roles');
    expect(existsSync(join(folder, 'manifest.json'))).toBe(false);
  });

  it('refuses while a dataset is being read', async () => {
    const { snapshot } = begin();
    sayUnread(snapshot, ['okta.users']);
    let finish: () => void = () => undefined;
    const reading = snapshot.collect('okta.users', () => new Promise((resolve) => (finish = resolve)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(snapshot.seal(META)).rejects.toThrow('while it reads okta.users');
    finish();
    await reading;
    await expect(snapshot.seal(META)).resolves.toBeDefined();
  });

  it('writes the manifest that it returns, whose bytes give the hash, and nothing beside it', async () => {
    const { folder, snapshot } = begin();
    sayUnread(snapshot);
    const { manifest, hash } = await snapshot.seal(META);
    const bytes = readFileSync(join(folder, 'manifest.json'));
    expect(JSON.parse(bytes.toString('utf8'))).toEqual(manifest);
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(Object.keys(manifest.datasets)).toEqual(DATASET_NAMES);
    expect(manifest).toMatchObject({
      format: 3,
      began: '2026-11-24T03:15:00.000Z',
      ended: '2026-11-24T03:15:01.000Z',
    });
    expect(await readdir(folder)).toEqual(['manifest.json']);
  });

  it('ends the snapshot: nothing can be added, and it is not sealed twice', async () => {
    const { snapshot } = begin();
    sayUnread(snapshot);
    await snapshot.seal(META);
    await expect(snapshot.seal(META)).rejects.toThrow('sealed already');
    await expect(snapshot.collect('okta.apps', async () => undefined)).rejects.toThrow('too late');
  });

  it('keeps files to their owner', async () => {
    const { folder, snapshot } = begin(join(root, 'deep/er/snapshot'));
    await snapshot.collect('okta.apps', async () => undefined);
    sayUnread(snapshot, ['okta.apps']);
    await snapshot.seal(META);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(mode(folder)).toBe('700');
    expect(mode(join(folder, 'okta'))).toBe('700');
    expect(mode(join(folder, 'okta/apps.ndjson.gz'))).toBe('600');
    expect(mode(join(folder, 'manifest.json'))).toBe('600');
  });
});

describe('the folder of a new snapshot', () => {
  it('must not hold a sealed one', async () => {
    const { folder, snapshot } = begin();
    sayUnread(snapshot);
    await snapshot.seal(META);
    const again = begin(folder).snapshot.collect('okta.apps', async () => undefined);
    await expect(again).rejects.toThrow(`${folder} already holds a snapshot.`);
  });

  it('must not hold files of an unfinished one, which stay as they are', async () => {
    const { folder, snapshot } = begin();
    await mkdir(join(folder, 'okta'), { recursive: true });
    writeFileSync(join(folder, 'okta/apps.ndjson.gz'), 'left over');
    const collected = snapshot.collect('okta.apps', async () => undefined);
    await expect(collected).rejects.toBeInstanceOf(AuditError);
    await expect(collected).rejects.toThrow('exists already');
    expect(readFileSync(join(folder, 'okta/apps.ndjson.gz'), 'utf8')).toBe('left over');
  });

  it('is named in the error when it cannot be made', async () => {
    writeFileSync(join(root, 'a-file'), '');
    const { snapshot } = begin(join(root, 'a-file/snapshot'));
    await expect(snapshot.collect('okta.apps', async () => undefined)).rejects.toThrow(
      /Cannot write .*a-file/u,
    );
  });

  it.skipIf(process.getuid?.() === 0)('is named in the error when it may not be written', async () => {
    await chmod(root, 0o500);
    const { snapshot } = begin();
    await expect(snapshot.collect('okta.apps', async () => undefined)).rejects.toThrow(AuditError);
    await chmod(root, 0o700);
  });

  it.skipIf(process.platform === 'win32')(
    'is named when the disk takes no more, and the dataset leaves nothing',
    async () => {
      const script = `
        import { createSnapshot } from ${JSON.stringify(new URL('../../src/snapshot/write-snapshot.ts', import.meta.url).href)};
        const snapshot = createSnapshot({ folder: ${JSON.stringify(join(root, 'snapshot'))}, clock: () => new Date(0) });
        let seed = 1;
        try {
          await snapshot.collect('okta.groupMembers', async (rows) => {
            for (let n = 0; n < 500000; n += 1) {
              seed = (seed * 48271) % 2147483647;
              await rows.write({ okta_group_id: String(seed), okta_user_id: String(n) });
            }
          });
          console.log('taken');
        } catch (error) {
          console.log(error.name + ': ' + error.message);
        }`;
      // A limit on the size of files stands in for a full disk.
      const { stdout } = await promisify(execFile)(
        'sh',
        [
          '-c',
          'ulimit -f 64 && exec "$0" --import tsx --input-type=module -e "$1"',
          process.execPath,
          script,
        ],
        { env: { ...process.env, TSX_DISABLE_CACHE: '1', NODE_NO_WARNINGS: '1' } },
      );
      expect(stdout).toMatch(/^AuditError: Cannot write .*group-members\.ndjson\.gz: EFBIG/u);
      expect(await readdir(join(root, 'snapshot/okta'))).toEqual([]);
    },
  );
});
