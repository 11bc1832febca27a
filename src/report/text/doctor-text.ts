import pc from 'picocolors';
import { CHECK_GROUPS, type Check, type CheckGroup, type CheckOutcome, isReady } from '../../domain/check.ts';
import { textTable } from './text-table.ts';
import { visibleText } from './visible-text.ts';

type Colours = ReturnType<typeof pc.createColors>;

/** How an outcome is shown in front of its check. */
const MARKS: Readonly<Record<CheckOutcome, string>> = { ok: '✓', failed: '✗', unknown: '?', warning: '!' };

const HEADINGS: Readonly<Record<CheckGroup, string>> = {
  settings: 'Settings',
  okta: 'Okta',
  'opti-id': 'Opti ID store',
  machine: 'This machine',
};

/** What `doctor` tells a person: every check, then what to do and who does it, then whether a run would work. */
export function renderChecks(checks: readonly Check[], { color }: { color: boolean }): string {
  const colours = pc.createColors(color);
  return `${[...tableLines(checks, colours), ...toDoLines(checks, colours), verdict(checks, colours)].join('\n')}\n`;
}

function paint(outcome: CheckOutcome, text: string, colours: Colours): string {
  const painters = {
    ok: colours.green,
    failed: colours.red,
    unknown: colours.yellow,
    warning: colours.yellow,
  } as const;
  return painters[outcome](text);
}

/** Checks in a row that were not made, for one and the same reason, from which on they share a line. */
const FEWEST_TOGETHER = 4;

type Line = Pick<Check, 'group' | 'outcome' | 'title' | 'found'>;

/** The lines of the table: what was not made for one reason is said once, or it would drown the rest. */
function toLines(checks: readonly Check[]): Line[] {
  const runs: Check[][] = [];
  for (const check of CHECK_GROUPS.flatMap((group) => checks.filter((one) => one.group === group))) {
    const run = runs.at(-1);
    const last = run?.[0];
    const isAlike =
      last?.group === check.group &&
      last.outcome === 'unknown' &&
      check.outcome === 'unknown' &&
      last.found === check.found &&
      last.how === null &&
      check.how === null;
    if (isAlike) run?.push(check);
    else runs.push([check]);
  }
  return runs.flatMap((run): Line[] => {
    const [first] = run;
    if (first === undefined || run.length < FEWEST_TOGETHER) return run;
    return [{ ...first, title: `${first.title} and ${run.length - 1} more` }];
  });
}

/** One table for all groups, so that the columns stand below one another. */
function tableLines(checks: readonly Check[], colours: Colours): string[] {
  const shown = toLines(checks);
  const rows = shown.map(({ outcome, title, found }) => [MARKS[outcome], title, found]);
  const [, ...lines] = textTable(['', '', ''], rows).split('\n');
  return shown.flatMap(({ group, outcome }, place) => {
    const line = lines[place] ?? '';
    const painted = `  ${paint(outcome, MARKS[outcome], colours)}${line.slice(MARKS[outcome].length)}`;
    const isFirst = shown[place - 1]?.group !== group;
    return isFirst ? [...(place === 0 ? [] : ['']), colours.bold(HEADINGS[group]), painted] : [painted];
  });
}

const TO_DO: readonly { outcome: CheckOutcome; heading: string }[] = [
  { outcome: 'failed', heading: 'To mend:' },
  { outcome: 'warning', heading: 'To look at:' },
  { outcome: 'unknown', heading: 'To check by hand:' },
];

function toDoLines(checks: readonly Check[], colours: Colours): string[] {
  return TO_DO.flatMap(({ outcome, heading }) => {
    const byRemedy = new Map<string, Check[]>();
    for (const check of checks.filter((one) => one.outcome === outcome && one.how !== null)) {
      const remedy = `${check.who}\n${check.how}`;
      byRemedy.set(remedy, [...(byRemedy.get(remedy) ?? []), check]);
    }
    if (byRemedy.size === 0) return [];
    // One thing to do often mends several checks: told once, with all of their names.
    const items = [...byRemedy.values()].flatMap((alike) => {
      const titles = alike.map(({ title }) => visibleText(title)).join(', ');
      const how = (alike[0]?.how ?? '').split('\n').map((line) => `      ${visibleText(line)}`.trimEnd());
      return [`  ${paint(outcome, MARKS[outcome], colours)} ${titles} (${alike[0]?.who}):`, ...how];
    });
    return ['', colours.bold(heading), ...items];
  });
}

function counted(number: number, one: string, more: string): string {
  return `${number} ${number === 1 ? one : more}`;
}

function verdict(checks: readonly Check[], colours: Colours): string {
  const count = (outcome: CheckOutcome): number => checks.filter((check) => check.outcome === outcome).length;
  const rest = [
    ...(count('unknown') > 0 ? [`${counted(count('unknown'), 'check is', 'checks are')} unknown`] : []),
    ...(count('warning') > 0 ? [counted(count('warning'), 'warning', 'warnings')] : []),
  ];
  const also = rest.length === 0 ? '' : `; ${rest.join(', ')}`;
  return isReady(checks)
    ? `\n${colours.green('Ready')}: nothing failed${also}.`
    : `\n${colours.red('Not ready')}: ${counted(count('failed'), 'check', 'checks')} failed${also}.`;
}
