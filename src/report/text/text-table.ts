import stringWidth from 'string-width';
import { visibleText } from './visible-text.ts';

/** Rows as an aligned table for a terminal, ends with a line end; what would move the cursor is made visible. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [header, ...rows].map((row) => row.map(visibleText));
  const widths = header.map((_, column) =>
    shown.reduce((widest, row) => Math.max(widest, stringWidth(row[column] ?? '')), 0),
  );
  const padded = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
  return `${shown.map((row) => row.map(padded).join('  ').trimEnd()).join('\n')}\n`;
}
