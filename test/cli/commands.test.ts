import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../cli/build-program.ts';
import { readingOf } from '../../cli/commands/audit.ts';
import type { Command } from '../../cli/commands/command.ts';
import { COMMANDS } from '../../cli/commands/index.ts';
import { explainFailure } from '../../cli/terminal/exit-codes.ts';
import { type Ending, ROOT, runContextIn } from './support/cli.ts';
import { testsOf, understand, wordsOf } from './support/noting.ts';

/** Every command by its name, `runs prune`. */
function namedCommands(commands: readonly Command[], above = ''): [string, Command][] {
  return commands.flatMap((command) => {
    const name = `${above} ${command.name}`.trim();
    return [[name, command] as [string, Command], ...namedCommands(command.subcommands, name)];
  });
}

const ALL = namedCommands(COMMANDS);

/** Runs a command line within this process, as the executable would. */
async function run(...args: string[]): Promise<Ending> {
  const { said, context } = runContextIn(ROOT);
  let code: number | null = null;
  const write = (text: string) => {
    said.stderr += text;
  };
  const program = buildProgram(context, (given) => (code = given), { format: 'text', write });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    code = explainFailure(error).exitCode;
  }
  return { code, ...said };
}

describe.each(ALL)('the command %s', (name, command) => {
  it('says what it and each of its arguments and options is', () => {
    for (const text of [
      command.about,
      ...[...command.arguments, ...Object.values(command.options)].map(({ what }) => what),
    ])
      expect(text).toMatch(/^\S.*[^.\s]$/u);
  });

  it('has options under the names by which it gets them', () => {
    for (const [key, { flag }] of Object.entries(command.options))
      expect(new Option(flag).attributeName()).toBe(key);
  });

  it('has examples of its own that the program understands', async () => {
    const lines = Object.entries(command.examples);
    expect(lines.length).toBeGreaterThan(0);
    for (const [line, what] of lines) {
      const { understood, refusal } = await understand(wordsOf(line));
      expect({ line, name: understood?.name, refusal }).toEqual({ line, name, refusal: null });
      expect(what).toMatch(/^\S.*[^.\s]$/u);
    }
  });

  it('shows all of that in its help, asked for either way', async () => {
    const ending = await run(...name.split(' '), '--help');
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    for (const { flag } of Object.values(command.options)) expect(ending.stdout).toContain(`  ${flag} `);
    for (const [line, what] of Object.entries(command.examples))
      expect(ending.stdout).toContain(`  # ${what}\n  optiid-audit ${line}\n`);
    expect(await run('help', ...name.split(' '))).toEqual(ending);
  });

  it.skipIf(['help', 'completion'].includes(name))('is run by a test', () => {
    expect(testsOf(name.split(' '))).not.toEqual([]);
  });
});

describe('help', () => {
  it('alone is the help of the program: every command, examples, exit codes', async () => {
    const ending = await run('help');
    expect(ending).toEqual(await run('--help'));
    for (const { name } of COMMANDS) expect(ending.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'mu'));
    expect(ending.stdout).toContain('  optiid-audit demo\n');
    expect(ending.stdout).toContain('Exit codes: 0 clean');
  });

  it.each([['doctr'], ['runs', 'prun'], ['demo', 'demo']])(
    'refuses what is no command: %s %s',
    async (...names) => {
      const ending = await run('help', ...names.filter((name) => name !== undefined));
      expect(ending).toMatchObject({ code: 2, stdout: '' });
      expect(ending.stderr).toContain(`unknown command '${names.join(' ')}'`);
    },
  );
});

describe('an audit', () => {
  it('reads everything before the cutover, and after it what changed, unless it is told otherwise', () => {
    const reading = (job: 'precutover' | 'drift', flags = {}) =>
      readingOf(job, { failOn: 'error', ...flags });
    expect(reading('precutover')).toEqual({ resume: false, since: 'nothing' });
    expect(reading('drift')).toEqual({ resume: false, since: 'last' });
    expect(reading('drift', { full: true })).toEqual({ resume: false, since: 'nothing' });
    expect(reading('precutover', { since: 'x', resume: true })).toEqual({ resume: true, since: 'x' });
  });
});

const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['optiid-audit ru', ['rules', 'runs']],
  ['optiid-audit runs prune --jo', ['--job']],
  ['optiid-audit runs pr', ['prune']],
  ['optiid-audit runs prune --job ', ['precutover', 'drift', 'collect']],
  ['optiid-audit drift --json --fail-on b', ['blocker']],
  ['optiid-audit confirm member-', ['member-added', 'member-removed']],
  ['optiid-audit help d', ['demo', 'doctor', 'drift']],
  ['optiid-audit completion ', ['bash', 'zsh', 'fish']],
];

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

describe('completion', () => {
  let folder: string;
  const script = (shell: string) => join(folder, shell);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'optiid-audit-completion-'));
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await run('completion', shell);
      expect(code).toBe(0);
      writeFileSync(script(shell), stdout);
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What bash has filled in for the last of these words. */
  function bashOffers(words: readonly string[]): string[] {
    const code = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _optiid_audit; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const printed = execFileSync('bash', ['-u', '-c', code, 'bash', script('bash'), ...words], {
      encoding: 'utf8',
    });
    return printed.split('\n').filter((line) => line !== '');
  }

  it.each(LINES)('in bash offers for "%s" what may follow', (line, offered) => {
    const found = bashOffers(line.split(' '));
    expect(found.filter((word) => (line.endsWith(' ') ? !word.startsWith('--') : true))).toEqual(offered);
  });

  it('in bash offers a value after --flag= as well, which bash takes apart', () => {
    expect(bashOffers(['optiid-audit', 'drift', '--fail-on', '=', 'b'])).toEqual(['blocker']);
    expect(bashOffers(['optiid-audit', 'rules', '--job', '='])).toEqual(['precutover', 'drift']);
  });

  it('in bash leaves the names of files to the shell', () => {
    expect(bashOffers(['optiid-audit', 'drift', '--out', 'rep'])).toEqual([]);
    const registered = execFileSync(
      'bash',
      ['-c', 'source "$1"; complete -p optiid-audit', 'bash', script('bash')],
      { encoding: 'utf8' },
    );
    expect(registered).toBe('complete -o default -F _optiid_audit optiid-audit\n');
  });

  it('in bash knows every command and flag', () => {
    for (const [name, command] of ALL) {
      const offered = bashOffers(['optiid-audit', ...name.split(' '), '']);
      for (const { flag } of Object.values(command.options)) expect(offered).toContain(flag.split(' ')[0]);
      expect(offered).toContain('--log');
      for (const below of command.subcommands) expect(offered).toContain(below.name);
    }
  });

  it.skipIf(!has('zsh'))('in zsh is a script that zsh reads', () => {
    const said = spawnSync(
      'zsh',
      ['-f', '-c', 'source "$1"; print $_comps[optiid-audit]', 'zsh', script('zsh')],
      { encoding: 'utf8' },
    );
    expect(said.stdout).toContain('_optiid_audit');
    expect(said.stderr).toBe('');
  });

  it.skipIf(!has('fish')).each(LINES)('in fish offers for "%s" what may follow', (line, offered) => {
    const code = 'source $argv[1]; complete -C $argv[2]';
    const printed = execFileSync('fish', ['-N', '-c', code, script('fish'), line], { encoding: 'utf8' });
    const words = printed.split('\n').flatMap((each) => (each === '' ? [] : [each.split('\t')[0] ?? '']));
    expect(words.sort()).toEqual([...offered].sort());
  });
});
