/** What a request brought, as far as the collection needs it. */
export type KeptAnswer =
  /** The rows of a page (or the one row asked for) after the check at the border, and where the listing goes on. */
  | { value: unknown; next: string | null; attempts: number }
  /** Okta knows nothing by that path. */
  | { notFound: string; attempts: number };

/** What a collection was answered, by the URL asked: a resumed collection does not repeat completed requests. */
export interface Journal {
  /** What was kept for the URL before this attempt at the collection began, or null. */
  keptAnswer(url: string): Promise<KeptAnswer | null>;
  /** Resolves when the answer is taken; wait for it, it is the back-pressure. */
  keep(url: string, answer: KeptAnswer): Promise<void>;
}

/** For reading that is not resumed. */
export const NO_JOURNAL: Journal = { keptAnswer: async () => null, keep: async () => {} };

/** Counts what an answer took when it was asked for, so that a resumed collection says what it cost as a whole. */
export function repeatAttempts({ attempts }: KeptAnswer, onAttempt: () => void = () => {}): void {
  for (let attempt = 0; attempt < attempts; attempt += 1) onAttempt();
}
