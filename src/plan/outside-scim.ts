import { byCodeUnit } from '../domain/finding.ts';
import type { Effect, GroupRecord } from '../domain/plan.ts';
import { recordGroup } from './cutover.ts';
import { emailsOf, grantsIn } from './drafts.ts';
import { KEY } from './keys.ts';
import type { Planning } from './planning.ts';
import { isObstructed } from './push-again.ts';

/** Members whom SCIM does not manage: collaborators, partners, people with local login. */
export function idsOutsideScim({ members }: GroupRecord): Set<string> {
  return new Set(
    members.flatMap((each) => (each.is_collaborator || each.local_login ? [each.opti_user_id] : [])),
  );
}

/** A custom group of their own, with the same access, for members whom SCIM does not manage; null where there are none. */
export function moveOutsideScim(
  planning: Planning,
  optiGroupId: string,
  wanted?: ReadonlySet<string>,
): string | null {
  const key = KEY.move(optiGroupId);
  if (planning.drafts.has(key)) return key;
  const record = planning.groupRecords.get(optiGroupId);
  const outside = planning.outsideScim.get(optiGroupId);
  const moved = (record?.members ?? []).filter(
    ({ opti_user_id: id }) => outside?.has(id) && (wanted?.has(id) ?? true),
  );
  if (!record || moved.length === 0) return null;
  // Before the cutover the group itself is deleted: they must be out of it first. After it Okta manages its members.
  const isCutover = planning.job === 'precutover';
  const base = `${Array.from(record.name.trim()).slice(0, 100).join('')} (collaborators)`;
  const name = isCutover ? base : freeName(planning, base);
  const people = emailsOf(moved);
  const access = record.grants.length > 0 ? `give it ${grantsIn(record.grants)}` : 'without any access';
  const ids = moved.map(({ opti_user_id }) => opti_user_id).sort(byCodeUnit);
  const create: Effect = {
    kind: 'create_opti_group',
    opti_group_id: `predicted:collaborators:${optiGroupId}`,
    name,
    opti_user_ids: ids,
    grants: record.grants,
  };
  return planning.drafts.add('protect', key, record.name, {
    action: isCutover
      ? 'Move collaborators into a group of their own'
      : 'Give collaborators a group of their own',
    how: `Opti ID Admin Center › Group Access: make the custom group "${name}", ${access}, ${isCutover ? `put ${people} into it, then take them out of ${record.name}` : `and put ${people} into it`}.`,
    after: [recordGroup(planning, optiGroupId)],
    verify: 'Each of them signs in and reaches what they reached before.',
    effects: isCutover
      ? [create, { kind: 'remove_members', opti_group_id: optiGroupId, opti_user_ids: ids }]
      : [create],
  });
}

function freeName(planning: Planning, base: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!isObstructed(planning, name, null)) return name;
  }
}
