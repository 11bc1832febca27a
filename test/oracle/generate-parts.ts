import { LONG_AGO, minutesBefore } from '../support/world.ts';
import type { OrgPair } from './org-pair.ts';
import type { Random } from './random.ts';

/** Ids of the two apps of an org pair. */
export const SCIM_ID = '0oaScim';
export const SSO_ID = '0oaSso';

/** A text that a person may take for the given one, or that folds to it, or that only resembles it. */
export function disguise(random: Random, text: string): string {
  switch (random.below(18)) {
    case 0:
      return text.toUpperCase();
    case 1:
      return text.toLowerCase();
    case 2:
      return `${text} `;
    case 3:
      return `\u00a0${text}`;
    case 4:
      return text.normalize('NFD');
    case 5:
      return text.normalize('NFC');
    case 6: {
      const place = random.below(text.length + 1);
      const invisible = random.pick(['\u200b', '\u00ad', '\ufe0f', '\ufeff']);
      return `${text.slice(0, place)}${invisible}${text.slice(place)}`;
    }
    case 7:
      return text.replaceAll(' ', '\u00a0');
    case 8:
      return text.replaceAll(' ', '  ');
    case 9:
      return text.replaceAll('-', random.pick(['–', '—', '−', '‑']));
    case 10:
      return text
        .replaceAll("'", random.pick(['’', '‘', '´', '`']))
        .replaceAll('"', random.pick(['“', '”', '″']));
    case 12:
      return `${random.pick(['\ufeff', '\u2003', '\t', '\n'])}${text}`;
    case 11:
      return text.replace(/[a-z]/u, (letter) => String.fromCodePoint(letter.charCodeAt(0) - 97 + 0xff41));
    default:
      return text;
  }
}

export function addOktaGroup(
  pair: OrgPair,
  id: string,
  name: string,
  type: string,
  patch: { source_app_id?: string | null; external_id?: string | null } = {},
): void {
  pair.rows['okta.groups'].push({
    okta_group_id: id,
    name,
    type,
    source_app_id: type === 'APP_GROUP' ? '0oaDirectory' : null,
    external_id: type === 'APP_GROUP' ? 'CN=somewhere' : null,
    created: LONG_AGO,
    last_updated: LONG_AGO,
    last_membership_updated: LONG_AGO,
    ...patch,
  });
}

export function addOptiGroup(
  random: Random,
  pair: OrgPair,
  id: string,
  name: string,
  type: 'custom' | 'internal' | 'product',
): void {
  pair.rows['optiId.groups'].push({
    opti_group_id: id,
    name,
    description: null,
    group_type: type,
    user_count: null,
    created_at: random.weighted<string | null>([
      [5, LONG_AGO],
      [3, minutesBefore(1000)],
      [1, minutesBefore(991)],
      [1, minutesBefore(990)],
      [1, minutesBefore(989)],
      [0.5, null],
    ]),
    modified_at: LONG_AGO,
  });
}
