import { inOrder, type Plan, type PlanRecord, type PlanStep } from '../../domain/plan.ts';
import { summarizePlan } from '../../domain/run.ts';
import { oldBanner, planBanner } from '../text/plan-head.ts';
import {
  markdownCode,
  markdownInline,
  markdownText,
  recordLines,
  subjectTable,
  waitsFor,
} from './plan-md.ts';

const SUPPORT = 'Optimizely Support';

/**
 * What Optimizely Support is asked, ready to be sent: everything that they need for their part of the plan, and nothing
 * about anybody or anything else. Markdown.
 */
export function renderTicket(plan: Plan, now?: Date): string {
  const work = inOrder(plan).filter(({ who }) => who === SUPPORT);
  if (work.length === 0) return 'There is nothing to ask of Optimizely Support.\n';
  const { organization, org, read, run } = plan.head;
  const banner = planBanner(summarizePlan(plan));
  const old = now ? oldBanner(plan.head, now) : null;
  const doubts = [
    ...(banner === null
      ? []
      : [`**Not to be sent yet: not everything was read.** ${banner.unread.join(' ')}`]),
    ...(old === null ? [] : [`**${old}**`]),
    ...(plan.stale ? ['**Not to be sent yet:** a newer snapshot of this org exists.'] : []),
  ];
  const subject =
    plan.job === 'precutover'
      ? 'Move from just-in-time provisioning to SCIM with Okta'
      : 'SCIM provisioning with Okta';
  const sections = [
    [`# ${subject}: ${markdownCode(organization.name ?? organization.id)}`],
    doubts.map((doubt) => `> ${doubt}`),
    [
      `Opti ID organization: ${markdownCode(organization.id)}  `,
      `Okta org: ${markdownCode(org)}  `,
      `Read: ${read.began} to ${read.ended}, run ${markdownCode(run)}`,
    ],
    [
      `We ask you for ${work.length === 1 ? 'one thing' : `${work.length} things`}. The numbers are those of our plan; please name them in your answer, and tell us what was done and when, or what we are to do in its place.`,
    ],
    ...work.map((step) => requestLines(step, plan)),
    recordLines(recordsOf(work, plan), plan.head.lost_for_good.people === null),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function requestLines(step: PlanStep, plan: Plan): string[] {
  const { subjects, action, how, requires, verify, irreversible } = step;
  const [first] = subjects;
  const isAlone = subjects.length === 1 && first !== undefined;
  const names = isAlone ? [first.subject] : [];
  const after = waitsFor(step, plan);
  const waiting = waitingFor(step, plan);
  const facts = [
    ...(how === '' ? [] : [markdownInline(how, names)]),
    ...(isAlone && first.each !== '' ? [markdownInline(`It ${first.each}.`, names)] : []),
    ...(requires === '' ? [] : [`**Before it:** ${markdownInline(requires, names)}`]),
    ...(after === '' ? [] : [`**When:** after ${after} of our plan`]),
    ...(verify === '' ? [] : [`**Done when:** ${markdownInline(verify, names)}`]),
    ...(irreversible ? ['**Cannot be undone.**'] : []),
    ...(waiting === 0
      ? []
      : [`**Waits for it:** ${waiting} ${waiting === 1 ? 'step' : 'steps'} of our plan`]),
  ];
  return [
    `## ${step.step}. ${markdownText(action)}${isAlone ? `: ${markdownCode(first.subject)}` : ` (${subjects.length})`}`,
    '',
    ...facts.map((fact) => `- ${fact}`),
    ...(isAlone ? [] : ['', ...subjectTable(step)]),
  ];
}

/** How many steps wait for this one, directly or not. */
function waitingFor({ step }: PlanStep, plan: Plan): number {
  const reached = new Set([step]);
  for (const { step: other, depends_on } of inOrder(plan)) {
    if (depends_on.some((number) => reached.has(number))) reached.add(other);
  }
  return reached.size - 1;
}

/** Records of what these steps are done to, wherever in the plan they are taken. */
function recordsOf(work: readonly PlanStep[], plan: Plan): PlanRecord[] {
  const names = new Set(work.flatMap(({ subjects }) => subjects.map(({ subject }) => subject)));
  const ids = new Set(
    work.flatMap(({ effects }) =>
      effects.flatMap((effect) => ('opti_group_id' in effect ? [effect.opti_group_id] : [])),
    ),
  );
  return inOrder(plan)
    .flatMap(({ subjects }) => subjects.flatMap(({ record }) => record ?? []))
    .filter((record) =>
      record.kind === 'group'
        ? names.has(record.name) || ids.has(record.opti_group_id)
        : names.has(record.email),
    );
}
