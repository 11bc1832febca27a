import { render } from 'preact';
import {
  PAGE_TABLES,
  type PackedPlan,
  type PackedTable,
  type PageFacts,
  type PageTableName,
} from '../page-data.ts';
import { readAddress } from './address.ts';
import { DataTable } from './data-table.tsx';
import { readEmbedded } from './embedded.ts';
import { PlanList } from './plan-list.tsx';
import type { TableFilter } from './table-view.ts';

/** How each table, and the plan, is shown again: with another filter, or on paper. */
const askers = new Map<string, (asked: TableFilter | null, isPrinting?: boolean) => void>();

/** Shows a table; resolves with what reads the rows that were left for later, and shows them too. */
async function showTable(name: PageTableName, facts: PageFacts): Promise<() => Promise<void>> {
  const mount = document.getElementById(`table-${name}`);
  const first = await readEmbedded<PackedTable>(`data-${name}`);
  if (!mount || first === null) return async () => {};
  const label = mount.dataset.label ?? name;
  let table = first;
  const draw = (asked: TableFilter | null, isPrinting = false) =>
    render(
      <DataTable
        name={name}
        label={label}
        table={table}
        facts={facts}
        asked={asked}
        isPrinting={isPrinting}
      />,
      mount,
    );
  mount.replaceChildren();
  askers.set(name, draw);
  draw(null);
  mount.dataset.ready = 'true';
  return async () => {
    const whole = await readEmbedded<PackedTable>(`data-${name}-rest`);
    if (whole === null) return;
    table = whole;
    draw(null);
  };
}

/** Data that is too old to act on: the page is kept, and knows no other clock than the reader's. */
function warnOfAge({ read }: PageFacts): void {
  const notice = document.getElementById('plan-age');
  if (!notice || Date.now() <= Date.parse(read.good_until)) return;
  const hours = Math.floor((Date.now() - Date.parse(read.ended)) / 3_600_000);
  const age = hours < 72 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
  notice.textContent = `OLD DATA: it was read ${age} ago. Collect again before you do anything.`;
  notice.hidden = false;
}

async function showPlan(facts: PageFacts): Promise<void> {
  warnOfAge(facts);
  const mount = document.getElementById('plan-steps');
  const plan = await readEmbedded<PackedPlan>('data-plan');
  if (!mount || plan === null) return;
  mount.replaceChildren();
  const draw = (asked: TableFilter | null, isPrinting = false) =>
    render(<PlanList plan={plan} facts={facts} asked={asked} isPrinting={isPrinting} />, mount);
  askers.set('plan', draw);
  draw(null);
  mount.dataset.ready = 'true';
}

/** Opens what an element is folded into, itself too. */
function unfold(element: Element | null): void {
  for (let at = element; at !== null; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
  }
}

/** Shows what the address asks for: rows of a table, a step, a rule. */
function showAsked(): void {
  const { place, filter } = readAddress(location.hash);
  const target = document.getElementById(place);
  if (target === null) return;
  unfold(target);
  if (askers.has(place)) unfold(target.querySelector('details.part'));
  if (filter !== null) askers.get(place)?.(filter);
  // The browser knows no place whose address asks for rows, and none in what was folded.
  target.scrollIntoView();
}

/** A link to what the address says already changes no address, and is to work all the same. */
function followLinks(): void {
  addEventListener('hashchange', showAsked);
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>('a[href^="#"]');
    if (link && link.hash === location.hash) showAsked();
  });
}

/** On paper nothing is folded and no row waits on another page. Rules' queries stay folded: they are for screens. */
function preparePrinting(): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    for (const draw of askers.values()) draw(null, true);
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open], .rule)')];
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
    for (const draw of askers.values()) draw(null);
  });
}

/** What is folded in a part, one by one; the part itself is not. */
const FOLDED = 'details.found, details.rule, .plan li > details';

/** One button opens or closes all that is folded in a part, and says which of the two it does. */
function foldTogether(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button.fold')) {
    const part = button.closest('section');
    if (part === null) continue;
    const folded = () => [...part.querySelectorAll<HTMLDetailsElement>(FOLDED)];
    const areAllOpen = () => folded().every(({ open }) => open);
    const say = () => {
      button.textContent = areAllOpen() ? 'Collapse all' : 'Expand all';
    };
    button.addEventListener('click', () => {
      const open = !areAllOpen();
      for (const details of folded()) details.open = open;
      say();
    });
    // One that somebody opens by hand may be the last; the event does not bubble.
    part.addEventListener('toggle', say, true);
    button.hidden = false;
    say();
  }
}

const THEME = 'optiid-audit theme';

/** Light or dark, whatever the system has. A browser may keep nothing for a file: then it lasts as long as the page. */
function chooseTheme(): void {
  const select = document.querySelector<HTMLSelectElement>('#theme');
  if (select === null) return;
  const show = (theme: string) => {
    if (theme === '') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  try {
    const kept = localStorage.getItem(THEME) ?? '';
    if (kept === 'light' || kept === 'dark') select.value = kept;
  } catch {
    // As the system.
  }
  show(select.value);
  select.addEventListener('change', () => {
    show(select.value);
    try {
      localStorage.setItem(THEME, select.value);
    } catch {
      // Nothing to be done about it.
    }
  });
  if (select.parentElement) select.parentElement.hidden = false;
}

/** On a telephone the page is first of all the verdict: long tables wait until somebody asks. */
function foldOnSmallScreens(): void {
  if (!matchMedia('(max-width: 44rem)').matches) return;
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.found')) details.open = false;
}

async function start(): Promise<void> {
  chooseTheme();
  foldOnSmallScreens();
  followLinks();
  preparePrinting();
  const facts = await readEmbedded<PageFacts>('data-facts');
  if (facts === null) throw new Error('The page holds no data.');
  const readRest = [await showTable('findings', facts)];
  await showPlan(facts);
  for (const name of PAGE_TABLES.filter((table) => table !== 'findings')) {
    // Lets the browser paint and take clicks between two tables.
    await new Promise((resolve) => setTimeout(resolve));
    readRest.push(await showTable(name, facts));
  }
  for (const read of readRest) await read();
  foldTogether();
  showAsked();
  document.documentElement.dataset.ready = 'true';
}

start().catch((error: unknown) => {
  const notice = document.getElementById('script-failed');
  if (notice) notice.hidden = false;
  throw error;
});
