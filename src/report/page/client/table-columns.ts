import type { PageTableName } from '../page-data.ts';

/** How a table is shown: its columns in order, those to choose a value of, and those that open below a row. */
interface TableColumns {
  shown: readonly string[];
  filters: readonly string[];
  below: readonly string[];
}

export const TABLE_COLUMNS: Readonly<Record<PageTableName, TableColumns>> = {
  findings: {
    shown: ['severity', 'state', 'rule', 'subject', 'detail', 'who', 'first_seen'],
    filters: ['severity', 'state', 'rule', 'who'],
    below: ['fix', 'evidence', 'okta_id', 'opti_id', 'finding_id'],
  },
  groups: {
    shown: [
      'situation',
      'okta_group_name',
      'opti_group_name',
      'push_status',
      'members_okta',
      'members_opti',
      'members_lost',
      'members_gained',
      'instances',
      'roles',
      'findings',
    ],
    filters: ['situation', 'push_status'],
    below: ['okta_group_id', 'opti_group_id'],
  },
  users: {
    shown: ['situation', 'email', 'okta_status', 'opti_email', 'groups', 'instances', 'findings'],
    filters: ['situation', 'okta_status'],
    below: ['okta_user_id', 'opti_user_id'],
  },
  memberships: {
    shown: ['change', 'group_name', 'email', 'reason'],
    filters: ['change', 'group_name'],
    below: ['okta_group_id', 'opti_group_id', 'okta_user_id', 'opti_user_id'],
  },
  access: {
    shown: ['email', 'product', 'instance', 'role', 'via_group', 'before', 'after', 'reason'],
    filters: ['product', 'instance', 'role', 'before', 'after'],
    below: ['opti_user_id'],
  },
  configuration: {
    shown: ['check', 'outcome', 'expected', 'actual', 'fix'],
    filters: ['outcome'],
    below: [],
  },
  confirmations: {
    shown: ['kind', 'subject', 'outcome', 'published', 'result', 'expected_event', 'reason'],
    filters: ['kind', 'outcome'],
    below: ['event_id'],
  },
  rules: {
    shown: ['rule', 'category', 'severity', 'outcome', 'findings', 'reason'],
    filters: ['category', 'severity', 'outcome'],
    below: [],
  },
};

/** More choices than this are searched for, not chosen. */
export const MOST_CHOICES = 60;

/** Columns that hold the id of a rule, or several joined by `; `. */
export const RULE_COLUMNS: readonly string[] = ['rule', 'check', 'findings'];

/** `okta_group_name` as a heading. */
export function headingOf(column: string): string {
  const words = column.replaceAll('_', ' ').replace(/\bid\b/u, 'ID');
  return (
    words.charAt(0).toUpperCase() +
    words.slice(1).replace(/\b(okta|opti)\b/gu, (name) => (name === 'okta' ? 'Okta' : 'Opti ID'))
  );
}
