import { z } from 'zod';
import { SEVERITIES, SUBJECT_TYPES, WHO } from '../domain/finding.ts';
import { PLAN_PHASES } from '../domain/plan.ts';
import { JOBS } from '../domain/rule.ts';

/**
 * The shape of a run's files, as far as later runs and commands rely on it. Seals say that files belong together, not who
 * made them: a run that somebody names may be anybody's. A member that nobody reads is let through in `run.json` and
 * `plan.json`, where a later version may add one; a finding has the columns of its file and no others.
 */

const TIME = z.iso.datetime().refine((time) => time >= '1970' && time < '2100');
const SHA256 = z.string().regex(/^[0-9a-f]{64}$/u);
const COUNT = z.int().nonnegative();
const COUNTS = z.record(z.string(), COUNT);
/** Below the run's folder, and nothing hidden. */
const PATH = z.string().regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/u);
const FINDING_ID = z.string().regex(/^[0-9a-f]{16}$/u);
const RULE = z.string().regex(/^[a-z][a-z0-9-]{0,99}$/u);
const OUTCOME = z.enum(['pass', 'fail', 'unknown', 'skipped']);
/** The longest are details that list the people of a group. */
const TEXT = z.string().max(16 * 1024 * 1024);

export const FINDING = z.strictObject({
  finding_id: FINDING_ID,
  rule: RULE,
  severity: z.enum(SEVERITIES),
  state: z.enum(['new', 'known', 'resolved', 'waived']),
  subject_type: z.enum(SUBJECT_TYPES),
  subject: TEXT,
  okta_id: TEXT.nullable(),
  opti_id: TEXT.nullable(),
  detail: TEXT,
  fix: TEXT,
  who: z.enum(WHO),
  first_seen: TIME,
  evidence: z.record(z.string(), z.union([TEXT, z.number(), z.boolean(), z.null(), z.array(TEXT)])),
});

const SHARED = {
  tool: z.looseObject({ name: TEXT, version: TEXT }),
  org: z.string().min(1).max(255),
  opti_organization: z.looseObject({ id: TEXT }),
  snapshot: z.looseObject({ hash: SHA256, began: TIME, ended: TIME }),
  exit_code: z.int().min(0).max(3),
  datasets: z.record(
    z.string(),
    z.looseObject({
      completeness: z.enum(['complete', 'partial', 'unread', 'not_applicable']),
      reason: TEXT,
      rows: COUNT,
      requests: COUNT,
    }),
  ),
  notes: z.array(TEXT),
  files: z.array(PATH),
  sha256: z.record(PATH, SHA256),
  seal: z.looseObject({
    sha256: SHA256,
    signature: z.looseObject({ key: z.string(), ed25519: z.string() }).nullable(),
  }),
};

const APP = z.looseObject({ id: TEXT, label: TEXT }).nullable();

/** `run.json` of {@link RUN_FORMAT}. */
export const RUN = z.discriminatedUnion('job', [
  z.looseObject({ ...SHARED, job: z.literal('collect') }),
  z.looseObject({
    ...SHARED,
    job: z.enum(JOBS),
    opti_organization: z.looseObject({ id: TEXT, name: TEXT.nullable() }),
    scim_app: APP,
    sso_app: APP,
    verdict: z.enum(['go', 'no-go', 'unknown']),
    fail_on: z.enum(SEVERITIES),
    causes: z
      .array(z.looseObject({ rule: RULE, severity: z.enum(SEVERITIES), findings: COUNT, new: COUNT }))
      .optional(),
    settings: z
      .looseObject({
        scim_app: TEXT.nullable(),
        sso_app: TEXT.nullable(),
        push_groups: z.array(TEXT).nullable(),
        lag_minutes: COUNT,
        log_days: COUNT,
      })
      .optional(),
    changed_settings: z.array(z.looseObject({ setting: TEXT, before: TEXT, now: TEXT })).optional(),
    waived_blockers: z.array(
      z.looseObject({
        finding_id: FINDING_ID,
        rule: RULE,
        subject: TEXT,
        owner: TEXT,
        reason: TEXT,
        expires: TEXT,
      }),
    ),
    fail_on_new: z.boolean(),
    complete: z.boolean(),
    suspect: z.array(z.looseObject({ dataset: TEXT, before: COUNT, now: COUNT })),
    shrink_accepted: z.boolean(),
    previous: z.looseObject({ run: TEXT, began: TIME }).nullable(),
    refused_history: z.array(z.looseObject({ run: TEXT, reason: TEXT })),
    baseline: TEXT.nullable(),
    counts: z.looseObject({
      severity: z.record(z.enum(SEVERITIES), COUNT),
      state: z.looseObject({ new: COUNT, known: COUNT, resolved: COUNT, waived: COUNT }),
      outcome: z.record(OUTCOME, COUNT),
      groups: COUNT,
      situation: COUNTS,
      users: COUNT,
      user_situation: COUNTS,
    }),
    rules: z.record(RULE, z.looseObject({ outcome: OUTCOME, findings: COUNT, reason: TEXT })),
    held: z.array(FINDING.loose()),
    in_flight: z.array(z.looseObject({ finding_id: FINDING_ID, rule: RULE, since: TIME })),
    group_pairs: z.record(z.string(), TEXT),
  }),
]);

/** What `run.json` says of the plan, as far as a verdict is told from it; runs of older versions lack some of it. */
export const PLAN_SUMMARY = z.looseObject({
  steps: COUNT,
  decisions: COUNT,
  withheld: COUNT,
  applicable: z.boolean(),
  head: z.looseObject({
    interrupted: z.looseObject({ people: COUNT.nullable() }),
    lost_for_good: z.looseObject({ people: COUNT.nullable() }),
  }),
  proof: z.looseObject({ after: z.looseObject({ blockers: COUNT, errors: COUNT }) }).nullable(),
});

/** What any file of that name may say of itself. */
export const CLAIMS = z.object({
  format: z.unknown(),
  job: z.string().nullable().catch(null),
  org: z.string().nullable().catch(null),
  opti_organization: z.object({ id: z.string() }).nullable().catch(null),
  snapshot: z.object({ began: TIME }).nullable().catch(null),
});

const STEP = z.looseObject({
  step: z.int().positive(),
  phase: z.enum(PLAN_PHASES),
  who: z.enum(WHO),
  action: TEXT,
  subject: TEXT,
  how: TEXT,
  requires: TEXT,
  depends_on: z.array(z.int().positive()),
  resolves: z.array(FINDING_ID),
  irreversible: z.boolean(),
  verify: TEXT,
  subjects: z.array(
    z.looseObject({
      subject: TEXT,
      action: TEXT.optional(),
      how: TEXT,
      each: TEXT,
      resolves: z.array(FINDING_ID),
      verify: TEXT,
    }),
  ),
});

/** `plan.json`, as far as a finding's steps are told from it. */
export const PLAN = z.looseObject({
  steps: z.array(STEP),
  decisions: z.array(STEP.extend({ hits: z.array(TEXT) })),
  withheld: z.array(
    z.looseObject({
      phase: z.enum(PLAN_PHASES),
      who: z.enum(WHO),
      action: TEXT,
      irreversible: z.boolean(),
      subjects: z.array(TEXT),
      resolves: z.array(FINDING_ID),
      first: z.array(TEXT),
    }),
  ),
});
