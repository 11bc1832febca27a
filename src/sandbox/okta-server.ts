import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { SandboxAdminRole, SandboxOkta } from './model.ts';
import { type ProvenRequest, refusalHeaders } from './okta-dpop.ts';
import { ENDPOINTS, type Endpoint, type EndpointAnswer, type Principal } from './okta-endpoints.ts';
import { OktaError } from './okta-error.ts';
import type { Fault, FaultHook } from './okta-fault.ts';
import { OrgIndex } from './okta-index.ts';
import { OAuthDesk, type SandboxOAuthApp } from './okta-oauth.ts';
import { CursorSigner } from './okta-paging.ts';
import { bucketOf, RateAccounts, type RateBucket, WORKFORCE_RATE_LIMITS } from './okta-rate-limits.ts';

export type { Fault } from './okta-fault.ts';

/** The SSWS token that the stand-in takes where no other is chosen. It opens nothing else. */
const SANDBOX_TOKEN = '00sandbox-token-that-opens-nothing-else';

export interface OktaSandboxOptions {
  /** The SSWS token. */
  token?: string;
  /** Default: a free one. */
  port?: number;
  host?: '127.0.0.1';
  /** Requests per window, over those of a Workforce org. */
  rateLimits?: Partial<Record<RateBucket, number>>;
  /** Default 60,000, as at Okta. */
  rateWindowMs?: number;
  /** Share of each limit that the token may use, percent. Default 100; Okta's own default is 50. */
  tokenSharePercent?: number;
  /** Waited before each answer. */
  latencyMs?: number;
  now?: () => Date;
  /** No page is longer than this, so that a small org has many pages. */
  pageSizeCap?: number;
  /** The next links lack `expand`, as some of Okta's releases make them. Default false. */
  losesExpand?: boolean;
  /** Whether the listing of apps has inactive ones. Default: listed, as real orgs do; Okta describes when-asked. */
  inactiveApps?: 'listed' | 'when-asked' | 'hidden';
  /** How long `search` does not know what was changed. Default 0. */
  searchLagMs?: number;
  /** A service app that may ask for bearer tokens. */
  oauth?: SandboxOAuthApp;
  /** Admin roles of the token's owner and of the service app. Default: Read-only Administrator. */
  adminRoles?: readonly SandboxAdminRole[];
  /** What the role behind the credentials sees, by id, of listings and one by one. Default: everything. */
  sees?: (what: 'app' | 'group' | 'user', id: string, how: 'listed' | 'by-id') => boolean;
  fault?: FaultHook;
}

/** One request that the stand-in got. `status` is 0 while there is no answer, and where there never was one. */
interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** Decoded, without the question mark. */
  readonly query: string;
  readonly status: number;
}

export interface OktaSandbox {
  /** The org URL: origin without a slash at the end. */
  readonly url: string;
  readonly token: string;
  /** The org that is served. May be changed at any time; the next request sees it. */
  readonly okta: SandboxOkta;
  /** Every request since the start or since `clearRequests`, in order of arrival. */
  readonly requests: readonly LoggedRequest[];
  clearRequests(): void;
  /** Spoils answers from now on; without a hook, no longer. */
  setFault(hook?: FaultHook): void;
  /** Ends every connection, the hanging ones too. */
  close(): Promise<void>;
}

/** Okta compresses everything but small bodies. */
const SMALLEST_COMPRESSED_BYTES = 1024;
const LARGEST_FORM_BYTES = 65_536;
const compress = promisify(gzip);
const READ_ONLY_ADMINISTRATOR: SandboxAdminRole = {
  type: 'READ_ONLY_ADMIN',
  label: 'Read-only Administrator',
};
const TOKEN_PATH = '/oauth2/v1/token';

interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  /** Undefined: no body. A text goes out as it is. */
  body: unknown;
  /** Set on listings. */
  links?: { self: string; next?: string };
}

/**
 * Starts an Okta org on a loopback port: the read side of the management API over the given rows, with
 * Okta's paging, errors, rate limits and OAuth token endpoint. Close it when done.
 */
export async function startOktaSandbox(
  okta: SandboxOkta,
  options: OktaSandboxOptions = {},
): Promise<OktaSandbox> {
  const token = options.token ?? SANDBOX_TOKEN;
  const now = options.now ?? (() => new Date());
  const share = (options.tokenSharePercent ?? 100) / 100;
  const limits = { ...WORKFORCE_RATE_LIMITS, ...options.rateLimits };
  for (const bucket of Object.keys(limits) as RateBucket[]) {
    limits[bucket] = Math.max(1, Math.floor(limits[bucket] * share));
  }
  const rates = new RateAccounts(limits, options.rateWindowMs ?? 60_000);
  const index = new OrgIndex(okta);
  const signer = new CursorSigner(`sandbox:${okta.orgId}`);
  const desk = new OAuthDesk(options.oauth);
  const attempts = new Map<string, number>();
  const requests: { method: string; path: string; query: string; status: number }[] = [];
  let faultHook = options.fault;
  let count = 0;
  let origin = '';

  /** The request as a proof has to describe it. */
  function proven(request: IncomingMessage, path: string, accessToken: string | null): ProvenRequest {
    const proofs = request.headersDistinct.dpop ?? [];
    return { method: request.method ?? '', origin, path, proofs, accessToken, now: now() };
  }

  /** Whose credentials the request brings. */
  function authorize(request: IncomingMessage, endpoint: Endpoint | undefined, path: string): Principal {
    if (endpoint?.open === true) return { kind: 'nobody' };
    const [scheme, credential] = (request.headers.authorization ?? '').split(' ');
    // An API token acts as the admin who made it.
    if (scheme === 'SSWS' && credential === token) {
      return { kind: 'user', id: okta.users.find(({ status }) => status === 'ACTIVE')?.id ?? '' };
    }
    const known = credential ? desk.scopesOf(scheme, proven(request, path, credential)) : undefined;
    if (known && 'error' in known) {
      const status = known.nonce === undefined ? 400 : 401;
      throw new OktaError(status, '', known.description, [], refusalHeaders(known, { origin, path }));
    }
    if (!known) {
      const isOAuth = scheme === 'Bearer' || scheme === 'DPoP';
      const expected = isOAuth ? `${scheme} error="invalid_token"` : 'SSWS realm="Okta"';
      throw new OktaError(401, 'E0000011', 'Invalid token provided', [], { 'www-authenticate': expected });
    }
    if (endpoint?.scopes.every((scope) => known.scopes.has(scope)) === false) {
      const cause = 'The access token provided does not contain the required scopes.';
      throw new OktaError(
        403,
        'E0000006',
        'You do not have permission to perform the requested action',
        [cause],
        {
          'www-authenticate': `Bearer realm="IntegratedClient",error="insufficient_scope",error_description="${cause}",resource="${path}"`,
        },
      );
    }
    return { kind: 'client', id: options.oauth?.clientId ?? '' };
  }

  function answerApi(request: IncomingMessage, url: URL, emptyPage: boolean): Answer {
    const path = url.pathname;
    const endpoint = ENDPOINTS.find((candidate) => candidate.pattern.test(path));
    const principal = authorize(request, endpoint, path);
    if (request.method !== 'GET') {
      throw new OktaError(405, 'E0000022', 'The endpoint does not support the provided HTTP method', [], {
        allow: 'GET',
      });
    }
    if (!endpoint) throw new OktaError(404, 'E0000007', `Not found: Resource not found: ${path} (Path)`);
    index.beginRequest();
    const answer: EndpointAnswer = endpoint.answer({
      okta,
      index,
      origin,
      path,
      parameters: (endpoint.pattern.exec(path) ?? []).slice(1).map(decodePart),
      query: new URLSearchParams(url.searchParams),
      contentType: request.headers['content-type'] ?? '',
      principal,
      sees: options.sees ?? (() => true),
      adminRoles: options.adminRoles ?? [READ_ONLY_ADMINISTRATOR],
      now: now(),
      signer,
      inactiveApps: options.inactiveApps ?? 'listed',
      searchLagMs: options.searchLagMs ?? 0,
      pageSizeCap: options.pageSizeCap ?? Number.POSITIVE_INFINITY,
      emptyPage,
    });
    if ('body' in answer) return { status: 200, headers: {}, body: answer.body };
    const links: Answer['links'] = { self: url.href };
    if (answer.page.next !== undefined) {
      const next = new URL(url);
      next.searchParams.set('after', answer.page.next);
      if (options.losesExpand) next.searchParams.delete('expand');
      links.next = next.href;
    }
    return { status: 200, headers: {}, body: answer.page.rows, links };
  }

  async function answerToken(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'POST') {
      throw new OktaError(405, 'E0000022', 'The endpoint does not support the provided HTTP method');
    }
    const form = new URLSearchParams(await readBody(request));
    const given = desk.grant(form, `${origin}${TOKEN_PATH}`, proven(request, TOKEN_PATH, null));
    const { status, body, headers } = given;
    return {
      status,
      headers: { ...headers, 'cache-control': 'no-cache, no-store', pragma: 'no-cache' },
      body,
    };
  }

  async function answer(request: IncomingMessage, url: URL, fault: Fault | undefined): Promise<Answer> {
    // Taken before the first wait: the next request counts on.
    const number = String(count);
    const bucket = bucketOf(url.pathname);
    const state = rates.spend(bucket, now().getTime());
    const headers: Answer['headers'] = {
      date: now().toUTCString(),
      'content-type': 'application/json',
      'x-okta-request-id': `req${number.padStart(21, '0')}`,
      'x-rate-limit-limit': String(state.limit),
      'x-rate-limit-remaining': String(state.remaining),
      'x-rate-limit-reset': String(state.reset),
    };
    try {
      if (!state.allowed) {
        throw new OktaError(429, 'E0000047', 'API call exceeded rate limit due to too many requests.');
      }
      const given =
        url.pathname === TOKEN_PATH
          ? await answerToken(request)
          : answerApi(request, url, fault?.kind === 'empty-page');
      return { ...given, headers: { ...headers, ...given.headers } };
    } catch (error) {
      const known =
        error instanceof OktaError
          ? error
          : new OktaError(500, 'E0000009', `Internal Server Error: ${String(error)}`);
      return {
        status: known.status,
        headers: { ...headers, ...known.headers },
        body: known.body(`oae${number.padStart(17, '0')}`),
      };
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    count += 1;
    const asked = `${request.method} ${url.pathname}${url.search}`;
    const attempt = (attempts.get(asked) ?? 0) + 1;
    attempts.set(asked, attempt);
    const logged = {
      method: request.method ?? '',
      path: url.pathname,
      query: decodePart(url.search.slice(1).replaceAll('+', ' ')),
      status: 0,
    };
    requests.push(logged);
    const fault = faultHook?.({
      method: logged.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      attempt,
      count,
    });
    const given = spoil(await answer(request, url, fault), fault);
    if (options.latencyMs) await sleep(options.latencyMs);
    if (fault?.kind === 'delay') await sleep(fault.milliseconds);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset' && fault.when === 'before-headers') {
      request.socket.destroy();
      return;
    }
    logged.status = given.status;
    await send(request, response, given, fault);
  }

  async function send(
    request: IncomingMessage,
    response: ServerResponse,
    given: Answer,
    fault: Fault | undefined,
  ): Promise<void> {
    const text = typeof given.body === 'string' ? given.body : JSON.stringify(given.body);
    const whole = Buffer.from(text);
    const plain = fault?.kind === 'truncate' ? whole.subarray(0, Math.ceil(whole.length / 2)) : whole;
    const compresses =
      plain.length > SMALLEST_COMPRESSED_BYTES && /\bgzip\b/.test(String(request.headers['accept-encoding']));
    // The fastest level: on loopback the bytes cost less than the time to save them.
    const bytes = compresses ? await compress(plain, { level: constants.Z_BEST_SPEED }) : plain;
    // Otherwise Node would put back a date that a fault took away.
    response.sendDate = false;
    response.writeHead(given.status, {
      ...(compresses ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}),
      ...(fault?.kind === 'reset' && fault.when === 'within-sized-body'
        ? { 'content-length': String(bytes.length) }
        : {}),
      ...given.headers,
    });
    if (fault?.kind === 'reset') {
      response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => request.socket.destroy());
      return;
    }
    // Written before the end, so that no Content-Length is set and the body goes out in chunks, like Okta's.
    response.write(bytes);
    response.end();
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  // Node's five seconds would close an idle connection just when a client takes it up again.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: origin,
    token,
    okta,
    requests,
    clearRequests: () => {
      requests.length = 0;
    },
    setFault: (hook) => {
      faultHook = hook;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Turns the right answer into the one that the fault asks for, and the links into headers. */
function spoil(right: Answer, fault: Fault | undefined): Answer {
  if (fault?.kind === 'status') {
    const contentType = typeof fault.body === 'string' ? { 'content-type': 'text/html' } : {};
    const summary = `Injected fault ${fault.status}`;
    const body = fault.body ?? {
      errorCode: 'E0000009',
      errorSummary: summary,
      errorLink: 'E0000009',
      errorId: 'oae00000000000000000',
      errorCauses: [],
    };
    return { status: fault.status, headers: { ...right.headers, ...contentType, ...fault.headers }, body };
  }
  const headers = { ...right.headers };
  if (right.links && fault?.kind !== 'drop-link') {
    const { self } = right.links;
    if (fault?.kind === 'early-end') {
      const rows = (right.body as unknown[]).slice(0, fault.rows);
      return { ...right, headers: { ...headers, link: [`<${self}>; rel="self"`] }, body: rows };
    }
    const next = fault?.kind === 'next-link' ? (fault.url === 'self' ? self : fault.url) : right.links.next;
    headers.link = [`<${self}>; rel="self"`, ...(next === undefined ? [] : [`<${next}>; rel="next"`])];
  }
  if (fault?.kind === 'headers') {
    for (const [name, value] of Object.entries(fault.headers)) {
      if (value === null) delete headers[name.toLowerCase()];
      else headers[name.toLowerCase()] = value;
    }
  }
  return { ...right, headers, body: fault?.kind === 'rewrite' ? fault.rewrite(right.body) : right.body };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_FORM_BYTES) throw new OktaError(413, 'E0000001', 'Api validation failed: body');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
