import type { DatasetName, DatasetState } from './dataset.ts';

/** How far a dataset is. The counts go up while it is read; whoever wants to know looks at them. */
export interface DatasetCounts {
  readonly rows: number;
  readonly requests: number;
}

/** What the org's last run read, by dataset, where it read it completely. */
export interface LastRead {
  requests: Readonly<Partial<Record<DatasetName, number>>>;
  rows: Readonly<Partial<Record<DatasetName, number>>>;
}

/** How far a number of calls may be trusted. `about`: some more or fewer, as things change. */
export type Certainty = 'about' | 'at least' | 'at most';

/** How many calls a dataset takes, from its first to its last. */
export interface ExpectedCalls {
  dataset: DatasetName;
  calls: number;
  certainty: Certainty;
  /** What they take at the least. */
  minutes: number;
}

/** A rate-limit bucket in which requests wait for the next window. */
export interface WaitingBucket {
  bucket: string;
  /** Requests that wait. */
  waiting: number;
  /** Until the bucket may have room, about. */
  waitMs: number;
  /** Own requests counted in the present window, those on their way included, and how many they may be. */
  spent: number;
  share: number;
}

/** What holds up the reading of Okta at this moment. */
export interface RequestsState {
  /** Requests on their way. */
  onTheirWay: number;
  /** How many may be at once, and how many might were it not for Okta's complaints of too many. */
  atOnce: number;
  usuallyAtOnce: number;
  /** Those that wait longest first. */
  waiting: WaitingBucket[];
  /** Until the first of the requests that failed in passing is sent again; null where there is none. */
  repeatsInMs: number | null;
}

/** What a run does after the reading; `copy` in place of it. */
export type Phase = 'copy' | 'analyse' | 'judge' | 'report' | 'plan';

/** What happens on the road, told to whoever watches. Nothing depends on whether anybody does. */
export type RunEvent =
  | { kind: 'note'; message: string }
  /** Something looks wrong and does not end the run. `about` is its name in the log. */
  | { kind: 'warning'; about: string; message: string }
  /** What was read outlives a failure. Said even where nothing else is wanted: it belongs to the error. */
  | { kind: 'kept'; message: string }
  | { kind: 'collection-began'; last: LastRead }
  /** `state` tells at any time what the requests to Okta wait for. */
  | { kind: 'okta-began'; state: () => RequestsState }
  | { kind: 'okta-ended' }
  | { kind: 'forecast'; expected: readonly ExpectedCalls[]; message: string }
  | { kind: 'forecast-against-fact'; message: string }
  /** `bucket`: the rate limit that its requests count against, or null. */
  | { kind: 'dataset-began'; dataset: DatasetName; counts: DatasetCounts; bucket: string | null }
  /** `state` is null where the reading was broken off. */
  | { kind: 'dataset-ended'; dataset: DatasetName; counts: DatasetCounts; state: DatasetState | null }
  | { kind: 'collection-ended' }
  /** Ends the phase before it. */
  | { kind: 'phase-began'; phase: Phase }
  | { kind: 'phases-ended'; outcome: 'done' | 'broken-off' };
