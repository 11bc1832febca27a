import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, lstatSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { expect } from 'vitest';
import { allRuns } from '../../src/runs/find-runs.ts';
import { problemsOf, RUN_NAME } from '../../src/runs/read-run.ts';
import {
  Desk,
  type Ending,
  filesBelow,
  type RunningCli,
  type Settings,
  startProgram,
} from '../cli/support/cli.ts';
import { type Sides, startSides } from '../cli/support/sides.ts';
import { NO_RATE_LIMITS } from '../okta/support/sandbox-org.ts';
import { startProxy } from '../opti-id/support/proxy.ts';
import { type Asked, type ChaosCommand, type Named, runFolders } from './command.ts';
import { tinyWorld } from './tiny-world.ts';

const KILL_AT = pathToFileURL(fileURLToPath(new URL('../support/kill-at.mjs', import.meta.url))).href;

/** Both sides of the smallest company, a webhook, and somebody who is told of each request before it is answered. */
export interface Surroundings {
  settings: Settings;
  named: Named;
  org: string;
  /** Called with how often it was asked for since. */
  watch(what: Asked, onAsked: (times: number) => void): void;
  asked(what: Asked): number;
  close(): Promise<void>;
}

export async function startSurroundings(): Promise<Surroundings> {
  const world = tinyWorld(new Date());
  const identity = await generateX25519Identity();
  const sides: Sides = await startSides(world, { pageSizeCap: 2, rateLimits: NO_RATE_LIMITS });
  const counts: Record<Asked, number> = { Okta: 0, 'the store': 0, 'the webhook': 0 };
  let watched: { what: Asked; onAsked: (times: number) => void } | null = null;
  const ask = (what: Asked) => {
    counts[what] += 1;
    if (watched?.what === what) watched.onAsked(counts[what]);
  };
  sides.okta.setFault(() => void ask('Okta'));
  const proxy = await startProxy(sides.store.url, () => ask('the store'));
  const webhook = createServer((_, response) => {
    ask('the webhook');
    response.end('ok');
  });
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/hook`;
  return {
    settings: { ...sides.settings, OPTIID_DATABASE_URL: proxy.url, AUDIT_NOTIFY_URL: url },
    named: {
      // Known once there is a run.
      findingId: '',
      email: world.okta.users[0]?.profile.email ?? '',
      recipient: await identityToRecipient(identity),
      identity,
    },
    org: new URL(sides.okta.url).host.replace(':', '_'),
    watch(what, onAsked) {
      for (const name of Object.keys(counts) as Asked[]) counts[name] = 0;
      watched = { what, onAsked };
    },
    asked: (what) => counts[what],
    async close() {
      webhook.close();
      await proxy.close();
      await sides.close();
    },
  };
}

/** How the program is started, where that is not as usual. */
export interface Start {
  /** What stands before `node`: a shell that limits something. */
  before?: readonly string[];
  node?: readonly string[];
  env?: Settings;
  isResumed?: boolean;
}

export function start(desk: Desk, command: ChaosCommand, around: Surroundings, how: Start = {}): RunningCli {
  const args = [...command.args(around.named), ...(how.isResumed && command.resumes ? ['--resume'] : [])];
  const line = [...(how.before ?? []), process.execPath, ...(how.node ?? []), ...desk.commandLine(args)];
  const settings = command.asks.length === 0 ? {} : { ...around.settings };
  if (!command.asks.includes('the webhook')) delete (settings as Record<string, string>).AUDIT_NOTIFY_URL;
  return startProgram(line[0] as string, line.slice(1), desk.folder, { ...settings, ...how.env });
}

/** Sends a signal after the nth thing that the program does to the disk. */
export function atStep(nth: number, signal: NodeJS.Signals): Start {
  return { node: ['--import', KILL_AT], env: { CHAOS_AT: String(nth), CHAOS_SIGNAL: signal } };
}

/** A desk with what the command needs, and nothing that another case has touched. */
export async function openDesk(template: string): Promise<Desk> {
  const desk = await Desk.open();
  chmodSync(desk.folder, 0o755);
  cpSync(template, desk.folder, { recursive: true, preserveTimestamps: true });
  return desk;
}

/** The hash of each file below a folder, by its path. */
export function digestsOf(folder: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const path of filesBelow(folder)) {
    const whole = join(folder, path);
    if (lstatSync(whole).isFile())
      digests.set(path, createHash('sha256').update(readFileSync(whole)).digest('hex'));
  }
  return digests;
}

/** What lies about, hidden files among it; runs by their jobs, since their names are of the moment. */
function shapeOf(desk: Desk): string[] {
  const paths = filesBelow(desk.folder).map((path) =>
    path
      .split('/')
      .map((part) => (RUN_NAME.test(part) ? `a run of ${RUN_NAME.exec(part)?.[7]}` : part))
      .join('/'),
  );
  return [...new Set(paths)].sort();
}

/** What is in one of two lists alone. */
function differenceOf(these: readonly string[], those: readonly string[]): string[] {
  return [
    ...these.filter((one) => !those.includes(one)).map((one) => `left: ${one}`),
    ...those.filter((one) => !these.includes(one)).map((one) => `missing: ${one}`),
  ];
}

/** No run is half there, each is as it was sealed, and those from before are byte for byte what they were. */
async function expectWhole(desk: Desk, template: string, { removes }: ChaosCommand): Promise<void> {
  const { runs, refused } = await allRuns({ reportsDir: desk.reports, sealKey: null });
  expect(refused).toEqual([]);
  expect(runs.map(({ dir }) => dir).sort()).toEqual(runFolders(desk.reports));
  for (const run of runs) for await (const problem of problemsOf(run)) expect.fail(`${run.dir}: ${problem}`);
  const now = digestsOf(desk.folder);
  for (const [path, digest] of digestsOf(template)) {
    const isRun = path.startsWith('reports/');
    if (!isRun || path.includes('/.')) continue;
    const run = join(desk.folder, path.split('/').slice(0, 3).join('/'));
    if (removes && !existsSync(run)) continue;
    expect(now.get(path), path).toBe(digest);
  }
}

/** What a command leaves when nobody disturbs it, and what it did on the way. */
export interface Undisturbed {
  code: number | null;
  left: unknown;
  shape: string[];
  /** What it did to the disk, in order. */
  steps: string[];
  /** How often it asked. */
  asked: Record<Asked, number>;
  bytes: number;
}

export async function readUndisturbed(
  command: ChaosCommand,
  template: string,
  around: Surroundings,
): Promise<Undisturbed> {
  const desk = await openDesk(template);
  try {
    const note = `${desk.folder}.steps`;
    around.watch('Okta', () => {});
    const how = { node: ['--import', KILL_AT], env: { CHAOS_NOTE: note } };
    const ending = await start(desk, command, around, how).ended;
    expect(command.codes, ending.stderr).toContain(ending.code);
    await expectWhole(desk, template, command);
    const steps = existsSync(note) ? readFileSync(note, 'utf8').trimEnd().split('\n') : [];
    const asked = {
      Okta: around.asked('Okta'),
      'the store': around.asked('the store'),
      'the webhook': around.asked('the webhook'),
    };
    const bytes = filesBelow(desk.folder).reduce((sum, path) => {
      const size = lstatSync(join(desk.folder, path)).size;
      return sum + Math.max(1, Math.ceil(size / 4096)) * 4096;
    }, 0);
    const left = await command.left({ desk, template, ending, named: around.named });
    expect(left).not.toBeNull();
    return { code: ending.code, left, shape: shapeOf(desk), steps, asked, bytes };
  } finally {
    await desk.close();
  }
}

/** How a disturbed command ended. */
export type Outcome = 'killed' | 'refused' | 'as ever';

function outcomeOf({ code, stderr }: Ending, undisturbed: Undisturbed): Outcome {
  if (code === null) return 'killed';
  if (code === undisturbed.code) return 'as ever';
  // One clear message with a hint.
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^Error: .+/mu) });
  expect(stderr).toMatch(/^Hint: .+/mu);
  expect(stderr).not.toMatch(/^\s+at |This is a bug|node:internal|UnhandledPromise/mu);
  return 'refused';
}

/** How a case ended, and whether what it left was what an undisturbed run leaves. */
export interface Seen {
  outcome: Outcome;
  said: string;
}

/**
 * Disturbs a command, looks at what that leaves, goes on with it undisturbed, and compares. Throws where anything is half,
 * lost, in the way or different.
 */
export async function tryDisturbed(
  command: ChaosCommand,
  { template, around, undisturbed }: { template: string; around: Surroundings; undisturbed: Undisturbed },
  disturb: (desk: Desk) => Promise<Ending[]>,
): Promise<Seen[]> {
  const desk = await openDesk(template);
  try {
    const endings = await disturb(desk);
    const seen = endings.map((ending) => ({ outcome: outcomeOf(ending, undisturbed), said: ending.stderr }));
    await expectWhole(desk, template, command);
    const firstLeft = await command.left({
      desk,
      template,
      ending: endings[0] as Ending,
      named: around.named,
    });
    if (firstLeft !== null) expect(firstLeft).toEqual(undisturbed.left);
    around.watch('Okta', () => {});
    const again = await start(desk, command, around, { isResumed: true }).ended;
    await expectWhole(desk, template, command);
    // What is there already need not be made again: two commands refuse to.
    if (firstLeft === null || again.code !== 2) {
      expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: undisturbed.code });
    }
    expect(await command.left({ desk, template, ending: again, named: around.named })).toEqual(
      undisturbed.left,
    );
    if (!command.forgets) expect(differenceOf(shapeOf(desk), undisturbed.shape)).toEqual([]);
    return seen;
  } finally {
    await desk.close();
  }
}
