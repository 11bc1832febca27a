import { GROUP_MATCHES, textOfCode } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

export const groupPair: DerivedTable = {
  name: 'group_pair',
  means: 'A push mapping and the store group that it made, and by what the two were matched.',
  sql: `
    with remembered as (
      select okta_mapping_id, remembered_pair.opti_group_id, opti_group.opti_group_id is not null as is_present
      from remembered_pair
      left join opti_group using (opti_group_id)
    )
    select okta_mapping_id, source_group_id as okta_group_id, opti_group_id,
      ${textOfCode('match', GROUP_MATCHES)} as matched_by
    from (
      select okta_mapping_id, source_group_id, opti_group.opti_group_id, 'target_external_id' as match, 0 as rank
      from push_mapping
      join opti_group on opti_group.opti_group_id = target_external_id
      union all
      select okta_mapping_id, source_group_id, remembered.opti_group_id, 'previous_run', 1
      from push_mapping
      join remembered using (okta_mapping_id)
      where target_external_id is null and remembered.is_present
      union all
      select
        okta_mapping_id,
        source_group_id,
        opti_group.opti_group_id,
        named.side || case when opti_group.name = named.name then '_name' else '_folded_name' end,
        named.rank
          + case when opti_group.group_type = 'internal' then 0 else 2 end
          + case when opti_group.name = named.name then 0 else 1 end
      from (
        select okta_mapping_id, source_group_id, 'target' as side, target_name as name, target_folded_name as folded_name, 10 as rank
        from push_mapping
        where target_name is not null and target_external_id is null
        union all
        select okta_mapping_id, source_group_id, 'source', source_name, source_folded_name, 20
        from push_mapping
        where source_folded_name is not null and target_external_id is null
      ) as named
      join opti_group on opti_group.folded_name = named.folded_name
      -- The group that this mapping made is known to be gone: only Okta can have made it anew, nobody by hand.
      where opti_group.group_type = 'internal'
        or okta_mapping_id not in (select okta_mapping_id from remembered where not is_present)
    )
    qualify row_number() over (partition by okta_mapping_id order by rank, opti_group_id) = 1`,
};
