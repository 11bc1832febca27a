import type { OptiIdSettings } from '../config/config.ts';
import type { Check } from '../domain/check.ts';
import type { DatasetState, SnapshotSink } from '../domain/dataset.ts';
import type { OptiIdSource as SourceName } from '../domain/source.ts';
import type { Missing } from './scim/absence.ts';

/** The Opti ID side, wherever it is read: the same datasets to the same snapshot. */
export interface OptiIdSource {
  readonly name: SourceName;
  /** Loads what it reads with: nothing else happens in the process for the time that takes. */
  load(): Promise<unknown>;
  /** Reads everything; throws an `AuditError` where nothing can be read. */
  collect(sink: SnapshotSink): Promise<void>;
  /** Asks which of these e-mails a user of another organization has; null where the source does not show that. */
  collectOtherOrganizationUsers:
    | ((sink: SnapshotSink, emails: AsyncIterable<string>) => Promise<DatasetState>)
    | null;
  /** Asks for what the lists leave out; null where a list is one moment and leaves out nothing. */
  proveAbsence:
    | ((sink: SnapshotSink, missing: Missing, isListed: (optiUserId: string) => boolean) => Promise<void>)
    | null;
  /** What a run says of the connection: what it leaves unproved, or could do and does not. Null where there is nothing to say. */
  connectionNote(): Promise<string | null>;
  /** Doctor's checks. `managedIds`: some of the users whom Okta's SCIM app manages, by their ids in Opti ID. */
  examine(managedIds: Promise<readonly string[]>): Promise<Check[]>;
}

/** The source that the settings name. Its parts are loaded when they are used: a run needs one of the two. */
export function optiIdSource(settings: OptiIdSettings): OptiIdSource {
  if ('scimUrl' in settings) {
    return {
      name: 'scim',
      load: async () => {},
      collect: async (sink) => (await import('./scim/read-scim.ts')).collectScim({ settings, sink }),
      collectOtherOrganizationUsers: null,
      connectionNote: async () =>
        'The SCIM key could create, change and delete people: Opti ID has none that may only read. The audit sent GET alone.',
      proveAbsence: async (sink, missing, isListed) =>
        (await import('./scim/absence.ts')).proveAbsence({ settings, sink, missing, isListed }),
      examine: async (managedIds) => (await import('./scim/scim-checks.ts')).checkScim(settings, managedIds),
    };
  }
  return {
    name: 'database',
    load: async () => (await import('./database/connection.ts')).loadDrivers(),
    collect: async (sink) =>
      (await import('./database/read-store.ts')).collectStore({ store: settings, sink }),
    collectOtherOrganizationUsers: async (sink, emails) =>
      (await import('./database/other-organizations.ts')).collectOtherOrganizationUsers({
        store: settings,
        sink,
        emails,
      }),
    proveAbsence: null,
    connectionNote: async () =>
      (await import('./database/store-url.ts')).connectionNote(settings.databaseUrl),
    examine: async () => (await import('./database/store-checks.ts')).checkStore(settings),
  };
}
