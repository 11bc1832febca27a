import { byCodeUnit } from '../domain/finding.ts';
import { foldName, isTeamName } from '../domain/names.ts';
import type { GroupRecord } from '../domain/plan.ts';
import { addAccessOfPushed, addPush, GROUP_ACCESS, TEAM_IS_THERE } from './cutover.ts';
import { grantsIn, nameAll } from './drafts.ts';
import { evidenceOf } from './evidence.ts';
import { KEY } from './keys.ts';
import { nameStepOf, type Planning } from './planning.ts';

/** Whether a store group that stays, other than the given one, has a name. */
export function isObstructed(planning: Planning, name: string, optiGroupId: string | null): boolean {
  const { optiGroupsThen, drafts } = planning;
  return (optiGroupsThen.get(foldName(name)) ?? []).some(
    ({ opti_group_id: id }) =>
      id !== optiGroupId && !drafts.has(KEY.deleteGroup(id)) && !drafts.has(KEY.removeOrphan(id)),
  );
}

/**
 * The step that sends a managed group again, or that pushes it as a new one where its store group is gone; the step that
 * settles its name or its link where that comes first. Null where nothing may be pushed.
 */
export function pushAgain(planning: Planning, oktaGroupId: string | null): string | null {
  const decision = planning.decisions.okta.get(oktaGroupId ?? '');
  if (oktaGroupId === null || !decision) return null;
  const { group, kind } = decision;
  if (kind === 'support' || kind === 'leave-out') return nameStepOf(planning, oktaGroupId)[0] ?? null;
  const name = decision.newName ?? group.name;
  const isTeam = isTeamName(name);
  if (group.opti_group_id === null && !isTeam) return pushAsNew(planning, oktaGroupId);
  const key = KEY.pushAgain(oktaGroupId);
  if (planning.drafts.has(key)) return key;
  const has = (rule: string) => planning.hasFound(rule, oktaGroupId);
  const current = planning.optiGroups.get(group.opti_group_id ?? '');
  const canBePushed = isTeam
    ? group.has_mapping && !has('group-team-instance-unknown')
    : current?.group_type === 'internal' && !current.is_reserved;
  if (!canBePushed || group.is_built_in_everyone) return null;
  const oldName = current?.name ?? name;
  if (oldName !== name && isObstructed(planning, name, group.opti_group_id)) return null;
  const [isInactive, isFailed] = [has('group-push-inactive'), has('group-push-failed')];
  const takenOut = planning.takenOutOf.get(oktaGroupId) ?? [];
  const renamed =
    oldName === name
      ? ''
      : ` Opti ID calls the group ${oldName}: the name is corrected in Okta, never in Opti ID (with Rename app groups to match group name in Okta on). If Opti ID refuses the new name, give the group in Okta the name ${oldName}; do not unlink or delete it.`;
  return planning.drafts.add('push', key, name, {
    action: isInactive ? 'Activate the push and push the group now' : 'Push the group now',
    how: `SCIM app ${planning.app} › Push Groups › ${name}: ${isFailed ? 'read the error and fix its cause, then ' : ''}${isInactive ? 'activate the push and ' : ''}choose Push now.${renamed} Do not edit its members in the Admin Center.`,
    requires:
      takenOut.length > 0
        ? `Whoever should keep what the group grants is in the Okta group and assigned: the push takes out ${nameAll(takenOut, 'people')}.`
        : '',
    after: [KEY.settleName(oktaGroupId), KEY.superAdmin],
    verify: `System Log: application.provision.group_push.push_memberships (or .updated) with outcome SUCCESS for ${name}. ${isTeam ? TEAM_IS_THERE : 'Store: the group has the name and the members that Okta sends; where somebody stays whom it does not send, ask Optimizely Support.'}`,
    effects: [{ kind: 'push_again', okta_group_id: oktaGroupId, activate: isInactive || isFailed }],
  });
}

/** Lets managed groups bring people who have arrived since the last push; what is not managed is left alone. */
export function pushArrivals(planning: Planning, oktaGroupIds: readonly string[]): void {
  for (const id of [...new Set(oktaGroupIds)].sort(byCodeUnit)) {
    const decision = planning.decisions.okta.get(id);
    if (decision?.group.has_mapping && decision.group.opti_group_id !== null) pushAgain(planning, id);
  }
}

/**
 * Unlinks a group whose store group is gone, pushes it as a new one and gives its access back. Null where a
 * group of that name is in the way, or where its push is not the only one.
 */
export function pushAsNew(planning: Planning, oktaGroupId: string | null): string | null {
  const { drafts, state, app } = planning;
  const decision = planning.decisions.okta.get(oktaGroupId ?? '');
  if (oktaGroupId === null || !decision) return null;
  const { group, kind } = decision;
  if (kind === 'support' || kind === 'leave-out') return nameStepOf(planning, oktaGroupId)[0] ?? null;
  const key = KEY.push(oktaGroupId);
  if (drafts.has(key)) return key;
  const name = decision.newName ?? group.name;
  if (!group.has_mapping || group.opti_group_id !== null || group.is_built_in_everyone) return null;
  if (isObstructed(planning, name, null)) return null;
  const isTwin = [...planning.decisions.okta.values()].some(
    (other) =>
      other.group.okta_group_id !== oktaGroupId &&
      drafts.has(KEY.push(other.group.okta_group_id)) &&
      foldName(other.newName ?? other.group.name) === foldName(name),
  );
  if (isTwin) return null;

  const finding = planning.findingsOf('group-missing').find(({ okta_id }) => okta_id === oktaGroupId);
  const baseline = state.drift.baseline_grants.find(
    (row) => row.okta_group_id === oktaGroupId && row.opti_group_id === null,
  );
  const { lost_opti_group_id: lostId = null, last_push: lastPush = null } = finding
    ? evidenceOf(finding, 'group-missing')
    : {};
  const known = baseline?.grants ?? leftBehind(planning, name)?.grants ?? [];
  const source = baseline ? 'the baseline' : 'the record of the group that was left behind';
  drafts.add('record', KEY.recordLost(oktaGroupId), name, {
    action: 'Record what is known of the group that is gone',
    how: [
      lostId === null ? 'Its id in Opti ID is not known.' : `It was ${lostId} in Opti ID.`,
      ...(lastPush === null ? [] : [`Its last push was on ${lastPush.slice(0, 10)}.`]),
      known.length > 0
        ? `By ${source} it granted ${grantsIn(known)}.`
        : 'No baseline says what it granted: look into the last report Opti ID User Product Roles (Usage & Billing › Admin Center) from before it was deleted, and ask the product owner.',
      'Keep this plan.',
    ].join(' '),
    verify: 'Somebody who owns the product has read it and confirms it.',
  });
  drafts.add('fix Okta', KEY.unlink(oktaGroupId), name, {
    action: 'Unlink the group',
    how: `SCIM app ${app} › Push Groups › ${name}: unlink it and choose Delete the group in the target app, although the group is gone there; an error that it is not found is expected.`,
    after: [KEY.recordLost(oktaGroupId)],
    irreversible: true,
    verify: `Push Groups does not list ${name}. System Log: application.provision.group_push.removed, or the error that the group was not found.`,
    effects: [{ kind: 'remove_push', okta_group_id: oktaGroupId }],
  });
  addPush(planning, oktaGroupId, name, {
    how: `SCIM app ${app} › Push Groups › By name › ${name}: choose Create Group, never Link Group, and save. Do not make the group by hand in the Admin Center.`,
    after: [KEY.settleName(oktaGroupId), ...removalsOf(planning, name)],
  });
  if (known.length > 0) {
    addAccessOfPushed(planning, [oktaGroupId, ''], name, known, {
      source,
    });
  } else {
    drafts.add('give access back', KEY.giveBack(oktaGroupId, ''), name, {
      action: 'Say what the pushed group grants',
      who: 'product owner',
      how: `A new group grants nothing, and no baseline says what the old one granted. Name the product instances and a role on each; an Opti ID admin assigns them (${GROUP_ACCESS} › ${name}).`,
      after: [key],
      verify: 'The group grants what the product owner has named.',
      proof: 'decision',
    });
  }
  return key;
}

/** The record of a group of the name that an earlier push left, and that the plan has removed first. */
function leftBehind(
  { optiGroupsNow, drafts, groupRecords }: Planning,
  name: string,
): GroupRecord | undefined {
  return (optiGroupsNow.get(foldName(name)) ?? [])
    .flatMap(({ opti_group_id: id }) =>
      drafts.has(KEY.removeOrphan(id)) ? (groupRecords.get(id) ?? []) : [],
    )
    .at(0);
}

/** Steps that take a store group of the name away. */
function removalsOf(planning: Planning, name: string): string[] {
  return (planning.optiGroupsNow.get(foldName(name)) ?? []).flatMap(({ opti_group_id }) => [
    KEY.deleteGroup(opti_group_id),
    KEY.removeOrphan(opti_group_id),
  ]);
}
