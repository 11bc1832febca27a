import { z } from 'zod';
import type { AppFeatureRow, ProvisioningConnectionRow } from '../../domain/dataset.ts';
import { OktaReadFailure } from '../failures.ts';
import { type Asking, pathSegment, type Reading, readOne } from '../reading.ts';
import { appFeatureSchema, provisioningConnectionSchema } from '../schemas.ts';

/** Okta shows these for a few apps of its own choice, so a fault is not worth a long wait. */
const TRIES = 2;

type AppFeature = z.output<typeof appFeatureSchema>;

function toAppFeatureRow(feature: AppFeature): AppFeatureRow {
  const { create, update, importSettings } = feature.capabilities ?? {};
  return {
    name: feature.name,
    status: feature.status,
    create_users: create?.lifecycleCreate?.status ?? null,
    update_attributes: update?.profile?.status ?? null,
    deactivate_users: update?.lifecycleDeactivate?.status ?? null,
    sync_password: update?.password?.status ?? null,
    import_schedule: importSettings?.schedule?.status ?? null,
  };
}

async function withCapabilities(asking: Asking, path: string, feature: AppFeature): Promise<AppFeature> {
  if (feature.capabilities) return feature;
  try {
    return await readOne(asking, `${path}/${pathSegment(feature.name)}`, appFeatureSchema, { tries: TRIES });
  } catch (error) {
    // Its name and status are known all the same; what it can do then counts as not shown.
    if (error instanceof OktaReadFailure && error.kind !== 'credentials') return feature;
    throw error;
  }
}

/** The app's provisioning features. Not paginated, so no Link header is looked for. */
export async function readAppFeatures(reading: Reading<AppFeatureRow>, appId: string): Promise<void> {
  const path = `/api/v1/apps/${pathSegment(appId)}/features`;
  const features = await readOne(reading, path, z.array(appFeatureSchema), { tries: TRIES });
  // All or nothing: half of the features would look like features that are off.
  const whole: AppFeature[] = [];
  for (const feature of features) whole.push(await withCapabilities(reading, path, feature));
  for (const feature of whole) await reading.write(toAppFeatureRow(feature));
}

/** The app's default provisioning connection. Okta answers `UNKNOWN` for apps that it does not show. */
export async function readProvisioningConnection(
  reading: Reading<ProvisioningConnectionRow>,
  appId: string,
): Promise<void> {
  const path = `/api/v1/apps/${pathSegment(appId)}/connections/default`;
  const connection = await readOne(reading, path, provisioningConnectionSchema, { tries: TRIES });
  await reading.write({
    status: connection.status,
    auth_scheme: connection.authScheme ?? connection.profile?.authScheme ?? null,
    base_url: connection.baseUrl,
  });
}
