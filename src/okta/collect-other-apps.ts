import type { AppRow, DatasetName, DatasetRow, DatasetRows, DatasetState } from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import { mayManageToo } from '../domain/okta.ts';
import type { StoreUsers } from './collect-lookups.ts';
import { type Context, gather, keeping, type Read, skipping } from './collection.ts';
import type { RowOf } from './endpoints.ts';
import { OktaReadFailure } from './failures.ts';
import { watchValues } from './known-values.ts';
import { type Reading, readPages } from './reading.ts';

/** Other active apps that may manage the organization too; none where no SCIM app is chosen. */
export function otherApps({ scim }: Pick<Context, 'scim'>, apps: readonly AppRow[]): AppRow[] {
  return scim.kind === 'chosen' ? apps.filter((app) => mayManageToo(app, scim.app)) : [];
}

/** Reads something of each of the other apps; one that fails keeps none of the others out. */
async function ofOtherApps<Name extends DatasetName>(
  context: Context,
  name: Name,
  apps: Read<AppRow>,
  read: (reading: Reading<DatasetRows[Name]>, apps: readonly AppRow[], attempt: Attempt) => Promise<void>,
): Promise<DatasetState> {
  const { scim } = context;
  const { notApplicable, unread } = skipping(context, name);
  if (scim.kind === 'unknown') return unread(scim.why);
  if (scim.kind !== 'chosen') return notApplicable(scim.why);
  const candidates = otherApps(context, apps.rows);
  if (apps.state.completeness !== 'complete' && candidates.length === 0) {
    return unread(`which other apps there are is not known: ${apps.state.reason}`);
  }
  if (candidates.length === 0) return notApplicable('no other active app provisions by SCIM');
  return context.collect(name, async (reading) => {
    const failures: string[] = [];
    await read(reading, candidates, async ({ label }, step) => {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof IncompleteRead)) throw error;
        failures.push(`${label}: ${error.message}`);
        return null;
      }
    });
    const [first] = failures.sort();
    if (first !== undefined) {
      throw new IncompleteRead(
        `${failures.length} of ${candidates.length} other apps could not be read: ${first}`,
      );
    }
    if (apps.state.completeness !== 'complete') {
      throw new IncompleteRead(`whether there are more such apps is not known: ${apps.state.reason}`);
    }
  });
}

/** What a step of one app gives, or null where it failed, which is noted. */
type Attempt = <Result>(app: AppRow, step: () => Promise<Result>) => Promise<Result | null>;

/** The push mappings of the other apps. */
export function collectOtherMappings(
  context: Context,
  apps: Read<AppRow>,
): Promise<Read<DatasetRow<'okta.otherPushMappings'>>> {
  return gather((keep) =>
    ofOtherApps(context, 'okta.otherPushMappings', apps, async (reading, candidates, attempt) => {
      const watch = watchValues({ status: 'push mapping status' });
      const { write } = keeping(reading, keep);
      await Promise.all(
        candidates.map((app) =>
          attempt(app, async () => {
            for (const row of await mappingsOf(reading, app)) {
              watch.see(row);
              const { last_updated: _updated, error_summary: _summary, ...kept } = row;
              await write({ okta_app_id: app.okta_app_id, ...kept });
            }
          }),
        ),
      );
      watch.check();
    }),
  );
}

async function mappingsOf(
  reading: Reading<never>,
  { okta_app_id, features }: AppRow,
): Promise<RowOf<'push-mappings'>[]> {
  const rows: RowOf<'push-mappings'>[] = [];
  try {
    for await (const page of readPages(reading, 'push-mappings', { app: okta_app_id })) rows.push(...page);
  } catch (error) {
    // Of an app that pushes no groups Okta has no mappings to list.
    const isRefused =
      error instanceof OktaReadFailure && (error.kind === 'not-found' || error.kind === 'bad-request');
    if (!isRefused || features.includes('GROUP_PUSH')) throw error;
  }
  return rows;
}

/**
 * The users of the other apps. Most of these apps provision something else, and may have a million users: of an app of
 * another catalogue entry than the SCIM app's, the first page is read, and the others only where it names a store user.
 */
export function collectOtherAppUsers(
  context: Context,
  apps: Read<AppRow>,
  storeUsers: StoreUsers | null,
): Promise<DatasetState> {
  return ofOtherApps(context, 'okta.otherAppUsers', apps, async (reading, candidates, attempt) => {
    const watch = watchValues({ status: 'app user status' });
    const opened = candidates.map((app) => ({
      app,
      pages: readPages(reading, 'other-app-users', { app: app.okta_app_id }),
    }));
    const take = async (okta_app_id: string, page: RowOf<'other-app-users'>[]): Promise<void> => {
      for (const { row } of page) {
        watch.see(row);
        const { okta_user_id, external_id, status } = row;
        await reading.write({ okta_app_id, okta_user_id, external_id, status });
      }
    };
    /** Apps whose first page names somebody by this id. */
    const named = new Map<string, Set<string>>();
    const isWanted = new Set(
      candidates.filter(({ name }) => context.scim.kind === 'chosen' && name === context.scim.app.name),
    );
    await Promise.all(
      opened.map(({ app, pages }) =>
        attempt(app, async () => {
          const { value: first } = await pages.next();
          if (!first) return;
          await take(app.okta_app_id, first);
          for (const { row } of isWanted.has(app) ? [] : first) {
            if (row.external_id === null) continue;
            named.set(row.external_id, (named.get(row.external_id) ?? new Set()).add(app.okta_app_id));
          }
        }),
      ),
    );
    const managing = await appsOfStoreUsers(named, storeUsers);
    await Promise.all(
      opened.map(({ app, pages }) =>
        attempt(app, async () => {
          if (!isWanted.has(app) && !managing.has(app.okta_app_id)) return void (await pages.return());
          for await (const page of pages) await take(app.okta_app_id, page);
        }),
      ),
    );
    watch.check();
  });
}

async function appsOfStoreUsers(
  named: ReadonlyMap<string, ReadonlySet<string>>,
  storeUsers: StoreUsers | null,
): Promise<Set<string>> {
  const apps = new Set<string>();
  const everyone = named.size === 0 ? null : await storeUsers;
  for await (const { opti_user_id } of everyone ?? []) {
    for (const app of named.get(opti_user_id) ?? []) apps.add(app);
  }
  return apps;
}
