import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { examineSettings } from '../../src/config/settings-checks.ts';

const OKTA = { OKTA_CLIENT_ORGURL: 'https://acme.okta.com', OKTA_CLIENT_TOKEN: '00secret-token' };
const STORE = { OPTIID_DATABASE_URL: 'postgresql://a:secret-word@db/opti', OPTIID_ORGANIZATION: 'org-1' };

const outcomes = (env: Record<string, string>, earlier: Parameters<typeof examineSettings>[1] = []) => {
  const examined = examineSettings(env, earlier);
  expect(JSON.stringify(examined.checks)).not.toMatch(/secret-(?:token|word)/);
  return { ...examined, by: Object.fromEntries(examined.checks.map(({ id, outcome }) => [id, outcome])) };
};

describe('the settings as doctor sees them', () => {
  it('all right: one line for each side and one for the audit', () => {
    const { by, okta, store, audit } = outcomes({ ...OKTA, ...STORE });
    expect(by).toEqual({ 'settings.okta': 'ok', 'settings.opti-id': 'ok', 'settings.audit': 'ok' });
    expect(okta?.orgUrl).toBe('https://acme.okta.com');
    expect(store?.organizationId).toBe('org-1');
    expect(audit?.reportsDir).toBe('reports');
  });

  it('say what was understood: where to, by what, and never the secret', () => {
    const lines = (env: Record<string, string>) =>
      outcomes(env).checks.map(({ group, title, found }) => `${group}: ${title}: ${found}`);
    expect(lines({ ...OKTA, ...STORE })).toEqual([
      'settings: OKTA_… settings: https://acme.okta.com by API token',
      'settings: OPTIID_… settings: organization org-1',
      'settings: AUDIT_… settings: reports go to reports',
    ]);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const serviceApp = {
      OKTA_CLIENT_AUTHORIZATIONMODE: 'PrivateKey',
      OKTA_CLIENT_CLIENTID: '0oa1',
      OKTA_CLIENT_PRIVATEKEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    expect(lines({ ...OKTA, ...STORE, ...serviceApp })[0]).toBe(
      'settings: OKTA_… settings: https://acme.okta.com by service app 0oa1',
    );
  });

  it('two names that are shown alike are one check, and a warning of the file is one too', () => {
    const { checks } = examineSettings(
      { ...OKTA, ...STORE, 'AUDIT_LOG_DAY\u0001': '1', 'AUDIT_LOG_DAY\u0002': '1' },
      [],
      [{ where: '.env', what: 'is not read.', hint: 'Move it.' }],
    );
    expect(checks.filter(({ outcome }) => outcome === 'warning').map(({ id, found }) => [id, found])).toEqual(
      [
        ['settings.warning..env', 'is not read.'],
        ['settings.warning.A name in the environment', 'is not a setting and is ignored.'],
      ],
    );
  });

  it('every mistake is a check of its own, whatever else is wrong', () => {
    const { by, okta, store, checks } = outcomes({}, [
      { where: '.env:3', what: 'says nothing.', hint: 'Write NAME=VALUE.' },
    ]);
    expect(by).toEqual({
      'settings.audit': 'ok',
      'settings..env:3': 'failed',
      'settings.OKTA_CLIENT_ORGURL': 'failed',
      'settings.OKTA_CLIENT_TOKEN': 'failed',
      'settings.OPTIID_DATABASE_URL': 'failed',
      'settings.OPTIID_ORGANIZATION': 'failed',
    });
    expect([okta, store]).toEqual([null, null]);
    expect(checks.find(({ id }) => id === 'settings.OKTA_CLIENT_TOKEN')).toMatchObject({
      who: 'operator of this machine',
      how: expect.stringContaining('Set it'),
    });
  });

  it('a side whose own settings are right is gone on with', () => {
    const wrongOkta = outcomes({ ...OKTA, ...STORE, OKTA_CLIENT_ORGURL: 'acme' });
    expect([wrongOkta.okta, wrongOkta.store?.organizationId]).toEqual([null, 'org-1']);
    const wrongStore = outcomes({ ...OKTA, ...STORE, OPTIID_DATABASE_URL: 'mysql://x' });
    expect([wrongStore.okta?.orgUrl, wrongStore.store]).toEqual(['https://acme.okta.com', null]);
  });

  it('without certificates neither side is asked, unless it is on this machine', () => {
    const unchecked = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const away = outcomes({ ...OKTA, ...STORE, ...unchecked });
    expect(away.by['settings.NODE_TLS_REJECT_UNAUTHORIZED']).toBe('failed');
    expect([away.okta, away.store]).toEqual([null, null]);
    const here = outcomes({
      ...OKTA,
      ...STORE,
      ...unchecked,
      OKTA_CLIENT_ORGURL: 'http://127.0.0.1:1',
      OPTIID_DATABASE_URL: 'postgresql://a:secret-word@[::1]/opti',
    });
    expect(here.by['settings.NODE_TLS_REJECT_UNAUTHORIZED']).toBeUndefined();
    expect(here.okta?.orgUrl).toBe('http://127.0.0.1:1');
  });

  it('credentials are never guessed: a wrong way of signing in leaves none', () => {
    const { okta, by } = outcomes({ ...OKTA, ...STORE, OKTA_CLIENT_AUTHORIZATIONMODE: 'Bearer' });
    expect(okta).toBeNull();
    expect(by['settings.OKTA_CLIENT_AUTHORIZATIONMODE']).toBe('failed');
  });

  it('where a setting of the audit is wrong its default stands in, and its name is known', () => {
    const { okta, audit, wrong, by } = outcomes({
      ...OKTA,
      ...STORE,
      AUDIT_OKTA_BUDGET: '0',
      AUDIT_LOG_DAYS: 'x',
    });
    expect(okta?.budgetPercent).toBe(50);
    expect(audit?.logDays).toBe(7);
    expect([...wrong].sort()).toEqual(['AUDIT_LOG_DAYS', 'AUDIT_OKTA_BUDGET']);
    expect(by).not.toHaveProperty('settings.audit');
  });

  it('an oversight is a warning', () => {
    const { by } = outcomes({ ...OKTA, ...STORE, AUDIT_LOG_DAY: '7' });
    expect(by['settings.warning.AUDIT_LOG_DAY']).toBe('warning');
  });
});
