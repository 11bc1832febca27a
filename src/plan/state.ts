import { readsOf } from '../analysis/describe/situations.ts';
import type { Database, SqlRow, SqlValue } from '../analysis/engine/database.ts';
import { findingId } from '../analysis/judge/run-rules.ts';
import type { DatasetName } from '../domain/dataset.ts';
import type { Manifest } from '../domain/manifest.ts';
import { SCIM_APP_NAME } from '../domain/okta.ts';
import {
  type DriftState,
  type GroupRecord,
  type LiveAccess,
  NO_DRIFT,
  type PlanMembership,
  type PlanState,
  type RecordedMember,
} from '../domain/plan.ts';
import type { ConfigurationFacts } from '../domain/rule.ts';
import { addTo } from './lists.ts';

const ASSIGNMENT_DATASETS: readonly DatasetName[] = [
  'okta.appUsers',
  'okta.ssoAppUsers',
  'okta.assignmentChecks',
  'okta.groupMembers',
  'okta.users',
  'okta.pushScope',
];

/**
 * An Okta user whom the push of a group brings once everything that the plan does before it is done: in the
 * group, and active or about to be activated; the plan assigns those who are not assigned.
 */
const COMING = `
  select pushed_group.okta_group_id, okta_group_no, okta_user.okta_user_id, okta_user_no
  from snapshot.okta_group_members as member
  join pushed_group using (okta_group_no)
  join okta_user using (okta_user_no)
  where (okta_user.is_active or okta_user.is_staged)
    and not pushed_group.is_built_in_everyone`;

/** After the cutover: custom groups with the name of a pushed one. Before it, those are the taken ones. */
const MADE_BY_HAND = `
  select pushed_group.okta_group_id, opti_group.opti_group_id
  from pushed_group
  join opti_group using (folded_name)
  where opti_group.group_type = 'custom'
    and not pushed_group.is_built_in_everyone
    and (select job from audit_context) = 'drift'`;

/** A pushed group and the store group that must go before the push, before the cutover. */
const REPLACED = `
  select okta_group_id, opti_group_id, opti_group_no from conflicting_group
  union
  select okta_group_id, opti_group_id, opti_group_no from orphan_in_the_way`;

/** Accounts to which somebody assigned and active points, with these people. */
export const LIVE =
  'select opti_user_id, okta_user_id, tie from account_tie semi join coming_user using (okta_user_id)';

/**
 * Who comes back into a pushed group that replaces the store group, or stays in it; of the store users alone that anything
 * here asks about: all memberships would be too many.
 */
const COMING_BACK = `
  with asked as (
    select opti_user_no from opti_group_member
    where opti_group_no in (select id_no(opti_group_id) from recorded_group)
    union
    select id_no(opti_user_id) from lost_access
    union
    select opti_user_no from ending_path
  ),
  asked_pair as (select okta_user_no, opti_user_no from user_pair semi join asked using (opti_user_no))
  select replaced.opti_group_no, asked_pair.opti_user_no
  from replaced
  join (${COMING}) as coming using (okta_group_id)
  join asked_pair using (okta_user_no)
  union
  select id_no(by_hand.opti_group_id), asked_pair.opti_user_no
  from made_by_hand as by_hand
  join expected_member on expected_member.okta_group_no = id_no(by_hand.okta_group_id)
  join asked_pair using (okta_user_no)
  union
  select compared_group.opti_group_no, asked_pair.opti_user_no
  from compared_group
  join expected_member using (okta_group_no)
  join asked_pair using (okta_user_no)
  where compared_group.relation = 'pushed'
    and (select job from audit_context) = 'drift'`;

/** Memberships that the next push of a group takes out of the store. */
const PUSHED_OUT = `
  select okta_group_id, opti_group_id, opti_user_id
  from membership_change
  where change = 'lost'
    and relation = 'pushed'
    and not is_collaborator
    and not local_login
    and (select job from audit_context) = 'drift'`;

/** Store groups that a plan may have to do away with, and those that collaborators must be moved out of. */
const RECORDED_GROUPS = `
  select opti_group_id from made_by_hand
  union
  select opti_group_id
  from compared_group
  join opti_group_member using (opti_group_no)
  join opti_user using (opti_user_no)
  where compared_group.relation = 'pushed'
    and (opti_user.is_collaborator or opti_user.local_login)
    and (select job from audit_context) = 'drift'
  union
  select opti_group_id from conflicting_group
  union
  select opti_group_id from orphaned_group
  union
  select opti_group_id from group_pair join opti_group using (opti_group_id) where group_type = 'custom'`;

const GRANT_COLUMNS = 'opti_instance_id, opti_role_id, product, instance, role, is_admin_center_role';

/** A list of them, in the order of a record. */
const GRANTS = `list({
         opti_instance_id: opti_instance_id, opti_role_id: opti_role_id,
         product: coalesce(product, ''),
         instance: instance, role: role, is_admin_center_role: is_admin_center_role
       } order by coalesce(product, ''), instance, role, opti_instance_id, opti_role_id)`;

/** Store users that a remedy may want to delete: of one e-mail, suspended in Okta, or out there. */
const RECORDED_USERS = `
  select opti_user_id from offboarded_user where (select job from audit_context) = 'drift'
  union
  select opti_user_id from ambiguous_user where opti_user_id is not null
  union
  select opti_user_id from user_pair join okta_user using (okta_user_id) where okta_user.status = 'SUSPENDED'`;

/**
 * What a plan is made from, apart from the findings. The tables of the analysis must have been derived. Where
 * something was read partially, what depends on it is left out and a note says so.
 */
export async function readPlanState(
  database: Database,
  manifest: Manifest,
  facts: ConfigurationFacts,
): Promise<PlanState> {
  const { scimAppChoice, ssoConnections, organization } = facts;
  const wasRead = await readsOf(database, manifest);
  const areAssignmentsKnown = wasRead(ASSIGNMENT_DATASETS);
  for (const [name, sql] of Object.entries(TABLES))
    await database.run(`create or replace table ${name} as ${sql}`);
  return {
    organization,
    scim_app: scimAppChoice.kind === 'chosen' ? scimAppChoice.app : null,
    scim_app_is_set: facts.scimAppSetting !== null,
    inactive_scim_apps: facts.apps
      .filter(({ name, status }) => name === SCIM_APP_NAME && status !== 'ACTIVE')
      .map(({ okta_app_id, label }) => ({ okta_app_id, label })),
    sso_connections: [...ssoConnections],
    okta_groups: await rows(database, OKTA_GROUPS),
    opti_groups: await rows(
      database,
      `select opti_group_id, name, group_type, is_reserved from opti_group order by opti_group_id`,
    ),
    taken: await rows(database, `select okta_group_id, opti_group_id from replaced order by all`),
    group_records: await readGroupRecords(database),
    memberships: await readMemberships(database),
    namesakes: await rows(database, NAMESAKES),
    lost_access: await manyRows(database, LOST_ACCESS),
    user_records: await rows(database, USER_RECORDS),
    to_assign: areAssignmentsKnown ? await manyRows(database, TO_ASSIGN) : [],
    live_accounts: await manyRows(database, LIVE_ACCOUNTS),
    live_access: await readLiveAccess(database),
    outside_scim: await rows(database, OUTSIDE_SCIM),
    super_admins: await rows(database, SUPER_ADMINS),
    drift: await readDrift(database),
    notes: areAssignmentsKnown
      ? []
      : [
          'Who is assigned and who is in the groups was read partially, so the plan names nobody to assign. Collect again before you push anything.',
        ],
  };
}

const OKTA_GROUPS = `
  with mapped as (
    select source_group_id as okta_group_id, min(group_pair.opti_group_id) as opti_group_id
    from push_mapping
    left join group_pair using (okta_mapping_id)
    group by source_group_id
  )
  select okta_group.okta_group_id, okta_group.name, okta_group.is_built_in_everyone,
    okta_group.okta_group_id in (select okta_group_id from pushed_group) as in_scope,
    mapped.okta_group_id is not null as has_mapping, mapped.opti_group_id
  from okta_group
  left join mapped using (okta_group_id)
  where mapped.okta_group_id is not null
    or okta_group.okta_group_id in (select okta_group_id from pushed_group)
  order by okta_group.okta_group_id`;

/** Who is in a recorded group, in the order of a record. */
const RECORDED_PEOPLE = `
  select opti_user.opti_user_no, row_number() over (order by opti_user.email, opti_user.opti_user_id) - 1 as place,
    {
      email: opti_user.email, opti_user_id: opti_user.opti_user_id, first_name: opti_user.first_name,
      last_name: opti_user.last_name, home_organization_id: source.home_organization_id,
      is_collaborator: opti_user.is_collaborator, local_login: opti_user.local_login,
      okta_user_id: owner.okta_user_id
    } as person
  from opti_user
  join snapshot.opti_id_users as source using (opti_user_id)
  left join account_owner as owner using (opti_user_id)
  where opti_user.opti_user_no in (
    select opti_user_no from opti_group_member
    where opti_group_no in (select id_no(opti_group_id) from recorded_group))`;

const RECORDED_MEMBERS = `
  select recorded.opti_group_id, place, back.opti_user_no is not null as comes_back
  from recorded_group as recorded
  join opti_group_member as member on member.opti_group_no = id_no(recorded.opti_group_id)
  join recorded_person using (opti_user_no)
  left join coming_back as back
    on back.opti_group_no = member.opti_group_no and back.opti_user_no = member.opti_user_no
  order by recorded.opti_group_id, place`;

const GROUP_RECORDS = `
  with granted as (
    select opti_group_id, ${GRANTS} as grants
    from (select distinct opti_group_id, ${GRANT_COLUMNS} from opti_grant semi join recorded_group using (opti_group_id))
    group by all
  )
  select 'group' as kind, opti_group_id, name, description, group_type, coalesce(grants, []) as grants
  from snapshot.opti_id_groups
  semi join recorded_group using (opti_group_id)
  left join granted using (opti_group_id)
  order by opti_group_id`;

/** People and memberships are read apart: in a large org a person's names would be held once for each of their groups. */
async function readGroupRecords(database: Database): Promise<GroupRecord[]> {
  const people: Omit<RecordedMember, 'comes_back'>[] = [];
  for await (const some of database.stream('select person from recorded_person order by place')) {
    for (const { person } of some) people.push(person as unknown as RecordedMember);
  }
  const membersOf = new Map<SqlValue | undefined, RecordedMember[]>();
  for await (const some of database.stream(RECORDED_MEMBERS)) {
    for (const { opti_group_id, place, comes_back } of some) {
      const person = people[Number(place)];
      if (person === undefined) throw new Error('A member of a group is not among the people of the groups.');
      addTo(membersOf, opti_group_id, { ...person, comes_back: comes_back === true });
    }
  }
  const groups = await rows<Omit<GroupRecord, 'members'>>(database, GROUP_RECORDS);
  return groups.map(({ grants, ...group }) => ({
    ...group,
    members: membersOf.get(group.opti_group_id) ?? [],
    grants,
  }));
}

/** The store groups whose access a pushed group seems to be meant to give: of its name, or of one that looks like it. */
const NAMESAKES = `
  with namesake as (
    select pushed_group.okta_group_id, opti_group.opti_group_id, opti_group.name
    from pushed_group
    join opti_group using (folded_name)
    union
    select pushed_group.okta_group_id, opti_group.opti_group_id, opti_group.name
    from pushed_group
    join opti_group on lookalike_name(pushed_group.name) = lookalike_name(opti_group.name)
  )
  select okta_group_id, name, ${GRANTS} as grants
  from (
    select distinct okta_group_id, namesake.name, ${GRANT_COLUMNS}
    from namesake join opti_grant using (opti_group_id)
    where not opti_group_id in (select opti_group_id from opti_group where is_reserved)
  )
  group by all
  order by okta_group_id, name`;

const MEMBERSHIPS = `
  select delta.change, delta.okta_group_id, delta.opti_group_id, delta.okta_user_id, delta.opti_user_id,
    delta.cause, coming.okta_user_id is not null as comes_back
  from membership_change as delta
  left join (${COMING}) as coming using (okta_group_id, okta_user_id)
  where delta.relation = 'taken'
    and not (delta.change = 'lost' and (delta.is_collaborator or delta.local_login))
  order by all`;

async function readMemberships(database: Database): Promise<PlanMembership[]> {
  const changes = await manyRows<Omit<PlanMembership, 'finding_id'>>(database, MEMBERSHIPS);
  return changes.map((membership) => {
    const { change, okta_group_id, opti_group_id, okta_user_id, opti_user_id } = membership;
    const rule = change === 'lost' ? 'member-loses-group' : 'member-gains-group';
    const person = change === 'lost' ? opti_user_id : okta_user_id;
    return { finding_id: membershipFindingId(rule, okta_group_id, opti_group_id, person), ...membership };
  });
}

/** The id of a finding of the two rules on memberships that a push replaces, as those rules identify it. */
export function membershipFindingId(
  rule: 'member-loses-group' | 'member-gains-group',
  ...groupsAndPerson: readonly (string | null)[]
): string {
  const identity = groupsAndPerson.filter((id) => id !== null).join('|');
  return findingId(rule, { subject: '', okta_id: null, opti_id: null, identity });
}

/** Roles that somebody has through groups that go. */
const LOST_ACCESS = `
  select distinct lost.opti_user_id, lost.opti_group_id, back.opti_user_no is not null as comes_back
  from lost_access as lost
  left join coming_back as back
    on back.opti_group_no = id_no(lost.opti_group_id) and back.opti_user_no = id_no(lost.opti_user_id)
  order by all`;

/** Paths to an instance through groups that the plan does away with, and memberships that a push takes out. */
const ENDING_PATHS = `
  select distinct opti_group_no, opti_user_no
  from grant_path
  join opti_group_member using (opti_group_no)
  where through_taken_group
    or through_orphaned_group
    or opti_group_id in (select opti_group_id from made_by_hand)
  union
  select id_no(opti_group_id), id_no(opti_user_id) from pushed_out`;

/** Of each store user the instances that nothing but ending paths lead to. */
const LAST_PATHS = `
  select opti_user.opti_user_id, path.opti_instance_id,
    list(distinct path.opti_group_id order by path.opti_group_id) as opti_group_ids,
    bool_or(back.opti_user_no is not null) as comes_back,
    any_value(opti_user.is_collaborator or opti_user.local_login) as signs_in_without_sso
  from (
    select opti_user_no, grant_path.*
    from (from opti_group_member semi join ending_path using (opti_user_no))
    join grant_path using (opti_group_no)
  ) as path
  join opti_user on opti_user.opti_user_no = path.opti_user_no
  left join ending_path
    on ending_path.opti_group_no = path.opti_group_no and ending_path.opti_user_no = path.opti_user_no
  left join coming_back as back
    on back.opti_group_no = path.opti_group_no and back.opti_user_no = path.opti_user_no
  group by opti_user.opti_user_id, path.opti_instance_id
  having bool_and(ending_path.opti_user_no is not null)
  order by opti_user.opti_user_id, path.opti_instance_id`;

/**
 * Only whom a finding may want to unassign or to delete is looked at. To delete an account that is gone already deletes
 * nothing, unless Okta knows another one by an id.
 */
const LIVE_ACCOUNTS = `
  with leaving as (
    select okta_user_id from suspended_user
    union
    select okta_user_id from offboarded_user
    union
    select okta_user_id from unprovisioned_user where cause = 'deleted by hand'
  ),
  held as (
    select leaving_tie.opti_user_id, leaving_tie.okta_user_id
    from (from account_tie semi join leaving using (okta_user_id)) as leaving_tie
    join account_owner as owner using (opti_user_id)
    where not (leaving_tie.tie = 3 and owner.okta_user_id is not distinct from leaving_tie.okta_user_id)
      or leaving_tie.okta_user_id in (select okta_user_id from suspended_user)
  ),
  concerned as (from recorded_user union select opti_user_id from held)
  select opti_user_id, opti_user.email,
    list(distinct coalesce(okta_user.email, okta_user.login, okta_user_id) order by coalesce(okta_user.email, okta_user.login, okta_user_id)) as people,
    (select coalesce(list(distinct held.okta_user_id order by held.okta_user_id), []) from held
     where held.opti_user_id = live.opti_user_id) as held_by
  from (${LIVE}) as live
  semi join concerned using (opti_user_id)
  join opti_user using (opti_user_id)
  join okta_user using (okta_user_id)
  group by opti_user_id, opti_user.email
  order by opti_user_id`;

/** Roles that somebody assigned and active has through groups that go, and through no other. */
const ENDING_ROLES = `
  with live as (
    select distinct id_no(opti_user_id) as opti_user_no from (${LIVE})
    where id_no(opti_user_id) in (select opti_user_no from ending_path)
  ),
  path as (
    select opti_user_no, opti_group_no, opti_instance_no, opti_role_no
    from (from opti_group_member semi join live using (opti_user_no))
    join grant_path using (opti_group_no)
  ),
  staying as (from path anti join ending_path using (opti_group_no, opti_user_no))
  select distinct * from (from path anti join staying using (opti_user_no, opti_instance_no, opti_role_no))`;

const ROLES_OF_LIVE = `
  select opti_user.opti_user_id, opti_instance_id, opti_role_id, opti_group_id
  from ending_role
  join opti_user using (opti_user_no)
  join (select distinct opti_group_no, opti_group_id, opti_instance_no, opti_instance_id, opti_role_no, opti_role_id
        from grant_path) using (opti_group_no, opti_instance_no, opti_role_no)
  order by all`;

const LIVE_ACCESS = `
  with ending as (select distinct opti_user_no from ending_role),
  inside as (
    select opti_user_no, list(distinct opti_group.opti_group_id order by opti_group.opti_group_id) as opti_group_ids
    from (from opti_group_member semi join ending using (opti_user_no))
    join opti_group using (opti_group_no)
    group by all
  ),
  sent as (
    select user_pair.opti_user_no, list(distinct pushed_group.okta_group_id order by pushed_group.okta_group_id) as okta_group_ids
    from (from user_pair semi join ending using (opti_user_no)) as user_pair
    join expected_member using (okta_user_no)
    join pushed_group using (okta_group_no)
    -- What another push made goes with that push.
    where pushed_group.okta_group_id not in (select target_group_id from push_mapping where target_group_id is not null)
    group by all
  ),
  pushed_out as (
    select id_no(opti_user_id) as opti_user_no, list(distinct okta_group_id order by okta_group_id) as okta_group_ids
    from pushed_out
    group by all
  )
  select opti_user.opti_user_id, opti_user.email, user_pair.okta_user_id,
    coalesce(user_pair.matched_by_id, false) as is_linked,
    inside.opti_group_ids,
    coalesce(sent.okta_group_ids, []) as okta_group_ids,
    coalesce(pushed_out.okta_group_ids, []) as pushed_out_of
  from ending
  join inside using (opti_user_no)
  join opti_user using (opti_user_no)
  left join user_pair using (opti_user_no)
  left join sent using (opti_user_no)
  left join pushed_out using (opti_user_no)
  order by opti_user.opti_user_id`;

const OUTSIDE_SCIM = `
  select user_pair.okta_user_id,
    list(distinct pushed_group.okta_group_id order by pushed_group.okta_group_id) as okta_group_ids
  from user_pair
  join assigned_user using (okta_user_id)
  join opti_user using (opti_user_no)
  join snapshot.okta_group_members as member using (okta_user_no)
  join pushed_group using (okta_group_no)
  where (opti_user.is_collaborator or opti_user.local_login) and not pushed_group.is_built_in_everyone
  group by user_pair.okta_user_id
  order by user_pair.okta_user_id`;

const USER_RECORDS = `
  with membership as (
    select recorded.opti_user_id, opti_group.*
    from recorded_user as recorded
    join opti_group_member as member on member.opti_user_no = id_no(recorded.opti_user_id)
    join opti_group using (opti_group_no)
  ),
  member_of as (
    select opti_user_id,
      list({opti_group_id: opti_group_id, name: name, group_type: group_type} order by name, opti_group_id) as groups
    from membership
    group by all
  ),
  granted as (
    select opti_user_id, ${GRANTS} as grants
    from (select distinct opti_user_id, ${GRANT_COLUMNS} from membership join opti_grant using (opti_group_id))
    group by all
  )
  select 'user' as kind, opti_user.opti_user_id, opti_user.email, opti_user.first_name, opti_user.last_name,
    source.home_organization_id, opti_user.is_collaborator, opti_user.local_login, opti_user.status,
    opti_user.last_login_at,
    opti_user.external_id is not null
      or opti_user.opti_user_id in (select opti_user_id from user_pair where matched_by_id) as is_linked,
    coalesce(member_of.groups, []) as groups, coalesce(grants, []) as grants
  from opti_user
  join snapshot.opti_id_users as source using (opti_user_id)
  semi join recorded_user using (opti_user_id)
  left join member_of using (opti_user_id)
  left join granted using (opti_user_id)
  order by opti_user.opti_user_id`;

/** Members of pushed groups who are not assigned, and those whom the SSO app's assignments stand in for. */
const TO_ASSIGN = `
  with unassigned as (
    select okta_user_no from okta_user
    where okta_user_id not in (select okta_user_id from assigned_user where source = 'scim')
  ),
  wanted as (
    select okta_user_id, true as is_stand_in, null::varchar as okta_group_id
    from assigned_user where source = 'sso'
    union all
    select okta_user_id, false, okta_group_id
    from (${COMING}) semi join unassigned using (okta_user_no)
  )
  select okta_user_id,
    coalesce(any_value(okta_user.email), any_value(okta_user.login), okta_user_id) as email,
    bool_or(is_stand_in) as is_stand_in,
    okta_user_id in (
      select account_tie.okta_user_id
      from account_tie
      join (${LIVE}) as live using (opti_user_id)
      where live.okta_user_id <> account_tie.okta_user_id
    ) as is_other_profile,
    coalesce(list(distinct okta_group_id order by okta_group_id) filter (where okta_group_id is not null), [])
      as okta_group_ids
  from wanted
  join okta_user using (okta_user_id)
  where okta_user.is_active or okta_user.is_staged
  group by okta_user_id
  order by email, okta_user_id`;

const SUPER_ADMINS = `
  select admin.opti_user_id, admin.email, admin.stays, admin.signs_in_without_sso,
    admin.is_assigned,
    (select okta_user_id from user_pair where user_pair.opti_user_id = admin.opti_user_id) as okta_user_id,
    exists (
      select 1 from user_pair
      join okta_user using (okta_user_id)
      where user_pair.opti_user_id = admin.opti_user_id and okta_user.status in ('SUSPENDED', 'DEPROVISIONED')
    ) as is_shut_out,
    bool_or(
      not path.through_taken_group
      and not path.through_orphaned_group
      and not exists (
        select 1 from pushed_out
        where pushed_out.opti_group_id = path.opti_group_id and pushed_out.opti_user_id = admin.opti_user_id
      )
    ) as through_group_that_stays,
    {
      opti_instance_id: min(path.opti_instance_id), opti_role_id: min(path.opti_role_id),
      product: 'Admin Center', instance: min(path.instance), role: 'Super Admin',
      is_admin_center_role: true
    } as "grant"
  from super_admin as admin
  join access_path as path on path.opti_user_no = id_no(admin.opti_user_id) and path.is_super_admin
  group by all
  order by admin.email, admin.opti_user_id`;

const MANAGED_GROUPS = `
  select compared_group.okta_group_id, compared_group.opti_group_id, opti_group_record.members,
    (select count(*) from pushed_out
     where pushed_out.okta_group_id = compared_group.okta_group_id
       and pushed_out.opti_group_id = compared_group.opti_group_id) as unexpected
  from compared_group
  join opti_group_record using (opti_group_id)
  where relation = 'pushed'
  order by all`;

const NOT_LINKED = `
  with not_linked as (
    select okta_user_id, okta_user_no
    from app_user
    join okta_user using (okta_user_id)
    where app_user.is_assigned
      and (okta_user.is_active or okta_user.is_staged)
      and (okta_user_id not in (select okta_user_id from user_pair where matched_by_id)
        or okta_user_id in (select okta_user_id from unprovisioned_user))
  )
  select okta_user_id,
    coalesce(list(distinct okta_group_id order by okta_group_id) filter (where okta_group_id is not null), [])
      as okta_group_ids
  from not_linked
  left join snapshot.okta_group_members using (okta_user_no)
  left join (from pushed_group where not is_built_in_everyone) using (okta_group_no)
  group by okta_user_id
  order by okta_user_id`;

const OUT_OF_REACH = `
  select okta_user_id
  from (select okta_user_id from user_pair union select okta_user_id from app_user)
  where okta_user_id not in (
    select okta_user_id from okta_user join app_user using (okta_user_id)
    where okta_user.is_active and app_user.is_assigned)
  order by okta_user_id`;

const GONE_USERS = `
  select okta_user_id, opti_user_id,
    (select coalesce(list(distinct opti_group.opti_group_id order by opti_group.opti_group_id), [])
     from opti_group_member as member join opti_group using (opti_group_no)
     where member.opti_user_no = id_no(gone.opti_user_id)
       and opti_group.group_type = 'custom'
       and not opti_group.is_reserved) as custom_group_ids,
    (select coalesce(list(distinct pushed_out.okta_group_id order by pushed_out.okta_group_id), [])
     from pushed_out
     where pushed_out.opti_user_id = gone.opti_user_id) as okta_group_ids,
    opti_user_id in (select external_id from app_user where app_user.okta_user_id = gone.okta_user_id) as is_held
  from offboarded_user as gone
  order by all`;

const BASELINE_GRANTS = `
  with missing as (
    select source_group_id as okta_group_id, source_folded_name as folded_name,
      coalesce(target_external_id, remembered_pair.opti_group_id) as lost_opti_group_id
    from push_mapping
    left join remembered_pair using (okta_mapping_id)
    where okta_mapping_id not in (select okta_mapping_id from group_pair)
      and source_group_id not in (select okta_group_id from group_pair)
  ),
  by_id as (
    select missing.okta_group_id, opti_instance_id, opti_role_id, product, instance, role
    from missing
    join baseline_grant on baseline_grant.opti_group_id = lost_opti_group_id
  ),
  wanted as (
    select lost_grant.okta_group_id, lost_grant.opti_group_id, lost_grant.opti_instance_id, lost_grant.opti_role_id,
      baseline_grant.product, baseline_grant.instance, baseline_grant.role
    from lost_grant
    join baseline_grant using (opti_instance_id, opti_role_id)
    union all
    select okta_group_id, null, * exclude (okta_group_id) from by_id
    union all
    select missing.okta_group_id, null, opti_instance_id, opti_role_id, product, instance, role
    from missing
    join baseline_grant on fold_name(baseline_grant.group_name) = missing.folded_name
    where missing.okta_group_id not in (select okta_group_id from by_id)
  )
  select okta_group_id, opti_group_id, ${GRANTS} as grants
  from (
    select wanted.okta_group_id, wanted.opti_group_id, wanted.opti_instance_id, wanted.opti_role_id,
      min(wanted.product) as product, min(wanted.instance) as instance, min(wanted.role) as role,
      any_value(coalesce(known_role.product = 'Admin Center', false)) as is_admin_center_role
    from wanted
    join snapshot.opti_id_product_instances using (opti_instance_id)
    join snapshot.opti_id_roles as known_role using (opti_role_id)
    group by all
  )
  group by all
  order by okta_group_id, opti_group_id`;

/** What several of the queries read; each after those that it reads. */
const TABLES: Readonly<Record<string, string>> = {
  replaced: REPLACED,
  made_by_hand: MADE_BY_HAND,
  pushed_out: PUSHED_OUT,
  recorded_group: RECORDED_GROUPS,
  recorded_person: RECORDED_PEOPLE,
  recorded_user: RECORDED_USERS,
  // Only who has an ending path is looked at: most people have none, and all have several paths.
  ending_path: ENDING_PATHS,
  ending_role: ENDING_ROLES,
  coming_back: COMING_BACK,
};

/** What is known of the two sides once SCIM is on. */
async function readDrift(database: Database): Promise<DriftState> {
  const [context] = await database.all('select job from audit_context');
  if (context?.job !== 'drift') return NO_DRIFT;
  return {
    last_paths: await manyRows(database, LAST_PATHS),
    managed_groups: await rows(database, MANAGED_GROUPS),
    baseline_grants: await rows(database, BASELINE_GRANTS),
    not_linked: await rows(database, NOT_LINKED),
    out_of_reach: (await database.all(OUT_OF_REACH)).map(({ okta_user_id }) => String(okta_user_id)),
    gone_users: await rows(database, GONE_USERS),
  };
}

/** The roles of a person are read apart, a row per group: as lists of lists they would not fit into memory. */
async function readLiveAccess(database: Database): Promise<LiveAccess[]> {
  const rolesOf = new Map<string, LiveAccess['roles']>();
  type Row = { opti_user_id: string; opti_instance_id: string; opti_role_id: string; opti_group_id: string };
  for (const { opti_user_id, opti_group_id, ...role } of await manyRows<Row>(database, ROLES_OF_LIVE)) {
    const roles = rolesOf.get(opti_user_id) ?? [];
    rolesOf.set(opti_user_id, roles);
    const last = roles.at(-1);
    const isSame =
      last?.opti_instance_id === role.opti_instance_id && last.opti_role_id === role.opti_role_id;
    if (isSame) last.opti_group_ids.push(opti_group_id);
    else roles.push({ ...role, opti_group_ids: [opti_group_id] });
  }
  const people = await manyRows<Omit<LiveAccess, 'roles'>>(database, LIVE_ACCESS);
  return people.map((person) => ({ ...person, roles: rolesOf.get(person.opti_user_id) ?? [] }));
}

/** Rows that may be as many as the memberships of an org: an id that stands in many of them is held once. */
async function manyRows<Row>(database: Database, sql: string): Promise<Row[]> {
  const texts = new Map<string, string>();
  const once = (value: SqlValue): SqlValue => {
    if (Array.isArray(value)) return value.map(once);
    if (typeof value !== 'string') return value;
    const held = texts.get(value);
    if (held === undefined) texts.set(value, value);
    return held ?? value;
  };
  const all: SqlRow[] = [];
  for await (const some of database.stream(sql)) {
    for (const row of some) {
      const kept = row as Record<string, SqlValue>;
      for (const column in kept) kept[column] = once(kept[column] ?? null);
      all.push(kept);
    }
  }
  return all as unknown as Row[];
}

async function rows<Row>(database: Database, sql: string): Promise<Row[]> {
  return (await database.all(sql)) as unknown as Row[];
}
