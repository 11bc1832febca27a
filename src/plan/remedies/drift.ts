import { byCodeUnit, type Finding } from '../../domain/finding.ts';
import { ACTIVE_USER_STATUSES } from '../../domain/okta.ts';
import type { PlanGrant, UserRecord } from '../../domain/plan.ts';
import { ownDoorMembers, recordGroup } from '../cutover.ts';
import { counted, nameAll } from '../drafts.ts';
import type { OktaGroupDecision } from '../group-decisions.ts';
import {
  claim,
  decide,
  groupBy,
  idsOf,
  KEY,
  listOf,
  oktaIdsOf,
  type Planning,
  pushedGroupId,
  subjectsOf,
  textOf,
} from '../planning.ts';
import { grantsIn, isObstructed, pushAgain, pushAnew, pushArrivals } from '../push-again.ts';
import type { Remedy } from './remedy.ts';

const PEOPLE = 'people';
const GROUP_ACCESS = 'Opti ID Admin Center › Group Access';

function isActiveInOkta(finding: Finding): boolean {
  return (ACTIVE_USER_STATUSES as readonly string[]).includes(textOf(finding, 'okta_status') ?? '');
}

/** People whom Okta sends as new or again, in an order that does not hang on the findings'. */
function sendable(planning: Planning, ids: Iterable<string>): string[] {
  return [...new Set(ids)].filter((id) => !planning.heldBack.has(id)).sort(byCodeUnit);
}

/**
 * Custom groups that bear a pushed group's name: what they grant goes to the pushed group, then they go. Nothing
 * is done by itself to one that makes administrators, that Opti ID keeps, or that a push is linked to.
 */
export function addHandMadeDeletions(planning: Planning): void {
  const { drafts, state } = planning;
  const linked = new Set(state.okta_groups.map(({ opti_group_id }) => opti_group_id));
  const byGroup = groupBy(
    planning.findingsOf('group-recreated-by-hand'),
    ({ opti_id }) => opti_id ?? '',
    (finding) => finding,
  );
  for (const [optiGroupId, findings] of byGroup) {
    const record = planning.groupRecords.get(optiGroupId);
    const takers = findings.flatMap(({ okta_id }) => planning.decisions.okta.get(okta_id ?? '') ?? []);
    if (
      record?.group_type !== 'custom' ||
      linked.has(optiGroupId) ||
      state.opti_groups.some((group) => group.opti_group_id === optiGroupId && group.is_reserved) ||
      record.grants.some(({ is_admin_center_role }) => is_admin_center_role) ||
      takers.length !== findings.length ||
      takers.some(({ kind, group }) => kind === 'support' || kind === 'leave out' || !group.has_mapping) ||
      !canReplace(planning, optiGroupId, takers)
    ) {
      continue;
    }
    recordGroup(planning, optiGroupId);
    const leaving = record.members.filter(
      ({ comes_back, is_collaborator, local_login }) => !comes_back && !is_collaborator && !local_login,
    );
    if (leaving.length > 0 || record.grants.length > 0) {
      drafts.add({
        key: KEY.approve(optiGroupId),
        phase: 'record',
        who: 'product owner',
        action: 'Say who keeps what the group made by hand gives',
        subject: record.name,
        how: `${
          leaving.length === 0
            ? 'Everybody in it whom Okta manages is in the pushed group as well.'
            : `${nameAll(
                leaving.map(({ email }) => email),
                PEOPLE,
              )} ${leaving.length === 1 ? 'is' : 'are'} not in the pushed group: put those who should keep the access into the Okta group, and let it go in writing for the rest.`
        }${record.grants.length > 0 ? ` Everybody in the pushed group gets ${grantsIn(record.grants)}: say which of it they should not.` : ''}`,
        after: [KEY.record(optiGroupId)],
        verify: 'The answer is in writing, person by person.',
        proof: 'decision',
      });
    }
    moveOwnDoors(planning, optiGroupId);
    if (record.grants.length > 0) {
      for (const { group, newName } of takers) {
        const isGone = group.opti_group_id === null;
        drafts.add({
          key: KEY.giveBack(group.okta_group_id, optiGroupId),
          phase: isGone ? 'give access back' : 'protect',
          who: 'Opti ID admin',
          action: 'Give the pushed group what the one made by hand grants',
          subject: newName ?? group.name,
          how: `${GROUP_ACCESS} › ${newName ?? group.name} (the managed one): add what it does not have yet of ${grantsIn(record.grants)}.`,
          requires: 'The product owner has agreed that everybody in the pushed group may have it.',
          after: [KEY.record(optiGroupId), KEY.approve(optiGroupId), KEY.push(group.okta_group_id)],
          verify: 'Store: the managed group grants all of it.',
          effects: [
            {
              kind: 'grant',
              opti_group_id: group.opti_group_id ?? pushedGroupId(group.okta_group_id),
              grants: record.grants,
            },
          ],
        });
      }
    }
    drafts.add({
      key: KEY.deleteGroup(optiGroupId),
      phase: 'delete in Opti ID',
      who: 'Opti ID admin',
      action: 'Delete the group made by hand',
      subject: record.name,
      how: `${GROUP_ACCESS} › ${record.name} (${optiGroupId}, the custom one) › Delete. Never the one that Okta manages: delete that from Okta alone.`,
      requires: 'It is recorded, and whoever should keep its access has it through another group.',
      after: [
        KEY.record(optiGroupId),
        KEY.approve(optiGroupId),
        KEY.move(optiGroupId),
        ...takers
          .filter(({ group }) => group.opti_group_id !== null)
          .map(({ group }) => KEY.giveBack(group.okta_group_id, optiGroupId)),
      ],
      resolves: idsOf(findings),
      irreversible: true,
      verify: `The store has no group ${optiGroupId}; the managed group is there with its members.`,
      effects: [{ kind: 'delete_opti_group', opti_group_id: optiGroupId }],
    });
    for (const { group } of takers) {
      if (group.opti_group_id === null) pushAnew(planning, group.okta_group_id);
    }
  }
}

/** Whether what a group grants has somewhere to go: a group that a push made, or will once this one is gone. */
function canReplace(planning: Planning, optiGroupId: string, takers: readonly OktaGroupDecision[]): boolean {
  const anew = takers.filter(({ group }) => group.opti_group_id === null);
  const isMissing = (oktaGroupId: string) =>
    planning.findingsOf('group-missing').some(({ okta_id }) => okta_id === oktaGroupId);
  return (
    anew.length <= 1 &&
    anew.every(
      ({ group, newName }) =>
        isMissing(group.okta_group_id) &&
        !group.is_built_in_everyone &&
        !isObstructed(planning, newName ?? group.name, optiGroupId),
    )
  );
}

/** A custom group of their own, with the same access, for people in a group whom SCIM does not manage. */
function moveOwnDoors(planning: Planning, optiGroupId: string, wanted?: ReadonlySet<string>): string | null {
  const key = KEY.move(optiGroupId);
  if (planning.drafts.has(key)) return key;
  const record = planning.groupRecords.get(optiGroupId);
  const moved = record
    ? ownDoorMembers(record).filter(({ opti_user_id }) => wanted?.has(opti_user_id) ?? true)
    : [];
  if (!record || moved.length === 0) return null;
  const name = freeName(planning, `${Array.from(record.name.trim()).slice(0, 100).join('')} (collaborators)`);
  return planning.drafts.add({
    key,
    phase: 'protect',
    who: 'Opti ID admin',
    action: 'Give collaborators a group of their own',
    subject: record.name,
    how: `${GROUP_ACCESS}: make the custom group "${name}", ${record.grants.length > 0 ? `give it ${grantsIn(record.grants)}` : 'without any access'}, and put ${nameAll(
      moved.map(({ email }) => email),
      PEOPLE,
    )} into it.`,
    after: [recordGroup(planning, optiGroupId)],
    verify: 'Each of them signs in and reaches what they reached before.',
    effects: [
      {
        kind: 'create_opti_group',
        opti_group_id: `predicted:collaborators:${optiGroupId}`,
        name,
        opti_user_ids: moved.map(({ opti_user_id }) => opti_user_id).sort(byCodeUnit),
        grants: record.grants,
      },
    ],
  });
}

function freeName(planning: Planning, base: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!isObstructed(planning, name, null)) return name;
  }
}

/**
 * Whoever is out in Okta and still in Opti ID: their access at once, then the account. Okta deletes only whom it
 * holds by an id, and sends a removal once; the rest is for Optimizely Support.
 */
export function addLeavers(planning: Planning): void {
  const { drafts, state } = planning;
  const gone = new Map(state.drift.gone_users.map((user) => [user.opti_user_id, user]));
  const doubled = new Set(
    planning.findingsOf('user-match-ambiguous').flatMap((finding) => listOf(finding, 'opti_user_ids')),
  );
  const ways = new Map<string, { finding: Finding; user: UserRecord }[]>();
  for (const finding of planning.findingsOf('deprovisioned-user-active')) {
    const user = planning.userRecords.get(finding.opti_id ?? '');
    if (!user || finding.okta_id === null || user.is_collaborator || user.local_login) continue;
    if (doubled.has(user.opti_user_id) || planning.leaving.has(user.opti_user_id)) continue;
    const isHeld = finding.evidence.matched_by === 'app user external id';
    const way =
      finding.evidence.is_assigned === true && isHeld
        ? LEAVE.unassign
        : finding.evidence.is_assigned !== true && isActiveInOkta(finding)
          ? LEAVE.again
          : LEAVE.support;
    planning.leaving.set(user.opti_user_id, way);
    ways.set(way, [...(ways.get(way) ?? []), { finding, user }]);
  }
  const leavers = [...ways.values()].flat();
  if (leavers.length === 0) return;
  const records = leavers.map(({ user }) => recordUser(planning, user));

  const inCustom = groupBy(
    leavers.flatMap(({ user }) =>
      (gone.get(user.opti_user_id)?.custom_group_ids ?? []).map((id) => ({ id, user: user.opti_user_id })),
    ),
    ({ id }) => id,
    ({ user }) => user,
  );
  if (inCustom.size > 0) {
    const stripped = leavers.filter(
      ({ user }) => (gone.get(user.opti_user_id)?.custom_group_ids.length ?? 0) > 0,
    );
    drafts.add({
      key: LEAVE.strip,
      phase: 'protect',
      who: 'Opti ID admin',
      action: 'Take people who are out from the groups made by hand',
      subject: nameAll(
        stripped.map(({ user }) => user.email),
        PEOPLE,
      ),
      how: `${GROUP_ACCESS}: take them out of the custom groups that their records name, so that their access ends before the account does. Members of groups that Okta manages are left alone here: the next push takes those out.`,
      requires: 'Each of them is out for good.',
      after: [...records, KEY.superAdmin],
      verify: 'None of them is in a custom group.',
      effects: [...inCustom]
        .sort(([a], [b]) => byCodeUnit(a, b))
        .map(([opti_group_id, users]) => ({
          kind: 'remove_members',
          opti_group_id,
          opti_user_ids: [...users].sort(byCodeUnit),
        })),
    });
  }
  for (const [way, people] of ways) {
    const findings = people.map(({ finding }) => finding);
    const deletions = people
      .map(({ user }) => user.opti_user_id)
      .sort(byCodeUnit)
      .map((opti_user_id) => ({ kind: 'delete_opti_user', opti_user_id }) as const);
    const common = {
      key: way,
      subject: subjectsOf(findings),
      after: [...records, LEAVE.strip, KEY.superAdmin],
      resolves: idsOf(findings),
      irreversible: true,
    } as const;
    const assignments = `SCIM app ${planning.app} › Assignments`;
    if (way === LEAVE.support) {
      drafts.add({
        ...common,
        phase: 'fix Okta',
        who: 'Optimizely Support',
        action: 'Delete people whom Okta has given up',
        how: 'Okta does not send their removal again: read in the System Log why it failed, see that Deactivate Users is on, and ask Optimizely Support to delete them, with their records. If one of them comes back to Okta, assign and unassign them there instead.',
        verify: 'The Admin Center does not find any of them.',
        proof: 'support',
        effects: deletions,
      });
    } else if (way === LEAVE.again) {
      drafts.add({
        ...common,
        phase: 'assign',
        who: 'Okta admin',
        action: 'Assign and unassign them again',
        how: `${assignments}: assign each of them, wait until they are provisioned, then unassign them: with Deactivate Users on, that deletes them in Opti ID.`,
        requires: 'They should be out. Whoever should stay is assigned, and not unassigned again.',
        verify:
          'System Log: application.provision.user.deactivate with outcome SUCCESS for each of them; the Admin Center does not find them.',
        effects: deletions,
      });
    } else {
      drafts.add({
        ...common,
        phase: 'assign',
        who: 'Okta admin',
        action: 'Unassign people who are deactivated',
        how: `${assignments}: unassign them, first out of the assignment group: with Deactivate Users on, that deletes them in Opti ID.`,
        verify:
          'System Log: application.provision.user.deactivate with outcome SUCCESS for each of them; the Admin Center does not find them.',
        effects: [{ kind: 'unassign_users', okta_user_ids: oktaIdsOf(findings) }, ...deletions],
      });
    }
  }
  for (const { user } of leavers) {
    for (const id of gone.get(user.opti_user_id)?.okta_group_ids ?? []) pushArrivals(planning, [id]);
  }
}

/** Keys of the steps for people who are out. */
const LEAVE = {
  strip: 'strip leavers',
  unassign: 'leave unassign',
  again: 'leave again',
  support: 'leave support',
} as const;

function recordUser(planning: Planning, user: UserRecord): string {
  const key = KEY.recordUser(user.opti_user_id);
  if (planning.drafts.has(key)) return key;
  return planning.drafts.add({
    key,
    phase: 'record',
    who: 'Opti ID admin',
    action: 'Record the user',
    subject: user.email,
    how: `Compare Opti ID Admin Center › Users › ${user.email} (${user.opti_user_id}) with the record in this plan: ${counted(user.groups.length, 'group')}, ${counted(user.grants.length, 'role')}.`,
    verify: 'Groups and roles in the Admin Center are those of the record.',
    record: user,
  });
}

/** Assigning members who are not, those whom the plan activates among them; they come with their groups. */
export function addAssignment(planning: Planning): void {
  const missing = planning.findingsOf('member-not-assigned');
  const staged = planning
    .findingsOf('member-staged')
    .filter(({ okta_id }) => planning.toAssign.has(okta_id ?? ''));
  const findings = [...missing, ...staged];
  if (findings.length === 0) return;
  const ids = oktaIdsOf(findings);
  planning.drafts.add({
    key: KEY.assign,
    phase: 'assign',
    who: 'Okta admin',
    action: 'Assign to the SCIM app',
    subject: subjectsOf(findings),
    how: `Put them into the assignment group of the SCIM app ${planning.app}, wait until they are provisioned, then push their groups again.`,
    requires: 'They should have what the group grants. Whoever should not is taken out of the Okta group.',
    after: [KEY.activate],
    verify:
      'System Log: application.user_membership.add for each of them and this app; the store has them in their groups.',
    effects: [
      { kind: 'assign_users', okta_user_ids: ids },
      { kind: 'send_users', okta_user_ids: sendable(planning, ids) },
    ],
  });
  pushArrivals(
    planning,
    findings.flatMap((finding) => textOf(finding, 'okta_group_id') ?? []),
  );
}

/** Provision User for everybody whom a finding names and no id ties to a store user yet. */
export function addProvisioning(planning: Planning): void {
  const groupsOf = new Map(
    planning.state.drift.not_linked.map(({ okta_user_id, okta_group_ids }) => [okta_user_id, okta_group_ids]),
  );
  const deleted = new Set(oktaIdsOf(planning.findingsOf('user-deleted-by-hand')));
  const concerned = [
    ...planning.findingsOf('user-not-provisioned'),
    ...[...planning.findingsOf('member-missing'), ...planning.findingsOf('member-staged')].filter(
      ({ okta_id }) => okta_id !== null && groupsOf.has(okta_id) && !deleted.has(okta_id),
    ),
  ].filter(({ okta_id }) => okta_id !== null && !planning.heldBack.has(okta_id));
  if (concerned.length === 0) return;
  const ids = sendable(planning, oktaIdsOf(concerned));
  planning.drafts.add({
    key: KEY.provision,
    phase: 'assign',
    who: 'Okta admin',
    action: 'Provision people who never arrived',
    subject: nameAll(
      // A membership's subject is the person and the group.
      concerned.map(({ subject }) => subject.split(' → ')[0] ?? subject),
      PEOPLE,
    ),
    how: `SCIM app ${planning.app} › Assignments: read the error beside each of them, if there is one, and mend its cause; then choose Provision User (or Retry). A Force Sync is no proof.`,
    after: [KEY.activate, KEY.assign],
    verify:
      'Each app user has an externalId and the store a user of that id. System Log: app.user_management.push_new_user_success for each of them.',
    effects: [{ kind: 'send_users', okta_user_ids: ids }],
  });
  pushArrivals(
    planning,
    ids.flatMap((id) => groupsOf.get(id) ?? []),
  );
}

/** Names, members and states that Okta sends again for a group. */
function byPushing(action: string, how: string, groupOf: (finding: Finding) => string | null): Remedy {
  return (planning, findings) => {
    const open = claim(planning, findings, (finding) => {
      const key = pushAgain(planning, groupOf(finding));
      return key === null ? [] : [key];
    });
    decide(planning, open, { who: 'Okta admin', action, how }, 'groups');
  };
}

const ownGroup = ({ okta_id }: Finding) => okta_id;
const groupOfMember = (finding: Finding) => textOf(finding, 'okta_group_id');

/** Sends people again whose store user is not as Okta has them; who is leaving needs no correction. */
function bySending(step: { action: string; how: (planning: Planning) => string; verify: string }): Remedy {
  return (planning, findings) => {
    const outOfReach = new Set(planning.state.drift.out_of_reach);
    const left = claim(planning, findings, ({ opti_id }) => [...leavingKeys(planning, opti_id)]);
    const isReached = ({ okta_id }: Finding) =>
      okta_id !== null && !outOfReach.has(okta_id) && !planning.heldBack.has(okta_id);
    const reached = left.filter(isReached);
    const [first] = reached;
    if (first) {
      const ids = oktaIdsOf(reached);
      planning.drafts.add({
        key: first.rule,
        phase: 'assign',
        who: 'Okta admin',
        action: step.action,
        subject: subjectsOf(reached),
        how: step.how(planning),
        after: ['update-attributes-off', 'username-updates-off', 'username-differs-from-email'].flatMap(
          (rule) => [rule, ...planning.findingsOf(rule).map(({ finding_id }) => `${rule} ${finding_id}`)],
        ),
        resolves: idsOf(reached),
        verify: step.verify,
        effects: [{ kind: 'send_users', okta_user_ids: ids }],
      });
      const groupsOf = new Map(
        planning.state.drift.not_linked.map((user) => [user.okta_user_id, user.okta_group_ids]),
      );
      pushArrivals(
        planning,
        ids.flatMap((id) => groupsOf.get(id) ?? []),
      );
    }
    decide(
      planning,
      left.filter((finding) => !isReached(finding)),
      {
        who: 'Okta admin',
        action: `Decide about people whom Okta does not send`,
        how: 'Okta sends nothing about people who are not active or not assigned, and who may be somebody else in Opti ID is not sent before that is known. Activate and assign them, or end their account, each in Okta; then audit again. Correct nothing in Opti ID.',
      },
      PEOPLE,
    );
  };
}

function leavingKeys(planning: Planning, optiId: string | null): string[] {
  const key = planning.leaving.get(optiId ?? '');
  return key === undefined ? [] : [key];
}

const deletedByHand: Remedy = (planning, findings) => {
  const { drafts } = planning;
  const suspended = new Set(
    planning
      .findingsOf('suspended-user-active')
      .filter(({ evidence }) => evidence.is_assigned === true)
      .map(({ okta_id }) => okta_id),
  );
  const left = claim(planning, findings, ({ okta_id }) =>
    okta_id !== null && suspended.has(okta_id) ? ['suspended-user-active'] : [],
  ).filter(({ okta_id }) => okta_id !== null);
  const isBack = (finding: Finding) =>
    isActiveInOkta(finding) && !planning.heldBack.has(finding.okta_id ?? '');
  const back = left.filter(isBack);
  const groupsOf = new Map(
    planning.state.drift.not_linked.map((user) => [user.okta_user_id, user.okta_group_ids]),
  );
  if (back.length > 0) {
    const ids = oktaIdsOf(back);
    drafts.add({
      key: 'user-deleted-by-hand',
      phase: 'assign',
      who: 'Okta admin',
      action: 'Unassign and assign again people whose account was deleted',
      subject: subjectsOf(back),
      how: `SCIM app ${planning.app} › Assignments: unassign them, then assign them again, so that Okta forgets the account that is gone and makes or takes over another. Do not invite them by hand.`,
      resolves: idsOf(back),
      verify:
        'Each app user has a new externalId and the store a user of that id. System Log: app.user_management.push_new_user_success for each of them.',
      effects: [
        { kind: 'unassign_users', okta_user_ids: ids },
        { kind: 'assign_users', okta_user_ids: ids },
        { kind: 'send_users', okta_user_ids: ids },
      ],
    });
    pushArrivals(
      planning,
      ids.flatMap((id) => groupsOf.get(id) ?? []),
    );
    drafts.add({
      key: 'direct roles',
      phase: 'give access back',
      who: 'Opti ID admin',
      action: 'Give back what the lost accounts had beside their pushed groups',
      subject: subjectsOf(back),
      how: 'A new account has no direct roles and is in no custom group. Look into the last report Opti ID User Product Roles (Usage & Billing › Admin Center) from before they were deleted, and give them again what the product owner confirms.',
      after: ['user-deleted-by-hand'],
      verify: 'The product owner has confirmed it, person by person.',
      proof: 'decision',
    });
  }
  const out = left.filter((finding) => !isBack(finding) && !planning.heldBack.has(finding.okta_id ?? ''));
  if (out.length > 0) {
    drafts.add({
      key: 'user-deleted-by-hand unassign',
      phase: 'assign',
      who: 'Okta admin',
      action: 'Unassign inactive people whose account was deleted',
      subject: subjectsOf(out),
      how: `SCIM app ${planning.app} › Assignments: unassign them; assign them again once they are active in Okta, and Okta makes them anew.`,
      resolves: idsOf(out),
      verify: 'System Log: application.user_membership.remove for each of them and this app.',
      effects: [{ kind: 'unassign_users', okta_user_ids: oktaIdsOf(out) }],
    });
  }
  decide(
    planning,
    [
      ...left.filter(({ okta_id }) => planning.heldBack.has(okta_id ?? '')),
      ...findings.filter(({ okta_id }) => okta_id === null),
    ],
    {
      who: 'Okta admin',
      action: 'Decide which account is theirs',
      how: 'Opti ID has more than one account that may be theirs: settle that first, then unassign and assign them again.',
    },
    PEOPLE,
  );
};

const collaborators: Remedy = (planning, findings) => {
  const { drafts } = planning;
  const byGroup = groupBy(
    findings,
    (finding) => textOf(finding, 'opti_group_id') ?? '',
    (finding) => finding,
  );
  const open: Finding[] = [];
  for (const [optiGroupId, members] of byGroup) {
    const ids = new Set(members.flatMap(({ opti_id }) => opti_id ?? []));
    const move = moveOwnDoors(planning, optiGroupId, ids);
    if (move === null) {
      open.push(...members);
      continue;
    }
    const byOktaGroup = groupBy(
      members.filter(({ okta_id }) => okta_id !== null),
      (finding) => textOf(finding, 'okta_group_id') ?? '',
      (finding) => finding,
    );
    const takeOut: string[] = [];
    for (const [oktaGroupId, inOkta] of byOktaGroup) {
      takeOut.push(
        drafts.add({
          key: `take out ${oktaGroupId} ${optiGroupId}`,
          phase: 'fix Okta',
          who: 'Okta admin',
          action: 'Take collaborators out of the Okta group',
          subject: nameAll(
            inOkta.map(({ subject }) => subject),
            'memberships',
          ),
          how: 'Okta Admin Console › Directory › Groups: take them out of the group if they are in it, and off the rule that puts them there. SCIM does not manage them.',
          after: [move],
          verify: 'The Okta group does not list them.',
          effects: [
            { kind: 'remove_okta_members', okta_group_id: oktaGroupId, okta_user_ids: oktaIdsOf(inOkta) },
          ],
        }),
      );
    }
    const name = planning.groupRecords.get(optiGroupId)?.name ?? optiGroupId;
    const oktaGroups = members.flatMap((finding) => groupOfMember(finding) ?? []);
    pushArrivals(planning, oktaGroups);
    drafts.add({
      key: `collaborators out ${optiGroupId}`,
      phase: 'push',
      who: 'Optimizely Support',
      action: 'Take collaborators out of the managed group',
      subject: nameAll(
        members.map(({ subject }) => subject),
        'memberships',
      ),
      how: `Whoever is still in ${name} after the next push: ask Optimizely Support to take them out. Do not edit the members of a group that Okta manages in the Admin Center.`,
      requires: 'They have the same access through a custom group.',
      after: [move, ...takeOut, ...oktaGroups.map(KEY.pushAgain), KEY.superAdmin],
      resolves: idsOf(members),
      verify: 'The managed group has nobody whom SCIM does not manage; they still reach what they reached.',
      proof: 'support',
      effects: [
        { kind: 'remove_members', opti_group_id: optiGroupId, opti_user_ids: [...ids].sort(byCodeUnit) },
      ],
    });
  }
  decide(
    planning,
    open,
    {
      who: 'Opti ID admin',
      action: 'Decide where collaborators belong',
      how: 'Put them into a custom group with the same instances and roles, made for collaborators; then take them out of the Okta group, or ask Optimizely Support to take them out of the managed one. Do not edit its members in the Admin Center.',
    },
    'memberships',
  );
};

const accessLost: Remedy = (planning, findings) => {
  const open = claim(planning, findings, ({ okta_id, opti_id, subject }) => {
    const lost = planning.state.drift.baseline_grants.find(
      (row) => row.okta_group_id === okta_id && row.opti_group_id === opti_id && opti_id !== null,
    );
    if (!lost || okta_id === null || opti_id === null) return [];
    const key = KEY.giveBack(okta_id, opti_id);
    if (!planning.drafts.has(key))
      addGiveBack(planning, key, { subject, optiGroupId: opti_id, grants: lost.grants });
    return [key];
  });
  decide(
    planning,
    open,
    {
      phase: 'give access back',
      who: 'Opti ID admin',
      action: 'Give groups back what they granted in the baseline',
      how: `${GROUP_ACCESS}: give each group the instances and roles that its finding lists, or confirm with the product owner that it should not have them and take a new baseline.`,
    },
    'groups',
  );
};

function addGiveBack(
  planning: Planning,
  key: string,
  { subject, optiGroupId, grants }: { subject: string; optiGroupId: string; grants: readonly PlanGrant[] },
): void {
  planning.drafts.add({
    key,
    phase: 'give access back',
    who: 'Opti ID admin',
    action: 'Give the group back what it granted in the baseline',
    subject,
    how: `${GROUP_ACCESS} › ${subject}: add ${grantsIn(grants)}.`,
    requires: 'The product owner has not taken it away on purpose: then take a new baseline instead.',
    verify: `Store: the group grants it (${counted(grants.length, 'role')}).`,
    effects: [{ kind: 'grant', opti_group_id: optiGroupId, grants }],
  });
}

/** What only the System Log can confirm: the step is a look at it once what it waits for is done. */
function confirmation(subcommand: string, ifNot: string): Remedy {
  return (planning, findings) => {
    const [first] = findings;
    if (!first) return;
    planning.drafts.add({
      key: first.rule,
      phase: 'verify',
      who: 'Okta admin',
      action: 'Confirm it by the System Log',
      subject: subjectsOf(
        findings,
        first.subject_type === 'group' ? 'groups' : first.subject_type === 'user' ? PEOPLE : 'memberships',
      ),
      how: `Ask the System Log for each of them: optiid-audit confirm ${subcommand}. ${ifNot}`,
      after: planning.drafts.lastOf(planning.drafts.keys('assign', 'push')),
      resolves: idsOf(findings),
      verify:
        'The event is there with outcome SUCCESS; or the two sides agree, and the finding goes with the window of the log.',
      proof: 'time',
    });
  };
}

const eventFailed: Remedy = (planning, findings) => {
  const about = (what: string) => findings.filter((finding) => textOf(finding, 'concerns') === what);
  const [users, groups] = [about('user'), about('group')];
  if (users.length > 0) {
    planning.drafts.add({
      key: 'push-event-failed user',
      phase: 'assign',
      who: 'Okta admin',
      action: 'Resolve and retry what failed',
      subject: subjectsOf(users),
      how: 'Resolve the cause that Okta names (the detail of each finding), then retry the task of each of them: Okta Admin Console › Dashboard › Tasks.',
      resolves: idsOf(users),
      verify: 'System Log: a later event of the app with outcome SUCCESS for each of them.',
      proof: 'time',
    });
  }
  if (groups.length > 0) {
    planning.drafts.add({
      key: 'push-event-failed group',
      phase: 'push',
      who: 'Okta admin',
      action: 'Resolve what failed and push the groups now',
      subject: subjectsOf(groups, 'groups'),
      how: `Resolve the cause that Okta names (the detail of each finding), then SCIM app ${planning.app} › Push Groups: choose Push now for each of them.`,
      resolves: idsOf(groups),
      verify: 'System Log: a later group_push event with outcome SUCCESS for each of them.',
      proof: 'time',
    });
  }
  decide(
    planning,
    findings.filter((finding) => !users.includes(finding) && !groups.includes(finding)),
    {
      who: 'Okta admin',
      action: 'Find out what a failed event was about',
      how: 'The event names neither a user nor a group: resolve the cause that Okta names, and look at the tasks and at Push Groups of the SCIM app for what waits. No later success answers it; it goes with the window of the log.',
    },
    'apps',
  );
};

const PUSH_WAITS =
  'Settle the link or the name of the group first: something else in Opti ID has its name, or a push is linked to what it did not make. Then choose Push now. Where the push made no group any more, unlink it with Delete the group in the target app and push it again.';

/** Remedies for the rules of the nightly audit alone. */
export const DRIFT_REMEDIES = {
  'jit-still-on': (planning, findings) => {
    if (planning.drafts.has(KEY.scimOn)) {
      planning.drafts.resolve(KEY.scimOn, idsOf(findings));
      return;
    }
    planning.drafts.add({
      key: KEY.scimOn,
      phase: 'switch on SCIM',
      who: 'Optimizely Support',
      action: 'Switch the organization from JIT to SCIM',
      subject: subjectsOf(findings, 'organizations'),
      how: 'Ask Optimizely Support why the organization is on just-in-time provisioning, and to put it on SCIM. Until then what Okta sends may not count, and a sign-in may make people and memberships that Okta does not know.',
      resolves: idsOf(findings),
      verify: "Store: the organization's provisioning_mode is scim.",
      proof: 'support',
      effects: [{ kind: 'set_provisioning_mode', mode: 'scim' }],
    });
  },
  'scim-credentials-rejected': (planning, findings) => {
    planning.drafts.add({
      key: KEY.token,
      phase: 'fix Okta',
      who: 'Okta admin',
      action: 'Enter a new SCIM token',
      subject: subjectsOf(findings, 'apps'),
      how: `An Opti ID admin makes a new SCIM token in the Admin Center, with an account that stays, and hands it over on a safe way. SCIM app ${planning.app} › Provisioning › Integration: enter it as received, choose Test API Credentials, save, and retry the failed tasks.`,
      resolves: idsOf(findings),
      verify:
        'Test API Credentials succeeds; the System Log has a later provisioning event of the app with outcome SUCCESS.',
      proof: 'time',
    });
  },
  'group-name-drifted': byPushing('Decide which name is right', PUSH_WAITS, ownGroup),
  'group-missing': (planning, findings) => {
    const open = claim(planning, findings, ({ okta_id }) => {
      const key = pushAnew(planning, okta_id);
      return key === null ? [] : [key];
    });
    decide(
      planning,
      open,
      { who: 'Okta admin', action: 'Clear the way for a push', how: PUSH_WAITS },
      'groups',
    );
  },
  'group-push-inactive': byPushing('Decide whether the group is pushed', PUSH_WAITS, ownGroup),
  'group-push-stale': byPushing('Push the groups now', PUSH_WAITS, ownGroup),
  'group-recreated-by-hand': (planning, findings) => {
    const open = claim(planning, findings, ({ okta_id, opti_id }) =>
      planning.drafts.has(KEY.deleteGroup(opti_id ?? ''))
        ? [KEY.deleteGroup(opti_id ?? '')]
        : [KEY.askSupport(okta_id ?? ''), KEY.settleName(okta_id ?? '')],
    );
    decide(
      planning,
      open,
      {
        who: 'Opti ID admin',
        action: 'Decide what becomes of groups made by hand',
        how: 'These make administrators, are kept by Opti ID, are linked to a push, or have no pushed group beside them yet: read the fix of each finding, and delete nothing before a second Super Admin is signed in.',
      },
      'groups',
    );
  },
  'member-missing': (planning, findings) => {
    const isHeld = ({ okta_id }: Finding) => okta_id !== null && planning.heldBack.has(okta_id);
    byPushing(
      'Decide how these members arrive',
      PUSH_WAITS,
      groupOfMember,
    )(
      planning,
      findings.filter((finding) => !isHeld(finding)),
    );
    decide(
      planning,
      findings.filter(isHeld),
      {
        key: 'decide held member-missing',
        who: 'Okta admin',
        action: 'Decide who is who before they are provisioned',
        how: 'Opti ID has more than one account that may be theirs. Settle that, provision them, then push their groups again.',
      },
      'memberships',
    );
  },
  'member-unexpected': byPushing('Decide who belongs into the group', PUSH_WAITS, groupOfMember),
  'collaborator-in-managed-group': collaborators,
  'user-left-behind': (planning, findings) => {
    const open = claim(planning, findings, ({ okta_id }) =>
      planning.toAssign.has(okta_id ?? '') ? [KEY.assign] : [],
    );
    decide(
      planning,
      open,
      {
        who: 'product owner',
        action: 'Decide who stays in Opti ID',
        how: 'Nobody manages them. Whoever stays is assigned to the SCIM app (Okta takes over the user with that e-mail), created in Okta first where need be; whoever has left is recorded and deleted in the Opti ID Admin Center, or by Optimizely Support where the account was SCIM-managed before. Take their product instances away meanwhile, in custom groups only.',
      },
      PEOPLE,
    );
  },
  'user-name-drifted': bySending({
    action: 'Correct the names in Okta and send them again',
    how: () =>
      'Never in Opti ID. If Opti ID has the right name, enter it in Okta (Directory › People › Profile, or the directory that the profile comes from); if Okta has it, save a change of the profile, so that Okta sends it again.',
    verify:
      'System Log: application.provision.user.push_profile with outcome SUCCESS; the two names are the same.',
  }),
  'user-email-drifted': bySending({
    action: 'Correct the e-mails in Okta and send them again',
    how: (planning) =>
      `Never in Opti ID. The e-mail travels as user name: see on SCIM app ${planning.app} › Assignments that it is the right e-mail and that updates of user names are on (Sign On › Update application username on), then save a change of the profile, so that Okta sends it again.`,
    verify:
      'System Log: application.provision.user.push_profile with outcome SUCCESS; the two e-mails are the same.',
  }),
  'user-not-provisioned': (planning, findings) => {
    const open = claim(planning, findings, ({ okta_id }) =>
      okta_id !== null && !planning.heldBack.has(okta_id) ? [KEY.provision] : [],
    );
    decide(
      planning,
      open,
      {
        who: 'Okta admin',
        action: 'Decide who is who before they are provisioned',
        how: 'Opti ID may have an account of theirs under another address. Settle that, then choose Provision User. A Force Sync is no proof.',
      },
      PEOPLE,
    );
  },
  'user-deleted-by-hand': deletedByHand,
  'user-push-failed': bySending({
    action: 'Resolve and retry what Okta could not send',
    how: (planning) =>
      `SCIM app ${planning.app} › Assignments, or Okta Admin Console › Dashboard › Tasks: read the error beside each of them, mend its cause, and retry. A Force Sync is no proof.`,
    verify: 'Nobody is in error; the user in the Admin Center is as in Okta.',
  }),
  'deprovisioned-user-active': (planning, findings) => {
    const open = claim(planning, findings, ({ opti_id }) => leavingKeys(planning, opti_id));
    decide(
      planning,
      open,
      {
        who: 'Okta admin',
        action: 'Decide what becomes of people who are out in Okta',
        how: 'They are collaborators, sign in locally, or share an account with somebody: nobody deletes those for being unassigned. Assign them, or record them, take their access, and delete them in the Admin Center or with Optimizely Support.',
      },
      PEOPLE,
    );
  },
  'managed-group-without-access': (planning, findings) => {
    const given = (oktaId: string, optiId: string | null) =>
      planning.drafts
        .keys('protect', 'give access back')
        .filter(
          (key) =>
            key === KEY.giveBack(oktaId, optiId ?? '') ||
            planning
              .findingsOf('group-recreated-by-hand')
              .some((other) => other.okta_id === oktaId && key === KEY.giveBack(oktaId, other.opti_id ?? '')),
        );
    const open = claim(planning, findings, ({ okta_id, opti_id }) =>
      okta_id === null ? [] : given(okta_id, opti_id),
    );
    decide(
      planning,
      open,
      {
        phase: 'give access back',
        who: 'product owner',
        action: 'Say what the groups grant',
        how: `Name the product instances that each group should reach and a role on each; an Opti ID admin assigns them (${GROUP_ACCESS}). A group that needs none is unlinked with Delete the group in the target app.`,
      },
      'groups',
    );
  },
  'group-access-lost': accessLost,
  'grant-no-longer-possible': (planning, findings) =>
    decide(
      planning,
      findings,
      {
        phase: 'give access back',
        who: 'product owner',
        action: 'Say what takes the place of access that is gone',
        how: `The instance or the role does not exist any more: say what replaces it, and an Opti ID admin gives the group that (${GROUP_ACCESS}); if nothing does, take a new baseline.`,
      },
      'groups',
    ),
  'push-event-failed': eventFailed,
  'user-addition-unconfirmed': confirmation(
    'user-added',
    'Where it does not confirm: retry what failed on the Assignments tab, choose Provision User for people assigned before provisioning was on, and look for the person in the Admin Center.',
  ),
  'user-removal-unconfirmed': confirmation(
    'user-removed',
    'Where it does not confirm: if the person is still in the Admin Center, assign and unassign them again, with Deactivate Users on; if Okta cannot, ask Optimizely Support.',
  ),
  'group-push-unconfirmed': confirmation(
    'group-added',
    'Where it does not confirm: choose Push now for the group, and look for it with its members in the Admin Center.',
  ),
  'member-addition-unconfirmed': confirmation(
    'member-added',
    'Where it does not confirm: choose Push now for the group, and look for the person in it in the Admin Center.',
  ),
  'member-removal-unconfirmed': confirmation(
    'member-removed',
    'Where it does not confirm: choose Push now for the group, and see in the Admin Center that the person is out of it.',
  ),
} as const satisfies Readonly<Record<string, Remedy>>;
