import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase, type SqlRow } from '../../src/analysis/engine/database.ts';
import {
  emailDomain,
  foldDomain,
  foldEmail,
  foldName,
  isReservedName,
  lookalikeName,
  looksReserved,
  nameFragilities,
} from '../../src/domain/names.ts';

/** Characters at which comparisons of names break: spaces, marks, cases, widths, quotes, dashes, the unseen. */
const TRICKY = [
  ...' \t\n\u00A0\u2003\u3000\u1680\u0085',
  ...'\u200B\u200C\u200D\u00AD\uFEFF\u034F\u2060\u180E\u3164\uFE0F',
  ...'\u0300\u0301\u0307\u0308\u0327\u0345\u05B0\u093C',
  ...'aAbBiIıİßẞſΣσςéÉÅÅKKŉǰᾳᾼﬁŒ',
  ...'-\u2010\u2013\u2014\u2212\u207B\uFF0D\u301C',
  ...'\'"`\u00B4\u2018\u2019\u201C\u201D\u2032\u2033\u00AB\u203A\uFF02\uFF07\uFF40\u1FBF',
  ...'@.\\,;=+0１①²한한ｶﾞ🚀𝐀',
  '\u0000',
];

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...TRICKY), maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const asciiText = fc.string({ unit: 'binary-ascii', maxLength: 12 });
const email = fc
  .tuple(fc.oneof(text, asciiText), fc.oneof(text, asciiText, fc.domain()))
  .map(([local, domain]) => `${local}@${domain}`);

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

describe('two names are equal folded', () => {
  test.each([
    ['in the very same characters', 'Sales', 'Sales'],
    ['in other case', 'SALES', 'sales'],
    ['with spaces, no-break spaces or line ends around', '\u00A0 Sales\n', 'Sales'],
    ['with a byte order mark in front, which trim takes for a space', '\uFEFFSales', 'Sales'],
    ['composed or decomposed', 'Cafe\u0301', 'CAFÉ'],
    ['with the Kelvin sign for a K', '\u212Aiel', 'kiel'],
    ['with the Greek sigma of a word end in capitals', 'ΛΟΓΟΣ', 'λογος'],
  ])('%s', (_when, one, other) => {
    expect(foldName(one)).toBe(foldName(other));
    expect(lookalikeName(one)).toBe(lookalikeName(other));
  });

  test.each([
    ['an accent', 'Cafe', 'Café'],
    ['an inner space', 'Two  Spaces', 'Two Spaces'],
    ['an inner no-break space', 'Team\u00A0Nord', 'Team Nord'],
    ['a zero-width space', 'Sa\u200Bles', 'Sales'],
    ['a zero-width space at the end', 'Sales\u200B', 'Sales'],
    ['a sharp s', 'Straße', 'STRASSE'],
    ['a Turkish dotted capital, in any locale', 'İstanbul', 'istanbul'],
    ['a Turkish dotless letter', 'ırmak', 'IRMAK'],
    ['a full-width letter', 'Ｓales', 'Sales'],
    ['a ligature', 'ofﬁce', 'office'],
  ])('but not where they differ in %s', (_what, one, other) => {
    expect(foldName(one)).not.toBe(foldName(other));
  });
});

describe('two names look the same', () => {
  test.each([
    ['with a no-break space for a space', 'Team\u00A0Nord', 'Team Nord'],
    ['with any run of white space for one space', 'Team \t\u2003 Nord', 'Team Nord'],
    ['with a zero-width space within', 'Sa\u200Bles', 'Sales'],
    ['with a zero-width joiner at the end', 'Sales\u200D', 'Sales'],
    ['with invisible characters between spaces', 'Team \u200B Nord', 'Team Nord'],
    ['with a soft hyphen', 'Mar\u00ADketing', 'Marketing'],
    ['with a variation selector', 'Sales\uFE0F', 'Sales'],
    ['with a byte order mark within', 'Sa\uFEFFles', 'Sales'],
    ['with an en dash, an em dash or a minus sign', 'R\u2013D \u2014 \u2212', 'R-D - -'],
    ['with curly quotes', '\u201CO\u2019Neil\u201D', '"O\'Neil"'],
    ['with accents for quotes', 'O\u00B4Neil `x`', "O'Neil 'x'"],
    ['with angle quotes and primes', '\u00ABx\u00BB 5\u2032 6\u2033', '"x" 5\' 6"'],
    ['in full width', 'ＳＡＬＥＳ－１', 'sales-1'],
    ['with a ligature or a raised figure', 'Oﬃce²', 'Office2'],
    ['with a zero-width character before a combining mark', 'Cafe\u200B\u0301', 'Café'],
  ])('%s', (_when, one, other) => {
    expect(lookalikeName(one)).toBe(lookalikeName(other));
    expect(foldName(one)).not.toBe(foldName(other));
  });

  test.each([
    ['an accent', 'Cafe', 'Café'],
    ['a missing space', 'TeamNord', 'Team Nord'],
    ['a letter of another script', 'Sаles', 'Sales'],
    ['a sharp s', 'Straße', 'Strasse'],
    ['a dotted capital', 'İnfo', 'Info'],
    ['single and double quotes', "'x'", '"x"'],
    ['an underscore for a dash', 'R_D', 'R-D'],
  ])('but not where they differ in %s', (_what, one, other) => {
    expect(lookalikeName(one)).not.toBe(lookalikeName(other));
  });
});

describe('the comparisons include one another', () => {
  test('folding a folded name changes nothing, for every code point', () => {
    expect(unstable(foldName)).toEqual([]);
  });

  test('making a name alike twice changes nothing, for every code point', () => {
    expect(unstable(lookalikeName)).toEqual([]);
  });

  test('folding any text twice changes nothing', () => {
    fc.assert(fc.property(text, (name) => foldName(foldName(name)) === foldName(name)));
  });

  test('making any text alike twice changes nothing', () => {
    fc.assert(fc.property(text, (name) => lookalikeName(lookalikeName(name)) === lookalikeName(name)));
  });

  test('what is equal folded looks the same', () => {
    fc.assert(fc.property(text, (name) => lookalikeName(foldName(name)) === lookalikeName(name)));
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
      fc.property(email, (address) => {
        expect(foldEmail(foldEmail(address))).toBe(foldEmail(address));
        const domain = address.slice(address.lastIndexOf('@') + 1);
        expect(foldDomain(foldDomain(domain))).toBe(foldDomain(domain));
      }),
    );
  });
});

describe('e-mails', () => {
  test.each([
    ['case', 'Ada@Example.COM', 'ada@example.com'],
    ['outer spaces', ' ada@example.com\u00A0', 'ada@example.com'],
    ['composition', 'zoe\u0301@example.com', 'zoé@example.com'],
    ['the form of the domain', 'ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['the case of a domain that is not ASCII', 'ada@BÜCHER.example', 'ada@bücher.example'],
    ['full-width dots in the domain', 'ada@bücher。example', 'ada@bücher.example'],
  ])('are one whatever their %s', (_what, one, other) => {
    expect(foldEmail(one)).toBe(foldEmail(other));
  });

  test.each([
    ['a +tag', 'ada+opti@example.com', 'ada@example.com'],
    ['a dot', 'a.da@example.com', 'ada@example.com'],
    ['an invisible character', 'a\u200Bda@example.com', 'ada@example.com'],
    ['the domain', 'ada@example.com', 'ada@example.org'],
    ['a letter that is not ASCII in the local part', 'zoé@example.com', 'zoe@example.com'],
  ])('are two where they differ in %s', (_what, one, other) => {
    expect(foldEmail(one)).not.toBe(foldEmail(other));
  });

  test.each([
    ['ada@example.com', 'example.com'],
    [' Ada@EXAMPLE.com ', 'example.com'],
    ['ada@BÜCHER.example', 'xn--bcher-kva.example'],
    ['"ada@example.com"@evil.example', 'evil.example'],
    ['ada', null],
    ['ada@', null],
    ['', null],
    // No resolver would take these: they stay as they are rather than lose what looks like a path or a port.
    ['ada@büro example', 'büro example'],
    ['ada@bü/cher', 'bü/cher'],
    ['ada@bü:80', 'bü:80'],
  ])('%j is of the domain %j', (address, domain) => {
    expect(emailDomain(address)).toBe(domain);
  });
});

describe('reserved names', () => {
  test.each(['Everyone', 'everyone', ' EVERYONE\u00A0', 'Admin Center Administrators'])(
    '%j is reserved',
    (name) => {
      expect(isReservedName(name)).toBe(true);
      expect(looksReserved(name)).toBe(true);
    },
  );

  test.each([
    'Every\u200Bone',
    'Ｅｖｅｒｙｏｎｅ',
    'Admin\u00A0Center  Administrators',
    'Admin Center Admini\u00ADstrators',
  ])('%j only looks reserved', (name) => {
    expect(isReservedName(name)).toBe(false);
    expect(looksReserved(name)).toBe(true);
  });

  test.each(['', 'Every one', 'Everyone.', 'Admin Center', 'Еveryone'])('%j does not', (name) => {
    expect(looksReserved(name)).toBe(false);
  });
});

describe('a name is fragile', () => {
  test.each([
    ['Sales', []],
    ["O'Neil, Söhne & Co. 🚀", []],
    ['x'.repeat(255), []],
    ['x'.repeat(256), ['more than 255 characters']],
    ['🚀'.repeat(128), ['more than 255 characters']],
    ['a\tb', ['a control character']],
    ['a\u0085b', ['a control character']],
    ['a\u0000b', ['a control character']],
    ['a\u200Bb', ['an invisible character']],
    ['\uFEFFa', ['an invisible character', 'white space at an end']],
    ['a\u3000', ['white space at an end']],
    ['a b', []],
    ['\n', ['a control character', 'white space at an end']],
    ['"', ['a double quote']],
    ['\\', ['a backslash']],
    ['\u201Ca\u201D', []],
  ])('%j: %j', (name, reasons) => {
    expect(nameFragilities(name)).toEqual(reasons);
  });
});

describe('the SQL functions are these very functions', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase();
  });
  afterAll(() => database.close());

  /** What SQL makes of each text, in order. The texts go in as bytes, so that none is changed on its way. */
  async function inSql(texts: readonly string[]): Promise<SqlRow[]> {
    const bytes = texts.map((one) => `decode(unhex('${Buffer.from(one, 'utf8').toString('hex')}'))`);
    return database.all(`
      select
        fold_name(t) as fold_name,
        lookalike_name(t) as lookalike_name,
        fold_email(t) as fold_email,
        fold_domain(t) as fold_domain,
        email_domain(t) as email_domain,
        name_fragilities(t) as name_fragilities,
        is_reserved_name(t) as is_reserved_name,
        looks_reserved(t) as looks_reserved
      from (select unnest([${bytes.join(', ')}]) as t, generate_subscripts([${bytes.join(', ')}], 1) as place)
      order by place`);
  }

  const inDomain = (name: string) => ({
    fold_name: foldName(name),
    lookalike_name: lookalikeName(name),
    fold_email: foldEmail(name),
    fold_domain: foldDomain(name),
    email_domain: emailDomain(name),
    name_fragilities: nameFragilities(name).join('; ') || null,
    is_reserved_name: isReservedName(name),
    looks_reserved: looksReserved(name),
  });

  test.each([
    ['any texts', text],
    ['ASCII texts, some of which take the short way', asciiText],
    ['e-mails', email],
  ])('on %s', async (_kind, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 30, maxLength: 60 }), async (names) => {
        expect(await inSql(names)).toEqual(names.map(inDomain));
      }),
      { numRuns: 20 },
    );
  });

  test('on a null they are null', async () => {
    const [row] = await database.all(
      'select fold_name(null) as a, lookalike_name(null) as b, fold_email(null) as c, email_domain(null) as d, looks_reserved(null) as e',
    );
    expect(row).toEqual({ a: null, b: null, c: null, d: null, e: null });
  });
});
