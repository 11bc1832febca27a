import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type PlacesInput, placesNote } from '../domain/confirmation.ts';
import {
  emailDomain,
  foldDomain,
  foldEmail,
  foldName,
  isReservedName,
  lookalikeName,
  looksReserved,
  nameFragilities,
} from '../domain/names.ts';

export type SqlValue =
  | string
  | number
  | boolean
  | null
  | readonly SqlValue[]
  | { readonly [key: string]: SqlValue };
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** An in-process DuckDB with the comparisons of `src/domain/names.ts` as SQL functions. */
export interface Database {
  run(sql: string): Promise<void>;
  /** All rows, as plain values: numbers, texts, booleans, lists; times as ISO-8601 UTC texts. */
  all(sql: string): Promise<SqlRow[]>;
  /** Closes it and removes its temporary folder. */
  close(): Promise<void>;
}

/** Functions of one text, by their SQL name. Null in, null out. */
const TEXT_FUNCTIONS: Readonly<Record<string, (text: string) => string | null>> = {
  js_fold_name: foldName,
  js_lookalike_name: lookalikeName,
  js_fold_email: foldEmail,
  js_fold_domain: foldDomain,
  js_email_domain: emailDomain,
  trimmed_nfc: (text) => text.normalize('NFC').trim(),
  js_name_fragilities: (name) => nameFragilities(name).join('; ') || null,
  js_places_note: (input) => placesNote(JSON.parse(input) as PlacesInput),
};

const TEXT_PREDICATES: Readonly<Record<string, (text: string) => boolean>> = {
  is_reserved_name: isReservedName,
  looks_reserved: looksReserved,
  is_blank: (text) => text.trim() === '',
};

/**
 * Plain printable ASCII without spaces folds the same in SQL and in JavaScript, and most e-mails are that;
 * only the others take the way through JavaScript, which costs ten times as much.
 */
const MACROS = [
  `create macro plain_ascii(t) as regexp_full_match(t, '[\\x21-\\x7e]*')`,
  `create macro fold_name(t) as case when plain_ascii(t) then lower(t) else js_fold_name(t) end`,
  `create macro lookalike_name(t) as js_lookalike_name(t)`,
  `create macro fold_email(t) as case when plain_ascii(t) then lower(t) else js_fold_email(t) end`,
  `create macro fold_domain(t) as case when plain_ascii(t) then lower(t) else js_fold_domain(t) end`,
  `create macro email_domain(t) as case when plain_ascii(t)
     then nullif(regexp_extract(lower(t), '@([^@]*)$', 1), '') else js_email_domain(t) end`,
  `create macro local_part(t) as regexp_replace(t, '@[^@]*$', '')`,
  `create macro name_fragilities(t) as js_name_fragilities(t)`,
  `create macro places_note(of_type, its_targets, of_email, of_group, of_app) as js_places_note(to_json({
     eventType: of_type, targets: its_targets, email: of_email, groupName: of_group, appLabel: of_app})::varchar)`,
];

/**
 * The driver decodes texts with a decoder that takes a byte order mark off their front; a name that begins
 * with one must reach rules and reports as it is.
 */
async function keepByteOrderMarks(): Promise<void> {
  const { textDecoder } = await import('@duckdb/node-api/lib/vectors/dataAccessors.js');
  const faithful = new TextDecoder('utf-8', { ignoreBOM: true });
  textDecoder.decode = (bytes?: Uint8Array) => faithful.decode(bytes);
}

async function registerFunctions(connection: DuckDBConnection): Promise<void> {
  const { BOOLEAN, DuckDBScalarFunction, VARCHAR } = await import('@duckdb/node-api');
  for (const [name, apply] of [...Object.entries(TEXT_FUNCTIONS), ...Object.entries(TEXT_PREDICATES)]) {
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        parameterTypes: [VARCHAR],
        returnType: name in TEXT_PREDICATES ? BOOLEAN : VARCHAR,
        mainFunction: (_info, input, output) => {
          const texts = input.getColumnVector(0);
          for (let row = 0; row < input.rowCount; row += 1) {
            const text = texts.getItem(row) as string | null;
            output.setItem(row, text === null ? null : apply(text));
          }
          output.flush();
        },
      }),
    );
  }
}

export interface DatabaseOptions {
  /** DuckDB's `memory_limit`; what does not fit is spilled to the temporary folder. */
  memoryLimit?: string;
  /** DuckDB's `threads`; all cores unless given. */
  threads?: number;
}

/** Opens an empty in-memory database that installs and loads no extension and reaches no network. */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  await keepByteOrderMarks();
  const spill = await mkdtemp(join(tmpdir(), 'optiid-audit-spill-'));
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(':memory:', {
      memory_limit: options.memoryLimit ?? '2GB',
      temp_directory: spill,
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      preserve_insertion_order: 'false',
    });
    const connection = await instance.connect();
    await registerFunctions(connection);
    for (const macro of MACROS) await connection.run(macro);
    return wrap(instance, connection, spill);
  } catch (error) {
    instance?.closeSync();
    await rm(spill, { recursive: true, force: true });
    throw error;
  }
}

function wrap(instance: DuckDBInstance, connection: DuckDBConnection, spill: string): Database {
  return {
    async run(sql) {
      await connection.run(sql);
    },
    async all(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjectsJS().map((row) => {
        const plain: Record<string, SqlValue> = {};
        for (const [column, value] of Object.entries(row)) plain[column] = toPlain(value);
        return plain;
      });
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
      await rm(spill, { recursive: true, force: true });
    },
  };
}

function toPlain(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
  }
  return value as string | number | boolean;
}

/** Quotes a text as an SQL literal. */
export function sqlText(text: string | null): string {
  return text === null ? 'null' : `'${text.replaceAll("'", "''")}'`;
}
