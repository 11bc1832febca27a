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

const appFields = z.object({ id, name: text, label: text, status: text, signOnMode: optionalText });

function toAppRow(app: z.output<typeof appFields>): AppRow {
  return {
    okta_app_id: app.id,
    name: app.name,
    label: app.label,
    status: app.status,
    sign_on_mode: app.signOnMode,
  };
}

export const appSchema = appFields.transform(toAppRow);

export const chosenAppSchema = appFields
  .extend({
    features: z.array(text).nullish(),
    credentials: z
      .object({
        userNameTemplate: z
          .object({ template: optionalText, type: optionalText, pushStatus: optionalText })
          .nullish(),
      })
      .nullish(),
  })
  .transform((app): ChosenAppRow => {
    const template = app.credentials?.userNameTemplate;
    return {
      ...toAppRow(app),
      features: app.features ?? [],
      username_template: template?.template ?? null,
      username_template_type: template?.type ?? null,
      username_push_status: template?.pushStatus ?? null,
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
  .transform(
    ({ status, authScheme, baseUrl, profile }): ProvisioningConnectionRow => ({
      status,
      auth_scheme: authScheme ?? profile?.authScheme ?? null,
      base_url: baseUrl,
    }),
  );

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
    (mapping): ProfileMappingRow => ({
      okta_mapping_id: mapping.id,
      source_id: mapping.source.id,
      source_name: mapping.source.name,
      target_id: mapping.target.id,
      target_name: mapping.target.name,
      properties: Object.entries(mapping.properties ?? {})
        .map(([attribute, property]) => ({
          attribute: wellFormed(attribute),
          // Okta unmaps an attribute by an expression that is null; an empty one gives nothing either.
          expression: property?.expression || null,
          push_status: property?.pushStatus ?? null,
        }))
        .sort((a, b) => (a.attribute < b.attribute ? -1 : 1)),
    }),
  );

export const userSchema = z
  .object({
    id,
    status: text,
    created: optionalTime,
    lastUpdated: optionalTime,
    statusChanged: optionalTime,
    // Without a profile every name would seem to be missing, so it must be there even if its values are not.
    profile: z.object({
      login: text,
      email: optionalText,
      firstName: optionalText,
      lastName: optionalText,
    }),
  })
  .transform(
    (user): OktaUserRow => ({
      okta_user_id: user.id,
      status: user.status,
      login: user.profile.login,
      email: user.profile.email,
      first_name: user.profile.firstName,
      last_name: user.profile.lastName,
      created: user.created,
      last_updated: user.lastUpdated,
      status_changed: user.statusChanged,
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
    created: optionalTime,
    lastUpdated: optionalTime,
    statusChanged: optionalTime,
    lastSync: optionalTime,
    _embedded: z.object({ user: userSchema.nullish() }).nullish(),
  })
  .transform((appUser): { row: AppUserRow; user: OktaUserRow | null } => ({
    row: {
      okta_user_id: appUser.id,
      external_id: appUser.externalId,
      status: appUser.status,
      sync_state: appUser.syncState,
      scope: appUser.scope,
      user_name: appUser.credentials?.userName ?? null,
      created: appUser.created,
      last_updated: appUser.lastUpdated,
      status_changed: appUser.statusChanged,
      last_sync: appUser.lastSync,
    },
    user: appUser._embedded?.user ?? null,
  }));

export const appGroupSchema = z
  .object({ id, lastUpdated: optionalTime })
  .transform((group): AppGroupRow => ({ okta_group_id: group.id, last_updated: group.lastUpdated }));

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
  .transform(
    (mapping): GroupPushMappingRow => ({
      okta_mapping_id: mapping.id,
      source_group_id: mapping.sourceGroupId,
      target_group_id: mapping.targetGroupId,
      status: mapping.status,
      error_summary: mapping.errorSummary,
      created: mapping.created,
      last_updated: mapping.lastUpdated,
      last_push: mapping.lastPush,
    }),
  );

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

/** A group and how many members Okta counts in it; null where it does not say. */
export type CountedGroup = OktaGroupRow & { user_count: number | null };

export const groupSchema = z
  .object({
    id,
    type: text,
    created: optionalTime,
    lastUpdated: optionalTime,
    lastMembershipUpdated: optionalTime,
    profile: z.object({ name: text, externalId: optionalFilledText }),
    _links: z.object({ source: z.object({ href: optionalText }).nullish() }).nullish(),
    // With expand=stats, where Okta shows it. No row is made of it, so a count that is none is no fault.
    _embedded: z
      .object({ stats: z.object({ usersCount: z.int().nonnegative().nullish().catch(null) }).nullish() })
      .nullish()
      .catch(null),
  })
  .transform(
    (group): CountedGroup => ({
      okta_group_id: group.id,
      name: group.profile.name,
      type: group.type,
      source_app_id: appIdOf(group._links?.source?.href),
      external_id: group.profile.externalId,
      created: group.created,
      last_updated: group.lastUpdated,
      last_membership_updated: group.lastMembershipUpdated,
      user_count: group._embedded?.stats?.usersCount ?? null,
    }),
  );

export const logEventSchema = z
  .object({
    uuid: id,
    published: time,
    eventType: text,
    outcome: z.object({ result: optionalText, reason: optionalText }).nullish(),
    target: z
      .array(
        z.object({
          id: optionalText,
          type: optionalText,
          alternateId: optionalText,
          displayName: optionalText,
        }),
      )
      .nullish(),
  })
  .transform(
    (event): LogEventRow => ({
      event_id: event.uuid,
      published: event.published,
      event_type: event.eventType,
      outcome: event.outcome?.result ?? null,
      outcome_reason: event.outcome?.reason ?? null,
      targets: (event.target ?? []).map((target) => ({
        id: target.id,
        type: target.type,
        alternate_id: target.alternateId,
        display_name: target.displayName,
      })),
    }),
  );
