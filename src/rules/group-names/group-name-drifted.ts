import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-name-drifted',
  when: ['drift'],
  severity: 'error',
  subject: 'group',
  who: 'Okta admin',
  title: 'A pushed group has another name in Opti ID than in Okta',
  cause: { of: 'group', one: 'has another name in Opti ID', many: 'have another name in Opti ID' },
  why: 'Somebody renamed the group in Opti ID, or a new name from Okta never arrived. People ask for access by a name that the other side does not know, and a later push may miss the group.',
  source: 'Article: User management in Opti ID (do not edit group names).',
  overScim: { speaksOf: 'every group', unlessUnplaced: true },
  sql: `
    select
      push_mapping.source_name as subject,
      push_mapping.source_group_id as okta_id,
      opti_group.opti_group_id as opti_id,
      opti_group.name as opti_group_name,
      push_mapping.target_name,
      case
        when opti_group.folded_name = okta_group.folded_name then 'case or space'
        when opti_group.lookalike_name = okta_group.lookalike_name then 'characters that look the same'
        else 'words'
      end as differs_in,
      group_pair.matched_by, group_pair.evidence as matched_on, push_mapping.okta_mapping_id
    from push_mapping
    join okta_group on okta_group.okta_group_id = push_mapping.source_group_id
    join group_pair using (okta_mapping_id)
    join opti_group on opti_group.opti_group_id = group_pair.opti_group_id
    where (push_mapping.status = 'ACTIVE' or (group_pair.is_by_members and push_mapping.status <> 'INACTIVE'))
      and opti_group.name <> okta_group.name
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    target_name: "Name of the push's target group in Okta, as Okta last saw it",
    differs_in: 'Where the two names differ: case or space, characters that look the same, or words',
    matched_by: 'How the store group was found',
    matched_on: 'Where nothing names the group: who of the expected people are among its members',
    okta_mapping_id: 'Id of the push mapping',
  },
  detail: ({ subject, opti_group_name, differs_in }) =>
    `${subject} is called ${opti_group_name} in Opti ID${differs_in === 'words' ? '' : `: the two names differ in ${differs_in}`}.`,
  fix: 'Decide which name is right and give it to the group in Okta, then push the group again (SCIM app › Push Groups, with Rename app groups to match group name in Okta on). Never rename it in Opti ID.',
});
