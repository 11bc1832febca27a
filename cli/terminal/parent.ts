/**
 * A program that another one has forked ends with it: when the channel between them is cut, and when the other one stands
 * still. Who forks it says again and again how long it may go on (`{ mayGoOnMs }`); without a word of that there is no limit.
 */
export function endWithParent(stop: () => void): void {
  if (process.channel === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  process.once('disconnect', stop);
  process.on('message', (message: { mayGoOnMs?: unknown } | null) => {
    const ms = message?.mayGoOnMs;
    if (typeof ms !== 'number') return;
    clearTimeout(timer);
    timer = setTimeout(stop, ms).unref();
  });
  // The channel alone keeps no program alive.
  process.channel.unref();
}
