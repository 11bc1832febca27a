/**
 * The rules of the nightly job alone, in plain memory, written from the documents without a look at the engine.
 *
 * Where the documents leave a choice, it is made as follows.
 * - Who was unassigned and is in no listing goes by the alternate id that the log shows of the person.
 * - A failure that names a group by a name that several pushed groups bear is the one's with the smallest id:
 *   the log does not tell which it was. A group that is so called goes before one whose target is.
 * - `user-left-behind` in any domain is silent where it is in those of SCIM: ambiguous, suspended, managed by another app.
 * - `user-linked-to-another`: any other Okta user of that e-mail counts, whatever their status.
 * - `user-access-lost`: access through any group counts as there; somebody who still owns the old account lost nothing.
 * - `member-unexpected`: whom `member-staged` names in one pushed group is not named in another.
 * - A finding that is known from an earlier run, and what was in flight in the run before, are not told apart here.
 * - A trigger that has no later answer counts, however many triggers came after it.
 */
import type {
  AppUserRow,
  GroupPushMappingRow,
  LogEventRow,
  OktaGroupRow,
  OktaUserRow,
  OptiGroupRow,
  OptiUserRow,
} from '../../src/domain/dataset.ts';
import type { BaselineGrant } from '../../src/domain/memory.ts';
import {
  ACTIVE,
  domainOf,
  type Facts,
  type Found,
  fold,
  foldEmail,
  forGroup,
  forOrganization,
  forUser,
  GROUP_EVIDENCE,
  type GroupMatch,
  isTieById,
  NOT_ASSIGNED,
  NOT_YET_ACTIVE,
  type OracleRule,
  OTHER_MANAGERS,
  PUSH_SCOPE,
  RECORD,
  smallest,
} from './facts.ts';

// Groups.

interface ManagedGroup {
  okta: OktaGroupRow;
  opti: OptiGroupRow;
}

/** Pushed groups with the store group that their push made, each pair once; never Okta's own Everyone. */
function managedGroups(facts: Facts): ManagedGroup[] {
  const pairs = new Map<string, ManagedGroup>();
  for (const { mapping, opti } of facts.groupMatches) {
    const okta = facts.oktaGroups.get(mapping.source_group_id);
    if (!okta || !facts.scope.has(okta.okta_group_id) || facts.isEveryone(okta)) continue;
    pairs.set(`${okta.okta_group_id} ${opti.opti_group_id}`, { okta, opti });
  }
  return [...pairs.values()];
}

function onMappings(
  facts: Facts,
  isWrong: (mapping: GroupPushMappingRow, source: OktaGroupRow, match: GroupMatch | undefined) => boolean,
): Found[] {
  return facts.pair.rows['okta.groupPushMappings'].flatMap((mapping) => {
    const source = facts.oktaGroups.get(mapping.source_group_id);
    const match = facts.groupMatches.find((one) => one.mapping === mapping);
    return source && isWrong(mapping, source, match) ? [forGroup(source, match?.opti)] : [];
  });
}

function grantsOf(facts: Facts, optiGroupId: string): Set<string> {
  const rows = facts.pair.rows['optiId.groupInstanceRoles'];
  return new Set(
    rows
      .filter((row) => row.opti_group_id === optiGroupId)
      .map((row) => `${row.opti_instance_id} ${row.opti_role_id}`),
  );
}

/** What the group granted in the baseline and does not grant now. */
function lostGrants(facts: Facts, { okta, opti }: ManagedGroup): BaselineGrant[] {
  const all = facts.pair.memory.baseline?.grants ?? [];
  const byId = all.filter((grant) => grant.opti_group_id === opti.opti_group_id);
  const before = byId.length > 0 ? byId : all.filter((grant) => fold(grant.group_name) === fold(okta.name));
  const now = grantsOf(facts, opti.opti_group_id);
  return before.filter((grant) => !now.has(`${grant.opti_instance_id} ${grant.opti_role_id}`));
}

function isGrantPossible(facts: Facts, grant: BaselineGrant): boolean {
  const { rows } = facts.pair;
  return (
    rows['optiId.productInstances'].some((row) => row.opti_instance_id === grant.opti_instance_id) &&
    rows['optiId.roles'].some((row) => row.opti_role_id === grant.opti_role_id)
  );
}

// Users.

function ownAppUsers(facts: Facts): AppUserRow[] {
  return facts.pair.rows['okta.appUsers'];
}

function isOwnAssigned(row: AppUserRow): boolean {
  return !NOT_ASSIGNED.has(row.status);
}

function isProvisioningKnown(facts: Facts): boolean {
  return facts.stateOf('okta.appUsers') === 'complete' && !facts.standsIn();
}

function isNotProvisioned(facts: Facts, row: AppUserRow): boolean {
  const user = facts.oktaUsers.get(row.okta_user_id);
  return (
    isOwnAssigned(row) &&
    user !== undefined &&
    ACTIVE.has(user.status) &&
    row.external_id === null &&
    !facts.isAmbiguous(user, null) &&
    !facts.matches.has(row.okta_user_id)
  );
}

function isDeletedByHand(facts: Facts, row: AppUserRow): boolean {
  return isOwnAssigned(row) && row.external_id !== null && !facts.optiUsers.has(row.external_id);
}

function onAppUsers(facts: Facts, isWrong: (row: AppUserRow, user: OktaUserRow) => boolean): Found[] {
  return ownAppUsers(facts).flatMap((row) => {
    const user = facts.oktaUsers.get(row.okta_user_id);
    return user && isWrong(row, user)
      ? [forUser(facts, user, facts.matches.get(row.okta_user_id)?.opti)]
      : [];
  });
}

function onPairsById(facts: Facts, isWrong: (okta: OktaUserRow, opti: OptiUserRow) => boolean): Found[] {
  return [...facts.matches.values()]
    .filter(({ by, okta, opti }) => by === 'id' && isWrong(okta, opti))
    .map(({ okta, opti }) => forUser(facts, okta, opti));
}

/** Okta holds a colleague's account: the store's e-mail is another person's. */
function isLinkedToAnother(facts: Facts, okta: OktaUserRow, opti: OptiUserRow): boolean {
  return (
    isEmailDrifted(okta, opti) &&
    [...facts.oktaUsers.values()].some(
      (other) =>
        other !== okta &&
        other.status !== 'DEPROVISIONED' &&
        other.email !== null &&
        foldEmail(other.email) === foldEmail(opti.email),
    )
  );
}

/** Other store users who hold the new e-mail of somebody whose own account has the old one. */
function holdersOfAddress(facts: Facts, okta: OktaUserRow, opti: OptiUserRow): OptiUserRow[] {
  const { email } = okta;
  if (email === null || !isEmailDrifted(okta, opti)) return [];
  return [...facts.optiUsers.values()].filter(
    (other) => other !== opti && foldEmail(other.email) === foldEmail(email),
  );
}

const heldOf = new WeakMap<Facts, Set<string>>();

/** Okta and store ids of both accounts of those whose new e-mail another account holds. */
function heldAddresses(facts: Facts): Set<string> {
  const known = heldOf.get(facts);
  if (known) return known;
  const ids = new Set<string>();
  for (const { by, okta, opti } of facts.matches.values()) {
    const holders = by === 'id' ? holdersOfAddress(facts, okta, opti) : [];
    if (holders.length === 0) continue;
    for (const user of [opti, ...holders]) ids.add(user.opti_user_id);
    ids.add(okta.okta_user_id);
  }
  heldOf.set(facts, ids);
  return ids;
}

export function isNameDrifted(okta: OktaUserRow, opti: OptiUserRow): boolean {
  const trimmed = (name: string | null): string => (name ?? '').trim().normalize('NFC');
  return (
    trimmed(okta.first_name) !== trimmed(opti.first_name) ||
    trimmed(okta.last_name) !== trimmed(opti.last_name)
  );
}

export function isEmailDrifted(okta: OktaUserRow, opti: OptiUserRow): boolean {
  return okta.email !== null && foldEmail(okta.email) !== foldEmail(opti.email);
}

/** The store user's owner is gone or unassigned, and an id ties the two. */
function isDeprovisionedActive(facts: Facts, user: OptiUserRow): boolean {
  const owner = facts.owners.get(user.opti_user_id);
  return (
    owner !== undefined &&
    isTieById(owner.tie) &&
    (owner.okta.status === 'DEPROVISIONED' || !facts.isAssigned(owner.okta.okta_user_id)) &&
    !facts.managedElsewhere.has(user.opti_user_id)
  );
}

/** SCIM made the account for an Okta user whom Okta no longer knows. */
function isOwnerGone(facts: Facts, user: OptiUserRow): boolean {
  return (
    user.external_id !== null &&
    facts.pair.rows['okta.userLookups'].some(
      (row) =>
        row.opti_user_id === user.opti_user_id &&
        row.asked_by === 'id' &&
        row.okta_user_id !== user.external_id,
    )
  );
}

function isLeftBehind(facts: Facts, user: OptiUserRow): boolean {
  const owner = facts.owners.get(user.opti_user_id);
  return (
    (facts.scimDomains().has(domainOf(user.email) ?? '') || isOwnerGone(facts, user)) &&
    !facts.isOutsider(user) &&
    (owner === undefined || owner.tie === 5) &&
    !facts.ambiguousEmails.has(foldEmail(user.email)) &&
    !(owner && facts.isSuspendedActive(owner.okta)) &&
    !facts.managedElsewhere.has(user.opti_user_id) &&
    !heldAddresses(facts).has(user.opti_user_id)
  );
}

function isNotAdopted(facts: Facts, user: OptiUserRow): boolean {
  const owner = facts.owners.get(user.opti_user_id);
  if (owner?.tie !== 3 || !ACTIVE.has(owner.okta.status)) return false;
  const row = facts.ownAppUser(owner.okta.okta_user_id);
  return row !== undefined && !facts.isAmbiguous(owner.okta, null) && row.external_id === null;
}

/** Not yet active, and an Okta member of a pushed group. */
function isNamedAsStaged(facts: Facts, user: OktaUserRow): boolean {
  return (
    NOT_YET_ACTIVE.has(user.status) &&
    facts.pushed.some((group) => !facts.isEveryone(group) && facts.oktaMembers(group).includes(user))
  );
}

/** People who have another account than in the baseline, and on it not all that the old one had. */
function lostAccounts(facts: Facts): Found[] {
  return (facts.pair.memory.baseline?.accounts ?? []).flatMap((old) => {
    const pair = facts.matches.get(old.okta_user_id);
    if (!pair || facts.owners.get(old.opti_user_id)?.okta === pair.okta) return [];
    if (pair.opti.opti_user_id === old.opti_user_id) return [];
    const has = [...facts.pathsOf(pair.opti).values()];
    const isThere = (grant: { opti_instance_id: string; opti_role_id: string }): boolean =>
      has.some(({ instance, role }) => instance === grant.opti_instance_id && role === grant.opti_role_id);
    return old.grants.every(isThere) ? [] : [forUser(facts, pair.okta, pair.opti)];
  });
}

// The System Log.

/** Events on the SCIM app, with whom and what they are about. */
interface AppEvent {
  row: LogEventRow;
  at: number;
  isSuccess: boolean;
  /** Okta ids. */
  users: Set<string>;
  /** Addresses by which it names somebody whom nothing that was read knows. */
  strangers: Map<string, string>;
  /** Folded names, each with the name as it stands. */
  groups: Map<string, string>;
}

type Target = LogEventRow['targets'][number];

const targetsOf = (row: LogEventRow, ...types: string[]): Target[] =>
  row.targets.filter(({ type }) => type !== null && types.includes(type));

function logEvents(facts: Facts): LogEventRow[] {
  return facts.pair.rows['okta.logEvents'].filter((row) => facts.isInWindow(row.published));
}

/** People whom the log alone knows by id, with the address that it shows. */
function loggedPeople(facts: Facts): Map<string, string> {
  const people = new Map<string, string>();
  for (const row of logEvents(facts)) {
    for (const { id, alternate_id } of targetsOf(row, 'User')) {
      if (id !== null && alternate_id !== null && !facts.oktaUsers.has(id)) people.set(id, alternate_id);
    }
  }
  return people;
}

function nameOfLogged(facts: Facts, oktaUserId: string): string {
  const user = facts.oktaUsers.get(oktaUserId);
  return user ? facts.emailOf(user) : (loggedPeople(facts).get(oktaUserId) ?? oktaUserId);
}

function usersByAddress(facts: Facts, address: string): string[] {
  const isNamed = (other: string | null): boolean =>
    other !== null && foldEmail(other) === foldEmail(address);
  return [
    ...[...facts.oktaUsers.values()].filter(({ email }) => isNamed(email)).map((user) => user.okta_user_id),
    ...ownAppUsers(facts)
      .filter(({ user_name }) => isNamed(user_name))
      .map((user) => user.okta_user_id),
  ];
}

/** Addresses of an event whose person it names in no other way. */
function addressesOf(row: LogEventRow): string[] {
  if (targetsOf(row, 'User').length > 0) return [];
  return targetsOf(row, 'AppUser').flatMap(({ alternate_id: address }) => address ?? []);
}

function usersOf(facts: Facts, row: LogEventRow): Set<string> {
  return new Set([
    ...targetsOf(row, 'User').flatMap(({ id }) => id ?? []),
    ...addressesOf(row).flatMap((address) => usersByAddress(facts, address)),
  ]);
}

function strangersOf(facts: Facts, row: LogEventRow): Map<string, string> {
  const unknown = addressesOf(row).filter((address) => usersByAddress(facts, address).length === 0);
  return new Map(unknown.map((address) => [foldEmail(address), address]));
}

function appEvents(facts: Facts): AppEvent[] {
  const app = facts.pair.rows['okta.scimApp'][0];
  return logEvents(facts)
    .filter((row) => row.targets.some(({ id, type }) => id === app?.okta_app_id && type === 'AppInstance'))
    .map((row) => ({
      row,
      at: Date.parse(row.published),
      isSuccess: row.outcome === 'SUCCESS',
      users: usersOf(facts, row),
      strangers: strangersOf(facts, row),
      groups: new Map(
        targetsOf(row, 'AppGroup', 'UserGroup').flatMap(({ display_name: name }) =>
          name === null ? [] : [[fold(name), name]],
        ),
      ),
    }));
}

/** Folded names by which the log may call what a group's pushes (or one mapping) push. */
function namesInLog(
  facts: Facts,
  group: OktaGroupRow,
  mappings: readonly GroupPushMappingRow[],
): Set<string> {
  const targets = mappings.flatMap((row) => facts.oktaGroups.get(row.target_group_id ?? '')?.name ?? []);
  // Where nothing is pushed yet, no push is of this group.
  return new Set(mappings.length > 0 ? [group.name, ...targets].map(fold) : []);
}

const mappingsOf = (facts: Facts, group: OktaGroupRow): GroupPushMappingRow[] =>
  facts.pair.rows['okta.groupPushMappings'].filter((row) => row.source_group_id === group.okta_group_id);

const namesGroup = (event: AppEvent, names: ReadonlySet<string>): boolean =>
  [...event.groups.keys()].some((name) => names.has(name));

const GROUP_PUSHED = ['application.provision.group_push.pushed', 'application.provision.group_push.updated'];
const MEMBERS_PUSHED = [...GROUP_PUSHED, 'application.provision.group_push.push_memberships'];

const isProvisioning = ({ row }: AppEvent): boolean =>
  row.event_type.startsWith('application.provision.') || row.event_type.startsWith('app.user_management');

/** `group.user_membership.*` on pushed groups, whose answers are looked for. */
function unconfirmedMembers(facts: Facts, change: 'add' | 'remove'): Found[] {
  const events = appEvents(facts);
  const found = new Map<string, Found>();
  for (const row of logEvents(facts)) {
    const at = Date.parse(row.published);
    if (row.event_type !== `group.user_membership.${change}` || row.outcome !== 'SUCCESS') continue;
    if (at >= facts.lagBegins()) continue;
    for (const { id: groupId } of targetsOf(row, 'UserGroup')) {
      const group = facts.oktaGroups.get(groupId ?? '');
      if (!group || !facts.scope.has(group.okta_group_id) || facts.isEveryone(group)) continue;
      const names = namesInLog(facts, group, mappingsOf(facts, group));
      for (const { id: userId } of targetsOf(row, 'User')) {
        if (userId === null) continue;
        const isMember = facts
          .oktaMembers(group)
          .some((user) => user.okta_user_id === userId && user.status !== 'DEPROVISIONED');
        if (isMember !== (change === 'add')) continue;
        const isConfirmed = events.some(
          (event) =>
            event.isSuccess &&
            event.at >= at &&
            ((event.row.event_type === `application.user_membership.${change}` && event.users.has(userId)) ||
              (MEMBERS_PUSHED.includes(event.row.event_type) && namesGroup(event, names))),
        );
        if (isConfirmed) continue;
        found.set(`${group.okta_group_id} ${userId}`, {
          subject: `${nameOfLogged(facts, userId)} → ${group.name}`,
          okta_id: userId,
          opti_id: facts.matches.get(userId)?.opti.opti_user_id ?? null,
          also: facts.groupIds(group),
        });
      }
    }
  }
  return [...found.values()];
}

function unconfirmedAdditions(facts: Facts): Found[] {
  const events = appEvents(facts);
  return onAppUsers(facts, (row) => {
    if (!isOwnAssigned(row)) return false;
    const isOld = (at: number): boolean => at < facts.lagBegins();
    const own = events.filter((event) => event.isSuccess && event.users.has(row.okta_user_id));
    const isAdded =
      own.some((event) => event.row.event_type === 'application.user_membership.add' && isOld(event.at)) ||
      (row.created !== null && facts.isInWindow(row.created) && isOld(Date.parse(row.created)));
    if (!isAdded) return false;
    const before = facts.matches.get(row.okta_user_id)?.opti.created_at ?? null;
    const isTakenOver =
      before !== null && row.created !== null && Date.parse(before) < Date.parse(row.created);
    const answers = ['app.user_management.push_new_user_success'];
    if (isTakenOver) {
      for (const kind of ['push_profile', 'sync', 'verify_exists', 'push']) {
        answers.push(`application.provision.user.${kind}`);
      }
    }
    return !own.some((event) => answers.includes(event.row.event_type));
  });
}

function unconfirmedRemovals(facts: Facts): Found[] {
  const events = appEvents(facts).filter((event) => event.isSuccess);
  const assigned = new Set(
    ownAppUsers(facts)
      .filter(isOwnAssigned)
      .map((row) => row.okta_user_id),
  );
  const removed = new Set<string>();
  for (const trigger of events) {
    if (trigger.row.event_type !== 'application.user_membership.remove') continue;
    if (trigger.at >= facts.lagBegins()) continue;
    for (const user of trigger.users) {
      const isConfirmed = events.some(
        (event) =>
          event.at >= trigger.at &&
          event.users.has(user) &&
          ['application.provision.user.deactivate', 'application.provision.user.delete'].includes(
            event.row.event_type,
          ),
      );
      if (!assigned.has(user) && !isConfirmed) removed.add(user);
    }
  }
  return [...removed].map((id) => ({
    subject: nameOfLogged(facts, id),
    okta_id: id,
    opti_id: facts.matches.get(id)?.opti.opti_user_id ?? null,
  }));
}

/** The groups of an event, each with the name that it goes by: the source of its push, else the name alone. */
function groupKeys(facts: Facts, event: AppEvent): Map<string, string> {
  return new Map(
    [...event.groups].map(([folded, name]) => {
      const pushedAs = facts.pair.rows['okta.groupPushMappings'].filter((row) => {
        const source = facts.oktaGroups.get(row.source_group_id);
        return source !== undefined && namesInLog(facts, source, [row]).has(folded);
      });
      // A group that still has the name goes before one that had it when its target was made.
      const bearers = pushedAs.filter(
        (row) => fold(facts.oktaGroups.get(row.source_group_id)?.name ?? '') === folded,
      );
      const sources = (bearers.length > 0 ? bearers : pushedAs).map((row) => row.source_group_id);
      return [smallest(sources, (id) => id) ?? `name ${folded}`, name];
    }),
  );
}

/** Failures that no later success on the same user or group answers: one finding for each of these. */
function unansweredFailures(facts: Facts): Found[] {
  const app = facts.pair.rows['okta.scimApp'][0];
  if (!app) return [];
  const events = appEvents(facts);
  const successes = events.filter((event) => event.isSuccess && isProvisioning(event));
  const found = new Map<string, Found>();
  const held = heldAddresses(facts);
  for (const failure of events) {
    const { row } = failure;
    if (row.outcome !== 'FAILURE' || row.event_type === 'application.integration.authentication_failure')
      continue;
    if (!isProvisioning(failure) && !row.event_type.startsWith('application.integration.')) continue;
    const keys = groupKeys(facts, failure);
    const later = successes.filter((event) => event.at > failure.at);
    const isAnswered = (isOfSame: (event: AppEvent) => boolean, groups: readonly string[]): boolean =>
      later.some(
        (event) => isOfSame(event) || [...groupKeys(facts, event).keys()].some((key) => groups.includes(key)),
      );
    // Of several people of one address, each is judged for itself.
    if (failure.users.size + failure.strangers.size > 0) {
      for (const [key, address] of failure.strangers) {
        if (isAnswered((event) => event.strangers.has(key), [...keys.keys()])) continue;
        found.set(`stranger ${key}`, { subject: address, okta_id: null, opti_id: null });
      }
      for (const id of failure.users) {
        if (held.has(id)) continue;
        if (isAnswered((event) => event.users.has(id), [...keys.keys()])) continue;
        found.set(`user ${id}`, {
          subject: nameOfLogged(facts, id),
          okta_id: id,
          opti_id: facts.matches.get(id)?.opti.opti_user_id ?? null,
        });
      }
    } else if (keys.size > 0) {
      for (const [key, name] of keys) {
        if (isAnswered(() => false, [key])) continue;
        const source = facts.oktaGroups.get(key);
        const match = facts.groupMatches.find((one) => one.mapping.source_group_id === key);
        const stranger = { subject: name, okta_id: null, opti_id: null };
        found.set(`group ${key}`, source ? forGroup(source, match?.opti) : stranger);
      }
    } else
      found.set(`app ${row.event_type}`, { subject: app.label, okta_id: app.okta_app_id, opti_id: null });
  }
  return [...found.values()];
}

// The rules.

const MAPPINGS = ['okta.groupPushMappings', 'okta.groups', 'optiId.groups'] as const;
const MANAGED = [...PUSH_SCOPE, 'okta.groupPushMappings', 'optiId.groups'] as const;
const GRANTS = ['optiId.groupInstanceRoles', 'optiId.productInstances', 'optiId.roles'] as const;
const STORE_MEMBERS = ['optiId.users', 'optiId.groupMembers'] as const;
const LOG = ['okta.scimApp', 'okta.logEvents'] as const;
const MEMBERS_LOGGED = [
  ...LOG,
  ...PUSH_SCOPE,
  'okta.groupMembers',
  'okta.users',
  'okta.appUsers',
  'okta.groupPushMappings',
] as const;

export const DRIFT_RULES: Readonly<Record<string, OracleRule>> = {
  'jit-still-on': {
    when: 'D',
    needs: ['optiId.organizations'],
    judge: (facts) =>
      fold(facts.pair.rows['optiId.organizations'][0]?.provisioning_mode ?? '') === 'jit'
        ? [forOrganization(facts)]
        : [],
  },

  'group-name-drifted': {
    when: 'D',
    needs: MAPPINGS,
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      onMappings(facts, (mapping, source, match) => {
        if (match === undefined || match.opti.name === source.name) return false;
        return match.evidence >= 4 ? mapping.status !== 'INACTIVE' : mapping.status === 'ACTIVE';
      }),
  },
  'group-missing': {
    when: 'D',
    needs: MAPPINGS,
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      onMappings(
        facts,
        (mapping, source, match) =>
          mapping.status === 'ACTIVE' && match === undefined && !facts.isTeam(source),
      ),
  },
  'group-push-inactive': {
    when: 'D',
    needs: ['okta.groupPushMappings', 'okta.groups'],
    alsoReads: ['optiId.groups', ...GROUP_EVIDENCE],
    judge: (facts) => onMappings(facts, (mapping) => mapping.status === 'INACTIVE'),
  },
  'group-push-stale': {
    when: 'D',
    needs: ['okta.groupPushMappings', 'okta.groups'],
    alsoReads: ['optiId.groups', ...GROUP_EVIDENCE],
    judge: (facts) =>
      onMappings(facts, (mapping, source) => {
        const { last_membership_updated: changed } = source;
        if (mapping.last_push === null || changed === null) return false;
        return Date.parse(changed) > Date.parse(mapping.last_push) + facts.pair.lagMinutes * 60_000;
      }),
  },
  'group-recreated-by-hand': {
    when: 'D',
    needs: [...PUSH_SCOPE, 'okta.groupPushMappings', ...RECORD],
    judge: (facts) => facts.collisions('custom').map(({ okta, opti }) => forGroup(okta, opti)),
  },

  'managed-group-without-access': {
    when: 'D',
    needs: [...MANAGED, 'optiId.groupInstanceRoles'],
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      managedGroups(facts)
        .filter(({ opti }) => grantsOf(facts, opti.opti_group_id).size === 0)
        .map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'group-access-lost': {
    when: 'D',
    needs: ['baseline', ...MANAGED, ...GRANTS],
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      managedGroups(facts)
        .filter((group) => lostGrants(facts, group).some((grant) => isGrantPossible(facts, grant)))
        .map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'grant-no-longer-possible': {
    when: 'D',
    needs: ['baseline', ...MANAGED, ...GRANTS],
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      managedGroups(facts)
        .filter((group) => lostGrants(facts, group).some((grant) => !isGrantPossible(facts, grant)))
        .map(({ okta, opti }) => forGroup(okta, opti)),
  },

  'collaborator-in-managed-group': {
    when: 'D',
    needs: [...MANAGED, ...STORE_MEMBERS],
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      managedGroups(facts).flatMap(({ okta, opti }) =>
        facts
          .optiMembers(opti)
          .filter((user) => facts.isOutsider(user))
          .map((user) => ({
            subject: `${facts.emailOfOpti(user)} → ${okta.name}`,
            okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
            opti_id: user.opti_user_id,
            also: [okta.okta_group_id, opti.opti_group_id],
          })),
      ),
  },
  'member-missing': {
    when: 'D',
    needs: [...MANAGED, ...STORE_MEMBERS, 'okta.groupMembers', 'okta.users', 'assigned'],
    alsoReads: OTHER_MANAGERS,
    judge: (facts) => {
      const appUsers = ownAppUsers(facts);
      const hasOwnRule = (id: string): boolean =>
        isProvisioningKnown(facts) &&
        appUsers.some(
          (row) => row.okta_user_id === id && (isNotProvisioned(facts, row) || isDeletedByHand(facts, row)),
        );
      return managedGroups(facts).flatMap(({ okta, opti }) => {
        const today = new Set(facts.optiMembers(opti).map((user) => user.opti_user_id));
        return facts
          .expectedMembers(okta)
          .filter((user) => !hasOwnRule(user.okta_user_id) && !facts.isAmbiguous(user, null))
          .map((user) => ({ user, match: facts.matches.get(user.okta_user_id)?.opti ?? null }))
          .filter(({ match }) => match === null || !today.has(match.opti_user_id))
          .map(({ user, match }) => ({
            subject: `${facts.emailOf(user)} → ${okta.name}`,
            okta_id: user.okta_user_id,
            opti_id: match?.opti_user_id ?? null,
            also: [okta.okta_group_id, opti.opti_group_id],
          }));
      });
    },
  },
  'member-unexpected': {
    when: 'D',
    needs: [...MANAGED, ...STORE_MEMBERS, 'okta.groupMembers', 'okta.users', 'assigned'],
    // Whether another rule names the person.
    alsoReads: ['okta.userLookups', 'okta.suspendedUsers', 'optiId.ssoConnections', ...OTHER_MANAGERS],
    judge: (facts) =>
      managedGroups(facts).flatMap(({ okta, opti }) => {
        const expected = new Set(facts.expectedMembers(okta).map((user) => user.okta_user_id));
        const inGroup = new Set(facts.membersOfOkta.get(okta.okta_group_id) ?? []);
        return facts
          .optiMembers(opti)
          .filter((user) => {
            const owner = facts.personOf(user.opti_user_id);
            return (
              !facts.isOutsider(user) &&
              !facts.isAmbiguous(null, user) &&
              !(owner && expected.has(owner.okta_user_id)) &&
              !(owner?.status === 'SUSPENDED' && inGroup.has(owner.okta_user_id)) &&
              !(owner && isNamedAsStaged(facts, owner)) &&
              !isDeprovisionedActive(facts, user) &&
              !isLeftBehind(facts, user)
            );
          })
          .map((user) => ({
            subject: `${facts.nameOfMember(user)} → ${okta.name}`,
            okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
            opti_id: user.opti_user_id,
            also: [okta.okta_group_id, opti.opti_group_id],
          }));
      }),
  },

  'user-left-behind': {
    when: 'D',
    needs: ['okta.users', 'okta.userLookups', 'assigned', ...STORE_MEMBERS, 'optiId.ssoConnections'],
    alsoReads: ['okta.suspendedUsers', ...OTHER_MANAGERS],
    judge: (facts) =>
      [...facts.optiUsers.values()]
        .filter((user) => isLeftBehind(facts, user))
        .map((user) => ({
          subject: facts.emailOfOpti(user),
          okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
          opti_id: user.opti_user_id,
        })),
  },
  'user-name-drifted': {
    when: 'D',
    needs: ['okta.users', 'provisionedUsers', 'assigned', 'optiId.users'],
    // Whom an id ties to the store and no listing shows.
    alsoReads: ['okta.userLookups'],
    judge: (facts) =>
      onPairsById(facts, (okta, opti) => isNameDrifted(okta, opti) && !isLinkedToAnother(facts, okta, opti)),
  },
  'user-email-drifted': {
    when: 'D',
    needs: ['okta.users', 'provisionedUsers', 'assigned', 'optiId.users'],
    // Whom an id ties to the store and no listing shows.
    alsoReads: ['okta.userLookups'],
    judge: (facts) =>
      onPairsById(
        facts,
        (okta, opti) =>
          isEmailDrifted(okta, opti) &&
          !isLinkedToAnother(facts, okta, opti) &&
          holdersOfAddress(facts, okta, opti).length === 0,
      ),
  },
  'user-linked-to-another': {
    when: 'D',
    needs: ['okta.users', 'provisionedUsers', 'assigned', 'optiId.users'],
    alsoReads: ['okta.userLookups'],
    judge: (facts) => onPairsById(facts, (okta, opti) => isLinkedToAnother(facts, okta, opti)),
  },
  'user-address-held': {
    when: 'D',
    needs: ['okta.users', 'provisionedUsers', 'assigned', 'optiId.users'],
    alsoReads: ['okta.userLookups'],
    judge: (facts) =>
      [...facts.matches.values()].flatMap(({ okta, opti, by }) => {
        const holders = by === 'id' ? holdersOfAddress(facts, okta, opti) : [];
        const also = holders.map((holder) => holder.opti_user_id);
        return holders.length > 0 ? [{ ...forUser(facts, okta, opti), also }] : [];
      }),
  },
  'user-not-adopted': {
    when: 'D',
    needs: ['okta.users', 'provisionedUsers', 'assigned', 'optiId.users'],
    judge: (facts) =>
      [...facts.owners.values()]
        .filter(({ opti }) => isNotAdopted(facts, opti))
        .map(({ okta, opti }) => forUser(facts, okta, opti)),
  },
  'user-access-lost': {
    when: 'D',
    needs: ['accounts', 'okta.users', 'assigned', ...STORE_MEMBERS, 'optiId.groups', ...GRANTS],
    alsoReads: ['okta.userLookups'],
    judge: lostAccounts,
  },
  'user-not-provisioned': {
    when: 'D',
    needs: ['provisionedUsers', 'okta.users', 'assigned', 'optiId.users'],
    judge: (facts) => onAppUsers(facts, (row) => isNotProvisioned(facts, row)),
  },
  'user-deleted-by-hand': {
    when: 'D',
    needs: ['provisionedUsers', 'okta.users', 'assigned', 'optiId.users'],
    judge: (facts) => onAppUsers(facts, (row) => isDeletedByHand(facts, row)),
  },
  'user-push-failed': {
    when: 'D',
    needs: ['provisionedUsers', 'okta.users'],
    alsoReads: ['optiId.users', 'assigned'],
    judge: (facts) => {
      const held = heldAddresses(facts);
      return onAppUsers(
        facts,
        (row) =>
          (row.sync_state === 'ERROR' || row.sync_state === 'OUT_OF_SYNC') && !held.has(row.okta_user_id),
      );
    },
  },
  'deprovisioned-user-active': {
    when: 'D',
    needs: ['okta.users', 'okta.userLookups', 'provisionedUsers', ...STORE_MEMBERS],
    alsoReads: ['assigned', ...OTHER_MANAGERS],
    judge: (facts) =>
      [...facts.owners.values()]
        .filter(({ opti }) => isDeprovisionedActive(facts, opti))
        .map(({ okta, opti }) => forUser(facts, okta, opti)),
  },

  'user-addition-unconfirmed': {
    when: 'D',
    needs: [...LOG, 'provisionedUsers', 'assigned', 'okta.users', 'optiId.users'],
    judge: unconfirmedAdditions,
  },
  'user-removal-unconfirmed': {
    when: 'D',
    needs: [...LOG, 'okta.appUsers', 'okta.users'],
    judge: unconfirmedRemovals,
  },
  'group-push-unconfirmed': {
    when: 'D',
    needs: [...LOG, 'okta.groupPushMappings', 'okta.groups'],
    judge: (facts) => {
      const events = appEvents(facts).filter((event) => event.isSuccess);
      return onMappings(facts, (mapping, source) => {
        if (mapping.created === null || !facts.isInWindow(mapping.created)) return false;
        const created = Date.parse(mapping.created);
        const names = namesInLog(facts, source, [mapping]);
        return (
          created < facts.lagBegins() &&
          !events.some(
            (event) =>
              event.at >= created && GROUP_PUSHED.includes(event.row.event_type) && namesGroup(event, names),
          )
        );
      });
    },
  },
  'member-addition-unconfirmed': {
    when: 'D',
    needs: MEMBERS_LOGGED,
    judge: (facts) => unconfirmedMembers(facts, 'add'),
  },
  'member-removal-unconfirmed': {
    when: 'D',
    needs: MEMBERS_LOGGED,
    judge: (facts) => unconfirmedMembers(facts, 'remove'),
  },
  'push-event-failed': {
    when: 'D',
    needs: [...LOG, 'okta.users', 'okta.appUsers', 'okta.groupPushMappings', 'okta.groups'],
    alsoReads: ['optiId.users', 'assigned'],
    judge: unansweredFailures,
  },
  'scim-credentials-rejected': {
    when: 'PD',
    needs: LOG,
    judge: (facts) => {
      const app = facts.pair.rows['okta.scimApp'][0];
      const events = appEvents(facts);
      const isRejected = events.some(
        (failure) =>
          failure.row.event_type === 'application.integration.authentication_failure' &&
          !failure.isSuccess &&
          !events.some((event) => event.isSuccess && isProvisioning(event) && event.at > failure.at),
      );
      return app && isRejected ? [{ subject: app.label, okta_id: app.okta_app_id, opti_id: null }] : [];
    },
  },
};
