import { hash } from 'node:crypto';

const FIRST_SLOTS = 64;
/** 32-bit words of a slot: half a SHA-256. */
const WORDS = 4;
/** The word of a slot that is 0 only where the slot is free. */
const MARK = WORDS - 1;

/**
 * A set of texts that knows them by their digests. It is here for its memory alone: three sets of a million ids and
 * e-mails take 109 MB, as `Set`s of the language 217, and those keep alive the pages that a text was cut out of
 * (test/bench/README.md). At a million texts the odds that any two share a digest of 127 bits are 1 to 10²⁶.
 */
export class TextSet {
  /** Open addressing: the first free slot from the digest's own on ends a search. */
  #slots = new Uint32Array(FIRST_SLOTS * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(text: string): boolean {
    return this.#slots[this.#find(digestOf(text), 0) + MARK] !== 0;
  }

  /** Takes a text in; false where it is there already. */
  add(text: string): boolean {
    if ((this.#size + 1) * WORDS * 4 > this.#slots.length * 3) this.#grow();
    const isNew = this.#put(digestOf(text), 0);
    if (isNew) this.#size += 1;
    return isNew;
  }

  /** Where the digest that begins at `from` lies, or the free slot where it belongs. */
  #find(words: Uint32Array, from: number): number {
    const slots = this.#slots;
    let slot = ((words[from] ?? 0) * WORDS) % slots.length;
    while (slots[slot + MARK] !== 0) {
      let word = 0;
      while (word < WORDS && slots[slot + word] === words[from + word]) word += 1;
      if (word === WORDS) break;
      slot = (slot + WORDS) % slots.length;
    }
    return slot;
  }

  #put(words: Uint32Array, from: number): boolean {
    const slot = this.#find(words, from);
    if (this.#slots[slot + MARK] !== 0) return false;
    for (let word = 0; word < WORDS; word += 1) this.#slots[slot + word] = words[from + word] ?? 0;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += WORDS) if (old[slot + MARK] !== 0) this.#put(old, slot);
  }
}

/** The digest of the text last asked for: one piece of memory for all of them. */
const digest = new Uint32Array(WORDS);

/** Of the text as UTF-16, in which no two are alike: UTF-8 would take every lone surrogate for the same. */
function digestOf(text: string): Uint32Array {
  // A text of one byte a character: a buffer takes more than twice as long to make.
  const bytes = hash('sha256', Buffer.from(text, 'utf16le'), 'binary');
  for (let word = 0; word < WORDS; word += 1) {
    const at = word * 4;
    digest[word] =
      bytes.charCodeAt(at) |
      (bytes.charCodeAt(at + 1) << 8) |
      (bytes.charCodeAt(at + 2) << 16) |
      (bytes.charCodeAt(at + 3) << 24);
  }
  digest[MARK] = (digest[MARK] ?? 0) | 1;
  return digest;
}
