import type { OktaSettings } from '../config/config.ts';
import { type ReadingProofs, SKEW_WORTH_A_WORD_MS } from '../domain/manifest.ts';
import { SYSTEM_TOOLS } from '../runtime/tools.ts';
import { ENDPOINTS, type RowOf } from './endpoints.ts';
import type { Headers } from './executor.ts';
import { OktaReadFailure } from './failures.ts';
import { type Asking, askingOf, readOne } from './reading.ts';
import { openOkta } from './requests.ts';

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
/** What a custom role must hold the whole of, by the end of its resource name. */
const WHOLE = [
  ['all apps', /^orn:[^:]+:idp:[^:]+:apps$/u],
  ['all groups', /^orn:[^:]+:directory:[^:]+:groups$/u],
  ['all users', /^orn:[^:]+:directory:[^:]+:users$/u],
] as const;
const [ROLES_SCOPE] = ENDPOINTS['client-roles'].scopes;

/** Whether the admin role behind the credentials shows all apps, groups and users. */
export interface RoleSeen extends Omit<ReadingProofs['role'], 'found'> {
  /** The roles, whose they are and, where they do not see all, why; or why they are not known. */
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
    return judgeRole(asking, roles, `service app ${credentials.clientId}`);
  }
  const { id, profile } = await readOne(asking, 'token-owner', {});
  const roles = await readOne(asking, 'user-roles', { user: id });
  return judgeRole(asking, roles, `the token's owner ${profile.login}`);
}

/** What is known of the role where Okta did not show it. */
export function roleNotShown(failure: OktaReadFailure): RoleSeen {
  return { sees: 'not-known', found: `the roles are not shown: ${failure.message}`, roles: null };
}

async function judgeRole(asking: Asking, all: RowOf<'user-roles'>, holder: string): Promise<RoleSeen> {
  const active = all.filter(({ status }) => (status ?? 'ACTIVE') === 'ACTIVE');
  const roles = active.map(({ type, label }) => label ?? type);
  if (roles.length === 0) return { sees: 'not-known', found: `Okta shows no admin role of ${holder}`, roles };
  const shown = `${roles.join(', ')} (${holder})`;
  if (active.some(({ type }) => SEE_ALL.has(type))) return { sees: 'all', found: shown, roles };
  const custom = active.filter(({ type }) => type === 'CUSTOM');
  const { missing, unread } = await lookIntoSets(
    asking,
    custom.map((role) => role['resource-set'] ?? null),
  );
  if (missing.length === 0) return { sees: 'all', found: shown, roles };
  if (unread !== null) return { sees: 'not-known', found: `${shown}: ${unread}`, roles };
  if (active.some(({ type }) => type === 'APP_ADMIN')) {
    return { sees: 'not-known', found: `${shown}: what it sees depends on its targets`, roles };
  }
  const without = custom.length === 0 ? 'it does not see' : 'its resource set does not hold';
  return { sees: 'part', found: `${shown}: ${without} ${missing.join(', ')}`, roles };
}

/** What these resource sets together do not hold the whole of, and why one of them is not known. */
async function lookIntoSets(
  asking: Asking,
  sets: readonly (string | null)[],
): Promise<{ missing: string[]; unread: string | null }> {
  const held: string[] = [];
  let unread: string | null = null;
  for (const set of sets) {
    if (set === null) {
      unread = 'Okta does not say which resource set it has';
      continue;
    }
    try {
      const { resources, _links } = await readOne(asking, 'resource-set', { set });
      // A condition takes something out again.
      held.push(...resources.flatMap(({ orn, conditions }) => (orn && conditions == null ? [orn] : [])));
      if (_links?.next != null) unread = `not all of its resource set ${set} is shown`;
    } catch (error) {
      if (!(error instanceof OktaReadFailure)) throw error;
      unread = `its resource set ${set} is not shown: ${error.message}`;
    }
  }
  const missing = WHOLE.flatMap(([what, name]) => (held.some((orn) => name.test(orn)) ? [] : [what]));
  return { missing, unread };
}

/**
 * Why the listings may show a part of the org alone; null where this role does not say so. Where Okta shows no role at all,
 * the lists themselves must tell: the group Everyone, the app, the counts.
 */
export function hiddenBy({ sees, found, roles }: RoleSeen): string | null {
  if (sees === 'all' || roles === null) return null;
  return sees === 'part'
    ? `the admin role of these credentials sees a part of the org: ${found}`
    : `whether the admin role of these credentials sees the whole org is not known: ${found}`;
}
