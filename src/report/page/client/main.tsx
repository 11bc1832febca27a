import { render } from 'preact';
import {
  PAGE_TABLES,
  type PackedPlan,
  type PackedTable,
  type PageFacts,
  type PageTableName,
} from '../page-data.ts';
import { DataTable } from './data-table.tsx';
import { readEmbedded } from './embedded.ts';
import { PlanList } from './plan-list.tsx';
import type { TableFilter } from './table-view.ts';

/** How each table is shown again with another filter. */
const askers = new Map<PageTableName, (asked: Partial<TableFilter>) => void>();

/** Shows a table; resolves with what reads the rows that were left for later, and shows them too. */
async function showTable(name: PageTableName, facts: PageFacts): Promise<() => Promise<void>> {
  const mount = document.getElementById(`table-${name}`);
  const first = await readEmbedded<PackedTable>(`data-${name}`);
  if (!mount || first === null) return async () => {};
  const label = mount.dataset.label ?? name;
  let table = first;
  const draw = (asked: Partial<TableFilter> | null) =>
    render(<DataTable name={name} label={label} table={table} facts={facts} asked={asked} />, mount);
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
  render(<PlanList plan={plan} facts={facts} />, mount);
  mount.dataset.ready = 'true';
}

/** A bar of a picture, and a finding of a step, show their rows in their table. */
function followLinks(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest<HTMLElement>('a[data-table]');
    const { table, column, value, search } = link?.dataset ?? {};
    const ask = table === undefined ? undefined : askers.get(table as PageTableName);
    if (search !== undefined) ask?.({ search });
    else if (column !== undefined && value !== undefined) ask?.({ filters: { [column]: value } });
  });
}

/** An explanation that is linked to opens. */
function openTarget(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

async function start(): Promise<void> {
  followLinks();
  addEventListener('hashchange', openTarget);
  openTarget();
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
  document.documentElement.dataset.ready = 'true';
}

start().catch((error: unknown) => {
  const notice = document.getElementById('script-failed');
  if (notice) notice.hidden = false;
  throw error;
});
