import pLimit from 'p-limit';
import type { ScimSettings } from '../../config/config.ts';
import { isTlsCode, NETWORK_WORDS } from '../../domain/network-failure.ts';
import { type Redact, redactor } from '../../domain/redact.ts';
import { OversizedAnswer, readText, UnreadableAnswer } from '../../runtime/answer-body.ts';
import { openOutgoing } from '../../runtime/outgoing.ts';
import { SYSTEM_TOOLS, type Tools } from '../../runtime/tools.ts';
import { filterFor, OPTI_ID_DIALECT, type ScimDialect, type ScimList } from './dialect.ts';
import { ScimReadFailure } from './failures.ts';

/** Requests at once: nothing is written about limits, and the endpoint serves the customer's own provisioning. */
const AT_ONCE = 4;
/** Tries of one request against faults that tend to pass; of the first one where nothing answers. */
const MOST_TRIES = 5;
const MOST_PROBE_TRIES = 2;
/** Waits after HTTP 429. */
const MOST_RATE_WAITS = 8;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 8_000;
const LONGEST_RATE_WAIT_MS = 120_000;
const ATTEMPT_TIMEOUT_MS = 60_000;
const PASSING_STATUSES = [408, 500, 502, 503, 504];
const UNREACHABLE_CODES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

export interface ScimOptions {
  dialect?: ScimDialect;
  tools?: Tools;
  attemptTimeoutMs?: number;
  tries?: number;
}

export interface GetOptions {
  /** Called once for each attempt that is sent. */
  onAttempt?: () => void;
  /** The very first request of a run: where nothing answers, fail soon. */
  isProbe?: boolean;
}

interface FailedAttempt {
  failure: ScimReadFailure;
  /** Whether to ask again: no, soon, or after this many milliseconds (null: the server does not say). */
  retry: 'no' | 'passing' | { afterMs: number | null };
}

/**
 * The one place through which requests to Opti ID's SCIM endpoint leave: GET only, to the origin of the setting only, no
 * redirects, four at once. It repeats what tends to pass, waits where it is asked to, and says in plain words why a read
 * came to nothing. The key is in no message.
 */
export class ScimRequests {
  readonly dialect: ScimDialect;
  readonly #settings: ScimSettings;
  readonly #tools: Tools;
  readonly #timeoutMs: number;
  readonly #tries: number;
  readonly #redact: Redact;
  readonly #limit = pLimit(AT_ONCE);
  readonly #outgoing = openOutgoing(process.env);
  /** Until then nothing is sent: a complaint of too many is one of all of them. */
  #pausedUntil = 0;
  #halted: ScimReadFailure | null = null;

  constructor(
    settings: ScimSettings,
    {
      dialect = OPTI_ID_DIALECT,
      tools = SYSTEM_TOOLS,
      attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
      tries = MOST_TRIES,
    }: ScimOptions = {},
  ) {
    this.dialect = dialect;
    this.#settings = settings;
    this.#tools = tools;
    this.#timeoutMs = attemptTimeoutMs;
    this.#tries = tries;
    this.#redact = redactor(() => [settings.token]);
  }

  /** Host of the endpoint, a port with it. */
  get host(): string {
    return new URL(this.#settings.scimUrl).host;
  }

  async close(): Promise<void> {
    this.#halted ??= new ScimReadFailure('transport', 'the reading is over');
    await (await this.#outgoing).dispatcher.destroy();
  }

  /** A page of a list, from the row at `startIndex` (1 is the first). */
  getPage(
    list: ScimList,
    { startIndex, count }: { startIndex: number; count: number },
    options: GetOptions = {},
  ): Promise<unknown> {
    const { query, paths } = this.dialect;
    const parameters = { [query.startIndex]: String(startIndex), [query.count]: String(count) };
    return this.#get(paths[list], parameters, options);
  }

  async getOne(list: ScimList, id: string, options: GetOptions = {}): Promise<unknown> {
    // Such a path would lead to another one.
    if (/^\.{1,2}$/u.test(id)) throw new ScimReadFailure('not-scim', `${JSON.stringify(id)} is no id`);
    return this.#get(`${this.dialect.paths[list]}/${encodeURIComponent(id)}`, {}, options);
  }

  /** What the list has with this value of an attribute. */
  find(list: ScimList, attribute: string, value: string, options: GetOptions = {}): Promise<unknown> {
    return this.filter(list, filterFor(this.dialect, attribute, value), options);
  }

  filter(list: ScimList, filter: string, options: GetOptions = {}): Promise<unknown> {
    return this.#get(this.dialect.paths[list], { [this.dialect.query.filter]: filter }, options);
  }

  async #get(
    path: string,
    query: Readonly<Record<string, string>>,
    { onAttempt, isProbe = false }: GetOptions,
  ): Promise<unknown> {
    const url = new URL(`${this.#settings.scimUrl}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    // An id is somebody else's text: whatever it is, the request stays where the setting says.
    if (url.origin !== new URL(this.#settings.scimUrl).origin) {
      throw new ScimReadFailure(
        'paging',
        `a request to ${url.origin} was refused: only ${this.host} is read`,
      );
    }
    url.search = url.search.replaceAll('+', '%20');
    let tries = 0;
    let waits = 0;
    for (;;) {
      const outcome = await this.#limit(() => this.#attempt(url, onAttempt));
      if (!('failure' in outcome)) return outcome.body;
      const { failure, retry } = outcome;
      if (retry === 'no') throw failure;
      if (retry === 'passing') {
        tries += 1;
        const most = isProbe && failure.kind === 'unreachable' ? MOST_PROBE_TRIES : this.#tries;
        if (tries >= most) throw gaveUp(failure, `after ${most} tries`);
        await this.#tools.sleep(this.#backOffMs(tries));
        continue;
      }
      waits += 1;
      if (waits > MOST_RATE_WAITS) throw gaveUp(failure, `after ${MOST_RATE_WAITS} waits`);
      const asked = retry.afterMs ?? Math.min(LONGEST_RATE_WAIT_MS / 2, 1_000 * 2 ** (waits - 1));
      const until = this.#tools.now() + Math.min(LONGEST_RATE_WAIT_MS, asked) + this.#tools.random() * 500;
      this.#pausedUntil = Math.max(this.#pausedUntil, until);
    }
  }

  #backOffMs(tries: number): number {
    const full = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (tries - 1));
    return full * (0.5 + this.#tools.random() / 2);
  }

  async #attempt(url: URL, onAttempt: (() => void) | undefined): Promise<{ body: unknown } | FailedAttempt> {
    for (let ms = this.#pauseMs(); ms > 0; ms = this.#pauseMs()) await this.#tools.sleep(ms);
    if (this.#halted) return { failure: this.#halted, retry: 'no' };
    onAttempt?.();
    const outcome = await this.#send(url);
    if ('failure' in outcome && outcome.failure.kind === 'credentials') this.#halted = outcome.failure;
    return outcome;
  }

  #pauseMs(): number {
    return this.#pausedUntil - this.#tools.now();
  }

  async #send(url: URL): Promise<{ body: unknown } | FailedAttempt> {
    const name = `GET ${url.pathname}`;
    const { dispatcher, request } = await this.#outgoing;
    const late = AbortSignal.timeout(this.#timeoutMs);
    const { token, auth } = this.#settings;
    try {
      // Redirects are not followed: undici follows none unless asked.
      const answer = await request(url, {
        method: 'GET',
        headers: {
          accept: 'application/scim+json, application/json',
          'accept-encoding': 'gzip',
          'user-agent': 'optiid-audit',
          authorization: this.dialect.authorization[auth](token),
        },
        dispatcher,
        signal: late,
      });
      const { statusCode: status, headers, body } = answer;
      const header = (of: string): string | null => [headers[of]].flat()[0] ?? null;
      const text = await readText({ ok: status === 200, headers: { get: header }, body });
      if (status !== 200) return this.#classifyStatus(name, status, text, header('retry-after'));
      const parsed = parseJson(text);
      if (parsed !== undefined) return { body: parsed };
      return passing('not-scim', `${name} answered with no valid JSON`);
    } catch (error) {
      if (late.aborted) return passing('timeout', `${name} was not answered in time`);
      return classifyError(name, error);
    }
  }

  #classifyStatus(name: string, status: number, text: string, retryAfter: string | null): FailedAttempt {
    const said = this.#redact(detailIn(text));
    const reason = `${name} answered HTTP ${status}${said === '' ? '' : ` (${said})`}`;
    if (status === 429) {
      return {
        failure: new ScimReadFailure('rate-limit', reason),
        retry: { afterMs: this.#retryMs(retryAfter) },
      };
    }
    if (PASSING_STATUSES.includes(status)) return passing('server', reason);
    if (status >= 300 && status < 400) {
      return refused('not-scim', `${name} answered with a redirect (HTTP ${status}), which is not followed`);
    }
    if (status === 401) return refused('credentials', reason);
    if (status === 403) return refused('forbidden', reason);
    if (status === 404) return refused('not-found', reason);
    if (status >= 500) return refused('server', reason);
    return status >= 400 ? refused('bad-request', reason) : passing('not-scim', reason);
  }

  /** RFC 9110 §10.2.3: seconds, or a date. */
  #retryMs(header: string | null): number | null {
    if (header === null) return null;
    const seconds = /^\d{1,6}$/u.test(header.trim()) ? Number(header) : Number.NaN;
    const ms = Number.isNaN(seconds) ? Date.parse(header) - this.#tools.now() : seconds * 1_000;
    return Number.isNaN(ms) ? null : Math.max(0, ms);
  }
}

function passing(kind: ScimReadFailure['kind'], reason: string, cause?: unknown): FailedAttempt {
  return { failure: new ScimReadFailure(kind, reason, cause), retry: 'passing' };
}

function refused(kind: ScimReadFailure['kind'], reason: string, cause?: unknown): FailedAttempt {
  return { failure: new ScimReadFailure(kind, reason, cause), retry: 'no' };
}

function gaveUp(failure: ScimReadFailure, how: string): ScimReadFailure {
  return new ScimReadFailure(failure.kind, `${failure.message} (${how})`, failure.cause);
}

/** The value, or undefined where it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a SCIM error says (RFC 7644 §3.12); nothing of any other body: it may be a page of a proxy. */
function detailIn(text: string): string {
  const body = parseJson(text) as { detail?: unknown; scimType?: unknown } | null | undefined;
  return [body?.scimType, body?.detail].filter((part) => typeof part === 'string').join(': ');
}

function classifyError(name: string, error: unknown): FailedAttempt {
  if (error instanceof OversizedAnswer)
    return refused('not-scim', `${name} gave an answer ${error.message}, which is not read`, error);
  if (error instanceof UnreadableAnswer) return passing('transport', `${name} ${error.message}`, error);
  // Node tries every address of a host and bundles the refusals.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  // A mistake in this program is not the endpoint's fault.
  if (!(first instanceof Error && 'code' in first)) throw error;
  const code = String(first.code);
  if (isTlsCode(code)) return refused('unreachable', `${name} failed: no secure connection (${code})`, error);
  const words = NETWORK_WORDS[code] ?? 'the connection broke';
  return passing(
    UNREACHABLE_CODES.includes(code) ? 'unreachable' : 'transport',
    `${name} failed: ${words}`,
    error,
  );
}
