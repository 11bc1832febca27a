import { z } from 'zod';
import { SEVERITIES } from '../domain/finding.ts';
import { JOBS } from '../domain/rule.ts';

/**
 * The shape of a run's files, as far as later runs and commands rely on it. What a later version adds is let through: the
 * seal says whether it is what was written.
 */

const TIME = z.iso.datetime();
const SHA256 = z.string().regex(/^[0-9a-f]{64}$/u);
const COUNT = z.int().nonnegative();
const COUNTS = z.record(z.string(), COUNT);
/** Below the run's folder, and nothing hidden. */
const PATH = z.string().regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/u);

export const FINDING = z.looseObject({
  finding_id: z.string().regex(/^[0-9a-f]{16}$/u),
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  state: z.enum(['new', 'known', 'resolved', 'waived']),
  subject_type: z.string(),
  subject: z.string(),
  okta_id: z.string().nullable(),
  opti_id: z.string().nullable(),
  detail: z.string(),
  fix: z.string(),
  who: z.string(),
  first_seen: TIME,
  evidence: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
  ),
});

const SHARED = {
  tool: z.looseObject({ name: z.string(), version: z.string() }),
  org: z.string().min(1),
  opti_organization: z.looseObject({ id: z.string() }),
  snapshot: z.looseObject({ hash: SHA256, began: TIME, ended: TIME }),
  exit_code: z.int().min(0).max(3),
  datasets: z.record(
    z.string(),
    z.looseObject({ completeness: z.string(), reason: z.string(), rows: COUNT, requests: COUNT }),
  ),
  notes: z.array(z.string()),
  files: z.array(z.string()),
  sha256: z.record(PATH, SHA256),
  seal: z.looseObject({
    sha256: SHA256,
    signature: z.looseObject({ key: z.string(), ed25519: z.string() }).nullable(),
  }),
};

/** `run.json` of {@link RUN_FORMAT}. */
export const RUN = z.discriminatedUnion('job', [
  z.looseObject({ ...SHARED, job: z.literal('collect') }),
  z.looseObject({
    ...SHARED,
    job: z.enum(JOBS),
    verdict: z.string(),
    fail_on: z.enum(SEVERITIES),
    complete: z.boolean(),
    previous: z.looseObject({ run: z.string(), began: TIME }).nullable(),
    baseline: z.string().nullable(),
    counts: z.looseObject({
      severity: COUNTS,
      state: z.looseObject({ new: COUNT, known: COUNT, resolved: COUNT, waived: COUNT }),
      outcome: COUNTS,
      situation: COUNTS,
      user_situation: COUNTS,
    }),
    rules: z.record(z.string(), z.looseObject({ outcome: z.string(), findings: COUNT, reason: z.string() })),
    held: z.array(FINDING),
    in_flight: z.array(z.looseObject({ finding_id: z.string(), rule: z.string(), since: TIME })),
    group_pairs: z.record(z.string(), z.string()),
  }),
]);

/** What any file of that name may say of itself. */
export const CLAIMS = z.object({
  format: z.unknown(),
  job: z.string().nullable().catch(null),
  org: z.string().nullable().catch(null),
  opti_organization: z.object({ id: z.string() }).nullable().catch(null),
  snapshot: z.object({ began: TIME }).nullable().catch(null),
});

export const PLAN = z.looseObject({
  steps: z.array(z.looseObject({ resolves: z.array(z.string()) })),
});
