/**
 * Filter expressions as Okta takes them in `filter` and `search` (RFC 7644 §3.4.2.2 without value paths).
 * Which properties and operators are allowed differs between endpoints, so each passes its own list.
 */

type FilterOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'sw' | 'ew' | 'co' | 'pr';

type FilterValue = string | number | boolean | null;

type FilterNode =
  | { kind: 'and'; left: FilterNode; right: FilterNode }
  | { kind: 'or'; left: FilterNode; right: FilterNode }
  | { kind: 'not'; inner: FilterNode }
  | { kind: 'comparison'; path: string; operator: FilterOperator; value: FilterValue };

/** What one endpoint's filter understands. */
export interface FilterDialect<Row> {
  /** True where the endpoint supports this comparison. */
  allows(path: string, operator: FilterOperator): boolean;
  /** The row's values at the path; several for a multi-valued attribute such as `target.id`. */
  read(row: Row, path: string): readonly unknown[];
  /** Whether string values ignore case: they do in `search`, they do not in `filter`. */
  ignoresCase?: boolean;
  /** Whether `not` may be used. */
  allowsNot?: boolean;
}

/** The expression cannot be read, or uses what the endpoint does not support. */
export class FilterRefused extends Error {}

const OPERATORS = new Set<string>(['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sw', 'ew', 'co', 'pr']);
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([()])|([^\s()"]+))/y;
const INSTANT = /^\d{4}-\d{2}-\d{2}T/;

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const source = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    if (!match) throw new FilterRefused(`Unreadable filter: ${text}`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}

function parseValue(token: string): FilterValue {
  if (token === 'true') return true;
  if (token === 'false') return false;
  if (token === 'null') return null;
  try {
    const value: unknown = JSON.parse(token);
    if (typeof value === 'string' || typeof value === 'number') return value;
  } catch {
    // Falls through: a bare word is no value.
  }
  throw new FilterRefused(`Not a value: ${token}`);
}

class FilterParser<Row> {
  private position = 0;
  private readonly tokens: readonly string[];
  private readonly dialect: FilterDialect<Row>;

  constructor(tokens: readonly string[], dialect: FilterDialect<Row>) {
    this.tokens = tokens;
    this.dialect = dialect;
  }

  parse(): FilterNode {
    const node = this.disjunction();
    if (this.position < this.tokens.length)
      throw new FilterRefused(`Unexpected ${this.tokens[this.position]}`);
    return node;
  }

  private next(): string {
    const token = this.tokens[this.position];
    if (token === undefined) throw new FilterRefused('The filter ends too early');
    this.position += 1;
    return token;
  }

  private takes(word: string): boolean {
    if (this.tokens[this.position]?.toLowerCase() !== word) return false;
    this.position += 1;
    return true;
  }

  private disjunction(): FilterNode {
    let left = this.conjunction();
    while (this.takes('or')) left = { kind: 'or', left, right: this.conjunction() };
    return left;
  }

  private conjunction(): FilterNode {
    let left = this.term();
    while (this.takes('and')) left = { kind: 'and', left, right: this.term() };
    return left;
  }

  private term(): FilterNode {
    if (this.takes('not')) {
      if (this.dialect.allowsNot !== true) throw new FilterRefused('not is not supported here');
      return { kind: 'not', inner: this.term() };
    }
    if (this.takes('(')) {
      const inner = this.disjunction();
      if (!this.takes(')')) throw new FilterRefused('A parenthesis is left open');
      return inner;
    }
    const path = this.next();
    const operator = this.next().toLowerCase();
    if (!OPERATORS.has(operator)) throw new FilterRefused(`Not an operator: ${operator}`);
    if (!this.dialect.allows(path, operator as FilterOperator)) {
      throw new FilterRefused(`${path} ${operator} is not supported here`);
    }
    const value = operator === 'pr' ? null : parseValue(this.next());
    return { kind: 'comparison', path, operator: operator as FilterOperator, value };
  }
}

function compare(
  actual: unknown,
  operator: FilterOperator,
  wanted: FilterValue,
  ignoresCase: boolean,
): boolean {
  if (operator === 'pr') return actual !== null && actual !== undefined && actual !== '';
  if (typeof actual === 'string' && typeof wanted === 'string') {
    if (INSTANT.test(actual) && INSTANT.test(wanted)) {
      return order(Date.parse(actual), operator, Date.parse(wanted));
    }
    const left = ignoresCase ? actual.toLowerCase() : actual;
    const right = ignoresCase ? wanted.toLowerCase() : wanted;
    if (operator === 'sw') return left.startsWith(right);
    if (operator === 'ew') return left.endsWith(right);
    if (operator === 'co') return left.includes(right);
    return order(left, operator, right);
  }
  if (typeof actual === 'number' && typeof wanted === 'number') return order(actual, operator, wanted);
  return operator === 'eq' && (actual ?? null) === wanted;
}

function order<T extends string | number>(left: T, operator: FilterOperator, right: T): boolean {
  switch (operator) {
    case 'eq':
      return left === right;
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
    default:
      return false;
  }
}

function matches<Row>(node: FilterNode, row: Row, dialect: FilterDialect<Row>): boolean {
  if (node.kind === 'and') return matches(node.left, row, dialect) && matches(node.right, row, dialect);
  if (node.kind === 'or') return matches(node.left, row, dialect) || matches(node.right, row, dialect);
  if (node.kind === 'not') return !matches(node.inner, row, dialect);
  const { operator, value, path } = node;
  const ignoresCase = dialect.ignoresCase === true;
  const values = dialect.read(row, path);
  if (operator === 'ne') return !values.some((actual) => compare(actual, 'eq', value, ignoresCase));
  return values.some((actual) => compare(actual, operator, value, ignoresCase));
}

/** Compiles an expression into a predicate. Throws `FilterRefused` where the endpoint would refuse it. */
export function compileFilter<Row>(text: string, dialect: FilterDialect<Row>): (row: Row) => boolean {
  const node = new FilterParser(tokenize(text), dialect).parse();
  return (row) => matches(node, row, dialect);
}

/** The values at a dotted path of plain data, with every array on the way spread out. */
export function valuesAt(data: unknown, path: string): readonly unknown[] {
  let values: unknown[] = [data];
  for (const key of path.split('.')) {
    values = values
      .flatMap((value) => (Array.isArray(value) ? value : [value]))
      .map((value) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      )
      .filter((value) => value !== undefined);
  }
  return values.flatMap((value) => (Array.isArray(value) ? value : [value]));
}
