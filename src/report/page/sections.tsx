import type { ComponentChildren, JSX } from 'preact';
import { DATASETS, type DatasetName } from '../../domain/dataset.ts';
import { type Finding, SEVERITIES, worstFirst } from '../../domain/finding.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { rootCauseOf } from '../../domain/root-cause.ts';
import { type CatalogueRule, commonFix } from '../../domain/rule.ts';
import { isOpen, openByRule, type RunOutcome } from '../../domain/run.ts';
import { GROUP_SITUATION_WORDS, USER_SITUATION_WORDS } from '../../domain/situation.ts';
import { hiddenDataset } from '../../domain/source.ts';
import { needsOf } from '../../rules/needs.ts';
import { headRows } from '../text/plan-head.ts';
import { plainSql } from '../text/rule-text.ts';
import {
  changedSettingLines,
  counted,
  incompleteReasons,
  nextSteps,
  refusedHistoryLines,
  rulesByReason,
} from '../text/summary.ts';
import { verdictLines } from '../text/verdict.ts';
import { Breakable, Definitions, Joined, RuleLink, TableLink } from './parts.tsx';
import { type Bar, Bars, PlainTable, shownTime } from './pictures.tsx';
import { QUESTIONS_FOR_SUPPORT } from './questions.ts';

/** Blockers that are shown one by one; the others stand in the table of findings. */
const MOST_BLOCKERS = 50;
/** Bars of a picture whose labels come from the data. */
const MOST_BARS = 20;

/**
 * A section of the page; with `folded` it is closed, and says why nobody needs to open it. With `folds` one click opens or
 * closes all that is folded in it.
 */
export function Part({
  id,
  title,
  folded,
  folds = false,
  children,
}: {
  id: string;
  title: string;
  folded?: string | undefined;
  folds?: boolean;
  children: ComponentChildren;
}) {
  // Without the script it would do nothing.
  const fold = folds && (
    <button type="button" class="fold" aria-describedby={`${id}-title`} hidden>
      Expand all
    </button>
  );
  const heading = <h2 id={`${id}-title`}>{title}</h2>;
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      {folded === undefined ? (
        <>
          {fold}
          {heading}
          {children}
        </>
      ) : (
        <details class="part">
          <summary>
            {heading} <span class="about">{folded}</span>
          </summary>
          {fold}
          {children}
        </details>
      )}
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

/** Go or not, why, what it costs, who has how much to do, and what to do next: all that most readers want. */
export function Verdict({ run, findings }: { run: RunOutcome; findings: readonly Finding[] }): JSX.Element {
  const organization = run.opti_organization.name ?? run.opti_organization.id;
  const open = findings.filter(isOpen);
  const [why, then] = verdictLines(run);
  const gaps = [
    ...changedSettingLines(run),
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
  const root = run.job === 'drift' ? rootCauseOf(open) : null;
  return (
    <div class={`verdict verdict-${run.verdict}`}>
      <p class="meta">
        {run.job} of <bdi>{organization}</bdi> on <bdi>{run.org}</bdi>, read from{' '}
        <time dateTime={run.snapshot.began}>{shownTime(run.snapshot.began)}</time> to{' '}
        <time dateTime={run.snapshot.ended}>{endTime(run.snapshot)}</time>
      </p>
      <h1>
        <bdi>{why}</bdi>
      </h1>
      <p class="then">{then}</p>
      {root && (
        <div class="root">
          <p>
            <strong>The root cause first:</strong> <bdi>{root.root.detail}</bdi>{' '}
            <RuleLink id={root.root.rule} />
          </p>
          <details>
            <summary>
              {counted(root.consequences.length, 'finding')} may be its{' '}
              {root.consequences.length === 1 ? 'consequence' : 'consequences'}: settle it, and audit again
            </summary>
            <ul>
              {openByRule(root.consequences).map(({ rule, findings: count }) => (
                <li key={rule}>
                  <TableLink table="findings" filters={{ rule }}>
                    {count.toLocaleString('en')} {rule}
                  </TableLink>
                </li>
              ))}
            </ul>
          </details>
        </div>
      )}
      {gaps.length > 0 && (
        <>
          <h2>{run.complete ? 'To know' : 'Not known'}</h2>
          <Sentences of={gaps} />
        </>
      )}
      <div class="columns">
        <div>
          <h2>What was found</h2>
          <SeverityBars run={run} />
          <StateCounts run={run} />
        </div>
        <div>
          <h2>Who has to act</h2>
          <Bars bars={workBars(run, open)} />
          <p class="about">
            {run.plan.head.steps_by_role.length > 0 ? 'Steps and decisions of the plan.' : 'Findings.'}
          </p>
        </div>
        <div>
          <h2>What to do next</h2>
          <ol>
            {nextSteps(run, open).map((step) => (
              <li key={step}>
                {step.startsWith('Work through the plan') ? (
                  <>
                    Work through <a href="#plan">the plan</a>: {counted(run.plan.steps, 'step')}, in their
                    order.
                  </>
                ) : (
                  step
                )}
              </li>
            ))}
          </ol>
        </div>
      </div>
      <PlanHead run={run} />
    </div>
  );
}

/** When the reading ended; of the same day the time alone. */
function endTime({ began, ended }: RunOutcome['snapshot']): string {
  const day = 'YYYY-MM-DD'.length;
  return began.slice(0, day) === ended.slice(0, day) ? shownTime(ended).slice(day + 1) : shownTime(ended);
}

/** What of the plan's head somebody must know before anything else. */
const HEAD_FIRST = [
  'Access interrupted',
  'Access lost for good',
  'Deleted in Opti ID',
  'Point of no return',
  'Guardrails',
];

function PlanHead({ run }: { run: RunOutcome }): JSX.Element | null {
  const { steps, decisions, withheld } = run.plan;
  if (steps + decisions + withheld === 0) return null;
  const rows = headRows(run.plan).filter(([label]) => HEAD_FIRST.includes(label));
  return (
    <dl class="facts head">
      {rows.map(([label, said]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <bdi>{said}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A bar per severity; nothing counts as none while something was not read. */
function SeverityBars({ run }: { run: RunOutcome }): JSX.Element {
  const bars = SEVERITIES.filter((one) => run.complete || run.counts.severity[one] > 0).map(
    (one): Bar => ({
      label: one,
      parts: [{ count: run.counts.severity[one], kind: one }],
      link: { table: 'findings', filters: { severity: one } },
    }),
  );
  return <Bars bars={bars} />;
}

/** How findings stand to those before; a first run knows nothing of it. */
function StateCounts({ run }: { run: RunOutcome }): JSX.Element | null {
  const states =
    run.previous === null ? (['waived'] as const) : (['new', 'known', 'resolved', 'waived'] as const);
  const told = states.filter((one) => run.counts.state[one] > 0);
  if (told.length === 0) return null;
  return (
    <ul class="counts" aria-label="Findings by state">
      {told.map((one) => (
        <li key={one}>
          <TableLink table="findings" filters={{ state: one }}>
            {run.counts.state[one].toLocaleString('en')} {one}
          </TableLink>
        </li>
      ))}
    </ul>
  );
}

/** Steps by role; without a plan, findings by who acts. */
function workBars(run: RunOutcome, open: readonly Finding[]): Bar[] {
  const roles = run.plan.head.steps_by_role;
  if (roles.length > 0) {
    return roles.map(
      ({ who, steps }): Bar => ({
        label: who,
        parts: [{ count: steps, kind: 'plain' }],
        link: { table: 'plan', filters: { who } },
      }),
    );
  }
  const counts = new Map<string, number>();
  for (const { who } of open) counts.set(who, (counts.get(who) ?? 0) + 1);
  return [...counts].map(
    ([who, count]): Bar => ({
      label: who,
      parts: [{ count, kind: 'plain' }],
      link: { table: 'findings', filters: { who } },
    }),
  );
}

/** Findings of a rule that are named; the others stand in the table of findings. */
const MOST_NAMED = 10;

/** A line per rule, worst first: why it matters and what to do once, its findings folded in, each with its step. */
export function FoundRules({
  findings,
  rules,
  stepsOf,
}: {
  findings: readonly Finding[];
  rules: readonly CatalogueRule[];
  stepsOf: ReadonlyMap<string, readonly number[]>;
}): JSX.Element {
  const byRule = new Map<string, Finding[]>();
  for (const finding of [...findings].sort(worstFirst)) {
    byRule.set(finding.rule, [...(byRule.get(finding.rule) ?? []), finding]);
  }
  return (
    <>
      {[...byRule].map(([id, found]) => (
        <FoundRule
          key={id}
          id={id}
          rule={rules.find((rule) => rule.id === id)}
          found={found}
          stepsOf={stepsOf}
        />
      ))}
    </>
  );
}

function FoundRule({
  id,
  rule,
  found,
  stepsOf,
}: {
  id: string;
  rule: CatalogueRule | undefined;
  found: readonly Finding[];
  stepsOf: ReadonlyMap<string, readonly number[]>;
}): JSX.Element {
  const [worst] = found;
  const severity = worst?.severity ?? 'info';
  const isBlocker = severity === 'blocker';
  const named = found.slice(0, isBlocker ? MOST_BLOCKERS : MOST_NAMED);
  const fixes = new Set(found.map(({ fix }) => fix));
  const [common] = fixes.size === 1 ? fixes : [];
  const who = [...new Set(found.map((finding) => finding.who))].sort();
  const fresh = found.filter(({ state }) => state === 'new').length;
  const rest = found.length - named.length;
  return (
    <details class="found" open={isBlocker}>
      <summary>
        <span class={`tag tag-${severity}`}>{severity}</span>
        <span class="found-count">{found.length.toLocaleString('en')}</span>
        <span class="found-title">{rule?.title ?? id}</span>
        <span class="about">
          {who.join(', ')}
          {fresh < found.length && fresh > 0 && `, ${fresh.toLocaleString('en')} new`}
          {fresh === 0 && ', none new'}
        </span>
      </summary>
      {rule && (
        <p>
          <strong>Why it matters.</strong> {rule.why} <RuleLink id={id} />
        </p>
      )}
      {common !== undefined && (
        <p>
          <strong>What to do.</strong> <bdi>{common}</bdi>
        </p>
      )}
      <ul>
        {named.map((finding) => (
          <li key={finding.finding_id}>
            <strong>
              <bdi>{finding.subject}</bdi>
            </strong>
            : <Breakable text={finding.detail} /> <StepLinks steps={stepsOf.get(finding.finding_id) ?? []} />
            {common === undefined && (
              <>
                <br />
                <bdi>{finding.fix}</bdi>
              </>
            )}
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <p>
          And{' '}
          <TableLink table="findings" filters={{ rule: id }}>
            {rest.toLocaleString('en')} more
          </TableLink>
          .
        </p>
      )}
    </details>
  );
}

/** The steps of the plan that resolve a finding. */
export function StepLinks({ steps }: { steps: readonly number[] }): JSX.Element | null {
  if (steps.length === 0) return null;
  return (
    <span class="steps">
      <Joined names={steps} link={(step) => <a href={`#step-${step}`}>step {step}</a>} />
    </span>
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
      const link = { table, filters: { situation } };
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
      link: { table: 'access', filters: { product, instance } },
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
      link: { table: 'findings', filters: { rule } },
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
