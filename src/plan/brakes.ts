import type { Brake, BrakeLimits } from '../domain/plan.ts';
import { KEY, type Planning } from './planning.ts';

/**
 * The limits that a plan goes beyond; reaching one is not going beyond. Counted are the groups deleted in
 * favour of pushed ones; of the memberships of these groups, those that no pushed group and no group for
 * collaborators brings back; and the people who have no way left to some instance, for good. What comes back
 * when access is given back, and suspended people and second accounts that the plan deletes, do not count.
 * After the cutover the groups that are pushed again count too: whoever Okta does not send falls out of them.
 */
export function findBrakes(planning: Planning, limits: BrakeLimits): Brake[] {
  const { groupRecords, outsideScim, state, drafts } = planning;
  const deleted = [...groupRecords.values()].filter(({ opti_group_id }) =>
    drafts.has(KEY.deleteGroup(opti_group_id)),
  );
  const pushedAgain = state.drift.managed_groups.filter(({ okta_group_id }) =>
    drafts.has(KEY.pushAgain(okta_group_id)),
  );
  let memberships = 0;
  let dropped = 0;
  for (const { opti_group_id, members } of deleted) {
    const moved = drafts.has(KEY.move(opti_group_id)) ? outsideScim.get(opti_group_id) : undefined;
    memberships += members.length;
    dropped += members.filter(
      ({ comes_back, opti_user_id }) => !comes_back && !moved?.has(opti_user_id),
    ).length;
  }
  for (const { members, unexpected } of pushedAgain) {
    memberships += members;
    dropped += unexpected;
  }
  const percent = Math.floor((dropped * 1000) / memberships) / 10;

  const sent = new Set(pushedAgain.map(({ opti_group_id }) => opti_group_id));
  const isGone = (id: string) =>
    drafts.has(KEY.deleteGroup(id)) || drafts.has(KEY.removeOrphan(id)) || sent.has(id);
  const cutOff = state.last_paths.filter(
    ({ opti_user_id, opti_group_ids, comes_back, signs_in_without_sso }) =>
      opti_group_ids.every(isGone) &&
      !comes_back &&
      !(signs_in_without_sso && opti_group_ids.some((id) => drafts.has(KEY.move(id)))) &&
      !drafts.has(KEY.deleteUser(opti_user_id)),
  );
  const people = new Set(cutOff.map(({ opti_user_id }) => opti_user_id)).size;

  const { maxDeletes, maxMembershipLossPercent, maxLastPaths } = limits;
  const brakes: (Brake & { isBeyond: boolean })[] = [
    {
      brake: 'deletes',
      limit: maxDeletes,
      actual: deleted.length,
      sentence: `This plan deletes ${deleted.length} groups in Opti ID; the limit is ${maxDeletes} (AUDIT_MAX_DELETES).`,
      isBeyond: deleted.length > maxDeletes,
    },
    {
      brake: 'membership-loss',
      limit: maxMembershipLossPercent,
      actual: percent,
      sentence: `This plan drops ${dropped} of the ${memberships} memberships of the groups that it ${planning.job === 'drift' ? 'deletes or pushes again' : 'deletes'} (${percent} %); the limit is ${maxMembershipLossPercent} % (AUDIT_MAX_MEMBERSHIP_LOSS_PERCENT).`,
      // Whole numbers on both sides: no rounding decides.
      isBeyond: dropped * 100 > maxMembershipLossPercent * memberships,
    },
    {
      brake: 'last-paths',
      limit: maxLastPaths,
      actual: people,
      sentence: `This plan takes the last way to some product instance from ${people} people for good; the limit is ${maxLastPaths} (AUDIT_MAX_LAST_PATHS).`,
      isBeyond: people > maxLastPaths,
    },
  ];
  return brakes.filter(({ isBeyond }) => isBeyond).map(({ isBeyond: _, ...brake }) => brake);
}
