import type { OktaSettings } from '../config/config.ts';
import { type ReadingProofs, SKEW_WORTH_A_WORD_MS } from '../domain/manifest.ts';
import { ENDPOINTS, type RowOf } from './endpoints.ts';
import type { Headers } from './executor.ts';
import { OktaReadFailure } from './failures.ts';
import { type Asking, askingOf, readOne } from './reading.ts';
import { openOkta } from './requests.ts';
import { SYSTEM_TOOLS } from './tools.ts';

/**
 * What has to be proved of a reading before anything is concluded from it: whose time it goes by, and whether the admin
 * role shows the whole org. `doctor` shows it, and every run stands on it.
 */

/** How far this machine's clock is ahead of Okta's (negative: behind), give or take, in milliseconds. */
export interface ClockSkew {
  aheadMs: number;
  giveOrTakeMs: number;
}

/** Takes the time from the `Date` headers of answers: tell it when a request leaves and what comes back. */
export interface ClockWatch {
  onAttempt: () => void;
  onAnswer: (headers: Headers) => void;
  /** Null until an answer said what time it is. */
  skew: () => ClockSkew | null;
}

/** Compares this clock with that of whoever answers. */
export function watchClock(now: () => number): ClockWatch {
  let sentAt = now();
  let skew: ClockSkew | null = null;
  return {
    onAttempt: () => {
      sentAt = now();
    },
    onAnswer: (headers) => {
      const date = Date.parse(headers.get('date') ?? '');
      if (Number.isNaN(date)) return;
      const receivedAt = now();
      // Okta's clock is cut to whole seconds, and was read somewhere between our two readings.
      const aheadMs = (sentAt + receivedAt) / 2 - (date + 500);
      skew = { aheadMs, giveOrTakeMs: (receivedAt - sentAt) / 2 + 500 };
    },
    skew: () => skew,
  };
}

export function isWorthAWord({ aheadMs, giveOrTakeMs }: ClockSkew): boolean {
  return Math.abs(aheadMs) - giveOrTakeMs >= SKEW_WORTH_A_WORD_MS;
}

/** A person waits for the first word of a run: an org that does not answer is told of by the reading itself. */
const PROBE_TIMEOUT_MS = 8_000;

/**
 * What time it is in Okta, from an answer that takes no credentials. Any answer will do, a refusal too. Null where there
 * is none, or none that says: then this machine's clock is all there is.
 */
export async function measureClock(okta: OktaSettings, now: () => number): Promise<ClockSkew | null> {
  const watch = watchClock(now);
  // The first answer says it: nothing is waited for.
  const sleep = () => Promise.reject(new OktaReadFailure({ kind: 'rate-limit', reason: 'not asked again' }));
  const requests = await openOkta(okta, {
    tools: { ...SYSTEM_TOOLS, now, sleep },
    tries: 1,
    isAnonymous: true,
    attemptTimeoutMs: PROBE_TIMEOUT_MS,
    onAnswer: (_url, headers) => watch.onAnswer(headers),
  });
  try {
    await readOne({ ...askingOf(requests), onAttempt: watch.onAttempt }, 'organization', {});
  } catch (error) {
    if (!(error instanceof OktaReadFailure)) throw error;
  }
  return watch.skew();
}

/** Milliseconds by which this clock is to be corrected: none where the two agree within what can be told. */
export function correctionMs(skew: ClockSkew | null): number {
  return skew === null || Math.abs(skew.aheadMs) <= skew.giveOrTakeMs ? 0 : Math.round(skew.aheadMs);
}

/** Standard roles that see all apps, groups and users; no target narrows them. */
const SEE_ALL: ReadonlySet<string> = new Set(['SUPER_ADMIN', 'ORG_ADMIN', 'READ_ONLY_ADMIN']);
/** Roles whose targets or resource set decide what they see. */
const DEPENDS: ReadonlySet<string> = new Set(['APP_ADMIN', 'CUSTOM']);
const [ROLES_SCOPE] = ENDPOINTS['client-roles'].scopes;

/** Whether the admin role behind the credentials shows all apps, groups and users. */
export interface RoleSeen extends Omit<ReadingProofs['role'], 'found'> {
  /** The roles and whose they are; or why they are not known. */
  found: string;
  /** Null where Okta did not show the roles. */
  roles: readonly string[] | null;
}

/**
 * Asks for the roles. What Okta hides from a role is simply not in its answers, so a role that is not known to see
 * everything is never taken for one that does. Throws what Okta's refusal is.
 */
export async function readRole(asking: Asking, { credentials }: OktaSettings): Promise<RoleSeen> {
  if (credentials.mode === 'PrivateKey') {
    if (!credentials.scopes.includes(ROLES_SCOPE)) {
      const found = `the roles are not shown: the audit does without the scope ${ROLES_SCOPE}`;
      return { sees: 'not-known', found, roles: null };
    }
    const roles = await readOne(asking, 'client-roles', { client: credentials.clientId });
    return judgeRole(roles, `service app ${credentials.clientId}`);
  }
  const { id, profile } = await readOne(asking, 'token-owner', {});
  const roles = await readOne(asking, 'user-roles', { user: id });
  return judgeRole(roles, `the token's owner ${profile.login}`);
}

/** What is known of the role where Okta did not show it. */
export function roleNotShown(failure: OktaReadFailure): RoleSeen {
  return { sees: 'not-known', found: `the roles are not shown: ${failure.message}`, roles: null };
}

function judgeRole(all: RowOf<'user-roles'>, holder: string): RoleSeen {
  const active = all.filter(({ status }) => (status ?? 'ACTIVE') === 'ACTIVE');
  const roles = active.map(({ type, label }) => label ?? type);
  if (roles.length === 0) return { sees: 'not-known', found: `Okta shows no admin role of ${holder}`, roles };
  const found = `${roles.join(', ')} (${holder})`;
  if (active.some(({ type }) => SEE_ALL.has(type))) return { sees: 'all', found, roles };
  const depends = active.some(({ type }) => DEPENDS.has(type));
  return { sees: depends ? 'not-known' : 'part', found, roles };
}

/** Why the listings show a part of the org alone; null where this role does not say so. */
export function hiddenBy({ sees, found }: RoleSeen): string | null {
  return sees === 'part' ? `the admin role of these credentials sees a part of the org: ${found}` : null;
}
