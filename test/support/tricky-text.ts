import fc from 'fast-check';

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

/** Texts of such characters, and any others. */
export const trickyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...TRICKY), maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
export const asciiText = fc.string({ unit: 'binary-ascii', maxLength: 12 });
/** E-mails, and what looks a little like one. */
export const trickyEmail = fc
  .tuple(fc.oneof(trickyText, asciiText), fc.oneof(trickyText, asciiText, fc.domain()))
  .map(([local, domain]) => `${local}@${domain}`);
