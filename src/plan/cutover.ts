import { byCodeUnit } from '../domain/finding.ts';
import { isTeamName } from '../domain/names.ts';
import type { GroupRecord, PlanGrant } from '../domain/plan.ts';
import { OPTI_ID_SCIM_BASE_URL } from '../domain/provisioning.ts';
import { counted, type Draft, grantsIn } from './drafts.ts';
import { KEY } from './keys.ts';
import { type Planning, pushedGroupId } from './planning.ts';

export const GROUP_ACCESS = 'Opti ID Admin Center › Group Access';

function recordOf({ groupRecords }: Planning, optiGroupId: string): GroupRecord {
  const record = groupRecords.get(optiGroupId);
  if (!record) throw new Error(`The plan has no record of the store group ${optiGroupId}.`);
  return record;
}

/** Adds the step that records a store group; returns its key. */
export function recordGroup(planning: Planning, optiGroupId: string): string {
  const key = KEY.record(optiGroupId);
  if (planning.drafts.has(key)) return key;
  const record = recordOf(planning, optiGroupId);
  return planning.drafts.add('record', key, record.name, {
    action: 'Record the group',
    how: `Compare ${GROUP_ACCESS} › ${record.name} with its record in this plan. Keep the plan and export the report Opti ID User Product Roles (Usage & Billing › Admin Center) next to it.`,
    each: `has ${counted(record.members.length, 'member')} and grants ${grantsIn(record.grants) || 'nothing'}`,
    verify: 'Members, instances and roles in the Admin Center are those of the record.',
    record,
  });
}

/** Adds the step in which the product owner settles who is lost and gained; returns its key. */
export function approveGroup(planning: Planning, optiGroupId: string): string {
  const key = KEY.approve(optiGroupId);
  if (planning.drafts.has(key)) return key;
  const rows = planning.membershipsOf.get(optiGroupId) ?? [];
  const lost = rows.filter(({ change, comes_back }) => change === 'lost' && !comes_back);
  const gained = rows.filter(({ change }) => change === 'gained');
  const name = planning.groupRecords.get(optiGroupId)?.name ?? optiGroupId;
  return planning.drafts.add('record', key, name, {
    action: 'Approve who leaves and who joins',
    who: 'product owner',
    each: `loses ${counted(lost.length, 'member')} and gains ${gained.length}`,
    how: `Read memberships.csv for this group. Put those who should stay into the Okta group, take those who should not join out of it, and approve the rest in writing.`,
    after: [KEY.record(optiGroupId)],
    verify: 'Audit again: what is left of the findings is waived with an owner and a reason.',
    proof: 'decision',
  });
}

/** Records, approvals and deletions of the store groups that pushed groups replace. */
export function addDeletions(planning: Planning): void {
  const { drafts, decisions } = planning;
  for (const [optiGroupId, { group, okta_group_ids }] of decisions.deletes) {
    const record = recordOf(planning, optiGroupId);
    recordGroup(planning, optiGroupId);
    const deltas = planning.membershipsOf.get(optiGroupId) ?? [];
    if (deltas.some(({ change, comes_back }) => change === 'gained' || !comes_back)) {
      approveGroup(planning, optiGroupId);
    }
    const linked = okta_group_ids.filter((id) => decisions.okta.get(id)?.group.opti_group_id === optiGroupId);
    const second = record.grants.some(({ is_admin_center_role }) => is_admin_center_role)
      ? ' A second Super Admin, who does not depend on this group, is signed in: it grants roles in the Admin Center, so it goes last.'
      : '';
    drafts.add('delete in Opti ID', KEY.deleteGroup(optiGroupId), group.name, {
      action: linked.length > 0 ? 'Unlink and delete the group' : 'Delete the group',
      who: linked.length > 0 ? 'Okta admin' : 'Opti ID admin',
      how:
        linked.length > 0
          ? `SCIM app ${planning.app} › Push Groups: deactivate the push of ${group.name}, unlink it and choose Delete the group in the target app. If the group is still there afterwards, an Opti ID admin deletes it: ${GROUP_ACCESS} › ${group.name} › Delete.`
          : `${GROUP_ACCESS} › ${group.name} › Delete.`,
      requires: `SCIM is not on yet and nothing has been pushed.${second}`,
      after: [KEY.approve(optiGroupId)],
      irreversible: true,
      verify: `The store has no group ${optiGroupId}, and none named ${group.name}.`,
      effects: [
        ...linked.map((okta_group_id) => ({ kind: 'remove_push', okta_group_id }) as const),
        { kind: 'delete_opti_group', opti_group_id: optiGroupId },
      ],
    });
  }
}

/** SCIM on, assignment, pushes, access given back, verification: what every cutover does. */
export function addCutover(planning: Planning): void {
  const { drafts, decisions, state, app } = planning;
  const isOn = state.organization.provisioning_mode === 'scim';
  drafts.add('delete in Opti ID', KEY.freeze, state.organization.name, {
    action: 'Freeze groups and assignments, and audit once more',
    who: 'Okta admin',
    how: 'From here until the audit after the switch nobody changes groups, members, names or assignments, neither in Okta nor in Opti ID. Run optiid-audit precutover again: from here on follow the plan of that run.',
    verify:
      'Everybody who administers groups has been told; the run ends with code 0, or with code 1 and no blocker that its plan leaves.',
  });
  drafts.add('switch on SCIM', KEY.scimOn, state.organization.name, {
    action: isOn ? 'Confirm that SCIM is on' : 'Switch the organization from JIT to SCIM',
    how: isOn
      ? 'The store says that SCIM is on already. Has anything been pushed before?'
      : 'Please configure the organization for SCIM on the one SSO connection, and send the base URL and the token by a safe way. Just-in-time provisioning stops with it.',
    requires: 'Every group that stood in the way of a push is gone.',
    irreversible: !isOn,
    verify: "Store: the organization's provisioning_mode is scim.",
    effects: [{ kind: 'set_provisioning_mode', mode: 'scim' }],
  });

  const toAssign = state.to_assign.filter(({ okta_user_id }) => planning.toAssign.has(okta_user_id));
  if (toAssign.length > 0) {
    const standIns = toAssign.filter(({ is_stand_in }) => is_stand_in).length;
    drafts.add(
      'assign',
      KEY.assign,
      { names: toAssign.map(({ email }) => email), noun: 'people' },
      {
        action: 'Assign to the SCIM app',
        how: `Put them into the assignment group (one that is not pushed), and assign that group to the SCIM app ${app} › Assignments.${standIns > 0 ? ` ${standIns} of them are assigned to the SSO app today.` : ''} plan.json lists their Okta ids. Begin with three people: one whom Opti ID has, one who is new, one whose e-mail differs in capitals; see them with optiid-audit confirm user-added before the others follow.`,
        verify:
          'System Log: application.user_membership.add with outcome SUCCESS for each of them and this app.',
        effects: [{ kind: 'assign_users', okta_user_ids: [...planning.toAssign].sort(byCodeUnit) }],
      },
    );
  }
  const held = [...planning.heldBack].sort(byCodeUnit);
  drafts.add('assign', KEY.provision, app, {
    action: 'Provision everybody assigned',
    how: `SCIM app ${app} › Assignments: for people assigned before provisioning was on, click Provision User; Okta does it by itself for the others. Wait until nobody is pending or in error.${held.length > 0 ? ` Leave out the ${held.length} who need a decision first.` : ''}`,
    verify:
      'Each app user has an externalId and the store a user of that id. System Log: app.user_management.push_new_user_success for new people; application.provision.user.push_profile, .sync or .verify_exists for those taken over.',
    effects: [{ kind: 'provision_users', except_okta_user_ids: held }],
  });

  for (const [oktaGroupId, { group, kind, newName }] of decisions.okta) {
    if (kind !== 'push') continue;
    const name = newName ?? group.name;
    const how = group.has_mapping
      ? `SCIM app ${app} › Push Groups › ${name}: activate the push and choose Push now. Where it was unlinked before: Push Groups › By name, choose Create Group.`
      : `SCIM app ${app} › Push Groups › By name › ${name}: choose Create Group, never Link Group, and save.`;
    addPush(planning, oktaGroupId, name, {
      how,
      ...(group.has_mapping ? { action: 'Activate the push and push the group now' } : {}),
    });
  }
  for (const [optiGroupId, { okta_group_ids }] of decisions.deletes)
    addGiveBack(planning, optiGroupId, okta_group_ids);
  for (const optiGroupId of new Set(
    planning.findingsOf('group-name-taken-by-orphan').flatMap(({ opti_id }) => opti_id ?? []),
  ))
    addGiveBack(planning, optiGroupId, []);
}

function addGiveBack(planning: Planning, optiGroupId: string, oktaGroupIds: readonly string[]): void {
  const record = planning.groupRecords.get(optiGroupId);
  if (!record || record.grants.length === 0) return;
  // Groups that shared the name and got another one had the same access as the group that is gone.
  const sharers = (planning.takersOf.get(optiGroupId) ?? []).filter(
    (id) => planning.decisions.okta.get(id)?.kind === 'push',
  );
  for (const oktaGroupId of [...new Set([...oktaGroupIds, ...sharers])].sort(byCodeUnit)) {
    const decision = planning.decisions.okta.get(oktaGroupId);
    const name = decision?.newName ?? decision?.group.name ?? oktaGroupId;
    addAccessOfPushed(planning, [oktaGroupId, optiGroupId], name, record.grants, {
      source: `the record of ${record.name}`,
    });
  }
}

/** A team is no group of the store. */
export const TEAM_IS_THERE = 'Opti ID Admin Center › Teams lists the team with its members.';

/** Adds the step that pushes a group as a new one; returns its key. */
export function addPush(
  planning: Planning,
  oktaGroupId: string,
  name: string,
  step: Pick<Draft, 'how' | 'after'> & Partial<Pick<Draft, 'action'>>,
): string {
  const isTeam = isTeamName(name);
  return planning.drafts.add('push', KEY.push(oktaGroupId), name, {
    action: isTeam ? 'Push the team' : 'Push the group',
    ...step,
    requires: `Its members are assigned and provisioned${isTeam ? '.' : '; no group of its name is left in Opti ID.'}`,
    verify: `System Log: application.provision.group_push.pushed (or .updated) with outcome SUCCESS for ${name}. ${isTeam ? TEAM_IS_THERE : 'Store: an internal group of that name with the members that the push sends.'}`,
    effects: [{ kind: 'push_group', okta_group_id: oktaGroupId, opti_group_id: pushedGroupId(oktaGroupId) }],
  });
}

/** One of the pushes goes first and is looked at before the others follow; chosen when it is known which are done at all. */
export function addPilot({ drafts }: Planning): void {
  const pushes = drafts.keys('push').filter((key) => drafts.workOf(key).proof === 'applied');
  const [pilot] = drafts.firstOf(pushes);
  if (pilot === undefined || pushes.length < 2) return;
  drafts.lead(
    pilot,
    'Push one group first',
    'Or take a smaller one of the plan. See it with optiid-audit confirm group-added and member-added before the others follow.',
  );
  for (const key of pushes) if (key !== pilot) drafts.wait(key, pilot);
}

/** Adds the step that gives a group which is pushed as a new one what the old one granted. */
export function addAccessOfPushed(
  planning: Planning,
  [oktaGroupId, formerGroupId]: readonly [string, string],
  name: string,
  grants: readonly PlanGrant[],
  { source }: { source: string },
): void {
  planning.drafts.add('give access back', KEY.giveBack(oktaGroupId, formerGroupId), name, {
    action: 'Give the pushed group its instances and roles',
    how: `${GROUP_ACCESS} › ${name}: add the instances and roles that are named with it.`,
    each: `gets ${grantsIn(grants)} (from ${source})`,
    requires: 'The pushed group is in Opti ID with its members.',
    verify: 'Store: the group grants exactly that, no more and no fewer.',
    effects: [{ kind: 'grant', opti_group_id: pushedGroupId(oktaGroupId), grants }],
  });
}

/**
 * Says of every pushed group what it is to grant: what the record of the group that it replaces says, what the group of
 * its name has, or what the product owner decides.
 */
export function sayGrants(planning: Planning): void {
  const { drafts, decisions, job } = planning;
  const unknown: string[] = [];
  const grants = drafts.grants();
  for (const [oktaGroupId, { group, newName }] of decisions.okta) {
    const push = KEY.push(oktaGroupId);
    const name = newName ?? group.name;
    if (!drafts.has(push) || isTeamName(name)) continue;
    const given = grants.get(pushedGroupId(oktaGroupId)) ?? [];
    const namesakes = (planning.namesakesOf.get(oktaGroupId) ?? []).filter(({ grants }) => grants.length > 0);
    if (given.length > 0) drafts.describe(push, `is to grant ${grantsIn(given)} (from the record)`);
    else if (namesakes.length > 0) {
      const says = namesakes
        .map((each) => `${grantsIn(each.grants)} (as ${each.name} does today)`)
        .join('; or ');
      drafts.describe(push, `is to grant ${says}: decide`);
      unknown.push(name);
    } else {
      drafts.describe(push, 'is to grant: decide');
      unknown.push(name);
    }
  }
  if (unknown.length === 0 || job === 'drift') return;
  drafts.add(
    'record',
    KEY.decide('grants'),
    { names: unknown, noun: 'groups' },
    {
      who: 'product owner',
      action: 'Decide what the pushed groups grant',
      how: `A pushed group grants nothing by itself, and these replace no group that says what. Name the product instances and a role on each, or say that the group needs none; once it is pushed, an Opti ID admin adds them (${GROUP_ACCESS}).`,
      verify: 'The answer is in writing, group by group.',
      proof: 'decision',
    },
  );
}

/** The last steps of every plan. */
export function addVerification(planning: Planning): void {
  const { drafts, state, job } = planning;
  const before = drafts.lastOf(drafts.keys('assign', 'push', 'give access back'));
  const earlier = drafts.keys('record', 'protect', 'fix Okta', 'delete in Opti ID', 'switch on SCIM');
  if (job === 'drift' && earlier.length === 0 && before.length === 0) return;
  drafts.add('verify', KEY.audit, state.organization.name, {
    action: 'Audit again',
    how: 'optiid-audit drift, the same day and every night after it. The System Log confirms single steps: optiid-audit confirm group-added, user-added, member-added. Where the plan made a dataset more than a fifth smaller, the audit says so and ends with code 3 until it is run once with --accept-shrink.',
    after: [...before, ...drafts.keys('verify')],
    verify: 'Exit code 0, or only findings that somebody has accepted.',
  });
  const bridges = [...planning.groupRecords.values()].filter(({ opti_group_id }) =>
    drafts.has(KEY.move(opti_group_id)),
  );
  if (bridges.length > 0) {
    drafts.add(
      'verify',
      KEY.endOfBridges,
      { names: bridges.map(({ name }) => name), noun: 'groups' },
      {
        action: 'End the groups made for collaborators',
        who: 'product owner',
        how: 'A group made for collaborators is a bridge: nobody looks after it. Within 90 days say for each of its people whether they still need the access, and have an Opti ID admin delete the group when the last has left it.',
        after: [KEY.audit],
        verify: 'The group is gone, or somebody named looks after it.',
        proof: 'decision',
      },
    );
  }
  if (job === 'drift') return;
  drafts.add('verify', KEY.access, state.organization.name, {
    action: 'Confirm the access',
    who: 'product owner',
    how: 'Export the report Opti ID User Product Roles again (Usage & Billing › Admin Center) and compare it with the one of the first phase; let one person of each pushed group sign in.',
    after: [KEY.audit],
    verify: 'The two reports differ only where access.csv says so.',
  });
}

/** Lets each phase wait for what must be done before it. */
export function addGates(planning: Planning): void {
  const { drafts } = planning;
  const protect = drafts.lastOf(drafts.keys('protect'));
  const deletes = drafts.keys('delete in Opti ID');
  for (const key of deletes) drafts.wait(key, ...protect);
  // The plan that is followed from here on is that of the run after the freeze.
  if (drafts.has(KEY.freeze)) {
    for (const key of deletes) if (key !== KEY.freeze) drafts.wait(key, KEY.freeze);
  }
  const last = [...planning.decisions.deletes.keys()].filter((id) =>
    planning.groupRecords.get(id)?.grants.some(({ is_admin_center_role }) => is_admin_center_role),
  );
  const lastKeys = last.map(KEY.deleteGroup);
  for (const key of lastKeys) drafts.wait(key, ...deletes.filter((other) => !lastKeys.includes(other)));
  if (planning.job === 'drift') {
    // Nothing arrives while Opti ID refuses what Okta sends; groups bring only people who are there.
    const before = [KEY.scimOn, KEY.connect, KEY.token].filter((key) => drafts.has(key));
    for (const key of drafts.keys('assign', 'push')) drafts.wait(key, ...before);
    const people = drafts.lastOf(drafts.keys('assign'));
    for (const key of drafts.keys('push')) drafts.wait(key, ...people);
  } else if (drafts.has(KEY.scimOn)) {
    drafts.wait(
      KEY.scimOn,
      ...drafts.lastOf(drafts.keys('record', 'protect', 'fix Okta', 'delete in Opti ID')),
    );
  }
}

/** What the connection of the SCIM app must be once SCIM is on. */
export const CONNECTION_EFFECT = { kind: 'set_connection', base_url: OPTI_ID_SCIM_BASE_URL } as const;
