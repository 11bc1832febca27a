/** What makes a spreadsheet take a text for a formula, the full-width forms included. */
const FORMULA_BEGIN = /^[=+\-@\t\r\n\0\uFF1D\uFF0B\uFF0D\uFF20]/u;

/** Puts a `'` before a text that a spreadsheet would take for a formula. */
export function guardFormula(text: string): string {
  return FORMULA_BEGIN.test(text) ? `'${text}` : text;
}
