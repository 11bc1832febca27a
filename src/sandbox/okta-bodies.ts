/** The JSON bodies of Okta's management API, made from the sandbox's plain rows. */
import type {
  SandboxAdminRole,
  SandboxApp,
  SandboxAppUser,
  SandboxLogEvent,
  SandboxOkta,
  SandboxOktaGroup,
  SandboxOktaUser,
  SandboxProfileMapping,
  SandboxPushMapping,
} from './model.ts';

type Json = Record<string, unknown>;

/** The sandbox's one Okta user type. */
const USER_TYPE_ID = 'oty1sandboxusertype0';
const USER_SCHEMA_ID = 'osc1sandboxusertype0';

export function orgBody(origin: string, okta: SandboxOkta): Json {
  return {
    id: okta.orgId,
    subdomain: okta.subdomain,
    companyName: okta.companyName,
    status: 'ACTIVE',
    website: `https://${okta.subdomain}.example`,
    created: '2021-03-01T09:00:00.000Z',
    lastUpdated: '2026-01-12T08:30:00.000Z',
    _links: {
      preferences: { href: `${origin}/v1/org/preferences` },
      contacts: { href: `${origin}/api/v1/org/contacts` },
    },
  };
}

export function wellKnownBody(origin: string, okta: SandboxOkta): Json {
  return {
    id: okta.orgId,
    pipeline: 'idx',
    settings: { analyticsCollectionEnabled: false, bugReportingEnabled: true, omEnabled: false },
    _links: { organization: { href: origin } },
  };
}

/** Of the one custom role that the stand-in may give. */
export const RESOURCE_SET_ID = 'iam000000000000000';

/** A standard role's assignment; a role of the org's own has the type `CUSTOM`. */
export function adminRoleBody(
  assignee: string,
  { type, label, resources }: SandboxAdminRole,
  assignmentType: 'USER' | 'CLIENT',
): Json {
  return {
    id: `ra1${type.toLowerCase().replaceAll('_', '').padEnd(17, '0').slice(0, 17)}`,
    label,
    type,
    status: 'ACTIVE',
    created: '2025-02-01T09:00:00.000Z',
    lastUpdated: '2025-02-01T09:00:00.000Z',
    assignmentType,
    ...(resources === undefined ? {} : { role: 'cr0000000000000000', 'resource-set': RESOURCE_SET_ID }),
    _links: { assignee: { href: assignee } },
  };
}

export function userBody(origin: string, user: SandboxOktaUser, omitsCredentials = false): Json {
  return {
    id: user.id,
    status: user.status,
    created: user.created,
    activated: user.status === 'STAGED' ? null : user.created,
    statusChanged: user.statusChanged,
    lastLogin: null,
    lastUpdated: user.lastUpdated,
    passwordChanged: null,
    type: { id: USER_TYPE_ID },
    profile: user.profile,
    ...(omitsCredentials ? {} : { credentials: { password: {}, provider: { type: 'OKTA', name: 'OKTA' } } }),
    _links: {
      schema: { href: `${origin}/api/v1/meta/schemas/user/${USER_SCHEMA_ID}` },
      type: { href: `${origin}/api/v1/meta/types/user/${USER_TYPE_ID}` },
      self: { href: `${origin}/api/v1/users/${user.id}` },
    },
  };
}

export function groupBody(origin: string, group: SandboxOktaGroup, embedded?: Json): Json {
  const self = `${origin}/api/v1/groups/${group.id}`;
  return {
    id: group.id,
    created: group.created,
    lastUpdated: group.lastUpdated,
    lastMembershipUpdated: group.lastMembershipUpdated,
    objectClass: [group.type === 'APP_GROUP' ? 'okta:app_group' : 'okta:user_group'],
    type: group.type,
    profile: group.profile,
    ...(embedded ? { _embedded: embedded } : {}),
    _links: {
      logo: [
        {
          name: 'medium',
          href: `${origin}/assets/img/logos/groups/odyssey/okta-medium.png`,
          type: 'image/png',
        },
        {
          name: 'large',
          href: `${origin}/assets/img/logos/groups/odyssey/okta-large.png`,
          type: 'image/png',
        },
      ],
      ...(group.sourceAppId === undefined
        ? {}
        : { source: { href: `${origin}/api/v1/apps/${group.sourceAppId}` } }),
      users: { href: `${self}/users` },
      apps: { href: `${self}/apps` },
    },
  };
}

function appCredentials(app: SandboxApp): Json {
  const userNameTemplate = app.userNameTemplate;
  switch (app.signOnMode) {
    case 'AUTO_LOGIN':
      return { scheme: 'EDIT_USERNAME_AND_PASSWORD', revealPassword: false, userNameTemplate, signing: {} };
    case 'OPENID_CONNECT':
      return {
        userNameTemplate,
        signing: { kid: `kid-${app.id}` },
        oauthClient: {
          autoKeyRotation: true,
          client_id: app.id,
          token_endpoint_auth_method: 'client_secret_basic',
          pkce_required: false,
        },
      };
    case 'SAML_2_0':
      return { userNameTemplate, signing: { kid: `kid-${app.id}` } };
    case 'BOOKMARK':
      return { userNameTemplate, signing: {} };
  }
}

const NOTIFICATIONS = { vpn: { network: { connection: 'DISABLED' }, message: null, helpUrl: null } };

function appSettings(app: SandboxApp): Json {
  const common = {
    implicitAssignment: false,
    inlineHookId: null,
    manualProvisioning: false,
    notifications: NOTIFICATIONS,
    notes: { admin: null, enduser: null },
  };
  switch (app.signOnMode) {
    case 'AUTO_LOGIN':
      // The catalogue's SCIM test apps keep these three; the SCIM address and its header are in no public API.
      return {
        app: { acsUrl: null, audienceUri: null, swaLoginUrl: 'https://login.optimizely.com/' },
        ...common,
        signOn: { loginUrl: null, redirectUrl: null },
      };
    case 'SAML_2_0':
      return {
        app: {},
        ...common,
        signOn: {
          defaultRelayState: '',
          ssoAcsUrl: 'https://login.optimizely.com/sso/saml2',
          recipient: 'https://login.optimizely.com/sso/saml2',
          destination: 'https://login.optimizely.com/sso/saml2',
          audience: 'https://login.optimizely.com/saml2/service-provider',
          idpIssuer: 'http://www.okta.com/${org.externalKey}',
          subjectNameIdTemplate: '${user.userName}',
          subjectNameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
          responseSigned: true,
          assertionSigned: true,
          signatureAlgorithm: 'RSA_SHA256',
          digestAlgorithm: 'SHA256',
          honorForceAuthn: true,
          authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
          requestCompressed: false,
          allowMultipleAcsEndpoints: false,
          acsEndpoints: [],
          attributeStatements: [],
        },
      };
    case 'OPENID_CONNECT':
      return {
        ...common,
        oauthClient: {
          redirect_uris: ['https://login.optimizely.com/oauth2/callback'],
          response_types: ['code'],
          grant_types: ['authorization_code'],
          application_type: 'web',
          consent_method: 'REQUIRED',
          issuer_mode: 'DYNAMIC',
          wildcard_redirect: 'DISABLED',
        },
      };
    case 'BOOKMARK':
      return { app: { requestIntegration: false, url: 'https://app.optimizely.com/' }, ...common };
  }
}

export function appBody(origin: string, okta: SandboxOkta, app: SandboxApp): Json {
  const self = `${origin}/api/v1/apps/${app.id}`;
  const lifecycle = app.status === 'ACTIVE' ? 'deactivate' : 'activate';
  return {
    id: app.id,
    orn: `orn:okta:idp:${okta.orgId}:apps:${app.name}:${app.id}`,
    name: app.name,
    label: app.label,
    status: app.status,
    lastUpdated: app.lastUpdated,
    created: app.created,
    accessibility: { selfService: false, errorRedirectUrl: null, loginRedirectUrl: null },
    visibility: {
      autoLaunch: false,
      autoSubmitToolbar: false,
      hide: { iOS: false, web: false },
      appLinks: { [`${app.name}_link`]: true },
    },
    features: app.features,
    signOnMode: app.signOnMode,
    credentials: appCredentials(app),
    settings: appSettings(app),
    _links: {
      [lifecycle]: { href: `${self}/lifecycle/${lifecycle}` },
      appLinks: [
        { name: `${app.name}_link`, href: `${origin}/home/${app.name}/${app.id}`, type: 'text/html' },
      ],
      groups: { href: `${self}/groups` },
      logo: [{ name: 'medium', href: `${origin}/assets/img/logos/default.png`, type: 'image/png' }],
      users: { href: `${self}/users` },
    },
  };
}

export function appUserBody(
  origin: string,
  app: SandboxApp,
  appUser: SandboxAppUser,
  user: SandboxOktaUser | undefined,
  embedsUser: boolean,
): Json {
  return {
    id: appUser.id,
    externalId: appUser.externalId,
    created: appUser.created,
    lastUpdated: appUser.lastUpdated,
    scope: appUser.scope,
    status: appUser.status,
    statusChanged: appUser.statusChanged,
    passwordChanged: null,
    syncState: appUser.syncState,
    ...(appUser.lastSync === undefined ? {} : { lastSync: appUser.lastSync }),
    credentials: { userName: appUser.userName },
    profile: {
      email: user?.profile.email ?? null,
      givenName: user?.profile.firstName ?? null,
      familyName: user?.profile.lastName ?? null,
    },
    _links: {
      app: { href: `${origin}/api/v1/apps/${app.id}` },
      user: { href: `${origin}/api/v1/users/${appUser.id}` },
      ...(appUser.groupId === undefined
        ? {}
        : { group: { href: `${origin}/api/v1/groups/${appUser.groupId}` } }),
    },
    ...(embedsUser && user ? { _embedded: { user: userBody(origin, user) } } : {}),
  };
}

export function groupAssignmentBody(
  origin: string,
  app: SandboxApp,
  assignment: SandboxApp['groups'][number],
  embedded?: Json,
): Json {
  return {
    id: assignment.id,
    priority: assignment.priority,
    lastUpdated: assignment.lastUpdated,
    profile: {},
    _links: {
      app: { href: `${origin}/api/v1/apps/${app.id}` },
      self: { href: `${origin}/api/v1/apps/${app.id}/groups/${assignment.id}` },
      group: { href: `${origin}/api/v1/groups/${assignment.id}` },
    },
    ...(embedded ? { _embedded: embedded } : {}),
  };
}

export function pushMappingBody(origin: string, app: SandboxApp, mapping: SandboxPushMapping): Json {
  return {
    id: mapping.id,
    sourceGroupId: mapping.sourceGroupId,
    targetGroupId: mapping.targetGroupId,
    status: mapping.status,
    ...(mapping.errorSummary === undefined ? {} : { errorSummary: mapping.errorSummary }),
    ...(mapping.lastPush === undefined ? {} : { lastPush: mapping.lastPush }),
    created: mapping.created,
    lastUpdated: mapping.lastUpdated,
    _links: {
      app: { href: `${origin}/api/v1/apps/${app.id}` },
      sourceGroup: { href: `${origin}/api/v1/groups/${mapping.sourceGroupId}` },
      targetGroup: { href: `${origin}/api/v1/groups/${mapping.targetGroupId}` },
    },
  };
}

/** A row of the mapping list: Okta leaves the properties to the single mapping. */
export function profileMappingRowBody(origin: string, mapping: SandboxProfileMapping): Json {
  const end = (side: SandboxProfileMapping['source']): Json => ({
    id: side.id,
    name: side.name,
    type: side.type,
    _links:
      side.type === 'user'
        ? {
            self: { href: `${origin}/api/v1/meta/types/user/${side.id}` },
            schema: { href: `${origin}/api/v1/meta/schemas/user/${USER_SCHEMA_ID}` },
          }
        : {
            self: { href: `${origin}/api/v1/apps/${side.id}` },
            schema: { href: `${origin}/api/v1/meta/schemas/apps/${side.id}/default` },
          },
  });
  return {
    id: mapping.id,
    source: end(mapping.source),
    target: end(mapping.target),
    _links: { self: { href: `${origin}/api/v1/mappings/${mapping.id}` } },
  };
}

export function profileMappingBody(origin: string, mapping: SandboxProfileMapping): Json {
  const { _links, ...row } = profileMappingRowBody(origin, mapping);
  return { ...row, properties: mapping.properties, _links };
}

export function appFeatureBody(origin: string, app: SandboxApp, feature: Json): Json {
  const href = `${origin}/api/v1/apps/${app.id}/features/${String(feature.name)}`;
  return { _links: { self: { href, hints: { allow: ['GET', 'PUT'] } } }, ...feature };
}

/** Okta answers 200 with UNKNOWN for an app whose connection it does not show. */
export function provisioningConnectionBody(origin: string, app: SandboxApp): Json {
  const href = `${origin}/api/v1/apps/${app.id}/connections/default`;
  return {
    ...(app.provisioningConnection ?? { profile: { authScheme: 'UNKNOWN' }, status: 'UNKNOWN' }),
    _links: { self: { href, hints: { allow: ['GET', 'POST'] } } },
  };
}

export function appUserSchemaBody(origin: string, app: SandboxApp): Json {
  const attribute = (title: string, required: boolean): Json => ({
    title,
    type: 'string',
    required,
    scope: 'NONE',
    master: { type: 'PROFILE_MASTER' },
  });
  return {
    id: `${origin}/meta/schemas/apps/${app.id}/default`,
    $schema: 'http://json-schema.org/draft-04/schema#',
    name: app.label,
    title: `${app.label} User`,
    lastUpdated: app.lastUpdated,
    created: app.created,
    definitions: {
      custom: { id: '#custom', type: 'object', properties: {} },
      base: {
        id: '#base',
        type: 'object',
        properties: {
          userName: attribute('Username', true),
          givenName: attribute('Given name', false),
          familyName: attribute('Family name', false),
          email: attribute('Primary email', false),
          displayName: attribute('Display name', false),
        },
        required: ['userName'],
      },
    },
    type: 'object',
    properties: { profile: { allOf: [{ $ref: '#/definitions/custom' }, { $ref: '#/definitions/base' }] } },
  };
}

/** The whole LogEvent: what the row does not hold is what Okta's own jobs log, mostly nothing. */
export function logEventBody(event: SandboxLogEvent): Json {
  return {
    client: {
      userAgent: null,
      zone: null,
      device: null,
      id: null,
      ipAddress: null,
      geographicalContext: null,
    },
    device: null,
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      rootSessionId: null,
      externalSessionId: 'unknown',
    },
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    debugContext: { debugData: {} },
    legacyEventType: null,
    transaction: { type: 'JOB', id: `job-${event.uuid}`, detail: {} },
    version: '0',
    request: { ipChain: [] },
    ...event,
    actor: { ...event.actor, detailEntry: null },
    target: event.target.map((target) => ({ ...target, detailEntry: null })),
  };
}
