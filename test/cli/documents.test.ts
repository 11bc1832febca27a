import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../cli/build-program.ts';
import { ROOT, runContextIn } from './support/cli.ts';
import {
  anchorsOf,
  blocksOf,
  inlineCodeOf,
  linksOf,
  markdownFiles,
  proseOf,
  readDocument,
} from './support/documents.ts';

const DOCUMENTS = ['README.md', 'RUNBOOK.md', 'CONTRIBUTING.md'] as const;

/** Which test or script runs each command of the documents with each of its flags. A new one needs a new line. */
const RUN_BY: Readonly<Record<string, string>> = {
  collect: 'test/cli/refused.slow.test.ts',
  confirm: 'test/cli/confirm.slow.test.ts',
  'confirm --days': 'test/cli/confirm.slow.test.ts',
  'confirm --group': 'test/cli/confirm.slow.test.ts',
  demo: 'test/cli/package.slow.test.ts',
  'demo --out': 'test/cli/package.slow.test.ts',
  doctor: 'test/cli/doctor.slow.test.ts',
  drift: 'test/cli/whole-life.slow.test.ts',
  'drift --accept-shrink': 'test/cli/history.test.ts',
  'drift --baseline': 'test/cli/history.slow.test.ts',
  'drift --fail-on-new': 'test/cli/history.test.ts',
  'drift --full': 'test/collect/base-snapshot.test.ts',
  'drift --log': 'test/cli/notify.test.ts',
  'drift --out': 'test/cli/whole-life.slow.test.ts',
  'drift --quiet': 'test/cli/whole-life.slow.test.ts',
  'drift --snapshot': 'test/cli/history.slow.test.ts',
  'drift --waivers': 'test/cli/history.slow.test.ts',
  plan: 'test/cli/plan.test.ts',
  'plan --run': 'test/cli/plan.test.ts',
  precutover: 'test/cli/precutover.slow.test.ts',
  'precutover --waivers': 'test/cli/precutover.slow.test.ts',
  runs: 'test/cli/history.slow.test.ts',
  'runs diff': 'test/cli/history.slow.test.ts',
  'runs prune': 'test/cli/prune.test.ts',
  'runs prune --dry-run': 'test/cli/prune.test.ts',
  'runs prune --job': 'test/cli/prune.test.ts',
  'runs prune --keep': 'test/cli/prune.test.ts',
  'runs prune --older-than': 'test/cli/prune.test.ts',
  'runs prune --out': 'test/cli/prune.test.ts',
  'runs prune --quiet': 'test/cli/prune.test.ts',
  waive: 'test/cli/history.slow.test.ts',
  'waive --owner': 'test/cli/history.slow.test.ts',
  'waive --reason': 'test/cli/history.slow.test.ts',
  'waive --until': 'test/cli/history.slow.test.ts',
  '--version': 'test/cli/package.slow.test.ts',
  'npm ci': '.ci/run',
  'npm install --global': 'test/cli/package.slow.test.ts',
  'npm pack': 'test/cli/package.slow.test.ts',
  'npm run build': '.ci/run',
  'npm run check': '.ci/run',
  'npm run demo': '.ci/run',
  // `check:generated` is the same script with --check, in CI.
  'npm run generate': 'package.json',
  'npm test': '.ci/run',
  'npm run test:slow': '.ci/run',
  'npm run new-rule': 'package.json',
  // Asks the registry for advisories: by hand, at a release.
  'npm audit --omit': 'CONTRIBUTING.md',
};

/** Flags in the prose that are other programs' own. */
const OF_OTHER_PROGRAMS = ['--check', '--failed', '--omit=dev', '--read-only'];

const parsed: { name: string; flags: string[] }[] = [];

/** The real program, of which each command notes that it was understood instead of doing anything. */
function noting(): Command {
  const program = buildProgram(runContextIn(ROOT).context, () => {}, {
    format: 'text',
    write: () => {},
  });
  const note = (command: Command, path: string) => {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (path !== '') {
      command.action(() => {
        const given = command.options.filter(
          (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
        );
        const above = command.parent?.options.filter(
          (option) => command.parent?.getOptionValueSource(option.attributeName()) === 'cli',
        );
        const flags = [...given, ...(above ?? [])].map(({ long }) => long ?? '');
        parsed.push({ name: path, flags: [...new Set(flags)] });
      });
    }
    for (const child of command.commands) note(child, `${path} ${child.name()}`.trim());
  };
  note(program, '');
  return program;
}

/** Words of a line as a shell takes them; without what a comment, a pipe or a list would add. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/gu)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/gu, (_, single = '', double = '') => single || double),
  );
  const end = words.findIndex((word) => /^(?:#|\||;|>)/u.test(word));
  return end === -1 ? words : words.slice(0, end);
}

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

/** `null` where the program takes the words; else what it says against them. */
async function refusal(words: readonly string[]): Promise<string | null> {
  parsed.length = 0;
  try {
    await noting().parseAsync(words, { from: 'user' });
    return null;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === 'commander.version' ? null : message;
  }
}

/** The keys of {@link RUN_BY} that a command of the documents needs. */
async function formsOf(words: readonly string[]): Promise<string[]> {
  if (words[0] === 'npm') {
    const [, verb = '', name = ''] = words;
    const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
    const base = verb === 'run' ? `npm run ${name}` : `npm ${verb}`;
    return flags.length === 0 ? [base] : flags.map((flag) => `${base} ${flag}`);
  }
  const known = words.slice(1);
  expect(await refusal(known), words.join(' ')).toBeNull();
  const [found] = parsed;
  if (!found) return known;
  return [found.name, ...found.flags.map((flag) => `${found.name} ${flag}`)];
}

/** The commands in the prose: `optiid-audit …` and `npm …` between backticks, arguments left out or in capitals. */
function commandsNamedIn(document: string): string[][] {
  return inlineCodeOf(document)
    .flatMap((code) => code.split(' && '))
    .map(wordsOf)
    .filter(([first]) => first === 'optiid-audit' || first === 'npm');
}

const program = noting();
const allCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(allCommands)];
const allFlags = new Set(
  allCommands(program).flatMap(({ options }) => options.map((option: Option) => option.long ?? '')),
);

describe.each(DOCUMENTS)('the commands of %s', (path) => {
  const document = readDocument(path);

  it('are all understood by the program, and run by a test or a script', async () => {
    const missing: string[] = [];
    for (const words of commandsIn(document)) {
      for (const form of await formsOf(words)) if (!(form in RUN_BY)) missing.push(form);
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
      ['plan'],
      ['runs', 'prune', '--keep', '0'],
    ]) {
      expect(await refusal(wrong), wrong.join(' ')).not.toBeNull();
    }
    expect(await refusal(['runs', 'prune', '--keep', '30'])).toBeNull();
    expect(parsed).toEqual([{ name: 'runs prune', flags: ['--keep'] }]);
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
