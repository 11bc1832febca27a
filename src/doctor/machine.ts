import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  type Check,
  type CheckSubject,
  failed,
  inOrder,
  passed,
  type Remedy,
  undecided,
  warned,
} from '../domain/check.ts';
import { CLOSE_FOLDER_HINT, judgeFolder as judgeOwner } from '../runs/org-folder.ts';

const NODE: CheckSubject = { id: 'machine.node', group: 'machine', title: 'Node.js' };
const FOLDER: CheckSubject = { id: 'machine.reports-folder', group: 'machine', title: 'Reports folder' };
const DISK: CheckSubject = { id: 'machine.disk', group: 'machine', title: 'Room on the disk' };
const MEMORY: CheckSubject = { id: 'machine.memory', group: 'machine', title: 'Memory' };
const SUBJECTS = [NODE, FOLDER, DISK, MEMORY];

/** As `engines` in package.json. */
export const LOWEST_NODE = '20.19.0';

const MB = 1_000_000;
/** Peak of an audit with reports and plan, by people in the org (test/bench/README.md, rounded up). */
const MEMORY_MB: readonly (readonly [people: number, mb: number])[] = [
  [10_000, 500],
  [100_000, 1_000],
  [1_000_000, 2_500],
];
/** Snapshot, reports and what is spilled while they are made: little more than a rule of thumb. */
const LEAST_DISK_MB = 200;
const DISK_KB_PER_PERSON = 5;

/** What is known of the run that the machine is meant for. */
export interface PlannedRun {
  /** Where the run's own folder would be made: below the reports folder, that of its org where that is known. */
  folder: string;
  /** The reports folder, where that is another one. */
  reportsDir?: string;
  /** People in the org; null where that is not known. */
  people: number | null;
}

/** What the machine has, as far as it can be told. */
export interface MachineFacts {
  nodeVersion: string;
  /** Of the machine, or of the container that the process runs in. */
  memoryBytes: number;
  freeMemoryBytes: number;
}

export function factsOfThisMachine(): MachineFacts {
  const constrained = process.constrainedMemory();
  return {
    nodeVersion: process.versions.node,
    // 0, or more than there is: no limit.
    memoryBytes: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    freeMemoryBytes: process.availableMemory(),
  };
}

/** Whether the machine is enough for a run. Leaves nothing behind. */
export async function examineMachine(
  run: PlannedRun,
  facts: MachineFacts = factsOfThisMachine(),
): Promise<Check[]> {
  const folder = resolve(run.folder);
  const place = await nearestFolder(folder);
  const checks = [
    judgeNode(facts.nodeVersion),
    ...('problem' in place
      ? [failed(FOLDER, place.problem, BY_OPERATOR_FOLDER)]
      : [await examineFolder(run, place.path), await judgeDisk(place.path, run.people)]),
    judgeMemory(facts, run.people),
  ];
  return inOrder(SUBJECTS, checks, 'not known: the folder is not there');
}

function byOperator(how: string): Remedy {
  return { who: 'operator of this machine', how };
}

const BY_OPERATOR_FOLDER = byOperator(
  'Make the folder writable for this user, or name another one with AUDIT_REPORTS_DIR (or --out).',
);

function judgeNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [lowestMajor = 0, lowestMinor = 0] = LOWEST_NODE.split('.').map(Number);
  const isEnough = major > lowestMajor || (major === lowestMajor && minor >= lowestMinor);
  if (isEnough) return passed(NODE, version);
  return failed(NODE, `${version} is too old`, byOperator(`Install Node.js ${LOWEST_NODE} or newer.`));
}

/** The folder, or the nearest one above it that exists: there the missing ones would be made. */
async function nearestFolder(folder: string): Promise<{ path: string } | { problem: string }> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      if ((await stat(path)).isDirectory()) return { path };
      return { problem: `${path} is not a folder` };
    } catch (error) {
      const code = codeOf(error);
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(path) === path) {
        return { problem: `${path} cannot be looked at (${code})` };
      }
    }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  throw error;
}

/** What exists of the folder of the org and of the reports folder must be closed to others. */
async function examineFolder({ folder, reportsDir = folder }: PlannedRun, nearest: string): Promise<Check> {
  const existing = [...new Set([reportsDir, folder])].filter((path) => existsSync(path));
  const verdicts = await Promise.all(existing.map(async (path) => judgeOwner(path, await stat(path))));
  const refusal = verdicts.find((verdict) => verdict.refusal !== null)?.refusal;
  if (refusal) return failed(FOLDER, refusal, byOperator(CLOSE_FOLDER_HINT));
  const check = judgeFolder(resolve(folder), nearest);
  const warning = verdicts.find((verdict) => verdict.warning !== null)?.warning;
  return check.outcome === 'ok' && warning
    ? warned(FOLDER, warning, byOperator('Name a folder of this user with AUDIT_REPORTS_DIR (or --out).'))
    : check;
}

/** Made and removed without a pause in which the program could end and leave it behind. */
function judgeFolder(folder: string, nearest: string): Check {
  try {
    rmdirSync(mkdtempSync(join(nearest, '.optiid-audit-doctor-')));
  } catch (error) {
    return failed(FOLDER, `${nearest} cannot be written to (${codeOf(error)})`, BY_OPERATOR_FOLDER);
  }
  return passed(FOLDER, nearest === folder ? `${folder} is writable` : `${folder} can be made`);
}

function forHowMany(people: number | null): string {
  return people === null ? '' : ` for ${people} ${people === 1 ? 'person' : 'people'}`;
}

async function judgeDisk(path: string, people: number | null): Promise<Check> {
  const free = await statfs(path).catch(codeOf);
  if (typeof free === 'string') return undecided(DISK, `the system does not say how much is free (${free})`);
  const freeMb = Math.floor((free.bavail * free.bsize) / MB);
  const neededMb = LEAST_DISK_MB + Math.ceil(((people ?? 0) * DISK_KB_PER_PERSON) / 1000);
  const found = `${size(freeMb)} free; a run${forHowMany(people)} takes ${about(people)}${size(neededMb)}`;
  if (freeMb >= neededMb) return passed(DISK, found);
  const how =
    'Make room on the disk of the reports folder, remove old runs, or name another folder with AUDIT_REPORTS_DIR.';
  return failed(DISK, found, byOperator(how));
}

function judgeMemory({ memoryBytes, freeMemoryBytes }: MachineFacts, people: number | null): Check {
  const totalMb = Math.floor(memoryBytes / MB);
  const freeMb = Math.floor(freeMemoryBytes / MB);
  const neededMb = memoryNeededMb(people ?? 0);
  const found = `${size(freeMb)} of ${size(totalMb)} free; a run${forHowMany(people)} takes ${about(people)}${size(neededMb)}`;
  if (Math.min(freeMb, totalMb) >= neededMb) return passed(MEMORY, found);
  return totalMb < neededMb
    ? failed(MEMORY, found, byOperator('Run the audit on a machine (or in a container) with more memory.'))
    : warned(
        MEMORY,
        found,
        byOperator('Run the audit when less is going on, or give the machine more memory.'),
      );
}

function about(people: number | null): string {
  return people === null ? 'at least ' : 'about ';
}

/** By the measurements, and on a straight line between them. */
function memoryNeededMb(people: number): number {
  let [fewer, mb] = MEMORY_MB[0] ?? [0, 0];
  if (people <= fewer) return mb;
  for (const [more, moreMb] of MEMORY_MB) {
    if (people <= more) return Math.round(mb + ((people - fewer) / (more - fewer)) * (moreMb - mb));
    [fewer, mb] = [more, moreMb];
  }
  return Math.round((people / fewer) * mb);
}

function size(mb: number): string {
  return mb < 10_000 ? `${mb} MB` : `${Math.floor(mb / 1000)} GB`;
}
