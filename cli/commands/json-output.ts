import type { Check } from '../../src/domain/check.ts';
import type { ConfirmationVerdict } from '../../src/domain/confirmation.ts';
import type { GroupExplanation } from '../../src/domain/explanation.ts';
import type { FleetReport } from '../../src/domain/fleet.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { CollectSummary, RunSummary } from '../../src/domain/run.ts';
import type { RunDiff } from '../../src/domain/run-diff.ts';
import type { Enqueued } from '../../src/fleet/enqueue.ts';
import type { explanationAsData } from '../../src/report/text/explanation-text.ts';
import type { RuleDescription } from '../../src/report/text/rule-text.ts';
import type { Difference, ListedRun, Pruning, VerifiedRun } from '../../src/report/text/runs-text.ts';

/**
 * What `--json` prints, by command. `npm run generate` makes the JSON Schemas of the package from it, comments included:
 * what a command prints and what is documented cannot differ.
 */
export interface JsonOutput {
  /** `run.json` of the audit before the cutover, then of the one after it. */
  demo: RunSummary[];
  /** What doctor checked. */
  doctor: {
    /** True where nothing stands in the way of a run. */
    ready: boolean;
    checks: Check[];
  };
  /** `run.json` of the collection. */
  collect: CollectSummary;
  /** `run.json` of the audit. */
  precutover: RunSummary;
  /** `run.json` of the audit. */
  drift: RunSummary;
  /** What the System Log says. */
  confirm: ConfirmationVerdict;
  /** `plan.json`. */
  plan: Plan;
  /** The rules, or the one that is named. */
  rules: RuleDescription[] | RuleDescription;
  /** A finding with what is behind it; or the findings of a rule, or on a subject. */
  explain:
    | ReturnType<typeof explanationAsData>
    | (GroupExplanation & {
        /** Null where the subject of findings is asked for, or this version no longer has the rule. */
        rule: RuleDescription | null;
      });
  /** The runs, oldest first. */
  runs: ListedRun[];
  /** What differs between two runs or snapshots; of findings only where both are runs of audits. */
  'runs diff': Omit<Difference, 'findings'> & Partial<RunDiff>;
  /** What went and what stays. */
  'runs prune': Pruning;
  /** The runs or the snapshot that were checked. */
  'runs verify': VerifiedRun[];
  /** The waiver that was added. */
  waive: {
    finding_id: string;
    rule: string;
    subject: string;
    owner: string;
    reason: string;
    /** Last day on which it holds, YYYY-MM-DD. */
    expires: string;
  };
  /** Where the report is. */
  report: {
    /** Absolute path of `report.html`. */
    report: string;
  };
  /** What is right and wrong about the fleet file. A mistake in the file itself ends with code 2 and prints nothing here. */
  'fleet check': {
    /** How many the file names. */
    organizations: number;
    /** With `--deep`: each of them. */
    examined: {
      org: string;
      /** What its doctor found to be wrong; empty where it is ready. */
      problems: string[];
    }[];
  };
  /** What was enqueued, by night; with `--schedule` or `--unschedule` when it will be. */
  'fleet enqueue':
    | Enqueued[]
    | {
        schedules: {
          /** Five fields, as cron has them. */
          cron: string;
          /** IANA name of the time zone. */
          zone: string;
        }[];
      };
  /** The roll-up of the night. */
  'fleet status': FleetReport;
  /** The roll-up of the night: `fleet.json`. */
  'fleet report': FleetReport;
  /** What is tried again. */
  'fleet redrive': {
    org: string;
    night: string;
  };
}

/** A command that has `--json`. */
export type JsonCommand = keyof JsonOutput;

/** Where the JSON Schema of what a command prints is, below the root of the package. */
export function jsonSchemaPath(command: string): string {
  return `cli/schemas/${command.replaceAll(' ', '-')}.schema.json`;
}
