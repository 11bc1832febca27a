import { DATASET_NAMES, sideOf } from '../domain/dataset.ts';
import { type CollectSummary, summarizeCollection } from '../domain/run.ts';
import { untilStopped } from '../runtime/cancellation.ts';
import type { RunContext } from '../runtime/run-context.ts';
import { beginCollection, type CollectRequest } from './begin-run.ts';

/** Collects and seals, and judges nothing. */
export async function collectRun(
  request: CollectRequest,
  context: RunContext,
): Promise<{ dir: string; run: CollectSummary }> {
  const { okta, store } = request.sources;
  const ignored = DATASET_NAMES.filter((name) => (sideOf(name) === 'okta' ? okta : store) === null);
  const run = await beginCollection({ ...request, job: 'collect' }, context);
  try {
    const { snapshot, notes } = await untilStopped(context.signal, run.takeSnapshot());
    return await run.finish(summarizeCollection(snapshot.manifest, snapshot.hash, { notes, ignored }));
  } catch (error) {
    throw await run.abandon(error);
  }
}
