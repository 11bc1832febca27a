import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { byCodeUnit } from '../../src/domain/finding.ts';

/** What was tried: modules by Stryker, rules and derived tables by changes in their SQL. */
export const KINDS = ['modules', 'rules', 'tables'] as const;
export type Kind = (typeof KINDS)[number];

/** A module, a rule or a derived table, and how many changes in it were noticed. */
export interface Tried {
  noticed: number;
  tried: number;
  /** Changes that nobody noticed, and why that is so. */
  survivors: Readonly<Record<string, string>>;
}

/** What the list holds. Figures are written by the mutation tests, reasons by hand. */
export type Survivors = Record<Kind, { date: string; of: Readonly<Record<string, Tried>> }>;

const PATH = fileURLToPath(new URL('survivors.json', import.meta.url));

export const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** Stands where nobody has written a reason yet. */
export const NO_REASON = '';

export function readSurvivors(): Survivors {
  const empty = Object.fromEntries(KINDS.map((kind) => [kind, { date: '', of: {} }])) as Survivors;
  return existsSync(PATH) ? { ...empty, ...JSON.parse(readFileSync(PATH, 'utf8')) } : empty;
}

/** Notes what was found out about some of a kind; reasons stay where the same change survives again. */
export function noteSurvivors(
  kind: Kind,
  found: Readonly<Record<string, { noticed: number; survivors: readonly string[] }>>,
): void {
  const list = readSurvivors();
  const before = list[kind].of;
  const now = Object.entries(found).map(([of, { noticed, survivors }]): [string, Tried] => [
    of,
    {
      noticed,
      tried: noticed + survivors.length,
      survivors: Object.fromEntries(
        [...survivors].sort(byCodeUnit).map((change) => [change, before[of]?.survivors[change] ?? NO_REASON]),
      ),
    },
  ]);
  const all = Object.entries({ ...before, ...Object.fromEntries(now) });
  list[kind] = {
    date: new Date().toISOString().slice(0, 10),
    of: Object.fromEntries(all.sort(([a], [b]) => byCodeUnit(a, b))),
  };
  writeFileSync(PATH, `${JSON.stringify(list, null, 2)}\n`);
  writeFileSync(README, withFigures(readFileSync(README, 'utf8'), list));
}

/** How many of a kind were tried, and noticed. */
export function sumOf(all: readonly Omit<Tried, 'survivors'>[]): Omit<Tried, 'survivors'> {
  return {
    noticed: all.reduce((sum, { noticed }) => sum + noticed, 0),
    tried: all.reduce((sum, { tried }) => sum + tried, 0),
  };
}

/** The README with the figures of the list. */
export function withFigures(readme: string, { modules, rules, tables }: Survivors): string {
  const row = (what: string, { noticed, tried }: Omit<Tried, 'survivors'>, date: string) =>
    tried === 0
      ? []
      : `| ${what} | ${tried} | ${noticed} | ${((100 * noticed) / tried).toFixed(1)} % | ${date} |`;
  const rows = [
    ...Object.entries(modules.of).flatMap(([name, figures]) => row(name, figures, modules.date)),
    row('SQL of the rules', sumOf(Object.values(rules.of)), rules.date),
    row('SQL of the derived tables', sumOf(Object.values(tables.of)), tables.date),
  ].flat();
  const table = [
    '| what is changed | changes | noticed | share | date |',
    '| --- | --: | --: | --: | --- |',
    ...rows,
  ];
  return readme.replace(
    /(<!-- mutation:figures -->\n)[\s\S]*?(<!-- \/mutation:figures -->)/u,
    (_all, begin, end) => {
      return `${begin}${table.join('\n')}\n${end}`;
    },
  );
}
