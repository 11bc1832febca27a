/** What happens to a group, in words for whoever reads a report. Closed list; where several apply, the first in this order. */
export const GROUP_SITUATION_WORDS = {
  UNKNOWN: 'a dataset that this needs was not read completely',
  RESERVED: 'a name that Opti ID reserves: never push, link or delete it',
  IN_FLIGHT: 'its push or the group itself changed within the lag: judged on a later night',
  DELETE_FIRST: 'a group in Opti ID has its name and must be deleted before the push',
  RENAME_FIRST: 'a product group in Opti ID has its name: rename the group in Okta',
  LINKED: 'its push is linked to a group that it did not make, which is not supported',
  TEAM: 'its name makes a team of a product instance, not a group: look under Teams',
  MANAGED_ELSEWHERE: 'only in Opti ID, and another app manages it',
  MISSING: 'Okta pushes it, and Opti ID does not have it',
  MANAGED: 'Okta pushes it, and Opti ID has it',
  CREATE: 'to be pushed, and nothing is in the way',
  ORPHANED: 'SCIM made it, and no push targets it',
  LEFT_ALONE: 'only in Opti ID, and nobody touches it',
} as const;
export type GroupSituation = keyof typeof GROUP_SITUATION_WORDS;
export const GROUP_SITUATIONS = Object.keys(GROUP_SITUATION_WORDS) as GroupSituation[];

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

/** What happens to a user, as above. */
export const USER_SITUATION_WORDS = {
  UNKNOWN: 'a dataset that this needs was not read completely',
  IN_FLIGHT: 'changed within the lag: judged on a later night',
  COLLABORATOR: 'from another organization, or with local login: SCIM does not manage them',
  OUT_OF_SCOPE: 'only in Opti ID, in a domain that the SCIM connection does not serve',
  MANAGED_ELSEWHERE: 'only in Opti ID, and another app manages them',
  AMBIGUOUS: 'several people share one e-mail, or one person has several users',
  SUSPENDED: 'suspended in Okta, and still has access in Opti ID',
  MISMATCH: 'user name, e-mail or names differ between the two sides',
  MANAGED: 'assigned, and tied to the user in Opti ID by id',
  TAKE_OVER: 'assigned, and a user in Opti ID has the same e-mail: it will be taken over',
  CREATE: 'assigned, and nobody in Opti ID has the e-mail: will be created',
  MISSING: 'assigned, and not in Opti ID',
  UNMANAGED: 'only in Opti ID, and nobody will manage them once JIT is off',
  LEFT_BEHIND: 'only in Opti ID, and no longer assigned in Okta',
} as const;
export type UserSituation = keyof typeof USER_SITUATION_WORDS;
export const USER_SITUATIONS = Object.keys(USER_SITUATION_WORDS) as UserSituation[];

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
 * A row of `memberships.csv`. Before the cutover: who is lost, gained or kept out when a group is pushed again.
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

/** What becomes of access: it stays, is away for a while, or is lost for good. */
export const LOSSES = ['none', 'interrupted', 'for_good'] as const;

/** A row of `access.csv`: a role on an instance that a user reaches through a group. */
export interface AccessRow {
  email: string;
  opti_user_id: string;
  product: string;
  instance: string;
  role: string;
  via_group: string;
  before: 'yes' | 'no';
  /** When the whole plan is done. */
  after: 'yes' | 'no';
  reason: string;
  loss: (typeof LOSSES)[number];
}
