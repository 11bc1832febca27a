import { type Check, type CheckSubject, failed, passed, type Remedy, undecided } from '../../domain/check.ts';
import { type CheckedName, ENDPOINTS, isBestEffort } from '../endpoints.ts';
import { FEATURE_NOT_PERMITTED, type OktaReadFailure } from '../failures.ts';
import type { Asked } from './session.ts';

export function scopeSubject(scope: string): CheckSubject {
  return { id: `okta.scope.${scope}`, group: 'okta', title: `Scope ${scope}` };
}

export function endpointSubject(name: CheckedName): CheckSubject {
  return { id: `okta.read.${name}`, group: 'okta', title: ENDPOINTS[name].check.title };
}

/** What a call gave: how many rows, and what is worth a word about them. */
export interface Glimpse {
  rows: number;
  note?: string;
}

/** What decides how far an answer is believed. */
export interface Belief {
  mode: 'SSWS' | 'PrivateKey';
  /** True where the admin role is known to see everything: then an empty answer means that there is nothing. */
  seesAll: boolean;
}

/** The check of one endpoint, from the one call that was made of it. */
export function judgeEndpoint(name: CheckedName, asked: Asked<Glimpse>, belief: Belief): Check {
  const subject = endpointSubject(name);
  const { path, check } = ENDPOINTS[name];
  if (asked.failure) return judgeFailure(name, asked.failure, belief);
  const { rows, note } = asked.value;
  const answer = `GET ${path} answers`;
  if (rows > 0) return passed(subject, note === undefined ? answer : `${answer}: ${note}`);
  if (check.empty === 'impossible') {
    return failed(subject, `${answer} with nothing, where every org has something`, roleRemedy(belief.mode));
  }
  if (belief.seesAll) return passed(subject, `${answer}: there is none`);
  return undecided(subject, `${answer} with nothing: there is none, or the admin role does not see it`, {
    who: 'Okta admin',
    how: 'Look it up in the Admin Console: if something is there, the admin role has to be widened (see the check of the role).',
  });
}

function judgeFailure(name: CheckedName, failure: OktaReadFailure, { mode }: Belief): Check {
  const subject = endpointSubject(name);
  const { kind, message } = failure;
  if (kind === 'credentials') return undecided(subject, `not read: ${message}`);
  if (kind === 'rate-limit') {
    return undecided(subject, message, {
      who: 'operator of this machine',
      how: 'Run doctor again in a few minutes.',
    });
  }
  if (isBestEffort(name) && !PASSING.has(kind)) {
    return undecided(subject, `Okta does not show it: ${message}`, {
      who: 'Okta admin',
      how: 'Okta shows this for a few apps only, and the audit goes on without it; its report lists what is to be looked at by hand.',
    });
  }
  return failed(subject, message, remedyFor(name, failure, mode));
}

const PASSING: ReadonlySet<string> = new Set(['server', 'transport', 'timeout', 'unreachable']);

const SOMETHING_BETWEEN: Remedy = {
  who: 'operator of this machine',
  how: 'Something between this machine and Okta answers in its place or takes headers away: let the address of the org pass the proxy untouched.',
};

function remedyFor(name: CheckedName, failure: OktaReadFailure, mode: Belief['mode']): Remedy {
  switch (failure.kind) {
    case 'forbidden':
      if (failure.oktaCode === FEATURE_NOT_PERMITTED) return notPartOfTheOrg(name);
      if (failure.missingScope !== null) {
        const scopes =
          failure.missingScope === '' ? ENDPOINTS[name].scopes.join(' and ') : failure.missingScope;
        return {
          who: 'Okta super admin',
          how: `Grant the service app ${scopes} (Admin Console › Applications › the app › Okta API Scopes), and name it in OKTA_CLIENT_SCOPES.`,
        };
      }
      return failure.oktaCode === null ? SOMETHING_BETWEEN : roleRemedy(mode);
    case 'server':
    case 'transport':
    case 'timeout':
    case 'unreachable':
      return {
        who: 'operator of this machine',
        how: 'Try again later. If it stays: status.okta.com tells about outages; else look at the proxy and the network on the way.',
      };
    case 'pagination':
    case 'not-okta':
      return SOMETHING_BETWEEN;
    case 'not-found':
    case 'bad-request':
      return notPartOfTheOrg(name);
    default:
      return {
        who: 'maintainers of optiid-audit',
        how: 'Okta answers in a form that this version does not understand: report this message.',
      };
  }
}

function notPartOfTheOrg(name: CheckedName): Remedy {
  return {
    who: 'Okta admin',
    how: `This org does not answer GET ${ENDPOINTS[name].path} as Okta documents it: ask Okta Support, with this message, whether the feature is part of the org's edition.`,
  };
}

/** How whoever lacks the rights gets them. */
export function roleRemedy(mode: Belief['mode']): Remedy {
  return mode === 'SSWS'
    ? {
        who: 'Okta super admin',
        how: "Give the token's owner the role Read-only Administrator (Admin Console › Security › Administrators). A custom role needs a resource set with all apps, all groups and all users.",
      }
    : {
        who: 'Okta super admin',
        how: 'Give the service app the role Read-only Administrator (Admin Console › Applications › the app › Admin roles): without a role its scopes open nothing. A custom role needs a resource set with all apps, all groups and all users.',
      };
}
