import {
  type Columns,
  checked,
  count,
  flag,
  id,
  key,
  objects,
  oneOf,
  type RowOf,
  text,
  texts,
  time,
  unlessHidden,
} from './column.ts';

/**
 * The datasets of a snapshot, each said once: what a row is, and of every column its type, its meaning and, on the
 * side of the store, where it comes from. From this table follow the types of rows, the snapshot's files, the
 * engine's tables, the store's contract with its DDL, and the documentation of all of them.
 *
 * Allow-listed fields only; no credentials, no tokens. Times are UTC ISO-8601 texts in rows and TIMESTAMP in the
 * analysis.
 */

/**
 * Which rows of a view are read: those of the organization (by its column, by `id`, through the group), or all.
 * `asked`: no view of its own; the reader asks for it when the rest is read.
 */
export type StoreScope = 'by-organization' | 'by-id' | 'through-group' | 'all' | 'asked';

interface DatasetDefinition {
  /** What a row is, in a sentence. */
  means: string;
  columns: Columns;
  /** Okta shows this for some apps only: refused (`unread`) then means *not shown*, never *off*; failed it is `partial`. */
  bestEffort: boolean;
  /** A view that a store need not have; without it the dataset does not apply. */
  optional?: true;
}

function okta<Of extends Columns>(means: string, columns: Of) {
  return { means, columns, bestEffort: false };
}

function shownForSomeApps<Of extends Columns>(means: string, columns: Of) {
  return { means, columns, bestEffort: true };
}

function optiId<Of extends Columns>(means: string, scope: StoreScope, columns: Of) {
  return { means, columns, bestEffort: false, scope };
}

const OKTA_USER_ID = 'Okta id of the user';
const OKTA_GROUP_ID = 'Okta id of the group';
const OPTI_USER_ID = 'Id of the user in the store: the SCIM id';
const OPTI_GROUP_ID = 'Id of the group in the store';
const OPTI_INSTANCE_ID = 'Id of the product instance in the store';
const OPTI_ROLE_ID = 'Id of the role in the store';
const PRODUCT = text('Name of the product', { holds: 'plain' });

const created = time.orNull('When it was made');
const last_updated = time.orNull('When it was last changed');
const status_changed = time.orNull('When its status last changed');

const APP = {
  okta_app_id: key('Okta id of the app'),
  name: text('Key in the Okta catalogue, `scim2headerauth` for the SCIM 2.0 Test App (Header Auth)', {
    holds: 'app-key',
  }),
  label: text('Name that the Admin Console shows'),
  status: text('`ACTIVE` or `INACTIVE`', { holds: 'plain' }),
  sign_on_mode: text.orNull('How people sign on to it', { holds: 'plain' }),
  features: texts('Features of the app that are on; empty: Okta does not show them', { holds: 'plain' }),
};
const CHOSEN_APP = {
  ...APP,
  username_template: text.orNull('Expression that makes the user name of an app user', {
    holds: 'expression',
  }),
  username_template_type: text.orNull('Kind of that expression', { holds: 'plain' }),
  username_push_status: text.orNull(
    'When a changed user name is sent: `PUSH`, `DONT_PUSH` or `NOT_CONFIGURED`',
    { holds: 'plain' },
  ),
};
const APP_USER = {
  okta_user_id: key(OKTA_USER_ID),
  external_id: id.orNull('SCIM id, the id of the user in the store; null until provisioned'),
  status: text('Status of the assignment', { holds: 'plain' }),
  sync_state: text.orNull('State of the synchronization with the app', { holds: 'plain' }),
  scope: text.orNull('`USER` (assigned directly) or `GROUP` (by a group)', { holds: 'plain' }),
  user_name: text.orNull('User name in the app', { holds: 'email' }),
  created: time.orNull('When the user was assigned'),
  last_updated,
  status_changed,
  last_sync: time.orNull('When Okta last synchronized it with the app'),
};
const APP_GROUP = { okta_group_id: key(OKTA_GROUP_ID), last_updated };
const OKTA_USER = {
  okta_user_id: key(OKTA_USER_ID),
  status: text('Status in Okta', { holds: 'plain' }),
  login: text.orNull('User name in Okta', { holds: 'email' }),
  email: text.orNull('E-mail in Okta', { holds: 'email' }),
  first_name: text.orNull('First name in Okta', { holds: 'person' }),
  last_name: text.orNull('Last name in Okta', { holds: 'person' }),
  created,
  last_updated,
  status_changed,
};

/** Gives each dataset its file below `snapshot/`: `okta.groupPushMappings` is `okta/group-push-mappings.ndjson.gz`. */
function withFiles<Of extends Readonly<Record<string, DatasetDefinition>>>(
  datasets: Of,
): { readonly [Name in keyof Of]: Of[Name] & { file: string } } {
  const fileOf = (name: string) =>
    `${name.replace('.', '/').replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}.ndjson.gz`;
  return Object.fromEntries(
    Object.entries(datasets).map(([name, dataset]) => [name, { ...dataset, file: fileOf(name) }]),
  ) as { [Name in keyof Of]: Of[Name] & { file: string } };
}

export const DATASETS = withFiles({
  'okta.apps': okta('An app that the credentials can see.', APP),
  'okta.scimApp': okta('The chosen SCIM app; no row or one.', CHOSEN_APP),
  'okta.ssoApp': okta('The chosen SSO app; no row or one.', CHOSEN_APP),
  'okta.appFeatures': shownForSomeApps(
    'A provisioning feature of the SCIM app. Okta shows them for some apps only.',
    {
      name: key('Name of the feature', { holds: 'plain' }),
      status: text.orNull('`ENABLED` or `DISABLED`; null: not shown', { holds: 'plain' }),
      create_users: text.orNull('Create Users: `ENABLED`, `DISABLED` or null', { holds: 'plain' }),
      update_attributes: text.orNull('Update User Attributes: `ENABLED`, `DISABLED` or null', {
        holds: 'plain',
      }),
      deactivate_users: text.orNull('Deactivate Users: `ENABLED`, `DISABLED` or null', { holds: 'plain' }),
      sync_password: text.orNull('Sync Password: `ENABLED`, `DISABLED` or null', { holds: 'plain' }),
      import_schedule: text.orNull('Scheduled import: `ENABLED`, `DISABLED` or null', { holds: 'plain' }),
    },
  ),
  'okta.provisioningConnection': shownForSomeApps(
    'The provisioning connection of the SCIM app; no row or one.',
    {
      status: key('`ENABLED`, `DISABLED` or `UNKNOWN`', { holds: 'plain' }),
      auth_scheme: text.orNull('How Okta signs on to the SCIM server', { holds: 'plain' }),
      base_url: text.orNull('Base URL of the SCIM server', { holds: 'url' }),
    },
  ),
  'okta.profileMappings': okta('A mapping from an Okta user type to the SCIM app.', {
    okta_mapping_id: key('Okta id of the profile mapping'),
    source_id: text('Id of what it maps from', { holds: 'id' }),
    source_name: text.orNull('Name of what it maps from'),
    target_id: text('Id of what it maps to', { holds: 'id' }),
    target_name: text.orNull('Name of what it maps to'),
    properties: objects(
      'Attributes that are mapped, with the expression of each and when it is sent',
      ['attribute'],
      ['expression', 'push_status'],
      { attribute: 'attribute', expression: 'expression', push_status: 'plain' },
    ),
  }),
  'okta.appUsers': okta('A user of the SCIM app, assigned or not.', APP_USER),
  'okta.appGroups': okta('A group assigned to the SCIM app.', APP_GROUP),
  'okta.ssoAppUsers': okta('A user of the SSO app, assigned or not.', {
    ...APP_USER,
    external_id: text.orNull('Id of the user in the SSO app, where it gave one', { holds: 'id' }),
  }),
  'okta.ssoAppGroups': okta('A group assigned to the SSO app.', APP_GROUP),
  'okta.groupPushMappings': okta('A group push mapping of the SCIM app.', {
    okta_mapping_id: key('Okta id of the push mapping'),
    source_group_id: id('Okta id of the group that is pushed'),
    target_group_id: id.orNull('Okta id of the app group that stands for the group in Opti ID'),
    status: text('`ACTIVE`, `INACTIVE` or `ERROR`', { holds: 'plain' }),
    error_summary: text.orNull('What Okta says went wrong', { holds: 'words' }),
    created,
    last_updated,
    last_push: time.orNull('When the group was last pushed'),
  }),
  'okta.otherAppUsers': okta('A user of another active app that may manage this organization too.', {
    okta_app_id: key('Okta id of that app'),
    okta_user_id: key(OKTA_USER_ID),
    external_id: id.orNull(
      'Id that the app knows the user by; where it is that of a store user, the app manages them',
    ),
    status: text('Status of the assignment', { holds: 'plain' }),
  }),
  'okta.otherPushMappings': okta(
    'A group push mapping of another active app that may manage this organization too.',
    {
      okta_app_id: key('Okta id of that app'),
      okta_mapping_id: key('Okta id of the push mapping'),
      source_group_id: id('Okta id of the group that is pushed'),
      target_group_id: id.orNull('Okta id of the app group that stands for the group in the target'),
      status: text('`ACTIVE`, `INACTIVE` or `ERROR`', { holds: 'plain' }),
      created,
      last_push: time.orNull('When the group was last pushed'),
    },
  ),
  'okta.assignmentChecks': okta(
    'Somebody whom the listing of the SCIM app leaves out and who was asked for one by one before being called unassigned.',
    {
      okta_user_id: key(OKTA_USER_ID),
      is_assigned: flag(
        'True where Okta says that the user is assigned after all: then the listing is not complete',
      ),
    },
  ),
  // From the listing, and by id for mapped groups that it omits.
  'okta.groups': okta('An Okta group.', {
    okta_group_id: key(OKTA_GROUP_ID),
    name: text('Name of the group'),
    type: text('`OKTA_GROUP`, `APP_GROUP` or `BUILT_IN`', { holds: 'plain' }),
    source_app_id: text.orNull('Okta id of the app that an app group comes from', { holds: 'id' }),
    external_id: text.orNull("The group's id in the app that an app group comes from", { holds: 'id' }),
    created,
    last_updated,
    last_membership_updated: time.orNull('When its members last changed'),
  }),
  // Resolved when the snapshot was taken.
  'okta.pushScope': okta('A group that is meant to be pushed.', {
    okta_group_id: key(OKTA_GROUP_ID),
    reason: oneOf(
      ['setting', 'mapping', 'scim-assignment', 'sso-assignment'],
      'Why: `setting`, `mapping`, `scim-assignment` or `sso-assignment`',
    ),
  }),
  'okta.groupMembers': okta('A membership of a group in the push scope.', {
    okta_group_id: key(OKTA_GROUP_ID),
    okta_user_id: key(OKTA_USER_ID),
  }),
  'okta.users': okta(
    'An Okta user seen as app user or group member, or looked up for a store user.',
    OKTA_USER,
  ),
  'okta.suspendedUsers': okta('A suspended Okta user.', OKTA_USER),
  // Who was found is a row of `okta.users` too.
  'okta.userLookups': okta("A store user without a partner in Okta's listings, who was looked up there.", {
    opti_user_id: key(OPTI_USER_ID),
    asked_by: oneOf(
      ['id', 'e-mail'],
      '`id` (and by the e-mail where Okta knows no such id) or `e-mail` alone',
    ),
    okta_user_id: id.orNull('Okta id of the user who was found; null: nobody, whatever their status'),
  }),
  'okta.logEvents': okta('A System Log event within the window of AUDIT_LOG_DAYS.', {
    event_id: key('Id of the event'),
    published: time('When it happened'),
    event_type: text('Type of the event', { holds: 'plain' }),
    outcome: text.orNull('`SUCCESS`, `FAILURE` and others', { holds: 'plain' }),
    outcome_reason: text.orNull("Okta's reason for the outcome", { holds: 'words' }),
    targets: objects(
      'What the event is about: users, groups, apps',
      [],
      ['id', 'type', 'alternate_id', 'display_name'],
      { id: 'id', type: 'plain', alternate_id: 'target', display_name: 'target-name' },
    ),
  }),
  'optiId.organizations': optiId(
    'An organization of the store; only that of OPTIID_ORGANIZATION is read.',
    'by-id',
    {
      opti_organization_id: key('Id of the organization in the store: the value of OPTIID_ORGANIZATION', {
        source: 'id',
      }),
      name: text('Name of the organization, as the Admin Center shows it'),
      provisioning_mode: checked(['jit', 'scim']),
    },
  ),
  'optiId.ssoConnections': optiId(
    'An SSO connection of the organization; SCIM is on for one of them at most.',
    'by-organization',
    {
      opti_connection_id: key('Id of the SSO connection in the store', { source: 'id' }),
      name: text.orNull('Name of the connection'),
      protocol: text.orNull('`saml` or `oidc`', { holds: 'plain' }),
      scim_enabled: flag('True where SCIM is on'),
      domains: texts('E-mail domains of the connection', { holds: 'domain' }),
    },
  ),
  'optiId.users': optiId(
    'A user of the organization, deleted and invited ones included.',
    'by-organization',
    {
      opti_user_id: key(`${OPTI_USER_ID}, which Okta keeps as the externalId of the app user`, {
        source: 'id',
      }),
      home_organization_id: text.orNull(
        "Id of the user's own organization; another one: a collaborator or partner",
        { holds: 'id' },
      ),
      external_id: id.orNull(
        'SCIM externalId, which Okta fills with its user id; null: no SCIM client owns the user',
      ),
      email: text('E-mail in the store, with which the user signs in; a deleted user may have none', {
        emptyWhen: { column: 'status', is: 'deleted' },
        holds: 'email',
      }),
      first_name: text.orNull('First name in the store', { holds: 'person' }),
      last_name: text.orNull('Last name in the store', { holds: 'person' }),
      status: unlessHidden(checked(['active', 'invited', 'deleted'])),
      local_login: unlessHidden(flag('True where the user has a login that does not need SSO (Local Login)')),
      last_login_at: time.orNull('When the user last signed in; null: never'),
      created_at: created,
      modified_at: last_updated,
    },
  ),
  'optiId.groups': optiId('A group of the store, of any of the three types.', 'by-organization', {
    opti_group_id: key(OPTI_GROUP_ID, { source: 'id' }),
    name: text('Name of the group, exactly as stored'),
    description: text.orNull('What the store says about it', { holds: 'words' }),
    group_type: unlessHidden(
      checked(
        ['custom', 'internal', 'product'],
        '`custom` (made by hand), `internal` (Everyone, and those that SCIM manages) or `product` (made by a product)',
      ),
    ),
    user_count: count.orNull('How many members the store counts, as the Admin Center shows it'),
    created_at: created,
    modified_at: last_updated,
  }),
  'optiId.groupMembers': optiId(
    'A membership in the store, those of deleted users included.',
    'through-group',
    {
      opti_group_id: key(OPTI_GROUP_ID, { source: 'group_id', refersTo: 'groups.id' }),
      opti_user_id: key(OPTI_USER_ID, { source: 'user_id', refersTo: 'users.id' }),
    },
  ),
  'optiId.productInstances': optiId(
    'A product instance of the organization; the Admin Center is one, its product is `Admin Center`.',
    'by-organization',
    {
      opti_instance_id: key(OPTI_INSTANCE_ID, { source: 'id' }),
      product: PRODUCT,
      nickname: text.orNull('Name of the instance'),
    },
  ),
  'optiId.roles': optiId('A role of a product; those of the Admin Center are among them.', 'all', {
    opti_role_id: key(OPTI_ROLE_ID, { source: 'id' }),
    product: PRODUCT,
    name: text('Name of the role', { holds: 'role' }),
    kind: text.orNull('`system` or `custom`', { holds: 'plain' }),
  }),
  'optiId.groupInstanceRoles': optiId('A role on a product instance that a group grants.', 'through-group', {
    opti_group_id: key(OPTI_GROUP_ID, { source: 'group_id', refersTo: 'groups.id' }),
    opti_instance_id: key(OPTI_INSTANCE_ID, { source: 'instance_id', refersTo: 'product_instances.id' }),
    opti_role_id: key(OPTI_ROLE_ID, { source: 'role_id', refersTo: 'roles.id' }),
  }),
  'optiId.invitations': optiId('An invitation to the organization, whatever its state.', 'by-organization', {
    opti_invitation_id: key('Id of the invitation in the store', { source: 'id' }),
    email: text('E-mail that was invited', { holds: 'email' }),
    status: text('`pending`, `expired`, `accepted` or `revoked`', { holds: 'plain' }),
    created_at: created,
  }),
  'optiId.teams': {
    ...optiId('A team of a product instance, where the store shows teams.', 'by-organization', {
      opti_team_id: key('Id of the team in the store', { source: 'id' }),
      name: text('Name of the team'),
      opti_instance_id: id('Id of the product instance that the team belongs to', {
        source: 'instance_id',
        refersTo: 'product_instances.id',
      }),
    }),
    optional: true,
  },
  'optiId.otherOrganizationUsers': optiId(
    'An e-mail that a user of another organization has, asked for assigned people without a store user; nothing else of that user is read.',
    'asked',
    { email: key('E-mail in the store, without regard to case and outer space', { holds: 'email' }) },
  ),
});

export type DatasetName = keyof typeof DATASETS;

/** Row type of each dataset. */
export type DatasetRows = { [Name in DatasetName]: RowOf<(typeof DATASETS)[Name]['columns']> };
export type DatasetRow<Name extends DatasetName> = DatasetRows[Name];

export type AppRow = DatasetRow<'okta.apps'>;
export type ChosenAppRow = DatasetRow<'okta.scimApp'>;
export type AppFeatureRow = DatasetRow<'okta.appFeatures'>;
export type ProvisioningConnectionRow = DatasetRow<'okta.provisioningConnection'>;
export type ProfileMappingRow = DatasetRow<'okta.profileMappings'>;
export type AppUserRow = DatasetRow<'okta.appUsers'>;
export type OktaUserRow = DatasetRow<'okta.users'>;
export type AppGroupRow = DatasetRow<'okta.appGroups'>;
export type GroupPushMappingRow = DatasetRow<'okta.groupPushMappings'>;
export type OktaGroupRow = DatasetRow<'okta.groups'>;
export type PushScopeRow = DatasetRow<'okta.pushScope'>;
export type OktaGroupMemberRow = DatasetRow<'okta.groupMembers'>;
export type UserLookupRow = DatasetRow<'okta.userLookups'>;
export type LogEventRow = DatasetRow<'okta.logEvents'>;
export type OptiOrganizationRow = DatasetRow<'optiId.organizations'>;
export type OptiSsoConnectionRow = DatasetRow<'optiId.ssoConnections'>;
export type OptiUserRow = DatasetRow<'optiId.users'>;
export type OptiGroupRow = DatasetRow<'optiId.groups'>;

export const DATASET_NAMES = Object.keys(DATASETS) as DatasetName[];

export type Side = 'okta' | 'opti-id';

export function sideOf(name: DatasetName): Side {
  return name.startsWith('okta.') ? 'okta' : 'opti-id';
}

/** Datasets that are read on a side alone; what is asked for when both sides are read is of neither. */
export function datasetsOf(side: Side): DatasetName[] {
  return DATASET_NAMES.filter((name) => sideOf(name) === side && name !== 'optiId.otherOrganizationUsers');
}

/**
 * How far a dataset was read. `partial`: some rows were read. `unread`: nothing usable was read.
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
  /**
   * Says that a dataset is not complete after all, because what was read later proves it: complete becomes partial.
   * Any other state stays, with its own reason.
   */
  downgrade(name: DatasetName, reason: string): void;
}

/** Table of a dataset as it was read: `okta.groupPushMappings` is `snapshot.okta_group_push_mappings`. */
export function snapshotTable(name: DatasetName): string {
  const table = name.replace('.', '_').replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
  return `snapshot.${table}`;
}

/** Words of a dataset's name that are written otherwise. */
const WRITTEN: Readonly<Record<string, string>> = { scim: 'SCIM', sso: 'SSO' };

/** `okta.groupPushMappings` as people say it, without its side: `group push mappings`. */
export function plainName(dataset: DatasetName): string {
  const words = dataset.replace(/^\w+\./u, '').replace(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
  return words.replace(/\w+/gu, (word) => WRITTEN[word] ?? word);
}
