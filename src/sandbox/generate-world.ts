import type {
  SandboxApp,
  SandboxLogEvent,
  SandboxOkta,
  SandboxOktaGroup,
  SandboxPushMapping,
  SandboxStore,
  SandboxWorld,
} from './model.ts';
import { type Random, seededRandom } from './random.ts';

export interface GenerateWorldOptions {
  seed: number;
  /** Okta users, all of them active and assigned to the SCIM app. */
  users: number;
  /** Groups that are pushed after the cutover and meant to be pushed before it. */
  groups: number;
  /** Pushed groups that each user is in. Default 3, or as many as there are groups. */
  membershipsPerUser?: number;
  /** Memberships in pushed groups in all; in place of `membershipsPerUser`. */
  memberships?: number;
  /** Before the cutover: a JIT store with hand-made groups. After it: SCIM's groups. Default `after`. */
  phase?: 'before' | 'after';
  /** The moment of the audit, which everything is dated back from. ISO-8601 UTC. */
  now?: string;
}

const DEFAULT_NOW = '2026-11-24T03:15:00.000Z';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Longer ago than the System Log window that an audit reads by default, within Okta's 90 days. */
const CUTOVER_DAYS_AGO = 30;

const ORGANIZATION_ID = 'f3b1c6d2-5a0e-4c7b-9d41-2e8f70a6b935';
const COMPANY = 'Northwind Trails';
const DOMAIN = 'northwindtrails.com';

const FIRST_NAMES =
  'Ada Adam Aisha Alba Amir Ana Anders Anja Anton Astrid Ben Bianca Bruno Carla Carmen Cem Chloe Clara Daan Dana David Diego Edda Elena Eli Elif Emil Emma Eva Fatima Felix Finn Freya Georg Grace Hana Hannah Hugo Ida Ines Ingrid Ivan Jan Jana Jonas Julia Kai Karim Karin Lars Laura Lea Leo Liam Lina Lucas Maja Malik Maria Marta Mateo Maya Mila Mina Nadia Nils Nina Noah Nora Olga Omar Oskar Paul Petra Priya Rafael Ravi Rosa Ruth Sam Sara Sofia Sven Tara Theo Tom Uma Vera Victor Wei Yara Yusuf Zoe'.split(
    ' ',
  );
const LAST_NAMES =
  'Abbott Adler Aydin Bakker Barros Bauer Becker Berg Bergman Bianchi Blake Brandt Carver Castillo Chen Cohen Costa Dahl Demir Dietrich Dubois Eriksen Falk Farah Ferrari Fischer Flores Fontaine Fuchs Garcia Ghosh Gruber Haas Hansen Hassan Hayes Heller Holm Hughes Ibrahim Ito Jansen Jensen Joshi Kaya Keller Khan Kim Klein Koch Kovacs Kumar Lang Larsen Laurent Lindgren Lopez Lund Maier Marino Martin Meyer Mori Moreau Moretti Nakamura Nielsen Novak Okafor Olsen Ortiz Park Patel Peters Pinto Quinn Ramos Rao Reid Ricci Romano Rossi Roth Santos Sato Schmid Schulz Shah Silva Singh Soto Stone Suzuki Tanaka Thomsen Torres Vega Vogel Wagner Walsh Weber Winter Wolf Wong Yilmaz Zhang Zimmer'.split(
    ' ',
  );
const PRODUCTS = ['CMS', 'Content Marketing Platform', 'Experimentation', 'Commerce', 'Data Platform'];
const SHORT_PRODUCTS = ['CMS', 'CMP', 'EXP', 'COM', 'ODP'];
const TEAMS = [
  'Brand',
  'Campaigns',
  'Editorial',
  'Growth',
  'Insights',
  'Legal',
  'Merchandising',
  'Product',
  'Research',
  'Retail',
  'Service',
  'Studio',
  'Translation',
  'Web',
];
const MARKETS = ['APAC', 'Benelux', 'DACH', 'France', 'Global', 'Iberia', 'Italy', 'Nordics', 'UK', 'US'];
const LEVELS = ['Admins', 'Authors', 'Editors', 'Reviewers', 'Viewers'];

/**
 * A made-up company of any size, the same for the same options. Its SCIM app is set up as Optimizely asks,
 * everyone is assigned to it, and nothing is wrong: what a test wants to be wrong it breaks itself.
 * Throws a RangeError where the memberships do not fit into users × groups.
 */
export function generateWorld(options: GenerateWorldOptions): SandboxWorld {
  const phase = options.phase ?? 'after';
  const random = seededRandom(options.seed);
  const times = timesBefore(options.now ?? DEFAULT_NOW);
  const people = makePeople(options.users, random);
  const app = makeApp(random, times);
  const members = spreadMembers(people, options, random);
  const pushed = members.map((ids, position) => makeGroup(groupName(position), ids, random, times));
  const assignmentGroup = makeGroup('Opti ID Users', idsOf(people), random, times);
  const everyone: SandboxOktaGroup = {
    ...makeGroup('Everyone', idsOf(people), random, times),
    type: 'BUILT_IN',
    profile: { name: 'Everyone', description: 'All users in your organization' },
  };
  app.groups = [{ id: assignmentGroup.id, lastUpdated: times.cutover, priority: 0 }];
  for (const person of people) app.users.push(makeAppUser(person, assignmentGroup.id, phase, times));
  const okta: SandboxOkta = {
    orgId: random.oktaId('00o'),
    subdomain: 'northwindtrails',
    companyName: COMPANY,
    users: people.map((person) => makeUser(person, times)),
    groups: [everyone, assignmentGroup, ...pushed],
    apps: [app],
    profileMappings: [
      {
        id: random.oktaId('prm'),
        source: { id: random.oktaId('oty'), name: 'user', type: 'user' },
        target: { id: app.id, name: app.name, type: 'appuser' },
        properties: {
          givenName: { expression: 'user.firstName', pushStatus: 'PUSH' },
          familyName: { expression: 'user.lastName', pushStatus: 'PUSH' },
        },
      },
    ],
    logEvents: [],
  };
  const store = makeStore(people, phase, random, times);
  const productRoles = store.roles.filter((role) => role.product !== 'Admin Center');
  const optiIds = new Map(people.map((person) => [person.oktaId, person.optiId]));
  for (const group of pushed) {
    const storeGroup = addStoreGroup(store, group, optiIds, phase, random, times);
    grantAccess(store, storeGroup, productRoles, random);
    if (phase === 'after') pushGroup(okta, app, group, storeGroup.id, random, times);
  }
  return {
    okta,
    store,
    organizationId: ORGANIZATION_ID,
    settings: { scimApp: null, ssoApp: null, pushGroups: phase === 'before' ? ['OPTI-*'] : null },
  };
}

interface Person {
  oktaId: string;
  /** `users.id` in the store. */
  optiId: string;
  firstName: string;
  lastName: string;
  email: string;
}

interface Times {
  hired: string;
  appAdded: string;
  cutover: string;
  /** Shortly after the cutover: what the first push made. */
  pushed: string;
}

function timesBefore(now: string): Times {
  const nowMs = Date.parse(now);
  const ago = (days: number, minutes = 0): string =>
    new Date(nowMs - days * DAY_MS + minutes * MINUTE_MS).toISOString();
  return {
    hired: ago(400),
    appAdded: ago(CUTOVER_DAYS_AGO + 7),
    cutover: ago(CUTOVER_DAYS_AGO),
    pushed: ago(CUTOVER_DAYS_AGO, 2),
  };
}

function idsOf(people: readonly Person[]): string[] {
  return people.map((person) => person.oktaId);
}

function makePeople(count: number, random: Random): Person[] {
  const taken = new Map<string, number>();
  return Array.from({ length: count }, () => {
    const firstName = random.pick(FIRST_NAMES);
    const lastName = random.pick(LAST_NAMES);
    const local = `${firstName}.${lastName}`.toLowerCase();
    const namesakes = (taken.get(local) ?? 0) + 1;
    taken.set(local, namesakes);
    return {
      oktaId: random.oktaId('00u'),
      optiId: random.uuid(),
      firstName,
      lastName,
      email: `${local}${namesakes === 1 ? '' : namesakes}@${DOMAIN}`,
    };
  });
}

function makeUser(person: Person, times: Times): SandboxOkta['users'][number] {
  return {
    id: person.oktaId,
    status: 'ACTIVE',
    created: times.hired,
    lastUpdated: times.hired,
    statusChanged: times.hired,
    profile: {
      login: person.email,
      email: person.email,
      firstName: person.firstName,
      lastName: person.lastName,
    },
  };
}

function makeApp(random: Random, times: Times): SandboxApp {
  return {
    id: random.oktaId('0oa'),
    name: 'scim2headerauth',
    label: 'Opti ID SCIM',
    status: 'ACTIVE',
    signOnMode: 'SAML_2_0',
    created: times.appAdded,
    lastUpdated: times.cutover,
    features: ['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION', 'GROUP_PUSH'],
    userNameTemplate: { template: '${source.email}', type: 'BUILT_IN', pushStatus: 'PUSH' },
    users: [],
    groups: [],
    pushMappings: [],
    provisioningFeatures: null,
    provisioningConnection: null,
  };
}

function makeAppUser(
  person: Person,
  groupId: string,
  phase: 'before' | 'after',
  times: Times,
): SandboxApp['users'][number] {
  const provisioned = phase === 'after';
  const changed = provisioned ? times.cutover : times.appAdded;
  return {
    id: person.oktaId,
    externalId: provisioned ? person.optiId : null,
    // Okta leaves people who were assigned before provisioning was on as they are: active, without an id.
    status: provisioned ? 'PROVISIONED' : 'ACTIVE',
    syncState: provisioned ? 'SYNCHRONIZED' : 'DISABLED',
    scope: 'GROUP',
    userName: person.email,
    created: times.appAdded,
    lastUpdated: changed,
    statusChanged: changed,
    ...(provisioned ? { lastSync: times.cutover } : {}),
    groupId,
  };
}

const NAME_COUNT = SHORT_PRODUCTS.length * TEAMS.length * MARKETS.length * LEVELS.length;
/** Has no divisor in common with the number of names: steps of it visit every name once. */
const NAME_STEP = 1103;

/** `OPTI-CMS-Brand-DACH-Editors`, and a number once the words have run out. */
function groupName(position: number): string {
  let rest = (position * NAME_STEP) % NAME_COUNT;
  const word = (words: readonly string[]): string => {
    const chosen = words[rest % words.length] ?? '';
    rest = Math.floor(rest / words.length);
    return chosen;
  };
  const [team, product, market, level] = [word(TEAMS), word(SHORT_PRODUCTS), word(MARKETS), word(LEVELS)];
  const round = Math.floor(position / NAME_COUNT);
  return `OPTI-${product}-${team}-${market}-${level}${round === 0 ? '' : `-${round + 1}`}`;
}

function makeGroup(name: string, members: string[], random: Random, times: Times): SandboxOktaGroup {
  return {
    id: random.oktaId('00g'),
    type: 'OKTA_GROUP',
    created: times.hired,
    lastUpdated: times.hired,
    lastMembershipUpdated: times.appAdded,
    profile: { name, description: null },
    members,
  };
}

/** Okta user ids per group: some groups are large and most are small, no one is in a group twice. */
function spreadMembers(people: readonly Person[], options: GenerateWorldOptions, random: Random): string[][] {
  const { users, groups } = options;
  const perUser = options.membershipsPerUser ?? Math.min(3, groups);
  const total = options.memberships ?? users * perUser;
  if (total > users * groups) {
    throw new RangeError(`${total} memberships do not fit into ${users} users × ${groups} groups`);
  }
  const members: string[][] = Array.from({ length: groups }, () => []);
  // Which user a group got last: each user is dealt with once, so this is enough to see a repetition.
  const lastUser = new Int32Array(groups).fill(-1);
  for (const [position, person] of people.entries()) {
    const wanted = Math.floor(total / users) + (position < total % users ? 1 : 0);
    for (let dealt = 0; dealt < wanted; dealt += 1) {
      let group = Math.floor(random.next() ** 2 * groups);
      while (lastUser[group] === position) group = (group + 1) % groups;
      lastUser[group] = position;
      members[group]?.push(person.oktaId);
    }
  }
  return members;
}

function makeStore(
  people: readonly Person[],
  phase: 'before' | 'after',
  random: Random,
  times: Times,
): SandboxStore {
  const managed = phase === 'after';
  const organization_id = ORGANIZATION_ID;
  const store: SandboxStore = {
    organizations: [{ id: organization_id, name: COMPANY, provisioning_mode: managed ? 'scim' : 'jit' }],
    sso_connections: [
      {
        id: random.uuid(),
        organization_id,
        name: 'Okta',
        protocol: 'saml',
        scim_enabled: true,
        domains: [DOMAIN],
      },
    ],
    users: people.map((person) => ({
      id: person.optiId,
      organization_id,
      home_organization_id: organization_id,
      external_id: managed ? person.oktaId : null,
      email: person.email,
      first_name: person.firstName,
      last_name: person.lastName,
      status: 'active',
      local_login: false,
      last_login_at: times.appAdded,
      created_at: times.hired,
      modified_at: managed ? times.cutover : times.hired,
    })),
    groups: [],
    group_members: [],
    product_instances: [
      { id: random.uuid(), organization_id, product: 'Admin Center', nickname: 'Admin Center' },
      ...PRODUCTS.flatMap((product) =>
        ['Production', 'Staging'].map((nickname) => ({
          id: random.uuid(),
          organization_id,
          product,
          nickname,
        })),
      ),
    ],
    roles: [
      ...['Super Admin', 'Product Admin', 'Instance Admin', 'Project Owner'].map((name) => ({
        id: random.uuid(),
        product: 'Admin Center',
        name,
        kind: 'system' as const,
      })),
      ...PRODUCTS.flatMap((product) =>
        ['Administrator', 'Editor', 'Viewer'].map((name) => ({
          id: random.uuid(),
          product,
          name,
          kind: 'system' as const,
        })),
      ),
    ],
    group_instance_roles: [],
    invitations: [],
  };
  addReservedGroups(store, random, times);
  return store;
}

/** The two groups that Opti ID keeps for itself, and the one administrator who gets in without SSO. */
function addReservedGroups(store: SandboxStore, random: Random, times: Times): void {
  const organization_id = ORGANIZATION_ID;
  const administrators = random.uuid();
  const breakGlass = random.uuid();
  const dates = { created_at: times.hired, modified_at: times.hired };
  store.users.push({
    id: breakGlass,
    organization_id,
    home_organization_id: organization_id,
    external_id: null,
    email: `optiid.breakglass@${DOMAIN}`,
    first_name: 'Break',
    last_name: 'Glass',
    status: 'active',
    local_login: true,
    last_login_at: times.hired,
    ...dates,
  });
  store.groups.push(
    // Everyone's members are not listed, so it states no number of them either.
    {
      id: random.uuid(),
      organization_id,
      name: 'Everyone',
      description: 'All users of the organization',
      group_type: 'internal',
      user_count: null,
      ...dates,
    },
    {
      id: administrators,
      organization_id,
      name: 'Admin Center Administrators',
      description: 'Super administrators of the organization',
      group_type: 'custom',
      user_count: 1,
      ...dates,
    },
  );
  store.group_members.push({ group_id: administrators, user_id: breakGlass });
  const instance = store.product_instances[0];
  const role = store.roles[0];
  if (instance && role) {
    store.group_instance_roles.push({
      group_id: administrators,
      instance_id: instance.id,
      role_id: role.id,
    });
  }
}

function addStoreGroup(
  store: SandboxStore,
  group: SandboxOktaGroup,
  optiIds: ReadonlyMap<string, string>,
  phase: 'before' | 'after',
  random: Random,
  times: Times,
): SandboxStore['groups'][number] {
  const created = phase === 'after' ? times.pushed : times.hired;
  const storeGroup: SandboxStore['groups'][number] = {
    id: random.uuid(),
    organization_id: ORGANIZATION_ID,
    name: group.profile.name,
    description: null,
    // JIT fills groups that were made by hand; a push makes its own.
    group_type: phase === 'after' ? 'internal' : 'custom',
    user_count: group.members.length,
    created_at: created,
    modified_at: created,
  };
  store.groups.push(storeGroup);
  for (const oktaId of group.members) {
    store.group_members.push({ group_id: storeGroup.id, user_id: optiIds.get(oktaId) ?? '' });
  }
  return storeGroup;
}

/** One or two roles on instances of one product. */
function grantAccess(
  store: SandboxStore,
  group: SandboxStore['groups'][number],
  roles: SandboxStore['roles'],
  random: Random,
): void {
  const role = random.pick(roles);
  const instances = store.product_instances.filter((instance) => instance.product === role.product);
  for (const instance of instances.slice(0, 1 + random.below(instances.length))) {
    store.group_instance_roles.push({ group_id: group.id, instance_id: instance.id, role_id: role.id });
  }
}

/** What a group push leaves in Okta: the target app group, the mapping, the log event. */
function pushGroup(
  okta: SandboxOkta,
  app: SandboxApp,
  source: SandboxOktaGroup,
  optiGroupId: string,
  random: Random,
  times: Times,
): void {
  const target: SandboxOktaGroup = {
    id: random.oktaId('00g'),
    type: 'APP_GROUP',
    created: times.cutover,
    lastUpdated: times.pushed,
    lastMembershipUpdated: times.pushed,
    profile: { name: source.profile.name, description: null, externalId: optiGroupId },
    sourceAppId: app.id,
    members: [],
    unlisted: true,
  };
  const mapping: SandboxPushMapping = {
    id: random.oktaId('gPm'),
    sourceGroupId: source.id,
    targetGroupId: target.id,
    status: 'ACTIVE',
    lastPush: times.pushed,
    created: times.cutover,
    lastUpdated: times.pushed,
  };
  okta.groups.push(target);
  app.pushMappings.push(mapping);
  okta.logEvents.push(pushedEvent(app, source.profile.name, random, times));
}

function pushedEvent(app: SandboxApp, groupName: string, random: Random, times: Times): SandboxLogEvent {
  return {
    uuid: random.uuid(),
    published: times.pushed,
    eventType: 'application.provision.group_push.pushed',
    displayMessage: 'Group push pushed group to app',
    outcome: { result: 'SUCCESS', reason: null },
    target: [
      { id: app.id, type: 'AppInstance', alternateId: app.label, displayName: app.label },
      // The log's app groups have ids of their own, which no other API shows.
      { id: random.oktaId('AGr'), type: 'AppGroup', alternateId: null, displayName: groupName },
    ],
    actor: {
      id: 'sys0sandboxscheduler',
      type: 'SystemPrincipal',
      alternateId: 'system@okta.com',
      displayName: 'Okta System',
    },
    severity: 'INFO',
  };
}
