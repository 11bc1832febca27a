import { Fragment, type JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PackedTable, PageFacts, PageTableName } from '../page-data.ts';
import { Breakable, Definitions, Joined, RuleLink } from '../parts.tsx';
import { showAddress } from './address.ts';
import { consoleLinks } from './console-links.ts';
import { FILTERED_COLUMNS, headingOf, MOST_CHOICES, RULE_COLUMNS, shownColumns } from './table-columns.ts';
import { cellOf, choicesOf, filteredRows, NO_FILTER, type TableFilter } from './table-view.ts';

const PAGE_SIZES = [10, 25, 50, 100, 500] as const;
/** Longer texts open on demand. */
const LONG_TEXT = 220;

export interface TableProps {
  name: PageTableName;
  label: string;
  table: PackedTable;
  facts: PageFacts;
  /** What another part of the page asks to be shown; each request is a new object. */
  asked: Partial<TableFilter> | null;
  /** True while the page is printed: then as many rows as paper has room for are shown. */
  isPrinting: boolean;
}

/** Rows of a table on paper; what is left out is said. */
const MOST_PRINTED = 1_000;
const IS_SMALL = matchMedia('(max-width: 44rem)').matches;

/** A table to search, filter, sort and page through. */
export function DataTable({ name, label, table, facts, asked, isPrinting }: TableProps): JSX.Element {
  const [filter, setFilter] = useState<TableFilter>(NO_FILTER);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const change = (next: TableFilter) => {
    setFilter(next);
    paging.onPage(0);
    showAddress(name, next);
  };
  useEffect(() => {
    if (asked === null) return;
    setFilter({ ...NO_FILTER, ...asked });
    paging.onPage(0);
  }, [asked]);
  const rows = useMemo(() => filteredRows(table, filter), [table, filter]);
  const paging = usePaging(rows.length, IS_SMALL ? PAGE_SIZES[0] : PAGE_SIZES[1]);
  const shown = isPrinting ? rows.slice(0, MOST_PRINTED) : rows.slice(...paging.range);
  const { shown: columns, below } = shownColumns(name, table);
  const toggle = (row: number) => {
    const next = new Set(open);
    if (!next.delete(row)) next.add(row);
    setOpen(next);
  };
  return (
    <div class="data-table">
      <Controls name={name} label={label} table={table} filter={filter} onChange={change} />
      <p class="count" role="status">
        {countText(table, rows.length)}
      </p>
      {isPrinting && shown.length < rows.length && (
        <p class="left-out">
          {`Printed: the first ${shown.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')} rows; ${(rows.length - shown.length).toLocaleString('en')} are left out. ${name}.csv has all.`}
        </p>
      )}
      {/* Wide tables scroll inside; a keyboard reaches them. */}
      <section class="scroll" tabIndex={0} aria-label={`${label}, table`}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column} column={column} filter={filter} onChange={change} />
              ))}
              <th scope="col" class="more">
                More
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Fragment key={row}>
                <tr>
                  {columns.map((column) => (
                    <td key={column} data-label={headingOf(column)} class={`is-${column}`}>
                      <Cell column={column} value={cellOf(table, column, row)} />
                    </td>
                  ))}
                  <td data-label="More" class="more">
                    {below.length > 0 && (
                      <button type="button" aria-expanded={open.has(row)} onClick={() => toggle(row)}>
                        {open.has(row) ? 'less' : 'more'}
                        <span class="unseen"> on row {row + 1}</span>
                      </button>
                    )}
                    {consoleLinks(facts.console, name, table, row).map(({ text, href }) => (
                      <a key={href} href={href} target="_blank" rel="noopener noreferrer">
                        {text}
                      </a>
                    ))}
                  </td>
                </tr>
                {open.has(row) && (
                  <tr class="below">
                    <td colSpan={columns.length + 1}>
                      <Definitions
                        rows={below.map((column) => {
                          const value = cellOf(table, column, row);
                          const isEvidence = column === 'evidence' && value !== null;
                          return [headingOf(column), isEvidence ? <Evidence json={String(value)} /> : value];
                        })}
                      />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
            {shown.length === 0 && (
              <tr>
                <td colSpan={columns.length + 1}>Nothing to show.</td>
              </tr>
            )}
          </tbody>
        </table>
      </section>
      <Paging id={name} label={label} {...paging} />
    </div>
  );
}

function countText({ rows, held }: PackedTable, found: number): string {
  const loading =
    rows < held ? ` (the first of ${held.toLocaleString('en')}, which are still being read)` : '';
  return `${found === rows ? '' : `${found.toLocaleString('en')} of `}${rows.toLocaleString('en')} rows${loading}`;
}

interface ControlsProps {
  name: PageTableName;
  label: string;
  table: PackedTable;
  filter: TableFilter;
  onChange: (filter: TableFilter) => void;
}

function Controls({ name, label, table, filter, onChange }: ControlsProps): JSX.Element {
  const [typed, setTyped] = useState(filter.search);
  useEffect(() => setTyped(filter.search), [filter.search]);
  // A row of letters is one search, not one each.
  useEffect(() => {
    if (typed === filter.search) return;
    const timer = setTimeout(() => onChange({ ...filter, search: typed }), 150);
    return () => clearTimeout(timer);
  }, [typed]);
  const choices = useMemo(
    () =>
      FILTERED_COLUMNS[name]
        .map((column) => ({ column, values: choicesOf(table, column) }))
        .filter(({ values }) => values.length > 1 && values.length <= MOST_CHOICES),
    [name, table],
  );
  const isPlain = filter.search === '' && Object.keys(filter.filters).length === 0 && filter.sort === null;
  return (
    <form class="controls" aria-label={`Filter ${label}`} onSubmit={(event) => event.preventDefault()}>
      <div class="control">
        <label for={`${name}-search`}>Search</label>
        <input
          id={`${name}-search`}
          type="search"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      {choices.map(({ column, values }) => (
        <Choice
          key={column}
          id={`${name}-${column}`}
          label={headingOf(column)}
          value={filter.filters[column] ?? ''}
          none="all"
          choices={values}
          onChange={(value) => onChange({ ...filter, filters: without(filter.filters, column, value) })}
        />
      ))}
      <Choice
        id={`${name}-sort`}
        label="Sort by"
        value={filter.sort?.column ?? ''}
        none="worst first"
        choices={shownColumns(name, table).shown}
        textOf={headingOf}
        onChange={(column) =>
          onChange({ ...filter, sort: column === '' ? null : { column, descending: false } })
        }
      />
      <button
        type="button"
        disabled={isPlain && typed === ''}
        onClick={() => {
          setTyped('');
          onChange(NO_FILTER);
        }}
      >
        Show all
      </button>
    </form>
  );
}

interface ChoiceProps {
  /** Unique in the page, which holds several tables. */
  id: string;
  label: string;
  value: string;
  /** What stands for no choice; undefined where there must be one. */
  none?: string;
  choices: readonly string[];
  textOf?: (choice: string) => string;
  onChange: (value: string) => void;
}

export function Choice({ id, label, value, none, choices, textOf, onChange }: ChoiceProps): JSX.Element {
  return (
    <div class="control">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {textOf ? textOf(choice) : choice}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The filters with another value for a column; none for an empty one. */
function without(filters: TableFilter['filters'], column: string, value: string): TableFilter['filters'] {
  const { [column]: _old, ...others } = filters;
  return value === '' ? others : { ...others, [column]: value };
}

function Heading({
  column,
  filter,
  onChange,
}: {
  column: string;
  filter: TableFilter;
  onChange: (filter: TableFilter) => void;
}): JSX.Element {
  const isSorted = filter.sort?.column === column;
  const descending = isSorted && filter.sort?.descending === true;
  return (
    <th
      scope="col"
      class={`is-${column}`}
      aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        onClick={() => onChange({ ...filter, sort: { column, descending: isSorted && !descending } })}
      >
        {headingOf(column)}
        <span aria-hidden="true" class="arrow">
          {isSorted ? (descending ? ' ▼' : ' ▲') : ' ↕'}
        </span>
      </button>
    </th>
  );
}

function Cell({ column, value }: { column: string; value: string | number | null }): JSX.Element {
  if (value === null || value === '') return <span class="empty">–</span>;
  if (typeof value === 'number') return <>{value.toLocaleString('en')}</>;
  if (column === 'step') {
    return (
      <Joined
        names={value.split('; ')}
        link={(step) => <a href={`#step-${step}`}>{step}</a>}
        separator=", "
      />
    );
  }
  if (RULE_COLUMNS.includes(column)) {
    return <Joined names={value.split('; ')} link={(id) => <RuleLink id={id} />} separator="; " />;
  }
  if (['severity', 'state', 'outcome', 'situation', 'change'].includes(column)) {
    return <span class={`tag tag-${value.replaceAll(/[ _]/gu, '-').toLowerCase()}`}>{value}</span>;
  }
  if (column === 'first_seen' || column === 'published') {
    const shown = value.replace('T', ' ').replace(/\.\d+Z$/u, ' UTC');
    return <time dateTime={value}>{column === 'first_seen' ? shown.slice(0, 10) : shown}</time>;
  }
  if (value.length <= LONG_TEXT) return <Breakable text={value} />;
  return (
    <details>
      <summary>
        <bdi>{`${value.slice(0, LONG_TEXT)}…`}</bdi>
      </summary>
      <bdi>{value}</bdi>
    </details>
  );
}

function Evidence({ json }: { json: string }): JSX.Element {
  const entries = Object.entries(JSON.parse(json) as Readonly<Record<string, unknown>>);
  if (entries.length === 0) return <>none</>;
  return (
    <ul>
      {entries.map(([key, value]) => (
        <li key={key}>
          {headingOf(key)}: <bdi>{evidenceText(value)}</bdi>
        </li>
      ))}
    </ul>
  );
}

function evidenceText(value: unknown): string {
  if (value === null || value === '') return '–';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join('; ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Which page of so many rows is shown, and how many rows it has. */
export function usePaging(count: number, firstSize: number) {
  const [wanted, onPage] = useState(0);
  const [size, onSize] = useState(firstSize);
  const pages = Math.max(1, Math.ceil(count / size));
  const page = Math.min(wanted, pages - 1);
  return { page, pages, size, onPage, onSize, range: [page * size, (page + 1) * size] as const };
}

type PagingProps = ReturnType<typeof usePaging> & { id: string; label: string };

export function Paging({ id, label, page, pages, size, onPage, onSize }: PagingProps): JSX.Element {
  const turn = (text: string, to: number, isOff: boolean) => (
    <button type="button" disabled={isOff} onClick={() => onPage(to)}>
      {text}
    </button>
  );
  return (
    <nav class="paging" aria-label={`Pages of ${label}`}>
      {turn('First', 0, page === 0)}
      {turn('Previous', page - 1, page === 0)}
      <span role="status">
        page {page + 1} of {pages}
      </span>
      {turn('Next', page + 1, page >= pages - 1)}
      {turn('Last', pages - 1, page >= pages - 1)}
      <Choice
        id={`${id}-size`}
        label="Rows"
        value={String(size)}
        choices={PAGE_SIZES.map(String)}
        onChange={(count) => {
          onSize(Number(count));
          onPage(0);
        }}
      />
    </nav>
  );
}
