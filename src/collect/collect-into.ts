import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { CollectionProgress, type Underway } from '../../cli/terminal/progress.ts';
import type { AuditSettings } from '../config/config.ts';
import {
  DATASET_NAMES,
  DATASETS,
  type DatasetName,
  type DatasetState,
  type Side,
  type SnapshotSink,
  sideOf,
} from '../domain/dataset.ts';
import { AuditError } from '../domain/errors.ts';
import type { CarriedOver } from '../domain/manifest.ts';
import type { Forecast } from '../okta/forecast.ts';
import { Interruption, notLongAfter, STOPPING_MS, sleepUntil } from '../runtime/cancellation.ts';
import {
  type LogEntry,
  note,
  type RunContext,
  type Speech,
  spokenBy,
  toolVersion,
} from '../runtime/run-context.ts';
import type { Checkpoint } from '../snapshot/checkpoint.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { earlierOf, type PlannedCollection, sealedSettings } from './plan-collection.ts';
import type { Sources } from './sources.ts';
import { watchStoreUsers } from './store-users.ts';

/** What a collection needs beside the folder to fill. */
export interface Collecting {
  sources: Sources;
  audit: AuditSettings;
  plan: PlannedCollection;
  checkpoint: Checkpoint;
}

/**
 * Writes as the sink does, tells how far it is, and refuses to go on once the run is to stop: that ends the readers on
 * both sides.
 */
function watched(
  sink: SnapshotSink,
  signal: AbortSignal,
  progress: CollectionProgress,
  say: (entry: LogEntry) => void,
): SnapshotSink {
  return {
    async collect(name, read) {
      const underway = progress.beginDataset(name);
      let state: DatasetState;
      try {
        state = await sink.collect(name, (writer) =>
          read({
            write: (row) => {
              if (signal.aborted) return Promise.reject(new Interruption());
              underway.rows += 1;
              return writer.write(row);
            },
            countRequest: () => {
              if (signal.aborted) throw new Interruption();
              underway.requests += 1;
              writer.countRequest();
            },
          }),
        );
      } finally {
        progress.endDataset(name);
      }
      // What ends because the run is to stop is no news about the dataset.
      if (!signal.aborted) say(datasetRead(name, underway, state));
      return state;
    },
    notApplicable: (name, reason) => sink.notApplicable(name, reason),
    unread: (name, reason) => sink.unread(name, reason),
  };
}

/** What is said of a dataset whose reading is over, however far it came. */
function datasetRead(name: DatasetName, { rows, requests }: Underway, state: DatasetState): LogEntry {
  const isGap = state.completeness !== 'complete' && !DATASETS[name].bestEffort;
  const message = `read ${name}: ${rows} row${rows === 1 ? '' : 's'}`;
  return {
    level: isGap ? 'warning' : 'info',
    event: 'dataset-read',
    message: isGap ? `${message}, not to its end: ${state.reason}` : message,
    fields: { dataset: name, rows, requests, completeness: state.completeness },
  };
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
  { sources, audit, plan, checkpoint }: Collecting,
  context: RunContext,
  speech: Speech,
): Promise<{ snapshot: Snapshot; notes: string[] }> {
  const [{ createSnapshot }, { openSnapshot }, { readRows }] = await Promise.all([
    import('../snapshot/write-snapshot.ts'),
    import('../snapshot/open-snapshot.ts'),
    import('../snapshot/read-rows.ts'),
  ]);
  const { base } = plan;
  const began = new Date(plan.about.began);
  let isFirst = true;
  // The snapshot begins when the reading did, to the same millisecond that the System Log is read up to.
  const clock = () => {
    if (!isFirst) return context.now();
    isFirst = false;
    return began;
  };
  const writer = createSnapshot({ folder, clock });
  const failing = new AbortController();
  const signal = AbortSignal.any([context.signal, failing.signal]);
  const { say, show } = spokenBy(speech, context);
  for (const text of plan.notes) say(note(text));
  const progress = new CollectionProgress(() => context.now().getTime(), plan.last);
  const sink = watched(writer, signal, progress, say);
  const settings = sealedSettings(audit);
  const storeUsers =
    sources.store === null
      ? null
      : watchStoreUsers(sink, sources.organizationId, () =>
          readRows<'optiId.users'>(join(folder, DATASETS['optiId.users'].file)),
        );
  let carriedOver: CarriedOver | null = null;

  const sides: Record<Side, () => Promise<string[]>> = {
    okta: async () => {
      if (sources.okta === null) return leaveOut(sink, 'okta');
      const [{ collectOkta }, { forecastAgainstFact, forecastText }] = await Promise.all([
        import('../okta/collect-okta.ts'),
        import('../okta/forecast.ts'),
      ]);
      const readingBegan = context.now().getTime();
      let forecast: Forecast | undefined;
      const oktaReading = collectOkta({
        okta: sources.okta,
        settings,
        sink,
        began,
        storeUsers: storeUsers?.read ?? null,
        journal: checkpoint.journal,
        earlier: base ? await earlierOf(base) : null,
        lastRun: plan.last.requests,
        onForecast: (made) => {
          forecast = made;
          progress.foretell(made);
          const kept = plan.unfinished === null ? '' : ' What is kept of it is not asked for again.';
          say({ level: 'info', event: 'forecast', message: `${forecastText(made)}${kept}` });
        },
        onOpen: (state) => progress.watchOkta(state),
        tools: {
          now: () => context.now().getTime(),
          sleep: (ms) => sleepUntil(ms, signal),
          random: Math.random,
        },
      });
      const { warnings, carried, usage } = await oktaReading.finally(() => progress.watchOkta(null));
      const minutes = (context.now().getTime() - readingBegan) / 60_000;
      if (forecast !== undefined) {
        const message = forecastAgainstFact(forecast, usage, minutes);
        say({ level: 'info', event: 'forecast-against-fact', message });
      }
      if (base !== null && carried !== null) {
        const { hash, manifest } = base.snapshot;
        const { nights, fullRead } = base;
        carriedOver = { snapshot: hash, began: manifest.began, nights, full_read: fullRead, ...carried };
      }
      return warnings;
    },
    'opti-id': async () => {
      if (sources.store === null) return leaveOut(sink, 'opti-id');
      const { store } = sources;
      const { collectStore } = await import('../opti-id/read-store.ts');
      try {
        await checkpoint.collectSide('opti-id', { sink: storeUsers?.sink ?? sink, folder }, (noting) =>
          collectStore({ store, sink: noting }),
        );
      } finally {
        storeUsers?.giveUp();
      }
      return [];
    },
  };
  if (sources.okta !== null) await (await import('../okta/client.ts')).loadSdk();
  growHeapBy(20);
  const warnings: string[] = [];
  const errors: unknown[] = [];
  const reading = Promise.all(
    Object.values(sides).map(async (read) => {
      try {
        warnings.push(...(await read()));
      } catch (error) {
        errors.push(error);
        failing.abort();
      }
    }),
  );
  const hide = show(progress);
  try {
    await notLongAfter(context.signal, STOPPING_MS, notLongAfter(failing.signal, OTHER_SIDE_MS, reading));
  } catch (error) {
    // Left behind while it hangs; the end of the program ends it.
    errors.push(error);
  } finally {
    hide();
    growHeapBy(0);
  }
  if (errors.length > 0) throw joinErrors(errors, context.signal);
  await writer.seal({
    tool: toolVersion(),
    org: sources.org,
    opti_organization_id: sources.organizationId,
    settings,
    carried_over: carriedOver,
  });
  return {
    snapshot: await openSnapshot(folder),
    notes: warnings.sort(),
  };
}

async function leaveOut(sink: SnapshotSink, side: Side): Promise<string[]> {
  for (const name of DATASET_NAMES) {
    if (sideOf(name) === side) sink.unread(name, '--only left this side out');
  }
  return [];
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
