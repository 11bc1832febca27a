/** Values that one filter may name: longer ones make an address that servers refuse. */
export const MOST_NAMED_AT_ONCE = 20;

/** Okta's filters quote texts like JSON does. */
export function equals(attribute: string, text: string): string {
  return `${attribute} eq ${JSON.stringify(text)}`;
}

export function anyOf(clauses: readonly string[]): string {
  return `(${clauses.join(' or ')})`;
}
