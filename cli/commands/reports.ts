import { join } from 'node:path';
import { readConfig } from '../../src/config/read-config.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { refusedSentence } from '../../src/domain/run.ts';
import type { Reports } from '../../src/domain/seal.ts';
import { listFindings } from '../../src/report/text/explanation-text.ts';
import { allRuns, findFindings, newestRun } from '../../src/runs/find-runs.ts';
import {
  type AuditFolder,
  isAudit,
  notBelieved,
  openAudit,
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
  const named = runs.filter((folder) => folder.name === name);
  if (named.length > 1) {
    throw new AuditError(`${name} is a run of ${named.length} orgs.`, {
      hint: `Write ${named.map(({ run }) => `${run.org}/${name}`).join(' or ')}.`,
    });
  }
  return named[0] ? runIn(named[0].dir, what, sealKey) : null;
}

const ID_DIGITS = 16;

/**
 * The one finding whose id is given, or so much of its beginning that `digits` allows; of the run that is named, else of
 * the newest that has it.
 */
export async function findFinding(
  id: string,
  { run, digits = ID_DIGITS, ...reports }: Reports & { run?: string | undefined; digits?: number },
  context: Pick<RunContext, 'say'>,
): Promise<{ finding: Finding; folder: AuditFolder }> {
  const beginning = id.trim().toLowerCase();
  if (!/^[0-9a-f]+$/u.test(beginning) || beginning.length < digits || beginning.length > ID_DIGITS) {
    const enough = digits < ID_DIGITS ? `, of which the first ${digits} or more will do` : '';
    throw new AuditError(`"${id}" is not a finding id.`, {
      hint: `It has ${ID_DIGITS} hex digits${enough}; the column finding_id of findings.csv lists them.`,
    });
  }
  const found =
    run === undefined
      ? await findInNewest(beginning, reports, context)
      : await findingsIn(await namedAudit(run, reports, '--run'), beginning);
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

async function findInNewest(beginning: string, reports: Reports, context: Pick<RunContext, 'say'>) {
  const { found, refused } = await findFindings(beginning, reports);
  warnOfRefused(refused, context);
  return found;
}

async function findingsIn(folder: AuditFolder, beginning: string) {
  const all = await readFindings(folder);
  return { folder, findings: all.filter(({ finding_id }) => finding_id.startsWith(beginning)) };
}
