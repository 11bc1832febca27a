import { Agent, get } from 'node:http';

/** Requests on their way at once. */
const SIDE_BY_SIDE = 8;

function drain(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip' };
    get(url, { agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve(bytes));
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** Fetches the URLs and throws the bytes away: what the server can deliver, whoever reads. */
export async function fetchAll(urls: readonly string[]): Promise<{ wallMs: number; bytes: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: SIDE_BY_SIDE });
  const began = performance.now();
  let bytes = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let url = urls[next++]; url !== undefined; url = urls[next++]) {
      const got = await drain(url, agent);
      bytes += got;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  agent.destroy();
  return { wallMs: performance.now() - began, bytes };
}
