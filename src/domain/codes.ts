/**
 * Codes and the texts that people read in their place. Code branches on a code, never on its text; a text can be
 * reworded here alone.
 */
type Texts = Readonly<Record<string, string>>;

/** By what an Okta user and a store user were matched: the first that fits counts. */
export const USER_MATCHES = {
  app_user_external_id: 'app user external id',
  external_id: 'external id',
  user_name: 'user name',
  email: 'e-mail',
} as const satisfies Texts;

/** By what a push mapping and the store group that it made were matched. */
export const GROUP_MATCHES = {
  target_external_id: 'target external id',
  previous_run: 'previous run',
  target_name: 'target name, exact',
  target_folded_name: 'target name, folded',
  source_name: 'source name, exact',
  source_folded_name: 'source name, folded',
  made_then: 'made right after the mapping, with its people',
  same_members: 'the same people',
} as const satisfies Texts;

/** Why a match of users is not certain. */
export const AMBIGUITIES = {
  shared_email: 'store users with one e-mail',
  shared_store_user: 'assigned users of one store user',
} as const satisfies Texts;

/** Why the two sides of a membership differ. `{okta_status}` stands for the person's status in Okta. */
export const MEMBERSHIP_CAUSES = {
  not_in_store: 'in the Okta group, not in Opti ID at all',
  created_first: 'in the Okta group, created in Opti ID first',
  not_in_opti_group: 'in the Okta group, not in the Opti ID group',
  collaborator: 'collaborator from another organization',
  local_login: 'local login',
  not_in_okta: 'not found in Okta',
  ambiguous: 'several people or accounts have this e-mail',
  suspended: 'suspended in Okta',
  deprovisioned: 'deprovisioned in Okta',
  staged: 'not yet active in Okta ({okta_status})',
  not_in_okta_group: 'not in the Okta group',
  not_assigned: 'not assigned to the SCIM app',
  not_expected: 'not an expected member',
} as const satisfies Texts;
export type MembershipCause = keyof typeof MEMBERSHIP_CAUSES;

/** What stands behind it that somebody is not assigned. */
export const ABSENCES = {
  asked: 'Okta was asked about this person',
  inferred: "inferred: the app's list leaves the person out",
} as const satisfies Texts;

/** SQL for which of the two it is. */
export function sqlAbsence(oktaUserId: string): string {
  return textOfCode(
    `case when ${oktaUserId} in (select okta_user_id from snapshot.okta_assignment_checks) then 'asked' else 'inferred' end`,
    ABSENCES,
  );
}

/** Between the person and the group where the two are one subject. */
export const SUBJECTS = { between: ' → ' } as const satisfies Texts;

/** SQL for the text of the code that an expression gives. */
export function textOfCode(code: string, texts: Texts): string {
  const whens = Object.entries(texts).map(
    ([key, text]) => `when '${key}' then '${text.replaceAll("'", "''")}'`,
  );
  return `case ${code} ${whens.join(' ')} end`;
}

/** The same for the cause of a membership that differs, with the person's status in Okta from another. */
export function textOfMembershipCause(code: string, oktaStatus: string): string {
  return `replace(${textOfCode(code, MEMBERSHIP_CAUSES)}, '{okta_status}', coalesce(${oktaStatus}, ''))`;
}

/** Columns of a rule on memberships: the person and the group, apart and as the one subject that people read. */
export function sqlMembership(person: string, group: string): string {
  return `${person} as person,
      ${group} as group_name,
      person || '${SUBJECTS.between}' || group_name as subject`;
}
