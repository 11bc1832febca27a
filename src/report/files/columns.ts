import type { ConfirmationRow } from '../../domain/confirmation.ts';
import type { Finding, RuleResult } from '../../domain/finding.ts';
import type { ConfigurationCheck } from '../../domain/run.ts';
import {
  type AccessRow,
  GROUP_SITUATION_WORDS,
  type GroupRow,
  type MembershipRow,
  USER_SITUATION_WORDS,
  type UserRow,
} from '../../domain/situation.ts';
import { byColumns } from './order.ts';

/**
 * Every tabular file of a run and its columns, each with what it means. The order is the contract's: a column
 * is never renamed or moved, and a new one goes last. CSV headers, NDJSON keys and `reports/README.md` are
 * made from this table.
 */

/** One meaning per column of a row type: the compiler says when one is missing or too many. */
type ColumnsOf<Row> = { readonly [Column in keyof Row]-?: string };

/** By the name of the file without its ending: its title, what one row stands for and in which order rows come, and its columns. */
export const REPORT_TABLES = {
  findings: {
    title: 'Findings',
    about:
      'One row per finding, resolved ones included. Sorted by severity, worst first, then rule, subject and finding_id. `findings.ndjson` holds the same rows as raw values.',
    columns: {
      finding_id:
        '16 hexadecimal digits, the first a letter, made from the rule and the ids of its subject: the same finding has the same id on every night.',
      rule: 'Id of the rule that found it; `optiid-audit rules ID` explains it.',
      severity: '`blocker`, `error`, `warning` or `info`, from worst to least.',
      state:
        '`new`, `known` (the last complete run had it), `resolved` (it had, and it is gone) or `waived`.',
      subject_type: '`user`, `group`, `membership`, `app`, `organization` or `event`.',
      subject: "The affected user or group: the Okta side's name where there is one, else the store's.",
      okta_id: 'Okta id of the subject, empty where it has none.',
      opti_id: 'Id of the subject in the Opti ID store, empty where it has none.',
      detail: 'What is wrong with this subject.',
      fix: 'What to do about it.',
      who: 'Who can do it: `Okta admin`, `Opti ID admin`, `Optimizely Support` or `product owner`.',
      first_seen: 'When the collection began that saw it first, UTC.',
      evidence: 'The values that the rule looked at, as JSON. An object in `findings.ndjson`.',
    } satisfies ColumnsOf<Omit<Finding, 'codes'>>,
  },
  rules: {
    title: 'Rules',
    about: 'One row per rule of this job.',
    columns: {
      rule: 'Id of the rule.',
      category: 'Section of the catalogue.',
      severity: 'Severity of its findings.',
      outcome:
        '`pass`, `fail`, `unknown` (what it needs was read only partially or not at all, so it did not run) or `skipped` (it does not apply, or Okta does not show what it needs: look at it yourself).',
      findings: 'Number of its findings.',
      reason: 'Why it is unknown or skipped, empty otherwise.',
    } satisfies ColumnsOf<RuleResult>,
  },
  groups: {
    title: 'Groups',
    about: 'One row per group in scope.',
    columns: {
      situation: 'What happens to the group: one of the situations below.',
      okta_group_id: 'Okta id of the group, empty where only the store has it.',
      okta_group_name: 'Its name in Okta.',
      opti_group_id: 'Its id in the Opti ID store, empty where only Okta has it.',
      opti_group_name: 'Its name in the store.',
      push_status: 'Status of its push mapping in Okta, empty where it has none.',
      members_okta: 'Members in Okta that the push brings. Empty: not known.',
      members_opti: 'Members in the store. Empty: not known.',
      members_lost:
        'Members in the store that Okta does not bring, suspended ones aside where the push made the group. Empty: not known, or not compared.',
      members_gained: 'Members that Okta brings and the store has not. Empty: not known, or not compared.',
      instances: 'Product instances that it gives access to, joined by `; `.',
      roles: 'Roles that it gives there, joined by `; `.',
      findings: 'Ids of the rules that found something about it, joined by `; `.',
    } satisfies ColumnsOf<GroupRow>,
  },
  users: {
    title: 'Users',
    about: 'One row per user in scope.',
    columns: {
      situation: 'What happens to the user: one of the situations below.',
      email: "E-mail: the Okta side's where there is one, else the store's.",
      okta_user_id: 'Okta id of the user, empty where only the store has the user.',
      okta_status: 'Status in Okta.',
      opti_user_id: 'Id in the Opti ID store (the SCIM id), empty where only Okta has the user.',
      opti_email: 'E-mail in the store.',
      groups: 'Groups in scope that the user is a member of, joined by `; `.',
      instances: 'Product instances that the user can reach, joined by `; `.',
      findings: 'Ids of the rules that found something about the user, joined by `; `.',
    } satisfies ColumnsOf<UserRow>,
  },
  memberships: {
    title: 'Memberships',
    about: 'One row per user and group whose membership changes or differs.',
    columns: {
      change:
        '`gained`, `lost` or `kept out` by the cutover; `missing` or `unexpected` in Opti ID after it, changes on their way aside.',
      group_name: 'Name of the group.',
      email: 'E-mail of the user.',
      okta_group_id: 'Okta id of the group.',
      opti_group_id: 'Id of the group in the store.',
      okta_user_id: 'Okta id of the user.',
      opti_user_id: 'Id of the user in the store.',
      reason: 'Why.',
    } satisfies ColumnsOf<MembershipRow>,
  },
  access: {
    title: 'Access',
    about: 'One row per user, product instance and role, before and after.',
    columns: {
      email: 'E-mail of the user.',
      opti_user_id: 'Id of the user in the store.',
      product: 'Product of the instance.',
      instance: 'Name of the product instance.',
      role: 'Role on it.',
      via_group: 'Group that gives it.',
      before: '`yes` or `no`: the user has it before.',
      after: '`yes` or `no`: the user has it when the whole plan is done.',
      reason: 'Why it changes.',
      loss: '`none`, `interrupted` (away from the deletion of the group until the pushed one has it back) or `for_good`.',
    } satisfies ColumnsOf<AccessRow>,
  },
  configuration: {
    title: 'Configuration',
    about: 'One row per setting checked.',
    columns: {
      check: 'Id of the rule that checks the setting.',
      expected: 'What the setting should be.',
      actual: 'What it is, or why that is not known.',
      outcome: '`pass`, `fail`, `unknown` or `skipped`, as in `rules.csv`.',
      fix: 'What to do about it.',
    } satisfies ColumnsOf<ConfigurationCheck>,
  },
  confirmations: {
    title: 'Confirmations by the System Log',
    about: 'One row per confirmation (`drift` only).',
    columns: {
      kind: 'What is confirmed: `user-added`, `user-removed`, `group-added`, `member-added` or `member-removed`.',
      subject: 'The affected user, group or both: e-mail, name.',
      outcome:
        '`confirmed`, `unconfirmed`, `in flight` (younger than the lag) or `unknown` (the log was read only partially, and that part confirms nothing).',
      event_id: 'Id of the event that confirms it; else of the last try that failed, if there was one.',
      published: 'When that event was, UTC.',
      result: 'Outcome of that event.',
      expected_event: 'Type of the event that the article says to look for.',
      reason:
        'Why it is not confirmed. Where it is: what else confirms it, and where the targets stand elsewhere than the article says; empty otherwise.',
    } satisfies ColumnsOf<ConfirmationRow>,
  },
  plan: {
    title: 'Plan',
    about:
      'One row per step, in the order in which they are done. `plan.md` and `plan.json` hold the same plan.',
    columns: {
      step: 'Number of the step.',
      phase: 'Phase of the cutover that it belongs to.',
      who: 'Who does it.',
      action: 'What is done.',
      subject: 'To whom or what.',
      how: 'How, click by click.',
      depends_on: 'Steps that must be done before it, joined by `; `.',
      resolves: 'Ids of the findings that it resolves, joined by `; `.',
      irreversible: '`true` where it cannot be undone.',
      verify: 'How to see that it is done.',
    },
  },
} as const;

export type ReportTable = keyof typeof REPORT_TABLES;

/** The columns of a file, in the order of the contract. */
export function columnsOf(name: ReportTable): string[] {
  return Object.keys(REPORT_TABLES[name].columns);
}

/** The rows in the order of their file. */
export function inFileOrder(name: ReportTable, rows: readonly object[]): object[] {
  return [...rows].sort(byColumns(columnsOf(name)));
}

const HEAD = `# Reports

Generated by \`npm run generate\`. Do not edit.

Each run leaves one folder, complete or not at all: \`<org>/<UTC start>-<job>/\`, for example
\`acme.okta.com/20261124T031500Z-precutover/\`. Only its owner can read it. \`sample/\` holds the runs
of \`optiid-audit demo\`: the eve of the cutover, and in \`sample/drift/\` a night after it.

- CSV is RFC 4180 in UTF-8 with a byte order mark and CRLF line ends, so that spreadsheets open it as it is.
- A text cell or header that begins with \`=\`, \`+\`, \`-\`, \`@\`, tab, CR, LF, NUL or a full-width form of the first
  four gets a leading \`'\`, so that no spreadsheet takes it for a formula. NDJSON and JSON hold the raw values.
- A cell that holds a comma, a quote, CR, LF, \`;\` or a tab is quoted. Other control characters, and those that turn the
  direction of text, are written as \`\\u{…}\`.
- Rows are sorted by their columns from left to right, by code unit of the raw values; numbers by size; what is
  empty comes first. \`findings.csv\` and \`plan.csv\` have their own order.
- Headers are never renamed or reordered; a new column goes last.
- Times are UTC, ISO 8601.
- \`run.json\` is the summary of the run: verdict, exit code, counts, outcome of each rule, how far each dataset was
  read, notes, the SHA-256 of every file and of itself (\`sha256\`, \`seal\`). It is written last.
- \`snapshot/\` is what was read, sealed: \`optiid-audit precutover --snapshot FOLDER\` judges it again without any
  network.
- \`report.html\` is the whole run for reading: verdict, blockers, pictures, the plan as a checklist, tables to search and
  sort, what each rule means, what was read. It is one file that fetches nothing; of very long tables it holds a part
  and says so. \`plan.md\` holds the plan with the records of what is to be deleted.
- \`review.xlsx\` is for spreadsheets: findings, plan, access, groups and users, a sheet each, with the columns of the CSV
  files. Ids and e-mails are text. A sheet has 50,000 rows at most and says so; the CSV files have all.
`;

/** The text of `reports/README.md`: what a run leaves and what each column means. */
export function reportsReadme(): string {
  const sections = Object.entries(REPORT_TABLES).map(([name, { title, about, columns }]) =>
    section(`${title}: \`${name}.csv\``, about, 'column', columns),
  );
  const firstApplies = 'Where several apply, the first of them.';
  return [
    HEAD,
    ...sections,
    section('Situations of a group', firstApplies, 'situation', GROUP_SITUATION_WORDS),
    section('Situations of a user', firstApplies, 'situation', USER_SITUATION_WORDS),
  ].join('\n');
}

function section(title: string, about: string, what: string, meanings: Record<string, string>): string {
  const rows = Object.entries(meanings).map(([name, meaning]) => `| \`${name}\` | ${meaning} |\n`);
  return `## ${title}\n\n${about}\n\n| ${what} | meaning |\n| --- | --- |\n${rows.join('')}`;
}
