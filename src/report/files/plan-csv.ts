import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inOrder, type Plan } from '../../domain/plan.ts';
import { summarizePlan } from '../../domain/run.ts';
import { planBanner } from '../text/plan-head.ts';
import { columnsOf } from './columns.ts';
import { csvText } from './csv.ts';
import { jsonText } from './json-text.ts';
import { type PlanSheet, renderPlan } from './plan-md.ts';

/** Rows of `plan.csv`: one per step and subject. A plan that must not be followed says so in its first row. */
export function planRows(plan: Plan): object[] {
  const banner = planBanner(summarizePlan(plan));
  const warning = banner
    ? [
        {
          step: 0,
          phase: 'before the day',
          who: 'Okta admin',
          action: banner.title,
          subject: plan.head.organization.name ?? plan.head.organization.id,
          how: [banner.text, ...banner.unread].join(' '),
          depends_on: [],
          resolves: [],
          irreversible: false,
          verify: 'The audit ends with a code other than 3.',
        },
      ]
    : [];
  return [
    ...warning,
    ...inOrder(plan).flatMap(({ step, phase, who, action, depends_on, irreversible, subjects }) =>
      subjects.map(({ subject, action: own, how, each, resolves, verify }) => ({
        step,
        phase,
        who,
        action: own ?? action,
        subject,
        how: each === '' ? how : `${how} It ${each}.`,
        // Numbers are joined like texts.
        depends_on: depends_on.map(String),
        resolves,
        irreversible,
        verify,
      })),
    ),
  ];
}

/** Writes `plan.csv`, `plan.md` and `plan.json` into `dir`, in step order. */
export async function writePlan(dir: string, plan: Plan, sheet: PlanSheet = {}): Promise<void> {
  await pipeline(
    csvText(columnsOf('plan'), [planRows(plan)]),
    createWriteStream(join(dir, 'plan.csv'), { flags: 'wx', mode: 0o600 }),
  );
  await writeFile(join(dir, 'plan.md'), renderPlan(plan, sheet), { flag: 'wx', mode: 0o600 });
  await pipeline(jsonText(plan), createWriteStream(join(dir, 'plan.json'), { flags: 'wx', mode: 0o600 }));
}
