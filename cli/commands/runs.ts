import { join } from 'node:path';
import type { Command } from 'commander';
import type { ListedRun } from '../../src/report/text/runs-text.ts';
import type { AuditFolder, RunFolder } from '../../src/runs/read-run.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, jsonOption, outOption, readConfig } from './options.ts';
import { addPrune } from './prune.ts';

export function addRuns(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  const runs = program
    .command('runs')
    .description('the history of runs below the reports folder')
    .addOption(outOption())
    .addOption(jsonOption())
    .action(async (flags: CommonFlags) => exitWith(await listRuns(flags, context)));
  runs
    .command('diff <a> <b>')
    .description('what changed from run a to run b; each is a folder, or its name below the reports folder')
    .action(async (a: string, b: string, _own: object, command: Command) =>
      exitWith(await diff(a, b, command.optsWithGlobals(), context)),
    );
  addPrune(runs, context, exitWith);
}

async function listRuns(flags: CommonFlags, context: RunContext): Promise<number> {
  const [{ allRuns }, { isAudit }, { renderRuns }] = await Promise.all([
    import('../../src/runs/find-runs.ts'),
    import('../../src/runs/read-run.ts'),
    import('../../src/report/text/runs-text.ts'),
  ]);
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  const listed = (await allRuns(audit.reportsDir)).map(
    (folder): ListedRun => ({
      name: folder.name,
      org: folder.run.org,
      job: folder.run.job,
      began: folder.run.snapshot.began,
      verdict: isAudit(folder) ? folder.run.verdict : null,
      complete: isAudit(folder) ? folder.run.complete === true : folder.run.exit_code === 0,
      exit_code: folder.run.exit_code,
      severity: isAudit(folder) ? folder.run.counts.severity : null,
      state: isAudit(folder) ? folder.run.counts.state : null,
    }),
  );
  context.stdout(flags.json ? `${JSON.stringify(listed, null, 2)}\n` : renderRuns(listed, audit.reportsDir));
  return 0;
}

async function diff(a: string, b: string, flags: CommonFlags, context: RunContext): Promise<number> {
  const [{ readNamedFindings }, { diffRuns }, { renderDiff }, { AuditError }] = await Promise.all([
    import('../../src/runs/read-run.ts'),
    import('../../src/domain/run-diff.ts'),
    import('../../src/report/text/runs-text.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  const [before, after] = await Promise.all([a, b].map((name) => find(name, audit.reportsDir)));
  if (!before || !after) throw new Error('A run was neither found nor refused.');
  const side = async (folder: AuditFolder) => ({
    run: folder.run,
    findings: await readNamedFindings(folder.dir),
  });
  if (
    before.run.org !== after.run.org ||
    before.run.opti_organization?.id !== after.run.opti_organization?.id
  ) {
    throw new AuditError(`${a} and ${b} are runs of different orgs.`, { hint: 'Compare runs of one org.' });
  }
  const found = diffRuns(await side(before), await side(after));
  context.stdout(
    flags.json
      ? `${JSON.stringify({ before: before.name, after: after.name, ...found }, null, 2)}\n`
      : renderDiff(found, { before: before.name, after: after.name }),
  );
  return 0;
}

/** A run by its folder, or by its folder's name, which may be that of several orgs. */
async function find(name: string, reportsDir: string): Promise<AuditFolder> {
  const [{ allRuns }, { auditIn, isAudit, openAudit }, { AuditError }] = await Promise.all([
    import('../../src/runs/find-runs.ts'),
    import('../../src/runs/read-run.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  const byPath = (await auditIn(name)) ?? (await auditIn(join(reportsDir, name)));
  if (byPath) return byPath;
  const named = (await allRuns(reportsDir))
    .filter((folder: RunFolder) => folder.name === name)
    .filter(isAudit);
  if (named.length > 1) {
    throw new AuditError(`${name} is a run of ${named.length} orgs.`, {
      hint: `Write ${named.map(({ run }) => `${run.org}/${name}`).join(' or ')}.`,
    });
  }
  return named[0] ?? openAudit(name, 'runs diff');
}
