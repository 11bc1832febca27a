import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { orgOf } from '../../src/domain/run.ts';
import {
  type FleetSandbox,
  runFleet,
  type SandboxOrganization,
  startFleet,
  startFleetSandbox,
  statusOf,
} from '../fleet/support/fleet-sandbox.ts';
import { type S3Server, startS3 } from '../fleet/support/s3-server.ts';
import { builtProgram } from '../support/built-program.ts';
import { jsonOf } from './support/json.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const started = await startFleetSandbox(
  [
    { name: 'acme', users: 2 },
    { name: 'globex', users: 2 },
  ],
  { queue: { retry_seconds: 1, heartbeat_seconds: 60 } },
);
const fleet = started as FleetSandbox;

describe.skipIf('unavailable' in started)('a small fleet', () => {
  const program = [builtProgram()];
  const [acme, globex] =
    'unavailable' in started ? [] : (fleet.organizations as [SandboxOrganization, SandboxOrganization]);
  let s3: S3Server | null = null;
  afterAll(async () => {
    await s3?.close();
    await fleet.close();
  });

  it('is asked one by one by `fleet check --deep`, which names who is not in order', async () => {
    expect(await runFleet(program, fleet, ['check', '--deep'])).toMatchObject({
      code: 0,
      stdout: '2 organizations are in order.\n',
    });
    const right = fleet.env.TOKEN_OF_1;
    fleet.env.TOKEN_OF_1 = '00token-that-opens-nothing';
    const { code, stdout } = await runFleet(program, fleet, ['check', '--deep', '--json']);
    fleet.env.TOKEN_OF_1 = right ?? '';
    expect(code).toBe(2);
    const { examined } = jsonOf('fleet check', stdout);
    expect(examined[0]).toEqual({ org: 'acme', problems: [] });
    expect(examined[1]?.problems.join()).toMatch(/token/iu);
  });

  it('waits for an organization that somebody audits by hand, keeps its runs in a bucket, and knows them the next night', async () => {
    s3 = await startS3();
    Object.assign(fleet.env, { S3_KEY: s3.accessKey, S3_SECRET: s3.secretKey });
    fleet.write({ s3: { endpoint: s3.endpoint, access_key: 'env:S3_KEY', secret_key: 'env:S3_SECRET' } });
    // As a machine that is elsewhere, or gone, leaves it.
    const home = join(fleet.runs, orgOf(acme?.okta.url ?? ''));
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const since = new Date().toISOString();
    const lock = join(home, '.lock');
    writeFileSync(
      lock,
      JSON.stringify({ host: 'elsewhere', pids: 'other', pid: 1, started: null, since, token: 'x' }),
    );

    expect((await runFleet(program, fleet, ['enqueue', '--now'])).code).toBe(0);
    const worker = startFleet(program, fleet, ['work', '--slots', '1', '--until-done']);
    await worker.said('A run of');
    rmSync(lock);
    expect(await worker.ended).toBe(0);
    const { entries } = await statusOf(program, fleet);
    expect(entries.map(({ org, state, tries }) => ({ org, state, tries }))).toEqual(
      expect.arrayContaining([
        // It was not the fleet's fault: no try was counted.
        { org: 'acme', state: 'done', tries: 1 },
        { org: 'globex', state: 'done', tries: 1 },
      ]),
    );
    const { run = '' } = entries.find(({ org }) => org === 'globex') ?? {};
    expect(run).toMatch(
      new RegExp(`^${s3.endpoint}/${orgOf(globex?.okta.url ?? '')}/\\d{8}T\\d{6}Z-drift$`, 'u'),
    );
    expect(s3.puts.filter((key) => key.endsWith('/run.json'))).toHaveLength(2);

    // The next night, on a machine that has nothing.
    rmSync(fleet.runs, { recursive: true });
    await fleet.query(`update fleet.fleet_run set night = night - 1`);
    expect((await runFleet(program, fleet, ['enqueue', '--now'])).code).toBe(0);
    expect((await runFleet(program, fleet, ['work', '--slots', '2', '--until-done'])).code).toBe(0);
    const runs = [...s3.objects.keys()].filter((key) => key.endsWith('/run.json')).sort();
    expect(runs).toHaveLength(4);
    const last = JSON.parse(String(s3.objects.get(runs[1] ?? '')));
    expect(last.previous.run).toBe(runs[0]?.split('/').at(-2));
  });
});
