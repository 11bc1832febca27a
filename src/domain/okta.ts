import type { AppRow, GroupPushMappingRow, OktaGroupRow, PushScopeRow } from './dataset.ts';

/** Catalogue key of the SCIM 2.0 Test App (Header Auth), the app that Optimizely's article tells to add. */
export const SCIM_APP_NAME = 'scim2headerauth';

/** Which app provisions, or why there is none. */
export type AppChoice =
  | { kind: 'chosen'; app: AppRow }
  | { kind: 'missing'; wanted: string }
  | { kind: 'ambiguous'; wanted: string; candidates: AppRow[] };

function byLabelThenId(a: AppRow, b: AppRow): number {
  if (a.label !== b.label) return a.label < b.label ? -1 : 1;
  return a.okta_app_id < b.okta_app_id ? -1 : 1;
}

/** An app by id or exact label; of several with one label the only active one, else it is ambiguous. */
export function chooseAppBySetting(apps: readonly AppRow[], setting: string): AppChoice {
  const byId = apps.find((app) => app.okta_app_id === setting);
  if (byId) return { kind: 'chosen', app: byId };
  const labelled = apps.filter((app) => app.label === setting).sort(byLabelThenId);
  const active = labelled.filter((app) => app.status === 'ACTIVE');
  const only = labelled.length === 1 ? labelled[0] : active.length === 1 ? active[0] : undefined;
  if (only) return { kind: 'chosen', app: only };
  if (labelled.length === 0) return { kind: 'missing', wanted: setting };
  return { kind: 'ambiguous', wanted: setting, candidates: labelled };
}

/** The SCIM app: the one that `AUDIT_SCIM_APP` names, else the one active app of the catalogue's name. */
export function chooseScimApp(apps: readonly AppRow[], setting: string | null): AppChoice {
  if (setting !== null) return chooseAppBySetting(apps, setting);
  const candidates = apps
    .filter((app) => app.name === SCIM_APP_NAME && app.status === 'ACTIVE')
    .sort(byLabelThenId);
  const first = candidates[0];
  if (!first) return { kind: 'missing', wanted: SCIM_APP_NAME };
  if (candidates.length > 1) return { kind: 'ambiguous', wanted: SCIM_APP_NAME, candidates };
  return { kind: 'chosen', app: first };
}

/**
 * True for another app than the SCIM app that may manage the same organization: one of the same catalogue entry, or one
 * that provisions and whose name or sign-on is that of a SCIM app.
 */
export function mayManageToo(app: AppRow, scimApp: AppRow): boolean {
  const { okta_app_id, status, name, features, sign_on_mode } = app;
  if (okta_app_id === scimApp.okta_app_id || status !== 'ACTIVE') return false;
  if (name === scimApp.name) return true;
  const provisions = features.includes('GROUP_PUSH') || features.includes('PUSH_NEW_USERS');
  return provisions && (/scim/iu.test(name) || /SCIM|^(SAML_2_0|OPENID_CONNECT)$/u.test(sign_on_mode ?? ''));
}

/** App user statuses that are not an assignment (Okta: AppUserStatus). */
export const UNASSIGNED_APP_USER_STATUSES = ['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE'] as const;

export function isAssigned(appUserStatus: string): boolean {
  return !(UNASSIGNED_APP_USER_STATUSES as readonly string[]).includes(appUserStatus);
}

/** Okta user statuses with which an assigned member is pushed. */
export const ACTIVE_USER_STATUSES = ['ACTIVE', 'LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY'] as const;
export function isActiveInOkta(userStatus: string): boolean {
  return (ACTIVE_USER_STATUSES as readonly string[]).includes(userStatus);
}

/** Okta user statuses that are not yet active. */
export const STAGED_USER_STATUSES = ['STAGED', 'PROVISIONED'] as const;

/** Okta's own group of all users: judged by its name alone, never by its members. */
export function isBuiltInEveryone(group: { name: string; type: string }): boolean {
  return group.type === 'BUILT_IN' && group.name === 'Everyone';
}

/** True when `name` fits the pattern: `*` any run, `?` any one character, case matters. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/gu, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  );
  return new RegExp(`^${source}$`, 'su').test(name);
}

export interface PushScopeInput {
  /** Entries of `AUDIT_PUSH_GROUPS`, or null when unset. */
  setting: readonly string[] | null;
  scimAppGroups: readonly { okta_group_id: string }[];
  ssoAppGroups: readonly { okta_group_id: string }[];
  mappings: readonly Pick<GroupPushMappingRow, 'source_group_id' | 'target_group_id'>[];
  groups: readonly Pick<OktaGroupRow, 'okta_group_id' | 'name' | 'type' | 'source_app_id'>[];
  /** The SCIM app: its own app groups are targets of pushes, never sources. */
  scimAppId: string | null;
}

export interface PushScope {
  rows: PushScopeRow[];
  /** Entries of the setting that name no group. */
  unmatched: string[];
}

/**
 * The groups meant to be pushed: those that the setting names; unset, those with a push mapping; if there is
 * none, those assigned to the SCIM app; if none, those assigned to the SSO app.
 */
export function resolvePushScope(input: PushScopeInput): PushScope {
  if (input.setting !== null) {
    const ids = new Set<string>();
    const unmatched: string[] = [];
    // The target of a push usually has its source's name, so a name must not choose it as well.
    const targets = new Set(input.mappings.map((mapping) => mapping.target_group_id));
    const nameable = input.groups.filter(
      (group) =>
        !targets.has(group.okta_group_id) &&
        !(group.type === 'APP_GROUP' && input.scimAppId !== null && group.source_app_id === input.scimAppId),
    );
    for (const entry of input.setting) {
      const byId = input.groups.filter((group) => group.okta_group_id === entry);
      const hits =
        byId.length > 0
          ? byId
          : nameable.filter((group) => group.name === entry || matchesPattern(group.name, entry));
      if (hits.length === 0) unmatched.push(entry);
      for (const hit of hits) ids.add(hit.okta_group_id);
    }
    return { rows: [...ids].sort().map((id) => ({ okta_group_id: id, reason: 'setting' })), unmatched };
  }
  const sources = [
    ['mapping', input.mappings.map((mapping) => mapping.source_group_id)],
    ['scim-assignment', input.scimAppGroups.map((group) => group.okta_group_id)],
    ['sso-assignment', input.ssoAppGroups.map((group) => group.okta_group_id)],
  ] as const;
  for (const [reason, ids] of sources) {
    if (ids.length > 0) {
      return {
        rows: [...new Set(ids)].sort().map((okta_group_id) => ({ okta_group_id, reason })),
        unmatched: [],
      };
    }
  }
  return { rows: [], unmatched: [] };
}
