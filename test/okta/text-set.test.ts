import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextSet } from '../../src/okta/text-set.ts';
import { seededRandom } from '../../src/sandbox/random.ts';

/** Texts that have much in common: short ones of few letters, wide ones, halves of surrogate pairs. */
const unit = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', '\u0000') },
  fc.constantFrom('\u00e9', '\u00ff', '\u0100', '\u0161', '\u6100', '\ud83d', '\ude00', '\ufffd', '\uffff'),
);
const anyText = fc.oneof(
  fc.array(unit, { maxLength: 6 }).map((units) => units.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.tuple(unit, fc.constantFrom(127, 128, 16_383, 16_384, 70_000)).map(([one, times]) => one.repeat(times)),
);

describe('a set of texts', () => {
  it('holds what a Set holds, and says of each text whether it is new', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { maxLength: 200 }),
        fc.array(anyText, { maxLength: 50 }),
        (texts, others) => {
          const ours = new TextSet();
          const theirs = new Set<string>();
          for (const text of texts) {
            expect(ours.add(text)).toBe(!theirs.has(text));
            theirs.add(text);
            expect(ours.size).toBe(theirs.size);
          }
          for (const text of [...texts, ...others]) expect(ours.has(text)).toBe(theirs.has(text));
        },
      ),
      { numRuns: 120 },
    );
  });

  it('holds the empty text only once it was given', () => {
    const set = new TextSet();
    expect(set.has('')).toBe(false);
    expect([set.add(''), set.add(''), set.has(''), set.size]).toEqual([true, false, true, 1]);
  });

  it('tells apart what an encoding would make alike', () => {
    const set = new TextSet();
    const alike = [
      '\ud800',
      '\udfff',
      '\ufffd',
      '\u00e9',
      'e\u0301',
      '\u0161',
      'a',
      'a\u0000',
      '\u6100',
      '\u0061',
    ];
    for (const text of alike) set.add(text);
    expect(set.size).toBe(new Set(alike).size);
    expect(set.has('\udbff')).toBe(false);
    expect(set.has('\u0000a')).toBe(false);
  });

  it('keeps all of forty thousand ids, and takes nobody for one of them', () => {
    const set = new TextSet();
    const id = (number: number) => `00u${number.toString(36).padStart(17, '0')}`;
    for (let number = 0; number < 40_000; number += 1) set.add(id(number * 7));
    expect(set.size).toBe(40_000);
    let wrong = 0;
    for (let number = 0; number < 280_000; number += 1)
      if (set.has(id(number)) !== (number % 7 === 0)) wrong += 1;
    expect(wrong).toBe(0);
  });

  it('compares in full where hashes are equal', () => {
    const set = new TextSet();
    const pairs = collidingPairs();
    expect(pairs.length).toBeGreaterThan(1);
    for (const [one, other] of pairs) {
      set.add(one);
      expect(set.has(other)).toBe(false);
      expect(set.add(other)).toBe(true);
      expect([set.has(one), set.has(other)]).toEqual([true, true]);
    }
  });
});

/** Texts of equal length whose FNV-1a hashes of 32 bits are the same. */
function collidingPairs(): [string, string][] {
  const random = seededRandom(1);
  const seen = new Map<number, string>();
  const pairs: [string, string][] = [['declinate', 'macallums']];
  for (let number = 0; number < 150_000; number += 1) {
    const text = random.oktaId('00u');
    let hash = 0x811c9dc5;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    const earlier = seen.get(hash);
    if (earlier === undefined) seen.set(hash, text);
    else pairs.push([earlier, text]);
  }
  return pairs;
}
