import { testRule } from '../../support/rule-tester.ts';

const INTERNAL = { group_type: 'internal' } as const;

testRule('group-name-drifted', {
  clean: [
    {
      world: 'the names are the same to the letter, whatever the target is called in Okta',
      given: (world) => {
        const group = world.optiGroup('Sales ', [], INTERNAL);
        world.mapping(world.oktaGroup('Sales '), { targetExternalId: group, targetName: 'Vertrieb' });
      },
    },
    {
      world: 'the push is inactive or in error',
      given: (world) => {
        for (const status of ['INACTIVE', 'ERROR']) {
          const group = world.optiGroup(`${status} once`, [], INTERNAL);
          world.mapping(world.oktaGroup(status), { targetExternalId: group, status });
        }
      },
    },
    {
      world: 'the push is inactive, and its members alone name the group',
      given: (world) => {
        const people = ['ada', 'bo'].map((name) => world.person({ email: `${name}@example.com` }));
        const users = ['ada', 'bo'].map((name) => world.optiUser({ email: `${name}@example.com` }));
        world.mapping(world.oktaGroup('Sales', people), { status: 'INACTIVE' });
        world.optiGroup('Vertrieb', users, INTERNAL);
      },
    },
    {
      world: 'the push has no group in the store, or Okta does not show what is pushed',
      given: (world) => {
        world.optiGroup('Marketing', [], INTERNAL);
        world.mapping(world.oktaGroup('Sales'));
        world.mapping('00gHidden', { targetName: 'Marketing' });
      },
    },
  ],
  flagged: [
    {
      world: 'groups were renamed, in words, case, space, or what nobody sees',
      given: (world) => {
        const names = [
          ['Sales', 'Vertrieb'],
          ['Marketing', 'marketing'],
          ['Team Nord', 'Team\u00A0Nord'],
        ] as const;
        for (const [name, storeName] of names) {
          const group = world.optiGroup(storeName, [], { ...INTERNAL, opti_group_id: `store ${name}` });
          world.mapping(world.oktaGroup(name, [], { okta_group_id: `okta ${name}` }), {
            okta_mapping_id: `mapping ${name}`,
            targetExternalId: group,
          });
        }
      },
      finds: [
        {
          subject: 'Marketing',
          detail: 'Marketing is called marketing in Opti ID: the two names differ in case or space.',
          evidence: { opti_group_name: 'marketing', differs_in: 'case or space' },
        },
        {
          subject: 'Sales',
          okta_id: 'okta Sales',
          opti_id: 'store Sales',
          detail: 'Sales is called Vertrieb in Opti ID.',
          evidence: {
            opti_group_name: 'Vertrieb',
            target_name: 'Sales',
            differs_in: 'words',
            matched_by: 'target external id',
            okta_mapping_id: 'mapping Sales',
          },
        },
        { subject: 'Team Nord', evidence: { differs_in: 'characters that look the same' } },
      ],
    },
    {
      world: 'the push is in error, as after a renaming in the store, and its members alone name the group',
      given: (world) => {
        const people = ['ada', 'bo'].map((name) => world.person({ email: `${name}@example.com` }));
        const users = ['ada', 'bo'].map((name) => world.optiUser({ email: `${name}@example.com` }));
        world.mapping(world.oktaGroup('Sales', people), { status: 'ERROR' });
        world.optiGroup('Vertrieb', users, INTERNAL);
      },
      finds: [{ subject: 'Sales', evidence: { opti_group_name: 'Vertrieb', differs_in: 'words' } }],
    },
    {
      world: 'only the previous run knows the renamed group',
      given: (world) => {
        world.optiGroup('Vertrieb', [], { ...INTERNAL, opti_group_id: 'made' });
        world.mapping(world.oktaGroup('Sales'), { okta_mapping_id: 'gPmSales' });
        world.memory = { ...world.memory, groupPairs: { gPmSales: 'made' } };
      },
      finds: [{ subject: 'Sales', opti_id: 'made', evidence: { matched_by: 'previous run' } }],
    },
  ],
  silent: [
    {
      world: 'the store groups were not read',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.setState('optiId.groups', 'unread', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.groups was not read: the connection/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
