import type { AppUserRow, LogEventRow, OktaGroupRow, OptiGroupRow } from '../../src/domain/dataset.ts';
import type { BaselineGrant } from '../../src/domain/memory.ts';
import { LONG_AGO, minutesBefore } from '../support/world.ts';
import { addOktaGroup, addOptiGroup, disguise, SCIM_ID, SSO_ID } from './generate-parts.ts';
import type { OrgPair } from './org-pair.ts';
import type { Random } from './random.ts';

const DAY = 24 * 60;
/** Few moments, so that a cause and its answer often meet, and some at one and the same time. */
const MOMENTS = [90, 120, 120, 500, 500, 1500, 4000, 9000];

const fold = (text: string): string => text.normalize('NFC').trim().toLowerCase();

/** What the weeks after a cutover leave in an org pair: who is linked, what was pushed, changed and remembered. */
export function addNights(random: Random, pair: OrgPair): void {
  let count = 0;
  const newId = (prefix: string): string => {
    count += 1;
    return `${prefix}n${count}`;
  };
  pair.lagMinutes = random.pick([60, 60, 60, 30, 240]);
  pair.logDays = random.pick([7, 7, 3]);
  const isSettled = random.chance(0.65);
  if (isSettled) settle(random, pair, newId);
  changePeople(random, pair, isSettled);
  changeGroups(random, pair, newId);
  remember(random, pair);
}

/** What is only known when everything else is there: what was logged, and who was looked up. */
export function endNights(random: Random, pair: OrgPair): void {
  let count = 0;
  logNights(random, pair, (prefix) => {
    count += 1;
    return `${prefix}l${count}`;
  });
  lookUp(random, pair);
}

/** Around the lag, mostly beyond it: just within, just at its edge, just beyond, and after collection began. */
function nearLag(random: Random, pair: OrgPair): string {
  const { lagMinutes } = pair;
  return minutesBefore(random.pick([-5, 0, 10, lagMinutes - 1, lagMinutes, lagMinutes + 1, lagMinutes + 1]));
}

/** A moment in the window of the log, at one of its edges, or long before it. */
function moment(random: Random, pair: OrgPair): string {
  const window = pair.logDays * DAY;
  return random.weighted([
    [8, minutesBefore(random.pick(MOMENTS))],
    [1, minutesBefore(random.pick([window - 1, window, window + 1]))],
    [2, nearLag(random, pair)],
    [3, LONG_AGO],
  ]);
}

/** SCIM is on: people of one e-mail are linked, and groups are pushed with their members. */
function settle(random: Random, pair: OrgPair, newId: (prefix: string) => string): void {
  const { rows } = pair;
  const organization = rows['optiId.organizations'][0];
  if (organization) organization.provisioning_mode = random.pick(['scim', 'scim', 'scim', 'jit', 'JIT']);
  const partnerOf = new Map<string, string>();
  for (const row of rows['okta.appUsers']) {
    const user = rows['okta.users'].find((one) => one.okta_user_id === row.okta_user_id);
    const address = user?.email ?? row.user_name;
    const partner = rows['optiId.users'].find((one) => address && fold(one.email) === fold(address));
    if (!user || !partner || random.chance(0.15)) continue;
    partnerOf.set(row.okta_user_id, partner.opti_user_id);
    if (random.chance(0.9)) row.external_id = partner.opti_user_id;
    if (random.chance(0.9)) partner.external_id = row.okta_user_id;
    if (random.chance(0.9)) {
      partner.first_name = random.chance(0.9) ? user.first_name : ` ${user.first_name?.normalize('NFD')} `;
      partner.last_name = user.last_name;
    }
    if (random.chance(0.85)) partner.local_login = false;
    if (random.chance(0.85)) partner.home_organization_id = 'org-1';
  }
  // A group is pushed to an app once.
  const mapped = new Set(rows['okta.groupPushMappings'].map((mapping) => mapping.source_group_id));
  const sources = rows['okta.groups'].filter(
    (group) => group.source_app_id !== SCIM_ID && !mapped.has(group.okta_group_id),
  );
  for (const source of random.some(sources, 0.55)) push(random, pair, newId, source, partnerOf);
}

function push(
  random: Random,
  pair: OrgPair,
  newId: (prefix: string) => string,
  source: OktaGroupRow,
  partnerOf: ReadonlyMap<string, string>,
): void {
  const { rows } = pair;
  const id = newId('group-');
  addOptiGroup(random, pair, id, source.name, random.chance(0.9) ? 'internal' : 'custom');
  const target = newId('00t');
  if (random.chance(0.9)) {
    addOktaGroup(
      pair,
      target,
      random.chance(0.85) ? source.name : disguise(random, source.name),
      'APP_GROUP',
      {
        source_app_id: SCIM_ID,
        external_id: random.chance(0.4) ? id : null,
      },
    );
  }
  rows['okta.groupPushMappings'].push({
    okta_mapping_id: newId('gPm'),
    source_group_id: source.okta_group_id,
    target_group_id: target,
    status: random.chance(0.85) ? 'ACTIVE' : random.pick(['INACTIVE', 'ERROR']),
    error_summary: null,
    created: LONG_AGO,
    last_updated: LONG_AGO,
    last_push: LONG_AGO,
  });
  const everyone = rows['optiId.users'].map((user) => user.opti_user_id);
  const members = new Set(random.some(everyone, everyone.length > 40 ? 0.01 : 0.08));
  for (const member of rows['okta.groupMembers']) {
    const partner = partnerOf.get(member.okta_user_id);
    if (member.okta_group_id === source.okta_group_id && partner && random.chance(0.85)) members.add(partner);
  }
  for (const opti_user_id of members) rows['optiId.groupMembers'].push({ opti_group_id: id, opti_user_id });
  for (const [opti_instance_id, opti_role_id] of random.some(GRANTS, 0.4)) {
    rows['optiId.groupInstanceRoles'].push({ opti_group_id: id, opti_instance_id, opti_role_id });
  }
}

const GRANTS = [
  ['instance-ac', 'role-product'],
  ['instance-cms1', 'role-editor'],
  ['instance-cms2', 'role-editor'],
] as const;

function changePeople(random: Random, pair: OrgPair, isSettled: boolean): void {
  const { rows } = pair;
  const youth = random.pick([0, 0.06, 0.2]);
  const trouble = random.pick([0, 0.1, 0.3]);
  for (const row of rows['okta.appUsers']) {
    if (isSettled) {
      row.sync_state = random.chance(trouble)
        ? random.pick(['ERROR', 'OUT_OF_SYNC'])
        : random.pick(['DISABLED', 'SYNCHRONIZED', null]);
    }
    if (random.chance(youth)) row.last_updated = nearLag(random, pair);
    if (random.chance(youth)) row.status_changed = nearLag(random, pair);
    if (random.chance(youth / 2)) row.sync_state = 'SYNCING';
    if (random.chance(0.03)) row.last_updated = null;
    if (random.chance(0.5)) row.created = random.chance(0.05) ? null : moment(random, pair);
  }
  for (const user of rows['optiId.users']) {
    if (random.chance(0.25)) user.created_at = random.chance(0.1) ? null : moment(random, pair);
  }
}

function withoutGroup(pair: OrgPair, id: string): void {
  const { rows } = pair;
  rows['optiId.groups'] = rows['optiId.groups'].filter((row) => row.opti_group_id !== id);
  rows['optiId.groupMembers'] = rows['optiId.groupMembers'].filter((row) => row.opti_group_id !== id);
  rows['optiId.groupInstanceRoles'] = rows['optiId.groupInstanceRoles'].filter(
    (row) => row.opti_group_id !== id,
  );
}

function changeGroups(random: Random, pair: OrgPair, newId: (prefix: string) => string): void {
  const { rows } = pair;
  const youth = random.pick([0, 0.06, 0.2]);
  const trouble = random.pick([0, 0.1, 0.25]);
  for (const mapping of rows['okta.groupPushMappings']) {
    if (random.chance(youth)) mapping.last_updated = nearLag(random, pair);
    if (random.chance(0.5)) mapping.created = random.chance(0.05) ? null : moment(random, pair);
    if (random.chance(0.5)) mapping.last_push = random.chance(0.15) ? null : moment(random, pair);
    const source = rows['okta.groups'].find((group) => group.okta_group_id === mapping.source_group_id);
    if (!source) continue;
    if (random.chance(trouble)) {
      addOptiGroup(random, pair, newId('group-'), disguise(random, source.name), 'custom');
    }
    if (random.chance(0.3) && mapping.last_push !== null) {
      const late = pair.lagMinutes + random.pick([-1, 0, 1]);
      source.last_membership_updated = new Date(Date.parse(mapping.last_push) + late * 60_000).toISOString();
    }
    const old = source.name;
    if (old !== 'Everyone' && random.chance(trouble)) {
      source.name = random.pick([disguise(random, old), `${old} (new)`]);
      // A name that chose the group goes on choosing it.
      pair.pushGroups = pair.pushGroups?.map((entry) => (entry === old ? source.name : entry)) ?? null;
    }
  }
  for (const group of rows['okta.groups']) {
    if (random.chance(youth)) group.last_updated = nearLag(random, pair);
    if (random.chance(youth)) group.last_membership_updated = nearLag(random, pair);
    if (random.chance(0.02)) group.last_membership_updated = null;
  }
  const managed = rows['optiId.groups'].filter((group) => group.group_type === 'internal');
  for (const group of random.some(managed, trouble / 2)) withoutGroup(pair, group.opti_group_id);
}

/** What an earlier run left: the pairs of groups, and what groups granted. */
function remember(random: Random, pair: OrgPair): void {
  const { rows } = pair;
  const groups = rows['optiId.groups'];
  const groupPairs: Record<string, string> = {};
  const knows = random.pick([0, 0.3, 0.8]);
  for (const mapping of random.some(rows['okta.groupPushMappings'], knows)) {
    const source = rows['okta.groups'].find((group) => group.okta_group_id === mapping.source_group_id);
    const namesake = groups.find((group) => source && fold(group.name) === fold(source.name));
    const any: OptiGroupRow | undefined = groups.length > 0 ? random.pick(groups) : undefined;
    groupPairs[mapping.okta_mapping_id] = random.weighted([
      [6, namesake?.opti_group_id ?? 'group-gone'],
      [1, any?.opti_group_id ?? 'group-gone'],
      [1.5, 'group-gone'],
    ]);
  }
  const grants: BaselineGrant[] = [];
  for (const group of groups) {
    if (random.chance(0.2)) continue;
    const id = random.chance(0.75) ? group.opti_group_id : `old-${group.opti_group_id}`;
    const name = random.chance(0.9) ? group.name : disguise(random, group.name);
    const had = rows['optiId.groupInstanceRoles']
      .filter((row) => row.opti_group_id === group.opti_group_id && random.chance(0.9))
      .map((row) => [row.opti_instance_id, row.opti_role_id] as const);
    const more = random.some(
      [...GRANTS, ['instance-gone', 'role-editor'], ['instance-cms1', 'role-gone']] as const,
      0.12,
    );
    const seen = new Set<string>();
    for (const [opti_instance_id, opti_role_id] of [...had, ...more]) {
      if (seen.has(`${opti_instance_id} ${opti_role_id}`)) continue;
      seen.add(`${opti_instance_id} ${opti_role_id}`);
      grants.push({
        opti_group_id: id,
        group_name: name,
        product: 'CMS',
        opti_instance_id,
        instance: opti_instance_id,
        opti_role_id,
        role: opti_role_id,
      });
    }
  }
  pair.memory = {
    groupPairs,
    baseline: random.weighted([
      [5, { run: '20261001T030000Z-precutover', grants }],
      [1, { run: '20261001T030000Z-precutover', grants: null }],
      [1, null],
    ]),
  };
}

type Target = LogEventRow['targets'][number];

const USER_EVENTS = [
  'application.user_membership.add',
  'application.user_membership.add',
  'application.user_membership.remove',
  'application.user_membership.remove',
  'app.user_management.push_new_user_success',
  'app.user_management.push_new_user_success',
  'app.user_management.push_profile_failure',
  'application.provision.user.push',
  'application.provision.user.push_profile',
  'application.provision.user.sync',
  'application.provision.user.verify_exists',
  'application.provision.user.deactivate',
  'application.provision.user.delete',
  'application.provision.group_membership.add',
];
const GROUP_EVENTS = [
  'application.provision.group_push.pushed',
  'application.provision.group_push.updated',
  'application.provision.group_push.push_memberships',
  'application.provision.group_push.removed',
  'application.provision.group.add',
];
const APP_EVENTS = [
  'application.integration.authentication_failure',
  'application.integration.authentication_failure',
  'application.integration.authentication_failure',
  'application.integration.general_failure',
  'application.integration.rate_limit_exceeded',
  'application.provision.group.add',
  'application.provision.user.sync',
  'application.lifecycle.update',
];

function logNights(random: Random, pair: OrgPair, newId: (prefix: string) => string): void {
  const { rows } = pair;
  const addressOf = (id: string): string | null => {
    const user = rows['okta.users'].find((row) => row.okta_user_id === id);
    return user ? (user.email ?? user.login) : `${id}@example.com`;
  };
  const anyone = [...rows['okta.users'].map((row) => row.okta_user_id), '00uLeft1', '00uLeft2'];
  const cast = random.shuffle(anyone).slice(0, random.pick([2, 4, 8]));
  const sources = new Set(rows['okta.groupPushMappings'].map((mapping) => mapping.source_group_id));
  const groups = random
    .shuffle(rows['okta.groups'].filter((group) => sources.has(group.okta_group_id) || random.chance(0.3)))
    .slice(0, 4);
  const target = (
    id: string | null,
    type: string,
    alternate: string | null,
    name: string | null,
  ): Target => ({
    id,
    type,
    alternate_id: alternate,
    display_name: name,
  });
  const userTargets = (id: string): Target[] => {
    const address = addressOf(id);
    const person = target(id, 'User', address, 'A person');
    const userName = rows['okta.appUsers'].find((row) => row.okta_user_id === id)?.user_name ?? address;
    const appUser = target(`0ua${id}`, 'AppUser', random.pick([userName, address]), 'A person');
    return random.weighted([
      [3, [person, appUser]],
      [3, [person]],
      [2, [appUser]],
    ]);
  };
  const groupTarget = (group: OktaGroupRow): Target => {
    const mapping = rows['okta.groupPushMappings'].find((row) => row.source_group_id === group.okta_group_id);
    const pushed = rows['okta.groups'].find((row) => row.okta_group_id === mapping?.target_group_id);
    const name = random.pick([group.name, pushed?.name ?? group.name]);
    const shown = random.chance(0.85) ? name : disguise(random, name);
    return target(
      `AGr${group.okta_group_id}`,
      random.pick(['AppGroup', 'AppGroup', 'UserGroup']),
      null,
      shown,
    );
  };
  const appTarget = (): Target =>
    random.chance(0.95)
      ? target(SCIM_ID, 'AppInstance', 'Opti ID SCIM', 'Opti ID SCIM')
      : target(SSO_ID, 'AppInstance', 'Opti ID SSO', 'Opti ID SSO');
  const published = (): string => {
    const time = moment(random, pair);
    return time === LONG_AGO ? minutesBefore(random.pick(MOMENTS)) : time;
  };
  for (let left = random.pick([0, 3, 10, 25]); left > 0; left -= 1) {
    const kind = random.weighted([
      [6, 'user'],
      [3, 'group'],
      [6, 'member'],
      [3, 'app'],
      [0.7, 'both'],
    ] as const);
    const group = groups.length > 0 ? random.pick(groups) : undefined;
    const user = random.pick(cast);
    let type = random.pick(APP_EVENTS);
    let targets = [appTarget()];
    if (kind === 'user' || group === undefined) {
      type = random.pick(USER_EVENTS);
      targets.push(...userTargets(user));
    } else if (kind === 'group') {
      type = random.pick(GROUP_EVENTS);
      targets.push(groupTarget(group));
    } else if (kind === 'both') {
      type = random.pick([...GROUP_EVENTS, ...USER_EVENTS]);
      targets.push(...userTargets(user), groupTarget(group));
    } else if (kind === 'member') {
      type = random.pick(['group.user_membership.add', 'group.user_membership.remove']);
      targets = [
        target(user, 'User', addressOf(user), null),
        target(group.okta_group_id, 'UserGroup', null, group.name),
      ];
    }
    rows['okta.logEvents'].push({
      event_id: newId('event-'),
      published: published(),
      event_type: type,
      outcome: type.startsWith('application.integration.')
        ? random.pick(['FAILURE', 'FAILURE', 'SUCCESS', null])
        : random.weighted([
            [12, 'SUCCESS'],
            [type.startsWith('app') ? 4 : 0, 'FAILURE'],
            [type.startsWith('app') ? 0.5 : 0, 'SKIPPED'],
          ]),
      outcome_reason: null,
      targets: random.shuffle(targets),
    });
  }
}

/** Store users that no listing of Okta has a partner for were looked up; who was found is among the users. */
function lookUp(random: Random, pair: OrgPair): void {
  const { rows } = pair;
  const listed = new Set(
    [...rows['okta.appUsers'], ...rows['okta.groupMembers'], ...rows['okta.suspendedUsers']].map(
      (row: Pick<AppUserRow, 'okta_user_id'>) => row.okta_user_id,
    ),
  );
  const linked = new Set(rows['okta.appUsers'].map((row) => row.external_id));
  for (const user of rows['optiId.users']) {
    if (user.status === 'deleted' || linked.has(user.opti_user_id)) continue;
    const known = rows['okta.users'].filter(
      (row) =>
        row.okta_user_id === user.external_id || (row.email !== null && fold(row.email) === fold(user.email)),
    );
    // Whom the store names by id is asked for by it, whoever has the e-mail.
    const standsFor = known.filter(
      (row) => user.external_id === null || row.okta_user_id === user.external_id,
    );
    if (standsFor.some((row) => listed.has(row.okta_user_id))) continue;
    rows['okta.userLookups'].push({
      opti_user_id: user.opti_user_id,
      asked_by: user.external_id === null ? 'e-mail' : 'id',
      okta_user_id:
        (known.find((row) => row.okta_user_id === user.external_id) ?? known[0])?.okta_user_id ?? null,
    });
  }
  if (random.chance(0.04)) pair.states['okta.userLookups'] = random.pick(['partial', 'unread']);
}
