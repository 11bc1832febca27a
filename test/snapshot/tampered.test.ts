import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAudit } from '../../cli/commands/audit.ts';
import { DATASETS, type DatasetName } from '../../src/domain/dataset.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { copySnapshot } from '../../src/snapshot/copy-snapshot.ts';
import { openForeignSnapshot } from '../../src/snapshot/open-snapshot.ts';
import { Desk } from '../cli/support/cli.ts';
import { World } from '../support/world.ts';

/** What somebody may do to a snapshot that the tool is then given, and what it must say. */
type Tampering = readonly [what: string, how: () => unknown, says: RegExp];

/** Alone each takes a tenth of a second; two busy cores are given some more. */
const SOON_MS = 5_000;
const MB = 1024 * 1024;
const USERS = 'okta/users.ndjson.gz';

let root: string;
let sealed: string;
let dir: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
  sealed = join(root, 'sealed');
  const world = new World();
  const ann = world.person({ email: 'ann@example.com', last_updated: '2024-02-29T23:59:59.123Z' });
  const bob = world.person({ email: 'bob@example.com', first_name: 'Bö\u2028b "\\\t\u0001' });
  world.pushedGroup('Editors', [ann, bob]);
  world.grant(
    world.optiGroup('Editors', [world.optiUser({ email: 'ann@example.com' })]),
    'CMS',
    'Web',
    'Editor',
  );
  world.memberEvent('add', 'Editors', 'ann@example.com');
  await world.seal(sealed);
});
beforeEach(() => {
  dir = join(root, 'given');
  rmSync(dir, { recursive: true, force: true });
  cpSync(sealed, dir, { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const inside = (path: string) => join(dir, path);

function rewriteManifest(change: (manifest: Manifest) => unknown): void {
  const manifest = JSON.parse(readFileSync(inside('manifest.json'), 'utf8')) as Manifest;
  change(manifest);
  writeFileSync(inside('manifest.json'), JSON.stringify(manifest));
}

function rewriteManifestText(change: (text: string) => string): void {
  const text = JSON.stringify(JSON.parse(readFileSync(inside('manifest.json'), 'utf8')));
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(inside('manifest.json'), changed);
}

/** The rows of a dataset as text. */
function textOf(name: DatasetName): string {
  return gunzipSync(readFileSync(inside(DATASETS[name].file))).toString();
}

/** Puts other bytes in place of a dataset's file, with a manifest that agrees. */
function replaceFile(name: DatasetName, bytes: Buffer, rows?: number): void {
  writeFileSync(inside(DATASETS[name].file), bytes);
  rewriteManifest(({ datasets }) => {
    datasets[name].sha256 = createHash('sha256').update(bytes).digest('hex');
    if (rows !== undefined) datasets[name].rows = rows;
  });
}

function replaceRows(name: DatasetName, change: (text: string) => string | Buffer, rows?: number): void {
  const text = textOf(name);
  const changed = change(text);
  expect(String(changed)).not.toBe(text);
  replaceFile(name, gzipSync(changed), rows);
}

const inFirstRow = (from: RegExp, to: string) => () =>
  replaceRows('okta.users', (text) => text.replace(from, to));

function replaceByFifo(path: string): void {
  rmSync(inside(path), { recursive: true });
  execFileSync('mkfifo', [inside(path)]);
}

function replaceByLink(path: string, target: string): void {
  rmSync(inside(path), { recursive: true });
  symlinkSync(target, inside(path));
}

/** A file of `bytes` bytes, of which the disk holds none. */
function makeSparse(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
}

const NOT_A_ROW = /okta\/users\.ndjson\.gz is damaged: line 1 is not a row of okta\.users/u;
const DAMAGED_MANIFEST = /manifest\.json is damaged/u;

const TAMPERINGS: readonly Tampering[] = [
  // What stands where a file should.
  ['a pipe for a dataset', () => replaceByFifo(USERS), /users\.ndjson\.gz is a pipe/u],
  ['a pipe for the manifest', () => replaceByFifo('manifest.json'), /manifest\.json is a pipe/u],
  [
    'a link to a device for a dataset',
    () => replaceByLink(USERS, '/dev/zero'),
    /users\.ndjson\.gz is a link/u,
  ],
  [
    'a link to a device for the manifest',
    () => replaceByLink('manifest.json', '/dev/zero'),
    /manifest\.json is a link/u,
  ],
  ['a link to another file for a dataset', () => replaceByLink(USERS, join(sealed, USERS)), /is a link/u],
  ['a link to nowhere for the manifest', () => replaceByLink('manifest.json', 'nowhere'), /never finished/u],
  [
    'a link for the folder of a side',
    () => replaceByLink('okta', join(sealed, 'okta')),
    /okta is not a folder/u,
  ],
  ['a pipe for the folder of a side', () => replaceByFifo('opti-id'), /opti-id is not a folder/u],
  [
    'a folder for a dataset',
    () => {
      rmSync(inside(USERS));
      mkdirSync(inside(USERS));
    },
    /users\.ndjson\.gz is a folder/u,
  ],
  [
    'a device for a dataset',
    () => {
      rmSync(inside(USERS));
      execFileSync('mknod', [inside(USERS), 'c', '1', '5']);
    },
    /users\.ndjson\.gz is a device/u,
  ],
  ['a dataset that is gone', () => rmSync(inside(USERS)), /okta\/users\.ndjson\.gz is missing/u],
  ['a dataset of 100 GB of nothing', () => makeSparse(inside(USERS), 100_000 * MB), /is not gzip data/u],
  [
    'a manifest of 100 GB of nothing',
    () => makeSparse(inside('manifest.json'), 100_000 * MB),
    /manifest\.json has \d+ bytes; at most/u,
  ],
  // What came with it.
  [
    'a file that the manifest does not list',
    () => writeFileSync(inside('okta/evil.sh'), 'x'),
    /holds okta\/evil\.sh, which its manifest does not list/u,
  ],
  [
    'another one beside the manifest',
    () => writeFileSync(inside('.env'), 'AUDIT_REPORTS_DIR=/'),
    /holds \.env, which/u,
  ],
  [
    'a name made for a terminal',
    () => writeFileSync(inside('okta/\u001b[2J'), ''),
    /holds "okta\/\\u001b\[2J", which/u,
  ],
  ['a folder that is not listed', () => mkdirSync(inside('okta/more')), /holds okta\/more, which/u],
  [
    'a hard link to a file of the machine',
    () => linkSync(join(sealed, 'manifest.json'), inside('okta/passwd')),
    /holds okta\/passwd/u,
  ],
  [
    'a dataset that is said not to apply, and whose file is there',
    () => rewriteManifest(({ datasets }) => Object.assign(datasets['okta.appUsers'], NOTHING)),
    /holds okta\/app-users\.ndjson\.gz/u,
  ],
  // What the manifest says.
  [
    'datasets declared empty',
    () =>
      rewriteManifest(({ datasets }) => {
        for (const name of ['okta.users', 'okta.groups', 'optiId.groups', 'okta.groupMembers'] as const)
          datasets[name].rows = 0;
      }),
    /holds more than the 0 rows that the manifest counts/u,
  ],
  [
    'a dataset with a row too many',
    () =>
      rewriteManifest(({ datasets }) => {
        datasets['okta.users'].rows += 1;
      }),
    /holds 2 rows, and the manifest counts 3/u,
  ],
  [
    'a dataset that always applies, said not to',
    () => {
      rmSync(inside('opti-id/groups.ndjson.gz'));
      rewriteManifest(({ datasets }) => Object.assign(datasets['optiId.groups'], NOTHING));
    },
    /datasets → optiId\.groups/u,
  ],
  [
    'a dataset more',
    () =>
      rewriteManifest((manifest) =>
        Object.assign(manifest.datasets, { 'okta.secrets': manifest.datasets['okta.users'] }),
      ),
    /datasets → okta\.secrets/u,
  ],
  [
    'a member more',
    () => rewriteManifest((manifest) => Object.assign(manifest, { admin: true })),
    /admin is not as it should be/u,
  ],
  [
    'a file outside of the folder',
    () =>
      rewriteManifest(({ datasets }) => {
        datasets['okta.users'].file = '../../../etc/passwd';
      }),
    /names another file for okta\.users/u,
  ],
  [
    'an org that leads out of the reports',
    () =>
      rewriteManifest((manifest) => {
        manifest.org = '../../etc';
      }),
    /org is not as it should be/u,
  ],
  [
    'an org of a million letters',
    () =>
      rewriteManifest((manifest) => {
        manifest.org = 'a'.repeat(1_000_000);
      }),
    /org is not as it should be/u,
  ],
  [
    'an organization with a NUL',
    () =>
      rewriteManifest((manifest) => {
        manifest.opti_organization_id = 'org\0-1';
      }),
    /opti_organization_id/u,
  ],
  [
    'a lag of more minutes than there are',
    () =>
      rewriteManifest(({ settings }) => {
        settings.lag_minutes = Number.MAX_SAFE_INTEGER;
      }),
    /settings → lag_minutes/u,
  ],
  [
    'a log of more days than there are',
    () =>
      rewriteManifest(({ settings }) => {
        settings.log_days = 1e15;
      }),
    /settings → log_days/u,
  ],
  [
    'a number that is none',
    () => rewriteManifestText((text) => text.replace('"log_days":7', '"log_days":1e999')),
    /settings → log_days/u,
  ],
  [
    'a beginning before there was a calendar',
    () =>
      rewriteManifest((manifest) => {
        manifest.began = '0000-01-01T00:00:00Z';
      }),
    /began is not as it should be/u,
  ],
  [
    'an end before the beginning',
    () =>
      rewriteManifest((manifest) => {
        manifest.ended = '2000-01-01T00:00:00.000Z';
      }),
    /it ended before it began/u,
  ],
  [
    'a member twice',
    () => rewriteManifestText((text) => text.replace('"org":', '"org":"other.okta.com","org":')),
    /has a member twice/u,
  ],
  [
    'a dataset twice',
    () => rewriteManifestText((text) => text.replace('"okta.users":', '"okta.users":{},"okta\\u002eusers":')),
    /has a member twice/u,
  ],
  [
    'a prototype',
    () =>
      rewriteManifestText((text) =>
        text.replace('"settings":{', '"settings":{"__proto__":{"scim_app":"x"},'),
      ),
    /has a member __proto__/u,
  ],
  [
    'a nesting without end',
    () =>
      rewriteManifestText((text) =>
        text.replace('"scim_app":null', `"scim_app":${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      ),
    DAMAGED_MANIFEST,
  ],
  ['a list in place of everything', () => writeFileSync(inside('manifest.json'), '[]'), DAMAGED_MANIFEST],
  [
    'bytes that are no text',
    () => writeFileSync(inside('manifest.json'), Buffer.from([0xff, 0xfe, 0x00])),
    DAMAGED_MANIFEST,
  ],
  [
    'a format of the future',
    () =>
      rewriteManifest((manifest) => {
        manifest.format = 99;
      }),
    /written by a newer version: its format is 99/u,
  ],
  [
    'a format that is a text',
    () => rewriteManifest((manifest) => Object.assign(manifest, { format: '3' })),
    /names no format/u,
  ],
  [
    'groups that were carried over, of another type',
    () => rewriteManifest((manifest) => Object.assign(manifest, { carried_over: { groups: {} } })),
    /carried_over/u,
  ],
  // What the packed files hold.
  [
    'a bit that turned over',
    () => {
      const bytes = readFileSync(inside(USERS));
      bytes.writeUInt8(bytes.readUInt8(30) ^ 4, 30);
      writeFileSync(inside(USERS), bytes);
    },
    /okta\/users\.ndjson\.gz is not the file that was sealed/u,
  ],
  [
    'the hash of another file',
    () =>
      rewriteManifest(({ datasets }) => {
        datasets['okta.users'].sha256 = 'a'.repeat(64);
      }),
    /is not the file that was sealed/u,
  ],
  ['no gzip data', () => replaceFile('okta.users', Buffer.from(textOf('okta.users'))), /is not gzip data/u],
  [
    'gzip data that was cut off',
    () => replaceFile('okta.users', readFileSync(inside(USERS)).subarray(0, -9)),
    /is not gzip data, or not all of it/u,
  ],
  ['an empty file', () => replaceFile('okta.users', Buffer.alloc(0), 0), /is not gzip data/u],
  [
    'bytes behind the gzip data',
    () =>
      replaceFile(
        'okta.users',
        Buffer.concat([readFileSync(inside(USERS)), Buffer.from('{"smuggled":1}\n')]),
      ),
    /is not gzip data/u,
  ],
  [
    'a second piece of gzip data with a row more',
    () =>
      replaceFile('okta.users', Buffer.concat([readFileSync(inside(USERS)), gzipSync(textOf('okta.users'))])),
    /more than the 2 rows/u,
  ],
  [
    'a bomb of nothing',
    () => replaceFile('okta.users', gzipSync(Buffer.alloc(40 * MB), { level: 1 })),
    /line 1 does not end/u,
  ],
  ['a bomb of rows', () => replaceRows('okta.users', (text) => text.repeat(2_000)), /more than the 2 rows/u],
  [
    'a last row without its end',
    () => replaceRows('okta.users', (text) => text.slice(0, -1)),
    /it ends within a row/u,
  ],
  [
    'rows without line ends',
    () => replaceRows('okta.users', (text) => text.replaceAll('\n', ' ')),
    /it ends within a row/u,
  ],
  [
    'line ends of Windows',
    () => replaceRows('okta.users', (text) => text.replaceAll('\n', '\r\n')),
    NOT_A_ROW,
  ],
  ['a byte order mark', () => replaceRows('okta.users', (text) => `\uFEFF${text}`), NOT_A_ROW],
  ['an empty line', () => replaceRows('okta.users', (text) => `\n${text}`, 3), NOT_A_ROW],
  [
    'bytes that are not UTF-8',
    () => replaceRows('okta.users', (text) => Buffer.from(text.replace('ann@', 'änn@'), 'latin1')),
    /is not UTF-8 text/u,
  ],
  ['a lone surrogate', inFirstRow(/"first_name":"[^"]*"/u, '"first_name":"\\ud800"'), NOT_A_ROW],
  ['a NUL in a name', inFirstRow(/"first_name":"[^"]*"/u, '"first_name":"\\u0000"'), NOT_A_ROW],
  ['a number for a text', inFirstRow(/"okta_user_id":"[^"]*"/u, '"okta_user_id":1e999'), NOT_A_ROW],
  ['null for an id', inFirstRow(/"okta_user_id":"[^"]*"/u, '"okta_user_id":null'), NOT_A_ROW],
  [
    'a list for a text',
    inFirstRow(/"email":"[^"]*"/u, `"email":${'['.repeat(50_000)}${']'.repeat(50_000)}`),
    NOT_A_ROW,
  ],
  [
    'a time that no calendar has',
    inFirstRow(/"last_updated":"[^"]*"/u, '"last_updated":"2023-02-29T00:00:00Z"'),
    NOT_A_ROW,
  ],
  ['a column twice', inFirstRow(/"email":/u, '"email":"eve@example.com","email":'), NOT_A_ROW],
  ['a column more', inFirstRow(/\{/u, '{"admin":true,'), NOT_A_ROW],
  ['a column less', inFirstRow(/"email":"[^"]*",/u, ''), NOT_A_ROW],
  ['a prototype in a row', inFirstRow(/\{/u, '{"__proto__":{"status":"ACTIVE"},'), NOT_A_ROW],
  ['columns in another order', inFirstRow(/("status":"[^"]*"),("login":[^,]*)/u, '$2,$1'), NOT_A_ROW],
  ['two rows in a line', () => replaceRows('okta.users', (text) => text.replace('\n', ''), 1), NOT_A_ROW],
  [
    'a reason that no scope has',
    () => replaceRows('okta.pushScope', (text) => text.replace(/"reason":"[^"]*"/u, '"reason":"because"')),
    /line 1 is not a row of okta\.pushScope/u,
  ],
  [
    'a count of more than any machine counts',
    () =>
      replaceRows('optiId.groups', (text) =>
        text.replace(/"user_count":[^,]*/u, '"user_count":9007199254740993'),
      ),
    /is not a row of optiId\.groups/u,
  ],
  [
    'a target of an event with a member more',
    () => replaceRows('okta.logEvents', (text) => text.replace('"targets":[{', '"targets":[{"x":"1",')),
    /is not a row of okta\.logEvents/u,
  ],
];

const NOTHING = {
  completeness: 'not_applicable',
  reason: 'none',
  rows: 0,
  began: null,
  ended: null,
  sha256: null,
};

async function refusal(folder: string): Promise<AuditError> {
  const began = performance.now();
  const error = await openForeignSnapshot(folder).then(
    () => new Error('It was taken for sound.'),
    (reason: unknown) => reason,
  );
  expect(performance.now() - began).toBeLessThan(SOON_MS);
  expect(error).toBeInstanceOf(AuditError);
  expect((error as AuditError).hint).not.toBe('');
  expect((error as AuditError).message).not.toMatch(/\p{Cc}|ann@|Bö/u);
  return error as AuditError;
}

describe('a snapshot of somebody else', () => {
  it('is taken as it was sealed, and the copy holds nothing else', async () => {
    const snapshot = await openForeignSnapshot(dir);
    writeFileSync(inside('okta/later.sh'), 'x');
    const copy = await copySnapshot(snapshot, join(root, 'copy'));
    expect(copy.hash).toBe(snapshot.hash);
    expect(existsSync(join(root, 'copy/okta/later.sh'))).toBe(false);
  });

  it('is taken too where there is no SCIM app, or several', async () => {
    for (const [name, change] of Object.entries({
      none: (world: World) => world.noScimApp(),
      several: (world: World) => world.severalScimApps(),
    })) {
      const world = new World();
      change(world);
      await world.seal(join(root, name));
      await openForeignSnapshot(join(root, name));
    }
  });

  it.each(TAMPERINGS)(
    'with %s is refused within a second, and says what is wrong',
    async (_what, how, says) => {
      how();
      expect((await refusal(dir)).message).toMatch(says);
    },
  );

  it('with a socket for a dataset is refused', async () => {
    rmSync(inside(USERS));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(inside(USERS), resolve));
    try {
      expect((await refusal(dir)).message).toMatch(/users\.ndjson\.gz is a socket or a device/u);
    } finally {
      server.close();
    }
  });

  it('is not followed where the run that is named only links to it', async () => {
    const run = join(root, 'linking-run');
    mkdirSync(run);
    symlinkSync(dir, join(run, 'snapshot'));
    expect((await refusal(run)).message).toMatch(/snapshot is a link/u);
  });

  it('ends an audit with code 2 and leaves no run, whatever is wrong', async () => {
    const desk = await Desk.open();
    try {
      for (const [, how] of TAMPERINGS.filter((_, at) => at % 9 === 0)) {
        rmSync(dir, { recursive: true });
        cpSync(sealed, dir, { recursive: true });
        how();
        const flags = { failOn: 'error', out: desk.reports, snapshot: dir } as const;
        const ending = await desk.within((context) => runAudit('precutover', flags, context));
        expect(ending).toMatchObject({ code: 2, stdout: '' });
        expect(ending.stderr).toMatch(/^Error: .+\nHint: /u);
        expect(desk.leftBehind()).toEqual([]);
      }
    } finally {
      await desk.close();
    }
  });

  it('is refused or the same, wherever bytes of the manifest or of a file are changed', async () => {
    const files = ['manifest.json', USERS, 'opti-id/groups.ndjson.gz'];
    const change = fc.record({
      file: fc.constantFrom(...files),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bytes: fc.uint8Array({ maxLength: 12 }),
      cut: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ file, at, bytes, cut }) => {
        const original = readFileSync(join(sealed, file));
        const from = Math.floor(at * original.length);
        const changed = Buffer.concat([original.subarray(0, from), bytes, original.subarray(from + cut)]);
        writeFileSync(inside(file), changed);
        const opened = await openForeignSnapshot(dir).catch((error: unknown) => error);
        writeFileSync(inside(file), original);
        if (opened instanceof Error) expect(opened).toBeInstanceOf(AuditError);
        else expect(file === 'manifest.json' || changed.equals(original)).toBe(true);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
    );
  });

  it('is refused or the same, whatever stands for any value of the manifest', async () => {
    const original = JSON.parse(readFileSync(inside('manifest.json'), 'utf8')) as Manifest;
    const places = placesIn(original);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 3 }), async (place, value) => {
        const changed = structuredClone(original);
        put(changed, place, value);
        writeFileSync(inside('manifest.json'), JSON.stringify(changed));
        const opened = await openForeignSnapshot(dir).catch((error: unknown) => error);
        if (opened instanceof Error) expect(opened).toBeInstanceOf(AuditError);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
    );
  });
});

/** Paths to every value below. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key])),
  ];
}

function put(content: unknown, path: readonly string[], value: unknown): void {
  const holder = path.slice(0, -1).reduce((inner, key) => (inner as Record<string, unknown>)[key], content);
  (holder as Record<string, unknown>)[path.at(-1) ?? ''] = value;
}
