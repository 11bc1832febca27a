import type { AuditSettings, OktaSettings, OptiIdSettings } from '../config/config.ts';
import { orgOf } from '../domain/run.ts';

/** Where a collection reads: both sides, or one of them. */
export interface Sources {
  okta: OktaSettings | null;
  store: OptiIdSettings | null;
  /** Names the run's folder and the manifest where a side is not read. */
  org: string;
  organizationId: string;
}

/** Sources of a collection from both sides. */
export function bothSides(okta: OktaSettings, store: OptiIdSettings): Sources {
  return { okta, store, org: orgOf(okta.orgUrl), organizationId: store.organizationId };
}

/** How a collection is to read. */
export interface ReadingRequest {
  /** Resumes an unfinished collection of the same kind. */
  resume: boolean;
  /**
   * Folder of the snapshot whose rows are carried over where nothing moved; `last`: that of the org's last run, where
   * nothing speaks against it; `nothing`: everything is read.
   */
  since: string | 'last' | 'nothing';
}

/** Where a collection reads, how, and with which settings. */
export interface CollectRequest {
  sources: Sources;
  audit: AuditSettings;
  reading: ReadingRequest;
}

/** Everything is read, from the beginning. */
export const READ_ALL: ReadingRequest = { resume: false, since: 'nothing' };
