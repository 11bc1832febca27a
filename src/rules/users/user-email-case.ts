import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-email-case',
  when: ['precutover'],
  severity: 'warning',
  subject: 'user',
  who: 'Okta admin',
  title: 'An e-mail differs in case or space only',
  why: 'Whether Opti ID takes the two for one person is not documented. If it does not, the person is created a second time, without access.',
  source: 'RFC 7643 §4.1.1 (userName is case-insensitive); behaviour of Opti ID unknown.',
  sql: `
    select
      okta_user.email as subject, okta_user.okta_user_id as okta_id, opti_user.opti_user_id as opti_id,
      opti_user.email as opti_email
    from assigned_user
    join user_pair using (okta_user_id)
    join okta_user using (okta_user_id)
    join opti_user using (opti_user_id)
    where okta_user.folded_email = opti_user.folded_email
      and okta_user.email <> opti_user.email
    order by subject, okta_id`,
  evidence: { opti_email: 'E-mail in Opti ID, as written' },
  detail: ({ subject, opti_email }) =>
    `${JSON.stringify(subject)} in Okta is ${JSON.stringify(opti_email)} in Opti ID.`,
  fix: 'Write the e-mail in Okta as it stands in Opti ID, at least until the person has been taken over.',
});
