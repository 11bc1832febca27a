import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFleet } from '../../src/fleet/fleet-file.ts';
import { openStorage, type RunStorage } from '../../src/fleet/run-storage.ts';
import { type S3Server, startS3 } from './support/s3-server.ts';

const ORG = 'acme.okta.com';
const LARGE = 9 * 1024 * 1024;

describe('runs in S3-compatible storage', () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3.close());

  /** A machine of its own, with nothing on it. */
  async function openMachine(secret = s3.secretKey): Promise<RunStorage> {
    const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-s3-'));
    const text = `runs: runs\ns3: { endpoint: "${s3.endpoint}", prefix: audits/eu, access_key: env:KEY, secret_key: env:SECRET }\norganizations: { acme: {} }\n`;
    return openStorage(parseFleet(text, join(folder, 'fleet.yaml')), { KEY: s3.accessKey, SECRET: secret });
  }

  function leave(storage: RunStorage, name: string, run: object, files: Record<string, string> = {}): void {
    const dir = join(storage.folder, ORG, name);
    mkdirSync(join(dir, 'snapshot', 'okta'), { recursive: true });
    for (const [file, text] of Object.entries({ 'a.csv': name, 'snapshot/okta/x.gz': 'x', ...files })) {
      writeFileSync(join(dir, file), text);
    }
    writeFileSync(join(dir, 'run.json'), JSON.stringify(run));
  }
  const runsOn = ({ folder }: RunStorage) => {
    mkdirSync(join(folder, ORG), { recursive: true });
    return readdirSync(join(folder, ORG)).sort();
  };

  it('are kept whole, run.json last, large files in parts, and say where they are', async () => {
    const machine = await openMachine();
    leave(machine, '20261101T030000Z-drift', { complete: true }, { 'large.html': 'x'.repeat(LARGE) });
    const where = await machine.keep(ORG, '20261101T030000Z-drift');
    expect(where).toBe(`${s3.endpoint}/audits/eu/${ORG}/20261101T030000Z-drift`);
    const prefix = `audits/eu/${ORG}/20261101T030000Z-drift`;
    expect([...s3.objects.keys()].sort()).toEqual(
      ['a.csv', 'large.html', 'run.json', 'snapshot/okta/x.gz'].map((file) => `${prefix}/${file}`),
    );
    expect(s3.puts.at(-1)).toBe(`${prefix}/run.json`);
    expect(s3.objects.get(`${prefix}/large.html`)?.length).toBe(LARGE);
  });

  it('come onto another machine as far as an audit compares with them', async () => {
    const first = await openMachine();
    leave(first, '20261102T030000Z-precutover', { complete: true });
    for (const day of ['03', '04', '05', '06'])
      leave(first, `202611${day}T030000Z-drift`, { complete: false });
    for (const name of runsOn(first)) await first.keep(ORG, name);
    // One that is still being written, or that nobody finished.
    s3.objects.set(`audits/eu/${ORG}/20261107T030000Z-drift/a.csv`, Buffer.from('x'));
    const other = await openMachine();
    await other.prepare(ORG);
    expect(runsOn(other)).toEqual([
      // The last complete one of each job, and the newest three.
      '20261101T030000Z-drift',
      '20261102T030000Z-precutover',
      '20261104T030000Z-drift',
      '20261105T030000Z-drift',
      '20261106T030000Z-drift',
    ]);
    const text = readFileSync(join(other.folder, ORG, '20261101T030000Z-drift', 'large.html'), 'utf8');
    expect(text.length).toBe(LARGE);
    rmSync(join(other.folder, ORG), { recursive: true });
  });

  it('never lead out of their folder, whatever keys somebody put there', async () => {
    s3.objects.set(`audits/eu/${ORG}/20261106T030000Z-drift/../../evil`, Buffer.from('x'));
    const machine = await openMachine();
    await machine.prepare(ORG);
    expect(
      readdirSync(machine.folder, { recursive: true }).filter((path) => String(path).includes('evil')),
    ).toEqual([]);
  });

  it('are refused with what to check where the keys are wrong', async () => {
    const machine = await openMachine('another-secret-key');
    await expect(machine.prepare(ORG)).rejects.toThrow('The storage of runs cannot be used');
  });
});
