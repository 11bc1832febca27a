/** What makes a spreadsheet take a text for a formula, the full-width forms included. */
const FORMULA_BEGIN = /^[=+\-@\t\r\n\0\uFF1D\uFF0B\uFF0D\uFF20]/u;

/** What acts on a terminal or turns text around, but for what tables are made of: NUL, tab and line ends. */
const ACTING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** A cell that holds one of these is quoted, next to what RFC 4180 asks for: other readers split at them. */
export const QUOTED_CELL = /[\r\n;\t]/u;

/** Puts a `'` before a text that a spreadsheet would take for a formula. */
export function guardFormula(text: string): string {
  return FORMULA_BEGIN.test(text) ? `'${text}` : text;
}

/** A text as a cell of a CSV file: no formula, and what would act on a terminal written as `\u{…}`. */
export function guardCell(text: string): string {
  return showActing(guardFormula(text));
}

/** What {@link guardCell} was given; what it wrote as `\u{…}` stays so. */
export function unguardedCell(cell: string): string {
  return cell.startsWith("'") && FORMULA_BEGIN.test(cell.slice(1)) ? cell.slice(1) : cell;
}

/** A text of whatever form (a file, a mail) without what would act on the terminal that it is written to. */
export function showActing(text: string): string {
  return text.replace(ACTING, escaped);
}

/** A character as its code: `\u{202e}`. */
export function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
