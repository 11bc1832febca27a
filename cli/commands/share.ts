import { lstat, readFile, rename } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { reopenRun } from '../../src/audit/earlier-runs.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { AuditError, hasCode } from '../../src/domain/errors.ts';
import { showActing } from '../../src/domain/formula.ts';
import { visibleLines } from '../../src/report/text/visible-text.ts';
import {
  isAudit,
  openAudit,
  openRunSnapshot,
  type RunFolder,
  readFindings,
} from '../../src/runs/read-run.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { note, type RunContext, unlessQuiet } from '../../src/runtime/run-context.ts';
import { inUnfinished } from '../../src/runtime/unfinished.ts';
import { encrypterFor, encryptRun, readRecipients, refuseExisting } from '../../src/share/encrypt-run.ts';
import { redactRun } from '../../src/share/redact-run.ts';
import { reveal } from '../../src/share/reveal.ts';
import { makeShareKey, readShareKey, SHARE_KEY_FILE } from '../../src/share/share-key.ts';
import { openSnapshot } from '../../src/snapshot/open-snapshot.ts';
import type { CommonFlags } from './options.ts';
import { shownPath } from './print.ts';
import { namedRun } from './reports.ts';

interface ShareFlags extends CommonFlags {
  to?: string;
  redact?: boolean;
  reveal?: string;
  file?: string;
}

/** Encrypts a run, redacts it, or turns the pseudonyms of redacted copies back. */
export async function share(
  name: string | undefined,
  flags: ShareFlags,
  context: RunContext,
): Promise<number> {
  const { audit, plan } = await readConfig(context, { okta: false, store: false }, flags);
  const { reportsDir } = audit;
  if (flags.reveal !== undefined) {
    const run = await namedRun(name, audit, 'share', context);
    await untilStopped(context.signal, printRevealed(flags.reveal, run, reportsDir, flags, context));
    return 0;
  }
  if (flags.to === undefined && !flags.redact) {
    throw new AuditError('share needs --to, --redact or --reveal.', {
      hint: 'With --to alone everything is in the file, names included; --redact leaves them out.',
    });
  }
  const run = await namedRun(name, audit, 'share', context);
  const encrypter = flags.to === undefined ? null : await encrypterFor(await readRecipients(flags.to));
  const redacted = flags.redact ? '-redacted' : '';
  const path = resolve(context.cwd, flags.file ?? `${run.name}${redacted}${encrypter ? '.tar.age' : ''}`);
  await refuseExisting(path);
  await untilStopped(context.signal, inUnfinished(path, makeShared));
  if (!flags.quiet) {
    const key = flags.redact
      ? `Its key stays in ${shownPath(resolve(reportsDir, SHARE_KEY_FILE), context.cwd)}.\n`
      : '';
    context.stdout(visibleLines(`${shownPath(path, context.cwd)}\n${key}`, { color: false }));
  }
  return 0;

  async function makeShared(folder: string): Promise<void> {
    // Another process may have made it since.
    await refuseExisting(path);
    if (!flags.redact) {
      // Whoever gets it would find out too late.
      await openSnapshot(run.dir);
      await encrypt(run, folder);
      return;
    }
    if (!isAudit(run)) {
      throw new AuditError(`${run.dir} is a collection, and only an audit can be redacted.`, {
        hint: 'Judge it first: optiid-audit precutover --snapshot, and share that run.',
      });
    }
    const opened = await reopenRun(run.dir, audit, { isForeign: name !== undefined });
    const key = await makeShareKey(reportsDir);
    const dir = await redactRun({ ...opened, run }, folder, { key, plan }, unlessQuiet(flags, context));
    const copy = encrypter && (await openAudit(dir, 'share', null));
    if (copy) await encrypt({ ...copy, name: `${run.name}-redacted` }, folder);
    else await renameIntoPlace(dir, path);
  }

  async function encrypt({ dir, name, run: { files, snapshot } }: RunFolder, folder: string): Promise<void> {
    if (encrypter) await encryptRun({ dir, name, files, began: snapshot.began }, encrypter, path, folder);
  }
}

async function renameIntoPlace(dir: string, path: string): Promise<void> {
  // A rename would replace an empty folder.
  await refuseExisting(path);
  await rename(dir, path);
}

async function printRevealed(
  given: string,
  run: RunFolder,
  reportsDir: string,
  { quiet }: CommonFlags,
  context: RunContext,
): Promise<void> {
  const key = await readShareKey(reportsDir);
  const snapshot = await openRunSnapshot(run, { isForeign: true });
  const findings = isAudit(run) ? await readFindings(run) : [];
  const resolved = findings.filter(({ state }) => state === 'resolved');
  const revealed = await reveal(await textOf(given), { snapshot, resolved }, key);
  const shown = showActing(revealed.text);
  context.stdout(shown.endsWith('\n') ? shown : `${shown}\n`);
  if (revealed.unknown > 0 && !quiet) {
    const what = revealed.unknown === 1 ? 'One pseudonym is' : `${revealed.unknown} pseudonyms are`;
    context.say(note(`${what} of nothing in ${basename(run.dir)}: name the run that was shared.`));
  }
}

/** The content of a file, or of stdin, or the text itself. */
async function textOf(given: string): Promise<string> {
  if (given === '-') return text(process.stdin);
  const isFile = await lstat(given).then(
    (stats) => stats.isFile(),
    (error: unknown) => {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE')) return false;
      throw error;
    },
  );
  return isFile ? readFile(given, 'utf8') : given;
}
