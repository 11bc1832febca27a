import { ADDS_OPTI_ID, defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-invitation-pending',
  when: ['precutover'],
  severity: 'warning',
  subject: 'user',
  who: 'Opti ID admin',
  title: 'An assigned user has a pending invitation',
  why: 'An invitation and SCIM create the same person twice, and the invitation brings groups that SCIM does not know.',
  source: 'Opti ID documentation: Invitations.',
  notNeeded: { [ADDS_OPTI_ID]: 'user_pair' },
  sql: `
    select
      okta_user.email as subject, okta_user.okta_user_id as okta_id, user_pair.opti_user_id as opti_id,
      list(invitation.opti_invitation_id order by invitation.opti_invitation_id) as invitation_ids,
      min(invitation.created_at) as invited
    from snapshot.opti_id_invitations as invitation
    join okta_user on okta_user.folded_email = fold_email(invitation.email)
    join assigned_user using (okta_user_id)
    left join user_pair using (okta_user_id)
    where invitation.status = 'pending'
    group by all
    order by subject, okta_id`,
  evidence: { invitation_ids: 'Ids of the pending invitations', invited: 'When the first was sent' },
  detail: ({ subject }) => `${subject} is assigned and has a pending invitation to Opti ID.`,
  fix: 'Revoke the invitation in the Admin Center before the cutover, or let the person accept it first.',
});
