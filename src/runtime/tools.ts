/** Clock, sleep and chance, given from outside so that a run can be repeated and tests need not wait. */
export interface Tools {
  /** Milliseconds since the epoch. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** From 0 up to, not including, 1. */
  random: () => number;
}

export const SYSTEM_TOOLS: Tools = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};
