import { testRule } from '../../support/rule-tester.ts';

testRule('group-name-fragile', {
  clean: [
    {
      world: 'names with umlauts, emoji, quotes of one stroke, commas and formulas pass a filter',
      given: (world) => {
        for (const name of ["O'Neil, Ümit & Söhne", '=SUM(A1)', '+1', '@all', 'Team 🚀', 'a/b?c%20d']) {
          world.pushedGroup(name);
        }
      },
    },
    {
      world: 'the name is of 255 UTF-16 units',
      given: (world) => {
        world.pushedGroup('x'.repeat(255));
      },
    },
    {
      world: 'the fragile name is of a group that is not to be pushed',
      given: (world) => {
        world.oktaGroup('a"b');
        world.pushedGroup('Sales');
      },
    },
  ],
  flagged: [
    {
      world: 'quotes, backslashes, outer spaces, control and invisible characters',
      given: (world) => {
        for (const [place, name] of [
          'say "hi"',
          'a\\b',
          'Sales ',
          '\u00A0Sales',
          'Sa\nles',
          'Sa\u0000les',
          'Sa\u200Dles',
        ].entries()) {
          world.pushedGroup(name, [], { okta_group_id: `00g${place}` });
        }
      },
      finds: [
        { okta_id: '00g5', evidence: { contains: 'a control character' } },
        { okta_id: '00g4', evidence: { contains: 'a control character' } },
        { okta_id: '00g2', evidence: { contains: 'white space at an end' } },
        { okta_id: '00g6', evidence: { contains: 'an invisible character' } },
        { okta_id: '00g1', evidence: { contains: 'a backslash' } },
        { okta_id: '00g0', evidence: { contains: 'a double quote' } },
        { okta_id: '00g3', evidence: { contains: 'white space at an end' } },
      ],
    },
    {
      world: 'the name begins with a byte order mark, which stays in the subject',
      given: (world) => {
        world.pushedGroup('\uFEFFSales', [], { okta_group_id: '00gMark' });
      },
      finds: [
        {
          subject: '\uFEFFSales',
          okta_id: '00gMark',
          evidence: { contains: 'an invisible character; white space at an end' },
        },
      ],
    },
    {
      world: 'the name is of 256 UTF-16 units, in 128 characters',
      given: (world) => {
        world.pushedGroup('🚀'.repeat(128));
      },
      finds: [{ evidence: { contains: 'more than 255 characters' } }],
    },
  ],
  silent: [
    {
      world: 'the push scope could not be resolved',
      given: (world) => world.setState('okta.pushScope', 'unread', 'the push scope is not guessed'),
      outcome: 'unknown',
      reason: /the push scope is not guessed/u,
    },
    {
      world: 'nothing is to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
