import { DATASET_NAMES, type DatasetName } from './dataset.ts';
import { byCodeUnit, type Finding, isOpenState, type RuleResult, worstFirst } from './finding.ts';
import type { Manifest, SealedSettings } from './manifest.ts';
import type { FindingInFlight } from './memory.ts';
import type { WaivedBlocker, Waiver } from './waiver.ts';

/** What an earlier run says to this one. */
export interface EarlierRun {
  /** Name of its folder. */
  run: string;
  /** When its snapshot began, UTC ISO-8601. */
  began: string;
  /** Its findings, resolved ones left out. */
  findings: readonly Finding[];
  /** Findings that could not be judged since: neither resolved nor open. */
  held: readonly Finding[];
  /** Rows read, by dataset. */
  rows: Readonly<Partial<Record<DatasetName, number>>>;
  /** The settings that shaped its snapshot; null where it does not say. */
  settings: SealedSettings | null;
}

/** A setting that is not what it was in the earlier run, both in words. */
export interface ChangedSetting {
  /** Its name in the environment. */
  setting: string;
  before: string;
  now: string;
}

/** Settings that differ from those of the earlier run: what was read then may be out of scope now. */
export function changedSettings(now: SealedSettings, before: SealedSettings | null): ChangedSetting[] {
  if (before === null) return [];
  const app = (choice: string | null) => choice ?? 'not set';
  const groups = ({ push_groups }: SealedSettings) =>
    push_groups === null
      ? 'not set'
      : `${push_groups.length} ${push_groups.length === 1 ? 'group' : 'groups'}`;
  const pairs: [string, unknown, unknown, string, string][] = [
    ['AUDIT_SCIM_APP', before.scim_app, now.scim_app, app(before.scim_app), app(now.scim_app)],
    ['AUDIT_SSO_APP', before.sso_app, now.sso_app, app(before.sso_app), app(now.sso_app)],
    [
      'AUDIT_PUSH_GROUPS',
      sortedText(before.push_groups),
      sortedText(now.push_groups),
      groups(before),
      groups(now),
    ],
    ['AUDIT_LAG_MINUTES', before.lag_minutes, now.lag_minutes, `${before.lag_minutes}`, `${now.lag_minutes}`],
    ['AUDIT_LOG_DAYS', before.log_days, now.log_days, `${before.log_days}`, `${now.log_days}`],
  ];
  return pairs.flatMap(([setting, was, is, wasSaid, isSaid]) => {
    if (was === is) return [];
    return [{ setting, before: wasSaid, now: wasSaid === isSaid ? `${isSaid}, others` : isSaid }];
  });
}

/** The order in which somebody wrote names changes nothing. */
function sortedText(names: readonly string[] | null): string | null {
  return names && JSON.stringify([...names].sort(byCodeUnit));
}

/** How many findings a run had, for the trend over several. */
export interface TrendPoint {
  /** Name of the run's folder; empty for the run at hand. */
  run: string;
  /** When its snapshot began, UTC ISO-8601. */
  began: string;
  complete: boolean;
  new: number;
  known: number;
  resolved: number;
}

/** A dataset that holds suspiciously fewer rows than it did. */
export interface ShrunkDataset {
  dataset: DatasetName;
  before: number;
  now: number;
}

/** A dataset that lost more than this share of its rows since the last run is suspect, */
const MOST_SHRINK = 0.2;
/** if these are this many at least: of a few rows one or two come and go. */
const LEAST_LOST = 10;

/** So few that one which went says nothing: they are suspect when none is left. */
const COUNTED_FOR_EMPTINESS: readonly DatasetName[] = [
  'optiId.organizations',
  'optiId.ssoConnections',
  'optiId.productInstances',
  'optiId.roles',
];

/** These come and go from night to night, down to none: what is in them says nothing about how it was read. */
const COMES_AND_GOES: readonly DatasetName[] = [
  'okta.appFeatures',
  'okta.provisioningConnection',
  'okta.suspendedUsers',
  'okta.userLookups',
  'okta.logEvents',
  // One job reads them and the other does not.
  'okta.ssoAppUsers',
  'okta.ssoAppGroups',
  'okta.assignmentChecks',
  'okta.otherAppUsers',
  'okta.otherPushMappings',
  'optiId.invitations',
  'optiId.teams',
  'optiId.otherOrganizationUsers',
];

/**
 * Datasets read completely that are empty where the earlier run had rows, or lost more than a fifth of them and at least
 * ten.
 */
export function shrunkDatasets(manifest: Manifest, earlier: EarlierRun | null): ShrunkDataset[] {
  if (earlier === null) return [];
  return DATASET_NAMES.flatMap((dataset) => {
    const before = earlier.rows[dataset] ?? 0;
    const { rows: now, completeness } = manifest.datasets[dataset];
    // What was read partially, or does not apply any more, says so itself.
    if (completeness !== 'complete' || COMES_AND_GOES.includes(dataset)) return [];
    const hasLostMany =
      !COUNTED_FOR_EMPTINESS.includes(dataset) &&
      now < before * (1 - MOST_SHRINK) &&
      before - now >= LEAST_LOST;
    return before > 0 && (now === 0 || hasLostMany) ? [{ dataset, before, now }] : [];
  });
}

/** A run's findings told apart by what the earlier run knew. */
export interface FindingHistory {
  /** The findings of this run with their states, and those resolved since; worst first. */
  findings: Finding[];
  /** Known ones that this run could not judge. */
  held: Finding[];
  /** Blockers that do not count. */
  waivedBlockers: WaivedBlocker[];
}

/**
 * `new`, `known` with `first_seen`, `waived`, and `resolved` against the last complete run of the same org and
 * job. Only a complete run resolves anything: what it did not read may still be there.
 */
export function tellHistory(run: {
  findings: readonly Finding[];
  rules: readonly RuleResult[];
  isComplete: boolean;
  earlier: EarlierRun | null;
  waiverOf: (finding: Finding) => Waiver | null;
}): FindingHistory {
  const before = new Map<string, Finding>();
  for (const finding of [...(run.earlier?.held ?? []), ...(run.earlier?.findings ?? [])]) {
    before.set(finding.finding_id, finding);
  }
  const waivedBlockers: WaivedBlocker[] = [];
  const findings = run.findings.map((finding): Finding => {
    const known = before.get(finding.finding_id);
    const waiver = run.waiverOf(finding);
    if (waiver !== null && finding.severity === 'blocker') {
      const { finding_id, rule, subject } = finding;
      const { owner, reason, expires } = waiver;
      waivedBlockers.push({ finding_id, rule, subject, owner, reason, expires });
    }
    return {
      ...finding,
      state: waiver !== null ? 'waived' : known ? 'known' : 'new',
      first_seen: known?.first_seen ?? finding.first_seen,
    };
  });
  const now = new Set(findings.map(({ finding_id }) => finding_id));
  const judged = rulesThatRan(run.rules);
  const held: Finding[] = [];
  for (const known of before.values()) {
    if (now.has(known.finding_id)) continue;
    if (!run.isComplete || !judged.has(known.rule)) held.push(known);
    else findings.push({ ...known, state: 'resolved' });
  }
  return { findings: findings.sort(worstFirst), held: held.sort(worstFirst), waivedBlockers };
}

function rulesThatRan(rules: readonly RuleResult[]): ReadonlySet<string> {
  return new Set(
    rules.filter(({ outcome }) => outcome === 'pass' || outcome === 'fail').map(({ rule }) => rule),
  );
}

/**
 * What the next run must know of what is in flight: since when. It is passed on by every run, complete or not, and by one
 * whose rule did not run too: what nobody looked at has not come to rest.
 */
export function inFlightNow(
  { inFlight, rules }: { inFlight: readonly Finding[]; rules: readonly RuleResult[] },
  { before, began }: { before: ReadonlyMap<string, FindingInFlight>; began: string },
): FindingInFlight[] {
  const judged = rulesThatRan(rules);
  const unjudged = [...before.values()].filter(({ rule }) => !judged.has(rule));
  const seen = inFlight.map(({ finding_id, rule }) => ({
    finding_id,
    rule,
    since: before.get(finding_id)?.since ?? began,
  }));
  return [...seen, ...unjudged].sort((a, b) => byCodeUnit(a.finding_id, b.finding_id));
}

/** What of the findings of a run the next one must know. */
export function outstanding(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ state }) => isOpenState(state) || state === 'waived');
}

/** Whole days from one time to another. */
export function daysBetween(from: string, to: string): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000));
}
