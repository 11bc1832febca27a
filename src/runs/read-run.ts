import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AuditError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { Plan } from '../domain/plan.ts';
import { JOBS } from '../domain/rule.ts';
import type { CollectSummary, RunSummary } from '../domain/run.ts';

/** A folder that holds a run. */
export interface RunFolder {
  dir: string;
  /** Name of the folder: when the run began, and its job. */
  name: string;
  run: RunSummary | CollectSummary;
}

/** A run that judged. */
export interface AuditFolder extends RunFolder {
  run: RunSummary;
}

export function isAudit(folder: RunFolder): folder is AuditFolder {
  return JOBS.some((job) => job === folder.run.job);
}

/** The run in a folder, or null where there is none, or one that is being written or damaged. */
export async function readRunFolder(dir: string): Promise<RunFolder | null> {
  try {
    const run = JSON.parse(await readFile(join(dir, 'run.json'), 'utf8')) as RunSummary | CollectSummary;
    const isRun = typeof run.job === 'string' && typeof run.org === 'string';
    if (!isRun || typeof run.snapshot?.began !== 'string') return null;
    return { dir, name: basename(resolve(dir)), run };
  } catch {
    return null;
  }
}

/** The folder of a run, where that or the `snapshot/` in it is named. */
export function runFolderOf(folder: string): string {
  return basename(resolve(folder)) === 'snapshot' ? dirname(resolve(folder)) : folder;
}

/** The audit's run in a folder, or that holds the `snapshot/` named; null where there is none. */
export async function auditIn(folder: string): Promise<AuditFolder | null> {
  const found = await readRunFolder(runFolderOf(folder));
  return found && isAudit(found) ? found : null;
}

/** The run in a folder that the user names, or that holds the `snapshot/` named. */
export async function openAudit(folder: string, what: string): Promise<AuditFolder> {
  const found = await auditIn(folder);
  if (found) return found;
  throw new AuditError(`${what}: ${folder} is not the folder of an audit's run.`, {
    hint: 'Name a folder that holds a run.json of precutover or drift; optiid-audit runs lists them.',
  });
}

/** The findings of a run, resolved ones included. Throws where they cannot be read. */
export async function readFindings(dir: string): Promise<Finding[]> {
  const lines = (await readFile(join(dir, 'findings.ndjson'), 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Finding);
}

/** The findings of a run that the user named. Throws an {@link AuditError} where they cannot be read. */
export function readNamedFindings(dir: string): Promise<Finding[]> {
  return readFindings(dir).catch((cause: unknown) => {
    throw new AuditError(`The findings of ${dir} cannot be read.`, {
      hint: 'The run is damaged; name another one.',
      cause,
    });
  });
}

/** The plan of a run. Throws where it cannot be read. */
export async function readPlan(dir: string): Promise<Plan> {
  const plan = JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8')) as Plan;
  if (!Array.isArray(plan?.steps)) throw new Error(`plan.json of ${dir} holds no steps.`);
  return plan;
}
