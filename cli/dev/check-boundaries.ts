/** Says which imports break the table of `.dependency-cruiser.cjs`: `depcruise --output-type json … | tsx cli/dev/check-boundaries.ts`. */
import { text } from 'node:stream/consumers';
import type { ICruiseResult } from 'dependency-cruiser';

const { summary } = JSON.parse(await text(process.stdin)) as ICruiseResult;
const { totalCruised, totalDependenciesCruised = 0, violations, ruleSetUsed } = summary;
const comments = new Map(ruleSetUsed?.forbidden?.map(({ name, comment }) => [name, comment]));
for (const { rule, from, to } of violations) {
  console.error(`${rule.name}: ${from} → ${to}\n  ${comments.get(rule.name) ?? ''}`);
}
console.log(
  `${totalCruised} modules, ${totalDependenciesCruised} dependencies, ${violations.length} violations`,
);
// A TypeScript that dependency-cruiser cannot read makes it see nothing, and nothing breaks no rule.
const sawNothing = totalDependenciesCruised === 0;
if (sawNothing) console.error('No imports were looked at: dependency-cruiser cannot read this TypeScript.');
process.exitCode = violations.length > 0 || sawNothing ? 1 : 0;
