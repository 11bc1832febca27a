import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AuditError } from '../../../src/domain/errors.ts';
import { openStore } from '../../../src/opti-id/database/connection.ts';

const BRIEF = { connectMs: 500, statementMs: 500, graceMs: 500 };

describe('connecting to something that is no store', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  /** @returns the URL of a server that does what it is told with each connection */
  async function listen(onConnection: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      onConnection(socket);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    return `postgresql://us3r:s3cret@127.0.0.1:${port}/opti`;
  }

  async function failure(url: string): Promise<AuditError> {
    const error = await openStore(url, BRIEF).catch((e) => e);
    expect(error).toBeInstanceOf(AuditError);
    for (let at = error; at instanceof Error; at = at.cause as Error) {
      expect(`${at.message} ${JSON.stringify(at)} ${at.stack}`).not.toMatch(/s3cret|us3r/);
    }
    return error;
  }

  it('names the host that is not found', async () => {
    const error = await failure('postgresql://us3r:s3cret@nowhere.invalid:5432/opti');
    expect(error.message).toBe('The host of the Opti ID store at nowhere.invalid:5432/opti was not found.');
  });

  it('names the port where nobody listens', async () => {
    const url = await listen(() => {});
    servers[0]?.close();
    const error = await failure(url);
    expect(error.message).toMatch(
      /^The connection to the Opti ID store at 127\.0\.0\.1:\d+\/opti was refused\.$/,
    );
  });

  it('names the socket where nobody listens', async () => {
    const error = await failure('postgresql://us3r:s3cret@/opti?host=/nonexistent');
    expect(error.message).toBe('The connection to the Opti ID store at /nonexistent/opti was refused.');
  });

  it('gives up on a server that takes the connection and says nothing', async () => {
    const error = await failure(await listen(() => {}));
    expect(error.message).toContain('did not answer within 0.5 seconds.');
  });

  it('does not wait for a server that hangs up', async () => {
    const error = await failure(await listen((socket) => socket.end()));
    expect(error.message).toContain('Connection terminated unexpectedly');
  });

  it('names the certificate file that cannot be read', async () => {
    const url = await listen(() => {});
    const error = await failure(`${url}?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem`);
    expect(error.message).toBe('A certificate file named in OPTIID_DATABASE_URL cannot be read (ENOENT).');
  });

  it('says that encryption is not offered when the URL asks for it', async () => {
    const url = await listen((socket) => {
      // The answer of a server without SSL to an SSLRequest.
      socket.once('data', () => socket.write('N'));
    });
    const error = await failure(`${url}?sslmode=require`);
    expect(error.message).toContain('does not offer encrypted connections.');
    expect(error.hint).toContain('sslmode=require');
  });

  it('asks for encryption first, then does without, when the URL prefers it', async () => {
    const firsts: string[] = [];
    const url = await listen((socket) => {
      socket.once('data', (bytes) => {
        // Protocol number: 1234.5679 asks for SSL, 3.0 signs in.
        firsts.push(bytes.readUInt32BE(4) === 80877103 ? 'encryption' : 'plain');
        if (firsts.length === 1) socket.write('N');
        else socket.end(errorResponse('57P03', 'the database system is starting up'));
      });
    });
    await failure(`${url}?sslmode=prefer`);
    expect(firsts).toEqual(['encryption', 'plain']);
  });

  it.each([
    [
      'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption',
      '',
      'add sslmode=verify-full',
    ],
    [
      'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL off',
      '?sslmode=disable',
      'add sslmode=verify-full',
    ],
  ])('says that encryption is wanted when the server answers: %s', async (answer, query, hint) => {
    const url = await listen((socket) => {
      socket.once('data', () => socket.end(errorResponse('28000', answer)));
    });
    const error = await failure(`${url}${query}`);
    expect(error.message).toContain('without encryption');
    expect(error.hint).toContain(hint);
  });

  it.each([
    ['53300', 'sorry, too many clients already', 'takes no connection at the moment'],
    ['57P03', 'the database system is starting up', 'takes no connection at the moment'],
    ['28000', 'role "x" is not permitted to log in', 'refused the user name or the password'],
  ])('understands the answer %s', async (code, answer, message) => {
    const url = await listen((socket) => {
      socket.once('data', () => socket.end(errorResponse(code, answer)));
    });
    expect((await failure(url)).message).toContain(message);
  });
});

describe('a server that sends without end', () => {
  it('is left once it has sent more than any answer has', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        // A message of two gigabytes.
        socket.write(Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff]));
        const more = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(1024 * 1024)));
        };
        socket.on('drain', more);
        more();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const before = process.memoryUsage.rss();
    const patient = { connectMs: 60_000, statementMs: 60_000, graceMs: 1_000 };
    await expect(openStore(`postgresql://u@127.0.0.1:${port}/opti`, patient)).rejects.toThrow(
      'one answer had more than 64 MB',
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(500_000_000);
    server.close();
  });
});

/** An ErrorResponse of the PostgreSQL protocol. */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
