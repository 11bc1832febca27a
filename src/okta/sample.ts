import { hash } from 'node:crypto';

/**
 * As many people are asked for one by one whom a listing leaves out; of more a sample, which finds a listing that lost a
 * part of its people.
 */
export const MOST_ASKED = 60;

/**
 * Some of the texts offered, no more than `most`: those with the smallest digests, so that it is the same ones whenever
 * the same are offered, in whatever order. There may be a million of them.
 */
export function createSample(most: number) {
  let kept = new Map<string, string>();
  const cut = () => new Map([...kept].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, most));
  return {
    offer(text: string): void {
      kept.set(hash('sha256', text), text);
      if (kept.size > most * 16) kept = cut();
    },
    taken: (): string[] => [...cut().values()],
  };
}
