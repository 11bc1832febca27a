import { describe, expect, test } from 'vitest';
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
    ['a missing dash', 'RD', 'R\u2013D'],
  ])('but not where they differ in %s', (_what, one, other) => {
    expect(lookalikeName(one)).not.toBe(lookalikeName(other));
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
    ['@example.com', 'example.com'],
    ['ada', null],
    ['ada@', null],
    ['', null],
    // No resolver would take these: they stay as they are rather than lose what looks like a path or a port.
    ['ada@büro example', 'büro example'],
    ['ada@bü/cher', 'bü/cher'],
    ['ada@bü:80', 'bü:80'],
    ['ada@bü<80', 'bü<80'],
  ])('%j is of the domain %j', (address, domain) => {
    expect(emailDomain(address)).toBe(domain);
  });
});

test.each([
  [' Ada@EXAMPLE.com\u00A0', 'ada@example.com'],
  ['@BÜCHER.example', '@xn--bcher-kva.example'],
  ['Ada', 'ada'],
])('the e-mail %j is folded to %j', (address, folded) => {
  expect(foldEmail(address)).toBe(folded);
});

test.each([
  [' BÜCHER.example ', 'xn--bcher-kva.example'],
  ['Example.COM', 'example.com'],
  // A browser would make another address of it.
  ['127.1', '127.1'],
  ['bücher.example/x', 'bücher.example/x'],
])('the domain %j is folded to %j', (domain, folded) => {
  expect(foldDomain(domain)).toBe(folded);
});

test.each([
  ['Sales::Editors', true],
  ['::', true],
  ['Sales: Editors', false],
  ['Sales', false],
])('a push of %j makes a team: %j', (name, isTeam) => {
  expect(isTeamName(name)).toBe(isTeam);
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
