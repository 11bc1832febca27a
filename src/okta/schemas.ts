import { z } from 'zod';

/**
 * Okta's answers at the border: strict about what the rows need, tolerant about everything else. Statuses
 * stay texts, because Okta adds new ones.
 */

/** DuckDB and JSON take neither lone surrogates nor NUL. */
function wellFormed(text: string): string {
  return isPlain(text) ? text : text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

const text = z.string().transform(wellFormed);
const id = z.string().min(1).transform(wellFormed);
const optionalText = text.nullish().transform((value) => value ?? null);
/** Okta writes some absent values as an empty text. */
const optionalFilledText = text.nullish().transform((value) => (value ? value : null));

// Without a zone a time would depend on the machine that reads it.
const ZONED_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/u;

/** Okta's own form of a time, on a day that every month has: nothing to convert. */
const USUAL_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/u;

const time = z.string().transform((value, context) => {
  if (USUAL_TIME.test(value)) return value;
  const date = new Date(ZONED_TIME.test(value) ? value : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  context.addIssue({ code: 'custom', message: 'expected a time' });
  return z.NEVER;
});
const optionalTime = time.nullish().transform((value) => value ?? null);

/**
 * Makes the schema quicker by far for rows as Okta sends them: `usual` gives such a row as the schema would, and
 * undefined for any other, which then is the schema's to convert or to refuse. Listings of users have millions of
 * rows, and this is where reading them would spend most of its time.
 */
function quick<Schema extends z.ZodType>(
  schema: Schema,
  usual: (value: Readonly<Record<string, unknown>>) => z.output<Schema> | undefined,
): Schema {
  const whole = schema.safeParse;
  schema.safeParse = (value, params) => {
    const data =
      typeof value === 'object' && value !== null
        ? usual(value as Readonly<Record<string, unknown>>)
        : undefined;
    return data === undefined ? whole(value, params) : { success: true, data };
  };
  return schema;
}

function isUsualText(value: unknown): value is string {
  return typeof value === 'string' && isPlain(value);
}

function isUsualTime(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && USUAL_TIME.test(value));
}

function isUsualOptional(value: unknown): value is string | null {
  return value === null || isUsualText(value);
}

function usualUser(value: Readonly<Record<string, unknown>>): OktaUser | undefined {
  const { id, status, created, lastUpdated, statusChanged, profile } = value;
  if (!isUsualText(id) || id === '' || !isUsualText(status)) return undefined;
  if (!isUsualTime(created) || !isUsualTime(lastUpdated) || !isUsualTime(statusChanged)) return undefined;
  if (typeof profile !== 'object' || profile === null) return undefined;
  const { login, email, firstName, lastName } = profile as Readonly<Record<string, unknown>>;
  if (!isUsualText(login) || !isUsualOptional(email)) return undefined;
  if (!isUsualOptional(firstName) || !isUsualOptional(lastName)) return undefined;
  return {
    id,
    status,
    created,
    lastUpdated,
    statusChanged,
    profile: { login, email, firstName, lastName },
  };
}

function usualAppUser(
  value: Readonly<Record<string, unknown>>,
): z.output<typeof checkedAppUserSchema> | undefined {
  const { id, externalId, status, syncState, scope, credentials, created, lastUpdated, statusChanged } =
    value;
  const { lastSync = null, _embedded: embedded } = value;
  if (!isUsualText(id) || id === '' || !isUsualOptional(externalId) || !isUsualText(status)) return undefined;
  if (!isUsualOptional(syncState) || !isUsualOptional(scope)) return undefined;
  if (!isUsualTime(created) || !isUsualTime(lastUpdated)) return undefined;
  if (!isUsualTime(statusChanged) || !isUsualTime(lastSync)) return undefined;
  if (typeof credentials !== 'object' || credentials === null) return undefined;
  const { userName } = credentials as Readonly<Record<string, unknown>>;
  if (!isUsualText(userName)) return undefined;
  if (typeof embedded !== 'object' || embedded === null) return undefined;
  const { user: embeddedUser } = embedded as Readonly<Record<string, unknown>>;
  if (typeof embeddedUser !== 'object' || embeddedUser === null) return undefined;
  const user = usualUser(embeddedUser as Readonly<Record<string, unknown>>);
  if (user === undefined) return undefined;
  return {
    id,
    externalId: externalId === '' ? null : externalId,
    status,
    syncState,
    scope,
    credentials: { userName },
    created,
    lastUpdated,
    statusChanged,
    lastSync,
    _embedded: { user },
  };
}

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

const checkedUserSchema = z.object({
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
export type OktaUser = z.output<typeof checkedUserSchema>;
export const userSchema = quick(checkedUserSchema, usualUser);

const checkedAppUserSchema = z.object({
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
export const appUserSchema = quick(checkedAppUserSchema, usualAppUser);

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
