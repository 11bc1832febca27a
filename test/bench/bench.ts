/**
 * `npm run bench`: measures what the project promises, writes every raw figure to results.json and the tables of
 * README.md. `--small` takes about a minute, `--memory` adds the collection of ten million memberships, `--full`
 * reads the large org at 150 ms too, `--only PART` (several times) measures single parts.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type CollectionPlan,
  type LimitsPlan,
  measureCollection,
  measureLimits,
  measureNights,
  type NightsPlan,
} from './support/measure-collection.ts';
import { measureMemory } from './support/measure-memory.ts';
import type { Machine, Results } from './support/results.ts';
import { playRole } from './support/roles.ts';
import { replaceBetween, texts } from './support/tables.ts';

const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));
const README = fileURLToPath(new URL('README.md', import.meta.url));

const PARTS = ['collection', 'limits', 'nights', 'analysis', 'report', 'memory'] as const;
type Part = (typeof PARTS)[number];

interface Plan {
  collection: CollectionPlan[];
  limits: LimitsPlan;
  nights: NightsPlan;
}

const LARGE = { users: 100_000, groups: 5_000, memberships: 1_000_000 };
const FIFTIETH = { users: 2_000, groups: 100, memberships: 20_000 };

const STANDARD: Plan = {
  collection: [
    { roundTripMs: 0, size: LARGE, rounds: 3 },
    // One after the other, the groups of the large org would take a quarter of an hour.
    { roundTripMs: 150, size: FIFTIETH, rounds: 5 },
  ],
  limits: { windowMs: 30_000, roundTripMs: 100, limit: 250, windows: 3 },
  nights: {
    size: { users: 10_000, groups: 1_000, memberships: 100_000 },
    roundTripMs: 20,
    changedShare: 0.01,
    rounds: 3,
  },
};
const SMALL: Plan = {
  collection: [
    { roundTripMs: 0, size: { users: 5_000, groups: 250, memberships: 50_000 }, rounds: 1 },
    { roundTripMs: 150, size: { users: 500, groups: 25, memberships: 5_000 }, rounds: 1 },
  ],
  limits: { windowMs: 8_000, roundTripMs: 50, limit: 60, windows: 2 },
  nights: {
    size: { users: 1_000, groups: 100, memberships: 10_000 },
    roundTripMs: 0,
    changedShare: 0.01,
    rounds: 1,
  },
};

function describeMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    system: `${type()} ${release().split('-')[0]}`,
  };
}

function log(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

async function bench(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      small: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
    },
  });
  const unknown = values.only?.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`There is no part ${unknown}, only ${PARTS.join(', ')}.`);
  const isWanted = (part: Part): boolean => values.only?.includes(part) ?? part !== 'memory';
  const plan = values.small ? SMALL : STANDARD;
  const last = existsSync(RESULTS) ? (JSON.parse(await readFile(RESULTS, 'utf8')) as Results) : {};
  const results: Results = { ...last, machine: describeMachine() };

  if (isWanted('collection')) {
    const large = { roundTripMs: 150, size: LARGE, rounds: 1 };
    results.collection = await measureCollection(
      values.full ? [...plan.collection, large] : plan.collection,
      log,
    );
  }
  if (isWanted('limits')) results.limits = await measureLimits(plan.limits, log);
  if (isWanted('nights')) results.nights = await measureNights(plan.nights, log);
  if (isWanted('analysis')) {
    // Loaded where it is needed: every reader's process begins in this file, and its memory is measured.
    const { analysisBench } = await import('./analysis-bench.ts');
    results.analysis = await analysisBench({ small: values.small, log });
  }
  if (isWanted('report')) {
    const { measureReport } = await import('./support/measure-report.ts');
    const sizes = [1_000, 10_000, 100_000].map((findings) => ({ findings, rounds: values.small ? 1 : 5 }));
    const measured = await measureReport(sizes, log);
    if (measured) results.report = measured;
  }
  if (isWanted('memory') || values.memory) {
    results.memory = await measureMemory({ users: 1_000_000, groups: 12_500, memberships: 10_000_000 }, log);
  }

  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  let readme = await readFile(README, 'utf8');
  for (const [part, text] of texts(results)) readme = replaceBetween(readme, part, text);
  await writeFile(README, readme);
}

const role = process.argv.find((word) => word.startsWith('--role='))?.slice('--role='.length);
await (role === undefined ? bench(process.argv.slice(2)) : playRole(role));
