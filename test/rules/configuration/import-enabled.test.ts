import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

testRule('import-enabled', {
  clean: [
    { world: 'nothing speaks of an import', given: () => {} },
    {
      world: 'the app could import, which does not prove that it does',
      given: (world) =>
        world.changeScimApp({ features: ['IMPORT_NEW_USERS', 'IMPORT_PROFILE_UPDATES', 'GROUP_PUSH'] }),
    },
    {
      world: 'the import schedule is disabled',
      given: (world) => world.showFeatures({ name: 'INBOUND_PROVISIONING', import_schedule: 'DISABLED' }),
      job: 'drift',
    },
    {
      world: 'a feature that does not import has a schedule',
      given: (world) => world.showFeatures({ import_schedule: 'ENABLED' }),
    },
    {
      world: 'an import ran on another app',
      given: (world) => {
        world.logEvent('system.import.start', {}, { id: '0oaOther' });
      },
    },
    {
      world: 'a target that is no app has the id of the app',
      given: (world) => {
        world.logEvent('system.import.start', {}, { type: 'User' });
      },
    },
    {
      world: 'something else happened on the app',
      given: (world) => {
        world.logEvent('application.lifecycle.update');
        world.logEvent('system.importer.start');
      },
    },
  ],
  flagged: [
    {
      world: 'an import schedule is enabled',
      given: (world) => world.showFeatures({ name: 'INBOUND_PROVISIONING', import_schedule: 'ENABLED' }),
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          evidence: { signs: ['an import schedule is enabled'], last_import: null },
        },
      ],
    },
    {
      world: 'profile sourcing is on',
      given: (world) => world.changeScimApp({ features: ['PROFILE_MASTERING'] }),
      job: 'drift',
      finds: [{ evidence: { signs: ['profile sourcing is on'] } }],
    },
    {
      world: 'imports ran on the app: the last one is evidence',
      given: (world) => {
        world.logEvent('system.import.start', { event_id: 'a', published: minutesBefore(30) });
        world.logEvent('system.import.start', { event_id: 'b', published: minutesBefore(300) });
      },
      finds: [
        {
          evidence: { signs: [`an import ran at ${minutesBefore(30)}`], last_import: 'a' },
        },
      ],
    },
    {
      world: 'the app is not the first target of the event',
      given: (world) => {
        const user = { id: '00u1', type: 'User', alternate_id: null, display_name: null };
        const app = { id: '0oaScim', type: 'AppInstance', alternate_id: null, display_name: null };
        world.logEvent('system.import.start', { event_id: 'import', targets: [user, app] });
      },
      finds: [{ evidence: { last_import: 'import' } }],
    },
    {
      world: 'an event of an import whose start lies before the window',
      given: (world) => {
        world.logEvent('system.import.complete', { event_id: 'end', outcome: 'FAILURE' });
      },
      job: 'drift',
      finds: [{ evidence: { last_import: 'end' } }],
    },
  ],
  silent: [
    {
      world: 'the System Log was not read completely',
      given: (world) => world.setState('okta.logEvents', 'partial', 'HTTP 429'),
      outcome: 'unknown',
      reason: /okta\.logEvents was not read(?: completely)?: HTTP 429/u,
    },
  ],
});
