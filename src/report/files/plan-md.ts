import type { Who } from '../../domain/finding.ts';
import {
  inOrder,
  PLAN_PHASES,
  type Plan,
  type PlanDecision,
  type PlanPhase,
  type PlanRecord,
  type PlanStep,
  type PlanSubject,
  type Proof,
} from '../../domain/plan.ts';
import { summarizePlan } from '../../domain/run.ts';
import { headRows, oldBanner, phaseNumber, planBanner, UNDO_NOTE, undoTitle } from '../text/plan-head.ts';
import { visibleText } from '../text/visible-text.ts';

/**
 * A text as Markdown that shows it and does nothing else, on one line and in a table's cell too: names come from
 * directories that others can write to. What hides or breaks lines is written as `\\u{…}`.
 */
export function markdownText(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]<>|~#$]|&(?!\s)/gu, '\\$&')
    .replace(/^(\s*)([-+=])/u, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/u, '$1\\$2')
    .replace(/(https?|ftp|mailto):/giu, '$1\\:')
    .replace(/(www)\./giu, '$1\\.');
}

const text = markdownText;

/** A value that somebody copies, as it is: no backslash gets into it, whatever it holds. */
export function markdownCode(value: string): string {
  const shown = visibleText(value);
  if (shown.trim() === '') return text(shown);
  const ticks = Math.max(0, ...(shown.match(/`+/gu) ?? []).map((run) => run.length));
  const fence = '`'.repeat(ticks + 1);
  const pad = /^`|`$/u.test(shown) || /^ .* $/u.test(shown) ? ' ' : '';
  // A cell of a table ends at a pipe, in a code span too.
  return `${fence}${pad}${shown.replaceAll('|', '\\|')}${pad}${fence}`;
}

/** What people copy out of a text: addresses, e-mails, types of events, settings, files, ids, commands, quoted names. */
const COPIED =
  /https?:\/\/[^\s,;]*[^\s,;.)]|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|\b[a-z][a-z_]*(?:\.[a-z_]+){2,}|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b[\w-]+\.(?:csv|json|md|html)\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b00[a-z][A-Za-z0-9]{17}\b|optiid-audit [a-z]+(?: (?:user|group|member)-[a-z]+)?(?: --[a-z-]+)?|"[^"]+"/gu;

/** A sentence with what is to be copied in code spans: the values given, and what looks like one. */
export function markdownInline(sentence: string, values: readonly string[] = []): string {
  const names = values.filter((value) => value.trim() !== '').sort((a, b) => b.length - a.length);
  const known =
    names.length === 0
      ? COPIED
      : new RegExp(
          `(?<![\\p{L}\\p{N}])(?:${names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')).join('|')})(?![\\p{L}\\p{N}])|${COPIED.source}`,
          'gu',
        );
  let end = 0;
  const parts: string[] = [];
  for (const { 0: found, index } of sentence.matchAll(known)) {
    const isQuoted = found.startsWith('"') && !names.includes(found);
    parts.push(text(sentence.slice(end, index)), markdownCode(isQuoted ? found.slice(1, -1) : found));
    end = index + found.length;
  }
  return [...parts, text(sentence.slice(end))].join('');
}

/** Which part of a plan is printed, and when: the age of the data is told where somebody reads it now. */
export interface PlanSheet {
  who?: Who;
  phase?: PlanPhase;
  now?: Date;
}

/** `plan.md`: the plan by phase, each step with its subjects in a table. What must be known first stands first. */
export function renderPlan(plan: Plan, { who, phase, now }: PlanSheet = {}): string {
  const isMine = (step: Pick<PlanStep, 'who' | 'phase'>) =>
    (who === undefined || step.who === who) && (phase === undefined || step.phase === phase);
  const work = inOrder(plan).filter(isMine);
  const isWhole = who === undefined && phase === undefined;
  const summary = summarizePlan(plan);
  const banner = planBanner(summary);
  const old = now ? oldBanner(plan.head, now) : null;
  const sections = [
    [`# Plan: ${plan.job} of ${markdownCode(plan.org)}`],
    banner
      ? [
          `> **${banner.title}** ${banner.text}`,
          '>',
          ...banner.unread.map((each) => `> - ${markdownInline(each)}`),
        ]
      : [],
    old === null ? [] : [`> **${old}**`],
    plan.stale
      ? [
          '> **Stale.** A newer snapshot of this org exists. What has changed since is not in this plan: collect again before you do anything.',
        ]
      : [],
    [
      '| | |',
      '| --- | --- |',
      ...headRows(summary, now).map(
        ([label, said]) =>
          `| ${label} | ${markdownInline(said, [plan.org, plan.head.organization.name ?? ''])} |`,
      ),
    ],
    isWhole ? [] : [`This sheet: ${[who, phase].filter((each) => each !== undefined).join('; ')}.`],
    plan.brakes.length > 0
      ? [
          '## Stop and read first',
          '',
          ...plan.brakes.map(({ sentence }) => `- **${markdownInline(sentence)}**`),
          '',
          'Someone who is responsible for this must confirm it before the first step.',
        ]
      : [],
    plan.notes.length > 0 && isWhole
      ? ['## Notes', '', ...plan.notes.map((note) => `- ${markdownInline(note)}`)]
      : [],
    work.length === 0 ? [isWhole ? 'There is nothing to do.' : 'There is nothing to do on this sheet.'] : [],
    ...PLAN_PHASES.map((each) => phaseLines(each, work, plan)),
    undoLines(plan, new Set(work.map(({ step }) => step))),
    withheldLines(plan, isMine),
    isWhole ? uncheckedLines(plan) : [],
    recordLines(
      work.flatMap(({ subjects }) => subjects.flatMap(({ record }) => record ?? [])),
      plan.head.lost_for_good.people === null,
    ),
    plan.proof && isWhole ? proofLines(plan.proof) : [],
    isWhole
      ? [
          `Made by ${text(plan.tool.name)} ${markdownCode(plan.tool.version)} from the snapshot \`${plan.snapshot_hash}\`. The tool changes nothing itself: people do the steps, in this order.`,
        ]
      : [],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function phaseLines(phase: PlanPhase, work: readonly (PlanStep | PlanDecision)[], plan: Plan): string[] {
  const steps = work.filter((step) => step.phase === phase);
  if (steps.length === 0) return [];
  return [
    `## Phase ${phaseNumber(phase)}: ${phase}`,
    ...steps.flatMap((step) => ['', ...stepLines(step, plan)]),
  ];
}

/** What a step waits for, as people say it: a phase that is over, and steps of its own phase. */
export function waitsFor(step: PlanStep, plan: Pick<Plan, 'steps' | 'decisions'>): string {
  const before = inOrder(plan).filter((other) => step.depends_on.includes(other.step));
  const phases = before.filter((other) => other.phase !== step.phase).map(({ phase }) => phaseNumber(phase));
  const steps = before.filter((other) => other.phase === step.phase).map((other) => String(other.step));
  return [
    ...(phases.length > 0 ? [`phase ${Math.max(...phases)}`] : []),
    ...(steps.length > 0 ? [`${steps.length === 1 ? 'step' : 'steps'} ${steps.join(', ')}`] : []),
  ].join(' and ');
}

/** Why the findings of a step stay open when it is done; empty where they do not. */
export const OPEN_PROOF = {
  applied: '',
  decision: 'Needs a decision. Until then its findings stay open.',
  support: 'Only Optimizely Support can do this. Until then its findings stay open.',
  time: 'Its findings disappear when the System Log shows that it is done, or when they are older than the window of the log.',
} as const;

/** What whoever does a step must know, a line each, on a terminal. */
export function stepDetails(step: PlanStep, plan: Pick<Plan, 'steps' | 'decisions'>): string[] {
  const after = waitsFor(step, plan);
  return [
    ...(step.how
      ? [`How: ${visibleText(step.how)}`]
      : step.subjects.slice(0, 1).map(({ how }) => `How: ${visibleText(how)}`)),
    ...(step.requires ? [`Before it: ${visibleText(step.requires)}`] : []),
    ...(after ? [`After: ${after}`] : []),
    ...(step.verify ? [`Verify: ${visibleText(step.verify)}`] : []),
    ...(step.irreversible ? ['Cannot be undone.'] : []),
    ...(OPEN_PROOF[step.proof] ? [OPEN_PROOF[step.proof]] : []),
  ];
}

/** Rows of a table in `plan.md`: of a long list of people, and of work on one subject each. `plan.csv` has all. */
const MOST_PEOPLE = 50;
const MOST_ROWS = 250;

function stepLines(step: PlanStep | PlanDecision, plan: Plan): string[] {
  const { subjects, action, who } = step;
  const after = waitsFor(step, plan);
  const [first] = subjects;
  const isAlone = subjects.length === 1;
  const names = isAlone && first ? [first.subject] : [];
  const facts = [
    ...(step.how
      ? [
          `**How:** ${markdownInline(step.how, names)}${isAlone && first?.each ? ` ${markdownInline(`It ${first.each}.`)}` : ''}`,
        ]
      : []),
    ...(step.requires ? [`**Before it:** ${markdownInline(step.requires, names)}`] : []),
    ...(after ? [`**After:** ${after}`] : []),
    ...(step.verify ? [`**Verify:** ${markdownInline(step.verify, names)}`] : []),
    ...(step.irreversible ? ['**Cannot be undone.**'] : []),
    ...(OPEN_PROOF[step.proof] ? [OPEN_PROOF[step.proof]] : []),
    ...('hits' in step && step.hits.length > 0 ? [`**Would hit:** ${someOf(step.hits)}`] : []),
    ...(isAlone && first?.record ? [`**Record:** record of ${markdownCode(first.subject)} below`] : []),
    ...(isAlone && step.resolves.length > 0 ? [`**Resolves:** ${codes(step.resolves)}`] : []),
  ];
  return [
    `### ${'hits' in step ? '' : '☐ '}${step.step}. ${text(action)}${isAlone && first ? `: ${markdownCode(first.subject)}` : ` (${subjects.length})`}`,
    '',
    ...(who === 'Optimizely Support'
      ? [`*${who}* · ready to send: \`optiid-audit plan --who "${who}"\``]
      : [`*${who}*`]),
    '',
    ...facts.map((fact) => `- ${fact}`),
    ...(isAlone ? [] : ['', ...subjectTable(step)]),
  ];
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_PEOPLE).map(markdownCode).join(', ');
  return names.length > MOST_PEOPLE ? `${shown} and ${names.length - MOST_PEOPLE} more` : shown;
}

function codes(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.length} findings (plan.csv lists them)` : `\`${ids.join('`, `')}\``;
}

/** The subjects of a step as a table in Markdown, with boxes to tick. */
export function subjectTable({ subjects, how, verify }: PlanStep): string[] {
  const isList = how !== '' && subjects.every(({ subject, each }) => each === '' && subject.includes('@'));
  const shown = subjects.slice(0, isList ? MOST_PEOPLE : MOST_ROWS);
  const detail = (subject: PlanSubject) =>
    [how === '' ? subject.how : '', subject.each, verify === '' ? `Verify: ${subject.verify}` : ''].filter(
      (each) => each !== '',
    );
  const hasDetails = shown.some((subject) => detail(subject).length > 0);
  const rest = subjects.length - shown.length;
  return [
    hasDetails ? '| ☐ | | |' : '| ☐ | |',
    hasDetails ? '| --- | --- | --- |' : '| --- | --- |',
    ...shown.map((subject, row) => {
      const said = isSaidAbove(shown.slice(row - 1, row).map(detail)[0], detail(subject))
        ? ['as above']
        : detail(subject).map((each) => markdownInline(each, [subject.subject]));
      return `| ☐ | ${subject.action === undefined ? '' : `${text(subject.action)}: `}${markdownCode(subject.subject)} |${hasDetails ? ` ${said.join(' — ')} |` : ''}`;
    }),
    ...(rest > 0 ? ['', `And ${rest} more: \`plan.csv\` has a row for each.`] : []),
  ];
}

/** A long sentence is said once. */
function isSaidAbove(above: readonly string[] | undefined, details: readonly string[]): boolean {
  return above?.join() === details.join() && details.join().length > 'as above'.length * 5;
}

/** How to go back, from the last step of a phase to its first. */
function undoLines({ undo }: Plan, shown: ReadonlySet<number>): string[] {
  const phases = undo
    .map((each) => ({ ...each, steps: each.steps.filter(({ step }) => shown.has(step)) }))
    .filter(({ steps }) => steps.length > 0);
  if (phases.length === 0) return [];
  return [
    '## Going back',
    '',
    UNDO_NOTE,
    ...phases.flatMap(({ phase, goes_back, steps }) => [
      '',
      `### ${undoTitle(phase, goes_back)}`,
      '',
      ...steps.map(
        ({ step, action, how, records }) =>
          `- Step ${step} (${text(action)}): ${markdownInline(how)}${records.length > 0 ? ` Records: ${someOf(records)}.` : ''}`,
      ),
    ]),
  ];
}

function withheldLines({ withheld }: Plan, isMine: (step: Plan['withheld'][number]) => boolean): string[] {
  const mine = withheld.filter(isMine);
  if (mine.length === 0) return [];
  return [
    '## Withheld',
    '',
    'Not part of the plan. None of this is done before what it waits for is known, and the audit has run again.',
    ...mine.flatMap(({ action, who, subjects, first, irreversible, phase }) => [
      '',
      `- ${text(action)} (${who}; ${phase}${irreversible ? '; cannot be undone' : ''}): ${someOf(subjects)}`,
      ...first.map((each) => `  - First: ${markdownInline(each)}`),
    ]),
  ];
}

function uncheckedLines({ unchecked }: Plan): string[] {
  if (unchecked.length === 0) return [];
  return [
    '## Not checked: look yourself',
    '',
    ...unchecked.map(
      ({ rule, title, reason }) => `- ${text(title)} (\`${rule}\`): ${markdownInline(reason)}`,
    ),
  ];
}

/** Lines of records in `plan.md`; a large org's records stand in `plan.json` alone. */
const MOST_RECORDED = 400;
/** Of a record, beside its members or groups and its roles. */
const LINES_OF_A_RECORD = 10;

/** What was there before, as tables in Markdown. */
export function recordLines(records: readonly PlanRecord[], areGrantsHidden: boolean): string[] {
  if (records.length === 0) return [];
  const heading = ['## Records', '', 'What was there before anything was deleted. It is the only way back.'];
  const lines = records.reduce((sum, record) => {
    const rows = record.kind === 'group' ? record.members.length : record.groups.length;
    return sum + LINES_OF_A_RECORD + rows + record.grants.length;
  }, 0);
  if (lines > MOST_RECORDED) {
    return [
      ...heading,
      '',
      `They are too long to print: \`plan.json\` has every member and every role of each (${records.length} records). Keep it with this plan.`,
    ];
  }
  return [...heading, ...records.flatMap((record) => ['', ...recordTables(record, areGrantsHidden)])];
}

/** Of what Opti ID's SCIM endpoint hides. */
const NOT_SHOWN = 'not shown';

function recordTables(record: PlanRecord, areGrantsHidden: boolean): string[] {
  if (record.kind === 'user') {
    return [
      `### Record of the user ${markdownCode(record.email)}`,
      '',
      `Id ${markdownCode(record.opti_user_id)}; ${text([record.first_name, record.last_name].filter(Boolean).join(' ') || 'no name')}; home organization ${text(record.home_organization_id ?? 'not given')}; local login ${yes(record.local_login)}; ${text(record.status ?? 'status not shown')}.`,
      '',
      ...table(
        ['group', 'id', 'type'],
        record.groups.map(({ name, opti_group_id, group_type }) => [
          name,
          opti_group_id,
          group_type ?? NOT_SHOWN,
        ]),
      ),
      '',
      ...grantTable(record, areGrantsHidden),
    ];
  }
  return [
    `### Record of the group ${markdownCode(record.name)}`,
    '',
    `Id ${markdownCode(record.opti_group_id)}; ${text(record.group_type ?? 'type not shown')}; ${text(record.description ?? 'no description')}.`,
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
    ...grantTable(record, areGrantsHidden),
  ];
}

function grantTable({ grants }: PlanRecord, areHidden: boolean): string[] {
  if (areHidden) {
    return [
      "Product instances and roles: Opti ID's SCIM endpoint does not show them. Record them in the Admin Center before anything is deleted.",
    ];
  }
  return table(
    ['product', 'instance', 'role', 'instance id', 'role id'],
    grants.map((each) => [each.product, each.instance, each.role, each.opti_instance_id, each.opti_role_id]),
  );
}

function yes(value: boolean | null): string {
  if (value === null) return NOT_SHOWN;
  return value ? 'yes' : 'no';
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '---').join(' | ')} |`,
    ...(rows.length === 0
      ? [`| ${header.map((_, column) => (column === 0 ? 'none' : '')).join(' | ')} |`]
      : []),
    ...rows.map(
      (cells) => `| ${cells.map((cell) => (text(cell) === cell ? cell : markdownCode(cell))).join(' | ')} |`,
    ),
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
          proof.remaining
            .slice(0, MOST_ROWS)
            .map((left) => [left.severity, left.rule, left.subject, left.reason, left.finding_id]),
        )),
    ...(proof.expected.length > 0
      ? [
          '',
          '### Expected',
          '',
          ...proof.expected.map(
            ({ rule, subject, reason }) => `- \`${rule}\`, ${markdownCode(subject)}: ${text(reason)}.`,
          ),
        ]
      : []),
  ];
}
