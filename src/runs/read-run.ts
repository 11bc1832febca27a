import { constants } from 'node:buffer';
import { lstat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { z } from 'zod';
import { AuditError, hasCode } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import { unguardedCell } from '../domain/formula.ts';
import type { Plan } from '../domain/plan.ts';
import { JOBS } from '../domain/rule.ts';
import { type CollectSummary, type PlanSummary, RUN_FORMAT, type RunSummary } from '../domain/run.ts';
import type { SealKey } from '../domain/seal.ts';
import { openRegularFile, readRegularFile, readRegularText } from '../runtime/regular-file.ts';
import { AmbiguousJson, parseStrictJson } from '../runtime/strict-json.ts';
import { openForeignSnapshot, openSnapshot, type Snapshot } from '../snapshot/open-snapshot.ts';
import { MANIFEST_FILE } from '../snapshot/write-snapshot.ts';
import { CLAIMS, FINDING, PLAN, PLAN_SUMMARY, RUN } from './run-schema.ts';
import { hashOfFile, RUN_FILE, sealedText, sha256Of } from './seal.ts';

/**
 * Runs are believed by their seals. `run.json` is checked whenever it is read, and every other file against the hash that
 * `run.json` has of it; {@link refusalOf} checks a run as a whole, for whoever builds on it.
 */

/** A folder that holds a run, whose `run.json` is the one that was sealed. */
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

/** A folder of a run that is not believed. */
export interface RefusedRun {
  dir: string;
  name: string;
  /** Why, the end of a sentence that begins with the run. */
  refusal: string;
  /** What it says of itself, believed in nothing but where it belongs. */
  claims: z.infer<typeof CLAIMS> | null;
}

/** The names that runs are given. */
export const RUN_NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(precutover|drift|collect)$/u;

export function isAudit(folder: RunFolder): folder is AuditFolder {
  return JOBS.some((job) => job === folder.run.job);
}

export function isRefused(found: RunFolder | RefusedRun): found is RefusedRun {
  return 'refusal' in found;
}

/** Why something that was read is not what was sealed. */
class Refusal extends Error {}

/**
 * The run in a folder, or null where none was left. With a key its signature must be one of the key's. Nothing but
 * `run.json` is read.
 */
export async function readRunFolder(
  dir: string,
  sealKey: SealKey | null,
): Promise<RunFolder | RefusedRun | null> {
  const name = basename(resolve(dir));
  let claims: RefusedRun['claims'] = null;
  try {
    const content = parseJson(await readRegularText(join(dir, RUN_FILE)), RUN_FILE);
    claims = CLAIMS.safeParse(content).data ?? null;
    if (!RUN_NAME.test(name) && (claims === null || claims.job === null || claims.org === null)) return null;
    return { dir, name, run: believe(content, claims?.format, sealKey) };
  } catch (error) {
    if (!RUN_NAME.test(name) && hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    // Not even the folder is there, or it is a file.
    if (!(await lstat(dir).catch(() => null))?.isDirectory() && claims === null) return null;
    return { dir, name, refusal: refusalText(error), claims };
  }
}

function believe(content: unknown, format: unknown, sealKey: SealKey | null): RunFolder['run'] {
  if (format !== RUN_FORMAT) {
    if (typeof format !== 'number') throw new Refusal('its run.json names no format');
    const age = format < RUN_FORMAT ? 'an older version, which sealed no runs' : 'a newer version';
    throw new Refusal(`it was left by ${age}: its format is ${format}, this version reads ${RUN_FORMAT}`);
  }
  const parsed = RUN.safeParse(content);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join(' → ');
    throw new Refusal(`its run.json is damaged: ${at || 'its content'} is not as it should be`);
  }
  const run = content as RunFolder['run'];
  const text = sealedText(run);
  const { sha256, signature } = run.seal;
  if (sha256Of(text) !== sha256) throw new Refusal('its run.json was changed after it was sealed');
  if (sealKey !== null) {
    if (signature === null) throw new Refusal('it is not signed, and AUDIT_SEAL_KEY asks for that');
    if (!sealKey.verifies(text, signature)) {
      throw new Refusal(`its signature is not one of AUDIT_SEAL_KEY, but of the key ${signature.key}`);
    }
  }
  return run;
}

/** What a run says of its plan; null where it is of a version that did not say that. */
export function planSummaryOf({ plan }: RunSummary): PlanSummary | null {
  return PLAN_SUMMARY.safeParse(plan).success ? plan : null;
}

function parseJson(text: string, file: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    const why = error instanceof AmbiguousJson ? error.message : 'it is not JSON';
    throw new Refusal(`its ${file} is damaged: ${why}`);
  }
}

function refusalText(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (hasCode(error, 'ENOENT')) return 'it has no run.json';
  return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

/**
 * Why a run is not believed as a whole, or null where every file that it lists is there as it was sealed. What somebody
 * put next to them is not read by anybody.
 */
export async function refusalOf(folder: RunFolder): Promise<string | null> {
  for await (const problem of problemsOf(folder)) return problem;
  return null;
}

/** Everything that speaks against a run. */
export async function* problemsOf(folder: RunFolder): AsyncGenerator<string, void, undefined> {
  const { dir, run } = folder;
  for (const [file, sha256] of Object.entries(run.sha256)) {
    const problem = await problemOfFile(dir, file, sha256);
    if (problem !== null) yield problem;
  }
  // The manifest's hash is the snapshot's; the manifest in turn has the hashes of the rows.
  if (run.sha256[`snapshot/${MANIFEST_FILE}`] !== run.snapshot.hash) {
    yield 'its snapshot is not the one that its run.json names';
  }
  if (!isAudit(folder)) return;
  try {
    await readFindings(folder);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    yield error.message.replace(/\.$/u, '');
  }
}

async function problemOfFile(dir: string, name: string, sha256: string): Promise<string | null> {
  try {
    const file = await openRegularFile(join(dir, name));
    try {
      return (await hashOfFile(file)) === sha256 ? null : notAsSealed(name);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return `${name} is missing`;
    return `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function notAsSealed(name: string): string {
  return `${name} is not the file that was sealed`;
}

/** The folder of a run, where that or the `snapshot/` in it is named. */
export function runFolderOf(folder: string): string {
  return basename(resolve(folder)) === 'snapshot' ? dirname(resolve(folder)) : folder;
}

const RESTORE =
  'Restore it from a copy, or move its folder away: optiid-audit runs verify checks the seals of all runs.';

/** The error of whoever needs a run that is not believed; `what` is where it was named. */
export function notBelieved(what: string, { dir, refusal }: Pick<RefusedRun, 'dir' | 'refusal'>): AuditError {
  return new AuditError(`${what}: the run ${dir} is not believed: ${refusal}.`, { hint: RESTORE });
}

/**
 * The run in a folder that the user names, or that holds the `snapshot/` named, checked as a whole; null where there is
 * none. Throws an {@link AuditError} where it is not believed.
 */
export async function runIn(
  folder: string,
  what: string,
  sealKey: SealKey | null,
): Promise<RunFolder | null> {
  const found = await readRunFolder(runFolderOf(folder), sealKey);
  if (found === null) return null;
  const refusal = isRefused(found) ? found.refusal : await refusalOf(found);
  if (refusal !== null) throw notBelieved(what, { ...found, refusal });
  return found as RunFolder;
}

/** As {@link runIn}, of an audit's run alone. */
export async function auditIn(
  folder: string,
  what: string,
  sealKey: SealKey | null,
): Promise<AuditFolder | null> {
  const found = await runIn(folder, what, sealKey);
  return found && isAudit(found) ? found : null;
}

/** As {@link auditIn}, and throws an {@link AuditError} where there is none. */
export async function openAudit(folder: string, what: string, sealKey: SealKey | null): Promise<AuditFolder> {
  const found = await auditIn(folder, what, sealKey);
  if (found) return found;
  throw new AuditError(`${what}: ${folder} is not the folder of an audit's run.`, {
    hint: 'Name a folder that holds a run.json of precutover or drift; optiid-audit runs lists them.',
  });
}

/** The text of a file of a run. Throws an {@link AuditError} where it is not the one that was sealed. */
async function readSealed({ dir, run }: RunFolder, name: string): Promise<string> {
  const damaged = (why: string, cause?: unknown) =>
    new AuditError(`${join(dir, name)} ${why}.`, { hint: RESTORE, cause });
  const sha256 = run.sha256[name];
  if (sha256 === undefined) throw damaged('is not part of its run');
  let bytes: Buffer;
  try {
    bytes = await readRegularFile(join(dir, name));
  } catch (error) {
    throw damaged(`cannot be read (${error instanceof Error ? error.message : String(error)})`, error);
  }
  if (sha256Of(bytes) !== sha256) throw damaged('is not the file that was sealed');
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new AuditError(`${join(dir, name)} is too long to be read at once (${bytes.length} bytes).`, {
      hint: 'Look into the CSV reports of the same run.',
    });
  }
  return bytes.toString('utf8');
}

/** Path of a file of a run for whoever opens it by other means. Throws where it is not the file that was sealed. */
export async function sealedPath(folder: RunFolder, name: string): Promise<string> {
  await readSealed(folder, name);
  return join(folder.dir, name);
}

function parseAs<Shape extends z.ZodType>(shape: Shape, text: string, where: string): z.infer<Shape> {
  try {
    const content = parseStrictJson(text);
    shape.parse(content);
    return content as z.infer<Shape>;
  } catch (cause) {
    throw new AuditError(`${where} is not as it should be.`, { hint: RESTORE, cause });
  }
}

/** The findings of a run, resolved ones included. Throws an {@link AuditError} where they are not what was sealed. */
export async function readFindings(folder: AuditFolder): Promise<Finding[]> {
  const name = 'findings.ndjson';
  const path = join(folder.dir, name);
  const lines = (await readSealed(folder, name)).split('\n');
  const findings = lines.flatMap((line, at) =>
    line === '' ? [] : [parseAs(FINDING, line, `Line ${at + 1} of ${path}`) as Finding],
  );
  const { new: fresh, known, resolved, waived } = folder.run.counts.state;
  const counted = fresh + known + resolved + waived;
  if (findings.length === counted) return findings;
  throw new AuditError(`${path} holds ${findings.length} findings, and its run.json counts ${counted}.`, {
    hint: RESTORE,
  });
}

/** The rows of a CSV file of a run, by column. Throws an {@link AuditError} where it is not the one that was sealed. */
export async function readReport(folder: AuditFolder, name: string): Promise<Record<string, string>[]> {
  const text = await readSealed(folder, `${name}.csv`);
  const rows = parse(text, { columns: true, bom: true }) as Record<string, string>[];
  for (const row of rows) {
    for (const [column, cell] of Object.entries(row)) row[column] = unguardedCell(cell);
  }
  return rows;
}

/** The plan of a run. Throws an {@link AuditError} where it is not what was sealed. */
export async function readPlan(folder: AuditFolder): Promise<Plan> {
  const text = await readSealed(folder, 'plan.json');
  return parseAs(PLAN, text, join(folder.dir, 'plan.json')) as unknown as Plan;
}

/**
 * The snapshot of a run. Throws an {@link AuditError} where it is not the one that the run was made from, and of a run
 * that the user names (`isForeign`) where a row is not as our writer writes one: a seal does not say who made it.
 */
export async function openRunSnapshot(
  { dir, run }: RunFolder,
  { isForeign = false }: { isForeign?: boolean } = {},
): Promise<Snapshot> {
  const snapshot = await (isForeign ? openForeignSnapshot : openSnapshot)(join(dir, 'snapshot'));
  const { org, opti_organization_id: organizationId } = snapshot.manifest;
  if (snapshot.hash === run.snapshot.hash && org === run.org && organizationId === run.opti_organization.id) {
    return snapshot;
  }
  throw new AuditError(`The snapshot in ${dir} is not the one that its run was made from.`, {
    hint: RESTORE,
  });
}
