import { DATASET_NAMES, type DatasetName, type DatasetRows, sideOf } from '../domain/dataset.ts';
import { AuditError } from '../domain/errors.ts';
import { type CollectSummary, incompleteDatasets, type RunSummary } from '../domain/run.ts';
import type { EarlierCollection } from '../okta/carry-over.ts';
import type { CollectionIdentity } from '../snapshot/checkpoint.ts';
import { openForeignSnapshot, openSnapshot, type Snapshot } from '../snapshot/open-snapshot.ts';
import { readRows } from '../snapshot/read-rows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Older snapshots are no base: Okta's own times are trusted for a week. */
const OLDEST_BASE_MS = 8 * DAY_MS;
/** Every so many nights everything is read, whatever Okta says has moved. */
const FULL_READ_EVERY = 7;
/** The last full read may be this old; a nightly run that starts some minutes early counts as on time. */
const OLDEST_FULL_READ_MS = FULL_READ_EVERY * DAY_MS - 60 * 60 * 1000;

/** A run of the org that is in place, and its folder. */
export interface FinishedRun {
  dir: string;
  run: RunSummary | CollectSummary;
}

/** A sealed snapshot that rows are carried over from. */
export interface Base {
  snapshot: Snapshot;
  /** Collections in a row that carry rows over, the coming one included: 1 after a full read. */
  nights: number;
  /** When the last collection that read everything began, UTC ISO-8601. */
  fullRead: string;
}

/**
 * The snapshot to carry rows over from, or none where anything speaks against it: then everything is read.
 * `since` is the folder of one, `last` for the last of the org's runs, or `nothing`. Throws where a folder is named that
 * is no snapshot of this org and organization.
 */
export async function chooseBase(
  since: string,
  { identity, runs, now }: { identity: CollectionIdentity; runs: readonly FinishedRun[]; now: Date },
): Promise<{ base: Base | null; notes: string[] }> {
  if (since === 'nothing' || !identity.sides.includes('okta')) return { base: null, notes: [] };
  const snapshot = await (since === 'last' ? lastSnapshot(identity, runs) : namedSnapshot(since, identity));
  if (snapshot === null) return { base: null, notes: [] };
  const base = asBase(snapshot);
  const doubt = whyNot(base, identity, now);
  if (doubt !== null) return { base: null, notes: [`Everything is read: ${doubt}.`] };
  const note = `Members are read of groups that changed since ${snapshot.manifest.began}; everything was last read at ${base.fullRead}.`;
  return { base, notes: [note] };
}

/** The base of a collection that is resumed; null where it is gone or has changed. */
export async function baseAgain({ folder, hash }: { folder: string; hash: string }): Promise<Base | null> {
  const snapshot = await openedOrNull(folder);
  return snapshot?.hash === hash ? asBase(snapshot) : null;
}

function asBase(snapshot: Snapshot): Base {
  const { carried_over, began } = snapshot.manifest;
  return { snapshot, nights: (carried_over?.nights ?? 0) + 1, fullRead: carried_over?.full_read ?? began };
}

/** What speaks against a base, in words; null where nothing does. */
function whyNot(
  { snapshot, nights, fullRead }: Base,
  identity: CollectionIdentity,
  now: Date,
): string | null {
  const { manifest } = snapshot;
  const age = now.getTime() - Date.parse(manifest.began);
  const ofOkta = DATASET_NAMES.filter((name) => sideOf(name) === 'okta');
  const [gap] = incompleteDatasets(manifest, ofOkta);
  if (gap !== undefined) return `the snapshot of ${manifest.began} is incomplete (${gap})`;
  if (age < 0) return `the snapshot of ${manifest.began} lies in the future`;
  if (age >= OLDEST_BASE_MS) return `the snapshot of ${manifest.began} is more than a week old`;
  if (nights >= FULL_READ_EVERY || now.getTime() - Date.parse(fullRead) >= OLDEST_FULL_READ_MS) {
    return `the last time was ${fullRead}, and it is due every ${FULL_READ_EVERY} nights`;
  }
  const { settings } = identity;
  const isSameScope =
    manifest.settings.scim_app === settings.scim_app &&
    manifest.settings.sso_app === settings.sso_app &&
    JSON.stringify(manifest.settings.push_groups) === JSON.stringify(settings.push_groups);
  return isSameScope ? null : `the snapshot of ${manifest.began} was collected with other settings`;
}

async function lastSnapshot(
  identity: CollectionIdentity,
  runs: readonly FinishedRun[],
): Promise<Snapshot | null> {
  const last = runs.findLast(
    ({ run }) => run.org === identity.org && run.opti_organization?.id === identity.opti_organization_id,
  );
  const snapshot = last ? await openedOrNull(last.dir) : null;
  // Another one was put into the run's folder.
  return snapshot?.hash === last?.run.snapshot.hash ? snapshot : null;
}

async function namedSnapshot(folder: string, identity: CollectionIdentity): Promise<Snapshot> {
  const snapshot = await openForeignSnapshot(folder);
  const { org, opti_organization_id: organizationId } = snapshot.manifest;
  // One that was collected with --only okta knows no organization, and needs none here.
  const isOther = identity.sides.length === 2 && organizationId !== identity.opti_organization_id;
  if (org !== identity.org || isOther) {
    throw new AuditError(
      `--since: ${folder} is a snapshot of ${organizationId} on ${org}, not of ${identity.opti_organization_id} on ${identity.org}.`,
      { hint: 'Give a snapshot of the same Okta org and the same Opti ID organization.' },
    );
  }
  return snapshot;
}

/** Damaged, gone or of another version: it says nothing. */
async function openedOrNull(folder: string): Promise<Snapshot | null> {
  try {
    return await openSnapshot(folder);
  } catch (error) {
    if (error instanceof AuditError) return null;
    throw error;
  }
}

/** The rows of an earlier snapshot, as the Okta side takes them over. */
export function earlierOf({ snapshot }: Base): EarlierCollection {
  async function* rowsOf<Name extends DatasetName>(name: Name): AsyncGenerator<DatasetRows[Name]> {
    if (snapshot.manifest.datasets[name].sha256 !== null) yield* readRows<Name>(snapshot.path(name));
  }
  return {
    began: new Date(snapshot.manifest.began),
    pushScope: () => rowsOf('okta.pushScope'),
    groups: () => rowsOf('okta.groups'),
    members: () => rowsOf('okta.groupMembers'),
  };
}
