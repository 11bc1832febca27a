import pc from 'picocolors';
import { CHECK_GROUPS, type Check, type CheckGroup, type CheckOutcome, isReady } from '../../domain/check.ts';
import { textTable } from './text-parts.ts';
import { visibleText } from './visible-text.ts';

type Colours = ReturnType<typeof pc.createColors>;

/** How each outcome looks before its check. */
const MARKS = {
  ok: { mark: '✓', colour: 'green' },
  failed: { mark: '✗', colour: 'red' },
  unknown: { mark: '?', colour: 'yellow' },
  warning: { mark: '!', colour: 'yellow' },
} as const satisfies Record<CheckOutcome, { mark: string; colour: keyof Colours }>;

/** What `doctor` tells a person: every check, then what to do and who does it, then whether a run would work. */
export function renderChecks(checks: readonly Check[], { color }: { color: boolean }): string {
  const colours = pc.createColors(color);
  return `${[...tableLines(checks, colours), ...toDoLines(checks, colours), verdict(checks, colours)].join('\n')}\n`;
}

function painted(outcome: CheckOutcome, colours: Colours): string {
  const { mark, colour } = MARKS[outcome];
  return colours[colour](mark);
}

/** Checks with the same key together, in the order in which the first of them comes. */
function alike(checks: readonly Check[], keyOf: (check: Check) => string): [Check, ...Check[]][] {
  const groups = new Map<string, [Check, ...Check[]]>();
  for (const check of checks) {
    const group = groups.get(keyOf(check));
    if (group) group.push(check);
    else groups.set(keyOf(check), [check]);
  }
  return [...groups.values()];
}

/** From so many checks on that were not made, for the same reason, they share a line: they would drown the rest. */
const FEWEST_TOGETHER = 4;

/** One table for all groups, so that the columns stand below one another. */
function tableLines(checks: readonly Check[], colours: Colours): string[] {
  const keyOf = ({ id, outcome, how, found }: Check) => (outcome === 'unknown' && how === null ? found : id);
  const shown = (Object.keys(CHECK_GROUPS) as CheckGroup[])
    .flatMap((group) =>
      alike(
        checks.filter((check) => check.group === group),
        keyOf,
      ),
    )
    .flatMap(([first, ...others]) => {
      if (others.length + 1 < FEWEST_TOGETHER) return [first, ...others];
      return [{ ...first, title: `${first.title} and ${others.length} more` }];
    });
  const rows = shown.map(({ outcome, title, found }) => [MARKS[outcome].mark, title, found]);
  const [, ...lines] = textTable(['', '', ''], rows).split('\n');
  return shown.flatMap(({ group, outcome }, place) => {
    const line = `  ${painted(outcome, colours)}${(lines[place] ?? '').slice(MARKS[outcome].mark.length)}`;
    if (shown[place - 1]?.group === group) return [line];
    return [...(place === 0 ? [] : ['']), colours.bold(CHECK_GROUPS[group]), line];
  });
}

const TO_DO: readonly [CheckOutcome, string][] = [
  ['failed', 'To fix:'],
  ['warning', 'To look at:'],
  ['unknown', 'To check by hand:'],
];

function toDoLines(checks: readonly Check[], colours: Colours): string[] {
  return TO_DO.flatMap(([outcome, heading]) => {
    const due = checks.filter((one) => one.outcome === outcome && one.how !== null);
    if (due.length === 0) return [];
    // One remedy often fixes several checks: told once, with all of their names.
    const items = alike(due, ({ who, how }) => `${who}\n${how}`).flatMap((same) => {
      const titles = same.map(({ title }) => visibleText(title)).join(', ');
      const how = (same[0].how ?? '').split('\n').map((line) => `      ${visibleText(line)}`.trimEnd());
      return [`  ${painted(outcome, colours)} ${titles} (${same[0].who}):`, ...how];
    });
    return ['', colours.bold(heading), ...items];
  });
}

function verdict(checks: readonly Check[], colours: Colours): string {
  const counted = (outcome: CheckOutcome, one: string, more: string): string[] => {
    const { length } = checks.filter((check) => check.outcome === outcome);
    return length === 0 ? [] : [`${length} ${length === 1 ? one : more}`];
  };
  const rest = [
    ...counted('unknown', 'check is unknown', 'checks are unknown'),
    ...counted('warning', 'warning', 'warnings'),
  ];
  const also = rest.length === 0 ? '' : `; ${rest.join(', ')}`;
  return isReady(checks)
    ? `\n${colours.green('Ready')}: nothing failed${also}.`
    : `\n${colours.red('Not ready')}: ${counted('failed', 'check', 'checks')} failed${also}.`;
}
