import { testRule } from '../../support/rule-tester.ts';

testRule('second-scim-app', {
  clean: [
    { world: 'there is no other app', given: () => {} },
    {
      world: 'another app has users, whose ids are not of this organization',
      given: (world) => {
        const app = world.otherApp();
        world.otherAppUser(app, { external_id: 'of another service' });
        world.otherAppUser(app, { external_id: null });
        world.otherAppUser(app, { external_id: world.optiUser(), status: 'INACTIVE' });
      },
    },
    {
      world: 'another app pushes a group of the same name to another service',
      given: (world) => {
        world.optiGroup('Authors', [], { group_type: 'internal' });
        world.otherMapping(world.otherApp(), world.oktaGroup('Authors'));
      },
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'two other apps manage people and groups of it, next to the SCIM app',
      given: (world) => {
        const old = world.otherApp();
        world.otherAppUser(old, { external_id: world.optiUser() });
        world.otherAppUser(old, { external_id: world.optiUser() });
        world.optiGroup('Authors', [], { group_type: 'internal' });
        world.otherMapping(old, world.oktaGroup('Authors'));
        const pilot = world.otherApp({ okta_app_id: '0oaPilot', label: 'Opti ID (pilot)' });
        const made = world.optiGroup('Pilot', [], { group_type: 'internal' });
        world.otherMapping(pilot, world.oktaGroup('Pilot'), { targetExternalId: made });
        world.person({}, { external_id: world.optiUser() });
        // Neither who is not assigned any more nor whose id is of another service is managed by the SCIM app.
        world.person({}, { external_id: world.optiUser(), status: 'INACTIVE' });
        world.person({}, { external_id: 'of another service' });
        world.mapping(world.pushedGroup('Sales'));
      },
      job: 'drift',
      finds: [
        {
          subject: 'Opti ID (old)',
          okta_id: '0oaOld',
          opti_id: null,
          detail:
            'Opti ID (old) manages a part of this organization (users: 2, groups: 1), next to the SCIM app Opti ID SCIM (users: 1, pushed groups: 1).',
          evidence: {
            users: 2,
            groups: 1,
            scim_app: 'Opti ID SCIM',
            scim_app_users: 1,
            scim_app_groups: 1,
          },
        },
        { subject: 'Opti ID (pilot)', okta_id: '0oaPilot', evidence: { users: 0, groups: 1 } },
      ],
    },
    {
      world: 'before the cutover, while nobody is assigned to the SCIM app',
      given: (world) => {
        world.otherAppUser(world.otherApp(), { external_id: world.optiUser() });
      },
      finds: [{ okta_id: '0oaOld', evidence: { users: 1, scim_app_users: 0, scim_app_groups: 0 } }],
    },
  ],
  silent: [
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /there is no SCIM app/u,
    },
    {
      world: 'the users of the other apps were not read completely',
      given: (world) => world.setState('okta.otherAppUsers', 'partial', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.otherAppUsers was not read: HTTP 500/u,
    },
    {
      world: 'which other apps there are is not known',
      given: (world) => world.setState('okta.apps', 'partial', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.apps was not read completely: HTTP 500/u,
    },
  ],
});
