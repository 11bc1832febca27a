import type { PackedTable, PageTableName } from '../page-data.ts';

/** How a table is shown: its columns in order, and those that open below a row. */
interface TableColumns {
  shown: readonly string[];
  below: readonly string[];
}

/** Tables that are not shown in the order of their file. */
const OWN_COLUMNS: Readonly<Partial<Record<PageTableName, TableColumns>>> = {
  findings: {
    shown: ['severity', 'state', 'rule', 'subject', 'detail', 'who', 'step', 'first_seen'],
    below: ['fix', 'evidence', 'okta_id', 'opti_id', 'finding_id'],
  },
  configuration: { shown: ['check', 'outcome', 'expected', 'actual', 'fix'], below: [] },
};

/** What is shown of a table; ids open below a row. */
export function shownColumns(name: PageTableName, table: PackedTable): TableColumns {
  const columns = Object.keys(table.columns);
  const isId = (column: string) => column.endsWith('_id');
  const own = OWN_COLUMNS[name];
  // What is the same in every row, as all of a first run is new, tells nobody anything there.
  if (own && table.rows > 1) {
    const isSame = (column: string) =>
      ['state', 'first_seen'].includes(column) && table.columns[column]?.at?.every((at) => at === 0) === true;
    return {
      shown: own.shown.filter((column) => !isSame(column)),
      below: [...own.below, ...own.shown.filter(isSame)],
    };
  }
  return own ?? { shown: columns.filter((column) => !isId(column)), below: columns.filter(isId) };
}

/** Columns to choose a value of. */
export const FILTERED_COLUMNS: Readonly<Record<PageTableName, readonly string[]>> = {
  findings: ['severity', 'state', 'rule', 'who'],
  groups: ['situation', 'push_status'],
  users: ['situation', 'okta_status'],
  memberships: ['change', 'group_name'],
  access: ['product', 'instance', 'role', 'before', 'after'],
  configuration: ['outcome'],
  confirmations: ['kind', 'outcome'],
  rules: ['category', 'severity', 'outcome'],
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
