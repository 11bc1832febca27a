import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

/** A SCIM app of which Okta shows no feature. */
const withoutFeatures = (world: World) => world.changeScimApp({ features: [] });

testRule('provisioning-connection-off', {
  clean: [
    {
      world: 'the connection is enabled, though nothing else shows it',
      given: (world) => {
        withoutFeatures(world);
        world.showConnection('ENABLED');
      },
    },
    {
      world: 'the connection is unknown, and the app has features',
      given: (world) => world.showConnection('UNKNOWN'),
    },
    { world: 'the connection is not shown, and the app has features', given: () => {}, job: 'drift' },
    {
      world: 'the connection is unknown, and a user was provisioned',
      given: (world) => {
        withoutFeatures(world);
        world.showConnection('UNKNOWN');
        world.person({}, { external_id: 'user-1' });
      },
    },
    {
      world: 'a user was provisioned once and is unassigned by now',
      given: (world) => {
        withoutFeatures(world);
        world.person({}, { external_id: 'user-1', status: 'DEPROVISIONED' });
      },
    },
    {
      world: 'the connection is unknown, and a group is pushed',
      given: (world) => {
        withoutFeatures(world);
        world.showConnection('UNKNOWN');
        world.mapping(world.oktaGroup('Marketing'));
      },
    },
  ],
  flagged: [
    {
      world: 'the connection is disabled, whatever else there is',
      given: (world) => {
        world.showConnection('DISABLED');
        world.person({}, { external_id: 'user-1' });
        world.mapping(world.oktaGroup('Marketing'));
      },
      finds: [{ subject: 'Opti ID SCIM', okta_id: '0oaScim', evidence: { connection_status: 'DISABLED' } }],
    },
    {
      world: 'the connection is unknown and nothing speaks for it',
      given: (world) => {
        withoutFeatures(world);
        world.showConnection('UNKNOWN');
      },
      finds: [{ evidence: { connection_status: 'UNKNOWN' } }],
    },
    {
      world: 'the connection is not shown, and people are assigned but were never provisioned',
      given: (world) => {
        withoutFeatures(world);
        world.person();
      },
      job: 'drift',
      finds: [{ evidence: { connection_status: null } }],
    },
  ],
  silent: [
    {
      world: 'the app is not active, from which all that follows',
      given: (world) => {
        world.changeScimApp({ status: 'INACTIVE', features: [] });
        world.showConnection('DISABLED');
      },
      outcome: 'skipped',
      reason: /the SCIM app Opti ID SCIM is INACTIVE/u,
    },
    {
      world: 'nothing speaks for it, and the app users were not read to their end',
      given: (world) => {
        withoutFeatures(world);
        world.setState('okta.appUsers', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.appUsers was not read completely/u,
    },
    {
      world: 'nothing speaks for it, and the push mappings were not read to their end',
      given: (world) => {
        withoutFeatures(world);
        world.setState('okta.groupPushMappings', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read completely/u,
    },
  ],
});
