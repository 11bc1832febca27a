import { sqlList } from '../analysis/derived/table.ts';
import { bound, fixed, joined, type Statement } from '../analysis/engine/statement.ts';
import { DATASETS, type DatasetName, type DatasetRow, snapshotTable } from '../domain/dataset.ts';
import { SCIM_APP_NAME, UNASSIGNED_APP_USER_STATUSES } from '../domain/okta.ts';
import type { Effect, PlanRecord } from '../domain/plan.ts';

type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

/** A kind of action: what it does, whatever step does it. */
interface Action<Kind extends Effect['kind']> {
  /** What must be there for it, what is there after it, and what is not: the order of steps follows from these. */
  reads?(effect: EffectOf<Kind>): readonly string[];
  makes?(effect: EffectOf<Kind>): readonly string[];
  removes?(effect: EffectOf<Kind>): readonly string[];
  /** It takes something away: access, an account, or what either hangs on. */
  takes?: true;
  /** What it does is not taken back with a click, or hands people over to Okta. */
  isHarmful?: true;
  /** How to go back; of what is gone, what can be given back and from which record. */
  undo: string;
  /** Derived tables that the simulation reads for it. */
  needs?: string;
  /** Datasets that are known once it is done. */
  completes?: readonly DatasetName[];
  /** What all actions of the kind in a phase do to the datasets. */
  simulate(effects: readonly [EffectOf<Kind>, ...EffectOf<Kind>[]]): readonly Statement[];
}

/** Datasets that there are once there is a SCIM app. */
const APP_DATASETS: readonly DatasetName[] = [
  'okta.scimApp',
  'okta.profileMappings',
  'okta.appUsers',
  'okta.appGroups',
  'okta.groupPushMappings',
  'okta.logEvents',
];

/** What a setting of the SCIM app is among its features, and where its switch stands. */
const OPTIONS = {
  create_users: { feature: 'PUSH_NEW_USERS', of: 'USER_PROVISIONING', column: 'create_users' },
  update_attributes: {
    feature: 'PUSH_PROFILE_UPDATES',
    of: 'USER_PROVISIONING',
    column: 'update_attributes',
  },
  deactivate_users: {
    feature: 'PUSH_USER_DEACTIVATION',
    of: 'USER_PROVISIONING',
    column: 'deactivate_users',
  },
  sync_password: { feature: 'PUSH_PASSWORD_UPDATES', of: 'USER_PROVISIONING', column: 'sync_password' },
  import: { feature: 'PROFILE_MASTERING', of: 'INBOUND_PROVISIONING', column: 'import_schedule' },
} as const;

/** Features by which an app provisions users. */
const PROVISIONING = [OPTIONS.create_users, OPTIONS.update_attributes, OPTIONS.deactivate_users].map(
  ({ feature }) => feature,
);

/** What stands for a name that the plan asks a person to fill in. */
const FILLED_IN = 'to be filled in';

/** Tables of Okta users: those who are suspended may stand in one of their own. */
const PROFILES = ['okta_users', 'okta_suspended_users'];

/** Both names mapped on create and update, in each mapping; and a template for the user name. */
const MAP_NAMES = [
  bound`update snapshot.okta_scim_app set username_template = '\${source.email}' where username_template is null`,
  bound`insert into snapshot.okta_profile_mappings by name
   select 'predicted:mapping' as okta_mapping_id, 'user' as source_id, okta_app_id as target_id,
     [] as properties
   from snapshot.okta_scim_app
   where not exists (select 1 from snapshot.okta_profile_mappings)`,
  bound`update snapshot.okta_profile_mappings
   set properties = list_concat(
     list_filter(properties, lambda p: p.attribute not in ('givenName', 'familyName')),
     [{attribute: 'givenName', expression: 'user.firstName', push_status: 'PUSH'},
      {attribute: 'familyName', expression: 'user.lastName', push_status: 'PUSH'}])`,
];

/** What `bringPeople` reads of the derived tables. */
const PEOPLE_TABLES = 'app_user okta_user opti_user user_pair';

/** Of a group of the store, by whom ever. */
const DELETION = {
  reads: ({ opti_group_id }: { opti_group_id: string }) => [`record of ${opti_group_id}`],
  removes: ({ opti_group_id }: { opti_group_id: string }) => [`group ${opti_group_id}`],
  takes: true,
  undo: 'The group is gone. While nothing of its name has been pushed, make a custom group of the name with the members and the roles of its record. Afterwards give the pushed group what the record grants; whoever the push does not bring gets it through a custom group of another name.',
} as const;

/**
 * What people do to the two systems, kind by kind, in the order in which those of one phase are done to the copy.
 * Everybody who is taken away is taken before anybody is sent, and everybody is sent before groups are pushed.
 */
export const ACTIONS: { readonly [Kind in Effect['kind']]: Action<Kind> } = {
  add_scim_app: {
    undo: 'Deactivate the app and delete it, while nobody is assigned to it.',
    completes: APP_DATASETS,
    simulate: (effects) =>
      effects.flatMap(({ okta_app_id, label }) => {
        const app = {
          okta_app_id,
          name: SCIM_APP_NAME,
          label,
          status: 'ACTIVE',
          sign_on_mode: 'SAML_2_0',
          features: ['GROUP_PUSH', ...PROVISIONING],
        };
        return [
          bound`delete from snapshot.okta_apps where okta_app_id = ${okta_app_id}`,
          insertRow('okta.apps', app),
          bound`delete from snapshot.okta_scim_app`,
          insertRow('okta.scimApp', {
            ...app,
            username_template: '${source.email}',
            username_template_type: 'BUILT_IN',
            username_push_status: 'PUSH',
          }),
          bound`delete from snapshot.okta_profile_mappings`,
          ...MAP_NAMES,
        ];
      }),
  },
  set_scim_app: {
    undo: 'Put the setting back: configuration.csv has what it was.',
    simulate: (effects) => {
      const changes = Object.assign({}, ...effects.map((effect) => effect.changes));
      return [
        update('okta_scim_app', changes),
        ...(changes.status === undefined
          ? []
          : [
              bound`${update('okta_apps', { status: changes.status })}
               where okta_app_id in (select okta_app_id from snapshot.okta_scim_app)`,
            ]),
      ];
    },
  },
  stop_sso_provisioning: {
    undo: 'Switch provisioning on again in the SSO app.',
    simulate: () => [
      bound`update snapshot.okta_sso_app
       set features = list_filter(features, lambda f: f not in ${fixed(sqlList(PROVISIONING))})`,
    ],
  },
  set_app_option: {
    undo: 'Put the switch back: configuration.csv has what it was.',
    simulate: (effects) => {
      const on = effects.filter((effect) => effect.on).map(({ option }) => OPTIONS[option].feature);
      const all = effects.map(({ option }) => OPTIONS[option].feature);
      const switches = (place: string) => {
        const those = effects.filter(({ option }) => OPTIONS[option].of === place);
        const changes = those.map((effect) => [
          OPTIONS[effect.option].column,
          effect.on ? 'ENABLED' : 'DISABLED',
        ]);
        return those.length === 0
          ? []
          : [update('okta_app_features', Object.fromEntries(changes), { name: place })];
      };
      return [
        bound`update snapshot.okta_scim_app
         set features = list_concat(list_filter(features, lambda f: not list_contains(${all}, f)), ${on})`,
        ...switches('USER_PROVISIONING'),
        ...switches('INBOUND_PROVISIONING'),
      ];
    },
  },
  set_connection: {
    reads: () => ['SCIM'],
    makes: () => ['connection'],
    undo: 'Switch the API integration off: Okta sends nothing then, and what it has sent stays.',
    completes: ['okta.provisioningConnection'],
    simulate: ([{ base_url }]) => [
      bound`delete from snapshot.okta_provisioning_connection`,
      insertRow('okta.provisioningConnection', { status: 'ENABLED', auth_scheme: null, base_url }),
    ],
  },
  map_names: {
    undo: 'Take the two mappings off again.',
    simulate: () => MAP_NAMES,
  },
  unmap_attributes: {
    undo: 'Map the attributes again: findings.csv lists them.',
    simulate: (effects) => [
      bound`update snapshot.okta_profile_mappings
       set properties = list_filter(properties, lambda p: not list_contains(${effects.flatMap(({ attributes }) => attributes)}, p.attribute))`,
    ],
  },
  rename_okta_group: {
    undo: 'Give the group its old name again: this plan has it. Not once it is pushed.',
    simulate: (effects) => [setEach('okta_groups', effects, 'okta_group_id', 'name')],
  },
  leave_out_of_push: {
    undo: 'Name the group in AUDIT_PUSH_GROUPS again, and activate its push.',
    simulate: (effects) => [
      bound`delete from snapshot.okta_push_scope where okta_group_id in ${oktaGroups(effects)}`,
      pausePush(effects),
    ],
  },
  pause_push: {
    undo: 'Activate the push again, once Optimizely Support says so.',
    simulate: (effects) => [pausePush(effects)],
  },
  remove_push: {
    removes: ({ okta_group_id }) => [`push ${okta_group_id}`],
    takes: true,
    undo: 'The push and the group that it made are gone. Push the group by name (Create Group), and give it what its record grants.',
    simulate: (effects) => removePush(oktaGroups(effects)),
  },
  stop_assigning_by_group: {
    takes: true,
    undo: 'Assign the group to the app again.',
    simulate: (effects) => [
      bound`delete from snapshot.okta_app_groups where okta_group_id in ${oktaGroups(effects)}`,
    ],
  },
  activate_users: {
    undo: 'Suspend whoever must not be active yet: nobody goes back to STAGED.',
    simulate: (effects) => [update('okta_users', { status: 'ACTIVE' }, { okta_user_id: people(effects) })],
  },
  fill_names: {
    undo: 'Put the profile back: findings.csv names the people.',
    simulate: (effects) => {
      const filled = (name: string) =>
        bound`${fixed(name)} = if(is_blank(coalesce(${fixed(name)}, '')), ${FILLED_IN}, ${fixed(name)})`;
      return PROFILES.map(
        (table) =>
          bound`update ${fixed(`snapshot.${table}`)} set ${filled('first_name')}, ${filled('last_name')}
           where okta_user_id in ${textList(people(effects))}`,
      );
    },
  },
  set_email: {
    undo: 'Write the earlier e-mail into the profile again: users.csv has it.',
    simulate: (effects) => PROFILES.map((table) => setEach(table, effects, 'okta_user_id', 'email')),
  },
  set_user_name: {
    undo: 'Write the earlier user name into the assignment again: findings.csv has it.',
    simulate: (effects) => [setEach('okta_app_users', effects, 'okta_user_id', 'user_name')],
  },
  // Where nobody is assigned to the SCIM app, the SSO app's assignments stand in for it.
  unassign_users: {
    takes: true,
    undo: 'Assign them again.',
    simulate: (effects) => [
      bound`delete from snapshot.okta_sso_app_users where okta_user_id in ${textList(people(effects))}
       and not exists (select 1 from snapshot.okta_app_users
         where status not in ${fixed(sqlList(UNASSIGNED_APP_USER_STATUSES))})`,
      bound`delete from snapshot.okta_app_users where okta_user_id in ${textList(people(effects))}`,
    ],
  },
  delete_opti_user: {
    reads: ({ opti_user_id }) => [`record of ${opti_user_id}`],
    removes: ({ opti_user_id }) => [`user ${opti_user_id}`],
    takes: true,
    undo: 'The account is gone. Whoever comes back is assigned, or invited, and gets another account: give it the groups and the roles of the record of the user.',
    simulate: (effects) => {
      const ids = effects.map(({ opti_user_id }) => opti_user_id);
      const memberships = bound`from snapshot.opti_id_group_members where opti_user_no in ${numberList(ids)}`;
      return keepCounts(
        bound`select opti_group_no ${memberships}`,
        bound`delete ${memberships}`,
        bound`delete from snapshot.opti_id_users where opti_user_id in ${textList(ids)}`,
      );
    },
  },
  assign_users: {
    reads: () => ['SCIM'],
    makes: () => ['assignment'],
    undo: 'Do not unassign them: once SCIM is on, that deletes their accounts. Take them out of the pushed groups instead.',
    simulate: (effects) => [
      bound`delete from snapshot.okta_app_users where okta_user_id in ${textList(people(effects))}
       and status in ${fixed(sqlList(UNASSIGNED_APP_USER_STATUSES))}`,
      bound`insert into snapshot.okta_app_users by name
       select okta_user_id, 'ACTIVE' as status, 'GROUP' as scope, coalesce(email, login) as user_name,
         (select began from audit_context) as created
       from snapshot.okta_users
       where okta_user_id in ${textList(people(effects))}
         and okta_user_id not in (select okta_user_id from snapshot.okta_app_users)`,
    ],
  },
  set_provisioning_mode: {
    makes: () => ['SCIM'],
    isHarmful: true,
    undo: 'Only Optimizely Support can put the organization back on JIT. What was deleted before does not come back with it.',
    simulate: ([{ mode }]) => [
      update('opti_id_organizations', { provisioning_mode: mode }),
      bound`update snapshot.opti_id_sso_connections set scim_enabled = true
       where (select count(*) from snapshot.opti_id_sso_connections) = 1`,
    ],
  },
  /** Okta takes over whom it finds and creates the others: everybody assigned and active. */
  provision_users: {
    reads: () => ['SCIM', 'connection', 'assignment'],
    makes: () => ['people'],
    isHarmful: true,
    undo: 'Accounts that Okta has taken over stay in its hands: ask Optimizely Support to take one out. Unassign nobody.',
    needs: PEOPLE_TABLES,
    simulate: (effects) => [
      ...bringPeople(bound`not in ${textList(effects.flatMap((each) => each.except_okta_user_ids))}`),
      bound`update snapshot.okta_app_users as app
       set external_id = sent.opti_user_id, sync_state = 'SYNCHRONIZED'
       from sent where sent.okta_user_id = app.okta_user_id`,
    ],
  },
  /**
   * Okta sends people as they are: whoever has no store user gets one or is taken over. Opti ID's reference says that
   * an update does not change an e-mail. Nothing goes out about who is not active.
   */
  send_users: {
    isHarmful: true,
    undo: 'Correct the profile in Okta, and let Okta send it again. Unassign nobody.',
    needs: PEOPLE_TABLES,
    simulate: (effects) => [
      ...bringPeople(bound`in ${textList(people(effects))}`),
      bound`update snapshot.okta_app_users as app
       set external_id = coalesce(sent.opti_user_id, app.external_id), sync_state = 'SYNCHRONIZED'
       from ${given(
         people(effects).map((okta_user_id) => ({ okta_user_id })),
         'okta_user_id',
       )} as given
       left join sent using (okta_user_id)
       where given.okta_user_id = app.okta_user_id`,
    ],
  },
  remove_okta_members: {
    takes: true,
    undo: 'Put them into the Okta group again: this plan names them.',
    simulate: (effects) => [
      bound`delete from snapshot.okta_group_members as member
       using ${given(
         effects.flatMap(({ okta_group_id, okta_user_ids }) =>
           okta_user_ids.map((okta_user_id) => ({ okta_group_id, okta_user_id })),
         ),
         'okta_group_id',
         'okta_user_id',
       )} as given
       where member.okta_group_no = id_no(given.okta_group_id) and member.okta_user_no = id_no(given.okta_user_id)`,
    ],
  },
  create_opti_group: {
    makes: ({ opti_group_id }) => [`group ${opti_group_id}`],
    undo: 'Delete the group that was made, once its people have what it gives through the group that they came from.',
    simulate: (effects) => [
      bound`insert into snapshot.opti_id_groups by name
       select given.opti_group_id, given.name, 'custom' as group_type, began as created_at, began as modified_at
       from ${given(effects, 'opti_group_id', 'name')} as given, audit_context`,
      ...addMembers(effects),
      ...grant(effects),
    ],
  },
  rename_opti_group: {
    undo: 'Give the group its old name again: this plan has it.',
    simulate: (effects) => [setEach('opti_id_groups', effects, 'opti_group_id', 'name')],
  },
  /**
   * The mappings, their targets in Okta, and internal store groups that are younger than the mappings; a team is no
   * group of the store. Okta sends whom it has provisioned.
   */
  push_group: {
    reads: () => ['people'],
    makes: ({ okta_group_id, opti_group_id }) => [`push ${okta_group_id}`, `group ${opti_group_id}`],
    isHarmful: true,
    undo: 'Unlink the group with Delete the group in the target app. Its people reach nothing through it then: give them what its record grants through a group made by hand, of another name.',
    needs: 'expected_member user_pair',
    simulate: (effects) => [
      remember('push', effects, 'okta_group_id', 'opti_group_id'),
      ...removePush(fixed('(select okta_group_id from push)')),
      bound`insert into snapshot.okta_groups by name
       select 'predicted:target:' || okta_group_id as okta_group_id, name, 'APP_GROUP' as type,
         (select min(okta_app_id) from snapshot.okta_scim_app) as source_app_id,
         case when not contains(name, '::') then opti_group_id end as external_id
       from push join snapshot.okta_groups using (okta_group_id)`,
      bound`insert into snapshot.okta_group_push_mappings by name
       select 'predicted:mapping:' || okta_group_id as okta_mapping_id, okta_group_id as source_group_id,
         'predicted:target:' || okta_group_id as target_group_id, 'ACTIVE' as status, began as created,
         began as last_updated, began as last_push
       from push, audit_context`,
      bound`insert into snapshot.opti_id_groups by name
       select opti_group_id, name, 'internal' as group_type,
         (select began + interval 1 second from audit_context) as created_at
       from push join snapshot.okta_groups using (okta_group_id)
       where not contains(name, '::')`,
      bound`insert into snapshot.opti_id_group_members
       select distinct id_no(push.opti_group_id), user_pair.opti_user_no
       from push
       semi join snapshot.opti_id_groups using (opti_group_id)
       join expected_member on expected_member.okta_group_no = id_no(push.okta_group_id)
       join user_pair using (okta_user_no)
       where user_pair.matched_by_id`,
    ],
  },
  /**
   * Name and members as Okta has them, into the store groups that the pushes made; where two lead to one, the last. Okta
   * sends whom it has provisioned; that it takes out people whom it does not manage is not certain, so those stay.
   */
  push_again: {
    takes: true,
    undo: 'Put whoever the push took out into the Okta group, assigned, and push it again: memberships.csv names them.',
    needs: 'group_pair membership_change expected_member user_pair',
    simulate: (effects) => [
      remember(
        'push',
        effects.map(({ okta_group_id }, index) => ({ okta_group_id, place: String(index).padStart(9, '0') })),
        'okta_group_id',
        'place',
      ),
      bound`update snapshot.okta_group_push_mappings set status = 'ACTIVE', error_summary = null
       where source_group_id in ${oktaGroups(effects.filter(({ activate }) => activate))}`,
      bound`create or replace temp table pushed_pair as
       select okta_mapping_id, mapping.source_group_id as okta_group_id, mapping.target_group_id,
         group_pair.opti_group_id, id_no(group_pair.opti_group_id) as opti_group_no,
         row_number() over (partition by group_pair.opti_group_id order by place desc, okta_mapping_id) = 1 as is_last
       from group_pair
       join snapshot.okta_group_push_mappings as mapping using (okta_mapping_id)
       join push on push.okta_group_id = mapping.source_group_id
       where mapping.status = 'ACTIVE'`,
      bound`update snapshot.okta_group_push_mappings set last_push = (select began from audit_context)
       where source_group_id in (select okta_group_id from push) and status = 'ACTIVE'`,
      bound`update snapshot.okta_groups as target set name = source.name
       from pushed_pair join snapshot.okta_groups as source using (okta_group_id)
       where target.okta_group_id = pushed_pair.target_group_id`,
      bound`update snapshot.opti_id_groups as pushed set name = source.name
       from pushed_pair join snapshot.okta_groups as source using (okta_group_id)
       where pushed.opti_group_id = pushed_pair.opti_group_id and is_last`,
      ...keepCounts(
        bound`select distinct opti_group_no from pushed_pair`,
        bound`delete from snapshot.opti_id_group_members as member
         using (
           select distinct pushed_pair.opti_group_no, id_no(change.opti_user_id) as opti_user_no
           from membership_change as change
           join pushed_pair using (okta_group_id, opti_group_id)
           where is_last
             and change.change = 'lost'
             and change.relation = 'pushed'
             and not change.is_collaborator
             and not change.local_login
         ) as gone
         where gone.opti_group_no = member.opti_group_no and gone.opti_user_no = member.opti_user_no`,
        bound`insert into snapshot.opti_id_group_members
         select distinct pushed_pair.opti_group_no, user_pair.opti_user_no
         from pushed_pair
         join expected_member on expected_member.okta_group_no = id_no(pushed_pair.okta_group_id)
         join user_pair using (okta_user_no)
         anti join snapshot.opti_id_group_members as member
           on member.opti_group_no = pushed_pair.opti_group_no and member.opti_user_no = user_pair.opti_user_no
         where is_last and user_pair.matched_by_id`,
      ),
    ],
  },
  add_members: {
    undo: 'Take them out of the group again.',
    simulate: addMembers,
  },
  remove_members: {
    takes: true,
    undo: 'Put them into the group again, as its record or theirs has it; into a group that Okta manages only by its push.',
    simulate: (effects) => [
      remember('leaving_member', memberships(effects), 'opti_group_id', 'opti_user_id'),
      ...keepCounts(
        bound`select distinct id_no(opti_group_id) as opti_group_no from leaving_member`,
        bound`delete from snapshot.opti_id_group_members as member using leaving_member as leaving
         where member.opti_group_no = id_no(leaving.opti_group_id) and member.opti_user_no = id_no(leaving.opti_user_id)`,
      ),
    ],
  },
  grant: {
    reads: ({ opti_group_id }) => [`group ${opti_group_id}`],
    undo: 'Take the instances and roles away from the group again.',
    simulate: grant,
  },
  revoke: {
    takes: true,
    undo: 'Give the group again what its record grants.',
    simulate: (effects) => [
      bound`delete from snapshot.opti_id_group_instance_roles as role using ${grantsOf(effects)} as given
       where role.opti_group_id = given.opti_group_id
         and role.opti_instance_id = given.opti_instance_id and role.opti_role_id = given.opti_role_id`,
    ],
  },
  delete_opti_group: {
    ...DELETION,
    simulate: deleteGroups,
  },
  support_removes_group: {
    ...DELETION,
    simulate: deleteGroups,
  },
  set_local_login: {
    undo: 'Switch Local Login off for the account.',
    simulate: (effects) => [
      update(
        'opti_id_users',
        { local_login: 'true' },
        { opti_user_id: effects.map(({ opti_user_id }) => opti_user_id) },
      ),
    ],
  },
  revoke_invitations: {
    isHarmful: true,
    undo: 'Invite them again.',
    simulate: (effects) => [
      update(
        'opti_id_invitations',
        { status: 'revoked' },
        { opti_invitation_id: effects.flatMap((each) => each.opti_invitation_ids) },
      ),
    ],
  },
  add_domain: {
    undo: 'Take the domain off the connection again.',
    simulate: (effects) => [
      bound`update snapshot.opti_id_sso_connections as connection
       set domains = list_concat(coalesce(connection.domains, []), added.domains)
       from (
         select opti_connection_id, list(domain order by domain) as domains
         from ${given(effects, 'opti_connection_id', 'domain')}
         group by all
       ) as added
       where added.opti_connection_id = connection.opti_connection_id`,
    ],
  },
};

/**
 * Into a temporary table goes whom Okta would send, of the people whose ids fit: assigned, active, with a user name;
 * and into the store whoever of them is new there; the others Okta takes over.
 */
function bringPeople(whoseIdIs: Statement): Statement[] {
  return [
    bound`create or replace temp table sent as
     select
       app_user.okta_user_id,
       any_value(coalesce(user_pair.opti_user_id, 'predicted:' || app_user.okta_user_id)) as opti_user_id,
       any_value(user_pair.opti_user_id) is null as is_new,
       any_value(coalesce(app_user.user_name, okta_user.email)) as email,
       any_value(okta_user.first_name) as first_name,
       any_value(okta_user.last_name) as last_name
     from app_user
     join okta_user using (okta_user_id)
     left join user_pair using (okta_user_id)
     where app_user.is_assigned
       and okta_user.is_active
       and coalesce(app_user.user_name, okta_user.email) is not null
       and app_user.okta_user_id ${whoseIdIs}
       -- An e-mail is of one user: Opti ID refuses another one of it (409).
       and (
         user_pair.opti_user_id is not null
         or fold_email(coalesce(app_user.user_name, okta_user.email)) not in (
           select folded_email from opti_user where folded_email is not null)
       )
     group by app_user.okta_user_id`,
    bound`insert into snapshot.opti_id_users by name
     select opti_user_id, (select opti_organization_id from audit_context) as home_organization_id,
       okta_user_id as external_id, email, first_name, last_name, 'active' as status,
       false as local_login, (select began from audit_context) as created_at
     from sent where is_new`,
    bound`update snapshot.opti_id_users as known
     set external_id = sent.okta_user_id, first_name = sent.first_name, last_name = sent.last_name
     from sent
     where sent.opti_user_id = known.opti_user_id and not sent.is_new`,
  ];
}

/** What is said of a kind whatever the effect: the compiler cannot tell that the two go together. */
export function actionOf({ kind }: Pick<Effect, 'kind'>): Action<Effect['kind']> {
  return ACTIONS[kind] as Action<Effect['kind']>;
}

/** What a step reads, makes and removes, by its actions; what it records is there for who deletes it. */
export function touchedBy({ effects = [], record }: { effects?: readonly Effect[]; record?: PlanRecord }) {
  const of = (which: 'reads' | 'makes' | 'removes') =>
    effects.flatMap((effect) => actionOf(effect)[which]?.(effect) ?? []);
  const recorded = record
    ? [`record of ${record.kind === 'group' ? record.opti_group_id : record.opti_user_id}`]
    : [];
  return { reads: of('reads'), makes: [...of('makes'), ...recorded], removes: of('removes') };
}

function oktaGroups(effects: readonly { okta_group_id: string }[]): Statement {
  return textList(effects.map(({ okta_group_id }) => okta_group_id));
}

function people(effects: readonly { okta_user_ids: readonly string[] }[]): string[] {
  return [...new Set(effects.flatMap(({ okta_user_ids }) => okta_user_ids))];
}

function removePush(whose: Statement): Statement[] {
  return [
    bound`delete from snapshot.okta_groups where okta_group_id in (
       select target_group_id from snapshot.okta_group_push_mappings where source_group_id in ${whose})`,
    bound`delete from snapshot.okta_group_push_mappings where source_group_id in ${whose}`,
  ];
}

function pausePush(effects: readonly { okta_group_id: string }[]): Statement {
  return bound`update snapshot.okta_group_push_mappings set status = 'INACTIVE'
   where source_group_id in ${oktaGroups(effects)}`;
}

type Memberships = Pick<EffectOf<'add_members'>, 'opti_group_id' | 'opti_user_ids'>;

function memberships(effects: readonly Memberships[]): { opti_group_id: string; opti_user_id: string }[] {
  return effects.flatMap(({ opti_group_id, opti_user_ids }) =>
    opti_user_ids.map((opti_user_id) => ({ opti_group_id, opti_user_id })),
  );
}

function addMembers(effects: readonly Memberships[]): Statement[] {
  return [
    remember('new_member', memberships(effects), 'opti_group_id', 'opti_user_id'),
    ...keepCounts(
      bound`select distinct id_no(opti_group_id) as opti_group_no from new_member`,
      bound`insert into snapshot.opti_id_group_members
       select distinct id_no(opti_group_id) as opti_group_no, id_no(opti_user_id) as opti_user_no
       from new_member
       semi join snapshot.opti_id_users using (opti_user_id)
       anti join snapshot.opti_id_group_members as member
         on member.opti_group_no = id_no(opti_group_id) and member.opti_user_no = id_no(opti_user_id)`,
    ),
  ];
}

type Granted = Pick<EffectOf<'grant'>, 'opti_group_id' | 'grants'>;

function grantsOf(effects: readonly Granted[]): Statement {
  return given(
    effects.flatMap(({ opti_group_id, grants }) =>
      grants.map(({ opti_instance_id, opti_role_id }) => ({ opti_group_id, opti_instance_id, opti_role_id })),
    ),
    'opti_group_id',
    'opti_instance_id',
    'opti_role_id',
  );
}

function grant(effects: readonly Granted[]): Statement[] {
  return [
    bound`insert into snapshot.opti_id_group_instance_roles
     select * from ${grantsOf(effects)} except select * from snapshot.opti_id_group_instance_roles`,
  ];
}

function deleteGroups(effects: readonly { opti_group_id: string }[]): Statement[] {
  const ids = effects.map(({ opti_group_id }) => opti_group_id);
  return [
    // A plan that deletes what is not there proves nothing.
    bound`select error('The plan deletes a group that is not there: ' || id)
     from unnest(${ids}) as given(id)
     where id not in (select opti_group_id from snapshot.opti_id_groups)`,
    bound`delete from snapshot.opti_id_group_members where opti_group_no in ${numberList(ids)}`,
    bound`delete from snapshot.opti_id_group_instance_roles where opti_group_id in ${textList(ids)}`,
    bound`delete from snapshot.opti_id_groups where opti_group_id in ${textList(ids)}`,
  ];
}

/**
 * A count that was right stays right, and one that was wrong stays wrong by as much. `touched`: a query for the
 * `opti_group_no` of the groups whose members the statements change.
 */
function keepCounts(touched: Statement, ...statements: readonly Statement[]): Statement[] {
  const count = (table: string) =>
    bound`create or replace temp table ${fixed(table)} as
     select opti_group_no, count(*) as members
     from (from snapshot.opti_id_group_members semi join touched_group using (opti_group_no)) as member
     join snapshot.opti_id_users on id_no(opti_user_id) = member.opti_user_no
     where status <> 'deleted'
     group by opti_group_no`;
  return [
    bound`create or replace temp table touched_group as ${touched}`,
    count('members_before'),
    ...statements,
    count('members_after'),
    bound`update snapshot.opti_id_groups as counted
     set user_count = user_count + change.members
     from (
       select opti_group_no, coalesce(after.members, 0) - coalesce(before.members, 0) as members
       from members_before as before
       full join members_after as after using (opti_group_no)
     ) as change
     where change.opti_group_no = id_no(counted.opti_group_id) and user_count is not null and change.members <> 0`,
  ];
}

/** `where`: a column and the values that it may have; all rows where there is none. */
function update(
  table: string,
  changes: Readonly<Record<string, string>>,
  where: Readonly<Record<string, string | readonly string[]>> = {},
): Statement {
  const set = Object.entries(changes).map(([column, value]) => bound`${fixed(column)} = ${value}`);
  const conditions = Object.entries(where).map(
    ([column, ids]) => bound` where ${fixed(column)} in ${textList([ids].flat())}`,
  );
  return bound`update ${fixed(`snapshot.${table}`)} set ${joined(set, ', ')}${joined(conditions, '')}`;
}

/** Gives a column of each row that `key` names the value that goes with it. */
function setEach<Column extends string, Key extends string>(
  table: string,
  rows: readonly Readonly<Record<Column | Key, string>>[],
  key: Key,
  column: Column,
): Statement {
  const [keyColumn, valueColumn] = [fixed(key), fixed(column)];
  return bound`update ${fixed(`snapshot.${table}`)} as target set ${valueColumn} = given.${valueColumn}
   from ${given(rows, key, column)} as given where given.${keyColumn} = target.${keyColumn}`;
}

/** Makes a temporary table of these columns. */
function remember<Column extends string>(
  table: string,
  rows: readonly Readonly<Record<Column, string>>[],
  ...columns: readonly Column[]
): Statement {
  return bound`create or replace temp table ${fixed(table)} as from ${given(rows, ...columns)}`;
}

/** Rows as a query in brackets. */
function given<Column extends string>(
  rows: readonly Readonly<Record<Column, string>>[],
  ...columns: readonly Column[]
): Statement {
  const parts = columns.map((column) => bound`unnest(${rows.map((row) => row[column])}) as ${fixed(column)}`);
  return bound`(select ${joined(parts, ', ')})`;
}

function textList(texts: readonly string[]): Statement {
  return bound`(select unnest(${texts}))`;
}

/** The same list as numbers of the ids. */
function numberList(ids: readonly string[]): Statement {
  return bound`(select id_no(id) from unnest(${ids}) as given(id))`;
}

/** Inserts a row of a dataset; the compiler holds it to the dataset's columns. */
function insertRow<Name extends DatasetName>(name: Name, row: DatasetRow<Name>): Statement {
  const columns = Object.keys(DATASETS[name].columns);
  const values = row as unknown as Readonly<Record<string, string | readonly string[] | null>>;
  const given = columns.map((column) => bound`${values[column] ?? null}`);
  return bound`insert into ${fixed(`${snapshotTable(name)} (${columns.join(', ')})`)} values (${joined(given, ', ')})`;
}
