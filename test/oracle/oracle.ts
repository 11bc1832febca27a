/**
 * The rule catalogue of the pre-cutover job once more, in plain memory: what the documents say a report must
 * hold, written without a look at the engine. It shares no code with it; only row types are imported.
 *
 * Where the documents leave a choice, it is made as follows.
 * - Names: invisible characters go before runs of spaces are joined, for that is what a person sees.
 * - The push scope: a name or pattern never chooses the target of a push, an id does.
 * - One finding per pair of a pushed group and a store group for rules on names; per pair of an assigned user
 *   and a store user for alias and domain; per user for invitations; per store user for access.
 * - Users: every Okta user that was read is paired, assigned or not; of several, the smallest store id. Who a
 *   store user is in Okta: the smallest Okta id. User names of the SSO app that stands in are not looked at.
 * - An app user without a user name has one that is not the e-mail; two missing ones do not differ.
 * - Names of people are compared folded; one that is not given is not the same as another that is not given.
 * - A person whose e-mail Okta does not show goes by the store's e-mail in rules on store users, and by the
 *   login in memberships and in rules on Okta users.
 * - A store user without a home organization is no collaborator.
 * - Two mappings have one target when the target group, or the external id that it shows, is the same.
 * - A mapping whose target bears a reserved name is reserved although the store shows no such group.
 * - Members of a store group whose name Okta's own Everyone bears are judged by no membership rule; access to
 *   it is lost all the same.
 * - A rule that does not apply is skipped, even if something else that it needs was not read. It needs what
 *   its detail names: `group-name-taken` and `group-orphaned` members and grants, `suspended-user-active` and
 *   `user-unmanaged` memberships.
 * - `provisioning-connection-off` is unknown only where what was not read could have spoken for it.
 * - Rules on Super Admins go on without a push scope: no group is in the way then.
 * - Groups: one row per Okta group that is pushed or mapped, with the store group that its push made, else the
 *   reserved, custom or product one of its name, which is shown once; a row for each other store group. A rule
 *   on either of the two decides.
 * - Users: *store only* is who is in the store and not assigned; suspended people are never out of scope.
 * - `AMBIGUOUS` is also an assigned person whose e-mail or user name several store users have.
 */
import { domainToASCII } from 'node:url';
import type {
  AppRow,
  AppUserRow,
  DatasetName,
  GroupPushMappingRow,
  OktaGroupRow,
  OktaUserRow,
  OptiGroupRow,
  OptiUserRow,
} from '../../src/domain/dataset.ts';
import { ORGANIZATION_ID, type OrgPair } from './org-pair.ts';

export interface ExpectedFinding {
  rule: string;
  subject: string;
  okta_id: string | null;
  opti_id: string | null;
}

export type ExpectedOutcome = 'pass' | 'fail' | 'unknown' | 'skipped';

export interface ExpectedGroup {
  situation: string;
  okta_group_id: string | null;
  opti_group_id: string | null;
}

export interface ExpectedUser {
  situation: string;
  okta_user_id: string | null;
  opti_user_id: string | null;
}

export interface ExpectedReport {
  findings: ExpectedFinding[];
  outcomes: Record<string, ExpectedOutcome>;
  groups: ExpectedGroup[];
  users: ExpectedUser[];
}

// Comparisons of names and e-mails.

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
const SPACE = /\p{White_Space}/u;
const SINGLE = new Set("'`´‘’‚‛′‵＇");
const DOUBLE = new Set('"“”„‟″‶＂');

function fold(name: string): string {
  return name.normalize('NFC').trim().toLowerCase().normalize('NFC');
}

/** Compares by eye. The accent alone (U+00B4) would fall apart under NFKC, so quotes go first. */
function look(name: string): string {
  const straight = [...fold(name)].map((sign) => (SINGLE.has(sign) ? "'" : DOUBLE.has(sign) ? '"' : sign));
  let seen = '';
  for (const sign of straight.join('').normalize('NFKC')) {
    if (IGNORABLE.test(sign)) continue;
    if (SPACE.test(sign)) {
      if (!seen.endsWith(' ')) seen += ' ';
    } else if (/\p{Pd}/u.test(sign) || sign === '\u2212') seen += '-';
    else if (SINGLE.has(sign)) seen += "'";
    else if (DOUBLE.has(sign)) seen += '"';
    else seen += sign;
  }
  return fold(seen);
}

function foldDomain(domain: string): string {
  const lower = domain.normalize('NFC').trim().toLowerCase();
  return domainToASCII(lower) || lower;
}

function splitAddress(email: string): { local: string; domain: string } | null {
  const text = email.normalize('NFC').trim().toLowerCase();
  const at = text.lastIndexOf('@');
  if (at < 0) return null;
  return { local: text.slice(0, at), domain: foldDomain(text.slice(at + 1)) };
}

function foldEmail(email: string): string {
  const parts = splitAddress(email);
  return parts ? `${parts.local}@${parts.domain}` : email.normalize('NFC').trim().toLowerCase();
}

function domainOf(email: string): string | null {
  return splitAddress(email)?.domain || null;
}

/** The address without its `+tag`, or null where it has none. */
function untagged(email: string): string | null {
  const parts = splitAddress(email);
  const plus = parts ? parts.local.indexOf('+') : -1;
  return parts && plus > 0 ? `${parts.local.slice(0, plus)}@${parts.domain}` : null;
}

const RESERVED = ['Everyone', 'Admin Center Administrators'];
const isReserved = (name: string): boolean => RESERVED.some((reserved) => fold(reserved) === fold(name));
const looksReserved = (name: string): boolean => RESERVED.some((reserved) => look(reserved) === look(name));

function isFragile(name: string): boolean {
  const signs = [...name];
  const isEdge = (sign: string | undefined): boolean =>
    sign !== undefined && (SPACE.test(sign) || sign === '\ufeff');
  return (
    signs.some((sign) => /\p{Cc}/u.test(sign) || IGNORABLE.test(sign) || sign === '"' || sign === '\\') ||
    isEdge(signs[0]) ||
    isEdge(signs.at(-1)) ||
    name.length > 255
  );
}

// What the text calls assigned, active, not yet active.

const NOT_ASSIGNED = new Set(['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE']);
const ACTIVE = new Set(['ACTIVE', 'LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY']);
const NOT_YET_ACTIVE = new Set(['STAGED', 'PROVISIONED']);

function pickApp(apps: readonly AppRow[], setting: string | null): AppRow | 'missing' | 'ambiguous' {
  if (setting !== null) {
    const named = apps.find((app) => app.okta_app_id === setting);
    if (named) return named;
  }
  const candidates =
    setting === null
      ? apps.filter((app) => app.name === 'scim2headerauth' && app.status === 'ACTIVE')
      : apps.filter((app) => app.label === setting);
  if (candidates.length === 1) return candidates[0] as AppRow;
  if (candidates.length === 0) return 'missing';
  const active = candidates.filter((app) => app.status === 'ACTIVE');
  return setting !== null && active.length === 1 ? (active[0] as AppRow) : 'ambiguous';
}

function fitsPattern(name: string, pattern: string): boolean {
  const signs = [...name];
  const wanted = [...pattern];
  // places[i]: the pattern so far fits the first i signs.
  let places = signs.map(() => false);
  places.unshift(true);
  for (const sign of wanted) {
    const next = places.map(() => false);
    for (let place = 0; place <= signs.length; place += 1) {
      if (sign === '*') next[place] = places[place] || (place > 0 && next[place - 1] === true);
      else
        next[place] = place > 0 && places[place - 1] === true && (sign === '?' || signs[place - 1] === sign);
    }
    places = next;
  }
  return places[signs.length] === true;
}

/** The groups meant to be pushed, and whether the setting named them. */
function resolveScope(pair: OrgPair): Set<string> {
  const { rows } = pair;
  if (pair.pushGroups !== null) {
    const app = pickApp(rows['okta.apps'], pair.scimApp);
    const targets = new Set(rows['okta.groupPushMappings'].map((mapping) => mapping.target_group_id));
    const chosen = new Set<string>();
    for (const entry of pair.pushGroups) {
      if (rows['okta.groups'].some((group) => group.okta_group_id === entry)) {
        chosen.add(entry);
        continue;
      }
      for (const group of rows['okta.groups']) {
        const isTarget =
          targets.has(group.okta_group_id) ||
          (typeof app === 'object' && group.type === 'APP_GROUP' && group.source_app_id === app.okta_app_id);
        if (!isTarget && fitsPattern(group.name, entry)) chosen.add(group.okta_group_id);
      }
    }
    return chosen;
  }
  const mapped = rows['okta.groupPushMappings'].map((mapping) => mapping.source_group_id);
  if (mapped.length > 0) return new Set(mapped);
  const assigned = rows['okta.appGroups'].map((group) => group.okta_group_id);
  if (assigned.length > 0) return new Set(assigned);
  return new Set(rows['okta.ssoAppGroups'].map((group) => group.okta_group_id));
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function indexBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item> {
  return new Map(items.map((item) => [keyOf(item), item]));
}

function smallest<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item | undefined {
  return items.reduce<Item | undefined>(
    (least, item) => (least === undefined || keyOf(item) < keyOf(least) ? item : least),
    undefined,
  );
}

interface UserMatch {
  okta: OktaUserRow;
  opti: OptiUserRow;
  by: 'id' | 'email';
}

interface GroupMatch {
  mapping: GroupPushMappingRow;
  opti: OptiGroupRow;
}

/** Who is assigned as far as it was read, and whether that is all. */
interface Assigned {
  state: 'complete' | 'unknown' | 'skipped';
  ids: Set<string>;
}

function nobody(oktaUserId: string): OktaUserRow {
  return {
    okta_user_id: oktaUserId,
    status: '',
    login: null,
    email: null,
    first_name: null,
    last_name: null,
    created: null,
    last_updated: null,
    status_changed: null,
  };
}

/** Everything that several rules look at. */
class Facts {
  readonly oktaUsers: Map<string, OktaUserRow>;
  readonly oktaGroups: Map<string, OktaGroupRow>;
  readonly optiUsers: Map<string, OptiUserRow>;
  readonly optiGroups: OptiGroupRow[];
  readonly scope: Set<string>;
  readonly pushed: OktaGroupRow[];
  readonly assigned: Assigned;
  readonly matches: Map<string, UserMatch>;
  readonly matchesByOpti: Map<string, UserMatch[]>;
  readonly groupMatches: GroupMatch[];
  readonly membersOfOkta: Map<string, string[]>;
  readonly membersOfOpti: Map<string, string[]>;
  readonly taken: { okta: OktaGroupRow; opti: OptiGroupRow }[];
  readonly app: AppRow | 'missing' | 'ambiguous';
  readonly ambiguousEmails: Set<string>;
  /** Folded e-mails of several store users. */
  readonly sharedEmails: Set<string>;

  constructor(readonly pair: OrgPair) {
    const { rows } = pair;
    // Of an app user whose person was not read, the id is all that is known.
    const appUsers = [...rows['okta.appUsers'], ...rows['okta.ssoAppUsers']];
    this.oktaUsers = indexBy(
      [
        ...appUsers.map((row) => nobody(row.okta_user_id)),
        ...rows['okta.suspendedUsers'],
        ...rows['okta.users'],
      ],
      (row) => row.okta_user_id,
    );
    this.oktaGroups = indexBy(rows['okta.groups'], (row) => row.okta_group_id);
    this.optiUsers = indexBy(
      rows['optiId.users'].filter((user) => user.status !== 'deleted'),
      (row) => row.opti_user_id,
    );
    this.optiGroups = [...indexBy(rows['optiId.groups'], (row) => row.opti_group_id).values()];
    this.scope = pair.states['okta.pushScope'] === undefined ? resolveScope(pair) : new Set();
    this.pushed = [...this.scope].flatMap((id) => this.oktaGroups.get(id) ?? []);
    this.app = pickApp(rows['okta.apps'], pair.scimApp);
    this.assigned = this.findAssigned();
    this.matches = this.matchUsers();
    this.matchesByOpti = groupBy([...this.matches.values()], (match) => match.opti.opti_user_id);
    this.groupMatches = this.matchGroups();
    const membersOf = <Row>(list: readonly Row[], group: (row: Row) => string, user: (row: Row) => string) =>
      new Map([...groupBy(list, group)].map(([id, members]) => [id, [...new Set(members.map(user))]]));
    this.membersOfOkta = membersOf(
      rows['okta.groupMembers'],
      (row) => row.okta_group_id,
      (row) => row.okta_user_id,
    );
    this.membersOfOpti = membersOf(
      rows['optiId.groupMembers'].filter((row) => this.optiUsers.has(row.opti_user_id)),
      (row) => row.opti_group_id,
      (row) => row.opti_user_id,
    );
    this.taken = this.collisions('custom');
    const byEmail = groupBy([...this.optiUsers.values()], (user) => foldEmail(user.email));
    this.sharedEmails = new Set([...byEmail].filter(([, users]) => users.length > 1).map(([email]) => email));
    this.ambiguousEmails = this.findAmbiguousEmails();
  }

  stateOf(name: DatasetName): 'complete' | 'unknown' | 'skipped' {
    const state = this.pair.states[name];
    return state === undefined ? 'complete' : state === 'not_applicable' ? 'skipped' : 'unknown';
  }

  private findAssigned(): Assigned {
    const idsOf = (list: readonly AppUserRow[]): Set<string> =>
      new Set(list.filter((row) => !NOT_ASSIGNED.has(row.status)).map((row) => row.okta_user_id));
    const { rows } = this.pair;
    const scim = this.stateOf('okta.appUsers');
    const own = idsOf(rows['okta.appUsers']);
    const ids = own.size > 0 ? own : idsOf(rows['okta.ssoAppUsers']);
    if (scim === 'unknown' || own.size > 0) return { state: scim, ids };
    const sso = this.stateOf('okta.ssoAppUsers');
    return { state: sso === 'skipped' ? scim : sso, ids };
  }

  /** Nobody is assigned to the SCIM app, and there is an SSO app to stand in for it. */
  standsIn(): boolean {
    return (
      this.stateOf('okta.ssoAppUsers') !== 'skipped' &&
      this.pair.rows['okta.appUsers'].every((row) => NOT_ASSIGNED.has(row.status))
    );
  }

  isAssigned(oktaUserId: string): boolean {
    return this.assigned.ids.has(oktaUserId);
  }

  assignedUsers(): OktaUserRow[] {
    return [...this.oktaUsers.values()].filter((user) => this.isAssigned(user.okta_user_id));
  }

  private matchUsers(): Map<string, UserMatch> {
    const present = [...this.optiUsers.values()];
    const least = (users: readonly OptiUserRow[] | undefined) =>
      smallest(users ?? [], (row) => row.opti_user_id);
    const byExternalId = groupBy(present, (user) => user.external_id);
    const byEmail = groupBy(present, (user) => foldEmail(user.email));
    const appUsers = indexBy(this.pair.rows['okta.appUsers'], (row) => row.okta_user_id);
    const matches = new Map<string, UserMatch>();
    for (const okta of this.oktaUsers.values()) {
      const appUser = appUsers.get(okta.okta_user_id);
      const linked =
        (appUser?.external_id ? this.optiUsers.get(appUser.external_id) : undefined) ??
        least(byExternalId.get(okta.okta_user_id));
      if (linked) {
        matches.set(okta.okta_user_id, { okta, opti: linked, by: 'id' });
        continue;
      }
      for (const address of [appUser?.user_name, okta.email]) {
        const opti = address ? least(byEmail.get(foldEmail(address))) : undefined;
        if (opti) {
          matches.set(okta.okta_user_id, { okta, opti, by: 'email' });
          break;
        }
      }
    }
    return matches;
  }

  private matchGroups(): GroupMatch[] {
    const found: GroupMatch[] = [];
    for (const mapping of this.pair.rows['okta.groupPushMappings']) {
      const target =
        mapping.target_group_id === null ? undefined : this.oktaGroups.get(mapping.target_group_id);
      const source = this.oktaGroups.get(mapping.source_group_id);
      const opti =
        target?.external_id != null
          ? this.optiGroups.find((group) => group.opti_group_id === target.external_id)
          : this.findByName([target?.name, source?.name].filter((name) => name !== undefined));
      if (opti) found.push({ mapping, opti });
    }
    return found;
  }

  private findByName(names: readonly string[]): OptiGroupRow | undefined {
    for (const name of names) {
      for (const isInternal of [true, false]) {
        const pool = this.optiGroups.filter((group) => (group.group_type === 'internal') === isInternal);
        for (const isSame of [
          (group: OptiGroupRow) => group.name === name,
          (group: OptiGroupRow) => fold(group.name) === fold(name),
        ]) {
          const hit = smallest(pool.filter(isSame), (row) => row.opti_group_id);
          if (hit) return hit;
        }
      }
    }
    return undefined;
  }

  /** Pushed groups whose name equals (folded) that of a store group of a type. */
  collisions(type: 'custom' | 'product'): { okta: OktaGroupRow; opti: OptiGroupRow }[] {
    return this.pushed.flatMap((okta) =>
      this.optiGroups
        .filter((opti) => opti.group_type === type && fold(opti.name) === fold(okta.name))
        .map((opti) => ({ okta, opti })),
    );
  }

  isEveryone(group: OktaGroupRow): boolean {
    return group.type === 'BUILT_IN' && group.name === 'Everyone';
  }

  oktaMembers(group: OktaGroupRow): OktaUserRow[] {
    return (this.membersOfOkta.get(group.okta_group_id) ?? []).flatMap((id) => this.oktaUsers.get(id) ?? []);
  }

  expectedMembers(group: OktaGroupRow): OktaUserRow[] {
    return this.oktaMembers(group).filter(
      (user) => this.isAssigned(user.okta_user_id) && ACTIVE.has(user.status),
    );
  }

  optiMembers(group: OptiGroupRow): OptiUserRow[] {
    return (this.membersOfOpti.get(group.opti_group_id) ?? []).flatMap((id) => this.optiUsers.get(id) ?? []);
  }

  isOutsider(user: OptiUserRow): boolean {
    const home = user.home_organization_id;
    return user.local_login || (home !== null && home !== ORGANIZATION_ID);
  }

  /** Who a store user is in Okta. */
  personOf(optiUserId: string): OktaUserRow | undefined {
    const people = (this.matchesByOpti.get(optiUserId) ?? []).map((match) => match.okta);
    return smallest(people, (row) => row.okta_user_id);
  }

  emailOf(user: OktaUserRow): string {
    return user.email ?? user.login ?? user.okta_user_id;
  }

  /** As {@link emailOf} where the person is known in Okta. */
  nameOfMember(user: OptiUserRow): string {
    const person = this.personOf(user.opti_user_id);
    return person ? this.emailOf(person) : user.email;
  }

  /** The Okta side's e-mail where it shows one, else the store's. */
  emailOfOpti(user: OptiUserRow): string {
    const person = this.personOf(user.opti_user_id);
    return person?.email ?? user.email;
  }

  private findAmbiguousEmails(): Set<string> {
    const emails = new Set(this.sharedEmails);
    for (const matches of this.matchesByOpti.values()) {
      const ofApp = matches.filter((match) => this.isAssigned(match.okta.okta_user_id));
      if (ofApp.length > 1 && ofApp[0]) emails.add(foldEmail(ofApp[0].opti.email));
    }
    return emails;
  }

  /** The e-mail that is not certain is that of the person on either side, or of the user name. */
  isAmbiguous(okta: OktaUserRow | null, opti: OptiUserRow | null): boolean {
    if (opti && this.ambiguousEmails.has(foldEmail(opti.email))) return true;
    if (!okta || !this.isAssigned(okta.okta_user_id)) return false;
    const own = this.pair.rows['okta.appUsers'].find((row) => row.okta_user_id === okta.okta_user_id);
    const userName = own && !NOT_ASSIGNED.has(own.status) ? own.user_name : null;
    return [okta.email, userName].some((text) => text != null && this.sharedEmails.has(foldEmail(text)));
  }

  connectionDomains(): Set<string> {
    return new Set(this.pair.rows['optiId.ssoConnections'].flatMap((row) => row.domains.map(foldDomain)));
  }

  /** Domains of the connection that SCIM is on, or of all where none is. */
  scimDomains(): Set<string> {
    const connections = this.pair.rows['optiId.ssoConnections'];
    const flagged = connections.filter((row) => row.scim_enabled);
    return new Set(
      (flagged.length > 0 ? flagged : connections).flatMap((row) => row.domains.map(foldDomain)),
    );
  }

  isSuspendedActive(user: OktaUserRow): boolean {
    return (
      user.status === 'SUSPENDED' &&
      (this.isAssigned(user.okta_user_id) || this.matches.has(user.okta_user_id))
    );
  }

  usernameDiffers(user: OktaUserRow): boolean {
    const appUser = this.pair.rows['okta.appUsers'].find((row) => row.okta_user_id === user.okta_user_id);
    if (!appUser || NOT_ASSIGNED.has(appUser.status)) return false;
    const foldIfAny = (text: string | null) => (text === null ? null : foldEmail(text));
    return foldIfAny(appUser.user_name) !== foldIfAny(user.email);
  }

  aliasesOf(user: OktaUserRow): OptiUserRow[] {
    const { email } = user;
    if (email === null || this.matches.has(user.okta_user_id)) return [];
    return [...this.optiUsers.values()].filter(
      (opti) => untagged(email) === foldEmail(opti.email) || untagged(opti.email) === foldEmail(email),
    );
  }

  movedOf(user: OktaUserRow): OptiUserRow[] {
    if (user.email === null || this.matches.has(user.okta_user_id)) return [];
    const here = splitAddress(user.email);
    const domains = this.connectionDomains();
    const same = (one: string | null, other: string | null) =>
      one !== null && other !== null && fold(one) === fold(other);
    return [...this.optiUsers.values()].filter((opti) => {
      const there = splitAddress(opti.email);
      return (
        here !== null &&
        there !== null &&
        here.local === there.local &&
        here.domain !== there.domain &&
        domains.has(there.domain) &&
        same(user.first_name, opti.first_name) &&
        same(user.last_name, opti.last_name)
      );
    });
  }

  groupMatchOf(optiGroupId: string): GroupMatch[] {
    return this.groupMatches.filter((match) => match.opti.opti_group_id === optiGroupId);
  }

  isOrphan(group: OptiGroupRow): boolean {
    return (
      group.group_type === 'internal' &&
      !isReserved(group.name) &&
      this.groupMatchOf(group.opti_group_id).length === 0
    );
  }

  /** The group in the target app that a mapping pushes into, as far as Okta shows which it is. */
  private targetOf(mapping: GroupPushMappingRow): string | null {
    const { target_group_id: id } = mapping;
    const externalId = id === null ? null : (this.oktaGroups.get(id)?.external_id ?? null);
    return externalId === null ? id : `external ${externalId}`;
  }

  isShared(mapping: GroupPushMappingRow): boolean {
    const target = this.targetOf(mapping);
    const mappings = this.pair.rows['okta.groupPushMappings'];
    return target !== null && mappings.filter((row) => this.targetOf(row) === target).length > 1;
  }

  /** The target is a reserved store group; where the store shows none, a target of a reserved name counts. */
  isReservedLink(mapping: GroupPushMappingRow): boolean {
    const match = this.groupMatches.find((one) => one.mapping === mapping);
    const target = this.oktaGroups.get(mapping.target_group_id ?? '');
    return isReserved(match?.opti.name ?? target?.name ?? '');
  }

  isLinkedToExisting({ mapping, opti }: GroupMatch): boolean {
    const isOlder =
      mapping.created !== null &&
      opti.created_at !== null &&
      Date.parse(mapping.created) - Date.parse(opti.created_at) > 10 * 60_000;
    return isOlder || opti.group_type !== 'internal';
  }

  /** What a store user reaches: instance and role, with the groups it comes through. */
  pathsOf(user: OptiUserRow): Map<string, { instance: string; role: string; groups: Set<string> }> {
    const paths = new Map<string, { instance: string; role: string; groups: Set<string> }>();
    for (const grant of this.pair.rows['optiId.groupInstanceRoles']) {
      if (!(this.membersOfOpti.get(grant.opti_group_id) ?? []).includes(user.opti_user_id)) continue;
      const key = `${grant.opti_instance_id} ${grant.opti_role_id}`;
      const path = paths.get(key) ?? {
        instance: grant.opti_instance_id,
        role: grant.opti_role_id,
        groups: new Set<string>(),
      };
      path.groups.add(grant.opti_group_id);
      paths.set(key, path);
    }
    return paths;
  }

  isRole(roleId: string, product: string, name?: string): boolean {
    return this.pair.rows['optiId.roles'].some(
      (role) =>
        role.opti_role_id === roleId &&
        role.product === product &&
        (name === undefined || role.name === name),
    );
  }

  /** Active store users who would still hold Super Admin after the cutover. */
  survivingSuperAdmins(): OptiUserRow[] {
    const takenIds = new Set(this.taken.map(({ opti }) => opti.opti_group_id));
    return [...this.optiUsers.values()].filter((user) => {
      if (user.status !== 'active') return false;
      const holds = [...this.pathsOf(user).values()].some(
        (path) =>
          this.isRole(path.role, 'Admin Center', 'Super Admin') &&
          [...path.groups].some((group) => !takenIds.has(group)),
      );
      const stays = (this.matchesByOpti.get(user.opti_user_id) ?? []).some(
        ({ okta }) => this.isAssigned(okta.okta_user_id) && ACTIVE.has(okta.status),
      );
      return holds && (stays || this.isOutsider(user));
    });
  }
}

// Rules.

type Need = DatasetName | 'assigned' | 'pushScope' | 'provisionedUsers';
type Found = Omit<ExpectedFinding, 'rule'>;
type Judge = (facts: Facts) => Found[] | 'unknown' | 'skipped';

interface OracleRule {
  /** Not read to the end: unknown; nothing to read: skipped. */
  needs: readonly Need[];
  /** Not read to the end: unknown; nothing to read: goes on. */
  alsoReads?: readonly Need[];
  judge: Judge;
}

const forUser = (facts: Facts, okta: OktaUserRow, opti: OptiUserRow | null = null): Found => ({
  subject: facts.emailOf(okta),
  okta_id: okta.okta_user_id,
  opti_id: opti?.opti_user_id ?? null,
});
const forGroup = (okta: OktaGroupRow, opti: OptiGroupRow | null = null): Found => ({
  subject: okta.name,
  okta_id: okta.okta_group_id,
  opti_id: opti?.opti_group_id ?? null,
});
const forOrganization = (facts: Facts): Found => ({
  subject: facts.pair.rows['optiId.organizations'][0]?.name ?? '',
  okta_id: null,
  opti_id: ORGANIZATION_ID,
});

/** A rule on the SCIM app itself. */
function onScimApp(isWrong: (facts: Facts) => boolean | 'unknown' | 'skipped'): Judge {
  return (facts) => {
    const app = facts.pair.rows['okta.scimApp'][0];
    if (!app) return 'skipped';
    const verdict = isWrong(facts);
    if (typeof verdict === 'string') return verdict;
    return verdict ? [{ subject: app.label, okta_id: app.okta_app_id, opti_id: null }] : [];
  };
}

const scimApp = (facts: Facts) => facts.pair.rows['okta.scimApp'][0];
const featuresOf = (facts: Facts): readonly string[] => scimApp(facts)?.features ?? [];
const appFeature = (facts: Facts, name: string) =>
  facts.pair.rows['okta.appFeatures'].find((feature) => feature.name === name);

function option(
  capability: 'create_users' | 'update_attributes' | 'deactivate_users',
  feature: string,
): OracleRule {
  return {
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const shown = appFeature(facts, 'USER_PROVISIONING')?.[capability] ?? null;
      if (shown !== null) return shown === 'DISABLED';
      return featuresOf(facts).length === 0 ? 'skipped' : !featuresOf(facts).includes(feature);
    }),
  };
}

/** Mapped: an expression that is not blank. */
const mappedProperties = (facts: Facts) =>
  facts.pair.rows['okta.profileMappings'].map((mapping) =>
    mapping.properties.filter((property) => (property.expression ?? '').trim() !== ''),
  );

/** A finding that names a store group's members and grants. */
const RECORD = [
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.users',
  'optiId.groupInstanceRoles',
  'optiId.productInstances',
  'optiId.roles',
] as const;
const PUSH_SCOPE = ['pushScope', 'okta.groups'] as const;

const TAKEN_MEMBERS = [
  ...PUSH_SCOPE,
  'okta.groupMembers',
  'okta.users',
  'assigned',
  'optiId.users',
  'optiId.groups',
  'optiId.groupMembers',
] as const;
const ACCESS = [
  'optiId.users',
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.groupInstanceRoles',
  'optiId.productInstances',
  'optiId.roles',
] as const;
const SUPER_ADMIN = [
  'optiId.users',
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.groupInstanceRoles',
  'optiId.roles',
  'okta.users',
  'assigned',
] as const;
const STORE_TO_OKTA = ['okta.users', 'assigned', 'optiId.users'] as const;

/** The taken groups whose members are judged. */
const takenWithMembers = (facts: Facts) => facts.taken.filter(({ okta }) => !facts.isEveryone(okta));

const RULES: Readonly<Record<string, OracleRule>> = {
  'scim-app-missing': {
    needs: ['okta.apps'],
    judge: (facts) =>
      facts.app === 'missing'
        ? [{ subject: facts.pair.scimApp ?? 'scim2headerauth', okta_id: null, opti_id: null }]
        : [],
  },
  'scim-app-ambiguous': {
    needs: ['okta.apps'],
    judge: (facts) =>
      facts.app === 'ambiguous'
        ? [{ subject: facts.pair.scimApp ?? 'scim2headerauth', okta_id: null, opti_id: null }]
        : [],
  },
  'scim-app-inactive': {
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => scimApp(facts)?.status !== 'ACTIVE'),
  },
  'sso-and-scim-in-one-app': {
    needs: ['okta.ssoApp'],
    alsoReads: ['okta.scimApp'],
    judge: (facts) => {
      const sso = facts.pair.rows['okta.ssoApp'][0];
      if (!sso) return 'skipped';
      const provisions = ['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION'].some(
        (feature) => sso.features.includes(feature),
      );
      return provisions || scimApp(facts)?.okta_app_id === sso.okta_app_id
        ? [{ subject: sso.label, okta_id: sso.okta_app_id, opti_id: null }]
        : [];
    },
  },
  'username-format-not-email': {
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const template = scimApp(facts)?.username_template ?? null;
      if (template === null) return 'skipped';
      return !['${source.email}', '${fn:toLowerCase(source.email)}'].includes(template);
    }),
  },
  'username-updates-off': {
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const status = scimApp(facts)?.username_push_status ?? null;
      return status === null || status === 'NOT_CONFIGURED' ? 'skipped' : status === 'DONT_PUSH';
    }),
  },
  'provisioning-connection-off': {
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const status = facts.pair.rows['okta.provisioningConnection'][0]?.status ?? 'UNKNOWN';
      if (status !== 'UNKNOWN') return status === 'DISABLED';
      if (featuresOf(facts).length > 0) return false;
      const isProvisioned = facts.pair.rows['okta.appUsers'].some((row) => row.external_id !== null);
      if (isProvisioned || facts.pair.rows['okta.groupPushMappings'].length > 0) return false;
      const isRead =
        facts.stateOf('okta.appUsers') === 'complete' &&
        facts.stateOf('okta.groupPushMappings') === 'complete';
      return isRead ? true : 'unknown';
    }),
  },
  'scim-base-url-unexpected': {
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const url = facts.pair.rows['okta.provisioningConnection'][0]?.base_url ?? null;
      if (url === null) return 'skipped';
      return url.replace(/\/$/u, '') !== 'https://identity-api.optimizely.com/api/scim/v2';
    }),
  },
  'create-users-off': option('create_users', 'PUSH_NEW_USERS'),
  'update-attributes-off': option('update_attributes', 'PUSH_PROFILE_UPDATES'),
  'deactivate-users-off': option('deactivate_users', 'PUSH_USER_DEACTIVATION'),
  'import-enabled': {
    needs: ['okta.scimApp', 'okta.logEvents'],
    judge: onScimApp((facts) => {
      const appId = scimApp(facts)?.okta_app_id;
      return (
        appFeature(facts, 'INBOUND_PROVISIONING')?.import_schedule === 'ENABLED' ||
        featuresOf(facts).includes('PROFILE_MASTERING') ||
        facts.pair.rows['okta.logEvents'].some(
          (event) =>
            event.event_type === 'system.import.start' &&
            event.targets.some((target) => target.id === appId && target.type === 'AppInstance'),
        )
      );
    }),
  },
  'password-sync-enabled': {
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const shown = appFeature(facts, 'USER_PROVISIONING')?.sync_password ?? null;
      if (featuresOf(facts).includes('PUSH_PASSWORD_UPDATES') || shown === 'ENABLED') return true;
      return featuresOf(facts).length === 0 && shown === null ? 'skipped' : false;
    }),
  },
  'attribute-mapped-needlessly': {
    needs: ['okta.scimApp', 'okta.profileMappings'],
    judge: onScimApp((facts) =>
      mappedProperties(facts)
        .flat()
        .some(({ attribute }) => !['userName', 'givenName', 'familyName'].includes(attribute)),
    ),
  },
  'attribute-unmapped': {
    needs: ['okta.scimApp', 'okta.profileMappings'],
    judge: onScimApp((facts) => {
      const mappings = mappedProperties(facts);
      const lacks = (attribute: string): boolean =>
        mappings.length === 0 ||
        mappings.some(
          (properties) =>
            !properties.some((row) => row.attribute === attribute && row.push_status !== 'DONT_PUSH'),
        );
      return (
        lacks('givenName') || lacks('familyName') || (scimApp(facts)?.username_template ?? null) === null
      );
    }),
  },
  'scim-already-on': {
    needs: ['optiId.organizations'],
    judge: (facts) =>
      facts.pair.rows['optiId.organizations'][0]?.provisioning_mode === 'scim'
        ? [forOrganization(facts)]
        : [],
  },
  'scim-connection-unclear': {
    needs: ['optiId.ssoConnections'],
    judge: (facts) => {
      const connections = facts.pair.rows['optiId.ssoConnections'];
      const flagged = connections.filter((row) => row.scim_enabled);
      return connections.length > 1 && flagged.length !== 1 ? [forOrganization(facts)] : [];
    },
  },
  'domain-not-owned': {
    needs: ['assigned', 'okta.users', 'optiId.ssoConnections'],
    judge: (facts) => {
      const owned = facts.connectionDomains();
      const domains = facts.assignedUsers().flatMap((user) => domainOf(user.email ?? '') ?? []);
      return [...new Set(domains)]
        .filter((domain) => !owned.has(domain))
        .map((domain) => ({ subject: domain, okta_id: null, opti_id: null }));
    },
  },

  'group-name-taken': {
    needs: [...PUSH_SCOPE, ...RECORD],
    judge: (facts) => facts.taken.map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'group-name-taken-by-product': {
    needs: [...PUSH_SCOPE, 'optiId.groups'],
    judge: (facts) => facts.collisions('product').map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'reserved-group-name': {
    needs: PUSH_SCOPE,
    judge: (facts) => facts.pushed.filter(({ name }) => looksReserved(name)).map((group) => forGroup(group)),
  },
  'reserved-group-linked': {
    needs: ['okta.groupPushMappings', 'okta.groups', 'optiId.groups'],
    judge: (facts) =>
      facts.pair.rows['okta.groupPushMappings']
        .filter((mapping) => facts.isReservedLink(mapping))
        .flatMap((mapping) => {
          const source = facts.oktaGroups.get(mapping.source_group_id);
          const match = facts.groupMatches.find((one) => one.mapping === mapping);
          return source ? [forGroup(source, match?.opti ?? null)] : [];
        }),
  },
  'group-name-lookalike': {
    needs: [...PUSH_SCOPE, 'optiId.groups'],
    judge: (facts) =>
      facts.pushed
        .filter(({ name }) => !looksReserved(name))
        .flatMap((okta) =>
          facts.optiGroups
            .filter((opti) => look(opti.name) === look(okta.name) && fold(opti.name) !== fold(okta.name))
            .map((opti) => forGroup(okta, opti)),
        ),
  },
  'group-name-duplicate': {
    needs: PUSH_SCOPE,
    judge: (facts) =>
      [...groupBy(facts.pushed, ({ name }) => fold(name)).values()]
        .filter((groups) => groups.length > 1)
        .flat()
        .map((group) => forGroup(group)),
  },
  'group-name-fragile': {
    needs: PUSH_SCOPE,
    judge: (facts) => facts.pushed.filter(({ name }) => isFragile(name)).map((group) => forGroup(group)),
  },
  'group-linked-to-existing': {
    needs: ['okta.groupPushMappings', 'okta.groups', 'optiId.groups'],
    judge: (facts) =>
      facts.groupMatches
        .filter((match) => !isReserved(match.opti.name) && facts.isLinkedToExisting(match))
        .flatMap(({ mapping, opti }) => {
          const source = facts.oktaGroups.get(mapping.source_group_id);
          return source ? [forGroup(source, opti)] : [];
        }),
  },

  'group-link-shared': {
    needs: ['okta.groupPushMappings', 'okta.groups'],
    alsoReads: ['optiId.groups'],
    judge: (facts) =>
      facts.pair.rows['okta.groupPushMappings']
        .filter((mapping) => facts.isShared(mapping))
        .flatMap((mapping) => {
          const source = facts.oktaGroups.get(mapping.source_group_id);
          const match = facts.groupMatches.find((one) => one.mapping === mapping);
          return source ? [forGroup(source, match?.opti ?? null)] : [];
        }),
  },

  'group-orphaned': {
    needs: ['okta.groupPushMappings', 'okta.groups', ...RECORD],
    judge: (facts) =>
      facts.optiGroups
        .filter((group) => facts.isOrphan(group))
        .map((group) => ({ subject: group.name, okta_id: null, opti_id: group.opti_group_id })),
  },
  'group-push-failed': {
    needs: ['okta.groupPushMappings', 'okta.groups'],
    judge: (facts) =>
      facts.pair.rows['okta.groupPushMappings']
        .filter((mapping) => mapping.status === 'ERROR')
        .flatMap((mapping) => {
          const source = facts.oktaGroups.get(mapping.source_group_id);
          return source ? [forGroup(source)] : [];
        }),
  },
  'group-assigned-and-pushed': {
    needs: ['okta.appGroups', 'okta.groupPushMappings', 'okta.groups'],
    alsoReads: ['pushScope'],
    judge: (facts) => {
      const mapped = new Set(facts.pair.rows['okta.groupPushMappings'].map((row) => row.source_group_id));
      return facts.pair.rows['okta.appGroups'].flatMap(({ okta_group_id: id }) => {
        const group = facts.oktaGroups.get(id);
        const isPushed = mapped.has(id) || (facts.pair.pushGroups !== null && facts.scope.has(id));
        return group && isPushed ? [forGroup(group)] : [];
      });
    },
  },
  'group-without-members': {
    needs: [...PUSH_SCOPE, 'okta.groupMembers', 'okta.users', 'assigned'],
    judge: (facts) =>
      facts.pushed
        .filter((group) => !facts.isEveryone(group) && facts.expectedMembers(group).length === 0)
        .map((group) => forGroup(group)),
  },
  'group-count-mismatch': {
    needs: ['optiId.groups', 'optiId.users', 'optiId.groupMembers'],
    judge: (facts) =>
      facts.optiGroups
        .filter((group) => group.user_count !== null && group.user_count !== facts.optiMembers(group).length)
        .map((group) => ({ subject: group.name, okta_id: null, opti_id: group.opti_group_id })),
  },

  'member-loses-group': {
    needs: TAKEN_MEMBERS,
    judge: (facts) =>
      takenWithMembers(facts).flatMap(({ okta, opti }) => {
        const expected = new Set(
          facts.expectedMembers(okta).map((user) => facts.matches.get(user.okta_user_id)?.opti.opti_user_id),
        );
        return facts
          .optiMembers(opti)
          .filter((user) => !facts.isOutsider(user) && !expected.has(user.opti_user_id))
          .map((user) => ({
            subject: `${facts.nameOfMember(user)} → ${okta.name}`,
            okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
            opti_id: user.opti_user_id,
          }));
      }),
  },
  'member-gains-group': {
    needs: TAKEN_MEMBERS,
    judge: (facts) =>
      takenWithMembers(facts).flatMap(({ okta, opti }) => {
        const today = new Set(facts.optiMembers(opti).map((user) => user.opti_user_id));
        return facts
          .expectedMembers(okta)
          .map((user) => ({ user, match: facts.matches.get(user.okta_user_id)?.opti ?? null }))
          .filter(({ match }) => match === null || !today.has(match.opti_user_id))
          .map(({ user, match }) => ({
            subject: `${facts.emailOf(user)} → ${okta.name}`,
            okta_id: user.okta_user_id,
            opti_id: match?.opti_user_id ?? null,
          }));
      }),
  },
  'member-not-assigned': {
    needs: [...PUSH_SCOPE, 'okta.groupMembers', 'okta.users', 'assigned'],
    judge: (facts) =>
      facts.pushed
        .filter((group) => !facts.isEveryone(group))
        .flatMap((group) =>
          facts
            .oktaMembers(group)
            .filter((user) => ACTIVE.has(user.status) && !facts.isAssigned(user.okta_user_id))
            .map((user) => ({
              subject: `${facts.emailOf(user)} → ${group.name}`,
              okta_id: user.okta_user_id,
              opti_id: facts.matches.get(user.okta_user_id)?.opti.opti_user_id ?? null,
            })),
        ),
  },
  'member-staged': {
    needs: [...PUSH_SCOPE, 'okta.groupMembers', 'okta.users'],
    judge: (facts) =>
      facts.pushed
        .filter((group) => !facts.isEveryone(group))
        .flatMap((group) =>
          facts
            .oktaMembers(group)
            .filter((user) => NOT_YET_ACTIVE.has(user.status))
            .map((user) => ({
              subject: `${facts.emailOf(user)} → ${group.name}`,
              okta_id: user.okta_user_id,
              opti_id: facts.matches.get(user.okta_user_id)?.opti.opti_user_id ?? null,
            })),
        ),
  },
  'collaborator-in-pushed-group': {
    needs: [...PUSH_SCOPE, 'optiId.users', 'optiId.groups', 'optiId.groupMembers'],
    judge: (facts) =>
      takenWithMembers(facts).flatMap(({ okta, opti }) =>
        facts
          .optiMembers(opti)
          .filter((user) => facts.isOutsider(user))
          .map((user) => ({
            subject: `${facts.emailOfOpti(user)} → ${okta.name}`,
            okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
            opti_id: user.opti_user_id,
          })),
      ),
  },

  'username-differs-from-email': {
    needs: ['provisionedUsers', 'okta.users'],
    judge: (facts) =>
      [...facts.oktaUsers.values()]
        .filter((user) => facts.usernameDiffers(user))
        .map((user) => forUser(facts, user, facts.matches.get(user.okta_user_id)?.opti ?? null)),
  },
  'user-match-ambiguous': {
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      [...facts.ambiguousEmails].map((email) => ({ subject: email, okta_id: null, opti_id: null })),
  },
  'user-email-case': {
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      facts.assignedUsers().flatMap((user) => {
        const opti = facts.matches.get(user.okta_user_id)?.opti;
        const isCase =
          opti &&
          user.email !== null &&
          user.email !== opti.email &&
          foldEmail(user.email) === foldEmail(opti.email);
        return isCase ? [forUser(facts, user, opti)] : [];
      }),
  },
  'user-email-alias': {
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      facts
        .assignedUsers()
        .flatMap((user) => facts.aliasesOf(user).map((opti) => forUser(facts, user, opti))),
  },
  'user-domain-changed': {
    needs: [...STORE_TO_OKTA, 'optiId.ssoConnections'],
    judge: (facts) =>
      facts.assignedUsers().flatMap((user) => facts.movedOf(user).map((opti) => forUser(facts, user, opti))),
  },
  'user-name-missing': {
    needs: ['assigned', 'okta.users'],
    judge: (facts) =>
      facts
        .assignedUsers()
        .filter((user) => [user.first_name, user.last_name].some((name) => (name ?? '').trim() === ''))
        .map((user) => forUser(facts, user)),
  },
  'user-invitation-pending': {
    needs: ['assigned', 'okta.users', 'optiId.invitations'],
    judge: (facts) => {
      const invited = new Set(
        facts.pair.rows['optiId.invitations']
          .filter((row) => row.status === 'pending')
          .map((row) => foldEmail(row.email)),
      );
      return facts
        .assignedUsers()
        .filter((user) => user.email !== null && invited.has(foldEmail(user.email)))
        .map((user) => forUser(facts, user, facts.matches.get(user.okta_user_id)?.opti ?? null));
    },
  },
  'user-unmanaged': {
    needs: [...STORE_TO_OKTA, 'optiId.groupMembers', 'optiId.ssoConnections'],
    alsoReads: ['okta.suspendedUsers'],
    judge: (facts) => {
      const domains = facts.scimDomains();
      const named = new Set(
        facts
          .assignedUsers()
          .flatMap((user) => [...facts.aliasesOf(user), ...facts.movedOf(user)])
          .map((user) => user.opti_user_id),
      );
      return [...facts.optiUsers.values()]
        .filter((user) => {
          const people = facts.matchesByOpti.get(user.opti_user_id) ?? [];
          return (
            domains.has(domainOf(user.email) ?? '') &&
            !facts.isOutsider(user) &&
            !people.some(({ okta }) => facts.isAssigned(okta.okta_user_id)) &&
            !facts.ambiguousEmails.has(foldEmail(user.email)) &&
            !named.has(user.opti_user_id) &&
            !people.some(({ okta }) => facts.isSuspendedActive(okta))
          );
        })
        .map((user) => ({
          subject: facts.emailOfOpti(user),
          okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
          opti_id: user.opti_user_id,
        }));
    },
  },
  'suspended-user-active': {
    needs: ['okta.users', 'okta.suspendedUsers', 'optiId.users', 'optiId.groupMembers'],
    alsoReads: ['assigned'],
    judge: (facts) =>
      [...facts.oktaUsers.values()]
        .filter((user) => facts.isSuspendedActive(user))
        .map((user) => forUser(facts, user, facts.matches.get(user.okta_user_id)?.opti ?? null)),
  },

  'last-super-admin-at-risk': {
    needs: SUPER_ADMIN,
    alsoReads: PUSH_SCOPE,
    judge: (facts) => (facts.survivingSuperAdmins().length === 0 ? [forOrganization(facts)] : []),
  },
  'break-glass-admin-missing': {
    needs: SUPER_ADMIN,
    alsoReads: PUSH_SCOPE,
    judge: (facts) => {
      const admins = facts.survivingSuperAdmins();
      return admins.length > 0 && !admins.some((user) => facts.isOutsider(user))
        ? [forOrganization(facts)]
        : [];
    },
  },
  'access-lost-with-group': {
    needs: [...ACCESS, ...PUSH_SCOPE, 'okta.groupMembers', 'okta.users', 'assigned'],
    judge: (facts) => {
      const taken = new Set(facts.taken.map(({ opti }) => opti.opti_group_id));
      return [...facts.optiUsers.values()]
        .filter((user) =>
          [...facts.pathsOf(user).values()].some((path) =>
            [...path.groups].every((group) => taken.has(group)),
          ),
        )
        .map((user) => ({
          subject: facts.emailOfOpti(user),
          okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
          opti_id: user.opti_user_id,
        }));
    },
  },
  'admin-role-on-taken-group': {
    needs: [...PUSH_SCOPE, 'optiId.groups', 'optiId.groupInstanceRoles', 'optiId.roles'],
    judge: (facts) =>
      facts.taken
        .filter(({ opti }) =>
          facts.pair.rows['optiId.groupInstanceRoles'].some(
            (grant) =>
              grant.opti_group_id === opti.opti_group_id && facts.isRole(grant.opti_role_id, 'Admin Center'),
          ),
        )
        .map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'orphan-keeps-access': {
    needs: [...ACCESS, 'okta.groupPushMappings', 'okta.groups'],
    judge: (facts) => {
      const orphans = new Set(
        facts.optiGroups.filter((group) => facts.isOrphan(group)).map((group) => group.opti_group_id),
      );
      return [...facts.optiUsers.values()]
        .filter((user) =>
          [...groupBy([...facts.pathsOf(user).values()], (path) => path.instance).values()].some((paths) =>
            paths.every((path) => [...path.groups].every((group) => orphans.has(group))),
          ),
        )
        .map((user) => ({
          subject: facts.emailOfOpti(user),
          okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
          opti_id: user.opti_user_id,
        }));
    },
  },
};

function stateOfNeed(facts: Facts, need: Need): 'complete' | 'unknown' | 'skipped' {
  switch (need) {
    case 'assigned':
      return facts.assigned.state;
    case 'pushScope': {
      const state = facts.stateOf('okta.pushScope');
      return state === 'complete' && facts.scope.size === 0 ? 'skipped' : state;
    }
    case 'provisionedUsers': {
      const state = facts.stateOf('okta.appUsers');
      return state === 'complete' && facts.standsIn() ? 'skipped' : state;
    }
    default:
      return facts.stateOf(need);
  }
}

function readiness(facts: Facts, rule: OracleRule): 'ready' | 'unknown' | 'skipped' {
  const needs = rule.needs.map((need) => stateOfNeed(facts, need));
  const also = (rule.alsoReads ?? []).map((need) => stateOfNeed(facts, need));
  if (needs.includes('skipped')) return 'skipped';
  return [...needs, ...also].includes('unknown') ? 'unknown' : 'ready';
}

/** What the report of the pre-cutover job must hold for an org pair. */
export function expectReport(pair: OrgPair): ExpectedReport {
  const facts = new Facts(pair);
  const findings: ExpectedFinding[] = [];
  const outcomes: Record<string, ExpectedOutcome> = {};
  for (const [id, rule] of Object.entries(RULES)) {
    const state = readiness(facts, rule);
    const found = state === 'ready' ? rule.judge(facts) : state;
    if (typeof found === 'string') outcomes[id] = found;
    else {
      outcomes[id] = found.length > 0 ? 'fail' : 'pass';
      findings.push(...found.map((finding) => ({ rule: id, ...finding })));
    }
  }
  return { findings, outcomes, groups: expectGroups(facts), users: expectUsers(facts) };
}

function expectGroups(facts: Facts): ExpectedGroup[] {
  const mappings = facts.pair.rows['okta.groupPushMappings'];
  const isUnknown = (
    ['okta.groups', 'okta.pushScope', 'okta.groupPushMappings', 'optiId.groups'] as const
  ).some((name) => facts.stateOf(name) === 'unknown');
  const isRecordRead = RECORD.every((name) => facts.stateOf(name) === 'complete');
  const products = facts.collisions('product');
  const fires = (
    pairs: readonly { okta: OktaGroupRow; opti: OptiGroupRow }[],
    okta?: string,
    opti?: string,
  ) => pairs.some((one) => one.okta.okta_group_id === okta || one.opti.opti_group_id === opti);
  const situate = (
    oktaGroupId?: string,
    optiGroupId?: string,
    rest: () => string = () => 'LEFT_ALONE',
  ): string => {
    const okta = oktaGroupId === undefined ? undefined : facts.oktaGroups.get(oktaGroupId);
    const links = facts.groupMatches.filter(
      (match) => match.mapping.source_group_id === oktaGroupId || match.opti.opti_group_id === optiGroupId,
    );
    const isShared = [
      ...mappings.filter((row) => row.source_group_id === oktaGroupId),
      ...links.map((link) => link.mapping),
    ].some((mapping) => facts.isShared(mapping));
    if (isUnknown) return 'UNKNOWN';
    if (okta && facts.scope.has(okta.okta_group_id) && looksReserved(okta.name)) return 'RESERVED';
    if (links.some(({ mapping }) => facts.isReservedLink(mapping))) return 'RESERVED';
    if (mappings.some((row) => row.source_group_id === oktaGroupId && facts.isReservedLink(row)))
      return 'RESERVED';
    if (fires(facts.taken, oktaGroupId, optiGroupId)) return isRecordRead ? 'DELETE_FIRST' : 'UNKNOWN';
    if (fires(products, oktaGroupId, optiGroupId)) return 'RENAME_FIRST';
    if (isShared || links.some((link) => facts.isLinkedToExisting(link))) return 'LINKED';
    return rest();
  };
  // Each Okta group with its partner: the store group that its push made, else the one in its way.
  const partners: { okta: OktaGroupRow; opti: OptiGroupRow; isManaged: boolean }[] = [];
  const inScope = [...new Set([...facts.scope, ...mappings.map((row) => row.source_group_id)])].flatMap(
    (id) => facts.oktaGroups.get(id) ?? [],
  );
  for (const okta of inScope) {
    const match = facts.groupMatches.find((one) => one.mapping.source_group_id === okta.okta_group_id);
    const inTheWay = facts.optiGroups.filter((group) => fold(group.name) === fold(okta.name));
    const least = (isWanted: (group: OptiGroupRow) => boolean) =>
      smallest(inTheWay.filter(isWanted), (row) => row.opti_group_id);
    const opti =
      match?.opti ??
      least((group) => isReserved(group.name)) ??
      least((group) => group.group_type === 'custom') ??
      least((group) => group.group_type === 'product');
    if (opti) partners.push({ okta, opti, isManaged: match !== undefined });
  }
  // A store group stands in one row: with the first of those that are linked to it, else the first in its way.
  const shown = new Map<string, string>();
  for (const [id, rivals] of groupBy(partners, ({ opti }) => opti.opti_group_id)) {
    const first = smallest(rivals, ({ okta, isManaged }) => `${isManaged ? 0 : 1} ${okta.okta_group_id}`);
    if (first) shown.set(id, first.okta.okta_group_id);
  }
  const groups: ExpectedGroup[] = inScope.map((okta) => {
    const id = okta.okta_group_id;
    const mapping = mappings.find((row) => row.source_group_id === id);
    const partner = partners.find((one) => one.okta === okta);
    const opti = partner && shown.get(partner.opti.opti_group_id) === id ? partner.opti.opti_group_id : null;
    const situation = situate(id, opti ?? undefined, () => {
      if (mapping?.status === 'ACTIVE' && !partner?.isManaged) return 'MISSING';
      return partner?.isManaged ? 'MANAGED' : 'CREATE';
    });
    return { situation, okta_group_id: id, opti_group_id: opti };
  });
  for (const group of facts.optiGroups) {
    if (shown.has(group.opti_group_id)) continue;
    const isOrphan = facts.stateOf('okta.groupPushMappings') === 'complete' && facts.isOrphan(group);
    groups.push({
      situation: situate(undefined, group.opti_group_id, () => {
        if (!isOrphan) return 'LEFT_ALONE';
        return isRecordRead ? 'ORPHANED' : 'UNKNOWN';
      }),
      okta_group_id: null,
      opti_group_id: group.opti_group_id,
    });
  }
  return groups;
}

function expectUsers(facts: Facts): ExpectedUser[] {
  const isUnknown =
    facts.assigned.state === 'unknown' ||
    (['okta.users', 'okta.suspendedUsers', 'optiId.users', 'optiId.ssoConnections'] as const).some(
      (name) => facts.stateOf(name) === 'unknown',
    );
  const users: ExpectedUser[] = [];
  const paired = new Set<string>();
  for (const okta of facts.assignedUsers()) {
    const match = facts.matches.get(okta.okta_user_id);
    if (match) paired.add(match.opti.opti_user_id);
    let situation = 'CREATE';
    if (isUnknown) situation = 'UNKNOWN';
    else if (match && facts.isOutsider(match.opti)) situation = 'COLLABORATOR';
    else if (facts.isAmbiguous(okta, match?.opti ?? null)) situation = 'AMBIGUOUS';
    else if (facts.isSuspendedActive(okta)) situation = 'SUSPENDED';
    else if (facts.usernameDiffers(okta)) situation = 'MISMATCH';
    else if (match) situation = match.by === 'id' ? 'MANAGED' : 'TAKE_OVER';
    users.push({
      situation,
      okta_user_id: okta.okta_user_id,
      opti_user_id: match?.opti.opti_user_id ?? null,
    });
  }
  const domains = facts.scimDomains();
  for (const user of facts.optiUsers.values()) {
    if (paired.has(user.opti_user_id)) continue;
    const people = facts.matchesByOpti.get(user.opti_user_id) ?? [];
    let situation = 'UNMANAGED';
    const isSuspended = people.some(({ okta }) => facts.isSuspendedActive(okta));
    if (isUnknown) situation = 'UNKNOWN';
    else if (facts.isOutsider(user)) situation = 'COLLABORATOR';
    else if (!isSuspended && !domains.has(domainOf(user.email) ?? '')) situation = 'OUT_OF_SCOPE';
    else if (facts.isAmbiguous(null, user)) situation = 'AMBIGUOUS';
    else if (isSuspended) situation = 'SUSPENDED';
    users.push({
      situation,
      okta_user_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
      opti_user_id: user.opti_user_id,
    });
  }
  return users;
}
