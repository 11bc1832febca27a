/**
 * What the sandbox holds: an Okta org as Okta's API would show it, and the rows of an Opti ID store.
 * Plain data, so that a test or a demo can build a world, serve it, damage it and serve it again.
 */

/** ISO-8601 UTC. */
type Time = string;

export interface SandboxOktaUser {
  id: string;
  status:
    | 'ACTIVE'
    | 'DEPROVISIONED'
    | 'LOCKED_OUT'
    | 'PASSWORD_EXPIRED'
    | 'PROVISIONED'
    | 'RECOVERY'
    | 'STAGED'
    | 'SUSPENDED';
  created: Time;
  lastUpdated: Time;
  statusChanged: Time | null;
  profile: {
    login: string;
    email: string;
    firstName: string | null;
    lastName: string | null;
    [attribute: string]: unknown;
  };
}

/** An admin role of whoever holds the credentials: a standard one, or `CUSTOM` with a label of the org's own. */
export interface SandboxAdminRole {
  type: string;
  label: string;
  /** Of a custom role: the resource names in its resource set. */
  resources?: readonly string[];
}

export interface SandboxOktaGroup {
  id: string;
  type: 'OKTA_GROUP' | 'APP_GROUP' | 'BUILT_IN';
  created: Time;
  lastUpdated: Time;
  lastMembershipUpdated: Time;
  profile: { name: string; description: string | null; externalId?: string };
  /** The app an APP_GROUP comes from. */
  sourceAppId?: string;
  /** Okta user ids. */
  members: string[];
  /** True for a target app group that `GET /api/v1/groups` omits while `GET /api/v1/groups/{id}` shows it. */
  unlisted?: boolean;
}

export interface SandboxAppUser {
  /** Okta user id. */
  id: string;
  externalId: string | null;
  status:
    | 'ACTIVE'
    | 'APPROVED'
    | 'DEPROVISIONED'
    | 'IMPLICIT'
    | 'IMPORTED'
    | 'INACTIVE'
    | 'MATCHED'
    | 'PENDING'
    | 'PROVISIONED'
    | 'REVOKED'
    | 'STAGED'
    | 'SUSPENDED'
    | 'UNASSIGNED';
  syncState: 'DISABLED' | 'ERROR' | 'OUT_OF_SYNC' | 'SYNCHRONIZED' | 'SYNCING';
  scope: 'USER' | 'GROUP';
  userName: string;
  created: Time;
  lastUpdated: Time;
  statusChanged: Time;
  lastSync?: Time;
  /** The group that assigns the user, where scope is GROUP. */
  groupId?: string;
}

export interface SandboxPushMapping {
  id: string;
  sourceGroupId: string;
  targetGroupId: string;
  status: 'ACTIVE' | 'INACTIVE' | 'ERROR';
  /** The store group that it made: what Okta keeps to itself, and its API does not show. */
  storeGroupId?: string;
  errorSummary?: string;
  lastPush?: Time;
  created: Time;
  lastUpdated: Time;
}

export interface SandboxApp {
  id: string;
  name: string;
  label: string;
  status: 'ACTIVE' | 'INACTIVE';
  signOnMode: 'AUTO_LOGIN' | 'SAML_2_0' | 'OPENID_CONNECT' | 'BOOKMARK';
  created: Time;
  lastUpdated: Time;
  features: string[];
  userNameTemplate: {
    template: string;
    type: 'BUILT_IN' | 'CUSTOM' | 'NONE';
    pushStatus?: 'PUSH' | 'DONT_PUSH' | 'NOT_CONFIGURED';
  };
  users: SandboxAppUser[];
  /** Group assignments, by Okta group id. */
  groups: { id: string; lastUpdated: Time; priority: number }[];
  pushMappings: SandboxPushMapping[];
  /** Raw feature objects; null: provisioning is not shown for this app (Okta answers 400). */
  provisioningFeatures: Record<string, unknown>[] | null;
  /** Raw connection object; null: Okta answers 200 with status UNKNOWN. */
  provisioningConnection: Record<string, unknown> | null;
}

export interface SandboxProfileMapping {
  id: string;
  source: { id: string; name: string; type: 'user' | 'appuser' };
  target: { id: string; name: string; type: 'user' | 'appuser' };
  properties: Record<string, { expression: string; pushStatus: 'PUSH' | 'DONT_PUSH' }>;
}

/** A System Log event in Okta's own shape (`uuid`, `published`, `eventType`, `outcome`, `target`, …). */
export interface SandboxLogEvent {
  uuid: string;
  published: Time;
  eventType: string;
  displayMessage: string;
  outcome: { result: string; reason: string | null };
  target: {
    id: string;
    type: string;
    alternateId: string | null;
    displayName: string | null;
    changeDetails?: { from: Record<string, unknown>; to: Record<string, unknown> };
  }[];
  actor: { id: string; type: string; alternateId: string; displayName: string };
  severity: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
}

export interface SandboxOkta {
  orgId: string;
  subdomain: string;
  companyName: string;
  users: SandboxOktaUser[];
  groups: SandboxOktaGroup[];
  apps: SandboxApp[];
  profileMappings: SandboxProfileMapping[];
  logEvents: SandboxLogEvent[];
}

/** Rows of the store's views, column for column as the contract names them. */
export interface SandboxStore {
  organizations: { id: string; name: string; provisioning_mode: 'jit' | 'scim' }[];
  sso_connections: {
    id: string;
    organization_id: string;
    name: string;
    protocol: 'saml' | 'oidc';
    scim_enabled: boolean;
    domains: string[];
  }[];
  users: {
    id: string;
    organization_id: string;
    home_organization_id: string;
    external_id: string | null;
    email: string;
    first_name: string | null;
    last_name: string | null;
    status: 'active' | 'invited' | 'deleted';
    local_login: boolean;
    last_login_at: Time | null;
    created_at: Time;
    modified_at: Time;
  }[];
  groups: {
    id: string;
    organization_id: string;
    name: string;
    description: string | null;
    group_type: 'custom' | 'internal' | 'product';
    user_count: number | null;
    created_at: Time;
    modified_at: Time;
  }[];
  group_members: { group_id: string; user_id: string }[];
  product_instances: { id: string; organization_id: string; product: string; nickname: string }[];
  roles: { id: string; product: string; name: string; kind: 'system' | 'custom' }[];
  group_instance_roles: { group_id: string; instance_id: string; role_id: string }[];
  invitations: {
    id: string;
    organization_id: string;
    email: string;
    status: 'pending' | 'expired' | 'accepted' | 'revoked';
    created_at: Time;
  }[];
  /** None where it is left out. */
  teams?: { id: string; organization_id: string; name: string; instance_id: string }[];
}

/** A whole company: its Okta org, its Opti ID store, and how an audit of it is set up. */
export interface SandboxWorld {
  okta: SandboxOkta;
  store: SandboxStore;
  /** `OPTIID_ORGANIZATION`. */
  organizationId: string;
  settings: { scimApp: string | null; ssoApp: string | null; pushGroups: string[] | null };
}
