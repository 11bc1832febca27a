import { describe, expect, it } from 'vitest';
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
    expect(modes('postgresql://db/opti')).toEqual([null]);
  });

  it('asks for encryption first and does without where the URL prefers or allows it', () => {
    expect(modes('postgresql://db/opti?sslmode=prefer')).toEqual(['no-verify', 'disable']);
    expect(modes('postgresql://db/opti?sslmode=allow')).toEqual(['no-verify', 'disable']);
  });

  it('leaves the mode to the driver under uselibpqcompat', () => {
    expect(modes('postgresql://db/opti?uselibpqcompat=true&sslmode=require')).toEqual(['require']);
  });

  it('leaves the password as it is', () => {
    const url = 'postgresql://ada:a%40b%2Fc@db/opti?sslmode=require';
    expect(new URL(parseStoreUrl(url).connectionStrings[0] ?? '').password).toBe('a%40b%2Fc');
  });
});
