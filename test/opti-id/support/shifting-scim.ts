import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A user of the list that shifts. */
export interface Row {
  id: string;
  userName: string;
}

export interface Asked {
  /** Of the list asked for, counted from 0. */
  page: number;
  startIndex: number;
  count: number;
}

/** What the server answers in place of the truth; parts that are left out are true. */
export interface Answer {
  totalResults?: number;
  startIndex?: number;
  Resources?: readonly Row[];
}

/** A SCIM list of users over HTTP whose rows a test may change between any two requests. */
export async function startShiftingScim() {
  let rows: Row[] = [];
  let before: (asked: Asked) => Answer | undefined = () => undefined;
  let page = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://shifting');
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/scim+json' });
      response.end(JSON.stringify(body));
    };
    const id = /^\/users\/(.+)$/u.exec(url.pathname)?.[1];
    if (id !== undefined) {
      const found = rows.find((row) => row.id === decodeURIComponent(id));
      return found ? send(200, found) : send(404, { status: '404', detail: 'none' });
    }
    if (url.pathname === '/groups') return send(200, { totalResults: 0, startIndex: 1, Resources: [] });
    const startIndex = Number(url.searchParams.get('startIndex'));
    const count = Number(url.searchParams.get('count'));
    const lie = before({ page, startIndex, count });
    page += 1;
    const truth = {
      totalResults: rows.length,
      startIndex,
      Resources: rows.slice(startIndex - 1, startIndex - 1 + count),
    };
    send(200, { ...truth, ...lie });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Pages asked for since the list was set. */
    get pages() {
      return page;
    },
    /** Sets the list; `onPage` is told of each page before it is answered. */
    set(list: Row[], onPage: (asked: Asked) => Answer | undefined = () => undefined) {
      rows = list;
      before = onPage;
      page = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
