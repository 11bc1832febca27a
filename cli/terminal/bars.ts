import stringWidth from 'string-width';

/** The place of a terminal that may be drawn on, in characters. */
export interface Canvas {
  columns: number;
  rows: number;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A dataset on a terminal. */
export interface DatasetLine {
  name: string;
  /** Part that is done, 0 to 1; null where the whole is not known. */
  done: number | null;
  /** Rows, rate, calls left, minutes left; empty where there is nothing to say. */
  cells: readonly [rows: string, rate: string, left: string, minutes: string];
}

/** What fits is shown: the first of these that is no wider than the terminal. Cells by their place in a line. */
const LAYOUTS: readonly { bar: number; cells: readonly number[] }[] = [
  { bar: 24, cells: [0, 1, 2, 3] },
  { bar: 10, cells: [0, 1, 2, 3] },
  { bar: 10, cells: [0, 2, 3] },
  { bar: 6, cells: [0, 2] },
  { bar: 6, cells: [0] },
  { bar: 4, cells: [0] },
  { bar: 0, cells: [0] },
];
const GAP = '  ';
/** How long the mark of a bar without a known end takes from one place to the next. */
const STEP_MS = 400;

/** A bar per dataset, none wider than the terminal; those for which there is no row are counted. */
export function drawDatasets(lines: readonly DatasetLine[], { columns, rows, now }: Canvas): string[] {
  const shown = lines.length <= rows ? lines : lines.slice(0, rows - 1);
  const rest = lines.length - shown.length;
  const drawn = LAYOUTS.map((layout) => drawIn(layout, shown, now));
  const fitting =
    drawn.find((texts) => texts.every((text) => stringWidth(text) <= columns)) ?? drawn.at(-1) ?? [];
  return [...fitting, ...(rest > 0 ? [`and ${rest} more`] : [])].map((line) => fitted(line, columns));
}

function drawIn(
  { bar, cells }: (typeof LAYOUTS)[number],
  lines: readonly DatasetLine[],
  now: number,
): string[] {
  const nameWidth = widest(lines.map(({ name }) => name));
  const widths = cells.map((cell) => widest(lines.map((line) => line.cells[cell] ?? '')));
  return lines.map((line) =>
    [
      padded(line.name, nameWidth, 'left'),
      ...(bar === 0 ? [] : [barText(line.done, bar, now)]),
      ...cells.map((cell, at) => padded(line.cells[cell] ?? '', widths[at] ?? 0, 'right')),
    ]
      .join(GAP)
      .trimEnd(),
  );
}

/** `[===>   ]`, or where the whole is not known a mark that goes to and fro. */
export function barText(done: number | null, width: number, now: number): string {
  if (done === null) {
    const mark = width < 6 ? '=' : '<=>';
    const places = width - mark.length;
    const step = Math.floor(now / STEP_MS) % (2 * places);
    const at = step <= places ? step : 2 * places - step;
    return `[${' '.repeat(at)}${mark}${' '.repeat(places - at)}]`;
  }
  const full = Math.min(width, Math.max(0, Math.floor(done * width)));
  const head = full > 0 && full < width ? '>' : '';
  return `[${`${'='.repeat(full - head.length)}${head}`.padEnd(width)}]`;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, stringWidth(text)), 0);
}

function padded(text: string, width: number, to: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return to === 'left' ? text + spaces : spaces + text;
}

/** A line cut to so many columns, with a mark where something is missing. */
export function fitted(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line;
  let kept = '';
  for (const character of line) {
    if (stringWidth(kept) + stringWidth(character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
