import type {
  AppGroupRow,
  DatasetState,
  GroupPushMappingRow,
  OktaGroupRow,
  PushScopeRow,
} from '../domain/dataset.ts';
import { SettingsError } from '../domain/errors.ts';
import type { SealedSettings } from '../domain/manifest.ts';
import { type PushScopeInput, resolvePushScope } from '../domain/okta.ts';
import { whyNoScimApp } from './app-choice.ts';
import {
  type Context,
  gather,
  isSettled,
  notApplicable,
  type Read,
  SSO_APP_UNSET,
  unread,
} from './collection.ts';
import type { NamedGroups } from './readers/groups.ts';

/** The groups that have to be known by name although the listing of groups may omit them. */
export async function nameGroups(
  settings: SealedSettings,
  mappingsRead: Promise<Read<GroupPushMappingRow>>,
  appGroupsRead: Promise<Read<AppGroupRow>>,
  ssoAppGroupsRead: Promise<Read<AppGroupRow>>,
): Promise<NamedGroups> {
  const mappings = (await mappingsRead).rows;
  const sources = new Set(mappings.map((mapping) => mapping.source_group_id));
  if (mappings.length === 0 && settings.push_groups === null) {
    const assigned = (await appGroupsRead).rows;
    const inferred = assigned.length > 0 ? assigned : (await ssoAppGroupsRead).rows;
    for (const group of inferred) sources.add(group.okta_group_id);
  }
  const targets = mappings.map((mapping) => mapping.target_group_id).filter((id) => id !== null);
  return { sources, targets: new Set(targets) };
}

interface ScopeSources {
  mappings: Promise<Read<GroupPushMappingRow>>;
  appGroups: Promise<Read<AppGroupRow>>;
  ssoAppGroups: Promise<Read<AppGroupRow>>;
  groups: Promise<Read<OktaGroupRow>>;
}

/** The push scope, resolved only from what was read completely. */
export function collectPushScope(context: Context, sources: ScopeSources): Promise<Read<PushScopeRow>> {
  const { scim, sso, settings } = context;
  const name = 'okta.pushScope';
  const notGuessed = (why: string): DatasetState =>
    unread(context, name, `the push scope is not guessed: ${why}`);
  return gather(async (keep) => {
    const mappings = await sources.mappings;
    const resolve = (
      from: Partial<Pick<PushScopeInput, 'groups' | 'scimAppGroups' | 'ssoAppGroups'>>,
    ): Promise<DatasetState> => {
      const scope = resolvePushScope({
        setting: settings.push_groups,
        scimAppGroups: [],
        ssoAppGroups: [],
        mappings: mappings.rows,
        groups: [],
        scimAppId: scim.kind === 'chosen' ? scim.app.okta_app_id : null,
        ...from,
      });
      if (scope.unmatched.length > 0) throw unmatchedPushGroups(scope.unmatched);
      return context.collect(name, async (reading) => {
        for (const row of scope.rows) {
          keep(row);
          await reading.write(row);
        }
      });
    };

    if (settings.push_groups !== null) {
      const { state, rows } = await sources.groups;
      if (state.completeness !== 'complete') {
        return notGuessed(`the groups were not read to their end: ${state.reason}`);
      }
      return resolve({ groups: rows });
    }
    const whyNoApp = scim.kind === 'chosen' ? '' : whyNoScimApp(scim, settings.scim_app);
    if (scim.kind === 'ambiguous') return notApplicable(context, name, whyNoApp);
    if (scim.kind === 'missing' && sso === null) {
      return notApplicable(context, name, `${whyNoApp}, and ${SSO_APP_UNSET}`);
    }
    if (!isSettled(mappings.state)) {
      return notGuessed(`the push mappings were not read to their end: ${mappings.state.reason}`);
    }
    if (mappings.rows.length > 0) return resolve({});
    const scimApp = await sources.appGroups;
    if (!isSettled(scimApp.state)) {
      return notGuessed(`the groups of the SCIM app were not read to their end: ${scimApp.state.reason}`);
    }
    if (scimApp.rows.length > 0 || sso === null) return resolve({ scimAppGroups: scimApp.rows });
    const ssoApp = await sources.ssoAppGroups;
    if (!isSettled(ssoApp.state)) {
      return notGuessed(`the groups of the SSO app were not read to their end: ${ssoApp.state.reason}`);
    }
    return resolve({ ssoAppGroups: ssoApp.rows });
  });
}

function unmatchedPushGroups(entries: readonly string[]): SettingsError {
  return new SettingsError(
    entries.map((entry) => ({
      where: 'AUDIT_PUSH_GROUPS',
      what: `"${entry}" matches no Okta group.`,
      hint: 'Entries are group ids, exact names or patterns with * and ?; upper and lower case differ, and a comma in a name is written \\,.',
    })),
  );
}
