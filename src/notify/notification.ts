import { AuditError, EXIT, type ExitCode, SettingsError } from '../domain/errors.ts';
import { type Finding, SEVERITIES, type Severity, worstFirst } from '../domain/finding.ts';
import type { Job } from '../domain/rule.ts';
import { isOpen, openByRule, type RunSummary, type Verdict } from '../domain/run.ts';
import type { WaivedBlocker } from '../domain/waiver.ts';
import { counted } from '../report/text/summary.ts';
import { verdictLines } from '../report/text/verdict.ts';
import { visibleText } from '../report/text/visible-text.ts';

/** A rule with open findings, and how many. */
interface NotifiedRule {
  rule: string;
  title: string;
  severity: Severity;
  findings: number;
}

/** A finding with the name that it is about. */
type NotifiedFinding = Pick<Finding, 'rule' | 'severity' | 'state' | 'subject'>;

/** How an audit ended, as posted to a webhook. Holds no name of a person or a group but in `findings`, and of who waived a blocker. */
export interface Notification {
  /** For people: Slack's mrkdwn, which others show as it is. */
  text: string;
  job: Job;
  /** Okta host, a port joined by `_`; null where the run failed before it was known. */
  org: string | null;
  /** Organization id in the store. */
  organization: string | null;
  /** `failed`: there is no run. */
  verdict: Verdict | 'failed';
  exit_code: ExitCode;
  complete: boolean;
  counts: Pick<RunSummary['counts'], 'severity' | 'state'> | null;
  /** Worst first. */
  rules: NotifiedRule[];
  /** Name of the run's folder; null where there is none. */
  run: string | null;
  /** UTC ISO-8601. */
  started: string;
  /** Whoever accepted a blocker stands behind the verdict; absent where none is waived. */
  waived_blockers?: Pick<WaivedBlocker, 'rule' | 'owner' | 'expires'>[];
  /** The worst open findings; only where names are asked for. */
  findings?: NotifiedFinding[];
}

const MOST_RULES = 10;
const MOST_FINDINGS = 10;
const LONGEST_SUBJECT = 200;

/** What a webhook is told of a run that is in place. */
export function notifyOfRun(
  { run, name, findings }: { run: RunSummary; name: string; findings: readonly Finding[] },
  { titles, withNames }: { titles: ReadonlyMap<string, string>; withNames: boolean },
): Notification {
  const open = findings.filter(isOpen).sort(worstFirst);
  const rules = openByRule(findings).map(({ rule, severity, findings: count }) => {
    return { rule, title: titles.get(rule) ?? rule, severity, findings: count };
  });
  const worst = open.slice(0, MOST_FINDINGS).map(({ rule, severity, state, subject }) => ({
    rule,
    severity,
    state,
    subject: subject.slice(0, LONGEST_SUBJECT).toWellFormed(),
  }));
  const { severity, state } = run.counts;
  const waived = run.waived_blockers.map(({ rule, owner, expires }) => ({ rule, owner, expires }));
  const shownRules = rules.slice(0, MOST_RULES);
  const [why, then] = verdictLines(run);
  const states =
    run.previous === null ? (['waived'] as const) : (['new', 'known', 'resolved', 'waived'] as const);
  const told = states
    .filter((one) => one !== 'waived' || state.waived > 0)
    .map((one) => `${state[one]} ${one}`);
  const lines = [
    `*${run.job}* of ${run.opti_organization.id} on ${run.org}: *${why}*`,
    then,
    ...(run.complete ? [] : ['Not everything could be read, or something shrank more than is believable.']),
    `Findings: ${SEVERITIES.map((one) => counted(severity[one], one)).join(', ')}${told.length > 0 ? `; ${told.join(', ')}` : ''}.`,
    ...shownRules.map(
      ({ rule, title, severity, findings }) => `• ${findings} × ${title} (${severity}, ${rule})`,
    ),
    ...(rules.length > shownRules.length ? [`• and ${rules.length - shownRules.length} more rules`] : []),
    ...(withNames && worst.length > 0
      ? ['Worst:', ...worst.map(({ severity, rule, subject }) => `• ${subject} (${severity}, ${rule})`)]
      : []),
    `Run ${name}, exit code ${run.exit_code}.`,
  ];
  return {
    text: textOf(lines),
    job: run.job,
    org: run.org,
    organization: run.opti_organization.id,
    verdict: run.verdict,
    exit_code: run.exit_code,
    complete: run.complete,
    counts: { severity, state },
    rules,
    run: name,
    started: run.snapshot.began,
    ...(waived.length > 0 ? { waived_blockers: waived } : {}),
    ...(withNames ? { findings: worst } : {}),
  };
}

/** What a webhook is told of an audit that left no run. */
export function notifyOfFailure(
  error: unknown,
  about: Pick<Notification, 'job' | 'org' | 'organization' | 'started'>,
  { withNames }: { withNames: boolean },
): Notification {
  const { job, org, organization, started } = about;
  const where = org === null ? '' : ` on ${org}`;
  const lines = [
    `*${job}*${where}: *FAILED: there is no run, so nothing is known of this time.*`,
    reasonOf(error, withNames),
    `Exit code ${EXIT.failed}. What it said on the machine that it ran on says more.`,
  ];
  return {
    text: textOf(lines),
    job,
    org,
    organization,
    verdict: 'failed',
    exit_code: EXIT.failed,
    complete: false,
    counts: null,
    rules: [],
    run: null,
    started,
  };
}

/** Settings hold names of groups and files those of people, so without names only which setting is wrong is told. */
function reasonOf(error: unknown, withNames: boolean): string {
  if (!(error instanceof AuditError)) return 'A bug in optiid-audit.';
  if (withNames) return error.message;
  if (error instanceof SettingsError) {
    const places = [...new Set(error.mistakes.map(({ where }) => placeOf(where)))];
    return `Wrong: ${places.join(', ')}.`;
  }
  return error.message
    .replace(/"[^"]*"/gu, '"…"')
    .replace(/[^\s"'<>(),;:]+@[^\s"'<>(),;:]+/gu, '…')
    .replace(/(?:[A-Za-z]:)?(?:[\\/][^\\/\s:'"]+){2,}/gu, '…');
}

function placeOf(where: string): string {
  return /^(?:[A-Z][A-Z0-9_]*|--[a-z-]+|\.env(?::\d+)?)$/u.test(where) ? where : 'a file that a flag names';
}

/** Lines as mrkdwn takes them: `&`, `<` and `>` begin links and mentions there, of everybody in a channel for one. */
function textOf(lines: readonly string[]): string {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => visibleText(line).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'))
    .join('\n');
}
