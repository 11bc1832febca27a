import type { DerivedTable } from './table.ts';

export const pushFailure: DerivedTable = {
  name: 'push_failure',
  means:
    'The last failure of provisioning that no later success answers, by the user, else the group, else the app that it names; and the last time that the app refused its credentials, if nothing was provisioned since.',
  columns: {
    about: 'Whom the event names: `user`, `group` or the `app` alone',
    key: 'What tells them apart',
    cause: '`failed push` or `credentials rejected`',
  },
  sql: `
    with success as (
      select published, user_key, group_key
      from provisioning_event
      where is_success and is_provisioning
    ),
    last_success as (
      select 'user' as of_what, user_key as success_key, max(published) as succeeded from success where user_key is not null group by user_key
      union all
      select 'group', group_key, max(published) from success where group_key is not null group by group_key
      union all
      select 'app', null, max(published) from success
    ),
    failure as (
      select
        case
          when cause = 'credentials rejected' then 'app'
          when user_key is not null then 'user'
          when group_key is not null then 'group'
          else 'app'
        end as about,
        case when cause = 'credentials rejected' then '' else coalesce(user_key, group_key, '') end as key,
        *
      from provisioning_event
      where cause is not null
    )
    select failure.* exclude (is_success, is_provisioning)
    from failure
    left join last_success as of_user
      on cause = 'failed push' and of_user.of_what = 'user' and of_user.success_key = user_key
    left join last_success as of_group
      on cause = 'failed push' and of_group.of_what = 'group' and of_group.success_key = group_key
    left join last_success as of_app
      on cause = 'credentials rejected' and of_app.of_what = 'app'
    where published >= coalesce(greatest(of_user.succeeded, of_group.succeeded, of_app.succeeded), published)
    qualify row_number() over (
      partition by cause, about, key
      order by published desc, event_id desc, user_name, group_name
    ) = 1`,
};
