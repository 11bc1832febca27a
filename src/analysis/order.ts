/**
 * The `order by` of a report: by its columns from left to right, null before everything, numbers by size and texts by
 * the code units of UTF-16, as `src/report/order.ts` compares them.
 */
export function orderByColumns(columns: readonly string[]): string {
  return columns.map((column) => `by_code_unit(${column}) nulls first`).join(', ');
}
