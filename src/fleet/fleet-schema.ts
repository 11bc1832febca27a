import { z } from 'zod';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../config/settings.ts';
import { SEVERITIES } from '../domain/finding.ts';
import { JOBS } from '../domain/rule.ts';
import { isTimeZone, parseWindow } from './night.ts';

/** Where a value is, in place of the value: a variable, a file, or what a command prints. */
export const REFERENCE = /^(env|file|exec):(.+)$/su;

/** Settings that are no organization's own: the fleet decides where runs go, and has one queue. */
const OF_THE_FLEET: readonly SettingName[] = ['AUDIT_REPORTS_DIR', 'FLEET_DATABASE_URL'];

/** Settings that an organization may have. */
export const ORGANIZATION_SETTINGS = SETTING_NAMES.filter((name) => !OF_THE_FLEET.includes(name));

export function isSecret(name: SettingName): boolean {
  return 'secret' in SETTINGS[name];
}

const SECRET_TEXT = z
  .string()
  .regex(REFERENCE, { error: 'holds a secret itself.' })
  .describe('env:NAME, file:PATH or exec:COMMAND: where the secret is.');
const PLAIN_TEXT = z.union([z.string(), z.number(), z.boolean()], { error: 'is not a text.' });

const SETTINGS_SHAPE = z
  .strictObject(
    Object.fromEntries(
      ORGANIZATION_SETTINGS.map((name) => [
        name,
        (isSecret(name) ? SECRET_TEXT : PLAIN_TEXT).optional().meta({
          description: `${SETTINGS[name].meaning}${isSecret(name) ? ' env:NAME, file:PATH or exec:COMMAND: where it is.' : ''}`,
        }),
      ]),
    ),
    { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'is not a list of settings.') },
  )
  .describe('Settings as for one audit. Secrets only as env:NAME, file:PATH or exec:COMMAND.');

function whole(least: number, most: number) {
  const error = `is not a whole number from ${least} to ${most}.`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

const PER_ORGANIZATION = {
  job: z
    .enum(JOBS, { error: `is neither ${JOBS.join(' nor ')}.` })
    .describe('Which audit is run each night. Default drift.'),
  window: z
    .string({ error: 'is not a window such as 22:00-05:00.' })
    .refine((text) => parseWindow(text) !== null, { error: 'is not a window such as 22:00-05:00.' })
    .describe('When audits may begin, local time, in quotes: "22:00-05:00". Default 22:00-05:00.'),
  time_zone: z
    .string({ error: 'is not a time zone.' })
    .refine(isTimeZone, { error: 'is not a time zone.' })
    .describe('IANA name, Europe/Berlin. Default UTC.'),
  waivers: z
    .string({ error: 'is not a path.' })
    .describe('CSV of waivers, a path as seen from the folder of this file.'),
  fail_on: z
    .enum(SEVERITIES, { error: `is none of ${SEVERITIES.join(', ')}.` })
    .describe('As --fail-on of an audit. Default error.'),
  expected_minutes: whole(1, 720).describe(
    'How long an audit takes, until a night has shown it. The longest begin first. Default 10.',
  ),
  memory_mb: whole(512, 65_536).describe(
    'Memory of an audit, counted in powers of two. A worker takes a job only where that fits; an audit that needs more is ended. Default 2048.',
  ),
  time_limit_minutes: z
    .number({ error: 'is not a number of minutes up to 720.' })
    .positive({ error: 'is not a number of minutes up to 720.' })
    .max(720, { error: 'is not a number of minutes up to 720.' })
    .describe('An audit that takes longer is stopped, keeps what it read, and is resumed. Default 240.'),
  settings: SETTINGS_SHAPE,
};

const ORGANIZATION = z
  .strictObject(PER_ORGANIZATION, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'is not a list of settings.'),
  })
  .partial()
  .describe('What differs from the defaults.');

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/u;

const S3 = z
  .strictObject({
    endpoint: z
      .string()
      .regex(/^https?:\/\/\S+$/u, { error: 'is not an address.' })
      .describe('Address of the bucket: https://s3.eu-central-1.amazonaws.com/BUCKET.'),
    region: z.string().default('auto').describe('Region, where the storage has some. Default auto.'),
    prefix: z
      .string()
      .regex(/^[\w.-]+(\/[\w.-]+)*$/u, { error: 'is not a prefix such as audits/eu.' })
      .optional()
      .describe('Begin of every key.'),
    access_key: SECRET_TEXT,
    secret_key: SECRET_TEXT,
  })
  .describe(
    'Runs are also kept in S3-compatible storage; the folder of runs is then a cache of this machine.',
  );

const QUEUE = z
  .strictObject({
    tries: whole(1, 10)
      .default(3)
      .describe('How often an audit is tried that fails (code 2) or crashes. Default 3.'),
    retry_seconds: whole(1, 3_600)
      .default(60)
      .describe('Wait before the second try; doubled for each further one. Default 60.'),
    heartbeat_seconds: whole(10, 600)
      .default(30)
      .describe('After this silence a worker counts as lost, and its jobs go to others. Default 30.'),
  })
  .describe('How the queue deals with failures.');

/** `fleet.yaml`. */
export const FLEET = z
  .strictObject(
    {
      runs: z
        .string({ error: 'is missing.' })
        .min(1, { error: 'is blank.' })
        .describe('Folder for all runs, as seen from this file; shared by all workers unless `s3` is set.'),
      s3: S3.optional(),
      queue: QUEUE.prefault({}),
      defaults: ORGANIZATION.prefault({}).describe(
        'What holds for every organization that does not say otherwise.',
      ),
      organizations: z
        .record(z.string().regex(NAME), ORGANIZATION, { error: 'is missing or not a list of organizations.' })
        .refine((all) => Object.keys(all).length > 0, { error: 'names no organization.' })
        .describe('Every organization by a short name of yours.'),
    },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'is not a fleet file.') },
  )
  .meta({ title: 'fleet.yaml of optiid-audit' });

/** The JSON Schema of `fleet.yaml`, for editors. */
export function fleetJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(FLEET, { io: 'input' }), null, 2)}\n`;
}
