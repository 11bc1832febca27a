import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BEGAN, type OrgSize } from './bench-org.ts';
import type { Cost, Task } from './contender.ts';
import type { BenchServerOptions, ServerStats } from './okta-bench-server.ts';
import { runOnce, type ServerHandle, startServer } from './processes.ts';
import type { CollectionResult, Contender, LimitsResult, NightsResult, Run } from './results.ts';

export type Log = (text: string) => void;

const CONTENDERS: readonly Contender[] = ['ours', 'sdk-loop', 'sdk-parallel'];
const DAY_MS = 86_400_000;

async function runContender(
  server: ServerHandle,
  contender: Contender,
  task: Task,
  options: BenchServerOptions,
): Promise<{ run: Run; stats: ServerStats }> {
  await server.ask('reset', options);
  const cost = await runOnce<Cost>(contender, task);
  const stats = await server.ask('stats', null);
  return { run: { contender, ...cost, requests: stats.requests, refused: stats.refused }, stats };
}

/** Not measured: after it the server has every answer in its memory. */
async function warmUp(server: ServerHandle, contenders: readonly Contender[], task: Task): Promise<void> {
  for (const contender of contenders) await runContender(server, contender, task, {});
}

function told(run: Run): string {
  const failures = run.failures.length > 0 ? `, ${run.failures.length} listings given up` : '';
  return `${run.contender}: ${(run.wallMs / 1000).toFixed(1)} s, CPU ${(run.cpuMs / 1000).toFixed(1)} s, ${run.requests} requests, ${run.refused} refused${failures}`;
}

/** A figure of a run that did not read everything would mean nothing. */
function requireWhole(run: Run): void {
  if (run.failures.length > 0)
    throw new Error(`${run.contender} did not read everything: ${run.failures[0]}`);
}

export interface CollectionPlan {
  roundTripMs: number;
  size: OrgSize;
  rounds: number;
}

/** Ours against the SDK, alternating, against a server that has every answer ready. */
export async function measureCollection(
  plans: readonly CollectionPlan[],
  log: Log,
): Promise<CollectionResult> {
  const settings: CollectionResult['settings'] = [];
  for (const { roundTripMs, size, rounds } of plans) {
    log(`collection of ${size.memberships} memberships at ${roundTripMs} ms`);
    const server = await startServer({ size });
    try {
      const task = { url: server.url, budgetPercent: 100, began: BEGAN };
      await warmUp(server, ['ours', 'sdk-parallel'], task);
      const runs: Run[] = [];
      for (let round = 0; round < rounds; round += 1) {
        for (const contender of CONTENDERS) {
          const { run } = await runContender(server, contender, task, { latencyMs: roundTripMs });
          log(told(run));
          requireWhole(run);
          runs.push(run);
        }
      }
      await server.ask('reset', {});
      const urls = (await server.ask('urls', null)).map((url) => server.url + url);
      const alone = await runOnce<{ wallMs: number; bytes: number }>('bare', urls);
      settings.push({ roundTripMs, size, runs, server: { requests: urls.length, ...alone } });
    } finally {
      server.stop();
    }
  }
  return { at: new Date().toISOString(), settings };
}

export interface LimitsPlan {
  windowMs: number;
  roundTripMs: number;
  /** Requests per window in the bucket of groups, which is to bind. */
  limit: number;
  /** Full windows that a run should last. */
  windows: number;
}

/** Ours at half and at the whole of the limits, and the SDK without a governor; each against its own server. */
export async function measureLimits(plan: LimitsPlan, log: Log): Promise<LimitsResult> {
  const { windowMs, roundTripMs, limit, windows } = plan;
  log(`limits: windows of ${windowMs / 1000} s`);
  const cases: { contender: Contender; budgetPercent: number }[] = [
    { contender: 'ours', budgetPercent: 50 },
    { contender: 'ours', budgetPercent: 100 },
    { contender: 'sdk-parallel', budgetPercent: 100 },
  ];
  // Side by side: all of them wait for most of the time.
  const runs = await Promise.all(
    cases.map(async ({ contender, budgetPercent }) => {
      const groups = Math.ceil((limit * budgetPercent * (windows + 0.2)) / 100);
      const size = { users: groups * 5, groups, memberships: groups * 20 };
      const server = await startServer({ size });
      try {
        const task = { url: server.url, budgetPercent, began: BEGAN };
        await warmUp(server, [contender], task);
        const options = { latencyMs: roundTripMs, windowMs, limits: { groups: limit } };
        const { run, stats } = await runContender(server, contender, task, options);
        log(`budget ${budgetPercent} %, ${told(run)}`);
        return { ...run, budgetPercent, size, windows: stats.windows.groups ?? [] };
      } finally {
        server.stop();
      }
    }),
  );
  return { at: new Date().toISOString(), windowMs, roundTripMs, limit, runs };
}

export interface NightsPlan {
  size: OrgSize;
  roundTripMs: number;
  changedShare: number;
  rounds: number;
}

/** The night after a full read, once in full and once with what moved alone. */
export async function measureNights(plan: NightsPlan, log: Log): Promise<NightsResult> {
  const { size, roundTripMs, changedShare, rounds } = plan;
  log(`nights: ${size.memberships} memberships at ${roundTripMs} ms`);
  const folder = await mkdtemp(join(tmpdir(), 'optiid-bench-nights-'));
  const server = await startServer({ size });
  try {
    const first = { url: server.url, budgetPercent: 100, began: BEGAN, folder: join(folder, 'first') };
    requireWhole((await runContender(server, 'ours', first, {})).run);
    const nextNight = new Date(Date.parse(BEGAN) + DAY_MS).toISOString();
    const changedGroups = await server.ask('change', { share: changedShare, at: nextNight });
    const task = { url: server.url, budgetPercent: 100, began: nextNight };
    const quiet = { ...task, since: first.folder };
    await warmUp(server, ['ours'], task);
    const runs: NightsResult['runs'] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const night of ['full', 'quiet'] as const) {
        const { run, stats } = await runContender(server, 'ours', night === 'quiet' ? quiet : task, {
          latencyMs: roundTripMs,
        });
        log(`${night} night, ${told(run)}, ${stats.memberLists} member lists`);
        requireWhole(run);
        runs.push({ ...run, night, memberLists: stats.memberLists });
      }
    }
    requireSameRows(runs);
    return { at: new Date().toISOString(), size, roundTripMs, changedGroups, runs };
  } finally {
    server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function requireSameRows(runs: readonly Run[]): void {
  const [first, ...others] = runs.map(({ rows }) => JSON.stringify(rows));
  if (others.some((rows) => rows !== first)) throw new Error('A quiet night has other rows than a full one.');
}
