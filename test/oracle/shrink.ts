import type { DatasetName } from '../../src/domain/dataset.ts';
import type { OrgPair } from './org-pair.ts';

/** Columns that name the same thing in several datasets. */
const KEYS = [
  'okta_user_id',
  'opti_user_id',
  'okta_group_id',
  'source_group_id',
  'target_group_id',
  'opti_group_id',
  'opti_invitation_id',
  'event_id',
] as const;

/** All ids that a pair's rows bear, most mentioned first. */
function idsOf(pair: OrgPair): string[] {
  const counts = new Map<string, number>();
  for (const rows of Object.values(pair.rows)) {
    for (const row of rows as unknown as Record<string, unknown>[]) {
      for (const key of KEYS) {
        const id = row[key];
        if (typeof id === 'string') counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([id]) => id);
}

/** The pair without all rows that bear one of the ids. */
function without(pair: OrgPair, gone: ReadonlySet<string>): OrgPair {
  const rows = { ...pair.rows };
  for (const name of Object.keys(rows) as DatasetName[]) {
    rows[name] = (rows[name] as unknown as Record<string, unknown>[]).filter((row) =>
      KEYS.every((key) => !gone.has(row[key] as string)),
    ) as never;
  }
  return { ...pair, rows };
}

/**
 * Takes people and groups away, half of them at once and then one by one, as long as the pair still fails.
 * `attempts` bounds how often it is asked.
 */
export async function shrink(
  pair: OrgPair,
  stillFails: (smaller: OrgPair) => Promise<boolean>,
  attempts = 80,
): Promise<OrgPair> {
  let smallest = pair;
  let left = attempts;
  for (let size = Math.ceil(idsOf(pair).length / 2); size >= 1; size = Math.floor(size / 2)) {
    const ids = idsOf(smallest);
    for (let at = 0; at < ids.length && left > 0; at += size) {
      const smaller = without(smallest, new Set(ids.slice(at, at + size)));
      left -= 1;
      if (await stillFails(smaller)) smallest = smaller;
    }
  }
  return smallest;
}
