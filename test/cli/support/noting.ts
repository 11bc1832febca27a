import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../../cli/build-program.ts';
import { ROOT, runContextIn } from './cli.ts';

/** A command line as the program understands it. */
export interface Understood {
  /** `runs prune`. */
  name: string;
  flags: string[];
}

/** The real program, of which each command notes that it was understood instead of doing anything. */
export function notingProgram(onUnderstood: (line: Understood) => void): Command {
  const program = buildProgram(runContextIn(ROOT).context, () => {}, { format: 'text', write: () => {} });
  const note = (command: Command, path: string) => {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (path !== '') {
      command.action(() => {
        const given = [command, command.parent].flatMap((each) =>
          (each?.options ?? []).filter(
            (option) => each?.getOptionValueSource(option.attributeName()) === 'cli',
          ),
        );
        onUnderstood({ name: path, flags: [...new Set(given.map(({ long }) => long ?? ''))] });
      });
    }
    for (const child of command.commands) note(child, `${path} ${child.name()}`.trim());
  };
  note(program, '');
  return program;
}

/** What the program makes of words, or what it says against them; neither for `--version`. */
export async function understand(
  words: readonly string[],
): Promise<{ understood: Understood | null; refusal: string | null }> {
  let understood: Understood | null = null;
  try {
    await notingProgram((line) => {
      understood = line;
    }).parseAsync(words, { from: 'user' });
    return { understood, refusal: null };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { understood, refusal: code === 'commander.version' ? null : message };
  }
}

/** Words of a line as a shell takes them; without what a comment, a pipe or a list would add. */
export function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/gu)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/gu, (_, single = '', double = '') => single || double),
  );
  const end = words.findIndex((word) => /^(?:#|\||;|>|<)/u.test(word));
  return end === -1 ? words : words.slice(0, end);
}

/** Tests that look at command lines without running what they name. */
const RUN_NOTHING = ['documents.test.ts', 'commands.test.ts', 'startup.test.ts'];

const TESTS = readdirSync(join(ROOT, 'test/cli'))
  .filter((file) => file.endsWith('.test.ts') && !RUN_NOTHING.includes(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, 'test/cli', file), 'utf8') }));

/** The test files that run a command by its names, `['runs', 'prune']`: with the flag where one is given. */
export function testsOf(names: readonly string[], flag?: string): string[] {
  // A command is given to the executable as words, or its code is called; a flag is given as it is, or by its key.
  const isNamed = (text: string) =>
    names.every((name) => new RegExp(`['"\`]${name}['"\` ]|\\b${name}\\(`, 'u').test(text));
  const key = flag?.slice(2).replace(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
  const isGiven = (text: string) =>
    flag === undefined || new RegExp(`${flag}\\b|\\b${key}: |[{,] ${key}[,} ]`, 'u').test(text);
  return TESTS.filter(({ text }) => isNamed(text) && isGiven(text)).map(({ file }) => file);
}
