import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A wire between the reader and a store that a test can measure, freeze and cut. */
export interface Proxy {
  url: string;
  /** Bytes that the store has sent so far. */
  received(): number;
  /** Connections that a reader holds at the moment. */
  held(): number;
  /** Nothing goes through any more, and nobody is told. */
  freeze(): void;
  /** Resets every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** `onAsked` is called for each message of a reader, before it goes on to the store. */
export async function startProxy(url: string, onAsked: () => void = () => {}): Promise<Proxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let received = 0;
  let held = 0;
  let isFrozen = false;
  const server = createServer((client) => {
    held += 1;
    client.once('close', () => {
      held -= 1;
    });
    const store = connect(Number(target.port), target.hostname);
    for (const socket of [client, store]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        store.destroy();
      });
    }
    client.on('data', (bytes) => {
      onAsked();
      if (!isFrozen) store.write(bytes);
    });
    store.on('data', (bytes) => {
      received += bytes.length;
      if (!isFrozen && !client.write(bytes)) {
        store.pause();
        client.once('drain', () => store.resume());
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = new URL(url);
  own.port = String((server.address() as { port: number }).port);
  return {
    url: own.href,
    received: () => received,
    held: () => held,
    freeze() {
      isFrozen = true;
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
