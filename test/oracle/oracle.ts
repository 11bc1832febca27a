/**
 * The rule catalogue (version 2) of both jobs once more, in plain memory: what the documents say a report must hold, written
 * without a look at the engine. It shares no code with it; only row types are imported.
 *
 * Where the documents leave a choice, it is made as follows.
 * - Names: invisible characters go before runs of spaces are joined, for that is what a person sees.
 * - The push scope: a name or pattern never chooses the target of a push, an id does.
 * - One finding per pair of a pushed group and a store group for rules on names; per pair of an assigned user
 *   and a store user for alias and domain; per user for invitations; per store user for access.
 * - Users: every Okta user that was read may own store users, assigned or not. "No match" is to point to nobody in the
 *   store: another profile of an owner, or one of several who would own, has a match. Who a store user is in Okta: the
 *   owner, nobody where the match is ambiguous. User names of the SSO app that stands in tie nobody.
 * - Rules on a person go by their pair (the strongest tie, the user name before the e-mail, then the smallest store id); rules on an account
 *   (`deprovisioned-user-active`, `user-not-adopted`, `member-unexpected`) by its owner.
 * - An inactive app skips every rule outside the section Configuration, but for `scim-credentials-rejected`: that one
 *   speaks of the app. Situations are shown all the same.
 * - `take-over-of-another`: of those who are assigned alone; a name that one side does not give tells nothing.
 * - `assignment-too-wide`: created would be who is assigned, active and without a match.
 * - `user-unmanaged` is silent on whom another app manages: somebody does.
 * - A team: what stands behind the last `::` is the instance, exactly. Nothing that compares its name with names in
 *   the store applies to it.
 * - A group whose name an orphan has is `DELETE_FIRST`, with the orphan in its row: it must be gone before the push.
 * - A store group that Optimizely Support must remove stays for nobody: Super Admin through it is not counted.
 * - `access-interrupted`: one of the groups that give an access is pushed again with the person in it. A person may have
 *   a finding of either rule. Okta's own Everyone gives nothing back: nobody pushes it.
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
import type {
  GroupPushMappingRow,
  OktaGroupRow,
  OktaUserRow,
  OptiGroupRow,
  OptiUserRow,
} from '../../src/domain/dataset.ts';
import type { Job } from '../../src/domain/rule.ts';
import { DRIFT_RULES, isEmailDrifted, isNameDrifted } from './drift.ts';
import {
  ACCESS,
  ACTIVE,
  domainOf,
  type ExpectedFinding,
  Facts,
  type Found,
  fold,
  foldEmail,
  forGroup,
  forOrganization,
  forUser,
  GROUP_EVIDENCE,
  groupBy,
  isFragile,
  isReserved,
  type Judge,
  look,
  looksReserved,
  type Need,
  NOT_YET_ACTIVE,
  type OracleRule,
  OTHER_MANAGERS,
  PUSH_SCOPE,
  RECORD,
  STORE_TO_OKTA,
  SUPER_ADMIN,
  smallest,
  TAKEN_MEMBERS,
  type UserMatch,
} from './facts.ts';
import type { OrgPair } from './org-pair.ts';

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
    when: 'PD',
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const shown = appFeature(facts, 'USER_PROVISIONING')?.[capability] ?? null;
      if (shown !== null) return shown === 'DISABLED';
      return featuresOf(facts).length === 0 ? 'skipped' : !featuresOf(facts).includes(feature);
    }),
  };
}

/** The primary e-mail by either name, as a template or as a bare expression, at most in another case. */
function isPrimaryEmail(template: string): boolean {
  let inner = template.replace(/\s/gu, '');
  const wrapped = /^(?:\$\{(.*)\}|(?:fn:|String\.)to(?:Lower|Upper)Case\((.*)\))$/u;
  for (let match = wrapped.exec(inner); match; match = wrapped.exec(inner))
    inner = match[1] ?? match[2] ?? '';
  return inner === 'source.email' || inner === 'user.email';
}

/** Mapped: an expression that is not blank. */
const mappedProperties = (facts: Facts) =>
  facts.pair.rows['okta.profileMappings'].map((mapping) =>
    mapping.properties.filter((property) => (property.expression ?? '').trim() !== ''),
  );

/** The taken groups whose members are judged. */
const takenWithMembers = (facts: Facts) => facts.taken.filter(({ okta }) => !facts.isEveryone(okta));

const PRODUCTS_WITH_TEAMS = ['Content Marketing Platform', 'Collaboration'];

/** An orphan that has the name of a pushed group; after the cutover nothing is in the way of a push. */
const isInTheWay = (facts: Facts, group: OptiGroupRow): boolean =>
  facts.job === 'precutover' && facts.collisionsWithOrphans().some(({ opti }) => opti === group);

/** What a finding on a store user bears: the owner's e-mail, else their own. */
const forOptiUser = (facts: Facts, user: OptiUserRow): Found => ({
  subject: facts.emailOfOpti(user),
  okta_id: facts.personOf(user.opti_user_id)?.okta_user_id ?? null,
  opti_id: user.opti_user_id,
});

const pairOf = (facts: Facts, user: OktaUserRow): UserMatch | undefined =>
  facts.matches.get(user.okta_user_id);

/** Both given, and not the same. */
const isOther = (one: string | null, other: string | null): boolean =>
  fold(one ?? '') !== '' && fold(other ?? '') !== '' && fold(one ?? '') !== fold(other ?? '');

/** What a store user loses with the groups in the way of a push. */
function lossesOf(facts: Facts, user: OptiUserRow): { forGood: boolean; interrupted: boolean } {
  const losses = { forGood: false, interrupted: false };
  const owner = facts.personOf(user.opti_user_id);
  const isSettled = !facts.ambiguousEmails.has(foldEmail(user.email));
  const comesBack = (okta: OktaGroupRow): boolean =>
    isSettled &&
    owner !== undefined &&
    pairOf(facts, owner)?.opti === user &&
    !facts.isEveryone(okta) &&
    facts.expectedMembers(okta).some((member) => member === owner);
  for (const { groups } of facts.pathsOf(user).values()) {
    const taken = facts.taken.filter(({ opti }) => groups.has(opti.opti_group_id));
    if (new Set(taken.map(({ opti }) => opti.opti_group_id)).size < groups.size) continue;
    if (taken.some(({ okta }) => comesBack(okta))) losses.interrupted = true;
    else losses.forGood = true;
  }
  return losses;
}

const BOTH_JOBS: Readonly<Record<string, OracleRule>> = {
  'scim-app-missing': {
    when: 'PD',
    needs: ['okta.apps'],
    judge: (facts) =>
      facts.app === 'missing'
        ? [{ subject: facts.pair.scimApp ?? 'scim2headerauth', okta_id: null, opti_id: null }]
        : [],
  },
  'scim-app-ambiguous': {
    when: 'PD',
    needs: ['okta.apps'],
    judge: (facts) =>
      facts.app === 'ambiguous'
        ? [{ subject: facts.pair.scimApp ?? 'scim2headerauth', okta_id: null, opti_id: null }]
        : [],
  },
  'scim-app-inactive': {
    when: 'PD',
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => scimApp(facts)?.status !== 'ACTIVE'),
  },
  'second-scim-app': {
    when: 'PD',
    needs: ['okta.apps', 'okta.scimApp', ...OTHER_MANAGERS, 'okta.groups', 'optiId.users', 'optiId.groups'],
    judge: (facts) =>
      facts.otherManagers.map(({ app }) => ({ subject: app.label, okta_id: app.okta_app_id, opti_id: null })),
  },
  'assignment-too-wide': {
    when: 'P',
    needs: ['okta.scimApp', 'okta.appGroups', 'okta.groups', 'assigned', 'okta.users', 'optiId.users'],
    judge: onScimApp((facts) => {
      const isForEveryone = facts.pair.rows['okta.appGroups'].some(({ okta_group_id: id }) => {
        const group = facts.oktaGroups.get(id);
        return group !== undefined && facts.isEveryone(group);
      });
      const created = facts
        .assignedUsers()
        .filter((user) => ACTIVE.has(user.status) && facts.hasNoMatch(user)).length;
      return isForEveryone || (created > 50 && created > 3 * facts.optiUsers.size);
    }),
  },
  'sso-and-scim-in-one-app': {
    when: 'PD',
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
    when: 'PD',
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const template = scimApp(facts)?.username_template ?? null;
      if (template === null) return 'skipped';
      return !isPrimaryEmail(template);
    }),
  },
  'username-updates-off': {
    when: 'PD',
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const status = scimApp(facts)?.username_push_status ?? null;
      return status === null || status === 'NOT_CONFIGURED' ? 'skipped' : status === 'DONT_PUSH';
    }),
  },
  'provisioning-connection-off': {
    when: 'PD',
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
    when: 'PD',
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
    when: 'PD',
    needs: ['okta.scimApp', 'okta.logEvents'],
    judge: onScimApp((facts) => {
      const appId = scimApp(facts)?.okta_app_id;
      return (
        appFeature(facts, 'INBOUND_PROVISIONING')?.import_schedule === 'ENABLED' ||
        featuresOf(facts).includes('PROFILE_MASTERING') ||
        facts.pair.rows['okta.logEvents'].some(
          (event) =>
            event.event_type.startsWith('system.import.') &&
            event.targets.some((target) => target.id === appId && target.type === 'AppInstance'),
        )
      );
    }),
  },
  'password-sync-enabled': {
    when: 'PD',
    needs: ['okta.scimApp'],
    judge: onScimApp((facts) => {
      const shown = appFeature(facts, 'USER_PROVISIONING')?.sync_password ?? null;
      if (featuresOf(facts).includes('PUSH_PASSWORD_UPDATES') || shown === 'ENABLED') return true;
      return featuresOf(facts).length === 0 && shown === null ? 'skipped' : false;
    }),
  },
  'attribute-mapped-needlessly': {
    when: 'PD',
    needs: ['okta.scimApp', 'okta.profileMappings'],
    judge: onScimApp((facts) =>
      mappedProperties(facts)
        .flat()
        .some(({ attribute }) => !['userName', 'givenName', 'familyName'].includes(attribute)),
    ),
  },
  'attribute-unmapped': {
    when: 'PD',
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
    when: 'P',
    needs: ['optiId.organizations'],
    judge: (facts) =>
      facts.pair.rows['optiId.organizations'][0]?.provisioning_mode === 'scim'
        ? [forOrganization(facts)]
        : [],
  },
  'scim-connection-unclear': {
    when: 'PD',
    needs: ['optiId.ssoConnections'],
    judge: (facts) => {
      const connections = facts.pair.rows['optiId.ssoConnections'];
      const flagged = connections.filter((row) => row.scim_enabled);
      return connections.length > 1 && flagged.length !== 1 ? [forOrganization(facts)] : [];
    },
  },
  'domain-not-owned': {
    when: 'P',
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
    when: 'P',
    needs: [...PUSH_SCOPE, ...RECORD],
    judge: (facts) => facts.taken.map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'group-name-taken-by-orphan': {
    when: 'P',
    needs: [...PUSH_SCOPE, 'okta.groupPushMappings', ...RECORD],
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) => facts.collisionsWithOrphans().map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'group-name-taken-by-product': {
    when: 'P',
    needs: [...PUSH_SCOPE, 'optiId.groups'],
    judge: (facts) => facts.collisions('product').map(({ okta, opti }) => forGroup(okta, opti)),
  },
  'reserved-group-name': {
    when: 'PD',
    firesInFlight: true,
    needs: PUSH_SCOPE,
    judge: (facts) => facts.pushed.filter(({ name }) => looksReserved(name)).map((group) => forGroup(group)),
  },
  'reserved-group-linked': {
    when: 'PD',
    firesInFlight: true,
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
    when: 'P',
    needs: [...PUSH_SCOPE, 'optiId.groups'],
    judge: (facts) =>
      facts
        .pushedAsGroups()
        .filter(({ name }) => !looksReserved(name))
        .flatMap((okta) =>
          facts.optiGroups
            .filter((opti) => look(opti.name) === look(okta.name) && fold(opti.name) !== fold(okta.name))
            .map((opti) => forGroup(okta, opti)),
        ),
  },
  'group-name-duplicate': {
    when: 'PD',
    needs: PUSH_SCOPE,
    judge: (facts) =>
      [...groupBy(facts.pushed, ({ name }) => fold(name)).values()]
        .filter((groups) => groups.length > 1)
        .flat()
        .map((group) => forGroup(group)),
  },
  'group-name-fragile': {
    when: 'P',
    needs: PUSH_SCOPE,
    judge: (facts) => facts.pushed.filter(({ name }) => isFragile(name)).map((group) => forGroup(group)),
  },
  'group-linked-to-existing': {
    when: 'PD',
    needs: ['okta.groupPushMappings', 'okta.groups', 'optiId.groups'],
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      facts.groupMatches
        .filter((match) => !isReserved(match.opti.name) && facts.isLinkedToExisting(match))
        .flatMap(({ mapping, opti }) => {
          const source = facts.oktaGroups.get(mapping.source_group_id);
          return source ? [forGroup(source, opti)] : [];
        }),
  },

  'group-link-shared': {
    when: 'PD',
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

  'group-makes-team': {
    when: 'PD',
    needs: PUSH_SCOPE,
    judge: (facts) => facts.pushed.filter((group) => facts.isTeam(group)).map((group) => forGroup(group)),
  },
  'group-team-instance-unknown': {
    when: 'PD',
    needs: [...PUSH_SCOPE, 'optiId.productInstances'],
    judge: (facts) =>
      facts.pushed
        .filter((group) => facts.isTeam(group))
        .filter(({ name }) => {
          const id = name.slice(name.lastIndexOf('::') + 2);
          return !facts.pair.rows['optiId.productInstances'].some(
            ({ opti_instance_id, product }) =>
              opti_instance_id === id && PRODUCTS_WITH_TEAMS.includes(product),
          );
        })
        .map((group) => forGroup(group)),
  },

  'group-orphaned': {
    when: 'PD',
    needs: ['okta.groupPushMappings', 'okta.groups', ...RECORD],
    alsoReads: GROUP_EVIDENCE,
    judge: (facts) =>
      facts.optiGroups
        .filter((group) => facts.isOrphan(group) && !isInTheWay(facts, group))
        .map((group) => ({ subject: group.name, okta_id: null, opti_id: group.opti_group_id })),
  },
  'group-push-failed': {
    when: 'PD',
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
    when: 'PD',
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
    when: 'PD',
    needs: [...PUSH_SCOPE, 'okta.groupMembers', 'okta.users', 'assigned'],
    judge: (facts) =>
      facts.pushed
        .filter((group) => !facts.isEveryone(group) && facts.expectedMembers(group).length === 0)
        .map((group) => forGroup(group)),
  },
  'group-count-mismatch': {
    when: 'PD',
    needs: ['optiId.groups', 'optiId.users', 'optiId.groupMembers'],
    judge: (facts) =>
      facts.optiGroups
        .filter((group) => group.user_count !== null && group.user_count !== facts.optiMembers(group).length)
        .map((group) => ({ subject: group.name, okta_id: null, opti_id: group.opti_group_id })),
  },

  'member-loses-group': {
    when: 'P',
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
    when: 'P',
    needs: TAKEN_MEMBERS,
    judge: (facts) =>
      takenWithMembers(facts).flatMap(({ okta, opti }) => {
        const today = new Set(facts.optiMembers(opti).map((user) => user.opti_user_id));
        return facts
          .expectedMembers(okta)
          .filter((user) => !facts.isAmbiguous(user, null))
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
    when: 'PD',
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
              also: facts.groupIds(group),
            })),
        ),
  },
  'member-staged': {
    when: 'PD',
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
              also: facts.groupIds(group),
            })),
        ),
  },
  'collaborator-in-pushed-group': {
    when: 'P',
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
    when: 'PD',
    needs: ['provisionedUsers', 'okta.users'],
    judge: (facts) =>
      [...facts.oktaUsers.values()]
        .filter((user) => facts.usernameDiffers(user))
        .map((user) => forUser(facts, user, facts.matches.get(user.okta_user_id)?.opti ?? null)),
  },
  'user-match-ambiguous': {
    when: 'PD',
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      [...facts.ambiguousEmails].map((email) => ({
        subject: email,
        okta_id: null,
        opti_id: null,
        also: facts.idsBehind(email),
      })),
  },
  'user-email-case': {
    when: 'P',
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
    when: 'P',
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      facts
        .assignedUsers()
        .flatMap((user) => facts.aliasesOf(user).map((opti) => forUser(facts, user, opti))),
  },
  'user-domain-changed': {
    when: 'P',
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      facts.assignedUsers().flatMap((user) => facts.movedOf(user).map((opti) => forUser(facts, user, opti))),
  },
  'user-known-by-login': {
    when: 'P',
    needs: STORE_TO_OKTA,
    alsoReads: ['okta.ssoAppUsers'],
    judge: (facts) =>
      facts
        .assignedUsers()
        .flatMap((user) => facts.knownByLogin(user).map((opti) => forUser(facts, user, opti))),
  },
  'take-over-of-another': {
    when: 'P',
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      facts.assignedUsers().flatMap((user) => {
        const pair = pairOf(facts, user);
        return pair?.tie === 3 &&
          isOther(user.first_name, pair.opti.first_name) &&
          isOther(user.last_name, pair.opti.last_name)
          ? [forUser(facts, user, pair.opti)]
          : [];
      }),
  },
  'person-outside-scim-assigned': {
    when: 'PD',
    needs: STORE_TO_OKTA,
    judge: (facts) =>
      facts.assignedUsers().flatMap((user) => {
        const opti = pairOf(facts, user)?.opti;
        return opti && facts.isOutsider(opti) ? [forUser(facts, user, opti)] : [];
      }),
  },
  'user-in-other-organization': {
    when: 'PD',
    needs: [...STORE_TO_OKTA, 'optiId.otherOrganizationUsers'],
    judge: (facts) => {
      const elsewhere = new Set(
        facts.pair.rows['optiId.otherOrganizationUsers'].map(({ email }) => foldEmail(email)),
      );
      return facts
        .assignedUsers()
        .filter(
          (user) => user.email !== null && facts.hasNoMatch(user) && elsewhere.has(foldEmail(user.email)),
        )
        .map((user) => forUser(facts, user));
    },
  },
  'user-name-missing': {
    when: 'PD',
    needs: ['assigned', 'okta.users'],
    judge: (facts) =>
      facts
        .assignedUsers()
        .filter((user) => [user.first_name, user.last_name].some((name) => (name ?? '').trim() === ''))
        .map((user) => forUser(facts, user)),
  },
  'user-invitation-pending': {
    when: 'P',
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
    when: 'P',
    needs: [...STORE_TO_OKTA, 'optiId.groupMembers', 'optiId.ssoConnections'],
    alsoReads: ['okta.suspendedUsers', 'okta.ssoAppUsers', ...OTHER_MANAGERS],
    judge: (facts) => {
      const domains = facts.scimDomains();
      const named = new Set(
        facts
          .assignedUsers()
          .flatMap((user) => [...facts.aliasesOf(user), ...facts.movedOf(user), ...facts.knownByLogin(user)]),
      );
      return [...facts.optiUsers.values()]
        .filter((user) => {
          const owner = facts.personOf(user.opti_user_id);
          return (
            domains.has(domainOf(user.email) ?? '') &&
            !facts.isOutsider(user) &&
            !facts.isOwnedByAssigned(user.opti_user_id) &&
            !facts.ambiguousEmails.has(foldEmail(user.email)) &&
            !named.has(user) &&
            !facts.managedElsewhere.has(user.opti_user_id) &&
            !(owner && facts.isSuspendedActive(owner))
          );
        })
        .map((user) => forOptiUser(facts, user));
    },
  },
  'suspended-user-active': {
    when: 'PD',
    needs: ['okta.users', 'okta.suspendedUsers', 'optiId.users', 'optiId.groupMembers'],
    alsoReads: ['assigned'],
    judge: (facts) =>
      [...facts.oktaUsers.values()]
        .filter((user) => facts.isSuspendedActive(user))
        .map((user) => forUser(facts, user, facts.matches.get(user.okta_user_id)?.opti ?? null)),
  },

  'last-super-admin-at-risk': {
    when: 'PD',
    needs: SUPER_ADMIN,
    alsoReads: [...PUSH_SCOPE, 'okta.groupPushMappings', ...GROUP_EVIDENCE],
    judge: (facts) => (facts.survivingSuperAdmins().length === 0 ? [forOrganization(facts)] : []),
  },
  'break-glass-admin-missing': {
    when: 'PD',
    needs: SUPER_ADMIN,
    alsoReads: [...PUSH_SCOPE, 'okta.groupPushMappings', ...GROUP_EVIDENCE],
    judge: (facts) => {
      const admins = facts.survivingSuperAdmins();
      const breaksGlass = (user: OptiUserRow): boolean =>
        facts.isOutsider(user) &&
        !facts.isOwnedByAssigned(user.opti_user_id) &&
        !facts.rivals.has(user.opti_user_id);
      return admins.length > 0 && !admins.some(breaksGlass) ? [forOrganization(facts)] : [];
    },
  },
  'access-lost-with-group': {
    when: 'P',
    needs: [...ACCESS, ...PUSH_SCOPE, 'okta.groupMembers', 'okta.users', 'assigned'],
    judge: (facts) =>
      [...facts.optiUsers.values()]
        .filter((user) => lossesOf(facts, user).forGood)
        .map((user) => forOptiUser(facts, user)),
  },
  'access-interrupted': {
    when: 'P',
    needs: [...ACCESS, ...PUSH_SCOPE, 'okta.groupMembers', 'okta.users', 'assigned'],
    judge: (facts) =>
      [...facts.optiUsers.values()]
        .filter((user) => lossesOf(facts, user).interrupted)
        .map((user) => forOptiUser(facts, user)),
  },
  'admin-role-on-taken-group': {
    when: 'P',
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
    when: 'PD',
    needs: [...ACCESS, 'okta.groupPushMappings', 'okta.groups'],
    alsoReads: GROUP_EVIDENCE,
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
        .map((user) => forOptiUser(facts, user));
    },
  },
};

const RULES: Readonly<Record<string, OracleRule>> = { ...BOTH_JOBS, ...DRIFT_RULES };

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
    case 'baseline': {
      const { baseline } = facts.pair.memory;
      return baseline === null ? 'skipped' : baseline.grants === null ? 'unknown' : 'complete';
    }
    case 'accounts': {
      const { baseline } = facts.pair.memory;
      return baseline === null ? 'skipped' : baseline.accounts == null ? 'unknown' : 'complete';
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

/** The section Configuration of the catalogue, and what speaks of the app itself. */
const JUDGED_OF_INACTIVE_APP = new Set([
  'scim-app-missing',
  'scim-app-ambiguous',
  'scim-app-inactive',
  'second-scim-app',
  'assignment-too-wide',
  'sso-and-scim-in-one-app',
  'username-format-not-email',
  'username-updates-off',
  'scim-base-url-unexpected',
  'create-users-off',
  'update-attributes-off',
  'deactivate-users-off',
  'import-enabled',
  'password-sync-enabled',
  'attribute-mapped-needlessly',
  'attribute-unmapped',
  'jit-still-on',
  'scim-already-on',
  'scim-connection-unclear',
  'scim-credentials-rejected',
]);

/** One cause, one finding: an inactive app provisions nobody and nothing. */
function isCausedByInactiveApp(facts: Facts, id: string): boolean {
  const app = scimApp(facts);
  return app !== undefined && app.status !== 'ACTIVE' && !JUDGED_OF_INACTIVE_APP.has(id);
}

function isOf(rule: OracleRule, job: Job): boolean {
  return rule.when.includes(job === 'precutover' ? 'P' : 'D');
}

/** The rules of a job that the oracle has. */
export function rulesOf(job: Job): string[] {
  return Object.entries(RULES).flatMap(([id, rule]) => (isOf(rule, job) ? [id] : []));
}

/** A finding on what is in flight is none yet. */
function waits(facts: Facts, { okta_id, opti_id, also = [] }: Found): boolean {
  return [okta_id, opti_id, ...also].some(
    (id) => id != null && (facts.usersInFlight.has(id) || facts.groupsInFlight.has(id)),
  );
}

/** What the report of a job must hold for an org pair. */
export function expectReport(pair: OrgPair, job: Job): ExpectedReport {
  const facts = new Facts(pair, job);
  const findings: ExpectedFinding[] = [];
  const outcomes: Record<string, ExpectedOutcome> = {};
  for (const [id, rule] of Object.entries(RULES)) {
    if (!isOf(rule, job)) continue;
    const state = isCausedByInactiveApp(facts, id) ? 'skipped' : readiness(facts, rule);
    const found = state === 'ready' ? rule.judge(facts) : state;
    if (typeof found === 'string') outcomes[id] = found;
    else {
      const settled = found.filter((finding) => rule.firesInFlight || !waits(facts, finding));
      outcomes[id] = settled.length > 0 ? 'fail' : 'pass';
      for (const { also: _also, ...finding } of settled) findings.push({ rule: id, ...finding });
    }
  }
  return { findings, outcomes, groups: expectGroups(facts), users: expectUsers(facts) };
}

function expectGroups(facts: Facts): ExpectedGroup[] {
  const mappings = facts.pair.rows['okta.groupPushMappings'];
  const isUnknown = (
    ['okta.groups', 'okta.pushScope', 'okta.groupPushMappings', 'optiId.groups'] as const
  ).some((name) => stateOfNeed(facts, name) === 'unknown');
  // What names a group is certain; that nothing does is not, while its people are not known.
  const isEvidenceUnknown = GROUP_EVIDENCE.some((name) => stateOfNeed(facts, name) === 'unknown');
  // A situation that a rule decides is what the rule may say.
  const says = (id: string): 'ready' | 'unknown' | 'skipped' => {
    const rule = RULES[id];
    if (rule === undefined || !isOf(rule, facts.job) || isCausedByInactiveApp(facts, id)) return 'skipped';
    return readiness(facts, rule);
  };
  // What stands in the way of a push is a matter of the time before the cutover.
  const products = facts.job === 'precutover' ? facts.collisions('product') : [];
  const orphansInTheWay = facts.job === 'precutover' ? facts.collisionsWithOrphans() : [];
  const isInFlight = (okta?: string, opti?: string): boolean =>
    okta === undefined ? facts.groupsInFlight.has(opti ?? '') : facts.sourcesInFlight.has(okta);
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
    // A link into a store group that is in flight is not judged yet.
    const isSettled = ({ source_group_id: source }: GroupPushMappingRow, opti?: OptiGroupRow): boolean =>
      ![source, opti?.opti_group_id].some((id) => id !== undefined && facts.groupsInFlight.has(id));
    const isShared = [
      ...mappings.filter((row) => row.source_group_id === oktaGroupId),
      ...links.map((link) => link.mapping),
    ].some(
      (mapping) =>
        facts.isShared(mapping) &&
        isSettled(mapping, facts.groupMatches.find((one) => one.mapping === mapping)?.opti),
    );
    if (isUnknown) return 'UNKNOWN';
    const isNamedReserved = okta && facts.scope.has(okta.okta_group_id) && looksReserved(okta.name);
    if (isNamedReserved && says('reserved-group-name') === 'ready') return 'RESERVED';
    const isReservedLink =
      links.some(({ mapping }) => facts.isReservedLink(mapping)) ||
      mappings.some((row) => row.source_group_id === oktaGroupId && facts.isReservedLink(row));
    if (isReservedLink && says('reserved-group-linked') === 'ready') return 'RESERVED';
    if (isInFlight(oktaGroupId, optiGroupId)) return 'IN_FLIGHT';
    const inTheWay = [
      ...(fires(facts.taken, oktaGroupId, optiGroupId) ? [says('group-name-taken')] : []),
      ...(fires(orphansInTheWay, oktaGroupId, optiGroupId) ? [says('group-name-taken-by-orphan')] : []),
    ];
    if (inTheWay.includes('unknown')) return 'UNKNOWN';
    if (inTheWay.includes('ready')) return 'DELETE_FIRST';
    if (fires(products, oktaGroupId, optiGroupId) && says('group-name-taken-by-product') === 'ready')
      return 'RENAME_FIRST';
    const isLinked = links.some(
      (link) => facts.isLinkedToExisting(link) && isSettled(link.mapping, link.opti),
    );
    if (isShared && says('group-link-shared') === 'ready') return 'LINKED';
    if (isLinked && says('group-linked-to-existing') === 'ready') return 'LINKED';
    if (okta && facts.isTeam(okta)) return 'TEAM';
    return rest();
  };
  // Each Okta group with its partner: the store group that its push made, else the one in its way.
  const partners: { okta: OktaGroupRow; opti: OptiGroupRow; isManaged: boolean }[] = [];
  const inScope = [...new Set([...facts.scope, ...mappings.map((row) => row.source_group_id)])].flatMap(
    (id) => facts.oktaGroups.get(id) ?? [],
  );
  for (const okta of inScope) {
    const match = facts.groupMatches.find((one) => one.mapping.source_group_id === okta.okta_group_id);
    const inTheWay = facts.isTeam(okta)
      ? []
      : facts.optiGroups.filter((group) => fold(group.name) === fold(okta.name));
    const least = (isWanted: (group: OptiGroupRow) => boolean) =>
      smallest(inTheWay.filter(isWanted), (row) => row.opti_group_id);
    const opti =
      match?.opti ??
      least((group) => isReserved(group.name)) ??
      least((group) => group.group_type === 'custom') ??
      least((group) => group.group_type === 'product') ??
      least((group) => orphansInTheWay.some(({ opti }) => opti === group));
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
      if (mapping && !partner?.isManaged && isEvidenceUnknown) return 'UNKNOWN';
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
        if (facts.managedElsewhere.has(group.opti_group_id)) return 'MANAGED_ELSEWHERE';
        const orphaned = says('group-orphaned');
        if (!isOrphan || orphaned === 'skipped') return 'LEFT_ALONE';
        return orphaned === 'ready' ? 'ORPHANED' : 'UNKNOWN';
      }),
      okta_group_id: null,
      opti_group_id: group.opti_group_id,
    });
  }
  return groups;
}

function isReady(facts: Facts, id: string): boolean {
  const rule = RULES[id];
  if (rule === undefined || !isOf(rule, facts.job) || isCausedByInactiveApp(facts, id)) return false;
  return readiness(facts, rule) === 'ready';
}

/** Its name or e-mail is no longer that of Okta. */
function hasDrifted(facts: Facts, match: UserMatch | undefined): boolean {
  return (
    isReady(facts, 'user-name-drifted') &&
    match?.by === 'id' &&
    (isNameDrifted(match.okta, match.opti) || isEmailDrifted(match.okta, match.opti))
  );
}

/** Of an app that is not active the rule says nothing. */
const hasOtherUserName = (facts: Facts, okta: OktaUserRow): boolean =>
  isReady(facts, 'username-differs-from-email') && facts.usernameDiffers(okta);

function expectUsers(facts: Facts): ExpectedUser[] {
  const isUnknown =
    facts.assigned.state === 'unknown' ||
    (
      [
        'okta.users',
        'okta.suspendedUsers',
        'optiId.users',
        'optiId.ssoConnections',
        'okta.assignmentChecks',
        ...OTHER_MANAGERS,
      ] as const
    ).some((name) => facts.stateOf(name) === 'unknown');
  const users: ExpectedUser[] = [];
  const paired = new Set<string>();
  for (const okta of facts.assignedUsers()) {
    const match = facts.matches.get(okta.okta_user_id);
    if (match) paired.add(match.opti.opti_user_id);
    let situation = facts.job === 'precutover' ? 'CREATE' : 'MISSING';
    if (isUnknown) situation = 'UNKNOWN';
    else if (facts.usersInFlight.has(okta.okta_user_id)) situation = 'IN_FLIGHT';
    else if (match && facts.isOutsider(match.opti)) situation = 'COLLABORATOR';
    else if (facts.isAmbiguous(okta, match?.opti ?? null)) situation = 'AMBIGUOUS';
    else if (isReady(facts, 'suspended-user-active') && facts.isSuspendedActive(okta))
      situation = 'SUSPENDED';
    else if (hasOtherUserName(facts, okta) || hasDrifted(facts, match)) situation = 'MISMATCH';
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
    const match = facts.owners.get(user.opti_user_id);
    const isStoreOnly = !facts.isOwnedByAssigned(user.opti_user_id);
    // Rules speak of the owner by their main account.
    const main = match && facts.matches.get(match.okta.okta_user_id)?.opti === user ? match : undefined;
    let situation = facts.job === 'precutover' ? 'UNMANAGED' : 'LEFT_BEHIND';
    const isSuspended =
      isReady(facts, 'suspended-user-active') && main !== undefined && facts.isSuspendedActive(main.okta);
    const isInDomain = domains.has(domainOf(user.email) ?? '');
    if (isUnknown) situation = 'UNKNOWN';
    else if (facts.usersInFlight.has(user.opti_user_id)) situation = 'IN_FLIGHT';
    else if (facts.isOutsider(user)) situation = 'COLLABORATOR';
    else if (isStoreOnly && !isSuspended && !isInDomain) situation = 'OUT_OF_SCOPE';
    else if (isStoreOnly && facts.managedElsewhere.has(user.opti_user_id)) situation = 'MANAGED_ELSEWHERE';
    else if (facts.isAmbiguous(null, user)) situation = 'AMBIGUOUS';
    else if (isSuspended) situation = 'SUSPENDED';
    else if (hasDrifted(facts, main)) situation = 'MISMATCH';
    // A second account of somebody who is assigned.
    else if (!isStoreOnly) situation = match?.by === 'id' ? 'MANAGED' : 'TAKE_OVER';
    users.push({
      situation,
      okta_user_id: match?.okta.okta_user_id ?? null,
      opti_user_id: user.opti_user_id,
    });
  }
  return users;
}
