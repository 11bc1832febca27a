import type { Job } from '../../src/domain/rule.ts';
import { describeRule, renderRule, renderRules } from '../../src/report/text/rule-text.ts';
import { RULES } from '../../src/rules/index.ts';
import { note, type RunContext } from '../../src/runtime/run-context.ts';
import { print, unknownName } from './print.ts';

/** Needs no settings: who looks a rule up may have none yet, or broken ones. */
export async function showRules(
  id: string | undefined,
  flags: { job?: Job; json?: boolean },
  context: RunContext,
): Promise<number> {
  const { job } = flags;
  if (id === undefined) {
    const rules = RULES.filter((rule) => job === undefined || rule.when.includes(job));
    print('rules', rules.map(describeRule), () => renderRules(rules), flags, context);
    return 0;
  }
  const rule = RULES.find((known) => known.id === id.trim().toLowerCase());
  const ids = RULES.map((known) => known.id);
  if (!rule) throw unknownName('rule', id, ids, 'optiid-audit rules');
  if (job !== undefined && !rule.when.includes(job)) context.say(note(`${rule.id} does not run in ${job}.`));
  print('rules', describeRule(rule), () => renderRule(rule), flags, context);
  return 0;
}
