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

export type PushStatus = 'ACTIVE' | 'INACTIVE' | 'ERROR';

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
