import type { OktaSettings } from '../config/config.ts';
import { type Journal, NO_JOURNAL } from '../domain/journal.ts';
import { isTlsCode, NETWORK_WORDS } from '../domain/network-failure.ts';
import { type Redact, redactor } from '../domain/redact.ts';
import type { RequestsState } from '../domain/run-event.ts';
import { SYSTEM_TOOLS, type Tools } from '../runtime/tools.ts';
import { connectOkta, type OktaClient } from './client.ts';
import {
  AttemptTimeout,
  BrokenAnswer,
  challengeOf,
  type Headers,
  parseJson,
  TokenRefusal,
} from './executor.ts';
import { type FailureKind, FEATURE_NOT_PERMITTED, nameRequest, OktaReadFailure } from './failures.ts';
import { type BucketUsage, RateGovernor, readRateLimit } from './governor.ts';

/** Tries of one request against faults that tend to pass. */
const MOST_TRIES = 5;
/** Tries of the very first request where nothing at all answers: a wrong address does not get better. */
const MOST_PROBE_TRIES = 2;
/** What a wrong address looks like; a server that stumbles looks otherwise. */
const WRONG_ADDRESS: readonly FailureKind[] = ['unreachable', 'timeout', 'not-okta'];
/** Waits after HTTP 429; a window lasts a minute, so eight outlast it by far. */
const MOST_RATE_WAITS = 8;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 8_000;
const SHORTEST_RATE_WAIT_MS = 1_000;
const LONGEST_RATE_WAIT_MS = 120_000;
const LARGEST_RATE_JITTER_MS = 500;
const ATTEMPT_TIMEOUT_MS = 60_000;

const PASSING_STATUSES = [408, 500, 502, 503, 504];

/** A whole answer: its JSON, its Link header, several of them joined by a comma, and how many rows it says there are. */
export interface JsonAnswer {
  body: unknown;
  link: string | null;
  total: string | null;
}

export interface GetOptions {
  /** Counts the request for a dataset, once per attempt. */
  onAttempt?: () => void;
  /** The very first request of a run: where nothing answers, fail soon. */
  isProbe?: boolean;
  /** Fewer tries than usual, for what is nice to have. */
  tries?: number;
}

/** Whether to ask again: no, soon (it tends to pass), or when these headers allow it. */
type Retry = 'no' | 'passing' | { headers: Headers };

interface FailedAttempt {
  failure: OktaReadFailure;
  retry: Retry;
}

function failed(retry: Retry, ...note: ConstructorParameters<typeof OktaReadFailure>): FailedAttempt {
  return { failure: new OktaReadFailure(...note), retry };
}

interface SdkHttpError {
  status: number;
  headers: Headers;
  errorCode?: unknown;
  errorSummary?: unknown;
  errorCauses?: unknown;
}

function isSdkHttpError(error: unknown): error is SdkHttpError {
  return error instanceof Error && 'status' in error && 'headers' in error;
}

function sdkErrorTexts({ errorCode, errorSummary, errorCauses }: SdkHttpError) {
  // "Api validation failed: feature" says little; the causes say what is wrong.
  const causes = Array.isArray(errorCauses) ? errorCauses : [];
  const texts = [errorSummary, ...causes.map((cause) => cause?.errorSummary as unknown)].filter(
    (text) => typeof text === 'string' && text !== '',
  );
  return { code: typeof errorCode === 'string' ? errorCode : null, summary: texts.join(' – ') };
}

/** RFC 6750 §3.1: which scope a refused request would have needed. */
function missingScope(headers: Headers): string | null {
  if (challengeOf(headers)?.error !== 'insufficient_scope') return null;
  return /\bscope="?([^",]+)/u.exec(headers.get('www-authenticate') ?? '')?.[1]?.trim() ?? '';
}

/** A proof that Okta does not take is the fault of one request: others, to other paths, may be taken. */
const BAD_PROOF = 'invalid_dpop_proof';

const UNREACHABLE_CODES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

interface Parts {
  origin: string;
  client: OktaClient;
  governor: RateGovernor;
  tools: Tools;
  journal: Journal;
  tries: number;
  attempts: () => number;
}

/**
 * Reads JSON from Okta: repeats what tends to pass, waits where Okta asks for it, stays within the budget,
 * and says in plain words why a read came to nothing. Reads only ({@link createReadOnlyExecutor}).
 */
export class OktaRequests {
  /** Scheme, host and port of the org. */
  readonly origin: string;
  readonly journal: Journal;
  readonly #parts: Parts;
  readonly #redact: Redact;
  #halted: OktaReadFailure | null = null;
  /** When requests that failed in passing are sent again. */
  readonly #repeats = new Set<{ at: number }>();

  constructor(parts: Parts) {
    this.origin = parts.origin;
    this.journal = parts.journal;
    this.#parts = parts;
    this.#redact = redactor(parts.client.secrets);
  }

  /** Requests sent so far, repeated ones and those for access tokens included. */
  get attempts(): number {
    return this.#parts.attempts();
  }

  /** What was asked of each of Okta's rate-limit buckets so far. */
  usage(): BucketUsage[] {
    return this.#parts.governor.usage();
  }

  /** What the run waits for at this moment. */
  state(): RequestsState {
    const next = Math.min(...[...this.#repeats].map(({ at }) => at));
    const repeatsInMs = Number.isFinite(next) ? Math.max(0, next - this.#parts.tools.now()) : null;
    return { ...this.#parts.governor.state(), repeatsInMs };
  }

  /** Why nothing more is asked, or null. */
  get halted(): OktaReadFailure | null {
    return this.#halted;
  }

  /** From now on every read fails with this, unsent. The first reason stays. */
  halt(failure: OktaReadFailure): void {
    this.#halted ??= failure;
  }

  /** URL of a path of this org; parameters that are undefined are left out. */
  url(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
    const url = new URL(path, this.origin);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    // Okta's filters are documented with %20; a plus sign is a plus sign to some of its parsers.
    url.search = url.search.replaceAll('+', '%20');
    return url.href;
  }

  /** Throws {@link OktaReadFailure}. Credentials that Okta no longer takes halt all further reads. */
  async getJson(url: string, options: GetOptions = {}): Promise<JsonAnswer> {
    let tries = 0;
    let rateWaits = 0;
    for (;;) {
      if (this.#halted) throw this.#halted;
      const outcome = await this.#parts.governor.run(url, () => this.#attempt(url, options));
      if (!('failure' in outcome)) return outcome;
      const { failure, retry } = outcome;
      if (retry === 'no') throw failure;
      if (retry !== 'passing') {
        rateWaits += 1;
        if (rateWaits > MOST_RATE_WAITS) throw gaveUp(failure, `after ${MOST_RATE_WAITS} waits`);
        await this.#sleepBeforeRepeat(this.#rateWaitMs(retry.headers, rateWaits));
        continue;
      }
      tries += 1;
      const most = this.#mostTries(failure, options);
      if (tries >= most) throw gaveUp(failure, `after ${most} tries`);
      await this.#sleepBeforeRepeat(this.#backOffMs(tries));
    }
  }

  async #sleepBeforeRepeat(ms: number): Promise<void> {
    const repeat = { at: this.#parts.tools.now() + ms };
    this.#repeats.add(repeat);
    try {
      await this.#parts.tools.sleep(ms);
    } finally {
      this.#repeats.delete(repeat);
    }
  }

  #mostTries(failure: OktaReadFailure, options: GetOptions): number {
    if (options.isProbe && WRONG_ADDRESS.includes(failure.kind)) return MOST_PROBE_TRIES;
    return options.tries ?? this.#parts.tries;
  }

  #backOffMs(tries: number): number {
    const full = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (tries - 1));
    return full * (0.5 + this.#parts.tools.random() / 2);
  }

  #rateWaitMs(headers: Headers, waits: number): number {
    const { limit, resetInMs } = readRateLimit(headers, this.#parts.tools.now());
    const jitterMs = this.#parts.tools.random() * LARGEST_RATE_JITTER_MS;
    // Too many requests at the same time: the reset is a guess of Okta's, and room comes back within moments.
    if (limit === 0) return Math.max(SHORTEST_RATE_WAIT_MS / 2, this.#backOffMs(waits)) + jitterMs;
    const growingMs = Math.min(LONGEST_RATE_WAIT_MS / 2, SHORTEST_RATE_WAIT_MS * 2 ** (waits - 1));
    // One second more than Okta says: both of its clocks are cut to whole seconds.
    const askedMs = resetInMs !== null && resetInMs > 0 ? resetInMs + 1_000 : growingMs;
    return Math.min(LONGEST_RATE_WAIT_MS, Math.max(SHORTEST_RATE_WAIT_MS, askedMs)) + jitterMs;
  }

  async #attempt(url: string, options: GetOptions): Promise<JsonAnswer | FailedAttempt> {
    // Another read may have been refused while this one waited for its turn.
    if (this.#halted) return { failure: this.#halted, retry: 'no' };
    const outcome = await this.#send(url, options);
    if ('failure' in outcome && outcome.failure.kind === 'credentials') {
      if (outcome.failure.oktaCode !== BAD_PROOF) this.halt(outcome.failure);
    }
    return outcome;
  }

  async #send(url: string, options: GetOptions): Promise<JsonAnswer | FailedAttempt> {
    const { onAttempt } = options;
    const request = { method: 'get', headers: { Accept: 'application/json' }, onAttempt } as never;
    try {
      const asCollection = { isCollection: true, resources: [] };
      const answer = await this.#parts.client.http.http(url, request, asCollection);
      // RFC 9110 §15.3.7: 206 is a part, and of the others none says that it is a whole answer.
      if (answer.status !== 200) {
        const reason = `${nameRequest(url)} answered HTTP ${answer.status}, which is not a whole answer`;
        return failed('passing', { kind: 'not-okta', reason, httpStatus: answer.status });
      }
      const body = parseJson(await answer.text());
      if (body !== undefined) {
        return { body, link: answer.headers.get('link'), total: answer.headers.get('x-total-count') };
      }
      const reason = `${nameRequest(url)} answered with no valid JSON`;
      return failed('passing', { kind: 'not-okta', reason });
    } catch (error) {
      return this.#classify(url, error);
    }
  }

  #classify(url: string, error: unknown): FailedAttempt {
    const name = nameRequest(url);
    if (error instanceof OktaReadFailure) return { failure: error, retry: 'no' };
    if (error instanceof TokenRefusal) return this.#classifyTokenRefusal(error);
    if (isSdkHttpError(error)) return this.#classifyStatus(name, error);
    if (error instanceof AttemptTimeout) {
      return failed('passing', { kind: 'timeout', reason: `${name} was not answered in time` });
    }
    if (error instanceof BrokenAnswer) {
      return failed('passing', { kind: 'transport', reason: `${name} ${error.message}` });
    }
    if (error instanceof Error && error.name === 'FetchError') return classifyNetwork(name, error);
    throw error;
  }

  #classifyStatus(name: string, error: SdkHttpError): FailedAttempt {
    const { status, headers } = error;
    const { code: bodyCode, summary } = sdkErrorTexts(error);
    const scope = missingScope(headers);
    // Of a proof that it does not take Okta says why in this header alone, and the body is empty.
    const refusal = scope === null ? challengeOf(headers) : null;
    const code = bodyCode ?? refusal?.error ?? null;
    const words = [
      [bodyCode, summary].filter(Boolean).join(': '),
      [refusal?.error, refusal?.description].filter(Boolean).join(': '),
    ]
      .filter((text) => text !== '')
      .join('; ');
    const reason = [
      `${name} answered HTTP ${status}`,
      words === '' ? '' : ` (${this.#redact(words)})`,
      scope === null ? '' : `, the scope ${scope === '' ? 'it needs' : this.#redact(scope)} is missing`,
    ].join('');
    const fail = (kind: FailureKind, retry: Retry = 'no'): FailedAttempt =>
      failed(retry, {
        kind,
        reason,
        httpStatus: status,
        oktaCode: code && this.#redact(code),
        missingScope: scope && this.#redact(scope),
      });
    if (status === 429) return fail('rate-limit', { headers });
    if (PASSING_STATUSES.includes(status)) return fail('server', 'passing');
    if (status === 401 && code !== FEATURE_NOT_PERMITTED) return fail('credentials');
    if (refusal !== null && (status === 400 || status === 403)) return fail('credentials');
    if (status === 401 || status === 403) return fail('forbidden');
    // Only Okta itself knows that there is no such thing; a proxy's 404 has no code.
    if (status === 404) return fail(code === null ? 'not-okta' : 'not-found');
    return fail(status >= 500 ? 'server' : 'bad-request');
  }

  #classifyTokenRefusal({ httpStatus, headers, oauthError, description }: TokenRefusal): FailedAttempt {
    const words = [oauthError, description].filter(Boolean).join(': ');
    const said = words === '' ? 'without saying why' : this.#redact(words);
    const status = `POST /oauth2/v1/token answered HTTP ${httpStatus}`;
    const oktaCode = oauthError && this.#redact(oauthError);
    const fail = (kind: FailureKind, reason: string, retry: Retry = 'no'): FailedAttempt =>
      failed(retry, { kind, reason, httpStatus, oktaCode });
    if (httpStatus === 429) return fail('rate-limit', status, { headers });
    if (PASSING_STATUSES.includes(httpStatus)) return fail('server', status, 'passing');
    if (httpStatus >= 400 && oauthError === null) {
      return fail(httpStatus === 404 ? 'not-found' : 'credentials', `${status}, ${said}`);
    }
    if (httpStatus < 400) return fail('not-okta', `${status} without an access token`);
    return fail('credentials', `Okta gave no access token: ${said}`);
  }
}

function gaveUp(failure: OktaReadFailure, how: string): OktaReadFailure {
  return new OktaReadFailure({ ...failure, cause: failure.cause, reason: `${failure.message} (${how})` });
}

function classifyNetwork(name: string, cause: Error): FailedAttempt {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (isTlsCode(code)) {
    const reason = `${name} failed: no secure connection (${code})`;
    return failed('no', { kind: 'unreachable', reason, cause });
  }
  const words =
    NETWORK_WORDS[code] ?? (/premature close/iu.test(cause.message) ? 'the answer broke off' : code);
  return failed('passing', {
    kind: UNREACHABLE_CODES.includes(code) ? 'unreachable' : 'transport',
    reason: `${name} failed: ${words === '' ? 'the connection broke' : words}`,
    cause,
  });
}

export interface OpenOptions {
  tools?: Tools;
  /** Nothing is kept unless given. */
  journal?: Journal;
  /** Time limit of one attempt in milliseconds. */
  attemptTimeoutMs?: number;
  /** Tries of one request against faults that tend to pass. Default 5. */
  tries?: number;
  /** Sees the headers of each answer, refusals included. */
  onAnswer?: (url: string, headers: Headers) => void;
  /** Sends no credentials: for what Okta shows to everybody. Default false. */
  isAnonymous?: boolean;
}

/** Stands in where the SDK wants a token and none is sent. */
const NO_TOKEN = { mode: 'SSWS', token: 'no-token-is-sent' } as const;

/** Connects to an org: the SDK behind the read-only executor, the governor before it. Sends nothing yet. */
export async function openOkta(
  settings: OktaSettings,
  {
    tools = SYSTEM_TOOLS,
    journal = NO_JOURNAL,
    attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
    tries = MOST_TRIES,
    isAnonymous = false,
    onAnswer = () => {},
  }: OpenOptions = {},
): Promise<OktaRequests> {
  const { origin } = new URL(settings.orgUrl);
  const governor = new RateGovernor({ budgetPercent: settings.budgetPercent, tools });
  let attempts = 0;
  const client = await connectOkta(
    { ...settings, orgUrl: origin, ...(isAnonymous ? { credentials: NO_TOKEN } : {}) },
    {
      origin,
      attemptTimeoutMs,
      isAnonymous,
      onAnswer: (url, headers) => {
        governor.learn(url, headers);
        onAnswer(url, headers);
      },
      onAttempt: () => {
        attempts += 1;
      },
    },
  );
  return new OktaRequests({ origin, client, governor, tools, journal, tries, attempts: () => attempts });
}
