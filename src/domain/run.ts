import { type Completeness, DATASET_NAMES, DATASETS, type DatasetName } from './dataset.ts';
import { EXIT, type ExitCode } from './errors.ts';
import {
  type Finding,
  type FindingState,
  isOpenState,
  type RuleOutcome,
  type RuleResult,
  SEVERITIES,
  type Severity,
  severityRank,
  worstFirst,
} from './finding.ts';
import type { ChangedSetting, ShrunkDataset } from './history.ts';
import type { Manifest, SealedSettings } from './manifest.ts';
import type { FindingInFlight } from './memory.ts';
import type { Plan, ProofCounts } from './plan.ts';
import type { Job } from './rule.ts';
import type { Seal } from './seal.ts';
import {
  GROUP_SITUATIONS,
  type GroupRow,
  type GroupSituation,
  USER_SITUATIONS,
  type UserSituation,
} from './situation.ts';
import { hiddenDataset, type OptiIdSource } from './source.ts';
import type { WaivedBlocker } from './waiver.ts';

/** A row of `configuration.csv`: one setting that was checked. */
export interface ConfigurationCheck {
  check: string;
  expected: string;
  actual: string;
  outcome: RuleOutcome;
  fix: string;
}

/** `no-go`: an open finding at or above `fail_on`. `unknown`: none, but not everything could be read. */
export type Verdict = 'go' | 'no-go' | 'unknown';

export interface RunDataset {
  completeness: Completeness;
  reason: string;
  rows: number;
  requests: number;
}

export interface PlanSummary extends Pick<Plan, 'complete' | 'applicable' | 'unread' | 'head'> {
  steps: number;
  decisions: number;
  withheld: number;
  /** Blockers and errors before the plan, after it, and after it without Optimizely Support's part. */
  proof: { before: ProofCounts; after: ProofCounts; after_without_support: ProofCounts } | null;
}

/** An earlier run that would have been compared with and is not believed. */
export interface RefusedHistory {
  /** Name of its folder. */
  run: string;
  /** The end of a sentence that begins with the run. */
  reason: string;
}

/** What is said of a run that is not believed. */
export function refusedSentence({ run, reason }: RefusedHistory): string {
  return `The run ${run} is not believed: ${reason}.`;
}

/** What is said of several: many of one reason, as after an update, take one sentence. */
export function refusedSentences(refused: readonly RefusedHistory[]): string[] {
  const reasons = [...new Set(refused.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const [first, ...others] = refused.filter((run) => run.reason === reason);
    const more = others.length === 0 ? '' : ` The same holds for ${others.length} older.`;
    return `${refusedSentence({ run: first?.run ?? '', reason })}${more}`;
  });
}

/** What `run.json` says of a plan. */
export function summarizePlan(plan: Plan): PlanSummary {
  return {
    steps: plan.steps.length,
    decisions: plan.decisions.length,
    withheld: plan.withheld.length,
    complete: plan.complete,
    applicable: plan.applicable,
    unread: plan.unread,
    head: plan.head,
    proof: plan.proof && {
      before: plan.proof.before,
      after: plan.proof.after,
      after_without_support: plan.proof.after_without_support,
    },
  };
}

/** 3: runs are sealed. */
export const RUN_FORMAT = 3;

/** A rule behind a verdict, how many open findings it has, and how many of them are new. */
export interface VerdictCause {
  rule: string;
  severity: Severity;
  findings: number;
  new: number;
}

/** `run.json`. Holds no time but the snapshot's, so that one snapshot gives the same bytes every time. */
export interface RunSummary {
  format: number;
  tool: { name: string; version: string };
  job: Job;
  /** Okta host, a port joined by `_`. */
  org: string;
  opti_organization: { id: string; name: string | null };
  /** Where the Opti ID side was read. */
  opti_id_source: OptiIdSource;
  scim_app: { id: string; label: string } | null;
  sso_app: { id: string; label: string } | null;
  /** `hash`: sha256 of the manifest's bytes. Times of the collection, UTC ISO-8601. */
  snapshot: { hash: string; began: string; ended: string };
  verdict: Verdict;
  exit_code: ExitCode;
  fail_on: Severity;
  /** What makes the verdict a no-go: rules with open findings at or above `fail_on`, worst first. Runs of older versions have none. */
  causes?: VerdictCause[];
  /** Blockers that do not count, by whom and until when: they belong to the verdict. */
  waived_blockers: WaivedBlocker[];
  /** True: only findings that are `new` make the exit code 1. */
  fail_on_new: boolean;
  /** False: something was not read completely, or shrank suspiciously; nothing is resolved by such a run. */
  complete: boolean;
  /** The settings that shaped the snapshot. Runs of older versions do not say. */
  settings?: SealedSettings;
  /** Those that the previous run had otherwise: they may be why something shrank or is found. */
  changed_settings?: ChangedSetting[];
  /** Datasets that lost more rows since the previous run than is believable. */
  suspect: ShrunkDataset[];
  /** True: `--accept-shrink` said that they are believable all the same. */
  shrink_accepted: boolean;
  /** The run that `new`, `known` and `resolved` are told against: the last complete one of the org and job. */
  previous: { run: string; began: string } | null;
  /** Earlier runs that would have been compared with and are not believed: such a run is not complete. */
  refused_history: RefusedHistory[];
  /** The run whose groups' grants the access rules compare with. */
  baseline: string | null;
  counts: {
    /** Open findings: `new` and `known`. */
    severity: Record<Severity, number>;
    /** All findings. */
    state: Record<FindingState, number>;
    /** Rules of the job. */
    outcome: Record<RuleOutcome, number>;
    /** Groups in scope, and their situations: these add up to it. */
    groups: number;
    situation: Record<GroupSituation, number>;
    /** Users in scope, and their situations: these add up to it. */
    users: number;
    user_situation: Record<UserSituation, number>;
  };
  /** By rule id, in the order in which they ran. */
  rules: Record<string, { outcome: RuleOutcome; findings: number; reason: string }>;
  datasets: Record<DatasetName, RunDataset>;
  /** The plan of the run: its size, what it goes beyond, and what its proof left. */
  plan: PlanSummary;
  /** What a reader should know about this run, each a sentence. */
  notes: string[];
  /** Known findings that this run could not judge: their rules did not run. */
  held: Finding[];
  /** Differences that are no findings yet, as changes were on their way; what stays beyond the lag is drift. */
  in_flight: FindingInFlight[];
  /** Store group by push mapping, for the next run. */
  group_pairs: Record<string, string>;
  /** Every file of the run, `run.json` included, by path below its folder. */
  files: string[];
  /** sha256, hexadecimal, of every file but `run.json`, by its path. */
  sha256: Record<string, string>;
  seal: Seal;
}

/** What only whoever seals the run can say. */
export type SealedField = 'files' | 'sha256' | 'seal';

/** A run as it is known before it is sealed. */
export type RunOutcome = Omit<RunSummary, SealedField>;

/** A run as it is judged, before its plan is made. */
export type JudgedRun = Omit<RunOutcome, 'plan'>;

/** `run.json` of `optiid-audit collect`: what was read, and nothing judged. */
export interface CollectSummary
  extends Pick<
    RunSummary,
    | 'format'
    | 'tool'
    | 'org'
    | 'opti_id_source'
    | 'snapshot'
    | 'exit_code'
    | 'datasets'
    | 'notes'
    | SealedField
  > {
  job: 'collect';
  opti_organization: { id: string };
}

/** The summary of a collection that is not judged. */
export function summarizeCollection(
  manifest: Manifest,
  snapshotHash: string,
  options: { notes: readonly string[]; ignored: readonly DatasetName[] },
): Omit<CollectSummary, SealedField> {
  const asked = DATASET_NAMES.filter((name) => !options.ignored.includes(name));
  return {
    format: RUN_FORMAT,
    tool: manifest.tool,
    job: 'collect',
    org: manifest.org,
    opti_organization: { id: manifest.opti_organization_id },
    opti_id_source: manifest.opti_id_source,
    snapshot: { hash: snapshotHash, began: manifest.began, ended: manifest.ended },
    exit_code: incompleteDatasets(manifest, asked).length > 0 ? EXIT.incomplete : EXIT.clean,
    datasets: runDatasets(manifest),
    notes: [...options.notes],
  };
}

/** Of the datasets, those that a complete run must have and this one lacks. */
export function incompleteDatasets(
  manifest: Manifest,
  names: readonly DatasetName[] = DATASET_NAMES,
): DatasetName[] {
  return names.filter((name) => {
    const { completeness } = manifest.datasets[name];
    // Unread, Okta does not show it for this app, or Opti ID's SCIM endpoint for no organization.
    const isGap = completeness === 'unread' && !DATASETS[name].bestEffort;
    return completeness === 'partial' || (isGap && hiddenDataset(manifest, name) === null);
  });
}

function runDatasets(manifest: Manifest): Record<DatasetName, RunDataset> {
  return Object.fromEntries(
    DATASET_NAMES.map((name) => {
      const { completeness, reason, rows, requests } = manifest.datasets[name];
      return [name, { completeness, reason, rows, requests }];
    }),
  ) as Record<DatasetName, RunDataset>;
}

/** The Okta host as a folder's name, a port joined by `_`. Throws on what is not a URL. */
export function orgOf(orgUrl: string): string {
  return new URL(orgUrl).host.replace(/[[\]]/gu, '').replaceAll(':', '_');
}

export function isOpen(finding: Pick<Finding, 'state'>): boolean {
  return isOpenState(finding.state);
}

/** The rules with open findings, worst first, and how many each has. */
export function openByRule(findings: readonly Finding[]): VerdictCause[] {
  const rules = new Map<string, VerdictCause>();
  for (const { rule, severity, state } of findings.filter(isOpen).sort(worstFirst)) {
    const counted = rules.get(rule) ?? { rule, severity, findings: 0, new: 0 };
    counted.findings += 1;
    if (state === 'new') counted.new += 1;
    rules.set(rule, counted);
  }
  return [...rules.values()];
}

/** True when something the job relies on was not read completely; what Okta does not show is not that. */
export function isIncomplete(manifest: Manifest, rules: readonly Pick<RuleResult, 'outcome'>[]): boolean {
  return rules.some((rule) => rule.outcome === 'unknown') || incompleteDatasets(manifest).length > 0;
}

export interface RunResult {
  tool: { name: string; version: string };
  job: Job;
  manifest: Manifest;
  snapshotHash: string;
  optiOrganizationName: string | null;
  scimApp: { id: string; label: string } | null;
  ssoApp: { id: string; label: string } | null;
  failOn: Severity;
  failOnNew: boolean;
  isComplete: boolean;
  suspect: readonly ShrunkDataset[];
  changedSettings?: readonly ChangedSetting[];
  shrinkAccepted: boolean;
  previous: { run: string; began: string } | null;
  refused: readonly RefusedHistory[];
  baseline: string | null;
  findings: readonly Finding[];
  rules: readonly RuleResult[];
  groups: readonly Pick<GroupRow, 'situation'>[];
  /** Users in scope by situation. */
  users: Readonly<Record<UserSituation, number>>;
  notes: readonly string[];
  held: readonly Finding[];
  waivedBlockers: readonly WaivedBlocker[];
  inFlightNow: readonly FindingInFlight[];
  groupPairs: Readonly<Record<string, string>>;
}

/** Rules whose finding stands for the many that are skipped because of it: no SCIM app is chosen, or it is not active. */
const SPEAKS_FOR_ALL: ReadonlySet<string> = new Set([
  'scim-app-missing',
  'scim-app-ambiguous',
  'scim-app-inactive',
]);

/** Verdict, exit code and counts of a run. Its plan and its files are added by whoever makes them. */
export function summarizeRun(result: RunResult): JudgedRun {
  const { manifest } = result;
  const open = result.findings.filter(isOpen);
  const bad = open.filter((finding) => severityRank(finding.severity) <= severityRank(result.failOn));
  const failing = bad.some(({ state }) => state === 'new' || !result.failOnNew);
  // Where the app itself was not judged, what it is to do was not either: no waiver and no --fail-on makes that a GO.
  const isBlind = result.rules.some(({ rule, outcome }) => outcome === 'fail' && SPEAKS_FOR_ALL.has(rule));
  const incomplete = !result.isComplete || (isBlind && bad.length === 0);
  return {
    format: RUN_FORMAT,
    tool: result.tool,
    job: result.job,
    org: manifest.org,
    opti_organization: { id: manifest.opti_organization_id, name: result.optiOrganizationName },
    opti_id_source: manifest.opti_id_source,
    scim_app: result.scimApp && { id: result.scimApp.id, label: result.scimApp.label },
    sso_app: result.ssoApp && { id: result.ssoApp.id, label: result.ssoApp.label },
    snapshot: { hash: result.snapshotHash, began: manifest.began, ended: manifest.ended },
    // What is wrong stays wrong, whatever else could not be read.
    verdict: bad.length > 0 ? 'no-go' : incomplete ? 'unknown' : 'go',
    exit_code: incomplete ? EXIT.incomplete : failing ? EXIT.findings : EXIT.clean,
    fail_on: result.failOn,
    causes: openByRule(bad),
    waived_blockers: [...result.waivedBlockers],
    fail_on_new: result.failOnNew,
    complete: result.isComplete,
    settings: manifest.settings,
    changed_settings: [...(result.changedSettings ?? [])],
    suspect: [...result.suspect],
    shrink_accepted: result.shrinkAccepted,
    previous: result.previous && { run: result.previous.run, began: result.previous.began },
    refused_history: [...result.refused],
    baseline: result.baseline,
    counts: {
      severity: countBy(SEVERITIES, open, ({ severity }) => severity),
      state: countBy(['new', 'known', 'resolved', 'waived'], result.findings, ({ state }) => state),
      outcome: countBy(['pass', 'fail', 'unknown', 'skipped'], result.rules, ({ outcome }) => outcome),
      groups: result.groups.length,
      situation: countBy(GROUP_SITUATIONS, result.groups, ({ situation }) => situation),
      users: USER_SITUATIONS.reduce((sum, situation) => sum + result.users[situation], 0),
      user_situation: { ...result.users },
    },
    rules: Object.fromEntries(
      result.rules.map(({ rule, outcome, findings, reason }) => [rule, { outcome, findings, reason }]),
    ),
    datasets: runDatasets(manifest),
    notes: [...result.notes],
    held: [...result.held],
    in_flight: [...result.inFlightNow],
    group_pairs: { ...result.groupPairs },
  };
}

function countBy<Key extends string, Row>(
  keys: readonly Key[],
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
): Record<Key, number> {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
  for (const row of rows) counts[keyOf(row)] += 1;
  return counts;
}
