import { type ComponentChildren, Fragment, type JSX } from 'preact';

/** Where the page shows these rows of a table, or these steps of the plan: an address that can be sent to somebody. */
export function addressOf(
  table: string,
  { filters = {}, search = '' }: { filters?: Readonly<Record<string, string>>; search?: string } = {},
): string {
  const asked = new URLSearchParams([...Object.entries(filters), ...(search === '' ? [] : [['q', search]])]);
  return `#${table}${asked.size === 0 ? '' : `?${asked}`}`;
}

/** Shows the rows of a table with these values, or those that a search finds. */
export function TableLink({
  table,
  filters,
  search,
  children,
}: {
  table: string;
  filters?: Readonly<Record<string, string>>;
  search?: string;
  children: ComponentChildren;
}): JSX.Element {
  const asked = { ...(filters ? { filters } : {}), ...(search === undefined ? {} : { search }) };
  return <a href={addressOf(table, asked)}>{children}</a>;
}

/** A word that is longer may be broken after a mark within. */
const LONG_WORD = 24;

/** A text that may hold long names, such as addresses: these are broken after a mark, and no word inside. */
export function Breakable({ text }: { text: string }): JSX.Element {
  const parts = text
    .split(/(?<=\s)/u)
    .flatMap((word) =>
      word.length > LONG_WORD ? word.split(/(?<=[@._/:=?&-])(?=[^\s@._/:=?&-])/u) : [word],
    );
  return (
    <bdi>
      {parts.map((part, at) => (
        <Fragment key={at}>
          {at > 0 && !/\s$/u.test(parts[at - 1] ?? '') && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
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
