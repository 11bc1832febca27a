import { testRule } from '../../support/rule-tester.ts';

testRule('jit-still-on', {
  clean: [
    {
      world: 'the organization is on SCIM',
      given: (world) => world.organization({ provisioning_mode: 'scim' }),
    },
  ],
  flagged: [
    {
      world: 'the organization is still on JIT, however the store writes it',
      given: (world) => world.organization({ provisioning_mode: ' JIT' }),
      finds: [
        {
          subject: 'Example Inc.',
          okta_id: null,
          opti_id: 'org-1',
          detail: 'Example Inc. is still on just-in-time provisioning.',
          evidence: { provisioning_mode: ' JIT' },
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
