const LONGEST_QUOTE = 300;

/** Makes words of a server fit for a message: one line, bounded, without anything that grants access. */
export type Redact = (text: string) => string;

/** A server may repeat what it was sent, so the secrets known here are cut out of whatever it says. */
export function redactor(secrets: () => readonly string[]): Redact {
  return (text) => {
    let clean = text;
    for (const secret of secrets()) {
      if (secret.length > 0) clean = clean.split(secret).join('[secret]');
    }
    clean = clean
      // Okta writes of the "DPoP proof" too, and its words are wanted; no token is as short as one.
      .replace(/\b(SSWS|Bearer|DPoP)\s+[^\s"',;]{12,}/giu, '$1 [secret]')
      .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/gu, '[secret]')
      .replace(/[\p{Cc}\p{White_Space}]+/gu, ' ')
      .trim();
    return clean.length > LONGEST_QUOTE ? `${clean.slice(0, LONGEST_QUOTE)}…` : clean;
  };
}
