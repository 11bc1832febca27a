import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { AuditSettings } from '../src/config/config.ts';
import {
  DATASET_NAMES,
  DATASETS,
  type DatasetName,
  type Side,
  type SnapshotSink,
  sideOf,
} from '../src/domain/dataset.ts';
import { AuditError } from '../src/domain/errors.ts';
import type { CarriedOver } from '../src/domain/manifest.ts';
import type { Forecast } from '../src/okta/forecast.ts';
import type { Checkpoint } from '../src/snapshot/checkpoint.ts';
import type { Snapshot } from '../src/snapshot/open-snapshot.ts';
import { earlierOf, type PlannedCollection, sealedSettings } from './reading.ts';
import type { Sources } from './sources.ts';
import { watchStoreUsers } from './store-users.ts';
import { type Speech, type Surroundings, toolVersion } from './surroundings.ts';

/** What a collection needs beside the folder to fill. */
export interface Collecting {
  sources: Sources;
  audit: AuditSettings;
  plan: PlannedCollection;
  checkpoint: Checkpoint;
}

/** A run that was told to stop, or whose other side failed. */
export class Interruption extends AuditError {
  override name = 'Interruption';

  constructor(hint = 'Nothing was left behind. Run the command again.') {
    super('Interrupted.', { hint });
  }
}

/** Writes as the sink does, and refuses to once the run is to stop: that ends the readers on both sides. */
function stoppable(
  sink: SnapshotSink,
  signal: AbortSignal,
  onDataset: (name: DatasetName, rows: number) => void,
): SnapshotSink {
  return {
    async collect(name, read) {
      let rows = 0;
      const state = await sink.collect(name, (writer) =>
        read({
          write: (row) => {
            if (signal.aborted) return Promise.reject(new Interruption());
            rows += 1;
            return writer.write(row);
          },
          countRequest: () => {
            if (signal.aborted) throw new Interruption();
            writer.countRequest();
          },
        }),
      );
      onDataset(name, rows);
      return state;
    },
    notApplicable: (name, reason) => sink.notApplicable(name, reason),
    unread: (name, reason) => sink.unread(name, reason),
  };
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Interruption());
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(new Interruption());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** How long readers may take to notice that the run is to stop; a server that hangs must not hold it. */
export const STOPPING_MS = 1_000;
/** How long one side may still take once the other has failed: both reasons are told where both fail. */
const OTHER_SIDE_MS = 15_000;

/** What the work gives, or the error that ends it when it goes on longer than `ms` after the signal. */
export async function notLongAfter<Result>(
  signal: AbortSignal,
  ms: number,
  work: Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let start = () => {};
  const late = new Promise<never>((_, reject) => {
    start = () => {
      timer = setTimeout(() => reject(new Interruption()), ms);
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', start);
    clearTimeout(timer);
  }
}

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
  surroundings: Surroundings,
  speech: Speech,
): Promise<{ snapshot: Snapshot; notes: string[] }> {
  const [{ createSnapshot }, { openSnapshot }, { readRows }] = await Promise.all([
    import('../src/snapshot/write-snapshot.ts'),
    import('../src/snapshot/open-snapshot.ts'),
    import('../src/snapshot/read-rows.ts'),
  ]);
  const { base } = plan;
  const began = new Date(plan.about.began);
  let isFirst = true;
  // The snapshot begins when the reading did, to the same millisecond that the System Log is read up to.
  const clock = () => {
    if (!isFirst) return surroundings.now();
    isFirst = false;
    return began;
  };
  const writer = createSnapshot({ folder, clock });
  const failing = new AbortController();
  const signal = AbortSignal.any([surroundings.signal, failing.signal]);
  const say = (text: string) => {
    if (!speech.quiet) surroundings.stderr(text);
  };
  for (const note of plan.notes) say(`Note: ${note}\n`);
  const sink = stoppable(writer, signal, (name, rows) =>
    say(`read ${name}: ${rows} row${rows === 1 ? '' : 's'}\n`),
  );
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
        import('../src/okta/collect-okta.ts'),
        import('../src/okta/forecast.ts'),
      ]);
      const readingBegan = surroundings.now().getTime();
      let forecast: Forecast | undefined;
      const { warnings, carried, usage } = await collectOkta({
        okta: sources.okta,
        settings,
        sink,
        began,
        storeUsers: storeUsers?.read ?? null,
        journal: checkpoint.journal,
        earlier: base ? await earlierOf(base) : null,
        lastRun: plan.lastRequests,
        onForecast: (made) => {
          forecast = made;
          const kept = plan.unfinished === null ? '' : ' What is kept of it is not asked for again.';
          say(`${forecastText(made)}${kept}\n`);
        },
        tools: {
          now: () => surroundings.now().getTime(),
          sleep: (ms) => sleepUntil(ms, signal),
          random: Math.random,
        },
      });
      const minutes = (surroundings.now().getTime() - readingBegan) / 60_000;
      if (forecast !== undefined) say(`${forecastAgainstFact(forecast, usage, minutes)}\n`);
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
      const { collectStore } = await import('../src/opti-id/read-store.ts');
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
  if (sources.okta !== null) await (await import('../src/okta/client.ts')).loadSdk();
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
  try {
    await notLongAfter(
      surroundings.signal,
      STOPPING_MS,
      notLongAfter(failing.signal, OTHER_SIDE_MS, reading),
    );
  } catch (error) {
    // Left behind while it hangs; the end of the program ends it.
    errors.push(error);
  } finally {
    growHeapBy(0);
  }
  if (errors.length > 0) throw joinErrors(errors, surroundings.signal);
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
