import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;

/** A person whom an id ties to a user of the store, whose id it returns. */
function tied(world: World, name: string, status = 'ACTIVE'): { okta: string; opti: string } {
  const opti = world.optiUser({ opti_user_id: `user ${name}`, email: `${name}@example.com` });
  const okta = world.person(
    { okta_user_id: `00u ${name}`, email: `${name}@example.com`, status },
    { external_id: opti },
  );
  return { okta, opti };
}

testRule('member-unexpected', {
  clean: [
    {
      world: 'the member is another account of somebody who is expected',
      given: (world) => {
        const account = world.optiUser({ email: 'ada.old@example.com' });
        const ada = world.person({ email: 'ada@example.com' }, { external_id: account });
        world.mapping(world.oktaGroup('Sales', [ada]));
        world.optiGroup('Sales', [account, world.optiUser({ email: 'ada@example.com' })], INTERNAL);
      },
    },
    {
      world: 'somebody is expected and not in the store group, which its own rule says',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales', [tied(world, 'ada').okta]));
        world.optiGroup('Sales', [], INTERNAL);
      },
    },
    {
      world: 'the member is not yet active and in the Okta group, or nobody knows whose account it is',
      given: (world) => {
        const staged = tied(world, 'staged', 'STAGED');
        for (const id of ['00u1', '00u2']) world.person({ okta_user_id: id, email: 'ada@example.com' });
        const ada = world.optiUser({ email: 'ada@example.com' });
        world.mapping(world.oktaGroup('Sales', [staged.okta]));
        world.optiGroup('Sales', [staged.opti, ada], INTERNAL);
      },
    },
    {
      world: 'everybody in the store group is expected, suspended in the Okta group, or deleted in the store',
      given: (world) => {
        const ada = tied(world, 'ada');
        const bo = tied(world, 'bo', 'SUSPENDED');
        world.mapping(world.oktaGroup('Sales', [ada.okta, bo.okta]));
        world.optiGroup('Sales', [ada.opti, bo.opti, world.optiUser({ status: 'deleted' })], INTERNAL);
      },
    },
    {
      world: 'the others are collaborators or have local login, which have their own rule',
      given: (world) => {
        world.person();
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup(
          'Sales',
          [world.optiUser({ home_organization_id: 'org-2' }), world.optiUser({ local_login: true })],
          INTERNAL,
        );
      },
    },
    {
      world: 'the others should not be in Opti ID at all, which their own rules say once',
      given: (world) => {
        world.person();
        const left = world.optiUser({ email: 'left@example.com' });
        const gone = tied(world, 'gone', 'DEPROVISIONED');
        const unassigned = world.optiUser({ external_id: world.oktaUser() });
        world.mapping(world.oktaGroup('Sales', [gone.okta]));
        world.optiGroup('Sales', [left, gone.opti, unassigned], INTERNAL);
      },
    },
    {
      world: 'the group was made by no push, or the group is out of scope',
      given: (world) => {
        const ada = tied(world, 'ada');
        world.optiGroup('Sales', [ada.opti], INTERNAL);
        world.pushedGroup('Marketing');
        world.optiGroup('Marketing', [ada.opti]);
        world.mapping(world.oktaGroup('Support'));
        world.optiGroup('Support', [ada.opti], INTERNAL);
      },
    },
  ],
  flagged: [
    {
      world:
        'members are not in the Okta group, not yet active, suspended elsewhere, or of a domain of nobody',
      given: (world) => {
        const [out, staged, suspended] = [
          tied(world, 'out'),
          tied(world, 'staged', 'STAGED'),
          tied(world, 'suspended', 'SUSPENDED'),
        ];
        // Neither brings the person into the group: one is not pushed, the other is Okta's own.
        world.oktaGroup('Marketing', [staged.okta]);
        world.pushedGroup('Everyone', [staged.okta], { type: 'BUILT_IN' });
        const stranger = world.optiUser({ opti_user_id: 'user-x', email: 'x@elsewhere.example' });
        const sales = world.pushedGroup('Sales', [], { okta_group_id: '00gSales' });
        world.mapping(sales);
        world.optiGroup('Sales', [out.opti, staged.opti, suspended.opti, stranger], {
          ...INTERNAL,
          opti_group_id: 'group-s',
        });
      },
      finds: [
        {
          subject: 'out@example.com → Sales',
          okta_id: '00u out',
          opti_id: 'user out',
          detail:
            'out@example.com → Sales: in the group in Opti ID, and Okta does not send the person: not in the Okta group.',
          evidence: {
            group_name: 'Sales',
            okta_group_id: '00gSales',
            opti_group_id: 'group-s',
            okta_status: 'ACTIVE',
            reason: 'not in the Okta group',
          },
        },
        { subject: 'staged@example.com → Sales', evidence: { reason: 'not yet active in Okta (STAGED)' } },
        { subject: 'suspended@example.com → Sales', evidence: { reason: 'suspended in Okta' } },
        {
          subject: 'x@elsewhere.example → Sales',
          okta_id: null,
          opti_id: 'user-x',
          evidence: { okta_status: null, reason: 'not found in Okta' },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'not everybody without a partner could be looked up in Okta',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales', [world.person()]));
        world.setState('okta.userLookups', 'unread', 'HTTP 429');
      },
      outcome: 'unknown',
      reason: /okta\.userLookups was not read: HTTP 429/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => {
        world.noScimApp();
        world.pushedGroup('Sales', [world.oktaUser()]);
      },
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
