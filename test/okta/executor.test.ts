import { RequestExecutor } from '@okta/okta-sdk-nodejs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOkta } from '../../src/okta/client.ts';
import { createReadOnlyExecutor, type ExecutorOptions } from '../../src/okta/executor.ts';
import { ScriptedOkta } from './support/scripted-okta.ts';
import { oktaSettings, TOKEN } from './support/small-org.ts';

let okta: ScriptedOkta;
let elsewhere: ScriptedOkta;
let options: ExecutorOptions;

beforeEach(async () => {
  okta = (await ScriptedOkta.start()).on('/api/v1/x', { body: {} }).on('/oauth2/v1/token', { body: {} });
  elsewhere = await ScriptedOkta.start();
  options = { origin: okta.origin, attemptTimeoutMs: 2_000, onAnswer: () => {}, onAttempt: () => {} };
});

afterEach(async () => {
  await okta.stop();
  await elsewhere.stop();
});

function send(method: string, url: string): Promise<unknown> {
  const executor = createReadOnlyExecutor(RequestExecutor, options);
  return executor.fetch({ method, url, headers: { Authorization: `SSWS ${TOKEN}` } } as never);
}

describe('the read-only executor', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'delete'])(
    'refuses %s, unsent',
    async (method) => {
      await expect(send(method, `${okta.origin}/api/v1/x`)).rejects.toThrow(/the audit only reads/);
      expect(okta.seen).toEqual([]);
    },
  );

  it.each(['/oauth2/v1/token/', '/oauth2/v1/token?x=1', '/oauth2/v1/revoke', '/oauth2/default/v1/token'])(
    'takes a POST for no token request at %s',
    async (path) => {
      await expect(send('POST', `${okta.origin}${path}`)).rejects.toThrow(/the audit only reads/);
      expect(okta.seen).toEqual([]);
    },
  );

  it('lets GET through', async () => {
    await expect(send('get', `${okta.origin}/api/v1/x`)).resolves.toMatchObject({ status: 200 });
  });

  it.each([
    ['another host', () => `${elsewhere.origin}/api/v1/x`],
    ['another scheme', () => `${okta.origin.replace('http:', 'https:')}/api/v1/x`],
    [
      'a host that only begins like the org',
      () => `${okta.origin.replace('0.1:', '0.1.evil.test:')}/api/v1/x`,
    ],
    ['the org as a user name', () => `http://${okta.origin.slice(7)}@127.0.0.1/api/v1/x`],
    ['credentials in the address', () => okta.origin.replace('http://', 'http://user:pass@')],
  ])('refuses %s, unsent', async (_what, url) => {
    await expect(send('GET', url())).rejects.toThrow(/only .* is read/);
    expect([...okta.seen, ...elsewhere.seen]).toEqual([]);
  });

  it('refuses a token request to another host', async () => {
    await expect(send('POST', `${elsewhere.origin}/oauth2/v1/token`)).rejects.toThrow();
    expect(elsewhere.seen).toEqual([]);
  });

  it('stands behind the whole SDK: its writing methods send nothing', async () => {
    const { http } = await connectOkta(oktaSettings(okta), options);
    await expect(http.delete(`${okta.origin}/api/v1/x`)).rejects.toThrow(/the audit only reads/);
    await expect(http.postJson(`${okta.origin}/api/v1/x`, {})).rejects.toThrow(/the audit only reads/);
    await expect(http.putJson(`${okta.origin}/api/v1/x`, {})).rejects.toThrow(/the audit only reads/);
    expect(okta.seen).toEqual([]);
  });
});
