import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATASET_NAMES } from '../../src/domain/dataset.ts';
import { AuditError, IncompleteRead } from '../../src/domain/errors.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { openSnapshot } from '../../src/snapshot/open-snapshot.ts';
import { createSnapshot, type SealedSnapshot } from '../../src/snapshot/write-snapshot.ts';

let run: string;
let dir: string;
let sealed: SealedSnapshot;

beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
  dir = join(run, 'snapshot');
  const snapshot = createSnapshot({ folder: dir, clock: () => new Date('2026-11-24T03:15:00Z') });
  await snapshot.collect('okta.appGroups', async (rows) => {
    await rows.write({ okta_group_id: '00g1', last_updated: null });
  });
  await snapshot.collect('okta.groupMembers', async (rows) => {
    await rows.write({ okta_group_id: '00g1', okta_user_id: '00u1' });
    throw new IncompleteRead('Okta answered 403.');
  });
  snapshot.notApplicable('okta.scimApp', 'No app is chosen.');
  for (const name of DATASET_NAMES) {
    if (name !== 'okta.appGroups' && name !== 'okta.groupMembers' && name !== 'okta.scimApp') {
      snapshot.unread(name, 'Not asked for.');
    }
  }
  sealed = await snapshot.seal({
    tool: { name: 'optiid-audit', version: '0.1.0' },
    org: 'acme.okta.com',
    opti_organization_id: 'org-1',
    settings: { scim_app: null, sso_app: null, push_groups: ['A, B'], lag_minutes: 60, log_days: 7 },
  });
});
afterEach(async () => {
  await rm(run, { recursive: true, force: true });
});

function rewriteManifest(change: (manifest: Manifest) => unknown): void {
  const path = join(dir, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  writeFileSync(path, JSON.stringify(change(manifest) ?? manifest));
}

async function refusal(folder = dir): Promise<{ message: string; hint: string }> {
  const error = await openSnapshot(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuditError);
  const { message, hint } = error as AuditError;
  expect(hint).not.toBe('');
  return { message, hint };
}

describe('opening a sealed snapshot', () => {
  it('gives back what was sealed, from its folder or from the run that holds it', async () => {
    for (const folder of [dir, run]) {
      const snapshot = await openSnapshot(folder);
      expect(snapshot.dir).toBe(dir);
      expect(snapshot.hash).toBe(sealed.hash);
      expect(snapshot.manifest).toEqual(sealed.manifest);
      expect(snapshot.path('okta.appGroups')).toBe(join(dir, 'okta/app-groups.ndjson.gz'));
    }
  });

  it('has no path for a dataset that was not read', async () => {
    const snapshot = await openSnapshot(dir);
    expect(() => snapshot.path('okta.users')).toThrow('okta.users has no file');
  });

  it('does not mind the folder being moved', async () => {
    await rename(dir, join(run, 'kept'));
    expect((await openSnapshot(join(run, 'kept'))).hash).toBe(sealed.hash);
  });
});

describe('a snapshot is refused', () => {
  it('when there is no such folder', async () => {
    expect((await refusal(join(run, 'nowhere'))).message).toBe(`There is no folder ${join(run, 'nowhere')}.`);
  });

  it('when the name is that of a file', async () => {
    expect((await refusal(join(dir, 'manifest.json'))).message).toContain('is a file, not a snapshot');
  });

  it('when the folder is not one', async () => {
    await mkdir(join(run, 'other'));
    expect((await refusal(join(run, 'other'))).message).toContain('is not a snapshot');
  });

  it('when it was never finished', async () => {
    await rm(join(dir, 'manifest.json'));
    expect((await refusal(dir)).message).toContain('was never finished');
    expect((await refusal(run)).message).toContain('was never finished');
  });

  it('when an older version wrote it', async () => {
    rewriteManifest(() => ({ format: 1, anything: true }));
    const { message, hint } = await refusal();
    expect(message).toContain('written by an older version: its format is 1, this version reads 3');
    expect(hint).toContain('Collect again');
  });

  it('when a newer version wrote it, whatever else it holds', async () => {
    rewriteManifest(() => ({ format: 4, anything: true }));
    const { message, hint } = await refusal();
    expect(message).toContain('written by a newer version: its format is 4, this version reads 3');
    expect(hint).toContain('Update optiid-audit');
  });

  it.each([
    ['is cut short', '{"format": 1, "tool"'],
    ['is not an object', '7'],
    ['is empty', ''],
    ['names no format', '{"datasets": {}}'],
  ])('when its manifest %s', async (_how, text) => {
    await writeFile(join(dir, 'manifest.json'), text);
    expect((await refusal()).message).toContain('manifest.json is damaged');
  });

  it.each<[string, (manifest: Manifest) => void, string]>([
    [
      'leaves a dataset out',
      (m) => {
        Reflect.deleteProperty(m.datasets, 'optiId.users');
      },
      'datasets → optiId.users',
    ],
    [
      'names a file outside of the folder',
      (m) => {
        m.datasets['okta.appGroups'].file = '../../elsewhere.gz';
      },
      'names another file for okta.appGroups',
    ],
    [
      'calls a dataset complete that has no file',
      (m) => {
        m.datasets['okta.users'].completeness = 'complete';
      },
      'datasets → okta.users',
    ],
    [
      'counts rows of a dataset that was not read',
      (m) => {
        m.datasets['okta.users'].rows = 3;
      },
      'datasets → okta.users → rows',
    ],
    [
      'has a time that is none',
      (m) => {
        m.began = 'yesterday';
      },
      'began',
    ],
    [
      'has a completeness that is none',
      (m) => {
        Object.assign(m.datasets['okta.appGroups'], { completeness: 'mostly' });
      },
      'datasets → okta.appGroups → completeness',
    ],
  ])('when its manifest %s', async (_how, change, where) => {
    rewriteManifest(change);
    const { message } = await refusal();
    expect(message).toContain('manifest.json is damaged');
    expect(message).toContain(where);
  });

  it('when a file is missing, and says which', async () => {
    await rm(join(dir, 'okta/app-groups.ndjson.gz'));
    expect((await refusal()).message).toContain('okta/app-groups.ndjson.gz is missing');
  });

  it('when one byte of a file was changed, added or taken, and says which file', async () => {
    const path = join(dir, 'okta/group-members.ndjson.gz');
    await copyFile(path, join(run, 'copy'));
    const original = readFileSync(path);
    const changed = Buffer.from(original);
    changed.writeUInt8(changed.readUInt8(20) ^ 1, 20);
    for (const bytes of [changed, original.subarray(0, -1), Buffer.concat([original, Buffer.from([0])])]) {
      await writeFile(path, bytes);
      expect((await refusal()).message).toContain(
        'okta/group-members.ndjson.gz is not the file that was sealed',
      );
    }
    await copyFile(join(run, 'copy'), path);
    await expect(openSnapshot(dir)).resolves.toBeDefined();
  });

  it('as another one when its manifest was changed and is still well-formed: the hash differs', async () => {
    await appendFile(join(dir, 'manifest.json'), ' ');
    const snapshot = await openSnapshot(dir);
    expect(snapshot.hash).not.toBe(sealed.hash);
    expect(snapshot.hash).toBe(
      createHash('sha256')
        .update(readFileSync(join(dir, 'manifest.json')))
        .digest('hex'),
    );
  });
});
