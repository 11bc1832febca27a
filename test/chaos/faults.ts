import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Desk, type Ending, filesBelow } from '../cli/support/cli.ts';
import { atStep, type Outcome, type Start, type Surroundings, start, type Undisturbed } from './bench.ts';
import type { Asked, ChaosCommand } from './command.ts';

/** Where in a command a fault strikes: the nth request, the nth step, a size, a number of handles. */
export type Point = number;

interface Striking {
  command: ChaosCommand;
  around: Surroundings;
  undisturbed: Undisturbed;
}

/** Something that goes wrong around a command. */
export interface Fault {
  name: string;
  /** What may happen to a command under it, in words for the table. */
  expected: string;
  /** How it may end. */
  outcomes: readonly Outcome[];
  /** What a refusal says, where only one thing is right. */
  says?: RegExp;
  /** Why it cannot be tried on this machine, or null. */
  missing?: () => string | null;
  /** Whether it has anything to do with a command. */
  strikes: (command: ChaosCommand) => boolean;
  /** All points at which it can strike one. */
  points: (undisturbed: Undisturbed, command: ChaosCommand) => readonly Point[];
  strike: (desk: Desk, point: Point, on: Striking) => Promise<Ending[]>;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

/** So many of them, evenly spread, the first and the last among them. */
function spread(all: readonly number[], most: number): number[] {
  if (all.length <= most) return [...all];
  return upTo(most).map(
    (nth) => all[Math.round(((nth - 1) * (all.length - 1)) / Math.max(1, most - 1))] as number,
  );
}

const isCheckpoint = (step: string) => step.includes('/checkpoint');
/** Numbers of the steps that are, or are not, of a checkpoint. */
const stepsOf = ({ steps }: Undisturbed, ofCheckpoint: boolean) =>
  upTo(steps.length).filter((nth) => isCheckpoint(steps[nth - 1] as string) === ofCheckpoint);

const KILLED = 'nothing half is seen; the same command (--resume where there is one) ends as if undisturbed';
const whole = (what: string) => `${what}; nothing half is seen, and the next run ends as if undisturbed`;
const REFUSED = whole('code 2, one message with a hint');

/** The signals from outside: another process counts the requests. */
const killedAtRequest = (what: Asked): Fault => ({
  name: `kill -9 at a request to ${what}`,
  expected: KILLED,
  // The last answers of a listing may come after the process has all it needs.
  outcomes: ['killed', 'as ever'],
  strikes: ({ asks }) => asks.includes(what),
  points: ({ asked }) => upTo(asked[what]),
  async strike(desk, nth, { command, around }) {
    const running = start(desk, command, around);
    around.watch(what, (times) => {
      if (times >= nth) running.kill();
    });
    return [await running.ended];
  },
});

const atDisk = (
  name: string,
  signal: NodeJS.Signals,
  fault: Pick<Fault, 'expected' | 'outcomes' | 'strikes' | 'points' | 'says'>,
): Fault => ({
  name,
  ...fault,
  strike: async (desk, nth, { command, around }) => [
    await start(desk, command, around, atStep(nth, signal)).ended,
  ],
});

/** Whose results are files. */
const writes = ({ prints }: ChaosCommand) => !prints;
/** Of what is not tried at each step. */
const STAGES = 12;
const signalled = (signal: NodeJS.Signals): Fault =>
  atDisk(`${signal} in every stage`, signal, {
    expected: whole('code 2, Interrupted, or the run is in place and the code is its own'),
    outcomes: ['refused', 'as ever'],
    says: /^Error: Interrupted\.$/mu,
    strikes: (command) => writers(command),
    points: ({ steps }) => spread(upTo(steps.length), STAGES),
  });

/** A shell line around the program, which is `"$@"`. */
const inShell = (line: string): Start => ({ before: ['sh', '-c', line, 'sh'] });
/** In a namespace of its own, so that what it mounts is seen by nobody else, and is gone with it. */
const OWN_MOUNTS = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm'];
const mounting = (line: string): Start => ({ before: [...OWN_MOUNTS, 'sh', '-c', line, 'sh'] });
const cannotMount = (): string | null =>
  spawnSync(OWN_MOUNTS[0] as string, [...OWN_MOUNTS.slice(1), 'sh', '-c', 'mount -t tmpfs none /mnt'])
    .status === 0
    ? null
    : 'nothing may be mounted here';

/** Works on a file system of so many bytes, and brings back what is left. */
const onSmallDisk = (desk: Desk, bytes: number) =>
  mounting(`
    from='${desk.folder}' disk='${desk.folder}.disk'
    mkdir "$disk" && mount -t tmpfs -o size=${bytes},mode=0755 none "$disk" && cp -a "$from/." "$disk" && cd "$disk" || exit 99
    "$@"; code=$?
    cd / && find "$from" -mindepth 1 -delete && cp -a "$disk/." "$from"; exit $code`);

const bytesOf = (folder: string) =>
  filesBelow(folder).reduce(
    (sum, path) => sum + Math.max(1, Math.ceil(lstatSync(join(folder, path)).size / 4096)) * 4096,
    0,
  );

const writers = (command: ChaosCommand) => writes(command) && !command.forgets;
const everybody = ({ forgets }: ChaosCommand) => !forgets;
const once = (): readonly Point[] => [1];

export const FAULTS: readonly Fault[] = [
  killedAtRequest('Okta'),
  killedAtRequest('the store'),
  killedAtRequest('the webhook'),
  atDisk('kill -9 at a checkpoint', 'SIGKILL', {
    expected: KILLED,
    outcomes: ['killed', 'as ever'],
    strikes: ({ resumes }) => resumes === true,
    points: (undisturbed) => stepsOf(undisturbed, true),
  }),
  atDisk('kill -9 at a file', 'SIGKILL', {
    expected: KILLED,
    outcomes: ['killed', 'as ever'],
    strikes: writes,
    points: (undisturbed, { forgets }) => {
      const all = stepsOf(undisturbed, false);
      return forgets ? spread(all, STAGES) : all;
    },
  }),
  signalled('SIGINT'),
  signalled('SIGTERM'),
  signalled('SIGHUP'),
  {
    name: 'disk full',
    expected: REFUSED,
    outcomes: ['refused', 'as ever'],
    says: /no space left on|ENOSPC/iu,
    missing: cannotMount,
    // Percent of what the command adds.
    strikes: writers,
    points: () => [0, 5, 20, 40, 60, 80, 95],
    strike: async (desk, percent, { command, around, undisturbed }) => {
      const before = bytesOf(desk.folder);
      const bytes = before + Math.round((Math.max(0, undisturbed.bytes - before) * percent) / 100);
      return [await start(desk, command, around, onSmallDisk(desk, bytes)).ended];
    },
  },
  {
    name: 'no file may be longer than so many half kB',
    expected: REFUSED,
    outcomes: ['refused', 'as ever'],
    says: /EFBIG|file too large/iu,
    strikes: writers,
    points: () => [0, 1, 4, 16, 64, 256],
    strike: async (desk, blocks, { command, around }) => [
      await start(desk, command, around, inShell(`ulimit -f ${blocks}; exec "$@"`)).ended,
    ],
  },
  {
    name: 'read-only disk',
    expected: REFUSED,
    outcomes: ['refused'],
    says: /EROFS|read-only/iu,
    missing: cannotMount,
    strikes: writers,
    points: once,
    strike: async (desk, _, { command, around }) => {
      const line = `mount --bind '${desk.folder}' '${desk.folder}' && mount -o remount,bind,ro '${desk.folder}' && cd '${desk.folder}' || exit 99; exec "$@"`;
      return [await start(desk, command, around, mounting(line)).ended];
    },
  },
  {
    name: 'folders that may not be written to',
    expected: REFUSED,
    outcomes: ['refused'],
    says: /EACCES|permission denied/iu,
    strikes: writers,
    points: once,
    strike: async (desk, _, { command, around }) => {
      const folders = ['', ...filesBelow(desk.folder)]
        .map((path) => join(desk.folder, path))
        .filter((path) => lstatSync(path).isDirectory());
      const modes = folders.map((path) => [path, lstatSync(path).mode & 0o777] as const);
      for (const [path] of modes) chmodSync(path, 0o555);
      // Root asks nobody, unless it gives that right away.
      const before =
        process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
      try {
        return [await start(desk, command, around, { before }).ended];
      } finally {
        for (const [path, mode] of modes) chmodSync(path, mode);
      }
    },
  },
  {
    name: 'temporary files on another file system',
    expected: 'ends as if undisturbed',
    outcomes: ['as ever'],
    missing: () =>
      lstatSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() ? null : 'there is no /dev/shm',
    strikes: everybody,
    points: once,
    strike: async (desk, _, { command, around }) => {
      const elsewhere = mkdtempSync('/dev/shm/optiid-audit-chaos-');
      try {
        return [await start(desk, command, around, { env: { TMPDIR: elsewhere } }).ended];
      } finally {
        rmSync(elsewhere, { recursive: true });
      }
    },
  },
  {
    name: 'stdout closed',
    expected: 'ends as if undisturbed',
    outcomes: ['as ever'],
    strikes: writers,
    points: once,
    strike: async (desk, _, { command, around }) => [
      await start(desk, command, around, inShell('exec "$@" >&-')).ended,
    ],
  },
  {
    name: 'nobody reads stdout (head -0)',
    expected: 'ends as if undisturbed',
    outcomes: ['as ever'],
    strikes: writers,
    points: once,
    strike: async (desk, _, { command, around }) => {
      const running = start(desk, command, around);
      running.closeStdout();
      return [await running.ended];
    },
  },
  {
    name: 'stdout full (/dev/full)',
    expected: whole('code 2, one message with a hint; what was made is complete'),
    outcomes: ['refused'],
    says: /The output could not be written: ENOSPC/u,
    strikes: everybody,
    points: once,
    strike: async (desk, _, { command, around }) => [
      await start(desk, command, around, inShell('exec "$@" >/dev/full')).ended,
    ],
  },
  {
    name: 'so many file handles',
    expected: REFUSED,
    outcomes: ['refused', 'as ever'],
    says: /EMFILE|too many (open )?files/iu,
    strikes: everybody,
    points: () => [24, 28, 32, 40, 48, 64],
    strike: async (desk, most, { command, around }) => [
      await start(desk, command, around, inShell(`ulimit -n ${most}; exec "$@"`)).ended,
    ],
  },
  {
    name: 'two at once',
    expected: whole('one ends as if undisturbed, the other too, or with code 2 and the reason'),
    outcomes: ['refused', 'as ever'],
    strikes: everybody,
    points: once,
    strike: async (desk, _, { command, around }) =>
      Promise.all([start(desk, command, around).ended, start(desk, command, around).ended]),
  },
];
