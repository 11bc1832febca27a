import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ConfirmationRow } from '../../domain/confirmation.ts';
import { type Finding, type RuleResult, SEVERITIES, worstFirst } from '../../domain/finding.ts';
import type { TrendPoint } from '../../domain/history.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { inOrder, type Plan, type PlanStep } from '../../domain/plan.ts';
import type { ConfigurationCheck, RunOutcome } from '../../domain/run.ts';
import type { AccessRow, GroupRow, MembershipRow, UserRow } from '../../domain/situation.ts';
import { RULES } from '../../rules/index.ts';
import { columnsOf, inFileOrder, type ReportTable } from '../files/columns.ts';
import { type Excerpt, takeExcerpt } from '../files/excerpt.ts';
import { OPEN_PROOF, waitsFor } from '../files/plan-md.ts';
import { MOST_SHEET_ROWS } from '../files/workbook.ts';
import { consoleAddresses } from './admin-console.ts';
import { embed, packTable } from './pack-table.ts';
import { type EmbeddedTable, renderPage } from './page.tsx';
import {
  type PackedPlan,
  type PageFacts,
  type PageStep,
  type PageTableName,
  STEP_FIELDS,
} from './page-data.ts';
import type { AccessCount } from './sections.tsx';

/** Name of the page among the files of a run. */
const PAGE_FILE = 'report.html';

/** Most rows of the page: findings are what it is for. */
const MOST_FINDINGS = 100_000;
const MOST_ROWS = 20_000;
/** Most characters of packed data, so that the whole page stays below 25 MB. */
const FINDINGS_SIZE = 12_000_000;
const TABLE_SIZE = 2_000_000;

/** Rows of a table that are shown before all of it is read. */
const ROWS_AT_FIRST = 1_000;

/** What of the large tables goes into the page and the workbook, kept while they are written. */
export type PageExcerpts = ReturnType<typeof takeExcerpts>;

/** Rows with findings or changes are worth showing first. `accessCounts` counts all rows of `access`. */
export function takeExcerpts() {
  const counts = new Map<string, AccessCount>();
  return {
    users: takeExcerpt<UserRow>({
      limit: MOST_SHEET_ROWS,
      isWorthShowing: ({ findings }) => findings !== '',
    }),
    memberships: takeExcerpt<MembershipRow>({ limit: MOST_ROWS, isWorthShowing: () => true }),
    access: takeExcerpt<AccessRow>({
      limit: MOST_SHEET_ROWS,
      isWorthShowing: ({ before, after }) => before !== after,
      onRow: (row) => countAccess(counts, row),
    }),
    accessCounts: (): AccessCount[] => [...counts.values()],
  };
}

function countAccess(
  counts: Map<string, AccessCount>,
  { product, instance, before, after }: AccessRow,
): void {
  const key = JSON.stringify([product, instance]);
  const counted = counts.get(key) ?? { product, instance, kept: 0, lost: 0, gained: 0 };
  counts.set(key, counted);
  if (before === 'yes') counted[after === 'yes' ? 'kept' : 'lost'] += 1;
  else if (after === 'yes') counted.gained += 1;
}

export interface PageInput {
  run: RunOutcome;
  manifest: Manifest;
  findings: readonly Finding[];
  rules: readonly RuleResult[];
  groups: readonly GroupRow[];
  excerpts: PageExcerpts;
  configuration: readonly ConfigurationCheck[];
  /** Null where the job has none. */
  confirmations: readonly ConfirmationRow[] | null;
  plan: Plan;
  /** The runs before this one, oldest first. */
  earlier: readonly TrendPoint[];
  /** Apps with their names in Okta's catalogue, for their pages in the Admin Console. */
  apps: readonly { id: string; name: string }[];
}

/** Writes `report.html` into `dir`: the whole run for reading, in one file. */
export async function writePage(dir: string, input: PageInput): Promise<void> {
  const { run, manifest, excerpts, plan } = input;
  const { new: fresh, known, resolved } = run.counts.state;
  const { began } = run.snapshot;
  const { ended, good_until } = plan.head.read;
  const facts: PageFacts = {
    snapshot: run.snapshot.hash,
    read: { ended, good_until },
    console: consoleAddresses(run.org, input.apps),
  };
  const stepsOf = stepsByFinding(plan);
  const ruleOf = new Map(input.findings.map(({ finding_id, rule }) => [finding_id, rule]));
  const html = renderPage({
    run,
    manifest,
    findings: input.findings,
    rules: RULES.filter(({ when }) => when.includes(run.job)),
    access: excerpts.accessCounts(),
    trend: [...input.earlier, { run: '', began, complete: run.complete, new: fresh, known, resolved }],
    withheld: plan.withheld,
    undo: plan.undo,
    stepsOf,
    quiet: quietTables(input),
    tables: {
      findings: await embedTable('findings', withSteps([...input.findings].sort(worstFirst), stepsOf), {
        most: MOST_FINDINGS,
        size: FINDINGS_SIZE,
        more: ['step'],
      }),
      groups: await embedSorted('groups', input.groups),
      users: await embedExcerpt('users', excerpts.users),
      memberships: await embedExcerpt('memberships', excerpts.memberships),
      access: await embedExcerpt('access', excerpts.access),
      configuration: await embedSorted('configuration', input.configuration),
      ...(input.confirmations
        ? { confirmations: await embedSorted('confirmations', input.confirmations) }
        : {}),
      rules: await embedSorted('rules', input.rules),
    },
    plan: await embedRows(
      inOrder(plan).map((step) => pageStep(step, plan, ruleOf)),
      (steps, total) => ({
        data: { total, steps: [...steps] } satisfies PackedPlan,
      }),
    ),
    facts: await embed(facts),
  });
  await pipeline(
    Readable.from([html]),
    createWriteStream(join(dir, PAGE_FILE), { flags: 'wx', mode: 0o600 }),
  );
}

/** As many rows from the front as there is room for; `total` where the file has more than these. */
async function embedRows<Row>(
  rows: readonly Row[],
  pack: (rows: readonly Row[], total: number) => { data: unknown; rest?: unknown },
  { most = MOST_ROWS, size = TABLE_SIZE, total = rows.length } = {},
): Promise<EmbeddedTable> {
  for (let count = Math.min(rows.length, most); ; count = Math.floor(count / 2)) {
    const packed = pack(rows.slice(0, count), total);
    const data = await embed(packed.data);
    const rest = packed.rest === undefined ? '' : await embed(packed.rest);
    if (data.length + rest.length <= size || count === 0) return { data, rest, rows: count, total };
  }
}

function embedTable(
  name: ReportTable,
  rows: readonly object[],
  { more = [], ...room }: { most?: number; size?: number; total?: number; more?: readonly string[] } = {},
): Promise<EmbeddedTable> {
  const columns = [...columnsOf(name), ...more];
  const pack = (held: readonly Readonly<Record<string, unknown>>[], total: number) => {
    const whole = packTable(columns, held, total);
    if (held.length <= ROWS_AT_FIRST) return { data: whole };
    return { data: packTable(columns, held.slice(0, ROWS_AT_FIRST), total, held.length), rest: whole };
  };
  return embedRows(rows as readonly Readonly<Record<string, unknown>>[], pack, room);
}

function embedSorted(name: ReportTable, rows: readonly object[]): Promise<EmbeddedTable> {
  return embedTable(name, inPageOrder(name, inFileOrder(name, rows)));
}

function embedExcerpt(name: ReportTable, excerpt: Excerpt<object>): Promise<EmbeddedTable> {
  return embedTable(name, inPageOrder(name, excerpt.rows(MOST_ROWS)), { total: excerpt.total() });
}

/** What is worst comes first, whatever the order of the file; the values of these columns from worst to best. */
const WORST_FIRST: Readonly<Partial<Record<ReportTable, readonly (readonly [string, readonly string[]])[]>>> =
  {
    groups: [
      [
        'situation',
        [
          'RESERVED',
          'DELETE_FIRST',
          'RENAME_FIRST',
          'MISSING',
          'ORPHANED',
          'LINKED',
          'UNKNOWN',
          'IN_FLIGHT',
          'MANAGED_ELSEWHERE',
          'TEAM',
          'CREATE',
          'MANAGED',
          'LEFT_ALONE',
        ],
      ],
    ],
    users: [
      [
        'situation',
        [
          'AMBIGUOUS',
          'SUSPENDED',
          'MISMATCH',
          'MISSING',
          'LEFT_BEHIND',
          'UNMANAGED',
          'UNKNOWN',
          'IN_FLIGHT',
          'MANAGED_ELSEWHERE',
          'COLLABORATOR',
          'CREATE',
          'TAKE_OVER',
          'MANAGED',
          'OUT_OF_SCOPE',
        ],
      ],
    ],
    memberships: [['change', ['missing', 'unexpected', 'lost', 'kept out', 'gained']]],
    access: [['loss', ['for_good', 'interrupted', 'none']]],
    configuration: [['outcome', ['fail', 'unknown', 'skipped', 'pass']]],
    confirmations: [['outcome', ['unconfirmed', 'unknown', 'confirmed']]],
    rules: [
      ['outcome', ['fail', 'unknown', 'skipped', 'pass']],
      ['severity', SEVERITIES],
    ],
  };

/** Rows with what is worst first; where that is the same they keep their order. */
function inPageOrder(name: ReportTable, rows: readonly object[]): object[] {
  const ranks = (WORST_FIRST[name] ?? []).map(([column, values]) => ({
    column,
    rankOf: new Map(values.map((value, rank) => [value, rank])),
  }));
  const rank = (row: object) =>
    ranks.map(({ column, rankOf }) => rankOf.get(String((row as Record<string, unknown>)[column])) ?? -1);
  return rows
    .map((row) => ({ row, at: rank(row) }))
    .sort((a, b) => a.at.reduce((order, one, place) => order || one - (b.at[place] ?? 0), 0))
    .map(({ row }) => row);
}

/** Tables that nobody needs to open, with the reason. */
function quietTables(input: PageInput): Partial<Record<PageTableName, string>> {
  const { excerpts, configuration, confirmations, rules } = input;
  const totals: Partial<Record<PageTableName, number>> = {
    findings: input.findings.length,
    groups: input.groups.length,
    users: excerpts.users.total(),
    memberships: excerpts.memberships.total(),
    access: excerpts.access.total(),
    configuration: configuration.length,
    confirmations: confirmations?.length ?? 0,
    rules: rules.length,
  };
  const passed = (rows: readonly { outcome: string }[], word: string, good: string) =>
    rows.length > 0 && rows.every(({ outcome }) => outcome === good)
      ? `all ${rows.length} ${word}`
      : undefined;
  const quiet: Partial<Record<PageTableName, string>> = {};
  for (const [name, total] of Object.entries(totals) as [PageTableName, number][]) {
    const why =
      total === 0
        ? 'no rows'
        : name === 'configuration'
          ? passed(configuration, 'passed', 'pass')
          : name === 'confirmations'
            ? passed(confirmations ?? [], 'confirmed', 'confirmed')
            : name === 'rules'
              ? passed(rules, 'passed', 'pass')
              : undefined;
    if (why !== undefined) quiet[name] = why;
  }
  return quiet;
}

function stepsByFinding(plan: Plan): Map<string, number[]> {
  const steps = new Map<string, number[]>();
  for (const { step, resolves } of inOrder(plan)) {
    for (const finding of resolves) steps.set(finding, [...(steps.get(finding) ?? []), step]);
  }
  return steps;
}

function withSteps(findings: readonly Finding[], stepsOf: ReadonlyMap<string, readonly number[]>): object[] {
  return findings.map((finding) => ({
    ...finding,
    step: stepsOf.get(finding.finding_id)?.join('; ') ?? null,
  }));
}

/** Subjects of a step that the page lists; `plan.csv` has all. */
const MOST_SUBJECTS = 250;

function pageStep(step: PlanStep, plan: Plan, ruleOf: ReadonlyMap<string, string>): PageStep {
  const fields = Object.fromEntries(STEP_FIELDS.map((field) => [field, step[field]]));
  const listed = step.subjects.length > 1 ? step.subjects : [];
  const [alone] = step.subjects;
  const each = listed.length === 0 && alone?.each ? ` It ${alone.each}.` : '';
  return {
    ...(fields as Pick<PageStep, (typeof STEP_FIELDS)[number]>),
    how: `${step.how}${each}`,
    open: OPEN_PROOF[step.proof],
    rules: [...new Set(step.resolves.flatMap((id) => ruleOf.get(id) ?? []))].sort(),
    after: waitsFor(step, plan),
    isDecision: 'hits' in step,
    subjects: listed.slice(0, MOST_SUBJECTS).map(({ subject, action, how, each, verify }) => ({
      subject: action === undefined ? subject : `${action}: ${subject}`,
      detail: [step.how === '' ? how : '', each, step.verify === '' ? verify : '']
        .filter((text) => text !== '')
        .join(' '),
    })),
    more: Math.max(0, listed.length - MOST_SUBJECTS),
  };
}
