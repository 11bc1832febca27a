import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from '../../../src/report/files/json-text.ts';

const textOf = (value: object) => [...jsonText(value)].join('');

test('is what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (inner) => {
      const value = { inner, list: [inner, {}], left: undefined };
      expect(textOf(value)).toBe(`${JSON.stringify(value, null, 2)}\n`);
    }),
  );
  const plan = { a: [], b: {}, c: undefined, d: [1, { e: null, f: ['\u2028"\n'] }], g: { h: undefined } };
  expect(textOf(plan)).toBe(`${JSON.stringify(plan, null, 2)}\n`);
});

test('a long value comes in pieces', () => {
  const rows = Array.from({ length: 50_000 }, (_, row) => ({ row }));
  const pieces = [...jsonText({ rows })];
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
  expect(pieces.join('')).toBe(`${JSON.stringify({ rows }, null, 2)}\n`);
});
