import { byCodeUnit, type Finding } from '../../domain/finding.ts';
import { approveGroup } from '../cutover.ts';
import {
  claim,
  decide,
  groupBy,
  KEY,
  nameStepOf,
  type Planning,
  type Remedy,
  settledBy,
} from '../planning.ts';

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
    key: `decide ${findings[0]?.rule}`,
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

/** Makes sure that a Super Admin stays who gets in without SSO: one step for the two rules. */
function secureSuperAdmin(planning: Planning, findings: readonly Finding[]): void {
  const { drafts, state } = planning;
  const [admin] = state.super_admins
    .filter(
      ({ opti_user_id, is_shut_out }) =>
        !is_shut_out && !drafts.has(KEY.deleteUser(opti_user_id)) && !planning.leaving.has(opti_user_id),
    )
    .sort(
      (a, b) =>
        Number(b.signs_in_without_sso) - Number(a.signs_in_without_sso) ||
        Number(b.is_assigned) - Number(a.is_assigned) ||
        Number(b.through_group_that_stays) - Number(a.through_group_that_stays) ||
        byCodeUnit(a.email, b.email) ||
        byCodeUnit(a.opti_user_id, b.opti_user_id),
    );
  if (!admin) {
    drafts.addOnce('protect', KEY.superAdmin, state.organization.name, {
      who: 'Optimizely Support',
      action: 'Make a Super Admin',
      how: 'Nobody who could stay holds Super Admin today: only Optimizely Support can give it to a named account. Delete nothing before that account has signed in.',
      verify: 'The named account signs in with local login and sees the Admin Center.',
      proof: 'support',
    });
  } else {
    const groups = admin.through_group_that_stays
      ? []
      : [
          {
            kind: 'create_opti_group' as const,
            opti_group_id: 'predicted:super-admins',
            name: 'Super Admins (break-glass)',
            opti_user_ids: [admin.opti_user_id],
            grants: [admin.grant],
          },
        ];
    const logins = admin.signs_in_without_sso
      ? []
      : [{ kind: 'set_local_login' as const, opti_user_id: admin.opti_user_id }];
    drafts.addOnce('protect', KEY.superAdmin, admin.email, {
      action: 'Secure a Super Admin who gets in without SSO',
      how: `One named account stays Super Admin whatever happens to SCIM and SSO; the plan proposes ${admin.email}, better is one that Okta does not manage: the nightly audit names people with local login who are in a pushed group.${groups.length > 0 ? ' Opti ID Admin Center › Group Access: make the custom group "Super Admins (break-glass)", give it Super Admin on the Admin Center, and put the account into it.' : ''} Opti ID Admin Center › Settings › Authentication › SSO: switch selective local login on, then Local Login for this account. Sign in with it from a clean browser, and keep its credentials sealed.`,
      verify: 'The account has signed in with local login and sees the Admin Center.',
      effects: [...groups, ...logins],
    });
  }
  drafts.resolve(KEY.superAdmin, findings);
}

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
