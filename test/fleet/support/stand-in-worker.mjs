/** A worker of the product, BUILD being it, whose audits are stand-ins: `stand-in-worker.mjs BUILD FILE SLOTS MEMORY [until-done]`. */
import { join } from 'node:path';

const [, , build, file, slots, memory, untilDone] = process.argv;
const { readFleet } = await import(join(build, 'src/fleet/fleet-file.js'));
const { runWorker } = await import(join(build, 'src/fleet/worker.js'));
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runWorker(
  {
    fleet: await readFleet(file),
    queueUrl: process.env.FLEET_DATABASE_URL,
    slots: Number(slots),
    memoryMb: Number(memory),
    program: { path: join(import.meta.dirname, 'stand-in.mjs'), execArgv: [] },
    untilDone: untilDone !== undefined,
    verdictOf: ({ run }) => [run.verdict],
  },
  {
    env: process.env,
    cwd: process.cwd(),
    now: () => new Date(),
    stdout: () => {},
    say: (entry) => process.stderr.write(`${JSON.stringify(entry)}\n`),
    onEvent: () => {},
    color: false,
    signal: stop.signal,
    hide: () => {},
    redact: (text) => text,
  },
);
