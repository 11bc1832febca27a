import type { DerivedTable } from './table.ts';

export const optiUserOwner: DerivedTable = {
  name: 'opti_user_owner',
  means: 'A store user and the Okta user who stands for it; of several with one store user, the smallest id.',
  sql: `
    select opti_user_id, min(okta_user_id) as okta_user_id
    from user_pair
    group by opti_user_id`,
};
