/** An Ed25519 signature of the text of `run.json` without its seal. */
export interface Signature {
  /** Which key made it: the first 16 hex digits of the sha256 of the public key (DER). */
  key: string;
  /** Base64. */
  ed25519: string;
}

/** What `run.json` ends with. It holds the file together, and with the hashes in it every file of the run. */
export interface Seal {
  /** sha256, hexadecimal, of the text of `run.json` without its seal. */
  sha256: string;
  /** Null where no `AUDIT_SEAL_KEY` was set. */
  signature: Signature | null;
}

/** What `AUDIT_SEAL_KEY` holds: one key that signs, and any number that verify. */
export interface SealKey {
  /** Null where there are public keys alone. */
  sign: ((text: string) => Signature) | null;
  /** True where one of the keys made the signature. */
  verifies: (text: string, signature: Signature) => boolean;
}

/** Where runs are left and found, and by which key they are believed. */
export interface Reports {
  /** The reports folder. */
  reportsDir: string;
  /** Null: seals are checked, and signatures are not. */
  sealKey: SealKey | null;
}
