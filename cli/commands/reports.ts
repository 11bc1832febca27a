import { join } from 'node:path';
import { readConfig } from '../../src/config/read-config.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { listFindings } from '../../src/report/text/explanation-text.ts';
import { allRuns, findFindings, newestFirst } from '../../src/runs/find-runs.ts';
import {
  type AuditFolder,
  isAudit,
  openAudit,
  type RunFolder,
  readNamedFindings,
  readRunFolder,
  runFolderOf,
} from '../../src/runs/read-run.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';

/** The reports folder that the flags or the settings name. */
export async function reportsFolder(flags: CommonFlags, context: RunContext): Promise<string> {
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  return audit.reportsDir;
}

/** True where a run read everything that it was to read. */
export function isComplete(folder: RunFolder): boolean {
  return isAudit(folder) ? folder.run.complete === true : folder.run.exit_code === 0;
}

/** A run by its folder, or by its folder's name, which may be that of several orgs. `what` is where it was named. */
export async function namedAudit(name: string, reportsDir: string, what: string): Promise<AuditFolder> {
  const found = await runNamed(name, reportsDir);
  return found && isAudit(found) ? found : openAudit(name, what);
}

/** The same, of a collection too; the newest run without a name. */
export async function namedRun(name: string | undefined, reportsDir: string): Promise<RunFolder> {
  const found = name === undefined ? (await newestFirst(reportsDir))[0] : await runNamed(name, reportsDir);
  if (found) return found;
  throw new AuditError(
    name === undefined ? `There is no run in ${reportsDir}.` : `There is no run ${name}.`,
    {
      hint: 'optiid-audit runs lists the runs of the reports folder (AUDIT_REPORTS_DIR or --out).',
    },
  );
}

async function runNamed(name: string, reportsDir: string): Promise<RunFolder | null> {
  const byPath =
    (await readRunFolder(runFolderOf(name))) ?? (await readRunFolder(runFolderOf(join(reportsDir, name))));
  if (byPath) return byPath;
  const named = (await allRuns(reportsDir)).filter((folder) => folder.name === name);
  if (named.length > 1) {
    throw new AuditError(`${name} is a run of ${named.length} orgs.`, {
      hint: `Write ${named.map(({ run }) => `${run.org}/${name}`).join(' or ')}.`,
    });
  }
  return named[0] ?? null;
}

const ID_DIGITS = 16;

/**
 * The one finding whose id is given, or so much of its beginning that `digits` allows; of the run that is named, else of
 * the newest that has it.
 */
export async function findFinding(
  id: string,
  { run, reportsDir, digits = ID_DIGITS }: { run?: string | undefined; reportsDir: string; digits?: number },
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
      ? await findFindings(beginning, reportsDir)
      : await findingsIn(await namedAudit(run, reportsDir, '--run'), beginning);
  const [finding, ...others] = found?.findings ?? [];
  if (!found || !finding) {
    const where = run === undefined ? `No run in ${reportsDir} has a finding` : `${run} has no finding`;
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

async function findingsIn(folder: AuditFolder, beginning: string) {
  const all = await readNamedFindings(folder.dir);
  return { folder, findings: all.filter(({ finding_id }) => finding_id.startsWith(beginning)) };
}
