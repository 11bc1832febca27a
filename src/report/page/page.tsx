import { createHash } from 'node:crypto';
import { Fragment, type JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Finding } from '../../domain/finding.ts';
import type { TrendPoint } from '../../domain/history.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { Plan } from '../../domain/plan.ts';
import type { CatalogueRule } from '../../domain/rule.ts';
import { isOpen, type RunOutcome } from '../../domain/run.ts';
import { REPORT_TABLES, type ReportTable } from '../files/columns.ts';
import { headRows, planBanner, recordsNamed, UNDO_NOTE, undoTitle } from '../text/plan-head.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './assets.ts';
import { PAGE_TABLES, type PageTableName } from './page-data.ts';
import { Definitions } from './parts.tsx';
import { Trend } from './pictures.tsx';
import {
  type AccessCount,
  AccessLost,
  FoundRules,
  Part,
  Questions,
  RuleExplanations,
  Sentences,
  Situations,
  Verdict,
  WhatWasRead,
} from './sections.tsx';

/** A table as it lies in the page: packed rows, and how many of how many they are. */
export interface EmbeddedTable {
  data: string;
  /** The whole table, read when everything else is shown; empty where `data` holds all rows. */
  rest: string;
  rows: number;
  total: number;
}

export interface PageContent {
  run: RunOutcome;
  manifest: Manifest;
  /** All of them. */
  findings: readonly Finding[];
  /** Rules of the job. */
  rules: readonly CatalogueRule[];
  access: readonly AccessCount[];
  /** This run and those before it, oldest first. */
  trend: readonly TrendPoint[];
  /** What is left out of the plan until something is known. */
  withheld: Plan['withheld'];
  /** How to go back from what the plan's steps change. */
  undo: Plan['undo'];
  tables: Readonly<Partial<Record<PageTableName, EmbeddedTable>>>;
  /** Why a table is folded: it is empty, or all of it passed. */
  quiet: Readonly<Partial<Record<PageTableName, string>>>;
  /** Steps of the plan that resolve a finding, by its id. */
  stepsOf: ReadonlyMap<string, readonly number[]>;
  plan: EmbeddedTable;
  facts: string;
}

/**
 * The page of a run as HTML. Nothing in it is fetched, and nothing that comes from the data is executed: the browser
 * runs the one script and the one style whose hashes the policy names.
 */
export function renderPage(content: PageContent): string {
  const { run } = content;
  const organization = run.opti_organization.name ?? run.opti_organization.id;
  const shown = PAGE_TABLES.filter((name) => content.tables[name] !== undefined);
  return `<!doctype html>\n${renderToString(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy()} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <link rel="icon" href="data:," />
        <title>{`${run.verdict}: ${run.job} of ${organization} on ${run.org}, ${run.snapshot.began.slice(0, 10)}`}</title>
        <Raw tag="style" text={PAGE_STYLE} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the report
        </a>
        <Navigation content={content} tables={shown} />
        <main id="main">
          <Report content={content} tables={shown} />
        </main>
        <Data id="data-facts" text={content.facts} />
        <Data id="data-plan" text={content.plan.data} />
        {shown.map((name) => (
          <Fragment key={name}>
            <Data id={`data-${name}`} text={content.tables[name]?.data ?? ''} />
            <Data id={`data-${name}-rest`} text={content.tables[name]?.rest ?? ''} />
          </Fragment>
        ))}
        <Raw tag="script" text={PAGE_SCRIPT} />
      </body>
    </html>,
  )}\n`;
}

function policy(): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(PAGE_SCRIPT)}`,
    `style-src ${hash(PAGE_STYLE)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** Our own script or style, as it is: its hash stands in the policy. */
function Raw({ tag: Tag, text }: { tag: 'script' | 'style'; text: string }): JSX.Element {
  return <Tag dangerouslySetInnerHTML={{ __html: text }} />;
}

/** Data is not a script: a browser runs nothing of this type. */
function Data({ id, text }: { id: string; text: string }): JSX.Element | null {
  if (text === '') return null;
  return (
    <script id={id} type="application/gzip">
      {text}
    </script>
  );
}

function Navigation({
  content: { run, findings, rules, plan, tables: embedded },
  tables,
}: {
  content: PageContent;
  tables: readonly PageTableName[];
}): JSX.Element {
  const { severity, state } = run.counts;
  const open = findings.filter(isOpen);
  const links: [id: string, title: string, count?: number][] = [
    ['verdict', 'Verdict'],
    ['blockers', 'Blockers', severity.blocker],
    ['found', 'Other findings', state.new + state.known - severity.blocker],
    ['plan', 'Plan', plan.total],
    ['pictures', 'Pictures'],
    ...tables.map((name): [string, string, number] => [
      name,
      REPORT_TABLES[name].title,
      name === 'findings' ? open.length : (embedded[name]?.total ?? 0),
    ]),
    ['explanations', 'What the rules mean', rules.length],
    ['questions', 'Questions for Support'],
    ['read', 'What was read'],
  ];
  return (
    <nav class="contents" aria-label="Contents">
      <p class="brand">optiid-audit</p>
      <ul>
        {links.map(([id, title, count]) => (
          <li key={id}>
            <a href={`#${id}`}>
              {title}
              {count !== undefined && (
                <span class={`nav-count${id === 'blockers' && count > 0 ? ' is-bad' : ''}`}>
                  {' '}
                  {count.toLocaleString('en')}
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      <p class="theme control" hidden>
        <label for="theme">Theme</label>
        <select id="theme">
          <option value="">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select>
      </p>
    </nav>
  );
}

function Report({ content, tables }: { content: PageContent; tables: readonly PageTableName[] }) {
  const { run, findings, rules, stepsOf } = content;
  const open = findings.filter(isOpen);
  const blockers = open.filter(({ severity }) => severity === 'blocker');
  const others = open.filter(({ severity }) => severity !== 'blocker');
  return (
    <>
      <div id="verdict">
        <Verdict run={run} findings={findings} />
      </div>
      <p id="script-failed" class="notice" hidden>
        This browser cannot show the tables. The same rows are in the CSV files next to this page.
      </p>
      <noscript>
        <p class="notice">
          The tables and the plan need JavaScript. The same rows are in the CSV files and in plan.md next to
          this page.
        </p>
      </noscript>
      <Part
        id="blockers"
        title="Blockers"
        folds={isSeveral(blockers)}
        folded={
          blockers.length > 0 ? undefined : run.complete ? 'none' : 'not known: not everything was read'
        }
      >
        <FoundRules findings={blockers} rules={rules} stepsOf={stepsOf} />
      </Part>
      <Part
        id="found"
        title="Other findings, by rule"
        folds={isSeveral(others)}
        folded={others.length > 0 ? undefined : run.complete ? 'none' : 'none in what was read'}
      >
        <FoundRules findings={others} rules={rules} stepsOf={stepsOf} />
      </Part>
      <Part id="plan" title="Plan" folds={content.plan.total > 1}>
        <PlanPart content={content} />
      </Part>
      <Part id="pictures" title="Pictures">
        <Situations run={run} />
        <h3>Access lost</h3>
        <AccessLost counts={content.access} findings={findings} />
        <h3>The last runs</h3>
        <Trend points={content.trend} />
      </Part>
      {tables.map((name) => (
        <Part key={name} id={name} title={REPORT_TABLES[name].title} folded={content.quiet[name]}>
          <Mount id={`table-${name}`} name={name} table={content.tables[name]} />
        </Part>
      ))}
      <Part id="explanations" title="What the rules mean" folded={`${rules.length} rules of this job`} folds>
        <RuleExplanations rules={rules} outcomes={run.rules} />
      </Part>
      <Part
        id="questions"
        title="Appendix: questions for Optimizely Support"
        folded="what to ask before the cutover"
      >
        <Questions />
      </Part>
      <Part id="read" title="What was read">
        <WhatWasRead run={run} manifest={content.manifest} />
      </Part>
    </>
  );
}

/** True where several rules have findings: each is folded by itself. */
function isSeveral(findings: readonly Finding[]): boolean {
  return new Set(findings.map(({ rule }) => rule)).size > 1;
}

function PlanPart({ content: { run, plan, withheld, undo } }: { content: PageContent }): JSX.Element {
  const { guardrails } = run.plan.head;
  const banner = planBanner(run.plan);
  if (plan.total === 0 && withheld.length === 0) return <p>There is nothing to do.</p>;
  return (
    <>
      {banner && (
        <div class="notice">
          <h3>{banner.title}</h3>
          <p>{banner.text}</p>
          <Sentences of={banner.unread} />
        </div>
      )}
      <p id="plan-age" class="notice" hidden />
      <Definitions rows={headRows(run.plan).map(([label, said]) => [label, said])} />
      {guardrails.length > 0 && (
        <div class="notice">
          <h3>Stop and read first</h3>
          <Sentences of={guardrails} />
        </div>
      )}
      <p>
        People do these steps, in this order; the tool changes nothing. What stood there before anything is
        deleted is recorded in <code>plan.json</code>. Ticks stay in this browser.
      </p>
      <Mount id="plan-steps" name="plan" table={plan} />
      {undo.length > 0 && (
        <details>
          <summary>How to go back</summary>
          <p>{UNDO_NOTE}</p>
          {undo.map(({ phase, goes_back, steps }) => (
            <section key={`${phase} ${goes_back}`}>
              <h4>{undoTitle(phase, goes_back)}</h4>
              <ul>
                {steps.map(({ step, action, how, records }) => (
                  <li key={step}>
                    Step {step} (<span>{action}</span>): {how}
                    {records.length > 0 && <bdi>{` ${recordsNamed(records)}`}</bdi>}
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </details>
      )}
      {withheld.length > 0 && (
        <>
          <h3>Withheld</h3>
          <p>Not part of the plan: none of this is done before what it waits for is known.</p>
          <ul>
            {withheld.map(({ action, who, subject, first }) => (
              <li key={`${action} ${who}`}>
                <strong>{action}</strong> (<span>{who}</span>): <bdi>{subject}</bdi>
                <Sentences of={first} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** Where the script shows a table, and whether that is a part of its file. */
function Mount({ id, name, table }: { id: string; name: ReportTable; table: EmbeddedTable | undefined }) {
  const { rows = 0, total = 0 } = table ?? {};
  return (
    <>
      <p class="about">
        {rows < total && (
          <strong>
            {`This page holds ${rows.toLocaleString('en')} of ${total.toLocaleString('en')} rows, those with findings or changes first. `}
          </strong>
        )}
        All rows: <code>{name}.csv</code>.
      </p>
      <div id={id} data-label={REPORT_TABLES[name].title}>
        <p class="loading">…</p>
      </div>
    </>
  );
}
