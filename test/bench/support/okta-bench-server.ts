import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { SandboxOkta } from '../../../src/sandbox/model.ts';
import {
  bucketOf,
  RateAccounts,
  type RateBucket,
  WORKFORCE_RATE_LIMITS,
} from '../../../src/sandbox/okta-rate-limits.ts';
import { startOktaSandbox } from '../../../src/sandbox/okta-server.ts';

/** So many that nobody waits for a budget; the headers are there all the same. */
const NO_LIMIT = 1_000_000;
const BUCKETS = Object.keys(WORKFORCE_RATE_LIMITS) as RateBucket[];

/** An answer as it goes out again and again: JSON, compressed once. */
export interface StoredAnswer {
  status: number;
  links: string[];
  compressed: Buffer;
}

/** Gives the answer to a path with its query. The origin is that of the bench server, for links. */
export interface PageSource {
  answer(url: string, origin: string): Promise<StoredAnswer>;
  close(): Promise<void>;
}

/** The server's accounts since the last reset. */
export interface ServerStats {
  requests: number;
  /** Requests answered with HTTP 429. */
  refused: number;
  /** Windows per bucket in order: when the first request came, how many were answered and how many refused. */
  windows: Partial<Record<RateBucket, { beganMs: number; answered: number; refused: number }[]>>;
  /** Answered requests for the members of a group. */
  memberLists: number;
}

export interface BenchServerOptions {
  /** Waited before each answer. */
  latencyMs?: number;
  /** Requests per window. Default: no limits, while the headers show a million. */
  limits?: Partial<Record<RateBucket, number>>;
  windowMs?: number;
}

export interface BenchServer {
  readonly url: string;
  /** Forgets its accounts, and goes on with these options. */
  reset(options: BenchServerOptions): void;
  stats(): ServerStats;
  close(): Promise<void>;
}

const compress = promisify(gzip);

export async function storeAnswer(status: number, links: string[], text: string): Promise<StoredAnswer> {
  return { status, links, compressed: await compress(text, { level: constants.Z_BEST_SPEED }) };
}

interface PlainAnswer {
  status: number;
  links: string[];
  text: string;
}

function getPlain(url: string, token: string): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const request = get(
      url,
      { headers: { authorization: `SSWS ${token}`, accept: 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const links = response.headersDistinct.link ?? [];
          resolve({ status: response.statusCode ?? 0, links, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    request.on('error', reject);
  });
}

export interface SandboxSource extends PageSource {
  /** Everything that was asked for so far. */
  urls(): string[];
  /** Forgets the answers to these paths, since the org has changed. */
  forget(isStale: (url: string) => boolean): void;
}

/** Asks the sandbox once for each URL and keeps the answer, so that a measured run waits for bytes only. */
export async function sandboxSource(okta: SandboxOkta): Promise<SandboxSource> {
  const rateLimits = Object.fromEntries(BUCKETS.map((bucket) => [bucket, NO_LIMIT * NO_LIMIT]));
  const sandbox = await startOktaSandbox(okta, { rateLimits });
  const kept = new Map<string, Promise<StoredAnswer>>();
  const ask = async (url: string, origin: string): Promise<StoredAnswer> => {
    const { status, links, text } = await getPlain(sandbox.url + url, sandbox.token);
    const moved = (words: string): string => words.replaceAll(sandbox.url, origin);
    return storeAnswer(status, links.map(moved), moved(text));
  };
  return {
    answer(url, origin) {
      let answer = kept.get(url);
      if (!answer) {
        answer = ask(url, origin);
        kept.set(url, answer);
        // The sandbox's own account of requests would grow without end.
        if (kept.size % 1_000 === 0) sandbox.clearRequests();
      }
      return answer;
    },
    urls: () => [...kept.keys()],
    forget(isStale) {
      for (const url of [...kept.keys()]) if (isStale(url)) kept.delete(url);
    },
    close: () => sandbox.close(),
  };
}

function ratesOf({ limits, windowMs }: BenchServerOptions): RateAccounts {
  const all = Object.fromEntries(BUCKETS.map((bucket) => [bucket, limits?.[bucket] ?? NO_LIMIT]));
  return new RateAccounts(all as Record<RateBucket, number>, windowMs ?? 60_000);
}

/** Serves a source of pages on a loopback port, with latency, rate headers and, where wanted, rate limits. */
export async function startBenchServer(source: PageSource): Promise<BenchServer> {
  let rates = ratesOf({});
  let latencyMs = 0;
  let stats = noStats();
  let lastResets = new Map<RateBucket, number>();
  let origin = '';

  function account(bucket: RateBucket, allowed: boolean, reset: number): void {
    stats.requests += 1;
    if (!allowed) stats.refused += 1;
    stats.windows[bucket] ??= [];
    const windows = stats.windows[bucket];
    if (lastResets.get(bucket) !== reset) {
      lastResets.set(bucket, reset);
      windows.push({ beganMs: Date.now(), answered: 0, refused: 0 });
    }
    const window = windows.at(-1);
    if (window) window[allowed ? 'answered' : 'refused'] += 1;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    const end = url.indexOf('?');
    const path = end < 0 ? url : url.slice(0, end);
    const bucket = bucketOf(path);
    const state = rates.spend(bucket, Date.now());
    account(bucket, state.allowed, state.reset);
    const headers: Record<string, string | string[]> = {
      date: new Date().toUTCString(),
      'content-type': 'application/json',
      'x-rate-limit-limit': String(state.limit),
      'x-rate-limit-remaining': String(state.remaining),
      'x-rate-limit-reset': String(state.reset),
    };
    if (latencyMs > 0) await sleep(latencyMs);
    if (!state.allowed) {
      response.writeHead(429, headers);
      response.end(
        '{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorLink":"E0000047","errorId":"oaeBench","errorCauses":[]}',
      );
      return;
    }
    const answer = await source.answer(url, origin);
    if (/^\/api\/v1\/groups\/[^/]+\/users$/.test(path)) stats.memberLists += 1;
    headers['content-encoding'] = 'gzip';
    if (answer.links.length > 0) headers.link = answer.links;
    response.writeHead(answer.status, headers);
    // Written before the end, so that the body goes out in chunks, like Okta's.
    response.write(answer.compressed);
    response.end();
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: origin,
    reset: (options) => {
      rates = ratesOf(options);
      latencyMs = options.latencyMs ?? 0;
      stats = noStats();
      lastResets = new Map();
    },
    stats: () => stats,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await source.close();
    },
  };
}

function noStats(): ServerStats {
  return { requests: 0, refused: 0, windows: {}, memberLists: 0 };
}
