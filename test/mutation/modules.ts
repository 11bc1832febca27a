import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { noteSurvivors } from './survivors.ts';

/**
 * Changes one thing at a time in the modules that decide and touch nothing, and asks their own tests whether they notice.
 * `npm run test:mutation` tries all modules, `npm run test:mutation -- names links` those. What was tried before and
 * has not changed since, nor have its tests, is not tried again. What nobody notices is noted in survivors.json.
 */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  verdict: ['src/domain/run.ts'],
  history: ['src/domain/history.ts'],
  waivers: ['src/domain/waiver.ts'],
  names: ['src/domain/names.ts'],
  links: ['src/okta/links.ts'],
  settings: ['src/config/settings.ts', 'src/config/parse.ts'],
  governor: ['src/okta/governor.ts'],
  'plan order': ['src/plan/order.ts'],
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Made by tests, and not in git. */
const OWN_FOLDER = '.mutation';
const MEASURE = 0.9;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => MODULES[name] === undefined);
if (unknown.length > 0) {
  throw new Error(`There is no module ${unknown.join(', ')}: ${Object.keys(MODULES).join(', ')}.`);
}
const names = asked.length > 0 ? asked : Object.keys(MODULES);
process.chdir(ROOT);
mkdirSync(OWN_FOLDER, { recursive: true });

let isBelow = false;
for (const name of names) {
  // One run each: a change in one module leaves what is known of the others.
  const results = await new Stryker({
    mutate: [...(MODULES[name] ?? [])],
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: true },
    plugins: ['@stryker-mutator/vitest-runner', './test/mutation/ignore-texts.mjs'],
    ignorers: ['texts'],
    coverageAnalysis: 'perTest',
    concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
    incremental: true,
    incrementalFile: join(OWN_FOLDER, `${name}.json`),
    tempDirName: join(OWN_FOLDER, 'sandbox'),
    ignorePatterns: ['reports', 'dist', '.test-build', OWN_FOLDER, '.git', 'test/bench'],
    reporters: ['progress-append-only'],
    allowConsoleColors: false,
    disableTypeChecks: false,
    timeoutMS: 20_000,
    warnings: false,
  }).runMutationTest();

  const counted = results.filter(({ status }) => status !== 'Ignored' && status !== 'CompileError');
  const survivors = counted.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const share = 1 - survivors.length / counted.length;
  isBelow ||= share < MEASURE;
  const changes = numbered(survivors.map(changeOf));
  for (const change of changes) process.stdout.write(`survives: ${name}: ${change}\n`);
  process.stdout.write(`${name}: ${counted.length - survivors.length} of ${counted.length} noticed\n`);
  noteSurvivors('modules', {
    [name]: { noticed: counted.length - survivors.length, survivors: changes },
  });
}
if (isBelow) process.exitCode = 1;

/** What was changed into what, and in which line; places would change with each line above. */
function changeOf({ fileName, location, replacement = '' }: MutantResult): string {
  const file = relative(ROOT, fileName);
  const lines = readFileSync(file, 'utf8').split('\n');
  const { start, end } = location;
  const first = lines[start.line - 1] ?? '';
  const changed = first.slice(start.column - 1, start.line === end.line ? end.column - 1 : undefined);
  return `${file}: ${inOneLine(changed)} → ${inOneLine(replacement)} in: ${inOneLine(first)}`;
}

function inOneLine(text: string): string {
  const line = text.trim().replace(/\s+/gu, ' ');
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}

/** The same change twice in one line is told apart by a number. */
function numbered(changes: readonly string[]): string[] {
  const times = new Map<string, number>();
  return changes.map((change) => {
    const time = (times.get(change) ?? 0) + 1;
    times.set(change, time);
    return time === 1 ? change : `${change} (${time})`;
  });
}
