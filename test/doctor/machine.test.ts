import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineMachine, factsOfThisMachine, LOWEST_NODE } from '../../src/doctor/machine.ts';
import { ROOT } from '../cli/support/cli.ts';

const GB = 1_000_000_000;
const PLENTY = { nodeVersion: '24.1.0', memoryBytes: 64 * GB, freeMemoryBytes: 60 * GB };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-machine-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examine = async (run: { folder?: string; people?: number | null } = {}, facts = PLENTY) => {
  const checks = await examineMachine({ folder, people: null, ...run }, facts);
  return Object.fromEntries(checks.map((check) => [check.id.replace('machine.', ''), check]));
};

describe('this machine', () => {
  it('tells what it has, and leaves nothing behind', async () => {
    const checks = await examineMachine({ folder, people: 1_000 });
    expect(checks.map(({ id, outcome }) => [id, outcome === 'unknown'])).toEqual([
      ['machine.node', false],
      ['machine.reports-folder', false],
      ['machine.disk', false],
      ['machine.memory', false],
    ]);
    expect(factsOfThisMachine().memoryBytes).toBeGreaterThan(100_000_000);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a folder that is not there yet can be made below the nearest that is, and is not made now', async () => {
    const found = (await examine({ folder: join(folder, 'a', 'b') }))['reports-folder'];
    expect(found).toMatchObject({ outcome: 'ok', found: `${join(folder, 'a', 'b')} can be made` });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a file where the folder should be', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { 'reports-folder': found, disk } = await examine({ folder: join(file, 'reports') });
    rmSync(file);
    expect(found).toMatchObject({
      outcome: 'failed',
      found: `${file} is not a folder`,
      who: 'operator of this machine',
      how: expect.stringContaining('AUDIT_REPORTS_DIR'),
    });
    expect(disk?.outcome).toBe('unknown');
  });

  it.skipIf(process.platform !== 'linux')('a folder in which nobody may write', async () => {
    expect((await examine({ folder: '/proc/reports' }))['reports-folder']).toMatchObject({
      outcome: 'failed',
      found: expect.stringMatching(/^\/proc cannot be written to \(E[A-Z]+\)$/),
    });
  });

  it.skipIf(process.getuid?.() === 0)('a folder in which this user may not write', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o500 });
    expect((await examine({ folder: closed }))['reports-folder']?.outcome).toBe('failed');
  });

  it.each([
    ['18.20.0', 'failed'],
    ['20.18.3', 'failed'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
  ])('Node.js %s: %s', async (nodeVersion, outcome) => {
    expect((await examine({}, { ...PLENTY, nodeVersion })).node?.outcome).toBe(outcome);
  });

  it('asks for the Node.js that the package asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(`>=${LOWEST_NODE}`).toBe(`${engines.node}.0`);
  });

  it('needs more memory the more people there are', async () => {
    const small = { ...PLENTY, memoryBytes: GB, freeMemoryBytes: GB };
    expect((await examine({ people: 5_000 }, small)).memory?.outcome).toBe('ok');
    expect((await examine({ people: 1_000_000 }, small)).memory).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('a run for 1000000 people takes about 2500 MB'),
    });
    const busy = { ...PLENTY, memoryBytes: 4 * GB, freeMemoryBytes: GB };
    expect((await examine({ people: 1_000_000 }, busy)).memory?.outcome).toBe('warning');
    expect((await examine({ people: null }, busy)).memory?.found).toContain('a run takes at least 500 MB');
  });

  it('needs more room the more people there are', async () => {
    expect((await examine({ people: 10 ** 9 })).disk).toMatchObject({
      outcome: 'failed',
      found: expect.stringMatching(/free; a run for 1000000000 people takes about 5000 GB$/),
    });
  });
});
