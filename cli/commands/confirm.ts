import { confirmByLog } from '../../src/audit/confirm.ts';
import { readConfig } from '../../src/config/read-config.ts';
import type { ConfirmationKind } from '../../src/domain/confirmation.ts';
import { AuditError, EXIT } from '../../src/domain/errors.ts';
import { isUserName } from '../../src/okta/confirm.ts';
import { renderConfirmation } from '../../src/report/text/confirmation-text.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';

interface ConfirmFlags extends CommonFlags {
  group?: string;
  days?: number;
}

/** Looks one confirmation up in the System Log and prints what it says. */
export async function confirm(
  kind: ConfirmationKind,
  who: string,
  flags: ConfirmFlags,
  context: RunContext,
): Promise<number> {
  const refuse = (message: string, hint: string) => new AuditError(message, { hint });
  const isGroup = kind === 'group-added';
  if (who.trim() === '' || flags.group?.trim() === '') {
    const blank = who.trim() === '' ? 'WHO' : '--group';
    throw refuse(`${blank} is blank.`, 'Give the e-mail of a user or the name of a group.');
  }
  if (!isGroup && !isUserName(who.trim())) {
    throw refuse(
      `"${who}" is neither an e-mail nor an Okta user id.`,
      `For ${kind} give the e-mail of the user.`,
    );
  }
  if (flags.group !== undefined && kind !== 'member-added' && kind !== 'member-removed') {
    throw refuse(`--group says nothing of ${kind}.`, 'It narrows member-added and member-removed.');
  }
  const { okta, audit } = await readConfig(context, { okta: true, store: false }, flags);
  const input = {
    okta,
    scimApp: audit.scimApp,
    kind,
    // White space around an e-mail is never part of it; in the name of a group it may be.
    who: isGroup ? who : who.trim(),
    group: flags.group ?? null,
    days: flags.days ?? audit.logDays,
    now: context.now,
  };
  const verdict = await untilStopped(context.signal, confirmByLog(input, audit.lagMinutes));
  print('confirm', verdict, (color) => renderConfirmation(verdict, color), flags, context);
  return { confirmed: EXIT.clean, unconfirmed: EXIT.findings, unknown: EXIT.incomplete }[verdict.outcome];
}
