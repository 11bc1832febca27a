/** Hosts that no proxy is asked for: this machine. */
const ALWAYS_DIRECT = 'localhost,127.0.0.1,::1,[::1]';

/**
 * undici, and connections that go through the environment's proxy. Loaded where something is to be sent: most runs send
 * nothing this way. Whoever opens them destroys them.
 */
export async function openOutgoing(env: Readonly<Record<string, string | undefined>>) {
  const { EnvHttpProxyAgent, request } = await import('undici');
  const given = (name: string) => env[name.toLowerCase()] || env[name] || '';
  const dispatcher = new EnvHttpProxyAgent({
    // Plain HTTP is for loopback alone.
    httpProxy: '',
    httpsProxy: given('HTTPS_PROXY'),
    noProxy: [given('NO_PROXY'), ALWAYS_DIRECT].filter((hosts) => hosts !== '').join(','),
  });
  return { dispatcher, request };
}
