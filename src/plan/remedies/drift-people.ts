import { byCodeUnit, type Finding } from '../../domain/finding.ts';
import { ACTIVE_USER_STATUSES } from '../../domain/okta.ts';
import type { UserRecord } from '../../domain/plan.ts';
import { GROUP_ACCESS } from '../cutover.ts';
import { type Draft, namesOf } from '../drafts.ts';
import { evidenceOf } from '../evidence.ts';
import { KEY } from '../keys.ts';
import {
  claim,
  decide,
  groupBy,
  type KeysOf,
  oktaIdsOf,
  type Planning,
  type Remedy,
  settledBy,
  split,
  undecided,
} from '../planning.ts';
import { pushArrivals } from '../push-again.ts';
import { isManagedElsewhere, recordUser } from './people.ts';

function isActiveInOkta(status: string | null): boolean {
  return (ACTIVE_USER_STATUSES as readonly string[]).includes(status ?? '');
}

/** People whom Okta sends as new or again, in an order that does not hang on the findings'. */
function sendable(planning: Planning, ids: readonly string[]): string[] {
  return ids.filter((id) => !planning.heldBack.has(id));
}

/**
 * Whoever is out in Okta and still in Opti ID: their access at once, then the account. Okta deletes only whom it
 * holds by an id, and sends a removal once; the rest is for Optimizely Support.
 */
export function addLeavers(planning: Planning): void {
  const { drafts, state } = planning;
  const gone = new Map(state.drift.gone_users.map((user) => [user.opti_user_id, user]));
  const held = new Set(
    state.drift.gone_users.filter(({ is_held }) => is_held).map(({ okta_user_id }) => okta_user_id),
  );
  const doubled = new Set(
    planning
      .findingsOf('user-match-ambiguous')
      .flatMap((finding) => evidenceOf(finding, 'user-match-ambiguous').opti_user_ids ?? []),
  );
  const leavers: { way: Way; finding: Finding; user: UserRecord }[] = [];
  for (const finding of planning.findingsOf('deprovisioned-user-active')) {
    const user = planning.userRecords.get(finding.opti_id ?? '');
    if (!user || finding.okta_id === null || isManagedElsewhere(user)) continue;
    if (doubled.has(user.opti_user_id) || planning.leaving.has(user.opti_user_id)) continue;
    const { is_assigned, okta_status } = evidenceOf(finding, 'deprovisioned-user-active');
    const again = isActiveInOkta(okta_status) ? LEAVE.again : LEAVE.support;
    const unassign = held.has(finding.okta_id) ? LEAVE.unassign : LEAVE.support;
    const way = is_assigned ? unassign : again;
    planning.leaving.set(user.opti_user_id, way);
    leavers.push({ way, finding, user });
  }
  const records = leavers.map(({ user }) => recordUser(planning, user));

  const inCustom = leavers.flatMap(({ user: { opti_user_id, email } }) =>
    (gone.get(opti_user_id)?.custom_group_ids ?? []).map((id) => ({ id, opti_user_id, email })),
  );
  if (inCustom.length > 0) {
    drafts.add(
      'protect',
      LEAVE.strip,
      { names: inCustom.map(({ email }) => email), noun: 'people' },
      {
        action: 'Take people who are out from the groups made by hand',
        how: `${GROUP_ACCESS}: take them out of the custom groups that their records name, so that their access ends before the account does. Members of groups that Okta manages are left alone here: the next push takes those out.`,
        requires: 'Each of them is out for good.',
        after: [...records, KEY.superAdmin],
        verify: 'None of them is in a custom group.',
        effects: [...groupBy(inCustom, ({ id }) => id)]
          .sort(([a], [b]) => byCodeUnit(a, b))
          .map(([opti_group_id, users]) => ({
            kind: 'remove_members',
            opti_group_id,
            opti_user_ids: users.map(({ opti_user_id }) => opti_user_id).sort(byCodeUnit),
          })),
      },
    );
  }
  for (const [way, people] of groupBy(leavers, ({ way }) => way)) {
    const findings = people.map(({ finding }) => finding);
    const ids = people.map(({ user }) => user.opti_user_id).sort(byCodeUnit);
    const deletions = ids.map((opti_user_id) => ({ kind: 'delete_opti_user', opti_user_id }) as const);
    drafts.add(way === LEAVE.support ? 'fix Okta' : 'assign', way, findings, {
      after: [...records, LEAVE.strip, KEY.superAdmin],
      irreversible: true,
      verify:
        'System Log: application.provision.user.deactivate with outcome SUCCESS for each of them; the Admin Center does not find them.',
      ...WAYS_OUT[way](`SCIM app ${planning.app} › Assignments`),
      effects:
        way === LEAVE.unassign
          ? [{ kind: 'unassign_users', okta_user_ids: oktaIdsOf(findings) }, ...deletions]
          : deletions,
    });
  }
  pushArrivals(
    planning,
    leavers.flatMap(({ user }) => gone.get(user.opti_user_id)?.okta_group_ids ?? []),
  );
}

/** Keys of the steps for people who are out. */
const LEAVE = {
  strip: KEY.stripLeavers,
  unassign: KEY.leaveByUnassigning,
  again: KEY.leaveAgain,
  support: KEY.leaveBySupport,
} as const;
type Way = (typeof LEAVE)['unassign' | 'again' | 'support'];

/** How somebody who is out leaves Opti ID as well. */
type WayOut = Pick<Draft, 'action' | 'how'> & Partial<Draft>;
const WAYS_OUT: Readonly<Record<Way, (assignments: string) => WayOut>> = {
  [LEAVE.support]: () => ({
    who: 'Optimizely Support',
    action: 'Delete people whom Okta has given up',
    how: 'Okta has given these people up and does not send their removal again. Please delete their accounts; their records go with this. The Okta admin reads in the System Log why the removal failed, and sees that Deactivate Users is on. If one of them comes back to Okta, they are assigned and unassigned there instead.',
    verify: 'The Admin Center does not find any of them.',
    proof: 'support',
  }),
  [LEAVE.again]: (assignments) => ({
    action: 'Assign and unassign them again',
    how: `${assignments}: assign each of them, wait until they are provisioned, then unassign them: with Deactivate Users on, that deletes them in Opti ID.`,
    requires: 'They should be out. Whoever should stay is assigned, and not unassigned again.',
  }),
  [LEAVE.unassign]: (assignments) => ({
    action: 'Unassign people who are deactivated',
    how: `${assignments}: unassign them, first out of the assignment group: with Deactivate Users on, that deletes them in Opti ID.`,
  }),
};

/** The groups of people who have arrived are pushed again, where no id ties them to a store user yet. */
function pushGroupsOf(planning: Planning, oktaUserIds: readonly string[]): void {
  const ids = new Set(oktaUserIds);
  pushArrivals(
    planning,
    planning.state.drift.not_linked
      .filter(({ okta_user_id }) => ids.has(okta_user_id))
      .flatMap(({ okta_group_ids }) => okta_group_ids),
  );
}

/** Assigning members who are not, those whom the plan activates among them; they come with their groups. */
export function addAssignment(planning: Planning): void {
  const missing = planning
    .findingsOf('member-not-assigned')
    .filter(({ okta_id }) => !planning.heldBack.has(okta_id ?? ''));
  const staged = planning
    .findingsOf('member-staged')
    .filter(({ okta_id }) => planning.toAssign.has(okta_id ?? ''));
  const findings = [...missing, ...staged];
  if (findings.length === 0) return;
  const ids = oktaIdsOf(findings);
  planning.drafts.add('assign', KEY.assign, namesOf(findings), {
    action: 'Assign to the SCIM app',
    how: `Put them into the assignment group of the SCIM app ${planning.app}, wait until they are provisioned, then push their groups again.`,
    requires: 'They should have what the group grants. Whoever should not is taken out of the Okta group.',
    after: [KEY.activate],
    verify:
      'System Log: application.user_membership.add for each of them and this app; the store has them in their groups.',
    effects: [
      { kind: 'assign_users', okta_user_ids: ids },
      { kind: 'send_users', okta_user_ids: ids },
    ],
  });
  pushArrivals(
    planning,
    findings.map((each) => evidenceOf(each, 'member-not-assigned', 'member-staged').okta_group_id),
  );
}

/** Provision User for everybody whom a finding names and no id ties to a store user yet. */
export function addProvisioning(planning: Planning): void {
  const notLinked = new Set(planning.state.drift.not_linked.map(({ okta_user_id }) => okta_user_id));
  const deleted = new Set(oktaIdsOf(planning.findingsOf('user-deleted-by-hand')));
  const concerned = [
    ...planning.findingsOf('user-not-provisioned'),
    ...planning.findingsOf('user-not-adopted'),
    ...[...planning.findingsOf('member-missing'), ...planning.findingsOf('member-staged')].filter(
      ({ okta_id }) => okta_id !== null && notLinked.has(okta_id) && !deleted.has(okta_id),
    ),
  ].filter(({ okta_id }) => okta_id !== null && !planning.heldBack.has(okta_id));
  if (concerned.length === 0) return;
  const ids = sendable(planning, oktaIdsOf(concerned));
  planning.drafts.add(
    'assign',
    KEY.provision,
    { names: concerned.map(personOf), noun: 'people' },
    {
      action: 'Provision people whom Okta does not manage yet',
      how: `SCIM app ${planning.app} › Assignments: read the error next to each of them, if there is one, and fix its cause. Then choose Provision User (or Retry). A Force Sync proves nothing. Do not unassign anybody to try.`,
      after: [KEY.activate, KEY.assign],
      verify:
        'Each app user has an externalId and the store a user of that id. System Log: app.user_management.push_new_user_success for each of them.',
      effects: [{ kind: 'send_users', okta_user_ids: ids }],
    },
  );
  pushGroupsOf(planning, ids);
}

/** Whom a finding on a user or on a membership is about. */
function personOf(finding: Finding): string {
  return finding.subject_type === 'user'
    ? finding.subject
    : evidenceOf(finding, 'member-missing', 'member-staged').person;
}

/** Sends people again whose store user is not as Okta has them; who is leaving needs no correction. */
function bySending(
  action: string,
  step: { how: (planning: Planning) => string; verify: string; proof?: 'time' },
): Remedy {
  return (planning, findings) => {
    const outOfReach = new Set(planning.state.drift.out_of_reach);
    const left = claim(planning, findings, leavingKeys);
    const [reached, open] = split(
      left,
      ({ okta_id }) => okta_id !== null && !outOfReach.has(okta_id) && !planning.heldBack.has(okta_id),
    );
    const [first] = reached;
    if (first) {
      const ids = oktaIdsOf(reached);
      planning.drafts.add('assign', first.rule, reached, {
        action: action,
        how: step.how(planning),
        after: ['update-attributes-off', 'username-updates-off', 'username-differs-from-email'].flatMap(
          (rule) => [rule, ...planning.findingsOf(rule).map(({ finding_id }) => `${rule} ${finding_id}`)],
        ),
        verify: step.verify,
        proof: step.proof ?? 'applied',
        effects: [{ kind: 'send_users', okta_user_ids: ids }],
      });
      pushGroupsOf(planning, ids);
    }
    decide(planning, open, {
      action: 'Decide about people whom Okta does not send',
      how: 'Okta sends nothing about people who are not active or not assigned, and who may be somebody else in Opti ID is not sent before that is known. Activate and assign them, or end their account, each in Okta; then audit again. Correct nothing in Opti ID.',
    });
  };
}

const leavingKeys: KeysOf = ({ opti_id }, { leaving }) => [leaving.get(opti_id ?? '') ?? null];

const deletedByHand: Remedy = (planning, findings) => {
  const { drafts } = planning;
  const suspended = new Set(
    planning
      .findingsOf('suspended-user-active')
      .filter((finding) => evidenceOf(finding, 'suspended-user-active').is_assigned)
      .map(({ okta_id }) => okta_id),
  );
  const left = claim(planning, findings, ({ okta_id }) =>
    okta_id !== null && suspended.has(okta_id) ? ['suspended-user-active'] : [],
  ).filter(({ okta_id }) => okta_id !== null);
  const [back, out] = split(left, (finding) =>
    isActiveInOkta(evidenceOf(finding, 'user-deleted-by-hand').okta_status),
  );
  if (back.length > 0) {
    const ids = oktaIdsOf(back);
    drafts.add('assign', 'user-deleted-by-hand', back, {
      action: 'Unassign and assign again people whose account was deleted',
      how: `SCIM app ${planning.app} › Assignments: unassign them, then assign them again, so that Okta forgets the account that is gone and makes or takes over another. Do not invite them by hand.`,
      verify:
        'Each app user has a new externalId and the store a user of that id. System Log: app.user_management.push_new_user_success for each of them.',
      effects: [
        { kind: 'unassign_users', okta_user_ids: ids },
        { kind: 'assign_users', okta_user_ids: ids },
        { kind: 'send_users', okta_user_ids: ids },
      ],
    });
    pushGroupsOf(planning, ids);
    drafts.add('give access back', KEY.directRoles, namesOf(back), {
      action: 'Give back what the lost accounts had next to their pushed groups',
      how: 'A new account has no direct roles and is in no custom group. Look into the last report Opti ID User Product Roles (Usage & Billing › Admin Center) from before they were deleted, and give them again what the product owner confirms.',
      after: ['user-deleted-by-hand'],
      verify: 'The product owner has confirmed it, person by person.',
      proof: 'decision',
    });
  }
  if (out.length > 0) {
    drafts.add('assign', 'user-deleted-by-hand unassign', out, {
      action: 'Unassign inactive people whose account was deleted',
      how: `SCIM app ${planning.app} › Assignments: unassign them; assign them again once they are active in Okta, and Okta creates them again.`,
      verify: 'System Log: application.user_membership.remove for each of them and this app.',
      effects: [{ kind: 'unassign_users', okta_user_ids: oktaIdsOf(out) }],
    });
  }
  decide(
    planning,
    findings.filter(({ okta_id }) => okta_id === null),
    { action: 'Decide which account is theirs' },
  );
};

const emailDrifted: Remedy = (planning, findings) => {
  const [refused, unsent] = split(
    findings,
    (finding) => evidenceOf(finding, 'user-email-drifted').push_event !== null,
  );
  // Opti ID's reference says that a user name cannot be changed, so nobody can promise that the push helps.
  bySending('Let Okta push the e-mails', {
    how: (planning) =>
      `Never in Opti ID. The e-mail travels as user name: see on SCIM app ${planning.app} › Assignments that it is the right e-mail and that updates of user names are on (Sign On › Update application username on), then let Okta push the profile. If Opti ID still has the old e-mail then, ask Optimizely Support.`,
    verify:
      'System Log: application.provision.user.push_profile with outcome SUCCESS; the two e-mails are the same.',
    proof: 'time',
  })(planning, unsent);
  const open = claim(planning, refused, leavingKeys);
  decide(planning, open, {
    key: KEY.support('user-email-drifted'),
    who: 'Optimizely Support',
    action: 'Change e-mails that Opti ID did not take',
    how: 'Okta has sent the new e-mail and Opti ID has kept the old one: another push changes nothing. Please change it. If that cannot be done, the product owner decides, person by person, whether to record the roles outside the pushed groups, unassign the person, which deletes the account for good, and assign them anew.',
    proof: 'support',
  });
};

/** What only Optimizely Support can settle; until then nothing is sent about these people. */
function askSupport(action: string): Remedy {
  return undecided({ who: 'Optimizely Support', action, proof: 'support' });
}

const provisioned = settledBy(
  ({ okta_id }, { heldBack }) => (okta_id !== null && !heldBack.has(okta_id) ? [KEY.provision] : []),
  {
    action: 'Decide who is who before they are provisioned',
    how: 'Opti ID may have an account of theirs under another address or in another organization. Settle that, then choose Provision User. A Force Sync proves nothing.',
  },
);

/** Remedies for the rules of the nightly audit on users. */
export const DRIFT_PEOPLE_REMEDIES = {
  'user-left-behind': settledBy(
    ({ okta_id }, { toAssign }) => (toAssign.has(okta_id ?? '') ? [KEY.assign] : []),
    {
      who: 'product owner',
      action: 'Decide who stays in Opti ID',
      how: 'Nobody manages them. Whoever stays is assigned to the SCIM app (Okta takes over the user with that e-mail), created in Okta first where need be; whoever has left is recorded and deleted in the Opti ID Admin Center, or by Optimizely Support where the account was SCIM-managed before. Take their product instances away meanwhile, in custom groups only.',
    },
  ),
  'user-name-drifted': bySending('Correct the names in Okta and send them again', {
    how: () =>
      'Never in Opti ID. If Opti ID has the right name, enter it in Okta (Directory › People › Profile, or the directory that the profile comes from); if Okta has it, save a change of the profile, so that Okta sends it again.',
    verify:
      'System Log: application.provision.user.push_profile with outcome SUCCESS; the two names are the same.',
  }),
  'user-email-drifted': emailDrifted,
  'user-address-held': askSupport('Join the two accounts of one person'),
  'user-linked-to-another': askSupport('Part the accounts of two people'),
  'user-not-adopted': provisioned,
  'user-not-provisioned': provisioned,
  'user-deleted-by-hand': deletedByHand,
  'user-access-lost': undecided({
    phase: 'give access back',
    who: 'product owner',
    action: 'Say who gets back what the former account had',
    how: 'The finding lists what each of them had through product groups and groups made by hand. Say what each should have; an Opti ID admin gives it back in the Admin Center.',
  }),
  'user-push-failed': bySending('Resolve and retry what Okta could not send', {
    how: (planning) =>
      `SCIM app ${planning.app} › Assignments, or Okta Admin Console › Dashboard › Tasks: read the error next to each of them, fix its cause, and retry. A Force Sync proves nothing.`,
    verify: 'Nobody is in error; the user in the Admin Center is as in Okta.',
  }),
  'deprovisioned-user-active': settledBy(leavingKeys, {
    action: 'Decide what becomes of people who are out in Okta',
    how: 'They are collaborators, sign in locally, or share an account with somebody: nobody deletes those for being unassigned. Assign them, or record them, take their access, and delete them in the Admin Center or with Optimizely Support.',
  }),
} as const satisfies Readonly<Record<string, Remedy>>;
