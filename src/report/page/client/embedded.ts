import type { PackedPlan, PackedTable, PageFacts } from '../page-data.ts';

interface Embedded {
  facts: PageFacts;
  plan: PackedPlan;
  table: PackedTable;
}

/** Data that lies in the page, unpacked. Throws where the browser cannot unpack it. */
export async function readEmbedded<Kind extends keyof Embedded>(
  _kind: Kind,
  id: string,
): Promise<Embedded[Kind]> {
  const text = document.getElementById(id)?.textContent ?? '';
  const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(unpacked).json()) as Embedded[Kind];
}
