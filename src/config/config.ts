import type { Reports } from '../domain/seal.ts';

/** Credentials of the Okta side: an SSWS token, or a service app with a private key. */
export type OktaCredentials =
  | { mode: 'SSWS'; token: string }
  | {
      mode: 'PrivateKey';
      clientId: string;
      scopes: string[];
      /** RSA, as PKCS #8 PEM, whatever form it was given in. */
      privateKey: string;
      keyId: string | null;
    };

export interface OktaSettings {
  /** Origin only, without a trailing slash. */
  orgUrl: string;
  credentials: OktaCredentials;
  /** Share of each rate limit that the run may use, percent. */
  budgetPercent: number;
}

/** The store's database. */
export interface StoreSettings {
  databaseUrl: string;
  schema: string;
  organizationId: string;
}

/** The organization's SCIM endpoint, for who has no access to the database. */
export interface ScimSettings {
  /** Base URL, without a trailing slash. */
  scimUrl: string;
  /** It can write, too: nothing but GET is sent with it. */
  token: string;
  /** How the key stands in the Authorization header: alone, or after `Bearer`. */
  auth: 'header' | 'bearer';
  /** `OPTIID_ORGANIZATION`, else the host of the endpoint: a key is of one organization. */
  organizationId: string;
}

/** Where the Opti ID side is read. */
export type OptiIdSettings = StoreSettings | ScimSettings;

export interface AuditSettings extends Reports {
  /** Okta app id or exact label, or null. */
  scimApp: string | null;
  ssoApp: string | null;
  pushGroups: string[] | null;
  lagMinutes: number;
  logDays: number;
}

/** Limits beyond which a plan says so first. */
export interface BrakeSettings {
  maxDeletes: number;
  maxMembershipLossPercent: number;
  maxLastPaths: number;
}

/** What a plan is held to. */
export interface PlanSettings {
  limits: BrakeSettings;
  /** Hours after the reading in which it may be followed. */
  goodForHours: number;
}

/** Which settings a command needs: `--snapshot` needs neither, `collect --only okta` the first. */
export interface SettingsNeed {
  okta: boolean;
  store: boolean;
}

type Needed<Flag extends boolean, Value> = Flag extends true ? Value : null;

/** All settings of a command; null for a side that it does not need. */
export interface Config<Need extends SettingsNeed = { okta: true; store: true }> {
  okta: Needed<Need['okta'], OktaSettings>;
  store: Needed<Need['store'], OptiIdSettings>;
  audit: AuditSettings;
  plan: PlanSettings;
}
