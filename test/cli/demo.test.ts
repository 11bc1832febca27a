import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NIGHT_TROUBLES } from '../../src/sandbox/sample-nights.ts';
import { Desk, type Ending, filesBelow, JUDGED_FILES, readCsv, readRun, timeProgram } from './support/cli.ts';

describe('demo', () => {
  let desk: Desk;
  let ending: Ending;
  let tookMs: number;
  /** The run folders by their job, oldest first. */
  let runs: Record<'precutover' | 'drift', string[]>;

  beforeAll(async () => {
    desk = await Desk.open();
    // Nothing to configure: what is set for a real run is not looked at.
    const settings = { OKTA_CLIENT_ORGURL: 'https://acme.okta.com', AUDIT_SCIM_APP: 'none' };
    ({ ending, tookMs } = await timeProgram(desk.commandLine(['demo']), desk, settings));
    const folders = filesBelow(desk.reports).filter((path) =>
      /^[^/]+\/[^/]+-(precutover|drift)$/u.test(path),
    );
    const of = (job: string) =>
      folders.filter((path) => path.endsWith(`-${job}`)).map((path) => `${desk.reports}/${path}`);
    runs = { precutover: of('precutover'), drift: of('drift') };
  }, 240_000);

  afterAll(async () => {
    await desk?.close();
  });

  it('ends with 0 within a minute, whatever it finds', () => {
    expect(ending.code, ending.stderr).toBe(0);
    expect(tookMs).toBeLessThan(60_000);
  });

  it('leaves a complete run of the eve, and one of each of the two nights', () => {
    expect([runs.precutover.length, runs.drift.length]).toEqual([1, 2]);
    const verdicts = [...runs.precutover, ...runs.drift].map((dir) => {
      const run = readRun(dir);
      expect(run.files).toEqual(expect.arrayContaining([...JUDGED_FILES, 'snapshot/manifest.json']));
      expect(run.counts.outcome.unknown).toBe(0);
      return [run.job, run.verdict, run.exit_code];
    });
    expect(verdicts).toEqual([
      ['precutover', 'no-go', 1],
      ['drift', 'go', 0],
      ['drift', 'no-go', 1],
    ]);
  });

  it('tells the second night against the first', () => {
    const [before = '', tonight = ''] = runs.drift;
    expect(readCsv(before, 'findings')).toEqual([]);
    const findings = readCsv(tonight, 'findings');
    expect(findings).toHaveLength(NIGHT_TROUBLES.length);
    expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(['new']));
    expect(findings.map(({ rule }) => rule)).toContain('group-access-lost');
  });

  it('names the blockers of both jobs and where the files are, and nothing of the night before', () => {
    const [before = '', tonight = ''] = runs.drift;
    for (const dir of [...runs.precutover, tonight]) {
      const blockers = readCsv(dir, 'findings').filter(({ severity }) => severity === 'blocker');
      expect(blockers.length).toBeGreaterThan(0);
      for (const { subject, rule } of blockers) expect(ending.stdout).toContain(`- ${subject} (${rule}): `);
      expect(ending.stdout).toContain(dir.slice(desk.folder.length + 1));
    }
    expect(ending.stdout).not.toContain(before.slice(desk.folder.length + 1));
  });
});
