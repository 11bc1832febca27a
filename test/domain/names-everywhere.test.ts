import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldDomain, foldEmail, foldName, lookalikeName } from '../../src/domain/names.ts';
import { trickyEmail, trickyText } from '../support/tricky-text.ts';

/** Every code point of the planes that have letters, marks and invisible characters. */
function* codePoints(): Generator<string> {
  for (let point = 0; point < 0xe1000; point += 1) {
    if (point === 0xd800) point = 0xe000;
    if (point === 0x20000) point = 0xe0000;
    yield String.fromCodePoint(point);
  }
}

/** Code points of which the comparison says something else the second time, alone or between letters. */
function unstable(fold: (name: string) => string): string[] {
  const found: string[] = [];
  for (const character of codePoints()) {
    for (const name of [character, `x${character}`, `x${character}\u0301y`]) {
      const once = fold(name);
      if (fold(once) !== once) found.push(JSON.stringify(name));
    }
  }
  return found;
}

describe('the comparisons include one another', () => {
  test('folding a folded name changes nothing, for every code point', () => {
    expect(unstable(foldName)).toEqual([]);
  });

  test('making a name alike twice changes nothing, for every code point', () => {
    expect(unstable(lookalikeName)).toEqual([]);
  });

  test('folding any text twice changes nothing', () => {
    fc.assert(fc.property(trickyText, (name) => foldName(foldName(name)) === foldName(name)));
  });

  test('making any text alike twice changes nothing', () => {
    fc.assert(fc.property(trickyText, (name) => lookalikeName(lookalikeName(name)) === lookalikeName(name)));
  });

  test('what is equal folded looks the same', () => {
    fc.assert(fc.property(trickyText, (name) => lookalikeName(foldName(name)) === lookalikeName(name)));
  });

  test('case, composition and outer spaces never part two names of plain letters', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'abcxyzéüñçКж0 -'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(plain, fc.constantFrom('', ' ', '\u00A0', '\n\t'), (name, space) => {
        expect(foldName(`${space}${name.toUpperCase().normalize('NFD')}${space}`)).toBe(foldName(name));
      }),
    );
  });

  test('folded e-mails and domains fold to themselves', () => {
    fc.assert(
      fc.property(trickyEmail, (address) => {
        expect(foldEmail(foldEmail(address))).toBe(foldEmail(address));
        const domain = address.slice(address.lastIndexOf('@') + 1);
        expect(foldDomain(foldDomain(domain))).toBe(foldDomain(domain));
      }),
    );
  });
});
