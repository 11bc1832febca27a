import { AMBIGUITIES, textOfCode, USER_MATCHES } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

/** How far an Okta status lets its profile stand for an account: of several on one tie the smallest counts. */
const STANDING = `case
          when okta_user.is_active then 0
          when okta_user.is_staged then 1
          when okta_user.status = 'SUSPENDED' then 2
          when okta_user.status = 'DEPROVISIONED' then 3
          else 4
        end`;

/** Who somebody is on both sides: every rule, situation and step of the plan asks here and nowhere else. */
export const OWNERS: readonly DerivedTable[] = [
  {
    name: 'account_tie',
    means: 'An Okta user who points to a store user, by the strongest tie between the two.',
    columns: {
      tie: '1: external id of the assigned app user. 2: external id in the store of an assigned user. 3: e-mail of an assigned user. 4: an id of somebody not assigned. 5: e-mail of somebody not assigned',
      match: 'What the two have in common, as a code',
    },
    sql: `
      select opti_user_id, okta_user_id, tie, match, match_rank
      from (
        select opti_user.opti_user_id, assignment.okta_user_id, 1 as tie, 'app_user_external_id' as match, 0 as match_rank
        from (from snapshot.okta_app_users semi join assigned_user using (okta_user_id)) as assignment
        join opti_user on opti_user.opti_user_id = assignment.external_id
        union all
        select opti_user.opti_user_id, assigned_user.okta_user_id, 2, 'external_id', 0
        from assigned_user
        join opti_user on opti_user.external_id = assigned_user.okta_user_id
        union all
        select opti_user.opti_user_id, assigned_user.okta_user_id, 3, 'user_name', 0
        from assigned_user
        join opti_user on opti_user.folded_email = assigned_user.folded_user_name
        union all
        select opti_user.opti_user_id, okta_user.okta_user_id, 3, 'email', 1
        from (from okta_user semi join assigned_user using (okta_user_id)) as okta_user
        join opti_user on opti_user.folded_email = okta_user.folded_email
        union all
        select opti_user.opti_user_id, okta_user.okta_user_id, 4, 'external_id', 0
        from (from okta_user anti join assigned_user using (okta_user_id)) as okta_user
        join opti_user on opti_user.external_id = okta_user.okta_user_id
        union all
        select opti_user.opti_user_id, assignment.okta_user_id, 4, 'app_user_external_id', 1
        from (from snapshot.okta_app_users anti join assigned_user using (okta_user_id)) as assignment
        join opti_user on opti_user.opti_user_id = assignment.external_id
        union all
        select opti_user.opti_user_id, okta_user.okta_user_id, 5, 'email', 0
        from (from okta_user anti join assigned_user using (okta_user_id)) as okta_user
        join opti_user on opti_user.folded_email = okta_user.folded_email
      )
      qualify row_number() over (partition by opti_user_id, okta_user_id order by tie, match_rank) = 1`,
  },
  {
    name: 'account_owner',
    means:
      'A store user to whom somebody in Okta points, and the one who owns the account: nobody where two assigned, active people have the same tie. Whoever else points to it speaks of nothing.',
    columns: {
      okta_user_id: 'Okta id of the owner; null where two people could be',
      tie: 'Number of the strongest tie, which decides: 1 to 3 of an assigned user, 4 and 5 of somebody not assigned',
      is_assigned: 'True where the owner is assigned to the SCIM app',
      matched_by_id: 'True where an id ties the two',
      is_ambiguous: 'True where two people could be the owner',
    },
    sql: `
      with pointing as (
        select
          account_tie.*,
          okta_user.status as okta_status,
          row_number() over (
            partition by opti_user_id
            order by tie, ${STANDING}, match_rank, okta_user_id
          ) as place,
          count(*) filter (tie <= 3 and okta_user.is_active) over (partition by opti_user_id, tie) > 1 as is_contested
        from account_tie
        left join okta_user using (okta_user_id)
      ),
      others as (
        select
          opti_user_id,
          list(okta_user_id || ' (' || coalesce(okta_status, 'unknown') || ')' order by place) as other_profiles
        from pointing
        where place > 1
        group by opti_user_id
      )
      select
        opti_user_id,
        id_no(opti_user_id) as opti_user_no,
        case when not is_contested then okta_user_id end as okta_user_id,
        tie, match_rank,
        ${textOfCode('match', USER_MATCHES)} as matched_by,
        tie in (1, 2, 4) as matched_by_id,
        tie <= 3 as is_assigned,
        is_contested as is_ambiguous,
        coalesce(other_profiles, []) as other_profiles
      from pointing
      left join others using (opti_user_id)
      where place = 1`,
  },
  {
    name: 'user_pair',
    means:
      'An Okta user and the account that they own, and by what the two were matched; of several accounts the one with the strongest tie.',
    sql: `
      select
        okta_user_id,
        id_no(okta_user_id) as okta_user_no,
        opti_user_id, opti_user_no, tie, matched_by, matched_by_id, is_assigned, other_profiles
      from account_owner
      where okta_user_id is not null
      qualify row_number() over (partition by okta_user_id order by tie, match_rank, opti_user_id) = 1`,
  },
  {
    name: 'other_profile',
    means: 'An Okta user who points to an account that somebody else owns, and owns none.',
    sql: `
      select distinct pointing.okta_user_id
      from (from account_tie anti join user_pair using (okta_user_id)) as pointing
      join account_owner using (opti_user_id)
      where not is_ambiguous`,
  },
  {
    name: 'ambiguous_user',
    means:
      'A user whose match is not certain: several store users fold to one e-mail, or two assigned, active people point to one store user. Where one of the two has the stronger tie, they own the account all the same.',
    columns: {
      code: 'Why the match is not certain: `shared_email` or `shared_store_user`',
      cause: 'The same in words',
    },
    sql: `
      with same_email as (
        select folded_email from opti_user group by folded_email having count(*) > 1
      ),
      rivalry as (
        select opti_user_id from account_tie semi join coming_user using (okta_user_id) group by opti_user_id having count(*) > 1
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
        select opti_user.folded_email, account_tie.okta_user_id, opti_user_id, 'shared_store_user'
        from account_tie
        join opti_user using (opti_user_id)
        join coming_user using (okta_user_id)
        where opti_user_id in (select opti_user_id from rivalry)
      )`,
  },
];
