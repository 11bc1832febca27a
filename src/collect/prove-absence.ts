import type { SnapshotSink } from '../domain/dataset.ts';
import { isAssigned } from '../domain/okta.ts';
import { TextSet } from '../okta/text-set.ts';
import type { OptiIdSource } from '../opti-id/source.ts';
import type { ReadSides } from './other-organizations.ts';

/**
 * Asks Opti ID for the users and groups whose ids Okta keeps and that its lists leave out, once both sides are read. A
 * list that leaves out somebody who is there is not complete.
 */
export async function proveAbsence(
  sink: SnapshotSink,
  { proveAbsence: prove }: OptiIdSource,
  { stateOf, rowsOf }: ReadSides,
): Promise<void> {
  if (prove === null) return;
  const isWhole = (name: Parameters<typeof stateOf>[0]) => stateOf(name)?.completeness === 'complete';
  const listed = new TextSet();
  const users = new Map<string, string | null>();
  if (isWhole('optiId.users')) {
    for await (const { opti_user_id: id } of rowsOf('optiId.users')) listed.add(id);
    if (isWhole('okta.appUsers')) {
      for await (const { external_id: id, status, user_name } of rowsOf('okta.appUsers')) {
        if (id !== null && isAssigned(status) && !listed.has(id)) users.set(id, user_name);
      }
    }
  }
  const groups = new Set<string>();
  if (isWhole('optiId.groups') && isWhole('okta.groupPushMappings') && isWhole('okta.groups')) {
    const targets = new Set<string | null>();
    for await (const { target_group_id: id } of rowsOf('okta.groupPushMappings')) targets.add(id);
    for await (const { okta_group_id, external_id: id } of rowsOf('okta.groups')) {
      if (id !== null && targets.has(okta_group_id)) groups.add(id);
    }
    for await (const { opti_group_id: id } of rowsOf('optiId.groups')) groups.delete(id);
  }
  const missing = {
    users: [...users].map(([opti_user_id, email]) => ({ opti_user_id, email })),
    groups: [...groups],
  };
  await prove(sink, missing, (id) => listed.has(id));
}
