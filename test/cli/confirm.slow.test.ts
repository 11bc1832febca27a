import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfirmationVerdict } from '../../src/domain/confirmation.ts';
import type { SandboxLogEvent, SandboxOktaUser, SandboxWorld } from '../../src/sandbox/model.ts';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { healthyTwin } from '../../src/sandbox/sample-world.ts';
import { Desk, type Ending, expectRefusal, type Settings } from './support/cli.ts';
import { jsonOf } from './support/json.ts';
import { oktaSettings } from './support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS });
const NOW = new Date();
type Target = SandboxLogEvent['target'][number];

let world: SandboxWorld;
let okta: OktaSandbox;
let desk: Desk;
/** What of the log is refused, by a part of the filter. */
let refused: string | null = null;
let ada: SandboxOktaUser;
let bo: SandboxOktaUser;
let app: Target;
let group: { id: string; name: string };

function minutesAgo(minutes: number): string {
  return new Date(NOW.getTime() - minutes * 60_000).toISOString();
}

function log(minutes: number, eventType: string, target: Target[], failure: string | null = null): string {
  const uuid = `event-${world.okta.logEvents.length + 1}`;
  world.okta.logEvents.push({
    uuid,
    published: minutesAgo(minutes),
    eventType,
    displayMessage: eventType,
    outcome: { result: failure === null ? 'SUCCESS' : 'FAILURE', reason: failure },
    target,
    actor: { id: 'system', type: 'SystemPrincipal', alternateId: 'system@okta.com', displayName: 'Okta' },
    severity: 'INFO',
  });
  return uuid;
}

function userOf({ id, profile }: SandboxOktaUser): Target {
  return { id, type: 'User', alternateId: profile.email, displayName: profile.email };
}

function appUserOf(user: SandboxOktaUser): Target {
  return { ...userOf(user), id: `0ua${user.id.slice(3)}`, type: 'AppUser' };
}

function groupOf(id: string, name: string, type = 'AppGroup'): Target {
  return { id, type, alternateId: null, displayName: name };
}

beforeAll(async () => {
  world = healthyTwin(NOW);
  world.okta.logEvents = [];
  const scim = world.okta.apps.find(({ name }) => name === 'scim2headerauth');
  app = { id: scim?.id ?? '', type: 'AppInstance', alternateId: scim?.label ?? '', displayName: 'Opti ID' };
  [ada, bo] = world.okta.users.filter(({ status }) => status === 'ACTIVE') as [
    SandboxOktaUser,
    SandboxOktaUser,
  ];
  const found = world.okta.groups.find(({ type }) => type === 'OKTA_GROUP');
  group = { id: found?.id ?? '', name: found?.profile.name ?? '' };

  log(60 * 24 * 20, 'application.provision.group_push.pushed', [groupOf('AGr1', group.name), app]);
  log(300, 'app.user_management.push_new_user_success', [appUserOf(ada), app, userOf(ada)]);
  log(400, 'application.provision.user.deactivate', [userOf(bo), appUserOf(bo), app]);
  log(300, 'application.user_membership.remove', [userOf(bo), app]);
  log(200, 'application.provision.user.deactivate', [userOf(bo), appUserOf(bo), app], 'Bad Gateway');
  log(150, 'group.user_membership.add', [userOf(ada), groupOf(group.id, group.name, 'UserGroup')]);
  log(140, 'group.user_membership.add', [userOf(ada), groupOf('00gOther', 'Another group', 'UserGroup')]);
  log(145, 'application.provision.group_push.push_memberships', [groupOf('AGr1', group.name), app]);

  okta = await startOktaSandbox(world.okta, {
    pageSizeCap: 2,
    fault: ({ path, query }) =>
      path === '/api/v1/logs' && refused !== null && (query.get('filter') ?? '').includes(refused)
        ? { kind: 'status', status: 403, body: { errorCode: 'E0000006', errorSummary: 'No permission' } }
        : undefined,
  });
  desk = await Desk.open();
}, PATIENCE_MS);

afterAll(async () => {
  await desk?.close();
  await okta?.close();
}, PATIENCE_MS);

function confirm(args: readonly string[], settings: Settings = {}): Promise<Ending> {
  return desk.run(['confirm', ...args], { ...oktaSettings(okta), ...settings });
}

function verdictOf({ stdout }: Ending): ConfirmationVerdict {
  return jsonOf('confirm', stdout);
}

describe('confirm', () => {
  it('prints the event that confirms it, and where its targets stand', async () => {
    const ending = await confirm(['user-added', ada.profile.email.toUpperCase()]);
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    const text = ending.stdout;
    expect(text).toMatch(new RegExp(`^Confirmed: ${ada.profile.email} was added to Opti ID\\.$`, 'mu'));
    expect(text).toContain(
      `Found app.user_management.push_new_user_success at ${minutesAgo(300)}, event event-2, result SUCCESS`,
    );
    expect(text).toContain(`target 1: AppUser ${ada.profile.email}`);
    expect(text).toContain("places: the app's name is in target 2, the article says target 3");
    expect(text).toMatch(/^Seen: the System Log from \S+Z to \S+Z$/mu);
    // Both bounds, the app and the user, so that Okta neither polls nor sends everybody's events.
    const [asked] = okta.requests.filter(({ path }) => path === '/api/v1/logs');
    expect(asked?.query).toMatch(/since=.*until=/u);
    expect(asked?.query).toContain(`target.id eq "${app.id}" and (eventType sw`);
    expect(asked?.query).toContain(`target.alternateId eq "${ada.profile.email}"`);
  });

  it('says what is missing since it began, what failed, and what to do', async () => {
    const ending = await confirm(['user-removed', bo.profile.email, '--json']);
    expect(ending).toMatchObject({ code: 1, stderr: '' });
    expect(verdictOf(ending)).toMatchObject({
      outcome: 'unconfirmed',
      subject: bo.profile.email,
      expected_event: 'application.provision.user.deactivate',
      checks: [{ trigger: { event_id: 'event-4', places: 'as the article says' }, event: null }],
      failures: [{ event_id: 'event-5', result: 'FAILURE', reason: 'Bad Gateway' }],
      window: { gap: null },
    });
    expect(verdictOf(ending).next.join(' ')).toMatch(
      /Resolve what Okta names.*Deactivate Users is on.*--days/u,
    );
  });

  it('finds a group by its id, as far back as it is told to look', async () => {
    const ending = await confirm(['group-added', group.id, '--days', '30', '--json']);
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(verdictOf(ending)).toMatchObject({
      subject: group.name,
      checks: [{ event: { event_id: 'event-1', places: 'as the article says' } }],
    });
  });

  it('judges a member in each group, by what came after', async () => {
    const ending = await confirm(['member-added', ada.id, '--json']);
    expect(ending.code).toBe(1);
    expect(verdictOf(ending).checks).toMatchObject([
      { group: group.name, trigger: { event_id: 'event-6' }, event: { event_id: 'event-8' } },
      { group: 'Another group', event: null },
    ]);
  });

  it('claims nothing of a log that could not be read to its end', async () => {
    refused = 'target.alternateId';
    const ending = await confirm(['user-added', ada.profile.email, '--json']);
    expect(ending.code).toBe(3);
    expect(verdictOf(ending)).toMatchObject({
      outcome: 'unknown',
      window: { gap: expect.stringContaining('HTTP 403') },
    });
  });

  it('takes an event that was found for what it is, whatever could not be read, and is quiet if told so', async () => {
    refused = '(eventType sw "application.integration")';
    const ending = await confirm(['user-added', ada.profile.email, '--quiet']);
    expect(ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('knows whether Okta has such a person or group, and proposes near names', async () => {
    refused = null;
    const notesOf = async (...args: string[]) =>
      verdictOf(await confirm([...args, '--json'])).notes.join('\n');
    const typed = ada.profile.email.replace('@', 'x@');
    expect(await notesOf('user-added', typed)).toContain(
      `Okta knows no user ${typed}; the log is searched for that alone. Did you mean ${ada.profile.email}`,
    );
    const misspelt = `${group.name}x`;
    expect(await notesOf('group-added', misspelt)).toContain(
      `Okta knows no group ${misspelt}; the log is searched for that name alone. Did you mean ${group.name}`,
    );
    expect(await notesOf('group-added', group.name.toUpperCase())).not.toContain('Okta knows no group');
  });

  it('refuses a blank WHO', async () => {
    expectRefusal(await confirm(['user-added', '  ']));
  });

  it('says how to name the app where the setting names none', async () => {
    refused = null;
    const ending = await confirm(['user-added', ada.profile.email], { AUDIT_SCIM_APP: 'No such app' });
    expectRefusal(ending);
    expect(ending.stderr).toContain('No such app');
  });
});
