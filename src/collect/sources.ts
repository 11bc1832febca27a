import type { OktaSettings, StoreSettings } from '../config/config.ts';
import { orgOf } from '../domain/run.ts';

/** Where a collection reads: both sides, or one of them. */
export interface Sources {
  okta: OktaSettings | null;
  store: StoreSettings | null;
  /** Names the run's folder and the manifest where a side is not read. */
  org: string;
  organizationId: string;
}

/** Sources of a collection from both sides. */
export function bothSides(okta: OktaSettings, store: StoreSettings): Sources {
  return { okta, store, org: orgOf(okta.orgUrl), organizationId: store.organizationId };
}
