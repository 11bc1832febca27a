import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { KINDS, README, readSurvivors, sumOf, withFigures } from './survivors.ts';

const list = readSurvivors();
const tried = Object.entries({
  ...list.modules.of,
  'the SQL of the rules': sumOf(Object.values(list.rules.of)),
  'the SQL of the derived tables': sumOf(Object.values(list.tables.of)),
}).filter(([, figures]) => figures.tried > 0);

describe('the list of changes that no test noticed', () => {
  test.each(tried)('is short: of %s nine of ten were noticed', (_what, figures) => {
    expect(figures.noticed / figures.tried).toBeGreaterThanOrEqual(0.9);
  });

  test('says of each why that is right', () => {
    const without = KINDS.flatMap((kind) =>
      Object.entries(list[kind].of).flatMap(([of, { survivors }]) =>
        Object.entries(survivors).flatMap(([change, reason]) => (reason === '' ? [`${of}: ${change}`] : [])),
      ),
    );
    expect(without).toEqual([]);
  });

  test('has the figures of test/README.md', () => {
    const readme = readFileSync(README, 'utf8');
    expect(readme).toBe(withFigures(readme, list));
    expect(readme).toContain('| verdict |');
  });
});
