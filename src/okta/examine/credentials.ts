import type { OktaSettings } from '../../config/config.ts';
import { type Check, type CheckSubject, failed, passed, undecided } from '../../domain/check.ts';
import type { AppRow, DatasetState } from '../../domain/dataset.ts';
import { NEEDED_SCOPES } from '../endpoints.ts';
import type { OktaReadFailure } from '../failures.ts';
import type { ClockSkew } from '../proofs.ts';
import { readApps } from '../readers/apps.ts';
import { type Asking, pathOf } from '../reading.ts';
import { cannotStart } from '../start-failure.ts';
import { scopeSubject } from './endpoints.ts';
import type { OrgToExamine, Session } from './session.ts';

export const CREDENTIALS: CheckSubject = {
  id: 'okta.credentials',
  group: 'okta',
  title: 'Credentials are taken',
};

/** The apps as far as they were read, as a collection would have them. */
export interface AppsRead {
  apps: AppRow[];
  state: DatasetState;
  /** Null where they were read completely. */
  failure: OktaReadFailure | null;
}

/** What the credentials open. */
export interface Access {
  checks: Check[];
  /** Null where they open nothing. */
  asking: Asking | null;
  read: AppsRead;
}

/** The scopes that were asked for, by what Okta says of them. */
interface Scopes {
  granted: readonly string[];
  refused: readonly string[];
}

/**
 * Reads the apps as a collection does first of all, and says by that whether Okta takes the credentials. Where a
 * service app asks for a scope that it was not granted Okta refuses them all: then they are tried one by one.
 */
export async function examineCredentials(
  session: Session,
  { okta, audit }: OrgToExamine,
  skew: ClockSkew | null,
): Promise<Access> {
  const readAllApps = (way: Asking): Promise<AppsRead> => readAppsAs(session, way, audit);
  const asking = await session.open(okta);
  const read = await readAllApps(asking);
  const { credentials } = okta;
  if (read.failure?.oktaCode !== 'invalid_scope' || credentials.mode !== 'PrivateKey') {
    return accessOf(okta, asking, read, { granted: askedScopes(okta), refused: [] }, skew);
  }
  const withScopes = (scopes: string[]): OktaSettings => ({
    ...okta,
    credentials: { ...credentials, scopes },
  });
  const tried = await Promise.all(
    credentials.scopes.map(async (scope) => ({
      scope,
      failure: await tryScope(session, withScopes([scope])),
    })),
  );
  const of = (wanted: string | null): string[] =>
    tried.flatMap(({ scope, failure }) =>
      (failure?.oktaCode ?? failure?.kind ?? null) === wanted ? [scope] : [],
    );
  const scopes: Scopes = { granted: of(null), refused: of('invalid_scope') };
  if (scopes.granted.length > 0) {
    const narrowed = await session.open(withScopes([...scopes.granted]));
    return accessOf(okta, narrowed, await readAllApps(narrowed), scopes, skew);
  }
  const why = 'Okta grants the service app none of the scopes in OKTA_CLIENT_SCOPES';
  return { checks: [undecided(CREDENTIALS, why), ...scopeChecks(okta, scopes)], asking: null, read };
}

function accessOf(
  okta: OktaSettings,
  asking: Asking,
  read: AppsRead,
  scopes: Scopes,
  skew: ClockSkew | null,
): Access {
  const check = judgeCredentials(okta, read, skew);
  return {
    checks: [check, ...(check.outcome === 'ok' ? scopeChecks(okta, scopes) : [])],
    asking: read.failure?.kind === 'credentials' ? null : asking,
    read,
  };
}

function askedScopes({ credentials }: OktaSettings): readonly string[] {
  return credentials.mode === 'PrivateKey' ? credentials.scopes : [];
}

async function readAppsAs(
  session: Session,
  asking: Asking,
  { scimApp, ssoApp }: OrgToExamine['audit'],
): Promise<AppsRead> {
  const apps: AppRow[] = [];
  const reading = { ...asking, write: async (app: AppRow) => void apps.push(app) };
  // The checks of the chosen apps say whether they are active.
  const { failure } = await session.ask(() =>
    readApps(reading, { isCandidate: () => false, named: [scimApp, ssoApp] }),
  );
  return failure
    ? { apps, state: { completeness: 'partial', reason: failure.message }, failure }
    : { apps, state: { completeness: 'complete', reason: '' }, failure: null };
}

/** Okta tells of authentication first, and rows that cannot be used are rows: whoever gets this far is known. */
function provesCredentials({ apps, failure }: AppsRead): boolean {
  if (failure === null) return true;
  if (failure.kind === 'credentials') return false;
  if (failure.kind === 'forbidden') return failure.oktaCode !== null;
  // A page of apps was shown before it broke off.
  return apps.length > 0 || failure.kind === 'shape' || failure.kind === 'pagination';
}

function judgeCredentials(okta: OktaSettings, read: AppsRead, skew: ClockSkew | null): Check {
  const { failure } = read;
  const what =
    okta.credentials.mode === 'SSWS' ? 'the API token' : `the service app ${okta.credentials.clientId}`;
  if (failure === null || provesCredentials(read)) return passed(CREDENTIALS, `Okta takes ${what}`);
  if (failure.kind === 'forbidden')
    return undecided(CREDENTIALS, `${failure.message}, and nothing in it is Okta's`);
  if (failure.kind === 'rate-limit')
    return undecided(CREDENTIALS, `${failure.message}; try again in a minute`);
  const { message, hint } = cannotStart(failure, okta);
  if (failure.kind !== 'credentials') {
    return failed(CREDENTIALS, message, { who: 'operator of this machine', how: hint });
  }
  const isOff = okta.credentials.mode === 'PrivateKey' && Math.abs(skew?.aheadMs ?? 0) >= 60_000;
  const first = isOff ? "First set this machine's clock, which is off. " : '';
  return failed(CREDENTIALS, message, { who: 'Okta admin', how: `${first}${hint}` });
}

/** Asks for an access token of one scope. Nothing but the token is of interest, so what it opens is open to all. */
async function tryScope(session: Session, okta: OktaSettings): Promise<OktaReadFailure | null> {
  const { requests } = await session.open(okta, { tries: 1 });
  const url = requests.url(pathOf('organization', {}));
  return (await session.ask(() => requests.getJson(url))).failure ?? null;
}

/** One check for each scope that the audit reads with or that is asked for; none with an API token. */
function scopeChecks(okta: OktaSettings, { granted, refused }: Scopes): Check[] {
  if (okta.credentials.mode !== 'PrivateKey') return [];
  const asked = okta.credentials.scopes;
  const app = okta.credentials.clientId;
  const grant = (scope: string) =>
    `Admin Console › Applications › the service app ${app} › Okta API Scopes › grant ${scope}.`;
  return [...new Set([...NEEDED_SCOPES, ...asked])].map((scope) => {
    const subject = scopeSubject(scope);
    const isNeeded = NEEDED_SCOPES.includes(scope);
    if (granted.includes(scope))
      return passed(subject, `granted${isNeeded ? '' : '; the audit reads nothing with it'}`);
    if (!asked.includes(scope)) {
      return failed(subject, 'not among OKTA_CLIENT_SCOPES, and the audit reads with it', {
        who: 'operator of this machine',
        how: `Add ${scope} to OKTA_CLIENT_SCOPES, and have an Okta super admin grant it: ${grant(scope)}`,
      });
    }
    if (!refused.includes(scope)) return undecided(subject, 'Okta did not say whether it is granted');
    return failed(subject, 'not granted to the service app, or no scope that Okta knows', {
      who: 'Okta super admin',
      how: isNeeded
        ? grant(scope)
        : `Okta refuses the whole token because of it, and the audit reads nothing with it: take it out of OKTA_CLIENT_SCOPES, or grant it.`,
    });
  });
}
