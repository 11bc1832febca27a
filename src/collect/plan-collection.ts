import type { AuditSettings } from '../config/config.ts';
import type { LastRead } from '../domain/run-event.ts';
import { optiIdSource } from '../opti-id/source.ts';
import { toolVersion } from '../runtime/run-context.ts';
import { type CollectionAbout, type CollectionIdentity, isSameCollection } from '../snapshot/checkpoint.ts';
import { type Base, baseAgain, chooseBase, type FinishedRun } from './base-snapshot.ts';
import type { CollectRequest } from './collect-request.ts';

/** What was read longer ago is too old to be put next to what is read now. */
const LONGEST_PAUSE_MS = 24 * 60 * 60 * 1000;

/** What earlier runs of the org left. */
export interface EarlierCollections {
  /** Oldest snapshot first. */
  finished: readonly FinishedRun[];
  /** Those that nobody works on, the last begun first. */
  unfinished: readonly { dir: string; about: CollectionAbout }[];
}

/** A collection that is about to be read. */
export interface PlannedCollection {
  about: CollectionAbout;
  /** The unfinished run that it resumes; null: it begins. */
  unfinished: string | null;
  /** The snapshot that it carries rows over from. */
  base: Base | null;
  /** Requests for and rows of each dataset that the org's last run read completely. */
  last: LastRead;
  /** What whoever watches should know before it begins. */
  notes: string[];
}

export function sealedSettings(audit: AuditSettings): CollectionAbout['settings'] {
  return {
    scim_app: audit.scimApp,
    sso_app: audit.ssoApp,
    push_groups: audit.pushGroups,
    lag_minutes: audit.lagMinutes,
    log_days: audit.logDays,
  };
}

/** Decides where a collection begins and what it need not read. Throws an `AuditError` for a `since` of another org. */
export async function planCollection(
  { job, sources, audit, reading }: CollectRequest & { job: string },
  earlier: EarlierCollections,
  now: Date,
): Promise<PlannedCollection> {
  const identity: CollectionIdentity = {
    tool: toolVersion(),
    job,
    org: sources.org,
    opti_organization_id: sources.organizationId,
    opti_id_source: sources.store ? optiIdSource(sources.store).name : null,
    sides: [...(sources.okta ? (['okta'] as const) : []), ...(sources.store ? (['opti-id'] as const) : [])],
    settings: sealedSettings(audit),
  };
  const unfinished = await findUnfinished(identity, earlier, now);
  const last = lastReadIn(earlier.finished.at(-1));
  const notes: string[] = [];
  if (reading.resume && unfinished !== null) {
    const { dir, about, base } = unfinished;
    notes.push(`Resuming the collection that began at ${about.began}.`);
    return { about, unfinished: dir, base, last, notes };
  }
  if (reading.resume) {
    notes.push('There is no unfinished collection of this kind to resume: a new one begins.');
  } else if (unfinished !== null) {
    notes.push(
      `A collection that began at ${unfinished.about.began} was not finished; --resume continues it.`,
    );
  }
  const { base, notes: reasons } = await chooseBase(reading.since, { identity, runs: earlier.finished, now });
  const since = base && { folder: base.snapshot.dir, hash: base.snapshot.hash };
  const about: CollectionAbout = { ...identity, began: now.toISOString(), since };
  return { about, unfinished: null, base, last, notes: [...notes, ...reasons] };
}

function lastReadIn(last: FinishedRun | undefined): LastRead {
  const read = Object.entries(last?.run.datasets ?? {}).filter(
    ([, { completeness }]) => completeness === 'complete',
  );
  return {
    requests: Object.fromEntries(read.map(([name, { requests }]) => [name, requests])),
    rows: Object.fromEntries(read.map(([name, { rows }]) => [name, rows])),
  };
}

/** The last begun collection of the same kind that was not finished and can still be. */
async function findUnfinished(
  identity: CollectionIdentity,
  { unfinished }: EarlierCollections,
  now: Date,
): Promise<{ dir: string; about: CollectionAbout; base: Base | null } | null> {
  for (const { dir, about } of unfinished) {
    if (!isSameCollection(about, identity)) continue;
    if (now.getTime() - Date.parse(about.began) > LONGEST_PAUSE_MS) continue;
    if (about.since === null) return { dir, about, base: null };
    const base = await baseAgain(about.since);
    if (base !== null) return { dir, about, base };
  }
  return null;
}
