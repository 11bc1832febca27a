import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

type Property = World['rows']['okta.profileMappings'][number]['properties'][number];

function map(world: World, attribute: string, patch: Partial<Property> = {}, mapping = 0): void {
  world.rows['okta.profileMappings'][mapping]?.properties.push({
    attribute,
    expression: `user.${attribute}`,
    push_status: 'PUSH',
    ...patch,
  });
}

/** A second Okta user type with its own mapping to the app; returns its place. */
function secondMapping(world: World): number {
  const [first] = world.rows['okta.profileMappings'];
  if (first) world.rows['okta.profileMappings'].push({ ...first, okta_mapping_id: 'prm2', properties: [] });
  return 1;
}

testRule('attribute-mapped-needlessly', {
  clean: [
    { world: 'only the two names are mapped', given: () => {} },
    {
      world: 'the user name is mapped beside them',
      given: (world) => map(world, 'userName'),
      job: 'drift',
    },
    {
      world: 'other attributes are listed without an expression',
      given: (world) => {
        map(world, 'title', { expression: null });
        map(world, 'department', { expression: '  ' });
      },
    },
  ],
  flagged: [
    {
      world: 'the e-mail is mapped at creation only, which sends it all the same',
      given: (world) => map(world, 'email', { push_status: 'DONT_PUSH' }),
      finds: [{ subject: 'Opti ID SCIM', okta_id: '0oaScim', evidence: { attributes: ['email'] } }],
    },
    {
      world: 'an attribute is mapped without a push status',
      given: (world) => map(world, 'title', { push_status: null }),
      job: 'drift',
      finds: [{ evidence: { attributes: ['title'] } }],
    },
    {
      world: 'an attribute differs from the user name in case, so it is another',
      given: (world) => map(world, 'username'),
      finds: [{ evidence: { attributes: ['username'] } }],
    },
    {
      world: 'several mappings map the same and more, some under hostile names',
      given: (world) => {
        map(world, 'title');
        const second = secondMapping(world);
        map(world, 'title', {}, second);
        map(world, '=cmd("x"), y\n', {}, second);
      },
      finds: [{ evidence: { attributes: ['=cmd("x"), y\n', 'title'] } }],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => world.setState('okta.profileMappings', 'partial', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.profileMappings was not read completely: HTTP 500/u,
    },
  ],
});
