import type { DuckDBConnection } from '@duckdb/node-api';

/** A statement with one thing changed. */
export interface SqlMutant {
  /** What was changed, and the line where: `drops a term of AND: and not is_collaborator`. */
  change: string;
  sql: string;
}

/** A part of a statement as DuckDB serializes it; the parts that are looked at. */
interface Node {
  type?: string;
  class?: string;
  join_type?: string;
  query_location?: number | null;
  children?: Node[];
  left?: Node;
  where_clause?: Node | null;
  [key: string]: unknown;
}

const OTHER_COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  COMPARE_EQUAL: ['COMPARE_NOTEQUAL'],
  COMPARE_NOTEQUAL: ['COMPARE_EQUAL'],
  COMPARE_LESSTHAN: ['COMPARE_GREATERTHANOREQUALTO', 'COMPARE_LESSTHANOREQUALTO'],
  COMPARE_GREATERTHAN: ['COMPARE_LESSTHANOREQUALTO', 'COMPARE_GREATERTHANOREQUALTO'],
  COMPARE_LESSTHANOREQUALTO: ['COMPARE_GREATERTHAN', 'COMPARE_LESSTHAN'],
  COMPARE_GREATERTHANOREQUALTO: ['COMPARE_LESSTHAN', 'COMPARE_GREATERTHAN'],
  COMPARE_IN: ['COMPARE_NOT_IN'],
  COMPARE_NOT_IN: ['COMPARE_IN'],
  OPERATOR_IS_NULL: ['OPERATOR_IS_NOT_NULL'],
  OPERATOR_IS_NOT_NULL: ['OPERATOR_IS_NULL'],
};

/** Puts another part in the place of one, and says what that changes and where. */
type Replacement = [what: string, with_: Node, at: Node];

/** What may stand in the place of a part. */
function replacementsOf(node: Node): Replacement[] {
  const found: Replacement[] = [];
  const type = typeof node.type === 'string' ? node.type : '';
  if (type.startsWith('CONJUNCTION_') && node.children) {
    for (const [at, dropped] of node.children.entries()) {
      const children = node.children.filter((_, other) => other !== at);
      found.push([
        `drops a term of ${type.slice('CONJUNCTION_'.length)}`,
        children.length === 1 ? (children[0] as Node) : { ...node, children },
        dropped,
      ]);
    }
  }
  for (const other of OTHER_COMPARISONS[type] ?? [])
    found.push([`${inWords(type)} → ${inWords(other)}`, { ...node, type: other }, node]);
  if (type === 'OPERATOR_NOT' && node.children?.[0]) found.push(['drops NOT', node.children[0], node]);
  if (type === 'JOIN' && node.join_type === 'LEFT') {
    found.push(['LEFT JOIN → JOIN', { ...node, join_type: 'INNER' }, node]);
  }
  if (type === 'JOIN' && (node.join_type === 'ANTI' || node.join_type === 'SEMI') && node.left) {
    found.push([`drops ${node.join_type} JOIN`, node.left, node]);
  }
  if (type === 'SELECT_NODE' && node.where_clause && !node.where_clause.type?.startsWith('CONJUNCTION_AND')) {
    found.push(['drops WHERE', { ...node, where_clause: null }, node.where_clause]);
  }
  return found;
}

function inWords(type: string): string {
  return type.replace(/^(?:COMPARE|OPERATOR)_/u, '').replaceAll('_', ' ');
}

/** All statements that differ from this one in one part, as DuckDB writes them. */
export async function mutantsOf(sql: string, connection: DuckDBConnection): Promise<SqlMutant[]> {
  const tree = JSON.parse(await ask(connection, 'select json_serialize_sql($1::varchar)', sql)) as Node;
  if (tree.error === true) throw new Error(`DuckDB cannot serialize: ${JSON.stringify(tree)}`);
  const mutants: SqlMutant[] = [];
  const times = new Map<string, number>();
  const visit = async (node: unknown, put: (other: Node) => Node, above: number): Promise<void> => {
    if (node === null || typeof node !== 'object') return;
    const place = placeOf(node as Node, sql) ?? above;
    if (!Array.isArray(node)) {
      for (const [what, other, at] of replacementsOf(node as Node)) {
        const text = await ask(
          connection,
          'select json_deserialize_sql($1::varchar::json)',
          JSON.stringify(put(other), withoutPlaces),
        );
        const change = `${what}: ${lineAt(sql, firstPlaceIn(at, sql) ?? place)}`;
        const time = (times.get(change) ?? 0) + 1;
        times.set(change, time);
        mutants.push({ change: time === 1 ? change : `${change} (${time})`, sql: text });
      }
    }
    for (const [key, child] of Object.entries(node)) {
      const copy = (other: unknown) =>
        (Array.isArray(node)
          ? node.map((each, at) => (String(at) === key ? other : each))
          : { ...node, [key]: other }) as Node;
      await visit(child, (other) => put(copy(other)), place);
    }
  };
  await visit(tree, (other) => other, 0);
  return mutants;
}

async function ask(connection: DuckDBConnection, question: string, text: string): Promise<string> {
  const prepared = await connection.prepare(question);
  prepared.bindVarchar(1, text);
  return String((await prepared.runAndReadAll()).getRowsJS()[0]?.[0]);
}

/** Places are numbers that JSON cannot carry where there is none. */
function withoutPlaces(key: string, value: unknown): unknown {
  return key === 'query_location' ? 0 : value;
}

function placeOf({ query_location: place }: Node, sql: string): number | undefined {
  return typeof place === 'number' && place > 0 && place < sql.length ? place : undefined;
}

/** Where in the statement a part begins that has no place itself: where the first of its own parts does. */
function firstPlaceIn(part: unknown, sql: string): number | undefined {
  if (part === null || typeof part !== 'object') return undefined;
  const places = Object.values(part).map((child) => firstPlaceIn(child, sql));
  const known = [placeOf(part as Node, sql), ...places].filter((place) => place !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** The line, or what of a long one begins there. */
function lineAt(sql: string, place: number): string {
  const begin = sql.lastIndexOf('\n', place) + 1;
  const end = sql.indexOf('\n', place);
  const line = sql.slice(begin, end < 0 ? undefined : end).trim();
  return line.length <= LONG_LINE
    ? line
    : `${sql
        .slice(place, place + LONG_LINE)
        .split('\n')[0]
        ?.trim()} …`;
}

const LONG_LINE = 110;
