import { appendWaiver, isDay, readWaivers } from '../../src/config/waivers.ts';
import { AuditError } from '../../src/domain/errors.ts';
import { isInForce, lastDayForABlocker, MOST_DAYS_FOR_A_BLOCKER } from '../../src/domain/waiver.ts';
import { visibleText } from '../../src/report/text/visible-text.ts';
import { RULES } from '../../src/rules/index.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { findFinding, reportsFolder } from './reports.ts';

interface WaiveFlags extends CommonFlags {
  owner: string;
  reason: string;
  until: string;
  waivers: string;
  yes?: boolean;
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
  const found = (await findFinding(id, reports, context)).finding;
  const { finding_id, rule, subject, severity } = found;
  if (severity === 'blocker')
    checkBlocker(`${rule} on ${subject}`, { until, yes: flags.yes === true, today });
  const ruleIds = new Set(RULES.map((each) => each.id));
  const waived = { finding_id, rule, subject, owner, reason, expires: until };
  await appendWaiver(waivers, waived, async () => {
    const known = await readWaivers(waivers, ruleIds, { mayBeMissing: true });
    const same = known.find((other) => other.finding_id === finding_id && isInForce(other, today));
    if (!same) return;
    throw new AuditError(
      `${rule} on ${subject} is waived already until ${same.expires} (line ${same.line} of ${waivers}).`,
      { hint: 'Change that line to extend it.' },
    );
  });
  const text = () =>
    `Waived until ${until}: ${rule} on ${visibleText(subject)}.\nGive the next audit --waivers ${visibleText(waivers)}.\n`;
  print('waive', waived, text, flags, context);
  return 0;
}

/** A blocker turns GO into NO-GO: whoever waives it says so twice, and not for long. */
function checkBlocker(
  what: string,
  { until, yes, today }: { until: string; yes: boolean; today: string },
): void {
  const last = lastDayForABlocker(today);
  if (until > last) {
    throw new AuditError(
      `${what} is a blocker, which is waived for ${MOST_DAYS_FOR_A_BLOCKER} days at most: --until ${until} is later than ${last}.`,
      { hint: `Name a day up to ${last}; waive it again then if it still has to wait.` },
    );
  }
  if (yes) return;
  throw new AuditError(`${what} is a blocker: waived, it no longer stands in the way of GO.`, {
    hint: 'Add --yes to waive it all the same. The verdict will name it, with the owner and the last day.',
  });
}
