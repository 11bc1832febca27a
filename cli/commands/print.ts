import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createSupportsHyperlinks } from 'supports-hyperlinks';
import { AuditError, EXIT } from '../../src/domain/errors.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { didYouMean } from '../../src/domain/nearest.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import { incompleteReasons, refusedHistoryLines, renderSummary } from '../../src/report/text/summary.ts';
import { verdictLine } from '../../src/report/text/verdict.ts';
import { hyperlink, visibleJson, visibleLines } from '../../src/report/text/visible-text.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { JsonCommand, JsonOutput } from './json-output.ts';
import type { CommonFlags } from './options.ts';

/** Prints what a command found: with `--json` as data for a program, else for a person unless `--quiet`. */
export function print<Name extends JsonCommand>(
  _command: Name,
  data: JsonOutput[Name],
  text: (color: { color: boolean }) => string,
  { json, quiet }: CommonFlags,
  { stdout, color }: RunContext,
): void {
  if (json) stdout(`${visibleJson(data, 2)}\n`);
  else if (!quiet) stdout(visibleLines(text({ color }), { color }));
}

/** Prints how an audit ended, and what a person can act on. */
export function printRun(
  { dir, run, findings }: { dir: string; run: RunSummary; findings: readonly Finding[] },
  flags: CommonFlags,
  context: RunContext,
): void {
  const folder = shownPath(dir, context.cwd);
  const { columns } = context;
  print(
    run.job,
    run,
    ({ color }) =>
      renderSummary(run, findings, folder, {
        color,
        now: context.now(),
        columns,
        link: (file, text) => linked(join(dir, file), text, { color }),
      }),
    flags,
    context,
  );
  // Whoever asked for silence has to hear that nothing is proved: the sentence goes where errors go.
  if (flags.quiet && run.exit_code === EXIT.incomplete) {
    const [reason = ''] = [...refusedHistoryLines(run), ...incompleteReasons(run)];
    const message = [verdictLine(run), reason, `Run: ${folder}`].filter((part) => part !== '').join(' ');
    context.say({ level: 'warning', event: 'incomplete', message, fields: { exit_code: run.exit_code } });
  }
}

/** A text as a link to a file, where it is printed to a terminal that knows links. */
export function linked(path: string, text: string, { color }: { color: boolean }): string {
  // Colours are for a terminal, and that is where links are opened.
  return color && createSupportsHyperlinks(process.stdout) ? hyperlink(pathToFileURL(path).href, text) : text;
}

/** A path as the person at this folder would write it. */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** Refuses a name that is not among the known ones; `list` is the command that lists them. */
export function unknownName(what: string, name: string, known: readonly string[], list: string): AuditError {
  return new AuditError(`There is no ${what} "${name}".`, {
    hint: `${didYouMean(name, known)}${list} lists them all.`,
  });
}
