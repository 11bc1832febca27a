import { oktaIdOf, optiIdOf } from './sample-ids.ts';
import {
  addAppEvent,
  addLogEvent,
  addOktaGroup,
  addPushMapping,
  addStoreGroup,
  addStoreMember,
  addStoreUser,
  appTarget,
  grant,
  handMadeGroup,
  oktaUser,
  pushedGroup,
  removeStoreUser,
  scimApp,
  ssoApp,
  storeGroup,
  storeUser,
  type Trouble,
} from './sample-parts.ts';
import { BOUGHT_DOMAIN, DOMAIN, emailOf, LEAVER, OLD_DOMAIN } from './sample-tables.ts';

/** What went wrong while the two apps and the organization were set up. */
const CONFIGURATION: readonly Trouble[] = [
  {
    name: 'default mappings kept',
    rules: ['attribute-mapped-needlessly'],
    why: 'The catalogue app comes with a page of mappings, and nobody scrolled down to delete them.',
    apply: (world) => {
      for (const mapping of world.okta.profileMappings) {
        Object.assign(mapping.properties, {
          email: { expression: 'user.email', pushStatus: 'PUSH' },
          displayName: { expression: 'user.displayName', pushStatus: 'PUSH' },
          mobilePhone: { expression: 'user.mobilePhone', pushStatus: 'DONT_PUSH' },
        });
      }
    },
  },
  {
    name: 'last name at creation only',
    rules: ['attribute-unmapped'],
    why: 'The last name was set to Create only in the pilot, so that a test with maiden names could be repeated.',
    apply: (world) => {
      for (const mapping of world.okta.profileMappings) {
        mapping.properties.familyName = { expression: 'user.lastName', pushStatus: 'DONT_PUSH' };
      }
    },
  },
  {
    name: 'options off since the pilot',
    rules: ['create-users-off', 'deactivate-users-off', 'update-attributes-off'],
    why: 'All three boxes were unticked after the pilot, so that nothing happens before the day, and stayed so.',
    apply: (world) => {
      const app = scimApp(world);
      const off = ['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION'];
      app.features = app.features.filter((feature) => !off.includes(feature));
    },
  },
  {
    name: 'password sync ticked',
    rules: ['password-sync-enabled'],
    why: 'Sync Password stands right below the boxes that the article names.',
    apply: (world) => {
      scimApp(world).features.push('PUSH_PASSWORD_UPDATES');
    },
  },
  {
    name: 'import tried',
    rules: ['import-enabled'],
    why: 'Somebody pressed Import Now to see whether the connection works.',
    apply: (world, ago) => {
      addAppEvent(world, scimApp(world), 'system.import.start', 'Start import', ago(2, 45));
    },
  },
  {
    name: 'base URL of another environment',
    rules: ['scim-base-url-unexpected'],
    why: 'The base URL was copied from an e-mail about a trial on the pre-production environment.',
    apply: (world) => {
      scimApp(world).provisioningConnection = {
        authScheme: 'TOKEN',
        baseUrl: 'https://prep.identity-api.optimizely.com/api/scim/v2',
        profile: { authScheme: 'TOKEN' },
        status: 'ENABLED',
      };
    },
  },
  {
    name: 'user name from the login',
    rules: ['username-format-not-email', 'username-differs-from-email'],
    why: 'Okta user name is the default of the format, and hardly anybody has a login that is not the e-mail.',
    apply: (world) => {
      const app = scimApp(world);
      app.userNameTemplate.template = '${source.login}';
      const logins = new Map(world.okta.users.map((user) => [user.id, user.profile.login]));
      for (const appUser of app.users) appUser.userName = logins.get(appUser.id) ?? appUser.userName;
    },
  },
  {
    name: 'user name at creation only',
    rules: ['username-updates-off'],
    why: 'Update application username on stands at Create only, as in every app of this org.',
    apply: (world) => {
      scimApp(world).userNameTemplate.pushStatus = 'DONT_PUSH';
    },
  },
  {
    name: 'provisioning left on in the SSO app',
    rules: ['sso-and-scim-in-one-app'],
    why: 'The first attempt, last year, was with one app for both; it was given up half-way.',
    apply: (world) => {
      ssoApp(world).features = ['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES'];
    },
  },
  {
    name: 'SCIM on no connection yet',
    rules: ['scim-connection-unclear', 'user-unmanaged'],
    why: "The token has not been asked for, so neither the own nor the sister brand's connection is the SCIM one.",
    apply: (world) => {
      for (const connection of world.store.sso_connections) connection.scim_enabled = false;
    },
  },
  {
    name: 'domain of the bought company forgotten',
    rules: ['domain-not-owned'],
    why: 'The laboratory got Okta accounts at the purchase, and its domain was verified nowhere.',
    apply: (world) => {
      for (const connection of world.store.sso_connections) {
        connection.domains = connection.domains.filter((domain) => domain !== BOUGHT_DOMAIN);
      }
    },
  },
];

/** Names that are taken, reserved, alike or fragile, and mappings to groups that were there before. */
const GROUP_NAMES: readonly Trouble[] = [
  {
    name: 'CMS editors not renamed',
    rules: [
      'group-name-taken',
      'access-interrupted',
      'access-lost-with-group',
      'member-loses-group',
      'member-gains-group',
    ],
    why: 'The product owner is on leave, and the mail about renaming the hand-made group was never read.',
    apply: (world) => {
      handMadeGroup(world, 'editors').name = 'Opti CMS Editors';
    },
  },
  {
    name: 'campaigns not renamed',
    rules: [
      'group-name-taken',
      'access-interrupted',
      'access-lost-with-group',
      'collaborator-in-pushed-group',
    ],
    why: 'It was thought to be another group, because it is written in lower case in Opti ID.',
    apply: (world) => {
      handMadeGroup(world, 'campaigns').name = 'Opti CMP campaigns';
    },
  },
  {
    name: 'admins not renamed',
    rules: ['group-name-taken', 'admin-role-on-taken-group', 'access-interrupted'],
    why: 'Nobody dares to touch the group that administers Opti ID.',
    apply: (world) => {
      handMadeGroup(world, 'admins').name = 'Opti Admins';
    },
  },
  {
    name: 'a dash that is none',
    rules: ['group-name-lookalike'],
    why: 'The name was pasted from a document whose autocorrection had made the hyphen a dash.',
    apply: (world) => {
      handMadeGroup(world, 'legal').name = 'Opti CMS Legal \u2013 Review';
    },
  },
  {
    name: 'buyers also from Active Directory',
    rules: ['group-name-duplicate'],
    why: 'IT made the group in Active Directory while Buying had made its own in Okta.',
    apply: (world, ago) => {
      const directory = world.okta.apps.find((app) => app.name === 'active_directory');
      addOktaGroup(world, 'Opti CMP buyers', ['Hanne Skaar', 'Kristoffer Ruud'], ago(60), {
        type: 'APP_GROUP',
        ...(directory ? { sourceAppId: directory.id } : {}),
      });
    },
  },
  {
    name: 'blog in quotes',
    rules: ['group-name-fragile'],
    why: 'The blog is called Trail Notes, and its editors like to see that in quotes.',
    apply: (world) => {
      pushedGroup(world, 'blog').profile.name = 'Opti CMS "Trail Notes" Blog';
    },
  },
  {
    name: 'group named like a product group',
    rules: ['group-name-taken-by-product'],
    why: 'Who manages the CMS was to come from Okta as well, under the name that it has in Opti ID.',
    apply: (world, ago) => {
      addOktaGroup(world, 'CMS Administrators', ['Tor Henriksen', 'Lars Ødegård'], ago(12));
      world.settings.pushGroups?.push('CMS Administrators');
    },
  },
  {
    name: 'Everyone to be pushed',
    rules: ['reserved-group-name'],
    why: 'Everyone was put on the list of groups to make sure that nobody is forgotten.',
    apply: (world) => {
      world.settings.pushGroups?.push('Everyone');
    },
  },
  {
    name: 'group from the guide to JIT',
    rules: ['reserved-group-name'],
    why: 'The guide to group sync by JIT had customers make a group of this name in Okta.',
    apply: (world, ago) => {
      addOktaGroup(world, 'Admin Center Administrators', ['Ingrid Solheim', 'Tor Henriksen'], ago(700));
      world.settings.pushGroups?.push('Admin Center Administrators');
    },
  },
  {
    name: 'translators linked early',
    rules: ['group-linked-to-existing'],
    why: 'To try the push out, it was linked to a group that the translators had made by hand years ago.',
    apply: (world, ago) => {
      const group = addStoreGroup(world, 'Translators', ago(1300));
      grant(world, group, ['CMS', 'Staging', 'Translator']);
      for (const name of ['Elin Forsberg', 'Mikko Laine'])
        addStoreMember(world, group, storeUser(world, name));
      addPushMapping(world, pushedGroup(world, 'translators'), { name: 'Translators' }, ago(9), {
        lastPush: ago(9),
      });
    },
  },
  {
    name: 'photo desk pushed twice',
    rules: ['group-link-shared'],
    why: 'Two teams became one. Their second group was linked to the group that the first one had pushed.',
    apply: (world, ago) => {
      const first = addOktaGroup(world, 'Photo Desk Oslo', [], ago(9));
      const second = addOktaGroup(world, 'Photo Desk Bergen', [], ago(9));
      const target = addStoreGroup(world, 'Photo Desk Oslo', ago(9), { group_type: 'internal' });
      addPushMapping(world, first, { name: target.name, externalId: target.id }, ago(9));
      const { targetGroupId } = addPushMapping(
        world,
        second,
        { name: target.name, externalId: target.id },
        ago(9),
      );
      for (const mapping of scimApp(world).pushMappings) {
        if (mapping.sourceGroupId === first.id) mapping.targetGroupId = targetGroupId;
      }
    },
  },
  {
    name: 'super admins linked',
    rules: ['reserved-group-linked'],
    why: 'An admin linked a group to the reserved one, saw what it would do, and deactivated the push in time.',
    apply: (world, ago) => {
      const source = addOktaGroup(world, 'Opti Super Admins', ['Ingrid Solheim', 'Tor Henriksen'], ago(9));
      const target = storeGroup(world, 'Admin Center Administrators');
      addPushMapping(world, source, { name: target.name, externalId: target.id }, ago(9), {
        status: 'INACTIVE',
      });
    },
  },
];

/** Groups that an earlier pilot left, or that are not what they seem. */
const GROUP_LIFE: readonly Trouble[] = [
  {
    name: 'analysts assigned as well',
    rules: ['group-assigned-and-pushed'],
    why: 'The pilot assigned its group directly, before there was a group for everybody.',
    apply: (world, ago) => {
      scimApp(world).groups.push({
        id: pushedGroup(world, 'analysts').id,
        lastUpdated: ago(20),
        priority: 1,
      });
    },
  },
  {
    name: 'count off',
    rules: ['group-count-mismatch'],
    why: 'Opti ID counts two people who were deleted when the agency changed its team.',
    apply: (world) => {
      const group = storeGroup(world, 'Agency - Brightpine');
      group.user_count = (group.user_count ?? 0) + 2;
    },
  },
  {
    name: 'pilot left behind',
    rules: ['group-orphaned', 'orphan-keeps-access'],
    why: "The pilot's group was unlinked with Leave the group in the target app, and then deleted in Okta.",
    apply: (world, ago) => {
      const group = addStoreGroup(world, 'Opti SCIM Pilot', ago(240), { group_type: 'internal' });
      grant(world, group, ['Experimentation', 'Playground', 'Editor']);
      for (const name of ['Emil Sæther', 'Priya Raman']) addStoreMember(world, group, storeUser(world, name));
    },
  },
  {
    name: 'push in error',
    rules: ['group-push-failed'],
    why: 'It was pushed as a test before the token had arrived.',
    apply: (world, ago) => {
      const source = pushedGroup(world, 'experimenters');
      addPushMapping(world, source, { name: source.profile.name }, ago(8), {
        status: 'ERROR',
        errorSummary:
          'Failed to create group Opti EXP Experimenters in Opti ID SCIM: remote server returned 401 Unauthorized',
      });
    },
  },
  {
    name: 'season over',
    rules: ['group-without-members'],
    why: 'The group rule for the season pages ends with the season.',
    apply: (world) => {
      pushedGroup(world, 'seasonal').members = [];
    },
  },
];

/** People whom the push reaches, or does not, other than JIT did. */
const MEMBERSHIP: readonly Trouble[] = [
  {
    name: 'agency among the campaigners',
    rules: ['collaborator-in-pushed-group', 'access-lost-with-group'],
    why: 'It was the quickest way to let the agency send the spring campaign.',
    apply: (world) => {
      addStoreMember(world, handMadeGroup(world, 'campaigns'), storeUser(world, 'Dana Cole'));
    },
  },
  {
    name: 'joined and not signed in since',
    rules: ['member-gains-group'],
    why: 'She got the group last week; JIT would add her at her next sign-in.',
    apply: (world, ago) => {
      const group = pushedGroup(world, 'editors');
      group.members.push(oktaUser(world, 'Oda Myhre').id);
      group.lastMembershipUpdated = ago(6);
    },
  },
  {
    name: 'moved to another team',
    rules: ['member-loses-group', 'access-lost-with-group'],
    why: 'He left the editors in Okta a year ago. JIT only ever added, so in Opti ID he never left.',
    apply: (world) => {
      addStoreMember(world, handMadeGroup(world, 'editors'), storeUser(world, 'Sindre Hagen'));
    },
  },
  {
    name: 'leaver still in Opti ID',
    rules: ['user-unmanaged', 'member-loses-group', 'access-lost-with-group'],
    why: 'She was deactivated in Okta in spring. JIT removes nobody, so her account is there as she left it.',
    apply: (world, ago) => {
      const user = storeUser(world, LEAVER[0]);
      user.status = 'active';
      user.modified_at = user.created_at;
      user.last_login_at = ago(231);
      const group = handMadeGroup(world, 'editors');
      group.user_count = (group.user_count ?? 0) + 1;
    },
  },
  {
    name: 'new developer not assigned',
    rules: ['member-not-assigned'],
    why: 'A group rule puts developers into the pushed group, and nobody wrote one for the assignment.',
    apply: (world) => {
      const { id } = oktaUser(world, 'Iver Knudsen');
      for (const app of [scimApp(world), ssoApp(world)]) {
        app.users = app.users.filter((user) => user.id !== id);
      }
      const assignment = world.okta.groups.find((group) => group.profile.name === 'App - Opti ID');
      if (assignment) assignment.members = assignment.members.filter((member) => member !== id);
    },
  },
  {
    name: 'starts next month',
    rules: ['member-staged'],
    why: 'HR enters people weeks ahead, and Okta activates them on their first day.',
    apply: (world) => {
      const user = oktaUser(world, 'Selma Borg');
      user.status = 'STAGED';
      user.statusChanged = null;
    },
  },
];

/** People who are not the same on both sides. */
const USERS: readonly Trouble[] = [
  {
    name: 'suspended on leave',
    rules: ['suspended-user-active', 'member-loses-group', 'access-lost-with-group'],
    why: 'Parental leave is a suspension in this company, and Okta does not tell Opti ID.',
    apply: (world, ago) => {
      const user = oktaUser(world, 'Thea Lund');
      user.status = 'SUSPENDED';
      user.statusChanged = ago(70);
    },
  },
  {
    name: 'account under the old domain',
    rules: ['user-domain-changed'],
    why: 'He last signed in to Opti ID before the company dropped Sport from its name.',
    apply: (world, ago) => {
      const user = storeUser(world, 'Nils Torp');
      user.email = emailOf('Nils Torp', OLD_DOMAIN);
      user.last_login_at = ago(410);
    },
  },
  {
    name: 'account with a tag',
    rules: ['user-email-alias'],
    why: 'She was invited with a tagged address, to keep the mails of a test apart.',
    apply: (world) => {
      storeUser(world, 'Maja Bøe').email = `maja.boe+exp@${DOMAIN}`;
    },
  },
  {
    name: 'e-mail in capitals',
    rules: ['user-email-case'],
    why: 'Years ago the SSO app sent the e-mail as HR had typed it.',
    apply: (world) => {
      storeUser(world, 'Aisha Karim').email = 'Aisha.Karim@Fjordlight.example';
    },
  },
  {
    name: 'two accounts of one person',
    rules: ['user-match-ambiguous'],
    why: 'Invited by hand before SSO, made again by JIT at the first sign-in.',
    apply: (world, ago) => {
      const { email } = storeUser(world, 'Live Berge');
      addStoreUser(world, 'Live Berge', ago(850), {
        id: optiIdOf('user', 'Live Berge, invited by hand'),
        email,
        last_login_at: ago(802),
      });
    },
  },
  {
    name: 'name in one field',
    rules: ['user-name-missing'],
    why: "The staffing agency's list had one column for names.",
    apply: (world) => {
      const { profile } = oktaUser(world, 'Jakub Nowak');
      profile.firstName = 'Jakub Nowak';
      profile.lastName = ' ';
    },
  },
  {
    name: 'invited and assigned',
    rules: ['user-invitation-pending'],
    why: 'His new team could not wait for IT and sent him an invitation.',
    apply: (world, ago) => {
      world.store.invitations.push({
        id: optiIdOf('invitation', 'Kasper Lindqvist'),
        organization_id: world.organizationId,
        email: emailOf('Kasper Lindqvist', BOUGHT_DOMAIN),
        status: 'pending',
        created_at: ago(3),
      });
    },
  },
  {
    name: 'account that nobody knows',
    rules: ['user-unmanaged'],
    why: 'Somebody who left before Okta was introduced.',
    apply: (world, ago) => {
      const user = addStoreUser(world, 'Rune Tveten', ago(1500), { last_login_at: ago(1180) });
      addStoreMember(world, handMadeGroup(world, 'publishers'), user);
    },
  },
];

const ACCESS: readonly Trouble[] = [
  {
    name: 'no break-glass admin',
    rules: ['break-glass-admin-missing'],
    why: 'Local login was switched off for everybody when SSO came, for good reasons.',
    apply: (world) => removeStoreUser(world, optiIdOf('user', 'Break Glass')),
  },
];

/**
 * Everything that is wrong in the sample. Each trouble changes the healthy company in its own place, so that any
 * choice of them, in any order, makes a world.
 */
export const SAMPLE_TROUBLES: readonly Trouble[] = [
  ...CONFIGURATION,
  ...GROUP_NAMES,
  ...GROUP_LIFE,
  ...MEMBERSHIP,
  ...USERS,
  ...ACCESS,
];

/** Troubles that one company cannot have at the same time as {@link SAMPLE_TROUBLES}: each added alone. */
export const VARIANT_TROUBLES: readonly Trouble[] = [
  {
    name: 'SCIM app not added yet',
    rules: ['scim-app-missing'],
    why: 'Weeks before the cutover: who signs in through the SSO app stands in for who will be assigned.',
    apply: (world) => {
      const { id } = scimApp(world);
      world.okta.apps = world.okta.apps.filter((app) => app.id !== id);
      world.okta.groups = world.okta.groups.filter((group) => group.sourceAppId !== id);
      world.okta.profileMappings = world.okta.profileMappings.filter((mapping) => mapping.target.id !== id);
      world.okta.logEvents = world.okta.logEvents.filter((event) =>
        event.target.every((target) => target.id !== id),
      );
    },
  },
  {
    name: 'two SCIM apps',
    rules: ['scim-app-ambiguous'],
    why: 'A consultant added the catalogue app again because he could not see the first one.',
    apply: (world, ago) => {
      world.okta.apps.push({
        ...scimApp(world),
        id: oktaIdOf('0oa', 'Opti ID SCIM (new)'),
        label: 'Opti ID SCIM (new)',
        created: ago(4),
        lastUpdated: ago(4),
        users: [],
        groups: [],
        pushMappings: [],
      });
    },
  },
  {
    name: 'pilot app still active',
    rules: ['second-scim-app'],
    why: 'The app of the pilot still holds the one person whom it was tried on.',
    apply: (world, ago) => {
      const tried = oktaUser(world, 'Elin Forsberg');
      const pilot = scimApp(world);
      world.settings.scimApp = pilot.id;
      world.okta.apps.push({
        ...pilot,
        id: oktaIdOf('0oa', 'Opti ID SCIM (pilot)'),
        label: 'Opti ID SCIM (pilot)',
        created: ago(60),
        lastUpdated: ago(60),
        users: [
          {
            id: tried.id,
            externalId: storeUser(world, 'Elin Forsberg').id,
            status: 'PROVISIONED',
            syncState: 'SYNCHRONIZED',
            scope: 'USER',
            userName: tried.profile.email,
            created: ago(60),
            lastUpdated: ago(60),
            statusChanged: ago(60),
          },
        ],
        groups: [],
        pushMappings: [],
      });
    },
  },
  {
    name: 'everybody assigned',
    rules: ['assignment-too-wide'],
    why: 'Everyone was the quickest way to have nobody forgotten.',
    apply: (world, ago) => {
      const everyone = world.okta.groups.filter(({ type }) => type === 'BUILT_IN');
      for (const { id } of everyone) scimApp(world).groups.push({ id, lastUpdated: ago(3), priority: 9 });
    },
  },
  {
    name: 'team of an instance that is gone',
    rules: ['group-makes-team', 'group-team-instance-unknown'],
    why: 'The studio wanted a team of its own and copied the id of the trial instance.',
    apply: (world, ago) => {
      addOktaGroup(world, 'Opti CMP Studio::trial-7c1e', ['Elin Forsberg'], ago(20));
    },
  },
  {
    name: 'group left by the first try',
    rules: ['group-name-taken-by-orphan'],
    why: 'SCIM was tried once before and given up; nobody can delete what it made.',
    apply: (world, ago) => {
      const { name } = pushedGroup(world, 'buyers').profile;
      addStoreGroup(world, `${name} of the first try`, ago(300), { name, group_type: 'internal' });
    },
  },
  {
    name: 'address given to somebody new',
    rules: ['take-over-of-another'],
    why: 'The two have the same initial and family name in their address; the first one left years ago.',
    apply: (world) => {
      Object.assign(storeUser(world, 'Andreas Holt'), { first_name: 'Aud', last_name: 'Holtermann' });
    },
  },
  {
    name: 'local login in the assignment group',
    rules: ['person-outside-scim-assigned'],
    why: 'She got a local login when SSO was down for a day, and it was never taken away.',
    apply: (world) => {
      storeUser(world, 'Hanne Skaar').local_login = true;
    },
  },
  {
    name: 'account at the former employer',
    rules: ['user-in-other-organization'],
    why: 'He was invited to another organization with this address, and is still a user there.',
    apply: (world, ago) => {
      const home = 'b7f0c9d2-5e1a-4c38-9a64-2d8e61f07c15';
      const { email } = oktaUser(world, 'Kasper Lindqvist').profile;
      addStoreUser(world, 'Kasper Lindqvist', ago(500), {
        organization_id: home,
        home_organization_id: home,
        email,
      });
    },
  },
  {
    name: 'known by the login',
    rules: ['user-known-by-login'],
    why: 'The SSO app sends the login, which is not his e-mail.',
    apply: (world) => {
      const login = 'kru@fjordlight.example';
      oktaUser(world, 'Kristoffer Ruud').profile.login = login;
      storeUser(world, 'Kristoffer Ruud').email = login;
    },
  },
  {
    name: 'token refused',
    rules: ['scim-credentials-rejected'],
    why: 'The token was made anew for a test with another tool, and the app still has the old one.',
    apply: (world, ago) => {
      const type = 'application.integration.authentication_failure';
      const app = appTarget(scimApp(world));
      addLogEvent(
        world,
        ago(0, 90),
        type,
        'Authentication failed',
        [app],
        'HTTP 401: the token is not valid',
      );
    },
  },
  {
    name: 'SCIM app deactivated',
    rules: ['scim-app-inactive'],
    why: 'Deactivated after the pilot to be safe; Okta then unassigned everybody.',
    apply: (world) => {
      const app = scimApp(world);
      app.status = 'INACTIVE';
      app.users = [];
      app.groups = [];
      world.settings.scimApp = app.label;
    },
  },
  {
    name: 'API integration off',
    rules: ['provisioning-connection-off'],
    why: 'The integration was switched off again after its test.',
    apply: (world) => {
      const app = scimApp(world);
      app.provisioningConnection = {
        profile: { authScheme: 'TOKEN' },
        ...app.provisioningConnection,
        status: 'DISABLED',
      };
    },
  },
  {
    name: 'on SCIM already',
    rules: ['scim-already-on'],
    why: 'Optimizely Support switched the organization a day early.',
    apply: (world) => {
      for (const organization of world.store.organizations) {
        if (organization.id === world.organizationId) organization.provisioning_mode = 'scim';
      }
    },
  },
  {
    name: 'Super Admins through the hand-made group only',
    rules: ['last-super-admin-at-risk'],
    why: 'The reserved group was emptied when the admins got a group of their own, which is to be deleted now.',
    apply: (world) => {
      const { id } = storeGroup(world, 'Admin Center Administrators');
      world.store.group_members = world.store.group_members.filter((member) => member.group_id !== id);
      storeGroup(world, 'Admin Center Administrators').user_count = 0;
    },
  },
];
