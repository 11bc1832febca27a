import type { DatasetName } from '../domain/dataset.ts';
import type { Certainty } from '../domain/run-event.ts';
import { bucketFor, bucketOf, DEFAULT_LIMITS, ENDPOINTS } from './endpoints.ts';
import { MOST_NAMED_AT_ONCE } from './filter.ts';
import { type BucketUsage, shareOf } from './governor.ts';
import { MOST_ASKED } from './sample.ts';

/** What remains to be read, and what is known of it after the listings of apps, mappings and groups. */
export interface ForecastInput {
  /** Share of each limit that the run may use, percent. */
  budgetPercent: number;
  /** What was asked so far, with the limits that Okta showed. */
  usage: readonly BucketUsage[];
  /** Datasets whose reading has not begun. */
  toCome: readonly DatasetName[];
  /** Requests for each dataset that the org's last run read completely; empty where there is none. */
  lastRun: Readonly<Partial<Record<DatasetName, number>>>;
  /** Members of Everyone, of whom the app's users are some; null where Okta does not say. */
  everyone: number | null;
  /** Members of each group assigned to the app; null where Okta does not say. */
  assignedGroups: readonly (number | null)[];
  /** Members of each group whose members are read; null where Okta does not say. */
  memberGroups: readonly (number | null)[];
  /** True where members may be carried over from an earlier snapshot: then fewer groups are read. */
  carriesOver: boolean;
  /** Groups whose members are looked for in the log. */
  logGroups: number;
  /** True where Okta does not show the people with the app's users, so that they are asked for. Default false. */
  asksForPeople?: boolean;
  /** Other apps that may manage the organization too. */
  otherApps: number;
}

/** What a number of calls rests on. */
export type Basis = 'group stats' | 'last run' | 'unknown';

/** Calls to one bucket, those that are made already included. */
export interface BucketForecast {
  bucket: string;
  calls: number;
  certainty: Certainty;
  basis: Basis[];
  /** What they take at the least, within the budget. */
  minutes: number;
}

/** Calls for one dataset, from its first to its last. */
export interface DatasetForecast {
  dataset: DatasetName;
  bucket: string;
  calls: number;
  certainty: Certainty;
  basis: Basis;
  /** What they take at the least, within the budget and were they alone in their bucket. */
  minutes: number;
}

/** What a run will ask of Okta, the longest bucket first; buckets are worked side by side. */
export interface Forecast {
  buckets: BucketForecast[];
  /** Those to come, in the order in which they were given. */
  datasets: DatasetForecast[];
  minutes: number;
  certainty: Certainty;
}

type Estimate = Omit<DatasetForecast, 'minutes'>;
type Calls = Pick<Estimate, 'calls' | 'certainty' | 'basis'>;

/** How many calls, over how many minutes, what remains to be read takes; unknown is at least what is certain. */
export function makeForecast(input: ForecastInput): Forecast {
  const made = new Map(input.usage.map((usage) => [usage.bucket, usage]));
  const estimates = input.toCome.map((name) => estimate(name, input)).filter((one) => one !== null);
  const people = input.asksForPeople ? peopleOf(input) : null;
  const minutesFor = (bucket: string, calls: number): number => {
    const limit = made.get(bucket)?.limit ?? DEFAULT_LIMITS[bucket];
    // Without a limit nothing has to be waited for.
    return limit === undefined ? 0 : calls / shareOf(limit, input.budgetPercent);
  };
  const all = people === null ? estimates : [...estimates, people];
  const buckets = [...new Set([...made.keys(), ...all.map(({ bucket }) => bucket)])]
    .map((bucket) => {
      const toCome = all.filter((one) => one.bucket === bucket);
      const calls = toCome.reduce((sum, one) => sum + one.calls, made.get(bucket)?.calls ?? 0);
      return {
        bucket,
        calls,
        certainty: joined(toCome.map(({ certainty }) => certainty)),
        basis: [...new Set(toCome.map(({ basis }) => basis))].sort(),
        minutes: minutesFor(bucket, calls),
      };
    })
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.minutes - a.minutes || (a.bucket < b.bucket ? -1 : 1));
  return {
    buckets,
    datasets: estimates.map((one) => {
      const minutes = minutesFor(one.bucket, one.calls);
      if (people === null || one.dataset !== people.dataset) return { ...one, minutes };
      const calls = one.calls + people.calls;
      return { ...one, calls, minutes: Math.max(minutes, minutesFor(people.bucket, people.calls)) };
    }),
    minutes: buckets[0]?.minutes ?? 0,
    certainty: joined(buckets.map(({ certainty }) => certainty)),
  };
}

function estimate(name: DatasetName, input: ForecastInput): Estimate | null {
  const bucket = bucketFor(name);
  return bucket === null ? null : { dataset: name, bucket, ...callsFor(name, input) };
}

function callsFor(name: DatasetName, input: ForecastInput): Calls {
  if (name === 'okta.groupMembers') return membersOf(input);
  const before = input.lastRun[name];
  if (before !== undefined) return { calls: before, certainty: 'about', basis: 'last run' };
  if (name === 'okta.appUsers') return appUsersOf(input);
  if (name === 'okta.assignmentChecks') {
    const calls = Math.min(MOST_ASKED, input.everyone ?? MOST_ASKED);
    return { calls, certainty: 'at most', basis: 'unknown' };
  }
  if (name === 'okta.otherAppUsers')
    return { calls: input.otherApps, certainty: 'at least', basis: 'unknown' };
  const calls = name === 'okta.logEvents' ? 2 + Math.ceil(input.logGroups / MOST_NAMED_AT_ONCE) : LEAST[name];
  return { calls: calls ?? 1, certainty: 'at least', basis: 'unknown' };
}

/** Where one call is not certain: they are read only if it comes to that. */
const LEAST: Readonly<Partial<Record<DatasetName, number>>> = {
  'okta.ssoAppGroups': 0,
  'okta.userLookups': 0,
};

/** A full page that says it is the last is asked for once more, so that is a call more. */
function pagesOf(rows: number, rowsAPage: number): number {
  return Math.floor(rows / rowsAPage) + 1;
}

/** The counts of the moment beat what the last run needed. */
function membersOf({ memberGroups, lastRun, carriesOver }: ForecastInput): Calls {
  const calls = memberGroups.reduce<number>(
    (sum, count) => sum + pagesOf(count ?? 0, ENDPOINTS['group-members'].limit),
    0,
  );
  if (!memberGroups.includes(null)) {
    return { calls, certainty: carriesOver ? 'at most' : 'about', basis: 'group stats' };
  }
  const before = lastRun['okta.groupMembers'];
  return before === undefined
    ? { calls, certainty: 'at least', basis: 'unknown' }
    : { calls: Math.max(calls, before), certainty: 'about', basis: 'last run' };
}

/** Most people are assigned by group, and none is outside Everyone. */
function assignedOf({ everyone, assignedGroups }: ForecastInput): Omit<Calls, 'calls'> & { rows: number } {
  const counts = assignedGroups.filter((count) => count !== null);
  const most = everyone ?? Number.POSITIVE_INFINITY;
  if (counts.length > 0 && counts.length === assignedGroups.length) {
    const assigned = counts.reduce((sum, count) => sum + count, 0);
    return { rows: Math.min(most, assigned), certainty: 'about', basis: 'group stats' };
  }
  if (everyone === null) return { rows: 0, certainty: 'at least', basis: 'unknown' };
  return { rows: everyone, certainty: 'at most', basis: 'group stats' };
}

function appUsersOf(input: ForecastInput): Calls {
  const { rows, ...known } = assignedOf(input);
  return { ...known, calls: pagesOf(rows, ENDPOINTS['app-users'].limit) };
}

/** The people of the app's users, where they are asked for by their ids. */
function peopleOf(input: ForecastInput): Estimate {
  const { rows, ...known } = assignedOf(input);
  const calls = Math.max(1, Math.ceil(rows / MOST_NAMED_AT_ONCE));
  return { ...known, dataset: 'okta.appUsers', bucket: bucketOf(ENDPOINTS.users.path), calls };
}

function joined(certainties: readonly Certainty[]): Certainty {
  const isLeast = certainties.includes('at least');
  const isMost = certainties.includes('at most');
  if (isLeast === isMost) return 'about';
  return isLeast ? 'at least' : 'at most';
}

/** The forecast in one sentence, for whoever watches; what each limit takes is told against the fact afterwards. */
export function forecastText({ buckets, minutes, certainty }: Forecast): string {
  const calls = buckets.reduce((sum, one) => sum + one.calls, 0);
  const longest = minutes < 1 ? undefined : buckets[0];
  const limitedBy = longest === undefined ? '' : `, limited by ${longest.bucket}`;
  const count = `${certainty === 'about' ? '' : `${certainty} `}${numberText(calls)} ${calls === 1 ? 'call' : 'calls'}`;
  return `Forecast: ${calls > 0 ? `${count} to Okta in ` : ''}${minutesText(minutes, certainty)}${limitedBy}.`;
}

function minutesText(minutes: number, certainty: Certainty): string {
  if (minutes < 1) return `less than a minute${certainty === 'at least' ? ', as far as is known' : ''}`;
  return `${certainty} ${certainty === 'at least' ? Math.floor(minutes) : Math.ceil(minutes)} min`;
}

/** The forecast next to what was made, in one line. */
export function forecastAgainstFact(
  { buckets, minutes, certainty }: Forecast,
  usage: readonly BucketUsage[],
  minutesTaken: number,
): string {
  const made = new Map(usage.map(({ bucket, calls }) => [bucket, calls]));
  const calls = buckets.map(
    (one) => `${callsText(one)} to ${one.bucket}, made ${numberText(made.get(one.bucket) ?? 0)}`,
  );
  const time = `${minutesText(minutes, certainty)}, took ${minutesTaken.toFixed(1)}`;
  return `Forecast against fact: ${[...calls, time].join('; ')}.`;
}

/** `about` goes without saying for a single number of calls. */
function callsText({ calls, certainty }: BucketForecast): string {
  return certainty === 'about' ? numberText(calls) : `${certainty} ${numberText(calls)}`;
}

function numberText(number: number): string {
  return number.toLocaleString('en-US');
}
