import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runAudit } from '../../cli/commands/audit.ts';
import { orgOf } from '../../src/domain/run.ts';
import {
  type FleetProcess,
  type FleetSandbox,
  restartPostgres,
  runFleet,
  type SandboxOrganization,
  startFleet,
  startFleetSandbox,
  statusOf,
} from '../fleet/support/fleet-sandbox.ts';
import { builtProgram } from '../support/built-program.ts';
import { runContextIn } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

/** CI has time for a night of fewer; 200 are for a quiet machine. */
const ORGANIZATIONS = Number(process.env.FLEET_ORGANIZATIONS ?? 12);
const HEARTBEAT_SECONDS = 10;

vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 600_000 });

const started = await startFleetSandbox(
  [
    // The longest begin first.
    { name: 'hangs', users: 2, more: { expected_minutes: 90 } },
    { name: 'huge', users: 250, more: { expected_minutes: 80, memory_mb: 3_000 } },
    { name: 'wrong', users: 2, more: { expected_minutes: 1 } },
    ...Array.from({ length: ORGANIZATIONS - 3 }, (_, at) => ({
      name: `org-${String(at).padStart(3, '0')}`,
      users: at % 3 === 0 ? 5 : 2,
      latencyMs: 20,
    })),
  ],
  { queue: { tries: 10, retry_seconds: 1, heartbeat_seconds: HEARTBEAT_SECONDS } },
);
const fleet = started as FleetSandbox;

/** An audit that hangs is given up after so many times what one takes here, so that a busy machine changes nothing. */
const TIMES_AS_LONG = 5;
/** It is tried again, so a limit that is too short on a machine with other work costs time and nothing else. */
const LEAST_LIMIT_SECONDS = 15;

/** What every audit asks first, and once. */
const FIRST = '/.well-known/okta-organization';

describe.skipIf('unavailable' in started)(
  `a night of ${ORGANIZATIONS} organizations, and everything goes wrong`,
  () => {
    const program = [builtProgram()];
    const workers: FleetProcess[] = [];
    const work = (...args: string[]): FleetProcess => {
      const worker = startFleet(program, fleet, ['work', '--until-done', '--log', 'json', ...args]);
      workers.push(worker);
      return worker;
    };
    const named = (name: string) =>
      fleet.organizations.find((each) => each.name === name) as SandboxOrganization;
    /** Lines of a worker's log by event. */
    const said = ({ output }: FleetProcess, event: string): Record<string, string>[] =>
      output.stderr
        .split('\n')
        .filter((line) => line.includes(`"event":"${event}"`))
        .map((line) => JSON.parse(line));
    const began = async (worker: FleetProcess, count: number) => {
      while (said(worker, 'audit-began').length < count) {
        if (worker.child.exitCode !== null) throw new Error(worker.output.stderr);
        await sleep(20);
      }
    };
    const byHand = (organization: SandboxOrganization) => {
      const { context } = runContextIn(fleet.folder, { env: fleet.settingsOf(organization) });
      const out = join(fleet.folder, `by-hand-${organization.name}`);
      return runAudit('drift', { failOn: 'error', out, quiet: true }, context);
    };
    let endPostgres: (() => Promise<void>) | null = null;

    afterAll(async () => {
      for (const { child } of workers) child.kill('SIGKILL');
      await endPostgres?.();
      await fleet.close();
    });

    it('ends with one answer for each organization, and never two audits of one at once', async () => {
      const begun = Date.now();
      await byHand(named('wrong'));
      const seconds = (Date.now() - begun) / 1_000;
      named('hangs').entry.time_limit_minutes = Math.max(LEAST_LIMIT_SECONDS, seconds * TIMES_AS_LONG) / 60;
      const { okta: hanging } = named('hangs');
      let hung = 0;
      hanging.setFault(({ path }) => {
        // The whole first audit: the client asks again where an answer does not come.
        const isFirst = hanging.requests.filter((request) => request.path === FIRST).length <= 1;
        if (path !== '/api/v1/groups' || !isFirst) return undefined;
        hung += 1;
        return { kind: 'hang' };
      });
      named('wrong').entry.settings.OKTA_CLIENT_TOKEN = 'env:WRONG_TOKEN';
      fleet.env.WRONG_TOKEN = '00token-that-opens-nothing';
      fleet.write();
      expect((await runFleet(program, fleet, ['enqueue', '--now'])).code).toBe(0);

      const stays = work('--slots', '3', '--memory', '8192', '--metrics', '0');
      // Nobody troubles the two that it begins with.
      await began(stays, 2);
      const killed = work('--slots', '3', '--memory', '2048');
      const frozen = work('--slots', '2', '--memory', '2048');
      await Promise.all([began(killed, 3).then(() => killed.child.kill('SIGKILL')), began(frozen, 2)]);
      // The worker stands still for longer than the heartbeat, and its locks end with the server.
      frozen.child.kill('SIGSTOP');
      const inHand = said(frozen, 'audit-began').map(({ org = '' }) => org);
      if (process.env.TEST_DATABASE_URL === undefined) endPostgres = await restartPostgres(fleet.queue);
      const url = /http:\/\/[\d.:]+\/metrics/u.exec(stays.output.stderr)?.[0] ?? '';
      const metrics = await (await fetch(url)).text();
      await sleep(HEARTBEAT_SECONDS * 2_000);
      frozen.child.kill('SIGCONT');

      // One that is told to stop puts its jobs back, and keeps what was read.
      const stopped = work('--slots', '1', '--memory', '2048');
      await began(stopped, 1).catch(() => {});
      stopped.child.kill('SIGTERM');
      expect(await stopped.ended).toBe(0);

      expect(await Promise.all([stays.ended, frozen.ended])).toEqual([0, 0]);
      for (const { output } of workers)
        for (const { okta } of fleet.organizations) expect(output.stderr).not.toContain(okta.token);
      expect(metrics).toMatch(/optiid_fleet_slots\{state="busy"\} [123]/u);
      expect(metrics).toMatch(/^optiid_fleet_organizations\{state="done"\} \d+$/mu);
      expect(hung).toBeGreaterThan(0);
      expect(inHand.length).toBeGreaterThan(0);

      const report = await statusOf(program, fleet);
      const states = Object.fromEntries(report.entries.map((entry) => [entry.org, entry.state]));
      expect(states).toEqual(
        Object.fromEntries(fleet.organizations.map(({ name }) => [name, name === 'wrong' ? 'dead' : 'done'])),
      );
      const tries = Object.fromEntries(report.entries.map((entry) => [entry.org, entry.tries]));
      expect(tries.wrong).toBe(1);
      expect(tries.hangs).toBeGreaterThan(1);
      // Only the worker with enough memory took it.
      expect(report.entries.find(({ org }) => org === 'huge')?.worker).toContain(`:${stays.pid}`);

      // Nothing is left in the queue, and nothing was given up but what cannot be done.
      expect(
        await fleet.query(
          `select state, count(*)::int as jobs from fleet_queue.job where name like 'audit-%' and state < 'completed' group by 1`,
        ),
      ).toEqual([]);
      const answers = await fleet.query(
        `select org, count(*)::int as n from fleet.fleet_run where state = 'answered' group by org`,
      );
      expect(answers.map(({ n }) => n)).toEqual(answers.map(() => 1));
      expect(answers).toHaveLength(ORGANIZATIONS - 1);
      const runs = Object.fromEntries(
        fleet.organizations
          .filter(({ name }) => name !== 'wrong')
          .map(({ name, okta }) => [
            name,
            readdirSync(join(fleet.runs, orgOf(okta.url))).filter((run) => !run.startsWith('.')),
          ]),
      );
      for (const [name, left] of Object.entries(runs))
        expect({ name, runs: left.length }).toEqual({ name, runs: 1 });
      for (const { org, run } of report.entries.filter(({ state }) => state === 'done')) {
        expect(run).toMatch(new RegExp(`/${runs[org]?.[0]}$`, 'u'));
      }
    });

    it('as the request logs of the organizations say', async () => {
      // What one audit asks for, by size: measured by hand on an organization that nobody disturbs.
      const perSize = new Map<number, Map<string, number>>();
      for (const name of ['hangs', 'huge', 'org-000']) {
        const organization = named(name);
        const { okta, users } = organization;
        const before = okta.requests.length;
        const { context } = runContextIn(fleet.folder, { env: fleet.settingsOf(organization) });
        await runAudit(
          'drift',
          { failOn: 'error', out: join(fleet.folder, `by-hand-${users}`), quiet: true },
          context,
        );
        perSize.set(users, countByPath(okta.requests.slice(before)));
        Object.assign(organization, { asked: before });
      }
      for (const { name, okta, users, ...rest } of fleet.organizations) {
        if (name === 'wrong') continue;
        const { asked = okta.requests.length } = rest as { asked?: number };
        const all = okta.requests.slice(0, asked);
        const last = all.findLastIndex(({ path }) => path === FIRST);
        // An audit that was still underway would ask for what the last one asks for as well.
        const expected = perSize.get(users) ?? new Map<string, number>();
        for (const [path, times] of countByPath(all.slice(last))) {
          expect({ name, path, tooOften: times > (expected.get(path) ?? 0) }).toEqual({
            name,
            path,
            tooOften: false,
          });
        }
      }
    });

    it('and rolls it up: who has no run first', async () => {
      const { code, stdout } = await runFleet(program, fleet, ['report', '--json', '--out', 'morning']);
      expect(code).toBe(3);
      const report = jsonOf('fleet report', stdout);
      expect(report.entries[0]).toMatchObject({ org: 'wrong', state: 'dead', exit_code: null });
      expect(report.entries[0]?.note).toContain('Okta refused the token');
      expect(report.counts).toMatchObject({ dead: 1, done: ORGANIZATIONS - 1 });
      const html = readFileSync(join(fleet.folder, 'morning', 'fleet.html'), 'utf8');
      expect(html.match(/href="[^"]*report\.html"/gu)).toHaveLength(ORGANIZATIONS - 1);
    });

    it('and brings back what was mended, with `fleet redrive`, seen by `fleet status --watch`', async () => {
      fleet.env.WRONG_TOKEN = named('wrong').okta.token;
      expect((await runFleet(program, fleet, ['check', '--quiet'])).code).toBe(0);
      const watching = startFleet(program, fleet, ['status', '--watch']);
      const redriven = await runFleet(program, fleet, ['redrive', 'wrong', '--json']);
      expect(jsonOf('fleet redrive', redriven.stdout).org).toBe('wrong');
      const { code } = await runFleet(program, fleet, ['work', '--slots', '1', '--until-done', '--quiet']);
      expect(code).toBe(0);
      while (!/^wrong +done/mu.test(watching.output.stdout)) await sleep(100);
      watching.child.kill('SIGINT');
      expect(await watching.ended).toBe(0);
    });
  },
);

/** Requests by path and what they ask for, without the times in it. */
function countByPath(requests: readonly { path: string; query: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path, query } of requests) {
    const key = `${path}?${query.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/gu, 'TIME').replace(/after=[^&]+/u, 'after=')}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
