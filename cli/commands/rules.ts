import { type Command, Option } from 'commander';
import { JOBS, type Job } from '../../src/domain/rule.ts';
import { note, type RunContext } from '../../src/runtime/run-context.ts';

interface RulesFlags {
  job?: Job;
  json?: boolean;
}

export function addRules(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('rules')
    .description('the rules of the audits; with an id what one looks for, why, what to do, and its query')
    .argument('[id]', 'id of a rule')
    .addOption(new Option('--job <job>', 'only the rules of this job').choices([...JOBS]))
    .addOption(new Option('--json', 'print the rules as JSON on stdout'))
    .action(async (id: string | undefined, flags: RulesFlags) =>
      exitWith(await showRules(id, flags, context)),
    );
}

/** Needs no settings: who looks a rule up may have none yet, or broken ones. */
export async function showRules(
  id: string | undefined,
  { job, json = false }: RulesFlags,
  context: RunContext,
): Promise<number> {
  const [{ RULES }, { describeRule, renderRule, renderRules }] = await Promise.all([
    import('../../src/rules/index.ts'),
    import('../../src/report/text/rule-text.ts'),
  ]);
  if (id === undefined) {
    const rules = RULES.filter((rule) => job === undefined || rule.when.includes(job));
    context.stdout(json ? asJson(rules.map(describeRule)) : renderRules(rules));
    return 0;
  }
  const rule = RULES.find((known) => known.id === id.trim().toLowerCase());
  if (!rule) throw await unknownRule(id);
  if (job !== undefined && !rule.when.includes(job)) {
    context.say(note(`${rule.id} does not run in ${job}.`));
  }
  context.stdout(json ? asJson(describeRule(rule)) : renderRule(rule));
  return 0;
}

async function unknownRule(id: string): Promise<Error> {
  const [{ RULES }, { didYouMean }, { AuditError }] = await Promise.all([
    import('../../src/rules/index.ts'),
    import('../../src/domain/nearest.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  const ids = RULES.map((rule) => rule.id);
  return new AuditError(`There is no rule "${id}".`, {
    hint: `${didYouMean(id, ids)}optiid-audit rules lists them all.`,
  });
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
