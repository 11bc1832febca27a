import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OrgSize } from './bench-org.ts';
import { peakBytesOf } from './contender.ts';
import type { Log } from './measure-collection.ts';
import { environment, startServer } from './processes.ts';
import type { MemoryResult } from './results.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli/program.js', import.meta.url));
const LOOK_EVERY_MS = 200;

/** The built program, collecting from an org too big to be held: the most memory that it ever has. */
export async function measureMemory(size: OrgSize, log: Log): Promise<MemoryResult> {
  if (!existsSync(PROGRAM)) throw new Error('The program is not built: npm run build.');
  log(`memory: ${size.memberships} memberships`);
  const folder = await mkdtemp(join(tmpdir(), 'optiid-bench-memory-'));
  const server = await startServer({ size, isSynthetic: true });
  try {
    const began = performance.now();
    const child = spawn(
      process.execPath,
      [PROGRAM, 'collect', '--only', 'okta', '--out', folder, '--quiet'],
      {
        cwd: folder,
        env: {
          ...environment(),
          OKTA_CLIENT_ORGURL: server.url,
          OKTA_CLIENT_TOKEN: 'bench',
          AUDIT_OKTA_BUDGET: '100',
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    let peakBytes = 0;
    // After its end the system has no account of a process any more.
    const looking = setInterval(() => {
      if (child.pid !== undefined && child.exitCode === null) peakBytes = peakOrLast(child.pid, peakBytes);
    }, LOOK_EVERY_MS);
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? -1));
    });
    clearInterval(looking);
    const wallMs = performance.now() - began;
    const { requests } = await server.ask('stats', null);
    log(`${(peakBytes / 1e6).toFixed(0)} MB, ${(wallMs / 1000).toFixed(0)} s, exit code ${exitCode}`);
    return { at: new Date().toISOString(), size, wallMs, peakBytes, requests, exitCode };
  } finally {
    server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function peakOrLast(pid: number, last: number): number {
  try {
    return peakBytesOf(pid);
  } catch {
    return last;
  }
}
