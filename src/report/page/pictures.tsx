import type { ComponentChildren, JSX } from 'preact';
import type { Severity } from '../../domain/finding.ts';
import type { TrendPoint } from '../../domain/history.ts';
import { Breakable, TableLink } from './parts.tsx';

/** One bar: how many of what, and the rows of which table it stands for. */
export interface Bar {
  label: string;
  /** What the label means, or nothing. */
  about?: string;
  parts: readonly { count: number; kind: BarKind }[];
  /** Shows the rows with these values in the table. */
  link: { table: string; filters: Readonly<Record<string, string>> };
}

/** Colour of a part. */
export type BarKind = Severity | 'plain' | 'kept' | 'lost' | 'gained' | 'new' | 'known' | 'resolved';

/** Bars, each with its numbers as text; the drawing is for eyes only. */
export function Bars({ bars }: { bars: readonly Bar[] }): JSX.Element {
  const longest = Math.max(1, ...bars.map(({ parts }) => sumOf(parts)));
  if (bars.length === 0) return <p>None.</p>;
  return (
    <ul class="bars">
      {bars.map((bar) => (
        <li key={bar.label}>
          <span class="bar-label">
            <TableLink {...bar.link}>
              <Breakable text={bar.label} />
            </TableLink>
            {bar.about && <span class="about">{bar.about}</span>}
          </span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            {bar.parts.map(({ kind, count }, position) => (
              <rect
                key={kind}
                class={`fill-${kind}`}
                x={(sumOf(bar.parts.slice(0, position)) * 100) / longest}
                y={0}
                width={(count * 100) / longest}
                height={10}
              />
            ))}
          </svg>
          <span class="bar-count">{countsOf(bar)}</span>
        </li>
      ))}
    </ul>
  );
}

function sumOf(parts: Bar['parts']): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}

function countsOf({ parts }: Bar): string {
  if (parts.length === 1) return sumOf(parts).toLocaleString('en');
  return parts
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count.toLocaleString('en')} ${kind}`)
    .join(', ');
}

const TREND_HEIGHT = 60;
const COLUMN_WIDTH = 12;

/** New and known findings of each run as stacked columns above the line, resolved ones below it. */
export function Trend({ points }: { points: readonly TrendPoint[] }): JSX.Element {
  const highest = Math.max(1, ...points.map((point) => point.new + point.known));
  const deepest = Math.max(0, ...points.map((point) => point.resolved));
  const scale = TREND_HEIGHT / (highest + deepest);
  const line = highest * scale;
  const width = Math.max(points.length, 10) * COLUMN_WIDTH;
  return (
    <>
      <svg class="trend" viewBox={`0 0 ${width} ${TREND_HEIGHT}`} aria-hidden="true">
        {points.map((point, place) => {
          const column = { x: place * COLUMN_WIDTH + 2, width: COLUMN_WIDTH - 4 };
          const known = point.known * scale;
          const fresh = point.new * scale;
          return (
            <g key={point.began} class={point.complete ? '' : 'incomplete'}>
              <rect class="fill-known" {...column} y={line - known} height={known} />
              <rect class="fill-new" {...column} y={line - known - fresh} height={fresh} />
              <rect class="fill-resolved" {...column} y={line} height={point.resolved * scale} />
            </g>
          );
        })}
        <line class="axis" x1="0" x2={width} y1={line} y2={line} />
      </svg>
      <p class="legend" aria-hidden="true">
        <span class="key fill-new" /> new <span class="key fill-known" /> known{' '}
        <span class="key fill-resolved" /> resolved (below the line); pale: not complete
      </p>
      <details>
        <summary>The numbers of the trend</summary>
        <PlainTable
          label="Trend"
          head={['Snapshot began', 'New', 'Known', 'Resolved', 'Complete']}
          rows={points.map((point) => [
            <>
              <time dateTime={point.began}>{shownTime(point.began)}</time>
              {point.run === '' && ' (this run)'}
            </>,
            point.new,
            point.known,
            point.resolved,
            point.complete ? 'yes' : 'no',
          ])}
        />
      </details>
    </>
  );
}

/** A table that needs no script. Wide ones scroll inside; a keyboard reaches them. */
export function PlainTable(table: {
  label: string;
  head: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}): JSX.Element {
  const { label, head, rows } = table;
  return (
    <section class="scroll" tabIndex={0} aria-label={`${label}, table`}>
      <table>
        <thead>
          <tr>
            {head.map((heading) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {cells.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** `2026-11-24 03:15:00 UTC`. */
export function shownTime(time: string): string {
  return time.replace('T', ' ').replace(/(\.\d+)?Z$/u, ' UTC');
}
