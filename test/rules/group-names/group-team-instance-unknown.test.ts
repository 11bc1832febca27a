import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

function instance(world: World, opti_instance_id: string, product: string): void {
  world.rows['optiId.productInstances'].push({ opti_instance_id, product, nickname: null });
}

testRule('group-team-instance-unknown', {
  clean: [
    {
      world: 'the instances are of products that have teams',
      given: (world) => {
        instance(world, 'cmp-1', 'Content Marketing Platform');
        instance(world, 'cmp-2', ' cmp');
        instance(world, 'col-1', 'COLLABORATION');
        world.pushedGroup('Studio::cmp-1');
        world.pushedGroup('Studio::North::cmp-2');
        world.pushedGroup('Desk::col-1');
      },
    },
    {
      world: 'a group that is no team, and a team that is not pushed',
      given: (world) => {
        world.pushedGroup('Studio: nowhere');
        world.oktaGroup('Studio::nowhere');
      },
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'no instance has the id, or it is of a product without teams',
      given: (world) => {
        instance(world, 'cms-1', 'Content Management System');
        instance(world, 'cmp-1', 'Content Marketing Platform');
        world.pushedGroup('Authors::cms-1', [], { okta_group_id: '00gAuthors' });
        world.pushedGroup('Studio::CMP-1');
        world.pushedGroup('Studio::cmp-1::');
      },
      finds: [
        {
          subject: 'Authors::cms-1',
          okta_id: '00gAuthors',
          detail:
            'Authors::cms-1 is to be pushed as a team of an instance of Content Management System, which has no teams.',
          evidence: { instance_id: 'cms-1', product: 'Content Management System' },
        },
        {
          subject: 'Studio::CMP-1',
          detail:
            'Studio::CMP-1 is to be pushed as a team, and the organization has no product instance "CMP-1".',
          evidence: { instance_id: 'CMP-1', product: null },
        },
        { subject: 'Studio::cmp-1::', evidence: { instance_id: '', product: null } },
      ],
    },
  ],
  silent: [
    {
      world: 'the product instances were not read completely',
      given: (world) => {
        world.pushedGroup('Studio::7c1e');
        world.setState('optiId.productInstances', 'partial', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.productInstances was not read/u,
    },
  ],
});
