import { DATASET_NAMES, DATASETS } from '../../src/domain/dataset.ts';
import type { Finding, RuleResult } from '../../src/domain/finding.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { PLAN_FORMAT, type Plan } from '../../src/domain/plan.ts';
import {
  isIncomplete,
  type RunResult,
  type RunSummary,
  summarizePlan,
  summarizeRun,
} from '../../src/domain/run.ts';
import { USER_SITUATIONS, type UserSituation } from '../../src/domain/situation.ts';

export function sampleFinding(over: Partial<Finding> = {}): Finding {
  return {
    finding_id: '0123456789abcdef',
    rule: 'group-name-taken',
    severity: 'blocker',
    state: 'new',
    subject_type: 'group',
    subject: 'Editors',
    okta_id: '00g1',
    opti_id: 'g1',
    detail: 'Editors exists in the store.',
    fix: 'Delete it.',
    who: 'Opti ID admin',
    first_seen: '2026-11-24T03:15:00.000Z',
    evidence: {},
    ...over,
  };
}

export function sampleRule(over: Partial<RuleResult> = {}): RuleResult {
  return {
    rule: 'group-name-taken',
    category: 'group-names',
    severity: 'blocker',
    outcome: 'pass',
    findings: 0,
    reason: '',
    ...over,
  };
}

/** Everything read to its end, unless said otherwise. */
export function sampleManifest(over: Partial<Manifest['datasets']> = {}): Manifest {
  return {
    format: 2,
    tool: { name: 'optiid-audit', version: '0.1.0' },
    org: 'acme.okta.com',
    opti_organization_id: 'org-1',
    opti_id_source: 'database',
    began: '2026-11-24T03:15:00.000Z',
    ended: '2026-11-24T03:16:00.000Z',
    settings: { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 60, log_days: 7 },
    proofs: { clock_ahead_seconds: 0, role: { sees: 'all', found: 'Read-only Administrator' } },
    carried_over: null,
    datasets: Object.fromEntries(
      DATASET_NAMES.map((name) => [
        name,
        over[name] ?? {
          file: DATASETS[name].file,
          completeness: 'complete',
          reason: '',
          rows: 1,
          requests: 1,
          began: '2026-11-24T03:15:00.000Z',
          ended: '2026-11-24T03:15:01.000Z',
          sha256: 'a'.repeat(64),
        },
      ]),
    ) as Manifest['datasets'],
  };
}

export function notRead(
  name: keyof typeof DATASETS,
  completeness: 'partial' | 'unread' | 'not_applicable',
  reason: string,
): Partial<Manifest['datasets']> {
  return { [name]: { ...sampleManifest().datasets[name], completeness, reason } };
}

export function sampleResult(over: Partial<RunResult> = {}): RunResult {
  return {
    tool: { name: 'optiid-audit', version: '0.1.0' },
    job: 'precutover',
    manifest: sampleManifest(),
    snapshotHash: 'b'.repeat(64),
    optiOrganizationName: 'Acme',
    scimApp: { id: '0oaScim', label: 'Opti ID SCIM' },
    ssoApp: null,
    failOn: 'error',
    failOnNew: false,
    isComplete: !isIncomplete(over.manifest ?? sampleManifest(), over.rules ?? []),
    suspect: [],
    shrinkAccepted: false,
    previous: null,
    refused: [],
    baseline: null,
    findings: [],
    rules: [sampleRule()],
    groups: [{ situation: 'CREATE' }],
    users: sampleUsers({ TAKE_OVER: 1 }),
    notes: [],
    held: [],
    waivedBlockers: [],
    inFlightNow: [],
    groupPairs: {},
    ...over,
  };
}

/** A plan in which there is nothing to do. */
export const NO_PLAN: Plan = {
  format: PLAN_FORMAT,
  tool: { name: 'optiid-audit', version: '0.1.0' },
  job: 'precutover',
  org: 'acme.okta.com',
  snapshot_hash: 'b'.repeat(64),
  stale: false,
  head: {
    organization: { id: 'org-1', name: 'Acme' },
    org: 'acme.okta.com',
    job: 'precutover',
    run: '20261124T031500Z-precutover',
    read: {
      began: '2026-11-24T03:15:00.000Z',
      ended: '2026-11-24T03:20:00.000Z',
      good_until: '2026-11-25T03:20:00.000Z',
    },
    verdict: 'GO: nothing at or above error was found.',
    proof: 'Nothing is proved.',
    steps_by_role: [],
    interrupted: { people: 0, from_step: null, to_step: null },
    lost_for_good: { people: 0 },
    deletions: { groups: 0, users: 0 },
    guardrails: [],
    point_of_no_return: null,
  },
  complete: true,
  applicable: true,
  unread: [],
  brakes: [],
  notes: [],
  steps: [],
  decisions: [],
  withheld: [],
  unchecked: [],
  undo: [],
  proof: null,
};

export function sampleRun(over: Partial<RunResult> = {}): RunSummary {
  return {
    ...summarizeRun(sampleResult(over)),
    plan: summarizePlan(NO_PLAN),
    files: ['findings.csv', 'run.json', 'snapshot/manifest.json'],
    sha256: {},
    seal: { sha256: '', signature: null },
  };
}

/** Users by situation, none but these. */
export function sampleUsers(
  some: Partial<Record<UserSituation, number>>,
): Readonly<Record<UserSituation, number>> {
  const none = Object.fromEntries(USER_SITUATIONS.map((situation) => [situation, 0]));
  return { ...(none as Record<UserSituation, number>), ...some };
}
