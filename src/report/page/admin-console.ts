import type { ConsoleAddresses } from './page-data.ts';

/** Okta's own domains: there the console has an address next to the org's, at `acme-admin.okta.com`. */
const OKTA_DOMAIN = /^([a-z0-9-]+)\.(okta\.com|oktapreview\.com|okta-emea\.com|okta-gov\.com|okta\.mil)$/u;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/u;
const HOST = /^[a-z0-9.-]+(:\d+)?$/u;

/**
 * Where the Okta Admin Console shows users, groups, apps and log events of an org, or null where its address cannot be
 * told. A custom domain is linked as it is: Okta leads on to the console.
 *
 * @param org the folder's name of the org: its host, a port joined by `_`
 */
export function consoleAddresses(
  org: string,
  apps: readonly { id: string; name: string }[],
): ConsoleAddresses | null {
  const host = org.toLowerCase().replace(/_(\d+)$/u, ':$1');
  if (!HOST.test(host)) return null;
  const [, own, domain] = OKTA_DOMAIN.exec(host) ?? [];
  const base =
    own === undefined
      ? `${LOOPBACK.test(host) ? 'http' : 'https'}://${host}`
      : `https://${own}-admin.${domain}`;
  return {
    user: `${base}/admin/user/profile/view/`,
    group: `${base}/admin/group/`,
    apps: Object.fromEntries(
      apps.map(({ id, name }) => [
        id,
        `${base}/admin/app/${encodeURIComponent(name)}/instance/${encodeURIComponent(id)}`,
      ]),
    ),
    event: `${base}/report/system_log_2?search=`,
  };
}
