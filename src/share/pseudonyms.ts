import { createHmac } from 'node:crypto';
import type { Holds } from '../domain/column.ts';
import { foldDomain, foldEmail, foldName, lookalikeName, looksReserved } from '../domain/names.ts';
import { SCIM_APP_NAME } from '../domain/okta.ts';
import { OPTI_ID_SCIM_BASE_URL } from '../domain/provisioning.ts';

/**
 * What a redacted copy has in place of names, e-mails and ids. A pseudonym follows from the customer's key and from
 * what it stands for, so that the same text has the same one wherever it stands, in every copy. Whoever lacks the key
 * cannot try out names.
 *
 * Rules compare names, so a pseudonym keeps what they compare by, and no more: two texts that are equal, fold to the
 * same, or look the same have pseudonyms of which the same is true. Domains, parts before a `+` and a domain, white
 * space around a text, `::`, what makes a name fragile, and the order of ids survive as well.
 */

/** 16 consonants: no word comes of them, and each has a capital and a full-width form. */
const LETTERS = 'bcdfghjklmnpqrst';
const TOKEN_LENGTH = 16;

/** White space that some comparison or other takes off the ends. */
const EDGE = /[\p{White_Space}\uFEFF]/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\uFEFF/u;
const CONTROL = /\p{Cc}/u;
/** Longest name that is safe in a filter is 255: with this one more it is too long. */
const TOO_LONG = 'n'.repeat(256);

/** Roles of the Admin Center, which rules know by their names. */
const ADMIN_ROLES = ['Super Admin', 'Product Admin', 'Instance Admin', 'Project Owner'];

/** Words of expressions that say nothing about a customer. */
const EXPRESSION_WORDS = new Set(
  'source user app appuser fn String Arrays toLowerCase toUpperCase substringBefore substringAfter substring replace append join email login firstName lastName id'.split(
    ' ',
  ),
);
/** Okta's base attributes and SCIM's core ones. */
const ATTRIBUTES = new Set(
  'userName givenName familyName active name emails displayName nickName profileUrl title userType preferredLanguage locale timezone login email secondEmail firstName lastName middleName honorificPrefix honorificSuffix mobilePhone primaryPhone streetAddress city state zipCode countryCode postalAddress employeeNumber costCenter organization division department managerId manager emailType externalId'.split(
    ' ',
  ),
);

/** Told of each pseudonym that is made: its letters, and both texts. */
export type Made = (letters: string, pseudonym: string, original: string) => void;

export interface KnownTexts {
  /** Every id, sorted: their pseudonyms sort alike, for ties go to the smallest. */
  ids: readonly string[];
  /** Ids of product instances, which stand in the names of teams. */
  instanceIds: readonly string[];
  /** Names of roles that products bring with them. */
  systemRoles: ReadonlySet<string>;
}

type Row = Readonly<Record<string, unknown>>;

export class Pseudonyms {
  readonly #key: Buffer;
  readonly #made: Made;
  readonly #ids: ReadonlyMap<string, string>;
  readonly #instances: ReadonlyMap<string, string>;
  readonly #systemRoles: ReadonlySet<string>;

  /** `org`: another org of the same key has other pseudonyms. */
  constructor(key: Buffer, org: string, known: KnownTexts, made: Made = () => {}) {
    this.#key = createHmac('sha256', key).update(`org\0${org}`).digest();
    this.#made = made;
    this.#ids = new Map(
      known.ids.map((id, rank) => [id, `id-${String(rank).padStart(8, '0')}-${this.#letters('id', id)}`]),
    );
    this.#instances = new Map(known.instanceIds.map((id) => [lookalikeName(id), id]));
    this.#systemRoles = known.systemRoles;
  }

  /** The pseudonym of a text; the text itself where that says nothing. `row` is the one that it stands in. */
  of(holds: Holds, text: string, row: Row = {}): string {
    switch (holds) {
      case 'plain':
        return text;
      case 'id':
        return this.#id(text);
      case 'email':
        return this.#between(text, (core) => this.#email(core));
      case 'domain':
        return this.#between(text, (core) =>
          this.#spelled(core, this.#domain(foldDomain(core)), foldDomain(core)),
        );
      case 'name':
        return looksReserved(text) ? text : this.#between(text, (core) => this.#name(core));
      case 'person':
        return this.#between(text, (core) => this.#person(core));
      case 'words':
        return this.#whole('words', text);
      case 'url':
        return text.trim().replace(/\/+$/u, '') === OPTI_ID_SCIM_BASE_URL || text.trim() === ''
          ? text
          : `https://${this.#whole('url', text)}.example/`;
      case 'app-key':
        return text === SCIM_APP_NAME ? text : this.#whole('app', text);
      case 'attribute':
        return ATTRIBUTES.has(text) ? text : this.#whole('attribute', text);
      case 'expression':
        return text.replace(/"[^"]*"|'[^']*'|[^\s.,:;(){}[\]$+?!=<>&|"'-]+/gu, (word) =>
          EXPRESSION_WORDS.has(word) ? word : this.#whole('attribute', word),
        );
      case 'role':
        return this.#role(text, row);
      case 'target':
        return this.of(isUser(row) || (!isNamed(row) && text.includes('@')) ? 'email' : 'name', text);
      case 'target-name':
        return this.of(isUser(row) ? 'person' : 'name', text);
    }
  }

  /** The host of an org, which names a folder. */
  host(org: string): string {
    return `${this.#whole('host', org)}.example`;
  }

  #letters(kind: string, text: string): string {
    const digest = createHmac('sha256', this.#key).update(`${kind}\0${text}`).digest();
    let letters = '';
    for (const byte of digest.subarray(0, TOKEN_LENGTH / 2)) {
      letters += LETTERS.charAt(byte >> 4) + LETTERS.charAt(byte & 15);
    }
    return letters;
  }

  #whole(kind: string, text: string): string {
    if (text.trim() === '') return text;
    const letters = this.#letters(kind, text);
    this.#made(letters, letters, text);
    return letters;
  }

  #id(id: string): string {
    if (id === '') return id;
    const letters = this.#letters('id', id);
    const pseudonym = this.#ids.get(id) ?? `id-${letters}`;
    this.#made(letters, pseudonym, id);
    return pseudonym;
  }

  #between(text: string, pseudonymOf: (core: string) => string): string {
    let start = 0;
    let end = text.length;
    while (start < end && EDGE.test(text.charAt(start))) start += 1;
    while (start < end && EDGE.test(text.charAt(end - 1))) end -= 1;
    return start === end
      ? text
      : text.slice(0, start) + pseudonymOf(text.slice(start, end)) + text.slice(end);
  }

  #email(core: string): string {
    const folded = foldEmail(core);
    const at = folded.lastIndexOf('@');
    const local = at < 0 ? folded : folded.slice(0, at);
    // A tag is what stands between the first plus and the domain, or the end of a user name without one.
    const plus = local.includes('@') ? -1 : local.indexOf('+');
    const base = this.#part('local', plus < 0 ? local : local.slice(0, plus));
    const tag = plus < 0 ? '' : `+${this.#part('tag', local.slice(plus + 1))}`;
    const domain = at < 0 ? '' : `@${this.#domain(folded.slice(at + 1))}`;
    const pseudonym = this.#cased(base + tag + domain, folded, core);
    this.#made(base === '' ? tag.slice(1) : base, pseudonym, core);
    return pseudonym;
  }

  #part(kind: string, text: string): string {
    return text === '' ? '' : this.#letters(kind, text);
  }

  #domain(folded: string): string {
    if (folded === '') return '';
    const letters = this.#letters('domain', folded);
    this.#made(letters, `${letters}.example`, folded);
    return `${letters}.example`;
  }

  #person(core: string): string {
    const folded = foldName(core);
    return this.#spelled(core, this.#letters('person', folded), folded, core.normalize('NFC'));
  }

  #role(name: string, { kind, product }: Row): string {
    const isKnown = kind === 'system' || this.#systemRoles.has(name);
    return isKnown || (product === 'Admin Center' && ADMIN_ROLES.includes(name))
      ? name
      : this.of('name', name);
  }

  #name(core: string): string {
    const at = core.lastIndexOf('::');
    if (at >= 0) {
      const instance = this.#between(core.slice(at + 2), (text) => this.#instance(text));
      return `${this.#named(core.slice(0, at))}::${instance}`;
    }
    const folded = foldName(core);
    const look = lookalikeName(core);
    // Nothing but characters that nobody sees.
    if (look === '') return core;
    const letters = this.#letters('name', look);
    // White space that is a control character.
    const isTabbed = CONTROL.test(folded) && !CONTROL.test(look);
    // At an end it hides behind what nobody sees.
    const end = isTabbed && !look.includes(' ') ? '\t\u200B' : '';
    // What makes a name fragile stands in the middle, in a form that looks the same as what others have there.
    const middle = [
      look.includes(' ') ? (isTabbed ? '\t' : ' ') : '',
      look.includes('"') ? (folded.includes('"') ? '"' : '\u201C') : '',
      look.includes('\\') ? (folded.includes('\\') ? '\\' : '\uFF3C') : '',
      CONTROL.test(look) ? '\u0007' : '',
      INVISIBLE.test(folded) ? '\u200B' : '',
      look.length > TOO_LONG.length - 1 ? TOO_LONG : '',
    ].join('');
    const plain = letters.slice(0, TOKEN_LENGTH / 2) + middle + letters.slice(TOKEN_LENGTH / 2) + end;
    const formed = folded === look ? plain : this.#widened(plain, folded);
    const pseudonym = this.#cased(formed, folded, core);
    this.#made(letters, pseudonym, core);
    return pseudonym;
  }

  #named(text: string): string {
    return this.#between(text, (core) => this.#name(core));
  }

  /** What follows the last `::` of a team's name: the id of a product instance, if it is well made. */
  #instance(text: string): string {
    const id = this.#instances.get(lookalikeName(text));
    if (id === undefined) return this.#name(text);
    const pseudonym = this.#id(id);
    if (text === id) return pseudonym;
    const isSame = foldName(text) === foldName(id);
    const unseen = INVISIBLE.test(text) ? '\u200B' : '';
    return isSame ? pseudonym.toUpperCase() : this.#widened(pseudonym, foldName(text)) + unseen;
  }

  #spelled(core: string, pseudonym: string, folded: string, exact = core): string {
    const cased = this.#cased(pseudonym, folded, exact);
    this.#made(pseudonym.slice(0, TOKEN_LENGTH), cased, core);
    return cased;
  }

  /** Other capitals for every other spelling of what folds to the same. */
  #cased(pseudonym: string, folded: string, exact: string): string {
    if (exact === folded) return pseudonym;
    const first = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
    if (exact === first(folded)) return first(pseudonym);
    const isChosen = this.#bits('spelling', exact, pseudonym);
    const cased = mapLetters(pseudonym, (letter, place) => (isChosen(place) ? letter.toUpperCase() : letter));
    return cased === pseudonym || cased === first(pseudonym) ? pseudonym.toUpperCase() : cased;
  }

  /** Full-width letters look the same as plain ones and are not. */
  #widened(pseudonym: string, folded: string): string {
    const isChosen = this.#bits('form', folded, pseudonym);
    const wide = (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0);
    const widened = mapLetters(pseudonym, (letter, place) => (isChosen(place) ? wide(letter) : letter));
    return widened === pseudonym ? mapLetters(pseudonym, wide) : widened;
  }

  #bits(kind: string, text: string, pseudonym: string): (place: number) => boolean {
    const digest = createHmac('sha256', this.#key).update(`${kind}\0${pseudonym}\0${text}`).digest();
    return (place) => ((digest[(place >> 3) % digest.length] ?? 0) >> (place & 7)) % 2 === 1;
  }
}

/** Targets of log events, by their type. */
function isUser({ type }: Row): boolean {
  return type === 'User' || type === 'AppUser';
}
function isNamed({ type }: Row): boolean {
  return type === 'AppInstance' || type === 'UserGroup' || type === 'AppGroup';
}

/** Letters of the alphabet of pseudonyms, in any of their forms. */
function mapLetters(text: string, change: (letter: string, place: number) => string): string {
  return [...text]
    .map((letter, place) => (/[a-z\uFF41-\uFF5A]/u.test(letter) ? change(letter, place) : letter))
    .join('');
}
