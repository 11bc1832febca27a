import { expect } from 'vitest';
import { testRule } from '../../support/rule-tester.ts';

testRule('deprovisioned-user-active', {
  clean: [
    {
      world: 'people tied by an id are assigned, and not deprovisioned',
      given: (world) => {
        for (const status of ['ACTIVE', 'STAGED', 'SUSPENDED']) {
          world.person({ status }, { external_id: world.optiUser() });
        }
        world.optiUser({ external_id: world.person() });
      },
    },
    {
      world: 'who is out is gone from the store, or was matched by e-mail only',
      given: (world) => {
        world.person();
        const deleted = world.optiUser({ status: 'deleted' });
        world.person({ status: 'DEPROVISIONED' }, { external_id: deleted, status: 'DEPROVISIONED' });
        world.oktaUser({ status: 'DEPROVISIONED', email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'Okta does not show the profile of somebody who was unassigned',
      given: (world) => {
        world.person();
        world.person({ okta_user_id: '00uHidden' }, { external_id: world.optiUser(), status: 'INACTIVE' });
        world.rows['okta.users'] = world.rows['okta.users'].filter(
          ({ okta_user_id }) => okta_user_id !== '00uHidden',
        );
      },
      finds: [{ subject: '00uHidden', okta_id: '00uHidden', evidence: { okta_status: null } }],
    },
    {
      world: 'everybody was unassigned, and the SSO app stands in for nobody after the cutover',
      given: (world) => {
        world.ssoApp();
        const ada = world.oktaUser({ email: 'ada@example.com' });
        world.assignToSso(ada);
        world.optiUser({ external_id: ada });
      },
      finds: [{ subject: 'ada@example.com', evidence: { is_assigned: false, okta_status: 'ACTIVE' } }],
    },
    {
      world: 'people tied by an id are deprovisioned, not assigned, or both, and still in the store',
      given: (world) => {
        world.person();
        const ada = world.optiUser({
          opti_user_id: 'user-a',
          external_id: world.oktaUser({
            okta_user_id: '00uAda',
            email: 'ada@example.com',
            status: 'DEPROVISIONED',
          }),
          email: 'ada@example.com',
        });
        world.optiGroup('Sales', [ada]);
        const bo = world.optiUser({ local_login: true });
        world.person({ email: 'bo@example.com' }, { external_id: bo, status: 'INACTIVE' });
        const cy = world.optiUser();
        world.person({ email: 'cy@example.com', status: 'DEPROVISIONED' }, { external_id: cy });
        world.optiUser({
          external_id: world.oktaUser({
            okta_user_id: '00uDi',
            email: 'di@example.com',
            status: 'SUSPENDED',
          }),
        });
        world.rows['okta.assignmentChecks'].push({ okta_user_id: '00uDi', is_assigned: false });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail:
            'ada@example.com is DEPROVISIONED and not assigned in Okta and still in Opti ID with 1 group.',
          fix: expect.stringContaining('ask Optimizely Support'),
          evidence: {
            okta_status: 'DEPROVISIONED',
            is_assigned: false,
            absence: "inferred: the app's list leaves the person out",
            matched_by: 'external id',
            opti_email: 'ada@example.com',
            groups: 1,
          },
        },
        {
          subject: 'bo@example.com',
          fix: expect.stringContaining('unassign them again'),
          evidence: { okta_status: 'ACTIVE', is_assigned: false, matched_by: 'app user external id' },
        },
        {
          subject: 'cy@example.com',
          detail: 'cy@example.com is DEPROVISIONED in Okta and still in Opti ID with 0 groups.',
          fix: expect.stringContaining('Unassign the person'),
          evidence: { is_assigned: true, absence: null },
        },
        {
          subject: 'di@example.com',
          evidence: { okta_status: 'SUSPENDED', absence: 'Okta was asked about this person' },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'not everybody without a partner could be looked up in Okta',
      given: (world) => world.setState('okta.userLookups', 'unread', 'HTTP 429'),
      outcome: 'unknown',
      reason: /okta\.userLookups was not read: HTTP 429/u,
    },
  ],
});
