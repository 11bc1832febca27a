import { z } from 'zod';
import type {
  AppGroupRow,
  AppRow,
  AppUserRow,
  ChosenAppRow,
  GroupPushMappingRow,
  LogEventRow,
  OktaGroupRow,
  OktaUserRow,
  ProfileMappingRow,
  ProvisioningConnectionRow,
} from '../domain/dataset.ts';

/**
 * Okta's answers at the border, made into the rows of the snapshot: strict about what the rows need, tolerant about
 * everything else. Statuses stay texts, because Okta adds new ones.
 */

/** DuckDB and JSON take neither lone surrogates nor NUL. */
function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

const text = z.string().transform(wellFormed);
const id = z.string().min(1).transform(wellFormed);
const optionalText = text.nullish().transform((value) => value ?? null);
/** Okta writes some absent values as an empty text. */
const optionalFilledText = text.nullish().transform((value) => (value ? value : null));

// Without a zone a time would depend on the machine that reads it.
const ZONED_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/u;

const time = z.string().transform((value, context) => {
  const date = new Date(ZONED_TIME.test(value) ? value : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  context.addIssue({ code: 'custom', message: 'expected a time' });
  return z.NEVER;
});
const optionalTime = time.nullish().transform((value) => value ?? null);

type Column<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Column<Rest>}`
  : Name;

/** A column for each of Okta's fields, by the same name: `lastUpdated` is `last_updated`. */
function columnsOf<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields & string as Column<Name>]: Fields[Name] } {
  const columns: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) columns[columnOf(name)] = value;
  return columns as ReturnType<typeof columnsOf<Fields>>;
}

/** There are a few dozen names, and a row for each of a million users. */
const columnNames = new Map<string, string>();

function columnOf(name: string): string {
  let column = columnNames.get(name);
  if (column === undefined) {
    column = name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
    columnNames.set(name, column);
  }
  return column;
}

const appFields = z.object({
  id,
  name: text,
  label: text,
  status: text,
  signOnMode: optionalText,
  features: z
    .array(text)
    .nullish()
    .transform((features) => features ?? []),
});

export const appSchema = appFields.transform(
  ({ id, ...fields }): AppRow => ({ okta_app_id: id, ...columnsOf(fields) }),
);

export const chosenAppSchema = appFields
  .extend({
    credentials: z
      .object({
        userNameTemplate: z
          .object({ template: optionalText, type: optionalText, pushStatus: optionalText })
          .nullish(),
      })
      .nullish(),
  })
  .transform(({ id, credentials, ...fields }): ChosenAppRow => {
    const { template = null, type = null, pushStatus = null } = credentials?.userNameTemplate ?? {};
    return {
      okta_app_id: id,
      ...columnsOf(fields),
      username_template: template,
      username_template_type: type,
      username_push_status: pushStatus,
    };
  });

const switchSchema = z.object({ status: optionalText }).nullish();

/** As Okta gives it: of a feature without capabilities they are asked for by its name. */
export const appFeatureSchema = z.object({
  name: id,
  status: optionalText,
  capabilities: z
    .object({
      create: z.object({ lifecycleCreate: switchSchema }).nullish(),
      update: z
        .object({ profile: switchSchema, lifecycleDeactivate: switchSchema, password: switchSchema })
        .nullish(),
      importSettings: z.object({ schedule: switchSchema }).nullish(),
    })
    .nullish(),
});

export const provisioningConnectionSchema = z
  .object({
    status: text,
    authScheme: optionalText,
    baseUrl: optionalFilledText,
    profile: z.object({ authScheme: optionalText }).nullish(),
  })
  .transform(({ profile, ...fields }): ProvisioningConnectionRow => {
    const authScheme = fields.authScheme ?? profile?.authScheme ?? null;
    return columnsOf({ ...fields, authScheme });
  });

const mappingEndSchema = z.object({ id, name: optionalText });

/** A listed mapping has no properties: it is only a reason to ask for the mapping itself. */
export const listedProfileMappingSchema = z.object({ id, target: mappingEndSchema });

export const profileMappingSchema = z
  .object({
    id,
    source: mappingEndSchema,
    target: mappingEndSchema,
    properties: z
      .record(z.string(), z.object({ expression: optionalText, pushStatus: optionalText }).nullable())
      .nullish(),
  })
  .transform(
    ({ id, source, target, properties }): ProfileMappingRow => ({
      okta_mapping_id: id,
      source_id: source.id,
      source_name: source.name,
      target_id: target.id,
      target_name: target.name,
      properties: Object.entries(properties ?? {})
        .map(([attribute, property]) => ({
          attribute: wellFormed(attribute),
          // Okta unmaps an attribute by an expression that is null; an empty one gives nothing either.
          expression: property?.expression || null,
          push_status: property?.pushStatus ?? null,
        }))
        .sort((a, b) => (a.attribute < b.attribute ? -1 : 1)),
    }),
  );

const times = { created: optionalTime, lastUpdated: optionalTime, statusChanged: optionalTime };

export const userSchema = z
  .object({
    id,
    status: text,
    ...times,
    // Without a profile every name would seem to be missing, so it must be there even if its values are not.
    profile: z.object({ login: text, email: optionalText, firstName: optionalText, lastName: optionalText }),
  })
  .transform(
    ({ id, profile, ...fields }): OktaUserRow => ({
      okta_user_id: id,
      ...columnsOf(profile),
      ...columnsOf(fields),
    }),
  );

/** An assignment, and the user where Okta shows one with it. */
export const appUserSchema = z
  .object({
    id,
    externalId: optionalFilledText,
    status: text,
    syncState: optionalText,
    scope: optionalText,
    credentials: z.object({ userName: optionalText }).nullish(),
    ...times,
    lastSync: optionalTime,
    _embedded: z.object({ user: userSchema.nullish() }).nullish(),
  })
  .transform(({ id, credentials, _embedded, ...fields }): { row: AppUserRow; user: OktaUserRow | null } => ({
    row: { okta_user_id: id, user_name: credentials?.userName ?? null, ...columnsOf(fields) },
    user: _embedded?.user ?? null,
  }));

export const appGroupSchema = z
  .object({ id, lastUpdated: optionalTime })
  .transform(({ id, lastUpdated }): AppGroupRow => ({ okta_group_id: id, last_updated: lastUpdated }));

export const groupPushMappingSchema = z
  .object({
    id,
    sourceGroupId: id,
    targetGroupId: optionalFilledText,
    status: text,
    errorSummary: optionalFilledText,
    created: optionalTime,
    lastUpdated: optionalTime,
    lastPush: optionalTime,
  })
  .transform(({ id, ...fields }): GroupPushMappingRow => ({ okta_mapping_id: id, ...columnsOf(fields) }));

/** `https://acme.okta.com/api/v1/apps/0oa1` → `0oa1`. */
function appIdOf(href: string | null | undefined): string | null {
  const appId = /\/api\/v1\/apps\/([^/?#]+)\/?$/u.exec(href ?? '')?.[1];
  if (appId === undefined) return null;
  try {
    return decodeURIComponent(appId);
  } catch {
    return null;
  }
}

/** A group and how many members Okta counts in it; null where it does not say, or not so that it can be used. */
export type CountedGroup = OktaGroupRow & { user_count: number | null; has_unusable_count?: true };

const embeddedStats = z
  .object({ stats: z.object({ usersCount: z.int().nonnegative().nullish() }).nullish() })
  .nullish();

/** With expand=stats, where Okta shows it. No row is made of it, so a wrong count does not end the listing of groups. */
function countOf(embedded: unknown): Pick<CountedGroup, 'user_count' | 'has_unusable_count'> {
  const { data, success } = embeddedStats.safeParse(embedded);
  return success
    ? { user_count: data?.stats?.usersCount ?? null }
    : { user_count: null, has_unusable_count: true };
}

export const groupSchema = z
  .object({
    id,
    type: text,
    created: optionalTime,
    lastUpdated: optionalTime,
    lastMembershipUpdated: optionalTime,
    profile: z.object({ name: text, externalId: optionalFilledText }),
    _links: z.object({ source: z.object({ href: optionalText }).nullish() }).nullish(),
    _embedded: z.unknown().optional(),
  })
  .transform(
    ({ id, profile, _links, _embedded, ...fields }): CountedGroup => ({
      okta_group_id: id,
      ...columnsOf(profile),
      ...columnsOf(fields),
      source_app_id: appIdOf(_links?.source?.href),
      ...countOf(_embedded),
    }),
  );

const logTargetSchema = z
  .object({ id: optionalText, type: optionalText, alternateId: optionalText, displayName: optionalText })
  .transform(columnsOf);

export const logEventSchema = z
  .object({
    uuid: id,
    published: time,
    eventType: text,
    outcome: z.object({ result: optionalText, reason: optionalText }).nullish(),
    target: z.array(logTargetSchema).nullish(),
  })
  .transform(
    ({ uuid, outcome, target, ...fields }): LogEventRow => ({
      event_id: uuid,
      ...columnsOf(fields),
      outcome: outcome?.result ?? null,
      outcome_reason: outcome?.reason ?? null,
      targets: target ?? [],
    }),
  );
