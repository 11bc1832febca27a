import type { OptiUserRow } from './dataset.ts';

/** What of a store user tells who they are in Okta. */
export type OptiUserIdentity = Pick<OptiUserRow, 'opti_user_id' | 'external_id' | 'email'>;

/**
 * True for a store user who should have a partner in Okta: present, and neither a collaborator nor somebody with
 * local login, unless a SCIM client owns them all the same.
 */
export function shouldBeInOkta(user: OptiUserRow, organizationId: string): boolean {
  if (user.status === 'deleted') return false;
  const isCollaborator = user.home_organization_id !== null && user.home_organization_id !== organizationId;
  return user.external_id !== null || !(isCollaborator || user.local_login);
}
