import type { AppGroupRow, DatasetState, GroupPushMappingRow } from '../domain/dataset.ts';
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
import { readAppUsers } from './readers/app-users.ts';
import { readChosenApp } from './readers/apps.ts';
import { readAppGroups } from './readers/groups.ts';

/** The chosen SSO app. */
export async function readSsoApp(context: Context): Promise<DatasetState> {
  const { sso } = context;
  if (sso === null) return notApplicable(context, 'okta.ssoApp', SSO_APP_UNSET);
  if (sso.kind === 'unknown') return unread(context, 'okta.ssoApp', sso.reason);
  return context.collect('okta.ssoApp', (reading) => readChosenApp(reading, sso.app.okta_app_id));
}

/** The SSO app's users stand in for the assigned ones before a cutover, while the SCIM app has none. */
export async function readStandIn(
  context: Context,
  appUsers: DatasetState,
  isAnyoneAssigned: boolean,
): Promise<DatasetState> {
  const { scim, sso } = context;
  const name = 'okta.ssoAppUsers';
  if (sso === null) return notApplicable(context, name, SSO_APP_UNSET);
  if (scim.kind === 'ambiguous') {
    return notApplicable(context, name, whyNoScimApp(scim, context.settings.scim_app));
  }
  if (isAnyoneAssigned) return notApplicable(context, name, 'users are assigned to the SCIM app');
  if (!isSettled(appUsers)) {
    return unread(context, name, `it is not known whether the SSO app stands in: ${appUsers.reason}`);
  }
  if (sso.kind === 'unknown') return unread(context, name, sso.reason);
  return context.collect(name, (reading) =>
    readAppUsers(reading, sso.app.okta_app_id, context.users, () => {}),
  );
}

/** Groups assigned to the SSO app: the last resort of the push scope, read only when it comes to that. */
export function readSsoAppGroups(
  context: Context,
  mappingsRead: Promise<Read<GroupPushMappingRow>>,
  appGroupsRead: Promise<Read<AppGroupRow>>,
): Promise<Read<AppGroupRow>> {
  const { scim, sso, settings } = context;
  const name = 'okta.ssoAppGroups';
  return gather(async (keep) => {
    if (sso === null) return notApplicable(context, name, SSO_APP_UNSET);
    if (settings.push_groups !== null) return notApplicable(context, name, 'AUDIT_PUSH_GROUPS is set');
    if (scim.kind === 'ambiguous') {
      return notApplicable(context, name, whyNoScimApp(scim, settings.scim_app));
    }
    const [mappings, appGroups] = await Promise.all([mappingsRead, appGroupsRead]);
    if (mappings.rows.length > 0) return notApplicable(context, name, 'the SCIM app has push mappings');
    if (!isSettled(mappings.state)) {
      return unread(
        context,
        name,
        `it is not known whether there are push mappings: ${mappings.state.reason}`,
      );
    }
    if (appGroups.rows.length > 0) {
      return notApplicable(context, name, 'groups are assigned to the SCIM app');
    }
    if (!isSettled(appGroups.state)) {
      return unread(
        context,
        name,
        `it is not known whether groups are assigned to the SCIM app: ${appGroups.state.reason}`,
      );
    }
    if (sso.kind === 'unknown') return unread(context, name, sso.reason);
    return context.collect(name, (reading) => readAppGroups(reading, sso.app.okta_app_id, keep));
  });
}
