import { deriveAgain, fillTable } from '../analysis/derived/derive.ts';
import { DERIVED_TABLES } from '../analysis/derived/index.ts';
import { sqlList } from '../analysis/derived/table.ts';
import type { Database } from '../analysis/engine/database.ts';
import { bound, fixed, joined, type Statement } from '../analysis/engine/statement.ts';
import { DATASETS, type DatasetName, type DatasetRow, snapshotTable } from '../domain/dataset.ts';
import type { Manifest } from '../domain/manifest.ts';
import { SCIM_APP_NAME, UNASSIGNED_APP_USER_STATUSES } from '../domain/okta.ts';
import type { Effect } from '../domain/plan.ts';
import { tablesBehind } from '../rules/needs.ts';

/** Datasets that there are once there is a SCIM app. */
const APP_DATASETS: readonly DatasetName[] = [
  'okta.scimApp',
  'okta.profileMappings',
  'okta.appUsers',
  'okta.appGroups',
  'okta.groupPushMappings',
  'okta.logEvents',
];

const OPTION_FEATURES = {
  create_users: 'PUSH_NEW_USERS',
  update_attributes: 'PUSH_PROFILE_UPDATES',
  deactivate_users: 'PUSH_USER_DEACTIVATION',
} as const;

/** What stands for a name that the plan asks a person to fill in. */
const FILLED_IN = 'to be filled in';

/** What effects on people, and pushes, read of the derived tables. */
const PEOPLE_TABLES = 'app_user okta_user opti_user user_pair';
const PUSH_TABLES = 'group_pair membership_change expected_member user_pair';

type Of<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;
type Push = Of<'push_group' | 'push_again'>;
type Single = Exclude<Effect, Push>;

/** The table of the snapshot that a statement writes. */
const WRITES = /^\s*(?:insert into|update|delete from) (snapshot\.\w+)/u;

const readBy = new Map<string, ReadonlySet<string>>();

/** What a query reads, without what stands behind the changes in flight: those stay as they were. */
function tablesReadBy(query: string): ReadonlySet<string> {
  const read = readBy.get(query) ?? tablesBehind([query], (table) => table !== 'in_flight');
  readBy.set(query, read);
  return read;
}

/** The tables of an analysis, which the steps of a plan are done to. */
export class Simulation {
  /** The manifest as it would be: an app that a step adds has datasets of its own. */
  readonly manifest: Manifest;
  readonly #database: Database;
  /** How often something was changed, when each table of the snapshot last was, and when each other was made. */
  #changes = 0;
  readonly #changedAt = new Map<string, number>();
  readonly #madeAt = new Map<string, number>();
  #isPushing = false;

  /** The database holds the loaded snapshot and all derived tables, and is changed from here on. */
  constructor(database: Database, manifest: Manifest) {
    this.#database = database;
    this.manifest = { ...manifest, datasets: structuredClone(manifest.datasets) };
  }

  /** Does a step's effects to the datasets, one after the other. The derived tables follow on `derive`. */
  async apply(effects: readonly Effect[]): Promise<void> {
    for (const run of runsOf(effects)) {
      const pushes = run.filter((effect) => effect.kind === 'push_group' || effect.kind === 'push_again');
      if (pushes.length > 0) await this.#pushAll(pushes);
      else for (const effect of run) await this.#apply(effect as Single);
      this.#isPushing = pushes.length > 0;
    }
  }

  /** Makes the derived tables that queries read again, where something has changed since they were made. */
  async derive(queries: readonly string[]): Promise<void> {
    const read = new Set(queries.flatMap((query) => [...tablesReadBy(query)]));
    const stale = DERIVED_TABLES.filter(
      ({ name }) => read.has(name) && this.changedSince(this.#madeAt.get(name) ?? 0, name),
    );
    await deriveAgain(this.#database, stale);
    for (const { name } of stale) this.#madeAt.set(name, this.#changes);
  }

  get changes(): number {
    return this.#changes;
  }

  /** True where a table that a query reads, or one behind it, has changed since there were so many changes. */
  changedSince(changes: number, query: string): boolean {
    if (changes === this.#changes) return false;
    return [...tablesReadBy(query)].some((table) => (this.#changedAt.get(table) ?? 0) > changes);
  }

  async #run(statements: readonly Statement[]): Promise<void> {
    this.#changes += 1;
    for (const statement of statements) {
      await this.#database.run(statement);
      const table = WRITES.exec(statement.texts.join(' '))?.[1];
      if (table !== undefined) this.#changedAt.set(table, this.#changes);
    }
  }

  async #apply(effect: Single): Promise<void> {
    const { datasets } = this.manifest;
    if (effect.kind === 'provision_users' || effect.kind === 'send_users') await this.derive([PEOPLE_TABLES]);
    if (effect.kind === 'set_connection') this.#complete('okta.provisioningConnection');
    if (effect.kind === 'add_scim_app') {
      for (const name of APP_DATASETS) {
        if (datasets[name].completeness === 'not_applicable') this.#complete(name);
      }
    }
    const statements = STATEMENTS[effect.kind] as (effect: Single) => Statement | readonly Statement[];
    await this.#run([statements(effect)].flat());
  }

  #complete(name: DatasetName): void {
    const dataset = this.manifest.datasets[name];
    this.manifest.datasets[name] = { ...dataset, completeness: 'complete', reason: '' };
  }

  /** Does pushes of one kind at once, or one after the other where several lead to the same group. */
  async #pushAll(pushes: readonly Push[]): Promise<void> {
    // Who is expected in a group does not change with the push of another: no need to derive between two.
    if (!this.#isPushing) await this.derive([PUSH_TABLES]);
    await this.#rememberPushes(pushes);
    const isEntangled = await this.#areEntangled();
    for (const some of isEntangled ? pushes.map((push) => [push]) : [pushes]) {
      if (isEntangled) await this.#rememberPushes(some);
      await this.#run(some[0]?.kind === 'push_group' ? PUSH : PUSH_AGAIN);
    }
  }

  /** Into a temporary table go the groups that are pushed, each with what its kind of push needs to know. */
  async #rememberPushes(pushes: readonly Push[]): Promise<void> {
    await fillTable(
      this.#database,
      'push (okta_group_id varchar, detail varchar)',
      pushes.map((push) => [
        push.okta_group_id,
        push.kind === 'push_group' ? push.opti_group_id : String(push.activate),
      ]),
    );
  }

  /** True where it matters in which order these groups are pushed: two of them lead to one, or one to another. */
  async #areEntangled(): Promise<boolean> {
    const [row] = await this.#database.all(
      `with lead as (
         select source_group_id, target_group_id, group_pair.opti_group_id
         from snapshot.okta_group_push_mappings as mapping
         left join group_pair using (okta_mapping_id)
         where source_group_id in (select okta_group_id from push)
       )
       select
         exists (select 1 from push group by okta_group_id having count(*) > 1)
         or exists (select 1 from lead where target_group_id in (select okta_group_id from push))
         or exists (select 1 from lead where target_group_id is not null group by target_group_id having count(*) > 1)
         or exists (select 1 from lead where opti_group_id is not null group by opti_group_id having count(*) > 1)
         as found`,
    );
    return row?.found === true;
  }
}

/** Neighbours of one kind together, in their order: hundreds of groups are pushed one after the other. */
function runsOf(effects: readonly Effect[]): Effect[][] {
  const runs: Effect[][] = [];
  for (const effect of effects) {
    const last = runs.at(-1);
    if (last?.[0]?.kind === effect.kind) last.push(effect);
    else runs.push([effect]);
  }
  return runs;
}

/** What each effect does to the datasets; those of pushes are below, because many are done at once. */
const STATEMENTS: { [Kind in Single['kind']]: (effect: Of<Kind>) => Statement | readonly Statement[] } = {
  add_scim_app: ({ okta_app_id, label }) => {
    const features = ['GROUP_PUSH', ...Object.values(OPTION_FEATURES)];
    const app = {
      okta_app_id,
      name: SCIM_APP_NAME,
      label,
      status: 'ACTIVE',
      sign_on_mode: 'SAML_2_0',
      features,
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
  },
  set_scim_app: ({ changes }) => [
    update('okta_scim_app', changes),
    ...(changes.status === undefined
      ? []
      : [
          bound`${update('okta_apps', { status: changes.status })}
           where okta_app_id in (select okta_app_id from snapshot.okta_scim_app)`,
        ]),
  ],
  stop_sso_provisioning: () =>
    bound`update snapshot.okta_sso_app
     set features = list_filter(features, lambda f: f not in ${fixed(sqlList(Object.values(OPTION_FEATURES)))})`,
  set_app_option: ({ option, on }) => {
    const set = (column: string, name: string) =>
      update('okta_app_features', { [column]: on ? 'ENABLED' : 'DISABLED' }, { name });
    const without = (feature: string) =>
      bound`update snapshot.okta_scim_app set features = list_filter(features, lambda f: f <> ${feature})`;
    if (option === 'import')
      return [without('PROFILE_MASTERING'), set('import_schedule', 'INBOUND_PROVISIONING')];
    if (option === 'sync_password')
      return [without('PUSH_PASSWORD_UPDATES'), set(option, 'USER_PROVISIONING')];
    return [
      set(option, 'USER_PROVISIONING'),
      bound`update snapshot.okta_scim_app set features = list_append(features, ${OPTION_FEATURES[option]})
       where not list_contains(features, ${OPTION_FEATURES[option]})`,
    ];
  },
  set_connection: ({ base_url }) => [
    bound`delete from snapshot.okta_provisioning_connection`,
    insertRow('okta.provisioningConnection', { status: 'ENABLED', auth_scheme: null, base_url }),
  ],
  map_names: () => MAP_NAMES,
  unmap_attributes: ({ attributes }) =>
    bound`update snapshot.okta_profile_mappings
     set properties = list_filter(properties, lambda p: not list_contains(${attributes}, p.attribute))`,
  rename_okta_group: ({ okta_group_id, name }) => update('okta_groups', { name }, { okta_group_id }),
  leave_out_of_push: ({ okta_group_id }) => [
    bound`delete from snapshot.okta_push_scope where okta_group_id = ${okta_group_id}`,
    pausePush(okta_group_id),
  ],
  pause_push: ({ okta_group_id }) => pausePush(okta_group_id),
  remove_push: ({ okta_group_id }) => removePush(bound`= ${okta_group_id}`),
  stop_assigning_by_group: ({ okta_group_id }) =>
    bound`delete from snapshot.okta_app_groups where okta_group_id = ${okta_group_id}`,
  activate_users: ({ okta_user_ids }) =>
    update('okta_users', { status: 'ACTIVE' }, { okta_user_id: okta_user_ids }),
  fill_names: ({ okta_user_ids }) =>
    ['first_name', 'last_name'].flatMap((name) =>
      PROFILES.map(
        (table) =>
          bound`${update(table, { [name]: FILLED_IN }, { okta_user_id: okta_user_ids })} and is_blank(coalesce(${fixed(name)}, ''))`,
      ),
    ),
  set_email: ({ okta_user_id, email }) => PROFILES.map((table) => update(table, { email }, { okta_user_id })),
  set_user_name: ({ okta_user_id, user_name }) => update('okta_app_users', { user_name }, { okta_user_id }),
  assign_users: ({ okta_user_ids }) => [
    bound`delete from snapshot.okta_app_users where okta_user_id in ${textList(okta_user_ids)}
     and status in ${fixed(sqlList(UNASSIGNED_APP_USER_STATUSES))}`,
    bound`insert into snapshot.okta_app_users by name
     select okta_user_id, 'ACTIVE' as status, 'GROUP' as scope, coalesce(email, login) as user_name,
       (select began from audit_context) as created
     from snapshot.okta_users
     where okta_user_id in ${textList(okta_user_ids)}
       and okta_user_id not in (select okta_user_id from snapshot.okta_app_users)`,
  ],
  // Where nobody is assigned to the SCIM app, the SSO app's assignments stand in for it.
  unassign_users: ({ okta_user_ids }) => [
    bound`delete from snapshot.okta_sso_app_users where okta_user_id in ${textList(okta_user_ids)}
     and not exists (select 1 from snapshot.okta_app_users
       where status not in ${fixed(sqlList(UNASSIGNED_APP_USER_STATUSES))})`,
    bound`delete from snapshot.okta_app_users where okta_user_id in ${textList(okta_user_ids)}`,
  ],
  /** Okta takes over whom it finds and creates the others: everybody assigned and active. */
  provision_users: ({ except_okta_user_ids }) => [
    ...bringPeople(bound`not in ${textList(except_okta_user_ids)}`),
    bound`update snapshot.okta_app_users as app
     set external_id = sent.opti_user_id, sync_state = 'SYNCHRONIZED'
     from sent where sent.okta_user_id = app.okta_user_id`,
  ],
  /**
   * Okta sends people as they are: whoever has no store user gets one or is taken over. Opti ID's reference says that
   * an update does not change an e-mail. Nothing goes out about who is not active.
   */
  send_users: ({ okta_user_ids }) => [
    ...bringPeople(bound`in ${textList(okta_user_ids)}`),
    bound`update snapshot.okta_app_users as app
     set external_id = sent.opti_user_id
     from sent where sent.okta_user_id = app.okta_user_id`,
    update('okta_app_users', { sync_state: 'SYNCHRONIZED' }, { okta_user_id: okta_user_ids }),
  ],
  remove_okta_members: ({ okta_group_id, okta_user_ids }) =>
    bound`delete from snapshot.okta_group_members
     where okta_group_no = id_no(${okta_group_id}) and okta_user_no in ${numberList(okta_user_ids)}`,
  create_opti_group: (group) => [
    bound`insert into snapshot.opti_id_groups by name
     select ${group.opti_group_id} as opti_group_id, ${group.name} as name,
       'custom' as group_type, began as created_at, began as modified_at
     from audit_context`,
    ...addMembers(group),
    ...grant(group),
  ],
  rename_opti_group: ({ opti_group_id, name }) => update('opti_id_groups', { name }, { opti_group_id }),
  add_members: addMembers,
  remove_members: ({ opti_group_id, opti_user_ids }) =>
    keepCounts(
      bound`select id_no(${opti_group_id}) as opti_group_no`,
      bound`delete from snapshot.opti_id_group_members
       where opti_group_no = id_no(${opti_group_id}) and opti_user_no in ${numberList(opti_user_ids)}`,
    ),
  delete_opti_group: deleteGroup,
  support_removes_group: deleteGroup,
  delete_opti_user: ({ opti_user_id }) => {
    const memberships = bound`from snapshot.opti_id_group_members where opti_user_no = id_no(${opti_user_id})`;
    return keepCounts(
      bound`select opti_group_no ${memberships}`,
      bound`delete ${memberships}`,
      bound`delete from snapshot.opti_id_users where opti_user_id = ${opti_user_id}`,
    );
  },
  set_local_login: ({ opti_user_id }) => update('opti_id_users', { local_login: 'true' }, { opti_user_id }),
  revoke_invitations: ({ opti_invitation_ids }) =>
    update('opti_id_invitations', { status: 'revoked' }, { opti_invitation_id: opti_invitation_ids }),
  add_domain: ({ opti_connection_id, domain }) =>
    bound`update snapshot.opti_id_sso_connections
     set domains = list_append(coalesce(domains, []), ${domain})
     where opti_connection_id = ${opti_connection_id}`,
  set_provisioning_mode: ({ mode }) => [
    update('opti_id_organizations', { provisioning_mode: mode }),
    bound`update snapshot.opti_id_sso_connections set scim_enabled = true
     where (select count(*) from snapshot.opti_id_sso_connections) = 1`,
  ],
  grant,
  revoke: ({ opti_group_id, grants }) =>
    grants.map(
      ({ opti_instance_id, opti_role_id }) =>
        bound`delete from snapshot.opti_id_group_instance_roles
         where (opti_group_id, opti_instance_id, opti_role_id) = ${rowOf(opti_group_id, opti_instance_id, opti_role_id)}`,
    ),
};

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

/**
 * The mappings, their targets in Okta, and internal store groups that are younger than the mappings; a team is no group
 * of the store. Okta sends whom it has provisioned.
 */
const PUSH = [
  ...removePush(fixed('in (select okta_group_id from push)')),
  bound`insert into snapshot.okta_groups by name
   select 'predicted:target:' || okta_group_id as okta_group_id, name, 'APP_GROUP' as type,
     (select min(okta_app_id) from snapshot.okta_scim_app) as source_app_id,
     case when not contains(name, '::') then detail end as external_id
   from push join snapshot.okta_groups using (okta_group_id)`,
  bound`insert into snapshot.okta_group_push_mappings by name
   select 'predicted:mapping:' || okta_group_id as okta_mapping_id, okta_group_id as source_group_id,
     'predicted:target:' || okta_group_id as target_group_id, 'ACTIVE' as status, began as created,
     began as last_updated, began as last_push
   from push, audit_context`,
  bound`insert into snapshot.opti_id_groups by name
   select detail as opti_group_id, name, 'internal' as group_type,
     (select began + interval 1 second from audit_context) as created_at
   from push join snapshot.okta_groups using (okta_group_id)
   where not contains(name, '::')`,
  bound`insert into snapshot.opti_id_group_members
   select distinct id_no(push.detail), user_pair.opti_user_no
   from push
   semi join snapshot.opti_id_groups on opti_group_id = push.detail
   join expected_member on expected_member.okta_group_no = id_no(push.okta_group_id)
   join user_pair using (okta_user_no)
   where user_pair.matched_by_id`,
];

/**
 * Name and members as Okta has them, into the store groups that the pushes made. Okta sends whom it has provisioned;
 * that it takes out people whom it does not manage is not certain, so those stay.
 */
const PUSH_AGAIN = [
  bound`update snapshot.okta_group_push_mappings set status = 'ACTIVE', error_summary = null
   where source_group_id in (select okta_group_id from push where detail = 'true')`,
  bound`create or replace temp table pushed_pair as
   select okta_mapping_id, mapping.source_group_id as okta_group_id, mapping.target_group_id,
     group_pair.opti_group_id, id_no(group_pair.opti_group_id) as opti_group_no
   from group_pair
   join snapshot.okta_group_push_mappings as mapping using (okta_mapping_id)
   where mapping.source_group_id in (select okta_group_id from push) and mapping.status = 'ACTIVE'`,
  bound`update snapshot.okta_group_push_mappings set last_push = (select began from audit_context)
   where source_group_id in (select okta_group_id from push) and status = 'ACTIVE'`,
  bound`update snapshot.okta_groups as target set name = source.name
   from pushed_pair join snapshot.okta_groups as source using (okta_group_id)
   where target.okta_group_id = pushed_pair.target_group_id`,
  bound`update snapshot.opti_id_groups as pushed set name = source.name
   from pushed_pair join snapshot.okta_groups as source using (okta_group_id)
   where pushed.opti_group_id = pushed_pair.opti_group_id`,
  ...keepCounts(
    bound`select distinct opti_group_no from pushed_pair`,
    bound`delete from snapshot.opti_id_group_members as member
   using (
     select distinct pushed_pair.opti_group_no, id_no(change.opti_user_id) as opti_user_no
     from membership_change as change
     join pushed_pair using (okta_group_id, opti_group_id)
     where change.change = 'lost'
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
   where user_pair.matched_by_id`,
  ),
];

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

function removePush(whose: Statement): Statement[] {
  return [
    bound`delete from snapshot.okta_groups where okta_group_id in (
       select target_group_id from snapshot.okta_group_push_mappings where source_group_id ${whose})`,
    bound`delete from snapshot.okta_group_push_mappings where source_group_id ${whose}`,
  ];
}

function pausePush(source_group_id: string): Statement {
  return update('okta_group_push_mappings', { status: 'INACTIVE' }, { source_group_id });
}

function addMembers(effect: Pick<Of<'add_members'>, 'opti_group_id' | 'opti_user_ids'>): Statement[] {
  const group = bound`id_no(${effect.opti_group_id})`;
  return keepCounts(
    bound`select ${group} as opti_group_no`,
    bound`insert into snapshot.opti_id_group_members
     select ${group}, id_no(opti_user_id) from snapshot.opti_id_users
     where opti_user_id in ${textList(effect.opti_user_ids)}
       and id_no(opti_user_id) not in (
         select opti_user_no from snapshot.opti_id_group_members where opti_group_no = ${group})`,
  );
}

function grant({ opti_group_id, grants }: Pick<Of<'grant'>, 'opti_group_id' | 'grants'>): Statement[] {
  return grants.map(
    ({ opti_instance_id, opti_role_id }) =>
      bound`insert into snapshot.opti_id_group_instance_roles
       select * from (values ${rowOf(opti_group_id, opti_instance_id, opti_role_id)})
       except select * from snapshot.opti_id_group_instance_roles`,
  );
}

function deleteGroup({ opti_group_id: id }: { opti_group_id: string }): Statement[] {
  return [
    // A plan that deletes what is not there proves nothing.
    bound`select case when count(*) <> 1 then error('The plan deletes a group that is not there: ' || ${id}) end
     from snapshot.opti_id_groups where opti_group_id = ${id}`,
    bound`delete from snapshot.opti_id_group_members where opti_group_no = id_no(${id})`,
    bound`delete from snapshot.opti_id_group_instance_roles where opti_group_id = ${id}`,
    bound`delete from snapshot.opti_id_groups where opti_group_id = ${id}`,
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

/** `where`: a column and the one value or the values that it may have; all rows where there is none. */
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

function rowOf(...values: readonly string[]): Statement {
  return bound`(${joined(
    values.map((value) => bound`${value}`),
    ', ',
  )})`;
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
