import { describe, expect, test } from 'vitest';
import type { Effect, PlanRecord } from '../../src/domain/plan.ts';
import { type Draft, Drafts } from '../../src/plan/drafts.ts';
import { KEY } from '../../src/plan/keys.ts';
import { orderOf, type Step, stepsBefore } from '../../src/plan/order.ts';

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

describe('steps', () => {
  const step = (key: string, patch: Partial<Step> = {}): Step => ({
    key,
    phase: 'push',
    subject: '',
    action: '',
    after: new Set(),
    ...patch,
  });
  const byKey = (...steps: Step[]) => new Map(steps.map((each) => [each.key, each]));
  const ordered = (...steps: Step[]) => orderOf(byKey(...steps)).map(({ key }) => key);
  const earlier = (...steps: Step[]) =>
    Object.fromEntries([...stepsBefore(byKey(...steps))].map(([key, those]) => [key, [...those]]));
  const remove: Effect = { kind: 'remove_push', okta_group_id: 'o' };

  test('stand by phase, then after those they wait for, then by subject, action and key, by code unit', () => {
    expect(ordered(step('b', { phase: 'verify', subject: 'A' }), step('a', { subject: 'Z' }))).toEqual([
      'a',
      'b',
    ]);
    // In one phase a step that waits for nothing stands before one that waits, whatever they are called.
    expect(
      ordered(
        step('a', { subject: 'A', after: new Set(['z']) }),
        step('z', { subject: 'Z' }),
        step('m', { subject: 'M', after: new Set(['a']) }),
        step('b', { subject: 'B' }),
      ),
    ).toEqual(['b', 'z', 'a', 'm']);
    // What is waited for in an earlier phase makes nothing later within the phase.
    expect(
      ordered(
        step('x', { phase: 'record' }),
        step('y', { phase: 'record', after: new Set(['x']) }),
        step('a', { subject: 'A', after: new Set(['y']) }),
        step('b', { subject: 'B' }),
      ),
    ).toEqual(['x', 'y', 'a', 'b']);
    expect(ordered(step('a', { subject: 'b' }), step('b', { subject: 'B' }))).toEqual(['b', 'a']);
    expect(ordered(step('a', { action: 'b' }), step('b', { action: 'B' }))).toEqual(['b', 'a']);
    expect(ordered(step('b'), step('a'))).toEqual(['a', 'b']);
  });

  test('come after the last of several that they wait for, in one phase', () => {
    const chain = [step('c', { after: new Set(['b']) }), step('b', { after: new Set(['a']) }), step('a')];
    expect(ordered(...chain, step('0', { subject: '0', after: new Set(['a', 'c']) }))).toEqual([
      'a',
      'b',
      'c',
      '0',
    ]);
    expect(ordered(...chain, step('0', { subject: '0', after: new Set(['c', 'a']) }))).toEqual([
      'a',
      'b',
      'c',
      '0',
    ]);
  });

  test('wait for what makes what they read or remove, and for what removes what they make', () => {
    expect(earlier(step('reads', { effects: [grant] }), step('makes', { effects: [push] }))).toEqual({
      reads: ['makes'],
      makes: [],
    });
    expect(earlier(step('makes', { effects: [push] }), step('removes', { effects: [remove] }))).toEqual({
      makes: ['removes'],
      removes: ['makes'],
    });
  });

  test('that are decisions wait, and are waited for, as if they were none', () => {
    const [reads, makes] = [step('reads', { braked: [grant] }), step('makes', { braked: [push] })];
    expect(earlier(reads, makes)).toEqual({ reads: ['makes'], makes: [] });
    const both = step('both', { effects: [grant], braked: [push] });
    expect(earlier(both, makes)).toEqual({ both: ['makes'], makes: [] });
  });

  test('do not wait for themselves, nor for a later phase', () => {
    expect(earlier(step('one', { effects: [push, grant] }))).toEqual({ one: [] });
    expect(
      earlier(step('reads', { phase: 'record', effects: [grant] }), step('makes', { effects: [push] })),
    ).toEqual({ reads: [], makes: [] });
  });

  test('keep what they say they wait for, and what is no step makes no difference', () => {
    const waiting = step('a', { after: new Set(['nowhere']) });
    expect(earlier(waiting)).toEqual({ a: ['nowhere'] });
    expect(ordered(waiting, step('b'))).toEqual(['a', 'b']);
    expect([...waiting.after]).toEqual(['nowhere']);
    const reader = step('reader', { effects: [grant] });
    earlier(reader, step('maker', { effects: [push] }));
    expect([...reader.after]).toEqual([]);
  });

  test('in a circle are refused, and so is one that says it waits for a later phase', () => {
    const circle = [step('a', { after: new Set(['b']) }), step('b', { after: new Set(['a']) })];
    expect(() => ordered(...circle)).toThrow('The plan runs in a circle at a.');
    expect(() => ordered(step('a', { after: new Set(['a']) }))).toThrow('The plan runs in a circle at a.');
    const later = [step('a', { phase: 'record', after: new Set(['b']) }), step('b')];
    expect(() => ordered(...later)).toThrow('The step a (record) waits for b (push).');
  });
});
