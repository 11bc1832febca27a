import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-email-alias',
  when: ['precutover'],
  severity: 'warning',
  subject: 'user',
  who: 'Okta admin',
  title: 'An assigned user matches a store user but for a +tag',
  why: 'Okta would create a second user for what is probably the same person, and the old one keeps the access.',
  source: 'Article: Create Users (take-over by e-mail).',
  sql: `
    select
      okta_user.email as subject, okta_user.okta_user_id as okta_id, opti_user.opti_user_id as opti_id,
      opti_user.email as opti_email
    from user_alias
    join okta_user using (okta_user_id)
    join opti_user using (opti_user_id)
    order by subject, okta_id, opti_id`,
  evidence: { opti_email: 'E-mail in Opti ID' },
  detail: ({ subject, opti_email }) => `${subject} is assigned and not in Opti ID, where ${opti_email} is.`,
  fix: 'If they are one person, make the two e-mails alike before the cutover; if not, do nothing.',
});
