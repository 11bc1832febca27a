import { textOfMembershipCause } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

export const membershipChange: DerivedTable = {
  name: 'membership_change',
  means: 'A membership that differs, with both sides of the person and the reason.',
  columns: {
    change: '`gained` (Okta alone has it) or `lost` (Opti ID alone has it)',
    relation: '`taken` (the store group must be deleted first) or `pushed` (the push made it)',
    cause: 'Why it differs, as a code',
  },
  sql: `
    select *, ${textOfMembershipCause('cause', 'okta_status')} as reason
    from (
      select
        delta.change,
        compared_group.relation,
        delta.okta_group_id,
        okta_group.name as okta_group_name,
        delta.opti_group_id,
        delta.okta_user_id,
        coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as okta_email,
        okta_user.status as okta_status,
        delta.opti_user_id,
        opti_user.email as opti_email,
        coalesce(opti_user.is_collaborator, false) as is_collaborator,
        coalesce(opti_user.local_login, false) as local_login,
        case
          when delta.change = 'gained' and delta.opti_user_id is null and compared_group.relation = 'pushed'
          then 'not_in_store'
          when delta.change = 'gained' and delta.opti_user_id is null then 'created_first'
          when delta.change = 'gained' then 'not_in_opti_group'
          when opti_user.is_collaborator then 'collaborator'
          when opti_user.local_login then 'local_login'
          when delta.okta_user_id is null then 'not_in_okta'
          when okta_user.status = 'SUSPENDED' then 'suspended'
          when okta_user.status = 'DEPROVISIONED' then 'deprovisioned'
          when okta_user.is_staged then 'staged'
          when member.okta_user_no is null then 'not_in_okta_group'
          when delta.okta_user_id not in (select okta_user_id from assigned_user) then 'not_assigned'
          else 'not_expected'
        end as cause
      from membership_delta as delta
      join compared_group using (okta_group_id, opti_group_id)
      join okta_group using (okta_group_id)
      left join okta_user using (okta_user_id)
      left join opti_user using (opti_user_id)
      left join snapshot.okta_group_members as member
        on member.okta_group_no = compared_group.okta_group_no and member.okta_user_no = okta_user.okta_user_no
    )`,
};
