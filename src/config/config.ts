/** Credentials of the Okta side: an SSWS token, or a service app with a private key. */
export type OktaCredentials =
  | { mode: 'SSWS'; token: string }
  | { mode: 'PrivateKey'; clientId: string; scopes: string[]; privateKey: string; keyId: string | null };

export interface OktaSettings {
  /** Origin only, without a trailing slash. */
  orgUrl: string;
  credentials: OktaCredentials;
  /** Share of each rate limit that the run may use, percent. */
  budgetPercent: number;
}

export interface StoreSettings {
  databaseUrl: string;
  schema: string;
  organizationId: string;
}

export interface AuditSettings {
  /** Okta app id or exact label, or null. */
  scimApp: string | null;
  ssoApp: string | null;
  pushGroups: string[] | null;
  lagMinutes: number;
  logDays: number;
  reportsDir: string;
}

export interface Config {
  okta: OktaSettings;
  store: StoreSettings;
  audit: AuditSettings;
}
