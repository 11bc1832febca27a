/** One link of a Link header. */
export interface WebLink {
  target: string;
  relations: string[];
}

// RFC 8288 §3: "<" URI-Reference ">" *( ";" name [ "=" ( token / quoted-string ) ] ), joined by commas.
const LINK =
  /[\s,]*<([^>]*)>((?:\s*;\s*[^\s=;,<>"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))?)*)\s*(?=,|$)/uy;
const PARAMETER = /;\s*([^\s=;,<>"]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+)))?/gu;

/**
 * The links of a Link header, or null where it is not one: a header that is only half understood proves
 * nothing about the end of a listing.
 */
export function parseLinks(header: string): WebLink[] | null {
  const links: WebLink[] = [];
  LINK.lastIndex = 0;
  let end = 0;
  for (let match = LINK.exec(header); match !== null; match = LINK.exec(header)) {
    end = LINK.lastIndex;
    const relations: string[] = [];
    for (const [, name, quoted, token] of (match[2] ?? '').matchAll(PARAMETER)) {
      if (name?.toLowerCase() !== 'rel') continue;
      const value = quoted?.replace(/\\(.)/gu, '$1') ?? token ?? '';
      relations.push(
        ...value
          .toLowerCase()
          .split(/\s+/u)
          .filter((relation) => relation !== ''),
      );
    }
    links.push({ target: match[1] ?? '', relations });
  }
  return links.length > 0 && /^[\s,]*$/u.test(header.slice(end)) ? links : null;
}
