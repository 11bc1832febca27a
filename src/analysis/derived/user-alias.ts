import type { DerivedTable } from './table.ts';

export const userAlias: DerivedTable = {
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
};
