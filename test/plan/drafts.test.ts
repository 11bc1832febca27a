import { describe, expect, test } from 'vitest';
import type { Effect, PlanRecord } from '../../src/domain/plan.ts';
import { type Draft, Drafts } from '../../src/plan/drafts.ts';
import { KEY } from '../../src/plan/keys.ts';

const draft = (patch: Partial<Draft> = {}): Draft => ({
  action: 'Act',
  how: 'Do it.',
  verify: 'See.',
  ...patch,
});

const push: Effect = { kind: 'push_group', okta_group_id: 'o', opti_group_id: 'predicted:o' };
const grant: Effect = { kind: 'grant', opti_group_id: 'predicted:o', grants: [] };

describe('a key', () => {
  test('that no step can have is an error, wherever it stands', () => {
    const drafts = new Drafts();
    const mistyped = KEY.record('g').replace('record', 'recrod');
    expect(() => drafts.add('record', mistyped, 'g', draft())).toThrow(
      'No step of a plan is ever called recrod g',
    );
    expect(() => drafts.add('push', KEY.push('o'), 'o', draft({ after: [mistyped] }))).toThrow(/recrod g/u);
    drafts.add('push', KEY.push('o'), 'o', draft());
    expect(() => drafts.wait(KEY.push('o'), 'scim of')).toThrow('No step of a plan is ever called scim of');
  });

  test('without a step is none, nor is that of a rule or of one of its findings', () => {
    const drafts = new Drafts();
    const after = [KEY.approve('g'), 'update-attributes-off', 'update-attributes-off f00d'];
    drafts.add('push', KEY.push('o'), 'o', draft({ after }));
    expect(drafts.number().map(({ depends_on }) => depends_on)).toEqual([[]]);
  });
});

describe('the order of steps', () => {
  test('follows from what their actions read, make and remove', () => {
    const drafts = new Drafts();
    drafts.add('give access back', KEY.giveBack('o', 'g'), 'o', draft({ effects: [grant] }));
    drafts.add('push', KEY.push('o'), 'o', draft({ effects: [push] }));
    drafts.add(
      'assign',
      KEY.provision,
      'app',
      draft({ effects: [{ kind: 'provision_users', except_okta_user_ids: [] }] }),
    );
    drafts.add(
      'assign',
      KEY.assign,
      'z',
      draft({ effects: [{ kind: 'assign_users', okta_user_ids: ['u'] }] }),
    );
    drafts.add(
      'switch on SCIM',
      KEY.scimOn,
      'org',
      draft({ effects: [{ kind: 'set_provisioning_mode', mode: 'scim' }] }),
    );
    const steps = drafts.number();
    const keyOf = (step: number) => steps[step - 1]?.key;
    expect(steps.map(({ key, depends_on }) => [key, depends_on.map(keyOf)])).toEqual([
      [KEY.scimOn, []],
      [KEY.assign, [KEY.scimOn]],
      [KEY.provision, [KEY.scimOn, KEY.assign]],
      [KEY.push('o'), [KEY.provision]],
      [KEY.giveBack('o', 'g'), [KEY.push('o')]],
    ]);
  });

  test('has a record before what it records is deleted, and an old push gone before the new one', () => {
    const drafts = new Drafts();
    const record = { kind: 'group', opti_group_id: 'g', name: 'G' } as PlanRecord;
    drafts.add(
      'delete in Opti ID',
      KEY.deleteGroup('g'),
      'G',
      draft({ effects: [{ kind: 'delete_opti_group', opti_group_id: 'g' }] }),
    );
    drafts.add('record', KEY.record('g'), 'G', draft({ record }));
    drafts.add(
      'fix Okta',
      KEY.unlink('o'),
      'O',
      draft({ effects: [{ kind: 'remove_push', okta_group_id: 'o' }] }),
    );
    drafts.add('push', KEY.push('o'), 'O', draft({ effects: [push] }));
    const steps = drafts.number();
    const before = Object.fromEntries(
      steps.map(({ key, depends_on }) => [key, depends_on.map((step) => steps[step - 1]?.key)]),
    );
    expect(before).toEqual({
      [KEY.record('g')]: [],
      [KEY.unlink('o')]: [],
      [KEY.deleteGroup('g')]: [KEY.record('g')],
      [KEY.push('o')]: [KEY.unlink('o')],
    });
  });

  test('that cannot be is an error', () => {
    const drafts = new Drafts();
    const made = (id: string): Effect => ({
      kind: 'create_opti_group',
      opti_group_id: id,
      name: id,
      opti_user_ids: [],
      grants: [],
    });
    const granted = (id: string): Effect => ({ kind: 'grant', opti_group_id: id, grants: [] });
    drafts.add('protect', KEY.move('a'), 'a', draft({ effects: [made('a'), granted('b')] }));
    drafts.add('protect', KEY.move('b'), 'b', draft({ effects: [made('b'), granted('a')] }));
    expect(() => drafts.number()).toThrow(/circle/u);
  });
});
