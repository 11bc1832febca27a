const FIRST_SLOTS = 64;
/** Texts lie in pieces of this many bytes, the first ones smaller; a longer text has a piece to itself. */
const PIECE_BITS = 16;
const PIECE_BYTES = 2 ** PIECE_BITS;
const FIRST_PIECE_BYTES = 1_024;
/** An address is the number of a piece and a place in it, in 32 bits. */
const MOST_PIECES = 2 ** (32 - PIECE_BITS) - 1;
/** A fingerprint, and a length of up to five bytes. */
const LONGEST_HEAD = 6;

/**
 * A set of texts that takes about 10 bytes beside the text itself for each, where a `Set` of the language takes
 * 80 and keeps alive whatever a text was cut out of. Exact: whatever the hash, texts are compared in full, by their
 * UTF-16 units. Throws a `RangeError` beyond 4 GiB of text.
 */
export class TextSet {
  /** Address of a text, plus one; 0: free. The first free one from the hash on ends a search. */
  #slots = new Uint32Array(FIRST_SLOTS);
  readonly #pieces: Uint8Array[] = [];
  /** Bytes used of the last piece. */
  #used = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(text: string): boolean {
    return this.#slots[this.#slotOf(text)] !== 0;
  }

  /** Takes a text in; false where it is there already. */
  add(text: string): boolean {
    let slot = this.#slotOf(text);
    if (this.#slots[slot] !== 0) return false;
    if ((this.#size + 1) * 4 > this.#slots.length * 3) {
      this.#grow();
      slot = this.#slotOf(text);
    }
    this.#slots[slot] = this.#write(text) + 1;
    this.#size += 1;
    return true;
  }

  /** Where the text lies, or the free slot where it belongs. */
  #slotOf(text: string): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = hashOf(text);
    let slot = hash & mask;
    for (let address = slots[slot] ?? 0; address !== 0; address = slots[slot] ?? 0) {
      if (this.#isAt(address - 1, text, hash)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #isAt(address: number, text: string, hash: number): boolean {
    const piece = this.#pieces[address >>> PIECE_BITS];
    let at = address & (PIECE_BYTES - 1);
    if (piece === undefined || piece[at] !== hash >>> 24) return false;
    const head = readHead(piece, at + 1);
    if (head.length !== text.length) return false;
    at = head.at;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (piece[at] !== (unit & 0xff)) return false;
      if (head.isWide && piece[at + 1] !== unit >>> 8) return false;
      if (!head.isWide && unit > 0xff) return false;
      at += head.isWide ? 2 : 1;
    }
    return true;
  }

  #write(text: string): number {
    const isWide = hasWideUnit(text);
    const most = LONGEST_HEAD + (isWide ? 2 : 1) * text.length;
    let piece = this.#pieces.at(-1);
    if (piece === undefined || this.#used + most > piece.length) {
      const count = this.#pieces.length;
      if (count >= MOST_PIECES) throw new RangeError('Too many texts for one set.');
      piece = new Uint8Array(Math.max(most, Math.min(PIECE_BYTES, FIRST_PIECE_BYTES * 4 ** count)));
      this.#pieces.push(piece);
      this.#used = 0;
    }
    const number = this.#pieces.length - 1;
    const start = this.#used;
    let at = start;
    piece[at++] = hashOf(text) >>> 24;
    let rest = text.length * 2 + (isWide ? 1 : 0);
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) piece[at++] = (rest % 0x80) | 0x80;
    piece[at++] = rest;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      piece[at++] = unit & 0xff;
      if (isWide) piece[at++] = unit >>> 8;
    }
    this.#used = at;
    return number * PIECE_BYTES + start;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    const mask = slots.length - 1;
    for (const address of old) {
      if (address === 0) continue;
      let slot = this.#hashAt(address - 1) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = address;
    }
    this.#slots = slots;
  }

  #hashAt(address: number): number {
    const piece = this.#pieces[address >>> PIECE_BITS] as Uint8Array;
    const head = readHead(piece, (address & (PIECE_BYTES - 1)) + 1);
    let { at } = head;
    let hash = FNV_OFFSET;
    for (let index = 0; index < head.length; index += 1) {
      const unit = (piece[at] ?? 0) | (head.isWide ? (piece[at + 1] ?? 0) << 8 : 0);
      hash = Math.imul(hash ^ unit, FNV_PRIME);
      at += head.isWide ? 2 : 1;
    }
    return mixed(hash);
  }
}

/** The length of a text in UTF-16 units, whether each takes two bytes, and where the first one lies. */
function readHead(piece: Uint8Array, from: number): { length: number; isWide: boolean; at: number } {
  let at = from;
  let value = 0;
  let factor = 1;
  let byte = piece[at++] ?? 0;
  for (; byte > 0x7f; byte = piece[at++] ?? 0) {
    value += (byte & 0x7f) * factor;
    factor *= 0x80;
  }
  value += byte * factor;
  return { length: Math.floor(value / 2), isWide: value % 2 === 1, at };
}

function hasWideUnit(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0xff) return true;
  return false;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over the UTF-16 units. */
function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return mixed(hash);
}

/** Spreads what differs over all bits (the last steps of MurmurHash3): neighbours must not share a run of slots. */
function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
