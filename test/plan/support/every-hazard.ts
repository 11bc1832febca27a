import { minutesBefore, World } from '../../support/world.ts';

const ADMIN_CENTER = 'Admin Center';

/** Ids that tests speak of. */
export interface Hazards {
  world: World;
  ids: Readonly<Record<string, string>>;
}

/** A world before the cutover in which every rule about people, groups and access has something to say. */
export function everyHazard(): Hazards {
  const world = new World();
  const pair = (name: string, optiPatch = {}): { okta: string; opti: string } => {
    const email = `${name}@example.com`;
    return { okta: world.person({ email }), opti: world.optiUser({ email, ...optiPatch }) };
  };

  // Replaced groups: one with content access, one that makes administrators.
  const stays = pair('stays');
  const leaver = world.optiUser({ email: 'leaver@example.com' });
  const gains = pair('gains');
  const staged = world.oktaUser({ email: 'staged@example.com', status: 'STAGED' });
  const unassigned = world.oktaUser({ email: 'unassigned@example.com' });
  const unassignedOpti = world.optiUser({ email: 'unassigned@example.com' });
  const collaborator = world.optiUser({ email: 'ext@agency.example', home_organization_id: 'org-2' });
  const local = world.optiUser({ email: 'local@example.com', local_login: true });
  const editors = world.pushedGroup('Editors', [stays.okta, gains.okta, staged, unassigned]);
  const optiEditors = world.optiGroup('editors', [stays.opti, leaver, unassignedOpti, collaborator, local], {
    user_count: 7,
  });
  world.grant(optiEditors, 'CMS', 'Website', 'Editor');
  const admin = pair('admin');
  const admins = world.pushedGroup('Admins', [admin.okta]);
  const optiAdmins = world.optiGroup('Admins', [admin.opti]);
  world.grant(optiAdmins, ADMIN_CENTER, ADMIN_CENTER, 'Super Admin');

  // Names.
  const byProduct = world.pushedGroup('CMS Editors', [stays.okta]);
  world.optiGroup('CMS Editors', [], { group_type: 'product' });
  const twin = world.pushedGroup('Twins', [stays.okta]);
  const otherTwin = world.pushedGroup('twins', [gains.okta]);
  const fragile = world.pushedGroup('Ops "A"', [stays.okta]);
  const lookalike = world.pushedGroup('Content - EU', [stays.okta]);
  world.optiGroup('Content – EU', [], { group_type: 'product' });
  const reserved = world.pushedGroup('Everyone', [stays.okta]);
  const reservedLinked = world.pushedGroup('Org admins', [admin.okta]);
  const reservedGroup = world.optiGroup('Admin Center Administrators', [admin.opti], {
    group_type: 'internal',
  });
  world.mapping(reservedLinked, {
    targetName: 'Admin Center Administrators',
    targetExternalId: reservedGroup,
  });

  // Links, orphans, assignment, emptiness, failure.
  const linked = world.pushedGroup('Linked', [stays.okta]);
  const linkedTo = world.optiGroup('Old writers', [stays.opti]);
  world.mapping(linked, { targetName: 'Old writers', targetExternalId: linkedTo });
  const shared = world.pushedGroup('Shared one', [stays.okta]);
  const alsoShared = world.pushedGroup('Shared two', [gains.okta]);
  const sharedTarget = world.optiGroup('Shared', [], {
    group_type: 'internal',
    created_at: minutesBefore(60 * 24 * 89),
  });
  world.mapping(shared, { targetName: 'Shared', targetExternalId: sharedTarget });
  const sharedTargetId = world.rows['okta.groupPushMappings'].at(-1)?.target_group_id ?? '';
  world.mapping(alsoShared, { target_group_id: sharedTargetId });
  const orphanOnly = world.optiUser({ email: 'stranded@example.com', local_login: true });
  const orphan = world.optiGroup('Left behind', [orphanOnly], { group_type: 'internal' });
  world.grant(orphan, 'CMP', 'Campaigns', 'Viewer');
  const trial = world.optiGroup('Trial', [gains.opti], { group_type: 'internal' });
  world.grant(trial, 'CMP', 'Campaigns', 'Author');
  const tried = world.pushedGroup('Trial', [gains.okta]);
  const assignedAndPushed = world.pushedGroup('Both ways', [stays.okta]);
  world.assignGroup(assignedAndPushed);
  world.assignGroup(world.oktaGroup('Everyone', [], { type: 'BUILT_IN' }));
  world.pushedGroup('Studio::nowhere', [stays.okta]);
  world.pushedGroup('Empty', []);
  const failing = world.pushedGroup('Failing', [stays.okta]);
  world.mapping(failing, { status: 'ERROR', error_summary: 'Conflict' });

  // People.
  const suspended = world.assign(world.oktaUser({ email: 'suspended@example.com', status: 'SUSPENDED' }));
  const suspendedOpti = world.optiUser({ email: 'suspended@example.com' });
  world.person({ email: 'Case@example.com' });
  world.optiUser({ email: 'case@example.com' });
  world.person({ email: 'alias@example.com' });
  world.optiUser({ email: 'alias+old@example.com' });
  world.person({ email: 'moved@example.com', first_name: 'Mo', last_name: 'Ved' });
  world.optiUser({ email: 'moved@old.example', first_name: 'Mo', last_name: 'Ved' });
  const sso = world.rows['optiId.ssoConnections'][0];
  sso?.domains.push('old.example');
  const sharer = world.person({ email: 'shared@example.com' });
  const sharedOpti = ['shared@example.com', 'Shared@example.com'].map((email) => world.optiUser({ email }));
  const kept = world.optiUser({ email: 'doubled@elsewhere.example' });
  const second = world.optiUser({ email: 'Doubled@elsewhere.example' });
  const keptGroup = world.optiGroup('Keepers', [kept]);
  world.grant(keptGroup, 'CMS', 'Website', 'Viewer');
  const secondGroup = world.optiGroup('Seconds', [second]);
  const nameless = world.person({ email: 'nameless@example.com', first_name: null });
  const renamed = world.person({ email: 'renamed@example.com' }, { user_name: 'somebody@example.com' });
  const invited = world.person({ email: 'invited@example.com' });
  world.rows['optiId.invitations'].push({
    opti_invitation_id: 'invitation-1',
    email: 'invited@example.com',
    status: 'pending',
    created_at: null,
  });
  world.optiUser({ email: 'nobody@example.com' });
  const heir = world.person({ email: 'desk@example.com', first_name: 'Hea', last_name: 'Ir' });
  world.optiUser({ email: 'desk@example.com', first_name: 'Ol', last_name: 'Der' });
  const abroad = world.person({ email: 'abroad@example.com' });
  world.rows['optiId.otherOrganizationUsers'].push({ email: 'abroad@example.com' });
  const known = world.person({ email: 'known@example.com', login: 'k.nown@example.com' });
  world.optiUser({ email: 'k.nown@example.com' });
  const outside = world.person({ email: 'ext@agency.example' });
  world.person({ email: 'partner@partner.example' });

  // Settings.
  world.changeScimApp({
    username_template: '${source.login}',
    username_push_status: 'DONT_PUSH',
    features: ['GROUP_PUSH', 'PUSH_PASSWORD_UPDATES', 'PROFILE_MASTERING'],
  });
  world.ssoApp({ features: ['PUSH_NEW_USERS'] });
  const legacy = world.optiGroup('Legacy');
  world.otherMapping(world.otherApp(), world.oktaGroup('Legacy'), { targetExternalId: legacy });
  world.showConnection('DISABLED', 'https://wrong.example/scim/v2');
  world.rows['okta.profileMappings'][0]?.properties.splice(0, 2, {
    attribute: 'mobilePhone',
    expression: 'user.mobilePhone',
    push_status: 'PUSH',
  });

  return {
    world,
    ids: {
      editors,
      optiEditors,
      admins,
      optiAdmins,
      byProduct,
      twin,
      otherTwin,
      fragile,
      lookalike,
      reserved,
      reservedLinked,
      reservedGroup,
      linkedTo,
      orphan,
      failing,
      suspended,
      suspendedOpti,
      trial,
      tried,
      kept,
      second,
      sharer,
      sharedOpti: sharedOpti.join(', '),
      heir,
      abroad,
      known,
      outside,
      secondGroup,
      nameless,
      renamed,
      invited,
      collaborator,
      local,
      leaver,
      unassigned,
      unassignedOpti,
      staged,
      stays: stays.opti,
      admin: admin.opti,
    },
  };
}
