import type { Finding } from '../../domain/finding.ts';
import { foldName } from '../../domain/names.ts';
import type { GroupRecord } from '../../domain/plan.ts';
import { recordGroup } from '../cutover.ts';
import { counted, emailsOf, grantsIn } from '../drafts.ts';
import { evidenceOf } from '../evidence.ts';
import { KEY } from '../keys.ts';
import { groupBy, nameStepOf, type Planning, type Remedy, settledBy, undecided } from '../planning.ts';
import { pushAgain } from '../push-again.ts';

/** Findings on an Okta group that its renaming, leaving out or the word of Support settles. */
const settledByName = settledBy(({ okta_id }, planning) => nameStepOf(planning, okta_id));

/** Renaming, leaving out and asking Support: the steps that the decisions of groups call for. */
export function addNameSteps(planning: Planning): void {
  const { drafts, decisions, groupRecords } = planning;
  for (const finding of planning.findingsOf('reserved-group-linked')) {
    const key = KEY.askSupport(finding.okta_id ?? '');
    if (finding.okta_id === null || drafts.has(key)) continue;
    drafts.add('protect', KEY.pause(finding.okta_id), finding.subject, {
      action: 'Stop, and deactivate the push',
      who: 'Okta admin',
      how: `SCIM app ${planning.app} › Push Groups › ${finding.subject}: Deactivate group push, and nothing else. Do not unlink it, in whatever way.`,
      verify: 'The push mapping is INACTIVE; the members of the reserved group are those of yesterday.',
      effects: [{ kind: 'pause_push', okta_group_id: finding.okta_id }],
    });
    drafts.add('protect', key, finding.subject, {
      action: 'Say how to separate the group from the reserved group',
      who: 'Optimizely Support',
      how: `The push of ${finding.subject} is linked to ${evidenceOf(finding, 'reserved-group-linked').opti_group_name ?? 'a reserved group'}. How are the two separated without emptying or stranding it? Nothing is deleted, switched on or pushed before there is an answer.`,
      after: [KEY.pause(finding.okta_id)],
      verify: 'Optimizely Support has confirmed it in writing, and the audit no longer finds the link.',
      proof: 'support',
    });
  }
  for (const finding of ['group-linked-to-existing', 'group-link-shared'].flatMap(planning.findingsOf)) {
    const id = finding.okta_id;
    if (id === null || decisions.okta.get(id)?.kind !== 'support' || drafts.has(KEY.askSupport(id))) continue;
    const isShared = finding.rule === 'group-link-shared';
    const partner = isShared
      ? evidenceOf(finding, 'group-link-shared').target_name
      : evidenceOf(finding, 'group-linked-to-existing').opti_group_name;
    drafts.add('protect', KEY.askSupport(id), finding.subject, {
      action: 'Say how to separate the two groups',
      who: 'Optimizely Support',
      how: `The push of ${finding.subject} is linked to ${partner ?? 'a group in Opti ID'}: ${isShared ? 'another group is pushed into it as well' : 'the push did not make it, and linking is not supported'}. How are the two separated, so that nobody loses access meanwhile? Then the group is pushed as a new one.`,
      after: groupRecords.has(finding.opti_id ?? '') ? [recordGroup(planning, finding.opti_id ?? '')] : [],
      verify: 'The mapping targets a group that its own push made.',
      proof: 'support',
    });
  }
  for (const [id, { group, kind, newName }] of decisions.okta) {
    if (kind === 'leave-out') {
      drafts.add('fix Okta', KEY.settleName(id), group.name, {
        action: 'Take the group out of the push',
        how: `Take it out of AUDIT_PUSH_GROUPS and out of the groups assigned to the app, so that nothing pushes it; Opti ID keeps the name for itself.${group.has_mapping ? ' Deactivate its push.' : ''} If its people need a group, push another one of a plain name.`,
        verify: 'The audit no longer lists the group in the push scope.',
        effects: [{ kind: 'leave_out_of_push', okta_group_id: id }],
      });
    } else if (newName !== undefined && kind !== 'support') {
      drafts.add('fix Okta', KEY.settleName(id), group.name, {
        action: 'Rename the group',
        how: `Okta Admin Console › Directory › Groups › ${group.name}: rename it to "${newName}", or to another plain name that nobody else has; inform whoever uses the old name in a rule or a filter. Where AUDIT_PUSH_GROUPS names it by its name, change it there too.`,
        verify: 'The audit finds nothing wrong with the new name.',
        effects: [{ kind: 'rename_okta_group', okta_group_id: id, name: newName }],
      });
    }
  }
  for (const [id, name] of decisions.storeNames) {
    const old = planning.optiGroups.get(id)?.name ?? id;
    drafts.add('protect', KEY.renameStore(id), old, {
      action: 'Rename the group in Opti ID',
      how: `Opti ID Admin Center › Group Access › ${old}: rename it to "${name}", so that nobody takes it for the group that is pushed.`,
      verify: `The store's group is named ${name}.`,
      effects: [{ kind: 'rename_opti_group', opti_group_id: id, name }],
    });
  }
}

/** Recording and, by Optimizely Support, removing the groups that were left behind. */
export function addOrphanSteps(planning: Planning): void {
  for (const { opti_id, subject } of ['group-orphaned', 'group-name-taken-by-orphan'].flatMap(
    planning.findingsOf,
  )) {
    if (opti_id === null || planning.drafts.has(KEY.removeOrphan(opti_id))) continue;
    const record = planning.groupRecords.get(opti_id);
    if (!record) continue;
    if (planning.job === 'drift') {
      addOrphanAfterCutover(planning, subject, record);
      continue;
    }
    const isInTheWay = planning.takersOf.has(opti_id);
    recordGroup(planning, opti_id);
    planning.drafts.add('delete in Opti ID', KEY.removeOrphan(opti_id), subject, {
      action: 'Remove the group that was left behind',
      who: 'Optimizely Support',
      how: `An earlier push left ${subject} (${counted(record.members.length, 'member')}; it grants ${record.grants.length > 0 ? grantsIn(record.grants) : 'nothing'}). It goes with its record, and is to be removed. ${isInTheWay ? 'Nobody can delete it in the Admin Center, and the push of its name is refused while it is there. The pushed group gets what it grants.' : 'Meanwhile take its product instances away, if the Admin Center lets you, and give those who should keep the access another group first.'}`,
      requires: `Whoever should keep its access ${isInTheWay ? 'is in the Okta group, or ' : ''}has it through another group.`,
      irreversible: true,
      verify: `The store has no group ${opti_id}.`,
      effects: [{ kind: 'support_removes_group', opti_group_id: opti_id }],
    });
  }
}

/** After the cutover the access of a group that was left behind is taken first: Optimizely Support may take long. */
function addOrphanAfterCutover(planning: Planning, subject: string, record: GroupRecord): void {
  const { drafts } = planning;
  const id = record.opti_group_id;
  const emails = emailsOf(record.members);
  if (record.grants.length > 0) {
    drafts.add('protect', KEY.strip(id), subject, {
      action: 'Take the access of the group that was left behind',
      how: `Opti ID Admin Center › Group Access › ${subject} (${id}): take its product instances away, if the Admin Center lets you: ${grantsIn(record.grants)}. If it does not, ask Optimizely Support for that first. Do not try to edit its members.`,
      requires: `Whoever of its ${counted(record.members.length, 'member')} should keep the access has it through another group.`,
      after: [recordGroup(planning, id), KEY.superAdmin],
      verify: 'Store: the group grants nothing.',
      effects: [{ kind: 'revoke', opti_group_id: id, grants: record.grants }],
    });
  }
  drafts.add('fix Okta', KEY.removeOrphan(id), subject, {
    action: 'Remove the group that was left behind',
    who: 'Optimizely Support',
    how: `An earlier push left ${subject} (${id}): ${counted(record.members.length, 'member')}${record.members.length > 0 ? ` (${emails})` : ''}; it ${record.grants.length > 0 ? `granted ${grantsIn(record.grants)}` : 'grants nothing'}. It goes with its record, and is to be removed.`,
    after: [recordGroup(planning, id), KEY.strip(id)],
    irreversible: true,
    verify: `The store has no group ${id}.`,
    proof: 'support',
    effects: [{ kind: 'support_removes_group', opti_group_id: id }],
  });
}

/** Remedies for the rules on group names, links and lives. */
export const GROUP_REMEDIES = {
  'group-linked-to-existing': settledBy(({ okta_id, opti_id }, { decisions }) =>
    decisions.okta.get(okta_id ?? '')?.kind === 'support'
      ? [KEY.askSupport(okta_id ?? '')]
      : [KEY.deleteGroup(opti_id ?? '')],
  ),
  'group-link-shared': settledByName,
  'group-makes-team': undecided({ phase: 'verify', action: 'Look for the teams and their members' }),
  'group-name-duplicate': (planning, findings) => {
    const names = new Map(planning.state.okta_groups.map((group) => [group.okta_group_id, group.name]));
    const nameOf = ({ okta_id, subject }: Finding) => foldName(names.get(okta_id ?? '') ?? subject);
    const settling = groupBy(findings, nameOf, ({ okta_id }) => nameStepOf(planning, okta_id));
    settledBy((finding) => settling.get(nameOf(finding))?.flat() ?? [])(planning, findings);
  },
  'group-name-fragile': settledByName,
  'group-name-lookalike': settledBy(({ okta_id, opti_id }, planning) => [
    ...nameStepOf(planning, okta_id),
    KEY.renameStore(opti_id ?? ''),
    KEY.deleteGroup(opti_id ?? ''),
  ]),
  'group-name-taken': settledBy(({ okta_id, opti_id }, planning) =>
    planning.decisions.deletes.has(opti_id ?? '')
      ? [KEY.deleteGroup(opti_id ?? '')]
      : nameStepOf(planning, okta_id),
  ),
  'group-name-taken-by-product': settledByName,
  'group-name-taken-by-orphan': settledBy(({ opti_id }) => [KEY.removeOrphan(opti_id ?? '')]),
  'group-team-instance-unknown': undecided({
    phase: 'fix Okta',
    action: 'Name a product instance that has teams',
  }),
  'reserved-group-linked': settledByName,
  'reserved-group-name': settledByName,
  'group-assigned-and-pushed': (planning, findings) => {
    for (const finding of findings) {
      if (finding.okta_id === null) continue;
      planning.drafts.add('fix Okta', KEY.stopAssigning(finding.okta_id), [finding], {
        action: 'Assign with a group of its own',
        how: `Make one assignment group that holds everybody who is pushed, assign it to the SCIM app ${planning.app}, wait until all of them are assigned through it, and only then take ${finding.subject} off Assignments › Groups.`,
        verify: 'Nobody was unassigned on the way: no application.user_membership.remove in the System Log.',
        effects: [{ kind: 'stop_assigning_by_group', okta_group_id: finding.okta_id }],
      });
    }
  },
  'group-count-mismatch': settledBy(
    ({ opti_id }) => [KEY.deleteGroup(opti_id ?? ''), KEY.removeOrphan(opti_id ?? '')],
    {
      action: 'Say which count is right',
      how: 'The store counts more or fewer users in the group than it lists as members. Which of the two is right, and why do they differ?',
      proof: 'support',
    },
  ),
  'group-orphaned': settledBy(({ opti_id }) => [KEY.removeOrphan(opti_id ?? '')]),
  'group-push-failed': settledBy(({ okta_id }, planning) =>
    planning.drafts.has(KEY.push(okta_id ?? ''))
      ? [KEY.push(okta_id ?? '')]
      : [
          ...(planning.job === 'drift' ? [pushAgain(planning, okta_id)] : []),
          ...nameStepOf(planning, okta_id),
        ],
  ),
  'group-without-members': (planning, findings) => {
    const filled = new Set(
      planning.state.to_assign.flatMap(({ okta_user_id, okta_group_ids }) =>
        planning.toAssign.has(okta_user_id) ? okta_group_ids : [],
      ),
    );
    const staged = new Set(
      planning.findingsOf('member-staged').map((each) => evidenceOf(each, 'member-staged').okta_group_id),
    );
    settledBy(({ okta_id }) => {
      if (okta_id === null) return [];
      if (planning.decisions.okta.get(okta_id)?.kind === 'leave-out') return [KEY.settleName(okta_id)];
      if (filled.has(okta_id)) return [KEY.assign];
      return staged.has(okta_id) ? [KEY.activate] : [];
    })(planning, findings);
  },
} as const satisfies Readonly<Record<string, Remedy>>;
