import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore, type World } from '../../support/world.ts';

/** A pushed group whose members changed and which was pushed so many minutes before the collection. */
function push(world: World, name: string, changed: number, pushed: number | null, status = 'ACTIVE'): void {
  const group = world.oktaGroup(name, [], {
    okta_group_id: `okta ${name}`,
    last_membership_updated: minutesBefore(changed),
  });
  world.mapping(group, {
    okta_mapping_id: `mapping ${name}`,
    last_push: pushed === null ? null : minutesBefore(pushed),
    status,
  });
}

testRule('group-push-stale', {
  clean: [
    {
      world: 'each group was pushed after its members changed, or at most the lag before',
      given: (world) => {
        push(world, 'After', 500, 480);
        push(world, 'The lag before', 500, 560);
      },
    },
    {
      world: 'the last change of members is not older than the lag',
      given: (world) => push(world, 'Fresh', 60, 1000),
    },
    {
      world: 'nobody knows when the group was pushed or when its members changed',
      given: (world) => {
        push(world, 'Never pushed', 500, null);
        const group = world.oktaGroup('Members unknown', [], { last_membership_updated: null });
        world.mapping(group, { last_push: minutesBefore(1000) });
      },
    },
  ],
  flagged: [
    {
      world: 'members changed more than the lag after the last push, in whatever state the push is',
      given: (world) => {
        push(world, 'Sales', 61, 122);
        world.optiGroup('Sales', [], { opti_group_id: 'group-s', group_type: 'internal' });
        push(world, 'Paused', 500, 1000, 'INACTIVE');
      },
      finds: [
        { subject: 'Paused', opti_id: null, evidence: { status: 'INACTIVE' } },
        {
          subject: 'Sales',
          okta_id: 'okta Sales',
          opti_id: 'group-s',
          detail:
            'The members of Sales changed on 2026-11-20 01:59 UTC, and its last push was on 2026-11-20 00:58 UTC.',
          evidence: {
            last_push: minutesBefore(122),
            last_membership_updated: minutesBefore(61),
            okta_mapping_id: 'mapping Sales',
          },
        },
      ],
    },
    {
      world: 'the lag is shorter by setting',
      given: (world) => {
        world.settings.lag_minutes = 10;
        push(world, 'Sales', 11, 22);
      },
      finds: [{ subject: 'Sales' }],
    },
  ],
  silent: [
    {
      world: 'the Okta groups were not read',
      given: (world) => world.setState('okta.groups', 'unread', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.groups was not read: HTTP 500/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
