import type { LogStream } from '../../../cli/terminal/logger.ts';

/**
 * A terminal: what a person sees of what was written to it. Knows the few sequences that the tool writes, and throws at
 * any other.
 */
export class Screen implements LogStream {
  readonly isTTY = true;
  columns: number;
  rows: number;
  isCursorShown = true;
  /** Everything that was written, as it was. */
  written = '';
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** The lines with something in them. */
  get lines(): string[] {
    return this.#lines.map((line) => line.trimEnd()).filter((line) => line !== '');
  }

  write(text: string): void {
    this.written += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the beginning of a sequence
    for (const [, sequence, character] of text.matchAll(/(\u001B\[\??[\d;]*[A-Za-z])|([\s\S])/gu)) {
      if (sequence !== undefined) this.#obey(sequence);
      else this.#put(character ?? '');
    }
  }

  #put(character: string): void {
    if (character === '\u001B') throw new Error('An escape sequence that no terminal knows.');
    if (character === '\n') {
      this.#row += 1;
      this.#column = 0;
      this.#lines[this.#row] ??= '';
      return;
    }
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
  }

  #obey(sequence: string): void {
    const count = Number(/\d+/u.exec(sequence)?.[0] ?? 1);
    const line = this.#lines[this.#row] ?? '';
    switch (sequence.slice(2).replace(/^\d+/u, '')) {
      case 'A':
        this.#row = Math.max(0, this.#row - count);
        break;
      case 'B':
        this.#row += count;
        this.#lines[this.#row] ??= '';
        break;
      case 'G':
        this.#column = 0;
        break;
      case 'K':
        this.#lines[this.#row] = sequence.includes('2') ? '' : line.slice(0, this.#column);
        break;
      case '?25l':
        this.isCursorShown = false;
        break;
      case '?25h':
        this.isCursorShown = true;
        break;
      // Drawn at once.
      case '?2026h':
      case '?2026l':
        break;
      default:
        throw new Error(`The screen does not know ${JSON.stringify(sequence)}.`);
    }
  }
}
