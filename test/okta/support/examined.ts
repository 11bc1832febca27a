import type { AuditSettings, OktaSettings } from '../../../src/config/config.ts';
import type { Check } from '../../../src/domain/check.ts';
import { examineOrg } from '../../../src/okta/examine/org.ts';
import type { OrgToExamine } from '../../../src/okta/examine/session.ts';
import { virtualTools } from './virtual-tools.ts';

export const PLAIN_AUDIT_SETTINGS: AuditSettings = {
  scimApp: null,
  ssoApp: null,
  pushGroups: null,
  lagMinutes: 60,
  logDays: 7,
  reportsDir: 'reports',
  sealKey: null,
};

/** An org as doctor sees it, in virtual time. */
export interface Examined {
  checks: Check[];
  people: number | null;
  /** The check of this id, which must be there. */
  of(id: string): Check;
  /** Ids of the checks with this outcome, in the order in which they are shown. */
  ids(outcome: Check['outcome']): string[];
}

/** Examines an org by its API token, or by the credentials given. */
export async function examineFrom(
  okta: { url: string; token: string },
  changes: {
    okta?: Partial<OktaSettings>;
    audit?: Partial<AuditSettings>;
  } & Partial<Pick<OrgToExamine, 'wrongSettings' | 'attemptTimeoutMs' | 'deadlineMs' | 'tools'>> = {},
): Promise<Examined> {
  const { okta: oktaChanges, audit, ...more } = changes;
  const { checks, people } = await examineOrg({
    okta: {
      orgUrl: okta.url,
      credentials: { mode: 'SSWS', token: okta.token },
      budgetPercent: 50,
      ...oktaChanges,
    },
    audit: { ...PLAIN_AUDIT_SETTINGS, ...audit },
    wrongSettings: new Set(),
    tools: virtualTools(),
    attemptTimeoutMs: 5_000,
    ...more,
  });
  return {
    checks,
    people,
    of: (id) => {
      const found = checks.find((check) => check.id === id);
      if (!found) throw new Error(`There is no check ${id}.`);
      return found;
    },
    ids: (outcome) => checks.filter((check) => check.outcome === outcome).map(({ id }) => id),
  };
}
