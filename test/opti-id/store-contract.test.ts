import { describe, expect, it } from 'vitest';
import { DATASETS, datasetsOf } from '../../src/domain/dataset.ts';
import {
  NEEDED_VIEWS,
  STORE_VIEWS,
  selectFrom,
  storeDdl,
  storeGrants,
} from '../../src/opti-id/store-contract.ts';

describe('the store contract', () => {
  it('fills exactly the columns of each dataset', () => {
    for (const { dataset, columns } of STORE_VIEWS) {
      expect(columns.flatMap(({ as }) => as ?? [])).toEqual(Object.keys(DATASETS[dataset].columns));
    }
  });

  it('covers every dataset that the Opti ID side reads once, and needs all but the teams', () => {
    expect(STORE_VIEWS.map(({ dataset }) => dataset)).toEqual(datasetsOf('opti-id'));
    expect(STORE_VIEWS.map(({ name }) => name)).toEqual([...NEEDED_VIEWS, 'teams']);
  });

  it('has the views and columns that the documentation names', () => {
    expect(
      STORE_VIEWS.map(
        ({ name, columns }) => `${name} (${columns.map((c) => `${c.column} ${c.type}`).join(', ')})`,
      ),
    ).toEqual([
      'organizations (id text, name text, provisioning_mode text)',
      'sso_connections (id text, organization_id text, name text, protocol text, scim_enabled boolean, domains text[])',
      'users (id text, organization_id text, home_organization_id text, external_id text, email text, first_name text, last_name text, status text, local_login boolean, last_login_at timestamptz, created_at timestamptz, modified_at timestamptz)',
      'groups (id text, organization_id text, name text, description text, group_type text, user_count integer, created_at timestamptz, modified_at timestamptz)',
      'group_members (group_id text, user_id text)',
      'product_instances (id text, organization_id text, product text, nickname text)',
      'roles (id text, product text, name text, kind text)',
      'group_instance_roles (group_id text, instance_id text, role_id text)',
      'invitations (id text, organization_id text, email text, status text, created_at timestamptz)',
      'teams (id text, organization_id text, name text, instance_id text)',
    ]);
  });

  it('shows the DDL of the views asked for', () => {
    expect(storeDdl('opti_id', ['group_members'])).toBe(
      [
        '-- A membership in the store, those of deleted users included.',
        'create view opti_id.group_members as',
        'select',
        '  t.group_id::text as group_id,  -- Id of the group in the store (groups.id)',
        '  t.user_id::text as user_id     -- Id of the user in the store: the SCIM id (users.id)',
        'from your_group_members as t;',
      ].join('\n'),
    );
    expect(storeDdl('opti_id').match(/create view/g)).toHaveLength(STORE_VIEWS.length);
    expect(storeDdl('opti_id', ['teams'])).toMatch(/^-- Optional\. A team of a product instance/);
  });

  it('quotes schemas and roles that need it', () => {
    expect(storeDdl('Opti "ID"', ['roles'])).toContain('create view "Opti ""ID""".roles as');
    expect(storeGrants('opti_id', 'Ada')).toContain('grant usage on schema opti_id to "Ada";');
  });

  it('keeps a question mark in a schema name out of the placeholders', () => {
    const [organizations] = STORE_VIEWS;
    if (organizations === undefined) throw new Error('no view');
    expect(selectFrom('a?b', organizations)).toContain('"a\\?b"."organizations"');
  });
});
