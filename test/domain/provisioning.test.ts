import { describe, expect, test } from 'vitest';
import type { AppFeatureRow, ChosenAppRow } from '../../src/domain/dataset.ts';
import { mappedAttributes } from '../../src/domain/profile-mapping.ts';
import {
  type ProvisioningOption,
  provisioningFeatures,
  provisioningOption,
} from '../../src/domain/provisioning.ts';

const app = (features: string[]): ChosenAppRow => ({
  okta_app_id: '0oaScim',
  name: 'scim2headerauth',
  label: 'Opti ID SCIM',
  status: 'ACTIVE',
  sign_on_mode: null,
  features,
  username_template: null,
  username_template_type: null,
  username_push_status: null,
});

const feature = (patch: Partial<AppFeatureRow>): AppFeatureRow => ({
  name: 'USER_PROVISIONING',
  status: null,
  create_users: null,
  update_attributes: null,
  deactivate_users: null,
  sync_password: null,
  import_schedule: null,
  ...patch,
});

describe.each<[ProvisioningOption, string]>([
  ['create_users', 'PUSH_NEW_USERS'],
  ['update_attributes', 'PUSH_PROFILE_UPDATES'],
  ['deactivate_users', 'PUSH_USER_DEACTIVATION'],
])('the option %s', (option, push) => {
  test('is what the provisioning feature says, whatever the app lists', () => {
    expect(provisioningOption(option, app([push]), [feature({ [option]: 'DISABLED' })])).toMatchObject({
      state: 'off',
      shownBy: 'USER_PROVISIONING says DISABLED',
    });
    expect(provisioningOption(option, app([]), [feature({ [option]: 'ENABLED' })])).toMatchObject({
      state: 'on',
      shownBy: 'USER_PROVISIONING says ENABLED',
    });
  });

  test.each([
    ['is not shown', null],
    ['is not among the features', []],
    ['does not say', [feature({})]],
    ['says something unheard of', [feature({ [option]: 'MAYBE' })]],
    ['is another one', [feature({ name: 'INBOUND_PROVISIONING', [option]: 'ENABLED' })]],
  ])('is what the app lists where the provisioning feature %s', (_how, features) => {
    expect(provisioningOption(option, app([push]), features).state).toBe('on');
    expect(provisioningOption(option, app(['GROUP_PUSH']), features)).toEqual({
      state: 'off',
      shownBy: `features[] lacks ${push}`,
    });
    expect(provisioningOption(option, app([]), features).state).toBe('not shown');
  });
});

test('pushing groups and importing is no provisioning of users', () => {
  expect(provisioningFeatures(['GROUP_PUSH', 'IMPORT_NEW_USERS', 'PROFILE_MASTERING'])).toEqual([]);
  expect(provisioningFeatures(['PUSH_USER_DEACTIVATION', 'GROUP_PUSH', 'PUSH_NEW_USERS'])).toEqual([
    'PUSH_NEW_USERS',
    'PUSH_USER_DEACTIVATION',
  ]);
});

test('an attribute without an expression, or with a blank one, is not mapped', () => {
  const property = (attribute: string, expression: string | null) => ({
    attribute,
    expression,
    push_status: null,
  });
  const mapped = mappedAttributes({
    okta_mapping_id: 'prm1',
    source_id: 'oty1',
    source_name: null,
    target_id: '0oaScim',
    target_name: null,
    properties: [property('a', 'user.a'), property('b', null), property('c', ''), property('d', ' \n')],
  });
  expect(mapped.map(({ attribute }) => attribute)).toEqual(['a']);
});
