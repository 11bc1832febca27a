import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/cli.ts';
import {
  anchorsOf,
  blocksOf,
  inlineCodeOf,
  linksOf,
  markdownFiles,
  proseOf,
  readDocument,
} from './support/documents.ts';
import { notingProgram, testsOf, understand, wordsOf } from './support/noting.ts';

const DOCUMENTS = ['README.md', 'RUNBOOK.md', 'CONTRIBUTING.md'] as const;

/**
 * Which test or script runs each command of the documents that is not of this tool, or that no test gives to the
 * executable. A new one needs a new line.
 */
const RUN_BY: Readonly<Record<string, string>> = {
  'drift --full': 'test/cli/commands.test.ts',
  '--version': 'test/cli/package.slow.test.ts',
  'npm ci': '.ci/run',
  'npm install --global': 'test/cli/package.slow.test.ts',
  'npm pack': 'test/cli/package.slow.test.ts',
  'npm run build': '.ci/run',
  'npm run check': '.ci/run',
  'npm run demo': '.ci/run',
  'npm run demo:fleet': '.ci/run',
  // `check:generated` is the same script with --check, in CI.
  'npm run generate': 'package.json',
  'npm test': '.ci/run',
  'npm run test:slow': '.ci/run',
  'npm run new-rule': 'package.json',
  // Asks the registry for advisories: by hand, at a release.
  'npm audit --omit': 'CONTRIBUTING.md',
  'npm run sbom --silent': 'test/cli/package.slow.test.ts',
};

/** Flags in the prose that are other programs' own. */
const OF_OTHER_PROGRAMS = ['--check', '--failed', '--omit=dev', '--read-only'];

/** The commands in the fenced blocks of a document: of this tool, and of npm. */
function commandsIn(document: string): string[][] {
  const commands: string[][] = [];
  for (const { language, text } of blocksOf(document)) {
    if (language === 'yaml') {
      for (const [, args = ''] of text.matchAll(/^\s*args: \[(.+)\]$/gmu)) {
        commands.push(['optiid-audit', ...args.split(', ').map((word) => word.replace(/^"(.*)"$/u, '$1'))]);
      }
    }
    if (!['sh', 'cron', 'ini'].includes(language)) continue;
    for (const line of text.replace(/\\\n\s*/gu, '').split('\n')) {
      // The five times and the user of a line for cron; the key and the wrapper of one for systemd.
      const command = line.replace(/^(?:[\d*]\S* ){5}\S+ |^ExecStart=\/usr\/bin\/env |^npx /u, '');
      for (const part of command.split(' && ')) {
        const words = wordsOf(part);
        if (words[0] === 'optiid-audit' || words[0] === 'npm') commands.push(words);
      }
    }
  }
  return commands.filter((words) => words.length > 1);
}

/** True where a test or a script runs a command with a flag: by {@link RUN_BY}, or a test that names both. */
function isRun(form: string): boolean {
  const names = form.split(' ').filter((word) => !word.startsWith('--'));
  return form in RUN_BY || testsOf(names, form.split(' ')[names.length]).length > 0;
}

/** The keys of {@link RUN_BY} that a command of the documents needs, or its name with each of its flags. */
async function formsOf(words: readonly string[]): Promise<string[]> {
  if (words[0] === 'npm') {
    const [, verb = '', name = ''] = words;
    const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
    const base = verb === 'run' ? `npm run ${name}` : `npm ${verb}`;
    return flags.length === 0 ? [base] : flags.map((flag) => `${base} ${flag}`);
  }
  const known = words.slice(1);
  const { understood, refusal } = await understand(known);
  expect(refusal, words.join(' ')).toBeNull();
  if (!understood) return known;
  const { name, flags } = understood;
  return [name, ...flags.map((flag) => `${name} ${flag}`)];
}

/** The commands in the prose: `optiid-audit …` and `npm …` between backticks, arguments left out or in capitals. */
function commandsNamedIn(document: string): string[][] {
  return inlineCodeOf(document)
    .flatMap((code) => code.split(' && '))
    .map(wordsOf)
    .filter(([first]) => first === 'optiid-audit' || first === 'npm');
}

const program = notingProgram(() => {});
const allCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(allCommands)];
const allFlags = new Set(
  allCommands(program).flatMap(({ options }) => options.map((option: Option) => option.long ?? '')),
);

describe.each(DOCUMENTS)('the commands of %s', (path) => {
  const document = readDocument(path);

  it('are all understood by the program, and run by a test or a script', async () => {
    const missing: string[] = [];
    for (const words of commandsIn(document)) {
      for (const form of await formsOf(words)) if (!isRun(form)) missing.push(form);
    }
    expect([...new Set(missing)]).toEqual([]);
  });

  it('exist where the prose names them, and so do their flags', () => {
    const unknown: string[] = [];
    for (const words of commandsNamedIn(document)) {
      if (words[0] === 'npm') {
        const form = words.slice(0, words[1] === 'run' ? 3 : 2).join(' ');
        if (!Object.keys(RUN_BY).some((key) => key.startsWith(form))) unknown.push(form);
        continue;
      }
      let command = program;
      for (const word of words.slice(1)) {
        const below = command.commands.find((candidate) => candidate.name() === word);
        if (below) command = below;
        else if (word.startsWith('--')) {
          const isKnown = command.options.some(({ long }) => long === word) || allFlags.has(word);
          if (!isKnown) unknown.push(words.join(' '));
        } else if (command.registeredArguments.length === 0 && !/^(?:[A-Z\d]|…)/u.test(word)) {
          const before = words[words.indexOf(word) - 1] ?? '';
          if (!before.startsWith('--')) unknown.push(words.join(' '));
        }
      }
    }
    for (const code of inlineCodeOf(document)) {
      const flag = /^--[a-z][a-z-]*(?:=\S+)?/u.exec(code)?.[0] ?? '';
      if (flag === '' || OF_OTHER_PROGRAMS.includes(flag)) continue;
      if (!allFlags.has(flag) && !['--help', '--version'].includes(flag)) unknown.push(code);
    }
    expect(unknown).toEqual([]);
  });
});

describe('the table of who runs what', () => {
  it('has no line that no document needs', async () => {
    const needed = new Set<string>();
    for (const path of DOCUMENTS) {
      const document = readDocument(path);
      for (const words of commandsIn(document)) for (const form of await formsOf(words)) needed.add(form);
      for (const words of commandsNamedIn(document)) {
        if (words[0] !== 'npm') {
          const known = words.slice(1);
          const names = known.filter((word) => /^[a-z]+$/u.test(word));
          for (let end = 1; end <= names.length; end += 1) {
            const name = names.slice(0, end).join(' ');
            needed.add(name);
            for (const word of known.filter((flag) => flag.startsWith('--'))) needed.add(`${name} ${word}`);
          }
        } else for (const form of await formsOf(words)) needed.add(form);
      }
    }
    expect(Object.keys(RUN_BY).filter((form) => !needed.has(form))).toEqual([]);
  });

  it.each(Object.entries(RUN_BY))('%s: %s does', (form, file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    // A flag may be given to the code behind it: --fail-on-new as failOnNew.
    const words = form.replace(/^npm (?:run )?/u, '').split(' ');
    for (const word of words) {
      const inCode = word
        .replace(/^--/u, '')
        .replace(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
      expect(text.includes(word) || text.includes(inCode), `${file} says nothing of ${word}`).toBe(true);
    }
  });

  it('would notice a command and a flag that do not exist', async () => {
    for (const wrong of [
      ['doctr'],
      ['drift', '--bseline', 'x'],
      ['explain'],
      ['runs', 'prune', '--keep', '0'],
    ]) {
      expect((await understand(wrong)).refusal, wrong.join(' ')).not.toBeNull();
    }
    expect(await understand(['runs', 'prune', '--keep', '30'])).toEqual({
      understood: { name: 'runs prune', flags: ['--keep'] },
      refusal: null,
    });
  });
});

describe('the links of the Markdown files', () => {
  it.each(markdownFiles())('of %s lead somewhere', (path) => {
    const document = readDocument(path);
    const broken: string[] = [];
    for (const target of linksOf(document)) {
      if (/^(?:https?|mailto):/u.test(target)) continue;
      const [file = '', anchor = ''] = target.split('#');
      const to = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(ROOT, to))) broken.push(target);
      else if (anchor !== '' && !anchorsOf(readDocument(to)).has(anchor)) broken.push(target);
    }
    expect(broken).toEqual([]);
  });

  it('are found, and anchors made as GitHub makes them', () => {
    const document = '# A b: *c* (`d`)\n## A\n## A\n[x](#a-1) ![y](z.png "t")\n```sh\n[no](x)\n```\n';
    expect(linksOf(document)).toEqual(['#a-1', 'z.png']);
    expect([...anchorsOf(document)]).toEqual(['a-b-c-d', 'a', 'a-1']);
    expect(proseOf(document)).not.toContain('no');
  });
});
