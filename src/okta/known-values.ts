import { IncompleteRead } from '../domain/errors.ts';

/**
 * The values that this version understands (Okta's OpenAPI description). A row with another one is kept as it came, and
 * its dataset does not count as read to its end: what the rules would say of it would be a guess.
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

/** Looks at values as they come in. */
export interface ValueWatch {
  see(value: string | null): void;
  /** Throws {@link IncompleteRead} where a value was seen that is not known; null is none. */
  check(): void;
}

export function watchValues(what: keyof typeof KNOWN): ValueWatch {
  const known = new Set<string | null>([null, ...KNOWN[what]]);
  let rows = 0;
  let first = '';
  return {
    see: (value) => {
      if (known.has(value)) return;
      rows += 1;
      if (rows === 1) first = String(value).slice(0, LONGEST_QUOTE);
    },
    check: () => {
      if (rows === 0) return;
      const where = rows === 1 ? '1 row' : `${rows} rows`;
      throw new IncompleteRead(
        `the ${what} of ${where} is one that this version does not know: ${JSON.stringify(first)}`,
      );
    },
  };
}
