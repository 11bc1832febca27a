import { resolve } from 'node:path';
import open from 'open';
import { AuditError } from '../../src/domain/errors.ts';
import { isAudit, sealedPath } from '../../src/runs/read-run.ts';
import { note, type RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print, shownPath } from './print.ts';
import { namedRun, reportsFolder } from './reports.ts';

/** Says where a run's `report.html` is, and opens it where there is a desktop. */
export async function report(
  name: string | undefined,
  flags: CommonFlags & { open?: boolean },
  context: RunContext,
): Promise<number> {
  const run = await namedRun(name, await reportsFolder(flags, context), 'report', context);
  if (!isAudit(run)) {
    throw new AuditError(`${run.dir} only collected: it has no report.`, {
      hint: 'optiid-audit precutover --snapshot judges what it read, and leaves one.',
    });
  }
  const path = resolve(await sealedPath(run, 'report.html'));
  print('report', { report: path }, () => `${shownPath(path, context.cwd)}\n`, flags, context);
  if (!flags.open) return 0;
  if (hasDesktop(context.env)) await open(path);
  else context.say(note('There is no desktop here: open the file in a browser of your own.'));
  return 0;
}

/** Linux says where its desktop is; the others have one. */
function hasDesktop(env: RunContext['env']): boolean {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}
