import { expect } from 'vitest';
import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

const MADE = { created: minutesBefore(300) };

testRule('group-push-unconfirmed', {
  clean: [
    {
      world: 'it is an assignment that nothing confirms, which has its own rule',
      given: (world) => {
        world.person({}, { created: minutesBefore(300) });
      },
    },
    {
      world: 'the group was pushed or updated since, under its own name or that of its target',
      given: (world) => {
        world.mapping(world.pushedGroup('Sales'), MADE);
        world.groupEvent('application.provision.group_push.pushed', 'sales ', {
          published: minutesBefore(300),
        });
        world.mapping(world.pushedGroup('Marketing'), { ...MADE, targetName: 'Brand' });
        world.groupEvent('application.provision.group_push.updated', 'Brand');
      },
    },
    {
      world: 'the mapping is as young as the lag, or older than the window',
      given: (world) => {
        world.mapping(world.pushedGroup('Sales'), { created: minutesBefore(60) });
        world.mapping(world.pushedGroup('Marketing'), { created: minutesBefore(7 * 24 * 60 + 1) });
      },
    },
  ],
  flagged: [
    {
      world: 'a push failed, came before the mapping, brought members alone, or was of another group',
      given: (world) => {
        world.mapping(world.pushedGroup('Marketing', [], { okta_group_id: '00gMarketing' }), {
          ...MADE,
          okta_mapping_id: 'gPmMarketing',
        });
        world.optiGroup('Marketing', [], { opti_group_id: 'group-m', group_type: 'internal' });
        world.groupEvent('application.provision.group_push.pushed', 'Marketing', {
          event_id: 'failed',
          outcome: 'FAILURE',
          outcome_reason: 'Conflict.',
        });
        world.mapping(world.pushedGroup('Sales'), MADE);
        world.groupEvent('application.provision.group_push.pushed', 'Sales', {
          published: minutesBefore(301),
        });
        world.groupEvent('application.provision.group_push.push_memberships', 'Sales');
        world.groupEvent('application.provision.group_push.pushed', 'Sales EMEA');
      },
      finds: [
        {
          subject: 'Marketing',
          okta_id: '00gMarketing',
          opti_id: 'group-m',
          evidence: {
            okta_mapping_id: 'gPmMarketing',
            trigger_event: null,
            triggered: minutesBefore(300),
            expected_event: 'application.provision.group_push.pushed',
            failed_event: 'failed',
            failure: 'Conflict',
            target_places: null,
          },
        },
        { subject: 'Sales' },
      ],
    },
    {
      world: 'two mappings of one group, of which one was made after the push',
      given: (world) => {
        const sales = world.pushedGroup('Sales');
        world.mapping(sales, { ...MADE, okta_mapping_id: 'gPmFirst' });
        world.mapping(sales, { created: minutesBefore(100), okta_mapping_id: 'gPmSecond' });
        world.groupEvent('application.provision.group_push.pushed', 'Sales', {
          published: minutesBefore(200),
        });
      },
      finds: [
        { subject: 'Sales', evidence: expect.objectContaining({ okta_mapping_id: 'gPmSecond' }) as never },
      ],
    },
  ],
});
