import type {
  AppUserRow,
  DatasetName,
  DatasetRows,
  GroupPushMappingRow,
  LogEventRow,
  OktaGroupRow,
  OktaUserRow,
  OptiGroupRow,
  OptiUserRow,
} from '../../../src/domain/dataset.ts';
import { openSnapshot, type Snapshot } from '../../../src/snapshot/open-snapshot.ts';
import { createSnapshot, type SnapshotMeta } from '../../../src/snapshot/write-snapshot.ts';

/** A company of any size, made row by row: nothing of it is held in memory. The same options give the same rows. */
export interface BigSnapshotOptions {
  /** Made if missing; must not hold a snapshot. */
  folder: string;
  /** On each side. */
  users: number;
  /** On each side, about; at least one per user. */
  memberships: number;
  /** Before the cutover (`eve`) or after it (`night`). */
  stage: 'eve' | 'night';
  /** Share of the users and of the memberships in which the two sides differ, 0 to 1. */
  differences?: number;
  /** On the eve: share of the pushed groups whose name a hand-made store group has, 0 to 1. */
  taken?: number;
  seed?: number;
}

const BEGAN = '2026-11-24T03:15:00.000Z';
const LONG_AGO = '2025-03-01T08:00:00.000Z';
const DAY_MS = 86_400_000;
const LOG_DAYS = 7;
const DOMAIN = 'example.com';
const SCIM_APP_ID = '0oa0scim00000000001';
const SCIM_APP_LABEL = 'Opti ID';
const ORGANIZATION_ID = '5a1f0000-0000-4000-8000-000000000001';
const INSTANCES = 12;
const ROLES = 5;

/** Of everybody, who was assigned within the log's window; and of the memberships, how many came in it. */
const CHURN = { users: 0.02, memberships: 0.002, pushesPerGroup: 3 } as const;

const META: SnapshotMeta = {
  tool: { name: 'optiid-audit', version: '0.0.0' },
  org: 'bench.okta.com',
  opti_organization_id: ORGANIZATION_ID,
  settings: { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 60, log_days: LOG_DAYS },
};

/** A number from 0 up to, not including, 2³², that hangs on all arguments (the finalizer of MurmurHash3). */
function mix(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** What each kind of chance is drawn with: two kinds do not go together. */
const DRAW = { user: 1, member: 2, userChange: 3, memberChange: 4, log: 5, id: 6, memberLog: 7 } as const;

interface Company {
  users: number;
  groups: number;
  perUser: number;
  seed: number;
  isNight: boolean;
  differences: number;
  isTaken(group: number): boolean;
  chance(share: number, ...parts: readonly number[]): boolean;
}

/** Writes and seals a synthetic snapshot; every dataset gets a state. */
export async function writeBigSnapshot(options: BigSnapshotOptions): Promise<Snapshot> {
  const { folder, users, memberships, stage, differences = 0.001, taken = 0.01, seed = 1 } = options;
  const chance = (share: number, ...parts: readonly number[]) => mix(seed, ...parts) < share * 2 ** 32;
  const company: Company = {
    users,
    groups: Math.max(1, Math.round(memberships / 200)),
    perUser: Math.max(1, Math.round(memberships / users)),
    seed,
    isNight: stage === 'night',
    differences,
    isTaken: (group) => stage === 'eve' && chance(taken, group),
    chance,
  };
  const writer = createSnapshot({ folder, clock: () => new Date(BEGAN) });
  const rows = rowsOf(company);
  for (const name of Object.keys(rows) as (keyof typeof rows)[]) await collect(name, rows[name]());
  for (const name of ['okta.ssoApp', 'okta.ssoAppUsers', 'okta.ssoAppGroups'] as const) {
    writer.notApplicable(name, 'no SSO app is chosen');
  }
  await writer.seal(META);
  return openSnapshot(folder);

  async function collect(name: DatasetName, from: Iterable<DatasetRows[DatasetName]>): Promise<void> {
    await writer.collect(name, async (dataset) => {
      for (const row of from) await dataset.write(row as never);
    });
  }
}

type SyntheticName = Exclude<DatasetName, 'okta.ssoApp' | 'okta.ssoAppUsers' | 'okta.ssoAppGroups'>;
type Rows = { [Name in SyntheticName]: () => Iterable<DatasetRows[Name]> };

function rowsOf(company: Company): Rows {
  const app = {
    okta_app_id: SCIM_APP_ID,
    name: 'scim2headerauth',
    label: SCIM_APP_LABEL,
    status: 'ACTIVE',
    sign_on_mode: 'SAML_2_0',
    features: ['GROUP_PUSH', 'PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION'],
  };
  return {
    'okta.apps': () => [app],
    'okta.scimApp': () => [
      {
        ...app,
        username_template: '${source.email}',
        username_template_type: 'BUILT_IN',
        username_push_status: 'PUSH',
      },
    ],
    'okta.appFeatures': () => [
      {
        name: 'USER_PROVISIONING',
        status: 'ENABLED',
        create_users: 'ENABLED',
        update_attributes: 'ENABLED',
        deactivate_users: 'ENABLED',
        sync_password: 'DISABLED',
        import_schedule: null,
      },
    ],
    'okta.provisioningConnection': () => [
      { status: 'ENABLED', auth_scheme: 'TOKEN', base_url: 'https://scim.example.com/v2' },
    ],
    'okta.profileMappings': () => [
      {
        okta_mapping_id: 'prm00000000000000001',
        source_id: 'oty00000000000000001',
        source_name: 'user',
        target_id: SCIM_APP_ID,
        target_name: SCIM_APP_LABEL,
        properties: ['givenName', 'familyName'].map((attribute, place) => ({
          attribute,
          expression: place === 0 ? 'user.firstName' : 'user.lastName',
          push_status: 'PUSH',
        })),
      },
    ],
    'okta.appUsers': () => each(company.users, (user) => appUser(company, user)),
    'okta.appGroups': () => [],
    'okta.groupPushMappings': () =>
      company.isNight ? each(company.groups, (group) => pushMapping(group)) : [],
    'okta.groups': () => oktaGroups(company),
    'okta.pushScope': () =>
      each(company.groups, (group) => ({
        okta_group_id: oktaId('00g', group),
        reason: company.isNight ? ('mapping' as const) : ('setting' as const),
      })),
    'okta.groupMembers': () => oktaMembers(company),
    'okta.users': () => each(company.users, (user) => oktaUser(user)),
    'okta.suspendedUsers': () => [],
    'okta.userLookups': () => [],
    'okta.logEvents': () => logEvents(company),
    'optiId.organizations': () => [
      {
        opti_organization_id: ORGANIZATION_ID,
        name: 'Bench',
        provisioning_mode: company.isNight ? 'scim' : 'jit',
      },
    ],
    'optiId.ssoConnections': () => [
      {
        opti_connection_id: uuid(7, 1),
        name: 'Okta',
        protocol: 'saml',
        scim_enabled: true,
        domains: [DOMAIN],
      },
    ],
    'optiId.users': () => optiUsers(company),
    'optiId.groups': () => each(company.groups, (group) => optiGroup(company, group)),
    'optiId.groupMembers': () => optiMembers(company),
    'optiId.productInstances': () =>
      each(INSTANCES, (instance) => ({
        opti_instance_id: uuid(4, instance),
        product: instance === 0 ? 'Admin Center' : `Product ${instance % 4}`,
        nickname: `Instance ${instance}`,
      })),
    'optiId.roles': () =>
      each(ROLES, (role) => ({
        opti_role_id: uuid(5, role),
        product: role === 0 ? 'Admin Center' : `Product ${role % 4}`,
        name: role === 0 ? 'Super Admin' : `Role ${role}`,
        kind: 'system',
      })),
    'optiId.groupInstanceRoles': () => grants(company),
    'optiId.invitations': () => [],
    'okta.otherAppUsers': () => [],
    'okta.otherPushMappings': () => [],
    'okta.assignmentChecks': () => [],
    'optiId.teams': () => [],
    'optiId.otherOrganizationUsers': () => [],
  };
}

function* each<Row>(count: number, make: (index: number) => Row): Generator<Row> {
  for (let index = 0; index < count; index += 1) yield make(index);
}

/** 20 characters, as Okta's ids are; not in the order of the indexes, as Okta's are not either. */
function oktaId(prefix: string, index: number): string {
  const high = mix(DRAW.id, index).toString(36).padStart(7, '0');
  return `${prefix}${high}${index.toString(36).padStart(10, '0')}`;
}

/** A UUID of version 4 by its form. */
function uuid(kind: number, index: number): string {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, '0');
  const high = mix(DRAW.id, kind, index);
  return `${hex(high, 8)}-${hex(mix(high) & 0xffff, 4)}-4${hex(kind, 3)}-8${hex(mix(index) & 0xfff, 3)}-${hex(index, 12)}`;
}

const oktaUserId = (user: number) => oktaId('00u', user);
const optiUserId = (user: number) => uuid(1, user);
const optiGroupId = (group: number) => uuid(2, group);
const emailOf = (user: number) => `firstname.lastname${user}@${DOMAIN}`;
const groupName = (group: number) => `Team ${group} of department ${group % 97}`;

/** Who is in the store is missing there, or has another e-mail in it, or other names. */
function userDifference({ chance, differences }: Company, user: number): 'missing' | 'name' | null {
  if (!chance(differences, DRAW.userChange, user)) return null;
  return user % 2 === 0 ? 'missing' : 'name';
}

function oktaUser(user: number): OktaUserRow {
  return {
    okta_user_id: oktaUserId(user),
    status: 'ACTIVE',
    login: emailOf(user),
    email: emailOf(user),
    first_name: `Firstname${user % 1000}`,
    last_name: `Lastname${user}`,
    created: LONG_AGO,
    last_updated: LONG_AGO,
    status_changed: LONG_AGO,
  };
}

function appUser(company: Company, user: number): AppUserRow {
  const isNew = company.isNight && company.chance(CHURN.users, DRAW.log, user);
  return {
    okta_user_id: oktaUserId(user),
    external_id: company.isNight ? optiUserId(user) : null,
    status: company.isNight ? 'PROVISIONED' : 'ACTIVE',
    sync_state: company.isNight ? 'SYNCHRONIZED' : 'DISABLED',
    scope: 'GROUP',
    user_name: emailOf(user),
    created: isNew ? within(user) : LONG_AGO,
    last_updated: isNew ? within(user) : LONG_AGO,
    status_changed: isNew ? within(user) : LONG_AGO,
    last_sync: null,
  };
}

/** A time within the log's window and not within the lag. */
function within(index: number, later = 0): string {
  const span = LOG_DAYS * DAY_MS - 2 * 3_600_000;
  return new Date(
    Date.parse(BEGAN) - 2 * 3_600_000 - (mix(DRAW.log, index) % span) + later * 1000,
  ).toISOString();
}

function* optiUsers(company: Company): Generator<OptiUserRow> {
  for (let user = 0; user < company.users; user += 1) {
    const difference = userDifference(company, user);
    if (difference === 'missing') continue;
    yield {
      opti_user_id: optiUserId(user),
      home_organization_id: ORGANIZATION_ID,
      external_id: company.isNight ? oktaUserId(user) : null,
      email: emailOf(user),
      first_name: difference === 'name' ? `Other${user % 1000}` : `Firstname${user % 1000}`,
      last_name: `Lastname${user}`,
      status: 'active',
      local_login: user === 1,
      last_login_at: LONG_AGO,
      created_at: LONG_AGO,
      modified_at: LONG_AGO,
    };
  }
}

function* oktaGroups({ groups, isNight }: Company): Generator<OktaGroupRow> {
  for (let group = 0; group < groups; group += 1) {
    const row: OktaGroupRow = {
      okta_group_id: oktaId('00g', group),
      name: groupName(group),
      type: 'OKTA_GROUP',
      source_app_id: null,
      external_id: null,
      created: LONG_AGO,
      last_updated: LONG_AGO,
      last_membership_updated: LONG_AGO,
    };
    yield row;
    if (!isNight) continue;
    yield {
      ...row,
      okta_group_id: oktaId('00t', group),
      type: 'APP_GROUP',
      source_app_id: SCIM_APP_ID,
      external_id: optiGroupId(group),
    };
  }
}

function pushMapping(group: number): GroupPushMappingRow {
  return {
    okta_mapping_id: oktaId('gPm', group),
    source_group_id: oktaId('00g', group),
    target_group_id: oktaId('00t', group),
    status: 'ACTIVE',
    error_summary: null,
    created: LONG_AGO,
    last_updated: LONG_AGO,
    last_push: BEGAN,
  };
}

function optiGroup({ isNight, isTaken }: Company, group: number): OptiGroupRow {
  return {
    opti_group_id: optiGroupId(group),
    name: isNight || isTaken(group) ? groupName(group) : `${groupName(group)} (by hand)`,
    description: null,
    group_type: isNight ? 'internal' : 'custom',
    user_count: null,
    created_at: LONG_AGO,
    modified_at: LONG_AGO,
  };
}

/** The groups of a user, each once: a stride through all of them, which no group size divides. */
function* groupsOf({ groups, perUser, seed }: Company, user: number): Generator<number> {
  const first = mix(seed, DRAW.member, user) % groups;
  const count = Math.min(perUser, groups);
  const stride = Math.max(1, Math.floor(groups / count));
  for (let place = 0; place < count; place += 1) yield (first + place * stride) % groups;
}

function* oktaMembers(company: Company): Generator<{ okta_group_id: string; okta_user_id: string }> {
  for (let user = 0; user < company.users; user += 1) {
    const okta_user_id = oktaUserId(user);
    for (const group of groupsOf(company, user)) {
      if (memberDifference(company, user, group) === 'unexpected') continue;
      yield { okta_group_id: oktaId('00g', group), okta_user_id };
    }
  }
}

function* optiMembers(company: Company): Generator<{ opti_group_id: string; opti_user_id: string }> {
  for (let user = 0; user < company.users; user += 1) {
    if (userDifference(company, user) === 'missing') continue;
    const opti_user_id = optiUserId(user);
    for (const group of groupsOf(company, user)) {
      if (memberDifference(company, user, group) === 'missing') continue;
      yield { opti_group_id: optiGroupId(group), opti_user_id };
    }
  }
}

function memberDifference(
  { chance, differences }: Company,
  user: number,
  group: number,
): 'missing' | 'unexpected' | null {
  if (!chance(differences, DRAW.memberChange, user, group)) return null;
  return mix(user, group) % 2 === 0 ? 'missing' : 'unexpected';
}

/** One role on one instance per group, a second one for a third of them; one group has the Super Admins. */
function* grants({
  groups,
}: Company): Generator<{ opti_group_id: string; opti_instance_id: string; opti_role_id: string }> {
  for (let group = 0; group < groups; group += 1) {
    const opti_group_id = optiGroupId(group);
    const grant = (instance: number, role: number) => ({
      opti_group_id,
      opti_instance_id: uuid(4, instance),
      opti_role_id: uuid(5, role),
    });
    if (group === 0) yield grant(0, 0);
    const instance = 1 + (group % (INSTANCES - 1));
    yield grant(instance, 1 + (group % (ROLES - 1)));
    if (group % 3 === 0) yield grant(1 + ((instance + 3) % (INSTANCES - 1)), 1 + ((group + 1) % (ROLES - 1)));
  }
}

type Target = LogEventRow['targets'][number];

/** Who was assigned and provisioned, who came into which group, and the pushes of the groups. */
function* logEvents(company: Company): Generator<LogEventRow> {
  if (!company.isNight) return;
  const app: Target = {
    id: SCIM_APP_ID,
    type: 'AppInstance',
    alternate_id: SCIM_APP_LABEL,
    display_name: SCIM_APP_LABEL,
  };
  let serial = 0;
  const event = (event_type: string, published: string, targets: Target[]): LogEventRow => ({
    event_id: uuid(6, serial++),
    published,
    event_type,
    outcome: 'SUCCESS',
    outcome_reason: null,
    targets,
  });
  for (let user = 0; user < company.users; user += 1) {
    const person: Target = {
      id: oktaUserId(user),
      type: 'User',
      alternate_id: emailOf(user),
      display_name: `Firstname Lastname${user}`,
    };
    if (company.chance(CHURN.users, DRAW.log, user)) {
      const targets = [person, { ...person, id: oktaId('0ua', user), type: 'AppUser' }, app];
      yield event('application.user_membership.add', within(user), targets);
      yield event('app.user_management.push_new_user_success', within(user, 5), targets);
    }
    for (const group of groupsOf(company, user)) {
      if (!company.chance(CHURN.memberships, DRAW.memberLog, user, group)) continue;
      const ofGroup = {
        id: oktaId('00g', group),
        type: 'UserGroup',
        alternate_id: null,
        display_name: groupName(group),
      };
      yield event('group.user_membership.add', within(user + group, -600), [person, ofGroup]);
      yield event('application.provision.group_push.push_memberships', within(user + group), [
        { ...ofGroup, id: oktaId('00x', group), type: 'AppGroup' },
        app,
      ]);
    }
  }
  for (let group = 0; group < company.groups; group += 1) {
    for (let push = 0; push < CHURN.pushesPerGroup; push += 1) {
      yield event('application.provision.group_push.updated', within(group * 31 + push), [
        { id: oktaId('00x', group), type: 'AppGroup', alternate_id: null, display_name: groupName(group) },
        app,
      ]);
    }
  }
}
