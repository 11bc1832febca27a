import { DATASETS, type DatasetName } from '../../domain/dataset.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { Baseline } from '../../domain/memory.ts';
import type { Job, Need, Rule } from '../../domain/rule.ts';
import { hiddenDataset, whyHidden } from '../../domain/source.ts';
import { needsOf } from '../../rules/needs.ts';

/** Whether something needed is there: read completely, not known, or not applying to this org. */
export type NeedState =
  | { state: 'ready' }
  | { state: 'unknown'; reason: string }
  | { state: 'not-applicable'; reason: string };

/** What of the loaded data decides a need beyond the manifest. */
export interface NeedFacts {
  anyAppUserAssigned: boolean;
  pushScopeRows: number;
  /** True where the store counts members of its groups and shows none. */
  hidesMembers: boolean;
  /** Label and status of a chosen SCIM app that is not active; null where it is, or none is chosen. */
  inactiveApp: string | null;
  baseline: Baseline | null;
  job: Job;
  /** Pushes of which nobody can tell the group that they made. */
  unplacedPushes: number;
  /** True where no user says when it was made. */
  hidesCreation: boolean;
}

const READY: NeedState = { state: 'ready' };
const HIDDEN_MEMBERS: NeedState = {
  state: 'unknown',
  reason:
    'optiId.groupMembers is empty, and the store counts members of its groups: something hides its rows',
};

function datasetState(manifest: Manifest, name: DatasetName): NeedState {
  const { completeness, reason } = manifest.datasets[name];
  if (completeness === 'complete') return READY;
  if (completeness === 'not_applicable') return { state: 'not-applicable', reason };
  const hidden = hiddenDataset(manifest, name);
  if (hidden !== null) return { state: 'not-applicable', reason: whyHidden(hidden) };
  // What Okta shows for some apps only is not a gap in the reading: rules fall back on other evidence.
  if (completeness === 'unread' && DATASETS[name].bestEffort) return READY;
  const how = completeness === 'partial' ? 'was not read completely' : 'was not read';
  return { state: 'unknown', reason: `${name} ${how}: ${reason}` };
}

/** The people of the SSO app are read before a cutover in any case; they stand in while the SCIM app has none. */
function assignedState(manifest: Manifest, facts: NeedFacts): NeedState {
  const appUsers = datasetState(manifest, 'okta.appUsers');
  if (appUsers.state === 'unknown') return appUsers;
  // Whoever is not in the listing counts as unassigned only where that was asked for.
  const checks = datasetState(manifest, 'okta.assignmentChecks');
  if (appUsers.state === 'ready' && checks.state === 'unknown') return checks;
  if (facts.anyAppUserAssigned || facts.job === 'drift') return appUsers;
  const ssoAppUsers = datasetState(manifest, 'okta.ssoAppUsers');
  if (ssoAppUsers.state !== 'not-applicable') return ssoAppUsers;
  return appUsers;
}

function provisionedUsersState(manifest: Manifest, facts: NeedFacts): NeedState {
  const appUsers = datasetState(manifest, 'okta.appUsers');
  const isStoodInFor = manifest.datasets['okta.ssoAppUsers'].completeness !== 'not_applicable';
  if (facts.job === 'drift' || appUsers.state !== 'ready' || facts.anyAppUserAssigned || !isStoodInFor)
    return appUsers;
  return {
    state: 'not-applicable',
    reason:
      'nobody is assigned to the SCIM app yet; the SSO app stands in, whose users SCIM does not provision',
  };
}

function pushScopeState(manifest: Manifest, facts: NeedFacts): NeedState {
  const scope = datasetState(manifest, 'okta.pushScope');
  if (scope.state !== 'ready' || facts.pushScopeRows > 0) return scope;
  const reason =
    'no group is in the push scope: nothing is pushed or assigned, and AUDIT_PUSH_GROUPS is not set';
  // Only of a role that is known to see everything three empty lists prove that there is nothing.
  return manifest.proofs?.role.sees === 'all'
    ? { state: 'not-applicable', reason }
    : {
        state: 'unknown',
        reason: `${reason}; or the admin role hides it, which is not known to see everything`,
      };
}

/** An org without such an app is the usual one: that nothing was to be read is an answer. */
function otherManagersState(manifest: Manifest): NeedState {
  const states = (['okta.otherAppUsers', 'okta.otherPushMappings'] as const).map((name) =>
    datasetState(manifest, name),
  );
  return states.find(({ state }) => state === 'unknown') ?? READY;
}

function baselineState(_manifest: Manifest, { baseline }: NeedFacts): NeedState {
  if (baseline === null) {
    return {
      state: 'not-applicable',
      reason: 'there is no baseline: give a run from before the cutover with --baseline',
    };
  }
  if (baseline.grants !== null) return READY;
  if (baseline.refusal !== undefined) {
    return { state: 'unknown', reason: `the baseline ${baseline.run} is not believed: ${baseline.refusal}` };
  }
  return {
    state: 'unknown',
    reason: `the baseline ${baseline.run} did not read completely what its groups granted`,
  };
}

function baselineAccountsState(manifest: Manifest, facts: NeedFacts): NeedState {
  const { baseline } = facts;
  if (baseline === null || baseline.accounts || baseline.refusal !== undefined)
    return baselineState(manifest, {
      ...facts,
      baseline: baseline && (baseline.refusal === undefined ? { ...baseline, grants: [] } : baseline),
    });
  return { state: 'unknown', reason: `the baseline ${baseline.run} did not read completely who had what` };
}

/** Where types are shown there is nothing to know. */
function untypedGroupsState(manifest: Manifest): NeedState {
  if (manifest.opti_id_source !== 'scim') return READY;
  const mappings = datasetState(manifest, 'okta.groupPushMappings');
  return mappings.state === 'unknown' ? mappings : otherManagersState(manifest);
}

/** What keeps a rule from judging over SCIM, besides datasets that it never shows. */
function hiddenFrom({ overScim }: Rule, manifest: Manifest, facts: NeedFacts): string | null {
  if (manifest.opti_id_source !== 'scim' || overScim === undefined) return null;
  if ('hidden' in overScim) {
    const isShown = overScim.hidden === 'when it was made' && !facts.hidesCreation;
    return isShown ? null : whyHidden(overScim.hidden);
  }
  if (overScim.unlessUnplaced !== true || facts.unplacedPushes === 0) return null;
  return `${whyHidden('pushes')} (${facts.unplacedPushes} ${facts.unplacedPushes === 1 ? 'push' : 'pushes'})`;
}

/** How each reading that is more than one dataset is met. */
const READINGS = {
  assigned: assignedState,
  provisionedUsers: provisionedUsersState,
  pushScope: pushScopeState,
  otherManagers: otherManagersState,
  untypedGroups: untypedGroupsState,
  baseline: baselineState,
  baselineAccounts: baselineAccountsState,
} as const;

function needState(need: Need, manifest: Manifest, facts: NeedFacts): NeedState {
  if (need === 'optiId.groupMembers' && facts.hidesMembers) return HIDDEN_MEMBERS;
  return need in READINGS
    ? READINGS[need as keyof typeof READINGS](manifest, facts)
    : datasetState(manifest, need as DatasetName);
}

/**
 * Whether a rule may run. One need that does not apply skips it, unless the rule judges without; else one that was not
 * read completely makes it unknown. Deactivating an app unassigned everybody and stopped every push: what rules on
 * people and groups would find follows from that, and the app's own rule says it.
 */
export function ruleReadiness(rule: Rule, manifest: Manifest, facts: NeedFacts): NeedState {
  if (facts.inactiveApp !== null && rule.kind === 'sql' && rule.subject !== 'app')
    return { state: 'not-applicable', reason: `the SCIM app ${facts.inactiveApp}` };
  const hidden = hiddenFrom(rule, manifest, facts);
  if (hidden !== null) return { state: 'not-applicable', reason: hidden };
  const states = needsOf(rule, manifest.opti_id_source).map((need) => ({
    need,
    ...needState(need, manifest, facts),
  }));
  const missing =
    states.find(
      ({ need, state }) => state === 'not-applicable' && rule.judgesWithout?.includes(need) !== true,
    ) ?? states.find(({ state }) => state === 'unknown');
  if (missing === undefined || missing.state === 'ready') return READY;
  return { state: missing.state, reason: missing.reason };
}
