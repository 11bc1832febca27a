import { foldName } from '../domain/names.ts';
import { type Effect, PLAN_PHASES, type PlanState, type PlanStep } from '../domain/plan.ts';
import type { Job } from '../domain/rule.ts';

/**
 * Walks through a plan in words: throws where a step waits for a later one, deletes what was not recorded or
 * after a push, or finds what it needs broken by a step before. Each of these is a bug of the plan's maker.
 */
export function checkPlan(steps: readonly PlanStep[], state: PlanState, job: Job = 'precutover'): void {
  const walk = new Walk(steps, state, job);
  for (const step of steps) walk.take(step);
}

class Walk {
  readonly #before = new Map<number, ReadonlySet<number>>();
  readonly #recorded = new Map<string, number>();
  readonly #storeNames: Map<string, string>;
  readonly #oktaNames: Map<string, string>;
  readonly #deletedUsers = new Set<string>();
  readonly #leftOut = new Set<string>();
  #phase = 0;
  #isOn: boolean;
  #isProvisioned: boolean;
  #isPushed = false;

  constructor(steps: readonly PlanStep[], state: PlanState, job: Job) {
    steps.forEach(({ step }, position) => {
      if (step !== position + 1) throw new Error(`Step ${step} stands at position ${position + 1}.`);
    });
    this.#storeNames = new Map(state.opti_groups.map(({ opti_group_id, name }) => [opti_group_id, name]));
    this.#oktaNames = new Map(state.okta_groups.map(({ okta_group_id, name }) => [okta_group_id, name]));
    // After the cutover everybody has been provisioned, whatever the organization says of itself.
    this.#isProvisioned = job === 'drift';
    this.#isOn = job === 'drift' || state.organization.provisioning_mode === 'scim';
  }

  take(step: PlanStep): void {
    const phase = PLAN_PHASES.indexOf(step.phase);
    if (phase < this.#phase) throw broken(step, `the phase ${step.phase} is over`);
    this.#phase = phase;
    const before = new Set<number>();
    for (const number of step.depends_on) {
      const known = this.#before.get(number);
      if (number >= step.step || !known) throw broken(step, `it waits for step ${number}, which comes later`);
      before.add(number);
      for (const earlier of known) before.add(earlier);
    }
    this.#before.set(step.step, before);
    if (step.record) {
      const id = step.record.kind === 'group' ? step.record.opti_group_id : step.record.opti_user_id;
      this.#recorded.set(id, step.step);
    }
    for (const effect of step.effects) this.#apply(step, effect, before);
  }

  #apply(step: PlanStep, effect: Effect, before: ReadonlySet<number>): void {
    switch (effect.kind) {
      case 'delete_opti_group':
      case 'support_removes_group':
        this.#needGroup(step, effect.opti_group_id);
        this.#needRecord(step, effect.opti_group_id, before);
        this.#storeNames.delete(effect.opti_group_id);
        break;
      case 'delete_opti_user':
        // In the nightly job Okta deletes whom it unassigns: nobody is deleted by hand.
        if (step.phase === 'delete in Opti ID') this.#needRecord(step, effect.opti_user_id, before);
        if (this.#deletedUsers.has(effect.opti_user_id)) throw broken(step, 'the user is gone already');
        this.#deletedUsers.add(effect.opti_user_id);
        break;
      case 'create_opti_group':
        if (this.#storeNames.has(effect.opti_group_id)) throw broken(step, 'the group exists already');
        this.#needUsers(step, effect.opti_user_ids);
        this.#storeNames.set(effect.opti_group_id, effect.name);
        break;
      case 'add_members':
      case 'remove_members':
      case 'grant':
      case 'revoke':
        this.#needGroup(step, effect.opti_group_id);
        if ('opti_user_ids' in effect) this.#needUsers(step, effect.opti_user_ids);
        break;
      case 'set_local_login':
        this.#needUsers(step, [effect.opti_user_id]);
        break;
      case 'rename_opti_group':
        this.#needGroup(step, effect.opti_group_id);
        this.#storeNames.set(effect.opti_group_id, effect.name);
        break;
      case 'rename_okta_group':
        if (!this.#oktaNames.has(effect.okta_group_id)) throw broken(step, 'there is no such Okta group');
        if (this.#isPushed) throw broken(step, 'a group was pushed under its old name');
        this.#oktaNames.set(effect.okta_group_id, effect.name);
        break;
      case 'leave_out_of_push':
        this.#leftOut.add(effect.okta_group_id);
        break;
      case 'set_provisioning_mode':
        this.#isOn = true;
        break;
      case 'provision_users':
        if (!this.#isOn) throw broken(step, 'SCIM is not on');
        this.#isProvisioned = true;
        break;
      case 'push_group':
        this.#push(step, effect.okta_group_id, effect.opti_group_id);
        break;
      default:
        break;
    }
  }

  #push(step: PlanStep, oktaGroupId: string, optiGroupId: string): void {
    const name = this.#oktaNames.get(oktaGroupId);
    if (!this.#isOn || !this.#isProvisioned) throw broken(step, 'nobody has been provisioned by SCIM');
    if (name === undefined || this.#leftOut.has(oktaGroupId)) throw broken(step, 'the group is not pushed');
    for (const other of this.#storeNames.values()) {
      if (foldName(other) === foldName(name)) throw broken(step, `Opti ID still has a group named ${other}`);
    }
    this.#isPushed = true;
    this.#storeNames.set(optiGroupId, name);
  }

  #needGroup(step: PlanStep, optiGroupId: string): void {
    if (!this.#storeNames.has(optiGroupId)) throw broken(step, `there is no store group ${optiGroupId}`);
  }

  #needUsers(step: PlanStep, optiUserIds: readonly string[]): void {
    for (const id of optiUserIds) {
      if (this.#deletedUsers.has(id)) throw broken(step, `the store user ${id} is gone`);
    }
  }

  #needRecord(step: PlanStep, id: string, before: ReadonlySet<number>): void {
    const record = this.#recorded.get(id);
    if (record === undefined || !before.has(record)) throw broken(step, `${id} has not been recorded`);
    if (this.#isPushed) throw broken(step, 'nothing is deleted after the first push');
  }
}

function broken({ step, action, subject }: PlanStep, why: string): Error {
  return new Error(`Step ${step} of the plan (${action}: ${subject}) cannot be done: ${why}.`);
}
