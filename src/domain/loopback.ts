/** True for a host that is this machine: what is sent there passes no network. In an address of IPv6 with brackets or without. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/iu.test(host);
}
