import { expect, test, vi } from 'vitest';
import { judgeConfirmation } from '../../src/audit/confirm.ts';
import type * as Confirmation from '../../src/domain/confirmation.ts';
import { minutesBefore, World } from '../support/world.ts';

const ACCEPTED = 'application.provision.user.import_profile';

vi.mock('../../src/domain/confirmation.ts', async (original) => {
  const domain = await original<typeof Confirmation>();
  const added = domain.PROCEDURES['user-added'];
  const expected = [...added.expected, { eventType: ACCEPTED, about: 'user' }];
  return { ...domain, PROCEDURES: { ...domain.PROCEDURES, 'user-added': { ...added, expected } } };
});

test('another event that confirms is taken by the drift audit and by `confirm` alike', async () => {
  const world = new World();
  const ada = world.person({ email: 'ada@example.com' }, { created: minutesBefore(300) });
  world.userEvent(ACCEPTED, ada, { event_id: 'new' });
  const { confirmations } = await world.analyse('drift', { rules: [] });
  expect(confirmations).toMatchObject([{ kind: 'user-added', outcome: 'confirmed', event_id: 'new' }]);

  const app = { id: '0oaScim', type: 'AppInstance', alternate_id: 'Opti ID', display_name: 'Opti ID' };
  const user = { id: '00uAda', type: 'User', alternate_id: 'ada@example.com', display_name: 'Ada' };
  const published = '2026-11-20T03:00:00.000Z';
  const verdict = await judgeConfirmation(
    {
      kind: 'user-added',
      app: { id: app.id, label: 'Opti ID' },
      subject: 'ada@example.com',
      userIds: [user.id],
      emails: ['ada@example.com'],
      groupName: null,
    },
    {
      events: [
        {
          event_id: 'new',
          published,
          event_type: ACCEPTED,
          outcome: 'SUCCESS',
          outcome_reason: null,
          targets: [user, app],
        },
      ],
      window: { since: published, until: published, gap: null },
      notes: [],
    },
    30,
  );
  expect(verdict).toMatchObject({ outcome: 'confirmed', checks: [{ event: { event_id: 'new' } }] });
});
