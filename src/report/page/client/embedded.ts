/** Data that lies in the page, unpacked; null where there is none. Throws where the browser cannot unpack it. */
export async function readEmbedded<Data>(id: string): Promise<Data | null> {
  const text = document.getElementById(id)?.textContent?.trim() ?? '';
  if (text === '') return null;
  const unpacked = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(unpacked).json()) as Data;
}

/** Browsers from 2025 on decode base64 themselves, ten times as fast. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
