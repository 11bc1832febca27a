/*
 * The governor's states. A bucket (one of Okta's rate limits) is in one of these, and each answer moves it on:
 *
 *   no limit      no answer has shown one yet (or Okta shows none): requests go, eight at a time.
 *   unknown       a limit is known, the present window is not: one request goes ahead, the probe; the others wait for
 *                 what its answer says. This is how every bucket begins, and how it is after each window.
 *   open          an answer has named the window that it was counted in (by its reset): requests go until the share of
 *                 the budget is spent. Whatever is on its way counts as spent.
 *   spent         the share is used up, or others have left too little: it sleeps until the window ends, and is
 *                 unknown again.
 *
 * Above the buckets stands one number: how many requests may be on their way at once. A complaint of too many at the
 * same time (a limit of 0) halves it for all of them; clean answers give it back, one by one.
 */

import type { RequestsState } from '../domain/run-event.ts';
import type { Tools } from '../runtime/tools.ts';
import { bucketOf } from './endpoints.ts';
import type { Headers } from './executor.ts';

/**
 * Requests of one bucket that may be on their way at once. Half of the largest listing bucket is 250 a minute; a
 * slow cell takes 1.1 to 1.5 s for an answer, and 250 / 60 × 1.5 is a little over 6.
 */
const SIDE_BY_SIDE = 8;
/** Requests of all buckets at once. Okta bounds them for the whole org, at 35 in its smallest, for all clients. */
const ALL_SIDE_BY_SIDE = 12;
/** Answers without a complaint after which one more may be on its way; twice as many after each further complaint. */
const FIRST_CLEAN_ANSWERS = 20;
const MOST_CLEAN_ANSWERS = 1_280;
/** Okta counts in windows of a minute that begin with a request, not on the clock's minute. */
const WINDOW_MS = 60_000;
/** A reset further away than this is not believed. */
const LONGEST_WAIT_MS = 120_000;
const LARGEST_JITTER_MS = 250;
/** Whether Okta rounds its resets up or down is not written anywhere; the SDK, too, waits a second more. */
const ROUNDING_MS = 1_000;
/** Servers of one cell may name the same window this many seconds apart. */
const SAME_WINDOW_SECONDS = 2;
/** Of what the budget leaves to other clients, the part that they shall find even where they take more. */
const KEPT_FOR_OTHERS = 0.1;

/** Requests that the budget allows of a limit; always one, or the run would never end. */
export function shareOf(limit: number, budgetPercent: number): number {
  return Math.max(1, Math.floor((limit * budgetPercent) / 100));
}

/** What the three rate headers say, where they make sense. A header sent twice arrives joined by a comma. */
export interface RateLimit {
  limit: number | null;
  remaining: number | null;
  /** UTC epoch seconds, by Okta's clock; null where the header is missing. */
  reset: number | null;
  /** From now until the window ends; null where a header is missing. Negative when it lies in the past. */
  resetInMs: number | null;
}

function readNumbers(header: string | null): number[] {
  if (header === null) return [];
  const texts = header.split(',').map((text) => text.trim());
  return texts.filter((text) => /^\d{1,12}$/u.test(text)).map(Number);
}

/**
 * Reads the rate headers. The wait is taken between the server's own two clocks, so ours may be wrong; where an answer
 * has no Date, ours stands in, if given.
 */
export function readRateLimit(headers: Headers, now?: number): RateLimit {
  const limits = readNumbers(headers.get('x-rate-limit-limit'));
  const remainders = readNumbers(headers.get('x-rate-limit-remaining'));
  const resets = readNumbers(headers.get('x-rate-limit-reset'));
  const reset = resets.length > 0 ? Math.max(...resets) : null;
  const date = Date.parse(headers.get('date') ?? '');
  const from = Number.isNaN(date) ? now : date;
  return {
    limit: limits.length > 0 ? Math.min(...limits) : null,
    remaining: remainders.length > 0 ? Math.min(...remainders) : null,
    reset,
    resetInMs: reset === null || from === undefined ? null : reset * 1000 - from,
  };
}

/** A window of Okta's, told from others by its reset: an answer names the window that it was counted in. */
interface Window {
  /** UTC epoch seconds; null where others have used the bucket up and no answer says until when. */
  reset: number | null;
  /** By our clock: Okta's end lies not after this one, */
  ends: number;
  /** and not before this one. */
  endsNotBefore: number;
  /** Own requests that were counted in it, as far as they are answered. */
  spent: number;
  /** The least that an answer showed to be left. */
  remaining: number | null;
}

/** A request on its way. */
interface Sent {
  url: string;
  order: number;
  sentAt: number;
  /** True once its answer has said in which window it was counted. */
  isPlaced: boolean;
}

interface Waiter extends Pick<Sent, 'url' | 'order'> {
  admit: (request: Sent) => void;
  reject: (error: unknown) => void;
}

interface Bucket {
  name: string;
  limit: number | null;
  /** The last one known of; it may be over. */
  window: Window | null;
  /** When requests ended whose window is not known: each may count in any window of the minute after. */
  unplaced: number[];
  sent: Set<Sent>;
  /** The request that goes ahead into a window of which nothing is known yet. */
  probe: Sent | null;
  waiting: Waiter[];
  isSleeping: boolean;
  /** Requests sent so far. */
  calls: number;
}

/** What a run has asked of a bucket so far, and the limit that Okta showed, requests a minute. */
export interface BucketUsage {
  bucket: string;
  calls: number;
  limit: number | null;
}

/**
 * Keeps the run within its share of each rate limit, and waits before Okta has to refuse: a refusal is an
 * event in the customer's System Log. Buckets do not wait for one another, except where Okta complains of too many
 * requests at the same time, which it counts for the whole org.
 */
export class RateGovernor {
  /** Share of each limit that this run may use in a window, percent. */
  readonly #budgetPercent: number;
  readonly #tools: Tools;
  readonly #buckets = new Map<string, Bucket>();
  #sideBySide = ALL_SIDE_BY_SIDE;
  #onTheirWay = 0;
  #order = 0;
  /** The last request that was sent before the number side by side shrank. */
  #shrunkAt = 0;
  #cleanAnswers = 0;
  #cleanAnswersNeeded = FIRST_CLEAN_ANSWERS / 2;

  constructor({ budgetPercent, tools }: { budgetPercent: number; tools: Tools }) {
    this.#budgetPercent = budgetPercent;
    this.#tools = tools;
  }

  /** Runs `send` when its bucket has room. */
  async run<T>(url: string, send: () => Promise<T>): Promise<T> {
    const bucket = this.#bucketOf(url);
    const request = await new Promise<Sent>((admit, reject) => {
      this.#order += 1;
      bucket.waiting.push({ url, order: this.#order, admit, reject });
      this.#admitAll();
    });
    try {
      return await send();
    } finally {
      this.#end(bucket, request);
    }
  }

  /** Takes in the headers of an answer. */
  learn(url: string, headers: Headers): void {
    const bucket = this.#bucketOf(url);
    // Without the server's Date the wait is not known: our own clock may be minutes off.
    const shown = readRateLimit(headers);
    const request = [...bucket.sent].find((candidate) => candidate.url === url && !candidate.isPlaced);
    if (shown.limit === 0) {
      // How Okta reports too many requests at the same time; it says nothing about this bucket.
      this.#shrink(request);
      return;
    }
    this.#recover();
    if (shown.limit === null) return;
    takeIn(bucket, { ...shown, limit: shown.limit }, { request, now: this.#tools.now() });
    if (request?.isPlaced && bucket.probe === request) bucket.probe = null;
    this.#admitAll();
  }

  /** What was asked of each bucket so far, by its name. */
  usage(): BucketUsage[] {
    return [...this.#buckets.values()]
      .filter(({ calls }) => calls > 0)
      .map(({ name, calls, limit }) => ({ bucket: name, calls, limit }))
      .sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
  }

  /** Computed on request: it costs nothing while it is not shown. */
  state(): Omit<RequestsState, 'repeatsInMs'> {
    const now = this.#tools.now();
    const waiting = [...this.#buckets.values()].flatMap((bucket) => {
      const { waitMs, spent, share } = this.#room(bucket, now);
      if (bucket.waiting.length === 0 || waitMs <= 0 || share === null) return [];
      return [{ bucket: bucket.name, waiting: bucket.waiting.length, waitMs, spent, share }];
    });
    return {
      onTheirWay: this.#onTheirWay,
      atOnce: this.#sideBySide,
      usuallyAtOnce: ALL_SIDE_BY_SIDE,
      waiting: waiting.sort((a, b) => b.waitMs - a.waitMs),
    };
  }

  #bucketOf(url: string): Bucket {
    const name = bucketOf(new URL(url).pathname);
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      const unused = { limit: null, window: null, probe: null, isSleeping: false, calls: 0 };
      bucket = { ...unused, name, unplaced: [], sent: new Set(), waiting: [] };
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  /** Refusals of requests that were sent before it shrank are the same complaint. */
  #shrink(request: Sent | undefined): void {
    this.#cleanAnswers = 0;
    if (request !== undefined && request.order <= this.#shrunkAt) return;
    this.#sideBySide = Math.max(1, Math.floor(Math.min(this.#sideBySide, this.#onTheirWay) / 2));
    this.#shrunkAt = this.#order;
    this.#cleanAnswersNeeded = Math.min(MOST_CLEAN_ANSWERS, this.#cleanAnswersNeeded * 2);
  }

  #recover(): void {
    if (this.#sideBySide >= ALL_SIDE_BY_SIDE) return;
    this.#cleanAnswers += 1;
    if (this.#cleanAnswers < this.#cleanAnswersNeeded) return;
    this.#cleanAnswers = 0;
    this.#sideBySide += 1;
  }

  /** Admits whoever may go, the longest waiting first; whom only time can help is looked at again by then. */
  #admitAll(): void {
    const now = this.#tools.now();
    while (this.#onTheirWay < this.#sideBySide) {
      const [next] = [...this.#buckets.values()]
        .filter((bucket) => bucket.waiting.length > 0 && this.#mayGo(bucket, now))
        .sort((a, b) => (a.waiting[0]?.order ?? 0) - (b.waiting[0]?.order ?? 0));
      const waiter = next?.waiting.shift();
      if (next === undefined || waiter === undefined) break;
      waiter.admit(this.#send(next, waiter.url, now));
    }
    for (const bucket of this.#buckets.values()) {
      // As long as requests are on their way, each of their answers has the others looked at.
      if (bucket.waiting.length === 0 || bucket.isSleeping || bucket.sent.size > 0) continue;
      const { waitMs } = this.#room(bucket, now);
      if (waitMs > 0) void this.#sleep(bucket, waitMs);
    }
  }

  #mayGo(bucket: Bucket, now: number): boolean {
    if (bucket.isSleeping || bucket.sent.size >= SIDE_BY_SIDE) return false;
    if (isUnknown(bucket, now) && bucket.probe !== null) return false;
    return this.#room(bucket, now).waitMs === 0;
  }

  /** Until the bucket may have room (0 when it has), and what is spent of which share. */
  #room(bucket: Bucket, now: number): { waitMs: number; spent: number; share: number | null } {
    if (bucket.limit === null) return { waitMs: 0, spent: 0, share: null };
    const share = shareOf(bucket.limit, this.#budgetPercent);
    const kept = Math.floor((bucket.limit - share) * KEPT_FOR_OTHERS);
    const open = openWindow(bucket, now);
    const unplaced = recent(bucket.unplaced, now);
    const onTheirWay = bucket.sent.size;
    const spent = (open?.spent ?? 0) + unplaced.length + onTheirWay;
    if (spent < share && (open?.remaining ?? Number.POSITIVE_INFINITY) - onTheirWay > kept) {
      return { waitMs: 0, spent, share };
    }
    const [oldest] = unplaced;
    const ends = [open?.ends, oldest === undefined ? undefined : oldest + WINDOW_MS];
    return { waitMs: Math.min(...ends.filter((end) => end !== undefined)) - now, spent, share };
  }

  #send(bucket: Bucket, url: string, now: number): Sent {
    this.#onTheirWay += 1;
    this.#order += 1;
    const request: Sent = { url, order: this.#order, sentAt: now, isPlaced: false };
    if (isUnknown(bucket, now)) bucket.probe = request;
    bucket.sent.add(request);
    bucket.calls += 1;
    return request;
  }

  #end(bucket: Bucket, request: Sent): void {
    const now = this.#tools.now();
    this.#onTheirWay -= 1;
    bucket.sent.delete(request);
    if (bucket.probe === request) bucket.probe = null;
    // Without a limit it is enough to know that there was one.
    const others = bucket.limit === null ? [] : recent(bucket.unplaced, now);
    if (!request.isPlaced) bucket.unplaced = [...others, now];
    this.#admitAll();
  }

  async #sleep(bucket: Bucket, waitMs: number): Promise<void> {
    bucket.isSleeping = true;
    try {
      await this.#tools.sleep(waitMs + Math.ceil(this.#tools.random() * LARGEST_JITTER_MS));
    } catch (error) {
      for (const waiter of bucket.waiting.splice(0)) waiter.reject(error);
    } finally {
      bucket.isSleeping = false;
    }
    this.#admitAll();
  }
}

/** The present window, if one is known. One that ends too far away is a sign of a clock that was moved. */
function openWindow({ window }: Bucket, now: number): Window | null {
  return window !== null && now < window.ends && window.ends - now <= LONGEST_WAIT_MS ? window : null;
}

function recent(unplaced: readonly number[], now: number): number[] {
  return unplaced.filter((ended) => ended <= now && ended + WINDOW_MS > now);
}

/** True when no answer tells of the present window, and none of the last minute failed to. */
function isUnknown(bucket: Bucket, now: number): boolean {
  return openWindow(bucket, now) === null && recent(bucket.unplaced, now).length === 0;
}

interface Answer {
  /** The request that was answered, where it is known. */
  request: Sent | undefined;
  now: number;
}

function takeIn(bucket: Bucket, shown: RateLimit & { limit: number }, answer: Answer): void {
  const { now } = answer;
  // What was left of another limit says nothing.
  if (shown.limit !== bucket.limit && bucket.window !== null) bucket.window.remaining = null;
  bucket.limit = shown.limit;
  const { reset, resetInMs } = shown;
  if (reset !== null && resetInMs !== null && resetInMs >= 0) {
    if (!place(bucket, { reset, resetInMs }, answer)) return;
  } else if (shown.remaining === 0 && openWindow(bucket, now) === null) {
    bucket.window = { reset: null, ends: now + WINDOW_MS, endsNotBefore: now, spent: 0, remaining: null };
  }
  const open = openWindow(bucket, now);
  if (open === null || shown.remaining === null) return;
  open.remaining = Math.min(shown.remaining, open.remaining ?? shown.remaining);
  // The first request of a window begins it, which tells its end better than whole seconds do.
  if (shown.remaining === shown.limit - 1) open.ends = Math.min(open.ends, now + WINDOW_MS);
}

/** Counts an answer in the window that it names; false when that one is over and a later one is known. */
function place(
  bucket: Bucket,
  { reset, resetInMs }: { reset: number; resetInMs: number },
  { request, now }: Answer,
): boolean {
  if (request) request.isPlaced = true;
  const ends = now + Math.min(resetInMs + ROUNDING_MS, LONGEST_WAIT_MS);
  // Both of the server's clocks are cut to whole seconds.
  const endsNotBefore = (request?.sentAt ?? 0) + resetInMs - 2 * ROUNDING_MS;
  const { window } = bucket;
  const open = openWindow(bucket, now);
  const secondsLater = window === null || window.reset === null ? null : reset - window.reset;
  // What is over cannot be put off: then the next second is the next window's.
  const isSame = secondsLater !== null && Math.abs(secondsLater) <= (open === null ? 0 : SAME_WINDOW_SECONDS);
  if (window === null || secondsLater === null) {
    bucket.window = { reset, ends, endsNotBefore, spent: 1, remaining: null };
  } else if (isSame) {
    window.spent += 1;
    window.ends = open === null ? ends : Math.min(window.ends, ends);
    window.endsNotBefore = Math.max(window.endsNotBefore, endsNotBefore);
  } else if (secondsLater < 0) {
    return false;
  } else if (open !== null && now < window.endsNotBefore) {
    // Too early for the next window: the reset was put off, and what was spent is spent.
    bucket.window = { ...window, reset, ends, endsNotBefore, spent: window.spent + 1 };
  } else {
    bucket.window = { reset, ends, endsNotBefore, spent: 1, remaining: null };
  }
  return true;
}
