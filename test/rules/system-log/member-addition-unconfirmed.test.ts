import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

testRule('member-addition-unconfirmed', {
  clean: [
    {
      world: 'the person was assigned, or the group was pushed, at the time of the change or later',
      given: (world) => {
        const at = { published: minutesBefore(300) };
        const ada = world.person();
        const sales = world.pushedGroup('Sales', [ada]);
        world.memberEvent('add', ada, sales, at);
        world.userEvent('application.user_membership.add', ada, at);
        for (const push of ['pushed', 'updated', 'push_memberships']) {
          const group = world.pushedGroup(push, [ada]);
          world.mapping(group);
          world.memberEvent('add', ada, group, at);
          world.groupEvent(`application.provision.group_push.${push}`, push, at);
        }
      },
    },
    {
      world: 'the change is undone, failed, young, or of a group that is not pushed',
      given: (world) => {
        const ada = world.person();
        const sales = world.pushedGroup('Sales', []);
        world.memberEvent('add', ada, sales);
        const bo = world.person();
        const marketing = world.pushedGroup('Marketing', [bo]);
        world.memberEvent('add', bo, marketing, { outcome: 'FAILURE' });
        const cy = world.person();
        const finance = world.pushedGroup('Finance', [cy]);
        world.memberEvent('add', cy, finance, { published: minutesBefore(60) });
        world.memberEvent('add', cy, world.oktaGroup('Legal', [cy]));
        world.memberEvent('add', cy, world.pushedGroup('Everyone', [cy], { type: 'BUILT_IN' }));
      },
    },
  ],
  flagged: [
    {
      world: 'nothing followed, or what came was earlier, failed, or of another group or person',
      given: (world) => {
        const ada = world.person({ okta_user_id: '00uAda', email: 'ada@example.com' });
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        const bo = world.person({ email: 'bo@example.com' });
        const sales = world.pushedGroup('Sales', [ada, bo], { okta_group_id: '00gSales' });
        world.mapping(sales);
        world.optiGroup('Sales', [], { opti_group_id: 'group-s', group_type: 'internal' });
        world.memberEvent('add', ada, sales, { event_id: 'added' });
        world.userEvent('application.user_membership.add', ada, { published: minutesBefore(121) });
        world.groupEvent('application.provision.group_push.pushed', 'Sales', {
          published: minutesBefore(121),
        });
        world.groupEvent('application.provision.group_push.push_memberships', 'Marketing');
        world.memberEvent('add', bo, sales, { event_id: 'also added' });
        world.userEvent('application.user_membership.add', bo, {
          event_id: 'failed',
          outcome: 'FAILURE',
          outcome_reason: 'No licence.',
        });
      },
      finds: [
        {
          subject: 'ada@example.com → Sales',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: {
            group_name: 'Sales',
            okta_group_id: '00gSales',
            opti_group_id: 'group-s',
            trigger_event: 'added',
            triggered: minutesBefore(120),
            expected_event: 'application.user_membership.add',
            failed_event: null,
            failure: null,
            target_places: null,
          },
        },
        {
          subject: 'bo@example.com → Sales',
          evidence: {
            group_name: 'Sales',
            okta_group_id: '00gSales',
            opti_group_id: 'group-s',
            trigger_event: 'also added',
            triggered: minutesBefore(120),
            expected_event: 'application.user_membership.add',
            failed_event: 'failed',
            failure: 'No licence',
            target_places: null,
          },
        },
      ],
    },
    {
      world: 'one of two pushed groups is confirmed',
      given: (world) => {
        const ada = world.person({ email: 'ada@example.com' });
        for (const name of ['Marketing', 'Sales']) {
          const group = world.pushedGroup(name, [ada]);
          world.mapping(group);
          world.memberEvent('add', ada, group);
        }
        world.groupEvent('application.provision.group_push.updated', 'Sales');
      },
      finds: [{ subject: 'ada@example.com → Marketing' }],
    },
  ],
});
