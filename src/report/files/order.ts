import { byCodeUnit } from '../../domain/finding.ts';
import { type Cell, rawText } from './csv.ts';

/** Null and empty columns come first, numbers go by size, everything else by the code units of its text. */
function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  if (a === null || a === undefined || b === null || b === undefined) {
    return Number(a !== null && a !== undefined) - Number(b !== null && b !== undefined);
  }
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return byCodeUnit(rawText(a), rawText(b));
}

/** Compares rows by `columns` from left to right, by code unit of the raw values: no locale, no CSV guard. */
export function byColumns(columns: readonly string[]): (a: object, b: object) => number {
  return (a, b) => {
    for (const column of columns) {
      const order = compareCells(
        (a as Readonly<Record<string, Cell>>)[column],
        (b as Readonly<Record<string, Cell>>)[column],
      );
      if (order !== 0) return order;
    }
    return 0;
  };
}
