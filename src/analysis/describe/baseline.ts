import { join } from 'node:path';
import { DATASETS, type DatasetName } from '../../domain/dataset.ts';
import type { Finding } from '../../domain/finding.ts';
import { type Baseline, type BaselineAccount, type BaselineGrant, NO_MEMORY } from '../../domain/memory.ts';
import { tablesBehind } from '../../rules/needs.ts';
import type { Snapshot } from '../../snapshot/open-snapshot.ts';
import { readRows } from '../../snapshot/read-rows.ts';
import { deriveTables } from '../derived/derive.ts';
import { DERIVED_TABLES } from '../derived/index.ts';
import { openDatabase } from '../engine/database.ts';
import { databaseOptionsFor, loadSnapshot } from '../engine/load.ts';
import { GRANT_DATASETS, MEMBERSHIP_DATASETS, wereRead } from './situations.ts';

const BASELINE_DATASETS: readonly DatasetName[] = ['optiId.groups', ...GRANT_DATASETS];

/** Rules whose findings say what a group should grant and does not, and where their evidence lists it. */
const LISTED_IN: Readonly<Record<string, string>> = {
  'group-access-lost': 'lost',
  'grant-no-longer-possible': 'gone',
  'group-missing': 'granted',
};

/**
 * What the groups of the store granted in an earlier run: as its snapshot has it, and what these findings of
 * that run say is missing. Without the latter a loss would pass for given back on the next night.
 */
export async function readBaseline(
  run: string,
  snapshot: Snapshot,
  findings: readonly Finding[],
): Promise<Baseline> {
  if (!wereRead(snapshot.manifest, BASELINE_DATASETS)) return { run, grants: null };
  const database = await openDatabase(databaseOptionsFor(snapshot));
  try {
    await loadSnapshot(database, snapshot, BASELINE_DATASETS);
    const granted = await database.all(
      `select distinct
         opti_group_id,
         store_group.name as group_name,
         coalesce(instance.product, role.product, '') as product,
         granted.opti_instance_id,
         coalesce(instance.nickname, instance.product, granted.opti_instance_id) as instance,
         granted.opti_role_id,
         coalesce(role.name, granted.opti_role_id) as role
       from snapshot.opti_id_group_instance_roles as granted
       join snapshot.opti_id_groups as store_group using (opti_group_id)
       left join snapshot.opti_id_product_instances as instance using (opti_instance_id)
       left join snapshot.opti_id_roles as role using (opti_role_id)
       order by all`,
    );
    const missing = findings.flatMap(missingGrants);
    return { run, grants: [...(granted as unknown as BaselineGrant[]), ...missing] };
  } finally {
    await database.close();
  }
}

const ACCOUNTS = `
  select okta_user_id, opti_user_id,
    list(distinct {opti_instance_id: opti_instance_id, opti_role_id: opti_role_id, label: coalesce(product || ' / ', '') || instance || ': ' || role}) as grants
  from user_pair
  join opti_group_member using (opti_user_no)
  join opti_group using (opti_group_no)
  join opti_grant using (opti_group_id)
  where group_type <> 'internal'
  group by all
  order by all`;

/** Without these nobody knows who had what. */
const ACCOUNT_DATASETS: readonly DatasetName[] = [...MEMBERSHIP_DATASETS, ...GRANT_DATASETS];

/** The ids of the store users who are there. */
async function* presentUsers({ dir }: Snapshot): AsyncGenerator<string, void, undefined> {
  for await (const user of readRows<'optiId.users'>(join(dir, DATASETS['optiId.users'].file))) {
    if (user.status !== 'deleted') yield user.opti_user_id;
  }
}

/**
 * The accounts of an earlier run that are gone from the present one, with what they had through groups that Okta does
 * not push: a new account of the same person comes without it. Null where either run did not read it completely.
 */
export async function readGoneAccounts(
  before: Snapshot,
  present: Snapshot,
): Promise<BaselineAccount[] | null> {
  if (!wereRead(before.manifest, ACCOUNT_DATASETS) || !wereRead(present.manifest, ['optiId.users']))
    return null;
  const stays = new Set<string>();
  for await (const id of presentUsers(present)) stays.add(id);
  const gone = new Set<string>();
  for await (const id of presentUsers(before)) if (!stays.has(id)) gone.add(id);
  // Most nights nobody is, and to load the earlier snapshot takes as long as to load tonight's.
  if (gone.size === 0) return [];
  const database = await openDatabase(databaseOptionsFor(before));
  try {
    await loadSnapshot(database, before);
    const behind = tablesBehind([ACCOUNTS]);
    const tables = DERIVED_TABLES.filter(({ name }) => behind.has(name));
    await deriveTables(database, before.manifest, { job: 'precutover', memory: NO_MEMORY }, tables);
    const accounts: BaselineAccount[] = [];
    for await (const rows of database.stream(ACCOUNTS)) {
      accounts.push(...(rows as unknown as BaselineAccount[]).filter((row) => gone.has(row.opti_user_id)));
    }
    return accounts;
  } finally {
    await database.close();
  }
}

/** The grants that a finding of a baseline rule lists, as `product / instance: role` and by ids. */
function missingGrants({ rule, opti_id, subject, evidence }: Finding): BaselineGrant[] {
  const list = LISTED_IN[rule];
  if (list === undefined) return [];
  const labels = texts(evidence[list]);
  return texts(evidence.grant_ids).flatMap((ids, place) => {
    const [opti_instance_id, opti_role_id] = ids.split('|');
    const label = labels[place] ?? ids;
    if (!opti_instance_id || !opti_role_id) return [];
    // Wherever the label is cut, it reads the same when it is put together again.
    const slash = label.indexOf(' / ');
    const colon = label.lastIndexOf(': ');
    return [
      {
        // A group that is gone is found again by its name alone.
        opti_group_id: opti_id ?? '',
        group_name: subject,
        product: label.slice(0, Math.max(0, slash)),
        opti_instance_id,
        instance: label.slice(slash + 3, colon),
        opti_role_id,
        role: label.slice(colon + 2),
      },
    ];
  });
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
