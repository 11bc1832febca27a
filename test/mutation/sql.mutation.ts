import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { DERIVED_TABLES } from '../../src/analysis/derived/index.ts';
import { byCodeUnit } from '../../src/domain/finding.ts';
import { type CatalogueRule, JOBS } from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';
import { tablesBehind } from '../../src/rules/needs.ts';
import { chooseSeeds } from '../oracle/choose-seeds.ts';
import { disagreements } from '../oracle/compare.ts';
import { generateOrgPair } from '../oracle/generate.ts';
import { holds, KNOWN_CASES } from '../support/rule-tester.ts';
import { mutantsOf } from './sql-mutants.ts';

/**
 * Changes one thing in the SQL of each rule and each derived table, and asks the rules' worlds, then the oracle, whether
 * they notice. `SQL_MUTANTS=rules` or `tables` tries one kind, `SQL_MUTANTS_OF=user-unmanaged,account_owner` those.
 * What nobody notices is written to survivors.json: equal to the original, or a world that is missing.
 */
const SURVIVORS = fileURLToPath(new URL('survivors.json', import.meta.url));
const ONLY = process.env.SQL_MUTANTS_OF?.split(',');
const KIND = process.env.SQL_MUTANTS ?? '';
const MEASURE = 0.9;
const A_DAY_MS = 86_400_000;

// Each tells its table of worlds instead of testing it: `SQL_MUTANTS` is set.
const RULE_TESTS = fileURLToPath(new URL('../rules', import.meta.url));
for (const path of readdirSync(RULE_TESTS, { recursive: true, encoding: 'utf8' })) {
  if (/[/\\].*\.test\.ts$/u.test(path)) await import(join(RULE_TESTS, path));
}

type SqlCatalogueRule = Extract<CatalogueRule, { kind: 'sql' }>;
const SQL_RULES = RULES.filter((rule): rule is SqlCatalogueRule => rule.kind === 'sql');

interface Tried {
  of: string;
  change: string;
  killed: boolean;
}

async function noticedByWorlds(rules: readonly SqlCatalogueRule[]): Promise<boolean> {
  for (const rule of rules) {
    for (const one of KNOWN_CASES.get(rule.id) ?? []) if (!(await holds(rule, one))) return true;
  }
  return false;
}

/** The pairs that show most, each with what engine and oracle say of it. */
const seeds = chooseSeeds(1, 120, 10);

async function noticedByOracle(): Promise<boolean> {
  for (const seed of seeds) {
    try {
      if ((await disagreements(generateOrgPair(seed))).length > 0) return true;
    } catch {
      return true;
    }
  }
  return false;
}

/** Rules whose findings rest on a table, those with the fewest worlds first. */
function rulesOn(table: string): SqlCatalogueRule[] {
  return SQL_RULES.filter(({ sql }) => tablesBehind([sql]).has(table)).sort(
    (a, b) => (KNOWN_CASES.get(a.id)?.length ?? 0) - (KNOWN_CASES.get(b.id)?.length ?? 0),
  );
}

test('worlds and oracle notice what is changed in the SQL', { timeout: A_DAY_MS }, async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const tried: Tried[] = [];
  const tryAll = async (of: string, part: { sql: string }, rules: readonly SqlCatalogueRule[]) => {
    const original = part.sql;
    try {
      for (const { change, sql } of await mutantsOf(original, connection)) {
        part.sql = sql;
        const killed = (await noticedByWorlds(rules)) || (await noticedByOracle());
        tried.push({ of, change, killed });
        if (!killed) process.stdout.write(`survives: ${of}: ${change}\n`);
      }
    } finally {
      part.sql = original;
    }
  };
  const isAsked = (name: string) => ONLY?.includes(name) ?? true;
  if (KIND !== 'tables') {
    for (const rule of SQL_RULES.filter(({ id }) => isAsked(id))) await tryAll(rule.id, rule, [rule]);
  }
  if (KIND !== 'rules') {
    for (const table of DERIVED_TABLES.filter(({ name }) => isAsked(name))) {
      await tryAll(table.name, table, rulesOn(table.name));
    }
  }
  const survivors = tried.filter(({ killed }) => !killed);
  const summary = `${tried.length - survivors.length} of ${tried.length} noticed`;
  process.stdout.write(`${summary}\n`);
  if (ONLY === undefined && KIND === 'all') {
    const lines = survivors.map(({ of, change }) => `${of}: ${change}`).sort(byCodeUnit);
    writeFileSync(SURVIVORS, `${JSON.stringify({ jobs: JOBS, summary, survivors: lines }, null, 2)}\n`);
  }
  expect(1 - survivors.length / tried.length).toBeGreaterThanOrEqual(MEASURE);
});
