/**
 * The `order by` of a report: by these columns of text from left to right, null before everything, by the code units of
 * UTF-16, as the reports that are sorted in memory.
 */
export function orderByColumns(columns: string): string {
  return columns
    .split(', ')
    .map((column) => `by_code_unit(${column}) nulls first`)
    .join(', ');
}
