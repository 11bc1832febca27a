import type { SandboxWorld } from '../../../src/sandbox/model.ts';
import {
  type OktaSandbox,
  type OktaSandboxOptions,
  startOktaSandbox,
} from '../../../src/sandbox/okta-server.ts';
import type { StoreSandbox } from '../../../src/sandbox/store.ts';
import { borrowStore } from '../../support/one-store.ts';
import type { Settings } from './cli.ts';

/** Both sides of a world, listening on loopback. */
export interface Sides {
  okta: OktaSandbox;
  store: StoreSandbox;
  settings: Settings;
  close(): Promise<void>;
}

/** Okta counts by the minute: the runs of one file would wait for one another. */
export const SHORT_WINDOW: OktaSandboxOptions = { rateWindowMs: 2_000 };

export async function startSides(world: SandboxWorld, options: OktaSandboxOptions = {}): Promise<Sides> {
  const [okta, store] = await Promise.all([
    startOktaSandbox(world.okta, { ...SHORT_WINDOW, ...options }),
    borrowStore(world.store),
  ]);
  return {
    okta,
    store,
    settings: { ...oktaSettings(okta), ...storeSettings(store.url, world), ...auditSettings(world) },
    async close() {
      await okta.close();
      await store.close();
    },
  };
}

export function oktaSettings(okta: Pick<OktaSandbox, 'url' | 'token'>): Settings {
  return { OKTA_CLIENT_ORGURL: okta.url, OKTA_CLIENT_TOKEN: okta.token, AUDIT_OKTA_BUDGET: '100' };
}

export function storeSettings(url: string, world: SandboxWorld): Settings {
  return { OPTIID_DATABASE_URL: url, OPTIID_ORGANIZATION: world.organizationId };
}

export function auditSettings({ settings }: SandboxWorld): Settings {
  return {
    ...(settings.scimApp === null ? {} : { AUDIT_SCIM_APP: settings.scimApp }),
    ...(settings.ssoApp === null ? {} : { AUDIT_SSO_APP: settings.ssoApp }),
    ...(settings.pushGroups === null
      ? {}
      : { AUDIT_PUSH_GROUPS: settings.pushGroups.map((entry) => entry.replaceAll(',', '\\,')).join(',') }),
  };
}
