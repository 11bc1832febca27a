import { byCodeUnit, type Finding } from '../../domain/finding.ts';
import { GROUP_ACCESS, recordGroup } from '../cutover.ts';
import { counted, emailsOf, grantsIn, namesOf } from '../drafts.ts';
import { evidenceOf } from '../evidence.ts';
import type { OktaGroupDecision } from '../group-decisions.ts';
import { KEY } from '../keys.ts';
import { moveOutsideScim } from '../outside-scim.ts';
import {
  decide,
  groupBy,
  oktaIdsOf,
  type Planning,
  pushedGroupId,
  type Remedy,
  settledBy,
  split,
  undecided,
} from '../planning.ts';
import { isObstructed, pushAgain, pushArrivals, pushAsNew } from '../push-again.ts';

/**
 * Custom groups with a pushed group's name: what they grant goes to the pushed group, then they go. Nothing
 * is done by itself to one that makes administrators, that Opti ID keeps, or that a push is linked to.
 */
export function addHandMadeDeletions(planning: Planning): void {
  const { drafts, state } = planning;
  const linked = new Set(state.okta_groups.map(({ opti_group_id }) => opti_group_id));
  const byGroup = groupBy(planning.findingsOf('group-recreated-by-hand'), ({ opti_id }) => opti_id ?? '');
  for (const [optiGroupId, findings] of byGroup) {
    const record = planning.groupRecords.get(optiGroupId);
    const takers = findings.flatMap(({ okta_id }) => planning.decisions.okta.get(okta_id ?? '') ?? []);
    if (
      record?.group_type !== 'custom' ||
      linked.has(optiGroupId) ||
      planning.optiGroups.get(optiGroupId)?.is_reserved === true ||
      record.grants.some(({ is_admin_center_role }) => is_admin_center_role) ||
      takers.length !== findings.length ||
      takers.some(({ kind, group }) => kind === 'support' || kind === 'leave-out' || !group.has_mapping) ||
      !canReplace(planning, optiGroupId, takers)
    ) {
      continue;
    }
    recordGroup(planning, optiGroupId);
    const leaving = record.members.filter(
      ({ comes_back, is_collaborator, local_login }) => !comes_back && !is_collaborator && !local_login,
    );
    if (leaving.length > 0 || record.grants.length > 0) {
      drafts.add('record', KEY.approve(optiGroupId), record.name, {
        action: 'Say who keeps what the group made by hand gives',
        who: 'product owner',
        how: `${
          leaving.length === 0
            ? 'Everybody in it whom Okta manages is in the pushed group as well.'
            : `${emailsOf(leaving)} ${leaving.length === 1 ? 'is' : 'are'} not in the pushed group: put those who should keep the access into the Okta group, and let it go in writing for the rest.`
        }${record.grants.length > 0 ? ` Everybody in the pushed group gets ${grantsIn(record.grants)}: say which of it they should not.` : ''}`,
        after: [KEY.record(optiGroupId)],
        verify: 'The answer is in writing, person by person.',
        proof: 'decision',
      });
    }
    moveOutsideScim(planning, optiGroupId);
    if (record.grants.length > 0) {
      for (const { group, newName } of takers) {
        const { okta_group_id: id, opti_group_id: current } = group;
        const name = newName ?? group.name;
        drafts.add(current === null ? 'give access back' : 'protect', KEY.giveBack(id, optiGroupId), name, {
          action: 'Give the pushed group what the one made by hand grants',
          who: 'Opti ID admin',
          how: `${GROUP_ACCESS} › ${name} (the managed one): add what it does not have yet of ${grantsIn(record.grants)}.`,
          requires: 'The product owner has agreed that everybody in the pushed group may have it.',
          after: [KEY.record(optiGroupId), KEY.approve(optiGroupId)],
          verify: 'Store: the managed group grants all of it.',
          effects: [{ kind: 'grant', opti_group_id: current ?? pushedGroupId(id), grants: record.grants }],
        });
      }
    }
    drafts.add('delete in Opti ID', KEY.deleteGroup(optiGroupId), record.name, {
      action: 'Delete the group made by hand',
      how: `${GROUP_ACCESS} › ${record.name} (${optiGroupId}, the custom one) › Delete. Never the one that Okta manages: delete that from Okta alone.`,
      requires: 'It is recorded, and whoever should keep its access has it through another group.',
      after: [
        KEY.approve(optiGroupId),
        KEY.move(optiGroupId),
        ...takers
          .filter(({ group }) => group.opti_group_id !== null)
          .map(({ group }) => KEY.giveBack(group.okta_group_id, optiGroupId)),
      ],
      irreversible: true,
      verify: `The store has no group ${optiGroupId}; the managed group is there with its members.`,
      effects: [{ kind: 'delete_opti_group', opti_group_id: optiGroupId }],
    });
    drafts.resolve(KEY.deleteGroup(optiGroupId), findings);
    for (const { group } of takers) {
      if (group.opti_group_id === null) pushAsNew(planning, group.okta_group_id);
    }
  }
}

/** Whether what a group grants has somewhere to go: a group that a push made, or will once this one is gone. */
function canReplace(planning: Planning, optiGroupId: string, takers: readonly OktaGroupDecision[]): boolean {
  const fresh = takers.filter(({ group }) => group.opti_group_id === null);
  const isMissing = (oktaGroupId: string) => planning.hasFound('group-missing', oktaGroupId);
  return (
    fresh.length <= 1 &&
    fresh.every(
      ({ group, newName }) =>
        isMissing(group.okta_group_id) &&
        !group.is_built_in_everyone &&
        !isObstructed(planning, newName ?? group.name, optiGroupId),
    )
  );
}

const PUSH_WAITS =
  'Settle the link or the name of the group first: something else in Opti ID has its name, or a push is linked to what it did not make. Then choose Push now. Where the push made no group any more, unlink it with Delete the group in the target app and push it again.';

/** Names, members and states that Okta sends again for a group. */
function byPushing(
  action: string,
  keyOf: (planning: Planning, oktaGroupId: string | null) => string | null = pushAgain,
): Remedy {
  return settledBy(({ okta_id }, planning) => [keyOf(planning, okta_id)], { action, how: PUSH_WAITS });
}

/** The same for a membership's group. */
function byPushingTheGroup(action: string): Remedy {
  return settledBy(
    (finding, planning) => [
      pushAgain(planning, evidenceOf(finding, 'member-missing', 'member-unexpected').okta_group_id),
    ],
    { action, how: PUSH_WAITS },
  );
}

const missingMember = byPushingTheGroup('Decide how these members arrive');

const collaboratorsInManaged: Remedy = (planning, findings) => {
  const { drafts } = planning;
  const of = (finding: Finding) => evidenceOf(finding, 'collaborator-in-managed-group');
  const byGroup = groupBy(findings, (finding) => of(finding).opti_group_id);
  const open: Finding[] = [];
  for (const [optiGroupId, members] of byGroup) {
    const ids = new Set(members.flatMap(({ opti_id }) => opti_id ?? []));
    const move = moveOutsideScim(planning, optiGroupId, ids);
    if (move === null) {
      open.push(...members);
      continue;
    }
    const inOkta = members.filter(({ okta_id }) => okta_id !== null);
    const takeOut = [...groupBy(inOkta, (finding) => of(finding).okta_group_id)].map(([id, findings]) =>
      drafts.add('fix Okta', KEY.takeOut(id, optiGroupId), namesOf(findings), {
        action: 'Take collaborators out of the Okta group',
        how: 'Okta Admin Console › Directory › Groups: take them out of the group if they are in it, and off the rule that puts them there. SCIM does not manage them.',
        after: [move],
        verify: 'The Okta group does not list them.',
        effects: [{ kind: 'remove_okta_members', okta_group_id: id, okta_user_ids: oktaIdsOf(findings) }],
      }),
    );
    const name = planning.groupRecords.get(optiGroupId)?.name ?? optiGroupId;
    const oktaGroups = members.map((finding) => of(finding).okta_group_id);
    pushArrivals(planning, oktaGroups);
    drafts.add('push', KEY.collaboratorsOut(optiGroupId), members, {
      action: 'Take collaborators out of the managed group',
      who: 'Optimizely Support',
      how: `Collaborators that SCIM does not manage are in ${name}, which Okta manages: nobody may edit its members in the Admin Center. Whoever is still in it after the next push is to be taken out.`,
      requires: 'They have the same access through a custom group.',
      after: [move, ...takeOut, ...oktaGroups.map(KEY.pushAgain), KEY.superAdmin],
      verify: 'The managed group has nobody whom SCIM does not manage; they still reach what they reached.',
      proof: 'support',
      effects: [
        { kind: 'remove_members', opti_group_id: optiGroupId, opti_user_ids: [...ids].sort(byCodeUnit) },
      ],
    });
  }
  decide(planning, open, {
    action: 'Decide where collaborators belong',
    how: 'Put them into a custom group with the same instances and roles, made for collaborators; then take them out of the Okta group, or ask Optimizely Support to take them out of the managed one. Do not edit its members in the Admin Center.',
  });
};

const accessLost = settledBy(
  ({ okta_id, opti_id, subject }, { drafts, state }) => {
    const lost = state.drift.baseline_grants.find(
      (row) => row.okta_group_id === okta_id && row.opti_group_id === opti_id && opti_id !== null,
    );
    if (!lost || okta_id === null || opti_id === null) return [];
    const { grants } = lost;
    return [
      drafts.addOnce('give access back', KEY.giveBack(okta_id, opti_id), subject, {
        action: 'Give the group back what it granted in the baseline',
        how: `${GROUP_ACCESS} › ${subject}: add ${grantsIn(grants)}.`,
        requires: 'The product owner has not taken it away on purpose: then take a new baseline instead.',
        verify: `Store: the group grants it (${counted(grants.length, 'role')}).`,
        effects: [{ kind: 'grant', opti_group_id: opti_id, grants }],
      }),
    ];
  },
  {
    phase: 'give access back',
    action: 'Give groups back what they granted in the baseline',
    how: `${GROUP_ACCESS}: give each group the instances and roles that its finding lists, or confirm with the product owner that it should not have them and take a new baseline.`,
  },
);

/** Remedies for the rules of the nightly audit on groups, their members and their access. */
export const DRIFT_GROUP_REMEDIES = {
  'group-name-drifted': byPushing('Decide which name is right'),
  'group-missing': byPushing('Clear the way for a push', pushAsNew),
  'group-push-inactive': byPushing('Decide whether the group is pushed'),
  'group-push-stale': byPushing('Push the groups now'),
  'group-recreated-by-hand': settledBy(
    ({ okta_id, opti_id }, { drafts }) =>
      drafts.has(KEY.deleteGroup(opti_id ?? ''))
        ? [KEY.deleteGroup(opti_id ?? '')]
        : [KEY.askSupport(okta_id ?? ''), KEY.settleName(okta_id ?? '')],
    {
      action: 'Decide what becomes of groups made by hand',
      how: 'These make administrators, are kept by Opti ID, are linked to a push, or have no pushed group next to them yet: read the fix of each finding, and delete nothing before a second Super Admin is signed in.',
    },
  ),
  'member-missing': (planning, findings) => {
    const [held, free] = split(findings, ({ okta_id }) => planning.heldBack.has(okta_id ?? ''));
    missingMember(planning, free);
    decide(planning, held, {
      key: KEY.decide('held member-missing'),
      action: 'Decide who is who before they are provisioned',
      how: 'Opti ID has more than one account that may be theirs. Settle that, provision them, then push their groups again.',
    });
  },
  'member-unexpected': byPushingTheGroup('Decide who belongs into the group'),
  'collaborator-in-managed-group': collaboratorsInManaged,
  'group-access-lost': accessLost,
  'managed-group-without-access': settledBy(
    ({ okta_id, opti_id }, planning) =>
      [
        opti_id,
        ...planning
          .findingsOf('group-recreated-by-hand')
          .flatMap((other) => (other.okta_id === okta_id ? other.opti_id : [])),
      ].map((id) => KEY.giveBack(okta_id ?? '', id ?? '')),
    {
      phase: 'give access back',
      who: 'product owner',
      action: 'Say what the groups grant',
      how: `Name the product instances that each group should reach and a role on each; an Opti ID admin assigns them (${GROUP_ACCESS}). A group that needs none is unlinked with Delete the group in the target app.`,
    },
  ),
  'grant-no-longer-possible': undecided({
    phase: 'give access back',
    who: 'product owner',
    action: 'Say what takes the place of access that is gone',
    how: `The instance or the role does not exist any more: say what replaces it, and an Opti ID admin gives the group that (${GROUP_ACCESS}); if nothing does, take a new baseline.`,
  }),
} as const satisfies Readonly<Record<string, Remedy>>;
