import { expect, test } from 'vitest';
import { minutesBefore, World } from '../../support/world.ts';

/** One of each outcome, told by the table. */
function company(): World {
  const world = new World();
  const ada = world.person({ email: 'ada@example.com' }, { created: minutesBefore(300) });
  world.userEvent('app.user_management.push_new_user_success', ada, { event_id: 'pushed' });
  world.person({ email: 'bo@example.com' }, { created: minutesBefore(300) });
  world.person({ email: 'cy@example.com' }, { created: minutesBefore(30) });
  world.optiUser({ email: 'di@example.com' });
  const di = world.person({ email: 'di@example.com' }, { created: minutesBefore(300) });
  world.userEvent('application.provision.user.sync', di, { event_id: 'synced' });
  const ed = world.person({ email: 'ed@example.com' }, { last_updated: minutesBefore(5) });
  const sales = world.pushedGroup('Sales', [ed]);
  world.mapping(sales);
  world.memberEvent('add', ed, sales);
  world.userEvent('application.user_membership.remove', 'fay@example.com');
  world.userEvent('application.provision.user.deactivate', 'fay@example.com', {
    event_id: 'refused',
    outcome: 'FAILURE',
    outcome_reason: 'Not found',
    published: minutesBefore(100),
  });
  return world;
}

test('the table says of each thing whether the log confirms it', async () => {
  const { confirmations } = await company().analyse('drift', { rules: [] });
  const PUSHED = 'app.user_management.push_new_user_success';
  const nothing = { event_id: null, published: null, result: null };
  expect(confirmations).toEqual([
    {
      ...nothing,
      kind: 'member-added',
      subject: 'ed@example.com → Sales',
      outcome: 'in flight',
      expected_event: 'application.user_membership.add',
      reason: 'the user or the group was changed within the lag; it began at 2026-11-20T01:00:00.000Z',
    },
    {
      kind: 'user-added',
      subject: 'ada@example.com',
      outcome: 'confirmed',
      event_id: 'pushed',
      published: minutesBefore(120),
      result: 'SUCCESS',
      expected_event: PUSHED,
      reason: "the app's name is in target 2, the article says target 3",
    },
    {
      ...nothing,
      kind: 'user-added',
      subject: 'bo@example.com',
      outcome: 'unconfirmed',
      expected_event: PUSHED,
      reason: 'no success in the log since it began at 2026-11-19T22:00:00.000Z',
    },
    {
      ...nothing,
      kind: 'user-added',
      subject: 'cy@example.com',
      outcome: 'in flight',
      expected_event: PUSHED,
      reason: 'it began at 2026-11-20T02:30:00.000Z, within the lag of 60 minutes',
    },
    {
      kind: 'user-added',
      subject: 'di@example.com',
      outcome: 'confirmed',
      event_id: 'synced',
      published: minutesBefore(120),
      result: 'SUCCESS',
      expected_event: PUSHED,
      reason: 'confirmed by application.provision.user.sync instead: the user was in Opti ID before',
    },
    {
      kind: 'user-removed',
      subject: 'fay@example.com',
      outcome: 'unconfirmed',
      event_id: 'refused',
      published: minutesBefore(100),
      result: 'FAILURE',
      expected_event: 'application.provision.user.deactivate',
      reason:
        'no success in the log since it began at 2026-11-20T01:00:00.000Z; the last try, application.provision.user.deactivate, ended as FAILURE: Not found',
    },
  ]);
});

test('nothing is called unconfirmed by a log that was not read completely', async () => {
  const world = company();
  world.setState('okta.logEvents', 'partial', 'HTTP 500');
  const { confirmations } = await world.analyse('drift', { rules: [] });
  expect(confirmations.map(({ subject, outcome }) => [subject, outcome])).toEqual([
    ['ed@example.com → Sales', 'unknown'],
    ['ada@example.com', 'confirmed'],
    ['bo@example.com', 'unknown'],
    ['cy@example.com', 'unknown'],
    ['di@example.com', 'confirmed'],
    ['fay@example.com', 'unknown'],
  ]);
  expect(confirmations[2]?.reason).toBe(
    'okta.logEvents was not read completely: HTTP 500; the window is 2026-11-13T03:00:00.000Z to 2026-11-20T03:00:00.000Z, the last event seen is of 2026-11-20T01:20:00.000Z',
  );
});

test('before the cutover there is nothing to confirm', async () => {
  expect((await company().analyse('precutover', { rules: [] })).confirmations).toEqual([]);
});
