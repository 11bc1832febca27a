import { AMBIGUITIES, textOfCode } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

export const ambiguousUser: DerivedTable = {
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
};
