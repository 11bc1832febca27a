import type { CatalogueRule } from '../domain/rule.ts';
import { HIDDEN, HIDDEN_DATASETS, type Hidden } from '../domain/source.ts';
import { needsOf } from './needs.ts';

/** What a rule does where Opti ID is read over SCIM: it is skipped for what is hidden, or judges, of some alone. */
export function overScim(rule: CatalogueRule): { hidden: Hidden | null; speaksOf: string | null } {
  const { overScim: said, judgesWithout = [] } = rule;
  if (said && 'hidden' in said) return { hidden: said.hidden, speaksOf: null };
  for (const need of needsOf(rule, 'scim')) {
    const hidden = HIDDEN_DATASETS[need as keyof typeof HIDDEN_DATASETS];
    if (hidden !== undefined && !judgesWithout.includes(need)) return { hidden, speaksOf: null };
  }
  return { hidden: null, speaksOf: said?.speaksOf ?? null };
}

/** What the rules can and cannot say over SCIM, as a Markdown table for README. */
export function overScimTable(rules: readonly CatalogueRule[]): string {
  const judged = rules.filter((rule) => overScim(rule).hidden === null);
  const named = (those: readonly CatalogueRule[]) => those.map(({ id }) => `\`${id}\``).join(', ');
  const plain = judged.filter((rule) => overScim(rule).speaksOf === null);
  const rows = [
    ['judged', named(plain), 'as from the database'],
    ...judged
      .filter((rule) => !plain.includes(rule))
      .map((rule) => ['judged', named([rule]), `of ${overScim(rule).speaksOf}`]),
    ...(Object.keys(HIDDEN) as Hidden[]).flatMap((hidden) => {
      const skipped = rules.filter((rule) => overScim(rule).hidden === hidden);
      if (skipped.length === 0) return [];
      const { what, look } = HIDDEN[hidden];
      const outcome = hidden === 'when it was made' ? 'skipped, unless it is shown' : 'skipped';
      return [[outcome, named(skipped), `not shown: ${what}. ${look ?? 'Optimizely alone sees it'}.`]];
    }),
  ];
  return [
    '| over SCIM | rules | of whom, or what to look at |',
    '| --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');
}
