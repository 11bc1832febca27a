import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logEntryText } from '../../cli/terminal/logger.ts';
import { showEvents } from '../../cli/terminal/progress.ts';
import { type AuditRequest, auditRun, PLAIN_AUDIT } from '../../src/audit/audit.ts';
import { loadConfig } from '../../src/config/settings.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import type { LogEntry, RunContext } from '../../src/runtime/run-context.ts';
import type { World } from '../support/world.ts';
import { night, pilot, test2 } from './support/nights.ts';

let folder: string;
let said: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-history-'));
  said = '';
});
afterEach(() => rmSync(folder, { recursive: true }));

const say = (entry: LogEntry): void => {
  said += logEntryText(entry);
};

const CONTEXT: RunContext = {
  env: {},
  cwd: '.',
  now: () => new Date(),
  stdout: () => {},
  say,
  onEvent: showEvents({ say, show: () => () => {} }, Date.now),
  color: false,
  signal: new AbortController().signal,
  hide: () => {},
  redact: (text) => text,
};

/** Judges a night, as `drift --snapshot` does. */
async function drift(
  night: World,
  over: Partial<AuditRequest> = {},
): Promise<{ dir: string; run: RunSummary; states: Record<string, string> }> {
  const snapshot = await night.seal(mkdtempSync(join(folder, 'sealed-')));
  const { dir, run, findings } = await auditRun(
    {
      ...PLAIN_AUDIT,
      job: 'drift',
      from: { snapshot },
      reportsDir: join(folder, 'reports'),
      failOn: 'error',
      plan: loadConfig({}, { okta: false, store: false }).plan,
      ...over,
    },
    CONTEXT,
  );
  return {
    dir,
    run,
    states: Object.fromEntries(findings.map(({ rule, subject, state }) => [`${rule} ${subject}`, state])),
  };
}

const STUCK = 'user-push-failed 00uSales@example.com';

/** A push that failed, and that something touches shortly before the run. */
function stuck(world: World): void {
  const row = world.rows['okta.appUsers'].find(({ okta_user_id }) => okta_user_id === '00uSales');
  Object.assign(row ?? {}, { sync_state: 'ERROR' });
}
function touched(world: World): void {
  const row = world.rows['okta.appUsers'].find(({ okta_user_id }) => okta_user_id === '00uSales');
  Object.assign(row ?? {}, { last_updated: new Date(world.began.getTime() - 10 * 60_000).toISOString() });
}

describe('over the nights', () => {
  test('findings are new, then known since the first night, then resolved once', async () => {
    const first = await drift(night(1));
    expect([first.run.exit_code, first.states]).toEqual([0, {}]);
    expect(first.run).toMatchObject({ complete: true, previous: null, baseline: null });

    const second = await drift(night(2, pilot));
    expect([second.run.exit_code, second.states]).toEqual([1, { 'group-orphaned Pilot': 'new' }]);

    const third = await drift(night(3, pilot, test2), { failOnNew: true });
    expect(third.states).toEqual({ 'group-orphaned Pilot': 'known', 'group-orphaned Test': 'new' });
    expect(third.run).toMatchObject({ exit_code: 1, counts: { state: { new: 1, known: 1 } } });
    const known = readFileSync(join(third.dir, 'findings.csv'), 'utf8').split('\r\n')[1];
    expect(known).toContain(`group-orphaned,error,known,group,Pilot`);
    expect(known).toContain(night(2).began.toISOString());

    const fourth = await drift(night(4, pilot, test2), { failOnNew: true });
    expect(fourth.run).toMatchObject({ exit_code: 0, verdict: 'no-go', counts: { state: { known: 2 } } });

    const fifth = await drift(night(5, test2));
    expect(fifth.states).toEqual({ 'group-orphaned Pilot': 'resolved', 'group-orphaned Test': 'known' });
    expect((await drift(night(6, test2))).states).toEqual({ 'group-orphaned Test': 'known' });

    // Judged again later, an old night says what it said: only earlier snapshots are looked at.
    const again = await drift(night(3, pilot, test2), { failOnNew: true });
    for (const file of ['findings.csv', 'run.json', 'plan.json']) {
      expect(readFileSync(join(again.dir, file)).equals(readFileSync(join(third.dir, file))), file).toBe(
        true,
      );
    }
  });

  test('a night that was not read whole resolves nothing and is no measure for the next', async () => {
    await drift(night(1, pilot));
    const blind = await drift(
      night(2, (world) => world.setState('okta.groupPushMappings', 'partial', 'HTTP 500')),
    );
    expect(blind.run).toMatchObject({ exit_code: 3, complete: false });
    expect(blind.states['group-orphaned Pilot']).toBeUndefined();
    expect(blind.run.held).toEqual([]);
    expect(blind.run.notes).toContain(
      '1 known finding of the last complete run is not among the findings; nothing says that anything is resolved.',
    );
    const next = await drift(night(3, pilot));
    expect(next.states).toEqual({ 'group-orphaned Pilot': 'known' });
    expect(next.run.previous?.began).toBe(night(1).began.toISOString());
  });

  test('a dataset that is empty all at once is suspect until somebody accepts it', async () => {
    await drift(night(1, pilot));
    const lessPeople = (world: World) => {
      world.rows['okta.profileMappings'] = [];
    };
    const suspect = await drift(night(2, lessPeople));
    expect(suspect.run).toMatchObject({
      exit_code: 3,
      complete: false,
    });
    // The orphaned group is gone as well: one of four is nothing suspect.
    expect(suspect.run.suspect).toEqual([{ dataset: 'okta.profileMappings', before: 1, now: 0 }]);
    expect(suspect.states['group-orphaned Pilot']).toBeUndefined();
    const accepted = await drift(night(3, lessPeople), { acceptShrink: true });
    expect(accepted.run).toMatchObject({ complete: true, shrink_accepted: true });
    expect(accepted.states['group-orphaned Pilot']).toBe('resolved');
    expect((await drift(night(4, lessPeople))).run.suspect).toEqual([]);
  });

  test('what a group granted is compared with the baseline, and a loss stays one until it is given back', async () => {
    const nothing = (world: World) => {
      const rows = world.rows['optiId.groupInstanceRoles'];
      world.rows['optiId.groupInstanceRoles'] = rows.filter(
        ({ opti_group_id }) => opti_group_id !== 'group-Sales',
      );
    };
    const whole = await drift(night(1));
    expect(whole.run.rules['group-access-lost']).toMatchObject({ outcome: 'skipped' });
    const accept = { acceptShrink: true };
    const lost = await drift(night(2, nothing), accept);
    expect(lost.states).toMatchObject({ 'group-access-lost Sales': 'new' });
    expect(lost.run.baseline).toBe(whole.dir.split('/').at(-1));
    const still = await drift(night(3, nothing), accept);
    expect(still.states).toMatchObject({ 'group-access-lost Sales': 'known' });
    for (const { dir } of [lost, still]) {
      expect(readFileSync(join(dir, 'findings.csv'), 'utf8')).toContain(
        'in the baseline: CMS / web: Editor.',
      );
    }
    expect((await drift(night(4), accept)).states).toMatchObject({ 'group-access-lost Sales': 'resolved' });
    // A baseline that is named serves whatever has happened since.
    const named = await drift(night(5, nothing), { ...accept, baseline: whole.dir });
    expect(named.states).toMatchObject({ 'group-access-lost Sales': 'new' });
  });

  test('the store group that a mapping made is remembered when its name is changed by hand', async () => {
    await drift(night(1));
    const renamed = (world: World) => {
      for (const group of world.rows['optiId.groups']) if (group.name === 'Sales') group.name = 'Vertrieb';
    };
    const { states } = await drift(night(2, renamed));
    expect(states).toMatchObject({ 'group-name-drifted Sales': 'new' });
    expect(states['group-missing Sales'] ?? states['group-orphaned Vertrieb']).toBeUndefined();
  });

  test('a known finding stays open while something touches its subject before each run', async () => {
    expect((await drift(night(1, stuck))).states).toEqual({ [STUCK]: 'new' });
    for (const number of [2, 3, 4]) {
      const { run, states } = await drift(night(number, stuck, touched));
      expect([run.exit_code, run.verdict, states]).toEqual([1, 'no-go', { [STUCK]: 'known' }]);
      expect(run.rules['user-push-failed']).toMatchObject({ outcome: 'fail', findings: 1 });
    }
    expect((await drift(night(5))).states).toEqual({ [STUCK]: 'resolved' });
  });

  test('what was in flight in the run before and is still there after the lag is drift', async () => {
    const first = await drift(night(1, stuck, touched));
    expect([first.run.exit_code, first.states]).toEqual([0, {}]);
    const since = night(1).began.toISOString();
    expect(first.run.in_flight).toMatchObject([{ rule: 'user-push-failed', since }]);

    // Within the lag it is on its way still, and keeps its time; a run that could not judge it passes it on.
    const soon = await drift(night(1 + 0.5 / 24, stuck, touched));
    expect([soon.run.exit_code, soon.run.in_flight]).toEqual([0, first.run.in_flight]);
    const blind = await drift(
      night(2, stuck, touched, (world) => world.setState('okta.appUsers', 'partial', 'HTTP 500')),
    );
    expect([blind.run.exit_code, blind.run.in_flight]).toEqual([3, first.run.in_flight]);

    const next = await drift(night(3, stuck, touched));
    expect([next.run.exit_code, next.states, next.run.in_flight]).toEqual([1, { [STUCK]: 'new' }, []]);
  });

  test('waived findings are listed and do not count, until the waiver ends', async () => {
    const waiver = {
      line: 2,
      finding_id: null,
      rule: 'group-orphaned',
      subject: 'Pilot',
      owner: 'Ada',
      reason: 'ticket 7',
      expires: night(2).began.toISOString().slice(0, 10),
    };
    const waived = await drift(night(2, pilot), { waivers: [waiver] });
    expect([waived.run.exit_code, waived.states]).toEqual([0, { 'group-orphaned Pilot': 'waived' }]);
    expect(waived.run.plan.steps).toBe(0);
    const expired = await drift(night(3, pilot), { waivers: [waiver] });
    expect([expired.run.exit_code, expired.states]).toEqual([1, { 'group-orphaned Pilot': 'known' }]);
    expect(said).toContain('Warning: The waiver of Ada for group-orphaned on Pilot (line 2) expired');
    expect(expired.run.notes[0]).toContain('expired');
  });
});
