import type {
  AppFeatureRow,
  AppRow,
  AppUserRow,
  ChosenAppRow,
  ProfileMappingRow,
  ProvisioningConnectionRow,
} from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import type { RowOf } from '../endpoints.ts';
import { OktaReadFailure } from '../failures.ts';
import { watchValues } from '../known-values.ts';
import { type Asking, type Reading, readOne, readPages } from '../reading.ts';
import type { UserIntake } from './users.ts';

/**
 * Every app that the credentials can see. The first request of a run, so it also shows whether Okta takes the
 * credentials: where it fails before any answer, `whyNot` makes the error. Of candidates it matters whether they are
 * active.
 */
export async function readApps(
  reading: Reading<AppRow>,
  isCandidate: (app: AppRow) => boolean,
  whyNot: (failure: OktaReadFailure) => Error = (failure) => failure,
): Promise<void> {
  // A listing that is begun again shows apps twice, and the same app twice would be two of one label.
  const seen = new Set<string>();
  const watch = watchValues({ status: 'app status' });
  let isAnswered = false;
  try {
    for await (const apps of readPages(reading, 'apps', {}, { isProbe: true })) {
      isAnswered = true;
      for (const app of apps) {
        if (seen.has(app.okta_app_id)) continue;
        seen.add(app.okta_app_id);
        if (isCandidate(app)) watch.see(app);
        await reading.write(app);
      }
    }
  } catch (error) {
    throw !isAnswered && error instanceof OktaReadFailure ? whyNot(error) : error;
  }
  watch.check();
}

/** The chosen SCIM or SSO app. */
export async function readChosenApp(reading: Reading<ChosenAppRow>, appId: string): Promise<void> {
  const watch = watchValues({ status: 'app status' });
  const app = await readOne(reading, 'app', { app: appId });
  await reading.write(app);
  watch.see(app);
  watch.check();
}

/** The users assigned to an app, and with them the Okta users. */
export async function readAppUsers(
  reading: Reading<AppUserRow>,
  appId: string,
  users: UserIntake,
  onAppUser: (row: AppUserRow) => void = () => {},
): Promise<void> {
  const failures: OktaReadFailure[] = [];
  const watch = watchValues({ status: 'app user status', sync_state: 'synchronization state' });
  for await (const page of readPages(reading, 'app-users', { app: appId })) {
    const unshown = new Set<string>();
    for (const { row, user } of page) {
      watch.see(row);
      onAppUser(row);
      await reading.write(row);
      if (user) await users.take(user);
      else if (!users.has(row.okta_user_id)) unshown.add(row.okta_user_id);
    }
    const lookUps = await Promise.all([...unshown].map((userId) => users.lookUp(reading, userId)));
    failures.push(...lookUps.filter((failure) => failure !== null));
  }
  const [first] = failures;
  if (first) {
    throw new IncompleteRead(
      `${failures.length} of the app's users could not be looked up: ${first.message}`,
      first,
    );
  }
  watch.check();
}

/** The mappings from Okta to the app, one per Okta user type. The listing has no properties. */
export async function readProfileMappings(reading: Reading<ProfileMappingRow>, appId: string): Promise<void> {
  const ids = new Set<string>();
  for await (const page of readPages(reading, 'profile-mappings', {}, { query: { targetId: appId } })) {
    // A server may ignore the filter.
    for (const mapping of page) if (mapping.target.id === appId) ids.add(mapping.id);
  }
  for (const mapping of ids) await reading.write(await readOne(reading, 'profile-mapping', { mapping }));
}

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
