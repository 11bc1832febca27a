import { seededRandom } from './random.ts';

/** A time before the audit, ISO-8601 UTC. */
export type Ago = (days: number, minutes?: number) => string;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Times counted back from the audit: `ago(7, 30)` is seven days and thirty minutes before it. */
export function timesBefore(now: Date): Ago {
  return (days, minutes = 0) => new Date(now.getTime() - days * DAY_MS - minutes * MINUTE_MS).toISOString();
}

/** FNV-1a, 32 bits: spreads names over the seeds. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

/**
 * The Okta id of something with a name of its own. Made from the name, so that what is added to a world or taken
 * from it changes no other id.
 */
export function oktaIdOf(prefix: string, name: string): string {
  return seededRandom(seedOf(`${prefix}:${name}`)).oktaId(prefix);
}

/** The Opti ID of something with a name of its own, made like {@link oktaIdOf}. */
export function optiIdOf(kind: string, name: string): string {
  return seededRandom(seedOf(`${kind}:${name}`)).uuid();
}
