import { describe, expect, it, vi } from 'vitest';
import { AuditError } from '../../../src/domain/errors.ts';
import { parseStoreUrl } from '../../../src/opti-id/database/store-url.ts';

const modes = (url: string) =>
  parseStoreUrl(url).connectionStrings.map((text) => /sslmode=([^&]*)/.exec(text)?.[1] ?? null);

describe('the URL of the store', () => {
  it.each([
    ['postgresql://ada:s3cret@db.acme.test:6432/opti?sslmode=disable', 'db.acme.test:6432/opti'],
    ['postgres://ada:s3cret@db.acme.test/opti', 'db.acme.test/opti'],
    ['postgresql://ada:a%40b%2Fc%23d@[::1]:5432/opti%20id', '[::1]:5432/opti id'],
    ['postgresql://ada@/opti?host=/var/run/postgresql', '/var/run/postgresql/opti'],
    ['postgresql:///opti', 'localhost/opti'],
    ['postgresql://db/opti?password=s3cret&user=ada', 'db/opti'],
  ])('shows host and database of %s and nothing else', (url, shown) => {
    expect(parseStoreUrl(url).shown).toBe(shown);
  });

  it.each([
    ['mysql://ada:s3cret@db/opti', 'postgresql://'],
    ['db.acme.test', 'postgresql://'],
    ['postgresql://ada:s3/cret@db/opti', 'cannot be parsed'],
    ['postgresql://ada:12/s3cret@db/opti', 'unescaped'],
    ['postgresql://ada:12?s3cret@db/opti', 'unescaped'],
    ['postgresql://ada:12#s3cret@db/opti', 'unescaped'],
    ['postgresql://ada:12#s3cret', 'unescaped'],
    ['postgresql://ada:s3cret%zz@db/opti', 'hex'],
    ['postgresql://ada:s3cret@db:port/opti', 'cannot be parsed'],
    ['postgresql://ada:s3cret@db/opti?sslmode=requier', 'sslmode'],
  ])('refuses %s without quoting any of it', (url, why) => {
    let error: unknown;
    try {
      parseStoreUrl(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AuditError);
    const { message, hint, cause } = error as AuditError;
    expect(message).toContain(why);
    expect(`${message} ${hint} ${String(cause)}`).not.toMatch(/s3|cret|12|ada/);
  });

  it('checks the certificate for require and verify-ca as for verify-full, without the driver warning', () => {
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      expect(modes(`postgresql://db/opti?connect_timeout=5&sslmode=${mode}&application_name=a`)).toEqual([
        'verify-full',
      ]);
    }
  });

  it('passes disable and no-verify on', () => {
    expect(modes('postgresql://db/opti?sslmode=disable')).toEqual(['disable']);
    expect(modes('postgresql://db/opti?sslmode=no-verify')).toEqual(['no-verify']);
  });

  it.each([
    'localhost',
    '127.0.0.1',
    '127.1.2.3',
    '[::1]',
    'db.acme.test:1/opti?host=/var/run/postgresql&x=',
  ])('leaves what goes to this machine (%s) as it is', (host) => {
    expect(modes(`postgresql://ada@${host}/opti`)).toEqual([null]);
  });

  it.each(['db', '10.0.0.1', '0.0.0.0', '[fe80::1]', 'localhost.acme.test', '127.0.0.1.nip.io'])(
    'encrypts and checks what goes to %s, unless the URL says that it does without',
    (host) => {
      for (const mode of ['', '&sslmode=prefer', '&sslmode=allow', '&sslmode=require']) {
        expect(modes(`postgresql://ada@${host}/opti?a=b${mode}`), mode).toEqual(['verify-full']);
      }
      expect(modes(`postgresql://ada@${host}/opti`)).toEqual(['verify-full']);
      expect(modes(`postgresql://ada@localhost/opti?host=${host}`)).toEqual(['verify-full']);
      expect(modes(`postgresql://ada@${host}/opti?uselibpqcompat=true`)).toEqual(['verify-full']);
      expect(modes(`postgresql://ada@${host}/opti?sslmode=disable`)).toEqual(['disable']);
    },
  );

  it('takes PGSSLMODE where the URL says nothing', () => {
    vi.stubEnv('PGSSLMODE', 'disable');
    expect(modes('postgresql://db/opti')).toEqual(['disable']);
    expect(modes('postgresql://db/opti?sslmode=require')).toEqual(['verify-full']);
    vi.stubEnv('PGSSLMODE', 'nonsense');
    expect(modes('postgresql://db/opti')).toEqual(['verify-full']);
    vi.unstubAllEnvs();
  });

  it('refuses a parameter given twice, of which the driver would take the other one', () => {
    for (const twice of ['sslmode=verify-full&sslmode=disable', 'host=localhost&host=db.acme.test']) {
      expect(() => parseStoreUrl(`postgresql://db/opti?${twice}`)).toThrow('a parameter twice');
    }
  });

  it('on this machine asks for encryption first and does without where the URL prefers or allows it', () => {
    expect(modes('postgresql://localhost/opti?sslmode=prefer')).toEqual(['no-verify', 'disable']);
    expect(modes('postgresql://localhost/opti?sslmode=allow')).toEqual(['no-verify', 'disable']);
  });

  it('leaves the mode to the driver under uselibpqcompat', () => {
    expect(modes('postgresql://db/opti?uselibpqcompat=true&sslmode=require')).toEqual(['require']);
  });

  it('leaves the password as it is', () => {
    const url = 'postgresql://ada:a%40b%2Fc@db/opti?sslmode=require';
    expect(new URL(parseStoreUrl(url).connectionStrings[0] ?? '').password).toBe('a%40b%2Fc');
  });
});
