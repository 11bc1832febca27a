import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;

/** An instance and roles that are there to be granted, by group, and what the baseline knows. */
function baseline(world: World, ...grants: [groupId: string, groupName: string, role: string][]): void {
  world.rows['optiId.productInstances'].push({
    opti_instance_id: 'web',
    product: 'CMS',
    nickname: 'Website',
  });
  for (const name of ['Editor', 'Viewer']) {
    world.rows['optiId.roles'].push({
      opti_role_id: name.toLowerCase(),
      product: 'CMS',
      name,
      kind: 'system',
    });
  }
  world.memory = {
    ...world.memory,
    baseline: {
      run: '20261101T030000Z-precutover',
      grants: grants.map(([opti_group_id, group_name, role]) => ({
        opti_group_id,
        group_name,
        product: 'CMS',
        opti_instance_id: 'web',
        instance: 'Website',
        opti_role_id: role.toLowerCase(),
        role,
      })),
    },
  };
}

testRule('group-access-lost', {
  clean: [
    {
      world: 'the group that was pushed anew grants what the one of its name granted, and more',
      given: (world) => {
        baseline(world, ['old', 'SALES', 'Editor']);
        world.mapping(world.oktaGroup('Sales'));
        const group = world.optiGroup('Sales', [], INTERNAL);
        world.grant(group, 'CMS', 'Website', 'Editor');
        world.grant(group, 'CMS', 'Website', 'Viewer');
      },
    },
    {
      world: 'the baseline knows the group by its id, and a namesake granted more',
      given: (world) => {
        baseline(world, ['same', 'Vertrieb', 'Editor'], ['other', 'Sales', 'Viewer']);
        world.mapping(world.oktaGroup('Sales'));
        world.grant(
          world.optiGroup('Sales', [], { ...INTERNAL, opti_group_id: 'same' }),
          'CMS',
          'Website',
          'Editor',
        );
      },
    },
    {
      world: 'who lost something is not pushed, not in scope, or looks the same only',
      given: (world) => {
        baseline(world, ['a', 'Sales', 'Editor'], ['b', 'Marketing', 'Editor'], ['c', 'Team Nord', 'Editor']);
        world.pushedGroup('Sales');
        world.optiGroup('Sales');
        world.mapping(world.oktaGroup('Marketing'));
        world.optiGroup('Marketing', [], INTERNAL);
        world.mapping(world.pushedGroup('Team\u00A0Nord'));
        world.optiGroup('Team\u00A0Nord', [], INTERNAL);
      },
    },
    {
      world: 'what was lost nobody can give back: another rule says so',
      given: (world) => {
        baseline(world, ['old', 'Sales', 'Editor']);
        world.rows['optiId.roles'] = [];
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup('Sales', [], INTERNAL);
      },
    },
  ],
  flagged: [
    {
      world: 'the group grants less than the groups of its name did together, or than itself',
      given: (world) => {
        baseline(
          world,
          ['old-1', 'Sales', 'Viewer'],
          ['old-2', 'sales ', 'Editor'],
          ['old-2', 'sales ', 'Viewer'],
          ['same', 'Marketing', 'Editor'],
        );
        world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }));
        world.optiGroup('Sales', [], { ...INTERNAL, opti_group_id: 'new' });
        world.mapping(world.oktaGroup('Marketing'));
        world.grant(
          world.optiGroup('Marketing', [], { ...INTERNAL, opti_group_id: 'same' }),
          'CMS',
          'Website',
          'Viewer',
        );
      },
      finds: [
        {
          subject: 'Marketing',
          opti_id: 'same',
          detail: 'Marketing does not grant what it granted in the baseline: CMS / Website: Editor.',
          evidence: { lost: ['CMS / Website: Editor'], found_by: 'id' },
        },
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'new',
          detail:
            'Sales does not grant what the group of its name granted in the baseline: CMS / Website: Editor; CMS / Website: Viewer.',
          evidence: {
            opti_group_name: 'Sales',
            lost: ['CMS / Website: Editor', 'CMS / Website: Viewer'],
            grant_ids: ['web|editor', 'web|viewer'],
            found_by: 'name',
          },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'no baseline was given',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
      },
      outcome: 'skipped',
      reason: /no baseline/u,
    },
    {
      world: 'the baseline itself did not read what its groups granted',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.memory = { ...world.memory, baseline: { run: '20261101T030000Z-precutover', grants: null } };
      },
      outcome: 'unknown',
      reason: /20261101T030000Z-precutover did not read/u,
    },
  ],
});
