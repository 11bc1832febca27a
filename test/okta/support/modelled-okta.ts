import { RateGovernor } from '../../../src/okta/governor.ts';
import { scheduledTools } from './virtual-tools.ts';

export const MODEL_START = Date.parse('2026-11-24T03:15:00.400Z');

/** A window of the modelled Okta and what was counted in it. */
interface ModelledWindow {
  beganAt: number;
  own: number;
  others: number;
  refused: number;
}

export interface ModelOptions {
  /** Requests a minute; a function of the time since the start, in milliseconds, where it changes. */
  limit: number | ((ms: number) => number);
  budgetPercent: number;
  /** From sending to the answer, in milliseconds; half of it on the way there. */
  latencyMs: () => number;
  /** How Okta makes whole seconds of its reset. */
  round?: (seconds: number) => number;
  /** Okta's clock less ours. */
  skewMs?: number;
  /** Requests of other clients, one every so many milliseconds; 0: none. */
  othersEveryMs?: number;
  /** Headers that the answers do not have. */
  without?: readonly string[];
  /** Requests that Okta lets run at once, for everybody. */
  mostAtOnce?: number;
  random?: () => number;
}

/**
 * Okta's rate limits in virtual time: windows of a minute, each beginning with the first request, of anybody, after
 * the one before it has ended; headers of whole seconds; HTTP 429 beyond the limit.
 */
export function modelledOkta(options: ModelOptions) {
  const tools = { ...scheduledTools(MODEL_START), random: options.random ?? (() => 0.5) };
  const governor = new RateGovernor({ budgetPercent: options.budgetPercent, tools });
  const buckets = new Map<string, ModelledWindow[]>();
  const limitAt = (now: number): number =>
    typeof options.limit === 'number' ? options.limit : options.limit(now - MODEL_START);
  const every = options.othersEveryMs ?? 0;
  let othersSeenUntil = MODEL_START;
  let running = 0;
  const runningAtOnce: number[] = [];
  let lastAnswerAt = MODEL_START;
  let refusals = 0;
  let pagesAsked = 0;

  const windowAt = (bucket: string, now: number): ModelledWindow => {
    const windows = buckets.get(bucket) ?? [];
    buckets.set(bucket, windows);
    const last = windows.at(-1);
    if (last && now < last.beganAt + 60_000) return last;
    const next = { beganAt: now, own: 0, others: 0, refused: 0 };
    windows.push(next);
    return next;
  };
  const letOthersSpend = (bucket: string, now: number): void => {
    for (; every > 0 && othersSeenUntil + every <= now; othersSeenUntil += every) {
      const window = windowAt(bucket, othersSeenUntil + every);
      if (window.own + window.others < limitAt(othersSeenUntil + every)) window.others += 1;
    }
  };

  /** Sends one request; true when it was answered, false when it was refused. */
  const send = (listing: string): Promise<boolean> => {
    pagesAsked += 1;
    const url = `${listing}?after=${pagesAsked}`;
    return governor.run(url, async () => {
      const latencyMs = options.latencyMs();
      running += 1;
      runningAtOnce.push(running);
      await tools.sleep(latencyMs / 2);
      const now = tools.now();
      const bucket = new URL(url).pathname;
      letOthersSpend(bucket, now);
      const isCrowded = options.mostAtOnce !== undefined && running > options.mostAtOnce;
      const limit = limitAt(now);
      const window = windowAt(bucket, now);
      const isRefused = window.own + window.others >= limit;
      if (isRefused) window.refused += 1;
      else if (!isCrowded) window.own += 1;
      const okta = now + (options.skewMs ?? 0);
      const values: Record<string, string> = {
        date: new Date(okta).toUTCString(),
        'x-rate-limit-limit': isCrowded ? '0' : String(limit),
        'x-rate-limit-remaining': isCrowded ? '0' : String(Math.max(0, limit - window.own - window.others)),
        'x-rate-limit-reset': String(
          (options.round ?? Math.ceil)((window.beganAt + 60_000 + (options.skewMs ?? 0)) / 1000),
        ),
      };
      for (const name of options.without ?? []) delete values[name];
      await tools.sleep(latencyMs / 2);
      running -= 1;
      lastAnswerAt = tools.now();
      if (isRefused || isCrowded) refusals += 1;
      governor.learn(url, { get: (name) => values[name] ?? null });
      return !isRefused && !isCrowded;
    });
  };

  return {
    tools,
    governor,
    send,
    windows: (url: string): readonly ModelledWindow[] => buckets.get(new URL(url).pathname) ?? [],
    refusals: () => refusals,
    runningAtOnce,
    minutes: () => (lastAnswerAt - MODEL_START) / 60_000,
  };
}
