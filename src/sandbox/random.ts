/** A seeded source of numbers: the same seed gives the same world on every machine. */
export interface Random {
  /** From 0, below 1. */
  next(): number;
  /** A whole number from 0, below the bound. */
  below(bound: number): number;
  pick<T>(choices: readonly T[]): T;
  /** A UUID of version 4. */
  uuid(): string;
  /** An id as Okta makes them: the prefix, then letters and digits, 20 characters in all. */
  oktaId(prefix: string): string;
}

const LETTERS_AND_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const OKTA_ID_LENGTH = 20;

/** mulberry32: 32 bits of state, which is plenty for made-up names and ids. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  const hex = (digits: number): string =>
    Math.floor(next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return {
    next,
    below,
    pick: (choices) => {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new RangeError('Nothing to pick from');
      return chosen;
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'.charAt(below(4))}${hex(3)}-${hex(6)}${hex(6)}`,
    oktaId: (prefix) => {
      let id = prefix;
      while (id.length < OKTA_ID_LENGTH) id += LETTERS_AND_DIGITS.charAt(below(LETTERS_AND_DIGITS.length));
      return id;
    },
  };
}
