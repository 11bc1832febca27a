import { InvalidArgumentError } from 'commander';
import { CONFIRMATION_KINDS } from '../../src/domain/confirmation.ts';
import { WHO } from '../../src/domain/finding.ts';
import { PLAN_FORMATS, PLAN_PHASES } from '../../src/domain/plan.ts';
import { QUERY_FORMATS } from '../../src/domain/query-value.ts';
import { JOBS } from '../../src/domain/rule.ts';
import { OPTI_ID_SOURCES } from '../../src/domain/source.ts';
import { type Command, defineCommand } from './command.ts';
import { FLEET } from './fleet-commands.ts';
import { notBlank, OPTIONS } from './options.ts';

const { full: _ofDrift, ...auditOptions } = OPTIONS;
const { out, json, quiet, color, resume, since, waivers } = auditOptions;

function jsonOf(what: string) {
  return { ...json, what: `print ${what} as JSON on stdout` };
}

function words(text: string): string {
  return notBlank(text).trim();
}

/** Okta keeps no more. */
const MOST_DAYS = 90;

function logDays(text: string): number {
  const number = Number(text);
  if (/^\d+$/u.test(text) && number >= 1 && number <= MOST_DAYS) return number;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_DAYS}: Okta keeps no more.`);
}

function positiveWhole(text: string): number {
  if (!/^[1-9]\d{0,5}$/u.test(text)) throw new InvalidArgumentError('Give a whole number, 1 or more.');
  return Number(text);
}

const prune = defineCommand({
  name: 'prune',
  about:
    'removes old runs as a whole, oldest first; the last complete run of each org and job always stays, and so do the baseline of the newest drift run and, unless --job asks for it, the last run of precutover',
  options: {
    keep: { flag: '--keep <n>', what: 'the newest n runs of each org and job stay', parse: positiveWhole },
    olderThan: {
      flag: '--older-than <days>',
      what: 'only runs whose snapshots began longer ago go',
      parse: positiveWhole,
    },
    job: { flag: '--job <job>', what: 'only runs of this job go', choices: [...JOBS, 'collect'] },
    dryRun: { flag: '--dry-run', what: 'say what would go, and remove nothing' },
    out,
    json: jsonOf('what went and what stays'),
    quiet,
  },
  examples: {
    'runs prune --keep 30 --dry-run': 'says what would go',
    'runs prune --keep 30 --older-than 90': 'removes what is older than 90 days, and never the newest 30',
  },
  load: async () => (await import('./prune.ts')).prune,
});

const diff = defineCommand({
  name: 'diff',
  about:
    'which people, groups, memberships and findings differ between two runs or snapshots; each is a folder, or the name of a run',
  arguments: [
    { name: '[a]', what: 'the earlier one (default: the run of the same job before b)' },
    { name: '[b]', what: 'the later one (default: the newest run)' },
  ],
  options: {
    otherOrg: {
      flag: '--other-org',
      what: 'compare different orgs too: people by e-mail, groups by name, findings by rule and subject',
    },
    out,
    json: jsonOf('what differs'),
  },
  examples: {
    'runs diff': 'what differs between the newest run and the one before it',
    'runs diff 20261123T031500Z-drift 20261124T031500Z-drift': 'what differs between two nights',
  },
  load: async () => (await import('./runs.ts')).diff,
});

const verify = defineCommand({
  name: 'verify',
  about:
    'checks the seals of all runs, or of one run or snapshot: every file as it was sealed, and signed where AUDIT_SEAL_KEY asks for that; ends with 1 where one is broken',
  arguments: [{ name: '[run]', what: 'a run or snapshot by its folder, or a run by its name' }],
  options: { out, json: jsonOf('what was checked'), quiet },
  examples: {
    'runs verify': 'checks every run below the reports folder',
    'runs verify 20261124T031500Z-drift': 'checks one run',
  },
  load: async () => (await import('./verify.ts')).verify,
});

/** Every command, in the order of the help. A test runs each with each of its flags. */
export const COMMANDS: readonly Command[] = [
  defineCommand({
    name: 'demo',
    about:
      'both audits on a sample org: an Okta stand-in and an Opti ID store on this machine, nothing to set up',
    options: {
      optiId: {
        flag: '--opti-id <source>',
        what: "how the Opti ID side is read: from the store's database, or over SCIM",
        choices: OPTI_ID_SOURCES,
        default: 'database',
      },
      out,
      json,
      quiet,
      color,
    },
    examples: {
      demo: 'takes about a minute and prints where the reports are',
      'demo --opti-id scim': "the same org, as Opti ID's SCIM endpoint shows it",
    },
    load: async () => (await import('./demo.ts')).demo,
  }),
  defineCommand({
    name: 'doctor',
    about:
      'proves, before any run, that settings, credentials, scopes, role, store and machine are right, and names who fixes what is not; ends with 0 or 2',
    options: { out, json: jsonOf('the checks'), quiet, color },
    examples: { doctor: 'run it first, and after each change of a credential' },
    load: async () => (await import('./doctor.ts')).doctor,
  }),
  defineCommand({
    name: 'collect',
    about: 'reads both sides into a sealed snapshot, and judges nothing',
    options: {
      only: { flag: '--only <side>', what: 'read one side only', choices: ['okta', 'opti-id'] },
      resume,
      since,
      out,
      json,
      quiet,
      color,
    },
    examples: { collect: 'reads everything', 'collect --only okta': 'needs no access to the Opti ID store' },
    load: async () => (await import('./collect.ts')).collect,
  }),
  defineCommand({
    name: 'precutover',
    about: 'the go / no-go audit before JIT is replaced by SCIM',
    options: auditOptions,
    examples: {
      precutover: 'collects, judges, plans and writes the reports',
      'precutover --snapshot reports/acme.okta.com/20261124T031500Z-precutover':
        'judges the snapshot of an earlier run again, without any network',
      'precutover --waivers waivers.csv': 'leaves out of the verdict what somebody accepts',
    },
    load: async () => (await import('./audit.ts')).auditOf('precutover'),
  }),
  defineCommand({
    name: 'drift',
    about: 'the nightly audit after the cutover: what moved, since when, and what the System Log says',
    options: OPTIONS,
    examples: {
      'drift --quiet --log json': 'for cron: prints errors only, one JSON object a line',
      'drift --baseline reports/acme.okta.com/20261124T031500Z-precutover':
        'compares access with what groups granted before the cutover',
    },
    load: async () => (await import('./audit.ts')).auditOf('drift'),
  }),
  defineCommand({
    name: 'confirm',
    about: "whether Okta's System Log confirms that a user, a group or a member reached Opti ID",
    arguments: [
      { name: '<kind>', what: 'what to confirm', choices: CONFIRMATION_KINDS },
      { name: '<who>', what: 'e-mail of the user or member, or name of the group; or the Okta id of either' },
    ],
    options: {
      group: { flag: '--group <name>', what: 'the one group of a member, by name or Okta id' },
      days: {
        flag: '--days <number>',
        what: 'how far back to look, in place of AUDIT_LOG_DAYS',
        parse: logDays,
      },
      json: jsonOf('the outcome'),
      quiet,
      color,
    },
    examples: {
      'confirm user-added ada@example.com --days 30': 'looks for the event that created the user',
      "confirm member-added ada@example.com --group 'Opti-Editors'": 'looks for one membership',
    },
    load: async () => (await import('./confirm.ts')).confirm,
  }),
  defineCommand({
    name: 'plan',
    about: 'the ordered remediation plan of a run, proved on a copy of its snapshot',
    arguments: [
      {
        name: '[run]',
        what: 'folder of the run, or its name below the reports folder (default: the newest)',
      },
    ],
    options: {
      run: { flag: '--run <folder>', what: 'the same as the argument', parse: notBlank },
      stale: {
        flag: '--stale',
        what: "plan from data that is too old, or not the newest of its org's; the plan says so",
      },
      who: { flag: '--who <role>', what: 'only the sheet of this role', choices: WHO },
      phase: { flag: '--phase <phase>', what: 'only the sheet of this phase', choices: PLAN_PHASES },
      format: {
        flag: '--format <format>',
        what: 'markdown, or terraform: the Okta steps as resources of the provider okta/okta with the others as comments; with --phase all phases up to it',
        choices: PLAN_FORMATS,
        conflicts: ['json'],
      },
      out: {
        flag: '--out <folder>',
        what: 'write plan.csv, plan.md and plan.json there instead of printing the plan',
      },
      json: jsonOf('the plan'),
      quiet,
      color,
    },
    examples: {
      plan: 'prints the plan of the newest run',
      'plan 20261124T031500Z-precutover --who "Okta admin"': 'prints the sheet of one role',
      'plan 20261124T031500Z-precutover --out plan': 'writes it into the folder plan',
      'plan --format terraform > okta.tf': 'the Okta steps for a pull request',
    },
    load: async () => (await import('./plan.ts')).plan,
  }),
  defineCommand({
    name: 'rules',
    about: 'the rules of the audits; with an id what one looks for, why, what to do, and its query',
    arguments: [{ name: '[id]', what: 'id of a rule' }],
    options: {
      job: { flag: '--job <job>', what: 'only the rules of this job', choices: JOBS },
      json: jsonOf('the rules'),
    },
    examples: {
      'rules --job drift': 'lists the rules of the nightly audit',
      'rules group-orphaned': 'explains one rule',
    },
    load: async () => (await import('./rules.ts')).showRules,
  }),
  defineCommand({
    name: 'query',
    about: 'SQL over a sealed snapshot and what is derived from it; reads only, touches no network',
    arguments: [
      {
        name: '[sql]',
        what: 'one SELECT (or WITH, FROM, DESCRIBE, SUMMARIZE, EXPLAIN …); - reads it from stdin',
      },
    ],
    options: {
      snapshot: {
        flag: '--snapshot <folder>',
        what: 'a sealed snapshot, or the run that holds one by its folder or name (default: the newest run below the reports folder)',
        parse: notBlank,
      },
      job: {
        flag: '--job <job>',
        what: "derive the tables for this job, in place of the run's own (a snapshot without a run: precutover)",
        choices: JOBS,
      },
      format: {
        flag: '--format <format>',
        what: 'how the rows are printed',
        choices: QUERY_FORMATS,
        default: 'table',
      },
      tables: {
        flag: '--tables [name]',
        what: 'list the tables, or the columns of one, in place of running a query',
      },
      out,
      quiet,
    },
    examples: {
      'query --tables user_pair': 'lists the columns of a table; without a name the tables',
      "query 'select matched_by, count(*) from user_pair group by all order by all'":
        'counts how people were matched, in the newest run',
      "query 'select who, count(*) from plan group by all'": 'asks the reports of the newest run',
      'query --format csv - < people.sql': 'runs the query in a file',
    },
    load: async () => (await import('./query.ts')).query,
  }),
  defineCommand({
    name: 'explain',
    about:
      "a finding: what was found and why it matters, the rows behind it, the rule's query, and all that the plan does about it; or the findings of a rule or on a subject, with the same chain of steps",
    arguments: [
      {
        name: '<what>',
        what: 'id of a finding, or the first 4 digits of it or more; id of a rule; or a subject: e-mail, name of a group, or its Okta or Opti ID id',
      },
    ],
    options: {
      run: {
        flag: '--run <folder>',
        what: 'folder of the run, or its name below the reports folder (default: the newest run that has the finding)',
        parse: notBlank,
      },
      out,
      json: jsonOf('the explanation'),
      color,
    },
    examples: {
      'explain c0ffee12': 'ids are in findings.csv and in report.html',
      'explain group-name-taken': 'all findings of a rule',
      "explain 'Opti CMS Editors'":
        'what is found on a group, and what the plan does with it, from the record to the access given back',
    },
    load: async () => (await import('./explain.ts')).explain,
  }),
  defineCommand({
    name: 'runs',
    about: 'the history of runs below the reports folder',
    options: { out, json: jsonOf('the runs') },
    examples: { runs: 'lists every run with its verdict and its counts' },
    subcommands: [diff, prune, verify],
    load: async () => (await import('./runs.ts')).listRuns,
  }),
  defineCommand({
    name: 'waive',
    about: 'accepts a finding for a time: adds it to a waivers file by its id, with owner, reason, expiry',
    arguments: [{ name: '<finding>', what: 'its id, or the first 4 digits of it or more' }],
    options: {
      owner: { flag: '--owner <name>', what: 'who answers for it', parse: words, mandatory: true },
      reason: { flag: '--reason <text>', what: 'why', parse: words, mandatory: true },
      until: {
        flag: '--until <day>',
        what: 'last day on which it holds, YYYY-MM-DD',
        parse: words,
        mandatory: true,
      },
      yes: { flag: '--yes', what: 'waives a blocker too, for 90 days at most' },
      waivers: { ...waivers, default: 'waivers.csv' },
      out,
      json: jsonOf('the waiver'),
      quiet,
    },
    examples: {
      "waive c0ffee1234567890 --owner 'Ada Lovelace' --reason 'Leaves in May' --until 2027-05-31":
        'adds a line to waivers.csv; give the next audit --waivers waivers.csv',
    },
    load: async () => (await import('./waive.ts')).waive,
  }),
  defineCommand({
    name: 'report',
    about: "where a run's report.html is; with --open it is opened in the browser",
    arguments: [
      { name: '[run]', what: 'its folder, or its name below the reports folder (default: the newest)' },
    ],
    options: {
      open: { flag: '--open', what: 'open it, where there is a desktop' },
      out,
      json: jsonOf('the path'),
      quiet,
    },
    examples: {
      'report --open': 'the report of the newest run',
      'report 20261124T031500Z-precutover': 'the path of that one',
    },
    load: async () => (await import('./report.ts')).report,
  }),
  defineCommand({
    name: 'share',
    about:
      'a run for somebody else: encrypted with age, or a redacted copy, in which keyed pseudonyms stand for names, e-mails and ids, or both',
    arguments: [
      { name: '[run]', what: 'its folder, or its name below the reports folder (default: the newest)' },
    ],
    options: {
      to: {
        flag: '--to <recipient>',
        what: 'encrypt it to this age recipient (age1…), or to those that a file lists',
        parse: notBlank,
        conflicts: ['reveal'],
      },
      redact: {
        flag: '--redact',
        what: 'make a redacted copy; its key stays in the reports folder as .share-key',
        conflicts: ['reveal'],
      },
      reveal: {
        flag: '--reveal <text>',
        what: 'print a text, or the file of that name (- is stdin), with the pseudonyms of copies turned back',
        parse: notBlank,
      },
      file: {
        flag: '--file <path>',
        what: 'the encrypted file, or the folder of the copy (default: in this folder, by the name of the run)',
        parse: notBlank,
        conflicts: ['reveal'],
      },
      out,
      quiet,
    },
    examples: {
      'share --redact': 'a copy of the newest run, to look at before it is sent',
      'share --redact --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p':
        'the same, encrypted for whoever has the secret key of the recipient',
      'share --reveal answer.txt': "prints support's answer with the names in it",
    },
    load: async () => (await import('./share.ts')).share,
  }),
  FLEET,
  defineCommand({
    name: 'help',
    about: 'the help of the program, or of one command with its flags and examples',
    arguments: [{ name: '[command...]', what: 'name of the command' }],
    options: {},
    examples: { 'help runs prune': 'the same as optiid-audit runs prune --help' },
    load: async () => (await import('./help.ts')).help,
  }),
  defineCommand({
    name: 'completion',
    about: 'a script that lets the shell complete commands, flags and their values',
    arguments: [{ name: '<shell>', what: 'whose script to print', choices: ['bash', 'zsh', 'fish'] }],
    options: {},
    examples: {
      'completion bash >> ~/.bashrc': 'for bash; for zsh append it to ~/.zshrc, after compinit',
      'completion fish > ~/.config/fish/completions/optiid-audit.fish': 'for fish',
    },
    load: async () => (await import('./completion.ts')).completion,
  }),
];
