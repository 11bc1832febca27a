import type { DuckDBConnection } from '@duckdb/node-api';

/** A statement with one thing changed. */
export interface SqlMutant {
  /** What was changed, with where in the statement: `drops: x is null (line 12)`. */
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

/** Puts another part in the place of one, and says what that changes. */
type Replacement = [what: string, with_: Node];

/** What may stand in the place of a part. */
function replacementsOf(node: Node): Replacement[] {
  const found: Replacement[] = [];
  const type = typeof node.type === 'string' ? node.type : '';
  if (type.startsWith('CONJUNCTION_') && node.children) {
    for (const [at] of node.children.entries()) {
      const children = node.children.filter((_, other) => other !== at);
      found.push([
        `drops term ${at + 1} of ${type}`,
        children.length === 1 ? (children[0] as Node) : { ...node, children },
      ]);
    }
  }
  for (const other of OTHER_COMPARISONS[type] ?? [])
    found.push([`${type} → ${other}`, { ...node, type: other }]);
  if (type === 'OPERATOR_NOT' && node.children?.[0]) found.push(['drops NOT', node.children[0]]);
  if (type === 'JOIN' && node.join_type === 'LEFT') {
    found.push(['LEFT JOIN → JOIN', { ...node, join_type: 'INNER' }]);
  }
  if (type === 'JOIN' && (node.join_type === 'ANTI' || node.join_type === 'SEMI') && node.left) {
    found.push([`drops ${node.join_type} JOIN`, node.left]);
  }
  if (type === 'SELECT_NODE' && node.where_clause && !node.where_clause.type?.startsWith('CONJUNCTION_AND')) {
    found.push(['drops WHERE', { ...node, where_clause: null }]);
  }
  return found;
}

/** All statements that differ from this one in one part, as DuckDB writes them. */
export async function mutantsOf(sql: string, connection: DuckDBConnection): Promise<SqlMutant[]> {
  const tree = JSON.parse(await ask(connection, 'select json_serialize_sql($1::varchar)', sql)) as Node;
  if (tree.error === true) throw new Error(`DuckDB cannot serialize: ${JSON.stringify(tree)}`);
  const mutants: SqlMutant[] = [];
  const visit = async (node: unknown, put: (other: Node) => Node, line: number): Promise<void> => {
    if (node === null || typeof node !== 'object') return;
    const at = lineOf(sql, (node as Node).query_location) ?? line;
    if (!Array.isArray(node)) {
      for (const [what, other] of replacementsOf(node as Node)) {
        const text = await ask(
          connection,
          'select json_deserialize_sql($1::varchar::json)',
          JSON.stringify(put(other), withoutPlaces),
        );
        mutants.push({ change: `${what} (line ${at})`, sql: text });
      }
    }
    for (const [key, child] of Object.entries(node)) {
      const copy = (other: unknown) =>
        (Array.isArray(node)
          ? node.map((each, place) => (String(place) === key ? other : each))
          : { ...node, [key]: other }) as Node;
      await visit(child, (other) => put(copy(other)), at);
    }
  };
  await visit(tree, (other) => other, 1);
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

function lineOf(sql: string, place: number | null | undefined): number | undefined {
  return place === null || place === undefined || place <= 0 || place > sql.length
    ? undefined
    : sql.slice(0, place).split('\n').length;
}
