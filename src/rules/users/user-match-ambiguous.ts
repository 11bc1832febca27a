import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-match-ambiguous',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'user',
  who: 'Opti ID admin',
  title: 'It is unclear which user will be taken over',
  cause: { of: 'e-mail', one: 'matches several users', many: 'match several users' },
  why: 'Okta takes a user over by e-mail. Where two store users share one, or two app users match one store user, it takes whichever it finds first.',
  source: 'Article: Create Users (take-over by e-mail).',
  sql: `
    select
      folded_email as subject, null::varchar as okta_id, null::varchar as opti_id,
      list(distinct okta_user_id order by okta_user_id) filter (where okta_user_id is not null) as okta_user_ids,
      list(distinct opti_user_id order by opti_user_id) filter (where opti_user_id is not null) as opti_user_ids,
      string_agg(distinct cause, ', ' order by cause) as cause,
      bool_and(code = 'shared_email') as is_email_alone
    from ambiguous_user
    group by folded_email
    having count(distinct opti_user_id) > 0
    order by subject`,
  evidence: {
    okta_user_ids: 'Assigned Okta users concerned',
    opti_user_ids: 'Store users concerned',
    cause: 'What makes the match uncertain',
  },
  codes: { is_email_alone: 'True when only store users share the e-mail' },
  alsoAbout: ['okta_user_ids', 'opti_user_ids'],
  detail: ({ subject, cause, okta_user_ids, opti_user_ids }) => {
    const okta = (okta_user_ids as readonly string[] | null) ?? [];
    const opti = (opti_user_ids as readonly string[] | null) ?? [];
    return `${subject}: ${cause} (Opti ID: ${opti.join(', ')}; Okta: ${okta.join(', ') || 'nobody assigned'}).`;
  },
  fix: 'Find out whose the accounts are. Correct the user name of the app user who is somebody else; where one person has two accounts, keep the one with the product access and ask Optimizely Support about the other. Delete none that somebody assigned and active may use.',
});
