import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What the server saw of one request. */
export interface SeenRequest {
  method: string;
  /** Path and query, decoded. */
  target: string;
  path: string;
  query: URLSearchParams;
  authorization: string | null;
  body: string;
}

/** A well-formed answer. A list gets `Link: rel="self"` unless it brings its own links or `links: null`. */
export interface Answer {
  status?: number;
  body?: unknown;
  /** Sent as it is, in place of JSON. */
  text?: string;
  /** The same as bytes, which may have no end. */
  bytes?: Iterable<Buffer>;
  headers?: Record<string, string | string[]>;
  /** Path of the next page. */
  next?: string;
  links?: null;
}

/** Ways in which a server fails without an HTTP status. */
export type Fault = 'reset' | 'reset-in-body' | 'reset-in-chunks' | 'cut-json' | 'hang' | 'hang-in-body';

export type Reply = Answer | Fault;

/** Called for each request of its path; `nth` counts from 1. */
export type Script = (request: SeenRequest, nth: number) => Reply | Promise<Reply>;

/** Okta's error body. */
export function oktaError(status: number, errorCode: string, errorSummary: string): Answer {
  return {
    status,
    body: { errorCode, errorSummary, errorLink: errorCode, errorId: 'oae1', errorCauses: [] },
  };
}

/** An HTTP server on loopback that answers each path as scripted, and 404 like Okta elsewhere. */
export class ScriptedOkta {
  readonly seen: SeenRequest[] = [];
  readonly #scripts = new Map<string, Script>();
  readonly #hits = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<ScriptedOkta> {
    const server = new ScriptedOkta();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Replaces what the path answers. */
  on(path: string, script: Script | Reply): this {
    this.#scripts.set(path, typeof script === 'function' ? script : () => script);
    return this;
  }

  /** Answers one after the other, the last one for ever. */
  sequence(path: string, ...replies: [Reply, ...Reply[]]): this {
    return this.on(path, (_request, nth) => replies[Math.min(nth, replies.length) - 1] ?? replies[0]);
  }

  /** A path that fails in these ways before it answers as it did. */
  failFirst(path: string, ...replies: Reply[]): this {
    const script = this.#scripts.get(path);
    if (!script) throw new Error(`${path} has no script yet.`);
    return this.on(path, (request, nth) => replies[nth - 1] ?? script(request, nth - replies.length));
  }

  hits(path: string): number {
    return this.#hits.get(path) ?? 0;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen: SeenRequest = {
      method: request.method ?? '',
      target: decodeURIComponent(url.pathname + url.search),
      path: url.pathname,
      query: url.searchParams,
      authorization: request.headers.authorization ?? null,
      body: Buffer.concat(chunks).toString(),
    };
    this.seen.push(seen);
    const nth = this.hits(url.pathname) + 1;
    this.#hits.set(url.pathname, nth);
    const script = this.#scripts.get(url.pathname);
    const reply = script
      ? await script(seen, nth)
      : oktaError(404, 'E0000007', `Not found: Resource not found: ${url.pathname}`);
    if (typeof reply === 'string') fail(reply, request, response);
    else this.#send(reply, url, response);
  }

  #send(answer: Answer, url: URL, response: ServerResponse): void {
    const text = answer.text ?? JSON.stringify(answer.body ?? null);
    const headers: Record<string, string | string[]> = {
      'content-type': 'application/json',
      ...answer.headers,
    };
    if (Array.isArray(answer.body) && answer.links !== null && headers.link === undefined) {
      const links = [`<${url.href}>; rel="self"`];
      if (answer.next !== undefined) links.push(`<${new URL(answer.next, this.origin).href}>; rel="next"`);
      headers.link = links;
    }
    response.writeHead(answer.status ?? 200, headers);
    // Whoever reads it may have enough before its end.
    if (answer.bytes) pipeline(Readable.from(answer.bytes), response).catch(() => {});
    else response.end(text);
  }
}

function fail(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  const json = { 'content-type': 'application/json' };
  switch (fault) {
    case 'reset':
      request.socket.destroy();
      return;
    case 'reset-in-body':
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('[{"id":', () => request.socket.destroy());
      return;
    case 'reset-in-chunks':
      response.writeHead(200, json);
      response.write('[{"id":', () => request.socket.destroy());
      return;
    case 'cut-json':
      response.writeHead(200, {
        ...json,
        link: `<http://${request.headers.host}${request.url}>; rel="self"`,
      });
      response.end('[{"id":"0oa');
      return;
    case 'hang':
      return;
    case 'hang-in-body':
      response.writeHead(200, json);
      response.write('[');
      return;
  }
}
