import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import open from 'open';
import { AuditError } from '../../src/domain/errors.ts';
import { isAudit, sealedPath } from '../../src/runs/read-run.ts';
import { note, type RunContext, warning } from '../../src/runtime/run-context.ts';
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
  if (!hasDesktop(context.env)) {
    context.say(note('There is no desktop here: open the file in a browser of your own.'));
  } else if (!(await isOpened(path))) {
    context.say(warning('No browser could be started: open the file in one of your own.', 'not-opened'));
  }
  return 0;
}

/** Whatever opens files here and finds no browser says so within this time. */
const REFUSED_WITHIN_MS = 2_000;

/** Opens a file in the browser; false where none could be started. */
async function isOpened(path: string): Promise<boolean> {
  const late = new AbortController();
  try {
    const opener = await open(path);
    // It ends when it has handed the file over, or with the browser: who waits for that waits for a person.
    const ended = once(opener, 'exit').then(([code]) => code === 0);
    return await Promise.race([ended, sleep(REFUSED_WITHIN_MS, true, { signal: late.signal })]);
  } catch {
    return false;
  } finally {
    late.abort();
  }
}

/** Linux says where its desktop is; the others have one. */
function hasDesktop(env: RunContext['env']): boolean {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}
