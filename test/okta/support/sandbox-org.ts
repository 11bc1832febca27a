import type { OktaCredentials } from '../../../src/config/config.ts';
import { DATASET_NAMES, sideOf } from '../../../src/domain/dataset.ts';
import { type CollectOktaInput, collectOkta, type OktaCollection } from '../../../src/okta/collect-okta.ts';
import { WORKFORCE_RATE_LIMITS } from '../../../src/sandbox/okta-rate-limits.ts';
import type { OktaSandbox } from '../../../src/sandbox/okta-server.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { virtualTools } from './virtual-tools.ts';

/** The waits of a test are virtual, the windows of the server are not: it must not refuse anything. */
export const NO_RATE_LIMITS = Object.fromEntries(
  Object.keys(WORKFORCE_RATE_LIMITS).map((bucket) => [bucket, 1_000_000]),
) as Record<keyof typeof WORKFORCE_RATE_LIMITS, number>;

export interface SandboxCollection {
  sink: MemorySink;
  result: OktaCollection;
  /** By dataset of the Okta side, each row as JSON, sorted: the order of answers says nothing. */
  rows: Record<string, string[]>;
}

/** Collects from the stand-in in virtual time. */
export async function collectFromSandbox(
  okta: OktaSandbox,
  {
    credentials = { mode: 'SSWS', token: okta.token },
    settings = {},
    ...input
  }: Pick<CollectOktaInput, 'began' | 'storeUsers' | 'earlier' | 'journal' | 'onForecast'> & {
    credentials?: OktaCredentials;
    settings?: Partial<CollectOktaInput['settings']>;
  },
): Promise<SandboxCollection> {
  okta.clearRequests();
  const sink = new MemorySink();
  const result = await collectOkta({
    okta: { orgUrl: okta.url, credentials, budgetPercent: 100 },
    settings: {
      scim_app: null,
      sso_app: null,
      push_groups: null,
      lag_minutes: 60,
      log_days: 7,
      ...settings,
    },
    sink,
    tools: virtualTools(),
    membersRead: () => sink.readBack('okta.groupMembers'),
    ...input,
  });
  const names = DATASET_NAMES.filter((name) => sideOf(name) === 'okta');
  return {
    sink,
    result,
    rows: Object.fromEntries(
      names.map((name) => [
        name,
        sink
          .rows(name)
          .map((row) => JSON.stringify(row))
          .sort(),
      ]),
    ),
  };
}
