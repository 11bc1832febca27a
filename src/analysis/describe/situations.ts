import type { DatasetName } from '../../domain/dataset.ts';
import type { Finding, SubjectType } from '../../domain/finding.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { Database } from '../engine/database.ts';
import { HIDES_MEMBERS } from '../judge/facts.ts';

/** Without these nobody knows whom a push brings into a group and who is in it today. */
export const MEMBERSHIP_DATASETS: readonly DatasetName[] = [
  'okta.appUsers',
  'okta.ssoAppUsers',
  'okta.assignmentChecks',
  'okta.groups',
  'okta.pushScope',
  'okta.groupMembers',
  'okta.users',
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.users',
];

/** Without these nobody knows what a group of the store grants. */
export const GRANT_DATASETS: readonly DatasetName[] = [
  'optiId.groupInstanceRoles',
  'optiId.productInstances',
  'optiId.roles',
];

/** True when each dataset was read completely, or there is nothing of it to read. */
export function wereRead(manifest: Manifest, names: readonly DatasetName[]): boolean {
  return names.every((name) => ['complete', 'not_applicable'].includes(manifest.datasets[name].completeness));
}

/**
 * The same for one analysis: the users of the SSO app count only where they stand in for those of the SCIM app, and
 * members of store groups that the store counts and does not show were not read.
 */
export async function readsOf(
  database: Database,
  manifest: Manifest,
): Promise<(names: readonly DatasetName[]) => boolean> {
  const [row] = await database.all(
    `select
       exists (select 1 from assigned_user where source = 'scim') or (select job from audit_context) = 'drift' as counts,
       ${HIDES_MEMBERS} as hides_members`,
  );
  return (names) =>
    !(row?.hides_members && names.includes('optiId.groupMembers')) &&
    wereRead(manifest, row?.counts ? names.filter((name) => name !== 'okta.ssoAppUsers') : names);
}

/** Which rules fire on a subject, by its Okta id and by its id in the store. */
export function rulesBySubjectId(
  findings: readonly Finding[],
  types: readonly SubjectType[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const rules = new Map<string, Set<string>>();
  for (const finding of findings) {
    if (!types.includes(finding.subject_type)) continue;
    for (const id of [finding.okta_id, finding.opti_id]) {
      if (id === null) continue;
      rules.set(id, (rules.get(id) ?? new Set<string>()).add(finding.rule));
    }
  }
  return rules;
}
