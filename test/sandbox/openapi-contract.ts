import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** Okta's published OpenAPI document, cut down to the endpoints that the audit reads. */
export const CONTRACT_FILE = '../shared/okta/okta-management-subset.yaml';

const contractPath = fileURLToPath(new URL(`../../${CONTRACT_FILE}`, import.meta.url));

type Json = Record<string, unknown>;

export function contractIsPresent(): boolean {
  return existsSync(contractPath);
}

interface QueryParameter {
  name: string;
  in: string;
  schema: Json;
}

/** Validates bodies against the document's schemas. */
export interface Contract {
  /** Paths with a GET, as the document writes them: `/api/v1/apps/{appId}`. */
  paths: readonly string[];
  /** Statuses that the document describes for the GET of a path. */
  statuses(path: string): readonly string[];
  /** Scopes of the GET's OAuth security, and whether it asks for none at all. */
  security(path: string): { open: boolean; scopes: readonly string[] };
  queryParameter(path: string, name: string): QueryParameter | undefined;
  /** What is wrong with the body; empty when nothing is. */
  check(path: string, status: number, body: unknown): string[];
  checkSchema(schema: string, body: unknown): string[];
  example(name: string): unknown;
}

/**
 * Properties that the document types as never null while its own examples, or answers recorded from real
 * orgs, show null. By schema; each is widened by null and by nothing else.
 */
const NULL_IN_PRACTICE: Readonly<Record<string, readonly string[]>> = {
  AppUser: ['externalId'],
  OktaUserGroupProfile: ['description'],
  OktaActiveDirectoryGroupProfile: ['description'],
  ApplicationAccessibility: ['errorRedirectUrl', 'loginRedirectUrl'],
  ApplicationSettings: ['inlineHookId'],
  ApplicationSettingsNotes: ['admin', 'enduser'],
  ApplicationSettingsNotificationsVpn: ['helpUrl', 'message'],
  AutoLoginApplicationSettingsSignOn: ['loginUrl', 'redirectUrl'],
  LogActor: ['detailEntry'],
  LogTarget: ['detailEntry', 'alternateId', 'displayName'],
  LogOutcome: ['reason'],
  LogClient: ['device', 'geographicalContext', 'id', 'ipAddress', 'userAgent', 'zone'],
  LogAuthenticationContext: [
    'authenticationProvider',
    'credentialProvider',
    'credentialType',
    'interface',
    'issuer',
  ],
  LogTransaction: ['detail'],
  LogEvent: ['legacyEventType'],
  orgGeneralSettingLinks: ['logo'],
};

/**
 * The document requires next to nothing of an answer, so a body that lost half its properties would pass.
 * These are the ones that the examples of the document always show.
 */
const ALWAYS_SENT: Readonly<Record<string, readonly string[]>> = {
  Error: ['errorCode', 'errorSummary', 'errorLink', 'errorId', 'errorCauses'],
  Application: [
    'id',
    'name',
    'label',
    'status',
    'created',
    'lastUpdated',
    'accessibility',
    'visibility',
    'features',
    'signOnMode',
    'credentials',
    'settings',
    '_links',
  ],
  AppUser: [
    'id',
    'externalId',
    'created',
    'lastUpdated',
    'scope',
    'status',
    'statusChanged',
    'syncState',
    'credentials',
    'profile',
    '_links',
  ],
  ApplicationGroupAssignment: ['id', 'priority', 'lastUpdated', 'profile', '_links'],
  ApplicationFeature: ['name', 'status', 'description', 'capabilities', '_links'],
  GroupPushMapping: ['id', 'sourceGroupId', 'targetGroupId', 'status', 'created', 'lastUpdated', '_links'],
  Group: [
    'id',
    'created',
    'lastUpdated',
    'lastMembershipUpdated',
    'objectClass',
    'type',
    'profile',
    '_links',
  ],
  User: ['id', 'status', 'created', 'activated', 'statusChanged', 'lastUpdated', 'type', 'profile', '_links'],
  ListProfileMappings: ['id', 'source', 'target', '_links'],
  ProfileMapping: ['id', 'source', 'target', 'properties', '_links'],
  LogEvent: [
    'actor',
    'client',
    'authenticationContext',
    'displayMessage',
    'eventType',
    'outcome',
    'published',
    'securityContext',
    'severity',
    'debugContext',
    'transaction',
    'uuid',
    'version',
    'request',
    'target',
  ],
  OrgSetting: ['id', 'subdomain', 'companyName', 'status', 'website', '_links'],
  WellKnownOrgMetadata: ['id', 'pipeline', '_links'],
  UserSchema: ['id', '$schema', 'name', 'type', 'definitions', 'properties'],
};

const REFERENCE = '#/components/schemas/';
/** Suffix of the plain form of a schema that others choose between by a discriminator. */
const BASE = '~base';

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keywords that say nothing about a body. */
const NOT_ABOUT_BODIES = new Set([
  'description',
  'title',
  'example',
  'examples',
  'externalDocs',
  'readOnly',
  'writeOnly',
  'deprecated',
  'xml',
  'default',
  'nullable',
  'discriminator',
]);

/** A schema of OpenAPI 3.0 as one of JSON Schema draft 7. */
function toJsonSchema(schema: unknown, inAllOf = false): unknown {
  if (!isObject(schema)) return schema;
  if (typeof schema.$ref === 'string') {
    // In OpenAPI 3.0 a reference has no siblings: those that the document gives it do not count.
    const name = schema.$ref.slice(REFERENCE.length);
    return { $ref: `${REFERENCE}${name}${inAllOf ? BASE : ''}` };
  }
  const converted: Json = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (NOT_ABOUT_BODIES.has(keyword) || keyword.startsWith('x-')) continue;
    if (keyword === 'properties' && isObject(value)) {
      converted.properties = Object.fromEntries(
        Object.entries(value).map(([name, property]) => [name, toJsonSchema(property)]),
      );
    } else if (['items', 'additionalProperties', 'not'].includes(keyword)) {
      converted[keyword] = toJsonSchema(value);
    } else if (['allOf', 'anyOf', 'oneOf'].includes(keyword) && Array.isArray(value)) {
      converted[keyword] = value.map((part) => toJsonSchema(part, keyword === 'allOf'));
    } else {
      converted[keyword] = value;
    }
  }
  return schema.nullable === true ? { anyOf: [{ type: 'null' }, converted] } : converted;
}

/** The schema itself, and the form that others extend: without the choice by discriminator. */
function definitions(name: string, schema: Json): [string, unknown][] {
  const nullable = NULL_IN_PRACTICE[name] ?? [];
  const properties = schema.properties;
  let source = schema;
  if (isObject(properties)) {
    for (const property of nullable) {
      if (!(property in properties)) throw new Error(`${name} has no property ${property} any more`);
    }
    const widened = Object.entries(properties).map(([property, value]): [string, unknown] => [
      property,
      nullable.includes(property) ? { anyOf: [{ enum: [null] }, value] } : value,
    ]);
    source = { ...schema, properties: Object.fromEntries(widened) };
  }
  // Declared on a part of an allOf: widened there.
  if (Array.isArray(schema.allOf) && nullable.length > 0) throw new Error(`${name} is no plain object`);
  const required = ALWAYS_SENT[name];
  const plain = toJsonSchema(source) as Json;
  const base = required
    ? { ...plain, required: [...new Set([...((plain.required as string[]) ?? []), ...required])] }
    : plain;
  const { discriminator } = schema;
  if (!isObject(discriminator) || !isObject(discriminator.mapping)) {
    return [
      [name, base],
      [`${name}${BASE}`, base],
    ];
  }
  const property = String(discriminator.propertyName);
  const choices = Object.entries(discriminator.mapping).map(([value, $ref]) => ({
    if: { properties: { [property]: { const: value } }, required: [property] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's word
    then: { $ref },
  }));
  return [
    [name, { allOf: [{ $ref: `${REFERENCE}${name}${BASE}` }, ...choices] }],
    [`${name}${BASE}`, base],
  ];
}

function describe(errors: readonly ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

let contract: Contract | undefined;

/** Reads the document, once. To be called only where it is present. */
export function readContract(): Contract {
  contract ??= compileContract();
  return contract;
}

function compileContract(): Contract {
  const document = parse(readFileSync(contractPath, 'utf8')) as {
    paths: Record<string, { get?: Json; parameters?: Json[] }>;
    components: Record<string, Record<string, Json>>;
  };
  const { schemas = {}, responses = {}, parameters = {}, examples = {} } = document.components;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv);
  for (const format of ['int32', 'double', 'password']) ajv.addFormat(format, true);
  const components = {
    schemas: Object.fromEntries(
      Object.entries(schemas).flatMap(([name, schema]) => definitions(name, schema)),
    ),
  };
  ajv.addSchema({ $id: 'okta', components });
  const compiled = new Map<string, ValidateFunction>();

  function validator(schema: unknown): ValidateFunction {
    const key = JSON.stringify(schema);
    let validate = compiled.get(key);
    if (!validate) {
      const absolute = JSON.parse(key.replaceAll(`"${REFERENCE}`, `"okta${REFERENCE}`)) as Json;
      validate = ajv.compile(absolute);
      compiled.set(key, validate);
    }
    return validate;
  }

  function get(path: string): Json & { responses: Record<string, Json> } {
    const operation = document.paths[path]?.get;
    if (!operation) throw new Error(`The document has no GET ${path}`);
    return operation as Json & { responses: Record<string, Json> };
  }

  function responseSchema(path: string, status: number): unknown {
    const response = get(path).responses[String(status)];
    if (!response) return undefined;
    const resolved =
      typeof response.$ref === 'string' ? responses[response.$ref.split('/').at(-1) ?? ''] : response;
    const content = resolved?.content as Record<string, { schema: unknown }> | undefined;
    return toJsonSchema(content?.['application/json']?.schema);
  }

  return {
    paths: Object.keys(document.paths).filter((path) => document.paths[path]?.get),
    statuses: (path) => Object.keys(get(path).responses),
    security: (path) => {
      const security = get(path).security as Record<string, string[]>[];
      return { open: security.length === 0, scopes: security.find((one) => one.oauth2)?.oauth2 ?? [] };
    },
    queryParameter: (path, name) => {
      const all = ((get(path).parameters ?? []) as Json[]).map((parameter) =>
        typeof parameter.$ref === 'string' ? parameters[parameter.$ref.split('/').at(-1) ?? ''] : parameter,
      ) as unknown as QueryParameter[];
      return all.find((parameter) => parameter.in === 'query' && parameter.name === name);
    },
    check: (path, status, body) => {
      const schema = responseSchema(path, status);
      if (schema === undefined) return [`The document describes no ${status} of GET ${path}`];
      const validate = validator(schema);
      return validate(body) ? [] : describe(validate.errors);
    },
    checkSchema: (schema, body) => {
      const validate = validator({ $ref: `${REFERENCE}${schema}` });
      return validate(body) ? [] : describe(validate.errors);
    },
    example: (name) => examples[name]?.value,
  };
}
