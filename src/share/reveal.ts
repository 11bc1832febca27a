import type { Finding } from '../domain/finding.ts';
import { NO_MEMORY } from '../domain/memory.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { redactResolved } from './redact-run.ts';
import { passAll, takeInventory } from './redact-snapshot.ts';

/** The letters of a pseudonym, in whatever form; those of a name may have something in their middle. */
const TOKENS =
  /(?<![\p{L}\p{N}])[b-df-hj-np-tｂ-ｄｆ-ｈｊ-ｎｐ-ｔ]{8}(?:[ \p{Cc}"“\\＼\u200B]*(?:[nｎ]{256})?)[b-df-hj-np-tｂ-ｄｆ-ｈｊ-ｎｐ-ｔ]{8}(?![\p{L}\p{N}])/giu;

const EMAILS = /[b-df-hj-np-t]{16}(?:\+[b-df-hj-np-t]{16})?@[b-df-hj-np-t]{16}\.example/giu;
const PARTS = new RegExp(`(?:id-(?:\\d{8}-)?)?(${TOKENS.source})(?:\\.example)?`, TOKENS.flags);

function lettersOf(text: string): string {
  const letters = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z]/gu, '');
  return letters.slice(0, 8) + letters.slice(-8);
}

/** A text with its pseudonyms turned back, and how many of them neither a row of the snapshot nor a resolved finding explains. */
export async function reveal(
  text: string,
  { snapshot, resolved }: { snapshot: Snapshot; resolved: readonly Finding[] },
  key: Buffer,
): Promise<{ text: string; unknown: number }> {
  const wanted = new Set([...text.matchAll(TOKENS)].map(([token]) => lettersOf(token)));
  const exact = new Map<string, string>();
  const anyhow = new Map<string, string>();
  const byLetters = new Map<string, string>();
  const pseudonyms = new Pseudonyms(
    key,
    snapshot.manifest.org,
    await takeInventory(snapshot, NO_MEMORY),
    (letters, pseudonym, original) => {
      if (!wanted.has(letters)) return;
      exact.set(pseudonym, original);
      anyhow.set(pseudonym.toLowerCase(), original);
      if (!byLetters.has(letters)) byLetters.set(letters, original);
    },
  );
  await passAll(snapshot, pseudonyms);
  for (const finding of resolved) redactResolved(finding, pseudonyms);
  const { org } = snapshot.manifest;
  exact.set(pseudonyms.host(org), org);
  const longestFirst = [...exact].sort(([a], [b]) => b.length - a.length);
  let revealed = longestFirst.reduce(
    (rest, [pseudonym, original]) => rest.replaceAll(pseudonym, original),
    text,
  );
  // Somebody may have typed it: with other capitals, without the number of an id, a part of an e-mail alone.
  revealed = revealed.replace(EMAILS, (found) => anyhow.get(found.toLowerCase()) ?? found);
  let unknown = 0;
  revealed = revealed.replace(PARTS, (found, letters: string) => {
    const original = byLetters.get(lettersOf(letters));
    if (original === undefined) unknown += 1;
    return original ?? found;
  });
  return { text: revealed, unknown };
}
