import type { DatasetName, DatasetRows, DatasetState, SnapshotSink } from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import type { SealedSettings } from '../domain/manifest.ts';
import type { ScimChoice, SsoChoice } from './app-choice.ts';
import type { Carried, EarlierCollection } from './carry-over.ts';
import type { UserIntake } from './readers/users.ts';
import type { Reading } from './reading.ts';
import type { OktaRequests } from './requests.ts';

/** What was read of a dataset, and how far. */
export interface Read<T> {
  state: DatasetState;
  rows: T[];
}

export type Collect = <Name extends DatasetName>(
  name: Name,
  read: (reading: Reading<DatasetRows[Name]>) => Promise<void>,
) => Promise<DatasetState>;

/** Everything the steps of one collection share. */
export interface Context {
  sink: SnapshotSink;
  settings: SealedSettings;
  requests: OktaRequests;
  collect: Collect;
  scim: ScimChoice;
  sso: SsoChoice;
  users: UserIntake;
  /** Why the listings show a part of the org alone; null where nothing says so. Known once the groups are read. */
  hidden: string | null;
  /** An earlier snapshot that rows may be carried over from, or null. */
  earlier: EarlierCollection | null;
  /** What was carried over of it; null until that is decided, and where nothing is. */
  carried: Carried | null;
  warn: (text: string) => void;
}

/** The ways to leave a dataset without reading it. */
export function skipping({ sink }: Context, name: DatasetName) {
  const leave = (completeness: 'notApplicable' | 'unread') => (reason: string) => {
    sink[completeness](name, reason);
    return { completeness: completeness === 'unread' ? completeness : 'not_applicable', reason } as const;
  };
  return { notApplicable: leave('notApplicable'), unread: leave('unread') };
}

/** Keeps rows at hand while a dataset is collected. */
export async function gather<T>(read: (keep: (row: T) => void) => Promise<DatasetState>): Promise<Read<T>> {
  const rows: T[] = [];
  const state = await read((row) => rows.push(row));
  return { state, rows };
}

/** A reading whose rows are kept too. */
export function keeping<Row>(reading: Reading<Row>, keep: (row: Row) => void): Reading<Row> {
  return {
    ...reading,
    write: (row) => {
      keep(row);
      return reading.write(row);
    },
  };
}

type ReadOfApp<Name extends DatasetName> = (
  reading: Reading<DatasetRows[Name]>,
  appId: string,
) => Promise<void>;

/** Reads something of the SCIM app, or says why there is nothing to read. */
export async function underScimApp<Name extends DatasetName>(
  context: Context,
  name: Name,
  read: ReadOfApp<Name>,
): Promise<DatasetState> {
  const { scim } = context;
  if (scim.kind === 'chosen') return context.collect(name, (reading) => read(reading, scim.app.okta_app_id));
  const { unread, notApplicable } = skipping(context, name);
  return scim.kind === 'unknown' ? unread(scim.why) : notApplicable(scim.why);
}

export const SSO_APP_UNSET = 'AUDIT_SSO_APP is not set';

/** The same for the SSO app. */
export async function underSsoApp<Name extends DatasetName>(
  context: Context,
  name: Name,
  read: ReadOfApp<Name>,
): Promise<DatasetState> {
  const { sso } = context;
  const { unread, notApplicable } = skipping(context, name);
  if (sso === null) return notApplicable(SSO_APP_UNSET);
  if (sso.kind === 'unknown') return unread(sso.reason);
  return context.collect(name, (reading) => read(reading, sso.app.okta_app_id));
}

/** Throws where the listings show a part of the org: what they do not hold may be there all the same. */
export function requireWhole({ hidden }: Context): void {
  if (hidden !== null) throw new IncompleteRead(hidden);
}

/** True when there is nothing left to be known: read completely, or nothing to read. */
export function isSettled(state: DatasetState): boolean {
  return state.completeness === 'complete' || state.completeness === 'not_applicable';
}
