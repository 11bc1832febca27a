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

/** What ties an Okta user to a store user, strongest first, numbered as the catalogue does. */
export type Tie = 1 | 2 | 3 | 4 | 5;
export const isTieById = (tie: Tie): boolean => tie === 1 || tie === 2 || tie === 4;

/** An Okta user who points to a store user, with the strongest tie between the two. */
interface Claim {
  okta: OktaUserRow;
  opti: OptiUserRow;
  tie: Tie;
  /** Of tie 3: by the user name; the primary e-mail comes after it. */
  isByUserName: boolean;
}

/** An Okta user and a store user whom they own. */
export interface UserMatch {
  okta: OktaUserRow;
  opti: OptiUserRow;
  tie: Tie;
  /** As of the claim. */
  isByUserName: boolean;
  by: 'id' | 'email';
}

export interface GroupMatch {
  mapping: GroupPushMappingRow;
  opti: OptiGroupRow;
  /** The kind of evidence, numbered as the catalogue does. */
  evidence: 1 | 2 | 3 | 4 | 5;
}

/** Another app that manages users or groups of the organization. */
interface OtherManager {
  app: AppRow;
  userIds: Set<string>;
  groupIds: Set<string>;
}

/** Who is assigned as far as it was read, and whether that is all. */
interface Assigned {
  state: 'complete' | 'unknown' | 'skipped';
  ids: Set<string>;
}

/** Active before not yet active, that before suspended, that before deprovisioned; what was not read comes last. */
function statusRank(status: string): number {
  if (ACTIVE.has(status)) return 0;
  if (NOT_YET_ACTIVE.has(status)) return 1;
  return status === 'SUSPENDED' ? 2 : status === 'DEPROVISIONED' ? 3 : 4;
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

/** At the moment of the mapping, or at most 15 minutes later. */
function isMadeSoonAfter(mapping: GroupPushMappingRow, group: OptiGroupRow): boolean {
  if (mapping.created === null || group.created_at === null) return false;
  const late = Date.parse(group.created_at) - Date.parse(mapping.created);
  return late >= 0 && late <= 15 * 60_000;
}

/** By its features and its name or sign-on, an app that could manage an organization of Opti ID. */
function provisionsByScim({ name, features, sign_on_mode: mode }: AppRow): boolean {
  const isScim =
    /scim/iu.test(name) ||
    (mode !== null && (mode.includes('SCIM') || mode === 'SAML_2_0' || mode === 'OPENID_CONNECT'));
  return isScim && (features.includes('GROUP_PUSH') || features.includes('PUSH_NEW_USERS'));
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
  /** By store user: all who point to it, and who of them owns it, if anybody. */
  readonly claims: Map<string, Claim[]>;
  private readonly pointing: Set<OktaUserRow>;
  readonly owners = new Map<string, UserMatch>();
  /** By store user: assigned, active people on its strongest tie, where there are several; then nobody owns it. */
  readonly rivals = new Map<string, OktaUserRow[]>();
  /** By Okta user: the pair that speaks for them. */
  readonly matches: Map<string, UserMatch>;
  readonly groupMatches: GroupMatch[];
  readonly otherManagers: OtherManager[];
  /** Store users and groups that another app manages. */
  readonly managedElsewhere: Set<string>;
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
    const claims = this.findClaims();
    this.claims = groupBy(claims, (claim) => claim.opti.opti_user_id);
    this.pointing = new Set(claims.map(({ okta }) => okta));
    this.settleOwners();
    this.matches = this.pairUsers();
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
    const proven = this.matchGroupsByIdOrName();
    this.otherManagers = this.findOtherManagers(proven);
    this.managedElsewhere = new Set(
      this.otherManagers.flatMap(({ userIds, groupIds }) => [...userIds, ...groupIds]),
    );
    const likely = this.matchGroupsByMembers(proven, 4);
    this.groupMatches = [...proven, ...likely, ...this.matchGroupsByMembers([...proven, ...likely], 5)];
    // After the cutover no name is in the way of a push: what is pushed has its group.
    this.taken = job === 'precutover' ? this.collisions('custom') : [];
    const byEmail = groupBy([...this.optiUsers.values()], (user) => foldEmail(user.email));
    this.sharedEmails = new Set([...byEmail].filter(([, users]) => users.length > 1).map(([email]) => email));
    this.ambiguousEmails = this.findAmbiguousEmails();
    if (job === 'drift') this.findInFlight();
  }

  /** The store counts members of its groups and shows none. */
  private hidesMembers(): boolean {
    const { states, rows } = this.pair;
    const isRead = (name: DatasetName) => states[name] === undefined || states[name] === 'partial';
    return (
      rows['optiId.groupMembers'].length === 0 &&
      isRead('optiId.groups') &&
      rows['optiId.groups'].some(({ user_count }) => (user_count ?? 0) > 0)
    );
  }

  stateOf(name: DatasetName): 'complete' | 'unknown' | 'skipped' {
    if (name === 'optiId.groupMembers' && this.hidesMembers()) return 'unknown';
    const state = this.pair.states[name];
    return state === undefined ? 'complete' : state === 'not_applicable' ? 'skipped' : 'unknown';
  }

  private findAssigned(): Assigned {
    const idsOf = (list: readonly AppUserRow[]): Set<string> =>
      new Set(list.filter((row) => !NOT_ASSIGNED.has(row.status)).map((row) => row.okta_user_id));
    const { rows } = this.pair;
    const own = idsOf(rows['okta.appUsers']);
    // Nobody is unassigned for certain before those whom the listing leaves out were asked for.
    const states = [this.stateOf('okta.appUsers'), this.stateOf('okta.assignmentChecks')];
    const scim = states.includes('unknown') ? 'unknown' : this.stateOf('okta.appUsers');
    if (!this.standsIn()) return { state: scim, ids: own };
    const ids = idsOf(rows['okta.ssoAppUsers']);
    return { state: scim === 'unknown' ? scim : this.stateOf('okta.ssoAppUsers'), ids };
  }

  /** Nobody is assigned to the SCIM app, and there is an SSO app to stand in for it. */
  standsIn(): boolean {
    return (
      this.job === 'precutover' &&
      this.app !== 'ambiguous' &&
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

  /** The app user of somebody, if they are assigned to the SCIM app itself. */
  ownAppUser(oktaUserId: string): AppUserRow | undefined {
    return this.pair.rows['okta.appUsers'].find(
      (row) => row.okta_user_id === oktaUserId && !NOT_ASSIGNED.has(row.status),
    );
  }

  private findClaims(): Claim[] {
    const present = [...this.optiUsers.values()];
    const byExternalId = groupBy(present, (user) => user.external_id);
    const byEmail = groupBy(present, (user) => foldEmail(user.email));
    const appUsers = groupBy(this.pair.rows['okta.appUsers'], (row) => row.okta_user_id);
    const claims: Claim[] = [];
    for (const okta of this.oktaUsers.values()) {
      const found = new Map<string, Claim>();
      const claim = (tie: Tie, users: readonly OptiUserRow[] = [], isByUserName = false): void => {
        for (const opti of users) {
          const known = found.get(opti.opti_user_id);
          const isBetter =
            !known || tie < known.tie || (tie === known.tie && isByUserName && !known.isByUserName);
          if (isBetter) found.set(opti.opti_user_id, { okta, opti, tie, isByUserName });
        }
      };
      const isAssigned = this.isAssigned(okta.okta_user_id);
      for (const row of appUsers.get(okta.okta_user_id) ?? []) {
        const isOwn = !NOT_ASSIGNED.has(row.status);
        const linked = row.external_id === null ? undefined : this.optiUsers.get(row.external_id);
        if (linked) claim(isAssigned ? 1 : 4, [linked]);
        if (isOwn && row.user_name !== null) claim(3, byEmail.get(foldEmail(row.user_name)), true);
      }
      // On tie 4 the store's own id goes before that of an app user who is not assigned.
      claim(isAssigned ? 2 : 4, byExternalId.get(okta.okta_user_id), true);
      if (okta.email !== null) claim(isAssigned ? 3 : 5, byEmail.get(foldEmail(okta.email)));
      claims.push(...found.values());
    }
    return claims;
  }

  private settleOwners(): void {
    const orderOf = ({ okta, isByUserName }: Claim): string =>
      `${statusRank(okta.status)} ${isByUserName ? 0 : 1} ${okta.okta_user_id}`;
    for (const [id, claims] of this.claims) {
      const strongest = Math.min(...claims.map(({ tie }) => tie));
      const first = claims.filter(({ tie }) => tie === strongest);
      const isLive = ({ okta }: Claim) => this.isAssigned(okta.okta_user_id) && ACTIVE.has(okta.status);
      const live = claims.filter(isLive).map(({ okta }) => okta);
      if (live.length > 1) this.rivals.set(id, live);
      // Whoever has the stronger tie owns the account all the same.
      if (first.filter(isLive).length > 1) continue;
      const owner = smallest(first, orderOf);
      if (!owner) continue;
      this.owners.set(id, { ...owner, by: isTieById(owner.tie) ? 'id' : 'email' });
    }
  }

  private pairUsers(): Map<string, UserMatch> {
    const owned = groupBy([...this.owners.values()], ({ okta }) => okta.okta_user_id);
    const pairs = new Map<string, UserMatch>();
    for (const [id, matches] of owned) {
      // Okta sends the user name: the account that has it goes before one that has the primary e-mail.
      const pair = smallest(
        matches,
        ({ tie, isByUserName, opti }) => `${tie} ${isByUserName ? 0 : 1} ${opti.opti_user_id}`,
      );
      if (pair) pairs.set(id, pair);
    }
    return pairs;
  }

  /** No id and no e-mail ties them to anybody in the store; who only does not own points to somebody all the same. */
  hasNoMatch(user: OktaUserRow): boolean {
    return !this.pointing.has(user);
  }

  /** Points to a store user whom somebody else owns, and owns none: speaks of no account. */
  isOtherProfile(user: OktaUserRow): boolean {
    if (this.matches.has(user.okta_user_id)) return false;
    return [...this.owners.keys()].some((id) =>
      (this.claims.get(id) ?? []).some(({ okta }) => okta.okta_user_id === user.okta_user_id),
    );
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
        row.sync_state === 'SYNCING' ||
        [row.last_updated, row.status_changed, row.created].some((time) => this.isYoung(time));
      if (!isMoving) continue;
      this.usersInFlight.add(row.okta_user_id);
      for (const [id, { okta }] of this.owners) {
        if (okta.okta_user_id === row.okta_user_id) this.usersInFlight.add(id);
      }
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

  isTeam(group: OktaGroupRow): boolean {
    return group.name.includes('::');
  }

  /** A mapping in `ERROR` that never pushed made nothing. */
  private hasPushed({ last_push, status }: { last_push: string | null; status: string }): boolean {
    return last_push !== null || status !== 'ERROR';
  }

  private optiGroup(id: string | null | undefined): OptiGroupRow | undefined {
    return this.optiGroups.find((group) => group.opti_group_id === id);
  }

  /** Evidence 1 to 3. */
  private matchGroupsByIdOrName(): GroupMatch[] {
    const found: GroupMatch[] = [];
    for (const mapping of this.pair.rows['okta.groupPushMappings']) {
      const { target, source, rememberedId } = this.partsOf(mapping);
      if (source && this.isTeam(source)) continue;
      const names = [target?.name, source?.name].filter((name) => name !== undefined);
      const byName = (internal: readonly boolean[]) =>
        this.hasPushed(mapping) ? this.findByName(names, internal) : undefined;
      const take = (evidence: 1 | 2 | 3, opti: OptiGroupRow | undefined): void => {
        if (opti) found.push({ mapping, opti, evidence });
      };
      const remembered = this.optiGroup(rememberedId);
      if (target?.external_id != null) take(1, this.optiGroup(target.external_id));
      else if (remembered) take(2, remembered);
      // A group of that name made by hand meanwhile is not what the push made.
      else take(3, byName(rememberedId === undefined ? [true, false] : [true]));
    }
    return found;
  }

  private partsOf(mapping: GroupPushMappingRow) {
    return {
      target: this.oktaGroups.get(mapping.target_group_id ?? ''),
      source: this.oktaGroups.get(mapping.source_group_id),
      rememberedId: this.pair.memory.groupPairs[mapping.okta_mapping_id],
    };
  }

  /** Evidence 4 (made soon after the mapping, with the members) or 5 (with the members alone). */
  private matchGroupsByMembers(settled: readonly GroupMatch[], evidence: 4 | 5): GroupMatch[] {
    const isSettled = (mapping: GroupPushMappingRow) => settled.some((match) => match.mapping === mapping);
    const left = this.optiGroups.filter(
      (group) =>
        group.group_type === 'internal' &&
        !isReserved(group.name) &&
        !settled.some(({ opti }) => opti === group) &&
        !this.managedElsewhere.has(group.opti_group_id),
    );
    const found: GroupMatch[] = [];
    for (const mapping of this.pair.rows['okta.groupPushMappings']) {
      const { target, source, rememberedId } = this.partsOf(mapping);
      // What is known to be gone is not looked for under another name.
      const isGone =
        target?.external_id != null || (rememberedId !== undefined && !this.optiGroup(rememberedId));
      if (isSettled(mapping) || isGone || !this.hasPushed(mapping) || !source) continue;
      if (!this.scope.has(source.okta_group_id) || this.isEveryone(source) || this.isTeam(source)) continue;
      const candidates = left.filter((group) =>
        evidence === 4
          ? isMadeSoonAfter(mapping, group) && this.isHalfThere(source, group)
          : this.isMostlyTheSame(source, group),
      );
      if (candidates.length === 1) found.push({ mapping, opti: candidates[0] as OptiGroupRow, evidence });
    }
    return found.filter(({ opti }) => found.filter((other) => other.opti === opti).length === 1);
  }

  /** Expected members, members, and those who are both. */
  private overlap(source: OktaGroupRow, group: OptiGroupRow) {
    const expected = this.expectedMembers(source);
    const accounts = new Set(expected.map((user) => this.matches.get(user.okta_user_id)?.opti.opti_user_id));
    const members = this.optiMembers(group);
    const shared = members.filter((user) => accounts.has(user.opti_user_id)).length;
    return { expected: expected.length, members: members.length, shared };
  }

  private isHalfThere(source: OktaGroupRow, group: OptiGroupRow): boolean {
    const { expected, shared } = this.overlap(source, group);
    return shared >= 1 && 2 * shared >= expected;
  }

  private isMostlyTheSame(source: OktaGroupRow, group: OptiGroupRow): boolean {
    const { expected, members, shared } = this.overlap(source, group);
    return shared >= 2 && 10 * shared >= 8 * (expected + members - shared);
  }

  /** Other apps whose external ids are ids of this store, with what they manage. */
  private findOtherManagers(claimed: readonly GroupMatch[]): OtherManager[] {
    const { rows } = this.pair;
    const chosen = rows['okta.scimApp'][0];
    if (!chosen) return [];
    const managers: OtherManager[] = [];
    for (const app of rows['okta.apps']) {
      if (app.okta_app_id === chosen.okta_app_id || app.status !== 'ACTIVE') continue;
      if (app.name !== chosen.name && !provisionsByScim(app)) continue;
      const isOfApp = (row: { okta_app_id: string }): boolean => row.okta_app_id === app.okta_app_id;
      const userIds = rows['okta.otherAppUsers']
        .filter((row) => isOfApp(row) && !NOT_ASSIGNED.has(row.status))
        .flatMap(({ external_id: id }) => (id !== null && this.optiUsers.has(id) ? [id] : []));
      const byId: string[] = [];
      const byName: string[] = [];
      for (const mapping of rows['okta.otherPushMappings'].filter(isOfApp)) {
        const target = this.oktaGroups.get(mapping.target_group_id ?? '');
        if (target?.external_id != null) {
          if (this.optiGroup(target.external_id)) byId.push(target.external_id);
          continue;
        }
        if (!this.hasPushed(mapping)) continue;
        const source = this.oktaGroups.get(mapping.source_group_id);
        const names = [target, source].flatMap((group) => (group ? [fold(group.name)] : []));
        for (const group of this.optiGroups) {
          const isFree =
            group.group_type === 'internal' &&
            !isReserved(group.name) &&
            !claimed.some(({ opti }) => opti === group);
          if (isFree && names.includes(fold(group.name))) byName.push(group.opti_group_id);
        }
      }
      // A name alone proves nothing: another organization may have a group of that name.
      if (userIds.length + byId.length === 0) continue;
      managers.push({ app, userIds: new Set(userIds), groupIds: new Set([...byId, ...byName]) });
    }
    return managers;
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

  /** What is pushed and makes no team. */
  pushedAsGroups(): OktaGroupRow[] {
    return this.pushed.filter((group) => !this.isTeam(group));
  }

  /** Pushed groups whose name equals (folded) that of a store group that no mapping made. */
  collisionsWithOrphans(): { okta: OktaGroupRow; opti: OptiGroupRow }[] {
    return this.pushedAsGroups().flatMap((okta) =>
      this.optiGroups
        .filter((opti) => fold(opti.name) === fold(okta.name) && this.isOrphan(opti))
        .map((opti) => ({ okta, opti })),
    );
  }

  /** Pushed groups whose name equals (folded) that of a store group of a type. */
  collisions(type: 'custom' | 'product'): { okta: OktaGroupRow; opti: OptiGroupRow }[] {
    return this.pushedAsGroups().flatMap((okta) =>
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

  /** Who owns a store user. */
  personOf(optiUserId: string): OktaUserRow | undefined {
    return this.owners.get(optiUserId)?.okta;
  }

  isOwnedByAssigned(optiUserId: string): boolean {
    const owner = this.personOf(optiUserId);
    return owner !== undefined && this.isAssigned(owner.okta_user_id);
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
    for (const id of this.rivals.keys()) emails.add(foldEmail(this.optiUsers.get(id)?.email ?? ''));
    return emails;
  }

  /** All who share an e-mail: the store users, and the Okta users who own them or would. */
  idsBehind(email: string): string[] {
    const users = [...this.optiUsers.values()].filter((user) => foldEmail(user.email) === email);
    const named = this.sharedEmails.has(email)
      ? this.assignedUsers().filter((okta) =>
          [okta.email, this.ownAppUser(okta.okta_user_id)?.user_name].some(
            (text) => text != null && foldEmail(text) === email,
          ),
        )
      : [];
    const ids = users.flatMap(({ opti_user_id: id }) => [
      id,
      ...(this.rivals.get(id) ?? []).map((okta) => okta.okta_user_id),
      ...(this.personOf(id) ? [this.personOf(id)?.okta_user_id ?? ''] : []),
    ]);
    return [...ids, ...named.map((okta) => okta.okta_user_id)];
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
    if ([...this.rivals.values()].some((people) => people.includes(okta))) return true;
    return [okta.email, this.ownAppUser(okta.okta_user_id)?.user_name].some(
      (text) => text != null && this.sharedEmails.has(foldEmail(text)),
    );
  }

  connectionDomains(): Set<string> {
    return new Set(this.pair.rows['optiId.ssoConnections'].flatMap((row) => row.domains.map(foldDomain)));
  }

  /** Domains of the connections that SCIM is on, or of all where none is. */
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
      !this.isOtherProfile(user) &&
      (this.isAssigned(user.okta_user_id) || this.matches.has(user.okta_user_id))
    );
  }

  usernameDiffers(user: OktaUserRow): boolean {
    const appUser = this.ownAppUser(user.okta_user_id);
    if (!appUser) return false;
    const foldIfAny = (text: string | null) => (text === null ? null : foldEmail(text));
    return foldIfAny(appUser.user_name) !== foldIfAny(user.email);
  }

  aliasesOf(user: OktaUserRow): OptiUserRow[] {
    const { email } = user;
    if (email === null || !this.hasNoMatch(user)) return [];
    return [...this.optiUsers.values()].filter(
      (opti) => untagged(email) === foldEmail(opti.email) || untagged(opti.email) === foldEmail(email),
    );
  }

  movedOf(user: OktaUserRow): OptiUserRow[] {
    if (user.email === null || !this.hasNoMatch(user)) return [];
    const here = splitAddress(user.email);
    const same = (one: string | null, other: string | null) =>
      one !== null && other !== null && fold(one) === fold(other);
    return [...this.optiUsers.values()].filter((opti) => {
      const there = splitAddress(opti.email);
      return (
        here !== null &&
        there !== null &&
        here.local === there.local &&
        here.domain !== there.domain &&
        same(user.first_name, opti.first_name) &&
        same(user.last_name, opti.last_name)
      );
    });
  }

  /** Store users whose e-mail is the login of somebody who has no match, or their user name in the SSO app. */
  knownByLogin(user: OktaUserRow): OptiUserRow[] {
    if (!this.hasNoMatch(user)) return [];
    const sso = this.pair.rows['okta.ssoAppUsers'].filter((row) => row.okta_user_id === user.okta_user_id);
    const names = [user.login, ...sso.map((row) => row.user_name)].flatMap((name) =>
      name === null ? [] : [foldEmail(name)],
    );
    return [...this.optiUsers.values()].filter(
      (opti) => names.includes(foldEmail(opti.email)) && !this.isOwnedByAssigned(opti.opti_user_id),
    );
  }

  groupMatchOf(optiGroupId: string): GroupMatch[] {
    return this.groupMatches.filter((match) => match.opti.opti_group_id === optiGroupId);
  }

  isOrphan(group: OptiGroupRow): boolean {
    return (
      group.group_type === 'internal' &&
      !isReserved(group.name) &&
      !this.managedElsewhere.has(group.opti_group_id) &&
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
    const inTheWay = this.job === 'precutover' ? [...this.taken, ...this.collisionsWithOrphans()] : [];
    const takenIds = new Set(inTheWay.map(({ opti }) => opti.opti_group_id));
    return [...this.optiUsers.values()].filter((user) => {
      if (user.status !== 'active') return false;
      const holds = [...this.pathsOf(user).values()].some(
        (path) =>
          this.isRole(path.role, 'Admin Center', 'Super Admin') &&
          [...path.groups].some((group) => !takenIds.has(group)),
      );
      const owner = this.personOf(user.opti_user_id);
      const stays = owner !== undefined && this.isAssigned(owner.okta_user_id) && ACTIVE.has(owner.status);
      return holds && (stays || this.isOutsider(user));
    });
  }
}

// Rules.

export type Need = DatasetName | 'assigned' | 'pushScope' | 'provisionedUsers' | 'baseline' | 'accounts';
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

/** What the pair of a push mapping may rest on: members on both sides, and what another app made. */
export const GROUP_EVIDENCE = [
  'pushScope',
  'okta.groupMembers',
  'okta.users',
  'assigned',
  'optiId.users',
  'optiId.groupMembers',
  'okta.otherAppUsers',
  'okta.otherPushMappings',
] as const;
export const OTHER_MANAGERS = ['okta.otherAppUsers', 'okta.otherPushMappings'] as const;

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
