import type { DatasetName, DatasetRows, DatasetState, SnapshotSink } from '../domain/dataset.ts';
import type { SealedSettings } from '../domain/manifest.ts';
import { type KnownChoice, whyNoScimApp } from './app-choice.ts';
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
  scim: KnownChoice;
  sso: Extract<KnownChoice, { kind: 'chosen' | 'unknown' }> | null;
  users: UserIntake;
  /** An earlier snapshot that rows may be carried over from, or null. */
  earlier: EarlierCollection | null;
  /** What was carried over of it; null until that is decided, and where nothing is. */
  carried: Carried | null;
  warn: (text: string) => void;
}

export const SSO_APP_UNSET = 'AUDIT_SSO_APP is not set';

export function notApplicable(context: Context, name: DatasetName, reason: string): DatasetState {
  context.sink.notApplicable(name, reason);
  return { completeness: 'not_applicable', reason };
}

export function unread(context: Context, name: DatasetName, reason: string): DatasetState {
  context.sink.unread(name, reason);
  return { completeness: 'unread', reason };
}

export async function gather<T>(read: (keep: (row: T) => void) => Promise<DatasetState>): Promise<Read<T>> {
  const rows: T[] = [];
  const state = await read((row) => rows.push(row));
  return { state, rows };
}

/** Reads something of the SCIM app, or says why there is nothing to read. */
export async function underScimApp<Name extends DatasetName>(
  context: Context,
  name: Name,
  read: (reading: Reading<DatasetRows[Name]>, appId: string) => Promise<void>,
): Promise<DatasetState> {
  const { scim, settings } = context;
  if (scim.kind === 'chosen') return context.collect(name, (reading) => read(reading, scim.app.okta_app_id));
  const reason = whyNoScimApp(scim, settings.scim_app);
  return scim.kind === 'unknown' ? unread(context, name, reason) : notApplicable(context, name, reason);
}

/** True when there is nothing left to be known: read to the end, or nothing to read. */
export function isSettled(state: DatasetState): boolean {
  return state.completeness === 'complete' || state.completeness === 'not_applicable';
}
