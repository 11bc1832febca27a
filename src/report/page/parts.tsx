import { type ComponentChildren, Fragment, type JSX } from 'preact';

/** Shows the rows of a table with this value in this column, or those that a search finds. */
export function TableLink(link: {
  table: string;
  column?: string;
  value?: string;
  search?: string;
  children: ComponentChildren;
}): JSX.Element {
  const { table, column, value, search, children } = link;
  return (
    <a href={`#${table}`} data-table={table} data-column={column} data-value={value} data-search={search}>
      {children}
    </a>
  );
}

/** One link for each name, with commas or another separator between them. */
export function Joined<Name extends string | number>({
  names,
  link,
  separator = ', ',
}: {
  names: readonly Name[];
  link: (name: Name) => JSX.Element;
  separator?: string;
}): JSX.Element {
  return (
    <>
      {names.map((name, position) => (
        <Fragment key={name}>
          {position > 0 && separator}
          {link(name)}
        </Fragment>
      ))}
    </>
  );
}

export function RuleLink({ id }: { id: string }): JSX.Element {
  return <a href={`#rule-${id}`}>{id}</a>;
}

/** Terms and what stands for them; those for which nothing does are left out. */
export function Definitions({ rows }: { rows: readonly [string, ComponentChildren][] }): JSX.Element {
  return (
    <dl>
      {rows
        .filter(([, meaning]) => meaning !== null && meaning !== '' && meaning !== false)
        .map(([term, meaning]) => (
          <Fragment key={term}>
            <dt>{term}</dt>
            <dd>{typeof meaning === 'string' ? <bdi>{meaning}</bdi> : meaning}</dd>
          </Fragment>
        ))}
    </dl>
  );
}
