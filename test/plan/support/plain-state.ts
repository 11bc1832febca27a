import { createHash } from 'node:crypto';
import type { Finding } from '../../../src/domain/finding.ts';
import { foldName, isReservedName, lookalikeName, looksReserved } from '../../../src/domain/names.ts';
import {
  NO_DRIFT,
  type PlanGrant,
  type PlanState,
  type RecordedMember,
  type WorkPlan,
} from '../../../src/domain/plan.ts';
import type { PlanAbout } from '../../../src/plan/assemble-plan.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { RULES } from '../../../src/rules/index.ts';
import { LIMITS } from './plan-world.ts';

/** A state with an organization, a SCIM app and nothing else. */
export function plainState(patch: Partial<PlanState> = {}): PlanState {
  return {
    organization: { name: 'Example Inc.', provisioning_mode: 'jit' },
    scim_app: { okta_app_id: '0oaScim', label: 'Opti ID SCIM' },
    scim_app_is_set: false,
    inactive_scim_apps: [],
    sso_connections: [{ opti_connection_id: 'sso-1', name: 'Okta', scim_enabled: true }],
    okta_groups: [],
    opti_groups: [],
    taken: [],
    group_records: [],
    memberships: [],
    namesakes: [],
    lost_access: [],
    user_records: [],
    to_assign: [],
    live_accounts: [],
    live_access: [],
    outside_scim: [],
    super_admins: [],
    drift: NO_DRIFT,
    notes: [],
    ...patch,
  };
}

export const EDITOR: PlanGrant = {
  opti_instance_id: 'instance-1',
  opti_role_id: 'role-1',
  product: 'CMS',
  instance: 'Website',
  role: 'Editor',
  is_admin_center_role: false,
};

export function member(id: string, patch: Partial<RecordedMember> = {}): RecordedMember {
  return {
    email: `${id}@example.com`,
    opti_user_id: id,
    first_name: 'Ada',
    last_name: 'Byron',
    home_organization_id: 'org-1',
    is_collaborator: false,
    local_login: false,
    okta_user_id: null,
    comes_back: true,
    ...patch,
  };
}

export function finding(rule: string, patch: Partial<Finding> = {}): Finding {
  const meta = RULES.find(({ id }) => id === rule);
  const { subject = 'subject', okta_id = null, opti_id = null } = patch;
  return {
    finding_id: createHash('sha256')
      .update(JSON.stringify([rule, okta_id, opti_id, subject]))
      .digest('hex')
      .slice(0, 16),
    rule,
    severity: meta?.severity ?? 'warning',
    state: 'new',
    subject_type: meta?.subject ?? 'group',
    subject,
    okta_id,
    opti_id,
    detail: 'Something is wrong.',
    fix: 'Mend it.',
    who: meta?.who ?? 'Okta admin',
    first_seen: '2026-11-20T03:00:00.000Z',
    evidence: {},
    ...patch,
  };
}

/** A pushed Okta group or a store group in few words. */
export interface GroupSketch {
  side: 'okta' | 'opti';
  name: string;
  type: 'custom' | 'internal' | 'product';
  has_mapping: boolean;
  gives_admin: boolean;
  members: readonly { comes_back: boolean; is_collaborator: boolean }[];
}

/** Groups, and what the rules on names would say of them. */
export function sketch(groups: readonly GroupSketch[]): { state: PlanState; findings: Finding[] } {
  const okta = groups
    .filter(({ side }) => side === 'okta')
    .map((group, index) => ({ ...group, id: `00g${index}` }));
  const opti = groups
    .filter(({ side }) => side === 'opti')
    .map((group, index) => ({ ...group, id: `group-${index}` }));
  const findings: Finding[] = [];
  const say = (rule: string, name: string, oktaId: string | null, optiId: string | null, evidence = {}) =>
    findings.push(finding(rule, { subject: name, okta_id: oktaId, opti_id: optiId, evidence }));
  const pairOf = (group: (typeof okta)[number]) =>
    group.has_mapping ? (opti.find(({ name }) => foldName(name) === foldName(group.name))?.id ?? null) : null;

  for (const group of okta) {
    if (looksReserved(group.name)) say('reserved-group-name', group.name, group.id, null);
    if (/["\\]|^\s|\s$/u.test(group.name)) say('group-name-fragile', group.name, group.id, null);
    if (okta.some(({ id, name }) => id !== group.id && foldName(name) === foldName(group.name))) {
      say('group-name-duplicate', group.name, group.id, null);
    }
    for (const other of opti) {
      const isReserved = isReservedName(other.name);
      if (foldName(other.name) === foldName(group.name)) {
        if (other.type === 'custom') {
          say('group-name-taken', group.name, group.id, other.id, { is_reserved: isReserved });
        }
        if (other.type === 'product') say('group-name-taken-by-product', group.name, group.id, other.id);
        if (pairOf(group) === other.id) {
          if (isReserved) say('reserved-group-linked', group.name, group.id, other.id);
          else if (other.type !== 'internal') {
            say('group-linked-to-existing', group.name, group.id, other.id);
          }
        }
      } else if (lookalikeName(other.name) === lookalikeName(group.name)) {
        say('group-name-lookalike', group.name, group.id, other.id);
      }
    }
  }
  for (const group of opti) {
    const isPaired = okta.some((pushed) => pairOf(pushed) === group.id);
    if (group.type === 'internal' && !isPaired && !isReservedName(group.name)) {
      say('group-orphaned', group.name, null, group.id);
    }
  }
  const membersOf = (group: (typeof opti)[number]) =>
    group.members.map((patch, index) => member(`${group.id}-user-${index}`, patch));
  return {
    findings,
    state: plainState({
      okta_groups: okta.map((group) => ({
        okta_group_id: group.id,
        name: group.name,
        is_built_in_everyone: false,
        in_scope: true,
        has_mapping: group.has_mapping,
        opti_group_id: pairOf(group),
      })),
      opti_groups: opti.map(({ id, name, type }) => ({
        opti_group_id: id,
        name,
        group_type: type,
        is_reserved: isReservedName(name),
      })),
      taken: okta.flatMap((group) =>
        opti
          .filter(({ type, name }) => type === 'custom' && foldName(name) === foldName(group.name))
          .map(({ id }) => ({ okta_group_id: group.id, opti_group_id: id })),
      ),
      group_records: opti.map((group) => ({
        kind: 'group',
        opti_group_id: group.id,
        name: group.name,
        description: null,
        group_type: group.type,
        members: membersOf(group),
        grants: [
          group.gives_admin
            ? { ...EDITOR, product: 'Admin Center', role: 'Super Admin', is_admin_center_role: true }
            : EDITOR,
        ],
      })),
    }),
  };
}

/** What a run of no importance says of itself. */
export const ABOUT: PlanAbout = {
  grantsHidden: null,
  tool: { name: 'optiid-audit', version: '0.0.0-test' },
  job: 'precutover',
  org: 'example.okta.com',
  stale: false,
  complete: true,
  unchecked: [],
  snapshotHash: 'f'.repeat(64),
  organization: { id: 'org-1', name: 'Example Inc.' },
  run: '20261124T031500Z-precutover',
  read: { began: '2026-11-24T03:15:00.000Z', ended: '2026-11-24T03:20:00.000Z' },
  goodForHours: 24,
  verdict: 'NO-GO: there are findings at or above error.',
  unread: [],
};

/** The plan for a state, without its proof. */
export function planFor(
  state: PlanState,
  findings: readonly Finding[],
  patch: Partial<Parameters<typeof makePlan>[0]> = {},
): WorkPlan {
  return makePlan({
    job: 'precutover',
    findings,
    state,
    limits: LIMITS,
    ...patch,
  });
}
