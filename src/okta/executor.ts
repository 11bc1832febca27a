import { type ClientRequest, globalAgent as httpAgent } from 'node:http';
import { globalAgent as httpsAgent } from 'node:https';
import type { RequestExecutor } from '@okta/okta-sdk-nodejs';
import { OversizedAnswer, readText, UnreadableAnswer } from '../runtime/answer-body.ts';
import { createProver } from './dpop.ts';
import { nameRequest, OktaReadFailure } from './failures.ts';

/** Path of the only request that is not a GET: the service app asks for its access token. */
const TOKEN_PATH = '/oauth2/v1/token';

/** Times that one request is sent because of a nonce; more would be a loop. */
const MOST_NONCE_ROUNDS = 3;
const WANTS_NONCE = 'use_dpop_nonce';

export interface Headers {
  get(name: string): string | null;
}

/** The request as the SDK hands it over, with what this project adds. The SDK passes unknown members on. */
export interface ExecutorRequest {
  url?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Called once for each attempt that is sent for the request. */
  onAttempt?: (() => void) | undefined;
  /** The SDK's, where a proxy is to be used. */
  agent?: unknown;
}

/** A whole answer: the body is read here, so that one time limit covers it. */
export interface BufferedAnswer {
  status: number;
  ok: boolean;
  url: string;
  headers: Headers;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** An answer of the token endpoint that grants nothing. The SDK would swallow it and continue without a token. */
export class TokenRefusal extends Error {
  override name = 'TokenRefusal';
  readonly httpStatus: number;
  readonly headers: Headers;
  /** OAuth error code, RFC 6749 §5.2, or null where the answer is not of that form. */
  readonly oauthError: string | null;
  readonly description: string | null;

  constructor(answer: BufferedAnswer, oauthError: string | null, description: string | null) {
    super(`POST ${TOKEN_PATH} answered HTTP ${answer.status}`);
    this.httpStatus = answer.status;
    this.headers = answer.headers;
    this.oauthError = oauthError;
    this.description = description;
  }
}

/** An attempt that took longer than it may. */
export class AttemptTimeout extends Error {}

/** An answer that did not come whole or cannot be read. The message goes on from the name of the request. */
export class BrokenAnswer extends Error {}

export interface ExecutorOptions {
  /** Scheme, host and port that every request must have. */
  origin: string;
  /** Time limit of one attempt in milliseconds, from sending to the last byte of the body. */
  attemptTimeoutMs: number;
  /** Leaves out whatever would sign the request. Default false. */
  isAnonymous?: boolean;
  /** Sees the headers of each answer, refusals included. */
  onAnswer: (url: string, headers: Headers) => void;
  /** Counts each attempt that leaves, token requests included. */
  onAttempt: () => void;
}

type ExecutorClass = new () => RequestExecutor;

/** The value, or undefined where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textMember(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const member = (value as Record<string, unknown>)[name];
  return typeof member === 'string' && member.length > 0 ? member : null;
}

/** Why credentials were refused, by the WWW-Authenticate header (RFC 6750 §3, RFC 9449 §7.1); null where it does not say. */
export function challengeOf(headers: Headers): { error: string; description: string } | null {
  const challenge = headers.get('www-authenticate') ?? '';
  const error = /\berror="?([^",\s]+)/u.exec(challenge)?.[1];
  if (error === undefined) return null;
  return { error, description: /\berror_description="([^"]*)"/u.exec(challenge)?.[1] ?? '' };
}

/** No size of answer gets better by asking again; what cannot be read may be a proxy's, and may pass. */
function refusedAnswer(name: string, error: OversizedAnswer | UnreadableAnswer): Error {
  if (error instanceof UnreadableAnswer) return new BrokenAnswer(error.message, { cause: error });
  const reason = `${name} gave an answer ${error.message}, which is not read`;
  return new OktaReadFailure({ kind: 'not-okta', reason, cause: error });
}

/** What Node takes for an agent: it hands the request over to this method, within the call that sends it. */
interface AgentLike {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/**
 * The same agent, calling `onBreak` when the answer ends before it is whole. node-fetch 2 notices that for
 * chunked answers alone; one with a Content-Length would seem to hang until its time is up.
 */
function watchForBreak(agent: AgentLike, onBreak: () => void): AgentLike {
  const watching: AgentLike = Object.create(agent);
  watching.addRequest = (request, ...rest) => {
    request.once('response', (answer) => {
      answer.once('close', () => {
        if (!answer.complete) onBreak();
      });
    });
    agent.addRequest(request, ...rest);
  };
  return watching;
}

/**
 * The one place through which requests leave: reads only, to the org's own origin only, no redirects, each
 * attempt bounded in time and sent once. Repeating is up to {@link OktaRequests}, which also sees the body.
 * The SDK's class is a parameter because loading the SDK takes seconds.
 */
export function createReadOnlyExecutor(Base: ExecutorClass, options: ExecutorOptions): RequestExecutor {
  let prove: ReturnType<typeof createProver> | null = null;
  /** True where the access token is good only together with a proof. */
  let isBound = false;
  /** The last nonces given: those of token requests and of others are two. */
  const nonces = new Map<boolean, string>();

  function refuseUnlessRead(request: ExecutorRequest): { url: string; isTokenRequest: boolean } {
    const method = (request.method ?? 'GET').toUpperCase();
    const url = new URL(request.url ?? '');
    const isTokenRequest = method === 'POST' && url.href === `${options.origin}${TOKEN_PATH}`;
    if (method !== 'GET' && !isTokenRequest) {
      throw new Error(`Refused to send ${method} ${url.pathname}: the audit only reads.`);
    }
    if (url.origin !== options.origin || url.username !== '' || url.password !== '') {
      throw new OktaReadFailure({
        kind: 'pagination',
        reason: `a request to ${url.origin} was refused: only ${options.origin} is read`,
      });
    }
    return { url: url.href, isTokenRequest };
  }

  function headersOf(
    { headers = {}, method = 'GET' }: ExecutorRequest,
    { url, isTokenRequest }: { url: string; isTokenRequest: boolean },
  ): Record<string, string> {
    const { Authorization: signed, DPoP: _sdkProof, ...others } = headers;
    if (options.isAnonymous) return others;
    const accessToken = isBound ? (/^Bearer (.+)$/u.exec(signed ?? '')?.[1] ?? null) : null;
    if (!isTokenRequest && accessToken === null)
      return signed ? { ...others, Authorization: signed } : others;
    prove ??= createProver();
    const DPoP = prove({ method, url, accessToken, nonce: nonces.get(isTokenRequest) ?? null });
    return accessToken === null
      ? { ...others, DPoP }
      : { ...others, Authorization: `DPoP ${accessToken}`, DPoP };
  }

  /** True where the server gave a nonce and wants the request once more, with it (RFC 9449 §8 and §9). */
  function wantsNonce({ headers }: BufferedAnswer, text: string): boolean {
    const error = challengeOf(headers)?.error ?? textMember(parseJson(text), 'error');
    return error === WANTS_NONCE && headers.get('dpop-nonce') !== null;
  }

  function checkToken(answer: BufferedAnswer, text: string): void {
    const body = parseJson(text);
    if (answer.ok && textMember(body, 'access_token') !== null) {
      isBound = textMember(body, 'token_type')?.toLowerCase() === 'dpop';
      return;
    }
    throw new TokenRefusal(answer, textMember(body, 'error'), textMember(body, 'error_description'));
  }

  class ReadOnlyExecutor extends Base {
    override async fetch(request: ExecutorRequest): Promise<never> {
      const where = refuseUnlessRead(request);
      const { url, isTokenRequest } = where;
      let sent = await this.#send(request, where);
      for (let round = 1; round < MOST_NONCE_ROUNDS && wantsNonce(sent.answer, sent.text); round += 1) {
        sent = await this.#send(request, where);
      }
      const { answer, text } = sent;
      if (answer.status >= 300 && answer.status < 400) {
        throw new OktaReadFailure({
          kind: 'not-okta',
          reason: `${nameRequest(url, isTokenRequest ? 'POST' : 'GET')} answered with a redirect (HTTP ${answer.status}), which is not followed`,
          httpStatus: answer.status,
        });
      }
      if (isTokenRequest) checkToken(answer, text);
      // The SDK's declared type is node-fetch's Response, of which it uses these members alone.
      return answer as never;
    }

    async #send(
      request: ExecutorRequest,
      where: { url: string; isTokenRequest: boolean },
    ): Promise<{ answer: BufferedAnswer; text: string }> {
      const { url, isTokenRequest } = where;
      options.onAttempt();
      request.onAttempt?.();
      const standard = options.origin.startsWith('https:') ? httpsAgent : httpAgent;
      const agent = (request.agent ?? standard) as AgentLike;
      const abort = new AbortController();
      let ending: Error | null = null;
      const endWith = (error: Error): void => {
        ending ??= error;
        abort.abort();
      };
      const timer = setTimeout(
        () => endWith(new AttemptTimeout('No whole answer in time.')),
        options.attemptTimeoutMs,
      );
      try {
        // A new object each time: the SDK may send the same request again, and must find its own agent there.
        const response = await super.fetch({
          ...request,
          redirect: 'manual' as const,
          // Unpacked by readText.
          compress: false,
          headers: { ...headersOf(request, where), 'Accept-Encoding': 'gzip' },
          signal: abort.signal,
          agent: watchForBreak(agent, () => endWith(new BrokenAnswer('failed: the answer broke off'))),
        } as never);
        options.onAnswer(url, response.headers);
        const nonce = response.headers.get('dpop-nonce');
        if (nonce !== null) nonces.set(isTokenRequest, nonce);
        const text = await readText(response as unknown as Parameters<typeof readText>[0]);
        const { status, ok, headers } = response;
        const json = async (): Promise<unknown> => JSON.parse(text);
        return { answer: { status, ok, url, headers, text: async () => text, json }, text };
      } catch (error) {
        if (error instanceof OversizedAnswer || error instanceof UnreadableAnswer) {
          endWith(refusedAnswer(nameRequest(url, isTokenRequest ? 'POST' : 'GET'), error));
        }
        throw ending ?? error;
      } finally {
        clearTimeout(timer);
      }
    }
  }
  return new ReadOnlyExecutor();
}
