import type { DerivedTable } from './table.ts';

/** Users whom something is odd about, and all users of a report. */
export const USERS: readonly DerivedTable[] = [
  {
    name: 'offboarded_user',
    means:
      'The owner of an account by an id who is deprovisioned or not assigned, where no other app manages the account.',
    sql: `
      select
        account_owner.okta_user_id,
        okta_user.status as okta_status,
        account_owner.is_assigned, opti_user_id, matched_by, other_profiles
      from account_owner
      left join okta_user using (okta_user_id)
      where matched_by_id
        and not is_ambiguous
        and (coalesce(okta_user.status = 'DEPROVISIONED', false) or not is_assigned)
        and opti_user_id not in (select opti_user_id from user_managed_elsewhere)`,
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
        and okta_user_id not in (select okta_user_id from ambiguous_user where okta_user_id is not null)
      union all
      select okta_user_id, external_id, 'deleted by hand'
      from app_user
      where is_assigned
        and external_id is not null
        and external_id not in (select opti_user_id from opti_user)`,
  },
  {
    name: 'address_holder',
    onlyFor: 'drift',
    means:
      'An Okta user whose account, tied by an id, has another e-mail than the user, and the store user who holds the e-mail of the user: two accounts of one person.',
    columns: {
      holder_id: 'Id of the store user who holds the e-mail',
    },
    sql: `
      select okta_user_id, user_pair.opti_user_id, holder.opti_user_id as holder_id
      from user_pair
      join okta_user using (okta_user_id)
      join opti_user using (opti_user_id)
      join opti_user as holder on holder.folded_email = okta_user.folded_email
      where matched_by_id
        and opti_user.folded_email <> okta_user.folded_email`,
  },
  {
    name: 'linked_to_another',
    onlyFor: 'drift',
    means:
      'An Okta user whose account, tied by an id, has the e-mail of another Okta user: Okta holds the account of a colleague.',
    columns: {
      colleague_id: 'Okta id of the user whose e-mail the account has',
    },
    sql: `
      select okta_user.okta_user_id, user_pair.opti_user_id, min(colleague.okta_user_id) as colleague_id
      from user_pair
      join okta_user using (okta_user_id)
      join opti_user using (opti_user_id)
      join okta_user as colleague
        on colleague.folded_email = opti_user.folded_email and colleague.okta_user_id <> okta_user.okta_user_id
      where matched_by_id
        and opti_user.folded_email <> okta_user.folded_email
        -- A deprovisioned profile is nobody's colleague; it may be an earlier one of the same person.
        and colleague.status <> 'DEPROVISIONED'
      group by okta_user.okta_user_id, user_pair.opti_user_id`,
  },
  {
    name: 'unmanaged_user',
    means:
      'A store user whom SCIM should manage and nobody does: in a domain of SCIM, no collaborator, no local login, nobody assigned or suspended owns the account, and no other app manages it. Of whom the match is not certain nothing is said.',
    columns: {
      okta_user_id: 'Okta id of the owner, who is not assigned; null where nobody in Okta owns the account',
      matched_by_id: 'True where an id ties the owner to it',
    },
    sql: `
      select opti_user_id, owner.okta_user_id, coalesce(owner.matched_by_id, false) as matched_by_id
      from opti_user
      left join account_owner as owner using (opti_user_id)
      where opti_user.email_domain in (select domain from scim_domain)
        and not opti_user.is_collaborator
        and not opti_user.local_login
        and not coalesce(owner.is_assigned, false)
        and coalesce(owner.okta_user_id not in (select okta_user_id from suspended_user), true)
        and opti_user_id not in (select opti_user_id from ambiguous_user where opti_user_id is not null)
        and opti_user_id not in (select opti_user_id from user_managed_elsewhere)`,
  },
  {
    name: 'left_behind_user',
    onlyFor: 'drift',
    means:
      'A store user whom nobody manages after the cutover and whom no id ties to an Okta user; in any domain, where the store names an Okta user whom Okta was asked for by id and does not know.',
    sql: `
      with gone as (
        select opti_user_id
        from opti_user
        where external_id is not null
          and opti_user_id in (
            select lookup.opti_user_id
            from snapshot.okta_user_lookups as lookup
            where lookup.asked_by = 'id' and lookup.okta_user_id is distinct from external_id
          )
          and not is_collaborator
          and not local_login
          and opti_user_id not in (select opti_user_id from account_owner where is_assigned or matched_by_id)
          and opti_user_id not in (select opti_user_id from ambiguous_user where opti_user_id is not null)
          and opti_user_id not in (select opti_user_id from user_managed_elsewhere)
      )
      select opti_user_id, okta_user_id
      from (
        select opti_user_id, okta_user_id from unmanaged_user where not matched_by_id
        union
        select opti_user_id, owner.okta_user_id
        from gone
        left join account_owner as owner using (opti_user_id)
        where coalesce(owner.okta_user_id not in (select okta_user_id from suspended_user), true)
      )
      where opti_user_id not in (select holder_id from address_holder)`,
  },
  {
    name: 'user_alias',
    onlyFor: 'precutover',
    means: 'An assigned user without a match, and a store user with the same address but for a +tag.',
    sql: `
      with unmatched as (
        select okta_user_id, folded_email, regexp_replace(folded_email, '\\+[^@]*@', '@') as without_tag
        from assigned_user
        join okta_user using (okta_user_id)
        where okta_user_id not in (select okta_user_id from account_tie)
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
    onlyFor: 'precutover',
    means:
      'An assigned user without a match, and a store user with the same local part and names in another domain.',
    sql: `
      select distinct assigned_user.okta_user_id, opti_user.opti_user_id
      from assigned_user
      join okta_user using (okta_user_id)
      join opti_user
        on local_part(opti_user.folded_email) = local_part(okta_user.folded_email)
        and fold_name(opti_user.first_name) = fold_name(okta_user.first_name)
        and fold_name(opti_user.last_name) = fold_name(okta_user.last_name)
      where assigned_user.okta_user_id not in (select okta_user_id from account_tie)
        and opti_user.email_domain <> email_domain(okta_user.email)`,
  },
  {
    name: 'user_known_by_login',
    onlyFor: 'precutover',
    means:
      'An assigned user without a match, and a store user nobody assigned owns whose e-mail is the login of the user or their user name in the SSO app: just-in-time provisioning knew them by it.',
    columns: {
      known_by: '`login` or `user name in the SSO app`',
    },
    sql: `
      with name as (
        select okta_user_id, fold_email(login) as folded_name, 'login' as known_by from okta_user
        union all
        select okta_user_id, fold_email(user_name), 'user name in the SSO app' from snapshot.okta_sso_app_users
      )
      select okta_user_id, opti_user.opti_user_id, min(known_by) as known_by
      from (from name semi join assigned_user using (okta_user_id) anti join account_tie using (okta_user_id))
      join opti_user on opti_user.folded_email = folded_name
      where opti_user.opti_user_id not in (select opti_user_id from account_owner where is_assigned and not is_ambiguous)
      group by okta_user_id, opti_user.opti_user_id`,
  },
  {
    name: 'user_in_scope',
    means:
      'A person whom the cutover or the night concerns: assigned in Okta, present in the store, or both; and suspended people of either.',
    columns: {
      is_main: 'False for a further account of its owner, whom it says nothing of',
    },
    sql: `
      with assigned as (
        select okta_user_id, user_pair.opti_user_id, matched_by, coalesce(matched_by_id, false) as matched_by_id
        from assigned_user
        left join user_pair using (okta_user_id)
      )
      select okta_user_id, true as is_main, true as is_assigned, opti_user_id, matched_by, matched_by_id
      from assigned
      union all
      select
        owner.okta_user_id,
        user_pair.opti_user_id is not null,
        coalesce(owner.is_assigned and not owner.is_ambiguous, false),
        opti_user.opti_user_id, owner.matched_by,
        coalesce(owner.matched_by_id, false)
      from opti_user
      left join account_owner as owner using (opti_user_id)
      left join user_pair using (opti_user_id)
      where opti_user.opti_user_id not in (select opti_user_id from assigned where opti_user_id is not null)`,
  },
];
