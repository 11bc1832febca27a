import { sqlMembership } from '../../domain/codes.ts';
import { ADDS_OPTI_ID, defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-staged',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'membership',
  who: 'Okta admin',
  title: 'A member of a pushed group is not active in Okta yet',
  why: 'Okta does not push people who have not been activated. Once they are, their groups must be pushed again.',
  source: 'Okta: Group Push prerequisites.',
  notNeeded: { [ADDS_OPTI_ID]: 'user_pair group_pair' },
  sql: `
    select
      ${sqlMembership('coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id)', 'pushed_group.name')},
      okta_user.okta_user_id as okta_id,
      user_pair.opti_user_id as opti_id,
      concat_ws('|', pushed_group.okta_group_id, okta_user.okta_user_id) as identity,
      pushed_group.okta_group_id,
      (select min(opti_group_id) from group_pair where okta_group_id = pushed_group.okta_group_id) as opti_group_id,
      okta_user.status as okta_status
    from snapshot.okta_group_members as member
    join pushed_group using (okta_group_no)
    join okta_user using (okta_user_no)
    left join user_pair using (okta_user_id)
    where okta_user.is_staged
      and not pushed_group.is_built_in_everyone
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    okta_group_id: 'Okta id of the pushed group',
    opti_group_id: 'Id of the group in the store that its push made, if it made one',
    okta_status: "The person's status in Okta",
  },
  codes: { person: 'Whose membership it is' },
  alsoAbout: ['okta_group_id', 'opti_group_id'],
  detail: ({ subject, okta_status }) =>
    `${subject}: the person is ${okta_status} in Okta, so the push leaves them out.`,
  fix: 'Activate the person in Okta, then push the group again.',
});
