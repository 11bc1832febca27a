/** Columns of datasets: what each holds, in the engine and in a row, said once. */

/** The engine's type of a column. */
type ColumnType = 'VARCHAR' | 'BOOLEAN' | 'INTEGER' | 'TIMESTAMP' | 'VARCHAR[]' | `STRUCT(${string})[]`;

/**
 * What a text says of whom, which decides what a redacted copy has in its place. `plain`: a word of Okta's, of Opti ID's
 * or of the audit's, which stays. All others are replaced, each so that what rules compare it by survives. `role`,
 * `target` and `target-name` depend on the row.
 */
export type Holds =
  | 'plain'
  | 'id'
  | 'email'
  | 'domain'
  | 'name'
  | 'person'
  | 'words'
  | 'url'
  | 'app-key'
  | 'attribute'
  | 'expression'
  | 'role'
  | 'target'
  | 'target-name';

/** What is true of some columns only. */
interface ColumnDetails {
  /** Of a text; a name unless said. */
  holds?: Holds;
  /** Name in the store's view, where it is another one. */
  source?: string;
  /** `view.column` of the store whose values these are. */
  refersTo?: string;
  /** The one state of a row in which the store may hold null here; it is then read as an empty text. */
  emptyWhen?: { column: string; is: string };
  /** Null where the Opti ID side was read through SCIM, which does not show it; never null in the store's database. */
  isHiddenByScim?: true;
}

export interface Column<Value = unknown> extends ColumnDetails {
  type: ColumnType;
  /** What it holds, as the documentation says it. */
  means: string;
  /** False: a null from the source is an unknown value, so that the dataset cannot be complete. */
  isNullable: boolean;
  /** One of the columns that name a row: a listing that shifts while it is read may bring a row twice. */
  isKey?: true;
  /** Holds ids that findings name: `explain` looks rows up by it. */
  isId?: true;
  /** Of a list of objects: what each member holds. */
  membersHold?: Readonly<Record<string, Holds>>;
  /** The values that the audit decides by: any other in the store makes the dataset incomplete. */
  values?: readonly string[];
  /** Never there: it carries the type of the values. */
  _value?: Value;
}

export type Columns = Readonly<Record<string, Column>>;

/** The row that these columns make. */
export type RowOf<Of extends Columns> = {
  -readonly [Name in keyof Of]: Of[Name] extends Column<infer Value> ? Value : never;
};

function columnsOf<Value>(type: ColumnType, traits: Pick<Column, 'isKey' | 'isId' | 'holds'> = {}) {
  const column = (means: string, details: ColumnDetails = {}): Column<Value> => ({
    type,
    means,
    isNullable: false,
    ...traits,
    ...details,
  });
  return Object.assign(column, {
    orNull: (means: string, details: ColumnDetails = {}): Column<Value | null> => ({
      ...column(means, details),
      isNullable: true,
    }),
  });
}

export const text = columnsOf<string>('VARCHAR', { holds: 'name' });
/** A text that names a row, alone or with the other keys of its dataset. */
export const key = columnsOf<string>('VARCHAR', { isKey: true, holds: 'id' });
/** An id that findings name. */
export const id = columnsOf<string>('VARCHAR', { isId: true, holds: 'id' });
/** UTC ISO-8601 in rows. */
export const time = columnsOf<string>('TIMESTAMP');
export const flag = columnsOf<boolean>('BOOLEAN');
export const count = columnsOf<number>('INTEGER');
export const texts = columnsOf<string[]>('VARCHAR[]', { holds: 'name' });

/** A text that is one of these; what it means is the list of them, where no more is said. */
export function oneOf<const Value extends string>(values: readonly Value[], means?: string): Column<Value> {
  const quoted = values.map((value) => `\`${value}\``);
  const list = [quoted.slice(0, -1).join(', '), quoted.at(-1)].join(' or ');
  return { type: 'VARCHAR', means: means ?? list, isNullable: false, values, holds: 'plain' };
}

/** The same of the store: what it holds is checked when it is read, what a snapshot from elsewhere holds is not. */
export function checked(values: readonly string[], means?: string): Column<string> {
  return oneOf(values, means);
}

/** A list of objects whose members are texts. */
export function objects<const Member extends string, const Nullable extends string = never>(
  means: string,
  members: readonly Member[],
  nullable: readonly Nullable[],
  membersHold: Readonly<Record<Member | Nullable, Holds>>,
): Column<{ [Name in Member | Nullable]: Name extends Nullable ? string | null : string }[]> {
  const list = [...members, ...nullable].map((member) => `${member} VARCHAR`);
  return { type: `STRUCT(${list.join(', ')})[]`, means, isNullable: false, membersHold };
}

/** The same column where the source may hide it: nobody knows it then, which is neither a value nor its absence. */
export function unlessHidden<Value>(column: Column<Value>): Column<Value | null> {
  return { ...(column as Column<Value | null>), isHiddenByScim: true };
}
