import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;

testRule('group-orphaned', {
  clean: [
    {
      world: 'a push of its name is in the way of the group before the cutover, which has a rule of its own',
      given: (world) => {
        world.optiGroup('Sales', [], INTERNAL);
        world.pushedGroup('Sales');
      },
    },
    {
      world: 'the external id of a target leads to the group, whatever the names',
      given: (world) => {
        const group = world.optiGroup('Sales', [], INTERNAL);
        world.mapping(world.oktaGroup('Vertrieb'), { targetExternalId: group });
      },
    },
    {
      world: 'the name of a target leads to the group, in other case',
      given: (world) => {
        world.optiGroup('SALES', [], INTERNAL);
        world.mapping(world.oktaGroup('Vertrieb'), { targetName: 'Sales', status: 'INACTIVE' });
      },
      job: 'drift',
    },
    {
      world: 'Okta does not show the target, and the name of the source leads to the group',
      given: (world) => {
        world.optiGroup('Sales', [], INTERNAL);
        world.mapping(world.oktaGroup('Sales'), { target_group_id: '00gHidden', status: 'ERROR' });
      },
    },
    {
      world: 'the groups that no mapping targets are reserved ones',
      given: (world) => {
        world.optiGroup('Everyone', [], INTERNAL);
        world.optiGroup('admin center administrators', [], INTERNAL);
      },
    },
    {
      world: 'the groups that no mapping targets are custom and product groups',
      given: (world) => {
        world.optiGroup('Sales');
        world.optiGroup('Editors', [], { group_type: 'product' });
      },
    },
  ],
  flagged: [
    {
      world: 'no mapping targets the group, and its members keep what it grants',
      given: (world) => {
        const group = world.optiGroup(
          'Sales',
          [
            world.optiUser({ email: 'bo@example.com' }),
            world.optiUser({ email: 'ada@example.com' }),
            world.optiUser({ status: 'deleted' }),
          ],
          { ...INTERNAL, opti_group_id: 'group-s' },
        );
        world.grant(group, 'CMS', 'Website', 'Editor');
        world.optiGroup('Marketing', [world.optiUser({ email: 'cy@example.com' })]);
      },
      finds: [
        {
          subject: 'Sales',
          okta_id: null,
          opti_id: 'group-s',
          evidence: {
            members: 2,
            member_emails: ['ada@example.com', 'bo@example.com'],
            grants: ['CMS / Website: Editor'],
            unlink_event: null,
          },
        },
      ],
    },
    {
      world: 'the mapping of the name targets another group by its external id',
      given: (world) => {
        world.optiGroup('Sales', [], { ...INTERNAL, opti_group_id: 'group-left' });
        const fresh = world.optiGroup('Sales', [], INTERNAL);
        world.mapping(world.oktaGroup('Sales'), { targetExternalId: fresh });
      },
      job: 'drift',
      finds: [
        { subject: 'Sales', opti_id: 'group-left', evidence: { members: 0, member_emails: [], grants: [] } },
      ],
    },
    {
      world: 'the name only looks like the one of a target, or like a reserved one',
      given: (world) => {
        world.optiGroup('Every\u200Bone', [], INTERNAL);
        world.optiGroup('Team\u00A0Nord', [], INTERNAL);
        world.mapping(world.oktaGroup('Team Nord'));
      },
      finds: [{ subject: 'Every\u200Bone' }, { subject: 'Team\u00A0Nord' }],
    },
    {
      world:
        'the System Log tells when its push was deactivated: the last time counts, on this app and name only',
      given: (world) => {
        world.optiGroup('Sales', [], INTERNAL);
        const app = { id: world.scimApp.okta_app_id, type: 'AppInstance', alternate_id: null };
        const deactivated = (event_id: string, minutes: number, name: string, appId = app.id) => {
          const published = minutesBefore(minutes);
          world.logEvent('application.provision.group_push.deactivate_mapping', {
            event_id,
            published,
            targets: [
              { ...app, id: appId, display_name: 'Sales' },
              { id: 'AGr1', type: 'UserGroup', alternate_id: null, display_name: name },
            ],
          });
        };
        deactivated('of-another-group', 10, 'Marketing');
        deactivated('on-another-app', 20, 'Sales', '0oaOther');
        deactivated('last', 30, 'SALES ');
        deactivated('first', 40, 'Sales');
        world.logEvent('application.provision.group_push.pushed', {
          event_id: 'a-push',
          published: minutesBefore(5),
          targets: [
            { ...app, display_name: null },
            { id: 'AGr1', type: 'UserGroup', alternate_id: null, display_name: 'Sales' },
          ],
        });
      },
      finds: [{ subject: 'Sales', evidence: { unlink_event: 'last' } }],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => {
        world.optiGroup('Sales', [], INTERNAL);
        world.setState('okta.groupPushMappings', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read(?: completely)?: HTTP 500/u,
    },
    {
      world: 'the Okta groups, which name the targets, were not read to their end',
      given: (world) => {
        world.optiGroup('Sales', [], INTERNAL);
        world.setState('okta.groups', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.groups was not read: HTTP 403/u,
    },
    {
      world: 'the roles, which say what the group grants, were not read',
      given: (world) => {
        world.optiGroup('Sales', [], INTERNAL);
        world.setState('optiId.roles', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.roles was not read: permission denied/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
