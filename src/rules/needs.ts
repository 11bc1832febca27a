import { DATASET_NAMES, type DatasetName, snapshotTable } from '../domain/dataset.ts';
import { type ConfigurationFacts, type Need, notNeededBy, type Rule } from '../domain/rule.ts';
import type { OptiIdSource } from '../domain/source.ts';
import { TABLE_READS } from './table-reads.ts';

/** Tables that are needs of their own, whatever they read. */
const READ_AS: Readonly<Record<string, Need>> = {
  // The collection writes suspended people among the users as well, so their own listing adds nobody. Who needs all of
  // them reads `suspended_user`.
  okta_user: 'okta.users',
  assigned_user: 'assigned',
  // Who is who goes by these and, while nobody is assigned, by the users of the SSO app.
  'snapshot.okta_app_users': 'assigned',
  'snapshot.okta_assignment_checks': 'assigned',
  app_user: 'provisionedUsers',
  'snapshot.okta_push_scope': 'pushScope',
  'snapshot.okta_other_app_users': 'otherManagers',
  'snapshot.okta_other_push_mappings': 'otherManagers',
  // There are none where the source shows the types of groups.
  untyped_group: 'untypedGroups',
  baseline_grant: 'baseline',
  baseline_account: 'baselineAccounts',
};

/** The datasets behind each fact. What is null where it was not read needs none: whoever reads it looks at that. */
const FACTS_FROM: Readonly<Record<keyof ConfigurationFacts, readonly DatasetName[]>> = {
  organization: ['optiId.organizations'],
  ssoConnections: ['optiId.ssoConnections'],
  apps: ['okta.apps'],
  scimAppChoice: ['okta.apps'],
  scimAppSetting: [],
  ssoAppSetting: [],
  scimApp: ['okta.scimApp'],
  ssoApp: ['okta.ssoApp'],
  appFeatures: ['okta.appFeatures'],
  provisioningConnection: ['okta.provisioningConnection'],
  profileMappings: ['okta.profileMappings'],
  importEvents: ['okta.logEvents'],
  anyUserProvisioned: [],
  anyPushMapping: [],
};

/** In the order in which a rule says what is missing. */
const ORDER: readonly Need[] = [
  'baseline',
  'baselineAccounts',
  'okta.logEvents',
  'okta.scimApp',
  'provisionedUsers',
  'pushScope',
  'assigned',
  'otherManagers',
  'untypedGroups',
  ...DATASET_NAMES.filter((name) => name !== 'okta.logEvents' && name !== 'okta.scimApp'),
];

/** The tables among `known`, and those of the snapshot, that a query names. */
export function tablesNamedIn(sql: string, known: ReadonlySet<string>): string[] {
  const words = new Set(sql.replace(/--.*|'[^']*'/gu, '').match(/(?:\bsnapshot\.)?\b[a-z_]+\b/gu));
  return [...words].filter((word) => word.startsWith('snapshot.') || known.has(word));
}

const KNOWN: ReadonlySet<string> = new Set([...Object.keys(TABLE_READS), ...Object.keys(READ_AS)]);

/** The tables that queries read, and those behind them; whatever `follow` refuses is a table without any behind it. */
export function tablesBehind(
  queries: readonly string[],
  follow: (table: string) => boolean = () => true,
): ReadonlySet<string> {
  const behind = new Set<string>();
  const read = (sql: string): void => {
    for (const table of tablesNamedIn(sql, KNOWN)) {
      if (behind.has(table)) continue;
      behind.add(table);
      if (follow(table)) read(TABLE_READS[table] ?? '');
    }
  };
  queries.forEach(read);
  return behind;
}

/** `snapshot.okta_group_push_mappings` as a dataset: `okta.groupPushMappings`. */
function datasetOf(table: string): DatasetName | undefined {
  return DATASET_NAMES.find((name) => snapshotTable(name) === table);
}

function readBy(rule: Rule, source: OptiIdSource): readonly (Need | undefined)[] {
  if (rule.kind === 'configuration') return rule.reads.flatMap((fact) => FACTS_FROM[fact]);
  const notNeeded = notNeededBy(rule, source);
  const tables = tablesBehind([rule.sql], (table) => !notNeeded.has(table) && READ_AS[table] === undefined);
  const read = [...tables]
    .filter((table) => !notNeeded.has(table))
    .map((table) => READ_AS[table] ?? datasetOf(table))
    .filter((need) => need !== undefined && !notNeeded.has(need));
  return [...read, ...(Object.keys(rule.alsoNeeds ?? {}) as DatasetName[])];
}

const caches = { database: new WeakMap<Rule, readonly Need[]>(), scim: new WeakMap<Rule, readonly Need[]>() };

/** What a rule needs read completely before it may judge: what is behind the tables and facts that it reads. */
export function needsOf(rule: Rule, source: OptiIdSource = 'database'): readonly Need[] {
  const cache = caches[source];
  const known = cache.get(rule);
  if (known) return known;
  const read = new Set(readBy(rule, source));
  // Where types are shown there is nothing to know.
  if (source === 'database') read.delete('untypedGroups');
  const needs = ORDER.filter((need) => read.has(need));
  cache.set(rule, needs);
  return needs;
}
