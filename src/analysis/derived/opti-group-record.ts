import type { DerivedTable } from './table.ts';

export const optiGroupRecord: DerivedTable = {
  name: 'opti_group_record',
  means: 'What a group of the store has today, and what goes with it when it is deleted.',
  sql: `
    select
      opti_group_id,
      coalesce(members, 0) as members,
      coalesce(grants, []) as grants
    from opti_group
    left join (
      select opti_group_no, count(*) as members from opti_group_member group by opti_group_no
    ) using (opti_group_no)
    left join (
      select
        opti_group_id,
        list(distinct product || ' / ' || instance || ': ' || role order by product || ' / ' || instance || ': ' || role) as grants
      from opti_grant
      group by opti_group_id
    ) using (opti_group_id)`,
};
