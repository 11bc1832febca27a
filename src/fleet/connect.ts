import type { Client } from 'pg';
import { AuditError } from '../domain/errors.ts';
import { isLoopback } from '../domain/loopback.ts';

/** The queue's URL as the driver takes it: to another machine encrypted and checked, unless `sslmode` says otherwise. */
export function connectionString(url: string): string {
  const parsed = new URL(url);
  const host = parsed.searchParams.get('host') ?? parsed.hostname;
  const isHere = host === '' || host.startsWith('/') || isLoopback(host);
  if (isHere || parsed.searchParams.has('sslmode') || process.env.PGSSLMODE) return url;
  parsed.searchParams.set('sslmode', 'verify-full');
  return parsed.href;
}

/** A connection outside of the pool. Errors of an idle connection are told by its `error` event. */
export async function connectAlone(url: string, name: string): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: connectionString(url),
    application_name: name,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // Without a listener the process would end when the server does.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Why the queue cannot be used, as the failure that ends a command. The URL is never repeated. */
export function queueFailure(error: unknown): AuditError {
  if (error instanceof AuditError) return error;
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const what = first instanceof Error ? first.message : String(first);
  return new AuditError(`The queue of the fleet cannot be used: ${what}.`, {
    hint: 'Check FLEET_DATABASE_URL, that PostgreSQL 13 or newer answers there, and that its user may create schemas.',
    cause: error,
  });
}
