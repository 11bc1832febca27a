/**
 * What the rules of the oracle stand on: names compared, people and groups paired, what is in flight. Plain
 * memory, written without a look at the engine; the choices made are told in `oracle.ts`.
 */ import { domainToASCII } from 'node:url';
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
import type { Job } from '../../src/domain/rule.ts';
import { BEGAN } from '../support/world.ts';
import { ORGANIZATION_ID, type OrgPair } from './org-pair.ts';

export interface ExpectedFinding {
  rule: string;
  subject: string;
  okta_id: string | null;
  opti_id: string | null;
}

// Comparisons of names and e-mails.

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
const SPACE = /\p{White_Space}/u;
const SINGLE = new Set("'`´‘’‚‛′‵＇");
const DOUBLE = new Set('"“”„‟″‶＂');

export function fold(name: string): string {
  return name.normalize('NFC').trim().toLowerCase().normalize('NFC');
}

/** Compares by eye. The accent alone (U+00B4) would fall apart under NFKC, so quotes go first. */
export function look(name: string): string {
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

export function foldDomain(domain: string): string {
  const lower = domain.normalize('NFC').trim().toLowerCase();
  return domainToASCII(lower) || lower;
}

export function splitAddress(email: string): { local: string; domain: string } | null {
  const text = email.normalize('NFC').trim().toLowerCase();
  const at = text.lastIndexOf('@');
  if (at < 0) return null;
  return { local: text.slice(0, at), domain: foldDomain(text.slice(at + 1)) };
}

export function foldEmail(email: string): string {
  const parts = splitAddress(email);
  return parts ? `${parts.local}@${parts.domain}` : email.normalize('NFC').trim().toLowerCase();
}

export function domainOf(email: string): string | null {
  return splitAddress(email)?.domain || null;
}

/** The address without its `+tag`, or null where it has none. */
export function untagged(email: string): string | null {
  const parts = splitAddress(email);
  const plus = parts ? parts.local.indexOf('+') : -1;
  return parts && plus > 0 ? `${parts.local.slice(0, plus)}@${parts.domain}` : null;
}

const RESERVED = ['Everyone', 'Admin Center Administrators'];
export const isReserved = (name: string): boolean =>
  RESERVED.some((reserved) => fold(reserved) === fold(name));
export const looksReserved = (name: string): boolean =>
  RESERVED.some((reserved) => look(reserved) === look(name));

export function isFragile(name: string): boolean {
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

export const NOT_ASSIGNED = new Set(['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE']);
export const ACTIVE = new Set(['ACTIVE', 'LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY']);
export const NOT_YET_ACTIVE = new Set(['STAGED', 'PROVISIONED']);

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

export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
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

export function smallest<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item | undefined {
  return items.reduce<Item | undefined>(
    (least, item) => (least === undefined || keyOf(item) < keyOf(least) ? item : least),
    undefined,
  );
}

export interface UserMatch {
  okta: OktaUserRow;
  opti: OptiUserRow;
  by: 'id' | 'email';
}

export interface GroupMatch {
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
export class Facts {
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

  /** Okta and store ids of users and groups whose changes are on their way; nobody's before the cutover. */
  readonly usersInFlight = new Set<string>();
  readonly groupsInFlight = new Set<string>();
  /** Ids of mappings and of source groups in flight themselves, whatever their store group. */
  readonly sourcesInFlight = new Set<string>();

  constructor(
    readonly pair: OrgPair,
    readonly job: Job,
  ) {
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
    // After the cutover no name is in the way of a push: what is pushed has its group.
    this.taken = job === 'precutover' ? this.collisions('custom') : [];
    const byEmail = groupBy([...this.optiUsers.values()], (user) => foldEmail(user.email));
    this.sharedEmails = new Set([...byEmail].filter(([, users]) => users.length > 1).map(([email]) => email));
    this.ambiguousEmails = this.findAmbiguousEmails();
    if (job === 'drift') this.findInFlight();
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
    // Nobody stands in after the cutover.
    if (this.job === 'drift') return { state: scim, ids: own };
    if (scim === 'unknown' || own.size > 0) return { state: scim, ids };
    const sso = this.stateOf('okta.ssoAppUsers');
    return { state: sso === 'skipped' ? scim : sso, ids };
  }

  /** Nobody is assigned to the SCIM app, and there is an SSO app to stand in for it. */
  standsIn(): boolean {
    return (
      this.job === 'precutover' &&
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

  /** Changed within the lag before collection began, or since. */
  isYoung(time: string | null): boolean {
    return time !== null && Date.parse(time) >= this.lagBegins();
  }

  /** What happened before this has had its time to arrive. */
  lagBegins(): number {
    return BEGAN.getTime() - this.pair.lagMinutes * 60_000;
  }

  /** The window of the System Log. */
  isInWindow(time: string | null): boolean {
    return time !== null && Date.parse(time) >= BEGAN.getTime() - this.pair.logDays * 24 * 60 * 60_000;
  }

  private findInFlight(): void {
    for (const row of this.pair.rows['okta.appUsers']) {
      const isMoving =
        row.sync_state === 'SYNCING' || this.isYoung(row.last_updated) || this.isYoung(row.status_changed);
      if (!isMoving) continue;
      this.usersInFlight.add(row.okta_user_id);
      const match = this.matches.get(row.okta_user_id);
      if (match) this.usersInFlight.add(match.opti.opti_user_id);
    }
    const mappings = this.pair.rows['okta.groupPushMappings'];
    const targets = new Set(mappings.map((row) => row.target_group_id));
    for (const group of this.oktaGroups.values()) {
      const own = mappings.filter((row) => row.source_group_id === group.okta_group_id);
      if (own.length === 0 && !this.scope.has(group.okta_group_id)) continue;
      // What a push made changes with every push.
      if (targets.has(group.okta_group_id)) continue;
      const isMoving =
        this.isYoung(group.last_updated) ||
        this.isYoung(group.last_membership_updated) ||
        own.some((row) => this.isYoung(row.last_updated));
      if (!isMoving) continue;
      this.sourcesInFlight.add(group.okta_group_id);
      this.groupsInFlight.add(group.okta_group_id);
      for (const { mapping, opti } of this.groupMatches) {
        if (own.includes(mapping)) this.groupsInFlight.add(opti.opti_group_id);
      }
    }
  }

  private matchGroups(): GroupMatch[] {
    const found: GroupMatch[] = [];
    for (const mapping of this.pair.rows['okta.groupPushMappings']) {
      const target =
        mapping.target_group_id === null ? undefined : this.oktaGroups.get(mapping.target_group_id);
      const source = this.oktaGroups.get(mapping.source_group_id);
      const names = [target?.name, source?.name].filter((name) => name !== undefined);
      const rememberedId = this.pair.memory.groupPairs[mapping.okta_mapping_id];
      const withId = (id: string) => this.optiGroups.find((group) => group.opti_group_id === id);
      let opti: OptiGroupRow | undefined;
      if (target?.external_id != null) opti = withId(target.external_id);
      else if (rememberedId === undefined) opti = this.findByName(names, [true, false]);
      // A group of that name made by hand meanwhile is not what the push made.
      else opti = withId(rememberedId) ?? this.findByName(names, [true]);
      if (opti) found.push({ mapping, opti });
    }
    return found;
  }

  private findByName(names: readonly string[], internal: readonly boolean[]): OptiGroupRow | undefined {
    for (const name of names) {
      for (const isInternal of internal) {
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

  /** All who share an e-mail: the store users, and the Okta users that stand for them. */
  idsBehind(email: string): string[] {
    const users = [...this.optiUsers.values()].filter((user) => foldEmail(user.email) === email);
    return users.flatMap(({ opti_user_id: id }) => [
      id,
      ...(this.matchesByOpti.get(id) ?? []).map(({ okta }) => okta.okta_user_id),
    ]);
  }

  /** The pushed group of a membership on both sides. */
  groupIds(group: OktaGroupRow): string[] {
    const pairs = this.groupMatches.filter(({ mapping }) => mapping.source_group_id === group.okta_group_id);
    return [group.okta_group_id, ...pairs.map(({ opti }) => opti.opti_group_id)];
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

export type Need = DatasetName | 'assigned' | 'pushScope' | 'provisionedUsers' | 'baseline';
export interface Found extends Omit<ExpectedFinding, 'rule'> {
  /** Ids of further users and groups that it is about: one of them in flight, and it waits. */
  also?: readonly (string | null | undefined)[];
}
export type Judge = (facts: Facts) => Found[] | 'unknown' | 'skipped';

export interface OracleRule {
  /** The jobs that it is a rule of. */
  when: 'P' | 'D' | 'PD';
  /** Fires on what is in flight all the same. */
  firesInFlight?: true;
  /** Not read to the end: unknown; nothing to read: skipped. */
  needs: readonly Need[];
  /** Not read to the end: unknown; nothing to read: goes on. */
  alsoReads?: readonly Need[];
  judge: Judge;
}

export const forUser = (facts: Facts, okta: OktaUserRow, opti: OptiUserRow | null = null): Found => ({
  subject: facts.emailOf(okta),
  okta_id: okta.okta_user_id,
  opti_id: opti?.opti_user_id ?? null,
});
export const forGroup = (okta: OktaGroupRow, opti: OptiGroupRow | null = null): Found => ({
  subject: okta.name,
  okta_id: okta.okta_group_id,
  opti_id: opti?.opti_group_id ?? null,
});
export const forOrganization = (facts: Facts): Found => ({
  subject: facts.pair.rows['optiId.organizations'][0]?.name ?? '',
  okta_id: null,
  opti_id: ORGANIZATION_ID,
});

/** A finding that names a store group's members and grants. */
export const RECORD = [
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.users',
  'optiId.groupInstanceRoles',
  'optiId.productInstances',
  'optiId.roles',
] as const;
export const PUSH_SCOPE = ['pushScope', 'okta.groups'] as const;

export const TAKEN_MEMBERS = [
  ...PUSH_SCOPE,
  'okta.groupMembers',
  'okta.users',
  'assigned',
  'optiId.users',
  'optiId.groups',
  'optiId.groupMembers',
] as const;
export const ACCESS = [
  'optiId.users',
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.groupInstanceRoles',
  'optiId.productInstances',
  'optiId.roles',
] as const;
export const SUPER_ADMIN = [
  'optiId.users',
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.groupInstanceRoles',
  'optiId.roles',
  'okta.users',
  'assigned',
] as const;
export const STORE_TO_OKTA = ['okta.users', 'assigned', 'optiId.users'] as const;
