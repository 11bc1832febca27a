import { z } from 'zod';

/**
 * Okta's answers at the border: strict about what the rows need, tolerant about everything else. Statuses
 * stay texts, because Okta adds new ones.
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

export const appSchema = z.object({
  id,
  name: text,
  label: text,
  status: text,
  signOnMode: optionalText,
});

export const chosenAppSchema = appSchema.extend({
  features: z
    .array(text)
    .nullish()
    .transform((features) => features ?? []),
  credentials: z
    .object({
      userNameTemplate: z
        .object({ template: optionalText, type: optionalText, pushStatus: optionalText })
        .nullish(),
    })
    .nullish(),
});

const switchSchema = z.object({ status: optionalText }).nullish();

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

export const provisioningConnectionSchema = z.object({
  status: text,
  authScheme: optionalText,
  baseUrl: optionalFilledText,
  profile: z.object({ authScheme: optionalText }).nullish(),
});

const mappingEndSchema = z.object({ id, name: optionalText });

export const listedProfileMappingSchema = z.object({ id, target: mappingEndSchema });

export const profileMappingSchema = z.object({
  id,
  source: mappingEndSchema,
  target: mappingEndSchema,
  properties: z
    .record(z.string(), z.object({ expression: optionalText, pushStatus: optionalText }).nullable())
    .nullish()
    .transform((properties) => properties ?? {}),
});

export const userSchema = z.object({
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
});
export type OktaUser = z.output<typeof userSchema>;

export const appUserSchema = z.object({
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
});

export const appGroupSchema = z.object({ id, lastUpdated: optionalTime });

export const groupPushMappingSchema = z.object({
  id,
  sourceGroupId: id,
  targetGroupId: optionalFilledText,
  status: text,
  errorSummary: optionalFilledText,
  created: optionalTime,
  lastUpdated: optionalTime,
  lastPush: optionalTime,
});

export const groupSchema = z.object({
  id,
  type: text,
  created: optionalTime,
  lastUpdated: optionalTime,
  lastMembershipUpdated: optionalTime,
  profile: z.object({ name: text, externalId: optionalFilledText }),
  _links: z.object({ source: z.object({ href: optionalText }).nullish() }).nullish(),
  // With expand=stats, where Okta shows it. Nothing is read from it, so a count that is none is no fault.
  _embedded: z
    .object({ stats: z.object({ usersCount: z.int().nonnegative().nullish().catch(null) }).nullish() })
    .nullish()
    .catch(null),
});

export const logEventSchema = z.object({
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
    .nullish()
    .transform((targets) => targets ?? []),
});
export type LogEvent = z.output<typeof logEventSchema>;
