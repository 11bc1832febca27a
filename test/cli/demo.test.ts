import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk, type Ending, JUDGED_FILES, readCsv, readRun, timeProgram } from './support/cli.ts';

describe('demo', () => {
  let desk: Desk;
  let ending: Ending;
  let tookMs: number;

  beforeAll(async () => {
    desk = await Desk.open();
    // Nothing to configure: what is set for a real run is not looked at.
    const settings = { OKTA_CLIENT_ORGURL: 'https://acme.okta.com', AUDIT_SCIM_APP: 'none' };
    ({ ending, tookMs } = await timeProgram(desk.commandLine(['demo']), desk, settings));
  }, 240_000);

  afterAll(async () => {
    await desk?.close();
  });

  it('ends with 0 within a minute, whatever it finds', () => {
    expect(ending.code, ending.stderr).toBe(0);
    expect(tookMs).toBeLessThan(60_000);
  });

  it('leaves a complete run', () => {
    const run = readRun(desk.onlyRun());
    expect(run).toMatchObject({ job: 'precutover', verdict: 'no-go', exit_code: 1 });
    expect(run.files).toEqual(expect.arrayContaining([...JUDGED_FILES, 'snapshot/manifest.json']));
    expect(run.counts.outcome.unknown).toBe(0);
  });

  it('names the blockers and where the files are', () => {
    const blockers = readCsv(desk.onlyRun(), 'findings').filter(({ severity }) => severity === 'blocker');
    expect(blockers.length).toBeGreaterThan(0);
    for (const { subject, rule } of blockers) expect(ending.stdout).toContain(`- ${subject} (${rule}): `);
    expect(ending.stdout).toContain(desk.onlyRun().slice(desk.folder.length + 1));
  });
});
