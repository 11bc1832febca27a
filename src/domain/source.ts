import type { DatasetName } from './dataset.ts';

/**
 * Where the Opti ID side is read: the views of the store's database, or the SCIM endpoint of the organization. The
 * second shows users, groups and members and little else; what it can never show is named here, once.
 */

export const OPTI_ID_SOURCES = ['database', 'scim'] as const;
export type OptiIdSource = (typeof OPTI_ID_SOURCES)[number];

interface HiddenThing {
  /** The end of a sentence that begins: Opti ID's SCIM endpoint does not show. */
  what: string;
  /** Where in the Admin Center a person sees it, as an instruction; null where nobody but Optimizely does. */
  look: string | null;
}

/** What Opti ID's SCIM endpoint can never show. */
export const HIDDEN = {
  organization: {
    what: 'whether the organization is on just-in-time provisioning or on SCIM',
    look: 'Opti ID Admin Center › Settings › Authentication › SCIM: see whether a SCIM connection is there',
  },
  connections: {
    what: 'SSO connections and their domains',
    look: 'Opti ID Admin Center › Settings › Authentication › SSO: compare the domains of each connection',
  },
  'group types': {
    what: 'the type of a group (custom, internal or product)',
    look: 'Opti ID Admin Center › Group Access: see the type of each group named here',
  },
  'group counts': {
    what: "a group's own count of its users",
    look: 'Opti ID Admin Center › Group Access: compare the number of users of each group',
  },
  'people outside SCIM': {
    what: 'home organizations and local logins',
    look: 'Opti ID Admin Center › Users: see who is a collaborator or has Local Login',
  },
  'when it was made': {
    what: 'when users were made (no meta.created)',
    look: null,
  },
  pushes: {
    what: 'which group a push made where Okta keeps no id of it and the name does not tell',
    look: 'Okta › SCIM app › Push Groups, next to Opti ID Admin Center › Group Access: find the group of each push',
  },
  grants: {
    what: 'product instances, roles and what a group grants',
    look: 'Opti ID Admin Center › Group Access: see the products of each group',
  },
  invitations: {
    what: 'invitations',
    look: 'Opti ID Admin Center › Users: see who is invited',
  },
  teams: {
    what: 'teams',
    look: 'Opti ID Admin Center › Teams: see each team and its product instance',
  },
  'other organizations': {
    what: 'users of other organizations',
    look: null,
  },
} as const satisfies Readonly<Record<string, HiddenThing>>;

export type Hidden = keyof typeof HIDDEN;

/** The datasets that hold nothing but what SCIM hides. */
export const HIDDEN_DATASETS: { readonly [Name in DatasetName]?: Hidden } = {
  'optiId.organizations': 'organization',
  'optiId.ssoConnections': 'connections',
  'optiId.productInstances': 'grants',
  'optiId.roles': 'grants',
  'optiId.groupInstanceRoles': 'grants',
  'optiId.invitations': 'invitations',
  'optiId.teams': 'teams',
  'optiId.otherOrganizationUsers': 'other organizations',
};

/** What somebody is told who misses it, and what they can do about it; without a full stop. */
export function whyHidden(hidden: Hidden): string {
  const { what, look } = HIDDEN[hidden];
  const yourself = look === null ? '' : `look yourself (${look}), or `;
  return `Opti ID's SCIM endpoint does not show ${what}; ${yourself}ask Optimizely Support to run the audit on the store`;
}

interface ReadFrom {
  opti_id_source: OptiIdSource;
  datasets: Readonly<Record<DatasetName, { completeness: string }>>;
}

/** Why a dataset could not have been read from where it was to be: the source never shows it. Null where it could. */
export function hiddenDataset(
  { opti_id_source: source, datasets }: ReadFrom,
  name: DatasetName,
): Hidden | null {
  if (source !== 'scim' || datasets[name].completeness !== 'unread') return null;
  return HIDDEN_DATASETS[name] ?? null;
}
