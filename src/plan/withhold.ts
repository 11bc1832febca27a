import type { WorkPhase, WorkStep } from '../domain/plan.ts';
import { actionOf } from './actions.ts';
import { KEY } from './keys.ts';

/** What is done on the day: each of it stands on the whole of both sides. */
const OF_THE_DAY: ReadonlySet<WorkPhase> = new Set<WorkPhase>([
  'delete in Opti ID',
  'switch on SCIM',
  'assign',
  'push',
  'give access back',
]);

/**
 * The work that may be done although something was not read, and what is withheld: whatever cannot be undone, takes
 * something away or pushes, and what waits for any of it. The next audit is always to be done.
 */
export function withholdUnread(steps: readonly WorkStep[]): { kept: WorkStep[]; withheld: WorkStep[] } {
  const withheld = new Map<number, WorkStep>();
  const kept: WorkStep[] = [];
  for (const step of steps) {
    const isHeld =
      step.proof !== 'decision' &&
      (step.irreversible ||
        OF_THE_DAY.has(step.phase) ||
        step.effects.some((effect) => actionOf(effect).takes || actionOf(effect).isHarmful) ||
        (step.key !== KEY.audit && step.depends_on.some((number) => withheld.has(number))));
    if (isHeld) withheld.set(step.step, step);
    else kept.push(step);
  }
  return {
    kept: kept.map((step) => ({
      ...step,
      depends_on: step.depends_on.filter((number) => !withheld.has(number)),
    })),
    withheld: [...withheld.values()],
  };
}
