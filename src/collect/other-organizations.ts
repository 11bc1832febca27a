import type { OptiIdSettings } from '../config/config.ts';
import type { AppUserRow, DatasetName, DatasetRows, DatasetState, SnapshotSink } from '../domain/dataset.ts';
import { foldEmail } from '../domain/names.ts';
import { isAssigned } from '../domain/okta.ts';
import { whyHidden } from '../domain/source.ts';
import { TextSet } from '../okta/text-set.ts';
import { optiIdSource } from '../opti-id/source.ts';

/** What both sides have read. */
export interface ReadSides {
  stateOf: (name: DatasetName) => DatasetState | null;
  /** The rows that were read, as often as is asked. */
  rowsOf: <Name extends DatasetName>(name: Name) => AsyncIterable<DatasetRows[Name]>;
}

const NAME = 'optiId.otherOrganizationUsers';

/**
 * Asks the store whether people who are assigned and have no store user of this organization have one of another, once
 * both sides are read. `store` is null where one of them was left out.
 */
export async function collectOtherOrganizations(
  sink: SnapshotSink,
  store: OptiIdSettings | null,
  read: ReadSides,
): Promise<void> {
  if (store === null) return sink.notApplicable(NAME, 'it takes both sides, and one was left out');
  const { collectOtherOrganizationUsers: ask } = optiIdSource(store);
  if (ask === null) return sink.unread(NAME, whyHidden('other organizations'));
  const stateOf = (name: DatasetName): DatasetState =>
    read.stateOf(name) ?? { completeness: 'unread', reason: `${name} was not read` };
  const appUsers = stateOf('okta.appUsers');
  const standIn = stateOf('okta.ssoAppUsers');
  const isScim =
    appUsers.completeness === 'complete' && (await isAnyoneAssigned(read.rowsOf('okta.appUsers')));
  const assigned = isScim || standIn.completeness === 'not_applicable' ? appUsers : standIn;
  const gap = [appUsers, assigned, stateOf('okta.users'), stateOf('optiId.users')].find(
    ({ completeness }) => completeness === 'partial' || completeness === 'unread',
  );
  if (gap) return sink.unread(NAME, `it is not known who lacks a store user: ${gap.reason}`);
  if (assigned.completeness === 'not_applicable') return sink.notApplicable(NAME, assigned.reason);
  const emails = emailsWithoutStoreUser(read, assigned === appUsers ? 'okta.appUsers' : 'okta.ssoAppUsers');
  await ask(sink, emails);
}

async function isAnyoneAssigned(rows: AsyncIterable<AppUserRow>): Promise<boolean> {
  for await (const { status } of rows) if (isAssigned(status)) return true;
  return false;
}

/** The e-mails of people who are assigned and have no store user by id or e-mail. There may be a million of each. */
async function* emailsWithoutStoreUser(
  { rowsOf }: ReadSides,
  assigned: 'okta.appUsers' | 'okta.ssoAppUsers',
): AsyncGenerator<string, void, undefined> {
  // Ids of the store and of Okta, and e-mails: none is ever the same as one of another kind.
  const known = new TextSet();
  for await (const user of rowsOf('optiId.users')) {
    if (user.status === 'deleted') continue;
    known.add(user.opti_user_id);
    known.add(foldEmail(user.email));
    if (user.external_id !== null) known.add(user.external_id);
  }
  const isKnown = (text: string | null): boolean => text !== null && known.has(text);
  const lacking = new TextSet();
  const emailOf = (name: string | null): string | null => (name?.includes('@') ? foldEmail(name) : null);
  for await (const { okta_user_id, status, external_id, user_name } of rowsOf(assigned)) {
    if (!isAssigned(status) || isKnown(external_id) || isKnown(okta_user_id) || isKnown(emailOf(user_name)))
      continue;
    lacking.add(okta_user_id);
  }
  if (lacking.size === 0) return;
  const matched = new TextSet();
  for await (const { okta_user_id, email } of rowsOf('okta.users')) {
    if (email === null || !lacking.has(okta_user_id)) continue;
    if (isKnown(foldEmail(email))) matched.add(okta_user_id);
    else yield email;
  }
  for await (const { okta_user_id, user_name } of rowsOf(assigned)) {
    const email = emailOf(user_name);
    if (email !== null && lacking.has(okta_user_id) && !matched.has(okta_user_id)) yield email;
  }
}
