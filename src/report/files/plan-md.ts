import { PLAN_PHASES, type Plan, type PlanRecord, type PlanStep, type Proof } from '../../domain/plan.ts';
import { visibleText } from '../text/visible-text.ts';

/**
 * A text as Markdown that shows it and does nothing else, on one line and in a table's cell too: names come from
 * directories that others can write to. What hides or breaks lines is written as `\u{…}`.
 */
export function markdownText(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]<>|~&#$]/gu, '\\$&')
    .replace(/^(\s*)([-+=])/u, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/u, '$1\\$2')
    .replace(/(https?|ftp|mailto):/giu, '$1\\:')
    .replace(/(www)\./giu, '$1\\.');
}

const text = markdownText;

/** `plan.md`: the plan as a checklist by phase. What must be known first stands first. */
export function renderPlan(plan: Plan): string {
  const sections = [
    [`# Plan: ${text(plan.job)} of ${text(plan.org)}`],
    [
      `Made by ${text(plan.tool.name)} ${text(plan.tool.version)} from the snapshot \`${plan.snapshot_hash}\`. The tool changes nothing itself: people do the steps, in this order.`,
    ],
    plan.stale
      ? [
          '> **Stale.** A newer snapshot of this org exists. What has changed since is not in this plan: collect again before you do anything.',
        ]
      : [],
    plan.brakes.length > 0
      ? [
          '## Stop and read first',
          '',
          ...plan.brakes.map(({ sentence }) => `- **${text(sentence)}**`),
          '',
          'Someone who is responsible for this must confirm it before the first step.',
        ]
      : [],
    plan.notes.length > 0 ? ['## Notes', '', ...plan.notes.map((note) => `- ${text(note)}`)] : [],
    [`${proofSentence(plan)}${plan.proof ? ' What remains, and why, is listed at the end.' : ''}`],
    plan.steps.length === 0 ? ['There is nothing to do.'] : [],
    ...PLAN_PHASES.map((phase, position) => phaseLines(plan, phase, position)),
    recordLines(plan),
    plan.proof ? proofLines(plan.proof) : [],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** What the proof of a plan left, in a few sentences. */
export function proofSentence({ proof }: Pick<Plan, 'proof'>): string {
  if (!proof) return 'This plan has no proof.';
  const { before, after, after_without_support: waiting } = proof;
  const isMore = waiting.blockers > after.blockers || waiting.errors > after.errors;
  const support = isMore ? ` Until Optimizely Support has acted: ${counts(waiting)}.` : '';
  return `Proved on a copy of the snapshot: before ${counts(before)}; after ${counts(after)}.${support}`;
}

function counts({ blockers, errors }: Proof['before']): string {
  return `${blockers} ${blockers === 1 ? 'blocker' : 'blockers'} and ${errors} ${errors === 1 ? 'error' : 'errors'}`;
}

function phaseLines(plan: Plan, phase: PlanStep['phase'], position: number): string[] {
  const steps = plan.steps.filter((step) => step.phase === phase);
  if (steps.length === 0) return [];
  return [
    `## ${position + 1}. ${phase.charAt(0).toUpperCase()}${phase.slice(1)}`,
    '',
    ...steps.map(stepLines),
  ];
}

/** Why the findings of a step stay open when it is done; empty where they do not. */
export const OPEN_PROOF = {
  applied: '',
  decision: 'Needs a decision. Until then its findings stay open.',
  support: 'Only Optimizely Support can do this. Until then its findings stay open.',
  time: 'Its findings disappear when the System Log shows that it is done, or when they are older than the window of the log.',
} as const;

/** How a step's details are written: names as they may stand there, and what stands out. */
interface StepStyle {
  text: (text: string) => string;
  strong: (text: string) => string;
}

const MARKDOWN: StepStyle = { text: markdownText, strong: (words) => `**${words}**` };

/** What whoever does a step must know, a line each. */
export function stepDetails(step: PlanStep, { text, strong }: StepStyle): string[] {
  return [
    `${strong('How:')} ${text(step.how)}`,
    ...(step.requires ? [`${strong('Before it:')} ${text(step.requires)}`] : []),
    ...(step.depends_on.length > 0 ? [`${strong('After:')} ${step.depends_on.join(', ')}`] : []),
    `${strong('Verify:')} ${text(step.verify)}`,
    ...(step.irreversible ? [strong('Cannot be undone.')] : []),
    ...(OPEN_PROOF[step.proof] ? [OPEN_PROOF[step.proof]] : []),
  ];
}

function stepLines(step: PlanStep): string {
  const details = [
    ...stepDetails(step, MARKDOWN),
    ...(step.record ? [`**Record:** record ${step.step} below`] : []),
    ...(step.resolves.length > 0 ? [`**Resolves:** \`${step.resolves.join('`, `')}\``] : []),
  ];
  return [
    `- [ ] **${step.step}. ${text(step.action)}:** ${text(step.subject)} (${text(step.who)})`,
    ...details.map((detail) => `  - ${detail}`),
  ].join('\n');
}

function recordLines({ steps }: Plan): string[] {
  const recorded = steps.filter(({ record }) => record);
  if (recorded.length === 0) return [];
  return [
    '## Records',
    '',
    'What was there before anything was deleted. It is the only way back.',
    ...recorded.flatMap(({ step, record }) => (record ? ['', ...recordTables(step, record)] : [])),
  ];
}

function recordTables(step: number, record: PlanRecord): string[] {
  if (record.kind === 'user') {
    return [
      `### Record ${step}: user ${text(record.email)}`,
      '',
      `Id ${text(record.opti_user_id)}; ${text([record.first_name, record.last_name].filter(Boolean).join(' ') || 'no name')}; home organization ${text(record.home_organization_id ?? 'not given')}; local login ${yes(record.local_login)}; ${text(record.status)}.`,
      '',
      ...table(
        ['group', 'id', 'type'],
        record.groups.map(({ name, opti_group_id, group_type }) => [name, opti_group_id, group_type]),
      ),
      '',
      ...grantTable(record),
    ];
  }
  return [
    `### Record ${step}: group ${text(record.name)}`,
    '',
    `Id ${text(record.opti_group_id)}; ${text(record.group_type)}; ${text(record.description ?? 'no description')}.`,
    '',
    ...table(
      ['e-mail', 'id', 'name', 'home organization', 'local login', 'comes back'],
      record.members.map((member) => [
        member.email,
        member.opti_user_id,
        [member.first_name, member.last_name].filter(Boolean).join(' '),
        member.home_organization_id ?? '',
        yes(member.local_login),
        yes(member.comes_back),
      ]),
    ),
    '',
    ...grantTable(record),
  ];
}

function grantTable({ grants }: PlanRecord): string[] {
  return table(
    ['product', 'instance', 'role', 'instance id', 'role id'],
    grants.map((each) => [each.product, each.instance, each.role, each.opti_instance_id, each.opti_role_id]),
  );
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '---').join(' | ')} |`,
    ...(rows.length === 0
      ? [`| ${header.map((_, column) => (column === 0 ? 'none' : '')).join(' | ')} |`]
      : []),
    ...rows.map((cells) => `| ${cells.map(text).join(' | ')} |`),
  ];
}

function proofLines(proof: Proof): string[] {
  return [
    '## Proof',
    '',
    'The steps were done to a copy of the snapshot, and the rules judged the result.',
    '',
    ...table(
      ['', 'blockers', 'errors'],
      (
        [
          ['before', proof.before],
          ['after', proof.after],
          ['after, until Optimizely Support has acted', proof.after_without_support],
        ] as const
      ).map(([when, { blockers, errors }]) => [when, String(blockers), String(errors)]),
    ),
    '',
    '### What remains',
    '',
    ...(proof.remaining.length === 0
      ? ['Nothing.']
      : table(
          ['severity', 'rule', 'subject', 'reason', 'finding'],
          proof.remaining.map((left) => [
            left.severity,
            left.rule,
            left.subject,
            left.reason,
            left.finding_id,
          ]),
        )),
    ...(proof.expected.length > 0
      ? [
          '',
          '### Expected',
          '',
          ...proof.expected.map(
            ({ rule, subject, reason }) => `- ${text(rule)}, ${text(subject)}: ${text(reason)}.`,
          ),
        ]
      : []),
    '',
    '### Access that is lost',
    '',
    ...(proof.lost_access.length === 0
      ? ['None.']
      : table(
          ['e-mail', 'product', 'instance', 'role'],
          proof.lost_access.map(({ email, product, instance, role }) => [email, product, instance, role]),
        )),
  ];
}
