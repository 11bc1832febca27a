import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What S3 says of keys, as far as runs are kept: put, in parts too, get, list. Every signature (version 4) is checked. */
export interface S3Server {
  /** Address of the bucket. */
  endpoint: string;
  accessKey: string;
  secretKey: string;
  objects: Map<string, Buffer>;
  /** Keys in the order in which they were there. */
  puts: string[];
  close(): Promise<void>;
}

const BUCKET = 'runs';
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function isSigned(
  { method = '', url = '', headers }: IncomingMessage,
  accessKey: string,
  secretKey: string,
): boolean {
  const pattern =
    /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)/u;
  const [, key, day = '', region = '', names = '', signature] =
    pattern.exec(headers.authorization ?? '') ?? [];
  if (key !== accessKey) return false;
  const { pathname, searchParams } = new URL(url, 'http://here');
  const query = [...searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const path = decodeURIComponent(pathname).split('/').map(encode).join('/');
  const lines = names
    .split(';')
    .map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`)
    .join('');
  const request = [method, path, query, lines, names, headers['x-amz-content-sha256']].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(request)].join('\n');
  const signing = ['s3', 'aws4_request'].reduce(
    (last, part) => hmac(last, part),
    hmac(hmac(`AWS4${secretKey}`, day), region),
  );
  return hmac(signing, text).toString('hex') === signature;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function startS3(): Promise<S3Server> {
  const [accessKey, secretKey] = ['AKIDTEST', 'a-secret-key-of-the-test'];
  const objects = new Map<string, Buffer>();
  const puts: string[] = [];
  const parts = new Map<string, Map<number, Buffer>>();
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const xml = (status: number, text = '') =>
      response.writeHead(status, { 'content-type': 'application/xml', etag: `"${sha256(body)}"` }).end(text);
    if (!isSigned(request, accessKey, secretKey)) {
      return void xml(403, '<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>');
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://here');
    const key = decodeURIComponent(pathname).replace(new RegExp(`^/${BUCKET}/?`, 'u'), '');
    const upload = searchParams.get('uploadId') ?? '';
    if (request.method === 'POST' && searchParams.has('uploads')) {
      parts.set(key, new Map());
      return void xml(
        200,
        `<InitiateMultipartUploadResult><Bucket>${BUCKET}</Bucket><Key>${key}</Key><UploadId>${sha256(key)}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (request.method === 'PUT' && upload !== '') {
      parts.get(key)?.set(Number(searchParams.get('partNumber')), body);
      return void xml(200);
    }
    if (request.method === 'POST' && upload !== '') {
      const all = [...(parts.get(key) ?? [])].sort(([a], [b]) => a - b).map(([, part]) => part);
      objects.set(key, Buffer.concat(all));
      puts.push(key);
      return void xml(
        200,
        `<CompleteMultipartUploadResult><Location>x</Location><Bucket>${BUCKET}</Bucket><Key>${key}</Key><ETag>"x"</ETag></CompleteMultipartUploadResult>`,
      );
    }
    if (request.method === 'PUT') {
      objects.set(key, body);
      puts.push(key);
      return void xml(200);
    }
    if (searchParams.has('list-type')) {
      const keys = [...objects.keys()]
        .filter((each) => each.startsWith(searchParams.get('prefix') ?? ''))
        .sort();
      const rows = keys.map(
        (each) => `<Contents><Key>${each}</Key><Size>${objects.get(each)?.length}</Size></Contents>`,
      );
      return void xml(
        200,
        `<ListBucketResult><Name>${BUCKET}</Name><KeyCount>${keys.length}</KeyCount><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`,
      );
    }
    const found = objects.get(key);
    if (found === undefined)
      return void xml(404, '<Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
    response.writeHead(200, { 'content-length': found.length, etag: `"${sha256(found)}"` }).end(found);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/${BUCKET}`,
    accessKey,
    secretKey,
    objects,
    puts,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
