import type { DerivedTable } from './table.ts';

export const pushMapping: DerivedTable = {
  name: 'push_mapping',
  means: 'A group push mapping of the SCIM app, with the names of its source and its target group.',
  reads: 'okta.groupPushMappings',
  columns: {
    source_name: 'Name of the group that is pushed, or its id where Okta does not show it',
    source_folded_name: 'That name without what Opti ID does not tell apart',
    target_name: 'Name of the app group',
    target_folded_name: 'That name without what Opti ID does not tell apart',
    target_external_id: 'Id of the store group that the app group says it stands for',
  },
  sql: `
    select
      mapping.okta_mapping_id,
      mapping.source_group_id,
      coalesce(source.name, mapping.source_group_id) as source_name,
      source.folded_name as source_folded_name,
      mapping.target_group_id,
      target.name as target_name,
      target.folded_name as target_folded_name,
      target.external_id as target_external_id,
      mapping.status,
      mapping.error_summary,
      mapping.created,
      mapping.last_updated,
      mapping.last_push
    from snapshot.okta_group_push_mappings as mapping
    left join okta_group as source on source.okta_group_id = mapping.source_group_id
    left join okta_group as target on target.okta_group_id = mapping.target_group_id`,
};
