import { foldName, isTeamName } from '../domain/names.ts';
import { type PlanState, WORK_PHASES, type WorkStep } from '../domain/plan.ts';
import type { Job } from '../domain/rule.ts';

/**
 * Walks through a plan: throws where a step waits for a later one, deletes what was not recorded or after a push,
 * or finds what it needs broken by a step before. Each of these is a bug of the plan's maker.
 */
export function checkPlan(steps: readonly WorkStep[], state: PlanState, job: Job = 'precutover'): void {
  const storeNames = new Map(state.opti_groups.map(({ opti_group_id, name }) => [opti_group_id, name]));
  const oktaNames = new Map(state.okta_groups.map(({ okta_group_id, name }) => [okta_group_id, name]));
  const stepsBefore = new Map<number, ReadonlySet<number>>();
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
    const before = new Set(step.depends_on);
    for (const number of step.depends_on) {
      const known = stepsBefore.get(number);
      need(known !== undefined, `it waits for step ${number}, which comes later`);
      for (const earlier of known ?? []) before.add(earlier);
    }
    stepsBefore.set(step.step, before);
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
      need(before.has(recorded.get(id) ?? 0), `${id} has not been recorded`);
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
          storeNames.set(effect.opti_group_id, effect.name);
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
          storeNames.set(effect.opti_group_id, effect.name);
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
          need(name !== '' && !leftOut.has(effect.okta_group_id), 'the group is not pushed');
          isPushed = true;
          // A team stands under Teams, whatever the groups are called.
          if (isTeamName(name)) break;
          for (const other of storeNames.values()) {
            need(foldName(other) !== foldName(name), `Opti ID still has a group named ${other}`);
          }
          storeNames.set(effect.opti_group_id, name);
          break;
        }
        default:
          break;
      }
    }
  }
}
