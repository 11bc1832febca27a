import { byCodeUnit, type Finding } from '../../domain/finding.ts';
import type { Effect, PlanMembership, UserRecord } from '../../domain/plan.ts';
import { approveGroup } from '../cutover.ts';
import { counted, nameAll, namesOf } from '../drafts.ts';
import { evidenceOf } from '../evidence.ts';
import { KEY } from '../keys.ts';
import { moveOutsideScim } from '../outside-scim.ts';
import {
  claim,
  decide,
  groupBy,
  nameStepOf,
  oktaIdsOf,
  type Planning,
  type Remedy,
  settledBy,
  split,
  undecided,
} from '../planning.ts';

/** One step for everybody whom a rule names. */
function together(
  action: string,
  step: { how: string; verify: string; effects: (findings: readonly Finding[]) => Effect[] },
): Remedy {
  return (planning, findings) => {
    const [first] = findings;
    if (!first) return;
    const { drift } = planning.state;
    const notSent = new Set([
      ...planning.heldBack,
      ...drift.out_of_reach,
      ...drift.not_linked.map(({ okta_user_id }) => okta_user_id),
    ]);
    const sent = oktaIdsOf(findings).filter((id) => !notSent.has(id));
    const effects = step.effects(findings);
    // After the cutover Okta sends what is changed there, of those whom it has provisioned.
    if (planning.job === 'drift') effects.push({ kind: 'send_users', okta_user_ids: sent });
    planning.drafts.add('fix Okta', first.rule, findings, {
      action,
      how: step.how,
      verify: step.verify,
      effects,
    });
  };
}

/** Adds the step that records a store user; returns its key. */
export function recordUser(planning: Planning, user: UserRecord): string {
  return planning.drafts.addOnce('record', KEY.recordUser(user.opti_user_id), user.email, {
    action: 'Record the user',
    how: `Compare Opti ID Admin Center › Users › ${user.email} with the record in this plan.`,
    each: `has ${counted(user.groups.length, 'group')} and ${counted(user.grants.length, 'role')}, and the id ${user.opti_user_id}`,
    verify: 'Groups and roles in the Admin Center are those of the record.',
    record: user,
  });
}

/** Recording a store user and deleting it in the Admin Center, before SCIM is on. */
function addUserDeletion(
  planning: Planning,
  user: UserRecord,
  requires: string,
  after: readonly string[],
): string {
  return planning.drafts.addOnce('delete in Opti ID', KEY.deleteUser(user.opti_user_id), user.email, {
    action: 'Delete the user',
    how: `Opti ID Admin Center › Users › ${user.email} (${user.opti_user_id}) › Delete. The Admin Center deletes by e-mail: where two users share one, ask Optimizely Support to delete the right one.`,
    requires,
    after: [recordUser(planning, user), ...after],
    irreversible: true,
    verify: `The store has no user ${user.opti_user_id}.`,
    effects: [{ kind: 'delete_opti_user', opti_user_id: user.opti_user_id }],
  });
}

/**
 * SCIM does not manage people of another organization or with local login: the plan does not decide whether they go. Nor
 * does it where nobody shows whether they are such people.
 */
export function isManagedElsewhere(user: UserRecord): boolean {
  return user.is_collaborator !== false || user.local_login !== false;
}

/** The store user to keep of several with one e-mail: linked, then with the most access, then the latest. */
function bestFirst(a: UserRecord, b: UserRecord): number {
  return (
    Number(b.is_linked) - Number(a.is_linked) ||
    Number(isManagedElsewhere(b)) - Number(isManagedElsewhere(a)) ||
    b.grants.length - a.grants.length ||
    b.groups.length - a.groups.length ||
    byCodeUnit(b.last_login_at ?? '', a.last_login_at ?? '') ||
    byCodeUnit(a.opti_user_id, b.opti_user_id)
  );
}

/** Store users of an ambiguous e-mail when the plan may propose whom to keep; else null. */
export function proposeKept(
  planning: Pick<Planning, 'job' | 'state' | 'userRecords'>,
  finding: Finding,
): { kept: UserRecord; others: UserRecord[] } | null {
  const { opti_user_ids, is_email_alone } = evidenceOf(finding, 'user-match-ambiguous');
  const ids = opti_user_ids ?? [];
  const users = ids.flatMap((id) => planning.userRecords.get(id) ?? []);
  const [kept, ...others] = [...users].sort(bestFirst);
  if (
    planning.job !== 'precutover' ||
    !is_email_alone ||
    users.length !== ids.length ||
    kept === undefined ||
    others.length === 0 ||
    planning.state.live_accounts.some(({ opti_user_id }) => ids.includes(opti_user_id)) ||
    others.some((user) => isManagedElsewhere(user) || user.is_linked)
  ) {
    return null;
  }
  return { kept, others };
}

const ambiguous: Remedy = (planning, findings) => {
  const open = claim(planning, findings, (finding) => {
    const proposal = proposeKept(planning, finding);
    if (proposal === null) return [];
    const { kept, others } = proposal;
    const has = new Set(kept.groups.map(({ opti_group_id }) => opti_group_id));
    const missing = new Map(
      others
        .flatMap(({ groups }) => groups)
        .filter(
          ({ opti_group_id, group_type }) =>
            !has.has(opti_group_id) &&
            group_type !== 'internal' &&
            !planning.decisions.deletes.has(opti_group_id),
        )
        .map((group) => [group.opti_group_id, group.name]),
    );
    const keep = KEY.keep(finding.finding_id);
    const requires = `The product owner has confirmed that ${kept.opti_user_id} is the account to keep, and that all of them are one person.`;
    if (missing.size > 0) {
      planning.drafts.add('protect', keep, finding.subject, {
        action: 'Give the account that is kept the groups of the others',
        how: `Opti ID Admin Center › Users › ${kept.email} (${kept.opti_user_id}): add ${[...missing.values()].sort(byCodeUnit).join('; ')}.`,
        requires,
        verify: 'The account is in all of these groups.',
        effects: [...missing.keys()].sort(byCodeUnit).map((opti_group_id) => ({
          kind: 'add_members',
          opti_group_id,
          opti_user_ids: [kept.opti_user_id],
        })),
      });
    }
    return others.map((other) => addUserDeletion(planning, other, requires, [keep]));
  });
  decide(planning, open, {
    action: 'Decide who is who',
    how: `Each of these accounts may be the one that somebody assigned in Okta uses: ${nameAll(open.map(accountsOf), 'e-mails')}. Ask the person which one they use, give that one what the others have, and only then delete the others in the Admin Center; or correct the user name of the app user who is somebody else (SCIM app › Assignments). Then audit again.`,
  });
};

/** An ambiguous e-mail, its accounts, and who in Okta would be hit. */
function accountsOf(finding: Finding): string {
  const { opti_user_ids, okta_user_ids } = evidenceOf(finding, 'user-match-ambiguous');
  const okta = okta_user_ids ?? [];
  return `${finding.subject} (Opti ID: ${(opti_user_ids ?? []).join(', ')}; Okta: ${okta.join(', ') || 'nobody assigned'})`;
}

/** Whom SCIM should not manage leaves the assignment while nothing ties them yet: later that would delete them. */
const outsideScim: Remedy = (planning, findings) => {
  const { drafts, state, job } = planning;
  const isOn = job === 'drift' || state.organization.provisioning_mode === 'scim';
  const [tied, free] = split(
    findings,
    (finding) => evidenceOf(finding, 'person-outside-scim-assigned').matched_by_id,
  );
  decide(planning, tied, {
    key: KEY.support('person-outside-scim-assigned'),
    who: 'Optimizely Support',
    action: 'Say how to take these people out of SCIM',
    how: 'SCIM should not manage these people, and Okta manages their accounts already: to unassign them would delete the accounts for good. How are they taken out of SCIM and keep their accounts? Until there is an answer the assignments stay as they are.',
    proof: 'support',
  });
  const standIns = new Set(
    state.to_assign.flatMap(({ is_stand_in, okta_user_id }) => (is_stand_in ? [okta_user_id] : [])),
  );
  // Who is only in the SSO app signs in with it: they are left out when the others are assigned.
  const open = claim(planning, free, ({ okta_id }) => (standIns.has(okta_id ?? '') ? [KEY.assign] : []));
  if (isOn) {
    decide(planning, open, {
      action: 'Decide who manages these people',
      how: 'Send nothing and unassign nobody before it is known whether Okta has taken an account over: with an external id, ask Optimizely Support; without one, unassign the person and keep them in Opti ID by hand.',
    });
    return;
  }
  if (open.length === 0) return;
  const ids = oktaIdsOf(open);
  const groups = groupBy(
    state.outside_scim
      .filter(({ okta_user_id }) => ids.includes(okta_user_id))
      .flatMap(({ okta_user_id, okta_group_ids }) => okta_group_ids.map((id) => ({ id, okta_user_id }))),
    ({ id }) => id,
    ({ okta_user_id }) => okta_user_id,
  );
  drafts.add('fix Okta', 'person-outside-scim-assigned', open, {
    action: 'Unassign people whom SCIM should not manage',
    how: `SCIM app ${planning.app} › Assignments: unassign them, first out of the assignment group, and take them out of the groups that are pushed. They keep their account in Opti ID, and their own way to sign in.`,
    requires: 'SCIM is not on yet: afterwards an unassignment deletes the account.',
    verify: 'The app does not list them; the Admin Center still does.',
    effects: [
      { kind: 'unassign_users', okta_user_ids: ids },
      ...[...groups].map(
        ([okta_group_id, okta_user_ids]) =>
          ({ kind: 'remove_okta_members', okta_group_id, okta_user_ids }) as const,
      ),
    ],
  });
};

const suspended: Remedy = (planning, findings) => {
  const { drafts, leaving } = planning;
  const isDrift = planning.job === 'drift';
  const of = (finding: Finding) => evidenceOf(finding, 'suspended-user-active');
  const assigned = findings.filter((finding) => of(finding).is_assigned);
  const unassign = 'suspended-user-active';
  if (assigned.length > 0) {
    const gone = isDrift ? new Set(assigned.flatMap(({ opti_id }) => opti_id ?? [])) : [];
    for (const id of gone) if (!leaving.has(id)) leaving.set(id, unassign);
    drafts.add('fix Okta', unassign, assigned, {
      action: 'Unassign suspended people',
      how: `SCIM app ${planning.app} › Assignments: unassign them (where the SSO app stands in for it, there), first out of the assignment group; or deactivate them in Okta. Once they are back, assign them again and give them what is recorded.`,
      verify: 'System Log: application.user_membership.remove for each of them and this app.',
      effects: [
        { kind: 'unassign_users', okta_user_ids: oktaIdsOf(assigned) },
        // After the cutover Okta tells Opti ID, which deletes them.
        ...[...gone]
          .filter((id) => leaving.get(id) === unassign)
          .map((opti_user_id) => ({ kind: 'delete_opti_user', opti_user_id }) as const),
      ],
    });
  }
  const open = claim(planning, findings, (finding) => {
    const { is_assigned, is_in_store } = of(finding);
    if (isDrift || !is_in_store) return is_assigned ? [unassign] : [];
    const user = planning.userRecords.get(finding.opti_id ?? '');
    if (!user || isManagedElsewhere(user)) return [];
    const requires =
      'The suspension stands. Whoever is to come back soon is left alone, and the finding waived.';
    return [addUserDeletion(planning, user, requires, [unassign])];
  });
  decide(planning, open, {
    key: KEY.decide('suspended'),
    action: 'Decide whether suspended people keep their access',
    how: 'They are collaborators, sign in locally, or no SCIM app manages them: deactivate them in Okta and delete them in the Opti ID Admin Center, or unsuspend them.',
  });
};

/** The step that brings somebody whom a replaced group would lose, or null where that needs a decision. */
function returnStep(planning: Planning, row: PlanMembership): string | null {
  if (!row.comes_back || row.okta_user_id === null || planning.heldBack.has(row.okta_user_id)) return null;
  const isStaged = row.cause === 'staged';
  if (isStaged && !planning.activated.has(row.okta_user_id)) return null;
  if (planning.decisions.okta.get(row.okta_group_id)?.kind !== 'push') return null;
  return planning.toAssign.has(row.okta_user_id) ? KEY.assign : isStaged ? KEY.activate : null;
}

const memberChange: Remedy = (planning, findings) => {
  const rows = new Map(planning.state.memberships.map((row) => [row.finding_id, row]));
  const open = claim(planning, findings, (finding) => {
    const row = rows.get(finding.finding_id);
    if (!row) return [];
    if (!planning.decisions.deletes.has(row.opti_group_id)) return nameStepOf(planning, row.okta_group_id);
    if (planning.drafts.has(KEY.deleteUser(row.opti_user_id ?? '')))
      return [KEY.deleteUser(row.opti_user_id ?? '')];
    const back = row.change === 'lost' ? returnStep(planning, row) : null;
    return [back ?? approveGroup(planning, row.opti_group_id)];
  });
  decide(planning, open, {
    key: KEY.decide(findings[0]?.rule ?? ''),
    who: 'product owner',
    action: 'Approve who leaves and who joins',
    how: 'Read memberships.csv: put those who should stay into the Okta group, take those who should not join out of it, and approve the rest in writing.',
  });
};

/** Moves collaborators and people with local login into a custom group of their own. */
const collaborators: Remedy = (planning, findings) => {
  const of = (finding: Finding) => evidenceOf(finding, 'collaborator-in-pushed-group');
  const byGroup = groupBy(findings, (finding) => of(finding).opti_group_id);
  const open = claim(planning, findings, (finding) => {
    const { okta_group_id, opti_group_id } = of(finding);
    const nameSteps = nameStepOf(planning, okta_group_id);
    if (!planning.decisions.deletes.has(opti_group_id)) return nameSteps;
    const wanted = new Set(byGroup.get(opti_group_id)?.flatMap(({ opti_id }) => opti_id ?? []));
    const move = moveOutsideScim(planning, opti_group_id, wanted);
    return move !== null && planning.outsideScim.get(opti_group_id)?.has(finding.opti_id ?? '')
      ? [move]
      : nameSteps;
  });
  decide(planning, open, {
    action: 'Decide where collaborators belong',
    how: 'Make a custom group of another name with the same instances and roles, and move collaborators and people with local login there before anything replaces their group.',
  });
};

/** Okta must not provision either of the two before that is decided. */
function onePerson(likeness: string): Remedy {
  return undecided({
    who: 'product owner',
    action: 'Decide whether two users are one person',
    how: `Each has ${likeness}. One person: make the two e-mails alike before Okta provisions them. Two people: waive the finding. Until then leave them out when you provision.`,
  });
}

/** Remedies for the rules on memberships and users. */
export const PEOPLE_REMEDIES = {
  'suspended-user-active': suspended,
  'user-match-ambiguous': ambiguous,
  'collaborator-in-pushed-group': collaborators,
  'member-gains-group': memberChange,
  'member-loses-group': memberChange,
  'member-not-assigned': settledBy(
    ({ okta_id }, { heldBack }) => (heldBack.has(okta_id ?? '') ? [] : [KEY.assign]),
    {
      action: 'Decide who is assigned',
      how: 'Assign these members to the SCIM app through the assignment group, or take them out of the pushed group. Where another profile of theirs is assigned already, leave this one out: two profiles would claim one account.',
    },
  ),
  'member-staged': ({ drafts }, findings) => drafts.resolve(KEY.activate, findings),
  'person-outside-scim-assigned': outsideScim,
  'take-over-of-another': undecided({
    who: 'product owner',
    action: 'Decide whose account it is',
    how: 'Both names differ from those in Opti ID. Hold these people back: until it is settled they are neither assigned nor provisioned. If the holder has left, Optimizely Support frees the address; if it is one person with a new name, correct the name and audit again.',
  }),
  'user-in-other-organization': undecided({
    action: 'Decide where these people belong',
    how: 'Opti ID refuses to create them here (409). Leave them out when you provision: unassign and invite them as collaborators, or ask Optimizely Support to move them to this organization.',
  }),
  'user-known-by-login': onePerson('a login that is the e-mail of a store user'),
  'user-domain-changed': onePerson('the name and the local part of a store user of another domain'),
  'user-email-alias': onePerson('the address of a store user but for a +tag'),
  'user-email-case': together('Write the e-mail as Opti ID has it', {
    how: 'Directory › People › Profile (or the directory that the profile comes from): write each e-mail exactly as the evidence says it stands in Opti ID, at least until the person has been taken over. plan.json lists them.',
    verify: 'The audit no longer finds a difference.',
    effects: (findings) =>
      findings.flatMap((finding) => {
        const email = evidenceOf(finding, 'user-email-case').opti_email;
        return finding.okta_id === null || email === null
          ? []
          : [{ kind: 'set_email', okta_user_id: finding.okta_id, email } as const];
      }),
  }),
  'user-invitation-pending': (planning, findings) => {
    const ids = findings.flatMap((each) => evidenceOf(each, 'user-invitation-pending').invitation_ids);
    planning.drafts.add('delete in Opti ID', 'user-invitation-pending', findings, {
      action: 'Revoke pending invitations',
      how: 'Opti ID Admin Center › Invitations: revoke each of them; or wait until it is accepted, and audit again. What the invitation promised comes through the pushed groups.',
      verify: 'The invitations are listed as revoked.',
      effects: [{ kind: 'revoke_invitations', opti_invitation_ids: [...new Set(ids)].sort(byCodeUnit) }],
    });
  },
  'user-name-missing': together('Fill in missing names', {
    how: 'Directory › People › Profile: fill in first and last name, or in the directory that the profile comes from.',
    verify: 'The audit finds both names.',
    effects: (findings) => [{ kind: 'fill_names', okta_user_ids: oktaIdsOf(findings) }],
  }),
  'user-unmanaged': settledBy(
    ({ okta_id }, { toAssign }) => (toAssign.has(okta_id ?? '') ? [KEY.assign] : []),
    {
      who: 'product owner',
      action: 'Decide who stays in Opti ID',
      how: 'Assign each of them to the SCIM app; or delete them in the Opti ID Admin Center before the cutover if they have left, recorded first. Nobody updates or removes them afterwards.',
    },
  ),
  'username-differs-from-email': (planning, findings) => {
    const emailOf = (finding: Finding) => evidenceOf(finding, 'username-differs-from-email').email;
    const [nameless, named] = split(findings, (finding) => emailOf(finding) === null);
    together('Correct the user names', {
      how: `SCIM app ${planning.app} › Assignments › the person › Edit: set the user name to the primary e-mail; or let the app make it (Sign On › Application username format Email › Update Now).`,
      verify: 'Each user name is the e-mail.',
      effects: (wrong) =>
        wrong.flatMap((finding): Effect[] => {
          const user_name = emailOf(finding);
          return finding.okta_id === null || user_name === null
            ? []
            : [{ kind: 'set_user_name', okta_user_id: finding.okta_id, user_name }];
        }),
    })(planning, named);
    decide(planning, nameless, {
      key: KEY.decide('username-differs-from-email'),
      action: 'Give these people an e-mail',
      how: 'They have no primary e-mail in Okta, so nothing can be their user name. Give them one, or unassign them.',
    });
  },
} as const satisfies Readonly<Record<string, Remedy>>;

/** The step that activates people whom a push would leave out. */
export function addActivation(planning: Planning): void {
  const findings = planning.findingsOf('member-staged');
  if (findings.length === 0) return;
  planning.drafts.add('fix Okta', KEY.activate, namesOf(findings), {
    action: 'Activate people who are staged',
    how: 'Directory › People: activate them. Whoever must not start yet is left alone: activate them later, and push their groups again then.',
    verify: 'Their status is ACTIVE.',
    effects: [{ kind: 'activate_users', okta_user_ids: oktaIdsOf(findings) }],
  });
}
