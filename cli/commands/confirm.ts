import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { CONFIRMATION_KINDS, type ConfirmationKind } from '../../src/domain/confirmation.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, noColorOption, quietOption } from './options.ts';

interface ConfirmFlags extends CommonFlags {
  group?: string;
  days?: number;
}

/** Okta keeps no more. */
const MOST_DAYS = 90;

export function addConfirm(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('confirm')
    .description("whether Okta's System Log confirms that a user, a group or a member reached Opti ID")
    .addArgument(new Argument('<kind>', 'what to confirm').choices([...CONFIRMATION_KINDS]))
    .argument('<who>', 'e-mail of the user or member, or name of the group; or the Okta id of either')
    .addOption(new Option('--group <name>', 'the one group of a member, by name or Okta id'))
    .addOption(
      new Option('--days <number>', `how far back to look, in place of AUDIT_LOG_DAYS`).argParser(days),
    )
    .addOption(new Option('--json', 'print the outcome as JSON on stdout'))
    .addOption(quietOption())
    .addOption(noColorOption())
    .action(async (kind: ConfirmationKind, who: string, flags: ConfirmFlags) =>
      exitWith(await confirm(kind, who, flags, context)),
    );
}

function days(text: string): number {
  const number = Number(text);
  if (/^\d+$/u.test(text) && number >= 1 && number <= MOST_DAYS) return number;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_DAYS}: Okta keeps no more.`);
}

async function confirm(
  kind: ConfirmationKind,
  who: string,
  flags: ConfirmFlags,
  context: RunContext,
): Promise<number> {
  const [{ readConfig }, { isUserName }, { confirmByLog }, { AuditError, EXIT }] = await Promise.all([
    import('./options.ts'),
    import('../../src/okta/confirm.ts'),
    import('../../src/audit/confirm.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  const refuse = (message: string, hint: string) => new AuditError(message, { hint });
  const isGroup = kind === 'group-added';
  if (who.trim() === '' || flags.group?.trim() === '') {
    throw refuse(
      `${who.trim() === '' ? 'WHO' : '--group'} is blank.`,
      'Give the e-mail of a user or the name of a group.',
    );
  }
  if (!isGroup && !isUserName(who.trim())) {
    throw refuse(`"${who}" is no e-mail and no Okta user id.`, `For ${kind} give the e-mail of the user.`);
  }
  if (flags.group !== undefined && kind !== 'member-added' && kind !== 'member-removed') {
    throw refuse(`--group says nothing of ${kind}.`, 'It narrows member-added and member-removed.');
  }
  const { okta, audit } = await readConfig(context, { okta: true, store: false }, flags);
  const confirming = confirmByLog(
    {
      okta,
      scimApp: audit.scimApp,
      kind,
      // White space around an e-mail is never part of it; in the name of a group it may be.
      who: isGroup ? who : who.trim(),
      group: flags.group ?? null,
      days: flags.days ?? audit.logDays,
      now: context.now(),
    },
    audit.lagMinutes,
  );
  const verdict = await untilStopped(context.signal, confirming);
  if (flags.json) context.stdout(`${JSON.stringify(verdict, null, 2)}\n`);
  else if (!flags.quiet) {
    const { renderConfirmation } = await import('../../src/report/text/confirmation-text.ts');
    context.stdout(renderConfirmation(verdict, { color: context.color && flags.color !== false }));
  }
  return { confirmed: EXIT.clean, unconfirmed: EXIT.findings, unknown: EXIT.incomplete }[verdict.outcome];
}
