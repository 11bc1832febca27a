import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildProgram } from '../../cli/build-program.ts';
import { explain } from '../../cli/commands/explain.ts';
import { plan } from '../../cli/commands/plan.ts';
import { query } from '../../cli/commands/query.ts';
import { diff, listRuns } from '../../cli/commands/runs.ts';
import { waive } from '../../cli/commands/waive.ts';
import { explainFailure } from '../../cli/terminal/exit-codes.ts';
import { createLogger, type LogFormat } from '../../cli/terminal/logger.ts';
import { judgeConfirmation } from '../../src/audit/confirm.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { JOBS, type Job } from '../../src/domain/rule.ts';
import { minutesBefore, World } from '../support/world.ts';
import { Desk, runContextIn } from './support/cli.ts';

/** Ends a statement, a string, a text; moves the cursor, rings, turns text around; begins a formula behind a separator. */
const HOSTILE = `needle'"$1?;=1+1\t\u001b[2J\u0007\u009b1m\u202e`;
/** What would act on a terminal, or on whoever reads there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ACTING = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]|\p{Cf}|\p{Zl}|\p{Zp}/u;

/** An org in which every name and id that a directory may choose is hostile. */
function hostileWorld(job: Job): World {
  const world = new World();
  let count = 0;
  const name = () => {
    count += 1;
    return `${count}${HOSTILE}`;
  };
  const isNight = job === 'drift';
  world.organization({ name: name(), provisioning_mode: isNight ? 'scim' : 'jit' });
  world.changeScimApp({ label: name(), features: [] });
  const people = [0, 1, 2].map(() => {
    const email = `${name()}@example.com`;
    const stored = world.optiUser({ opti_user_id: name(), email, first_name: name() });
    const okta = world.person(
      { okta_user_id: name(), email, first_name: isNight ? name() : null },
      { external_id: isNight ? stored : null },
    );
    return { okta, stored };
  });
  for (const { okta, stored } of people) {
    const group = name();
    const pushed = world.pushedGroup(group, [okta], { okta_group_id: name() });
    const made = world.optiGroup(group, [stored], {
      opti_group_id: name(),
      group_type: isNight ? 'internal' : 'custom',
    });
    world.grant(made, name(), name(), name());
    if (isNight) {
      world.mapping(pushed, { okta_mapping_id: name(), status: 'ERROR', error_summary: name() });
      world.groupEvent('application.provision.group_push.pushed', group, {
        outcome: 'FAILURE',
        outcome_reason: name(),
      });
    }
  }
  world.optiGroup(name(), [people[0]?.stored ?? ''], { opti_group_id: name(), group_type: 'internal' });
  if (isNight) world.mapping(world.pushedGroup(name(), []), { created: minutesBefore(300) });
  return world;
}

describe.each(JOBS)('names that somebody chose to do harm (%s)', (job) => {
  let desk: Desk;
  let run: string;
  let findings: Finding[];
  /** Every statement that DuckDB was given. */
  const statements: string[] = [];
  /** What reached the terminal. */
  const shown: Record<string, string> = {};

  const tell = async (what: string, command: Parameters<Desk['within']>[0]): Promise<void> => {
    const { stdout, stderr } = await desk.within(command);
    shown[what] = stdout + stderr;
  };

  beforeAll(async () => {
    for (const method of ['run', 'stream', 'prepare', 'extractStatements'] as const) {
      const original = DuckDBConnection.prototype[method] as (...given: unknown[]) => unknown;
      vi.spyOn(DuckDBConnection.prototype, method).mockImplementation(function (
        this: DuckDBConnection,
        ...given: unknown[]
      ) {
        statements.push(String(given[0]));
        return original.apply(this, given) as never;
      });
    }
    desk = await Desk.open();
    const snapshot = join(desk.folder, 'snapshot');
    const world = hostileWorld(job);
    // A setting holds no control characters, whatever the groups that it means.
    world.settings.push_groups = ['*'];
    await world.seal(snapshot);
    const ending = await desk.audit(job, {}, { snapshot });
    expect(ending.code).toBe(1);
    shown[job] = ending.stdout + ending.stderr;
    run = desk.onlyRun();
    const lines = readFileSync(join(run, 'findings.ndjson'), 'utf8').trim().split('\n');
    findings = lines.map((line) => JSON.parse(line) as Finding);
    const out = desk.reports;
    const [finding] = findings.filter(({ subject }) => subject.includes('needle'));
    const id = finding?.finding_id ?? '';
    for (const json of [false, true]) {
      await tell(`plan ${json}`, (context) => plan(run, { stale: true, json }, context));
      await tell(`explain ${json}`, (context) => explain(id, { out, run, json }, context));
      await tell(`runs ${json}`, (context) => listRuns({ out, json }, context));
      await tell(`diff ${json}`, (context) => diff(run, run, { out, json }, context));
    }
    for (const format of ['table', 'csv', 'json'] as const) {
      const sql =
        'select email, opti_user_id, [email] as emails, {a: email} as pair from opti_user order by all';
      await tell(`query ${format}`, (context) =>
        query(sql, { snapshot, format, job, quiet: false }, context),
      );
    }
    const waiver = {
      out,
      owner: HOSTILE,
      reason: HOSTILE,
      until: '2999-01-01',
      waivers: join(desk.folder, 'w.csv'),
    };
    for (const what of ['waive', 'waive again']) {
      await tell(what, (context) => waive(id, waiver, { ...context, now: () => new Date('2026-11-24') }));
    }
    await tell('explain nothing', (context) => explain(HOSTILE, { out }, context));
  });

  afterAll(async () => {
    vi.restoreAllMocks();
    await desk?.close();
  });

  it('reach no statement as a part of it', () => {
    expect(statements.length).toBeGreaterThan(100);
    expect(statements.filter((sql) => sql.includes('needle'))).toEqual([]);
  });

  it('stay what they are: the findings name them', () => {
    expect(findings.filter(({ subject }) => subject.includes(HOSTILE)).length).toBeGreaterThan(5);
  });

  it('act on no terminal, whatever the command', () => {
    const silent = Object.entries(shown).filter(([, text]) => !text.includes('needle'));
    expect(silent.map(([what]) => what)).toEqual(['runs false', 'diff false', 'runs true', 'diff true']);
    const leaks = Object.entries(shown).flatMap(([what, text]) => {
      // A CSV has a byte order mark, carriage returns, and tabs and NUL in quotes.
      const plain = what === 'query csv' ? text.replace(/^\uFEFF|[\r\t\0]/gu, '') : text;
      const found = ACTING.exec(plain);
      return found
        ? [`${what}: ${JSON.stringify(plain.slice(Math.max(0, found.index - 40), found.index + 5))}`]
        : [];
    });
    expect(leaks).toEqual([]);
  });

  it('act in no plan and no table of the run', () => {
    for (const file of ['plan.md', 'findings.csv', 'plan.csv', 'users.csv', 'groups.csv']) {
      const text = readFileSync(join(run, file), 'utf8').replace(/^\uFEFF/u, '');
      expect(text, file).toContain('needle');
      expect(file === 'plan.md' ? text : text.replace(/[\r\t\0]/gu, ''), file).not.toMatch(ACTING);
    }
  });

  it('stay in one cell for whoever splits at a semicolon or a tab within quotes', () => {
    const [, ...lines] = readFileSync(join(run, 'groups.csv'), 'utf8').split('\r\n');
    for (const line of lines) {
      const outside = line.replace(/"(?:[^"]|"")*"/gu, '');
      expect(outside).not.toMatch(/[;\t]/u);
    }
  });
});

it('confirm asks the log about a hostile name without writing it into a statement', async () => {
  const withNul = `${HOSTILE}\0`;
  const statements: string[] = [];
  const original = DuckDBConnection.prototype.run;
  const spy = vi.spyOn(DuckDBConnection.prototype, 'run').mockImplementation(function (
    this: DuckDBConnection,
    ...given
  ) {
    statements.push(given[0]);
    return original.apply(this, given);
  });
  try {
    const event = {
      event_id: `e${withNul}`,
      published: '2026-11-24T01:00:00.000Z',
      event_type: 'application.provision.group_push.pushed',
      outcome: 'SUCCESS',
      outcome_reason: null,
      targets: [
        { id: '0oaScim', type: 'AppInstance', alternate_id: withNul, display_name: withNul },
        { id: '00g', type: 'AppGroup', alternate_id: withNul, display_name: withNul },
      ],
    };
    const verdict = await judgeConfirmation(
      {
        kind: 'group-added',
        subject: withNul,
        app: { id: '0oaScim', label: withNul },
        userIds: [],
        emails: [],
        groupName: withNul,
      } as never,
      {
        events: [event],
        window: { since: '2026-11-20T00:00:00.000Z', until: '2026-11-24T03:00:00.000Z', gap: null },
        notes: [],
      } as never,
      60,
    );
    expect(verdict.subject).toBe(withNul);
    expect(statements.length).toBeGreaterThan(10);
    expect(statements.filter((sql) => sql.includes('needle'))).toEqual([]);
  } finally {
    spy.mockRestore();
  }
});

it.each(['text', 'json'] as const)(
  'a mistyped command line acts on no terminal (%s)',
  async (format: LogFormat) => {
    let written = '';
    const logger = createLogger({
      stream: { write: (text: string) => (written += text) },
      env: {},
      format,
      now: () => new Date(0),
      redact: (text) => text,
      every: () => () => {},
    });
    const lines = [
      [HOSTILE],
      ['precutover', HOSTILE],
      ['precutover', '--fail-on', HOSTILE],
      [`--${HOSTILE}`],
    ];
    for (const words of [...lines, ['rules', HOSTILE], ['runs', 'prune', '--keep', HOSTILE]]) {
      const context = { ...runContextIn('/').context, say: logger.say };
      const program = buildProgram(context, () => {}, { format, write: logger.write });
      const error: unknown = await program
        .parseAsync(words, { from: 'user' })
        .catch((thrown: unknown) => thrown);
      const { entry } = explainFailure(error);
      if (entry) logger.say(entry);
    }
    expect(written.match(/needle/gu)?.length).toBeGreaterThanOrEqual(5);
    expect(written).not.toMatch(ACTING);
  },
);
