import { describe, expect, test } from 'vitest';
import { CONFIRMATION_KINDS, PROCEDURES, placesNote } from '../../src/domain/confirmation.ts';
import { isAppEventType } from '../../src/domain/log-events.ts';

const app = {
  id: '0oaScim',
  type: 'AppInstance',
  alternate_id: 'Opti ID SCIM',
  display_name: 'Opti ID SCIM',
};
const user = { id: '00uAda', type: 'User', alternate_id: 'ada@example.com', display_name: 'Ada' };
const appUser = { id: '0uaAda', type: 'AppUser', alternate_id: 'ada@example.com', display_name: 'Ada' };
const sales = { id: 'AGrSales', type: 'AppGroup', alternate_id: null, display_name: 'Sales' };

const NEW_USER = 'app.user_management.push_new_user_success';

describe('the places of targets', () => {
  const input = { email: 'ada@example.com', groupName: 'Sales', appLabel: 'Opti ID SCIM' };
  test.each([
    ['the article holds', NEW_USER, [appUser, user, app], null],
    ['case does not matter', NEW_USER, [{ ...user, alternate_id: 'Ada@Example.com' }, user, app], null],
    [
      'the app is second',
      NEW_USER,
      [appUser, app, user],
      "the app's name is in target 2, the article says target 3",
    ],
    ['the group is first', 'application.provision.group_push.pushed', [sales, app], null],
    [
      'the group is nowhere',
      'application.provision.group_push.pushed',
      [app],
      "the group's name is in none of the targets, the article says target 1; the app's name is in target 1, the article says target 2",
    ],
    ['the article says nothing', 'application.provision.user.sync', [app], null],
  ])('%s', (_why, eventType, targets, note) => {
    expect(placesNote({ eventType, targets, ...input })).toBe(note);
  });
});

test('what confirms is read from the log', () => {
  for (const kind of CONFIRMATION_KINDS) {
    const { expected, articleEvent } = PROCEDURES[kind];
    expect(expected[0]?.eventType).toBe(articleEvent);
    for (const { eventType } of expected) expect(isAppEventType(eventType), eventType).toBe(true);
  }
});
