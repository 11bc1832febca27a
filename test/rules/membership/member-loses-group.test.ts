import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

/** A store user of that e-mail. */
const there = (world: World, name: string) =>
  world.optiUser({ opti_user_id: `user-${name}`, email: `${name}@example.com` });

testRule('member-loses-group', {
  clean: [
    {
      world: 'every member of the store group is an expected member',
      given: (world) => {
        const people = ['ACTIVE', 'LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY'].map((status) => {
          there(world, status);
          return world.person({ status, email: `${status}@example.com` });
        });
        world.pushedGroup('Sales', people);
        world.optiGroup(
          'Sales',
          world.rows['optiId.users'].map((user) => user.opti_user_id),
        );
      },
    },
    {
      world: 'the member is a collaborator, has local login, or is deleted: other rules speak',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [
          world.optiUser({ home_organization_id: 'org-2' }),
          world.optiUser({ local_login: true }),
          world.optiUser({ status: 'deleted' }),
        ]);
      },
    },
    {
      world: 'the store group is no custom group, so the push does not replace it',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup('Sales', [there(world, 'ada')], { group_type: 'internal' });
      },
    },
    {
      world: "the pushed group is Okta's own Everyone, which is judged by its name alone",
      given: (world) => {
        world.pushedGroup('Everyone', [], { type: 'BUILT_IN' });
        world.optiGroup('Everyone', [there(world, 'ada')]);
      },
    },
    {
      world: 'the push adds people and takes nobody away',
      given: (world) => {
        world.pushedGroup('Sales', [world.person()]);
        world.optiGroup('Sales');
      },
    },
  ],
  flagged: [
    {
      world: 'members of the store group are not pushed, each for a reason',
      given: (world) => {
        const inGroup = [
          world.person({ okta_user_id: '00uSuspended', status: 'SUSPENDED', email: 'suspended@example.com' }),
          world.person({ status: 'STAGED', email: 'staged@example.com' }),
          world.person({ status: 'DEPROVISIONED', email: 'gone@example.com' }),
          world.oktaUser({ email: 'unassigned@example.com' }),
          world.person({ email: 'revoked@example.com' }, { status: 'REVOKED' }),
        ];
        world.person({ email: 'outside@example.com' });
        world.pushedGroup('Sales', inGroup);
        const names = ['suspended', 'staged', 'gone', 'unassigned', 'revoked', 'outside', 'stranger'];
        world.optiGroup(
          'sales',
          names.map((name) => there(world, name)),
        );
      },
      finds: [
        { subject: 'gone@example.com → Sales', evidence: { reason: 'deprovisioned in Okta' } },
        { subject: 'outside@example.com → Sales', evidence: { reason: 'not in the Okta group' } },
        { subject: 'revoked@example.com → Sales', evidence: { reason: 'not assigned to the SCIM app' } },
        { subject: 'staged@example.com → Sales', evidence: { reason: 'not yet active in Okta (STAGED)' } },
        {
          subject: 'stranger@example.com → Sales',
          okta_id: null,
          opti_id: 'user-stranger',
          evidence: { group_name: 'Sales', reason: 'not found in Okta' },
        },
        {
          subject: 'suspended@example.com → Sales',
          okta_id: '00uSuspended',
          opti_id: 'user-suspended',
          evidence: { reason: 'suspended in Okta' },
        },
        { subject: 'unassigned@example.com → Sales', evidence: { reason: 'not assigned to the SCIM app' } },
      ],
    },
    {
      world: 'the member is lost from each of two groups of the name',
      given: (world) => {
        const ada = there(world, 'ada');
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [ada]);
        world.optiGroup('SALES', [ada]);
      },
      finds: [{ subject: 'ada@example.com → Sales' }, { subject: 'ada@example.com → Sales' }],
    },
  ],
  silent: [
    {
      world: 'the members of the Okta groups were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [there(world, 'ada')]);
        world.setState('okta.groupMembers', 'unread', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.groupMembers was not read: HTTP 500/u,
    },
  ],
});
