import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

type Property = World['rows']['okta.profileMappings'][number]['properties'][number];

const GIVEN: Property = { attribute: 'givenName', expression: 'user.firstName', push_status: 'PUSH' };
const FAMILY: Property = { attribute: 'familyName', expression: 'user.lastName', push_status: 'PUSH' };

/** Gives the app these mappings, one per Okta user type. */
function mapped(world: World, ...mappings: Property[][]): void {
  const [first] = world.rows['okta.profileMappings'];
  if (!first) throw new Error('The world begins with a mapping.');
  world.rows['okta.profileMappings'] = mappings.map((properties, place) => ({
    ...first,
    okta_mapping_id: `prm${place}`,
    properties,
  }));
}

testRule('attribute-unmapped', {
  clean: [
    { world: 'both names are mapped, and the user name has a template', given: () => {} },
    {
      world: 'each of several user types maps both names, whatever their order',
      given: (world) => mapped(world, [GIVEN, FAMILY], [FAMILY, GIVEN]),
      job: 'drift',
    },
    {
      world: 'Okta does not say whether the names are pushed on update',
      given: (world) => mapped(world, [GIVEN, { ...FAMILY, push_status: null }]),
    },
    {
      world: 'another attribute is sent at creation only',
      given: (world) =>
        mapped(world, [GIVEN, FAMILY, { ...GIVEN, attribute: 'title', push_status: 'DONT_PUSH' }]),
    },
  ],
  flagged: [
    {
      world: 'the given name is not mapped',
      given: (world) => mapped(world, [FAMILY]),
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          evidence: { attributes: ['givenName is not mapped'] },
        },
      ],
    },
    {
      world: 'the family name is listed without an expression',
      given: (world) => mapped(world, [GIVEN, { ...FAMILY, expression: null }]),
      finds: [{ evidence: { attributes: ['familyName is not mapped'] } }],
    },
    {
      world: 'the given name is sent at creation only',
      given: (world) => mapped(world, [{ ...GIVEN, push_status: 'DONT_PUSH' }, FAMILY]),
      job: 'drift',
      finds: [{ evidence: { attributes: ['givenName is sent at creation only'] } }],
    },
    {
      world: 'one of several user types does not map the family name',
      given: (world) => mapped(world, [GIVEN, FAMILY], [GIVEN]),
      finds: [{ evidence: { attributes: ['familyName is not mapped'] } }],
    },
    {
      world: 'one of several user types sends the family name at creation only',
      given: (world) => mapped(world, [GIVEN, FAMILY], [GIVEN, { ...FAMILY, push_status: 'DONT_PUSH' }]),
      finds: [{ evidence: { attributes: ['familyName is sent at creation only'] } }],
    },
    {
      world: 'no mapping leads to the app',
      given: (world) => mapped(world),
      finds: [{ evidence: { attributes: ['givenName is not mapped', 'familyName is not mapped'] } }],
    },
    {
      world: 'the user name has no template, though a mapping row holds it',
      given: (world) => {
        world.changeScimApp({ username_template: null });
        mapped(world, [GIVEN, FAMILY, { ...GIVEN, attribute: 'userName' }]);
      },
      finds: [{ evidence: { attributes: ['userName has no template'] } }],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read',
      given: (world) => world.setState('okta.profileMappings', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.profileMappings was not read: HTTP 403/u,
    },
  ],
});
