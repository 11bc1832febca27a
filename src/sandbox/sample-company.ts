import type { SandboxApp, SandboxOkta, SandboxOktaUser, SandboxStore, SandboxWorld } from './model.ts';
import { type Ago, oktaIdOf, optiIdOf, timesBefore } from './sample-ids.ts';
import {
  addAppEvent,
  addOktaGroup,
  addStoreGroup,
  addStoreMember,
  addStoreUser,
  grant,
  storeUser,
} from './sample-parts.ts';
import {
  AGENCY_DOMAIN,
  AGENCY_ORGANIZATION_ID,
  BOUGHT_DOMAIN,
  BREAK_GLASS_EMAIL,
  COLLABORATORS,
  COMPANY,
  DOMAIN,
  emailOf,
  INSTANCES,
  LEAVER,
  OLD_DOMAIN,
  ORGANIZATION_ID,
  PEOPLE,
  PRODUCT_GROUPS,
  PUSHED_GROUPS,
  type PushedGroupKey,
  ROLES,
  SISTER_DOMAIN,
  SISTER_PEOPLE,
  SUPER_ADMINS,
  waitingName,
} from './sample-tables.ts';

const ASSIGNMENT_GROUP = 'App - Opti ID';
const SCIM_LABEL = 'Opti ID SCIM';
const SSO_LABEL = 'Opti ID SSO';
const DIRECTORY_LABEL = `${DOMAIN} (Active Directory)`;

/** Days before the audit. */
const FOUNDED = 1900;
const HIRED = 900;
const SCIM_APP_ADDED = 21;
const PREPARED = 5;

/**
 * The sample company on the eve of its cutover, well prepared: two apps, everybody assigned, product owners have
 * renamed their hand-made groups, and one Super Admin gets in without SSO. No rule has anything to say.
 */
export function healthyTwin(now: Date): SandboxWorld {
  const ago = timesBefore(now);
  const world: SandboxWorld = {
    okta: makeOkta(ago),
    store: makeStore(),
    organizationId: ORGANIZATION_ID,
    settings: { scimApp: null, ssoApp: SSO_LABEL, pushGroups: ['Opti *'] },
  };
  addOktaGroups(world, ago);
  assignPeople(world, ago);
  addStorePeople(world, ago);
  addStoreGroups(world, ago);
  addInvitations(world, ago);
  const directory = world.okta.apps.find((app) => app.name === 'active_directory');
  // Importing from the directory is what it is for; only imports from Opti ID are not supported.
  if (directory) addAppEvent(world, directory, 'system.import.start', 'Start import', ago(1, 300));
  return world;
}

const ASSIGNED = PEOPLE.filter(([, , groups]) => groups.length > 0);

function makeOktaUser([name, department, , flags]: (typeof PEOPLE)[number], ago: Ago): SandboxOktaUser {
  const [firstName, ...rest] = name.split(' ');
  const email = emailOf(name, flags?.domain);
  const created = ago(flags?.isInOptiId === false ? 30 : HIRED);
  return {
    id: oktaIdOf('00u', name),
    status: 'ACTIVE',
    created,
    lastUpdated: created,
    statusChanged: created,
    profile: {
      login: flags?.login ?? email,
      email,
      firstName: firstName ?? null,
      lastName: rest.join(' '),
      department,
    },
  };
}

function makeOkta(ago: Ago): SandboxOkta {
  const scim = makeApp('scim2headerauth', SCIM_LABEL, 'SAML_2_0', ago(SCIM_APP_ADDED), {
    features: ['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION', 'GROUP_PUSH'],
    userNameTemplate: { template: '${source.email}', type: 'BUILT_IN', pushStatus: 'PUSH' },
  });
  const left = ago(230);
  return {
    orgId: oktaIdOf('00o', COMPANY),
    subdomain: 'fjordlight',
    companyName: COMPANY,
    users: [
      ...PEOPLE.map((row) => makeOktaUser(row, ago)),
      { ...makeOktaUser(LEAVER, ago), status: 'DEPROVISIONED', lastUpdated: left, statusChanged: left },
    ],
    groups: [],
    apps: [
      makeApp('active_directory', DIRECTORY_LABEL, 'AUTO_LOGIN', ago(FOUNDED), {
        features: ['IMPORT_NEW_USERS', 'IMPORT_PROFILE_UPDATES', 'PROFILE_MASTERING'],
      }),
      makeApp('office365', 'Microsoft 365', 'SAML_2_0', ago(FOUNDED)),
      makeApp('bookmark', 'Ski forecast', 'BOOKMARK', ago(HIRED)),
      makeApp('optimizely_saml', SSO_LABEL, 'SAML_2_0', ago(FOUNDED)),
      scim,
    ],
    profileMappings: [
      {
        id: oktaIdOf('prm', SCIM_LABEL),
        source: { id: oktaIdOf('oty', 'user'), name: 'user', type: 'user' },
        target: { id: scim.id, name: scim.name, type: 'appuser' },
        properties: {
          givenName: { expression: 'user.firstName', pushStatus: 'PUSH' },
          familyName: { expression: 'user.lastName', pushStatus: 'PUSH' },
        },
      },
    ],
    logEvents: [],
  };
}

function makeApp(
  name: string,
  label: string,
  signOnMode: SandboxApp['signOnMode'],
  created: string,
  patch: Partial<SandboxApp> = {},
): SandboxApp {
  return {
    id: oktaIdOf('0oa', label),
    name,
    label,
    status: 'ACTIVE',
    signOnMode,
    created,
    lastUpdated: created,
    features: [],
    userNameTemplate: { template: '${source.login}', type: 'BUILT_IN' },
    users: [],
    groups: [],
    pushMappings: [],
    provisioningFeatures: null,
    provisioningConnection: null,
    ...patch,
  };
}

function addOktaGroups(world: SandboxWorld, ago: Ago): void {
  const names = (rows: typeof PEOPLE) => rows.map(([name]) => name);
  addOktaGroup(world, 'Everyone', [...names(PEOPLE), LEAVER[0]], ago(FOUNDED), {
    type: 'BUILT_IN',
    profile: { name: 'Everyone', description: 'All users in your organization' },
  });
  for (const department of new Set(PEOPLE.map(([, name]) => name))) {
    const members = names(PEOPLE.filter(([, theirs]) => theirs === department));
    addOktaGroup(world, `Dept ${department}`, members, ago(FOUNDED));
  }
  addOktaGroup(world, ASSIGNMENT_GROUP, names(ASSIGNED), ago(HIRED));
  for (const [key, { name }] of Object.entries(PUSHED_GROUPS) as [PushedGroupKey, { name: string }][]) {
    const members = names([...PEOPLE, LEAVER].filter(([, , groups]) => groups.includes(key)));
    addOktaGroup(world, name, members, ago(HIRED));
  }
}

/** Both apps get their people through one group, which is pushed nowhere. */
function assignPeople(world: SandboxWorld, ago: Ago): void {
  const groupId = oktaIdOf('00g', ASSIGNMENT_GROUP);
  for (const app of world.okta.apps) {
    const isScim = app.label === SCIM_LABEL;
    if (!isScim && app.label !== SSO_LABEL) continue;
    const created = ago(isScim ? PREPARED : HIRED);
    app.groups.push({ id: groupId, lastUpdated: created, priority: 0 });
    for (const [name, , , flags] of ASSIGNED) {
      const email = emailOf(name, flags?.domain);
      app.users.push({
        id: oktaIdOf('00u', name),
        // Assigned before provisioning does anything: Okta has nothing to remember of the other side yet.
        externalId: null,
        status: 'ACTIVE',
        syncState: 'DISABLED',
        scope: 'GROUP',
        userName: isScim ? email : (flags?.login ?? email),
        created,
        lastUpdated: created,
        statusChanged: created,
        groupId,
      });
    }
  }
}

function makeStore(): SandboxStore {
  const organization_id = ORGANIZATION_ID;
  return {
    organizations: [
      { id: organization_id, name: COMPANY, provisioning_mode: 'jit' },
      { id: AGENCY_ORGANIZATION_ID, name: 'Brightpine Studio', provisioning_mode: 'jit' },
    ],
    sso_connections: [
      {
        id: optiIdOf('connection', 'Okta'),
        organization_id,
        name: 'Okta',
        protocol: 'saml',
        scim_enabled: true,
        domains: [DOMAIN, OLD_DOMAIN, BOUGHT_DOMAIN],
      },
      {
        id: optiIdOf('connection', 'Tarnbeck Entra ID'),
        organization_id,
        name: 'Tarnbeck Entra ID',
        protocol: 'oidc',
        scim_enabled: false,
        domains: [SISTER_DOMAIN],
      },
    ],
    users: [],
    groups: [],
    group_members: [],
    product_instances: INSTANCES.flatMap(([product, nicknames]) =>
      nicknames.map((nickname) => ({
        id: optiIdOf('instance', `${product} ${nickname}`),
        organization_id,
        product,
        nickname,
      })),
    ),
    roles: ROLES.flatMap(([product, system, custom]) =>
      [...system, ...custom].map((name) => ({
        id: optiIdOf('role', `${product} ${name}`),
        product,
        name,
        kind: custom.includes(name) ? ('custom' as const) : ('system' as const),
      })),
    ),
    group_instance_roles: [],
    invitations: [],
  };
}

function addStorePeople(world: SandboxWorld, ago: Ago): void {
  for (const [position, [name, , , flags]] of ASSIGNED.entries()) {
    if (flags?.isInOptiId === false) continue;
    // JIT made them at their first sign-in, one after the other over two years.
    const created = ago(800 - position * 11);
    addStoreUser(world, name, created, {
      email: emailOf(name, flags?.domain),
      last_login_at: ago(1 + (position % 9), position * 7),
    });
  }
  addStoreUser(world, LEAVER[0], ago(800), { status: 'deleted', modified_at: ago(229) });
  addStoreUser(world, 'Break Glass', ago(PREPARED), {
    email: BREAK_GLASS_EMAIL,
    local_login: true,
    last_login_at: ago(PREPARED, -20),
  });
  for (const name of COLLABORATORS) {
    addStoreUser(world, name, ago(400), {
      home_organization_id: AGENCY_ORGANIZATION_ID,
      email: emailOf(name, AGENCY_DOMAIN),
      last_login_at: ago(2),
    });
  }
  for (const name of SISTER_PEOPLE) {
    addStoreUser(world, name, ago(500), { email: emailOf(name, SISTER_DOMAIN), last_login_at: ago(3) });
  }
}

function addStoreGroups(world: SandboxWorld, ago: Ago): void {
  // Opti ID lists no members of Everyone, so it states no number of them either.
  addStoreGroup(world, 'Everyone', ago(FOUNDED), { group_type: 'internal', user_count: null });
  const administrators = addStoreGroup(world, 'Admin Center Administrators', ago(FOUNDED), {
    group_type: 'internal',
    description: 'Super administrators of the organization',
  });
  grant(world, administrators, ['Admin Center', 'Admin Center', 'Super Admin']);
  for (const name of [...SUPER_ADMINS, 'Break Glass']) {
    addStoreMember(world, administrators, storeUser(world, name));
  }
  for (const [name, granted, members] of PRODUCT_GROUPS) {
    const group = addStoreGroup(world, name, ago(FOUNDED), { group_type: 'product' });
    grant(world, group, granted);
    for (const member of members) addStoreMember(world, group, storeUser(world, member));
  }
  addHandMadeGroups(world, ago);
  const agency = addStoreGroup(world, 'Agency - Brightpine', ago(400));
  grant(world, agency, ['CMP', 'Production', 'Contributor']);
  for (const name of COLLABORATORS) addStoreMember(world, agency, storeUser(world, name));
  const sister = addStoreGroup(world, 'Tarnbeck editors', ago(500));
  grant(world, sister, ['CMS', 'Production', 'Editor']);
  for (const name of SISTER_PEOPLE) addStoreMember(world, sister, storeUser(world, name));
}

/** What JIT filled for years. Renamed for the cutover, so that the names are free and nobody loses access meanwhile. */
function addHandMadeGroups(world: SandboxWorld, ago: Ago): void {
  for (const [key, { name, grants }] of Object.entries(PUSHED_GROUPS)) {
    const group = addStoreGroup(world, name, ago(HIRED), {
      name: waitingName(name),
      description: `Goes when the pushed ${name} has its roles`,
      modified_at: ago(PREPARED),
    });
    for (const granted of grants) grant(world, group, granted);
    for (const [person, , groups, flags] of [...ASSIGNED, LEAVER]) {
      if (flags?.isInOptiId === false || !groups.some((theirs) => theirs === key)) continue;
      addStoreMember(world, group, storeUser(world, person));
    }
  }
}

/** How people came in before SSO, all of it over and done with. */
function addInvitations(world: SandboxWorld, ago: Ago): void {
  const rows = [
    ['Dana Cole', AGENCY_DOMAIN, 'accepted', 401],
    ['Luis Ortega', AGENCY_DOMAIN, 'accepted', 401],
    ['Ola Brekke', DOMAIN, 'expired', 870],
    ['Wenche Dale', DOMAIN, 'revoked', 640],
  ] as const;
  for (const [name, domain, status, days] of rows) {
    world.store.invitations.push({
      id: optiIdOf('invitation', name),
      organization_id: ORGANIZATION_ID,
      email: emailOf(name, domain),
      status,
      created_at: ago(days),
    });
  }
}
