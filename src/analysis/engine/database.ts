import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { type PlacesInput, placesNote } from '../../domain/confirmation.ts';
import {
  emailDomain,
  foldDomain,
  foldEmail,
  foldName,
  isReservedName,
  lookalikeName,
  looksReserved,
  nameFragilities,
} from '../../domain/names.ts';
import { trackWork } from '../../runtime/cancellation.ts';
import { type Ask, answerQuery, askedFor, type QueryAnswer } from './query.ts';
import { type BoundValue, bound, fixed, rendered, type Statement } from './statement.ts';

export type SqlValue =
  | string
  | number
  | boolean
  | null
  | readonly SqlValue[]
  | { readonly [key: string]: SqlValue };
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** SQL: a text of this program's own, or with values that `bound` keeps out of the text. */
export type Sql = string | Statement;

/** An in-process DuckDB with the comparisons of `src/domain/names.ts` as SQL functions. */
export interface Database {
  /** How many statements are worth running at a time; each of `run` and `all` takes a connection that is free. */
  readonly lanes: number;
  run(sql: Sql): Promise<void>;
  /** Runs statements that do not touch one another's tables, as many at a time as there are threads or lanes. */
  runSideBySide(statements: readonly Sql[]): Promise<void>;
  /** All rows, as plain values: numbers, texts, booleans, lists; times as ISO-8601 UTC texts. */
  all(sql: Sql): Promise<SqlRow[]>;
  /** The same rows, some thousands at a time, for results that are too large to be held; times are not ISO-8601 here. */
  stream(sql: Sql): AsyncGenerator<SqlRow[], void, undefined>;
  /** Answers a query that a person wrote, and nothing that writes: see {@link answerQuery}. */
  query(sql: string): Promise<QueryAnswer>;
  /** Ends what still runs, closes it and removes its temporary folder. */
  close(): Promise<void>;
}

/** Functions of one text, by their SQL name. Null in, null out. */
const TEXT_FUNCTIONS: Readonly<Record<string, (text: string) => string | null>> = {
  js_fold_name: foldName,
  js_lookalike_name: lookalikeName,
  js_fold_email: foldEmail,
  js_fold_domain: foldDomain,
  js_email_domain: emailDomain,
  js_trimmed_nfc: (text) => text.normalize('NFC').trim(),
  js_name_fragilities: (name) => nameFragilities(name).join('; ') || null,
  js_places_note: (input) => placesNote(JSON.parse(input) as PlacesInput),
};

const TEXT_PREDICATES: Readonly<Record<string, (text: string) => boolean>> = {
  is_reserved_name: isReservedName,
  looks_reserved: looksReserved,
  js_is_blank: (text) => text.trim() === '',
};

/**
 * Plain printable ASCII without spaces folds the same in SQL and in JavaScript, and most e-mails are that;
 * only the others take the way through JavaScript, which costs ten times as much.
 */
const MACROS = [
  // An id as a number of 64 bits: a million of them are all different but once in thirty million runs.
  `create macro id_no(t) as case when t is not null then hash(t) end`,
  // DuckDB sorts texts by code point. In UTF-16 the code points from U+10000 come before those from U+E000 to U+FFFF,
  // so the latter are moved behind the last code point, and that one to the front of what stands there.
  `create macro by_code_unit(t) as case when regexp_matches(t, '[\\x{E000}-\\x{FFFF}\\x{10FFFF}]')
     then regexp_replace(
       replace(t, chr(1114111), chr(1114111) || chr(1)),
       '([\\x{E000}-\\x{FFFF}])', chr(1114111) || '\\1', 'g')
     else t end`,
  `create macro plain_ascii(t) as regexp_full_match(t, '[\\x21-\\x7e]*')`,
  `create macro is_ascii_text(t) as regexp_full_match(t, '[\\x20-\\x7e]*')`,
  `create macro trimmed_nfc(t) as case when is_ascii_text(t) then trim(t) else js_trimmed_nfc(t) end`,
  `create macro is_blank(t) as case when is_ascii_text(t) then trim(t) = '' else js_is_blank(t) end`,
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
  /**
   * DuckDB's `memory_limit`; what does not fit is spilled to the temporary folder. Unless given, that of the variable
   * `DUCKDB_MEMORY_LIMIT`, by which a worker of the fleet keeps its audits to their memory.
   */
  memoryLimit?: string;
  /**
   * Where the temporary folder is made, so that whoever owns the place can remove what a crash leaves; the
   * system's own unless given.
   */
  spillFolder?: string;
  /** DuckDB's `threads`; all cores unless given. */
  threads?: number;
  /** How many statements may run at a time; one unless given. */
  lanes?: number;
  /** Aborted when whatever runs is to end at once: statements then throw. */
  signal?: AbortSignal;
}

/** An interruption that comes while a statement is prepared is forgotten when it begins: so it is told again. */
const INTERRUPT_AGAIN_MS = 50;

/** Leaves room below 2 GB for Node and for what DuckDB does not count. */
const MEMORY_LIMIT = '1200MB';

/**
 * What DuckDB's allocator reads when it is loaded. A hash table of a grouping takes two megabytes however few rows there
 * are, and a small audit makes hundreds: to give them back to the system and to ask for them again costs a tenth of the
 * audit's time. A large one gives them back, since it has none to spare.
 */
const KEEP_PAGES = 'dirty_decay_ms:-1,muzzy_decay_ms:-1';

/** Opens an empty in-memory database that installs and loads no extension and reaches no network. */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  if (options.threads === 1) process.env.DUCKDB_JE_MALLOC_CONF ??= KEEP_PAGES;
  const { DuckDBInstance } = await import('@duckdb/node-api');
  await keepByteOrderMarks();
  const spill = await mkdtemp(join(options.spillFolder ?? tmpdir(), 'optiid-audit-spill-'));
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(':memory:', {
      memory_limit: options.memoryLimit ?? process.env.DUCKDB_MEMORY_LIMIT ?? MEMORY_LIMIT,
      temp_directory: spill,
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      preserve_insertion_order: 'false',
    });
    const connection = await instance.connect();
    await registerFunctions(connection);
    for (const macro of MACROS) await connection.run(macro);
    return wrap(instance, connection, spill, options);
  } catch (error) {
    instance?.closeSync();
    await rm(spill, { recursive: true, force: true });
    throw error;
  }
}

function wrap(
  instance: DuckDBInstance,
  connection: DuckDBConnection,
  spill: string,
  { signal = new AbortController().signal, lanes = 1 }: DatabaseOptions,
): Database {
  const open = new Set([connection]);
  const free = [connection];
  const stopping = interruptWhen(open, signal);
  const work = trackWork(stopping.interrupt);
  let closing: Promise<void> | null = null;
  /** What DuckDB is asked to do: closing waits for all of it. */
  const ask: Ask = (question) => {
    signal.throwIfAborted();
    if (closing !== null) throw new Error('The database is closed.');
    return work.add(question());
  };
  /** Lends a connection of its own: the next statement on the common one would end what is read from it. */
  const connect = async () => {
    const own = await ask(() => instance.connect());
    open.add(own);
    const close = () => {
      // Closing does it once nothing runs any more.
      if (closing === null && open.delete(own)) own.closeSync();
    };
    return { own, close };
  };
  /** Whoever waits for each statement gets the same connection each time, and so finds its temporary tables again. */
  const onFree = async <Answer>(question: (own: DuckDBConnection) => Promise<Answer>): Promise<Answer> => {
    const own = free.pop() ?? (await connect()).own;
    try {
      return await ask(() => question(own));
    } finally {
      free.push(own);
    }
  };
  return {
    lanes,
    async run(sql) {
      await onFree(async (own) => own.run(...(await argumentsOf(sql))));
    },
    async runSideBySide(statements) {
      const waiting = [...statements];
      const workThrough = async () => {
        const { own, close } = await connect();
        try {
          for (let sql = waiting.shift(); sql !== undefined; sql = waiting.shift()) {
            const given = await argumentsOf(sql);
            await ask(() => own.run(...given));
          }
        } finally {
          waiting.length = 0;
          close();
        }
      };
      const [row] = (
        await ask(() => connection.runAndReadAll(`select current_setting('threads') as threads`))
      ).getRowsJS();
      const workers = Math.min(Math.max(Number(row?.[0] ?? 1), lanes), waiting.length);
      // One that fails ends the run only when no other works on the database any longer.
      const ended = await Promise.allSettled(Array.from({ length: workers }, workThrough));
      for (const each of ended) if (each.status === 'rejected') throw each.reason;
    },
    async all(sql) {
      const reader = await onFree(async (own) => own.runAndReadAll(...(await argumentsOf(sql))));
      return reader.getRowObjectsJS().map(toPlainRow);
    },
    async *stream(sql) {
      const { own, close } = await connect();
      try {
        // As one text each: the driver takes a microsecond or two for every value, which adds up to minutes.
        const asTexts = bound`select to_json(answer)::varchar from (${typeof sql === 'string' ? fixed(sql) : sql}) as answer`;
        const given = await argumentsOf(asTexts);
        const result = await ask(() => own.stream(...given));
        for await (const rows of askedFor(result.yieldRowsJs(), ask))
          yield rows.map(([row]) => JSON.parse(String(row)) as SqlRow);
      } finally {
        close();
      }
    },
    async query(sql) {
      const { own, close } = await connect();
      return answerQuery(own, sql, { ask, close });
    },
    close() {
      closing ??= trackWork(() => {}).add(closeAll());
      return closing;
    },
  };

  // A connection that is closed under its query takes the process with it, or waits for the query and is deaf meanwhile.
  async function closeAll(): Promise<void> {
    if (work.isUnderway()) stopping.interrupt();
    await work.ended();
    stopping.end();
    for (const each of open) each.closeSync();
    instance.closeSync();
    await rm(spill, { recursive: true, force: true });
  }
}

/** What the driver's functions take for a statement. */
async function argumentsOf(statement: Sql): Promise<Parameters<DuckDBConnection['run']>> {
  const { sql, values } = rendered(typeof statement === 'string' ? fixed(statement) : statement);
  if (values.length === 0) return [sql];
  const { LIST, listValue, VARCHAR } = await import('@duckdb/node-api');
  const isList = (value: BoundValue): value is readonly (string | null)[] => typeof value === 'object';
  return [
    sql,
    values.map((value): DuckDBValue => (isList(value) ? listValue([...value]) : value)),
    // Told, since of a list the driver looks at the first item alone.
    values.map((value) => (isList(value) ? LIST(VARCHAR) : undefined)) as DuckDBType[],
  ];
}

/** Interrupts what runs on these connections once the signal is aborted or somebody says so, until it is ended. */
function interruptWhen(open: ReadonlySet<DuckDBConnection>, signal: AbortSignal) {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    for (const connection of open) connection.interrupt();
    timer ??= setInterval(interrupt, INTERRUPT_AGAIN_MS).unref();
  };
  signal.addEventListener('abort', interrupt, { once: true });
  return {
    interrupt,
    end: () => {
      signal.removeEventListener('abort', interrupt);
      clearInterval(timer);
    },
  };
}

function toPlainRow(row: Readonly<Record<string, unknown>>): SqlRow {
  const plain: Record<string, SqlValue> = {};
  for (const [column, value] of Object.entries(row)) plain[column] = toPlain(value);
  return plain;
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
