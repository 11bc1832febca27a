/**
 * Stands where an audit does, for what the fleet does with audits and not for what they do: it takes as long, or as much
 * memory, as a file tells it, leaves a sealed run that was made before, and writes down when it began and ended. It ends with
 * its worker by the product's own means.
 */
import { appendFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = join(process.env.HOME, 'stand-ins');
const host = new URL(process.env.OKTA_CLIENT_ORGURL).host.replace(':', '_');
const { build, organizations } = JSON.parse(readFileSync(join(folder, 'stand-ins.json'), 'utf8'));
const { org, seconds, eats, run } = organizations[host];
const note = (event) =>
  appendFileSync(
    join(folder, 'log.ndjson'),
    `${JSON.stringify({ org, event, pid: process.pid, parent: process.ppid, at: Date.now() })}\n`,
  );

const { endWithParent } = await import(join(build, 'cli/terminal/parent.js'));
endWithParent(() => {
  note('stopped');
  process.exit(2);
});
process.on('SIGTERM', () => {
  note('stopped');
  process.exit(2);
});
note('began');
const kept = [];
// A little at a time, as an audit does.
while (eats === 'heap') {
  kept.push(Array.from({ length: 100_000 }, (_, at) => ({ at })));
  await sleep(1);
}
while (eats === 'buffers') {
  kept.push(Buffer.alloc(4 * 1024 * 1024, 1));
  await sleep(5);
}
// A second try, which resumes, is quick.
await sleep(process.argv.includes('--resume') ? 50 : seconds * 1_000);
const out = process.argv[process.argv.indexOf('--out') + 1];
cpSync(run, join(out, host, run.split('/').at(-1)), { recursive: true });
note('ended');
process.stdout.write(readFileSync(join(run, 'run.json')), () => process.exit(0));
