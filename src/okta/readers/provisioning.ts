import type { AppFeatureRow, ProvisioningConnectionRow } from '../../domain/dataset.ts';
import type { RowOf } from '../endpoints.ts';
import { OktaReadFailure } from '../failures.ts';
import { type Asking, type Reading, readOne } from '../reading.ts';

type AppFeature = RowOf<'app-feature'>;

function toAppFeatureRow({ name, status, capabilities }: AppFeature): AppFeatureRow {
  const { create, update, importSettings } = capabilities ?? {};
  return {
    name,
    status,
    create_users: create?.lifecycleCreate?.status ?? null,
    update_attributes: update?.profile?.status ?? null,
    deactivate_users: update?.lifecycleDeactivate?.status ?? null,
    sync_password: update?.password?.status ?? null,
    import_schedule: importSettings?.schedule?.status ?? null,
  };
}

async function withCapabilities(asking: Asking, appId: string, feature: AppFeature): Promise<AppFeature> {
  if (feature.capabilities) return feature;
  try {
    return await readOne(asking, 'app-feature', { app: appId, feature: feature.name });
  } catch (error) {
    // Its name and status are known all the same; what it can do then counts as not shown.
    if (error instanceof OktaReadFailure && error.kind !== 'credentials') return feature;
    throw error;
  }
}

/** The app's provisioning features. Not paginated, so no Link header is looked for. */
export async function readAppFeatures(reading: Reading<AppFeatureRow>, appId: string): Promise<void> {
  const features = await readOne(reading, 'app-features', { app: appId });
  // All or nothing: half of the features would look like features that are off.
  const whole: AppFeature[] = [];
  for (const feature of features) whole.push(await withCapabilities(reading, appId, feature));
  for (const feature of whole) await reading.write(toAppFeatureRow(feature));
}

/** The app's default provisioning connection. Okta answers `UNKNOWN` for apps that it does not show. */
export async function readProvisioningConnection(
  reading: Reading<ProvisioningConnectionRow>,
  appId: string,
): Promise<void> {
  await reading.write(await readOne(reading, 'connection', { app: appId }));
}
