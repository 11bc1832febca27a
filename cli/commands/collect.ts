import { collectRun } from '../../src/audit/begin-run.ts';
import type { SettingsNeed } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { orgOf } from '../../src/domain/run.ts';
import { incompleteReasons } from '../../src/report/text/summary.ts';
import { visibleText } from '../../src/report/text/visible-text.ts';
import { note, type RunContext, unlessQuiet } from '../../src/runtime/run-context.ts';
import type { AuditFlags, CommonFlags } from './options.ts';
import { print, shownPath } from './print.ts';

interface CollectFlags extends CommonFlags, Pick<AuditFlags, 'resume' | 'since'> {
  only?: 'okta' | 'opti-id';
}

/** Reads both sides, or one, into a sealed snapshot. */
export async function collect(flags: CollectFlags, context: RunContext): Promise<number> {
  const need: SettingsNeed = { okta: flags.only !== 'opti-id', store: flags.only !== 'okta' };
  const { okta, store, audit } = await readConfig(context, need, flags);
  const org = okta ? orgOf(okta.orgUrl) : 'opti-id';
  const sources = { okta, store, org, organizationId: store ? store.organizationId : 'not read' };
  const reading = { resume: flags.resume === true, since: flags.since ?? 'nothing' };
  const { dir, run } = await collectRun({ sources, audit, reading }, unlessQuiet(flags, context));
  if (!flags.json && !flags.quiet) for (const text of run.notes) context.say(note(text));
  const gaps = run.exit_code === 0 ? [] : incompleteReasons(run).map(visibleText);
  const list = gaps.map((gap) => `  - ${gap}`).join('\n');
  const outcome = list === '' ? 'Collected.' : `Collected, but not everything could be read:\n${list}`;
  const path = shownPath(`${dir}/snapshot`, context.cwd);
  print('collect', run, () => `${outcome}\nSnapshot: ${path}\n`, flags, context);
  return run.exit_code;
}
