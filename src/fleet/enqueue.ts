import type { Fleet, Organization } from './fleet-file.ts';
import { durationsBefore, runsOfNights } from './fleet-runs.ts';
import { type Night, nightAt, nightToCome, windowOf } from './night.ts';
import type { Queue } from './queue.ts';

/** An audit that is to begin at a time. */
export interface Planned {
  organization: Organization;
  night: Night;
  due: Date;
  priority: number;
}

/**
 * Spreads audits over their windows, the longest first: the first at once or when the window begins, the last so that it
 * ends with the window if it takes as long as it is expected to.
 */
export function spread(
  audits: readonly { organization: Organization; night: Night; minutes: number }[],
  now: Date,
): Planned[] {
  const sorted = [...audits].sort((a, b) => b.minutes - a.minutes);
  return sorted.map(({ organization, night, minutes }, at) => {
    const { begin, end } = windowOf(night, organization.window);
    const from = Math.max(begin.getTime(), now.getTime());
    const room = Math.max(0, end.getTime() - minutes * 60_000 - from);
    return {
      organization,
      night,
      due: new Date(from + (room * at) / sorted.length),
      // Of those that are due the longest goes first.
      priority: Math.min(100_000, Math.ceil(minutes)),
    };
  });
}

export interface Enqueued {
  night: Night;
  organizations: number;
  /** Those that were not in the queue yet. */
  added: string[];
}

/** Asks for one audit of each organization and night; twice is once. `now`: at once, for the night underway. */
export async function enqueueNight(
  fleet: Fleet,
  queue: Queue,
  { now, atOnce }: { now: Date; atOnce: boolean },
): Promise<Enqueued[]> {
  const nights = new Map<Night, Organization[]>();
  for (const organization of fleet.organizations) {
    const { window } = organization;
    const night = atOnce ? nightAt(now, window) : nightToCome(now, window);
    nights.set(night, [...(nights.get(night) ?? []), organization]);
  }
  const enqueued: Enqueued[] = [];
  const dead = await queue.dead();
  for (const [night, organizations] of [...nights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = await runsOfNights(queue.sql, [night]);
    const settled = new Set([
      ...known.filter(({ state }) => state === 'answered' || state === 'dead').map(({ org }) => org),
      ...dead.filter((job) => job.night === night).map(({ org }) => org),
    ]);
    const before = await durationsBefore(queue.sql, night, 1);
    const audits = organizations
      .filter(({ name }) => !settled.has(name))
      .map((organization) => {
        const last = before.get(organization.name)?.[0];
        return {
          organization,
          night,
          minutes: last === undefined ? organization.expectedMinutes : last / 60,
        };
      });
    const jobs = spread(audits, now).map((job) => (atOnce ? { ...job, due: now } : job));
    enqueued.push({ night, organizations: organizations.length, added: await queue.enqueue(jobs) });
  }
  return enqueued;
}

/** When the nightly enqueueing is due: at the begin of each window, as cron writes it. */
export function schedulesOf(fleet: Fleet): { cron: string; zone: string }[] {
  const all = fleet.organizations.map(({ window: { from, zone } }) => ({
    cron: `${from % 60} ${Math.floor(from / 60)} * * *`,
    zone,
  }));
  return [...new Map(all.map((each) => [`${each.cron} ${each.zone}`, each])).values()];
}
