import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;

/** A baseline in which the group named Sales granted a role on the website. */
function baseline(world: World): void {
  world.memory = {
    ...world.memory,
    baseline: {
      run: '20261101T030000Z-precutover',
      grants: [
        {
          opti_group_id: 'old',
          group_name: 'Sales',
          product: 'CMS',
          opti_instance_id: 'web',
          instance: 'Website',
          opti_role_id: 'editor',
          role: 'Editor',
        },
      ],
    },
  };
}

const WEBSITE = { opti_instance_id: 'web', product: 'CMS', nickname: 'Website' };
const EDITOR = { opti_role_id: 'editor', product: 'CMS', name: 'Editor', kind: 'system' };

testRule('grant-no-longer-possible', {
  clean: [
    {
      world: 'instance and role are there, granted or not',
      given: (world) => {
        baseline(world);
        world.rows['optiId.productInstances'].push({ ...WEBSITE, nickname: 'Renamed' });
        world.rows['optiId.roles'].push(EDITOR);
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup('Sales', [], INTERNAL);
      },
    },
    {
      world: 'the group is not pushed',
      given: (world) => {
        baseline(world);
        world.pushedGroup('Sales');
        world.optiGroup('Sales');
      },
    },
  ],
  flagged: [
    {
      world: 'the role is gone',
      given: (world) => {
        baseline(world);
        world.rows['optiId.productInstances'].push(WEBSITE);
        world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }));
        world.optiGroup('Sales', [], { ...INTERNAL, opti_group_id: 'new' });
      },
      finds: [
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'new',
          detail:
            'Sales cannot get back what the baseline knows, because the instance or the role is gone: CMS / Website: Editor.',
          evidence: {
            opti_group_name: 'Sales',
            gone: ['CMS / Website: Editor'],
            grant_ids: ['web|editor'],
            found_by: 'name',
          },
        },
      ],
    },
    {
      world: 'the instance is gone',
      given: (world) => {
        baseline(world);
        world.rows['optiId.roles'].push(EDITOR);
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup('Sales', [], INTERNAL);
      },
      finds: [{ subject: 'Sales', evidence: { gone: ['CMS / Website: Editor'] } }],
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
      world: 'the roles of today were not read',
      given: (world) => {
        baseline(world);
        world.mapping(world.oktaGroup('Sales'));
        world.setState('optiId.roles', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.roles was not read: permission denied/u,
    },
  ],
});
