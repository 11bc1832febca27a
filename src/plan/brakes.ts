import type { Brake, BrakeLimits, DriftState, WorkPlan } from '../domain/plan.ts';
import { counted } from './drafts.ts';
import { KEY } from './keys.ts';
import type { Planning } from './planning.ts';

/** Whose access is away until a pushed group gives it back, and who loses some for good when all is done. */
export function countLosses(planning: Planning): WorkPlan['losses'] {
  const { lost_access } = planning.state;
  const users = (rows: readonly { opti_user_id: string }[]) =>
    new Set(rows.map(({ opti_user_id }) => opti_user_id)).size;
  // Before the cutover the rows of access.csv; after it nothing is replaced, and pushes take people out.
  return planning.job === 'precutover'
    ? {
        interrupted: users(lost_access.filter(({ comes_back }) => comes_back)),
        for_good: users(lost_access.filter(({ comes_back }) => !comes_back)),
      }
    : { interrupted: 0, for_good: users(cutOff(planning)) };
}

/** After the cutover: whom the plan's steps leave no way to some instance. */
function cutOff({ state, drafts }: Planning): DriftState['last_paths'] {
  const sent = new Set(
    state.drift.managed_groups.flatMap(({ okta_group_id, opti_group_id }) =>
      drafts.has(KEY.pushAgain(okta_group_id)) ? [opti_group_id] : [],
    ),
  );
  const isGone = (id: string) =>
    drafts.has(KEY.deleteGroup(id)) || drafts.has(KEY.removeOrphan(id)) || sent.has(id);
  return state.drift.last_paths.filter(
    ({ opti_user_id, opti_group_ids, comes_back, signs_in_without_sso }) =>
      opti_group_ids.every(isGone) &&
      !comes_back &&
      !(signs_in_without_sso && opti_group_ids.some((id) => drafts.has(KEY.move(id)))) &&
      !drafts.has(KEY.deleteUser(opti_user_id)),
  );
}

/**
 * The limits that a plan goes beyond; reaching one is not going beyond. Counted are the groups deleted in
 * favour of pushed ones and the users deleted; of the memberships of these groups, those that no pushed group and no group for
 * collaborators brings back; and the people who lose access for good. What comes back when access is given back does not
 * count. Steps that wait for a decision count: who decides must know.
 * After the cutover the groups that are pushed again count too: whoever Okta does not send falls out of them.
 */
export function findBrakes(planning: Planning, losses: WorkPlan['losses'], limits: BrakeLimits): Brake[] {
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

  const people = losses.for_good;
  const users = new Set(
    drafts
      .ordered()
      .flatMap(({ effects = [] }) => effects)
      .flatMap((effect) => (effect.kind === 'delete_opti_user' ? [effect.opti_user_id] : [])),
  ).size;
  const deletions = deleted.length + users;
  const what = [
    ...(deleted.length > 0 ? [counted(deleted.length, 'group')] : []),
    ...(users > 0 ? [counted(users, 'user')] : []),
  ].join(' and ');

  const { maxDeletes, maxMembershipLossPercent, maxLastPaths } = limits;
  const brakes: (Brake & { isBeyond: boolean })[] = [
    {
      brake: 'deletes',
      limit: maxDeletes,
      actual: deletions,
      sentence: `This plan deletes ${what} in Opti ID; the limit is ${maxDeletes} (AUDIT_MAX_DELETES).`,
      isBeyond: deletions > maxDeletes,
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
      sentence: `${counted(people, 'person', 'people')} ${people === 1 ? 'loses' : 'lose'} access for good when the whole plan is done; the limit is ${maxLastPaths} (AUDIT_MAX_LAST_PATHS).`,
      isBeyond: people > maxLastPaths,
    },
  ];
  return brakes.filter(({ isBeyond }) => isBeyond).map(({ isBeyond: _, ...brake }) => brake);
}
