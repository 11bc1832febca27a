import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOf, choicesOf, filteredRows, NO_FILTER } from '../../../src/report/page/client/table-view.ts';
import { packTable } from '../../../src/report/page/pack-table.ts';

const ROWS = [
  { severity: 'warning', subject: 'Ann Lee', members: 10, note: null },
  { severity: 'blocker', subject: 'bob', members: 9, note: 'late' },
  { severity: 'error', subject: 'Ann Ray', members: null, note: 'late' },
  { severity: 'warning', subject: 'Zoë', members: 100, note: '' },
];
const COLUMNS = ['severity', 'subject', 'members', 'note'];
const table = packTable(COLUMNS, ROWS, 4);

describe('what is seen of a table in the page', () => {
  it('is all of it, in the order of the file, unless something is filtered for', () => {
    expect(filteredRows(table, NO_FILTER)).toEqual([0, 1, 2, 3]);
  });

  it('has every word searched for somewhere in the row, in any case', () => {
    expect(filteredRows(table, { ...NO_FILTER, search: 'ANN' })).toEqual([0, 2]);
    expect(filteredRows(table, { ...NO_FILTER, search: ' late  ann ' })).toEqual([2]);
    expect(filteredRows(table, { ...NO_FILTER, search: 'zoë' })).toEqual([3]);
    expect(filteredRows(table, { ...NO_FILTER, search: '10' })).toEqual([0, 3]);
    expect(filteredRows(table, { ...NO_FILTER, search: 'null' })).toEqual([]);
  });

  it('has the values that filters ask for', () => {
    const filters = { severity: 'warning' };
    expect(filteredRows(table, { ...NO_FILTER, filters })).toEqual([0, 3]);
    expect(filteredRows(table, { search: 'ann', filters, sort: null })).toEqual([0]);
  });

  it('is sorted by number, by severity or by letters without their case; what is empty comes first', () => {
    const by = (column: string, descending = false) =>
      filteredRows(table, { ...NO_FILTER, sort: { column, descending } });
    expect(by('members')).toEqual([2, 1, 0, 3]);
    expect(by('members', true)).toEqual([3, 0, 1, 2]);
    expect(by('severity')).toEqual([1, 2, 0, 3]);
    expect(by('severity', true)).toEqual([0, 3, 2, 1]);
    expect(by('subject')).toEqual([0, 2, 1, 3]);
    expect(by('no such column')).toEqual([0, 1, 2, 3]);
  });

  it('offers the values of a column in their order', () => {
    expect(choicesOf(table, 'severity')).toEqual(['blocker', 'error', 'warning']);
    expect(choicesOf(table, 'note')).toEqual(['late']);
    expect(choicesOf(table, 'no such column')).toEqual([]);
  });

  it('is the same whether a column holds each value once or each row its own', () => {
    const value = fc.constantFrom('a', 'b', 'B', '', null, 1, 20, 'text that is rare');
    fc.assert(
      fc.property(fc.array(fc.record({ x: value, y: value }), { maxLength: 30 }), value, (rows, wanted) => {
        const packed = packTable(['x', 'y'], rows, rows.length);
        rows.forEach((row, at) => {
          expect(cellOf(packed, 'x', at)).toBe(row.x);
          expect(cellOf(packed, 'y', at)).toBe(row.y);
        });
        const text = (cell: unknown) => String(cell ?? '');
        const filtered = filteredRows(packed, { ...NO_FILTER, filters: { x: text(wanted) } });
        expect(filtered).toEqual(rows.flatMap((row, at) => (text(row.x) === text(wanted) ? [at] : [])));
        const order = filteredRows(packed, { ...NO_FILTER, sort: { column: 'y', descending: false } });
        expect(order.toSorted((a, b) => a - b)).toEqual(rows.map((_, at) => at));
      }),
    );
  });
});
