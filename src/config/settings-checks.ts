import { type Check, type CheckSubject, failed, passed, type Remedy, warned } from '../domain/check.ts';
import type { Mistake } from '../domain/errors.ts';
import type { AuditSettings, OktaSettings, OptiIdSettings } from './config.ts';
import { type Environment, readSettings, settingsWarnings, UNCHECKED_TLS } from './settings.ts';

/** The settings as `doctor` uses them, and what it has to say of them. */
export interface SettingsExamined {
  checks: Check[];
  /** Null where one of the side's own settings is wrong. */
  okta: OktaSettings | null;
  store: OptiIdSettings | null;
  /** With the default in the place of what is wrong; null where that does not help either. */
  audit: AuditSettings | null;
  /** Names of the settings that are wrong. */
  wrong: ReadonlySet<string>;
}

function subject(id: string, title: string): CheckSubject {
  return { id: `settings.${id}`, group: 'settings', title };
}

/**
 * Every mistake in the settings as a check of its own. A side whose own settings are right is worth looking at whatever
 * else is wrong.
 */
export function examineSettings(
  env: Environment,
  earlier: readonly Mistake[],
  warnings: readonly Mistake[] = [],
): SettingsExamined {
  const need = { okta: true, store: true };
  const { mistakes } = readSettings(env, need, earlier);
  const wrong = new Set(mistakes.map(({ where }) => where));
  const without = Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name)));
  const { okta, store, audit } = readSettings(without, need);
  const unlessWrong = <Side>(prefix: string, side: Side): Side | null =>
    // Without certificates neither side is asked anything.
    [...wrong].some((name) => name.startsWith(prefix) || name === UNCHECKED_TLS) ? null : side;
  const sides = { okta: unlessWrong('OKTA_', okta), store: unlessWrong('OPTIID_', store), audit };
  const right = [
    ['okta', 'OKTA_… settings', sides.okta && spellOkta(sides.okta)],
    ['opti-id', 'OPTIID_… settings', sides.store && spellStore(sides.store)],
    ['audit', 'AUDIT_… settings', unlessWrong('AUDIT_', audit && `reports go to ${audit.reportsDir}`)],
  ] as const;
  const byOperator = (how: string): Remedy => ({ who: 'operator of this machine', how });
  const checks = [
    ...right.flatMap(([id, title, found]) => (found === null ? [] : [passed(subject(id, title), found)])),
    ...mistakes.map(({ where, what, hint }) => failed(subject(where, where), what, byOperator(hint))),
    ...[...warnings, ...settingsWarnings(env)].map(({ where, what, hint }) =>
      warned(subject(`warning.${where}`, where), what, byOperator(hint)),
    ),
  ];
  // Names with odd characters in them are all shown alike.
  return { ...sides, wrong, checks: [...new Map(checks.map((check) => [check.id, check])).values()] };
}

function spellOkta({ orgUrl, credentials }: OktaSettings): string {
  return credentials.mode === 'SSWS'
    ? `${orgUrl} by API token`
    : `${orgUrl} by service app ${credentials.clientId}`;
}

function spellStore(store: OptiIdSettings): string {
  return 'scimUrl' in store ? `${store.scimUrl} by SCIM key` : `organization ${store.organizationId}`;
}
