import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

testRule('sso-and-scim-in-one-app', {
  clean: [
    {
      world: 'one app signs in, another provisions',
      given: (world) => {
        world.ssoApp();
      },
    },
    {
      world: 'the SSO app can push groups and import, which is no provisioning of users',
      given: (world) => {
        world.ssoApp({ features: ['GROUP_PUSH', 'IMPORT_NEW_USERS'] });
      },
      job: 'drift',
    },
    {
      world: 'there is no SCIM app yet, and the SSO app does not provision',
      given: (world) => {
        world.ssoApp();
        world.noScimApp();
      },
    },
  ],
  flagged: [
    {
      world: 'the SCIM app is the SSO app, though Okta shows no features',
      given: (world) => {
        world.changeScimApp({ features: [] });
        world.ssoApp(world.scimApp);
      },
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          evidence: { reason: 'the SCIM app is also the SSO app', features: [] },
        },
      ],
    },
    ...(['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION'] as const).map((feature) => ({
      world: `the SSO app has ${feature}`,
      given: (world: World) => {
        world.ssoApp({ features: ['GROUP_PUSH', feature] });
      },
      finds: [
        {
          subject: 'Opti ID SSO',
          okta_id: '0oaSso',
          evidence: { reason: `the SSO app has provisioning on (${feature})`, features: [feature] },
        },
      ],
    })),
    {
      world: 'the SSO app provisions and there is no SCIM app',
      given: (world) => {
        world.ssoApp({ features: ['PUSH_NEW_USERS'] });
        world.noScimApp();
      },
      job: 'drift',
      finds: [{ subject: 'Opti ID SSO' }],
    },
  ],
  silent: [
    {
      world: 'no SSO app is set',
      given: () => {},
      outcome: 'skipped',
      reason: /AUDIT_SSO_APP is not set/u,
    },
    {
      world: 'the SSO app could not be read',
      given: (world) => {
        world.ssoApp();
        world.setState('okta.ssoApp', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.ssoApp was not read: HTTP 403/u,
    },
    {
      world: 'the SCIM app could not be read',
      given: (world) => {
        world.ssoApp();
        world.setState('okta.scimApp', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.scimApp was not read: HTTP 403/u,
    },
  ],
});
