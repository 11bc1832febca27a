import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';
import {
  type Environment,
  envExample,
  loadConfig,
  readSettings,
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
const PUBLIC_PKCS1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
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
    expect(config.store).toMatchObject({ schema: 'Contract_2' });
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

const KEY_HINT =
  'Give the key itself, as PEM (line breaks may be written as \\n) or as JWK, not the name of a file.';
const RSA_HINT = 'Make an RSA key for the service app; the token is signed with RS256.';
const ORG_HINT = 'Write the address of the org alone, for example https://acme.okta.com.';
const STORE_HINT =
  'Write postgresql://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password percent-encoded.';
const NOTIFY_HINT = 'Write the address of the webhook, for example https://hooks.slack.com/services/….';

describe('whoever gives a wrong value is told what to write', () => {
  it.each([
    ['AUDIT_SCIM_APP', ' ', 'is blank. Give it a value, or remove it.'],
    [
      'AUDIT_SCIM_APP',
      'a\u0007b',
      'holds a control character or a line break. Often a stray line ending: write it again.',
    ],
    ['OKTA_CLIENT_ORGURL', 'https://u@acme.okta.com', `holds a user name or password. ${ORG_HINT}`],
    ['OKTA_CLIENT_ORGURL', 'https://:p@acme.okta.com', `holds a user name or password. ${ORG_HINT}`],
    ['OKTA_CLIENT_ORGURL', 'https://', `is not a URL. ${ORG_HINT}`],
    ['OKTA_CLIENT_ORGURL', 'https://acme/x', `has something behind the host. ${ORG_HINT}`],
    ['OKTA_CLIENT_ORGURL', '1https://acme.okta.com', 'has no scheme. Write https://acme.okta.com.'],
    ['OKTA_CLIENT_ORGURL', '127.0.0.1:80/', 'has no scheme. Write http://127.0.0.1:80.'],
    ['OKTA_CLIENT_ORGURL', '[::1]', 'has no scheme. Write http://[::1].'],
    ['OKTA_CLIENT_ORGURL', 'beta.acme.com:8443', 'has no scheme. Write https://beta.acme.com:8443.'],
    ['OKTA_CLIENT_ORGURL', 'a secret.acme.com', 'has no scheme. Write https://acme.okta.com.'],
    ['OKTA_CLIENT_ORGURL', 'acme.com/a secret', 'has no scheme. Write https://acme.okta.com.'],
    ['OKTA_CLIENT_ORGURL', `${'x'.repeat(64)}.com`, 'has no scheme. Write https://acme.okta.com.'],
    [
      'OKTA_CLIENT_ORGURL',
      'https://acme-admin.okta-gov.com',
      'is the address of the Admin Console, not of the org. Write https://acme.okta-gov.com.',
    ],
    [
      'OKTA_CLIENT_ORGURL',
      'https://acme-admin.okta.mil',
      'is the address of the Admin Console, not of the org. Write https://acme.okta.mil.',
    ],
    [
      'OKTA_CLIENT_TOKEN',
      'ssws 00abc',
      'begins with the name of its scheme. Give the token alone, without SSWS before it.',
    ],
    [
      'OKTA_CLIENT_TOKEN',
      '00abc def',
      'is blank or holds a character that no token has. Copy it again from Security → API → Tokens.',
    ],
    [
      'OKTA_CLIENT_AUTHORIZATIONMODE',
      'OAuth',
      'is neither SSWS nor PrivateKey. Write one of the two, exactly like this.',
    ],
    [
      'AUDIT_PUSH_GROUPS',
      'a\nb',
      'holds a control character or a line break. Write all entries in one line.',
    ],
    [
      'AUDIT_PUSH_GROUPS',
      ',',
      'names no group. Name at least one, or remove it to take the groups with a push mapping.',
    ],
    ['AUDIT_LOG_DAYS', '1x', 'is not a whole number from 1 to 90. Write digits alone.'],
    ['AUDIT_MAX_DELETES', '100001', 'is not a whole number from 0 to 100000. Write digits alone.'],
    ['AUDIT_MAX_MEMBERSHIP_LOSS_PERCENT', '101', 'is not a whole number from 0 to 100. Write digits alone.'],
    ['AUDIT_MAX_LAST_PATHS', '10000001', 'is not a whole number from 0 to 10000000. Write digits alone.'],
    ['AUDIT_PLAN_HOURS', '0', 'is not a whole number from 1 to 720. Write digits alone.'],
    ['AUDIT_PLAN_HOURS', '721', 'is not a whole number from 1 to 720. Write digits alone.'],
    [
      'OPTIID_SCHEMA',
      '1st',
      'is not the name of a schema. Letters, digits and _, not beginning with a digit, at most 63 characters.',
    ],
    [
      'OPTIID_DATABASE_URL',
      'x postgres://db/opti',
      `does not begin with postgres:// or postgresql://. ${STORE_HINT}`,
    ],
    ['OPTIID_DATABASE_URL', 'postgres://u:p/w@db/opti', `is not a URL. ${STORE_HINT}`],
    ['OPTIID_DATABASE_URL', 'postgres://db/x#y', `holds a space or a #. ${STORE_HINT} A # is written %23.`],
    ['OPTIID_DATABASE_URL', 'postgres://db/x y', `holds a space or a #. ${STORE_HINT} A # is written %23.`],
    ['OPTIID_DATABASE_URL', 'postgres:///opti', `names no host. ${STORE_HINT}`],
    ['AUDIT_NOTIFY_URL', 'hooks.slack.com', `is not a URL. ${NOTIFY_HINT}`],
    [
      'AUDIT_NOTIFY_URL',
      'http://hooks.slack.com/x',
      `must begin with https:// (http:// is for a loopback host only). ${NOTIFY_HINT}`,
    ],
    [
      'AUDIT_NOTIFY_URL',
      'https://u:p@hooks.slack.com/x',
      'holds a user name or password. Use a webhook whose address alone is the secret.',
    ],
    [
      'AUDIT_NOTIFY_URL',
      'https://u@hooks.slack.com/x',
      'holds a user name or password. Use a webhook whose address alone is the secret.',
    ],
  ])('for %s %j', (name, text, message) => {
    expect(mistakeOf({ ...GOOD, [name]: text })).toBe(`${name}: ${message}`);
  });

  it.each([
    ['OKTA_CLIENT_SCOPES', 'a,b', 'holds a comma. Separate the scopes by spaces.'],
    ['OKTA_CLIENT_SCOPES', ' ', 'is blank. Name the scopes, or remove it to get the default.'],
    [
      'OKTA_CLIENT_SCOPES',
      'okta.apps.read a/b',
      'holds something that is not a scope. Scopes look like okta.apps.read.',
    ],
    ['OKTA_CLIENT_PRIVATEKEY', PUBLIC_PEM, 'is a public key. Give the private key of the pair.'],
    ['OKTA_CLIENT_PRIVATEKEY', PUBLIC_PKCS1, 'is a public key. Give the private key of the pair.'],
    ['OKTA_CLIENT_PRIVATEKEY', LOCKED_PEM, 'is protected by a passphrase. Give the key without one.'],
    ['OKTA_CLIENT_PRIVATEKEY', EC_PEM, `is not an RSA key. ${RSA_HINT}`],
    ['OKTA_CLIENT_PRIVATEKEY', 'key.pem', `is not a private key that can be read. ${KEY_HINT}`],
    [
      'OKTA_CLIENT_PRIVATEKEY',
      ' {kty',
      `begins like a JWK and is not JSON. ${KEY_HINT} Put the JWK in single quotes.`,
    ],
    ['OKTA_CLIENT_PRIVATEKEY', '{"keys":[]}', 'is a set of keys. Give one JWK of the set, the private one.'],
    ['OKTA_CLIENT_PRIVATEKEY', '{"kty":"EC","d":"x"}', `is not an RSA key. ${RSA_HINT}`],
    ['OKTA_CLIENT_PRIVATEKEY', '{"kty":"RSA"}', 'is a public key. Give the private key of the pair.'],
    ['OKTA_CLIENT_PRIVATEKEY', '{"kty":"RSA","d":"x"}', `is not a private key that can be read. ${KEY_HINT}`],
    ['OKTA_CLIENT_PRIVATEKEY', '{}', `is not a private key that can be read. ${KEY_HINT}`],
  ])('for %s %j of a service app', (name, text, message) => {
    expect(mistakeOf({ ...SERVICE_APP, [name]: text })).toBe(`${name}: ${message}`);
  });

  it('a scope that is named twice is asked for once, and a kid that is no text is none', () => {
    const twice = { ...SERVICE_APP, OKTA_CLIENT_SCOPES: 'okta.apps.read okta.apps.read' };
    expect(loadConfig(twice, BOTH).okta.credentials).toMatchObject({ scopes: ['okta.apps.read'] });
    for (const kid of ['', 7, null]) {
      const env = { ...SERVICE_APP, OKTA_CLIENT_PRIVATEKEY: JSON.stringify({ ...JWK, kid }) };
      expect(loadConfig(env, BOTH).okta.credentials).toMatchObject({ privateKey: PEM, keyId: null });
    }
  });

  it('a token may have spaces around it, a webhook may be on this machine', () => {
    expect(loadConfig({ ...GOOD, OKTA_CLIENT_TOKEN: ' 00abc ' }, BOTH).okta.credentials).toEqual({
      mode: 'SSWS',
      token: '00abc',
    });
    for (const url of ['https://hooks.slack.com/x', 'http://127.0.0.1:1/x', ' http://localhost/x ']) {
      expect(mistakesOf({ ...GOOD, AUDIT_NOTIFY_URL: url })).toEqual([]);
    }
  });
});

describe('the key that seals runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'optiid-audit-seal-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const ed25519 = () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    return {
      secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      locked: privateKey
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
    };
  };
  const [one, other] = [ed25519(), ed25519()];
  const file = (...pems: string[]) => {
    const path = join(folder, 'seal.pem');
    writeFileSync(path, pems.join(''));
    return path;
  };
  const keyIn = (...pems: string[]) => {
    const { audit } = loadConfig({ ...GOOD, AUDIT_SEAL_KEY: file(...pems) }, BOTH);
    if (audit.sealKey === null) throw new Error('There is no key.');
    return audit.sealKey;
  };

  it('signs what it verifies, and nothing else is verified by it', () => {
    const key = keyIn(one.secret);
    const signature = key.sign?.('a run');
    if (!signature) throw new Error('It is not signed.');
    expect(signature.key).toMatch(/^[0-9a-f]{16}$/u);
    expect(key.verifies('a run', signature)).toBe(true);
    expect(key.verifies('another run', signature)).toBe(false);
    expect(keyIn(other.secret).verifies('a run', signature)).toBe(false);
  });

  it('verifies and does not sign where it is public; of several the first private one signs, and all verify', () => {
    const by = (pem: string) => keyIn(pem).sign?.('a run') ?? null;
    const [byOne, byOther] = [by(one.secret), by(other.secret)];
    expect(by(one.public)).toBeNull();
    if (!byOne || !byOther) throw new Error('It is not signed.');
    expect(keyIn(one.public).verifies('a run', byOne)).toBe(true);
    expect(keyIn(one.public).verifies('a run', byOther)).toBe(false);
    const all = keyIn(one.public, other.secret, one.secret);
    expect([byOne, byOther].map((signature) => all.verifies('a run', signature))).toEqual([true, true]);
    expect(all.sign?.('a run').key).toBe(byOther.key);
  });

  const HINT =
    'Give the path of a PEM file: openssl genpkey -algorithm ed25519 -out seal.pem makes a key, openssl pkey -in seal.pem -pubout its public half.';

  it.each<[string, () => string, string]>([
    ['that is not there', () => join(folder, 'none.pem'), `names no file that can be read (ENOENT). ${HINT}`],
    [
      'that is a folder',
      () => {
        mkdirSync(join(folder, 'a-folder'));
        return join(folder, 'a-folder');
      },
      `names no file. ${HINT}`,
    ],
    ['without a key', () => file('nothing'), `names a file without a PEM key. ${HINT}`],
    ['with a key of another kind', () => file(PEM), `names a key that is not an Ed25519 key. ${HINT}`],
    [
      'with a key that has a passphrase',
      () => file(one.locked),
      'names a key that is protected by a passphrase. Give the key without one.',
    ],
    [
      'with half a key',
      () => file(`-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n`),
      `names a file with something that is not a key. ${HINT}`,
    ],
    ['that is blank', () => ' ', 'is blank. Give it a value, or remove it.'],
  ])('is refused in a file %s', (_what, path, message) => {
    expect(mistakeOf({ ...GOOD, AUDIT_SEAL_KEY: path() })).toBe(`AUDIT_SEAL_KEY: ${message}`);
  });
});

describe('connections whose certificates nobody checks', () => {
  const unchecked = { ...GOOD, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const here = {
    OKTA_CLIENT_ORGURL: 'http://localhost:1',
    OPTIID_DATABASE_URL: 'postgresql:///opti?host=/run/postgresql',
  };
  const tellsOf = (env: Environment, need = BOTH as { okta: boolean; store: boolean }) =>
    readSettings(env, need).mistakes.map(({ where, what, hint }) => `${where}: ${what} ${hint}`);
  const REFUSED = [
    'NODE_TLS_REJECT_UNAUTHORIZED: is 0: no certificate is checked, and whoever answers gets the credentials. Unset it. For an authority of your own set NODE_EXTRA_CA_CERTS to the file of its certificate.',
  ];

  it('are refused to another machine, by either side or the webhook', () => {
    expect(tellsOf(unchecked)).toEqual(REFUSED);
    expect(tellsOf({ ...unchecked, OKTA_CLIENT_ORGURL: here.OKTA_CLIENT_ORGURL })).toEqual(REFUSED);
    expect(tellsOf({ ...unchecked, OPTIID_DATABASE_URL: here.OPTIID_DATABASE_URL })).toEqual(REFUSED);
    expect(tellsOf({ ...unchecked, ...here, AUDIT_NOTIFY_URL: 'https://hooks.slack.com/x' })).toEqual(
      REFUSED,
    );
    expect(
      tellsOf({ ...unchecked, ...here, OPTIID_DATABASE_URL: 'postgresql:///opti?host=db.example.com' }),
    ).toEqual(REFUSED);
  });

  it('are nobody’s business on this machine, on a side that is not needed, or where they are checked', () => {
    expect(tellsOf({ ...unchecked, ...here })).toEqual([]);
    expect(tellsOf(unchecked, { okta: false, store: false })).toEqual([]);
    expect(tellsOf({ ...unchecked, NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
  });
});

describe('the store', () => {
  it.each([
    'postgres://db/opti',
    'postgresql://u:p@[::1]:5432/opti',
    'postgresql:///opti?host=/run/postgresql',
  ])('is taken as %s', (url) => {
    expect(loadConfig({ ...GOOD, OPTIID_DATABASE_URL: url }, BOTH).store).toMatchObject({ databaseUrl: url });
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
    ['AUDIT_LOG_DAYS', ['0000000001', '1 0'], '1 to 90'],
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
  it('is asked for with what could stand in its place', () => {
    expect(mistakeOf({ ...GOOD, OKTA_CLIENT_TOKEN: undefined })).toBe(
      'OKTA_CLIENT_TOKEN: is not set. Set it, for example OKTA_CLIENT_TOKEN=00aBcD…, or use a service app with OKTA_CLIENT_AUTHORIZATIONMODE=PrivateKey.',
    );
    for (const name of ['OKTA_CLIENT_CLIENTID', 'OKTA_CLIENT_PRIVATEKEY']) {
      expect(mistakeOf({ ...GOOD, OKTA_CLIENT_TOKEN: undefined, [name]: 'x' })).toContain(
        'OKTA_CLIENT_TOKEN=00aBcD…, or set OKTA_CLIENT_AUTHORIZATIONMODE=PrivateKey to use the service app that is set.',
      );
    }
  });

  it('is not found under a name that is empty, or with odd characters repeated', () => {
    const { OKTA_CLIENT_ORGURL: url, ...rest } = GOOD;
    expect(mistakeOf({ ...rest, OKTA_CLIENT_ORG_URL: '' })).toContain('Set it, for example');
    expect(mistakeOf({ ...rest, 'OKTA_CLIENT_ORGUR\u001B': url })).toContain(
      'A name in the environment is set: is OKTA_CLIENT_ORGURL meant?',
    );
  });

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
    expect(settingsWarnings(env)).toEqual([
      {
        where: 'OKTA_CLIENT_SCOPES',
        what: 'asks for more than reading.',
        hint: 'The audit only reads: grant the .read scopes alone.',
      },
    ]);
    expect(
      settingsWarnings({ ...env, OKTA_CLIENT_SCOPES: 'okta.users.read \n okta.apps.manage' }),
    ).toHaveLength(1);
    expect(settingsWarnings({ ...env, OKTA_CLIENT_AUTHORIZATIONMODE: 'SSWS' })).toEqual([]);
    expect(settingsWarnings({ ...env, OKTA_CLIENT_SCOPES: 'okta.manage.read' })).toEqual([]);
    expect(settingsWarnings(SERVICE_APP)).toEqual([]);
  });

  it('stand in the order of the names', () => {
    const env = { OPTIID_SCHEMAS: 'x', AUDIT_LOG_DAY: '1' };
    expect(settingsWarnings(env).map(({ where }) => where)).toEqual(['AUDIT_LOG_DAY', 'OPTIID_SCHEMAS']);
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

  it('.env.example explains each setting above it, in short lines, and shows what is required as an example', () => {
    const text = envExample();
    expect(text.split('\n').slice(0, 3)).toEqual([
      '# Settings of optiid-audit: copy to .env and fill in. Generated by `npm run generate`; do not edit.',
      '# The environment wins over this file. A value with a # or quotes goes in quotes.',
      '',
    ]);
    expect(text).toContain(
      '\n\n# Address of the Okta org. http:// is accepted for a loopback host only.\n# Example: OKTA_CLIENT_ORGURL=https://acme.okta.com\nOKTA_CLIENT_ORGURL=\n\n',
    );
    expect(text).toContain("\n# AUDIT_SCIM_APP='Opti ID SCIM'\n");
    expect(text).toContain('\n# OKTA_CLIENT_CLIENTID=0oa1b2c3d4E5f6G7h8i9\n');
    for (const line of text.split('\n').slice(2)) {
      if (!line.includes('=')) expect(line.length).toBeLessThanOrEqual(102);
    }
    expect(text.endsWith('\n')).toBe(true);
  });

  it('.env.example is valid with its comment signs removed, but for the placeholders of secrets and files', () => {
    const text = envExample()
      .replace(/^# (?:Example: )?(?=[A-Z_]+=)/gmu, '')
      .replace(/^[A-Z_]+=\n/gmu, '');
    const { values, mistakes } = parseEnvFile(text);
    expect(mistakes).toEqual([]);
    expect(Object.keys(values)).toEqual(SETTING_NAMES);
    for (const name of SETTING_NAMES) expect(values[name], name).toBe(SETTINGS[name].example);
    // The Opti ID side has one source.
    for (const source of ['OPTIID_DATABASE_URL', 'OPTIID_SCIM_TOKEN']) {
      expect(
        mistakesOf({ ...values, [source]: '', OKTA_CLIENT_PRIVATEKEY: PEM, AUDIT_SEAL_KEY: '' }),
      ).toEqual([]);
    }
  });

  it('the table has one row for each setting, with its default', () => {
    const rows = settingsTable().trimEnd().split('\n');
    expect(rows).toHaveLength(SETTING_NAMES.length + 2);
    expect(rows.every((row) => (row.match(/(?<!\\)\|/gu) ?? []).length === 5)).toBe(true);
    expect(rows.slice(0, 2)).toEqual([
      '| name | meaning | needed for | default |',
      '| --- | --- | --- | --- |',
    ]);
    expect(rows.find((row) => row.startsWith('| `AUDIT_LOG_DAYS`'))).toContain('| – | `7` |');
    expect(rows.find((row) => row.startsWith('| `OKTA_CLIENT_TOKEN`'))).toContain(
      ' Secret. | the Okta side, with `SSWS` | – |',
    );
    expect(rows.find((row) => row.startsWith('| `OPTIID_ORGANIZATION`'))).toContain(
      ' | the Opti ID side, from the database | – |',
    );
  });
});

describe('Opti ID over SCIM', () => {
  const SCIM = {
    ...GOOD,
    OPTIID_DATABASE_URL: undefined,
    OPTIID_ORGANIZATION: undefined,
    OPTIID_SCIM_TOKEN: 'the-key',
  };

  it("takes Okta's token and the SCIM key alone", () => {
    expect(loadConfig(SCIM, BOTH).store).toEqual({
      scimUrl: 'https://identity-api.optimizely.com/api/scim/v2',
      token: 'the-key',
      auth: 'header',
      organizationId: 'identity-api.optimizely.com',
    });
  });

  it('goes to another address, in another way, for the organization that is named', () => {
    const given = {
      ...SCIM,
      OPTIID_SCIM_URL: 'http://127.0.0.1:8080/scim/v2//',
      OPTIID_SCIM_AUTH: 'Bearer',
      OPTIID_ORGANIZATION: 'org-7',
    };
    expect(loadConfig(given, BOTH).store).toEqual({
      scimUrl: 'http://127.0.0.1:8080/scim/v2',
      token: 'the-key',
      auth: 'bearer',
      organizationId: 'org-7',
    });
  });

  it.each([
    [{ OPTIID_SCIM_URL: 'http://scim.example.com/v2' }, 'https://'],
    [{ OPTIID_SCIM_URL: 'https://scim.example.com/v2/users' }, 'address of a list'],
    [{ OPTIID_SCIM_URL: 'https://scim.example.com/v2?x=1' }, 'behind the path'],
    [{ OPTIID_SCIM_URL: 'https://key@scim.example.com/v2' }, 'user name'],
    [{ OPTIID_SCIM_TOKEN: 'Bearer the-key' }, 'OPTIID_SCIM_AUTH=bearer'],
    [{ OPTIID_SCIM_AUTH: 'basic' }, 'neither header nor bearer'],
    [
      { OPTIID_SCIM_TOKEN: undefined, OPTIID_SCIM_URL: 'https://scim.example.com/v2' },
      'OPTIID_SCIM_TOKEN: is not set',
    ],
    [{ OPTIID_DATABASE_URL: GOOD.OPTIID_DATABASE_URL, OPTIID_ORGANIZATION: 'org-1' }, 'one source'],
  ])('says what is wrong with %o', (change, words) => {
    const said = mistakeOf({ ...SCIM, ...change });
    expect(said).toContain(words);
    expect(said).not.toContain('the-key');
  });

  it('is named to whoever sets neither source', () => {
    expect(mistakeOf({ ...GOOD, OPTIID_DATABASE_URL: undefined })).toContain('OPTIID_SCIM_TOKEN');
  });
});
