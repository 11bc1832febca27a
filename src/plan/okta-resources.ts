import type { Database } from '../analysis/engine/database.ts';
import { bound } from '../analysis/engine/statement.ts';
import type { OktaResources } from '../domain/okta-resources.ts';
import type { Plan } from '../domain/plan.ts';
import type { ConfigurationFacts } from '../domain/rule.ts';

/** Reads what an export of the plan names besides the plan itself. */
export async function readOktaResources(
  database: Database,
  { scimAppChoice, appFeatures }: Pick<ConfigurationFacts, 'scimAppChoice' | 'appFeatures'>,
  { steps }: Pick<Plan, 'steps'>,
): Promise<OktaResources> {
  const mappings = await database.all(
    'select okta_mapping_id, source_group_id as okta_group_id from push_mapping order by all',
  );
  const groups = await database.all('select okta_group_id, name from okta_group order by all');
  const assigned = steps.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.kind === 'assign_users' ? effect.okta_user_ids : [])),
  );
  const users = await database.all(
    bound`select okta_user_id, coalesce(email, login, '') as email from snapshot.okta_users
          where okta_user_id in (select unnest(${assigned})) order by all`,
  );
  const app = scimAppChoice.kind === 'chosen' ? scimAppChoice.app : null;
  return {
    scimApp: app && { id: app.okta_app_id, label: app.label },
    pushMappings: mappings.map((row) => ({
      okta_mapping_id: String(row.okta_mapping_id),
      okta_group_id: String(row.okta_group_id),
    })),
    groupNames: new Map(groups.map((row) => [String(row.okta_group_id), String(row.name)])),
    emails: new Map(users.map((row) => [String(row.okta_user_id), String(row.email)])),
    provisioning: appFeatures?.find(({ name }) => name === 'USER_PROVISIONING') ?? null,
  };
}
