import { testRule } from '../../support/rule-tester.ts';

testRule('reserved-group-name', {
  clean: [
    {
      world: 'the name only contains a reserved one',
      given: (world) => {
        world.pushedGroup('Everyone in Sales');
        world.pushedGroup('Admin Center');
        world.pushedGroup('Admin-Center-Administrators');
      },
    },
    {
      world: 'the reserved names are in Okta and not to be pushed',
      given: (world) => {
        world.oktaGroup('Everyone', [], { type: 'BUILT_IN' });
        world.oktaGroup('Admin Center Administrators');
        world.pushedGroup('Sales');
      },
      job: 'drift',
    },
    {
      world: 'the reserved groups of Opti ID itself are there',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Everyone', [], { group_type: 'internal' });
        world.optiGroup('Admin Center Administrators');
      },
    },
    {
      // Turkish dotted capital: its lower case is an i with a dot above, which nobody reads as an i.
      world: 'a letter of the name is another one',
      given: (world) => {
        world.pushedGroup('Admin Center Adm\u0130nistrators');
        world.pushedGroup('\u0395veryone');
      },
    },
  ],
  flagged: [
    {
      world: "Okta's own group of all users is to be pushed",
      given: (world) => {
        world.pushedGroup('Everyone', [], { okta_group_id: '00gAll', type: 'BUILT_IN' });
      },
      finds: [
        {
          subject: 'Everyone',
          okta_id: '00gAll',
          opti_id: null,
          fix: "Take Okta's built-in group out of the push; push a group of your own instead.",
          evidence: { type: 'BUILT_IN', is_the_name: true },
        },
      ],
    },
    {
      world: 'groups bear the reserved names in other case and with spaces around',
      given: (world) => {
        world.pushedGroup(' EVERYONE\u00A0');
        world.pushedGroup('admin center administrators\n');
      },
      job: 'drift',
      finds: [
        { subject: ' EVERYONE\u00A0', evidence: { type: 'OKTA_GROUP', is_the_name: true } },
        { subject: 'admin center administrators\n', evidence: { is_the_name: true } },
      ],
    },
    {
      world: 'groups look like the reserved names',
      given: (world) => {
        world.pushedGroup('Admin\u00A0Center  Administrators');
        world.pushedGroup('Every\u200Bone');
        world.pushedGroup('\uFF25\uFF56\uFF45\uFF52\uFF59\uFF4F\uFF4E\uFF45');
      },
      finds: [
        { subject: 'Admin\u00A0Center  Administrators', evidence: { is_the_name: false } },
        { subject: 'Every\u200Bone', evidence: { is_the_name: false } },
        { subject: '\uFF25\uFF56\uFF45\uFF52\uFF59\uFF4F\uFF4E\uFF45', evidence: { is_the_name: false } },
      ],
    },
    {
      world: 'a pattern takes a reserved name in with the others',
      given: (world) => {
        world.oktaGroup('Admin Center Administrators', [], { okta_group_id: '00gAdmins' });
        world.oktaGroup('Admin Center Editors');
        world.scope('Admin*');
      },
      finds: [{ okta_id: '00gAdmins' }],
    },
  ],
  silent: [
    {
      world: 'the push scope could not be resolved',
      given: (world) => world.setState('okta.pushScope', 'unread', 'the push scope is not guessed'),
      outcome: 'unknown',
      reason: /okta\.pushScope was not read: the push scope is not guessed/u,
    },
    {
      world: 'the Okta groups were not read to their end',
      given: (world) => {
        world.pushedGroup('Everyone');
        world.setState('okta.groups', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.groups was not read completely: HTTP 500/u,
    },
    {
      world: 'nothing is to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
