import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-name-missing',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'An assigned user has no first or last name',
  cause: { of: 'person', one: 'has no first or last name', many: 'have no first or last name' },
  why: 'Okta sends both names with each user. Without them Opti ID refuses the user, or shows somebody nameless.',
  source: 'Article: Customize user provisioning attribute mappings.',
  sql: `
    select
      coalesce(email, login, okta_user_id) as subject, okta_user_id as okta_id, null::varchar as opti_id,
      concat_ws(' and ',
        case when is_blank(coalesce(first_name, '')) then 'first name' end,
        case when is_blank(coalesce(last_name, '')) then 'last name' end
      ) as missing
    from assigned_user
    join okta_user using (okta_user_id)
    where is_blank(coalesce(first_name, '')) or is_blank(coalesce(last_name, ''))
    order by subject, okta_id`,
  evidence: { missing: 'Which name is missing' },
  detail: ({ subject, missing }) => `${subject} has no ${missing} in Okta.`,
  fix: "Fill in the names in the person's Okta profile, or in the directory it comes from.",
});
