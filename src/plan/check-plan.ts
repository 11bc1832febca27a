import { foldName, isTeamName } from '../domain/names.ts';
import { type PlanState, WORK_PHASES, type WorkStep } from '../domain/plan.ts';
import type { Job } from '../domain/rule.ts';

/**
 * Walks through a plan: throws where a step waits for a later one, deletes what was not recorded or after a push,
 * or finds what it needs broken by a step before. Each of these is a bug of the plan's maker.
 */
export function checkPlan(steps: readonly WorkStep[], state: PlanState, job: Job = 'precutover'): void {
  const named = (name: string) => ({ name, folded: foldName(name) });
  const storeNames = new Map(
    state.opti_groups.map(({ opti_group_id, name }) => [opti_group_id, named(name)]),
  );
  const oktaNames = new Map(state.okta_groups.map(({ okta_group_id, name }) => [okta_group_id, name]));
  const recorded = new Map<string, number>();
  const deletedUsers = new Set<string>();
  const live = new Set(state.live_accounts.map(({ opti_user_id }) => opti_user_id));
  const holders = new Set(state.live_accounts.flatMap(({ held_by }) => held_by));
  const leftOut = new Set<string>();
  // After the cutover everybody has been provisioned, whatever the organization says of itself.
  let isProvisioned = job === 'drift';
  let isOn = isProvisioned || state.organization.provisioning_mode === 'scim';
  let isPushed = false;
  let currentPhase = 0;

  for (const [position, step] of steps.entries()) {
    const need = (isSo: boolean, otherwise: string) => {
      if (isSo) return;
      throw new Error(
        `Step ${step.step} of the plan (${step.action}: ${step.subject}) cannot be done: ${otherwise}.`,
      );
    };
    need(step.step === position + 1, `it stands at position ${position + 1}`);
    const phase = WORK_PHASES.indexOf(step.phase);
    need(phase >= currentPhase, `the phase ${step.phase} is over`);
    currentPhase = phase;
    for (const number of step.depends_on) {
      need(number < step.step, `it waits for step ${number}, which comes later`);
    }
    if (step.record) {
      recorded.set(
        'opti_user_id' in step.record ? step.record.opti_user_id : step.record.opti_group_id,
        step.step,
      );
    }
    const needGroup = (id: string) => need(storeNames.has(id), `there is no store group ${id}`);
    const needUsers = (ids: readonly string[]) => {
      for (const id of ids) need(!deletedUsers.has(id), `the store user ${id} is gone`);
    };
    const needRecord = (id: string) => {
      need(waitsFor(steps, step, recorded.get(id) ?? 0), `${id} has not been recorded`);
      need(!isPushed, 'nothing is deleted after the first push');
    };
    for (const effect of step.effects) {
      switch (effect.kind) {
        case 'delete_opti_group':
        case 'support_removes_group':
          needGroup(effect.opti_group_id);
          needRecord(effect.opti_group_id);
          storeNames.delete(effect.opti_group_id);
          break;
        case 'delete_opti_user':
          // In the nightly job Okta deletes whom it unassigns: nobody is deleted by hand.
          if (step.phase === 'delete in Opti ID') needRecord(effect.opti_user_id);
          need(
            !live.has(effect.opti_user_id),
            `somebody assigned and active uses the account ${effect.opti_user_id}`,
          );
          needUsers([effect.opti_user_id]);
          deletedUsers.add(effect.opti_user_id);
          break;
        case 'create_opti_group':
          need(!storeNames.has(effect.opti_group_id), 'the group exists already');
          needUsers(effect.opti_user_ids);
          storeNames.set(effect.opti_group_id, named(effect.name));
          break;
        case 'add_members':
        case 'remove_members':
          needGroup(effect.opti_group_id);
          needUsers(effect.opti_user_ids);
          break;
        case 'grant':
        case 'revoke':
          needGroup(effect.opti_group_id);
          break;
        case 'unassign_users':
          for (const id of effect.okta_user_ids) {
            need(
              !isOn || !holders.has(id),
              `the account that ${id} holds is of somebody assigned and active`,
            );
          }
          break;
        case 'set_local_login':
          needUsers([effect.opti_user_id]);
          break;
        case 'rename_opti_group':
          needGroup(effect.opti_group_id);
          storeNames.set(effect.opti_group_id, named(effect.name));
          break;
        case 'rename_okta_group':
          need(oktaNames.has(effect.okta_group_id), 'there is no such Okta group');
          need(!isPushed, 'a group was pushed under its old name');
          oktaNames.set(effect.okta_group_id, effect.name);
          break;
        case 'leave_out_of_push':
          leftOut.add(effect.okta_group_id);
          break;
        case 'set_provisioning_mode':
          isOn = true;
          break;
        case 'provision_users':
          need(isOn, 'SCIM is not on');
          isProvisioned = true;
          break;
        case 'push_group': {
          need(isOn && isProvisioned, 'nobody has been provisioned by SCIM');
          const name = oktaNames.get(effect.okta_group_id) ?? '';
          const pushed = named(name);
          need(name !== '' && !leftOut.has(effect.okta_group_id), 'the group is not pushed');
          isPushed = true;
          // A team stands under Teams, whatever the groups are called.
          if (isTeamName(name)) break;
          for (const other of storeNames.values()) {
            need(other.folded !== pushed.folded, `Opti ID still has a group named ${other.name}`);
          }
          storeNames.set(effect.opti_group_id, pushed);
          break;
        }
        default:
          break;
      }
    }
  }
}

/** True where a step waits for that number, directly or not; steps stand at the position of their number. */
function waitsFor(steps: readonly WorkStep[], step: WorkStep, number: number): boolean {
  const seen = new Set<number>();
  const waiting = [step.step];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    const before = steps[each - 1]?.depends_on ?? [];
    if (before.includes(number)) return true;
    for (const other of before) {
      // What comes before that step does not wait for it.
      if (other <= number || seen.has(other)) continue;
      seen.add(other);
      waiting.push(other);
    }
  }
  return false;
}
