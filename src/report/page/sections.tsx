import type { ComponentChildren, JSX } from 'preact';
import { DATASETS, type DatasetName } from '../../domain/dataset.ts';
import { type Finding, SEVERITIES, worstFirst } from '../../domain/finding.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { type CatalogueRule, commonFix } from '../../domain/rule.ts';
import { isOpen, openByRule, type RunOutcome } from '../../domain/run.ts';
import { GROUP_SITUATION_WORDS, USER_SITUATION_WORDS } from '../../domain/situation.ts';
import { hiddenDataset } from '../../domain/source.ts';
import { needsOf } from '../../rules/needs.ts';
import { plainSql } from '../text/rule-text.ts';
import {
  counted,
  incompleteReasons,
  nextSteps,
  refusedHistoryLines,
  rulesByReason,
  verdictAside,
  verdictSentence,
} from '../text/summary.ts';
import { Definitions, Joined, RuleLink, TableLink } from './parts.tsx';
import { type Bar, Bars, PlainTable, shownTime } from './pictures.tsx';
import { QUESTIONS_FOR_SUPPORT } from './questions.ts';

/** Blockers that are shown one by one; the others stand in the table of findings. */
const MOST_BLOCKERS = 50;
/** Bars of a picture whose labels come from the data. */
const MOST_BARS = 20;

export function Part({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}

/** Sentences that may hold names, as a list. */
export function Sentences({ of }: { of: readonly string[] }): JSX.Element {
  return (
    <ul>
      {of.map((sentence) => (
        <li key={sentence}>
          <bdi>{sentence}</bdi>
        </li>
      ))}
    </ul>
  );
}

/** The verdict in a sentence, what is unknown, and what to do next. */
export function Verdict({ run, findings }: { run: RunOutcome; findings: readonly Finding[] }): JSX.Element {
  const organization = run.opti_organization.name ?? run.opti_organization.id;
  const open = findings.filter(isOpen);
  const gaps = [
    ...run.suspect.map(
      ({ dataset, before, now }) =>
        `${dataset} shrank from ${before} to ${now} rows since the last run${run.shrink_accepted ? ', which --accept-shrink accepts' : ': suspect, so nothing is taken for resolved'}.`,
    ),
    ...refusedHistoryLines(run),
    ...incompleteReasons(run),
    ...rulesByReason(run.rules, 'unknown').map(
      ({ reason, rules }) => `${rules.join(', ')} did not run: ${reason}`,
    ),
  ];
  const counts = [
    // Nothing counts as none while something was not read.
    ...SEVERITIES.filter((one) => run.complete || run.counts.severity[one] > 0).map(
      (one) => ['severity', one, counted(run.counts.severity[one], one)] as const,
    ),
    ...(['new', 'known', 'resolved', 'waived'] as const).map(
      (one) => ['state', one, `${run.counts.state[one]} ${one}`] as const,
    ),
  ];
  return (
    <div class={`verdict verdict-${run.verdict}`}>
      <h1>
        {verdictSentence(run)} {verdictAside(run)}
      </h1>
      <p>
        {run.job} of <bdi>{organization}</bdi> on <bdi>{run.org}</bdi>, as read from{' '}
        <time dateTime={run.snapshot.began}>{shownTime(run.snapshot.began)}</time> to{' '}
        <time dateTime={run.snapshot.ended}>{shownTime(run.snapshot.ended)}</time>.
      </p>
      <ul class="counts" aria-label="Open findings by severity">
        {counts.map(([column, value, text]) => (
          <li key={value}>
            <TableLink table="findings" column={column} value={value}>
              {text}
            </TableLink>
          </li>
        ))}
      </ul>
      {gaps.length > 0 && (
        <>
          <h2>Not known</h2>
          <Sentences of={gaps} />
        </>
      )}
      <h2>What to do next</h2>
      <ul>
        {nextSteps(run, open).map((step) => (
          <li key={step}>{step}</li>
        ))}
        {run.plan.applicable && run.plan.steps > 0 && (
          <li>
            Work through <a href="#plan">the plan</a>: {counted(run.plan.steps, 'step')}, in their order.
          </li>
        )}
      </ul>
    </div>
  );
}

export function Blockers({
  findings,
  isComplete,
}: {
  findings: readonly Finding[];
  isComplete: boolean;
}): JSX.Element {
  const blockers = findings
    .filter((finding) => isOpen(finding) && finding.severity === 'blocker')
    .sort(worstFirst);
  if (blockers.length === 0) return <p>{isComplete ? 'None.' : 'Not known: not everything was read.'}</p>;
  const rest = blockers.length - MOST_BLOCKERS;
  return (
    <>
      <ul class="blockers">
        {blockers.slice(0, MOST_BLOCKERS).map((finding) => (
          <li key={finding.finding_id}>
            <strong>
              <bdi>{finding.subject}</bdi>
            </strong>{' '}
            (<RuleLink id={finding.rule} />
            ): <bdi>{finding.detail}</bdi>
            <br />
            <span class="tag">{finding.who}</span> <bdi>{finding.fix}</bdi>
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <p>
          And{' '}
          <TableLink table="findings" column="severity" value="blocker">
            {rest} more
          </TableLink>
          .
        </p>
      )}
    </>
  );
}

export function Situations({ run }: { run: RunOutcome }): JSX.Element {
  const bars = (
    table: 'groups' | 'users',
    words: Readonly<Record<string, string>>,
    counts: Readonly<Record<string, number>>,
  ): Bar[] =>
    Object.entries(words).flatMap(([situation, about]) => {
      const count = counts[situation] ?? 0;
      const link = { table, column: 'situation', value: situation };
      return count > 0 ? [{ label: situation, about, parts: [{ count, kind: 'plain' }], link }] : [];
    });
  return (
    <>
      <h3>Groups ({run.counts.groups.toLocaleString('en')})</h3>
      <Bars bars={bars('groups', GROUP_SITUATION_WORDS, run.counts.situation)} />
      <h3>Users ({run.counts.users.toLocaleString('en')})</h3>
      <Bars bars={bars('users', USER_SITUATION_WORDS, run.counts.user_situation)} />
    </>
  );
}

/** Ways to roles on one product instance. */
export interface AccessCount {
  product: string;
  instance: string;
  kept: number;
  lost: number;
  gained: number;
}

/** Rules on access that was not given back, or that nobody can take away. */
const ACCESS_RULES = [
  'group-access-lost',
  'managed-group-without-access',
  'grant-no-longer-possible',
  'orphan-keeps-access',
];

/** What is lost with groups that stand in the way of a push; after the cutover, what rules say of access. */
export function AccessLost({
  counts,
  findings,
}: {
  counts: readonly AccessCount[];
  findings: readonly Finding[];
}): JSX.Element {
  if (counts.length === 0) {
    return (
      <>
        <p>
          No group stands in the way of a push, so nobody loses a role with one. What rules say of access:
        </p>
        <FindingsByRule findings={findings.filter(({ rule }) => ACCESS_RULES.includes(rule))} />
      </>
    );
  }
  const lost = [...counts].sort(
    (a, b) => b.lost - a.lost || b.kept + b.gained - a.kept - a.gained || (a.instance < b.instance ? -1 : 1),
  );
  const rest = lost.length - MOST_BARS;
  const bars = lost.slice(0, MOST_BARS).map(
    ({ product, instance, kept, lost: gone, gained }): Bar => ({
      label: `${product}: ${instance}`,
      parts: [
        { count: gone, kind: 'lost' },
        { count: kept, kind: 'kept' },
        { count: gained, kind: 'gained' },
      ],
      link: { table: 'access', column: 'instance', value: instance },
    }),
  );
  return (
    <>
      <p>Ways of users to roles, by product instance: a user, a role and the group that gives it.</p>
      <Bars bars={bars} />
      {rest > 0 && <p>And {rest} more instances, which lose no more than these.</p>}
    </>
  );
}

export function FindingsByRule({ findings }: { findings: readonly Finding[] }): JSX.Element {
  const bars = openByRule(findings).map(
    ({ rule, severity, findings: count }): Bar => ({
      label: rule,
      about: severity,
      parts: [{ count, kind: severity }],
      link: { table: 'findings', column: 'rule', value: rule },
    }),
  );
  return <Bars bars={bars} />;
}

/** What each rule of the job is for. */
export function RuleExplanations({
  rules,
  outcomes,
}: {
  rules: readonly CatalogueRule[];
  outcomes: RunOutcome['rules'];
}): JSX.Element {
  return (
    <>
      {rules.map((rule) => (
        <details key={rule.id} id={`rule-${rule.id}`} class="rule">
          <summary>
            <code>{rule.id}</code> {rule.title}. <RuleOutcomeTag outcome={outcomes[rule.id]} />
          </summary>
          <Definitions rows={meaningsOf(rule)} />
        </details>
      ))}
    </>
  );
}

function meaningsOf(rule: CatalogueRule): [string, ComponentChildren][] {
  return [
    ['Severity', rule.severity],
    ['Why it matters', rule.why],
    ['What to do', commonFix(rule) ?? 'It depends on the finding: each says what to do.'],
    ['Who acts', rule.who],
    ['Source', rule.source],
    ['Needs', needsOf(rule).join(', ')],
    rule.kind === 'sql'
      ? ['Query', <pre tabIndex={0}>{plainSql(rule.sql)}</pre>]
      : ['Expected', rule.expected],
  ];
}

function RuleOutcomeTag({ outcome }: { outcome: RunOutcome['rules'][string] | undefined }) {
  if (outcome === undefined) return null;
  const count = outcome.findings === 0 ? '' : ` (${outcome.findings.toLocaleString('en')})`;
  return <span class={`tag tag-${outcome.outcome}`}>{`${outcome.outcome}${count}`}</span>;
}

export function Questions(): JSX.Element {
  return (
    <>
      <p>
        The audit follows Optimizely’s article on setting up SCIM with Okta, which does not answer these
        questions. Ask them before the cutover. Where Opti ID’s SCIM reference says something, it stands with
        the question: have it confirmed, since parts of that page are older than the product.
      </p>
      <ol>
        {QUESTIONS_FOR_SUPPORT.map(({ question, why, documented }) => (
          <li key={question}>
            <strong>{question}</strong> {why}
            {documented && (
              <>
                {' '}
                <em>Documented, please confirm:</em> {documented}
              </>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

/** What was read, when and how completely. */
export function WhatWasRead({ run, manifest }: { run: RunOutcome; manifest: Manifest }): JSX.Element {
  const datasets = Object.entries(manifest.datasets) as [DatasetName, Manifest['datasets'][DatasetName]][];
  const { settings, carried_over: carried } = manifest;
  const facts = [
    ['Tool', `${run.tool.name} ${run.tool.version}`],
    ['Okta org', run.org],
    [
      'Opti ID organization',
      `${run.opti_organization.name ?? 'without a name'} (${run.opti_organization.id})`,
    ],
    ['SCIM app', run.scim_app ? `${run.scim_app.label} (${run.scim_app.id})` : 'none'],
    ['SSO app', run.sso_app ? `${run.sso_app.label} (${run.sso_app.id})` : 'none'],
    ['Snapshot', `sha256 ${run.snapshot.hash}`],
    ['Groups to push', settings.push_groups?.join(', ') ?? 'not set: see the notes'],
    ['In flight', `changes younger than ${settings.lag_minutes} minutes`],
    ['System Log', `${settings.log_days} days`],
    ['Compared with', run.previous?.run ?? 'no earlier run'],
    ['Baseline', run.baseline ?? 'none'],
    [
      'Carried over',
      carried &&
        `${carried.memberships.toLocaleString('en')} memberships of ${carried.groups.length.toLocaleString('en')} groups from the snapshot of ${shownTime(carried.began)}`,
    ],
  ];
  return (
    <>
      <dl class="facts">
        {facts.map(
          ([what, value]) =>
            value && (
              <div key={what}>
                <dt>{what}</dt>
                <dd>
                  <bdi>{value}</bdi>
                </dd>
              </div>
            ),
        )}
      </dl>
      <PlainTable
        label="Datasets"
        head={['Dataset', 'Completeness', 'Rows', 'Requests', 'Began', 'Ended', 'Reason']}
        rows={datasets.map(([name, { completeness, rows, requests, began, ended, reason }]) => [
          name,
          // What Okta need not show, and Opti ID's SCIM endpoint never does, is not a gap.
          <span
            class={`tag tag-${completeness === 'unread' && (DATASETS[name].bestEffort || hiddenDataset(run, name) !== null) ? 'skipped' : completeness}`}
          >
            {completeness.replace('_', ' ')}
          </span>,
          rows.toLocaleString('en'),
          requests.toLocaleString('en'),
          began === null ? '–' : shownTime(began),
          ended === null ? '–' : shownTime(ended),
          <bdi>{reason}</bdi>,
        ])}
      />
      {run.notes.length > 0 && (
        <>
          <h3>Notes</h3>
          <Sentences of={run.notes} />
        </>
      )}
      <SkippedChecks rules={run.rules} />
    </>
  );
}

function SkippedChecks({ rules }: { rules: RunOutcome['rules'] }): JSX.Element | null {
  const skipped = rulesByReason(rules, 'skipped');
  if (skipped.length === 0) return null;
  return (
    <>
      <h3>Skipped checks, for you to look at</h3>
      <ul>
        {skipped.map(({ reason, rules: ids }) => (
          <li key={reason}>
            <Joined names={ids} link={(id) => <RuleLink id={id} />} />: {reason}
          </li>
        ))}
      </ul>
    </>
  );
}
