import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/read-config.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { refusedSentence } from '../../src/domain/run.ts';
import type { Reports } from '../../src/domain/seal.ts';
import { listFindings } from '../../src/report/text/explanation-text.ts';
import { verdictAgain } from '../../src/report/text/verdict.ts';
import { allRuns, findFindings, newestRun } from '../../src/runs/find-runs.ts';
import {
  type AuditFolder,
  isAudit,
  notBelieved,
  openAudit,
  planSummaryOf,
  type RefusedRun,
  type RunFolder,
  readFindings,
  runIn,
} from '../../src/runs/read-run.ts';
import { type RunContext, warning } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';

/** The reports folder that the flags or the settings name, and the key by which its runs are believed. */
export async function reportsFolder(flags: CommonFlags, context: RunContext): Promise<Reports> {
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  return audit;
}

/** The same, where the folder must be there: whoever lists runs is told of a wrong path, not that there are none. */
export async function existingReports(flags: CommonFlags, context: RunContext): Promise<Reports> {
  const reports = await reportsFolder(flags, context);
  const { reportsDir } = reports;
  if (statSync(reportsDir, { throwIfNoEntry: false })?.isDirectory()) return reports;
  throw new AuditError(`There is no folder ${reportsDir}.`, {
    hint: 'The first run makes it; name another one with --out or AUDIT_REPORTS_DIR.',
  });
}

/** Names runs that are passed over because they are not believed. */
export function warnOfRefused(refused: readonly RefusedRun[], context: Pick<RunContext, 'say'>): void {
  for (const { dir, refusal } of refused) {
    context.say(warning(refusedSentence({ run: dir, reason: refusal }), 'run-refused'));
  }
}

/** True where a run read everything that it was to read. */
export function isComplete(folder: RunFolder): boolean {
  return isAudit(folder) ? folder.run.complete === true : folder.run.exit_code === 0;
}

/** A run's verdict in words, as it was told when the run ended: why, and what the plan leaves or what comes next. */
export function verdictOf({ run }: AuditFolder): string[] {
  return verdictAgain(run, planSummaryOf(run));
}

/**
 * A run by its folder, or by its folder's name, which may be that of several orgs; `what` is where it was named. Throws
 * where it is not believed.
 */
export async function namedAudit(name: string, reports: Reports, what: string): Promise<AuditFolder> {
  const found = await runNamed(name, reports, what);
  return found && isAudit(found) ? found : openAudit(name, what, reports.sealKey);
}

/** The same, of a collection too; the newest run without a name. */
export async function namedRun(
  name: string | undefined,
  reports: Reports,
  what: string,
  context: Pick<RunContext, 'say'>,
): Promise<RunFolder> {
  const found =
    name === undefined ? await newestBelieved(reports, context) : await runNamed(name, reports, what);
  if (found) return found;
  throw new AuditError(
    name === undefined ? `There is no run in ${reports.reportsDir}.` : `There is no run ${name}.`,
    {
      hint: 'optiid-audit runs lists the runs of the reports folder (AUDIT_REPORTS_DIR or --out).',
    },
  );
}

async function newestBelieved(reports: Reports, context: Pick<RunContext, 'say'>): Promise<RunFolder | null> {
  const { found, refused } = await newestRun(reports);
  warnOfRefused(refused, context);
  return found;
}

async function runNamed(name: string, reports: Reports, what: string): Promise<RunFolder | null> {
  const { reportsDir, sealKey } = reports;
  const byPath = (await runIn(name, what, sealKey)) ?? (await runIn(join(reportsDir, name), what, sealKey));
  if (byPath) return byPath;
  const { runs, refused } = await allRuns(reports);
  const doubted = refused.find((folder) => folder.name === name);
  if (doubted) throw notBelieved(what, doubted);
  const exact = runs.filter((folder) => folder.name === name);
  const named = exact.length > 0 || name.length < SHORTEST_NAME ? exact : runs.filter(begins(name));
  if (named.length > 1) {
    throw new AuditError(
      exact.length > 1
        ? `${name} is a run of ${named.length} orgs.`
        : `${named.length} runs begin with ${name}.`,
      { hint: `Write ${listed(named.map((folder) => `${folder.run.org}/${folder.name}`))}.` },
    );
  }
  return named[0] ? runIn(named[0].dir, what, sealKey) : null;
}

/** A run may be named by the beginning of its name: the year alone says nothing. */
const SHORTEST_NAME = 5;

function begins(name: string) {
  return (folder: RunFolder) =>
    folder.name.startsWith(name) || `${folder.run.org}/${folder.name}`.startsWith(name);
}

const MOST_LISTED = 10;

function listed(names: readonly string[]): string {
  const more = names.length > MOST_LISTED ? `, or one of ${names.length - MOST_LISTED} more` : '';
  return `${names.slice(0, MOST_LISTED).join(' or ')}${more}`;
}

/** The folder of a run that is named, or any folder of a snapshot; null without a name. */
export async function folderNamed(
  name: string | undefined,
  reports: Reports,
  what: string,
  context: Pick<RunContext, 'say'>,
): Promise<string | undefined> {
  if (name === undefined || existsSync(name)) return name;
  return (await namedRun(name, reports, what, context)).dir;
}

const ID_DIGITS = 16;
/** An id may be given by its beginning: so much of it that it is not mistaken for something else. */
const SHORTEST_BEGINNING = 4;

/** True for what can be a finding's id, or the beginning of one. */
export function isFindingId(text: string): boolean {
  return new RegExp(`^[0-9a-f]{${SHORTEST_BEGINNING},${ID_DIGITS}}$`, 'iu').test(text.trim());
}

/** The one finding whose id, or the beginning of it, is given: of the run that is named, else of the newest that has it. */
export async function findFinding(
  id: string,
  { run, ...reports }: Reports & { run?: string | undefined },
  context: Pick<RunContext, 'say'>,
): Promise<{ finding: Finding; folder: AuditFolder }> {
  const beginning = id.trim().toLowerCase();
  if (!isFindingId(id)) {
    throw new AuditError(`"${id}" is not a finding id.`, {
      hint: `It has ${ID_DIGITS} hex digits, of which the first ${SHORTEST_BEGINNING} or more will do; the column finding_id of findings.csv lists them.`,
    });
  }
  const isWanted = ({ finding_id }: Finding) => finding_id.startsWith(beginning);
  const found = await findAll(isWanted, { run, ...reports }, context);
  const [finding, ...others] = found?.findings ?? [];
  if (!found || !finding) {
    const where =
      run === undefined ? `No run in ${reports.reportsDir} has a finding` : `${run} has no finding`;
    throw new AuditError(`${where} ${beginning}.`, {
      hint: 'Check the id in findings.csv; optiid-audit runs lists the runs of the reports folder (AUDIT_REPORTS_DIR or --out).',
    });
  }
  if (others.length > 0) {
    throw new AuditError(
      `${others.length + 1} findings of ${found.folder.dir} begin with ${beginning}:\n${listFindings(found.findings)}`,
      { hint: 'Give more of the id.' },
    );
  }
  return { finding, folder: found.folder };
}

/** The findings that are wanted: of the run that is named, else of the newest that has one. */
export async function findAll(
  isWanted: (finding: Finding) => boolean,
  { run, ...reports }: Reports & { run?: string | undefined },
  context: Pick<RunContext, 'say'>,
): Promise<{ folder: AuditFolder; findings: Finding[] } | null> {
  if (run !== undefined) {
    const folder = await namedAudit(run, reports, '--run');
    return { folder, findings: (await readFindings(folder)).filter(isWanted) };
  }
  const { found, refused } = await findFindings(isWanted, reports);
  warnOfRefused(refused, context);
  return found;
}
