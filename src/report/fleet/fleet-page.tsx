import { createHash } from 'node:crypto';
import { renderToString } from 'preact-render-to-string';
import { SEVERITIES } from '../../domain/finding.ts';
import { FLEET_STATES, type FleetEntry, type FleetReport } from '../../domain/fleet.ts';
import { visibleText } from '../text/visible-text.ts';
import { durationText, resultText, trendText } from './fleet-text.ts';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 92rem; padding: 0 1.5rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; font-size: .92em; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
tr.missing td:first-child, tr.incomplete td:first-child, tr.blockers td:first-child { border-left: .3rem solid #b00020; }
tr.incomplete td:first-child { border-left-color: #b26a00; }
td p { margin: 0; min-width: 20rem; max-width: 60ch; }
td p:first-child:not(:only-child) { font-weight: 600; }
.bars { display: inline-flex; align-items: end; gap: 1px; height: 1.2em; }
.bars i { display: inline-block; width: 4px; background: #5b7fb3; min-height: 1px; }
`;

/** Heights of the bars are classes, since a style attribute would need a looser policy. */
const HEIGHTS = Array.from({ length: 11 }, (_, at) => `.bars .h${at} { height: ${at * 10}%; }`).join('\n');

/** Where the folders of runs are as seen from the page; null where runs have addresses of their own. */
export type RunLink = (run: string) => string;

function kind({ exit_code, new_blockers }: FleetEntry): string {
  if (exit_code === null) return 'missing';
  if (exit_code === 3) return 'incomplete';
  return (new_blockers ?? 0) > 0 ? 'blockers' : '';
}

function Bars({ entry }: { entry: FleetEntry }) {
  const all = [...entry.seconds_before].reverse().concat(entry.seconds ?? []);
  const most = Math.max(...all, 1);
  return (
    <span
      class="bars"
      role="img"
      aria-label={`Seconds of the last nights: ${all.map(Math.round).join(', ')}`}
    >
      {all.map((seconds, at) => (
        <i key={at} class={`h${Math.round((seconds / most) * 10)}`} />
      ))}
    </span>
  );
}

function Organizations({ report, link }: { report: FleetReport; link: RunLink }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Organization</th>
          <th>Result</th>
          <th>Why, and what comes next</th>
          <th>State</th>
          {SEVERITIES.map((severity) => (
            <th key={severity} class="number">
              {severity}
            </th>
          ))}
          <th class="number">Tries</th>
          <th class="number">Took</th>
          <th class="number">Against before</th>
          <th>Last nights</th>
        </tr>
      </thead>
      <tbody>
        {report.entries.map((entry) => (
          <tr key={entry.org} class={kind(entry)}>
            <td>
              {entry.run === null ? (
                visibleText(entry.org)
              ) : (
                <a href={link(entry.run)}>{visibleText(entry.org)}</a>
              )}
            </td>
            <td>{resultText(entry)}</td>
            <td>
              {[...entry.verdict_lines, entry.note]
                .filter((text) => text !== '')
                .map((text) => (
                  <p key={text}>{visibleText(text)}</p>
                ))}
            </td>
            <td>{entry.state}</td>
            {SEVERITIES.map((severity) => (
              <td key={severity} class="number">
                {entry.severity?.[severity] ?? ''}
              </td>
            ))}
            <td class="number">{entry.tries}</td>
            <td class="number">{durationText(entry.seconds)}</td>
            <td class="number">{trendText(entry.seconds, entry.seconds_before[0])}</td>
            <td>
              <Bars entry={entry} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Page({
  report,
  link,
  style,
  policy,
}: {
  report: FleetReport;
  link: RunLink;
  style: string;
  policy: string;
}) {
  const { counts, rules, nights, made, seconds } = report;
  const title = `Fleet, night of ${nights.join(' and ')}`;
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          <p>
            {FLEET_STATES.filter((state) => counts[state] > 0)
              .map((state) => `${counts[state]} ${state}`)
              .join(', ')}
            . {report.incomplete} incomplete, {report.with_new_blockers} with new blockers. Made{' '}
            <time dateTime={made}>{made.replace('T', ' ').replace(/:\d\d(?:\.\d+)?Z$/u, ' UTC')}</time>.
          </p>
          {seconds.before > 0 && (
            <p>
              All runs together took {durationText(seconds.tonight)}, the night before{' '}
              {durationText(seconds.before)}.
            </p>
          )}
          <h2>Organizations</h2>
          <p>Without a run tonight first, then incomplete runs, then new blockers.</p>
          <Organizations report={report} link={link} />
          <h2>Rules</h2>
          <table>
            <thead>
              <tr>
                <th>Rule</th>
                <th class="number">Organizations</th>
                <th class="number">Findings</th>
              </tr>
            </thead>
            <tbody>
              {rules.map(({ rule, organizations, findings }) => (
                <tr key={rule}>
                  <td>{rule}</td>
                  <td class="number">{organizations}</td>
                  <td class="number">{findings}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </main>
      </body>
    </html>
  );
}

/** The roll-up as one self-contained page without a script. */
export function renderFleetPage(report: FleetReport, link: RunLink): string {
  const style = `${STYLE}${HEIGHTS}`;
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>\n${renderToString(<Page report={report} link={link} style={style} policy={policy} />)}\n`;
}
