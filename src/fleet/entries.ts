import type { ExitCode } from '../domain/errors.ts';
import type { FleetEntry, FleetState } from '../domain/fleet.ts';
import type { Job } from '../domain/rule.ts';
import type { Fleet, Organization } from './fleet-file.ts';
import { durationsBefore, type FleetRun, runsOfNights } from './fleet-runs.ts';
import { type Night, nightAt, windowOf } from './night.ts';
import type { Queue } from './queue.ts';

/** What the fleet knows of every organization: of the night that is named, or of the one underway. */
export async function readEntries(
  fleet: Fleet,
  queue: Queue,
  { now, night: named }: { now: Date; night?: Night },
): Promise<FleetEntry[]> {
  const nightOf = ({ window }: Organization) => named ?? nightAt(now, window);
  const nights = [...new Set(fleet.organizations.map(nightOf))];
  const runs = new Map(
    (await runsOfNights(queue.sql, nights)).map((run) => [`${run.org} ${run.night}`, run]),
  );
  const dead = new Map((await queue.dead()).map((job) => [`${job.org} ${job.night}`, job.why]));
  const before = new Map<Night, Map<string, number[]>>();
  for (const night of nights) before.set(night, await durationsBefore(queue.sql, night));
  return fleet.organizations.map((organization) => {
    const night = nightOf(organization);
    const key = `${organization.name} ${night}`;
    const isOver = now >= windowOf(night, organization.window).end;
    return asEntry(organization, night, {
      run: runs.get(key) ?? null,
      whyDead: dead.get(key) ?? null,
      isOver,
      secondsBefore: before.get(night)?.get(organization.name) ?? [],
    });
  });
}

interface Known {
  run: FleetRun | null;
  whyDead: string | null;
  isOver: boolean;
  secondsBefore: readonly number[];
}

function stateOf({ run, whyDead, isOver }: Known): FleetState {
  if (run?.state === 'answered') return 'done';
  if (whyDead !== null || run?.state === 'dead') return 'dead';
  if (run === null) return 'not enqueued';
  if (isOver) return 'late';
  return run.state === 'running' ? 'running' : 'waiting';
}

function asEntry({ name, job }: Organization, night: Night, known: Known): FleetEntry {
  const { run, whyDead, secondsBefore } = known;
  const state = stateOf(known);
  const isDone = state === 'done';
  return {
    org: name,
    night,
    state,
    job: (run?.job as Job | undefined) ?? job,
    exit_code: isDone ? (run?.exit_code as ExitCode) : null,
    verdict: run?.verdict ?? null,
    verdict_lines: run?.verdict_lines ?? [],
    new_blockers: run?.new_blockers ?? null,
    severity: run?.severity ?? null,
    rules: run?.rules ?? {},
    tries: run?.tries ?? 0,
    worker: run?.worker ?? null,
    note: state === 'dead' ? (whyDead ?? run?.note ?? '') : (run?.note ?? ''),
    started: run?.started?.toISOString() ?? null,
    ended: run?.ended?.toISOString() ?? null,
    seconds: run?.seconds ?? null,
    peak_mb: run?.peak_mb ?? null,
    seconds_before: secondsBefore,
    run: run?.run ?? null,
  };
}
