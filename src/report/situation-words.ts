import type { GroupSituation, UserSituation } from '../domain/situation.ts';

/** What each situation of a group means, for whoever reads a report. */
export const GROUP_SITUATION_WORDS: Readonly<Record<GroupSituation, string>> = {
  UNKNOWN: 'a dataset that this needs was not read to its end',
  RESERVED: 'a name that Opti ID keeps for itself: never push, link or delete it',
  IN_FLIGHT: 'its push or the group itself changed within the lag: judged on a later night',
  DELETE_FIRST: 'a custom group in Opti ID has its name and must be deleted before the push',
  RENAME_FIRST: 'a product group in Opti ID has its name: rename the group in Okta',
  LINKED: 'its push is linked to a group that it did not make, which is not supported',
  MISSING: 'Okta pushes it, and Opti ID does not have it',
  MANAGED: 'Okta pushes it, and Opti ID has it',
  CREATE: 'to be pushed, and nothing is in the way',
  ORPHANED: 'SCIM made it, and no push targets it any more',
  LEFT_ALONE: 'only in Opti ID, and nobody touches it',
};

/** What each situation of a user means. */
export const USER_SITUATION_WORDS: Readonly<Record<UserSituation, string>> = {
  UNKNOWN: 'a dataset that this needs was not read to its end',
  IN_FLIGHT: 'changed within the lag: judged on a later night',
  COLLABORATOR: 'from another organization, or with local login: SCIM does not manage them',
  OUT_OF_SCOPE: 'only in Opti ID, in a domain that the SCIM connection does not serve',
  AMBIGUOUS: 'several people share one e-mail, or one person has several users',
  SUSPENDED: 'suspended in Okta, and the access in Opti ID goes on',
  MISMATCH: 'user name, e-mail or names differ between the two sides',
  MANAGED: 'assigned, and tied to the user in Opti ID by id',
  TAKE_OVER: 'assigned, and a user in Opti ID has the same e-mail: it will be taken over',
  CREATE: 'assigned, and nobody in Opti ID has the e-mail: will be created',
  MISSING: 'assigned, and not in Opti ID',
  UNMANAGED: 'only in Opti ID, and nobody will manage them once JIT is off',
  LEFT_BEHIND: 'only in Opti ID, and not assigned in Okta any more',
};
