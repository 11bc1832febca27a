import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Plan, PlanStep } from '../../domain/plan.ts';
import { columnsOf } from './columns.ts';
import { csvText } from './csv.ts';
import { renderPlan } from './plan-md.ts';

/** A row of `plan.csv`: the step's own columns; numbers are joined like texts. */
function planRow(step: PlanStep): object {
  return { ...step, depends_on: step.depends_on.map(String) };
}

/** Writes `plan.csv`, `plan.md` and `plan.json` into `dir`, in step order. */
export async function writePlan(dir: string, plan: Plan): Promise<void> {
  await pipeline(
    csvText(columnsOf('plan'), [plan.steps.map(planRow)]),
    createWriteStream(join(dir, 'plan.csv'), { flags: 'wx', mode: 0o600 }),
  );
  await writeFile(join(dir, 'plan.md'), renderPlan(plan), { flag: 'wx', mode: 0o600 });
  await writeFile(join(dir, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
}
