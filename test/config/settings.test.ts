import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';
import {
  type Environment,
  envExample,
  loadConfig,
  SETTING_NAMES,
  SETTINGS,
  settingsTable,
  settingsWarnings,
} from '../../src/config/settings.ts';
import { SettingsError } from '../../src/domain/errors.ts';

const BOTH = { okta: true, store: true } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PEM = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const PKCS1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const PUBLIC_PEM = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const EC_PEM = ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const LOCKED_PEM = rsa.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();
const JWK = { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'kid-of-jwk' };

const GOOD = {
  OKTA_CLIENT_ORGURL: 'https://acme.okta.com',
  OKTA_CLIENT_TOKEN: '00aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abcd',
  OPTIID_DATABASE_URL: 'postgresql://reader:p%40ss@db.example.com:5432/opti',
  OPTIID_ORGANIZATION: 'org-1',
};
const SERVICE_APP = {
  ...GOOD,
  OKTA_CLIENT_TOKEN: undefined,
  OKTA_CLIENT_AUTHORIZATIONMODE: 'PrivateKey',
  OKTA_CLIENT_CLIENTID: '0oa1',
  OKTA_CLIENT_PRIVATEKEY: PEM,
};

function mistakesOf(env: Environment, need: { okta: boolean; store: boolean } = BOTH) {
  try {
    loadConfig(env, need);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).mistakes;
  }
  return [];
}

/** The one mistake, as a person reads it. */
function mistakeOf(env: Environment): string {
  const mistakes = mistakesOf(env);
  expect(mistakes).toHaveLength(1);
  return mistakes.map(({ where, what, hint }) => `${where}: ${what} ${hint}`).join('\n');
}

describe('settings', () => {
  it('have defaults for all that is not needed', () => {
    expect(loadConfig(GOOD, BOTH)).toEqual({
      okta: {
        orgUrl: 'https://acme.okta.com',
        credentials: { mode: 'SSWS', token: GOOD.OKTA_CLIENT_TOKEN },
        budgetPercent: 50,
      },
      store: { databaseUrl: GOOD.OPTIID_DATABASE_URL, schema: 'opti_id', organizationId: 'org-1' },
      audit: {
        scimApp: null,
        ssoApp: null,
        pushGroups: null,
        lagMinutes: 60,
        logDays: 7,
        reportsDir: 'reports',
        sealKey: null,
      },
      plan: {
        limits: { maxDeletes: 5, maxMembershipLossPercent: 20, maxLastPaths: 10 },
        goodForHours: 24,
      },
    });
  });

  it('take what is set', () => {
    const config = loadConfig(
      {
        ...GOOD,
        OPTIID_SCHEMA: 'Contract_2',
        AUDIT_SCIM_APP: 'Opti ID, SCIM ',
        AUDIT_SSO_APP: '0oaSso',
        AUDIT_PUSH_GROUPS: 'Opti*',
        AUDIT_OKTA_BUDGET: ' 100 ',
        AUDIT_LAG_MINUTES: '0',
        AUDIT_LOG_DAYS: '90',
        AUDIT_REPORTS_DIR: '/var/audit',
        AUDIT_MAX_DELETES: '0',
        AUDIT_MAX_MEMBERSHIP_LOSS_PERCENT: '100',
        AUDIT_MAX_LAST_PATHS: '3',
      },
      BOTH,
    );
    expect(config.plan.limits).toEqual({ maxDeletes: 0, maxMembershipLossPercent: 100, maxLastPaths: 3 });
    expect(config.okta.budgetPercent).toBe(100);
    expect(config.store.schema).toBe('Contract_2');
    expect(config.audit).toEqual({
      scimApp: 'Opti ID, SCIM ',
      ssoApp: '0oaSso',
      pushGroups: ['Opti*'],
      lagMinutes: 0,
      logDays: 90,
      reportsDir: '/var/audit',
      sealKey: null,
    });
  });

  it('count as unset when they are empty', () => {
    expect(mistakesOf({ ...GOOD, OKTA_CLIENT_TOKEN: '' }).map(({ where }) => where)).toEqual([
      'OKTA_CLIENT_TOKEN',
    ]);
    expect(loadConfig({ ...GOOD, AUDIT_OKTA_BUDGET: '', AUDIT_SCIM_APP: '' }, BOTH).okta.budgetPercent).toBe(
      50,
    );
  });

  it('of a side that is not needed are neither asked for nor looked at', () => {
    expect(loadConfig({}, { okta: false, store: false })).toMatchObject({ okta: null, store: null });
    const broken = { ...GOOD, OKTA_CLIENT_ORGURL: 'nonsense', AUDIT_OKTA_BUDGET: '0' };
    expect(loadConfig(broken, { okta: false, store: true }).store.organizationId).toBe('org-1');
    expect(mistakesOf({}, { okta: true, store: false }).map(({ where }) => where)).toEqual([
      'OKTA_CLIENT_ORGURL',
      'OKTA_CLIENT_TOKEN',
    ]);
  });

  it('report every mistake at once, those of the .env file first', () => {
    const file = { where: '.env:3', what: 'is not NAME=value.', hint: 'Correct the line.' };
    const env = {
      ...GOOD,
      OKTA_CLIENT_ORGURL: 'acme.okta.com',
      OPTIID_ORGANIZATION: undefined,
      AUDIT_LOG_DAYS: '91',
      AUDIT_PUSH_GROUPS: ' , ',
    };
    const error = (() => {
      try {
        return loadConfig(env, BOTH, [file]);
      } catch (reason) {
        return reason;
      }
    })() as SettingsError;
    expect(error.mistakes.map(({ where }) => where)).toEqual([
      '.env:3',
      'OKTA_CLIENT_ORGURL',
      'OPTIID_ORGANIZATION',
      'AUDIT_PUSH_GROUPS',
      'AUDIT_LOG_DAYS',
    ]);
    expect(error.message).toMatch(/^5 settings are wrong:\n/u);
  });

  it('fail for a mistake of the .env file alone', () => {
    const file = { where: '.env:3', what: 'is not NAME=value.', hint: 'Correct the line.' };
    expect(() => loadConfig(GOOD, BOTH, [file])).toThrow('.env:3: is not NAME=value.');
  });
});

describe('the address of the org', () => {
  it.each([
    ['https://acme.okta.com', 'https://acme.okta.com'],
    ['https://acme.okta.com/', 'https://acme.okta.com'],
    [' https://ACME.okta.com ', 'https://acme.okta.com'],
    ['https://login.acme.com:8443', 'https://login.acme.com:8443'],
    ['https://sso-admin.acme.com', 'https://sso-admin.acme.com'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.1.2.3:80/', 'http://127.1.2.3'],
    ['http://[::1]:9000', 'http://[::1]:9000'],
  ])('is taken as %s', (text, orgUrl) => {
    expect(loadConfig({ ...GOOD, OKTA_CLIENT_ORGURL: text }, BOTH).okta.orgUrl).toBe(orgUrl);
  });

  it.each([
    ['acme.okta.com', 'has no scheme. Write https://acme.okta.com.'],
    ['beta.oktapreview.com/', 'has no scheme. Write https://beta.oktapreview.com.'],
    ['acme', 'has no scheme. Write https://acme.okta.com.'],
    ['localhost:8080', 'has no scheme. Write http://localhost:8080.'],
    [
      'http://acme.okta.com',
      'must begin with https:// (http:// is for a loopback host only). Write https://acme.okta.com.',
    ],
    ['http://localhost.evil.com', 'must begin with https://'],
    ['http://127.0.0.1.evil.com', 'must begin with https://'],
    ['ftp://acme.okta.com', 'must begin with https://'],
    [
      'https://acme-admin.okta.com',
      'is the address of the Admin Console, not of the org. Write https://acme.okta.com.',
    ],
    ['https://acme-admin.oktapreview.com/', 'Write https://acme.oktapreview.com.'],
    ['https://my-acme-admin.okta-emea.com', 'Write https://my-acme.okta-emea.com.'],
    ['https://acme.okta.com/api/v1', 'has something behind the host. Write https://acme.okta.com.'],
    ['https://acme.okta.com//', 'has something behind the host.'],
    ['https://acme.okta.com?x=1', 'has something behind the host.'],
    ['https://acme.okta.com#', 'has something behind the host.'],
    ['https://me:secret@acme.okta.com', 'holds a user name or password.'],
    ['https://', 'is not a URL.'],
    ['   ', 'is blank.'],
    ['https://acme.okta.com\r', 'holds a control character'],
  ])('is refused as %j', (text, message) => {
    expect(mistakeOf({ ...GOOD, OKTA_CLIENT_ORGURL: text })).toContain(
      `OKTA_CLIENT_ORGURL: ${message}`.slice(0, 20),
    );
    expect(mistakeOf({ ...GOOD, OKTA_CLIENT_ORGURL: text })).toContain(message);
  });
});

describe('credentials', () => {
  it.each(['SSWS 00abc', 'Bearer 00abc', '00abc def', '00äbc', '   '])('refuse the token %j', (token) => {
    expect(mistakeOf({ ...GOOD, OKTA_CLIENT_TOKEN: token })).toMatch(/^OKTA_CLIENT_TOKEN: /u);
  });

  it('may be a service app, with the read scopes unless others are named', () => {
    const { credentials } = loadConfig(SERVICE_APP, BOTH).okta;
    expect(credentials).toEqual({
      mode: 'PrivateKey',
      clientId: '0oa1',
      scopes: [
        'okta.apps.read',
        'okta.groups.read',
        'okta.users.read',
        'okta.logs.read',
        'okta.profileMappings.read',
        'okta.schemas.read',
      ],
      privateKey: PEM,
      keyId: null,
    });
  });

  it.each([
    ['PEM', PEM],
    ['PEM with written line breaks', PEM.trim().replaceAll('\n', '\\n')],
    ['PEM with Windows line breaks', PEM.replaceAll('\n', '\r\n')],
    ['PKCS #1 PEM', PKCS1],
    ['JWK', JSON.stringify(JWK)],
  ])('take the key as %s and pass it on in one form', (_form, key) => {
    const { credentials } = loadConfig({ ...SERVICE_APP, OKTA_CLIENT_PRIVATEKEY: key }, BOTH).okta;
    expect(credentials).toMatchObject({ privateKey: PEM });
  });

  it('take the key id of a JWK, unless one is set', () => {
    const env = { ...SERVICE_APP, OKTA_CLIENT_PRIVATEKEY: JSON.stringify(JWK) };
    expect(loadConfig(env, BOTH).okta.credentials).toMatchObject({ keyId: 'kid-of-jwk' });
    const set = { ...env, OKTA_CLIENT_KEYID: 'kid-2' };
    expect(loadConfig(set, BOTH).okta.credentials).toMatchObject({ keyId: 'kid-2' });
  });

  it.each([
    ['an EC key', EC_PEM, 'is not an RSA key.'],
    ['an EC JWK', JSON.stringify(ec.privateKey.export({ format: 'jwk' })), 'is not an RSA key.'],
    ['a public key', PUBLIC_PEM, 'is a public key.'],
    ['a public JWK', JSON.stringify(rsa.publicKey.export({ format: 'jwk' })), 'is a public key.'],
    ['a key with a passphrase', LOCKED_PEM, 'is protected by a passphrase.'],
    ['a set of keys', JSON.stringify({ keys: [JWK] }), 'is a set of keys.'],
    ['a key cut short', PEM.slice(0, 400), 'is not a private key that can be read.'],
    ['the name of a file', './okta.pem', 'not the name of a file'],
    ['a JWK without its quotes', '{kty:RSA,d:abcdefg}', 'is not JSON.'],
    ['a JWK without its numbers', '{"kty":"RSA","d":"abcdefg"}', 'is not a private key that can be read.'],
  ])('refuse %s', (_what, key, message) => {
    expect(mistakeOf({ ...SERVICE_APP, OKTA_CLIENT_PRIVATEKEY: key })).toContain(message);
  });

  it('of a service app need a client id and a key, and no token', () => {
    const env = { ...GOOD, OKTA_CLIENT_AUTHORIZATIONMODE: 'PrivateKey' };
    expect(mistakesOf(env).map(({ where }) => where)).toEqual([
      'OKTA_CLIENT_CLIENTID',
      'OKTA_CLIENT_PRIVATEKEY',
    ]);
  });

  it('of the way that is not chosen are not looked at', () => {
    expect(loadConfig({ ...GOOD, OKTA_CLIENT_PRIVATEKEY: 'junk' }, BOTH).okta.credentials.mode).toBe('SSWS');
    expect(loadConfig({ ...SERVICE_APP, OKTA_CLIENT_TOKEN: 'a b' }, BOTH).okta.credentials.mode).toBe(
      'PrivateKey',
    );
  });

  it('say how to choose the service app when it is set and the mode is not', () => {
    expect(mistakeOf({ ...SERVICE_APP, OKTA_CLIENT_AUTHORIZATIONMODE: undefined })).toContain(
      'OKTA_CLIENT_AUTHORIZATIONMODE=PrivateKey to use the service app that is set',
    );
  });

  it.each(['privatekey', 'ssws', 'OAuth', '  '])(
    'refuse the mode %j, and then ask for nothing else',
    (mode) => {
      expect(mistakeOf({ ...SERVICE_APP, OKTA_CLIENT_AUTHORIZATIONMODE: mode })).toContain(
        'OKTA_CLIENT_AUTHORIZATIONMODE: is neither SSWS nor PrivateKey.',
      );
    },
  );

  it('take scopes separated by any spaces, and refuse commas', () => {
    const config = loadConfig(
      { ...SERVICE_APP, OKTA_CLIENT_SCOPES: ' okta.apps.read  okta.users.read ' },
      BOTH,
    );
    expect(config.okta.credentials).toMatchObject({ scopes: ['okta.apps.read', 'okta.users.read'] });
    expect(mistakeOf({ ...SERVICE_APP, OKTA_CLIENT_SCOPES: 'okta.apps.read,okta.users.read' })).toContain(
      'holds a comma. Separate the scopes by spaces.',
    );
  });
});

describe('the store', () => {
  it.each([
    'postgres://db/opti',
    'postgresql://u:p@[::1]:5432/opti',
    'postgresql:///opti?host=/run/postgresql',
  ])('is taken as %s', (url) => {
    expect(loadConfig({ ...GOOD, OPTIID_DATABASE_URL: url }, BOTH).store.databaseUrl).toBe(url);
  });

  it.each([
    ['mysql://db/opti', 'does not begin with postgres:// or postgresql://.'],
    ['db.example.com', 'does not begin with'],
    ['postgres://', 'names no host.'],
    ['postgresql:///opti', 'names no host.'],
    ['postgresql://u:p/w@db/opti', 'is not a URL.'],
    ['postgresql://u:12#4@db/opti', 'A # is written %23.'],
  ])('is refused as %s', (url, message) => {
    expect(mistakeOf({ ...GOOD, OPTIID_DATABASE_URL: url })).toContain(message);
  });

  it.each(['opti-id', '1st', 'a"b', 'a;b', 'a.b', 'x'.repeat(64), ' '])(
    'has no schema called %j',
    (schema) => {
      expect(mistakeOf({ ...GOOD, OPTIID_SCHEMA: schema })).toContain(
        'OPTIID_SCHEMA: is not the name of a schema.',
      );
    },
  );
});

describe('the groups to push', () => {
  const groups = (text: string) => loadConfig({ ...GOOD, AUDIT_PUSH_GROUPS: text }, BOTH).audit.pushGroups;

  it('are separated by commas, trimmed, without the empty ones', () => {
    expect(groups(' Opti ID* , 00g1,, Everyone? ,')).toEqual(['Opti ID*', '00g1', 'Everyone?']);
  });

  it('may have a comma in their name', () => {
    expect(groups('Editors\\, Berlin,A\\,B\\,C,D\\E')).toEqual(['Editors, Berlin', 'A,B,C', 'D\\E']);
  });

  it('are named at least once, if they are named at all', () => {
    expect(mistakeOf({ ...GOOD, AUDIT_PUSH_GROUPS: ', ,' })).toContain('AUDIT_PUSH_GROUPS: names no group.');
    expect(mistakeOf({ ...GOOD, AUDIT_PUSH_GROUPS: ' ' })).toContain('AUDIT_PUSH_GROUPS: names no group.');
  });

  it('come back from their written form', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => text.replaceAll('\\', '').trim())
      .filter((text) => text !== '' && !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (names) => {
        expect(groups(names.map((entry) => entry.replaceAll(',', '\\,')).join(','))).toEqual(names);
      }),
    );
  });
});

describe('numbers', () => {
  it.each([
    ['AUDIT_OKTA_BUDGET', ['0', '101', '-1', '1.5', '5e1', '0x10', 'ten', ' ', '50%'], '1 to 100'],
    ['AUDIT_LAG_MINUTES', ['10081', '-1', '', '99999999999999'].filter((text) => text !== ''), '0 to 10080'],
    ['AUDIT_LOG_DAYS', ['0', '91', '7 days'], '1 to 90'],
  ])('of %s stay within their bounds', (name, texts, bounds) => {
    for (const text of texts) {
      expect(mistakeOf({ ...GOOD, [name]: text })).toContain(
        `${name}: is not a whole number from ${bounds}.`,
      );
    }
  });
});

describe('a setting that is missing', () => {
  it('is named with an example', () => {
    expect(mistakeOf({ ...GOOD, OPTIID_ORGANIZATION: undefined })).toMatch(
      /^OPTIID_ORGANIZATION: is not set\. Set it, for example OPTIID_ORGANIZATION=/u,
    );
  });

  it('is found under its mistyped name', () => {
    const { OKTA_CLIENT_ORGURL: url, ...rest } = GOOD;
    expect(mistakeOf({ ...rest, OKTA_CLIENT_ORG_URL: url })).toContain(
      'OKTA_CLIENT_ORG_URL is set: is OKTA_CLIENT_ORGURL meant?',
    );
  });
});

describe('warnings', () => {
  it.each([
    ['AUDIT_LOG_DAY', 'AUDIT_LOG_DAYS'],
    ['AUDIT_PUSHGROUPS', 'AUDIT_PUSH_GROUPS'],
    ['OPTIID_ORGANISATION', 'OPTIID_ORGANIZATION'],
    ['OPTI_ID_SCHEMA', 'OPTIID_SCHEMA'],
    ['audit_scim_app', 'AUDIT_SCIM_APP'],
  ])('ask for %s whether %s is meant, and are no mistake', (name, meant) => {
    const env = { ...GOOD, [name]: '1' };
    expect(mistakesOf(env)).toEqual([]);
    expect(settingsWarnings(env)).toEqual([
      { where: name, what: 'is not a setting and is ignored.', hint: `Is ${meant} meant?` },
    ]);
  });

  it('stay silent about names of others and about what is empty', () => {
    expect(
      settingsWarnings({
        ...GOOD,
        PATH: '/bin',
        AUDIT_TRAIL_TABLE: 'x',
        OKTA_CLIENT_REQUESTTIMEOUT: '1',
        AUDIT_LOG_DAY: '',
      }),
    ).toEqual([]);
  });

  it('name scopes that allow more than reading', () => {
    const env = { ...SERVICE_APP, OKTA_CLIENT_SCOPES: 'okta.apps.manage' };
    expect(settingsWarnings(env)).toMatchObject([{ where: 'OKTA_CLIENT_SCOPES' }]);
    expect(settingsWarnings(SERVICE_APP)).toEqual([]);
  });
});

describe('a secret', () => {
  // No dot: what looks like a host name is repeated, so that the right address can be told.
  const secret = fc
    .string({ unit: fc.constantFrom(...'abcXYZ0189_-#@/:?,"\'\\{}\n %'), minLength: 0, maxLength: 30 })
    .map((text) => `s3cr3t${text}`);
  const wrapped = (prefixes: string[]) =>
    fc.tuple(fc.constantFrom(...prefixes), secret).map(([prefix, text]) => `${prefix}${text}`);

  it('is in no error, wherever it is given and however broken it is', () => {
    fc.assert(
      fc.property(
        fc.record({
          OKTA_CLIENT_ORGURL: wrapped([
            'https://u:',
            'https://acme.okta.com/',
            'https://',
            '',
            'acme.okta.com/',
          ]),
          OKTA_CLIENT_AUTHORIZATIONMODE: fc.constantFrom('SSWS', 'PrivateKey', 's3cr3t', undefined),
          OKTA_CLIENT_TOKEN: wrapped(['', 'SSWS ', ' ']),
          OKTA_CLIENT_CLIENTID: fc.constant(undefined),
          OKTA_CLIENT_SCOPES: wrapped(['', 'a,']),
          OKTA_CLIENT_PRIVATEKEY: wrapped([
            '',
            '{',
            '{"d":"',
            PEM.slice(0, 60),
            '-----BEGIN PRIVATE KEY-----\\n',
          ]),
          OPTIID_DATABASE_URL: wrapped([
            'postgres://u:',
            'postgresql://u:p@',
            'mysql://',
            'postgres://u:1#',
            '',
          ]),
          AUDIT_OKTA_BUDGET: secret,
        }),
        (env) => {
          let error: unknown;
          try {
            loadConfig(env, BOTH);
          } catch (reason) {
            error = reason;
          }
          expect(error).toBeInstanceOf(SettingsError);
          const settingsError = error as SettingsError;
          const all = [
            settingsError.message,
            settingsError.hint,
            settingsError.stack,
            JSON.stringify(settingsError.mistakes),
          ];
          expect(settingsError.cause).toBeUndefined();
          for (const text of all) expect(text).not.toContain('s3cr3t');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('what is generated from the settings', () => {
  it('.env.example names each setting once, and sets nothing when it is copied', () => {
    const text = envExample();
    for (const name of SETTING_NAMES) {
      expect(text.match(new RegExp(`^(?:# )?${name}=`, 'gmu')), name).toHaveLength(1);
    }
    const { values, mistakes } = parseEnvFile(text);
    expect(mistakes).toEqual([]);
    expect(Object.entries(values).filter(([, value]) => value !== '')).toEqual([]);
    expect(Object.keys(values)).toEqual([
      'OKTA_CLIENT_ORGURL',
      'OKTA_CLIENT_TOKEN',
      'OPTIID_DATABASE_URL',
      'OPTIID_ORGANIZATION',
    ]);
  });

  it('.env.example is valid with its comment signs removed, but for the placeholders of secrets and files', () => {
    const text = envExample()
      .replace(/^# (?:Example: )?(?=[A-Z_]+=)/gmu, '')
      .replace(/^[A-Z_]+=\n/gmu, '');
    const { values, mistakes } = parseEnvFile(text);
    expect(mistakes).toEqual([]);
    expect(Object.keys(values)).toEqual(SETTING_NAMES);
    for (const name of SETTING_NAMES) expect(values[name], name).toBe(SETTINGS[name].example);
    expect(mistakesOf({ ...values, OKTA_CLIENT_PRIVATEKEY: PEM, AUDIT_SEAL_KEY: '' })).toEqual([]);
  });

  it('the table has one row for each setting, with its default', () => {
    const rows = settingsTable().trimEnd().split('\n');
    expect(rows).toHaveLength(SETTING_NAMES.length + 2);
    expect(rows.every((row) => (row.match(/(?<!\\)\|/gu) ?? []).length === 5)).toBe(true);
    expect(rows.find((row) => row.startsWith('| `AUDIT_LOG_DAYS`'))).toContain('| – | `7` |');
  });
});
