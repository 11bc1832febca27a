/** A value that a statement gets. It never becomes a part of the statement's text. */
export type BoundValue = string | number | null | readonly (string | null)[];

/** SQL, or a part of it, and the values that belong into it. */
export interface Statement {
  /** One more than there are values: each value stands between two of them. */
  readonly texts: readonly string[];
  readonly values: readonly BoundValue[];
}

/**
 * SQL whose values are bound: ``bound`delete from okta_group where okta_group_id = ${id}` ``. A statement among the values
 * becomes a part of this one. Names come from directories that others can write to, and a text that is pasted into SQL
 * needs only one character that nobody thought of.
 */
export function bound(
  strings: TemplateStringsArray,
  ...parts: readonly (BoundValue | Statement)[]
): Statement {
  const texts = [strings[0] ?? ''];
  const values: BoundValue[] = [];
  const append = (text: string) => {
    texts.push(`${texts.pop() ?? ''}${text}`);
  };
  for (const [at, part] of parts.entries()) {
    if (isStatement(part)) {
      const [first = '', ...others] = part.texts;
      append(first);
      texts.push(...others);
      values.push(...part.values);
    } else {
      values.push(part);
      texts.push('');
    }
    append(strings[at + 1] ?? '');
  }
  return { texts, values };
}

/** SQL that is this program's own, for {@link bound}: names of tables and columns, never something that was read. */
export function fixed(sql: string): Statement {
  return { texts: [sql], values: [] };
}

/** Parts one after the other. */
export function joined(parts: readonly Statement[], between: string): Statement {
  return parts.reduce(
    (all, part, at) => (at === 0 ? part : bound`${all}${fixed(between)}${part}`),
    fixed(''),
  );
}

/** The text that DuckDB is given, and the values by their numbers in it. */
export function rendered({ texts, values }: Statement): {
  sql: string;
  values: Exclude<BoundValue, null>[];
} {
  const given: Exclude<BoundValue, null>[] = [];
  const sql = values.reduce<string>((before, value, at) => {
    return `${before}${value === null ? 'null' : `$${given.push(value)}::${typeOf(value)}`}${texts[at + 1] ?? ''}`;
  }, texts[0] ?? '');
  return { sql, values: given };
}

/** Written out: DuckDB prepares a statement before it sees its values. */
function typeOf(value: Exclude<BoundValue, null>): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'bigint' : 'double';
  return typeof value === 'string' ? 'varchar' : 'varchar[]';
}

function isStatement(part: BoundValue | Statement): part is Statement {
  return part !== null && typeof part === 'object' && 'texts' in part;
}
