/** What the codes of a broken connection mean. */
export const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was reset',
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name could not be resolved for now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'the connection timed out',
  EPIPE: 'the connection was closed',
  ERR_STREAM_PREMATURE_CLOSE: 'the answer broke off',
};

/** OpenSSL's and Node's codes for a certificate or a handshake that is no good; asking again changes nothing. */
const TLS_CODE = /^(CERT_|ERR_SSL_|ERR_TLS_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_MISMATCH)/u;

/** True for a connection that could not be made secure. */
export function isTlsCode(code: string): boolean {
  return TLS_CODE.test(code);
}
