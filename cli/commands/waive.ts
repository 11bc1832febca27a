import { appendWaiver, isDay, readWaivers } from '../../src/config/waivers.ts';
import { AuditError } from '../../src/domain/errors.ts';
import { isInForce } from '../../src/domain/waiver.ts';
import { RULES } from '../../src/rules/index.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { findFinding, reportsFolder } from './reports.ts';

interface WaiveFlags extends CommonFlags {
  owner: string;
  reason: string;
  until: string;
  waivers: string;
}

/** Adds a waiver of one finding to the waivers file. */
export async function waive(id: string, flags: WaiveFlags, context: RunContext): Promise<number> {
  const { owner, reason, until, waivers } = flags;
  const reports = await reportsFolder(flags, context);
  const today = context.now().toISOString();
  if (!isDay(until))
    throw new AuditError(`--until ${until} is not a valid date.`, { hint: 'Write it as YYYY-MM-DD.' });
  if (until < today.slice(0, 10)) {
    throw new AuditError(`--until ${until} is over.`, { hint: 'Name today or a day to come.' });
  }
  const { finding_id, rule, subject } = (await findFinding(id, reports, context)).finding;
  const ruleIds = new Set(RULES.map((each) => each.id));
  await appendWaiver(waivers, { finding_id, rule, subject, owner, reason, expires: until }, async () => {
    const known = await readWaivers(waivers, ruleIds, { mayBeMissing: true });
    const same = known.find((other) => other.finding_id === finding_id && isInForce(other, today));
    if (!same) return;
    throw new AuditError(
      `${rule} on ${subject} is waived already until ${same.expires} (line ${same.line} of ${waivers}).`,
      { hint: 'Change that line to extend it.' },
    );
  });
  if (!flags.quiet) {
    context.stdout(
      `Waived until ${until}: ${rule} on ${subject}.\nGive the next audit --waivers ${waivers}.\n`,
    );
  }
  return 0;
}
