import { IncompleteRead } from '../domain/errors.ts';

/**
 * The values that this version understands (Okta's OpenAPI description). A row with another one is kept as it came, and
 * its dataset does not count as read completely: what the rules would say of it would be a guess.
 */
const KNOWN = {
  'app status': ['ACTIVE', 'INACTIVE', 'DELETED'],
  'user status': [
    'ACTIVE',
    'DEPROVISIONED',
    'LOCKED_OUT',
    'PASSWORD_EXPIRED',
    'PROVISIONED',
    'RECOVERY',
    'STAGED',
    'SUSPENDED',
  ],
  'app user status': [
    'ACTIVE',
    'APPROVED',
    'DEPROVISIONED',
    'IMPLICIT',
    'IMPORTED',
    'INACTIVE',
    'MATCHED',
    'PENDING',
    'PROVISIONED',
    'REVOKED',
    'STAGED',
    'SUSPENDED',
    'UNASSIGNED',
  ],
  'synchronization state': ['DISABLED', 'ERROR', 'OUT_OF_SYNC', 'SYNCHRONIZED', 'SYNCING'],
  'push mapping status': ['ACTIVE', 'INACTIVE', 'ERROR'],
  'group type': ['OKTA_GROUP', 'APP_GROUP', 'BUILT_IN'],
} as const satisfies Record<string, readonly string[]>;

const LONGEST_QUOTE = 40;

/** Looks at rows as they come in. */
export interface ValueWatch<Row> {
  see(row: Row): void;
  /** Throws {@link IncompleteRead} where a value was seen that is not known; null is none. */
  check(): void;
}

/** Watches columns, each for the values known of what it holds. */
export function watchValues<Column extends string>(
  columns: Readonly<Record<Column, keyof typeof KNOWN>>,
): ValueWatch<Readonly<Record<Column, string | null>>> {
  const watched = Object.entries<keyof typeof KNOWN>(columns).map(([column, what]) => ({
    column: column as Column,
    what,
    known: new Set<string | null>([null, ...KNOWN[what]]),
    rows: 0,
    first: '',
  }));
  return {
    see: (row) => {
      for (const watch of watched) {
        const value = row[watch.column];
        if (watch.known.has(value)) continue;
        watch.rows += 1;
        if (watch.rows === 1) watch.first = String(value).slice(0, LONGEST_QUOTE);
      }
    },
    check: () => {
      const unknown = watched.find(({ rows }) => rows > 0);
      if (unknown === undefined) return;
      const { what, rows, first } = unknown;
      const where = rows === 1 ? '1 row' : `${rows} rows`;
      throw new IncompleteRead(
        `the ${what} of ${where} is one that this version does not know: ${JSON.stringify(first)}`,
      );
    },
  };
}
