import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import {
  DATASETS,
  type DatasetName,
  type DatasetState,
  datasetsOf,
  type Side,
  type SnapshotSink,
} from '../domain/dataset.ts';
import { AuditError } from '../domain/errors.ts';
import type { CarriedOver, ReadingProofs } from '../domain/manifest.ts';
import { loadSdk } from '../okta/client.ts';
import { type CollectOktaInput, collectOkta } from '../okta/collect-okta.ts';
import { bucketFor } from '../okta/endpoints.ts';
import { type Forecast, forecastAgainstFact, forecastText } from '../okta/forecast.ts';
import { optiIdSource } from '../opti-id/source.ts';
import { Interruption, notLongAfter, STOPPING_MS, sleepUntil } from '../runtime/cancellation.ts';
import { type RunContext, toolVersion } from '../runtime/run-context.ts';
import type { Checkpoint } from '../snapshot/checkpoint.ts';
import { openSnapshot, type Snapshot } from '../snapshot/open-snapshot.ts';
import { readRows } from '../snapshot/read-rows.ts';
import { createSnapshot } from '../snapshot/write-snapshot.ts';
import { earlierOf } from './base-snapshot.ts';
import type { CollectRequest } from './collect-request.ts';
import { collectOtherOrganizations } from './other-organizations.ts';
import { type PlannedCollection, sealedSettings } from './plan-collection.ts';
import { proveAbsence } from './prove-absence.ts';
import { watchStoreUsers } from './store-users.ts';

/** What a collection needs next to the folder to fill. */
interface Collecting extends Pick<CollectRequest, 'sources' | 'audit'> {
  plan: PlannedCollection;
  checkpoint: Checkpoint;
  /** How far this machine's clock is ahead of Okta's; null where nothing said. The context's clock is corrected by it. */
  clockAheadMs: number | null;
}

/** What was collected, and what whoever reads the run should know of it. */
export interface Collected {
  snapshot: Snapshot;
  notes: string[];
}

/** How long one side may still take once the other has failed: both reasons are told where both fail. */
const OTHER_SIDE_MS = 15_000;

/**
 * While a collection reads, pages come and go, and little of them stays: V8 would let hundreds of megabytes of them
 * wait to be collected. With 20 it collects when the heap has grown by a fifth; 0 leaves it to V8 again.
 */
function growHeapBy(percent: 0 | 20): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

/**
 * Reads both sides at once into a sealed snapshot, and keeps in the checkpoint what is read. Where one side cannot
 * be read at all the other is stopped; where both cannot, both reasons are told.
 */
export async function collectInto(
  folder: string,
  { sources, audit, plan, checkpoint, clockAheadMs }: Collecting,
  context: RunContext,
): Promise<Collected> {
  const { onEvent } = context;
  for (const message of plan.notes) onEvent({ kind: 'note', message });
  const began = new Date(plan.about.began);
  const settings = sealedSettings(audit);
  const failing = new AbortController();
  const signal = AbortSignal.any([context.signal, failing.signal]);
  const writer = createSnapshot({ folder, clock: clockFrom(began, context.now) });
  const sink = watchedSink(writer, signal, onEvent);
  const rowsOf = <Name extends DatasetName>(name: Name) => readRows<Name>(join(folder, DATASETS[name].file));
  const optiId = sources.store && optiIdSource(sources.store);
  const storeUsers = optiId && watchStoreUsers(sink, sources.organizationId, () => rowsOf('optiId.users'));
  const okta = async (): Promise<OktaSide> => {
    if (sources.okta === null) return leaveOut(sink, 'okta');
    return readOkta(
      {
        okta: sources.okta,
        settings,
        sink,
        began,
        storeUsers: storeUsers?.read ?? null,
        job: plan.about.job,
        membersRead: () => rowsOf('okta.groupMembers'),
        journal: checkpoint.journal,
        tools: {
          now: () => context.now().getTime(),
          sleep: (ms) => sleepUntil(ms, signal),
          random: Math.random,
        },
      },
      plan,
      context,
    );
  };
  const store = async (): Promise<void> => {
    if (optiId === null || storeUsers === null) return void leaveOut(sink, 'opti-id');
    const read = (noting: SnapshotSink) => optiId.collect(noting);
    await checkpoint
      .collectSide('opti-id', { sink: storeUsers.sink, folder }, read)
      .finally(storeUsers.giveUp);
  };

  if (sources.okta !== null) await loadSdk();
  growHeapBy(20);
  onEvent({ kind: 'collection-began', last: plan.last });
  const errors: unknown[] = [];
  const attempt = <Read>(side: () => Promise<Read>): Promise<Read | null> =>
    side().catch((error: unknown) => {
      errors.push(error);
      failing.abort();
      return null;
    });
  const others = async (): Promise<void> => {
    const sides = { stateOf: writer.stateOf, rowsOf };
    await collectOtherOrganizations(sink, sources.okta && sources.store, sides);
    if (sources.okta && optiId) await proveAbsence(sink, optiId, sides);
  };
  const reading = Promise.all([attempt(okta), attempt(store)]).then(async ([okta]) => {
    if (errors.length === 0) await attempt(others);
    return okta;
  });
  let read: OktaSide | null = null;
  try {
    read = await notLongAfter(
      context.signal,
      STOPPING_MS,
      notLongAfter(failing.signal, OTHER_SIDE_MS, reading),
    );
  } catch (error) {
    // Left behind while it hangs; the end of the program ends it.
    errors.push(error);
  } finally {
    onEvent({ kind: 'collection-ended' });
    growHeapBy(0);
  }
  if (read === null || errors.length > 0) throw joinErrors(errors, context.signal);
  await writer.seal({
    tool: toolVersion(),
    org: sources.org,
    opti_organization_id: sources.organizationId,
    opti_id_source: optiId?.name ?? 'database',
    settings,
    carried_over: read.carriedOver,
    proofs: read.role && {
      clock_ahead_seconds: clockAheadMs === null ? null : Math.round(clockAheadMs / 1000),
      role: read.role,
    },
  });
  const connection = optiId && (await optiId.connectionNote());
  const notes = connection ? [...read.warnings, connection] : read.warnings;
  return { snapshot: await openSnapshot(folder), notes: notes.sort() };
}

/**
 * Writes as the sink does, tells how far it is, and refuses to go on once the run is to stop: that ends the readers on
 * both sides.
 */
function watchedSink(sink: SnapshotSink, signal: AbortSignal, onEvent: RunContext['onEvent']): SnapshotSink {
  return {
    ...sink,
    async collect(dataset, read) {
      const counts = { rows: 0, requests: 0 };
      onEvent({ kind: 'dataset-began', dataset, counts, bucket: bucketFor(dataset) });
      let state: DatasetState | null = null;
      try {
        state = await sink.collect(dataset, (writer) =>
          read({
            write: (row) => {
              if (signal.aborted) return Promise.reject(new Interruption());
              counts.rows += 1;
              return writer.write(row);
            },
            countRequest: () => {
              if (signal.aborted) throw new Interruption();
              counts.requests += 1;
              writer.countRequest();
            },
          }),
        );
        return state;
      } finally {
        // What ends because the run is to stop is no news about the dataset.
        onEvent({ kind: 'dataset-ended', dataset, counts, state: signal.aborted ? null : state });
      }
    },
  };
}

/** The snapshot begins when the reading did, to the same millisecond that the System Log is read up to. */
function clockFrom(began: Date, now: () => Date): () => Date {
  let next = (): Date => {
    next = now;
    return began;
  };
  return () => next();
}

/** What is known of the Okta side beyond its rows. */
interface OktaSide {
  warnings: string[];
  carriedOver: CarriedOver | null;
  /** Null where Okta is left out. */
  role: ReadingProofs['role'] | null;
}

async function readOkta(
  input: CollectOktaInput,
  { base, last, unfinished }: PlannedCollection,
  { onEvent, now }: RunContext,
): Promise<OktaSide> {
  const readingBegan = now().getTime();
  let forecast: Forecast | undefined;
  const { warnings, carried, role, usage } = await collectOkta({
    ...input,
    earlier: base && earlierOf(base),
    lastRun: last.requests,
    onForecast: (made) => {
      forecast = made;
      const kept = unfinished === null ? '' : ' Completed requests are not repeated.';
      onEvent({ kind: 'forecast', expected: made.datasets, message: `${forecastText(made)}${kept}` });
    },
    onOpen: (state) => onEvent({ kind: 'okta-began', state }),
  }).finally(() => onEvent({ kind: 'okta-ended' }));
  if (forecast !== undefined) {
    const minutes = (now().getTime() - readingBegan) / 60_000;
    onEvent({ kind: 'forecast-against-fact', message: forecastAgainstFact(forecast, usage, minutes) });
  }
  if (base === null || carried === null) return { warnings, carriedOver: null, role };
  const { snapshot, nights, fullRead } = base;
  const { hash, manifest } = snapshot;
  return {
    warnings,
    role,
    carriedOver: { snapshot: hash, began: manifest.began, nights, full_read: fullRead, ...carried },
  };
}

function leaveOut(sink: SnapshotSink, side: Side): OktaSide {
  for (const name of datasetsOf(side)) sink.unread(name, '--only left this side out');
  return { warnings: [], carriedOver: null, role: null };
}

/** One error from those of both sides. A bug is told before an expected failure, an interruption last. */
function joinErrors(errors: readonly unknown[], signal: AbortSignal): unknown {
  if (signal.aborted) return new Interruption();
  const told = errors.filter((error) => !(error instanceof Interruption));
  const bug = told.find((error) => !(error instanceof AuditError));
  if (bug !== undefined) return bug;
  const [first, second] = told as AuditError[];
  if (!first || !second) return first ?? errors[0];
  return new AuditError(`${first.message}\nHint: ${first.hint}\nError: ${second.message}`, {
    hint: second.hint,
    cause: first,
  });
}
