/**
 * What must be known of Opti ID before a cutover, to be asked of Optimizely Support. Each with why it matters to this
 * audit, and with what Opti ID's public SCIM reference says: parts of its text are from the beta, so it is to be confirmed.
 */
export const QUESTIONS_FOR_SUPPORT: readonly { question: string; why: string; documented?: string }[] = [
  {
    question:
      'What happens when Okta pushes a group whose name an Opti ID group already has: a refusal (409), a second group, or a merge of the two?',
    why: 'The audit has groups of the same name deleted first and calls them blockers, because a merge could hand out access and a second group could hide the loss of it.',
    documented:
      'a push is refused (409) where the name exists or is that of a system group: no merge, and no second group.',
  },
  {
    question:
      'When a deleted user is assigned again, does “reinstate” bring back the old user id, the memberships of product groups, and what the person owned in CMP and CMS?',
    why: 'The audit counts roles given to a person directly as lost.',
    documented:
      'a user whom Okta deactivates is permanently deleted, and a new assignment makes a new account. Not documented: what becomes of memberships of product groups and of what the person owned.',
  },
  {
    question:
      'How are group names compared: upper and lower case, spaces at the ends, Unicode forms, and up to which length?',
    why: 'The audit compares folded names and warns about names that merely look the same.',
  },
  {
    question: 'How is a group removed that “Leave the group in the target app” left behind?',
    why: 'Such a group cannot be deleted in the Admin Center, and its members keep its access; the plan hands it to Optimizely Support.',
  },
  {
    question: 'Can a custom group be turned into one that SCIM manages?',
    why: 'It would save deleting it and giving its access back by hand.',
  },
  {
    question:
      'Does renaming a group in Okta rename its internal group in Opti ID, and does that keep its instances and roles?',
    why: 'The plan asks for renames in Okta only before the first push.',
    documented:
      'PUT may change the name of a group, PATCH may change its members only. Not documented: whether a renamed group keeps its instances and roles.',
  },
  {
    question:
      'Are people whom JIT made and whom nobody assigns in Okta left alone, and can they still sign in once JIT is off?',
    why: 'The audit reports them as unmanaged: nobody may be able to take their access away.',
  },
  {
    question: 'Which rate limits does the SCIM endpoint have?',
    why: 'They decide in which waves people and groups are assigned and pushed.',
  },
  {
    question:
      'Where a user is also a collaborator in other organizations, is a deletion through SCIM one for this organization or for all of them?',
    why: 'The plan keeps collaborators out of the assignments until this is known.',
    documented:
      'creating a user whose e-mail another organization has is refused (409), and a deactivated user is permanently deleted from Opti ID. Not documented: what becomes of that user in the other organizations.',
  },
];
