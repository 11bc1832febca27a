import {
  PLAN_PHASES,
  type Plan,
  type PlanRecord,
  type PlanStep,
  type Proof,
  type RemainingFinding,
} from '../../domain/plan.ts';
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
          '> **Stale.** A newer snapshot of this org exists. What has changed since is not in this plan: collect again before anything is done.',
        ]
      : [],
    plan.brakes.length > 0
      ? [
          '## Stop and read first',
          '',
          ...plan.brakes.map(({ sentence }) => `- **${text(sentence)}**`),
          '',
          'Somebody who may answer for this confirms it before the first step.',
        ]
      : [],
    plan.notes.length > 0 ? ['## Notes', '', ...plan.notes.map((note) => `- ${text(note)}`)] : [],
    proofLine(plan),
    plan.steps.length === 0 ? ['Nothing is to be done.'] : [],
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
  if (!proof) return 'This plan has not been proved.';
  const support =
    proof.after_without_support.blockers > proof.after.blockers ||
    proof.after_without_support.errors > proof.after.errors
      ? ` Until Optimizely Support has done what only it can: ${counts(proof.after_without_support)}.`
      : '';
  return `Proved on a copy of the snapshot: before ${counts(proof.before)}; after ${counts(proof.after)}.${support}`;
}

function proofLine(plan: Plan): string[] {
  const rest = plan.proof ? ' What remains, and why, stands at the end.' : '';
  return [`${proofSentence(plan)}${rest}`];
}

function counts({ blockers, errors }: Proof['before']): string {
  return `${blockers} ${blockers === 1 ? 'blocker' : 'blockers'} and ${errors} ${errors === 1 ? 'error' : 'errors'}`;
}

function phaseLines(plan: Plan, phase: PlanStep['phase'], position: number): string[] {
  const steps = plan.steps.filter((step) => step.phase === phase);
  if (steps.length === 0) return [];
  return [`## ${position + 1}. ${capitalized(phase)}`, '', ...steps.map(stepLines)];
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Why the findings of a step stay open when it is done; empty where they do not. */
export const OPEN_PROOF = {
  applied: '',
  decision: 'A person must decide; until then its findings stay open.',
  support: 'Only Optimizely Support can; until then its findings stay open.',
  time: 'Its findings go once the System Log shows that it is done, or its window has moved on.',
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
    ...(step.record ? [`**Record:** ${recordTitle(step)}`] : []),
    ...(step.resolves.length > 0
      ? [`**Resolves:** ${step.resolves.map((id) => `\`${id}\``).join(', ')}`]
      : []),
  ];
  return [
    `- [ ] **${step.step}. ${text(step.action)}:** ${text(step.subject)} (${text(step.who)})`,
    ...details.map((detail) => `  - ${detail}`),
  ].join('\n');
}

function recordTitle({ step }: PlanStep): string {
  return `record ${step} below`;
}

function recordLines({ steps }: Plan): string[] {
  const recorded = steps.filter(({ record }) => record);
  if (recorded.length === 0) return [];
  return [
    '## Records',
    '',
    'What stood there before anything was deleted: the only way back.',
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
    grants.map((grant) => [
      grant.product,
      grant.instance,
      grant.role,
      grant.opti_instance_id,
      grant.opti_role_id,
    ]),
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
    'The steps were done to a copy of the snapshot, and the rules judged what became of it.',
    '',
    ...table(
      ['', 'blockers', 'errors'],
      [
        ['before', String(proof.before.blockers), String(proof.before.errors)],
        ['after', String(proof.after.blockers), String(proof.after.errors)],
        [
          'after, until Optimizely Support has done its part',
          String(proof.after_without_support.blockers),
          String(proof.after_without_support.errors),
        ],
      ],
    ),
    '',
    '### What remains',
    '',
    ...(proof.remaining.length === 0
      ? ['Nothing.']
      : table(
          ['severity', 'rule', 'subject', 'reason', 'finding'],
          proof.remaining.map((left: RemainingFinding) => [
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
          '### Meant to be so',
          '',
          ...proof.expected.map(
            ({ rule, subject, reason }) => `- ${text(rule)}, ${text(subject)}: ${text(reason)}.`,
          ),
        ]
      : []),
    '',
    '### Access that is gone afterwards',
    '',
    ...(proof.lost_access.length === 0
      ? ['None.']
      : table(
          ['e-mail', 'product', 'instance', 'role'],
          proof.lost_access.map(({ email, product, instance, role }) => [email, product, instance, role]),
        )),
  ];
}
