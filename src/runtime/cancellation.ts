import { AuditError } from '../domain/errors.ts';

/** A run that was told to stop, or whose other side failed. */
export class Interruption extends AuditError {
  override name = 'Interruption';

  constructor(hint = 'Nothing was left behind. Run the command again.') {
    super('Interrupted.', { hint });
  }
}

/** How long readers may take to notice that they are to stop; a server that hangs must not hold the program. */
export const STOPPING_MS = 500;
/** How long what goes on around them may take: longer, so that what they keep is kept. */
const WRAPPING_UP_MS = 700;
/** How long the program may clean up after that before it ends as it is. */
const CLEANING_MS = 2_500;

/** What the work gives, or the error that ends it when it goes on longer than `ms` after the signal. */
export async function notLongAfter<Result>(
  signal: AbortSignal,
  ms: number | (() => number),
  work: Promise<Result>,
  late: () => Error = () => new Interruption(),
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let start = () => {};
  const ended = new Promise<never>((_, reject) => {
    start = () => {
      timer = setTimeout(() => reject(late()), typeof ms === 'number' ? ms : ms());
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', start);
    clearTimeout(timer);
  }
}

/**
 * What the work gives, as long as it is not to stop. Once it is, what it throws is an {@link Interruption}: a query that
 * was broken off, or a file that was taken away from under it, is no failure of its own.
 */
export async function untilStopped<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  let result: Result;
  try {
    result = await notLongAfter(signal, WRAPPING_UP_MS, work);
  } catch (error) {
    throw signal.aborted && !(error instanceof Interruption) ? new Interruption() : error;
  }
  if (signal.aborted) throw new Interruption();
  return result;
}

/** The last resort around the whole program, for what does not look at the signal at all. */
export function endSoonAfter<Result>(
  signal: AbortSignal,
  work: Promise<Result>,
  stopWithinMs: () => number | null = () => null,
): Promise<Result> {
  return notLongAfter(
    signal,
    () => stopWithinMs() ?? CLEANING_MS,
    work,
    () => new Interruption('Run the command again, with --resume where it reads.'),
  );
}

/** Sleeps, and throws an {@link Interruption} as soon as the signal says so. */
export function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Interruption());
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(new Interruption());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Work of native code under way, and how it is interrupted. */
interface Work {
  underway: ReadonlySet<Promise<unknown>>;
  interrupt: () => void;
}

const tracked = new Set<Work>();

/**
 * Keeps count of what native code does on threads of its own. Neither what it works on nor the process may be taken away
 * from under it: it crashes, or waits for the main thread that waits for it.
 */
export function trackWork(interrupt: () => void) {
  const underway = new Set<Promise<unknown>>();
  const work: Work = { underway, interrupt };
  return {
    /** Gives the work back, and remembers it until it ends. */
    add<Result>(promise: Promise<Result>): Promise<Result> {
      const end = () => {
        underway.delete(ended);
        if (underway.size === 0) tracked.delete(work);
      };
      const ended: Promise<void> = promise.then(end, end);
      underway.add(ended);
      tracked.add(work);
      return promise;
    },
    isUnderway: () => underway.size > 0,
    ended: () => endOf(underway),
  };
}

async function endOf(underway: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (underway.size > 0) await Promise.all(underway);
}

/** True while native code works for this process. */
export function isWorkUnderway(): boolean {
  return tracked.size > 0;
}

/** Interrupts all that is tracked, and resolves once none of it goes on: before the process ends. */
export async function endTrackedWork(): Promise<void> {
  while (tracked.size > 0) {
    for (const { underway, interrupt } of [...tracked]) {
      interrupt();
      await endOf(underway);
    }
    // Whoever waited for it may begin to clean up.
    await new Promise(setImmediate);
  }
}
