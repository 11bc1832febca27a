import pLimit, { type LimitFunction } from 'p-limit';
import type { Headers } from './executor.ts';
import type { Tools } from './tools.ts';

/** Requests of one bucket that may be on their way at once. At 50 a minute more would only wait. */
const SIDE_BY_SIDE = 4;
/** Okta counts in windows of a minute that begin with the first request, not on the clock's minute. */
const WINDOW_MS = 60_000;
/** A reset further away than this is not believed. */
const LONGEST_WAIT_MS = 120_000;
const LARGEST_JITTER_MS = 250;
/** Reset and Date have whole seconds, so the same window may seem to end this much apart. */
const SAME_WINDOW_MS = 3_000;

/**
 * The rate limit that a path counts against, by Okta's default buckets: the org-wide limits are kept per
 * group of paths, and lists and single rows count apart.
 */
export function bucketOf(pathname: string): string {
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts[0] !== 'api' || parts[1] !== 'v1') return parts[0] === 'oauth2' ? '/oauth2' : '/';
  const [, , kind, id, ...rest] = parts;
  const isSingle = id !== undefined && rest.length === 0;
  switch (kind) {
    case 'apps':
      return isSingle ? '/api/v1/apps/{id}' : '/api/v1/apps';
    case 'groups':
      return isSingle && id !== 'rules' ? '/api/v1/groups/{id}' : '/api/v1/groups';
    case 'users':
      if (id === undefined) return '/api/v1/users';
      return isSingle ? '/api/v1/users/{id}' : '/api/v1';
    case 'logs':
      return '/api/v1/logs';
    default:
      return '/api/v1';
  }
}

/** What the three rate headers say, where they make sense. A header sent twice arrives joined by a comma. */
export interface RateLimit {
  limit: number | null;
  remaining: number | null;
  /** From now until the window ends; null where the header is missing. Negative when it lies in the past. */
  resetInMs: number | null;
}

function readNumbers(header: string | null): number[] {
  if (header === null) return [];
  return header
    .split(',')
    .map((text) => text.trim())
    .filter((text) => /^\d{1,12}$/u.test(text))
    .map(Number);
}

/** Reads the rate headers; the wait is taken between the server's own two clocks, so ours may be wrong. */
export function readRateLimit(headers: Headers, now: number): RateLimit {
  const limits = readNumbers(headers.get('x-rate-limit-limit'));
  const remainders = readNumbers(headers.get('x-rate-limit-remaining'));
  const resets = readNumbers(headers.get('x-rate-limit-reset'));
  const date = Date.parse(headers.get('date') ?? '');
  return {
    limit: limits.length > 0 ? Math.min(...limits) : null,
    remaining: remainders.length > 0 ? Math.min(...remainders) : null,
    resetInMs: resets.length > 0 ? Math.max(...resets) * 1000 - (Number.isNaN(date) ? now : date) : null,
  };
}

interface Bucket {
  gate: LimitFunction;
  limit: number | null;
  /** As of the last answer of this window. */
  remaining: number | null;
  /** By our clock; null before the first request. */
  windowEnds: number | null;
  /** True when the end comes from Okta, not from our own reckoning. */
  isLearned: boolean;
  /** Own requests admitted in this window. */
  spent: number;
  inFlight: number;
  /** Set while the very first request of the bucket is on its way: its answer tells the limit. */
  scout: Promise<void> | null;
  isScouted: boolean;
}

export interface GovernorOptions {
  /** Share of each limit that this run may use in a window, percent. */
  budgetPercent: number;
  tools: Tools;
}

/**
 * Keeps the run within its share of each rate limit, and waits before Okta has to refuse: a refusal is an
 * event in the customer's System Log. Buckets do not wait for one another.
 */
export class RateGovernor {
  readonly #budgetPercent: number;
  readonly #tools: Tools;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: GovernorOptions) {
    this.#budgetPercent = options.budgetPercent;
    this.#tools = options.tools;
  }

  /** Runs `send` when its bucket has room. */
  run<T>(url: string, send: () => Promise<T>): Promise<T> {
    const bucket = this.#bucketOf(url);
    return bucket.gate(async () => {
      const endScouting = await this.#admit(bucket);
      try {
        return await send();
      } finally {
        bucket.inFlight -= 1;
        endScouting();
      }
    });
  }

  /** Takes in the headers of an answer. */
  learn(url: string, headers: Headers): void {
    const bucket = this.#bucketOf(url);
    const now = this.#tools.now();
    const { limit, remaining, resetInMs } = readRateLimit(headers, now);
    // Limit 0 is how Okta reports too many requests at the same time; it says nothing about this bucket.
    if (limit === null || limit === 0) return;
    bucket.limit = limit;
    // An answer of a window that is over tells nothing about the present one.
    if (resetInMs !== null && resetInMs <= 0) return;
    bucket.remaining = remaining;
    if (resetInMs === null) return;
    const ends = now + Math.min(resetInMs, LONGEST_WAIT_MS);
    if (!bucket.isLearned || bucket.windowEnds === null) {
      bucket.windowEnds = ends;
      bucket.isLearned = true;
    } else if (ends > bucket.windowEnds + SAME_WINDOW_MS) {
      // Okta began the next window before we expected it.
      bucket.spent = Math.max(1, bucket.inFlight);
      bucket.windowEnds = ends;
    }
  }

  #bucketOf(url: string): Bucket {
    const name = bucketOf(new URL(url).pathname);
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = {
        gate: pLimit(SIDE_BY_SIDE),
        limit: null,
        remaining: null,
        windowEnds: null,
        isLearned: false,
        spent: 0,
        inFlight: 0,
        scout: null,
        isScouted: false,
      };
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  /** Waits for room and takes it in the same turn of the loop, or several requests would see the same room. */
  async #admit(bucket: Bucket): Promise<() => void> {
    for (;;) {
      const now = this.#tools.now();
      if (bucket.windowEnds !== null && now >= bucket.windowEnds) {
        bucket.windowEnds = null;
        bucket.isLearned = false;
        bucket.remaining = null;
        bucket.spent = 0;
      }
      if (bucket.scout !== null) {
        await bucket.scout;
      } else if (bucket.windowEnds === null || this.#hasRoom(bucket)) {
        return this.#takeRoom(bucket);
      } else {
        const jitterMs = Math.ceil(this.#tools.random() * LARGEST_JITTER_MS);
        await this.#tools.sleep(bucket.windowEnds - now + jitterMs);
      }
    }
  }

  #hasRoom(bucket: Bucket): boolean {
    if (bucket.limit === null) return true;
    const share = Math.max(1, Math.floor((bucket.limit * this.#budgetPercent) / 100));
    if (bucket.spent >= share) return false;
    return bucket.remaining === null || bucket.remaining - bucket.inFlight > 0;
  }

  #takeRoom(bucket: Bucket): () => void {
    bucket.spent += 1;
    bucket.inFlight += 1;
    // Until an answer says otherwise, the window is taken to begin now.
    bucket.windowEnds ??= this.#tools.now() + WINDOW_MS;
    if (bucket.isScouted) return () => {};
    bucket.isScouted = true;
    let end: () => void = () => {};
    bucket.scout = new Promise((resolve) => {
      end = resolve;
    });
    return () => {
      bucket.scout = null;
      end();
    };
  }
}
