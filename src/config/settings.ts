import { type Mistake, SettingsError } from '../domain/errors.ts';
import { isLoopback } from '../domain/loopback.ts';
import { MOST_LAG_MINUTES, MOST_LOG_DAYS } from '../domain/manifest.ts';
import { editDistance } from '../domain/nearest.ts';
import type { OptiIdSource } from '../domain/source.ts';
import type {
  AuditSettings,
  Config,
  OktaCredentials,
  OktaSettings,
  OptiIdSettings,
  PlanSettings,
  SettingsNeed,
} from './config.ts';
import * as parsers from './parse.ts';

/** The environment, or what a `.env` file and the environment give together. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The scopes that the audit reads with. */
const READ_SCOPES =
  'okta.apps.read okta.groups.read okta.users.read okta.logs.read okta.profileMappings.read okta.schemas.read';

/** By which Node is told to check no certificate. */
export const UNCHECKED_TLS = 'NODE_TLS_REJECT_UNAUTHORIZED';

/** The host that a URL leads to; that of a database may stand in a parameter, and be a socket of this machine. */
function hostOf(address: string): string {
  const url = new URL(address);
  const host = url.searchParams.get('host') ?? url.hostname;
  return host.startsWith('/') ? 'localhost' : host;
}

interface Setting<Value> {
  /** A sentence for a person who sets it. Markdown. */
  meaning: string;
  example: string;
  /** Text that stands in when it is unset. */
  default?: string;
  /** The side that cannot be read without it. */
  requiredFor?: 'okta' | 'store';
  /** The source of the Opti ID side that it belongs to; with the other it is not read. */
  source?: OptiIdSource;
  /** The way of signing in that it belongs to; with the other it is not read. */
  mode?: 'SSWS' | 'PrivateKey';
  /** Never shown in any output. */
  secret?: boolean;
  /** The path of a file. */
  file?: boolean;
  /** Throws `Wrong`. */
  parse: (text: string) => Value;
}

const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;

/** Every setting, in the order of the documentation. `.env.example` and README are made from it. */
export const SETTINGS = {
  OKTA_CLIENT_ORGURL: setting({
    meaning: 'Address of the Okta org. `http://` is accepted for a loopback host only.',
    example: 'https://acme.okta.com',
    requiredFor: 'okta',
    parse: parsers.parseOrgUrl,
  }),
  OKTA_CLIENT_TOKEN: setting({
    meaning: 'API token of a read-only administrator. Not needed with a service app (the next five).',
    example: '00aBcD…',
    requiredFor: 'okta',
    mode: 'SSWS',
    secret: true,
    parse: parsers.parseToken,
  }),
  OKTA_CLIENT_AUTHORIZATIONMODE: setting({
    meaning: '`SSWS` (the token above) or `PrivateKey` (an OAuth service app).',
    example: 'PrivateKey',
    default: 'SSWS',
    parse: parsers.parseAuthorizationMode,
  }),
  OKTA_CLIENT_CLIENTID: setting({
    meaning: 'Client id of the service app.',
    example: '0oa1b2c3d4E5f6G7h8i9',
    requiredFor: 'okta',
    mode: 'PrivateKey',
    parse: parsers.parseId,
  }),
  OKTA_CLIENT_SCOPES: setting({
    meaning: 'Scopes granted to the service app, separated by spaces.',
    example: READ_SCOPES,
    default: READ_SCOPES,
    mode: 'PrivateKey',
    parse: parsers.parseScopes,
  }),
  OKTA_CLIENT_PRIVATEKEY: setting({
    meaning: 'RSA private key of the service app, as PEM (line breaks may be written as `\\n`) or JWK.',
    example: '-----BEGIN PRIVATE KEY-----\\n…\\n-----END PRIVATE KEY-----',
    requiredFor: 'okta',
    mode: 'PrivateKey',
    secret: true,
    parse: parsers.parsePrivateKey,
  }),
  OKTA_CLIENT_KEYID: setting({
    meaning: 'Id of the key (`kid`), where the service app has several. Unset: the `kid` of a JWK.',
    example: 'kid-2026',
    mode: 'PrivateKey',
    parse: parsers.parseId,
  }),
  OPTIID_DATABASE_URL: setting({
    meaning:
      'PostgreSQL URL of the Opti ID store, for a user that may only read; or the SCIM key (`OPTIID_SCIM_TOKEN`), for who has no access to the store. To another machine the connection is encrypted and the certificate checked (`sslrootcert=FILE` names a private authority) unless `sslmode` says otherwise.',
    example: 'postgresql://optiid_audit:PASSWORD@db.example.com:5432/opti',
    requiredFor: 'store',
    source: 'database',
    secret: true,
    parse: parsers.parseDatabaseUrl,
  }),
  OPTIID_SCIM_URL: setting({
    meaning:
      "Base URL of Opti ID's SCIM endpoint, as the SCIM app in Okta has it. `http://` is accepted for a loopback host only.",
    example: 'https://identity-api.optimizely.com/api/scim/v2',
    default: 'https://identity-api.optimizely.com/api/scim/v2',
    source: 'scim',
    parse: parsers.parseScimUrl,
  }),
  OPTIID_SCIM_TOKEN: setting({
    meaning:
      'SCIM key of the organization (Opti ID Admin Center › Settings › Authentication › SCIM), in place of `OPTIID_DATABASE_URL`: then Opti ID is read through its own SCIM endpoint, which shows users, groups and members. The key can write, too; the audit sends GET only.',
    example: 'SCIM_KEY',
    requiredFor: 'store',
    source: 'scim',
    secret: true,
    parse: parsers.parseScimKey,
  }),
  OPTIID_SCIM_AUTH: setting({
    meaning: '`header` (the key alone, as the Header Auth app sends it) or `bearer`.',
    example: 'bearer',
    default: 'header',
    source: 'scim',
    parse: parsers.parseScimAuth,
  }),
  OPTIID_SCHEMA: setting({
    meaning: 'Schema that holds the contract views.',
    example: 'opti_id',
    default: 'opti_id',
    source: 'database',
    parse: parsers.parseIdentifier,
  }),
  OPTIID_ORGANIZATION: setting({
    meaning:
      'Id of the organization in the store. Only its rows are read. Over SCIM it may be unset, since a key is of one organization; set it where one Okta org serves several.',
    example: '3f0c2a6e-7d1b-4a59-9c55-0a1b2c3d4e5f',
    requiredFor: 'store',
    source: 'database',
    parse: parsers.parseId,
  }),
  AUDIT_SCIM_APP: setting({
    meaning:
      'Okta app id or exact label of the SCIM app. Unset: the one active app whose name is `scim2headerauth`.',
    example: 'Opti ID SCIM',
    parse: parsers.parseText,
  }),
  AUDIT_SSO_APP: setting({
    meaning: 'Okta app id or exact label of the SSO app.',
    example: 'Opti ID',
    parse: parsers.parseText,
  }),
  AUDIT_PUSH_GROUPS: setting({
    meaning:
      'Groups meant to be pushed, separated by commas: Okta group ids, exact names or patterns (`*`, `?`, case matters; `\\,` for a comma in a name). Unset: every group with a push mapping on the SCIM app; if there is none, every group assigned to the SCIM app; if none, every group assigned to the SSO app.',
    example: 'Opti*,Editors\\, Berlin',
    parse: parsers.parseList,
  }),
  AUDIT_OKTA_BUDGET: setting({
    meaning: 'Share of each Okta rate limit that the run may use, in percent, 1 to 100.',
    example: '50',
    default: '50',
    parse: parsers.wholeNumber(1, 100),
  }),
  AUDIT_LAG_MINUTES: setting({
    meaning: 'Changes younger than this when the collection begins are in flight, not drift. 0 to 10080.',
    example: '60',
    default: '60',
    parse: parsers.wholeNumber(0, MOST_LAG_MINUTES),
  }),
  AUDIT_LOG_DAYS: setting({
    meaning: 'Window of the System Log in days, 1 to 90: Okta keeps 90.',
    example: '7',
    default: '7',
    parse: parsers.wholeNumber(1, MOST_LOG_DAYS),
  }),
  AUDIT_REPORTS_DIR: setting({
    meaning: 'Folder under which each run leaves its files.',
    example: 'reports',
    default: 'reports',
    parse: parsers.parseText,
  }),
  AUDIT_SEAL_KEY: setting({
    meaning:
      'Path of a file with an Ed25519 key as PEM. With a private key runs are signed, and earlier runs that are not signed by it are not believed. A file with public keys alone verifies and signs nothing; several keys in one file all verify, and the first private one signs.',
    example: '/etc/optiid-audit/seal.pem',
    file: true,
    parse: parsers.parseSealKey,
  }),
  AUDIT_NOTIFY_URL: setting({
    meaning:
      'Webhook that is notified when an audit ends (Slack, or whatever reads `text` from posted JSON); no names of people or groups unless `--notify-names`. `https://`, or `http://` for a loopback host.',
    example: 'https://hooks.slack.com/services/T000/B000/XXXX',
    secret: true,
    parse: parsers.parseNotifyUrl,
  }),
  AUDIT_MAX_DELETES: setting({
    meaning: 'A plan that deletes more groups and users in Opti ID than this says so first. 0 to 100000.',
    example: '5',
    default: '5',
    parse: parsers.wholeNumber(0, 100_000),
  }),
  AUDIT_MAX_MEMBERSHIP_LOSS_PERCENT: setting({
    meaning:
      'A plan that drops for good more than this share of the memberships of the groups that it deletes says so first, in percent, 0 to 100.',
    example: '20',
    default: '20',
    parse: parsers.wholeNumber(0, 100),
  }),
  AUDIT_MAX_LAST_PATHS: setting({
    meaning: 'A plan by which more people than this lose access for good says so first. 0 to 10000000.',
    example: '10',
    default: '10',
    parse: parsers.wholeNumber(0, 10_000_000),
  }),
  AUDIT_PLAN_HOURS: setting({
    meaning:
      'Hours after the reading in which a plan may be followed; an older one says so, and `plan` refuses it without `--stale`. 1 to 720.',
    example: '24',
    default: '24',
    parse: parsers.wholeNumber(1, 720),
  }),
  FLEET_DATABASE_URL: setting({
    meaning:
      'PostgreSQL URL of the queue of many organizations, a database of its own, never the audited store. Only `fleet` reads it. To another machine the connection is encrypted and the certificate checked unless `sslmode` says otherwise.',
    example: 'postgresql://fleet:PASSWORD@queue.example.com:5432/fleet',
    secret: true,
    parse: parsers.parseDatabaseUrl,
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
type SettingValue<Name extends SettingName> = ReturnType<(typeof SETTINGS)[Name]['parse']>;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** What could be read of the settings, and everything that is wrong with them. */
export interface SettingsRead {
  /** Null where a setting of the side is wrong or missing. */
  okta: OktaSettings | null;
  store: OptiIdSettings | null;
  audit: AuditSettings | null;
  plan: PlanSettings | null;
  mistakes: Mistake[];
}

/** As {@link loadConfig}, and throws nothing. */
export function readSettings(
  env: Environment,
  need: SettingsNeed,
  earlier: readonly Mistake[] = [],
): SettingsRead {
  const mistakes = [...earlier];
  const read = settingReader(env, mistakes);
  // Read where it is used, since a run without settings is told of as well; here so that all mistakes are told at once.
  const notify = read('AUDIT_NOTIFY_URL');
  const okta = need.okta ? readOkta(read, env) : null;
  const store = need.store ? readStore(read, env, mistakes) : null;
  const hosts = [okta?.orgUrl, store && addressOf(store), notify]
    .filter((url) => typeof url === 'string')
    .map(hostOf);
  if (env[UNCHECKED_TLS] === '0' && hosts.some((host) => !isLoopback(host))) {
    mistakes.push({
      where: UNCHECKED_TLS,
      what: 'is 0: no certificate is checked, and whoever answers gets the credentials.',
      hint: 'Unset it. For an authority of your own set NODE_EXTRA_CA_CERTS to the file of its certificate.',
    });
  }
  return {
    okta,
    store,
    audit: readAudit(read),
    plan: readPlanSettings(read),
    mistakes,
  };
}

/**
 * The settings that a command needs, from the environment. An empty text counts as unset; a side that is not
 * needed is neither asked for nor looked at. Throws one {@link SettingsError} with every mistake, those found
 * `earlier` (in the `.env` file) included; it never repeats what was given.
 */
export function loadConfig<const Need extends SettingsNeed>(
  env: Environment,
  need: Need,
  earlier: readonly Mistake[] = [],
): Config<Need> {
  const { mistakes, ...config } = readSettings(env, need, earlier);
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  return config as Config<Need>;
}

/**
 * Reads settings one by one and keeps what is wrong with them. Null for one that is unset, without a default, or wrong;
 * `otherwise` ends the hint for one that is required and unset.
 */
function settingReader(env: Environment, mistakes: Mistake[]) {
  return <Name extends SettingName>(name: Name, otherwise = ''): SettingValue<Name> | null => {
    const { default: standIn, requiredFor, parse, example }: Setting<unknown> = SETTINGS[name];
    const text = env[name] || standIn;
    if (text !== undefined) {
      try {
        return parse(text) as SettingValue<Name>;
      } catch (error) {
        if (!(error instanceof parsers.Wrong)) throw error;
        mistakes.push({ where: name, what: error.message, hint: error.hint });
      }
    } else if (requiredFor !== undefined) {
      const typo = Object.keys(env).find((other) => env[other] && nameMeantBy(other) === name);
      const hint = typo
        ? `${printableName(typo)} is set: is ${name} meant?`
        : `Set it, for example ${name}=${example}${otherwise}`;
      mistakes.push({ where: name, what: 'is not set.', hint });
    }
    return null;
  };
}

/** All of them, or null where one is wrong or missing. */
function allOf<Values extends object>(
  values: Values,
): { [Key in keyof Values]: NonNullable<Values[Key]> } | null {
  const isWhole = Object.values(values).every((value) => value !== null);
  return isWhole ? (values as { [Key in keyof Values]: NonNullable<Values[Key]> }) : null;
}

type Read = ReturnType<typeof settingReader>;

function readOkta(read: Read, env: Environment): OktaSettings | null {
  const orgUrl = read('OKTA_CLIENT_ORGURL');
  const mode = read('OKTA_CLIENT_AUTHORIZATIONMODE');
  const credentials =
    mode === 'PrivateKey' ? readServiceApp(read) : mode === 'SSWS' ? readToken(read, env) : null;
  return allOf({ orgUrl, credentials, budgetPercent: read('AUDIT_OKTA_BUDGET') });
}

function readToken(read: Read, env: Environment): OktaCredentials | null {
  const hasServiceApp = Boolean(env.OKTA_CLIENT_CLIENTID || env.OKTA_CLIENT_PRIVATEKEY);
  const otherwise = hasServiceApp
    ? ', or set OKTA_CLIENT_AUTHORIZATIONMODE=PrivateKey to use the service app that is set.'
    : ', or use a service app with OKTA_CLIENT_AUTHORIZATIONMODE=PrivateKey.';
  const token = read('OKTA_CLIENT_TOKEN', otherwise);
  return token === null ? null : { mode: 'SSWS', token };
}

function readServiceApp(read: Read): OktaCredentials | null {
  const clientId = read('OKTA_CLIENT_CLIENTID');
  const scopes = read('OKTA_CLIENT_SCOPES');
  const key = read('OKTA_CLIENT_PRIVATEKEY');
  const keyId = read('OKTA_CLIENT_KEYID');
  if (clientId === null || scopes === null || key === null) return null;
  return { mode: 'PrivateKey', clientId, scopes, privateKey: key.pem, keyId: keyId ?? key.keyId };
}

/** Where the Opti ID side is asked. */
export function addressOf(store: OptiIdSettings): string {
  return 'scimUrl' in store ? store.scimUrl : store.databaseUrl;
}

function readStore(read: Read, env: Environment, mistakes: Mistake[]): OptiIdSettings | null {
  if (env.OPTIID_DATABASE_URL && env.OPTIID_SCIM_TOKEN) {
    mistakes.push({
      where: 'OPTIID_SCIM_TOKEN',
      what: 'is set, and so is OPTIID_DATABASE_URL: there is one source of the Opti ID side.',
      hint: "Keep OPTIID_DATABASE_URL, which shows more; unset it to read Opti ID's SCIM endpoint.",
    });
  }
  // An address without a key is half of a setting, and not of the database's.
  if (!env.OPTIID_DATABASE_URL && (env.OPTIID_SCIM_TOKEN || env.OPTIID_SCIM_URL)) return readScim(read, env);
  return allOf({
    databaseUrl: read(
      'OPTIID_DATABASE_URL',
      ', or set OPTIID_SCIM_TOKEN to the SCIM key of the organization, where you have no access to the store.',
    ),
    schema: read('OPTIID_SCHEMA'),
    organizationId: read('OPTIID_ORGANIZATION'),
  });
}

function readScim(read: Read, env: Environment): OptiIdSettings | null {
  const scimUrl = read('OPTIID_SCIM_URL');
  const organizationId = env.OPTIID_ORGANIZATION
    ? read('OPTIID_ORGANIZATION')
    : scimUrl && new URL(scimUrl).host;
  return allOf({
    scimUrl,
    token: read('OPTIID_SCIM_TOKEN'),
    auth: read('OPTIID_SCIM_AUTH'),
    organizationId,
  });
}

function readAudit(read: Read): AuditSettings | null {
  const scimApp = read('AUDIT_SCIM_APP');
  const ssoApp = read('AUDIT_SSO_APP');
  const pushGroups = read('AUDIT_PUSH_GROUPS');
  const sealKey = read('AUDIT_SEAL_KEY');
  const values = allOf({
    lagMinutes: read('AUDIT_LAG_MINUTES'),
    logDays: read('AUDIT_LOG_DAYS'),
    reportsDir: read('AUDIT_REPORTS_DIR'),
  });
  return values === null ? null : { scimApp, ssoApp, pushGroups, sealKey, ...values };
}

function readPlanSettings(read: Read): PlanSettings | null {
  const limits = allOf({
    maxDeletes: read('AUDIT_MAX_DELETES'),
    maxMembershipLossPercent: read('AUDIT_MAX_MEMBERSHIP_LOSS_PERCENT'),
    maxLastPaths: read('AUDIT_MAX_LAST_PATHS'),
  });
  return allOf({ limits, goodForHours: read('AUDIT_PLAN_HOURS') });
}

/** What is not wrong and looks like an oversight: a mistyped name, a scope that allows more than reading. */
export function settingsWarnings(env: Environment): Mistake[] {
  const warnings = Object.keys(env)
    .sort()
    .flatMap((name): Mistake[] => {
      const meant = env[name] ? nameMeantBy(name) : null;
      if (meant === null) return [];
      const what = 'is not a setting and is ignored.';
      return [{ where: printableName(name), what, hint: `Is ${meant} meant?` }];
    });
  const scopes = (env.OKTA_CLIENT_SCOPES ?? '').split(/\s+/u);
  if (
    env.OKTA_CLIENT_AUTHORIZATIONMODE === 'PrivateKey' &&
    scopes.some((scope) => scope.endsWith('.manage'))
  ) {
    const hint = 'The audit only reads: grant the .read scopes alone.';
    warnings.push({ where: 'OKTA_CLIENT_SCOPES', what: 'asks for more than reading.', hint });
  }
  return warnings;
}

/** The setting that an unknown name was probably meant for, or null. */
function nameMeantBy(name: string): SettingName | null {
  if (Object.hasOwn(SETTINGS, name) || name.length > 40) return null;
  const upper = name.toUpperCase();
  return SETTING_NAMES.find((known) => editDistance(upper, known) <= 2) ?? null;
}

/** Names come from the environment as well; one with odd characters is not repeated. */
function printableName(name: string): string {
  return /^[\w.-]+$/u.test(name) ? name : 'A name in the environment';
}

/** The text of `.env.example`: copied to `.env` as it is, it sets nothing. */
export function envExample(): string {
  const blocks = SETTING_NAMES.map((name) => {
    const definition: Setting<unknown> = SETTINGS[name];
    const isRequired =
      definition.requiredFor !== undefined &&
      definition.mode !== 'PrivateKey' &&
      definition.source !== 'scim';
    const value = quoteForEnvFile(definition.example);
    return [
      definition.meaning
        .replaceAll('`', '')
        .replace(/(.{1,100})(?:\s|$)/gu, '# $1\n')
        .trimEnd(),
      ...(isRequired ? [`# Example: ${name}=${value}`, `${name}=`] : [`# ${name}=${value}`]),
    ].join('\n');
  });
  return [
    '# Settings of optiid-audit: copy to .env and fill in. Generated by `npm run generate`; do not edit.',
    '# The environment wins over this file. A value with a # or quotes goes in quotes.',
    '',
    blocks.join('\n\n'),
    '',
  ].join('\n');
}

function quoteForEnvFile(value: string): string {
  return /[\s#"'`\\]/u.test(value) ? `'${value}'` : value;
}

const SOURCE_WORDS = { database: 'from the database', scim: 'over SCIM' } as const;
const REQUIRED_FOR = { okta: 'the Okta side', store: 'the Opti ID side' } as const;

/** The settings as a Markdown table, for README. */
export function settingsTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const definition: Setting<unknown> = SETTINGS[name];
    const { meaning, requiredFor, mode, source, secret, default: standIn } = definition;
    const way = mode === undefined ? source && SOURCE_WORDS[source] : `with \`${mode}\``;
    const cells = [
      `\`${name}\``,
      meaning + (secret ? ' Secret.' : ''),
      requiredFor === undefined ? '–' : REQUIRED_FOR[requiredFor] + (way === undefined ? '' : `, ${way}`),
      standIn === undefined ? '–' : `\`${standIn}\``,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| name | meaning | needed for | default |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}
