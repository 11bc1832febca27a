import type { OktaSettings } from '../../config/config.ts';
import {
  type Check,
  type CheckSubject,
  failed,
  passed,
  type Remedy,
  undecided,
  warned,
} from '../../domain/check.ts';
import { spellSkew } from '../../domain/manifest.ts';
import { OktaReadFailure } from '../failures.ts';
import { type ClockSkew, isWorthAWord, watchClock } from '../proofs.ts';
import { type Asking, readOne } from '../reading.ts';
import { cannotStart } from '../start-failure.ts';
import type { OrgToExamine, Session } from './session.ts';

export const ADDRESS: CheckSubject = { id: 'okta.org', group: 'okta', title: 'Okta org is reached' };
export const CLOCK: CheckSubject = { id: 'okta.clock', group: 'okta', title: "This machine's clock" };

const PIPELINES: Readonly<Record<string, string>> = { idx: 'Identity Engine', v1: 'Classic Engine' };

/** How long the service app's assertions are good (SDK 8.1.0): with a clock further off Okta takes none. */
const ASSERTION_LIFE_MS = 5 * 60_000;

/** Whether an Okta org answers there, asked without credentials, and what it says of time. */
export async function examineAddress(
  session: Session,
  { okta }: OrgToExamine,
): Promise<{ checks: Check[]; isReached: boolean; skew: ClockSkew | null }> {
  const clock = watchClock(() => session.now());
  const asking = await session.open(okta, { isAnonymous: true, onAnswer: clock.onAnswer });
  asking.onAttempt = clock.onAttempt;
  const asked = await session.ask(() => readOne(asking, 'organization', {}));
  if (asked.failure) {
    const { message, hint } = cannotStart(notAnOrg(asked.failure), okta);
    const check = failed(ADDRESS, message, { who: 'operator of this machine', how: hint });
    return { checks: [check], isReached: false, skew: null };
  }
  const { id, pipeline, _links: links } = asked.value;
  const href = links?.organization?.href;
  const own = href !== undefined && URL.canParse(href) ? new URL(href).origin : null;
  const { origin } = asking.requests;
  const address = own === null || own === origin ? origin : `${origin}, at Okta ${own}`;
  const found = `${address}: org ${id}, ${PIPELINES[pipeline] ?? `pipeline ${pipeline}`}`;
  const skew = clock.skew();
  const checks = [passed(ADDRESS, found), judgeClock(skew, okta)];
  return { checks, isReached: true, skew };
}

/** The check of the address with the company's name in it, where Okta shows that to these credentials. */
export async function nameCompany(session: Session, asking: Asking, check: Check): Promise<Check> {
  const asked = await session.ask(() => readOne(asking, 'company', {}));
  const name = asked.value?.companyName;
  return name ? { ...check, found: `${check.found}, ${name}` } : check;
}

/** Without credentials nothing but the address can be wrong. */
function notAnOrg(failure: OktaReadFailure): OktaReadFailure {
  if (!['credentials', 'forbidden'].includes(failure.kind)) return failure;
  return new OktaReadFailure({ kind: 'not-okta', reason: failure.message, cause: failure });
}

function judgeClock(skew: ClockSkew | null, okta: OktaSettings): Check {
  if (skew === null) {
    return undecided(CLOCK, "Okta's answer had no Date header.", {
      who: 'operator of this machine',
      how: 'Check the clock of this machine; something between it and Okta seems to remove headers.',
    });
  }
  const offMs = Math.abs(skew.aheadMs);
  if (!isWorthAWord(skew)) {
    return passed(CLOCK, `within ${offMs < 5_000 ? 'seconds' : `${Math.round(offMs / 1000)} s`} of Okta's`);
  }
  const found = `${spellSkew(skew.aheadMs)} Okta's`;
  const how = 'Let the machine take its time from a time server (NTP).';
  const remedy: Remedy = { who: 'operator of this machine', how };
  if (okta.credentials.mode === 'PrivateKey' && offMs >= ASSERTION_LIFE_MS) {
    const why = 'Okta rejects signatures of the service app that are more than 5 minutes off';
    return failed(CLOCK, `${found}: ${why}`, remedy);
  }
  return warned(CLOCK, `${found}: runs go by Okta's time, everything else on this machine does not`, remedy);
}
