import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a contender is told. */
export interface Task {
  url: string;
  budgetPercent: number;
  /** When the audit begins, ISO-8601 UTC: the end of the window of the System Log. */
  began: string;
  /** Where to leave what was read. Default: in a folder that is removed afterwards. */
  folder?: string;
  /** Folder of the snapshot whose rows are carried over where nothing moved. Default: none. */
  since?: string;
}

/** What a contender costs, from when its libraries are loaded to when its files are closed. */
export interface Cost {
  wallMs: number;
  /** User and system time of the whole process, its threads included. */
  cpuMs: number;
  /** The most that the process ever held in memory, its libraries included. */
  peakBytes: number;
  /** Rows written, by dataset. */
  rows: Record<string, number>;
  /** Listings that were given up, and why. */
  failures: string[];
}

/** The most that a process of this system ever held in memory, in bytes. Linux tells it; elsewhere it throws. */
export function peakBytesOf(pid: number | 'self'): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error('This system does not tell the peak memory of a process.');
  return Number(kilobytes) * 1024;
}

/** Runs the contender and measures it. */
export async function measure(
  task: Task,
  run: (folder: string) => Promise<Pick<Cost, 'rows' | 'failures'>>,
): Promise<Cost> {
  const folder = task.folder ?? (await mkdtemp(join(tmpdir(), 'optiid-bench-')));
  try {
    const cpu = process.cpuUsage();
    const began = performance.now();
    const done = await run(folder);
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs, cpuMs: (user + system) / 1000, peakBytes: peakBytesOf('self'), ...done };
  } finally {
    if (task.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
}
