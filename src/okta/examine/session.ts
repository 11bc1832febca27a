import type { AuditSettings, OktaSettings } from '../../config/config.ts';
import { SYSTEM_TOOLS, type Tools } from '../../runtime/tools.ts';
import { bucketOf } from '../endpoints.ts';
import type { Headers } from '../executor.ts';
import { OktaReadFailure } from '../failures.ts';
import { type RateLimit, readRateLimit } from '../governor.ts';
import { type Asking, askingOf } from '../reading.ts';
import { openOkta } from '../requests.ts';

/** What `doctor` knows before it asks Okta. */
export interface OrgToExamine {
  okta: OktaSettings;
  audit: AuditSettings;
  /** Names of the settings that are wrong; a harmless value stands in for each, and nothing is said of it. */
  wrongSettings: ReadonlySet<string>;
  tools?: Tools;
  /** Time limit of one attempt in milliseconds. Default 8 seconds. */
  attemptTimeoutMs?: number;
  /** After so many milliseconds nothing more is asked. Default 45 seconds. */
  deadlineMs?: number;
}

/** A slow cell of Okta's takes three seconds for some answers; whoever takes longer than this hangs. */
const ATTEMPT_TIMEOUT_MS = 8_000;
const DEADLINE_MS = 45_000;
const TRIES = 2;
/** A person waits: rather than this the check is left undecided. */
const LONGEST_SLEEP_MS = 10_000;
/** A few dozen requests may take half of any limit, whatever share the audit is to keep to. */
const LEAST_BUDGET_PERCENT = 50;

/** The way to one org for the length of an examination: few tries, short waits, an end. */
export class Session {
  /** The least that was left of each rate limit, by bucket, with the credentials of the audit. */
  readonly limits = new Map<string, RateLimit>();
  readonly #org: OrgToExamine;
  readonly #tools: Tools;
  readonly #endsAt: number;

  constructor(org: OrgToExamine) {
    this.#org = org;
    this.#endsAt = (org.tools ?? SYSTEM_TOOLS).now() + (org.deadlineMs ?? DEADLINE_MS);
    this.#tools = this.#impatient(org.tools ?? SYSTEM_TOOLS);
  }

  now(): number {
    return this.#tools.now();
  }

  /** Asks with these credentials; without any where `isAnonymous`. */
  async open(
    okta: OktaSettings,
    options: { isAnonymous?: boolean; tries?: number; onAnswer?: (headers: Headers) => void } = {},
  ): Promise<Asking> {
    const { isAnonymous = false, tries = TRIES } = options;
    const requests = await openOkta(
      { ...okta, budgetPercent: Math.max(LEAST_BUDGET_PERCENT, okta.budgetPercent) },
      {
        tools: this.#tools,
        tries,
        isAnonymous,
        attemptTimeoutMs: this.#org.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS,
        onAnswer: (url, headers) => {
          if (!isAnonymous) this.#note(url, headers);
          options.onAnswer?.(headers);
        },
      },
    );
    return askingOf(requests);
  }

  #note(url: string, headers: Headers): void {
    const shown = readRateLimit(headers);
    // A limit of 0 is how Okta reports too many requests at the same time.
    if (shown.limit === null || shown.limit === 0) return;
    const bucket = bucketOf(new URL(url).pathname);
    const known = this.limits.get(bucket)?.remaining ?? Number.POSITIVE_INFINITY;
    if ((shown.remaining ?? 0) <= known) this.limits.set(bucket, shown);
  }

  /** What the read gives, or why it came to nothing. */
  async ask<Value>(read: () => Promise<Value>): Promise<Asked<Value>> {
    if (this.#tools.now() >= this.#endsAt) return { failure: outOfTime() };
    try {
      return { value: await read() };
    } catch (error) {
      if (error instanceof OktaReadFailure) return { failure: error };
      throw error;
    }
  }

  #impatient(tools: Tools): Tools {
    return {
      ...tools,
      sleep: async (ms) => {
        if (ms > LONGEST_SLEEP_MS) {
          throw new OktaReadFailure({
            kind: 'rate-limit',
            reason: `Okta's rate limit has no room for it for ${Math.ceil(ms / 1000)} s`,
          });
        }
        if (tools.now() + ms >= this.#endsAt) throw outOfTime();
        await tools.sleep(ms);
      },
    };
  }
}

function outOfTime(): OktaReadFailure {
  return new OktaReadFailure({
    kind: 'rate-limit',
    reason: 'it was not asked for, because the other answers took too long',
  });
}

export type Asked<Value> = { value: Value; failure?: never } | { value?: never; failure: OktaReadFailure };
