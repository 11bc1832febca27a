/**
 * The three comparisons of names (exact, folded, lookalike) and the one of e-mails.
 * They are defined here and nowhere else; the analysis registers these very functions in DuckDB.
 */

/** RFC 7643 §4.2 names no rule for group names; Okta and Opti ID both trim and ignore case. */
export function foldName(name: string): string {
  return name.normalize('NFC').trim().toLowerCase().normalize('NFC');
}

/** A push of a group of such a name makes a team of a product instance, not a group. */
export function isTeamName(name: string): boolean {
  return name.includes('::');
}

// Some accents decompose under NFKC into a space and a combining mark, so they are replaced before it.
const SINGLE_QUOTES =
  /[\u0060\u00B4\u02B9\u02BB-\u02BD\u02C8\u02CA\u02CB\u2018-\u201B\u2032\u2035\u2039\u203A\u1FBD\u1FBF\u1FEF\u1FFD\u1FFE\uFF07\uFF40]/gu;
const DOUBLE_QUOTES = /[\u00AB\u00BB\u02BA\u02DD\u02EE\u201C-\u201F\u2033\u2036\u301D-\u301F\uFF02]/gu;
const DEFAULT_IGNORABLE = /\p{Default_Ignorable_Code_Point}|\uFEFF/gu;
const WHITE_SPACE_RUN = /\p{White_Space}+/gu;
const DASHES = /[\p{Dash_Punctuation}\u2212]/gu;

function straighten(text: string): string {
  return text.replace(SINGLE_QUOTES, "'").replace(DOUBLE_QUOTES, '"');
}

/**
 * What two names share that a person would take for the same: compatibility forms, spaces, invisible
 * characters, dashes and quotes made alike, then folded. Starts from the folded name, so that names equal
 * when folded are always equal here.
 */
export function lookalikeName(name: string): string {
  const compatible = straighten(straighten(foldName(name)).normalize('NFKC'));
  return foldName(
    compatible.replace(DEFAULT_IGNORABLE, '').replace(WHITE_SPACE_RUN, ' ').replace(DASHES, '-'),
  );
}

/** Domain in its ASCII form (IDNA), lower case. A domain that no resolver would take stays as it is. */
export function foldDomain(domain: string): string {
  const lower = domain.normalize('NFC').trim().toLowerCase();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is exactly ASCII
  if (/^[\u0000-\u007F]*$/u.test(lower) || /[/\\?#@:%[\]\s]/u.test(lower)) return lower;
  try {
    return new URL(`http://${lower}/`).hostname;
  } catch {
    return lower;
  }
}

/** E-mails are compared trimmed, NFC, lower case, with the domain in its ASCII form. */
export function foldEmail(email: string): string {
  const lower = email.normalize('NFC').trim().toLowerCase().normalize('NFC');
  const at = lower.lastIndexOf('@');
  return at < 0 ? lower : `${lower.slice(0, at)}@${foldDomain(lower.slice(at + 1))}`;
}

/** Folded domain of an e-mail, or null where there is no `@` with something behind it. */
export function emailDomain(email: string): string | null {
  const folded = foldEmail(email);
  const at = folded.lastIndexOf('@');
  return at < 0 || at === folded.length - 1 ? null : folded.slice(at + 1);
}

/** Reserved for Opti ID's own use, by name and whatever their type (article: User management in Opti ID). */
export const RESERVED_GROUP_NAMES = ['Everyone', 'Admin Center Administrators'] as const;

const RESERVED_FOLDED = new Set<string>(RESERVED_GROUP_NAMES.map(foldName));
const RESERVED_LOOKALIKE = new Set<string>(RESERVED_GROUP_NAMES.map(lookalikeName));

/** True for a store group's name that Opti ID reserves. */
export function isReservedName(name: string): boolean {
  return RESERVED_FOLDED.has(foldName(name));
}

/** True for a name that is a reserved one, or that a person would take for one. */
export function looksReserved(name: string): boolean {
  return RESERVED_LOOKALIKE.has(lookalikeName(name));
}

/** Longest name, in UTF-16 units, that is safe in a SCIM filter. */
export const LONGEST_SAFE_NAME = 255;

const CONTROL = /\p{Cc}/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\uFEFF/u;
const EDGE_SPACE = /^[\p{White_Space}\uFEFF]|[\p{White_Space}\uFEFF]$/u;

/** Why a name is fragile in a SCIM filter (`displayName eq "…"`), in words; empty when it is not. */
export function nameFragilities(name: string): string[] {
  const reasons: string[] = [];
  if (CONTROL.test(name)) reasons.push('a control character');
  if (INVISIBLE.test(name)) reasons.push('an invisible character');
  if (EDGE_SPACE.test(name)) reasons.push('white space at an end');
  if (name.includes('"')) reasons.push('a double quote');
  if (name.includes('\\')) reasons.push('a backslash');
  if (name.length > LONGEST_SAFE_NAME) reasons.push(`more than ${LONGEST_SAFE_NAME} characters`);
  return reasons;
}
