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
    default:
      return 'Check OKTA_CLIENT_CLIENTID, OKTA_CLIENT_PRIVATEKEY, OKTA_CLIENT_KEYID and OKTA_CLIENT_SCOPES, and that the service app is active.';
  }
}

/** Why nothing of an org could be read at all, as the failure that ends the command. */
export function cannotStart(failure: OktaReadFailure, settings: OktaSettings): AuditError {
  const { orgUrl, credentials } = settings;
  const note = (hint: string) => ({ hint, cause: failure });
  // Okta's own words may end with a full stop already.
  const reason = failure.message.replace(/\.$/u, '');
  switch (failure.kind) {
    case 'credentials':
      return new AuditError(
        `Okta refused the ${credentials.mode === 'SSWS' ? 'token' : "service app's credentials"}: ${reason}.`,
        note(tokenHint(settings, failure.oktaCode)),
      );
    case 'forbidden':
      return new AuditError(
        `Okta does not let these credentials read apps: ${reason}.`,
        note(
          credentials.mode === 'SSWS'
            ? "Give the token's owner the role Read-only Administrator."
            : 'Grant the service app the scope okta.apps.read and the role Read-only Administrator.',
        ),
      );
    case 'unreachable':
    case 'transport':
    case 'timeout':
      return new AuditError(
        `${orgUrl} cannot be reached: ${reason}.`,
        note(
          isTlsError(failure.cause)
            ? "Check OKTA_CLIENT_ORGURL and this machine's clock; where a proxy opens TLS, name the authority that signs for it in NODE_EXTRA_CA_CERTS."
            : 'Check OKTA_CLIENT_ORGURL, the network and its proxy.',
        ),
      );
    case 'server':
    case 'rate-limit':
      return new AuditError(
        `${orgUrl} gave no usable answer: ${reason}.`,
        note('Try again later; status.okta.com lists outages.'),
      );
    default:
      return new AuditError(
        `${orgUrl} is not an Okta org: ${reason}.`,
        note(
          'Check OKTA_CLIENT_ORGURL: it is the org itself, such as https://acme.okta.com, without -admin.',
        ),
      );
  }
}
