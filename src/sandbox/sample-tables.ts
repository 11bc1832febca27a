/** The sample company in tables: its people, the groups that it pushes, and what else is in Opti ID. */

export const COMPANY = 'Fjordlight Outdoor';
export const DOMAIN = 'fjordlight.example';
/** From before the company dropped "Sport" from its name. */
export const OLD_DOMAIN = 'fjordlightsport.example';
/** A ski wax laboratory, bought last year; its people have Okta accounts and kept their addresses. */
export const BOUGHT_DOMAIN = 'havnlab.example';
/** A bicycle brand of the group. It signs in to Opti ID through its own connection and is not in Okta. */
export const SISTER_DOMAIN = 'tarnbeck.example';
/** The agency. Its people are collaborators: their home is the agency's own Opti ID organization. */
export const AGENCY_DOMAIN = 'brightpine.example';

export const ORGANIZATION_ID = '8a4c1f0e-53b7-4d29-9e66-0c7d2b91f3a8';
export const AGENCY_ORGANIZATION_ID = 'd27e90b4-1c6a-4f83-b5d0-6e9f3a8c7142';

interface PushedGroup {
  name: string;
  /** What its members do in Opti ID: product, instance, role. */
  grants: readonly (readonly [product: string, instance: string, role: string])[];
}

/** The groups to be pushed, by the short names that the table of people uses. */
export const PUSHED_GROUPS = {
  editors: { name: 'Opti CMS Editors', grants: [['CMS', 'Production', 'Editor']] },
  publishers: { name: 'Opti CMS Publishers', grants: [['CMS', 'Production', 'Publisher']] },
  developers: {
    name: 'Opti CMS Developers',
    grants: [
      ['CMS', 'Staging', 'Administrator'],
      ['CMS', 'Staging', 'Publisher'],
    ],
  },
  translators: { name: 'Opti CMS Translators', grants: [['CMS', 'Production', 'Translator']] },
  legal: { name: 'Opti CMS Legal - Review', grants: [['CMS', 'Production', 'Reviewer']] },
  blog: { name: 'Opti CMS Trail Notes Blog', grants: [['CMS', 'Trail Notes', 'Editor']] },
  campaigns: { name: 'Opti CMP Campaigns', grants: [['CMP', 'Production', 'Campaign Manager']] },
  buyers: { name: 'Opti CMP Buyers', grants: [['CMP', 'Production', 'Contributor']] },
  experimenters: { name: 'Opti EXP Experimenters', grants: [['Experimentation', 'Web shop', 'Editor']] },
  analysts: { name: 'Opti EXP Analysts', grants: [['Experimentation', 'Web shop', 'Viewer']] },
  seasonal: { name: 'Opti CMS Season Pages', grants: [['CMS', 'Season pages', 'Editor']] },
  admins: {
    name: 'Opti Admins',
    grants: [
      ['Admin Center', 'Admin Center', 'Super Admin'],
      ['Admin Center', 'Admin Center', 'Product Admin'],
    ],
  },
} as const satisfies Record<string, PushedGroup>;

export type PushedGroupKey = keyof typeof PUSHED_GROUPS;

interface PersonFlags {
  /** Where it is not the e-mail. */
  login?: string;
  domain?: string;
  /** False for people who never signed in to Opti ID. */
  isInOptiId?: false;
}

type PersonRow = readonly [
  name: string,
  department: string,
  groups: readonly PushedGroupKey[],
  flags?: PersonFlags,
];

/** Everybody who works here. Whoever is in a pushed group, or bought, is assigned to the two Opti ID apps. */
export const PEOPLE: readonly PersonRow[] = [
  ['Ingrid Solheim', 'Digital', ['admins', 'publishers']],
  ['Tor Henriksen', 'IT', ['admins', 'developers']],
  ['Hedda Lie', 'Digital', ['admins'], { login: `hli@${DOMAIN}` }],
  ['Astrid Nygård', 'Digital', ['publishers']],
  ['Magnus Dahl', 'Digital', ['publishers', 'experimenters']],
  ['Sunniva Bakke', 'Digital', ['publishers', 'analysts']],
  ['Eirik Strand', 'Digital', ['publishers', 'legal']],
  ['Kari Moen', 'Marketing', ['editors']],
  ['Ola Brekke', 'Marketing', ['editors']],
  ['Silje Haugen', 'Marketing', ['editors']],
  ['Jonas Vik', 'Marketing', ['editors']],
  ['Marte Aune', 'Marketing', ['editors']],
  ['Henrik Foss', 'Digital', ['editors']],
  ['Thea Lund', 'Digital', ['editors']],
  ['Vegard Rønning', 'Digital', ['editors']],
  ['Lars Ødegård', 'IT', ['developers']],
  ['Nora Kvam', 'IT', ['developers']],
  ['Emil Sæther', 'IT', ['developers']],
  ['Priya Raman', 'IT', ['developers']],
  ['Jakub Nowak', 'IT', ['developers']],
  ['Iver Knudsen', 'IT', ['developers'], { isInOptiId: false }],
  ['Elin Forsberg', 'Marketing', ['translators']],
  ['Mikko Laine', 'Marketing', ['translators']],
  ['Freja Holm', 'Marketing', ['translators']],
  ['Claire Dubois', 'Marketing', ['translators']],
  ['Selma Borg', 'Marketing', ['translators'], { isInOptiId: false }],
  ['Guro Tangen', 'Legal', ['legal']],
  ['Stian Myklebust', 'Legal', ['legal']],
  ['Oda Myhre', 'Marketing', ['blog']],
  ['Petter Wiik', 'Marketing', ['blog']],
  ['Amalie Grøn', 'Marketing', ['blog']],
  ['Sander Eide', 'Stores', ['blog']],
  ['Camilla Rud', 'Marketing', ['campaigns']],
  ['Fredrik Aas', 'Marketing', ['campaigns']],
  ['Julie Sandvik', 'Marketing', ['campaigns']],
  ['Marius Tveit', 'Marketing', ['campaigns']],
  ['Ragnhild Ness', 'Marketing', ['campaigns']],
  ['Yusuf Demir', 'Marketing', ['campaigns']],
  ['Bjørn Lien', 'Buying', ['buyers'], { login: `bli@${DOMAIN}` }],
  ['Hanne Skaar', 'Buying', ['buyers']],
  ['Kristoffer Ruud', 'Buying', ['buyers']],
  ['Live Berge', 'Buying', ['buyers']],
  ['Andreas Holt', 'Digital', ['experimenters']],
  ['Ida Falk', 'Digital', ['experimenters']],
  ['Simen Krogh', 'Digital', ['experimenters']],
  ['Maja Bøe', 'Digital', ['analysts']],
  ['Nils Torp', 'Digital', ['analysts']],
  ['Aisha Karim', 'Digital', ['analysts']],
  ['Even Hove', 'Finance', ['analysts']],
  ['Vilde Aronsen', 'Laboratory', ['experimenters'], { domain: BOUGHT_DOMAIN }],
  ['Kasper Lindqvist', 'Laboratory', ['analysts'], { domain: BOUGHT_DOMAIN, isInOptiId: false }],
  ['Tiril Moe', 'Stores', ['seasonal']],
  ['Jon Espeland', 'Stores', ['seasonal']],
  ['Sindre Hagen', 'Stores', ['seasonal']],
  ['Turid Hansen', 'Finance', []],
  ['Geir Olsen', 'Finance', []],
  ['Wenche Dale', 'Finance', []],
  ['Arild Furu', 'Stores', []],
  ['Mona Stokke', 'Stores', []],
  ['Per Lervik', 'Stores', []],
];

/** Left in spring. Okta keeps deactivated people in their groups; in Opti ID the account was deleted. */
export const LEAVER: PersonRow = ['Anita Roald', 'Marketing', ['editors']];

/** Super Admins through the group that Opti ID keeps for itself. */
export const SUPER_ADMINS = ['Ingrid Solheim', 'Tor Henriksen'] as const;

export const BREAK_GLASS_EMAIL = `optiid.breakglass@${DOMAIN}`;

export const COLLABORATORS = ['Dana Cole', 'Luis Ortega'] as const;
export const SISTER_PEOPLE = ['Owen Marsh', 'Bethan Pugh'] as const;

/** Product → instances. */
export const INSTANCES: readonly (readonly [product: string, instances: readonly string[]])[] = [
  ['Admin Center', ['Admin Center']],
  ['CMS', ['Production', 'Staging', 'Trail Notes', 'Season pages']],
  ['CMP', ['Production']],
  ['Experimentation', ['Web shop', 'Playground']],
];

/** Product → roles; those after the bar are custom ones. */
export const ROLES: readonly (readonly [
  product: string,
  system: readonly string[],
  custom: readonly string[],
])[] = [
  ['Admin Center', ['Super Admin', 'Product Admin', 'Instance Admin', 'Project Owner'], []],
  ['CMS', ['Administrator', 'Editor', 'Publisher', 'Reviewer'], ['Translator']],
  ['CMP', ['Administrator', 'Campaign Manager', 'Contributor'], []],
  ['Experimentation', ['Administrator', 'Editor', 'Viewer'], []],
];

/** Groups that the products made for their system roles, with whoever was given such a role directly. */
export const PRODUCT_GROUPS: readonly (readonly [
  name: string,
  grant: readonly [product: string, instance: string, role: string],
  members: readonly string[],
])[] = [
  ['CMS Administrators', ['CMS', 'Production', 'Administrator'], ['Tor Henriksen', 'Lars Ødegård']],
  ['CMP Administrators', ['CMP', 'Production', 'Administrator'], ['Hedda Lie']],
  ['Experimentation Administrators', ['Experimentation', 'Web shop', 'Administrator'], ['Magnus Dahl']],
];

const ASCII: Readonly<Record<string, string>> = { æ: 'ae', ø: 'o', å: 'a' };

/** `Lars Ødegård` → `lars.odegard@fjordlight.example`. */
export function emailOf(name: string, domain: string = DOMAIN): string {
  const local = name
    .toLowerCase()
    .replaceAll(' ', '.')
    .replace(/[æøå]/gu, (letter) => ASCII[letter] ?? letter);
  return `${local}@${domain}`;
}

/** `Opti CMS Editors (until SCIM)`: what a product owner renames the hand-made group to, so that its access stays. */
export function waitingName(pushedName: string): string {
  return `${pushedName} (until SCIM)`;
}
