import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emailDomain,
  foldDomain,
  foldEmail,
  foldName,
  isReservedName,
  isTeamName,
  lookalikeName,
  looksReserved,
  nameFragilities,
} from '../../src/domain/names.ts';
import { type KnownTexts, Pseudonyms } from '../../src/share/pseudonyms.ts';

const KEY = Buffer.alloc(32, 7);
const NOTHING: KnownTexts = { ids: [], instanceIds: ['inst1'], systemRoles: new Set() };
const pseudonyms = new Pseudonyms(KEY, 'example.okta.com', NOTHING);

/** Pieces of which names differ in every way that rules look at. */
const PIECES = [
  'a', 'A', 'Straße', 'STRASSE', 'é', 'e\u0301', 'É', 'Ａ', 'İ', 'ﬁ', 'fi', ' ', '  ', '\t', '\n', '\u00a0', '\u0085', '\u200b',
  '\ufeff', '\u00ad', '\u0007', '\0', '"', '“', '＂', "'", '’', '\\', '＼', '-', '–', '::', ':', '+', '@', '.', '日本', '𝕏', '_', '*',
  'Everyone', 'everyone', 'inst1', 'INST1',
]; // biome-ignore format: a table
const name = fc.array(fc.constantFrom(...PIECES), { maxLength: 7 }).map((pieces) => pieces.join(''));
/** Two names of which one is often the other, written another way. */
const twoNames = fc.tuple(
  name,
  name,
  fc.constantFrom<(text: string, other: string) => string>(
    (_, other) => other,
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => text.normalize('NFD'),
    (text) => text.normalize('NFKC'),
    (text) => ` ${text}`,
    (text) => `${text}\u0085`,
    (text) => text.replaceAll(' ', '\t'),
    (text) => text.replaceAll('-', '–'),
    (text) => text.replaceAll('"', '“'),
    (text) => `${text}\u200b`,
  ),
);
/** The same names in every run, so that a failure is one of the change under test; `SHARE_NAMES=20000` tries others. */
const RUNS = process.env.SHARE_NAMES
  ? { numRuns: Number(process.env.SHARE_NAMES) }
  : { numRuns: 1_000, seed: 15 };

function expectSame(
  one: string,
  other: string,
  of: (text: string) => string,
  keys: readonly ((text: string) => unknown)[],
) {
  for (const [place, key] of keys.entries()) {
    const isEqual = key(one) === key(other);
    expect({ place, one, other, isEqual: key(of(one)) === key(of(other)) }).toEqual({
      place,
      one,
      other,
      isEqual,
    });
  }
}

describe('the pseudonym of a name', () => {
  const of = (text: string) => pseudonyms.of('name', text);

  it('is equal, folds the same and looks the same exactly where the name does', () => {
    fc.assert(
      fc.property(twoNames, ([one, another, change]) => {
        expectSame(one, change(one, another), of, [String, foldName, lookalikeName]);
      }),
      RUNS,
    );
  });

  it('is reserved, a team, fragile and blank exactly where the name is', () => {
    fc.assert(
      fc.property(name, (text) => {
        const traits = (of: string) => ({
          isReserved: isReservedName(of),
          looksReserved: looksReserved(of),
          isTeam: isTeamName(of),
          fragile: nameFragilities(of).sort(),
          isBlank: of.trim() === '',
        });
        expect({ text, ...traits(of(text)) }).toEqual({ text, ...traits(text) });
      }),
      RUNS,
    );
    expect(nameFragilities(of('n'.repeat(256)))).toEqual(nameFragilities('n'.repeat(256)));
    expect(nameFragilities(of('n'.repeat(255)))).toEqual([]);
  });

  it('of a team ends in the pseudonym of the instance, where the name ends in its id', () => {
    expect(of('Writers::inst1')).toMatch(new RegExp(`::${pseudonyms.of('id', 'inst1')}$`, 'u'));
    expect(of('Writers::inst2')).not.toContain('inst2');
    expect(of('Writers::INST1')).not.toContain(pseudonyms.of('id', 'inst1'));
  });
});

describe('the pseudonym of an e-mail', () => {
  const of = (text: string) => pseudonyms.of('email', text);
  const local = fc.constantFrom(
    'ada',
    'Ada',
    'ada+ops',
    'ADA+Ops',
    'zoë',
    'zoe\u0308',
    'o’hara',
    '',
    '+x',
    'a+',
    'a+b+c',
    'x y',
  );
  const domain = fc.constantFrom(
    'example.com',
    'Example.COM',
    'bücher.example',
    'xn--bcher-kva.example',
    'other.example',
    '',
    ' ',
  );
  const email = fc.oneof(
    fc.tuple(local, domain).map(([before, after]) => `${before}@${after}`),
    local,
    fc.tuple(local, domain).map(([before, after]) => ` ${before}@${after}\u00a0`),
    name,
  );
  const localPart = (text: string) => foldEmail(text).replace(/@[^@]*$/u, '');
  const withoutTag = (text: string) => foldEmail(text).replace(/\+[^@]*@/u, '@');
  const hasTag = (text: string) => /\+.*@/su.test(foldEmail(text));

  it('has the same account, domain, part before it and tag exactly where the e-mail has', () => {
    fc.assert(
      fc.property(email, email, (one, other) => {
        fc.pre(!(one.includes('@') && one.indexOf('@') !== one.lastIndexOf('@')));
        fc.pre(!(other.includes('@') && other.indexOf('@') !== other.lastIndexOf('@')));
        expectSame(one, other, of, [String, foldEmail, emailDomain, localPart, withoutTag]);
        expectSame(withoutTag(one), other, of, [foldEmail]);
        expect({ one, hasTag: hasTag(of(one)), blank: of(one).trim() === '' }).toEqual({
          one,
          hasTag: hasTag(one),
          blank: one.trim() === '',
        });
      }),
      RUNS,
    );
  });

  it('has a domain that is the pseudonym of its domain', () => {
    for (const written of ['bücher.example', 'xn--bcher-kva.example', 'BÜCHER.example']) {
      expect(emailDomain(of(`ada@${written}`))).toBe(foldDomain(pseudonyms.of('domain', written)));
    }
    expect(emailDomain(of('ada@example.com'))).not.toBe(emailDomain(of('ada@example.org')));
  });
});

describe('the pseudonym of a person’s name', () => {
  it('folds the same, and is the same but for its form, exactly where the name is', () => {
    const of = (text: string) => pseudonyms.of('person', text);
    const trimmed = (text: string) => text.normalize('NFC').trim();
    fc.assert(
      fc.property(twoNames, ([one, another, change]) => {
        expectSame(one, change(one, another), of, [trimmed, foldName, (text) => text.trim() === '']);
      }),
      RUNS,
    );
  });
});

describe('pseudonyms', () => {
  const ids = ['00uA', '00uB', '00ub', 'user-9', 'ü'].sort();
  const known = new Pseudonyms(KEY, 'example.okta.com', { ...NOTHING, ids });

  it('of ids sort as the ids do, for ties go to the smallest', () => {
    const replaced = ids.map((id) => known.of('id', id));
    expect(replaced).toEqual([...replaced].sort());
    expect(new Set(replaced).size).toBe(ids.length);
  });

  it('are others under another key and for another org', () => {
    const others = [
      new Pseudonyms(Buffer.alloc(32, 8), 'example.okta.com', NOTHING),
      new Pseudonyms(KEY, 'other.okta.com', NOTHING),
    ];
    for (const holds of ['name', 'email', 'person', 'id', 'domain', 'words', 'app-key'] as const) {
      for (const other of others)
        expect(other.of(holds, 'editors')).not.toBe(pseudonyms.of(holds, 'editors'));
    }
  });

  it('leave what rules and people know by name', () => {
    for (const reserved of ['Everyone', 'admin center administrators'])
      expect(pseudonyms.of('name', reserved)).toBe(reserved);
    const role = (name: string, row: Record<string, unknown>) => pseudonyms.of('role', name, row);
    expect(role('Super Admin', { product: 'Admin Center', kind: null })).toBe('Super Admin');
    expect(role('Editor', { product: 'CMS', kind: 'system' })).toBe('Editor');
    expect(role('Acme editors', { product: 'CMS', kind: 'custom' })).not.toContain('Acme');
    expect(pseudonyms.of('app-key', 'scim2headerauth')).toBe('scim2headerauth');
    expect(pseudonyms.of('expression', '${fn:toLowerCase(source.email)}')).toBe(
      '${fn:toLowerCase(source.email)}',
    );
    expect(pseudonyms.of('expression', 'user.acmeCostCode + "@acme.com"')).not.toMatch(/acme/iu);
    expect(pseudonyms.of('url', 'https://identity-api.optimizely.com/api/scim/v2/')).toContain('optimizely');
    expect(pseudonyms.of('url', 'https://scim.acme.com/v2')).not.toContain('acme');
  });
});
