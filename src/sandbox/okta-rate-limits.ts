/** Okta's rate-limit buckets, by the paths they cover. */
export type RateBucket = 'apps' | 'app' | 'groups' | 'group' | 'users' | 'user' | 'logs' | 'other';

/**
 * Requests per minute of a Workforce org, as Okta's rate-limit page last published them (December 2025):
 * `apps` is `/api/v1/apps` and everything below an app, `app` one app by id, and so on; `other` the rest.
 */
export const WORKFORCE_RATE_LIMITS: Readonly<Record<RateBucket, number>> = {
  apps: 100,
  app: 500,
  groups: 500,
  group: 1000,
  users: 600,
  user: 2000,
  logs: 120,
  other: 1200,
};

const BUCKET_PATHS: readonly (readonly [RateBucket, RegExp])[] = [
  ['app', /^\/api\/v1\/apps\/[^/]+$/],
  ['apps', /^\/api\/v1\/apps(\/|$)/],
  ['group', /^\/api\/v1\/groups\/(?!rules$)[^/]+$/],
  ['groups', /^\/api\/v1\/groups(\/|$)/],
  ['user', /^\/api\/v1\/users\/[^/]+$/],
  ['users', /^\/api\/v1\/users$/],
  ['logs', /^\/api\/v1\/logs$/],
];

/** The bucket that a request counts against. */
export function bucketOf(path: string): RateBucket {
  return BUCKET_PATHS.find(([, pattern]) => pattern.test(path))?.[0] ?? 'other';
}

/** What the three X-Rate-Limit headers say. */
export interface RateState {
  limit: number;
  remaining: number;
  /** UTC epoch seconds. */
  reset: number;
}

/** Counts requests per bucket in fixed windows, each beginning with the first request after the last one. */
export class RateAccounts {
  private readonly windows = new Map<RateBucket, { startedMs: number; used: number }>();
  private readonly limits: Readonly<Record<RateBucket, number>>;
  private readonly windowMs: number;

  constructor(limits: Readonly<Record<RateBucket, number>>, windowMs: number) {
    this.limits = limits;
    this.windowMs = windowMs;
  }

  /** Spends one request of the bucket where one is left, and says whether it was. */
  spend(bucket: RateBucket, nowMs: number): RateState & { allowed: boolean } {
    const window = this.windowOf(bucket, nowMs);
    const allowed = window.used < this.limits[bucket];
    if (allowed) window.used += 1;
    return { ...this.stateOf(bucket, window), allowed };
  }

  /** The bucket's state, with nothing spent. */
  peek(bucket: RateBucket, nowMs: number): RateState {
    return this.stateOf(bucket, this.windowOf(bucket, nowMs));
  }

  private windowOf(bucket: RateBucket, nowMs: number): { startedMs: number; used: number } {
    const open = this.windows.get(bucket);
    if (open && nowMs < open.startedMs + this.windowMs) return open;
    const fresh = { startedMs: nowMs, used: 0 };
    this.windows.set(bucket, fresh);
    return fresh;
  }

  private stateOf(bucket: RateBucket, window: { startedMs: number; used: number }): RateState {
    const limit = this.limits[bucket];
    return {
      limit,
      remaining: Math.max(0, limit - window.used),
      // Rounded up: at the second that the header names, the window is over.
      reset: Math.ceil((window.startedMs + this.windowMs) / 1000),
    };
  }
}
