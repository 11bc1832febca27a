import { testRule } from '../../support/rule-tester.ts';

testRule('group-name-lookalike', {
  clean: [
    {
      world: 'the name has :: in it, by which a push makes a team and no group',
      given: (world) => {
        world.pushedGroup('Site::Team Nord');
        world.optiGroup('Site::Team\u00A0Nord', [], { group_type: 'custom' });
      },
    },
    {
      world: 'the names are the same',
      given: (world) => {
        world.pushedGroup('Marketing');
        world.optiGroup('Marketing');
      },
    },
    {
      world: 'the names are equal folded: case, outer spaces, composition',
      given: (world) => {
        world.pushedGroup('\u00A0MARKÉTING');
        world.optiGroup('marke\u0301ting ');
      },
    },
    {
      world: 'the names differ in a letter, an accent or a space that is none',
      given: (world) => {
        for (const name of ['Marketing', 'Team Nord', 'Strasse', 'Info']) world.pushedGroup(name);
        for (const name of ['Markéting', 'TeamNord', 'Straße', 'İnfo']) world.optiGroup(name);
      },
    },
    {
      world: 'the Okta group that looks the same is not to be pushed',
      given: (world) => {
        world.oktaGroup('Team\u00A0Nord');
        world.pushedGroup('Sales');
        world.optiGroup('Team Nord');
      },
    },
    {
      world: 'the name looks reserved, which is for another rule to say',
      given: (world) => {
        world.pushedGroup('Every\u200Bone');
        world.optiGroup('Everyone', [], { group_type: 'internal' });
      },
    },
  ],
  flagged: [
    {
      world: 'a no-break space stands for a space',
      given: (world) => {
        world.pushedGroup('Team\u00A0Nord', [], { okta_group_id: '00gNord' });
        world.optiGroup('Team Nord', [], { opti_group_id: 'group-n' });
      },
      finds: [
        {
          subject: 'Team\u00A0Nord',
          okta_id: '00gNord',
          opti_id: 'group-n',
          evidence: { opti_group_name: 'Team Nord', group_type: 'custom' },
        },
      ],
    },
    {
      world: 'spaces, dashes, quotes, invisible characters and widths differ, whatever the type',
      given: (world) => {
        world.pushedGroup("O'Neil", [], { okta_group_id: '1' });
        world.optiGroup('O\u2019Neil', [], { group_type: 'internal' });
        world.pushedGroup('R-D', [], { okta_group_id: '2' });
        world.optiGroup('R\u2013D', [], { group_type: 'product' });
        world.pushedGroup('Te\u00ADam', [], { okta_group_id: '3' });
        world.optiGroup('Team');
        world.pushedGroup('Two  Spaces', [], { okta_group_id: '4' });
        world.optiGroup('two spaces');
        world.pushedGroup('\uFF37\uFF29\uFF24\uFF25', [], { okta_group_id: '5' });
        world.optiGroup('wide');
      },
      finds: [
        { okta_id: '1', evidence: { group_type: 'internal' } },
        { okta_id: '2', evidence: { group_type: 'product' } },
        { okta_id: '3' },
        { okta_id: '4' },
        { okta_id: '5' },
      ],
    },
    {
      world: 'two store groups look the same as the pushed one',
      given: (world) => {
        world.pushedGroup('Team Nord');
        world.optiGroup('Team\u2003Nord', [], { opti_group_id: 'group-1' });
        world.optiGroup('Team\tNord', [], { opti_group_id: 'group-2' });
        world.optiGroup('team nord', [], { opti_group_id: 'group-same' });
      },
      finds: [{ subject: 'Team Nord' }, { subject: 'Team Nord' }],
    },
  ],
  silent: [
    {
      world: 'the store groups were not read to their end',
      given: (world) => {
        world.pushedGroup('Team\u00A0Nord');
        world.optiGroup('Team Nord');
        world.setState('optiId.groups', 'partial', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.groups was not read completely/u,
    },
    {
      world: 'nothing is to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
