import { testRule } from '../../support/rule-tester.ts';

testRule('scim-already-on', {
  clean: [{ world: 'the organization is on JIT', given: () => {} }],
  flagged: [
    {
      world: 'the organization is on SCIM',
      given: (world) => world.organization({ provisioning_mode: 'scim' }),
      finds: [
        {
          subject: 'Example Inc.',
          okta_id: null,
          opti_id: 'org-1',
          evidence: { provisioning_mode: 'scim' },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the organization could not be read',
      given: (world) => world.setState('optiId.organizations', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.organizations was not read: permission denied/u,
    },
  ],
});
