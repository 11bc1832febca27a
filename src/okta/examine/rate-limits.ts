import { type Check, type CheckSubject, passed, undecided, warned } from '../../domain/check.ts';
import { type RateLimit, shareOf } from '../governor.ts';

export const RATE_LIMITS: CheckSubject = { id: 'okta.rate-limits', group: 'okta', title: 'Rate limits' };

/** With less than this left of a limit others are busy, and a run would spend its time waiting. */
const LITTLE_LEFT = 0.1;

/** The smallest limits decide how long a run takes. */
const MOST_SHOWN = 3;

/**
 * What Okta's headers show for these credentials, against the share that the audit is to keep to. Whether a limit is
 * the org's or the token's own part of it (Okta's default is half) is not to be seen from its headers.
 */
export function examineRateLimits(limits: ReadonlyMap<string, RateLimit>, budgetPercent: number): Check {
  const rows = [...limits]
    .flatMap(([bucket, { limit, remaining }]) => (limit === null ? [] : [{ bucket, limit, remaining }]))
    .sort((a, b) => a.limit - b.limit || (a.bucket < b.bucket ? -1 : 1));
  if (rows.length === 0) {
    return undecided(RATE_LIMITS, "Okta's answers had no X-Rate-Limit headers: a run could not pace itself", {
      who: 'operator of this machine',
      how: "Let the headers of Okta's answers pass the proxy; without them a run goes on until Okta refuses, and waits then.",
    });
  }
  const more = rows.length > MOST_SHOWN ? `, more of ${rows.length - MOST_SHOWN} others` : '';
  const found = `${rows
    .slice(0, MOST_SHOWN)
    .map(
      ({ bucket, limit, remaining }) =>
        `${bucket} ${shareOf(limit, budgetPercent)} of ${limit} a minute${remaining === null ? '' : ` (${remaining} left now)`}`,
    )
    .join(', ')}${more}`;
  const scarce = rows.filter(({ limit, remaining }) => remaining !== null && remaining < limit * LITTLE_LEFT);
  if (scarce.length > 0) {
    return warned(RATE_LIMITS, `others use up ${scarce.map(({ bucket }) => bucket).join(', ')}: ${found}`, {
      who: 'Okta admin',
      how: 'See who is busy in the Admin Console (Reports › Rate limits), run the audit at another time, or give its token a larger share (Security › API › Tokens › the token › rate limit).',
    });
  }
  return passed(RATE_LIMITS, `the audit uses (AUDIT_OKTA_BUDGET ${budgetPercent} %): ${found}`);
}
