import type { OktaSettings } from '../config/config.ts';
import { AuditError } from '../domain/errors.ts';
import { isTlsError, type OktaReadFailure } from './failures.ts';

function tokenHint(settings: OktaSettings, oktaCode: string | null): string {
  const { credentials } = settings;
  if (credentials.mode === 'SSWS') {
    return 'Check OKTA_CLIENT_TOKEN: a token expires after 30 days without use, ends with its owner, and belongs to one org.';
  }
  switch (oktaCode) {
    case 'invalid_scope':
      return `Grant the service app each of the scopes in OKTA_CLIENT_SCOPES (${credentials.scopes.join(' ')}), or ask for fewer.`;
    case 'invalid_client':
      return 'Check OKTA_CLIENT_CLIENTID, and that the public key of OKTA_CLIENT_PRIVATEKEY (OKTA_CLIENT_KEYID) is registered with the service app.';
    case 'unusable_key':
      return 'Check OKTA_CLIENT_PRIVATEKEY.';
    case 'invalid_dpop_proof':
    case 'use_dpop_nonce':
      return 'Check this machine\'s clock, and that no proxy rewrites addresses or headers. If both are right, report this message; until then switch off "Require Demonstrating Proof of Possession (DPoP)" in the service app (General).';
    default:
      return 'Check OKTA_CLIENT_CLIENTID, OKTA_CLIENT_PRIVATEKEY, OKTA_CLIENT_KEYID and OKTA_CLIENT_SCOPES, and that the service app is active.';
  }
}

/** Why nothing of an org could be read at all, as the failure that ends the command. */
export function cannotStart(failure: OktaReadFailure, settings: OktaSettings): AuditError {
  const { what, hint } = explain(failure, settings);
  // Okta's own words may end with a full stop already.
  const isRefused = failure.kind === 'credentials' || failure.kind === 'forbidden';
  return new AuditError(`${what}: ${failure.message.replace(/\.$/u, '')}.`, {
    hint,
    cause: failure,
    again: isRefused ? 'no-use' : 'may-help',
  });
}

function explain(failure: OktaReadFailure, settings: OktaSettings): { what: string; hint: string } {
  const { orgUrl, credentials } = settings;
  const isToken = credentials.mode === 'SSWS';
  switch (failure.kind) {
    case 'credentials':
      return {
        what: `Okta refused the ${isToken ? 'token' : "service app's credentials"}`,
        hint: tokenHint(settings, failure.oktaCode),
      };
    case 'forbidden':
      return {
        what: 'Okta does not let these credentials read apps',
        hint: isToken
          ? "Give the token's owner the role Read-only Administrator."
          : 'Grant the service app the scope okta.apps.read and the role Read-only Administrator.',
      };
    case 'unreachable':
    case 'transport':
    case 'timeout':
      return {
        what: `${orgUrl} cannot be reached`,
        hint: isTlsError(failure.cause)
          ? "Check OKTA_CLIENT_ORGURL and this machine's clock; where a proxy opens TLS, name the authority that signs for it in NODE_EXTRA_CA_CERTS."
          : 'Check OKTA_CLIENT_ORGURL, the network and its proxy.',
      };
    case 'server':
    case 'rate-limit':
      return {
        what: `${orgUrl} gave no usable answer`,
        hint: 'Try again later; status.okta.com lists outages.',
      };
    default:
      // Only Okta has such a code to give.
      if (failure.oktaCode !== null) {
        return {
          what: `${orgUrl} does not list its apps`,
          hint: 'Run optiid-audit doctor, which asks each endpoint once.',
        };
      }
      return {
        what: `${orgUrl} is not an Okta org`,
        hint: 'Check OKTA_CLIENT_ORGURL: it is the org itself, such as https://acme.okta.com, without -admin.',
      };
  }
}
