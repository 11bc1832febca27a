import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { type FleetEntry, rollUp } from '../../src/domain/fleet.ts';
import {
  durationText,
  renderFleetReport,
  renderStatus,
  trendText,
} from '../../src/report/fleet/fleet-text.ts';
import { FLEET_FILES, writeFleetReport } from '../../src/report/fleet/write-fleet-report.ts';

const NOW = new Date('2026-12-02T06:30:00Z');

function entry(org: string, changes: Partial<FleetEntry> = {}): FleetEntry {
  return {
    org,
    night: '2026-12-01',
    state: 'done',
    job: 'drift',
    exit_code: 0,
    verdict: 'go',
    verdict_lines: ['CLEAN: nothing at or above error was found.', 'Run it again tomorrow night.'],
    new_blockers: 0,
    severity: { blocker: 0, error: 0, warning: 0, info: 0 },
    rules: {},
    tries: 1,
    worker: 'host:1',
    note: '',
    started: '2026-12-01T22:00:00.000Z',
    ended: '2026-12-01T22:02:00.000Z',
    seconds: 120,
    peak_mb: 300,
    seconds_before: [100, 80],
    run: `acme/${org}`,
    ...changes,
  };
}

const open = {
  exit_code: null,
  verdict: null,
  verdict_lines: [],
  severity: null,
  new_blockers: null,
  seconds: null,
  run: null,
} as const;
const ALL = [
  entry('clean'),
  entry('findings', { exit_code: 1, rules: { 'group-orphaned': 2 } }),
  entry('blockers', {
    exit_code: 1,
    verdict_lines: ['DRIFT: 3 groups must be deleted.', 'After the plan: 0 blockers, 1 decision.'],
    new_blockers: 3,
    rules: { 'group-orphaned': 1, 'user-missing': 4 },
  }),
  entry('incomplete', { exit_code: 3 }),
  entry('waiting', { ...open, state: 'waiting' }),
  entry('dead', { ...open, state: 'dead', note: 'Okta refused the token.' }),
  entry('late', { ...open, state: 'late' }),
];

describe('the roll-up of a night', () => {
  it('has those without a run first, then incomplete ones, then new blockers, then findings', () => {
    expect(rollUp(ALL, NOW).entries.map(({ org }) => org)).toEqual([
      'dead',
      'late',
      'waiting',
      'incomplete',
      'blockers',
      'findings',
      'clean',
    ]);
  });

  it.each([
    [['clean'], 0],
    [['clean', 'findings'], 1],
    [['clean', 'blockers'], 1],
    [['findings', 'incomplete'], 3],
    [['clean', 'waiting'], 3],
    [['clean', 'dead'], 3],
  ])('of %j ends with %d: a missing run counts as incomplete', (orgs, code) => {
    const entries = ALL.filter(({ org }) => orgs.includes(org));
    expect(rollUp(entries, NOW).exit_code).toBe(code);
  });

  it('counts rules by the organizations that they found something in, and compares what was run on both nights', () => {
    const { rules, seconds } = rollUp(ALL, NOW);
    expect(rules).toEqual([
      { rule: 'group-orphaned', organizations: 2, findings: 3 },
      { rule: 'user-missing', organizations: 1, findings: 4 },
    ]);
    expect(seconds).toEqual({ tonight: 480, before: 400 });
  });

  it('is said on a terminal, the worst first', () => {
    const report = rollUp(ALL, NOW);
    const text = renderFleetReport(report);
    expect(text).toContain('7 organizations, night of 2026-12-01: 1 dead, 1 late, 1 waiting, 4 done.');
    expect(text).toContain('No run tonight:\n  - dead (dead): Okta refused the token.\n  - late (late)');
    expect(text).toContain(
      'New blockers:\n  - blockers: 3 new. DRIFT: 3 groups must be deleted. After the plan: 0 blockers, 1 decision. (acme/blockers)\n',
    );
    expect(renderStatus(report, NOW)).toMatch(/^dead +dead +1 +host:1 +Okta refused the token\.$/mu);
  });

  it('shows what names hold and lets nothing act, in the page and in the table', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'optiid-audit-fleet-report-'));
    const evil = entry('=cmd()', { note: '<script>alert(1)</script>\u202Eevil' });
    await writeFleetReport(dir, rollUp([...ALL, evil], NOW), (run) => `../runs/${run}/report.html`);
    const [html = '', csv = '', json = ''] = await Promise.all(
      FLEET_FILES.map((name) => readFile(join(dir, name), 'utf8')),
    );
    expect(html).not.toMatch(/<script|\u202E/u);
    expect(html).toContain("default-src 'none'; style-src 'sha256-");
    expect(html).not.toMatch(/ style="/u);
    expect(html).toContain('href="../runs/acme/blockers/report.html"');
    const rows: Record<string, string>[] = parse(csv, { bom: true, columns: true });
    expect(rows.map(({ org }) => org)).toContain("'=cmd()");
    expect(html).toContain(
      '<p>DRIFT: 3 groups must be deleted.</p><p>After the plan: 0 blockers, 1 decision.</p>',
    );
    expect(rows.find(({ org }) => org === 'blockers')?.verdict_lines).toBe(
      'DRIFT: 3 groups must be deleted. After the plan: 0 blockers, 1 decision.',
    );
    expect(rows[0]).toMatchObject({ org: 'dead', result: 'no run tonight', exit_code: '' });
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(rollUp([...ALL, evil], NOW))));
  });

  it.each([
    [45.4, '45 s'],
    [120, '2 min'],
    [7_500, '2 h 05 min'],
    [null, ''],
  ])('says %s seconds as %j', (seconds, text) => expect(durationText(seconds)).toBe(text));

  it('says how much longer it took', () => {
    expect([trendText(120, 100), trendText(80, 100), trendText(80, undefined)]).toEqual([
      '+20 %',
      '-20 %',
      '',
    ]);
  });
});
