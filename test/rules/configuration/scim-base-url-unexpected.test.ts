import { testRule } from '../../support/rule-tester.ts';

const OPTI_ID = 'https://identity-api.optimizely.com/api/scim/v2';

testRule('scim-base-url-unexpected', {
  clean: [
    { world: 'the base URL is that of Opti ID', given: (world) => world.showConnection('ENABLED', OPTI_ID) },
    {
      world: 'it ends with a slash',
      given: (world) => world.showConnection('ENABLED', `${OPTI_ID}/`),
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'it is that of another service',
      given: (world) => world.showConnection('ENABLED', 'https://scim.example.com/v2'),
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          evidence: { base_url: 'https://scim.example.com/v2' },
        },
      ],
    },
    {
      world: 'it is sent in the clear',
      given: (world) => world.showConnection('ENABLED', OPTI_ID.replace('https', 'http')),
      job: 'drift',
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    {
      world: 'it stops before the version',
      given: (world) => world.showConnection('UNKNOWN', OPTI_ID.replace('/v2', '')),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    {
      world: 'it goes on behind the version',
      given: (world) => world.showConnection('ENABLED', `${OPTI_ID}/Users`),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
  ],
  silent: [
    {
      world: 'Okta shows the connection without a URL',
      given: (world) => world.showConnection('ENABLED'),
      outcome: 'skipped',
      reason: /look at Provisioning › Integration/u,
    },
    {
      world: 'Okta does not show the connection',
      given: () => {},
      outcome: 'skipped',
      reason: /look at Provisioning › Integration/u,
    },
  ],
});
