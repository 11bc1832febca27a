import type { Tools } from '../../../src/okta/tools.ts';

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
