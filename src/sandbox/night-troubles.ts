import {
  addAppFailure,
  appUser,
  assign,
  forgetEvents,
  GIFT_GUIDE,
  hire,
  leave,
  managedGroup,
  managedUser,
  mappingOf,
} from './night-parts.ts';
import {
  addStoreMembership,
  addUserEvent,
  changeMember,
  deactivateUser,
  deleteStoreGroup,
  deleteStoreUser,
  provisionUser,
  pushGroup,
  pushMembers,
  removeStoreMember,
} from './provisioning.ts';
import { optiIdOf } from './sample-ids.ts';
import {
  addOktaGroup,
  addStoreGroup,
  addStoreUser,
  grant,
  oktaUser,
  pushedGroup,
  storeUser,
  type Trouble,
} from './sample-parts.ts';
import { emailOf, LEAVER, OLD_DOMAIN } from './sample-tables.ts';

const CONFIGURATION: readonly Trouble[] = [
  {
    name: 'set back to JIT',
    rules: ['jit-still-on'],
    why: 'A support case about sign-in was answered by switching the organization back to JIT, for one day.',
    apply: (world) => {
      for (const organization of world.store.organizations) {
        if (organization.id === world.organizationId) organization.provisioning_mode = 'jit';
      }
    },
  },
];

/** Groups that somebody touched on the wrong side, and pushes that stand still. */
const GROUPS: readonly Trouble[] = [
  {
    name: 'renamed in Opti ID',
    rules: ['group-name-drifted'],
    why: 'Support tidied the name up in the store, where Okta does not look.',
    apply: (world) => {
      managedGroup(world, 'legal').name = 'Opti CMS Legal';
    },
  },
  {
    name: 'season cleaned up',
    rules: ['group-missing'],
    why: 'The season is over, so somebody deleted its group in the Admin Center and not in Okta.',
    apply: (world) => deleteStoreGroup(world, managedGroup(world, 'seasonal').id),
  },
  {
    name: 'push in error',
    rules: ['group-push-failed'],
    why: 'The store answered a push with an error, and Okta gave up.',
    apply: (world, ago) => {
      Object.assign(mappingOf(world, 'experimenters'), {
        status: 'ERROR',
        errorSummary:
          'Failed to update group Opti EXP Experimenters in Opti ID SCIM: remote server returned 500 Internal Server Error',
        lastUpdated: ago(0, 560),
      });
    },
  },
  {
    name: 'push paused',
    rules: ['group-push-inactive'],
    why: 'Paused while the buyers were sorted out, and never activated again.',
    apply: (world, ago) => {
      Object.assign(mappingOf(world, 'buyers'), { status: 'INACTIVE', lastUpdated: ago(0, 600) });
    },
  },
  {
    name: 'push fell asleep',
    rules: ['group-push-stale'],
    why: 'A leaver was deleted in Okta for good, and the push of her group that should have followed never ran.',
    apply: (world, ago) => {
      const { id } = oktaUser(world, LEAVER[0]);
      world.okta.users = world.okta.users.filter((user) => user.id !== id);
      for (const group of world.okta.groups) group.members = group.members.filter((member) => member !== id);
      pushedGroup(world, 'editors').lastMembershipUpdated = ago(0, 720);
    },
  },
  {
    name: 'a second group of publishers',
    rules: ['group-recreated-by-hand'],
    why: 'The managed group takes no members by hand, so somebody made one that does, under the same name.',
    apply: (world, ago) => {
      addStoreGroup(world, 'opti cms publishers', ago(0, 500));
    },
  },
  {
    name: 'outlet without roles',
    rules: ['managed-group-without-access'],
    why: 'The new group was pushed in the afternoon. Nobody told the Opti ID admin that it needs roles.',
    apply: (world, ago) => {
      const group = addOktaGroup(world, 'Opti CMS Outlet', ['Amalie Grøn'], ago(0, 640));
      pushGroup(world, group, ago(0, 620));
    },
  },
  {
    name: 'role taken from the developers',
    rules: ['group-access-lost'],
    why: 'A role was unticked in the Admin Center while somebody looked for another one.',
    apply: (world) => {
      const { id } = managedGroup(world, 'developers');
      const role = optiIdOf('role', 'CMS Publisher');
      world.store.group_instance_roles = world.store.group_instance_roles.filter(
        (row) => row.group_id !== id || row.role_id !== role,
      );
    },
  },
  {
    name: 'gift guide taken down',
    rules: ['grant-no-longer-possible'],
    why: `The instance was shut down after the campaign; ${GIFT_GUIDE} had a role on it.`,
    apply: (world) => {
      const id = optiIdOf('instance', 'CMS Gift guide');
      const { store } = world;
      store.product_instances = store.product_instances.filter((instance) => instance.id !== id);
      store.group_instance_roles = store.group_instance_roles.filter((row) => row.instance_id !== id);
    },
  },
];

/** Members that were changed by hand in groups that SCIM manages. */
const MEMBERSHIP: readonly Trouble[] = [
  {
    name: 'agency put into the campaigns',
    rules: ['collaborator-in-managed-group'],
    why: 'It was the quickest way to let the agency send a campaign, and it worked before.',
    apply: (world) =>
      addStoreMembership(world, managedGroup(world, 'campaigns').id, storeUser(world, 'Dana Cole').id),
  },
  {
    name: 'translator taken out by hand',
    rules: ['member-missing'],
    why: 'She changed teams; her new manager took her out in Opti ID, where Okta will not notice.',
    apply: (world) =>
      removeStoreMember(world, managedGroup(world, 'translators').id, managedUser(world, 'Freja Holm').id),
  },
  {
    name: 'analyst put in by hand',
    rules: ['member-unexpected'],
    why: 'The helpdesk added him in Opti ID, because the Okta group needs an approval.',
    apply: (world) =>
      addStoreMembership(world, managedGroup(world, 'analysts').id, managedUser(world, 'Andreas Holt').id),
  },
];

/** People whose accounts went their own way. */
const USERS: readonly Trouble[] = [
  {
    name: 'account made by hand',
    rules: ['user-left-behind'],
    why: 'A temp was invited from the Admin Center as in the old days; Okta knows nothing of her.',
    apply: (world, ago) => {
      addStoreUser(world, 'Trine Solli', ago(0, 700));
    },
  },
  {
    name: 'name edited in Opti ID',
    rules: ['user-name-drifted'],
    why: 'She asked the Opti ID admin for her double name instead of HR.',
    apply: (world, ago) => {
      Object.assign(managedUser(world, 'Claire Dubois'), {
        last_name: 'Dubois-Roy',
        modified_at: ago(0, 660),
      });
    },
  },
  {
    name: 'e-mail edited in Opti ID',
    rules: ['user-email-drifted'],
    why: 'Somebody put the address of the old company name back, because a report was filed under it.',
    apply: (world, ago) => {
      Object.assign(managedUser(world, 'Ida Falk'), {
        email: emailOf('Ida Falk', OLD_DOMAIN),
        modified_at: ago(0, 650),
      });
    },
  },
  {
    name: 'link cleared and never made again',
    rules: ['user-not-provisioned'],
    why: 'Support started him afresh: account deleted, link in Okta cleared. Nobody pressed Provision User.',
    apply: (world, ago) => {
      deleteStoreUser(world, managedUser(world, 'Even Hove').id, ago(0, 600));
      Object.assign(appUser(world, 'Even Hove'), {
        externalId: null,
        status: 'ACTIVE',
        syncState: 'DISABLED',
        lastUpdated: ago(0, 600),
      });
    },
  },
  {
    name: 'account deleted by hand',
    rules: ['user-deleted-by-hand'],
    why: 'His account showed a wrong title, so somebody deleted it and expected Okta to make it again.',
    apply: (world, ago) => deleteStoreUser(world, managedUser(world, 'Petter Wiik').id, ago(0, 540)),
  },
  {
    name: 'sync of a user in error',
    rules: ['user-push-failed'],
    why: 'The store refused an update of his, and Okta waits for somebody to retry.',
    apply: (world, ago) => {
      Object.assign(appUser(world, 'Yusuf Demir'), { syncState: 'ERROR', lastUpdated: ago(0, 480) });
    },
  },
  {
    name: 'unassigned for an afternoon',
    rules: ['user-access-lost'],
    why: 'A clean-up took him off the app and back on. Okta deleted his account and made a new one, and the role that he had from the product is gone.',
    apply: (world, ago) => {
      const { id } = oktaUser(world, 'Lars Ødegård');
      const developers = pushedGroup(world, 'developers');
      leave(world, id, ago(0, 620));
      assign(world, id, ago(0, 500));
      provisionUser(world, id, ago(0, 499));
      pushMembers(world, developers, ago(0, 498));
    },
  },
  {
    name: 'new e-mail already taken',
    rules: ['user-address-held'],
    why: 'She married, and the day before Okta had her new address somebody invited her under it by hand.',
    apply: (world, ago) => {
      const married = oktaUser(world, 'Maja Bøe');
      married.lastUpdated = ago(0, 610);
      married.profile.email = emailOf('Maja Bøe Krag');
      appUser(world, 'Maja Bøe').userName = married.profile.email;
      addStoreUser(world, 'Maja Bøe Krag', ago(0, 690), { first_name: 'Maja', last_name: 'Bøe' });
    },
  },
  {
    name: 'address of a colleague',
    rules: ['user-linked-to-another'],
    why: "An e-mail was corrected in the Admin Center, on the wrong line: her account has a colleague's address now.",
    apply: (world, ago) => {
      Object.assign(managedUser(world, 'Aisha Karim'), {
        email: emailOf('Wenche Dale'),
        modified_at: ago(0, 560),
      });
    },
  },
  {
    name: 'leaver kept',
    rules: ['deprovisioned-user-active'],
    why: 'He left and Okta reports the deactivation as sent; in Opti ID the account is as it was.',
    apply: (world, ago) => {
      const account = managedUser(world, 'Marius Tveit');
      const { id: groupId } = managedGroup(world, 'campaigns');
      deactivateUser(world, oktaUser(world, 'Marius Tveit').id, ago(0, 580));
      Object.assign(account, { status: 'active', modified_at: account.created_at });
      addStoreMembership(world, groupId, account.id);
    },
  },
];

/** What happened in the week and is not confirmed in the System Log. */
const SYSTEM_LOG: readonly Trouble[] = [
  {
    name: 'could not wait for Okta',
    rules: ['user-not-adopted', 'user-addition-unconfirmed'],
    why: 'Okta had not created him within the hour, so a colleague did, by hand.',
    apply: (world, ago) => {
      hire(world, 'Vetle Strøm', ago(0, 780));
      addStoreUser(world, 'Vetle Strøm', ago(0, 710));
    },
  },
  {
    name: 'leaver deleted by hand',
    rules: ['user-removal-unconfirmed'],
    why: 'The deactivation never went out. Whoever noticed deleted the account, and did not ask why.',
    apply: (world, ago) => {
      deactivateUser(world, oktaUser(world, 'Simen Krogh').id, ago(0, 520));
      forgetEvents(world, 'application.provision.user.deactivate', ago(0, 520));
    },
  },
  {
    name: 'push without a trace',
    rules: ['group-push-unconfirmed'],
    why: 'The group is there and has its roles, and no event says that it was pushed.',
    apply: (world, ago) => {
      const source = addOktaGroup(world, 'Opti CMP Newsletter', ['Julie Sandvik'], ago(0, 470));
      const group = pushGroup(world, source, ago(0, 460));
      grant(world, group, ['CMP', 'Production', 'Contributor']);
      forgetEvents(world, 'application.provision.group_push.pushed', ago(0, 460));
    },
  },
  {
    name: 'member added without a trace',
    rules: ['member-addition-unconfirmed'],
    why: 'He is in both groups, and no event says how he got from one to the other.',
    apply: (world, ago) => {
      const group = pushedGroup(world, 'legal');
      changeMember(world, 'add', group, oktaUser(world, 'Nils Torp').id, ago(0, 400));
      pushMembers(world, group, ago(0, 395));
      forgetEvents(world, 'application.provision.group_push.push_memberships', ago(0, 395));
    },
  },
  {
    name: 'member removed without a trace',
    rules: ['member-removal-unconfirmed'],
    why: 'He is out of both groups, and no event says that Okta did it.',
    apply: (world, ago) => {
      const group = pushedGroup(world, 'publishers');
      changeMember(world, 'remove', group, oktaUser(world, 'Magnus Dahl').id, ago(0, 380));
      pushMembers(world, group, ago(0, 375));
      forgetEvents(world, 'application.provision.group_push.push_memberships', ago(0, 375));
    },
  },
  {
    name: 'profile refused',
    rules: ['push-event-failed'],
    why: 'The store was down for a minute, just when her profile was sent.',
    apply: (world, ago) => {
      const { userName } = appUser(world, 'Hanne Skaar');
      addUserEvent(
        world,
        ago(0, 300),
        'application.provision.user.push_profile',
        "Push user's profile to external application",
        oktaUser(world, 'Hanne Skaar'),
        userName,
        'Error while trying to push profile update for hanne.skaar@fjordlight.example: Bad Gateway. Errors reported by remote server: 502',
      );
    },
  },
  {
    name: 'token revoked',
    rules: ['scim-credentials-rejected'],
    why: 'The token was revoked in the Admin Center together with an old one; since then nothing gets through.',
    apply: (world, ago) =>
      addAppFailure(
        world,
        'application.integration.authentication_failure',
        'Error authenticating',
        ago(0, 90),
        'Error authenticating: Unauthorized. Errors reported by remote server: 401',
      ),
  },
];

/**
 * Everything that goes wrong in the troubled night. Each trouble changes the healthy night in its own place, so
 * that any choice of them makes a night.
 */
export const NIGHT_TROUBLES: readonly Trouble[] = [
  ...CONFIGURATION,
  ...GROUPS,
  ...MEMBERSHIP,
  ...USERS,
  ...SYSTEM_LOG,
];
