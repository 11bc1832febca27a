import type { DatasetName, DatasetRows } from './dataset.ts';

/** What a row of a dataset is, and what each of its columns holds: the compiler says when one is missing. */
export interface DatasetMeaning<Row> {
  means: string;
  columns: { readonly [Column in keyof Row]-?: string };
}

const OKTA_USER_ID = 'Okta id of the user';
const OKTA_GROUP_ID = 'Okta id of the group';
const OPTI_USER_ID = 'Id of the user in the store: the SCIM id';
const OPTI_GROUP_ID = 'Id of the group in the store';
const CREATED = 'When it was made';
const LAST_UPDATED = 'When it was last changed';
const STATUS_CHANGED = 'When its status last changed';

const APP = {
  okta_app_id: 'Okta id of the app',
  name: 'Key in the Okta catalogue, `scim2headerauth` for the SCIM 2.0 Test App (Header Auth)',
  label: 'Name that the Admin Console shows',
  status: '`ACTIVE` or `INACTIVE`',
  sign_on_mode: 'How people sign on to it',
} as const;
const CHOSEN_APP = {
  ...APP,
  features: 'Features of the app that are on; empty: Okta does not show them',
  username_template: 'Expression that makes the user name of an app user',
  username_template_type: 'Kind of that expression',
  username_push_status: 'When a changed user name is sent: `PUSH`, `DONT_PUSH` or `NOT_CONFIGURED`',
} as const;
const APP_USER = {
  okta_user_id: OKTA_USER_ID,
  external_id: 'SCIM id, the id of the user in the store; null until provisioned',
  status: 'Status of the assignment',
  sync_state: 'State of the synchronization with the app',
  scope: '`USER` (assigned directly) or `GROUP` (by a group)',
  user_name: 'User name in the app',
  created: 'When the user was assigned',
  last_updated: LAST_UPDATED,
  status_changed: STATUS_CHANGED,
  last_sync: 'When Okta last synchronized it with the app',
} as const;
const APP_GROUP = { okta_group_id: OKTA_GROUP_ID, last_updated: LAST_UPDATED } as const;
const OKTA_USER = {
  okta_user_id: OKTA_USER_ID,
  status: 'Status in Okta',
  login: 'User name in Okta',
  email: 'E-mail in Okta',
  first_name: 'First name in Okta',
  last_name: 'Last name in Okta',
  created: CREATED,
  last_updated: LAST_UPDATED,
  status_changed: STATUS_CHANGED,
} as const;

export const DATASET_MEANINGS: {
  readonly [Name in DatasetName]: DatasetMeaning<DatasetRows[Name]>;
} = {
  'okta.apps': { means: 'An app that the credentials can see.', columns: APP },
  'okta.scimApp': { means: 'The chosen SCIM app; no row or one.', columns: CHOSEN_APP },
  'okta.ssoApp': { means: 'The chosen SSO app; no row or one.', columns: CHOSEN_APP },
  'okta.appFeatures': {
    means: 'A provisioning feature of the SCIM app. Okta shows them for some apps only.',
    columns: {
      name: 'Name of the feature',
      status: '`ENABLED` or `DISABLED`; null: not shown',
      create_users: 'Create Users: `ENABLED`, `DISABLED` or null',
      update_attributes: 'Update User Attributes: `ENABLED`, `DISABLED` or null',
      deactivate_users: 'Deactivate Users: `ENABLED`, `DISABLED` or null',
      sync_password: 'Sync Password: `ENABLED`, `DISABLED` or null',
      import_schedule: 'Scheduled import: `ENABLED`, `DISABLED` or null',
    },
  },
  'okta.provisioningConnection': {
    means: 'The provisioning connection of the SCIM app; no row or one.',
    columns: {
      status: '`ENABLED`, `DISABLED` or `UNKNOWN`',
      auth_scheme: 'How Okta signs on to the SCIM server',
      base_url: 'Base URL of the SCIM server',
    },
  },
  'okta.profileMappings': {
    means: 'A mapping from an Okta user type to the SCIM app.',
    columns: {
      okta_mapping_id: 'Okta id of the profile mapping',
      source_id: 'Id of what it maps from',
      source_name: 'Name of what it maps from',
      target_id: 'Id of what it maps to',
      target_name: 'Name of what it maps to',
      properties: 'Attributes that are mapped, with the expression of each and when it is sent',
    },
  },
  'okta.appUsers': { means: 'A user of the SCIM app, assigned or not.', columns: APP_USER },
  'okta.appGroups': { means: 'A group assigned to the SCIM app.', columns: APP_GROUP },
  'okta.ssoAppUsers': { means: 'A user of the SSO app, assigned or not.', columns: APP_USER },
  'okta.ssoAppGroups': { means: 'A group assigned to the SSO app.', columns: APP_GROUP },
  'okta.groupPushMappings': {
    means: 'A group push mapping of the SCIM app.',
    columns: {
      okta_mapping_id: 'Okta id of the push mapping',
      source_group_id: 'Okta id of the group that is pushed',
      target_group_id: 'Okta id of the app group that stands for the group in Opti ID',
      status: '`ACTIVE`, `INACTIVE` or `ERROR`',
      error_summary: 'What Okta says went wrong',
      created: CREATED,
      last_updated: LAST_UPDATED,
      last_push: 'When the group was last pushed',
    },
  },
  'okta.groups': {
    means: 'An Okta group.',
    columns: {
      okta_group_id: OKTA_GROUP_ID,
      name: 'Name of the group',
      type: '`OKTA_GROUP`, `APP_GROUP` or `BUILT_IN`',
      source_app_id: 'Okta id of the app that an app group comes from',
      external_id: "The group's id in the app that an app group comes from",
      created: CREATED,
      last_updated: LAST_UPDATED,
      last_membership_updated: 'When its members last changed',
    },
  },
  'okta.pushScope': {
    means: 'A group that is meant to be pushed.',
    columns: {
      okta_group_id: OKTA_GROUP_ID,
      reason: 'Why: `setting`, `mapping`, `scim-assignment` or `sso-assignment`',
    },
  },
  'okta.groupMembers': {
    means: 'A membership of a group in the push scope.',
    columns: { okta_group_id: OKTA_GROUP_ID, okta_user_id: OKTA_USER_ID },
  },
  'okta.users': {
    means: 'An Okta user seen as app user or group member, or looked up for a store user.',
    columns: OKTA_USER,
  },
  'okta.suspendedUsers': { means: 'A suspended Okta user.', columns: OKTA_USER },
  'okta.userLookups': {
    means: "A store user without a partner in Okta's listings, who was looked up there.",
    columns: {
      opti_user_id: OPTI_USER_ID,
      asked_by: '`id` (and by the e-mail where Okta knows no such id) or `e-mail` alone',
      okta_user_id: 'Okta id of the user who was found; null: nobody, whatever their status',
    },
  },
  'okta.logEvents': {
    means: 'A System Log event within the window of AUDIT_LOG_DAYS.',
    columns: {
      event_id: 'Id of the event',
      published: 'When it happened',
      event_type: 'Type of the event',
      outcome: '`SUCCESS`, `FAILURE` and others',
      outcome_reason: "Okta's reason for the outcome",
      targets: 'What the event is about: users, groups, apps',
    },
  },
  'optiId.organizations': {
    means: 'The organization of OPTIID_ORGANIZATION.',
    columns: {
      opti_organization_id: 'Id of the organization in the store',
      name: 'Name of the organization',
      provisioning_mode: '`jit` or `scim`',
    },
  },
  'optiId.ssoConnections': {
    means: 'An SSO connection of the organization.',
    columns: {
      opti_connection_id: 'Id of the SSO connection in the store',
      name: 'Name of the connection',
      protocol: '`saml` or `oidc`',
      scim_enabled: 'True where SCIM is on',
      domains: 'E-mail domains of the connection',
    },
  },
  'optiId.users': {
    means: 'A user of the store, deleted ones included.',
    columns: {
      opti_user_id: OPTI_USER_ID,
      home_organization_id: "Id of the user's own organization; another one: a collaborator or partner",
      external_id: 'SCIM externalId, which Okta fills with its user id; null: no SCIM client owns the user',
      email: 'E-mail in the store',
      first_name: 'First name in the store',
      last_name: 'Last name in the store',
      status: '`active`, `invited` or `deleted`',
      local_login: 'True where the user has a login that does not need SSO',
      last_login_at: 'When the user last signed in',
      created_at: CREATED,
      modified_at: LAST_UPDATED,
    },
  },
  'optiId.groups': {
    means: 'A group of the store.',
    columns: {
      opti_group_id: OPTI_GROUP_ID,
      name: 'Name of the group',
      description: 'What the store says about it',
      group_type: '`custom` (made by hand), `internal` (Everyone, and those that SCIM manages) or `product`',
      user_count: 'How many members the store counts',
      created_at: CREATED,
      modified_at: LAST_UPDATED,
    },
  },
  'optiId.groupMembers': {
    means: 'A membership in the store, those of deleted users included.',
    columns: { opti_group_id: OPTI_GROUP_ID, opti_user_id: OPTI_USER_ID },
  },
  'optiId.productInstances': {
    means: 'A product instance of the organization.',
    columns: {
      opti_instance_id: 'Id of the product instance in the store',
      product: 'Name of the product',
      nickname: 'Name of the instance',
    },
  },
  'optiId.roles': {
    means: 'A role of a product.',
    columns: {
      opti_role_id: 'Id of the role in the store',
      product: 'Name of the product',
      name: 'Name of the role',
      kind: '`system` or `custom`',
    },
  },
  'optiId.groupInstanceRoles': {
    means: 'A role on a product instance that a group grants.',
    columns: {
      opti_group_id: OPTI_GROUP_ID,
      opti_instance_id: 'Id of the product instance in the store',
      opti_role_id: 'Id of the role in the store',
    },
  },
  'optiId.invitations': {
    means: 'An invitation to the organization.',
    columns: {
      opti_invitation_id: 'Id of the invitation in the store',
      email: 'E-mail that was invited',
      status: '`pending`, `expired`, `accepted` or `revoked`',
      created_at: CREATED,
    },
  },
};
