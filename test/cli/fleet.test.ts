import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check, enqueue, redrive, report, status } from '../../cli/commands/fleet.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { FleetReport } from '../../src/domain/fleet.ts';
import { fleetJsonSchema } from '../../src/fleet/fleet-schema.ts';
import { verdictLines } from '../../src/report/text/verdict.ts';
import { type FleetSandbox, runFleet, startFleetSandbox } from '../fleet/support/fleet-sandbox.ts';
import { builtProgram } from '../support/built-program.ts';
import { readCsv, readRun, runContextIn } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

const started = await startFleetSandbox(
  [
    { name: 'acme', users: 3 },
    { name: 'globex', users: 2 },
  ],
  { queue: { tries: 2, retry_seconds: 1, heartbeat_seconds: 60 } },
);
const fleet = started as FleetSandbox;

describe.skipIf('unavailable' in started)('a fleet of two organizations', () => {
  const file = { file: 'fleet.yaml' };

  /** A command within this process. */
  async function within(run: (context: ReturnType<typeof runContextIn>['context']) => Promise<number>) {
    const { said, context } = runContextIn(fleet.folder, { env: fleet.env });
    const code = await run(context);
    expect(said.stderr).not.toContain(fleet.env.TOKEN_OF_0);
    return { code, ...said };
  }

  beforeAll(async () => {
    const [, globex] = fleet.organizations;
    if (globex) globex.entry.settings.OKTA_CLIENT_TOKEN = 'env:WRONG_TOKEN';
    fleet.env.WRONG_TOKEN = '00token-that-opens-nothing';
    fleet.write();
  });
  afterAll(() => fleet.close());

  it('prints the schema with --schema', async () => {
    const { stdout } = await within((context) => check({ ...file, schema: true }, context));
    expect(stdout).toBe(fleetJsonSchema());
  });

  it('is checked as a whole by `fleet check`, and refused with the line of each mistake', async () => {
    expect(await within((context) => check(file, context))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 organizations are in order as far as this file goes'),
    });
    const { WRONG_TOKEN: _, ...env } = fleet.env;
    const { context } = runContextIn(fleet.folder, { env });
    await expect(check(file, context)).rejects.toThrow(
      /^fleet\.yaml:\d+: OKTA_CLIENT_TOKEN names a variable/u,
    );
    const missing = await check({ file: 'other.yaml' }, context).catch((error: unknown) => error);
    expect(missing).toMatchObject({
      message: `There is no fleet file ${join(fleet.folder, 'other.yaml')}.`,
      hint: expect.stringMatching(/README.*--file/u),
    });
    const folder = check({ file: '.' }, context);
    await expect(folder).rejects.toThrow(`The fleet file ${fleet.folder} cannot be read: it is a folder.`);
  });

  it('says what is missing where no queue is named', async () => {
    const { FLEET_DATABASE_URL: _, ...env } = fleet.env;
    const { context } = runContextIn(fleet.folder, { env });
    await expect(status(file, context)).rejects.toThrow('FLEET_DATABASE_URL is not set.');
    const away = { ...env, FLEET_DATABASE_URL: 'postgresql://u:secret@127.0.0.1:1/x' };
    const refused = status(file, runContextIn(fleet.folder, { env: away }).context);
    await expect(refused).rejects.toThrow('The queue of the fleet cannot be used: connect ECONNREFUSED');
  });

  it('is missing as a whole before it is enqueued: code 3', async () => {
    const { code, stdout } = await within((context) => report({ ...file, json: true }, context));
    expect(code).toBe(3);
    expect(jsonOf('fleet report', stdout).counts).toMatchObject({ 'not enqueued': 2 });
  });

  it('is enqueued once, and left to the clock of the queue with --schedule until --unschedule', async () => {
    const say = (flags: object) => within((context) => enqueue({ ...file, ...flags }, context));
    expect((await say({ schedule: true })).stdout).toBe('every night: 0 0 * * * (UTC)\n');
    const scheduled = await say({ schedule: true, json: true });
    expect(jsonOf('fleet enqueue', scheduled.stdout)).toEqual({
      schedules: [{ cron: '0 0 * * *', zone: 'UTC' }],
    });
    expect((await say({ unschedule: true })).stdout).toBe('No schedule any more.\n');
    expect((await say({ now: true })).stdout).toContain('2 of 2 organizations enqueued');
    expect((await say({ now: true })).stdout).toContain('0 of 2 organizations enqueued');
    expect((await say({ now: true, quiet: true })).stdout).toBe('');
    const again = await say({ now: true, json: true });
    expect(jsonOf('fleet enqueue', again.stdout)).toMatchObject([{ organizations: 2, added: [] }]);
  });

  it('refuses to bring back what is not dead, or not there', async () => {
    const { context } = runContextIn(fleet.folder, { env: fleet.env });
    await expect(redrive('acme', file, context)).rejects.toThrow('acme is not dead on the night of');
    await expect(redrive('acm', file, context)).rejects.toThrow(AuditError);
  });

  it('has its answers once a worker was there, each the one that an audit by hand gives', async () => {
    const program = [builtProgram()];
    const work = ['work', '--slots', '2', '--memory', '2048', '--until-done', '--metrics', '0'];
    const { code, stderr } = await runFleet(program, fleet, work);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/metrics at http:\/\/127\.0\.0\.1:\d+\/metrics/u);
    for (const token of Object.values(fleet.env)) expect(stderr).not.toContain(token);

    const shown = await within((context) => status(file, context));
    expect(shown.stdout).toMatch(/^acme +done +[01] +1 /mu);
    expect(shown.stdout).toMatch(/^globex +dead .*Okta refused the token/mu);

    const [acme, globex] = fleet.organizations;
    const folder = join(fleet.runs, new URL(acme?.okta.url ?? '').host.replace(':', '_'));
    const [run = ''] = readdirSync(folder);
    const byHand = join(fleet.folder, 'by-hand');
    const { runAudit } = await import('../../cli/commands/audit.ts');
    const settings = acme ? fleet.settingsOf(acme) : {};
    const { context } = runContextIn(fleet.folder, { env: settings });
    await runAudit('drift', { failOn: 'error', out: byHand, quiet: true }, context);
    const [own = ''] = readdirSync(byHand);
    const [hand = ''] = readdirSync(join(byHand, own));
    expect(readdirSync(join(folder, run)).sort()).toEqual(readdirSync(join(byHand, own, hand)).sort());
    for (const table of ['findings', 'rules', 'groups', 'users', 'memberships', 'access', 'configuration']) {
      const [one, other] = [join(folder, run), join(byHand, own, hand)].map((dir) =>
        readCsv(dir, table).map(({ first_seen: _, ...row }) => row),
      );
      expect(one, table).toEqual(other);
    }

    const rolledUp = await within((context) => report({ ...file, out: 'morning' }, context));
    expect(rolledUp.code).toBe(3);
    expect(rolledUp.stdout).toContain('No run tonight:\n  - globex (dead): Okta refused the token');
    const rows: Record<string, string>[] = parse(readFileSync(join(fleet.folder, 'morning', 'fleet.csv')), {
      bom: true,
      columns: true,
    });
    expect(rows.map(({ org, state }) => [org, state])).toEqual([
      ['globex', 'dead'],
      ['acme', 'done'],
    ]);
    const [, answered] = (
      JSON.parse(readFileSync(join(fleet.folder, 'morning', 'fleet.json'), 'utf8')) as FleetReport
    ).entries;
    const lines = verdictLines(readRun(join(byHand, own, hand)));
    expect(answered?.verdict_lines).toEqual(lines);
    expect(rows[1]?.verdict_lines).toBe(lines.join(' '));
    const html = readFileSync(join(fleet.folder, 'morning', 'fleet.html'), 'utf8');
    const link = /href="([^"]+)"/u.exec(html)?.[1] ?? '';
    expect(existsSync(join(fleet.folder, 'morning', decodeURIComponent(link)))).toBe(true);
    expect(html).not.toContain('<script');
    // A night is asked for by its day.
    const before = await within((context) => status({ ...file, night: '2020-01-01', json: true }, context));
    expect(jsonOf('fleet status', before.stdout).counts).toMatchObject({ 'not enqueued': 2 });

    // Nothing of people is in the table.
    const text = JSON.stringify(await fleet.query('select * from fleet.fleet_run'));
    for (const { email } of globex?.world.store.users ?? []) expect(text).not.toContain(email);
    expect(await within((context) => redrive('globex', file, context))).toMatchObject({
      code: 0,
      stdout: 'globex is tried again.\n',
    });
  });
});
