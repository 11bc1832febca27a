import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-team-instance-unknown',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'group',
  who: 'Okta admin',
  title: 'A pushed team names no product instance that has teams',
  cause: {
    of: 'group',
    one: 'names no product instance that has teams',
    many: 'name no product instance that has teams',
  },
  why: 'Opti ID refuses such a push (404): neither a team nor a group is made, and its members get nothing.',
  source: 'Opti ID documentation: Use SCIM for provisioning teams.',
  sql: `
    select
      name as subject, okta_group_id as okta_id, null::varchar as opti_id,
      team.instance_id,
      instance.product
    from (select *, regexp_extract(name, '.*::(.*)', 1, 's') as instance_id from pushed_group where is_team) as team
    left join snapshot.opti_id_product_instances as instance on opti_instance_id = team.instance_id
    where coalesce(fold_name(instance.product) not in ('content marketing platform', 'cmp', 'collaboration'), true)
    order by subject, okta_id`,
  evidence: {
    instance_id: 'Id of the product instance that the name gives: what follows the last ::',
    product: 'Product of that instance; null where the organization has no such instance',
  },
  detail: ({ subject, instance_id, product }) =>
    product === null
      ? `${subject} is to be pushed as a team, and the organization has no product instance ${JSON.stringify(instance_id)}.`
      : `${subject} is to be pushed as a team of an instance of ${product}, which has no teams.`,
  fix: 'Rename the Okta group so that the id of an instance of Content Marketing Platform or Collaboration follows the ::, or take the :: out of its name if a group is meant.',
});
