import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../cli/commands/verify.ts';
import { parseSealKey } from '../../src/config/parse.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { SealKey } from '../../src/domain/seal.ts';
import type { VerifiedRun } from '../../src/report/text/runs-text.ts';
import { auditsBefore, findFindings, newestRun } from '../../src/runs/find-runs.ts';
import { openAudit, readFindings, readPlan } from '../../src/runs/read-run.ts';
import { runContextIn } from '../cli/support/cli.ts';
import { sampleFinding } from '../report/sample-run.ts';
import { type LeftRun, leaveRun, sealAgain } from '../support/leave-run.ts';

const ORG = 'acme.okta.com';
const night = (day: number) => new Date(Date.UTC(2026, 10, day, 3));

let reportsDir: string;
beforeEach(() => {
  reportsDir = mkdtempSync(join(tmpdir(), 'optiid-audit-believed-'));
});
afterEach(() => rmSync(reportsDir, { recursive: true, force: true }));

const leave = (day: number, over: Partial<LeftRun> = {}) =>
  leaveRun({ reportsDir, started: night(day), ...over });

/** What earlier audits are to a drift run of the 20th. */
const historyOf = (sealKey: SealKey | null = null, job: 'drift' | 'precutover' = 'drift') =>
  auditsBefore({
    reportsDir,
    sealKey,
    org: ORG,
    organizationId: 'org-1',
    began: night(20).toISOString(),
    job,
  });

const runJson = (dir: string) => join(dir, 'run.json');
function rewrite(file: string, change: (text: string) => string): void {
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}

/** What may happen to a run, and what is said of it then. */
const DAMAGES: readonly (readonly [
  what: string,
  damage: (dir: string) => void | Promise<void>,
  says: RegExp,
])[] = [
  [
    'its findings are emptied',
    (dir) => truncateSync(join(dir, 'findings.ndjson')),
    /findings\.ndjson is not the file/,
  ],
  [
    'its findings are others',
    (dir) => rewrite(join(dir, 'findings.ndjson'), (text) => text.replace('Editors', 'Authors')),
    /findings\.ndjson is not/,
  ],
  ['a report is gone', (dir) => rmSync(join(dir, 'findings.csv')), /findings\.csv is missing/],
  [
    'a report is a link',
    (dir) => {
      renameSync(join(dir, 'findings.csv'), join(dir, 'moved'));
      symlinkSync('moved', join(dir, 'findings.csv'));
    },
    /findings\.csv cannot be read: .* is a link/,
  ],
  [
    'a report is a pipe',
    (dir) => {
      rmSync(join(dir, 'findings.csv'));
      execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(dir, 'findings.csv')]);
    },
    /findings\.csv cannot be read: .* is a pipe/,
  ],
  [
    'its snapshot is gone',
    (dir) => rmSync(join(dir, 'snapshot'), { recursive: true }),
    /snapshot\/manifest\.json is missing/,
  ],
  [
    'its snapshot is another',
    (dir) => appendFileSync(join(dir, 'snapshot/manifest.json'), ' '),
    /snapshot\/manifest\.json is not/,
  ],
  ['its run.json is gone', (dir) => rmSync(runJson(dir)), /it has no run\.json/],
  [
    'its run.json is cut off',
    (dir) => truncateSync(runJson(dir), 500),
    /run\.json is damaged: it is not JSON/,
  ],
  [
    'its run.json says that nothing was read completely',
    (dir) => rewrite(runJson(dir), (text) => text.replace('"complete": true', '"complete": false')),
    /changed after it was sealed/,
  ],
  [
    'its run.json is of another format',
    (dir) =>
      sealAgain(dir, (run) => {
        run.format = 2;
      }),
    /an older version, which sealed no runs: its format is 2/,
  ],
  [
    'its run.json is of a later format',
    (dir) =>
      sealAgain(dir, (run) => {
        run.format = 99;
      }),
    /a newer version: its format is 99/,
  ],
  [
    'its run.json names no format',
    (dir) =>
      sealAgain(dir, (run) => {
        delete run.format;
      }),
    /names no format/,
  ],
  [
    'its snapshot has the hash zero',
    (dir) =>
      sealAgain(dir, (run) => {
        (run.snapshot as { hash: string }).hash = '0'.repeat(64);
      }),
    /its snapshot is not the one/,
  ],
  [
    'what it held back is odd',
    (dir) =>
      sealAgain(dir, (run) => {
        run.held = 7;
      }),
    /run\.json is damaged: held is not/,
  ],
  [
    'one that it held back is odd',
    (dir) =>
      sealAgain(dir, (run) => {
        run.held = [{ ...sampleFinding(), evidence: 'x' }];
      }),
    /held → 0 → evidence/,
  ],
  [
    'a finding that it sealed is odd',
    (dir) => {
      writeFileSync(join(dir, 'findings.ndjson'), '{"finding_id":1}\n');
      return sealAgain(dir);
    },
    /Line 1 of .*findings\.ndjson is not as it should be/,
  ],
  [
    'it is a run of another org',
    (dir) =>
      sealAgain(dir, (run) => {
        run.org = 'other.okta.com';
      }),
    /it is a run of other\.okta\.com/,
  ],
];

describe('an earlier run', () => {
  it('that is whole is the history, and names its findings', async () => {
    await leave(17, { job: 'precutover', groupPairs: { gPm: 'old' } });
    const first = await leave(18, { findings: [sampleFinding()] });
    const last = await leave(19, { findings: [sampleFinding()], groupPairs: { gPm: 'new' } });
    const { previous, latest, refused, audits } = await historyOf();
    expect(previous?.earlier).toMatchObject({ run: last.name, findings: [{ subject: 'Editors' }] });
    expect(latest?.run.group_pairs).toEqual({ gPm: 'new' });
    expect(refused).toEqual([]);
    expect(audits.map(({ name }) => name)).toEqual([
      last.name,
      first.name,
      expect.stringContaining('-precutover'),
    ]);
  });

  it.each(DAMAGES)('is no history and is named where %s', async (_what, damage, says) => {
    const whole = await leave(18);
    const { dir, name } = await leave(19, { findings: [sampleFinding()] });
    await damage(dir);
    const { previous, refused } = await historyOf();
    expect(refused).toEqual([expect.objectContaining({ name, refusal: expect.stringMatching(says) })]);
    expect(previous?.earlier.run).toBe(whole.name);
  });

  it.each(DAMAGES)('is refused where it is named and %s', async (_what, damage, says) => {
    const { dir } = await leave(19, { findings: [sampleFinding()] });
    await damage(dir);
    // A run of another org may be looked at wherever it lies.
    if (String(says).includes('other')) return;
    const opening = openAudit(dir, '--run', null);
    await expect(opening).rejects.toBeInstanceOf(AuditError);
    await expect(opening).rejects.toThrow(says.source.startsWith('it has') ? /no run\.json/ : says);
  });

  it('stands in the way only where it would have served', async () => {
    const damaged = await leave(16, { findings: [sampleFinding()] });
    const before = await leave(17, { job: 'precutover', findings: [sampleFinding()] });
    truncateSync(join(damaged.dir, 'findings.ndjson'));
    truncateSync(join(before.dir, 'findings.ndjson'));
    // Newer, of the same job, and whole.
    await leave(18);
    const incomplete = await leave(19, { isComplete: false, findings: [sampleFinding()] });
    truncateSync(join(incomplete.dir, 'findings.ndjson'));
    const later = await leave(21);
    truncateSync(runJson(later.dir), 10);
    const collection = join(reportsDir, ORG, '20261119T040000Z-collect');
    mkdirSync(collection);
    const { refused } = await historyOf();
    // What cannot be read at all may be of any time.
    expect(refused.map(({ name }) => name)).toEqual([later.name]);
    rmSync(later.dir, { recursive: true });
    expect((await historyOf()).refused).toEqual([]);
    // The other job has no newer one of its own.
    const { refused: ofEve, previous } = await historyOf(null, 'precutover');
    expect([ofEve.map(({ name }) => name), previous]).toEqual([[before.name], null]);
  });

  it('of another organization of the org is neither history nor a reason to doubt', async () => {
    await leave(19, { organization: 'org-2' });
    expect(await historyOf()).toMatchObject({ audits: [], previous: null, refused: [] });
  });

  it('that a link leads to is none', async () => {
    const { dir, name } = await leave(19);
    const elsewhere = join(reportsDir, 'elsewhere');
    renameSync(dir, elsewhere);
    symlinkSync(elsewhere, join(reportsDir, ORG, name));
    expect(await historyOf()).toMatchObject({ audits: [], refused: [] });
  });

  it('gives only what was sealed, whoever changes it between the check and the reading', async () => {
    const { dir } = await leave(19, { findings: [sampleFinding()] });
    const folder = await openAudit(dir, '--run', null);
    expect(await readFindings(folder)).toHaveLength(1);
    expect((await readPlan(folder)).steps).toEqual([]);
    writeFileSync(join(dir, 'findings.ndjson'), '');
    writeFileSync(join(dir, 'plan.json'), '{"steps":[{"resolves":[]}]}');
    await expect(readFindings(folder)).rejects.toThrow('is not the file that was sealed');
    await expect(readPlan(folder)).rejects.toThrow('is not the file that was sealed');
  });

  it('is passed over and named where the newest is wanted', async () => {
    const reports = { reportsDir, sealKey: null };
    const whole = await leave(18, { findings: [sampleFinding()] });
    const damaged = await leave(19, { findings: [sampleFinding()] });
    truncateSync(join(damaged.dir, 'findings.csv'));
    for (const { found, refused } of [
      await newestRun(reports),
      await findFindings(({ finding_id: id }) => id.startsWith('0123'), reports),
    ]) {
      expect((found && 'folder' in found ? found.folder : found)?.name).toBe(whole.name);
      expect(refused.map(({ name }) => name)).toEqual([damaged.name]);
    }
    expect((await findFindings(({ finding_id: id }) => id.startsWith('ffff'), reports)).found).toBeNull();
  });
});

describe('a signed run', () => {
  let keys: string;
  const file = (name: string) => join(keys, name);
  const key = (name: string) => parseSealKey(file(name));
  beforeAll(() => {
    keys = mkdtempSync(join(tmpdir(), 'optiid-audit-keys-'));
    for (const name of ['ours', 'theirs']) {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      writeFileSync(file(`${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
      writeFileSync(file(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
    }
    const both = ['ours.pem', 'theirs.pub'].map((name) => readFileSync(file(name), 'utf8'));
    writeFileSync(file('both.pem'), both.join('\n'));
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    writeFileSync(file('rsa.pem'), rsa.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(file('none.pem'), 'no key');
    const locked = generateKeyPairSync('ed25519').privateKey;
    const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    writeFileSync(file('locked.pem'), locked.export(cipher));
  });
  afterAll(() => rmSync(keys, { recursive: true, force: true }));

  it('is history by its key, private or public, and without a key', async () => {
    const { name } = await leave(19, { sealKey: key('ours.pem') });
    for (const sealKey of [key('ours.pem'), key('ours.pub'), null]) {
      const { previous, refused } = await historyOf(sealKey);
      expect([previous?.earlier.run, refused]).toEqual([name, []]);
    }
  });

  it('is refused by another key, and where it is changed, and where nobody signed it', async () => {
    const { dir } = await leave(19, { sealKey: key('ours.pem') });
    expect((await historyOf(key('theirs.pem'))).refused[0]?.refusal).toMatch(
      /not one of AUDIT_SEAL_KEY, but of the key [0-9a-f]{16}/,
    );
    await sealAgain(dir, (run) => {
      run.held = [sampleFinding()];
    });
    expect((await historyOf(key('ours.pub'))).refused[0]?.refusal).toMatch(
      /not signed, and AUDIT_SEAL_KEY asks/,
    );
    // Without the key nobody can tell: it is whole, as somebody made it.
    expect((await historyOf()).refused).toEqual([]);
    const signature = { key: 'a'.repeat(16), ed25519: 'bm8=' };
    rewrite(runJson(dir), (text) =>
      text.replace('"signature": null', `"signature": ${JSON.stringify(signature)}`),
    );
    expect((await historyOf(key('ours.pub'))).refused[0]?.refusal).toMatch(/not one of AUDIT_SEAL_KEY/);
  });

  it('is believed by any key in the file, so that keys can be changed', async () => {
    await leave(18, { sealKey: key('theirs.pem') });
    const { dir } = await leave(19, { sealKey: key('both.pem') });
    expect((await historyOf(key('both.pem'))).refused).toEqual([]);
    rmSync(dir, { recursive: true });
    expect((await historyOf(key('both.pem'))).previous?.earlier.began).toBe(night(18).toISOString());
  });

  it('cannot be made with a public key', async () => {
    const leaving = leave(19, { sealKey: key('ours.pub') });
    await expect(leaving).rejects.toThrow('AUDIT_SEAL_KEY holds no private key');
    expect(existsSync(join(reportsDir, ORG))).toBe(false);
  });

  it.each([
    ['rsa.pem', 'not an Ed25519 key'],
    ['none.pem', 'without a PEM key'],
    ['locked.pem', 'protected by a passphrase'],
    ['nowhere.pem', 'no file that can be read (ENOENT)'],
    ['', 'names no file'],
  ])('needs a file with a key of its kind: %s', (name, message) => {
    expect(() => key(name)).toThrow(message);
  });
});

describe('runs verify', () => {
  const ask = async (name?: string) => {
    const { said, context } = runContextIn(reportsDir);
    const code = await verify(name, { out: reportsDir, json: true }, context);
    const text = runContextIn(reportsDir);
    expect(await verify(name, { out: reportsDir }, text.context)).toBe(code);
    return { code, runs: JSON.parse(said.stdout) as VerifiedRun[], text: text.said.stdout };
  };

  it('checks every run, or one by its folder or name, and ends with 1 where a seal is broken', async () => {
    expect(await ask()).toMatchObject({ code: 0, runs: [], text: expect.stringContaining('no runs') });
    const { dir, name } = await leave(19);
    expect(await ask()).toMatchObject({
      code: 0,
      runs: [{ folder: dir, org: ORG, sealed: true, problems: [], unlisted: [] }],
      text: `sealed  ${dir}\n1 run, 0 broken.\n`,
    });
    truncateSync(join(dir, 'findings.ndjson'), 0);
    rmSync(join(dir, 'findings.csv'));
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    for (const named of [undefined, name, dir, join(dir, 'snapshot'), `${ORG}/${name}`]) {
      const { code, runs, text } = await ask(named);
      expect({ named, code }).toEqual({ named, code: 1 });
      expect(runs).toMatchObject([
        { problems: ['findings.csv is missing'], unlisted: ['notes.txt'], signed_by: null },
      ]);
      expect(text).toContain(`BROKEN  ${dir}\n          findings.csv is missing\n`);
      expect(text).toContain('notes.txt is not part of the run');
      expect(text).toContain('1 run, 1 broken.');
    }
    rmSync(runJson(dir));
    expect((await ask()).runs).toMatchObject([{ sealed: false, problems: ['it has no run.json'] }]);
  });

  it('refuses what is neither a run nor a snapshot', async () => {
    await expect(ask('nowhere')).rejects.toBeInstanceOf(AuditError);
    const copy = join(reportsDir, 'elsewhere', basename((await leave(19)).dir));
    cpSync(join(reportsDir, ORG), dirname(copy), { recursive: true });
    expect(await ask(copy)).toMatchObject({ code: 0, runs: [{ sealed: true }] });
    rmSync(runJson(copy));
    expect(await ask(join(copy, 'snapshot'))).toMatchObject({ code: 1 });
    renameSync(copy, join(reportsDir, 'bare'));
    expect(await ask(join(reportsDir, 'bare'))).toMatchObject({
      code: 0,
      runs: [{ org: ORG, sealed: true }],
    });
  });
});
