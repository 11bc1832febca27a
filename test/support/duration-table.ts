import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceBetween, table } from '../bench/support/tables.ts';

/**
 * Writes the table of `test/README.md` from what vitest's JSON reporter said of two suites:
 * `npm run test:table -- before.json after.json [after-slow.json]`. A file is the same wherever its name says so.
 */
const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** Files below this many seconds, before and after, are summed up in one row. */
const WORTH_A_ROW_S = 2;

interface TimedFile {
  /** Below `test/`, without `.slow.test.ts`. */
  path: string;
  seconds: number;
  tests: number;
}

interface VitestResults {
  testResults: { name: string; startTime: number; endTime: number; assertionResults: unknown[] }[];
}

function readTimes(file: string): TimedFile[] {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as VitestResults;
  return testResults.map(({ name, startTime, endTime, assertionResults }) => ({
    path: name.replace(/^.*\/test\//u, '').replace(/(\.slow)?\.test\.ts$/u, ''),
    seconds: (endTime - startTime) / 1000,
    tests: assertionResults.length,
  }));
}

interface Row {
  file: string;
  tests: number;
  /** Before, then with each of the commands after. */
  seconds: [number, number, number];
}

function compare(runs: readonly TimedFile[][]): Row[] {
  const rows = new Map<string, Row>();
  const after = new Set(runs.slice(1).flatMap((files) => files.map(({ path }) => path)));
  const nameOf = (path: string) => path.split('/').at(-1);
  for (const [run, files] of runs.entries()) {
    for (const { path, seconds, tests } of files) {
      // One that moved is known by its name, if no other has it.
      const moved = [...after].filter((each) => nameOf(each) === nameOf(path));
      const file = after.has(path) || moved.length !== 1 ? path : (moved[0] as string);
      const row = rows.get(file) ?? { file, tests: 0, seconds: [0, 0, 0] };
      rows.set(file, row);
      row.seconds[run as 0 | 1 | 2] += seconds;
      if (run > 0) row.tests += tests;
    }
  }
  return [...rows.values()].sort((a, b) => b.seconds[0] - a.seconds[0] || (a.file < b.file ? -1 : 1));
}

function sum(rows: readonly Row[], file: string): Row {
  const add = (run: 0 | 1 | 2) => rows.reduce((total, { seconds }) => total + seconds[run], 0);
  return {
    file,
    tests: rows.reduce((total, row) => total + row.tests, 0),
    seconds: [add(0), add(1), add(2)],
  };
}

const files = process.argv.slice(2);
if (files.length < 2 || files.length > 3) {
  console.error('Usage: npm run test:table -- before.json after.json [after-slow.json]');
  process.exitCode = 2;
} else {
  const all = compare(files.map(readTimes));
  const isLong = ({ seconds }: Row) => seconds.some((each) => each >= WORTH_A_ROW_S);
  const short = all.filter((row) => !isLong(row));
  const rows = [...all.filter(isLong), sum(short, `${short.length} others`), sum(all, 'all')];
  const text = table(
    ['file', 'tests', 'before, s', '`npm test`, s', '`npm run test:slow`, s'],
    rows.map(({ file, tests, seconds }) => [
      file,
      String(tests),
      ...seconds.map((each) => (each === 0 ? '' : each.toFixed(1))),
    ]),
  );
  writeFileSync(README, replaceBetween(readFileSync(README, 'utf8'), 'durations', text));
  console.log(`Written: ${relative(process.cwd(), join(README))}`);
}
