import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../src/sandbox/random.ts';
import { replaceBetween, table } from '../bench/support/tables.ts';
import { Desk, ROOT, readCsv } from '../cli/support/cli.ts';
import {
  readUndisturbed,
  type Seen,
  type Surroundings,
  startSurroundings,
  tryDisturbed,
  type Undisturbed,
} from './bench.ts';
import type { ChaosCommand } from './command.ts';
import { COMMANDS, leaveOldRuns } from './commands.ts';
import { FAULTS, type Fault, type Point } from './faults.ts';

/**
 * Every fault on every command. `npm run test:slow` tries a sample, the same in every run. CHAOS=all tries each point and
 * writes the table of test/README.md; CHAOS_MINUTES ends that early, CHAOS_FAULT and CHAOS_COMMAND pick those whose names hold
 * a text, and write no table.
 */
const { CHAOS, CHAOS_FAULT = '', CHAOS_COMMAND = '', CHAOS_MINUTES = '1440' } = process.env;
const IS_SAMPLE = CHAOS !== 'all';
vi.setConfig({ testTimeout: IS_SAMPLE ? 240_000 : 24 * 3_600_000, hookTimeout: 240_000 });

let around: Surroundings;
let desk: Desk;
const undisturbed = new Map<ChaosCommand, Promise<Undisturbed>>();

/** How a fault went on a command. */
interface Row {
  fault: Fault;
  command: ChaosCommand;
  /** Null until they are known. */
  points: readonly Point[] | null;
  tried: number;
  seen: Map<Seen['outcome'], number>;
  failures: string[];
  /** Why it was not tried, or null. */
  missing: string | null;
}

beforeAll(async () => {
  around = await startSurroundings();
  desk = await Desk.open();
  const { code, stderr } = await desk.audit('drift', around.settings, { quiet: true });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const run = desk.onlyRun();
  around.named.findingId =
    readCsv(run, 'findings').find(({ severity }) => severity === 'error')?.finding_id ?? '';
  cpSync(join(run, 'snapshot'), join(desk.folder, 'snapshot'), { recursive: true });
  writeFileSync(join(desk.folder, 'waivers.csv'), 'finding_id,owner,reason,expires,rule,subject\r\n');
  await leaveOldRuns(desk.reports, around.org);
});
afterAll(async () => {
  await desk?.close();
  await around?.close();
});

function undisturbedOf(command: ChaosCommand): Promise<Undisturbed> {
  const read = undisturbed.get(command) ?? readUndisturbed(command, desk.folder, around);
  undisturbed.set(command, read);
  return read;
}

function rowOf(fault: Fault, command: ChaosCommand): Row {
  const missing = fault.missing?.() ?? null;
  return {
    fault,
    command,
    points: missing === null ? null : [],
    tried: 0,
    seen: new Map(),
    failures: [],
    missing,
  };
}

/** All points of a row. */
async function pointsOf(row: Row): Promise<readonly Point[]> {
  const { fault, command, missing } = row;
  row.points ??= fault.points(await undisturbedOf(command), command);
  if (missing === null) expect(row.points, `${fault.name}, ${command.name}`).not.toEqual([]);
  return row.points;
}

async function tryPoint(row: Row, point: Point): Promise<void> {
  const { fault, command } = row;
  const given = { template: desk.folder, around, undisturbed: await undisturbedOf(command) };
  row.tried += 1;
  try {
    const seen = await tryDisturbed(command, given, (at) => fault.strike(at, point, { command, ...given }));
    for (const { outcome, said } of seen) {
      row.seen.set(outcome, (row.seen.get(outcome) ?? 0) + 1);
      expect(fault.outcomes, said).toContain(outcome);
      if (outcome === 'refused') expect(said).toMatch(fault.says ?? /^Hint: /mu);
    }
  } catch (error) {
    row.failures.push(
      `${fault.name}, ${command.name}, at ${point} (${given.undisturbed.steps[point - 1] ?? ''}): ${error}`,
    );
  }
}

const random = seededRandom(15);

describe.runIf(IS_SAMPLE)('at a point of the sample', () => {
  // Each fault once, on another command than the ones before it where there is one, and not on a long one if it can be.
  const used = new Map<ChaosCommand, number>();
  const sample = FAULTS.map((fault) => {
    const struck = COMMANDS.filter((command) => fault.strikes(command));
    const short = struck.filter(({ isLong }) => !isLong);
    const all = short.length > 0 ? short : struck;
    const fewest = Math.min(...all.map((command) => used.get(command) ?? 0));
    const command = random.pick(all.filter((each) => (used.get(each) ?? 0) === fewest));
    used.set(command, fewest + 1);
    return { fault, command, share: random.next() };
  });
  it.for(sample)('$fault.name: $command.name', async ({ fault, command, share }, { skip }) => {
    const row = rowOf(fault, command);
    if (row.missing !== null) skip(row.missing);
    const points = await pointsOf(row);
    await tryPoint(row, points[Math.floor(share * points.length)] as Point);
    expect(row.failures).toEqual([]);
  });
});

describe.runIf(!IS_SAMPLE)('at every point', () => {
  it('nothing is half, lost, in the way or different', async () => {
    const rows = FAULTS.filter(({ name }) => name.includes(CHAOS_FAULT)).flatMap((fault) =>
      COMMANDS.filter((command) => command.name.includes(CHAOS_COMMAND) && fault.strikes(command)).map(
        (command) => rowOf(fault, command),
      ),
    );
    const deadline = Date.now() + Number(CHAOS_MINUTES) * 60_000;
    await tryAll(rows, () => Date.now() > deadline);
    const readme = join(ROOT, 'test/README.md');
    if (CHAOS_FAULT === '' && CHAOS_COMMAND === '')
      writeFileSync(readme, replaceBetween(readFileSync(readme, 'utf8'), 'chaos', tableOf(rows)));
    expect(rows.flatMap(({ failures }) => failures)).toEqual([]);
  });
});

/** One point of each fault on each command, then a second of each: what has no time has seen some of everything. */
async function tryAll(rows: readonly Row[], isLate: () => boolean): Promise<void> {
  const order = new Map<Row, Point[]>();
  for (let left = shuffled(rows); left.length > 0; ) {
    const next: Row[] = [];
    for (const row of left) {
      if (isLate()) return;
      const points = order.get(row) ?? shuffled(await pointsOf(row));
      order.set(row, points);
      const point = points.pop();
      if (point === undefined) continue;
      next.push(row);
      await tryPoint(row, point);
      console.log(
        `${row.fault.name}, ${row.command.name}, at ${point}: ${[...row.seen].join(' ')}`,
        ...row.failures,
      );
    }
    left = next;
  }
}

function shuffled<Value>(values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

/** A line for each way in which a fault ended on some commands. */
function tableOf(all: readonly Row[]): string {
  const lines = new Map<string, Row[]>();
  for (const row of all) {
    const { fault, seen, missing } = row;
    const key = `${fault.name} ${[...seen.keys()].sort()} ${missing}`;
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  const sum = (of: readonly Row[], count: (row: Row) => number) =>
    of.reduce((total, row) => total + count(row), 0);
  const count = (of: readonly Row[], outcome: Seen['outcome']) =>
    sum(of, ({ seen }) => seen.get(outcome) ?? 0);
  const cellsOf = (of: readonly Row[]): string[] => {
    const { fault, missing } = of[0] as Row;
    const seen = fault.outcomes.filter((outcome) => count(of, outcome) > 0);
    return [
      fault.name,
      of.map(({ command }) => `\`${command.name}\``).join(', '),
      fault.expected,
      missing === null
        ? seen.map((outcome) => `${outcome} ${count(of, outcome)}`).join(', ')
        : `not tried: ${missing}`,
      of.every(({ points }) => points === null)
        ? '0'
        : `${sum(of, ({ tried }) => tried)} of ${sum(of, ({ points }) => points?.length ?? 0)}`,
      String(sum(of, ({ failures }) => failures.length)),
    ];
  };
  const tried = sum(all, (row) => row.tried);
  const failed = sum(all, ({ failures }) => failures.length);
  const day = new Date().toISOString().slice(0, 10);
  return [
    `On ${day}: ${tried} points tried, ${tried - failed} as expected and equal afterwards, ${failed} failures.`,
    '',
    table(
      ['fault', 'commands', 'expected', 'seen', 'points tried', 'failures'],
      [...lines.values()].map(cellsOf),
      4,
    ),
  ].join('\n');
}
