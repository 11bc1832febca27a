import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FleetEntry, FleetReport } from '../../domain/fleet.ts';
import { csvText } from '../files/csv.ts';
import { type RunLink, renderFleetPage } from './fleet-page.tsx';
import { resultText } from './fleet-text.ts';

const COLUMNS = [
  'org',
  'night',
  'result',
  'state',
  'exit_code',
  'new_blockers',
  'blocker',
  'error',
  'warning',
  'info',
  'tries',
  'started',
  'ended',
  'seconds',
  'seconds_before',
  'peak_mb',
  'job',
  'worker',
  'note',
  'run',
  'verdict_lines',
] as const;

function asRow(entry: FleetEntry): object {
  const [before = null] = entry.seconds_before;
  return {
    ...entry,
    ...entry.severity,
    result: resultText(entry),
    seconds_before: before,
    verdict_lines: entry.verdict_lines.join(' '),
  };
}

/** Names of the files, each of which holds the whole roll-up. */
export const FLEET_FILES = ['fleet.html', 'fleet.csv', 'fleet.json'] as const;

/** Writes the roll-up as HTML, CSV and JSON; each file is there as a whole or as it was. */
export async function writeFleetReport(dir: string, report: FleetReport, link: RunLink): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let csv = '';
  for await (const piece of csvText(COLUMNS, [report.entries.map(asRow)])) csv += piece;
  const texts = {
    'fleet.html': renderFleetPage(report, link),
    'fleet.csv': csv,
    'fleet.json': `${JSON.stringify(report, null, 2)}\n`,
  };
  for (const name of FLEET_FILES) {
    const path = join(dir, name);
    await writeFile(`${path}.new`, texts[name], { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}
