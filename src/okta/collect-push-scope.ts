import type {
  AppGroupRow,
  DatasetRow,
  DatasetState,
  GroupPushMappingRow,
  OktaGroupRow,
  PushScopeRow,
} from '../domain/dataset.ts';
import { SettingsError } from '../domain/errors.ts';
import { type PushScopeInput, resolvePushScope } from '../domain/okta.ts';
import {
  type Context,
  gather,
  isSettled,
  keeping,
  type Read,
  SSO_APP_UNSET,
  skipping,
  underSsoApp,
} from './collection.ts';
import { type NamedGroups, readAppGroups } from './readers/groups.ts';

interface Sources {
  mappings: Promise<Read<GroupPushMappingRow>>;
  appGroups: Promise<Read<AppGroupRow>>;
}

/** Groups assigned to the SSO app: the last resort of the push scope, read only when it comes to that. */
export function collectSsoAppGroups(context: Context, sources: Sources): Promise<Read<AppGroupRow>> {
  const { scim, sso, settings } = context;
  const { notApplicable, unread } = skipping(context, 'okta.ssoAppGroups');
  return gather(async (keep) => {
    if (sso !== null) {
      if (settings.push_groups !== null) return notApplicable('AUDIT_PUSH_GROUPS is set');
      if (scim.kind === 'ambiguous') return notApplicable(scim.why);
      const [mappings, appGroups] = await Promise.all([sources.mappings, sources.appGroups]);
      if (mappings.rows.length > 0) return notApplicable('the SCIM app has push mappings');
      if (!isSettled(mappings.state)) {
        return unread(`it is not known whether there are push mappings: ${mappings.state.reason}`);
      }
      if (appGroups.rows.length > 0) return notApplicable('groups are assigned to the SCIM app');
      if (!isSettled(appGroups.state)) {
        const { reason } = appGroups.state;
        return unread(`it is not known whether groups are assigned to the SCIM app: ${reason}`);
      }
    }
    return underSsoApp(context, 'okta.ssoAppGroups', (reading, appId) =>
      readAppGroups(keeping(reading, keep), appId),
    );
  });
}

interface SourcesWithSso extends Sources {
  ssoAppGroups: Promise<Read<AppGroupRow>>;
}

/** The groups that have to be known by name although the listing of groups may omit them. */
export async function nameGroups(
  { settings }: Context,
  sources: SourcesWithSso & { otherMappings: Promise<Read<DatasetRow<'okta.otherPushMappings'>>> },
): Promise<NamedGroups> {
  const mappings = (await sources.mappings).rows;
  const named = new Set(mappings.map((mapping) => mapping.source_group_id));
  if (mappings.length === 0 && settings.push_groups === null) {
    const assigned = (await sources.appGroups).rows;
    const inferred = assigned.length > 0 ? assigned : (await sources.ssoAppGroups).rows;
    for (const group of inferred) named.add(group.okta_group_id);
  }
  const targets = mappings.map((mapping) => mapping.target_group_id).filter((id) => id !== null);
  const others = (await sources.otherMappings).rows.flatMap(({ source_group_id, target_group_id }) =>
    target_group_id === null ? [source_group_id] : [source_group_id, target_group_id],
  );
  return { sources: named, targets: new Set(targets), others: new Set(others) };
}

/** The push scope, resolved only from what was read completely. */
export function collectPushScope(
  context: Context,
  sources: SourcesWithSso & { groups: Promise<Read<OktaGroupRow>> },
): Promise<Read<PushScopeRow>> {
  const { scim, sso, settings } = context;
  const { notApplicable, unread } = skipping(context, 'okta.pushScope');
  const notGuessed = (what: string, { reason }: DatasetState): DatasetState =>
    unread(`the push scope is not guessed: ${what} were not read completely: ${reason}`);
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
      return context.collect('okta.pushScope', async (reading) => {
        const { write } = keeping(reading, keep);
        for (const row of scope.rows) await write(row);
      });
    };

    if (settings.push_groups !== null) {
      const { state, rows } = await sources.groups;
      return state.completeness === 'complete' ? resolve({ groups: rows }) : notGuessed('the groups', state);
    }
    if (scim.kind === 'ambiguous') return notApplicable(scim.why);
    if (scim.kind === 'missing' && sso === null) return notApplicable(`${scim.why}, and ${SSO_APP_UNSET}`);
    if (!isSettled(mappings.state)) return notGuessed('the push mappings', mappings.state);
    if (mappings.rows.length > 0) return resolve({});
    const scimApp = await sources.appGroups;
    if (!isSettled(scimApp.state)) return notGuessed('the groups of the SCIM app', scimApp.state);
    if (scimApp.rows.length > 0 || sso === null) return resolve({ scimAppGroups: scimApp.rows });
    const ssoApp = await sources.ssoAppGroups;
    if (!isSettled(ssoApp.state)) return notGuessed('the groups of the SSO app', ssoApp.state);
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
