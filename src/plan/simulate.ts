import { deriveAgain, fillTable, tablesReadBy } from '../analysis/derived/derive.ts';
import { type DerivedTable, sqlList } from '../analysis/derived/table.ts';
import { type Database, type SqlValue, sqlText } from '../analysis/engine/database.ts';
import { snapshotTable } from '../analysis/engine/load.ts';
import { DATASETS, type DatasetName, type DatasetRow } from '../domain/dataset.ts';
import type { Manifest } from '../domain/manifest.ts';
import { SCIM_APP_NAME, UNASSIGNED_APP_USER_STATUSES } from '../domain/okta.ts';
import type { Effect, PlanGrant } from '../domain/plan.ts';

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

/** What effects on people, and on groups, read of the derived tables. */
const PEOPLE_TABLES = 'app_user okta_user user_pair';
const PUSH_TABLES = 'group_pair membership_change expected_member user_pair';

/** A snapshot's tables in a database of their own, which the steps of a plan are done to. */
export class Rehearsal {
  /** The manifest as it would be: an app that a step adds has datasets of its own. */
  readonly manifest: Manifest;
  readonly #database: Database;
  /** Derived since the last change. */
  readonly #fresh = new Set<DerivedTable>();
  #isPushing = false;

  /** The database holds the loaded snapshot and these derived tables, and is changed from here on. */
  constructor(database: Database, manifest: Manifest, derived: readonly DerivedTable[]) {
    this.#database = database;
    for (const table of derived) this.#fresh.add(table);
    this.manifest = { ...manifest, datasets: structuredClone(manifest.datasets) };
  }

  /** Does a step's effects to the datasets, one after the other. The derived tables follow on `derive`. */
  async apply(effects: readonly Effect[]): Promise<void> {
    for (const run of runsOf(effects)) {
      const [first] = run;
      const pushes = run.filter((effect) => effect.kind === 'push_group');
      const pushesAgain = run.filter((effect) => effect.kind === 'push_again');
      if (pushes.length > 0) await this.#pushAll(pushes);
      if (pushesAgain.length > 0) await this.#pushAllAgain(pushesAgain);
      for (const effect of run) {
        if (effect.kind !== 'push_group' && effect.kind !== 'push_again') await this.#apply(effect);
      }
      this.#isPushing = first?.kind === 'push_group' || first?.kind === 'push_again';
    }
  }

  /** Makes the derived tables that queries read anew, where something has changed since they were made. */
  async derive(queries: readonly string[]): Promise<void> {
    const stale = tablesReadBy(queries).filter((table) => !this.#fresh.has(table));
    await deriveAgain(this.#database, stale);
    for (const table of stale) this.#fresh.add(table);
  }

  async #run(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.#database.run(statement);
    this.#fresh.clear();
  }

  async #apply(effect: Exclude<Effect, PushGroup | PushAgain>): Promise<void> {
    switch (effect.kind) {
      case 'add_scim_app':
        return this.#addScimApp(effect.okta_app_id, effect.label);
      case 'set_scim_app':
        for (const [column, value] of Object.entries(effect.changes)) {
          await this.#run(
            `update snapshot.okta_scim_app set ${column} = ${sqlText(value)}`,
            ...(column === 'status'
              ? [
                  `update snapshot.okta_apps set status = ${sqlText(value)}
                   where okta_app_id in (select okta_app_id from snapshot.okta_scim_app)`,
                ]
              : []),
          );
        }
        return;
      case 'stop_sso_provisioning':
        return this.#run(
          `update snapshot.okta_sso_app
           set features = list_filter(features, lambda f: f not in ${sqlList(Object.values(OPTION_FEATURES))})`,
        );
      case 'set_app_option':
        return this.#setOption(effect.option, effect.on);
      case 'set_connection':
        this.#complete('okta.provisioningConnection');
        return this.#run(
          `delete from snapshot.okta_provisioning_connection`,
          insertRow('okta.provisioningConnection', {
            status: 'ENABLED',
            auth_scheme: null,
            base_url: effect.base_url,
          }),
        );
      case 'map_names':
        return this.#mapNames();
      case 'unmap_attributes':
        return this.#run(
          `update snapshot.okta_profile_mappings
           set properties = list_filter(properties, lambda p: p.attribute not in ${textList(effect.attributes)})`,
        );
      case 'rename_okta_group':
        return this.#run(
          `update snapshot.okta_groups set name = ${sqlText(effect.name)}
           where okta_group_id = ${sqlText(effect.okta_group_id)}`,
        );
      case 'leave_out_of_push':
        return this.#run(
          `delete from snapshot.okta_push_scope where okta_group_id = ${sqlText(effect.okta_group_id)}`,
          pauseMappings(effect.okta_group_id),
        );
      case 'pause_push':
        return this.#run(pauseMappings(effect.okta_group_id));
      case 'remove_push':
        return this.#run(
          `delete from snapshot.okta_groups where okta_group_id in (
             select target_group_id from snapshot.okta_group_push_mappings
             where source_group_id = ${sqlText(effect.okta_group_id)})`,
          `delete from snapshot.okta_group_push_mappings
           where source_group_id = ${sqlText(effect.okta_group_id)}`,
        );
      case 'stop_assigning_by_group':
        return this.#run(
          `delete from snapshot.okta_app_groups where okta_group_id = ${sqlText(effect.okta_group_id)}`,
        );
      case 'activate_users':
        return this.#run(
          `update snapshot.okta_users set status = 'ACTIVE'
           where okta_user_id in ${textList(effect.okta_user_ids)}`,
        );
      case 'fill_names':
        for (const column of ['first_name', 'last_name']) {
          for (const table of ['okta_users', 'okta_suspended_users']) {
            await this.#run(
              `update snapshot.${table} set ${column} = '${FILLED_IN}'
               where okta_user_id in ${textList(effect.okta_user_ids)} and is_blank(coalesce(${column}, ''))`,
            );
          }
        }
        return;
      case 'set_email':
        for (const table of ['okta_users', 'okta_suspended_users']) {
          await this.#run(
            `update snapshot.${table} set email = ${sqlText(effect.email)}
             where okta_user_id = ${sqlText(effect.okta_user_id)}`,
          );
        }
        return;
      case 'set_user_name':
        return this.#run(
          `update snapshot.okta_app_users set user_name = ${sqlText(effect.user_name)}
           where okta_user_id = ${sqlText(effect.okta_user_id)}`,
        );
      case 'assign_users':
        return this.#run(
          `delete from snapshot.okta_app_users where okta_user_id in ${textList(effect.okta_user_ids)}
           and status in ${sqlList(UNASSIGNED_APP_USER_STATUSES)}`,
          `insert into snapshot.okta_app_users by name
           select okta_user_id, 'ACTIVE' as status, 'GROUP' as scope, coalesce(email, login) as user_name,
             (select began from audit_context) as created
           from snapshot.okta_users
           where okta_user_id in ${textList(effect.okta_user_ids)}
             and okta_user_id not in (select okta_user_id from snapshot.okta_app_users)`,
        );
      case 'unassign_users':
        // Where nobody is assigned to the SCIM app, the SSO app's assignments stand in for it.
        return this.#run(
          `delete from snapshot.okta_sso_app_users where okta_user_id in ${textList(effect.okta_user_ids)}
           and not exists (select 1 from snapshot.okta_app_users
             where status not in ${sqlList(UNASSIGNED_APP_USER_STATUSES)})`,
          `delete from snapshot.okta_app_users where okta_user_id in ${textList(effect.okta_user_ids)}`,
        );
      case 'provision_users':
        return this.#provision(effect.except_okta_user_ids);
      case 'send_users':
        return this.#send(effect.okta_user_ids);
      case 'remove_okta_members':
        return this.#run(
          `delete from snapshot.okta_group_members
           where okta_group_no = id_no(${sqlText(effect.okta_group_id)})
             and okta_user_no in ${numberList(effect.okta_user_ids)}`,
        );
      case 'create_opti_group':
        await this.#run(
          insertRow('optiId.groups', {
            opti_group_id: effect.opti_group_id,
            name: effect.name,
            description: null,
            group_type: 'custom',
            user_count: null,
            created_at: this.manifest.began,
            modified_at: this.manifest.began,
          }),
        );
        await this.#addMembers(effect.opti_group_id, effect.opti_user_ids);
        return this.#grant(effect.opti_group_id, effect.grants);
      case 'rename_opti_group':
        return this.#run(
          `update snapshot.opti_id_groups set name = ${sqlText(effect.name)}
           where opti_group_id = ${sqlText(effect.opti_group_id)}`,
        );
      case 'add_members':
        return this.#addMembers(effect.opti_group_id, effect.opti_user_ids);
      case 'remove_members':
        return this.#keepCounts(
          `select id_no(${sqlText(effect.opti_group_id)}) as opti_group_no`,
          `delete from snapshot.opti_id_group_members
           where opti_group_no = id_no(${sqlText(effect.opti_group_id)})
             and opti_user_no in ${numberList(effect.opti_user_ids)}`,
        );
      case 'delete_opti_group':
      case 'support_removes_group':
        return this.#deleteGroup(effect.opti_group_id);
      case 'delete_opti_user':
        return this.#keepCounts(
          `select opti_group_no from snapshot.opti_id_group_members
           where opti_user_no = id_no(${sqlText(effect.opti_user_id)})`,
          `delete from snapshot.opti_id_group_members where opti_user_no = id_no(${sqlText(effect.opti_user_id)})`,
          `delete from snapshot.opti_id_users where opti_user_id = ${sqlText(effect.opti_user_id)}`,
        );
      case 'set_local_login':
        return this.#run(
          `update snapshot.opti_id_users set local_login = true
           where opti_user_id = ${sqlText(effect.opti_user_id)}`,
        );
      case 'revoke_invitations':
        return this.#run(
          `update snapshot.opti_id_invitations set status = 'revoked'
           where opti_invitation_id in ${textList(effect.opti_invitation_ids)}`,
        );
      case 'add_domain':
        return this.#run(
          `update snapshot.opti_id_sso_connections
           set domains = list_append(coalesce(domains, []), ${sqlText(effect.domain)})
           where opti_connection_id = ${sqlText(effect.opti_connection_id)}`,
        );
      case 'set_provisioning_mode':
        return this.#run(
          `update snapshot.opti_id_organizations set provisioning_mode = ${sqlText(effect.mode)}`,
          `update snapshot.opti_id_sso_connections set scim_enabled = true
           where (select count(*) from snapshot.opti_id_sso_connections) = 1`,
        );
      case 'grant':
        return this.#grant(effect.opti_group_id, effect.grants);
      case 'revoke':
        for (const { opti_instance_id, opti_role_id } of effect.grants) {
          await this.#run(
            `delete from snapshot.opti_id_group_instance_roles
             where opti_group_id = ${sqlText(effect.opti_group_id)}
               and opti_instance_id = ${sqlText(opti_instance_id)}
               and opti_role_id = ${sqlText(opti_role_id)}`,
          );
        }
        return;
      default:
        throw new Error(`There is no way to apply ${JSON.stringify(effect satisfies never)}.`);
    }
  }

  #complete(name: DatasetName): void {
    const dataset = this.manifest.datasets[name];
    this.manifest.datasets[name] = { ...dataset, completeness: 'complete', reason: '' };
  }

  async #addScimApp(oktaAppId: string, label: string): Promise<void> {
    const app = {
      okta_app_id: oktaAppId,
      name: SCIM_APP_NAME,
      label,
      status: 'ACTIVE',
      sign_on_mode: 'SAML_2_0',
    };
    await this.#run(
      `delete from snapshot.okta_apps where okta_app_id = ${sqlText(oktaAppId)}`,
      insertRow('okta.apps', app),
      `delete from snapshot.okta_scim_app`,
      insertRow('okta.scimApp', {
        ...app,
        features: ['GROUP_PUSH', ...Object.values(OPTION_FEATURES)],
        username_template: '${source.email}',
        username_template_type: 'BUILT_IN',
        username_push_status: 'PUSH',
      }),
      `delete from snapshot.okta_profile_mappings`,
    );
    await this.#mapNames();
    for (const name of APP_DATASETS) {
      if (this.manifest.datasets[name].completeness === 'not_applicable') this.#complete(name);
    }
  }

  async #setOption(option: (Effect & { kind: 'set_app_option' })['option'], on: boolean): Promise<void> {
    const state = on ? 'ENABLED' : 'DISABLED';
    const without = (feature: string) =>
      `update snapshot.okta_scim_app set features = list_filter(features, lambda f: f <> '${feature}')`;
    if (option === 'import') {
      return this.#run(
        without('PROFILE_MASTERING'),
        `update snapshot.okta_app_features set import_schedule = '${state}'
         where name = 'INBOUND_PROVISIONING'`,
      );
    }
    if (option === 'sync_password') {
      return this.#run(
        without('PUSH_PASSWORD_UPDATES'),
        `update snapshot.okta_app_features set sync_password = '${state}' where name = 'USER_PROVISIONING'`,
      );
    }
    return this.#run(
      `update snapshot.okta_app_features set ${option} = '${state}' where name = 'USER_PROVISIONING'`,
      `update snapshot.okta_scim_app set features = list_append(features, '${OPTION_FEATURES[option]}')
       where not list_contains(features, '${OPTION_FEATURES[option]}')`,
    );
  }

  /** Both names mapped on create and update, in each mapping; and a template for the user name. */
  async #mapNames(): Promise<void> {
    const NAMES = { givenName: 'user.firstName', familyName: 'user.lastName' };
    const rows = Object.entries(NAMES).map(([attribute, expression]) => ({
      attribute,
      expression,
      push_status: 'PUSH',
    }));
    await this.#run(
      `update snapshot.okta_scim_app set username_template = '\${source.email}' where username_template is null`,
      `insert into snapshot.okta_profile_mappings by name
       select 'predicted:mapping' as okta_mapping_id, 'user' as source_id, okta_app_id as target_id,
         [] as properties
       from snapshot.okta_scim_app
       where not exists (select 1 from snapshot.okta_profile_mappings)`,
      `update snapshot.okta_profile_mappings
       set properties = list_concat(
         list_filter(properties, lambda p: p.attribute not in ${textList(Object.keys(NAMES))}),
         ${sqlLiteral(rows)})`,
    );
  }

  async #addMembers(optiGroupId: string, optiUserIds: readonly string[]): Promise<void> {
    await this.#keepCounts(
      `select id_no(${sqlText(optiGroupId)}) as opti_group_no`,
      `insert into snapshot.opti_id_group_members
       select id_no(${sqlText(optiGroupId)}), id_no(opti_user_id) from snapshot.opti_id_users
       where opti_user_id in ${textList(optiUserIds)}
         and id_no(opti_user_id) not in (
           select opti_user_no from snapshot.opti_id_group_members
           where opti_group_no = id_no(${sqlText(optiGroupId)}))`,
    );
  }

  async #grant(optiGroupId: string, grants: readonly PlanGrant[]): Promise<void> {
    for (const { opti_instance_id, opti_role_id } of grants) {
      const row = [optiGroupId, opti_instance_id, opti_role_id].map(sqlText).join(', ');
      await this.#run(
        `insert into snapshot.opti_id_group_instance_roles
         select * from (values (${row})) except select * from snapshot.opti_id_group_instance_roles`,
      );
    }
  }

  async #deleteGroup(optiGroupId: string): Promise<void> {
    const [row] = await this.#database.all(
      `select count(*) as groups from snapshot.opti_id_groups where opti_group_id = ${sqlText(optiGroupId)}`,
    );
    if (row?.groups !== 1) throw new Error(`The plan deletes ${optiGroupId}, which is not there.`);
    await this.#run(
      `delete from snapshot.opti_id_group_members where opti_group_no = id_no(${sqlText(optiGroupId)})`,
    );
    for (const table of ['group_instance_roles', 'groups']) {
      await this.#run(`delete from snapshot.opti_id_${table} where opti_group_id = ${sqlText(optiGroupId)}`);
    }
  }

  /**
   * A count that was right stays right, and one that was wrong stays wrong by as much. `touched`: a query for the
   * `opti_group_no` of the groups whose members the statements change.
   */
  async #keepCounts(touched: string, ...statements: readonly string[]): Promise<void> {
    const count = (table: string) =>
      `create or replace temp table ${table} as
       select opti_group_no, count(*) as members
       from (from snapshot.opti_id_group_members semi join touched_group using (opti_group_no)) as member
       join snapshot.opti_id_users on id_no(opti_user_id) = member.opti_user_no
       where status <> 'deleted'
       group by opti_group_no`;
    await this.#run(
      `create or replace temp table touched_group as ${touched}`,
      count('members_before'),
      ...statements,
      count('members_after'),
      `update snapshot.opti_id_groups as counted
       set user_count = user_count + change.members
       from (
         select opti_group_no, coalesce(after.members, 0) - coalesce(before.members, 0) as members
         from members_before as before
         full join members_after as after using (opti_group_no)
       ) as change
       where change.opti_group_no = id_no(counted.opti_group_id) and user_count is not null and change.members <> 0`,
    );
  }

  /** Okta takes over whom it finds and creates the others: everybody assigned and active. */
  async #provision(except: readonly string[]): Promise<void> {
    await this.derive([PEOPLE_TABLES]);
    await this.#run(
      ...bringPeople('provisioned', `not in ${textList(except)}`),
      `update snapshot.opti_id_users as taken
       set external_id = provisioned.okta_user_id,
         first_name = provisioned.first_name,
         last_name = provisioned.last_name
       from provisioned
       where provisioned.opti_user_id = taken.opti_user_id and not provisioned.is_new`,
      `update snapshot.okta_app_users as app
       set external_id = provisioned.opti_user_id, sync_state = 'SYNCHRONIZED'
       from provisioned
       where provisioned.okta_user_id = app.okta_user_id`,
    );
  }

  /**
   * Okta sends people as they are: whoever has no store user gets one or is taken over by the user name, which
   * carries the e-mail unless changed user names are not sent. Nothing goes out about who is not active.
   */
  async #send(oktaUserIds: readonly string[]): Promise<void> {
    await this.derive([PEOPLE_TABLES]);
    await this.#run(
      ...bringPeople('sent', `in ${textList(oktaUserIds)}`),
      `update snapshot.opti_id_users as known
       set external_id = sent.okta_user_id,
         first_name = sent.first_name,
         last_name = sent.last_name,
         email = case
           when 'DONT_PUSH' in (select username_push_status from snapshot.okta_scim_app) then known.email
           else sent.email
         end
       from sent
       where sent.opti_user_id = known.opti_user_id and not sent.is_new`,
      `update snapshot.okta_app_users as app
       set external_id = sent.opti_user_id
       from sent
       where sent.okta_user_id = app.okta_user_id`,
      `update snapshot.okta_app_users set sync_state = 'SYNCHRONIZED'
       where okta_user_id in ${textList(oktaUserIds)}`,
    );
  }

  /**
   * Name and members as Okta has them, into the store groups that the pushes made. Okta sends whom it has
   * provisioned; that it takes out people whom it does not manage is not certain, so those stay.
   */
  async #pushAllAgain(pushes: readonly PushAgain[]): Promise<void> {
    const told = pushes.map((push): ToldPush => [push.okta_group_id, push.activate]);
    await this.#pushTogether(told, () => this.#pushRememberedAgain());
  }

  async #pushRememberedAgain(): Promise<void> {
    await this.#run(
      `update snapshot.okta_group_push_mappings set status = 'ACTIVE', error_summary = null
       where source_group_id in (select okta_group_id from push where detail = 'true')`,
      `create or replace temp table pushed_pair as
       select okta_mapping_id, mapping.source_group_id as okta_group_id, mapping.target_group_id,
         group_pair.opti_group_id, id_no(group_pair.opti_group_id) as opti_group_no
       from group_pair
       join snapshot.okta_group_push_mappings as mapping using (okta_mapping_id)
       where mapping.source_group_id in (select okta_group_id from push) and mapping.status = 'ACTIVE'`,
      `update snapshot.okta_group_push_mappings set last_push = (select began from audit_context)
       where okta_mapping_id in (select okta_mapping_id from pushed_pair)`,
      `update snapshot.okta_groups as target set name = source.name
       from pushed_pair join snapshot.okta_groups as source using (okta_group_id)
       where target.okta_group_id = pushed_pair.target_group_id`,
      `update snapshot.opti_id_groups as pushed set name = source.name
       from pushed_pair join snapshot.okta_groups as source using (okta_group_id)
       where pushed.opti_group_id = pushed_pair.opti_group_id`,
    );
    await this.#keepCounts(
      `select distinct opti_group_no from pushed_pair`,
      `delete from snapshot.opti_id_group_members as member
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
      `insert into snapshot.opti_id_group_members
       select distinct pushed_pair.opti_group_no, user_pair.opti_user_no
       from pushed_pair
       join expected_member on expected_member.okta_group_no = id_no(pushed_pair.okta_group_id)
       join user_pair using (okta_user_no)
       anti join snapshot.opti_id_group_members as member
         on member.opti_group_no = pushed_pair.opti_group_no and member.opti_user_no = user_pair.opti_user_no
       where user_pair.matched_by_id`,
    );
  }

  /** The mappings, their targets in Okta, and internal store groups that are younger than the mappings. */
  async #pushAll(pushes: readonly PushGroup[]): Promise<void> {
    const told = pushes.map((push): ToldPush => [push.okta_group_id, push.opti_group_id]);
    await this.#pushTogether(told, () => this.#pushRemembered());
  }

  /** Does the pushes at once, or one after the other where several lead to the same group. */
  async #pushTogether(pushes: readonly ToldPush[], pushRemembered: () => Promise<void>): Promise<void> {
    // Who is expected in a group does not change with the push of another: no need to derive between two.
    if (!this.#isPushing) await this.derive([PUSH_TABLES]);
    await this.#rememberPushes(pushes);
    if (!(await this.#areEntangled())) return pushRemembered();
    for (const push of pushes) {
      await this.#rememberPushes([push]);
      await pushRemembered();
    }
  }

  async #pushRemembered(): Promise<void> {
    await this.#run(
      `delete from snapshot.okta_groups where okta_group_id in (
         select target_group_id from snapshot.okta_group_push_mappings
         where source_group_id in (select okta_group_id from push))`,
      `insert into snapshot.okta_groups by name
       select 'predicted:target:' || okta_group_id as okta_group_id, name, 'APP_GROUP' as type,
         (select min(okta_app_id) from snapshot.okta_scim_app) as source_app_id, detail as external_id
       from push join snapshot.okta_groups using (okta_group_id)`,
      `delete from snapshot.okta_group_push_mappings
       where source_group_id in (select okta_group_id from push)`,
      `insert into snapshot.okta_group_push_mappings by name
       select 'predicted:mapping:' || okta_group_id as okta_mapping_id, okta_group_id as source_group_id,
         'predicted:target:' || okta_group_id as target_group_id, 'ACTIVE' as status, began as created,
         began as last_updated, began as last_push
       from push, audit_context`,
      `insert into snapshot.opti_id_groups by name
       select detail as opti_group_id, name, 'internal' as group_type,
         (select began + interval 1 second from audit_context) as created_at
       from push join snapshot.okta_groups using (okta_group_id)`,
      `insert into snapshot.opti_id_group_members
       select distinct id_no(push.detail), user_pair.opti_user_no
       from push
       join expected_member on expected_member.okta_group_no = id_no(push.okta_group_id)
       join user_pair using (okta_user_no)
       -- Before the cutover whoever has a store user is taken over first.
       where user_pair.matched_by_id or (select job from audit_context) = 'precutover'`,
    );
  }

  /** Into a temporary table go the groups that are pushed, each with what its kind of push needs to know. */
  async #rememberPushes(pushes: readonly ToldPush[]): Promise<void> {
    await fillTable(
      this.#database,
      'push (okta_group_id varchar, detail varchar)',
      pushes.map(([id, detail]) => [id, String(detail)]),
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

type PushGroup = Effect & { kind: 'push_group' };
type PushAgain = Effect & { kind: 'push_again' };
/** The Okta group of a push, and what its effect says of it. */
type ToldPush = readonly [oktaGroupId: string, detail: string | boolean];

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

/**
 * Into a temporary table goes whom Okta would send, of the people whose ids fit: assigned, active, with a user name;
 * and into the store whoever of them is new there.
 */
function bringPeople(table: string, whoseIdIs: string): string[] {
  return [
    `create or replace temp table ${table} as
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
     group by app_user.okta_user_id`,
    `insert into snapshot.opti_id_users by name
     select opti_user_id, (select opti_organization_id from audit_context) as home_organization_id,
       okta_user_id as external_id, email, first_name, last_name, 'active' as status,
       false as local_login, (select began from audit_context) as created_at
     from ${table} where is_new`,
  ];
}

function pauseMappings(oktaGroupId: string): string {
  return `update snapshot.okta_group_push_mappings set status = 'INACTIVE'
          where source_group_id = ${sqlText(oktaGroupId)}`;
}

function textList(texts: readonly string[]): string {
  // An empty list is no SQL; nothing is in the list of an empty text that no id is.
  return `(${texts.length === 0 ? "''" : texts.map(sqlText).join(', ')})`;
}

/** The same list as numbers of the ids. */
function numberList(ids: readonly string[]): string {
  return `(${ids.length === 0 ? 'null' : ids.map((id) => `id_no(${sqlText(id)})`).join(', ')})`;
}

function sqlLiteral(value: SqlValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return sqlText(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(sqlLiteral).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, inner]) => `${sqlText(key)}: ${sqlLiteral(inner)}`)
    .join(', ')}}`;
}

/** Inserts a row of a dataset; the compiler holds it to the dataset's columns. */
function insertRow<Name extends DatasetName>(name: Name, row: DatasetRow<Name>): string {
  const columns = Object.keys(DATASETS[name].columns);
  const values = row as unknown as Readonly<Record<string, SqlValue>>;
  return `insert into ${snapshotTable(name)} (${columns.join(', ')})
          values (${columns.map((column) => sqlLiteral(values[column] ?? null)).join(', ')})`;
}
