import { testRule } from '../../support/rule-tester.ts';

testRule('group-makes-team', {
  clean: [
    {
      world: 'no pushed name has two colons in a row',
      given: (world) => {
        world.pushedGroup('Studio: Berlin');
        world.pushedGroup('Studio\uFF1A\uFF1ABerlin');
      },
    },
    {
      world: 'a group with such a name is not pushed',
      given: (world) => {
        world.oktaGroup('Studio::7c1e');
        world.pushedGroup('Sales');
      },
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'pushed names have them: what follows the last ones is the instance',
      given: (world) => {
        world.pushedGroup('Studio::7c1e', [], { okta_group_id: '00gTeam' });
        world.pushedGroup('A::B::7c1e');
        world.pushedGroup('Nameless::');
        world.pushedGroup('Three:::7c1e');
      },
      finds: [
        { subject: 'A::B::7c1e', evidence: { instance_id: '7c1e' } },
        { subject: 'Nameless::', evidence: { instance_id: '' } },
        {
          subject: 'Studio::7c1e',
          okta_id: '00gTeam',
          opti_id: null,
          detail: 'Studio::7c1e is pushed as a team of the instance "7c1e".',
          evidence: { instance_id: '7c1e' },
        },
        { subject: 'Three:::7c1e', evidence: { instance_id: '7c1e' } },
      ],
    },
    {
      world: 'a night after the cutover, over two lines',
      given: (world) => {
        world.pushedGroup('Stu\ndio::7c\n1e');
      },
      job: 'drift',
      finds: [{ evidence: { instance_id: '7c\n1e' } }],
    },
  ],
  silent: [
    {
      world: 'nothing is to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
