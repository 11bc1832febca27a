import type { Brake, BrakeLimits } from '../domain/plan.ts';
import { membersOutsideScim } from './outside-scim.ts';
import { KEY, type Planning } from './planning.ts';

/**
 * The limits that a plan goes beyond; reaching one is not going beyond. Counted are the groups deleted in
 * favour of pushed ones; of the memberships of these groups, those that no pushed group and no group for
 * collaborators brings back; and the people who have no way left to some instance, for good. What comes back
 * when access is given back, and suspended people and second accounts that the plan deletes, do not count.
 * After the cutover the groups that are pushed again count too: whoever Okta does not send falls out of them.
 */
export function findBrakes(planning: Planning, limits: BrakeLimits): Brake[] {
  const { groupRecords, state, drafts } = planning;
  const brakes: Brake[] = [];
  const deleted = [...groupRecords.keys()].filter((id) => drafts.has(KEY.deleteGroup(id)));
  const deletes = deleted.length;
  if (deletes > limits.maxDeletes) {
    brakes.push({
      brake: 'deletes',
      limit: limits.maxDeletes,
      actual: deletes,
      sentence: `This plan deletes ${deletes} groups in Opti ID; the limit is ${limits.maxDeletes} (AUDIT_MAX_DELETES).`,
    });
  }

  let memberships = 0;
  let dropped = 0;
  for (const optiGroupId of deleted) {
    const record = groupRecords.get(optiGroupId);
    if (!record) continue;
    const moved = drafts.has(KEY.move(optiGroupId))
      ? new Set(membersOutsideScim(record).map(({ opti_user_id }) => opti_user_id))
      : new Set();
    memberships += record.members.length;
    dropped += record.members.filter(
      ({ comes_back, opti_user_id }) => !comes_back && !moved.has(opti_user_id),
    ).length;
  }
  const pushedAgain = state.drift.managed_groups.filter(({ okta_group_id }) =>
    drafts.has(KEY.pushAgain(okta_group_id)),
  );
  for (const { members, unexpected } of pushedAgain) {
    memberships += members;
    dropped += unexpected;
  }
  // Whole numbers on both sides: no rounding decides whether a brake speaks.
  if (dropped * 100 > limits.maxMembershipLossPercent * memberships) {
    const percent = Math.floor((dropped * 1000) / memberships) / 10;
    brakes.push({
      brake: 'membership-loss',
      limit: limits.maxMembershipLossPercent,
      actual: percent,
      sentence: `This plan drops ${dropped} of the ${memberships} memberships of the groups that it ${planning.job === 'drift' ? 'deletes or pushes again' : 'deletes'} (${percent} %); the limit is ${limits.maxMembershipLossPercent} % (AUDIT_MAX_MEMBERSHIP_LOSS_PERCENT).`,
    });
  }

  const sent = new Set(pushedAgain.map(({ opti_group_id }) => opti_group_id));
  const gone = (optiGroupId: string) =>
    drafts.has(KEY.deleteGroup(optiGroupId)) ||
    drafts.has(KEY.removeOrphan(optiGroupId)) ||
    sent.has(optiGroupId);
  const people = new Set(
    state.last_paths
      .filter(
        ({ opti_user_id, opti_group_ids, comes_back, signs_in_without_sso }) =>
          opti_group_ids.every(gone) &&
          !comes_back &&
          !(signs_in_without_sso && opti_group_ids.some((id) => drafts.has(KEY.move(id)))) &&
          !drafts.has(KEY.deleteUser(opti_user_id)),
      )
      .map(({ opti_user_id }) => opti_user_id),
  );
  if (people.size > limits.maxLastPaths) {
    brakes.push({
      brake: 'last-paths',
      limit: limits.maxLastPaths,
      actual: people.size,
      sentence: `This plan takes the last way to some product instance from ${people.size} people for good; the limit is ${limits.maxLastPaths} (AUDIT_MAX_LAST_PATHS).`,
    });
  }
  return brakes;
}
