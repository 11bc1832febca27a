/**
 * The datasets of a snapshot: what each row holds. Allow-listed fields only; no credentials, no tokens.
 * The snapshot writes them, the analysis loads them with exactly these columns, rules name them in `needs`.
 * Times are UTC ISO-8601 texts in rows and TIMESTAMP in the analysis.
 */

/** The engine's column types that a dataset may use. */
type ColumnType =
  | 'VARCHAR'
  | 'BOOLEAN'
  | 'INTEGER'
  | 'TIMESTAMP'
  | 'VARCHAR[]'
  | 'STRUCT(attribute VARCHAR, expression VARCHAR, push_status VARCHAR)[]'
  | 'STRUCT(id VARCHAR, type VARCHAR, alternate_id VARCHAR, display_name VARCHAR)[]';

/** Every app that the credentials can see. Okta: `GET /api/v1/apps`. */
export interface AppRow {
  okta_app_id: string;
  /** Catalogue key, `scim2headerauth` for the SCIM 2.0 Test App (Header Auth). */
  name: string;
  label: string;
  status: string;
  sign_on_mode: string | null;
}

/** The chosen SCIM app, or the chosen SSO app: none or one row. Okta: `GET /api/v1/apps/{appId}`. */
export interface ChosenAppRow extends AppRow {
  /** Enabled app features; empty means that Okta does not show them. */
  features: string[];
  username_template: string | null;
  username_template_type: string | null;
  username_push_status: string | null;
}

/** Okta: `GET /api/v1/apps/{appId}/features`. Each status is `ENABLED`, `DISABLED` or null where not shown. */
export interface AppFeatureRow {
  name: string;
  status: string | null;
  create_users: string | null;
  update_attributes: string | null;
  deactivate_users: string | null;
  sync_password: string | null;
  import_schedule: string | null;
}

/** Okta: `GET /api/v1/apps/{appId}/connections/default`. */
export interface ProvisioningConnectionRow {
  status: string;
  auth_scheme: string | null;
  base_url: string | null;
}

/** A mapping from an Okta user type to the SCIM app. Okta: `GET /api/v1/mappings/{mappingId}`. */
export interface ProfileMappingRow {
  okta_mapping_id: string;
  source_id: string;
  source_name: string | null;
  target_id: string;
  target_name: string | null;
  properties: { attribute: string; expression: string | null; push_status: string | null }[];
}

/** A user assigned to the app. Okta: `GET /api/v1/apps/{appId}/users?expand=user`. */
export interface AppUserRow {
  okta_user_id: string;
  /** SCIM id, `users.id` in the store; null until provisioned. */
  external_id: string | null;
  status: string;
  sync_state: string | null;
  scope: string | null;
  user_name: string | null;
  created: string | null;
  last_updated: string | null;
  status_changed: string | null;
  last_sync: string | null;
}

/** An Okta user seen as app user, group member or suspended person; one row per user. */
export interface OktaUserRow {
  okta_user_id: string;
  status: string;
  login: string | null;
  email: string | null;
  first_name: string | null;
  last_name: string | null;
  created: string | null;
  last_updated: string | null;
  status_changed: string | null;
}

/** Okta: `GET /api/v1/apps/{appId}/groups`. */
export interface AppGroupRow {
  okta_group_id: string;
  last_updated: string | null;
}

/** Okta: `GET /api/v1/apps/{appId}/group-push/mappings`. */
export interface GroupPushMappingRow {
  okta_mapping_id: string;
  source_group_id: string;
  target_group_id: string | null;
  status: string;
  error_summary: string | null;
  created: string | null;
  last_updated: string | null;
  last_push: string | null;
}

/** Okta: `GET /api/v1/groups`, and by id for mapped groups that the listing omits. */
export interface OktaGroupRow {
  okta_group_id: string;
  name: string;
  /** `OKTA_GROUP`, `APP_GROUP` or `BUILT_IN`. */
  type: string;
  /** The app that an app group comes from. */
  source_app_id: string | null;
  /** `profile.externalId` of an app group: the group's id in the target app. */
  external_id: string | null;
  created: string | null;
  last_updated: string | null;
  last_membership_updated: string | null;
}

/** Why a group is meant to be pushed. */
export type PushScopeReason = 'setting' | 'mapping' | 'scim-assignment' | 'sso-assignment';

/** A group in the push scope, resolved when the snapshot was taken. */
export interface PushScopeRow {
  okta_group_id: string;
  reason: PushScopeReason;
}

/** A member of a group in the push scope. Okta: `GET /api/v1/groups/{groupId}/users`. */
export interface OktaGroupMemberRow {
  okta_group_id: string;
  okta_user_id: string;
}

/**
 * A store user without a partner among the users that Okta's listings show, looked up by id or by e-mail.
 * What was found is a row of `okta.users` too. Okta: `GET /api/v1/users/{id}`, `GET /api/v1/users?filter=`.
 */
export interface UserLookupRow {
  opti_user_id: string;
  /** `id`: the SCIM `externalId` was asked for, and the e-mail where Okta knows no such id; or `e-mail` alone. */
  asked_by: 'id' | 'e-mail';
  /** Null: Okta knows nobody by that id or e-mail, whatever their status. */
  okta_user_id: string | null;
}

/** Okta: `GET /api/v1/logs`, within the window of `AUDIT_LOG_DAYS`. */
export interface LogEventRow {
  event_id: string;
  published: string;
  event_type: string;
  outcome: string | null;
  outcome_reason: string | null;
  targets: {
    id: string | null;
    type: string | null;
    alternate_id: string | null;
    display_name: string | null;
  }[];
}

export interface OptiOrganizationRow {
  opti_organization_id: string;
  name: string;
  /** `jit` or `scim`. */
  provisioning_mode: string;
}

export interface OptiSsoConnectionRow {
  opti_connection_id: string;
  name: string | null;
  protocol: string | null;
  scim_enabled: boolean;
  domains: string[];
}

export interface OptiUserRow {
  opti_user_id: string;
  home_organization_id: string | null;
  /** SCIM `externalId`, which Okta fills with its own user id; null when no SCIM client owns the user. */
  external_id: string | null;
  email: string;
  first_name: string | null;
  last_name: string | null;
  /** `active`, `invited` or `deleted`. */
  status: string;
  local_login: boolean;
  last_login_at: string | null;
  created_at: string | null;
  modified_at: string | null;
}

export interface OptiGroupRow {
  opti_group_id: string;
  name: string;
  description: string | null;
  /** `custom`, `internal` or `product`. */
  group_type: string;
  user_count: number | null;
  created_at: string | null;
  modified_at: string | null;
}

export interface OptiGroupMemberRow {
  opti_group_id: string;
  opti_user_id: string;
}

export interface OptiProductInstanceRow {
  opti_instance_id: string;
  product: string;
  nickname: string | null;
}

export interface OptiRoleRow {
  opti_role_id: string;
  product: string;
  name: string;
  /** `system` or `custom`. */
  kind: string | null;
}

/** What a group grants: a role on an instance. */
export interface OptiGroupInstanceRoleRow {
  opti_group_id: string;
  opti_instance_id: string;
  opti_role_id: string;
}

export interface OptiInvitationRow {
  opti_invitation_id: string;
  email: string;
  /** `pending`, `expired`, `accepted` or `revoked`. */
  status: string;
  created_at: string | null;
}

/** Row type of each dataset. */
export interface DatasetRows {
  'okta.apps': AppRow;
  'okta.scimApp': ChosenAppRow;
  'okta.ssoApp': ChosenAppRow;
  'okta.appFeatures': AppFeatureRow;
  'okta.provisioningConnection': ProvisioningConnectionRow;
  'okta.profileMappings': ProfileMappingRow;
  'okta.appUsers': AppUserRow;
  'okta.appGroups': AppGroupRow;
  'okta.ssoAppUsers': AppUserRow;
  'okta.ssoAppGroups': AppGroupRow;
  'okta.groupPushMappings': GroupPushMappingRow;
  'okta.groups': OktaGroupRow;
  'okta.pushScope': PushScopeRow;
  'okta.groupMembers': OktaGroupMemberRow;
  'okta.users': OktaUserRow;
  'okta.suspendedUsers': OktaUserRow;
  'okta.userLookups': UserLookupRow;
  'okta.logEvents': LogEventRow;
  'optiId.organizations': OptiOrganizationRow;
  'optiId.ssoConnections': OptiSsoConnectionRow;
  'optiId.users': OptiUserRow;
  'optiId.groups': OptiGroupRow;
  'optiId.groupMembers': OptiGroupMemberRow;
  'optiId.productInstances': OptiProductInstanceRow;
  'optiId.roles': OptiRoleRow;
  'optiId.groupInstanceRoles': OptiGroupInstanceRoleRow;
  'optiId.invitations': OptiInvitationRow;
}

export type DatasetName = keyof DatasetRows;
export type DatasetRow<Name extends DatasetName> = DatasetRows[Name];

export interface DatasetDefinition<Row> {
  /** Path below `snapshot/`. */
  file: string;
  columns: { readonly [Column in keyof Row]-?: ColumnType };
  /** Columns that name a row: a listing that shifts while it is read may bring a row twice. */
  key: readonly (keyof Row & string)[];
  /** Okta shows this for some apps only: unreadable then means *not shown*, never *off*. */
  bestEffort: boolean;
}

const APP = {
  okta_app_id: 'VARCHAR',
  name: 'VARCHAR',
  label: 'VARCHAR',
  status: 'VARCHAR',
  sign_on_mode: 'VARCHAR',
} as const;
const CHOSEN_APP = {
  ...APP,
  features: 'VARCHAR[]',
  username_template: 'VARCHAR',
  username_template_type: 'VARCHAR',
  username_push_status: 'VARCHAR',
} as const;
const APP_USER = {
  okta_user_id: 'VARCHAR',
  external_id: 'VARCHAR',
  status: 'VARCHAR',
  sync_state: 'VARCHAR',
  scope: 'VARCHAR',
  user_name: 'VARCHAR',
  created: 'TIMESTAMP',
  last_updated: 'TIMESTAMP',
  status_changed: 'TIMESTAMP',
  last_sync: 'TIMESTAMP',
} as const;
const APP_GROUP = { okta_group_id: 'VARCHAR', last_updated: 'TIMESTAMP' } as const;
const OKTA_USER = {
  okta_user_id: 'VARCHAR',
  status: 'VARCHAR',
  login: 'VARCHAR',
  email: 'VARCHAR',
  first_name: 'VARCHAR',
  last_name: 'VARCHAR',
  created: 'TIMESTAMP',
  last_updated: 'TIMESTAMP',
  status_changed: 'TIMESTAMP',
} as const;

export const DATASETS: { readonly [Name in DatasetName]: DatasetDefinition<DatasetRows[Name]> } = {
  'okta.apps': { file: 'okta/apps.ndjson.gz', columns: APP, key: ['okta_app_id'], bestEffort: false },
  'okta.scimApp': {
    file: 'okta/scim-app.ndjson.gz',
    columns: CHOSEN_APP,
    key: ['okta_app_id'],
    bestEffort: false,
  },
  'okta.ssoApp': {
    file: 'okta/sso-app.ndjson.gz',
    columns: CHOSEN_APP,
    key: ['okta_app_id'],
    bestEffort: false,
  },
  'okta.appFeatures': {
    file: 'okta/app-features.ndjson.gz',
    columns: {
      name: 'VARCHAR',
      status: 'VARCHAR',
      create_users: 'VARCHAR',
      update_attributes: 'VARCHAR',
      deactivate_users: 'VARCHAR',
      sync_password: 'VARCHAR',
      import_schedule: 'VARCHAR',
    },
    key: ['name'],
    bestEffort: true,
  },
  'okta.provisioningConnection': {
    file: 'okta/provisioning-connection.ndjson.gz',
    columns: { status: 'VARCHAR', auth_scheme: 'VARCHAR', base_url: 'VARCHAR' },
    key: ['status'],
    bestEffort: true,
  },
  'okta.profileMappings': {
    file: 'okta/profile-mappings.ndjson.gz',
    columns: {
      okta_mapping_id: 'VARCHAR',
      source_id: 'VARCHAR',
      source_name: 'VARCHAR',
      target_id: 'VARCHAR',
      target_name: 'VARCHAR',
      properties: 'STRUCT(attribute VARCHAR, expression VARCHAR, push_status VARCHAR)[]',
    },
    key: ['okta_mapping_id'],
    bestEffort: false,
  },
  'okta.appUsers': {
    file: 'okta/app-users.ndjson.gz',
    columns: APP_USER,
    key: ['okta_user_id'],
    bestEffort: false,
  },
  'okta.appGroups': {
    file: 'okta/app-groups.ndjson.gz',
    columns: APP_GROUP,
    key: ['okta_group_id'],
    bestEffort: false,
  },
  'okta.ssoAppUsers': {
    file: 'okta/sso-app-users.ndjson.gz',
    columns: APP_USER,
    key: ['okta_user_id'],
    bestEffort: false,
  },
  'okta.ssoAppGroups': {
    file: 'okta/sso-app-groups.ndjson.gz',
    columns: APP_GROUP,
    key: ['okta_group_id'],
    bestEffort: false,
  },
  'okta.groupPushMappings': {
    file: 'okta/group-push-mappings.ndjson.gz',
    columns: {
      okta_mapping_id: 'VARCHAR',
      source_group_id: 'VARCHAR',
      target_group_id: 'VARCHAR',
      status: 'VARCHAR',
      error_summary: 'VARCHAR',
      created: 'TIMESTAMP',
      last_updated: 'TIMESTAMP',
      last_push: 'TIMESTAMP',
    },
    key: ['okta_mapping_id'],
    bestEffort: false,
  },
  'okta.groups': {
    file: 'okta/groups.ndjson.gz',
    columns: {
      okta_group_id: 'VARCHAR',
      name: 'VARCHAR',
      type: 'VARCHAR',
      source_app_id: 'VARCHAR',
      external_id: 'VARCHAR',
      created: 'TIMESTAMP',
      last_updated: 'TIMESTAMP',
      last_membership_updated: 'TIMESTAMP',
    },
    key: ['okta_group_id'],
    bestEffort: false,
  },
  'okta.pushScope': {
    file: 'okta/push-scope.ndjson.gz',
    columns: { okta_group_id: 'VARCHAR', reason: 'VARCHAR' },
    key: ['okta_group_id'],
    bestEffort: false,
  },
  'okta.groupMembers': {
    file: 'okta/group-members.ndjson.gz',
    columns: { okta_group_id: 'VARCHAR', okta_user_id: 'VARCHAR' },
    key: ['okta_group_id', 'okta_user_id'],
    bestEffort: false,
  },
  'okta.users': {
    file: 'okta/users.ndjson.gz',
    columns: OKTA_USER,
    key: ['okta_user_id'],
    bestEffort: false,
  },
  'okta.suspendedUsers': {
    file: 'okta/suspended-users.ndjson.gz',
    columns: OKTA_USER,
    key: ['okta_user_id'],
    bestEffort: false,
  },
  'okta.userLookups': {
    file: 'okta/user-lookups.ndjson.gz',
    columns: { opti_user_id: 'VARCHAR', asked_by: 'VARCHAR', okta_user_id: 'VARCHAR' },
    key: ['opti_user_id'],
    bestEffort: false,
  },
  'okta.logEvents': {
    file: 'okta/log-events.ndjson.gz',
    columns: {
      event_id: 'VARCHAR',
      published: 'TIMESTAMP',
      event_type: 'VARCHAR',
      outcome: 'VARCHAR',
      outcome_reason: 'VARCHAR',
      targets: 'STRUCT(id VARCHAR, type VARCHAR, alternate_id VARCHAR, display_name VARCHAR)[]',
    },
    key: ['event_id'],
    bestEffort: false,
  },
  'optiId.organizations': {
    file: 'opti-id/organizations.ndjson.gz',
    columns: { opti_organization_id: 'VARCHAR', name: 'VARCHAR', provisioning_mode: 'VARCHAR' },
    key: ['opti_organization_id'],
    bestEffort: false,
  },
  'optiId.ssoConnections': {
    file: 'opti-id/sso-connections.ndjson.gz',
    columns: {
      opti_connection_id: 'VARCHAR',
      name: 'VARCHAR',
      protocol: 'VARCHAR',
      scim_enabled: 'BOOLEAN',
      domains: 'VARCHAR[]',
    },
    key: ['opti_connection_id'],
    bestEffort: false,
  },
  'optiId.users': {
    file: 'opti-id/users.ndjson.gz',
    columns: {
      opti_user_id: 'VARCHAR',
      home_organization_id: 'VARCHAR',
      external_id: 'VARCHAR',
      email: 'VARCHAR',
      first_name: 'VARCHAR',
      last_name: 'VARCHAR',
      status: 'VARCHAR',
      local_login: 'BOOLEAN',
      last_login_at: 'TIMESTAMP',
      created_at: 'TIMESTAMP',
      modified_at: 'TIMESTAMP',
    },
    key: ['opti_user_id'],
    bestEffort: false,
  },
  'optiId.groups': {
    file: 'opti-id/groups.ndjson.gz',
    columns: {
      opti_group_id: 'VARCHAR',
      name: 'VARCHAR',
      description: 'VARCHAR',
      group_type: 'VARCHAR',
      user_count: 'INTEGER',
      created_at: 'TIMESTAMP',
      modified_at: 'TIMESTAMP',
    },
    key: ['opti_group_id'],
    bestEffort: false,
  },
  'optiId.groupMembers': {
    file: 'opti-id/group-members.ndjson.gz',
    columns: { opti_group_id: 'VARCHAR', opti_user_id: 'VARCHAR' },
    key: ['opti_group_id', 'opti_user_id'],
    bestEffort: false,
  },
  'optiId.productInstances': {
    file: 'opti-id/product-instances.ndjson.gz',
    columns: { opti_instance_id: 'VARCHAR', product: 'VARCHAR', nickname: 'VARCHAR' },
    key: ['opti_instance_id'],
    bestEffort: false,
  },
  'optiId.roles': {
    file: 'opti-id/roles.ndjson.gz',
    columns: { opti_role_id: 'VARCHAR', product: 'VARCHAR', name: 'VARCHAR', kind: 'VARCHAR' },
    key: ['opti_role_id'],
    bestEffort: false,
  },
  'optiId.groupInstanceRoles': {
    file: 'opti-id/group-instance-roles.ndjson.gz',
    columns: { opti_group_id: 'VARCHAR', opti_instance_id: 'VARCHAR', opti_role_id: 'VARCHAR' },
    key: ['opti_group_id', 'opti_instance_id', 'opti_role_id'],
    bestEffort: false,
  },
  'optiId.invitations': {
    file: 'opti-id/invitations.ndjson.gz',
    columns: {
      opti_invitation_id: 'VARCHAR',
      email: 'VARCHAR',
      status: 'VARCHAR',
      created_at: 'TIMESTAMP',
    },
    key: ['opti_invitation_id'],
    bestEffort: false,
  },
};

export const DATASET_NAMES = Object.keys(DATASETS) as DatasetName[];

export type Side = 'okta' | 'opti-id';

export function sideOf(name: DatasetName): Side {
  return name.startsWith('okta.') ? 'okta' : 'opti-id';
}

/**
 * How far a dataset was read. `partial`: rows were read, not to the end. `unread`: nothing usable was read.
 * `not_applicable`: there is nothing to read, for instance because no SCIM app exists.
 */
export type Completeness = 'complete' | 'partial' | 'unread' | 'not_applicable';

export interface DatasetState {
  completeness: Completeness;
  /** Why it is not complete; empty when it is. */
  reason: string;
}

/** Takes the rows of one dataset while it is read. */
export interface DatasetWriter<Row> {
  /** Resolves when the row is taken; wait for it, it is the back-pressure. */
  write(row: Row): Promise<void>;
  /** Counts one request to the source, retries included. */
  countRequest(): void;
}

/** Where readers put what they read. Implemented by the snapshot; tests use a plain one. */
export interface SnapshotSink {
  /**
   * Runs `read` and keeps what it writes. Resolves with the state: `complete` when `read` returns; `partial`
   * (rows written) or `unread` (none) when it throws {@link IncompleteRead}. Any other error passes through.
   * Each dataset is collected once; several may be open at a time.
   */
  collect<Name extends DatasetName>(
    name: Name,
    read: (writer: DatasetWriter<DatasetRows[Name]>) => Promise<void>,
  ): Promise<DatasetState>;
  /** Says that there is nothing to read, and why. */
  notApplicable(name: DatasetName, reason: string): void;
  /** Says that it was not read, and why (an earlier failure, `--only`). */
  unread(name: DatasetName, reason: string): void;
}
