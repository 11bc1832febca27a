import {
  type AppUserRow,
  type ChosenAppRow,
  DATASET_NAMES,
  type DatasetName,
  type OktaUserRow,
} from '../../src/domain/dataset.ts';
import { NO_MEMORY } from '../../src/domain/memory.ts';
import { BEGAN, LONG_AGO, minutesBefore } from '../support/world.ts';
import { addMigrations } from './generate-migrations.ts';
import { addNights, endNights } from './generate-nights.ts';
import { addOktaGroup, addOptiGroup, disguise, SCIM_ID, SSO_ID } from './generate-parts.ts';
import { BELOW_SCIM_APP, ORGANIZATION_ID, type OrgPair } from './org-pair.ts';
import { Random } from './random.ts';

const LOCAL_PARTS = [
  'ada',
  'ada+ops',
  'bob',
  'bob+x',
  'eve',
  'zoe\u0301',
  'o’hara',
  'kim',
  'i\u0307da',
  'max',
];
const DOMAINS = [
  'example.com',
  'example.com',
  'example.com',
  'bücher.example',
  'xn--bcher-kva.example',
  'other.example',
  'nowhere.test',
];
const FIRST_NAMES = ['Ada', 'Bob', 'Zoë', 'Zoe\u0308', 'Eve'];
const LAST_NAMES = ['Byron', 'Byron', 'Straße', 'O’Hara'];
const GROUP_NAMES = [
  'Editors',
  'Editors',
  'Admins',
  'Admins',
  'Straße',
  'STRASSE',
  'İstanbul',
  'Cafe\u0301',
  'Content - EU',
  'Content - EU',
  'Ops "A"',
  "Kim's team",
  'Everyone',
  'Admin Center Administrators',
  'Back\\slash',
  'Ａdmins',
];
const PRODUCT_GROUP_NAMES = ['CMS Editors', 'CMS Admins', 'Campaign Users'];

const APP_USER_STATUSES = [
  [10, 'ACTIVE'],
  [2, 'PROVISIONED'],
  [1, 'STAGED'],
  [1, 'SUSPENDED'],
  [1, 'PENDING'],
  [1, 'DEPROVISIONED'],
  [0.5, 'UNASSIGNED'],
  [0.5, 'REVOKED'],
  [0.5, 'INACTIVE'],
] as const;
const OKTA_STATUSES = [
  [10, 'ACTIVE'],
  [1, 'LOCKED_OUT'],
  [0.7, 'PASSWORD_EXPIRED'],
  [0.7, 'RECOVERY'],
  [1.2, 'STAGED'],
  [1.2, 'PROVISIONED'],
  [2, 'SUSPENDED'],
  [1.5, 'DEPROVISIONED'],
] as const;

function groupName(random: Random, pool: readonly string[]): string {
  if (random.chance(0.01)) return 'n'.repeat(random.pick([255, 256]));
  if (random.chance(0.02)) return `${random.pick(pool)}\u0007`;
  return disguise(random, random.pick(pool));
}

function spell(random: Random, email: string): string {
  if (random.chance(0.72)) return email;
  switch (random.below(5)) {
    case 0:
      return email.toUpperCase();
    case 1:
      return `${email} `;
    case 2:
      return email.normalize('NFD');
    case 3:
      return email.replace('bücher.example', 'xn--bcher-kva.example');
    default:
      return email.replace(/^./u, (first) => first.toUpperCase());
  }
}

interface Human {
  local: string;
  domain: string;
  first: string;
  last: string;
  oktaIds: string[];
  optiIds: string[];
}

/** A random org pair. Pools of addresses and names are small, so that collisions are frequent. */
export function generateOrgPair(seed: number): OrgPair {
  const random = new Random(seed);
  let count = 0;
  const newId = (prefix: string): string => {
    count += 1;
    return `${prefix}${String.fromCharCode(97 + random.below(26), 97 + random.below(26))}${count}`;
  };
  const [mostPeople, mostGroups] = random.weighted([
    [45, [7, 4]],
    [40, [16, 8]],
    [12, [60, 16]],
    [3, [220, 30]],
  ] as const);
  const pair: OrgPair = {
    seed,
    scimApp: null,
    ssoApp: null,
    pushGroups: null,
    lagMinutes: 60,
    logDays: 7,
    memory: NO_MEMORY,
    rows: emptyRows(),
    states: {},
  };
  const { rows } = pair;

  addApps(random, pair);
  addOrganization(random, pair);

  // People.
  const locals = LOCAL_PARTS.slice(0, 2 + random.below(LOCAL_PARTS.length - 1));
  const humans: Human[] = Array.from({ length: random.below(mostPeople + 1) }, (_, index) => ({
    local: index > 20 && random.chance(0.9) ? `p${index}` : random.pick(locals),
    domain: random.pick(DOMAINS),
    first: random.pick(FIRST_NAMES),
    last: random.pick(LAST_NAMES),
    oktaIds: [],
    optiIds: [],
  }));
  for (const human of humans) {
    for (const probability of [0.8, 0.06]) if (random.chance(probability)) human.oktaIds.push(newId('00u'));
    for (const probability of [0.75, 0.06])
      if (random.chance(probability)) human.optiIds.push(newId('user-'));
  }
  const allOkta = humans.flatMap((human) => human.oktaIds);
  const allOpti = humans.flatMap((human) => human.optiIds);
  const linksAreUsual = random.chance(0.4);
  const arePeopleRegular = random.chance(0.3);

  for (const human of humans) {
    const email = `${human.local}@${human.domain}`;
    for (const id of human.oktaIds) {
      const address = random.chance(0.96) ? spell(random, email) : null;
      const user: OktaUserRow = {
        okta_user_id: id,
        status: arePeopleRegular ? 'ACTIVE' : random.weighted(OKTA_STATUSES),
        login: random.chance(0.8) ? email : `login-${id}`,
        email: address,
        first_name: random.weighted([
          [30, human.first],
          [1, null],
          [1, ''],
          [1, ' \u00a0'],
        ]),
        last_name: random.weighted([
          [30, human.last],
          [1, null],
          [1, '  '],
        ]),
        created: LONG_AGO,
        last_updated: LONG_AGO,
        status_changed: LONG_AGO,
      };
      rows['okta.users'].push(user);
      if (user.status === 'SUSPENDED') rows['okta.suspendedUsers'].push({ ...user });
    }
    for (const id of human.optiIds) {
      rows['optiId.users'].push({
        opti_user_id: id,
        home_organization_id: random.weighted([
          [14, ORGANIZATION_ID],
          [2, 'org-2'],
          [0.3, null],
        ]),
        external_id:
          random.weighted([
            [linksAreUsual ? 4 : 20, null],
            [6, human.oktaIds[0] ?? null],
            [0.6, allOkta.length > 0 ? random.pick(allOkta) : null],
            [0.6, '00uGone'],
          ]) ?? null,
        email: spell(
          random,
          random.weighted([
            [14, email],
            [1, `${human.local.replace(/\+.*/u, '')}@${human.domain}`],
            [1, `${human.local}+x@${human.domain}`],
            [1.5, `${human.local}@${random.pick(DOMAINS)}`],
          ]),
        ),
        first_name: random.weighted([
          [20, human.first],
          [1, 'Else'],
          [1, null],
        ]),
        last_name: random.weighted([
          [20, human.last],
          [1, 'Where'],
          [1, ''],
        ]),
        status: random.weighted([
          [8, 'active'],
          [1, 'invited'],
          [1, 'deleted'],
        ]),
        local_login: random.chance(0.1),
        last_login_at: random.chance(0.5) ? LONG_AGO : null,
        created_at: LONG_AGO,
        modified_at: LONG_AGO,
      });
    }
    if (random.chance(0.15)) {
      for (let copies = random.pick([1, 1, 2]); copies > 0; copies -= 1) {
        rows['optiId.invitations'].push({
          opti_invitation_id: newId('invitation-'),
          email: spell(random, email),
          status: random.pick(['pending', 'pending', 'expired', 'accepted', 'revoked']),
          created_at: LONG_AGO,
        });
      }
    }
  }

  const appUser = (human: Human, id: string): AppUserRow => {
    const user = rows['okta.users'].find((row) => row.okta_user_id === id);
    return {
      okta_user_id: id,
      external_id:
        random.weighted([
          [linksAreUsual ? 5 : 25, null],
          [7, human.optiIds[0] ?? null],
          [0.7, allOpti.length > 0 ? random.pick(allOpti) : null],
          [0.7, 'user-gone'],
        ]) ?? null,
      status: random.weighted(APP_USER_STATUSES),
      sync_state: random.pick(['DISABLED', 'SYNCHRONIZED', 'OUT_OF_SYNC', 'ERROR', null]),
      scope: random.pick(['USER', 'GROUP']),
      user_name: random.weighted([
        [14, user?.email ?? null],
        [2, spell(random, `${human.local}@${human.domain}`)],
        [1, `${human.local}@${random.pick(DOMAINS)}`],
        [0.5, user?.login ?? null],
        [0.3, null],
      ]),
      created: LONG_AGO,
      last_updated: LONG_AGO,
      status_changed: LONG_AGO,
      last_sync: null,
    };
  };
  const isAnyoneAssigned = random.chance(0.85);
  for (const human of humans) {
    for (const id of human.oktaIds) {
      if (random.chance(isAnyoneAssigned ? 0.75 : 0.1)) {
        const row = appUser(human, id);
        if (!isAnyoneAssigned) row.status = random.pick(['DEPROVISIONED', 'UNASSIGNED', 'INACTIVE']);
        rows['okta.appUsers'].push(row);
      }
      if (random.chance(0.75)) rows['okta.ssoAppUsers'].push({ ...appUser(human, id), external_id: null });
    }
  }

  // Groups.
  const names = random.shuffle(GROUP_NAMES).slice(0, 2 + random.below(6));
  if (random.chance(0.5)) names.push(random.pick(PRODUCT_GROUP_NAMES));
  for (let left = random.below(mostGroups + 1); left > 0; left -= 1) {
    addOktaGroup(
      pair,
      newId('00g'),
      groupName(random, names),
      random.chance(0.1) ? 'APP_GROUP' : 'OKTA_GROUP',
    );
  }
  if (random.chance(0.35)) addOktaGroup(pair, newId('00g'), 'Everyone', 'BUILT_IN');
  if (random.chance(0.08)) addOktaGroup(pair, newId('00g'), 'Okta Administrators', 'BUILT_IN');
  for (let left = random.below(mostGroups + 1); left > 0; left -= 1) {
    const type = random.weighted([
      [11, 'custom'],
      [5, 'internal'],
      [3, 'product'],
    ] as const);
    const name =
      type === 'product' && random.chance(0.6) ? random.pick(PRODUCT_GROUP_NAMES) : groupName(random, names);
    addOptiGroup(random, pair, newId('group-'), name, type);
  }
  if (random.chance(0.6)) addOptiGroup(random, pair, newId('group-'), 'Everyone', 'internal');
  if (random.chance(0.3)) {
    const type = random.pick(['custom', 'internal', 'product'] as const);
    addOptiGroup(random, pair, newId('group-'), 'Admin Center Administrators', type);
  }
  addOptiMembersAndGrants(random, pair, allOpti);
  addMappings(random, pair, newId, names);
  addPushSetting(random, pair);
  const density = random.pick([0.1, 0.4, 0.7]);
  for (const { okta_group_id } of rows['okta.groups']) {
    for (const okta_user_id of random.some(allOkta, allOkta.length > 40 ? 0.1 : density)) {
      rows['okta.groupMembers'].push({ okta_group_id, okta_user_id });
    }
    if (random.chance(0.12)) rows['okta.appGroups'].push({ okta_group_id, last_updated: LONG_AGO });
    if (random.chance(0.25)) rows['okta.ssoAppGroups'].push({ okta_group_id, last_updated: LONG_AGO });
  }
  if (random.chance(0.3)) rows['okta.appGroups'] = [];
  addLogEvents(random, pair, newId);
  // From sources of their own, so that an org's day is the same whatever its nights and its stories are.
  const nights = new Random(seed ^ 0x5bd1e995);
  addNights(nights, pair);
  addMigrations(new Random(seed ^ 0x2f1b7c43), pair);
  endNights(nights, pair);
  // Somebody may be in two stories with the same app.
  rows['okta.otherAppUsers'] = [
    ...new Map(
      rows['okta.otherAppUsers'].map((row) => [`${row.okta_app_id} ${row.okta_user_id}`, row]),
    ).values(),
  ];
  decideCompleteness(random, pair);
  return pair;
}

function emptyRows(): OrgPair['rows'] {
  return Object.fromEntries(DATASET_NAMES.map((name) => [name, []])) as unknown as OrgPair['rows'];
}

function addApps(random: Random, pair: OrgPair): void {
  const { rows } = pair;
  const app = (id: string, name: string, label: string): ChosenAppRow => ({
    okta_app_id: id,
    name,
    label,
    status: 'ACTIVE',
    sign_on_mode: 'SAML_2_0',
    features: random.weighted([
      [4, ['GROUP_PUSH', 'PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION']],
      [2, []],
      [
        3,
        random.some(
          [
            'PUSH_NEW_USERS',
            'PUSH_PROFILE_UPDATES',
            'PUSH_USER_DEACTIVATION',
            'PROFILE_MASTERING',
            'PUSH_PASSWORD_UPDATES',
            'IMPORT_NEW_USERS',
          ],
          0.5,
        ),
      ],
    ]),
    username_template: random.weighted([
      [6, '${source.email}'],
      [1, '${source.login}'],
      [1, '${fn:toLowerCase(source.email)}'],
      [1, '${fn:toUpperCase(source.email)}'],
      [1, '${user.email}'],
      [0.5, 'user.email'],
      [0.5, 'String.toLowerCase(user.email)'],
      [0.5, '${fn:substringBefore(source.email, "@")}'],
      [1, null],
    ]),
    username_template_type: 'BUILT_IN',
    username_push_status: random.pick(['PUSH', 'PUSH', 'DONT_PUSH', 'NOT_CONFIGURED', null]),
  });
  const scim = app(SCIM_ID, 'scim2headerauth', 'Opti ID SCIM');
  const sso = app(SSO_ID, 'optimizely_saml', 'Opti ID SSO');
  if (random.chance(0.6)) sso.features = [];
  const listed: ChosenAppRow[] = [];
  const other = (patch: Partial<ChosenAppRow>): void => {
    listed.push({ ...app('0oaOther', 'scim2headerauth', 'Another SCIM'), ...patch });
  };
  switch (
    random.weighted([
      [56, 'one'],
      [5, 'one beside an inactive one'],
      [12, 'none'],
      [3, 'inactive and not chosen'],
      [4, 'inactive and chosen'],
      [6, 'several'],
      [5, 'several, one chosen'],
      [4, 'chosen of another name'],
      [2, 'setting names nothing'],
      [3, 'setting is a label of two'],
    ] as const)
  ) {
    case 'one':
      listed.push(scim);
      break;
    case 'one beside an inactive one':
      listed.push(scim);
      other({ status: 'INACTIVE' });
      break;
    case 'none':
      break;
    case 'inactive and not chosen':
      listed.push({ ...scim, status: 'INACTIVE' });
      break;
    case 'inactive and chosen':
      scim.status = 'INACTIVE';
      listed.push(scim);
      pair.scimApp = random.pick([SCIM_ID, scim.label]);
      break;
    case 'several':
      listed.push(scim);
      other({});
      break;
    case 'several, one chosen':
      listed.push(scim);
      other({});
      pair.scimApp = random.pick([SCIM_ID, scim.label]);
      break;
    case 'chosen of another name':
      listed.push({ ...scim, name: 'custom_scim' });
      scim.name = 'custom_scim';
      pair.scimApp = SCIM_ID;
      break;
    case 'setting names nothing':
      listed.push(scim);
      pair.scimApp = 'No such app';
      break;
    case 'setting is a label of two':
      listed.push(scim);
      other({ label: scim.label, status: random.pick(['ACTIVE', 'INACTIVE']) });
      pair.scimApp = scim.label;
      break;
  }
  if (random.chance(0.7)) listed.push(sso);
  for (const { okta_app_id, name, label, status, sign_on_mode, features } of listed) {
    rows['okta.apps'].push({ okta_app_id, name, label, status, sign_on_mode, features });
  }
  rows['okta.scimApp'].push(scim);
  if (listed.includes(sso) && random.chance(0.75)) {
    pair.ssoApp = random.pick([SSO_ID, sso.label]);
    rows['okta.ssoApp'].push(sso);
  } else if (listed[0]?.okta_app_id === SCIM_ID && random.chance(0.2)) {
    pair.ssoApp = SCIM_ID;
    rows['okta.ssoApp'].push({ ...scim, ...listed[0] });
  }

  if (random.chance(0.35)) {
    const shown = () => random.pick(['ENABLED', 'DISABLED', null]);
    const feature = (name: string) => ({
      name,
      status: shown(),
      create_users: shown(),
      update_attributes: shown(),
      deactivate_users: shown(),
      sync_password: shown(),
      import_schedule: null,
    });
    if (random.chance(0.8)) rows['okta.appFeatures'].push(feature('USER_PROVISIONING'));
    if (random.chance(0.6)) {
      rows['okta.appFeatures'].push({
        name: 'INBOUND_PROVISIONING',
        status: shown(),
        create_users: null,
        update_attributes: null,
        deactivate_users: null,
        sync_password: null,
        import_schedule: shown(),
      });
    }
  } else pair.states['okta.appFeatures'] = 'unread';
  if (random.chance(0.5)) {
    rows['okta.provisioningConnection'].push({
      status: random.pick(['ENABLED', 'ENABLED', 'DISABLED', 'UNKNOWN', 'UNKNOWN']),
      auth_scheme: 'TOKEN',
      base_url: random.pick([
        null,
        'https://identity-api.optimizely.com/api/scim/v2',
        'https://identity-api.optimizely.com/api/scim/v2/',
        'https://prep.identity-api.optimizely.com/api/scim/v2',
      ]),
    });
  } else pair.states['okta.provisioningConnection'] = 'unread';

  const mappings = random.weighted([
    [12, 1],
    [2, 2],
    [1, 0],
  ] as const);
  for (let number = 1; number <= mappings; number += 1) {
    const property = (attribute: string, expression: string, probability: number) =>
      random.chance(probability)
        ? [
            {
              attribute,
              expression: random.weighted<string | null>([
                [16, expression],
                [1, null],
                [0.5, ' '],
              ]),
              push_status: random.weighted<string | null>([
                [16, 'PUSH'],
                [2, 'DONT_PUSH'],
                [0.5, null],
              ]),
            },
          ]
        : [];
    rows['okta.profileMappings'].push({
      okta_mapping_id: `prm${number}`,
      source_id: `otyUser${number}`,
      source_name: 'user',
      target_id: SCIM_ID,
      target_name: 'Opti ID SCIM',
      properties: [
        ...property('userName', 'user.login', 0.1),
        ...property('givenName', 'user.firstName', 0.93),
        ...property('familyName', 'user.lastName', 0.93),
        ...property('displayName', 'user.displayName', 0.25),
        ...property('email', 'user.email', 0.1),
      ],
    });
  }
}

function addOrganization(random: Random, pair: OrgPair): void {
  pair.rows['optiId.organizations'].push({
    opti_organization_id: ORGANIZATION_ID,
    name: 'Example Inc.',
    provisioning_mode: random.chance(0.85) ? 'jit' : 'scim',
  });
  const connections = random.weighted([
    [1, 0],
    [6, 1],
    [3, 2],
    [1, 3],
  ] as const);
  const flag = random.pick(['first', 'first', 'none', 'each']);
  for (let number = 1; number <= connections; number += 1) {
    pair.rows['optiId.ssoConnections'].push({
      opti_connection_id: `sso-${number}`,
      name: `Connection ${number}`,
      protocol: 'saml',
      scim_enabled: flag === 'each' ? random.chance(0.7) : flag === 'first' && number === 1,
      domains:
        number === 1
          ? ['example.com', ...random.some(['bücher.example', 'Other.example '], 0.4)]
          : random.some(['EXAMPLE.com', 'xn--bcher-kva.example', 'other.example'], 0.5),
    });
  }
}

function addOptiMembersAndGrants(random: Random, pair: OrgPair, allOpti: readonly string[]): void {
  const { rows } = pair;
  rows['optiId.productInstances'].push(
    { opti_instance_id: 'instance-ac', product: 'Admin Center', nickname: 'Admin Center' },
    { opti_instance_id: 'instance-cms1', product: 'CMS', nickname: 'Production' },
    { opti_instance_id: 'instance-cms2', product: 'CMS', nickname: null },
  );
  rows['optiId.roles'].push(
    { opti_role_id: 'role-super', product: 'Admin Center', name: 'Super Admin', kind: 'system' },
    { opti_role_id: 'role-product', product: 'Admin Center', name: 'Product Admin', kind: 'system' },
    { opti_role_id: 'role-editor', product: 'CMS', name: 'Editor', kind: 'system' },
    { opti_role_id: 'role-lookalike', product: 'CMS', name: 'Super Admin', kind: 'custom' },
  );
  const grants = [
    ['instance-ac', 'role-super'],
    ['instance-ac', 'role-product'],
    ['instance-cms1', 'role-editor'],
    ['instance-cms1', 'role-lookalike'],
    ['instance-cms2', 'role-editor'],
  ] as const;
  const status = new Map(rows['optiId.users'].map((user) => [user.opti_user_id, user.status]));
  const density = random.pick([0.1, 0.4, 0.7]);
  for (const group of rows['optiId.groups']) {
    const members = random.some(allOpti, allOpti.length > 40 ? 0.1 : density);
    if (random.chance(0.03)) members.push('user-of-nobody');
    for (const opti_user_id of members) {
      rows['optiId.groupMembers'].push({ opti_group_id: group.opti_group_id, opti_user_id });
    }
    const present = members.filter((id) => (status.get(id) ?? 'deleted') !== 'deleted').length;
    group.user_count = random.weighted<number | null>([
      [4, null],
      [5, present],
      [1, members.length],
      [1, present + random.pick([-1, 1])],
    ]);
    for (const [opti_instance_id, opti_role_id] of random.some(grants, 0.3)) {
      rows['optiId.groupInstanceRoles'].push({
        opti_group_id: group.opti_group_id,
        opti_instance_id,
        opti_role_id,
      });
    }
  }
}

function addMappings(
  random: Random,
  pair: OrgPair,
  newId: (prefix: string) => string,
  names: readonly string[],
): void {
  const { rows } = pair;
  if (random.chance(0.45)) return;
  const targets: string[] = [];
  const storeIds = rows['optiId.groups'].map((group) => group.opti_group_id);
  for (const source of random.some([...rows['okta.groups']], 0.5)) {
    let target: string | null = null;
    if (random.chance(0.08) && targets.length > 0) target = random.pick(targets);
    else if (random.chance(0.9)) {
      target = newId('00t');
      targets.push(target);
      // One in eight targets is in no listing that the credentials can see.
      if (random.chance(0.88)) {
        const name = random.weighted([
          [6, source.name],
          [2, disguise(random, source.name)],
          [1, groupName(random, names)],
        ]);
        addOktaGroup(pair, target, name, 'APP_GROUP', {
          source_app_id: SCIM_ID,
          external_id:
            random.weighted<string | null>([
              [10, null],
              [6, storeIds.length > 0 ? random.pick(storeIds) : null],
              [1, 'group-gone'],
            ]) ?? null,
        });
      }
    }
    const status = random.weighted([
      [6, 'ACTIVE'],
      [1, 'INACTIVE'],
      [1.5, 'ERROR'],
    ] as const);
    rows['okta.groupPushMappings'].push({
      okta_mapping_id: newId('gPm'),
      source_group_id: source.okta_group_id,
      target_group_id: target,
      status,
      error_summary: status === 'ERROR' ? 'Duplicate name' : null,
      created: random.weighted<string | null>([
        [5, LONG_AGO],
        [5, minutesBefore(980)],
        [1, BEGAN.toISOString()],
        [0.5, null],
      ]),
      last_updated: LONG_AGO,
      last_push: LONG_AGO,
    });
  }
}

function addPushSetting(random: Random, pair: OrgPair): void {
  const groups = pair.rows['okta.groups'];
  if (groups.length === 0 || random.chance(0.35)) return;
  const entry = (): string => {
    const group = random.pick(groups.filter((candidate) => candidate.source_app_id !== SCIM_ID));
    switch (random.below(4)) {
      case 0:
        return group.name;
      case 1:
        return `${group.name.slice(0, 2)}*`;
      case 2:
        return group.name.replace(/[^*?\\]/u, '?');
      default:
        return group.okta_group_id;
    }
  };
  if (groups.every((group) => group.source_app_id === SCIM_ID)) return;
  pair.pushGroups = random.chance(0.15)
    ? ['*']
    : random.chance(0.35)
      ? random.some(groups, 0.8).map((group) => group.okta_group_id)
      : Array.from({ length: 1 + random.below(4) }, entry);
  if (pair.pushGroups.length === 0) pair.pushGroups = null;
}

function addLogEvents(random: Random, pair: OrgPair, newId: (prefix: string) => string): void {
  for (let left = random.pick([0, 0, 1, 2]); left > 0; left -= 1) {
    const [id, type] = random.pick([
      [SCIM_ID, 'AppInstance'],
      [SSO_ID, 'AppInstance'],
      [SCIM_ID, 'User'],
    ] as const);
    const target = { id, type, alternate_id: null, display_name: null };
    const person = { id: '00uAdmin', type: 'User', alternate_id: null, display_name: null };
    pair.rows['okta.logEvents'].push({
      event_id: newId('event-'),
      published: minutesBefore(100),
      event_type: random.pick([
        'system.import.start',
        'system.import.download.complete',
        'application.user_membership.add',
        'application.user_membership.add',
      ]),
      outcome: 'SUCCESS',
      outcome_reason: null,
      targets: random.chance(0.5) ? [target] : [person, target],
    });
  }
}

const MAY_BREAK: readonly DatasetName[] = [
  'okta.apps',
  'okta.scimApp',
  'okta.ssoApp',
  'okta.profileMappings',
  'okta.appUsers',
  'okta.appUsers',
  'okta.appGroups',
  'okta.ssoAppUsers',
  'okta.ssoAppGroups',
  'okta.groupPushMappings',
  'okta.groupPushMappings',
  'okta.groups',
  'okta.groupMembers',
  'okta.users',
  'okta.suspendedUsers',
  'okta.logEvents',
  'optiId.ssoConnections',
  'optiId.users',
  'optiId.groups',
  'optiId.groupMembers',
  'optiId.productInstances',
  'optiId.roles',
  'optiId.groupInstanceRoles',
  'optiId.invitations',
  'okta.otherAppUsers',
  'okta.otherPushMappings',
  'okta.assignmentChecks',
  'optiId.otherOrganizationUsers',
];

/** Lets some datasets break, and derives what the collection then does not read either. */
function decideCompleteness(random: Random, pair: OrgPair): void {
  const { rows, states } = pair;
  const broken = new Map<DatasetName, 'partial' | 'unread'>();
  if (random.chance(0.22)) {
    for (let left = random.pick([1, 1, 2]); left > 0; left -= 1) {
      broken.set(random.pick(MAY_BREAK), random.pick(['partial', 'unread']));
    }
  }
  const apply = (name: DatasetName): void => {
    const state = broken.get(name);
    if (state) states[name] = state;
  };
  const isSettled = (name: DatasetName): boolean =>
    states[name] === undefined || states[name] === 'not_applicable';
  const cut = (name: DatasetName): void => {
    // A reading that breaks off has lost its last rows.
    if (states[name] === 'partial') rows[name].splice(Math.ceil(rows[name].length / 2));
    else if (states[name] !== undefined) rows[name] = [];
  };

  apply('okta.apps');
  cut('okta.apps');
  const choice = readScimChoice(pair);
  const isKnown =
    states['okta.apps'] === undefined ||
    (choice === 'chosen' && rows['okta.apps'].some((app) => app.okta_app_id === pair.scimApp));
  for (const name of BELOW_SCIM_APP) {
    if (!isKnown) states[name] = 'unread';
    else if (choice !== 'chosen') states[name] = 'not_applicable';
    else apply(name);
  }
  // An app that was not seen may manage the organization too.
  if (isKnown && choice === 'chosen' && states['okta.apps'] !== undefined) {
    states['okta.otherAppUsers'] = 'partial';
    states['okta.otherPushMappings'] = 'partial';
  }
  // Whom the listing left out although they are assigned shows that it is not complete.
  if (states['okta.appUsers'] === undefined && rows['okta.assignmentChecks'].some((row) => row.is_assigned))
    states['okta.appUsers'] = 'partial';
  const isSsoKnown =
    states['okta.apps'] === undefined || rows['okta.apps'].some((app) => app.okta_app_id === pair.ssoApp);
  if (pair.ssoApp === null) {
    for (const name of ['okta.ssoApp', 'okta.ssoAppUsers', 'okta.ssoAppGroups'] as const) {
      states[name] = 'not_applicable';
    }
  } else {
    if (!isSsoKnown) states['okta.ssoApp'] = 'unread';
    else apply('okta.ssoApp');
    const areAnyMappings =
      (states['okta.groupPushMappings'] === undefined || states['okta.groupPushMappings'] === 'partial') &&
      rows['okta.groupPushMappings'].length > 0;
    const areAnyAppGroups =
      (states['okta.appGroups'] === undefined || states['okta.appGroups'] === 'partial') &&
      rows['okta.appGroups'].length > 0;
    const isAmbiguous = isKnown && choice === 'ambiguous';
    if (isAmbiguous) states['okta.ssoAppUsers'] = 'not_applicable';
    else if (!isSsoKnown) states['okta.ssoAppUsers'] = 'unread';
    else apply('okta.ssoAppUsers');
    if (isAmbiguous || pair.pushGroups !== null || areAnyMappings) {
      states['okta.ssoAppGroups'] = 'not_applicable';
    } else if (!isSettled('okta.groupPushMappings')) states['okta.ssoAppGroups'] = 'unread';
    else if (areAnyAppGroups) states['okta.ssoAppGroups'] = 'not_applicable';
    else if (!isSettled('okta.appGroups') || !isSsoKnown) states['okta.ssoAppGroups'] = 'unread';
    else apply('okta.ssoAppGroups');
  }
  for (const name of MAY_BREAK) {
    if (!(BELOW_SCIM_APP as readonly string[]).includes(name) && !name.startsWith('okta.sso')) apply(name);
  }
  for (const name of Object.keys(states) as DatasetName[]) if (name !== 'okta.apps') cut(name);

  if (pair.pushGroups !== null) {
    if (states['okta.groups'] !== undefined) states['okta.pushScope'] = 'unread';
  } else if (isKnown && (choice === 'ambiguous' || (choice === 'missing' && pair.ssoApp === null))) {
    states['okta.pushScope'] = 'not_applicable';
  } else if (!isSettled('okta.groupPushMappings')) states['okta.pushScope'] = 'unread';
  else if (rows['okta.groupPushMappings'].length === 0) {
    if (!isSettled('okta.appGroups')) states['okta.pushScope'] = 'unread';
    else if (rows['okta.appGroups'].length === 0 && !isSettled('okta.ssoAppGroups')) {
      states['okta.pushScope'] = 'unread';
    }
  }
  if (states['okta.pushScope'] !== undefined) {
    states['okta.groupMembers'] = states['okta.pushScope'];
    rows['okta.groupMembers'] = [];
  }
}

/** Whether the setting, or the catalogue's name, leads to one SCIM app. */
function readScimChoice(pair: OrgPair): 'chosen' | 'missing' | 'ambiguous' {
  const apps = pair.rows['okta.apps'];
  const setting = pair.scimApp;
  if (setting === null) {
    const active = apps.filter((app) => app.name === 'scim2headerauth' && app.status === 'ACTIVE');
    return active.length === 0 ? 'missing' : active.length === 1 ? 'chosen' : 'ambiguous';
  }
  if (apps.some((app) => app.okta_app_id === setting)) return 'chosen';
  const labelled = apps.filter((app) => app.label === setting);
  if (labelled.length === 0) return 'missing';
  const active = labelled.filter((app) => app.status === 'ACTIVE');
  return labelled.length === 1 || active.length === 1 ? 'chosen' : 'ambiguous';
}
