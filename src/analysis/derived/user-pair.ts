import { textOfCode, USER_MATCHES } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

export const userPair: DerivedTable = {
  name: 'user_pair',
  means: 'An Okta user and the store user that is the same person, and by what the two were matched.',
  sql: `
    select
      okta_user_id,
      id_no(okta_user_id) as okta_user_no,
      opti_user_id,
      id_no(opti_user_id) as opti_user_no,
      ${textOfCode('match', USER_MATCHES)} as matched_by,
      rank <= 2 as matched_by_id
    from (
      select assignment.okta_user_id, opti_user.opti_user_id, 'app_user_external_id' as match, 1 as rank
      from snapshot.okta_app_users as assignment
      join opti_user on opti_user.opti_user_id = assignment.external_id
      union all
      select okta_user.okta_user_id, opti_user.opti_user_id, 'external_id', 2
      from okta_user
      join opti_user on opti_user.external_id = okta_user.okta_user_id
      union all
      select assignment.okta_user_id, opti_user.opti_user_id, 'user_name', 3
      from snapshot.okta_app_users as assignment
      join opti_user on opti_user.folded_email = fold_email(assignment.user_name)
      union all
      select okta_user.okta_user_id, opti_user.opti_user_id, 'email', 4
      from okta_user
      join opti_user on opti_user.folded_email = okta_user.folded_email
    )
    qualify row_number() over (partition by okta_user_id order by rank, opti_user_id) = 1`,
};
