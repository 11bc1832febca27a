import type { StoreSettings } from '../../config/config.ts';
import type { DatasetState, SnapshotSink } from '../../domain/dataset.ts';
import { AuditError, IncompleteRead } from '../../domain/errors.ts';
import { foldEmail } from '../../domain/names.ts';
import { quoteName } from '../store-contract.ts';
import { openStore, type StoreConnection, type StoreTimeouts } from './connection.ts';
import { reasonOf } from './store-failure.ts';

/** E-mails that are asked for with one query. */
const EMAILS_AT_ONCE = 1000;

/**
 * Asks the store which of these e-mails a user of another organization has, in a read-only transaction of its own.
 * Nothing but the e-mail comes back. A view that shows this organization alone answers with nothing, which is no
 * mistake: then the store does not tell.
 */
export function collectOtherOrganizationUsers({
  store,
  sink,
  emails,
  timeouts,
}: {
  store: StoreSettings;
  sink: SnapshotSink;
  emails: AsyncIterable<string>;
  timeouts?: StoreTimeouts | undefined;
}): Promise<DatasetState> {
  return sink.collect('optiId.otherOrganizationUsers', async (writer) => {
    let connection: StoreConnection | null = null;
    const found = new Set<string>();
    const ask = async (wanted: readonly string[]): Promise<void> => {
      connection ??= await openStore(store.databaseUrl, timeouts);
      writer.countRequest();
      for (const { email } of await connection.query(sqlOf(store.schema), [store.organizationId, wanted])) {
        const folded = foldEmail(String(email));
        if (found.has(folded)) continue;
        found.add(folded);
        await writer.write({ email: folded.toWellFormed() });
      }
    };
    try {
      // Of a domain with letters beyond ASCII the store may hold either form.
      let chunk = new Set<string>();
      for await (const email of emails) {
        chunk.add(email.trim().toLowerCase()).add(foldEmail(email));
        if (chunk.size < EMAILS_AT_ONCE) continue;
        await ask([...chunk]);
        chunk = new Set();
      }
      if (chunk.size > 0) await ask([...chunk]);
    } catch (error) {
      if (error instanceof AuditError) throw new IncompleteRead(error.message, error);
      // A mistake in this program is not the store's fault.
      if (!(error instanceof Error && 'code' in error)) throw error;
      throw new IncompleteRead(`While it was asked, ${reasonOf(error)}.`, error);
    } finally {
      await (connection as StoreConnection | null)?.close();
    }
  });
}

function sqlOf(schema: string): string {
  const email = 'pg_catalog.lower(pg_catalog.btrim(v."email"::text))';
  return `
    select distinct ${email} as email from ${quoteName(schema).replaceAll('?', '\\?')}."users" as v
    where v."organization_id"::text <> ? and v."status"::text is distinct from 'deleted' and ${email} = any(?)`;
}
