/** How many letters must be put in, left out, changed or swapped with their neighbour to make one word of the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

const MOST_SUGGESTED = 5;

/** Asks for the known words that may have been meant, and ends in a space; empty where none is near. */
export function didYouMean(written: string, known: readonly string[]): string {
  const near = nearestWords(written, known);
  return near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : '';
}

/** Which of the known words may have been meant: those that hold what was written, else those a few letters away. */
function nearestWords(written: string, known: readonly string[]): string[] {
  const word = written.trim().toLowerCase();
  if (word === '') return [];
  const holding = known.filter((each) => each.toLowerCase().includes(word));
  if (holding.length > 0) return holding.slice(0, MOST_SUGGESTED);
  const mayDiffer = Math.max(2, Math.floor(word.length / 3));
  return known
    .map((each) => ({ each, distance: editDistance(word, each.toLowerCase()) }))
    .filter(({ distance }) => distance <= mayDiffer)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_SUGGESTED)
    .map(({ each }) => each);
}
