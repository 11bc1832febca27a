import { testRule } from '../../support/rule-tester.ts';

testRule('user-left-behind', {
  clean: [
    {
      world: 'the store users are assigned people by e-mail, outsiders, deleted, or of a domain out of scope',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ADA@example.com' });
        world.optiUser({ home_organization_id: 'org-2' });
        world.optiUser({ local_login: true });
        world.optiUser({ status: 'deleted' });
        world.optiUser({ email: 'bo@example.org' });
      },
    },
    {
      world: 'an id ties the store users to Okta users, assigned or not',
      given: (world) => {
        world.person({}, { external_id: world.optiUser(), status: 'INACTIVE' });
        world.optiUser({ external_id: world.oktaUser({ status: 'DEPROVISIONED' }) });
        world.person();
      },
    },
    {
      world: 'in another domain, who the store says somebody is was not asked for by id, or was found by it',
      given: (world) => {
        world.person();
        world.optiUser({ email: 'ada@example.org', external_id: '00uAda' });
        const bo = world.optiUser({ email: 'bo@example.org', external_id: '00uBo' });
        const cy = world.optiUser({ email: 'cy@example.org', external_id: '00uCy' });
        world.rows['okta.userLookups'].push(
          { opti_user_id: bo, asked_by: 'e-mail', okta_user_id: null },
          { opti_user_id: cy, asked_by: 'id', okta_user_id: '00uCy' },
        );
      },
    },
    {
      world: 'the suspension rule names the store user, or the ambiguity rule does',
      given: (world) => {
        world.person();
        world.oktaUser({ status: 'SUSPENDED', email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'bo@example.com' });
        world.optiUser({ email: 'Bo@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'no id ties the store user to an Okta user, and whoever has the e-mail is not assigned',
      given: (world) => {
        world.person();
        const ada = world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.optiGroup('Sales', [ada]);
        world.oktaUser({ okta_user_id: '00uAda', email: 'Ada@example.com' });
        world.optiUser({ opti_user_id: 'user-b', email: 'bo@example.com', last_login_at: null });
        world.rows['okta.userLookups'].push({
          opti_user_id: 'user-b',
          asked_by: 'e-mail',
          okta_user_id: null,
        });
        world.optiUser({ email: 'cy@example.com', external_id: '00uCy' });
      },
      finds: [
        {
          subject: 'Ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail: 'Ada@example.com is in Opti ID with 1 group and ACTIVE in Okta but not assigned.',
          evidence: {
            okta_status: 'ACTIVE',
            absence: "inferred: the app's list leaves the person out",
            external_id: null,
            asked_by: null,
            groups: 1,
          },
        },
        {
          subject: 'bo@example.com',
          okta_id: null,
          opti_id: 'user-b',
          detail: 'bo@example.com is in Opti ID with 0 groups and was not found in Okta.',
          evidence: { okta_status: null, absence: null, asked_by: 'e-mail', last_login_at: null, groups: 0 },
        },
        {
          subject: 'cy@example.com',
          detail:
            'cy@example.com is in Opti ID with 0 groups and belongs to an Okta user (00uCy) who no longer exists.',
          evidence: { external_id: '00uCy' },
        },
      ],
    },
    {
      world: 'in any domain, Okta was asked by id for who the store says somebody is, and knows nobody of it',
      given: (world) => {
        world.person();
        const eve = world.oktaUser({ okta_user_id: '00uEve', email: 'eve@example.org' });
        const users = [
          [world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.org', external_id: '00uAda' }), null],
          [world.optiUser({ opti_user_id: 'user-e', email: ' eve@example.org', external_id: '00uOld' }), eve],
        ] as const;
        for (const [opti_user_id, okta_user_id] of users)
          world.rows['okta.userLookups'].push({ opti_user_id, asked_by: 'id', okta_user_id });
      },
      finds: [
        { subject: 'ada@example.org', okta_id: null, opti_id: 'user-a', evidence: { external_id: '00uAda' } },
        {
          subject: 'eve@example.org',
          okta_id: '00uEve',
          opti_id: 'user-e',
          evidence: { okta_status: 'ACTIVE' },
        },
      ],
    },
    {
      world: 'Okta was asked whether the person is assigned, and said no',
      given: (world) => {
        world.person();
        world.oktaUser({ okta_user_id: '00uAda', email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.rows['okta.assignmentChecks'].push({ okta_user_id: '00uAda', is_assigned: false });
      },
      finds: [{ okta_id: '00uAda', evidence: { absence: 'Okta was asked about this person' } }],
    },
    {
      world:
        'an assigned person has the address but for a tag, or but for the domain: nobody asks after the cutover',
      given: (world) => {
        world.rows['optiId.ssoConnections'][0]?.domains.push('example.org');
        world.person({ email: 'ada+opti@example.com' }, { external_id: world.optiUser() });
        world.person({ email: 'bo@example.org' });
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'bo@example.com' });
      },
      finds: [{ subject: 'ada@example.com' }, { subject: 'bo@example.com' }],
    },
  ],
  silent: [
    {
      world: 'not everybody without a partner could be looked up in Okta',
      given: (world) => {
        world.optiUser();
        world.setState('okta.userLookups', 'unread', 'HTTP 429');
      },
      outcome: 'unknown',
      reason: /okta\.userLookups was not read: HTTP 429/u,
    },
    {
      world: 'there is neither a SCIM nor an SSO app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
