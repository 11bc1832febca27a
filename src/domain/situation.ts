/** What happens to a group. Closed list; where several apply, the first in this order. */
export const GROUP_SITUATIONS = [
  'UNKNOWN',
  'RESERVED',
  'IN_FLIGHT',
  'DELETE_FIRST',
  'RENAME_FIRST',
  'LINKED',
  'MISSING',
  'MANAGED',
  'CREATE',
  'ORPHANED',
  'LEFT_ALONE',
] as const;
export type GroupSituation = (typeof GROUP_SITUATIONS)[number];

/** A row of `groups.csv`. */
export interface GroupRow {
  situation: GroupSituation;
  okta_group_id: string | null;
  okta_group_name: string | null;
  opti_group_id: string | null;
  opti_group_name: string | null;
  push_status: string | null;
  members_okta: number | null;
  members_opti: number | null;
  members_lost: number | null;
  members_gained: number | null;
  /** Names, joined by `; `. */
  instances: string;
  roles: string;
  /** Ids of the rules that fire on it, joined by `; `. */
  findings: string;
}

/** What happens to a user. Closed list; where several apply, the first in this order. */
export const USER_SITUATIONS = [
  'UNKNOWN',
  'IN_FLIGHT',
  'COLLABORATOR',
  'OUT_OF_SCOPE',
  'AMBIGUOUS',
  'SUSPENDED',
  'MISMATCH',
  'MANAGED',
  'TAKE_OVER',
  'CREATE',
  'MISSING',
  'UNMANAGED',
  'LEFT_BEHIND',
] as const;
export type UserSituation = (typeof USER_SITUATIONS)[number];

/** A row of `users.csv`. */
export interface UserRow {
  situation: UserSituation;
  /** The Okta side's where there is one, else the store's. */
  email: string;
  okta_user_id: string | null;
  okta_status: string | null;
  opti_user_id: string | null;
  opti_email: string | null;
  /** Names of the store groups the user is in, joined by `; `. */
  groups: string;
  instances: string;
  findings: string;
}

/**
 * A row of `memberships.csv`. Before the cutover: who is lost, gained or kept out when a group is pushed anew.
 * After it: who is missing or unexpected in the group that a push made.
 */
export interface MembershipRow {
  change: 'gained' | 'kept out' | 'lost' | 'missing' | 'unexpected';
  group_name: string;
  email: string;
  okta_group_id: string | null;
  opti_group_id: string | null;
  okta_user_id: string | null;
  opti_user_id: string | null;
  reason: string;
}

/** A row of `access.csv`: a role on an instance that a user reaches through a group. */
export interface AccessRow {
  email: string;
  opti_user_id: string;
  product: string;
  instance: string;
  role: string;
  via_group: string;
  before: 'yes' | 'no';
  after: 'yes' | 'no';
  reason: string;
}
