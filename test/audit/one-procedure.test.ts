import { expect, test } from 'vitest';
import { judgeConfirmation } from '../../src/audit/confirm.ts';
import { PROCEDURES } from '../../src/domain/confirmation.ts';
import { minutesBefore, World } from '../support/world.ts';

test.each(['user-added', 'user-removed'] as const)(
  '%s: whatever its procedure names confirms for the drift audit and for `confirm`, and nothing else',
  async (kind) => {
    const world = new World();
    const named = PROCEDURES[kind].expected.filter(({ onlyTakenOver }) => !onlyTakenOver);
    const types = [...named.map(({ eventType }) => eventType), 'application.provision.user.password'];
    const people = types.map((eventType, at) => {
      const email = `p${at}@example.com`;
      const id = kind === 'user-added' ? world.person({ email }, { created: minutesBefore(300) }) : email;
      if (PROCEDURES[kind].isAfterTrigger) {
        world.userEvent(PROCEDURES[kind].trigger ?? '', id, { published: minutesBefore(200) });
      }
      return { email, id, eventId: world.userEvent(eventType, id) };
    });
    const expected = people.map(({ eventId }, at) => (at < named.length ? eventId : null));

    const { confirmations } = await world.analyse('drift', { rules: [] });
    const own = confirmations.filter((row) => row.kind === kind);
    expect(own.map(({ event_id }) => event_id)).toEqual(expected);
    expect(own.map(({ outcome }) => outcome)).toEqual([...named.map(() => 'confirmed'), 'unconfirmed']);

    const window = { since: minutesBefore(900), until: minutesBefore(0), gap: null };
    const log = { events: world.rows['okta.logEvents'], window, notes: [] };
    const app = { id: world.rows['okta.scimApp'][0]?.okta_app_id ?? '', label: 'Opti ID' };
    for (const [at, { email, id }] of people.entries()) {
      const asked = { kind, app, subject: email, userIds: [id], emails: [email], groupName: null };
      const { outcome, checks } = await judgeConfirmation(asked, log, 30);
      expect([outcome, checks[0]?.event?.event_id ?? null]).toEqual([own[at]?.outcome, expected[at]]);
    }
  },
);
