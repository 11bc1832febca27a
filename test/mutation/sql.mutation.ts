import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DERIVED_TABLES } from '../../src/analysis/derived/index.ts';
import type { Database } from '../../src/analysis/engine/database.ts';
import { type CatalogueRule, JOBS, type Job } from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';
import { tablesBehind, tablesNamedIn } from '../../src/rules/needs.ts';
import { seedsTried } from '../oracle/agreement.ts';
import { agreesOn, disagreements, toWorld } from '../oracle/compare.ts';
import { generateOrgPair } from '../oracle/generate.ts';
import { expectReport } from '../oracle/oracle.ts';
import type { OrgPair } from '../oracle/org-pair.ts';
import { holds, KNOWN_CASES, worldOf } from '../support/rule-tester.ts';
import { World } from '../support/world.ts';
import { mutantsOf, type SqlMutant } from './sql-mutants.ts';
import { type Kind, noteSurvivors, readSurvivors } from './survivors.ts';

/**
 * Changes one thing in the SQL of each rule and each derived table, and asks the rules' worlds, then the oracle, whether
 * they notice. `SQL_MUTANTS=rules` or `tables` tries one kind, `SQL_MUTANTS_OF=user-unmanaged,account_owner` those.
 * What nobody notices is noted in survivors.json: equal to the original, or a world that is missing.
 *
 * A world is made once for all changes that may show in it, and the rule is judged again only where the changed
 * statement gives other rows.
 */
const ONLY = process.env.SQL_MUTANTS_OF?.split(',');
const MEASURE = 0.9;
const A_DAY_MS = 86_400_000;

// Each tells its table of worlds instead of testing it: `SQL_MUTANTS` is set.
const RULE_TESTS = fileURLToPath(new URL('../rules', import.meta.url));
for (const path of readdirSync(RULE_TESTS, { recursive: true, encoding: 'utf8' })) {
  if (/[/\\].*\.test\.ts$/u.test(path)) await import(join(RULE_TESTS, path));
}

type SqlCatalogueRule = Extract<CatalogueRule, { kind: 'sql' }>;
const SQL_RULES = RULES.filter((rule): rule is SqlCatalogueRule => rule.kind === 'sql');

/** A rule or a table, and a change in it that nobody has noticed so far. */
interface Mutant<Part> extends SqlMutant {
  part: Part;
  original: string;
}

/** Those that nobody has noticed so far. */
type Alive<Part> = Set<Mutant<Part>>;

/** All changes of these; a statement that DuckDB refuses is none. */
async function allMutants<Part extends { sql: string }>(parts: readonly Part[]): Promise<Alive<Part>> {
  const mutants: Mutant<Part>[] = [];
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const part of parts) {
    const { sql: original } = part;
    const changed = await mutantsOf(original, connection);
    for (const mutant of changed) {
      const isRefused = await new World().ask(
        (database) =>
          database.all(`from (${mutant.sql}) limit 0`).then(
            () => false,
            () => true,
          ),
        {},
      );
      if (!isRefused) mutants.push({ ...mutant, part, original });
    }
  }
  return new Set(mutants);
}

/** What is said while a mutant stands in the place of its original. */
async function saying<Answer>(
  { part, sql, original }: Mutant<{ sql: string }>,
  look: () => Promise<Answer>,
): Promise<Answer> {
  part.sql = sql;
  try {
    return await look();
  } finally {
    part.sql = original;
  }
}

/** Takes out the mutants of which `isNoticed`, one that fails among them. */
async function takeOut<Part extends { sql: string }>(
  alive: Alive<Part>,
  differing: readonly Mutant<Part>[],
  isNoticed: (mutant: Mutant<Part>) => Promise<boolean>,
): Promise<void> {
  for (const mutant of differing) {
    if (await saying(mutant, () => isNoticed(mutant).catch(() => true))) alive.delete(mutant);
  }
}

/** The mutants that give other rows than their original in these tables, by the columns that are looked at. */
async function differingRules(
  { world, ...options }: ReturnType<typeof worldOf>,
  some: readonly Mutant<SqlCatalogueRule>[],
  isLookedAt: (column: string, rule: SqlCatalogueRule) => boolean = () => true,
): Promise<Mutant<SqlCatalogueRule>[]> {
  if (some.length === 0) return [];
  return world.ask(
    async (database) => {
      const differing: Mutant<SqlCatalogueRule>[] = [];
      const rowsOf = async (sql: string, rule: SqlCatalogueRule) => {
        const rows = (await database.all(sql)).map((row) => Object.entries(row));
        return JSON.stringify(rows.map((row) => row.filter(([column]) => isLookedAt(column, rule))));
      };
      const expected = new Map<string, string>();
      for (const mutant of some) {
        const { original, sql, part } = mutant;
        if (!expected.has(original)) expected.set(original, await rowsOf(original, part));
        if ((await rowsOf(sql, part).catch(String)) !== expected.get(original)) differing.push(mutant);
      }
      return differing;
    },
    { ...options, sql: some.map(({ original }) => original).join(' ') },
  );
}

type Table = (typeof DERIVED_TABLES)[number];

/** Changes that show in a table, by what the table was made of: much of a world is as in the one before. */
const shown = new Map<string, ReadonlySet<Mutant<Table>>>();

async function differingTables(
  { world, ...options }: ReturnType<typeof worldOf> & { sql?: string },
  some: readonly Mutant<Table>[],
): Promise<Mutant<Table>[]> {
  if (some.length === 0) return [];
  return world.ask(async (database, madeOf) => {
    const differing: Mutant<Table>[] = [];
    for (const name of new Set(some.map(({ part }) => part.name))) {
      const own = some.filter(({ part }) => part.name === name);
      const key = `${name} ${madeOf.get(name)}`;
      const showing = shown.get(key) ?? (await showingIn(database, name, own));
      shown.set(key, showing);
      differing.push(...own.filter((mutant) => showing.has(mutant)));
    }
    return differing;
  }, options);
}

async function showingIn(
  database: Database,
  name: string,
  mutants: readonly Mutant<Table>[],
): Promise<ReadonlySet<Mutant<Table>>> {
  const showing = new Set<Mutant<Table>>();
  for (const mutant of mutants) {
    const rows = await database
      .all(
        `with changed as materialized (${mutant.sql})
         select 1 from ((from changed except all from ${name}) union all (from ${name} except all from changed)) limit 1`,
      )
      .catch(() => [null]);
    if (rows.length > 0) showing.add(mutant);
  }
  return showing;
}

async function tryRules(alive: Alive<SqlCatalogueRule>): Promise<void> {
  for (const rule of SQL_RULES) {
    for (const one of KNOWN_CASES.get(rule.id) ?? []) {
      const own = [...alive].filter(({ part }) => part === rule);
      if (one.kind === 'silent' || own.length === 0) continue;
      expect(await holds(rule, one), `${rule.id}: ${one.world}`).toBe(true);
      await takeOut(
        alive,
        await differingRules(worldOf(rule, one), own),
        async () => !(await holds(rule, one)),
      );
    }
  }
  report('rules, by worlds', alive);
  if (process.env.SQL_MUTANTS_LIST)
    for (const { part, change } of alive) process.stdout.write(`  ${part.id}: ${change}\n`);
  for (const seed of seedsTried()) {
    const pair = generateOrgPair(seed);
    for (const job of JOBS) {
      const world = toWorld(pair);
      const oracle = expectReport(pair, job);
      const ofJob = [...alive].filter(({ part }) => part.when.includes(job));
      const differing = await differingRules({ world, job }, ofJob, isSeenByOracle);
      await takeOut(alive, differing, async ({ part }) => {
        return !agreesOn(part.id, await world.judge(job, part), oracle);
      });
    }
    report(`rules, by the oracle up to seed ${seed}`, alive);
  }
}

/** The oracle knows nothing of evidence; what a row is about decides whether its finding waits. */
function isSeenByOracle(column: string, { alsoAbout = [] }: SqlCatalogueRule): boolean {
  return ['subject', 'okta_id', 'opti_id', ...alsoAbout].includes(column);
}

async function tryTables(alive: Alive<Table>, note: () => void): Promise<void> {
  const names = new Set(DERIVED_TABLES.map(({ name }) => name));
  const [first, others] = [seedsTried().slice(0, FEW_SEEDS), seedsTried().slice(FEW_SEEDS)];
  // A rule with few tables behind it is asked in little time, and an org pair of the oracle shows much at once.
  await tryByOracle(alive, first, note, nearRulesDisagree);
  await tryByWorlds(alive, ({ sql }) => new Set(tablesNamedIn(sql, names)));
  note();
  await tryByOracle(alive, [...first, ...others], note, anythingDisagrees);
  await tryByWorlds(alive, ({ sql }) => tablesBehind([sql]));
}

const FEW_SEEDS = 12;
const NEAR_RULES = 5;

/** Whether the oracle notices a change in a table. */
type Disagree = (table: Table, pair: OrgPair, job: Job) => Promise<boolean>;

const nearRulesDisagree: Disagree = async (table, pair, job) => {
  const oracle = expectReport(pair, job);
  const near = SQL_RULES.filter(({ when, sql }) => when.includes(job) && tablesBehind([sql]).has(table.name))
    .sort((a, b) => tablesBehind([a.sql]).size - tablesBehind([b.sql]).size)
    .slice(0, NEAR_RULES);
  for (const rule of near) {
    if (!agreesOn(rule.id, await toWorld(pair).judge(job, rule), oracle)) return true;
  }
  return false;
};

const anythingDisagrees: Disagree = async (_table, pair, job) =>
  (await disagreements(pair, [job])).length > 0;

async function tryByWorlds(
  alive: Alive<Table>,
  tablesOf: (rule: SqlCatalogueRule) => ReadonlySet<string>,
): Promise<void> {
  for (const rule of SQL_RULES) {
    const read = tablesOf(rule);
    for (const one of KNOWN_CASES.get(rule.id) ?? []) {
      const behind = [...alive].filter(({ part }) => read.has(part.name));
      const differing = await differingTables({ ...worldOf(rule, one), sql: rule.sql }, behind);
      if (differing.length > 0) expect(await holds(rule, one), `${rule.id}: ${one.world}`).toBe(true);
      await takeOut(alive, differing, async () => !(await holds(rule, one)));
    }
    report(`tables, by worlds up to those of ${rule.id}`, alive);
  }
}

async function tryByOracle(
  alive: Alive<Table>,
  seeds: readonly number[],
  note: () => void,
  disagree: Disagree,
): Promise<void> {
  for (const seed of seeds) {
    const pair = generateOrgPair(seed);
    for (const job of JOBS) {
      const differing = await differingTables({ world: toWorld(pair), job }, [...alive]);
      await takeOut(alive, differing, ({ part }) => disagree(part, pair, job));
    }
    report(`tables, by the oracle up to seed ${seed}`, alive);
    note();
  }
}

function report(when: string, alive: ReadonlySet<unknown>): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${when}: ${alive.size} not noticed\n`);
}

/** `SQL_MUTANTS_AGAIN`: only what nobody noticed last time. What was noticed still is, as worlds are added and not taken away. */
const AGAIN = process.env.SQL_MUTANTS_AGAIN !== undefined;

/** Tries all changes of these, notes who survives, and tells the share that was noticed. */
async function shareNoticed<Part extends { sql: string }>(
  kind: Kind,
  parts: readonly Part[],
  nameOf: (part: Part) => string,
  tryAll: (alive: Alive<Part>, note: () => void) => Promise<void>,
): Promise<number> {
  const before = readSurvivors()[kind].of;
  const asked = parts.filter((part) => ONLY?.includes(nameOf(part)) ?? true);
  const all = [...(await allMutants(asked))];
  const alive = new Set(
    all.filter(({ part, change }) => !AGAIN || before[nameOf(part)]?.survivors[change] !== undefined),
  );
  report(kind, alive);
  const ofPart = (part: Part, mutants: Iterable<Mutant<Part>>) =>
    [...mutants].filter((one) => one.part === part);
  // Also on the way: what was found out so far is not lost with the rest.
  const note = () => {
    const found = asked.map((part) => {
      const survivors = ofPart(part, alive).map(({ change }) => change);
      return [nameOf(part), { noticed: ofPart(part, all).length - survivors.length, survivors }] as const;
    });
    noteSurvivors(kind, Object.fromEntries(found));
  };
  await tryAll(alive, note);
  note();
  for (const { part, change } of alive) process.stdout.write(`survives: ${nameOf(part)}: ${change}\n`);
  process.stdout.write(`${kind}: ${all.length - alive.size} of ${all.length} noticed\n`);
  return all.length === 0 ? 1 : 1 - alive.size / all.length;
}

test.runIf(process.env.SQL_MUTANTS !== 'tables')(
  'worlds and oracle notice what is changed in the SQL of a rule',
  { timeout: A_DAY_MS },
  async () => {
    expect(await shareNoticed('rules', SQL_RULES, ({ id }) => id, tryRules)).toBeGreaterThanOrEqual(MEASURE);
  },
);

test.runIf(process.env.SQL_MUTANTS !== 'rules')(
  'worlds and oracle notice what is changed in the SQL of a derived table',
  { timeout: A_DAY_MS },
  async () => {
    expect(
      await shareNoticed('tables', DERIVED_TABLES, ({ name }) => name, tryTables),
    ).toBeGreaterThanOrEqual(MEASURE);
  },
);
