import { AMBIGUITIES, textOfCode } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

/** Users whom something is odd about, and all users of a report. */
export const USERS: readonly DerivedTable[] = [
  {
    name: 'offboarded_user',
    means: 'An Okta user who is deprovisioned or not assigned, and the store user that an id ties to them.',
    sql: `
      select
        okta_user_id,
        okta_user.status as okta_status,
        okta_user_id in (select okta_user_id from assigned_user) as is_assigned,
        user_pair.opti_user_id, user_pair.matched_by
      from user_pair
      left join okta_user using (okta_user_id)
      where user_pair.matched_by_id
        and (
          coalesce(okta_user.status = 'DEPROVISIONED', false)
          or okta_user_id not in (select okta_user_id from assigned_user)
        )`,
  },
  {
    name: 'unprovisioned_user',
    means:
      'An assigned user without the store user that Okta should have made or took over: never provisioned, or made once and gone from the store.',
    reads: 'okta.appUsers',
    columns: {
      cause: '`not provisioned` or `deleted by hand`',
    },
    sql: `
      select okta_user_id, external_id, 'not provisioned' as cause
      from app_user
      join okta_user using (okta_user_id)
      where app_user.is_assigned
        and okta_user.is_active
        and app_user.external_id is null
        and okta_user_id not in (select okta_user_id from user_pair)
      union all
      select okta_user_id, external_id, 'deleted by hand'
      from app_user
      where is_assigned
        and external_id is not null
        and external_id not in (select opti_user_id from opti_user)`,
  },
  {
    name: 'ambiguous_user',
    means:
      'A user whose match is not certain: several store users fold to one e-mail, or several assigned users match one store user.',
    columns: {
      code: 'Why the match is not certain: `shared_email` or `shared_store_user`',
      cause: 'The same in words',
    },
    sql: `
      with same_email as (
        select folded_email from opti_user group by folded_email having count(*) > 1
      ),
      same_store_user as (
        select opti_user_id
        from user_pair
        join assigned_user using (okta_user_id)
        group by opti_user_id
        having count(*) > 1
      )
      select *, ${textOfCode('code', AMBIGUITIES)} as cause
      from (
        select folded_email, null::varchar as okta_user_id, opti_user_id, 'shared_email' as code
        from opti_user
        where folded_email in (select folded_email from same_email)
        union
        select okta_user.folded_email, okta_user_id, null, 'shared_email'
        from assigned_user
        join okta_user using (okta_user_id)
        where okta_user.folded_email in (select folded_email from same_email)
        union
        select assigned_user.folded_user_name, okta_user_id, null, 'shared_email'
        from assigned_user
        where assigned_user.folded_user_name in (select folded_email from same_email)
        union
        select opti_user.folded_email, user_pair.okta_user_id, opti_user_id, 'shared_store_user'
        from same_store_user
        join opti_user using (opti_user_id)
        join user_pair using (opti_user_id)
        join assigned_user using (okta_user_id)
      )`,
  },
  {
    name: 'left_behind_user',
    means:
      'A store user of a domain that SCIM manages whom nobody manages: no id ties the user to an Okta user, and no assigned user has the e-mail. Ambiguous and suspended people have their own rules.',
    sql: `
      select opti_user_id, owner.okta_user_id
      from opti_user
      left join opti_user_owner as owner using (opti_user_id)
      where opti_user.email_domain in (select domain from scim_domain)
        and not opti_user.is_collaborator
        and not opti_user.local_login
        and opti_user_id not in (
          select opti_user_id
          from user_pair
          where matched_by_id
            or okta_user_id in (select okta_user_id from assigned_user)
            or okta_user_id in (select okta_user_id from suspended_user)
        )
        and opti_user_id not in (select opti_user_id from ambiguous_user where opti_user_id is not null)`,
  },
  {
    name: 'user_alias',
    means: 'An assigned user without a match, and a store user with the same address but for a +tag.',
    sql: `
      with unmatched as (
        select okta_user_id, folded_email, regexp_replace(folded_email, '\\+[^@]*@', '@') as without_tag
        from assigned_user
        join okta_user using (okta_user_id)
        where okta_user_id not in (select okta_user_id from user_pair)
          and folded_email is not null
      ),
      tagged as (
        select opti_user_id, regexp_replace(folded_email, '\\+[^@]*@', '@') as without_tag
        from opti_user
        where folded_email like '%+%@%'
      )
      -- Two joins by equality: one with an OR would compare everybody with everybody.
      select unmatched.okta_user_id, opti_user.opti_user_id
      from unmatched
      join opti_user on opti_user.folded_email = unmatched.without_tag
      union
      select unmatched.okta_user_id, tagged.opti_user_id
      from unmatched
      join tagged on tagged.without_tag = unmatched.folded_email`,
  },
  {
    name: 'user_domain_change',
    means:
      'An assigned user without a match, and a store user with the same local part and names in another domain of the organization.',
    sql: `
      select distinct assigned_user.okta_user_id, opti_user.opti_user_id
      from assigned_user
      join okta_user using (okta_user_id)
      join opti_user
        on local_part(opti_user.folded_email) = local_part(okta_user.folded_email)
        and fold_name(opti_user.first_name) = fold_name(okta_user.first_name)
        and fold_name(opti_user.last_name) = fold_name(okta_user.last_name)
      where assigned_user.okta_user_id not in (select okta_user_id from user_pair)
        and opti_user.email_domain <> email_domain(okta_user.email)
        and opti_user.email_domain in (
          select fold_domain(domain) from (select unnest(domains) as domain from snapshot.opti_id_sso_connections)
        )`,
  },
  {
    name: 'user_in_scope',
    means:
      'A person whom the cutover or the night concerns: assigned in Okta, present in the store, or both; and suspended people of either.',
    sql: `
      with okta_side as (
        select okta_user_id from assigned_user
        union
        select okta_user_id from user_pair
      ),
      -- Of several Okta users with one store user each assigned one keeps its row, the others only if none is.
      paired as (
        select okta_user_id, user_pair.opti_user_id, matched_by, matched_by_id,
          okta_user_id in (select okta_user_id from assigned_user) as is_assigned
        from okta_side
        left join user_pair using (okta_user_id)
        qualify is_assigned
          or row_number() over (partition by opti_user_id order by is_assigned desc, okta_user_id) = 1
      )
      select
        paired.okta_user_id,
        coalesce(paired.is_assigned, false) as is_assigned,
        opti_user.opti_user_id, paired.matched_by,
        coalesce(paired.matched_by_id, false) as matched_by_id
      from paired
      left join opti_user using (opti_user_id)
      union all
      select null, false, opti_user_id, null, false
      from opti_user
      where opti_user_id not in (select opti_user_id from user_pair)`,
  },
];
