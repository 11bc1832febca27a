/** No file of ours nests deeper than a dozen. */
const DEEPEST = 64;

/** A JSON text that two parsers may understand in two ways, or that is made to trouble one. */
export class AmbiguousJson extends SyntaxError {
  override name = 'AmbiguousJson';
}

/** Texts, and what an object or a list is made of. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gsu;

/**
 * The value of a JSON text that somebody else may have written. Throws a SyntaxError where it is not JSON, and where it
 * names a member twice (RFC 8259 §4: parsers keep the one or the other), names one `__proto__`, or nests deeper than 64.
 */
export function parseStrictJson(text: string): unknown {
  const content: unknown = JSON.parse(text);
  /** Names of the objects that are open; null for a list. */
  const open: (Set<string> | null)[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      if (open.length > DEEPEST) throw new AmbiguousJson(`it nests deeper than ${DEEPEST}`);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':') {
      const name = JSON.parse(last) as string;
      const names = open.at(-1);
      if (name === '__proto__') throw new AmbiguousJson('it has a member __proto__');
      if (names?.has(name)) throw new AmbiguousJson('it has a member twice');
      names?.add(name);
    } else {
      last = token;
    }
  }
  return content;
}
