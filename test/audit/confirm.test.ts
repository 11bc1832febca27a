import { describe, expect, test } from 'vitest';
import { judgeConfirmation } from '../../src/audit/confirm.ts';
import type { LogEventRow } from '../../src/domain/dataset.ts';
import type { Asked } from '../../src/okta/confirm.ts';

const app = {
  id: '0oaScim',
  type: 'AppInstance',
  alternate_id: 'Opti ID SCIM',
  display_name: 'Opti ID SCIM',
};
const user = { id: '00uAda', type: 'User', alternate_id: 'ada@example.com', display_name: 'Ada' };
const appUser = { id: '0uaAda', type: 'AppUser', alternate_id: 'ada@example.com', display_name: 'Ada' };
const sales = { id: 'AGrSales', type: 'AppGroup', alternate_id: null, display_name: 'Sales' };
const okta = { id: '00gSales', type: 'UserGroup', alternate_id: null, display_name: 'Sales' };

const NEW_USER = 'app.user_management.push_new_user_success';

function event(
  minute: number,
  event_type: string,
  targets: LogEventRow['targets'],
  failure?: string,
): LogEventRow {
  return {
    event_id: `e${minute}`,
    published: `2026-11-20T03:${String(minute).padStart(2, '0')}:00.000Z`,
    event_type,
    outcome: failure === undefined ? 'SUCCESS' : 'FAILURE',
    outcome_reason: failure ?? null,
    targets,
  };
}

function judge(
  kind: Asked['kind'],
  events: LogEventRow[],
  { gap = null, ...asked }: Partial<Asked> & { gap?: string | null } = {},
) {
  return judgeConfirmation(
    {
      kind,
      app: { id: '0oaScim', label: 'Opti ID SCIM' },
      subject: kind === 'group-added' ? 'Sales' : 'ada@example.com',
      userIds: ['00uAda'],
      emails: ['ada@example.com'],
      groupName: kind === 'group-added' ? 'Sales' : null,
      ...asked,
    },
    {
      events,
      window: { since: '2026-11-13T04:00:00.000Z', until: '2026-11-20T04:00:00.000Z', gap },
      notes: [],
    },
    30,
  );
}

/** Outcome and the events that confirm. */
async function answer(...args: Parameters<typeof judge>) {
  const { outcome, checks } = await judge(...args);
  return [outcome, ...checks.map(({ event }) => event?.event_id ?? null)];
}

describe('a user', () => {
  test('is known by id before name, and by name where the event has no user', async () => {
    expect(await answer('user-added', [event(1, NEW_USER, [appUser, app])])).toEqual(['confirmed', 'e1']);
    const other = { ...user, id: '00uOther' };
    expect(await answer('user-added', [event(1, NEW_USER, [appUser, other, app])])).toEqual([
      'unconfirmed',
      null,
    ]);
    // Gone from Okta: the e-mail is all there is.
    const gone = { userIds: [] };
    expect(await answer('user-added', [event(1, NEW_USER, [appUser, other, app])], gone)).toEqual([
      'confirmed',
      'e1',
    ]);
    expect(await answer('user-added', [event(1, NEW_USER, [appUser, user])])).toEqual(['unconfirmed', null]);
  });

  test('is added whenever that was logged, and unassigned since is said', async () => {
    const events = [
      event(3, 'application.user_membership.remove', [user, app]),
      event(2, 'application.user_membership.add', [user, app]),
      event(1, NEW_USER, [appUser, app, user]),
    ];
    expect(await answer('user-added', events)).toEqual(['confirmed', 'e1']);
    expect((await judge('user-added', events)).notes).toEqual([
      'ada@example.com was unassigned at 2026-11-20T03:03:00.000Z.',
    ]);
  });

  test('who may have been taken over is told so', async () => {
    const { outcome, notes } = await judge('user-added', [
      event(1, 'application.provision.user.push_profile', [appUser, app, user]),
    ]);
    expect(outcome).toBe('unconfirmed');
    expect(notes).toEqual([expect.stringMatching(/push_profile succeeded .* was in Opti ID before SCIM/u)]);
  });

  test('is removed by what came at the removal or later', async () => {
    const removed = event(10, 'application.user_membership.remove', [user, app]);
    const deactivated = (minute: number) =>
      event(minute, 'application.provision.user.deactivate', [appUser, user, app]);
    expect(await answer('user-removed', [deactivated(9), removed])).toEqual(['unconfirmed', null]);
    expect(await answer('user-removed', [deactivated(10), { ...removed, event_id: 'r' }])).toEqual([
      'confirmed',
      'e10',
    ]);
    expect(await answer('user-removed', [deactivated(9)])).toEqual(['confirmed', 'e9']);
    expect(
      await answer('user-removed', [removed, event(11, 'application.provision.user.delete', [user, app])]),
    ).toEqual(['confirmed', 'e11']);
  });

  test('a young beginning asks for patience', async () => {
    const { notes } = await judge('user-removed', [
      event(50, 'application.user_membership.remove', [user, app]),
    ]);
    expect(notes).toEqual(['It began 10 minutes ago: look again in a while.']);
  });
});

describe('a group', () => {
  test('is known by its name, whatever its case', async () => {
    const pushed = event(1, 'application.provision.group_push.pushed', [
      { ...sales, display_name: 'sales ' },
      app,
    ]);
    expect(await answer('group-added', [pushed])).toEqual(['confirmed', 'e1']);
    expect(await answer('group-added', [pushed], { groupName: 'Sales EMEA' })).toEqual(['unconfirmed', null]);
  });

  test('fails with what names nobody, and with refused credentials; failures of users are theirs', async () => {
    const { failures, next } = await judge('group-added', [
      event(1, 'application.provision.group.add', [app], 'Bad Gateway'),
      event(2, 'application.provision.user.sync', [appUser, app], 'Not found'),
      event(3, 'application.integration.authentication_failure', [app], 'HTTP 401'),
      event(
        4,
        'application.provision.group_push.pushed',
        [{ ...sales, display_name: 'Other' }, app],
        'Conflict',
      ),
      event(5, 'application.provision.group_push.pushed', [sales, app], 'Conflict'),
    ]);
    expect(failures.map(({ event_id }) => event_id)).toEqual(['e5', 'e3', 'e1']);
    expect(next[0]).toMatch(/^Resolve what Okta names/u);
  });

  test('rejected credentials are no failed push, and neither is a failed assignment', async () => {
    const events = [
      event(1, 'application.integration.api_query', [app], 'Bad Gateway'),
      event(2, 'application.integration.authentication_failure', [app], 'HTTP 401'),
      event(3, 'application.user_membership.add', [user, app], 'Conflict'),
    ];
    const failuresOf = async (kind: Asked['kind']) =>
      (await judge(kind, events)).failures.map(({ event_id }) => event_id);
    expect(await failuresOf('group-added')).toEqual(['e2', 'e1']);
    expect(await failuresOf('user-added')).toEqual(['e2']);
    // It is what confirms a member, so its failure is one of the member.
    expect(await failuresOf('member-added')).toEqual(['e3', 'e2', 'e1']);
  });
});

describe('a member', () => {
  const added = event(10, 'group.user_membership.add', [user, okta]);

  test('arrives by an assignment or a push of the group afterwards', async () => {
    const assigned = (minute: number) => event(minute, 'application.user_membership.add', [user, app]);
    const pushed = (minute: number) =>
      event(minute, 'application.provision.group_push.push_memberships', [sales, app]);
    expect(await answer('member-added', [added, assigned(9), pushed(9)])).toEqual(['unconfirmed', null]);
    expect(await answer('member-added', [added, assigned(11), pushed(12)])).toEqual(['confirmed', 'e11']);
    expect(await answer('member-added', [added, pushed(12)])).toEqual(['confirmed', 'e12']);
    // Nothing says when this member was added, so a push of the group says nothing of the member.
    expect(await answer('member-added', [pushed(12)], { groupName: 'Sales' })).toEqual(['unconfirmed', null]);
    expect(await answer('member-added', [assigned(9)])).toEqual(['confirmed', 'e9']);
  });

  test('who is out again is not waited for, and one group may be asked for', async () => {
    const out = event(20, 'group.user_membership.remove', [user, okta]);
    const other = event(15, 'group.user_membership.add', [
      user,
      { ...okta, id: '00gOther', display_name: 'Other' },
    ]);
    const verdict = await judge('member-added', [added, out, other]);
    expect(verdict.checks.map(({ group }) => group)).toEqual(['Other']);
    expect(verdict.notes).toEqual([
      'ada@example.com was taken out of Sales again at 2026-11-20T03:20:00.000Z.',
    ]);
    expect((await judge('member-removed', [added, out, other], { groupName: 'sales' })).checks).toMatchObject(
      [{ group: 'Sales', trigger: { event_id: 'e20' }, event: null }],
    );
  });
});

test('of a log that was not read to its end only what was found is told', async () => {
  expect(await answer('user-added', [], { gap: 'HTTP 500' })).toEqual(['unknown', null]);
  const found = await judge('user-added', [event(1, NEW_USER, [user, app])], { gap: 'HTTP 500' });
  expect(found).toMatchObject({ outcome: 'confirmed', window: { gap: 'HTTP 500' }, next: [] });
});
