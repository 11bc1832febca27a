import { AuditError } from '../../domain/errors.ts';
import { ScimReadFailure } from './failures.ts';
import type { ScimRequests } from './requests.ts';

/** What to do where nothing can be read at all, by the kind of the failure; of any other kind a later request may do better. */
const HINTS: { readonly [Kind in ScimReadFailure['kind']]?: string } = {
  credentials:
    'Make a new key (Opti ID Admin Center › Settings › Authentication › SCIM) and set OPTIID_SCIM_TOKEN to it. Where the endpoint wants the word Bearer before it, set OPTIID_SCIM_AUTH=bearer.',
  forbidden:
    'The key must belong to this organization. Make a new one: Opti ID Admin Center › Settings › Authentication › SCIM.',
  'not-found':
    'Check OPTIID_SCIM_URL: it is the base URL that the SCIM app in Okta has, without /users behind it.',
  unreachable:
    'Check the host in OPTIID_SCIM_URL, and that this machine can reach it (VPN, DNS, HTTPS_PROXY).',
  timeout: 'Check the host in OPTIID_SCIM_URL, and that this machine can reach it (VPN, DNS, HTTPS_PROXY).',
  'not-scim':
    'Check OPTIID_SCIM_URL: what answers there is no SCIM endpoint, or a proxy that signs people in.',
  'bad-request': 'Check OPTIID_SCIM_URL: what answers there does not know a plain list of users.',
};

/** The first request of all: where it says that nothing can be read, the run does not begin. Throws an {@link AuditError}. */
export async function proveEntry(requests: ScimRequests): Promise<void> {
  const ask = (list: 'users' | 'groups') =>
    requests.getPage(list, { startIndex: 1, count: 1 }, { isProbe: true }).then(
      () => null,
      (error: unknown) => {
        if (error instanceof ScimReadFailure) return error;
        throw error;
      },
    );
  const failure = await ask('users');
  if (failure === null) return;
  // One list that is not there is a gap; two are a wrong address.
  if (failure.kind === 'not-found' && (await ask('groups')) === null) return;
  const hint = HINTS[failure.kind];
  if (hint === undefined) return;
  throw new AuditError(`Opti ID's SCIM endpoint at ${requests.host} cannot be read: ${failure.message}.`, {
    hint,
    cause: failure,
  });
}
