import type { Tools } from '../../../src/runtime/tools.ts';

/** Time that passes only by sleeping, and then at once. Chance always falls in the middle. */
export interface VirtualTools extends Tools {
  /** Milliseconds slept, one entry per sleep. */
  readonly slept: number[];
  advance(ms: number): void;
}

export function virtualTools(start = Date.now()): VirtualTools {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    random: () => 0.5,
    advance: (ms) => {
      now += ms;
    },
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
}

/**
 * Time that passes only when nobody has anything left to do, and then to the next one who wakes: for tests in
 * which several sleep side by side and nothing waits for a network.
 */
export function scheduledTools(start: number): VirtualTools {
  let now = start;
  const slept: number[] = [];
  const sleepers: { until: number; wake: () => void }[] = [];
  const wakeNext = (): void => {
    sleepers.sort((a, b) => a.until - b.until);
    const next = sleepers.shift();
    if (!next) return;
    now = Math.max(now, next.until);
    next.wake();
  };
  return {
    slept,
    now: () => now,
    random: () => 0.5,
    advance: (ms) => {
      now += ms;
    },
    sleep: (ms) =>
      new Promise((resolve) => {
        slept.push(ms);
        sleepers.push({ until: now + ms, wake: resolve });
        setImmediate(wakeNext);
      }),
  };
}
