import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Column, objects, oneOf, text, time } from '../../src/domain/column.ts';
import {
  type AppFeatureRow,
  type AppGroupRow,
  type AppRow,
  type AppUserRow,
  type ChosenAppRow,
  DATASET_NAMES,
  DATASETS,
  type DatasetRow,
  type GroupPushMappingRow,
  type LogEventRow,
  type OktaGroupMemberRow,
  type OktaGroupRow,
  type OktaUserRow,
  type OptiGroupRow,
  type OptiOrganizationRow,
  type OptiSsoConnectionRow,
  type OptiUserRow,
  type ProfileMappingRow,
  type ProvisioningConnectionRow,
  type PushScopeRow,
  type UserLookupRow,
} from '../../src/domain/dataset.ts';

type Text = string | null;

describe('a dataset', () => {
  it.each(DATASET_NAMES)(
    '%s says what a row is, what each column holds, and which columns name a row',
    (name) => {
      const { means, columns } = DATASETS[name];
      expect(means).toMatch(/^[A-Z].*\.$/u);
      for (const [column, { means: of }] of Object.entries<Column>(columns)) {
        expect(column).toMatch(/^[a-z][a-z_]*$/u);
        expect(`${column}: ${of}`).toMatch(/^\S+: \S.*[^.\s]$/u);
      }
      const keys = Object.values<Column>(columns).filter(({ isKey }) => isKey);
      expect(keys).not.toHaveLength(0);
      expect(keys.map(({ isNullable }) => isNullable)).toEqual(keys.map(() => false));
    },
  );

  it('has a file of its own, on its side', () => {
    const files = Object.values(DATASETS).map(({ file }) => file);
    expect(new Set(files).size).toBe(files.length);
    expect(DATASETS['okta.groupPushMappings'].file).toBe('okta/group-push-mappings.ndjson.gz');
    expect(DATASETS['optiId.ssoConnections'].file).toBe('opti-id/sso-connections.ndjson.gz');
  });

  it('is best effort where Okta shows it for some apps only', () => {
    expect(DATASET_NAMES.filter((name) => DATASETS[name].bestEffort)).toEqual([
      'okta.appFeatures',
      'okta.provisioningConnection',
    ]);
  });

  it('says how a row is named', () => {
    const keysOf = (name: keyof typeof DATASETS) =>
      Object.entries<Column>(DATASETS[name].columns).flatMap(([column, { isKey }]) =>
        isKey ? [column] : [],
      );
    expect(Object.fromEntries(DATASET_NAMES.map((name) => [name, keysOf(name).join(', ')]))).toEqual({
      'okta.apps': 'okta_app_id',
      'okta.scimApp': 'okta_app_id',
      'okta.ssoApp': 'okta_app_id',
      'okta.appFeatures': 'name',
      'okta.provisioningConnection': 'status',
      'okta.profileMappings': 'okta_mapping_id',
      'okta.appUsers': 'okta_user_id',
      'okta.appGroups': 'okta_group_id',
      'okta.ssoAppUsers': 'okta_user_id',
      'okta.ssoAppGroups': 'okta_group_id',
      'okta.groupPushMappings': 'okta_mapping_id',
      'okta.otherAppUsers': 'okta_app_id, okta_user_id',
      'okta.otherPushMappings': 'okta_app_id, okta_mapping_id',
      'okta.assignmentChecks': 'okta_user_id',
      'okta.groups': 'okta_group_id',
      'okta.pushScope': 'okta_group_id',
      'okta.groupMembers': 'okta_group_id, okta_user_id',
      'okta.users': 'okta_user_id',
      'okta.suspendedUsers': 'okta_user_id',
      'okta.userLookups': 'opti_user_id',
      'okta.logEvents': 'event_id',
      'optiId.organizations': 'opti_organization_id',
      'optiId.ssoConnections': 'opti_connection_id',
      'optiId.users': 'opti_user_id',
      'optiId.groups': 'opti_group_id',
      'optiId.groupMembers': 'opti_group_id, opti_user_id',
      'optiId.productInstances': 'opti_instance_id',
      'optiId.roles': 'opti_role_id',
      'optiId.groupInstanceRoles': 'opti_group_id, opti_instance_id, opti_role_id',
      'optiId.invitations': 'opti_invitation_id',
      'optiId.teams': 'opti_team_id',
      'optiId.otherOrganizationUsers': 'email',
    });
  });
});

describe('a column', () => {
  it('carries the engine type that its values need', () => {
    expect(text('A text')).toEqual({ type: 'VARCHAR', means: 'A text', isNullable: false, holds: 'name' });
    expect(time.orNull('A time')).toEqual({ type: 'TIMESTAMP', means: 'A time', isNullable: true });
    expect(objects('Things', ['id'], ['type'], { id: 'id', type: 'plain' }).type).toBe(
      'STRUCT(id VARCHAR, type VARCHAR)[]',
    );
  });

  it('of a few values lists them where nothing else is said', () => {
    expect(oneOf(['active', 'invited', 'deleted']).means).toBe('`active`, `invited` or `deleted`');
    expect(oneOf(['jit', 'scim']).means).toBe('`jit` or `scim`');
    expect(oneOf(['id', 'e-mail'], 'By what').means).toBe('By what');
  });
});

// The compiler checks these: inference must never give more than the rows hold, `any` least of all.
it('gives its row exactly these types', () => {
  expectTypeOf<AppRow>().toEqualTypeOf<{
    okta_app_id: string;
    name: string;
    label: string;
    status: string;
    sign_on_mode: Text;
    features: string[];
  }>();
  expectTypeOf<ChosenAppRow>().toEqualTypeOf<{
    okta_app_id: string;
    name: string;
    label: string;
    status: string;
    sign_on_mode: Text;
    features: string[];
    username_template: Text;
    username_template_type: Text;
    username_push_status: Text;
  }>();
  expectTypeOf<AppFeatureRow>().toEqualTypeOf<{
    name: string;
    status: Text;
    create_users: Text;
    update_attributes: Text;
    deactivate_users: Text;
    sync_password: Text;
    import_schedule: Text;
  }>();
  expectTypeOf<ProvisioningConnectionRow>().toEqualTypeOf<{
    status: string;
    auth_scheme: Text;
    base_url: Text;
  }>();
  expectTypeOf<ProfileMappingRow>().toEqualTypeOf<{
    okta_mapping_id: string;
    source_id: string;
    source_name: Text;
    target_id: string;
    target_name: Text;
    properties: { attribute: string; expression: Text; push_status: Text }[];
  }>();
  expectTypeOf<AppUserRow>().toEqualTypeOf<{
    okta_user_id: string;
    external_id: Text;
    status: string;
    sync_state: Text;
    scope: Text;
    user_name: Text;
    created: Text;
    last_updated: Text;
    status_changed: Text;
    last_sync: Text;
  }>();
  expectTypeOf<DatasetRow<'okta.ssoAppUsers'>>().toEqualTypeOf<AppUserRow>();
  expectTypeOf<AppGroupRow>().toEqualTypeOf<{ okta_group_id: string; last_updated: Text }>();
  expectTypeOf<DatasetRow<'okta.ssoAppGroups'>>().toEqualTypeOf<AppGroupRow>();
  expectTypeOf<GroupPushMappingRow>().toEqualTypeOf<{
    okta_mapping_id: string;
    source_group_id: string;
    target_group_id: Text;
    status: string;
    error_summary: Text;
    created: Text;
    last_updated: Text;
    last_push: Text;
  }>();
  expectTypeOf<OktaGroupRow>().toEqualTypeOf<{
    okta_group_id: string;
    name: string;
    type: string;
    source_app_id: Text;
    external_id: Text;
    created: Text;
    last_updated: Text;
    last_membership_updated: Text;
  }>();
  expectTypeOf<PushScopeRow>().toEqualTypeOf<{
    okta_group_id: string;
    reason: 'setting' | 'mapping' | 'scim-assignment' | 'sso-assignment';
  }>();
  expectTypeOf<OktaGroupMemberRow>().toEqualTypeOf<{ okta_group_id: string; okta_user_id: string }>();
  expectTypeOf<OktaUserRow>().toEqualTypeOf<{
    okta_user_id: string;
    status: string;
    login: Text;
    email: Text;
    first_name: Text;
    last_name: Text;
    created: Text;
    last_updated: Text;
    status_changed: Text;
  }>();
  expectTypeOf<DatasetRow<'okta.suspendedUsers'>>().toEqualTypeOf<OktaUserRow>();
  expectTypeOf<UserLookupRow>().toEqualTypeOf<{
    opti_user_id: string;
    asked_by: 'id' | 'e-mail';
    okta_user_id: Text;
  }>();
  expectTypeOf<LogEventRow>().toEqualTypeOf<{
    event_id: string;
    published: string;
    event_type: string;
    outcome: Text;
    outcome_reason: Text;
    targets: { id: Text; type: Text; alternate_id: Text; display_name: Text }[];
  }>();
  expectTypeOf<OptiOrganizationRow>().toEqualTypeOf<{
    opti_organization_id: string;
    name: string;
    provisioning_mode: string;
  }>();
  expectTypeOf<OptiSsoConnectionRow>().toEqualTypeOf<{
    opti_connection_id: string;
    name: Text;
    protocol: Text;
    scim_enabled: boolean;
    domains: string[];
  }>();
  expectTypeOf<OptiUserRow>().toEqualTypeOf<{
    opti_user_id: string;
    home_organization_id: Text;
    external_id: Text;
    email: string;
    first_name: Text;
    last_name: Text;
    status: Text;
    local_login: boolean | null;
    last_login_at: Text;
    created_at: Text;
    modified_at: Text;
  }>();
  expectTypeOf<OptiGroupRow>().toEqualTypeOf<{
    opti_group_id: string;
    name: string;
    description: Text;
    group_type: Text;
    user_count: number | null;
    created_at: Text;
    modified_at: Text;
  }>();
  expectTypeOf<DatasetRow<'optiId.groupMembers'>>().toEqualTypeOf<{
    opti_group_id: string;
    opti_user_id: string;
  }>();
  expectTypeOf<DatasetRow<'optiId.productInstances'>>().toEqualTypeOf<{
    opti_instance_id: string;
    product: string;
    nickname: Text;
  }>();
  expectTypeOf<DatasetRow<'optiId.roles'>>().toEqualTypeOf<{
    opti_role_id: string;
    product: string;
    name: string;
    kind: Text;
  }>();
  expectTypeOf<DatasetRow<'optiId.groupInstanceRoles'>>().toEqualTypeOf<{
    opti_group_id: string;
    opti_instance_id: string;
    opti_role_id: string;
  }>();
  expectTypeOf<DatasetRow<'optiId.invitations'>>().toEqualTypeOf<{
    opti_invitation_id: string;
    email: string;
    status: string;
    created_at: Text;
  }>();
});
