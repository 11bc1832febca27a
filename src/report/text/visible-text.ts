/** Control, format (direction marks, zero-width) and separator characters, and lone surrogates. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text for one line of a terminal: names come from directories that others can write to, so what would move
 * the cursor, change the direction of text or hide is written as `\u{…}`.
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A line of a list in a terminal. */
export function bullet(text: string): string {
  return `  - ${visibleText(text)}`;
}
