import type { AppFeatureRow } from './dataset.ts';

/** What of Okta a plan's export names besides the plan: ids that a plan for people has no use for. */
export interface OktaResources {
  scimApp: { id: string; label: string } | null;
  /** Push mappings of the SCIM app. */
  pushMappings: readonly { okta_mapping_id: string; okta_group_id: string }[];
  /** Name by Okta group id, of groups that are pushed or meant to be. */
  groupNames: ReadonlyMap<string, string>;
  /** E-mail by Okta user id, of whom the plan assigns. */
  emails: ReadonlyMap<string, string>;
  /** User provisioning of the SCIM app as it is; null where Okta does not show it. */
  provisioning: AppFeatureRow | null;
}
