import { sqlAbsence, sqlMembership } from '../../domain/codes.ts';
import { ADDS_OPTI_ID, defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-not-assigned',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'membership',
  who: 'Okta admin',
  title: 'A member of a pushed group is not assigned to the SCIM app',
  cause: {
    of: 'membership',
    one: 'is of somebody who is not assigned',
    many: 'are of people who are not assigned',
  },
  why: 'Okta pushes a member only when the person is assigned to the app as well. This one never arrives, and nothing in Okta says so.',
  source: 'Article: assign, then push; Okta: SCIM reference on group membership.',
  notNeeded: { [ADDS_OPTI_ID]: 'user_pair group_pair' },
  sql: `
    with unassigned as (
      select * from okta_user anti join assigned_user using (okta_user_id) where is_active
    )
    select
      ${sqlMembership('coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id)', 'pushed_group.name')},
      okta_user.okta_user_id as okta_id,
      user_pair.opti_user_id as opti_id,
      concat_ws('|', pushed_group.okta_group_id, okta_user.okta_user_id) as identity,
      pushed_group.okta_group_id,
      (select min(opti_group_id) from group_pair where okta_group_id = pushed_group.okta_group_id) as opti_group_id,
      okta_user.status as okta_status,
      ${sqlAbsence('okta_user.okta_user_id')} as absence
    from snapshot.okta_group_members as member
    join pushed_group using (okta_group_no)
    join unassigned as okta_user using (okta_user_no)
    left join user_pair using (okta_user_id)
    where not pushed_group.is_built_in_everyone
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    okta_group_id: 'Okta id of the pushed group',
    opti_group_id: 'Id of the group in the store that its push made, if it made one',
    okta_status: "The person's status in Okta",
    absence: 'Whether Okta was asked about the person, or it is inferred from the list',
  },
  codes: { person: 'Whose membership it is' },
  alsoAbout: ['okta_group_id', 'opti_group_id'],
  detail: ({ subject }) =>
    `${subject}: in the Okta group and not assigned to the SCIM app, so the push leaves the person out.`,
  fix: 'Assign the person to the SCIM app through the assignment group, or take them out of the pushed group.',
});
