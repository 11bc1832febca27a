import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { deriveTables, INPUT_TABLES, tablesReadBy } from '../../src/analysis/derived/derive.ts';
import { DERIVED_TABLES } from '../../src/analysis/derived/index.ts';
import type { DerivedTable } from '../../src/analysis/derived/table.ts';
import { type Database, openDatabase } from '../../src/analysis/engine/database.ts';
import { loadSnapshot } from '../../src/analysis/engine/load.ts';
import { type NeedFacts, ruleReadiness } from '../../src/analysis/judge/needs.ts';
import { DATASET_NAMES, DATASETS, type DatasetName, snapshotTable } from '../../src/domain/dataset.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import {
  defineConfigurationRule,
  defineSqlRule,
  JOBS,
  notNeededBy,
  type SqlRule,
} from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';
import { needsOf, tablesBehind, tablesNamedIn } from '../../src/rules/needs.ts';
import { TABLE_READS } from '../../src/rules/table-reads.ts';
import { seedsInWhichFire } from '../oracle/choose-seeds.ts';
import { analysePair } from '../oracle/compare.ts';
import { generateOrgPair } from '../oracle/generate.ts';

const NAMES = new Set([...INPUT_TABLES, ...DERIVED_TABLES].map(({ name }) => name));
const DATASET_OF = new Map(DATASET_NAMES.map((name) => [snapshotTable(name), name]));
const SQL_RULES = RULES.filter((rule) => rule.kind === 'sql');

const connection = await (await DuckDBInstance.create(':memory:')).connect();

/** What DuckDB's own parser makes of a query, as far as it matters here. */
interface Parsed {
  type?: string;
  schema_name?: string;
  table_name?: string;
  cte_map?: { map: { key: string }[] };
}

/** The tables that a query reads, as DuckDB's own parser has them. */
async function tablesByDuckDb(sql: string): Promise<string[]> {
  const reader = await connection.runAndReadAll('select json_serialize_sql($1::varchar)::varchar', [sql]);
  const read = new Set<string>();
  const named = new Set<string>();
  JSON.parse(String(reader.getRowsJS()[0]?.[0]), (_key, value: Parsed | null) => {
    if (value?.type === 'BASE_TABLE')
      read.add([value.schema_name, value.table_name].filter((name) => name !== '').join('.'));
    for (const { key } of value?.cte_map?.map ?? []) named.add(key);
    return value;
  });
  return [...read].filter((table) => !named.has(table)).sort();
}

const READ_BY_TABLE = new Map(
  await Promise.all(DERIVED_TABLES.map(async ({ name, sql }) => [name, await tablesByDuckDb(sql)] as const)),
);

describe('the tables that a query reads', () => {
  test('are, for each derived table, those that DuckDB finds and that the generated file names', () => {
    const found = [...READ_BY_TABLE].map(([name, tables]) => [name, tables.join(' ')]);
    expect(TABLE_READS).toEqual(Object.fromEntries(found));
  });

  test('are made before the table that reads them', () => {
    const made = new Set(INPUT_TABLES.map(({ name }) => name));
    for (const [name, tables] of READ_BY_TABLE) {
      expect(
        tables.filter((table) => !DATASET_OF.has(table) && !made.has(table)),
        name,
      ).toEqual([]);
      made.add(name);
    }
  });

  test.each(SQL_RULES.map(({ id, sql }) => [id, sql]))(
    'are, for %s, those that DuckDB finds',
    async (_id, sql) => {
      expect(tablesNamedIn(sql, NAMES).sort()).toEqual(await tablesByDuckDb(sql));
    },
  );
});

const FACTS: NeedFacts = {
  baseline: { run: '20261101T030000Z-precutover', grants: [] },
  job: 'precutover',
  anyAppUserAssigned: true,
  pushScopeRows: 1,
  hidesMembers: false,
  inactiveApp: null,
  unplacedPushes: 0,
  hidesCreation: false,
};

/** A manifest in which everything was read completely but this dataset. */
function without(name: DatasetName): Manifest {
  const datasets = DATASET_NAMES.map((each) => [
    each,
    { completeness: each === name ? 'partial' : 'complete', reason: `because ${name}`, rows: 1 },
  ]);
  return { datasets: Object.fromEntries(datasets) } as Manifest;
}

/** The datasets that DuckDB finds behind a rule's query, but for what is behind the tables that it does not need. */
async function datasetsBehind(rule: SqlRule): Promise<Set<DatasetName>> {
  const notNeeded = notNeededBy(rule);
  const datasets = new Set<DatasetName>();
  const seen = new Set<string>();
  const follow = (tables: readonly string[]): void => {
    for (const table of tables) {
      const dataset = DATASET_OF.get(table);
      if (seen.has(table) || notNeeded.has(table) || notNeeded.has(dataset ?? '')) continue;
      seen.add(table);
      if (dataset !== undefined) datasets.add(dataset);
      // Where the types of groups are shown it has no rows.
      else if (table === 'untyped_group') continue;
      // Suspended people are among the users as well: their listing adds nobody to them.
      else follow(table === 'okta_user' ? ['snapshot.okta_users'] : (READ_BY_TABLE.get(table) ?? []));
    }
  };
  follow(await tablesByDuckDb(rule.sql));
  return datasets;
}

/** The datasets behind a query that may be partial while the rule that `declared` is judges all the same. */
async function judgedWithout(rule: SqlRule, declared = rule): Promise<DatasetName[]> {
  return [...(await datasetsBehind(rule))].filter((name) => {
    // The users of the SSO app are looked at while nobody is assigned to the SCIM app, before the cutover.
    const standsIn = name === 'okta.ssoAppUsers';
    if (standsIn && !rule.when.includes('precutover')) return false;
    const facts = standsIn ? { ...FACTS, anyAppUserAssigned: false } : FACTS;
    return !DATASETS[name].bestEffort && ruleReadiness(declared, without(name), facts).state === 'ready';
  });
}

describe('what a rule needs', () => {
  test.each(SQL_RULES.map((rule) => [rule.id, rule] as const))(
    'follows from the query of %s: it is unknown while any dataset behind it is partial',
    async (_id, rule) => {
      expect(await judgedWithout(rule)).toEqual([]);
    },
  );

  const rule = {
    id: 'group-is-haunted',
    when: JOBS,
    severity: 'warning',
    subject: 'group',
    who: 'Okta admin',
    title: 'A group is haunted',
    why: 'Nobody sleeps.',
    source: 'Folklore.',
    sql: 'select name as subject, okta_group_id as okta_id, null as opti_id from okta_group order by subject',
    evidence: {},
    detail: () => 'Boo.',
    fix: 'Call somebody.',
  } as const;

  test('grows with the query: one more table, and all that is behind it', () => {
    expect(needsOf(defineSqlRule(rule))).toEqual(['okta.groups']);
    const longer = rule.sql.replace(
      'okta_group order',
      'okta_group join group_match using (okta_group_id) order',
    );
    expect(needsOf(defineSqlRule({ ...rule, sql: longer }))).toEqual([
      'okta.groupPushMappings',
      'okta.groups',
      'optiId.groups',
    ]);
    const raw = rule.sql.replace('okta_group order', 'okta_group, snapshot.opti_id_invitations order');
    expect(needsOf(defineSqlRule({ ...rule, sql: raw }))).toEqual(['okta.groups', 'optiId.invitations']);
  });

  test('is missed by nothing that the test above would not find', async () => {
    const sql = 'select name as subject from okta_group, snapshot.opti_id_invitations';
    const longer = defineSqlRule({ ...rule, sql });
    expect(await judgedWithout(longer)).toEqual([]);
    expect(await judgedWithout(longer, defineSqlRule(rule))).toEqual(['optiId.invitations']);
  });

  test('is not what it declares unneeded: a dataset, or all that is behind a table', () => {
    const sql = 'from okta_group join group_pair using (okta_group_id), snapshot.opti_id_invitations';
    const notNeeded = { 'adds an id': 'group_pair', 'adds a date': 'optiId.invitations' };
    expect(needsOf(defineSqlRule({ ...rule, sql, notNeeded }))).toEqual(['okta.groups']);
    // What another table reads as well is needed all the same.
    const again = `${sql} join opti_group using (opti_group_id)`;
    expect(needsOf(defineSqlRule({ ...rule, sql: again, notNeeded }))).toEqual([
      'okta.groups',
      'optiId.groups',
    ]);
  });

  test('is, for a rule on the configuration, what is behind the facts that it is given', () => {
    const checked = defineConfigurationRule({
      ...rule,
      expected: 'on',
      reads: ['scimApp', 'importEvents'],
      // @ts-expect-error: it did not ask for the apps.
      judge: ({ apps }) => ({ outcome: 'pass', actual: String(apps) }),
    });
    expect(needsOf(checked)).toEqual(['okta.logEvents', 'okta.scimApp']);
  });
});

describe('what a rule declares not to need', () => {
  const EXCUSED = SQL_RULES.filter(({ notNeeded }) => notNeeded !== undefined);

  test('is behind its query, and has a reason', async () => {
    for (const rule of EXCUSED) {
      const behind = [...tablesBehind([rule.sql])].map((table) => DATASET_OF.get(table) ?? table);
      for (const name of notNeededBy(rule)) expect([...behind, 'baseline'], rule.id).toContain(name);
      for (const reason of Object.keys(rule.notNeeded ?? {})) expect(reason, rule.id).toMatch(/\w{4,} /u);
    }
  });

  test('decides neither whether it fires nor on whom: emptied, the rule finds the same', {
    timeout: 600_000,
  }, async () => {
    const fired = new Set<string>();
    for (const seed of seedsInWhichFire(EXCUSED.map(({ id }) => id))) {
      const pair = { ...generateOrgPair(seed), states: {} };
      await analysePair(pair, JOBS, async (snapshot, job) => {
        const rules = EXCUSED.filter(({ when }) => when.includes(job));
        const database = await openDatabase({ threads: 1 });
        const derive = (tables: readonly DerivedTable[]) =>
          deriveTables(database, snapshot.manifest, { job, memory: pair.memory }, tables);
        try {
          await loadSnapshot(database, snapshot);
          await derive(tablesReadBy(rules.map(({ sql }) => sql)));
          const whole = new Map<string, string[]>();
          for (const rule of rules) {
            whole.set(rule.id, await subjectsOf(database, rule));
            if (whole.get(rule.id)?.length !== 0) fired.add(rule.id);
          }
          for (const [dataset, excused] of await unneededBy(rules)) {
            const table = snapshotTable(dataset);
            const stale = tablesReadBy(excused.map(({ sql }) => sql)).filter(({ sql }) =>
              tablesBehind([sql]).has(table),
            );
            await database.run('begin transaction');
            await database.run(`delete from ${table}`);
            await derive(stale);
            for (const rule of excused) {
              const found = await subjectsOf(database, rule);
              expect(found, `${rule.id} of seed ${seed} without ${dataset}`).toEqual(whole.get(rule.id));
            }
            await database.run('rollback');
          }
        } finally {
          await database.close();
        }
      });
    }
    expect(EXCUSED.map(({ id }) => id).filter((id) => !fired.has(id))).toEqual([]);
  });
});

/** By dataset, the rules in which nothing reads it but what they do not need. */
async function unneededBy(rules: readonly SqlRule[]): Promise<Map<DatasetName, SqlRule[]>> {
  const unneeded = new Map<DatasetName, SqlRule[]>();
  for (const rule of rules) {
    const needed = await datasetsBehind(rule);
    for (const name of await datasetsBehind({ ...rule, notNeeded: {} })) {
      if (!needed.has(name)) unneeded.set(name, [...(unneeded.get(name) ?? []), rule]);
    }
  }
  return unneeded;
}

/** Whom the rule names: by the Okta id, or where that comes from what is not needed, by the id in the store. */
async function subjectsOf(database: Database, rule: SqlRule): Promise<string[]> {
  const isOktaIdAdded = notNeededBy(rule).has('account_owner');
  const rows = await database.all(rule.sql);
  return rows
    .map(({ subject, okta_id, opti_id }) =>
      String((isOktaIdAdded ? opti_id : (okta_id ?? opti_id)) ?? subject),
    )
    .sort();
}
