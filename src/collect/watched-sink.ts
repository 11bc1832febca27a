import type { DatasetState, SnapshotSink } from '../domain/dataset.ts';
import { bucketFor } from '../okta/endpoints.ts';
import { Interruption } from '../runtime/cancellation.ts';
import type { RunContext } from '../runtime/run-context.ts';

/**
 * Writes as the sink does, tells how far it is, and refuses to go on once the run is to stop: that ends the readers on
 * both sides.
 */
export function watchedSink(
  sink: SnapshotSink,
  signal: AbortSignal,
  onEvent: RunContext['onEvent'],
): SnapshotSink {
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
