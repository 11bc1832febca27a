import type { AnalysisBenchResult } from '../analysis-bench.ts';
import type { OrgSize } from './bench-org.ts';
import type { Cost } from './contender.ts';

/** How the Okta side is read: by this project, by a loop over the SDK's collections, by twenty such at once. */
export type Contender = 'ours' | 'sdk-loop' | 'sdk-parallel';

export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  node: string;
  system: string;
}

/** One run of a contender, and what the server saw of it. */
export interface Run extends Cost {
  contender: Contender;
  requests: number;
  refused: number;
}

interface Measured {
  /** When it was measured, UTC ISO-8601. */
  at: string;
}

export interface CollectionResult extends Measured {
  settings: {
    roundTripMs: number;
    size: OrgSize;
    /** In the order in which they ran. */
    runs: Run[];
    /** The same URLs fetched by a plain client that throws the bytes away. */
    server: { requests: number; wallMs: number; bytes: number };
  }[];
}

export interface LimitsResult extends Measured {
  windowMs: number;
  roundTripMs: number;
  /** Requests that a window allows in the bucket of groups, which bounds the run. */
  limit: number;
  runs: (Run & {
    budgetPercent: number;
    size: OrgSize;
    /** Windows of the bucket of groups. */
    windows: { beganMs: number; answered: number; refused: number }[];
  })[];
}

export interface NightsResult extends Measured {
  size: OrgSize;
  roundTripMs: number;
  changedGroups: number;
  runs: (Run & { night: 'full' | 'quiet'; memberLists: number })[];
}

export interface MemoryResult extends Measured {
  size: OrgSize;
  wallMs: number;
  peakBytes: number;
  requests: number;
  exitCode: number;
}

/** One page written and opened; times in milliseconds. */
export interface ReportRun {
  findings: number;
  writeMs: number;
  bytes: number;
  /** From asking for the file until the findings are shown, and until all tables are. */
  findingsMs: number;
  allMs: number;
  /** From typing until the one row that is searched for is shown. */
  searchMs: number;
}

export interface ReportResult {
  at: string;
  browser: string;
  runs: ReportRun[];
}

/** Everything that was measured; a part that was not measured anew keeps its last figures. */
export interface Results {
  machine: Machine;
  collection?: CollectionResult;
  limits?: LimitsResult;
  nights?: NightsResult;
  memory?: MemoryResult;
  analysis?: AnalysisBenchResult;
  report?: ReportResult;
}
