import { byCodeUnit, type Finding } from '../../domain/finding.ts';
import type { PlanState } from '../../domain/plan.ts';
import { approveGroup } from '../cutover.ts';
import { KEY } from '../keys.ts';
import { claim, decide, groupBy, nameStepOf, type Planning, type Remedy, settledBy } from '../planning.ts';

/**
 * Who loses a role with a group gets it back where the pushed group brings it or a group of their own does;
 * everybody else is the product owner's to decide, wholly: half an answer settles nothing.
 */
const accessLost: Remedy = (planning, findings) => {
  const rowsOf = groupBy(planning.state.lost_access, ({ opti_user_id }) => opti_user_id);
  const open = claim(planning, findings, ({ opti_id, okta_id }) => {
    if (planning.drafts.has(KEY.deleteUser(opti_id ?? ''))) return [KEY.deleteUser(opti_id ?? '')];
    const settled: string[] = [];
    const undecided: string[] = [];
    for (const { opti_group_id, comes_back } of rowsOf.get(opti_id ?? '') ?? []) {
      const keys = waysBack(planning, opti_group_id, opti_id, okta_id, comes_back);
      if (keys.length > 0) settled.push(...keys);
      else if (planning.decisions.deletes.has(opti_group_id))
        undecided.push(approveGroup(planning, opti_group_id));
    }
    return undecided.length > 0 ? undecided : settled;
  });
  decide(planning, open, {
    key: KEY.decide(findings[0]?.rule ?? ''),
    who: 'product owner',
    action: 'Decide who keeps the access',
    how: 'Read access.csv: put each person into the Okta group and assign them, give them the access through another group, or let it go in writing.',
  });
};

/** The steps through which somebody keeps or gets back what a taken group gives. */
function waysBack(
  planning: Planning,
  optiGroupId: string,
  optiUserId: string | null,
  oktaUserId: string | null,
  comesBack: boolean,
): string[] {
  const { drafts, decisions } = planning;
  const takers = planning.takersOf.get(optiGroupId) ?? [];
  if (!decisions.deletes.has(optiGroupId)) {
    return takers.flatMap((oktaGroupId) => nameStepOf(planning, oktaGroupId));
  }
  const hasOwnDoor = planning.outsideScim.get(optiGroupId)?.has(optiUserId ?? '');
  if (hasOwnDoor && drafts.has(KEY.move(optiGroupId))) return [KEY.move(optiGroupId)];
  if (!comesBack || (oktaUserId !== null && planning.heldBack.has(oktaUserId))) return [];
  return takers.map((oktaGroupId) => KEY.giveBack(oktaGroupId, optiGroupId)).filter((key) => drafts.has(key));
}

/** After the cutover: makes sure that one stays where the plan itself would take the last, found or waived. */
export function keepSuperAdmin(planning: Planning): void {
  const { drafts, state, leaving } = planning;
  const stays = state.super_admins.filter((admin) => admin.stays);
  const survives = stays.some(
    ({ opti_user_id, through_group_that_stays }) => through_group_that_stays && !leaving.has(opti_user_id),
  );
  if (stays.length > 0 && !survives && !drafts.has(KEY.superAdmin)) secureSuperAdmin(planning, []);
}

/** Whether Okta manages an administrator when the plan is done: local login would make that a finding of its own. */
function isInOkta(planning: Planning, admin: PlanState['super_admins'][number]): boolean {
  const id = admin.okta_user_id ?? '';
  // Before SCIM is on, people with local login are taken out of the assignment.
  const isTakenOut = planning.job === 'precutover' && planning.heldBack.has(id) && admin.signs_in_without_sso;
  return (admin.is_assigned && !isTakenOut) || planning.toAssign.has(id);
}

/** Makes sure that a Super Admin stays, best one who gets in without SSO: one step for the two rules. */
function secureSuperAdmin(planning: Planning, findings: readonly Finding[]): void {
  const { drafts, state } = planning;
  const [admin] = state.super_admins
    .filter(
      ({ opti_user_id, is_shut_out }) =>
        !is_shut_out && !drafts.has(KEY.deleteUser(opti_user_id)) && !planning.leaving.has(opti_user_id),
    )
    .sort(
      (a, b) =>
        Number(isInOkta(planning, a)) - Number(isInOkta(planning, b)) ||
        Number(b.signs_in_without_sso) - Number(a.signs_in_without_sso) ||
        Number(b.through_group_that_stays) - Number(a.through_group_that_stays) ||
        byCodeUnit(a.email, b.email) ||
        byCodeUnit(a.opti_user_id, b.opti_user_id),
    );
  if (!admin) {
    drafts.addOnce('protect', KEY.superAdmin, state.organization.name, {
      who: 'Optimizely Support',
      action: 'Make a Super Admin',
      how: 'Nobody who will stay holds Super Admin today, and only Optimizely Support can give it. Please give it to an account that we name, with local login. Nothing is deleted before that account has signed in.',
      verify: 'The named account signs in with local login and sees the Admin Center.',
      proof: 'support',
    });
    drafts.resolve(KEY.superAdmin, findings);
    return;
  }
  const group = `Opti ID Admin Center › Group Access: make the custom group "${BREAK_GLASS}", give it Super Admin on the Admin Center, and put the account into it.`;
  const login =
    'Opti ID Admin Center › Settings › Authentication › SSO: switch selective local login on, then Local Login for this account. Sign in with it from a clean browser, and keep its credentials sealed.';
  const isOkta = isInOkta(planning, admin);
  if (isOkta && findings.some(({ rule }) => rule === 'break-glass-admin-missing')) {
    decide(planning, findings, {
      phase: 'protect',
      action: 'Make a Super Admin who gets in without SSO',
      how: `Okta manages every Super Admin, so nobody gets in where SCIM or SSO breaks. Invite a named account that is not assigned to the SCIM app. ${group} ${login}`,
    });
    return;
  }
  const isStaying = admin.through_group_that_stays;
  drafts.addOnce('protect', KEY.superAdmin, admin.email, {
    action: isOkta ? 'Keep a Super Admin' : 'Secure a Super Admin who gets in without SSO',
    how: `One named account stays Super Admin whatever happens to SCIM and SSO; the plan proposes ${admin.email}${isOkta ? ', whom Okta manages, to begin with' : ''}.${isStaying ? '' : ` ${group}`} ${isOkta ? `Sign in with it. Then make another one that Okta does not manage, with local login: nobody else gets in where SCIM or SSO breaks.` : login}`,
    verify: `The account has signed in${isOkta ? '' : ' with local login'} and sees the Admin Center.`,
    effects: [
      ...(isStaying
        ? []
        : [
            {
              kind: 'create_opti_group' as const,
              opti_group_id: 'predicted:super-admins',
              name: BREAK_GLASS,
              opti_user_ids: [admin.opti_user_id],
              grants: [admin.grant],
            },
          ]),
      ...(isOkta || admin.signs_in_without_sso
        ? []
        : [{ kind: 'set_local_login' as const, opti_user_id: admin.opti_user_id }]),
    ],
  });
  drafts.resolve(KEY.superAdmin, findings);
}

const BREAK_GLASS = 'Super Admins (break-glass)';

/** The step that ends the access of a group that was left behind. */
function orphanKey({ job }: Planning, optiGroupId: string): string {
  return job === 'drift' ? KEY.strip(optiGroupId) : KEY.removeOrphan(optiGroupId);
}

/** Remedies for the rules on access. */
export const ACCESS_REMEDIES = {
  'access-interrupted': accessLost,
  'access-lost-with-group': accessLost,
  'admin-role-on-taken-group': settledBy(
    ({ okta_id, opti_id }, planning) =>
      planning.decisions.deletes.has(opti_id ?? '')
        ? [KEY.deleteGroup(opti_id ?? '')]
        : nameStepOf(planning, okta_id),
    {
      action: 'Decide who administers when the group is gone',
      how: 'The group grants roles in the Admin Center. Before anything is done to it, a second Super Admin who does not depend on it must be signed in.',
    },
  ),
  'break-glass-admin-missing': secureSuperAdmin,
  'last-super-admin-at-risk': secureSuperAdmin,
  'orphan-keeps-access': (planning, findings) => {
    const orphansOf = groupBy(
      [...planning.groupRecords.values()]
        .filter(({ opti_group_id }) => planning.drafts.has(orphanKey(planning, opti_group_id)))
        .flatMap(({ opti_group_id, members }) =>
          members.map(({ opti_user_id }) => ({ opti_group_id, opti_user_id })),
        ),
      ({ opti_user_id }) => opti_user_id,
      ({ opti_group_id }) => orphanKey(planning, opti_group_id),
    );
    const open = claim(planning, findings, ({ opti_id }) => orphansOf.get(opti_id ?? '') ?? []);
    decide(planning, open, {
      action: 'Take the access of groups that were left behind',
      how: 'Take the product instances away from the groups in the Admin Center, if it lets you, and ask Optimizely Support to remove them.',
      proof: 'support',
    });
  },
} as const satisfies Readonly<Record<string, Remedy>>;
