import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runFleet, startFleet, startFleetSandbox, statusOf } from '../fleet/support/fleet-sandbox.ts';
import { builtProgram } from './built-program.ts';

/**
 * `npm run demo:fleet`: twelve sample organizations, a queue in an embedded PostgreSQL, two workers, of which one is killed;
 * ends with a roll-up in which each organization has its answer, and with code 0 if that is so.
 */
const ORGANIZATIONS = 12;
const OUT = resolve(process.argv[2] ?? 'fleet-demo');

/** The Okta SDK does not heed NO_PROXY, and these organizations are on this machine. */
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) delete process.env[name];

const say = (text: string) => console.log(text);

say(`Starting a PostgreSQL for the queue, one for the Opti ID store, and ${ORGANIZATIONS} Okta stand-ins …`);
const sandbox = await startFleetSandbox(
  Array.from({ length: ORGANIZATIONS }, (_, at) => ({
    name: `sample-${String(at + 1).padStart(2, '0')}`,
    users: 2 + (at % 5) * 3,
  })),
  { runs: resolve(OUT, 'runs'), queue: { tries: 3, retry_seconds: 1, heartbeat_seconds: 10 } },
);
if ('unavailable' in sandbox) {
  console.error(sandbox.unavailable);
  process.exit(2);
}
let isWhole = false;
try {
  rmSync(OUT, { recursive: true, force: true });
  const program = [builtProgram()];
  say((await runFleet(program, sandbox, ['enqueue', '--now'])).stdout);
  const work = () =>
    startFleet(program, sandbox, ['work', '--slots', '2', '--memory', '2048', '--until-done']);
  const [stays, killed] = [work(), work()];
  for (const [name, { child }] of Object.entries({ one: stays, two: killed })) {
    child.stderr?.on('data', (text: string) => {
      for (const line of text.split('\n').filter((each) => /try|ended|again|left/u.test(each)))
        say(`worker ${name}: ${line}`);
    });
  }
  await killed.said('try 1');
  await sleep(1_000);
  killed.child.kill('SIGKILL');
  say('worker two: killed (kill -9). Its jobs go to worker one after ten seconds of silence.');
  await stays.ended;
  say((await runFleet(program, sandbox, ['status'])).stdout);
  say((await runFleet(program, sandbox, ['report', '--out', OUT])).stdout);
  const { counts } = await statusOf(program, sandbox);
  isWhole = counts.done === ORGANIZATIONS;
  say(
    isWhole
      ? `Each organization has its answer. The roll-up: ${OUT}/fleet.html`
      : 'Somebody has no answer: that is a bug.',
  );
} finally {
  await sandbox.close();
}
process.exit(isWhole ? 0 : 1);
