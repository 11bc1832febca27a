import { escaped } from '../../domain/formula.ts';

/** Control, format (direction marks, zero-width) and separator characters, and lone surrogates. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The same, but a colour of this program's own as one, and a link to a file of its own. */
const HIDDEN_OR_COLOUR = new RegExp(
  `\\u001B\\[\\d{1,2}m|\\u001B\\]8;;(?:file:[!-~]+)?\\u001B\\\\|${HIDDEN.source}`,
  'gu',
);

/** A text that a terminal which knows OSC 8 opens as a link; the address holds printable ASCII alone. */
export function hyperlink(address: string, text: string): string {
  return `\u001B]8;;${address}\u001B\\${text}\u001B]8;;\u001B\\`;
}

/**
 * A text for one line of a terminal: names come from directories that others can write to, so what would move
 * the cursor, change the direction of text or hide is written as `\u{…}`.
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** Lines for a terminal, whatever made them: the last gate before it. Where there is colour it may pass. */
export function visibleLines(text: string, { color }: { color: boolean }): string {
  return text.replace(HIDDEN_OR_COLOUR, (found) =>
    found === '\n' || (color && found.length > 1 && found.startsWith('\u001B')) ? found : visibleText(found),
  );
}

/** Data as JSON for a terminal or a log: the same data for whoever parses it, and nothing that acts for whoever looks. */
export function visibleJson(data: unknown, indent?: number): string {
  return JSON.stringify(data, null, indent).replace(HIDDEN, (character) =>
    character === '\n' ? character : jsonEscape(character),
  );
}

/** In halves beyond U+FFFF, as JSON has it. */
function jsonEscape(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** A line of a list in a terminal. */
export function bullet(text: string): string {
  return `  - ${visibleText(text)}`;
}
