import type { DatasetName } from '../../src/domain/dataset.ts';
import type { Memory } from '../../src/domain/memory.ts';
import type { OrgPair } from './org-pair.ts';

/** Columns that hold ids of people, groups, mappings, roles, invitations and events. The name of a team holds that of an instance, so instances keep theirs. */
const ID_COLUMNS = new Set([
  'okta_user_id',
  'opti_user_id',
  'okta_group_id',
  'opti_group_id',
  'okta_mapping_id',
  'source_group_id',
  'target_group_id',
  'external_id',
  'opti_role_id',
  'opti_invitation_id',
  'opti_connection_id',
  'event_id',
]);

/** Another id for the same thing. It keeps the order of ids, for ties go to the smallest. */
export function renameId(id: string): string {
  return `~${id}`;
}

/** The same org pair with every id of a person, group or mapping renamed. */
export function renameIds(pair: OrgPair): OrgPair {
  const rows = { ...pair.rows };
  for (const name of Object.keys(rows) as DatasetName[]) {
    rows[name] = (rows[name] as unknown as Record<string, unknown>[]).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          ID_COLUMNS.has(column) && typeof value === 'string' ? renameId(value) : value,
        ]),
      ),
    ) as never;
  }
  rows['okta.logEvents'] = rows['okta.logEvents'].map((event) => ({
    ...event,
    targets: event.targets.map((target) => ({
      ...target,
      // Apps keep their ids.
      id: target.id === null || target.id.startsWith('0oa') ? target.id : renameId(target.id),
    })),
  }));
  const groups = new Set(pair.rows['okta.groups'].map((group) => group.okta_group_id));
  const pushGroups = pair.pushGroups?.map((entry) => (groups.has(entry) ? renameId(entry) : entry)) ?? null;
  return { ...pair, rows, pushGroups, memory: renameMemory(pair.memory) };
}

function renameMemory({ groupPairs, baseline }: Memory): Memory {
  return {
    groupPairs: Object.fromEntries(
      Object.entries(groupPairs).map(([mapping, group]) => [renameId(mapping), renameId(group)]),
    ),
    baseline: baseline && {
      ...baseline,
      grants:
        baseline.grants?.map((grant) => ({
          ...grant,
          opti_group_id: renameId(grant.opti_group_id),
          opti_role_id: renameId(grant.opti_role_id),
        })) ?? null,
      accounts:
        baseline.accounts?.map((account) => ({
          okta_user_id: renameId(account.okta_user_id),
          opti_user_id: renameId(account.opti_user_id),
          grants: account.grants.map((grant) => ({ ...grant, opti_role_id: renameId(grant.opti_role_id) })),
        })) ?? null,
    },
  };
}
