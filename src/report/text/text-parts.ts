import stringWidth from 'string-width';
import { bullet, visibleText } from './visible-text.ts';

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

/** A heading and its list, or nothing without items; of a long list the first `most`, and where the rest is. */
export function section(
  heading: string,
  items: readonly string[],
  { most = items.length, rest = '' }: { most?: number; rest?: string } = {},
): string[] {
  if (items.length === 0) return [];
  const more = items.length > most ? [`  and ${items.length - most} more${rest}`] : [];
  return [heading, ...items.slice(0, most).map(bullet), ...more];
}

/** Paragraphs with an empty line between them, empty ones left out; ends with a line end. */
export function joinSections(sections: readonly (readonly string[])[]): string {
  const shown = sections.filter((lines) => lines.length > 0);
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Lines two spaces further in. */
export function indented(text: string): string {
  return text.replace(/^(?=.)/gmu, '  ');
}
