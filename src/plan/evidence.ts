import type { Finding } from '../domain/finding.ts';
import type { KnownRule } from '../rules/index.ts';

interface Membership {
  person: string;
  okta_group_id: string;
}

/** The evidence and the codes that a plan reads, by rule, with their types. */
interface Read {
  'attribute-mapped-needlessly': { attributes: readonly string[] };
  'import-enabled': { last_import: string | null };
  'group-link-shared': { target_name: string | null };
  'group-linked-to-existing': { opti_group_name: string | null };
  'reserved-group-linked': { opti_group_name: string | null };
  'group-name-taken': { is_reserved: boolean };
  'group-missing': { lost_opti_group_id: string | null; last_push: string | null };
  'collaborator-in-managed-group': { okta_group_id: string; opti_group_id: string };
  'collaborator-in-pushed-group': { okta_group_id: string; opti_group_id: string };
  'member-missing': Membership;
  'member-not-assigned': Membership;
  'member-staged': Membership;
  'member-unexpected': Membership;
  'deprovisioned-user-active': { okta_status: string | null; is_assigned: boolean };
  'suspended-user-active': { is_assigned: boolean; is_in_store: boolean };
  'user-deleted-by-hand': { okta_status: string | null };
  'user-email-case': { opti_email: string | null };
  'user-invitation-pending': { invitation_ids: readonly string[] };
  'user-match-ambiguous': {
    okta_user_ids: readonly string[] | null;
    opti_user_ids: readonly string[] | null;
    is_email_alone: boolean;
  };
  'username-differs-from-email': { email: string | null };
  'person-outside-scim-assigned': { matched_by_id: boolean };
  'user-email-drifted': { push_event: string | null };
  'user-linked-to-another': { colleague_id: string };
  'push-event-failed': { concerns: 'user' | 'group' | 'app' };
}

type ColumnOf<Id extends KnownRule['id']> = keyof NonNullable<Extract<KnownRule, { id: Id }>['columns']>;

/** What a finding holds: a column that its rule does not have is an error of the compiler. Throws on another rule's. */
export function evidenceOf<Id extends keyof Read & KnownRule['id']>(
  { rule, evidence, codes }: Finding,
  ...rules: readonly Id[]
): Pick<Read[Id], keyof Read[Id] & ColumnOf<Id>> {
  if (!(rules as readonly string[]).includes(rule))
    throw new Error(`This is a finding of ${rule}, not of ${rules.join(' or ')}.`);
  return { ...evidence, ...codes } as unknown as Read[Id];
}
