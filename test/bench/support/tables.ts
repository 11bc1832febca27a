import type { AnalysisBenchResult, AnalysisComparison } from '../analysis-bench.ts';
import type {
  CollectionResult,
  Contender,
  LimitsResult,
  Machine,
  MemoryResult,
  NightsResult,
  ReportResult,
  Results,
} from './results.ts';

const READERS: Readonly<Record<Contender, string>> = {
  ours: 'optiid-audit',
  'sdk-loop': "the SDK's `Collection`, one listing after the other",
  'sdk-parallel': "the SDK's `Collection`, 20 listings at once (`p-limit`), no governor",
};
const CONTENDERS = Object.keys(READERS) as Contender[];

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A Markdown table; every column but the first few is aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], texts = 1): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, column) => (column < texts ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** Puts text between the two markers of a part. Throws where the document has no such markers. */
export function replaceBetween(document: string, part: string, text: string): string {
  const [begin, end] = [`<!-- bench:${part} -->`, `<!-- /bench:${part} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The document has no place for the tables of ${part}.`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const times = (ratio: number): string => ratio.toFixed(2);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const day = (at: string): string => at.slice(0, 10);

function machineText(machine: Machine): string {
  return `${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GB, ${machine.system}, Node ${machine.node}.`;
}

function collectionText({ at, settings }: CollectionResult): string {
  const parts = settings.map(({ roundTripMs, size, runs, server }) => {
    const of = (contender: Contender) => runs.filter((run) => run.contender === contender);
    const ours = of('ours');
    const rows = CONTENDERS.filter((contender) => of(contender).length > 0).map((contender) => {
      const own = of(contender);
      const ratio = median(own.map((run, round) => run.wallMs / (ours[round]?.wallMs ?? Number.NaN)));
      return [
        READERS[contender],
        seconds(median(own.map((run) => run.wallMs))),
        times(ratio),
        seconds(median(own.map((run) => run.cpuMs))),
        megabytes(median(own.map((run) => run.peakBytes))),
        count(median(own.map((run) => run.requests))),
        count(median(own.map((run) => run.refused))),
      ];
    });
    const rate = server.requests / (server.wallMs / 1000);
    return [
      `${count(size.users)} app users, ${count(size.groups)} groups, ${count(size.memberships)} memberships at ${roundTripMs} ms round trip (medians of ${ours.length}, ${day(at)}):`,
      '',
      table(['reader', 'wall s', 'wall ÷ ours', 'CPU s', 'peak MB', 'requests', 'HTTP 429'], rows),
      '',
      `The server alone: ${count(server.requests)} answers (${(server.bytes / 1e6).toFixed(1)} MB compressed) in ${seconds(server.wallMs)} s, ${count(rate)} a second, to a client that keeps 8 requests on their way and throws the bytes away.`,
    ].join('\n');
  });
  return parts.join('\n\n');
}

/** How much of what the budget allows was spent, in full windows and over the time that they took. */
export function budgetUse(
  windows: readonly { beganMs: number; answered: number }[],
  { allowed, windowMs }: { allowed: number; windowMs: number },
): { ofWindows: number; ofTime: number; full: number } {
  // The last window ends with the work, not with the budget.
  const full = windows.slice(0, -1);
  const answered = full.reduce((sum, window) => sum + window.answered, 0);
  const elapsedMs = (windows.at(-1)?.beganMs ?? 0) - (windows[0]?.beganMs ?? 0);
  return {
    full: full.length,
    ofWindows: answered / (allowed * full.length),
    ofTime: answered / (allowed * (elapsedMs / windowMs)),
  };
}

function limitsText({ at, windowMs, roundTripMs, limit, runs }: LimitsResult): string {
  const rows = runs.map((run) => {
    const allowed = Math.floor((limit * run.budgetPercent) / 100);
    const use = budgetUse(run.windows, { allowed, windowMs });
    return [
      READERS[run.contender],
      run.contender === 'ours' ? `${run.budgetPercent} %` : 'none',
      count(run.requests),
      count(use.full),
      percent(use.ofWindows),
      percent(use.ofTime),
      count(run.refused),
      seconds(run.wallMs),
    ];
  });
  return [
    `Windows of ${windowMs / 1000} s, ${limit} requests each for everything under \`/api/v1/groups\`, ${roundTripMs} ms round trip (one run each, side by side, ${day(at)}). Used: of what the budget allows; without a budget, of the limit.`,
    '',
    table(
      [
        'reader',
        'budget',
        'requests',
        'full windows',
        'used of windows',
        'used over time',
        'HTTP 429',
        'wall s',
      ],
      rows,
    ),
  ].join('\n');
}

function nightsText({ at, size, roundTripMs, changedGroups, runs }: NightsResult): string {
  const of = (night: 'full' | 'quiet') => runs.filter((run) => run.night === night);
  const figures: [string, (run: NightsResult['runs'][number]) => number, (value: number) => string][] = [
    ['member-list calls', (run) => run.memberLists, count],
    ['all calls', (run) => run.requests, count],
    ['wall s', (run) => run.wallMs, seconds],
    ['CPU s', (run) => run.cpuMs, seconds],
  ];
  const rows = figures.map(([name, value, text]) => {
    const [full, quiet] = [median(of('full').map(value)), median(of('quiet').map(value))];
    return [name, text(full), text(quiet), percent(quiet / full)];
  });
  return [
    `${count(size.users)} app users, ${count(size.groups)} groups, ${count(size.memberships)} memberships, ${changedGroups} groups changed, ${roundTripMs} ms round trip (medians of ${of('full').length}, ${day(at)}):`,
    '',
    table(['', 'full read', 'with `--since`', 'share'], rows),
  ].join('\n');
}

function memoryText({ at, size, wallMs, peakBytes, requests }: MemoryResult): string {
  const row = [
    count(size.users),
    count(size.groups),
    count(size.memberships),
    megabytes(peakBytes),
    seconds(wallMs),
    count(requests),
  ];
  return [
    `\`optiid-audit collect --only okta\`, the whole process (one run, ${day(at)}):`,
    '',
    table(['app users', 'groups', 'memberships', 'peak MB', 'wall s', 'requests'], [row], 0),
  ].join('\n');
}

function againstOurs({ audits }: AnalysisComparison, wallMs: readonly number[]): string {
  const ratio = median(wallMs.map((ms, round) => ms / (audits[round]?.analysedMs ?? Number.NaN)));
  return `${seconds(median(wallMs))} (${times(ratio)})`;
}

function analysisText({ at, comparisons, growth }: AnalysisBenchResult): string {
  const rows = comparisons.map((comparison) => {
    const { users, memberships, rounds, audits, postgres, sortAndComm } = comparison;
    const of = (value: (cost: AnalysisComparison['audits'][number]) => number) => median(audits.map(value));
    return [
      count(users),
      count(memberships),
      String(rounds),
      seconds(of((cost) => cost.analysedMs)),
      megabytes(of((cost) => cost.analysedPeakBytes)),
      seconds(of((cost) => cost.plannedMs)),
      megabytes(of((cost) => cost.plannedPeakBytes)),
      postgres === null ? 'none here' : againstOurs(comparison, postgres.wallMs),
      againstOurs(comparison, sortAndComm.wallMs),
    ];
  });
  const header = [
    'users',
    'memberships',
    'runs',
    'analysed s',
    'peak MB',
    'with reports and plan s',
    'peak MB',
    'PostgreSQL s (÷ analysed)',
    '`sort`, `comm` s (÷ analysed)',
  ];
  const sizes = growth.points.map(({ users }) => count(users));
  return [
    `Medians (${day(at)}):`,
    '',
    table(header, rows, 0),
    '',
    `The time to analyse grows with the number of users to the power of ${times(growth.exponent)} (from ${sizes[0]} to ${sizes.at(-1)} users).`,
  ].join('\n');
}

function reportText({ at, browser, runs }: ReportResult): string {
  const rows = [...new Set(runs.map(({ findings }) => findings))].map((findings) => {
    const own = runs.filter((run) => run.findings === findings);
    const middle = (pick: (run: (typeof own)[number]) => number) => median(own.map(pick));
    return [
      count(findings),
      String(own.length),
      (middle(({ bytes }) => bytes) / 1e6).toFixed(1),
      ...(
        [
          ({ writeMs }) => writeMs,
          ({ findingsMs }) => findingsMs,
          ({ allMs }) => allMs,
          ({ searchMs }) => searchMs,
        ] as const satisfies readonly ((run: (typeof own)[number]) => number)[]
      ).map((pick) => seconds(middle(pick))),
    ];
  });
  return [
    `Chromium ${browser}, medians (${day(at)}):`,
    table(
      [
        'findings and users',
        'runs',
        'MB',
        'written s',
        'findings shown s',
        'all tables shown s',
        'one row found s',
      ],
      rows,
      0,
    ),
  ].join('\n\n');
}

/** The texts of all parts that were measured, by the names of their markers. */
export function texts(results: Results): Map<string, string> {
  const parts = new Map([['machine', machineText(results.machine)]]);
  if (results.collection) parts.set('collection', collectionText(results.collection));
  if (results.limits) parts.set('limits', limitsText(results.limits));
  if (results.nights) parts.set('nights', nightsText(results.nights));
  if (results.analysis) parts.set('analysis', analysisText(results.analysis));
  if (results.memory) parts.set('memory', memoryText(results.memory));
  if (results.report) parts.set('report', reportText(results.report));
  return parts;
}
