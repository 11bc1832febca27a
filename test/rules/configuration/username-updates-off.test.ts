import { testRule } from '../../support/rule-tester.ts';

testRule('username-updates-off', {
  clean: [
    { world: 'user names are sent on create and update', given: () => {} },
    {
      world: 'the same in the nightly audit',
      given: (world) => world.changeScimApp({ username_push_status: 'PUSH' }),
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'user names are sent at creation only',
      given: (world) => world.changeScimApp({ username_push_status: 'DONT_PUSH' }),
      finds: [{ subject: 'Opti ID SCIM', okta_id: '0oaScim', evidence: { push_status: 'DONT_PUSH' } }],
    },
  ],
  silent: [
    {
      world: 'Okta does not show it',
      given: (world) => world.changeScimApp({ username_push_status: null }),
      outcome: 'skipped',
      reason: /look at the Sign On tab/u,
    },
    {
      world: 'Okta says that it is not configured',
      given: (world) => world.changeScimApp({ username_push_status: 'NOT_CONFIGURED' }),
      outcome: 'skipped',
      reason: /look at the Sign On tab/u,
    },
  ],
});
