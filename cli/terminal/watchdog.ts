import { Worker } from 'node:worker_threads';

/** Milliseconds. */
const LIMITS = {
  /** How long a process may take to end once it was told to. */
  stopping: 10_000,
  /** How long the main thread may do nothing but one thing, and hear no signal. No step of an audit takes nearly as long. */
  hung: 60_000,
  /** Commands that end before that need no second thread. */
  start: 1_000,
};
const BEAT_MS = 500;
const LOOK_EVERY_MS = 250;

/** Places in the memory that both threads see. */
const BEATS = 0;
const IS_STOPPING = 1;
/** Milliseconds that a command needs beyond the limit. */
const MORE_MS = 2;

/**
 * A thread that ends the process when the main thread cannot: native code, or an endless loop, that does not return hears
 * no signal and no timer. It ends by SIGKILL, which is a failure to whoever started it, and leaves what `kill -9` leaves.
 */
export function startWatchdog(limits = LIMITS): { stopSoon: (withinMs?: number | null) => void } {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  let worker: Worker | null = null;
  const start = () => {
    if (worker !== null) return;
    setInterval(() => Atomics.add(shared, BEATS, 1), BEAT_MS).unref();
    // A debugger stops the main thread, too.
    const isDebugged = process.execArgv.some((flag) => flag.startsWith('--inspect'));
    const hungLimitMs = isDebugged ? Number.MAX_SAFE_INTEGER : limits.hung;
    // As a text, so that it runs where files of the program are missing; without the settings of this process.
    worker = new Worker(WATCH, {
      eval: true,
      env: {},
      execArgv: [],
      workerData: { shared, stoppingLimitMs: limits.stopping, hungLimitMs, lookEveryMs: LOOK_EVERY_MS },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    worker.unref();
    // Without threads to be had the program works as it does, and is not watched.
    worker.on('error', () => {});
  };
  setTimeout(start, limits.start).unref();
  return {
    /** From now on the process may take so long and no longer. */
    stopSoon(withinMs) {
      Atomics.store(shared, MORE_MS, withinMs ?? 0);
      Atomics.store(shared, IS_STOPPING, 1);
      try {
        start();
      } catch {
        // As above.
      }
    },
  };
}

const WATCH = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { shared, stoppingLimitMs, hungLimitMs, lookEveryMs } = workerData;
let beats = -1;
let stillMs = 0;
let stoppingMs = 0;
const end = (what) => {
  try {
    writeSync(2, 'Error: optiid-audit ' + what + ' and was ended.\\nHint: Run the command again; if it stays, report it.\\n');
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
};
setInterval(() => {
  const now = Atomics.load(shared, ${BEATS});
  stillMs = now === beats ? stillMs + lookEveryMs : 0;
  beats = now;
  if (Atomics.load(shared, ${IS_STOPPING}) !== 0) stoppingMs += lookEveryMs;
  const limitMs = stoppingLimitMs + Atomics.load(shared, ${MORE_MS});
  if (stoppingMs >= limitMs) end('did not stop within ' + limitMs / 1000 + ' seconds');
  else if (stillMs >= hungLimitMs) end('did nothing for ' + hungLimitMs / 1000 + ' seconds');
}, lookEveryMs);
`;
