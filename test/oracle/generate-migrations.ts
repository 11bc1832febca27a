import type {
  AppRow,
  AppUserRow,
  OktaGroupRow,
  OktaUserRow,
  OptiGroupRow,
  OptiUserRow,
} from '../../src/domain/dataset.ts';
import type { BaselineAccount } from '../../src/domain/memory.ts';
import { LONG_AGO, minutesBefore } from '../support/world.ts';
import { addOktaGroup, addOptiGroup, disguise, SCIM_ID, SSO_ID } from './generate-parts.ts';
import { ORGANIZATION_ID, type OrgPair } from './org-pair.ts';
import type { Random } from './random.ts';

const NOT_ASSIGNED = ['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE'];
const fold = (text: string): string => text.normalize('NFC').trim().toLowerCase();

/** What real migrations leave behind, each told by a part of its own: most pairs have some of them, few have all. */
export function addMigrations(random: Random, pair: OrgPair): void {
  const stories = new Stories(random, pair);
  const busy = random.pick([0, 0.15, 0.4, 0.7]);
  const often: (() => void)[] = [
    () => stories.secondProfiles(),
    () => stories.rehired(),
    () => stories.refusedRename(),
    () => stories.orphanUnderPushedName(),
    () => stories.neverPushed(),
    () => stories.otherApp(),
    () => stories.teams(),
    () => stories.takeOvers(),
    () => stories.changedEmails(),
    () => stories.outsidersAssigned(),
    () => stories.neverAdopted(),
    () => stories.ownersGone(),
    () => stories.knownByLogin(),
    () => stories.stagedAgain(),
  ];
  for (const story of often) if (random.chance(busy)) story();
  if (random.chance(0.04)) stories.tooWide();
  stories.rememberAccounts();
  // These stand for what the collection asks beyond the listings, so they come last.
  stories.askOtherOrganizations();
  stories.askAssignments();
}

class Stories {
  private count = 0;
  private readonly rows: OrgPair['rows'];

  constructor(
    private readonly random: Random,
    private readonly pair: OrgPair,
  ) {
    this.rows = pair.rows;
    this.rows['optiId.productInstances'].push(
      {
        opti_instance_id: 'instance-cmp',
        product: 'Content Marketing Platform',
        nickname: 'Studio',
      },
      { opti_instance_id: 'instance-collab', product: 'Collaboration', nickname: null },
    );
  }

  private id(prefix: string): string {
    this.count += 1;
    return `${prefix}m${String.fromCharCode(97 + this.random.below(26))}${this.count}`;
  }

  // Parts that stories are made of.

  private appUser(oktaUserId: string, patch: Partial<AppUserRow> = {}): void {
    const user = this.rows['okta.users'].find((row) => row.okta_user_id === oktaUserId);
    this.rows['okta.appUsers'].push({
      okta_user_id: oktaUserId,
      external_id: null,
      status: 'ACTIVE',
      sync_state: this.random.pick(['SYNCHRONIZED', 'DISABLED', null]),
      scope: 'GROUP',
      user_name: user?.email ?? null,
      created: LONG_AGO,
      last_updated: LONG_AGO,
      status_changed: LONG_AGO,
      last_sync: null,
      ...patch,
    });
  }

  private oktaUser(patch: Partial<OktaUserRow>): OktaUserRow {
    const id = this.id('00u');
    const user: OktaUserRow = {
      okta_user_id: id,
      status: 'ACTIVE',
      login: patch.email ?? null,
      email: null,
      first_name: 'Ada',
      last_name: 'Byron',
      created: LONG_AGO,
      last_updated: LONG_AGO,
      status_changed: LONG_AGO,
      ...patch,
    };
    this.rows['okta.users'].push(user);
    if (user.status === 'SUSPENDED') this.rows['okta.suspendedUsers'].push({ ...user });
    return user;
  }

  private optiUser(patch: Partial<OptiUserRow>): OptiUserRow {
    const id = this.id('user-');
    const user: OptiUserRow = {
      opti_user_id: id,
      home_organization_id: ORGANIZATION_ID,
      external_id: null,
      email: `${id}@example.com`,
      first_name: 'Ada',
      last_name: 'Byron',
      status: 'active',
      local_login: false,
      last_login_at: LONG_AGO,
      created_at: LONG_AGO,
      modified_at: LONG_AGO,
      ...patch,
    };
    this.rows['optiId.users'].push(user);
    return user;
  }

  /** Somebody assigned whom SCIM manages. */
  private managed(): [OktaUserRow, OptiUserRow] {
    const opti = this.optiUser({});
    const okta = this.oktaUser({ email: opti.email });
    opti.external_id = this.random.chance(0.9) ? okta.okta_user_id : null;
    this.appUser(okta.okta_user_id, { external_id: this.random.chance(0.9) ? opti.opti_user_id : null });
    return [okta, opti];
  }

  private isAssigned(oktaUserId: string): boolean {
    return this.rows['okta.appUsers'].some(
      (row) => row.okta_user_id === oktaUserId && !NOT_ASSIGNED.includes(row.status),
    );
  }

  /** Assigned people with the store user that an id or the e-mail gives them. */
  private pairs(): [OktaUserRow, OptiUserRow, AppUserRow][] {
    const present = this.rows['optiId.users'].filter((user) => user.status !== 'deleted');
    return this.rows['okta.appUsers'].flatMap((row): [OktaUserRow, OptiUserRow, AppUserRow][] => {
      const okta = this.rows['okta.users'].find((user) => user.okta_user_id === row.okta_user_id);
      const opti =
        present.find((user) => user.opti_user_id === row.external_id) ??
        present.find((user) => okta?.email != null && fold(user.email) === fold(okta.email));
      return okta && opti && !NOT_ASSIGNED.includes(row.status) ? [[okta, opti, row]] : [];
    });
  }

  private addToScope(oktaGroupId: string): void {
    this.pair.pushGroups?.push(oktaGroupId);
  }

  private oktaGroup(name: string, members: readonly OktaUserRow[] = []): OktaGroupRow {
    const id = this.id('00g');
    addOktaGroup(this.pair, id, name, 'OKTA_GROUP');
    for (const { okta_user_id } of members) {
      this.rows['okta.groupMembers'].push({ okta_group_id: id, okta_user_id });
    }
    return this.rows['okta.groups'].at(-1) as OktaGroupRow;
  }

  private optiGroup(
    name: string,
    members: readonly OptiUserRow[],
    patch: Partial<OptiGroupRow> = {},
  ): OptiGroupRow {
    const id = this.id('group-');
    addOptiGroup(this.random, this.pair, id, name, 'internal');
    const group = this.rows['optiId.groups'].at(-1) as OptiGroupRow;
    Object.assign(group, patch);
    for (const { opti_user_id } of new Set(members)) {
      this.rows['optiId.groupMembers'].push({ opti_group_id: id, opti_user_id });
    }
    if (this.random.chance(0.7)) {
      this.rows['optiId.groupInstanceRoles'].push({
        opti_group_id: id,
        opti_instance_id: this.random.pick(['instance-cms1', 'instance-cms2', 'instance-ac']),
        opti_role_id: this.random.pick(['role-editor', 'role-super']),
      });
    }
    return group;
  }

  private mapping(
    source: OktaGroupRow,
    patch: { status?: string; created?: string | null; last_push?: string | null },
    target: { name?: string; external_id?: string | null } | null = {},
  ): void {
    const targetId = target === null ? null : this.id('00t');
    if (target !== null && targetId !== null) {
      addOktaGroup(this.pair, targetId, target.name ?? source.name, 'APP_GROUP', {
        source_app_id: SCIM_ID,
        external_id: target.external_id ?? null,
      });
    }
    this.rows['okta.groupPushMappings'].push({
      okta_mapping_id: this.id('gPm'),
      source_group_id: source.okta_group_id,
      target_group_id: targetId,
      status: 'ACTIVE',
      error_summary: null,
      created: LONG_AGO,
      last_updated: LONG_AGO,
      last_push: LONG_AGO,
      ...patch,
    });
  }

  // The stories.

  /** More profiles of one e-mail, in every state, assigned or not, in the groups of the first. */
  secondProfiles(): void {
    const { random, rows } = this;
    for (const first of random.some([...rows['okta.users']], rows['okta.users'].length > 40 ? 0.03 : 0.2)) {
      if (first.email === null) continue;
      const second = this.oktaUser({
        status: random.pick(['ACTIVE', 'SUSPENDED', 'SUSPENDED', 'DEPROVISIONED', 'STAGED']),
        email: random.chance(0.8) ? first.email : first.email.toUpperCase(),
        first_name: first.first_name,
        last_name: first.last_name,
      });
      const store = rows['optiId.users'].find((user) => fold(user.email) === fold(first.email ?? ''));
      if (random.chance(0.5)) {
        this.appUser(second.okta_user_id, {
          status: random.pick(['ACTIVE', 'PROVISIONED', 'DEPROVISIONED', 'UNASSIGNED']),
          external_id: store && random.chance(0.3) ? store.opti_user_id : null,
        });
      }
      if (store && random.chance(0.2)) store.external_id = second.okta_user_id;
      for (const member of [...rows['okta.groupMembers']]) {
        if (member.okta_user_id === first.okta_user_id && random.chance(0.5)) {
          rows['okta.groupMembers'].push({ ...member, okta_user_id: second.okta_user_id });
        }
      }
    }
  }

  /** Left and came back: the store still names the old profile, the new one has its id. */
  rehired(): void {
    const { random } = this;
    const opti = this.optiUser({});
    const old = this.oktaUser({
      email: opti.email,
      status: random.pick(['DEPROVISIONED', 'DEPROVISIONED', 'SUSPENDED', 'ACTIVE']),
    });
    opti.external_id = old.okta_user_id;
    const now = this.oktaUser({
      email: random.chance(0.85) ? opti.email : `new.${opti.email}`,
      status: random.weighted([
        [8, 'ACTIVE'],
        [1, 'STAGED'],
        [1, 'DEPROVISIONED'],
      ]),
    });
    if (random.chance(0.4)) {
      this.appUser(old.okta_user_id, {
        status: random.pick(['DEPROVISIONED', 'UNASSIGNED', 'ACTIVE']),
        external_id: random.chance(0.6) ? opti.opti_user_id : null,
      });
    }
    this.appUser(now.okta_user_id, {
      external_id: random.chance(0.8) ? opti.opti_user_id : null,
      status: random.chance(0.9) ? 'ACTIVE' : 'UNASSIGNED',
    });
    if (random.chance(0.7)) {
      const group = this.oktaGroup(disguise(random, 'Shop Editors'), [old, now]);
      const made = this.optiGroup('Shop Editors', [opti]);
      this.mapping(group, {}, { external_id: random.chance(0.5) ? made.opti_group_id : null });
      this.addToScope(group.okta_group_id);
    }
  }

  /** The push of a group's new name was refused: the store has the old one, soon after the mapping, with the same members. */
  refusedRename(): void {
    const { random } = this;
    for (let left = random.pick([1, 1, 2]); left > 0; left -= 1) {
      const cast = this.pairs();
      const people = random
        .shuffle(cast)
        .slice(0, random.pick([1, 2, 4, 6]))
        .map(([okta, opti]) => [okta, opti] as const);
      while (people.length < 2 || random.chance(0.3)) people.push(this.managed());
      const created = random.pick([LONG_AGO, minutesBefore(50_000), minutesBefore(4000), null]);
      const late = random.pick([-1, 0, 2, 2, 5, 15, 16, 5000, 5000, 5000]);
      const made = created === null ? null : new Date(Date.parse(created) + late * 60_000).toISOString();
      const old = random.pick(['Brand North', 'Desk One', 'Pricing']);
      const renamed = random.pick([`${old}s`, 'Brand Nordics', 'Desk A', old.toUpperCase()]);
      const source = this.oktaGroup(
        renamed,
        people.map(([okta]) => okta),
      );
      const status = random.pick(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ERROR', 'INACTIVE']);
      const last_push = random.chance(0.75) ? LONG_AGO : null;
      this.mapping(
        source,
        { status, created, last_push },
        random.weighted([
          [6, {}],
          [2, { name: old }],
          [1, { external_id: 'group-gone' }],
          [1, null],
        ]),
      );
      this.addToScope(source.okta_group_id);
      const kept = random.some(people, random.pick([1, 1, 1, 0.9, 0.5]));
      const strangers = random.some(this.rows['optiId.users'], random.pick([0, 0, 0.03]));
      this.optiGroup(
        random.chance(0.9) ? old : `${old} old`,
        [...kept.map(([, opti]) => opti), ...strangers],
        {
          created_at: made,
        },
      );
      if (random.chance(0.2)) {
        // Another group could be meant as well.
        this.optiGroup(
          `${old} too`,
          kept.map(([, opti]) => opti),
          { created_at: made },
        );
      }
      if (random.chance(0.3)) {
        const again = this.oktaGroup(
          old,
          random.some(people, 0.5).map(([okta]) => okta),
        );
        this.mapping(again, { status: 'ERROR', last_push: random.chance(0.8) ? null : LONG_AGO });
        this.addToScope(again.okta_group_id);
      }
    }
  }

  /** A trial left a group that has the name of one to be pushed. */
  orphanUnderPushedName(): void {
    const { random, rows } = this;
    const mapped = new Set(rows['okta.groupPushMappings'].map((row) => row.source_group_id));
    const sources = rows['okta.groups'].filter(
      (group) => group.source_app_id !== SCIM_ID && !mapped.has(group.okta_group_id),
    );
    for (const source of random.some(sources, 0.3)) {
      this.optiGroup(disguise(random, source.name), random.some(rows['optiId.users'], 0.1));
      if (random.chance(0.5)) this.addToScope(source.okta_group_id);
      if (random.chance(0.2)) this.mapping(source, { status: 'ERROR', last_push: null });
    }
  }

  neverPushed(): void {
    for (const mapping of this.rows['okta.groupPushMappings']) {
      if (mapping.status === 'ERROR' ? this.random.chance(0.7) : this.random.chance(0.1)) {
        mapping.status = 'ERROR';
        mapping.last_push = null;
      }
    }
  }

  /** Another app that manages people and groups too, or only looks like one. */
  otherApp(): void {
    const { random, rows, pair } = this;
    const app: AppRow = {
      okta_app_id: '0oaOld',
      name: 'scim2headerauth',
      label: 'Opti ID SCIM (old)',
      status: 'ACTIVE',
      sign_on_mode: 'SAML_2_0',
      features: random.pick([['GROUP_PUSH'], ['PUSH_NEW_USERS'], []]),
    };
    const listed = rows['okta.apps'].map((row) => row.okta_app_id);
    if (!listed.includes(SCIM_ID)) return;
    switch (random.below(5)) {
      case 0:
      case 1:
        // Of the same name: one of the two must be chosen.
        app.name = rows['okta.scimApp'][0]?.name ?? app.name;
        pair.scimApp = SCIM_ID;
        break;
      case 2:
        app.name = random.pick(['customer_scim_app', 'SCIM_connector']);
        app.sign_on_mode = 'BOOKMARK';
        app.features = random.pick([['GROUP_PUSH'], ['PUSH_NEW_USERS', 'IMPORT_NEW_USERS']]);
        break;
      case 3:
        app.name = 'okta_org2org';
        app.sign_on_mode = random.pick(['SAML_2_0', 'OPENID_CONNECT']);
        app.features = ['PUSH_NEW_USERS'];
        break;
      default: {
        // The SSO app may be one, and another that the setting did not choose.
        const known = rows['okta.apps'].find(
          (row) => row.status === 'ACTIVE' && [SSO_ID, '0oaOther'].includes(row.okta_app_id),
        );
        const isOne =
          known !== undefined &&
          (known.name === 'scim2headerauth' ||
            known.features.some((feature) => feature === 'GROUP_PUSH' || feature === 'PUSH_NEW_USERS'));
        if (known && isOne) this.manage(known.okta_app_id);
        return;
      }
    }
    if (random.chance(0.1)) app.status = 'INACTIVE';
    rows['okta.apps'].push(app);
    if (app.status === 'ACTIVE') this.manage(app.okta_app_id);
  }

  private manage(okta_app_id: string): void {
    const { random, rows } = this;
    const isOfThisStore = random.chance(0.8);
    const known = new Set(rows['okta.appUsers'].map((row) => row.external_id));
    const free = rows['optiId.users'].filter((user) => !known.has(user.opti_user_id) || random.chance(0.1));
    for (const user of random.some(free, 0.3)) {
      const okta =
        rows['okta.users'].find((row) => row.email !== null && fold(row.email) === fold(user.email)) ??
        this.oktaUser({ email: user.email });
      rows['okta.otherAppUsers'].push({
        okta_app_id,
        okta_user_id: okta.okta_user_id,
        external_id:
          isOfThisStore && random.chance(0.9) ? user.opti_user_id : random.pick([null, 'foreign-1']),
        status: random.weighted([
          [8, 'ACTIVE'],
          [1, 'PROVISIONED'],
          [1, 'DEPROVISIONED'],
        ]),
      });
      if (random.chance(0.3)) user.external_id = okta.okta_user_id;
    }
    const internal = rows['optiId.groups'].filter((group) => group.group_type === 'internal');
    const groups = random.some(internal, 0.4);
    if (random.chance(0.5)) groups.push(this.optiGroup('Legacy Authors', random.some(free, 0.3)));
    for (const group of groups) {
      const source = this.oktaGroup(random.chance(0.7) ? disguise(random, group.name) : 'Renamed since');
      const target = random.chance(0.85) ? this.id('00t') : null;
      if (target !== null) {
        addOktaGroup(this.pair, target, disguise(random, group.name), 'APP_GROUP', {
          source_app_id: okta_app_id,
          external_id: random.weighted([
            [4, null],
            [isOfThisStore ? 4 : 0, group.opti_group_id],
            [1, 'foreign-group'],
          ]),
        });
      }
      rows['okta.otherPushMappings'].push({
        okta_app_id,
        okta_mapping_id: this.id('gPm'),
        source_group_id: source.okta_group_id,
        target_group_id: target,
        status: random.pick(['ACTIVE', 'ACTIVE', 'INACTIVE', 'ERROR']),
        created: LONG_AGO,
        last_push: random.chance(0.7) ? LONG_AGO : null,
      });
    }
  }

  teams(): void {
    const { random, rows } = this;
    const areMapped = random.chance(0.5);
    for (const instance of random.some(
      ['instance-cmp', 'instance-collab', 'instance-cms1', 'nowhere', '', 'INSTANCE-CMP'],
      0.35,
    )) {
      const name = `${random.pick(['Studio', 'A::B'])}::${instance}`;
      const people = random.some(this.pairs(), 0.3);
      const group = this.oktaGroup(
        name,
        people.map(([okta]) => okta),
      );
      this.addToScope(group.okta_group_id);
      if (areMapped) this.mapping(group, { status: random.pick(['ACTIVE', 'ACTIVE', 'ERROR']) });
      if (random.chance(0.5)) {
        rows['optiId.teams'].push({
          opti_team_id: this.id('team-'),
          name: 'Studio',
          opti_instance_id: 'instance-cmp',
        });
      }
      // Nothing that has the name of a team stands in its way.
      if (random.chance(0.3)) {
        this.optiGroup(
          name,
          people.map(([, opti]) => opti),
          { group_type: random.pick(['custom', 'internal', 'product']) },
        );
      }
    }
  }

  /** The same e-mail, and somebody else behind it. */
  takeOvers(): void {
    const { random } = this;
    for (const [okta, opti, row] of random.some(this.pairs(), 0.3)) {
      if (random.chance(0.6)) {
        row.external_id = null;
        opti.external_id = null;
        if (okta.email !== null) opti.email = okta.email;
      }
      opti.first_name = random.pick(['Zara', 'Zara', ' zara ', okta.first_name?.toUpperCase() ?? null, null]);
      opti.last_name = random.pick(['Quinn', 'Quinn', okta.last_name, '']);
    }
  }

  /** New e-mails in Okta: the store keeps the old one, another account has the new, a colleague has the old. */
  changedEmails(): void {
    const { random, rows } = this;
    for (const [okta, opti, row] of random.some(this.pairs(), 0.25)) {
      const old = opti.email;
      okta.email = `changed.${this.count}@${random.pick(['example.com', 'other.example'])}`;
      this.count += 1;
      for (const copy of rows['okta.suspendedUsers']) {
        if (copy.okta_user_id === okta.okta_user_id) copy.email = okta.email;
      }
      if (random.chance(0.8)) row.user_name = okta.email;
      if (random.chance(0.8)) row.external_id = opti.opti_user_id;
      if (random.chance(0.3)) row.sync_state = 'ERROR';
      if (random.chance(0.35)) {
        const holder = this.optiUser({ email: random.chance(0.8) ? okta.email : okta.email.toUpperCase() });
        if (random.chance(0.3)) holder.external_id = '00uGone';
      }
      if (random.chance(0.3)) {
        this.oktaUser({ email: old, status: random.pick(['ACTIVE', 'ACTIVE', 'DEPROVISIONED']) });
      }
    }
  }

  /** Partners and people with local login who are assigned, the last admins among them. */
  outsidersAssigned(): void {
    const { random, rows } = this;
    for (const [, opti] of random.some(this.pairs(), 0.2)) {
      if (random.chance(0.5)) opti.local_login = true;
      else opti.home_organization_id = 'org-2';
    }
    const outsiders = rows['optiId.users'].filter(
      (user) => user.local_login || user.home_organization_id === 'org-2',
    );
    for (const user of random.some(outsiders, 0.4)) {
      const okta = rows['okta.users'].find(
        (row) => row.email !== null && fold(row.email) === fold(user.email),
      );
      if (!okta) this.appUser(this.oktaUser({ email: user.email }).okta_user_id);
    }
  }

  neverAdopted(): void {
    const { random, pair } = this;
    for (const [okta, opti, row] of random.some(this.pairs(), 0.3)) {
      row.external_id = null;
      if (random.chance(0.8)) opti.external_id = null;
      if (okta.email !== null) opti.email = okta.email;
      row.created = random.pick([
        LONG_AGO,
        minutesBefore(21 * 24 * 60),
        minutesBefore(pair.lagMinutes),
        minutesBefore(pair.lagMinutes - 1),
        minutesBefore(pair.lagMinutes + 1),
        null,
      ]);
    }
  }

  /** SCIM made them for profiles that Okta has no more, in domains of every kind. */
  ownersGone(): void {
    const { random } = this;
    for (let left = random.pick([1, 2]); left > 0; left -= 1) {
      const opti = this.optiUser({
        email: `gone${this.count}@${random.pick(['example.com', 'nowhere.test', 'other.example'])}`,
        external_id: `00uGone${left}`,
      });
      if (random.chance(0.2)) opti.local_login = true;
      if (random.chance(0.3)) {
        this.oktaUser({ email: opti.email, status: random.pick(['ACTIVE', 'SUSPENDED', 'DEPROVISIONED']) });
      }
      if (random.chance(0.3)) this.optiGroup('Gone together', [opti]);
    }
  }

  /** Just-in-time provisioning knew them by another name than the e-mail. */
  knownByLogin(): void {
    const { random, rows } = this;
    const assigned = rows['okta.users'].filter((user) => this.isAssigned(user.okta_user_id));
    for (const user of random.some(assigned, 0.2)) {
      const known = `jit${this.count}@${random.pick(['example.com', 'other.example'])}`;
      this.optiUser({ email: random.chance(0.8) ? known : known.toUpperCase() });
      if (random.chance(0.5)) user.login = known;
      else {
        rows['okta.ssoAppUsers'] = rows['okta.ssoAppUsers'].filter(
          (row) => row.okta_user_id !== user.okta_user_id,
        );
        rows['okta.ssoAppUsers'].push({
          okta_user_id: user.okta_user_id,
          external_id: null,
          status: random.pick(['ACTIVE', 'ACTIVE', 'UNASSIGNED']),
          sync_state: null,
          scope: 'USER',
          user_name: known,
          created: LONG_AGO,
          last_updated: LONG_AGO,
          status_changed: LONG_AGO,
          last_sync: null,
        });
      }
    }
  }

  stagedAgain(): void {
    for (const [okta] of this.random.some(this.pairs(), 0.15)) {
      if (okta.status !== 'SUSPENDED') okta.status = this.random.pick(['STAGED', 'PROVISIONED']);
    }
  }

  /** What people had in the baseline, some of them by an account that is no more. */
  rememberAccounts(): void {
    const { random, pair, rows } = this;
    const { baseline } = pair.memory;
    if (baseline === null) return;
    const accounts = random.some(this.pairs(), 0.6).map(
      ([okta, opti]): BaselineAccount => ({
        okta_user_id: okta.okta_user_id,
        opti_user_id: random.pick([
          opti.opti_user_id,
          `old-${opti.opti_user_id}`,
          random.pick(rows['optiId.users']).opti_user_id,
        ]),
        grants: random.some(
          [
            { opti_instance_id: 'instance-cms1', opti_role_id: 'role-editor' },
            { opti_instance_id: 'instance-cms2', opti_role_id: 'role-editor' },
            { opti_instance_id: 'instance-gone', opti_role_id: 'role-editor' },
          ],
          0.3,
        ),
      }),
    );
    // One row for each person.
    const byPerson = new Map(accounts.map((account) => [account.okta_user_id, account]));
    const known = baseline.grants === null || random.chance(0.05) ? null : [...byPerson.values()];
    pair.memory = { ...pair.memory, baseline: { ...baseline, accounts: known } };
  }

  /** Far more people than the store has, around the numbers that count. */
  tooWide(): void {
    const { random, rows } = this;
    for (let left = random.pick([48, 52, 60]); left > 0; left -= 1) {
      const email = `wide${left}@example.com`;
      this.appUser(this.oktaUser({ email }).okta_user_id);
    }
    if (random.chance(0.7)) rows['optiId.users'].splice(random.pick([3, 17, 20]));
  }

  /** Other organizations are asked for the e-mails of assigned people whom nothing in the store has. */
  askOtherOrganizations(): void {
    const { random, pair, rows } = this;
    const taken = new Set(rows['optiId.users'].map((user) => fold(user.email)));
    const alone = rows['okta.users'].filter(
      (user) =>
        user.email !== null &&
        !taken.has(fold(user.email)) &&
        (this.isAssigned(user.okta_user_id) || random.chance(0.2)),
    );
    const emails = new Set(random.some(alone, 0.25).map((user) => fold(user.email ?? '')));
    rows['optiId.otherOrganizationUsers'].push(...[...emails].map((email) => ({ email })));
    if (random.chance(0.1)) pair.states['optiId.otherOrganizationUsers'] = 'not_applicable';
    if (random.chance(0.5)) pair.states['optiId.teams'] = 'not_applicable';
  }

  /** Whom the app's listing leaves out is asked for one by one. */
  askAssignments(): void {
    const { random, pair, rows } = this;
    const listed = new Set(rows['okta.appUsers'].map((row) => row.okta_user_id));
    for (const { okta_user_id } of rows['okta.users']) {
      if (!listed.has(okta_user_id)) rows['okta.assignmentChecks'].push({ okta_user_id, is_assigned: false });
    }
    const isListingShort = random.chance(0.02);
    const first = rows['okta.assignmentChecks'][0];
    if (isListingShort && first) first.is_assigned = true;
    if (random.chance(0.06)) pair.states['okta.assignmentChecks'] = random.pick(['partial', 'unread']);
    else if (random.chance(0.1)) pair.states['okta.assignmentChecks'] = 'not_applicable';
  }
}
