/** Letters that are handed on at a time. */
const PIECE = 65_536;

/**
 * A value as `JSON.stringify(value, null, 2)` writes it, a piece after the other: the plan of a large org is longer than a
 * text may be, since its records name all members of all groups.
 */
export function* jsonText(value: object): Generator<string> {
  let piece = '';
  for (const part of partsOf(value, '\n')) {
    piece += part;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n`;
}

/** `newLine`: a line break with the indentation of what stands around the value. */
function* partsOf(value: unknown, newLine: string): Generator<string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const given = entries.filter(([, inner]) => inner !== undefined);
  if (given.length === 0) {
    yield JSON.stringify(value);
    return;
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  yield open;
  let before = '';
  for (const [key, inner] of given) {
    yield `${before}${newLine}  ${open === '[' ? '' : `${JSON.stringify(key)}: `}`;
    yield* partsOf(inner, `${newLine}  `);
    before = ',';
  }
  yield `${newLine}${close}`;
}
