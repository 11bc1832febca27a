import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, outOption, quietOption, readConfig, waiversOption } from './options.ts';

interface WaiveFlags extends CommonFlags {
  owner: string;
  reason: string;
  until: string;
  waivers: string;
}

function words(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is blank.');
  return text.trim();
}

export function addWaive(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('waive <finding>')
    .description(
      'accepts a finding for a time: adds it to a waivers file by its id, with owner, reason, expiry',
    )
    .addOption(new Option('--owner <name>', 'who answers for it').argParser(words).makeOptionMandatory())
    .addOption(new Option('--reason <text>', 'why').argParser(words).makeOptionMandatory())
    .addOption(
      new Option('--until <day>', 'last day on which it holds, YYYY-MM-DD')
        .argParser(words)
        .makeOptionMandatory(),
    )
    .addOption(waiversOption().default('waivers.csv'))
    .addOption(outOption())
    .addOption(quietOption())
    .action(async (finding: string, flags: WaiveFlags) => exitWith(await waive(finding, flags, context)));
}

async function waive(id: string, flags: WaiveFlags, context: RunContext): Promise<number> {
  const [{ AuditError }, { appendWaiver, isDay, readWaivers }, { RULES }, { isInForce }] = await Promise.all([
    import('../../src/domain/errors.ts'),
    import('../../src/config/waivers.ts'),
    import('../../src/rules/index.ts'),
    import('../../src/domain/waiver.ts'),
  ]);
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  const today = context.now().toISOString();
  if (!isDay(flags.until)) {
    throw new AuditError(`--until ${flags.until} is no day.`, { hint: 'Write it as YYYY-MM-DD.' });
  }
  if (flags.until < today.slice(0, 10)) {
    throw new AuditError(`--until ${flags.until} is over.`, { hint: 'Name today or a day to come.' });
  }
  const finding = await findFinding(id.trim().toLowerCase(), audit.reportsDir);
  const ruleIds = new Set(RULES.map((rule) => rule.id));
  const waiver = {
    finding_id: finding.finding_id,
    rule: finding.rule,
    subject: finding.subject,
    owner: flags.owner,
    reason: flags.reason,
    expires: flags.until,
  };
  const known = await readWaivers(flags.waivers, ruleIds, { mayBeMissing: true });
  const same = known.find((other) => other.finding_id === waiver.finding_id && isInForce(other, today));
  if (same) {
    throw new AuditError(
      `${finding.rule} on ${finding.subject} is waived already until ${same.expires} (line ${same.line} of ${flags.waivers}).`,
      { hint: 'Change that line to extend it.' },
    );
  }
  await appendWaiver(flags.waivers, waiver);
  if (!flags.quiet) {
    context.stdout(
      `Waived until ${flags.until}: ${finding.rule} on ${finding.subject}.\nGive the next audit --waivers ${flags.waivers}.\n`,
    );
  }
  return 0;
}

/** The finding of that id in the newest run that has it. */
async function findFinding(id: string, reportsDir: string) {
  const [{ findFindings }, { AuditError }] = await Promise.all([
    import('../../src/runs/find-runs.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  if (!/^[0-9a-f]{16}$/u.test(id)) {
    throw new AuditError(`"${id}" is no finding's id.`, {
      hint: 'It has 16 hex digits; the column finding_id of findings.csv lists them.',
    });
  }
  const [found] = (await findFindings(id, reportsDir))?.findings ?? [];
  if (found) return found;
  throw new AuditError(`No run in ${reportsDir} has a finding ${id}.`, {
    hint: 'Check the id in findings.csv, and the reports folder (AUDIT_REPORTS_DIR or --out).',
  });
}
