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
import { type FailureKind, OktaReadFailure } from '../failures.ts';
import { watchValues } from '../known-values.ts';
import { type Asking, type Reading, readOne, readPages, unlessGone } from '../reading.ts';
import type { UserIntake } from './users.ts';

/** What the settings may give for an app besides its label. */
const APP_ID = /^0oa[0-9A-Za-z]+$/u;

/** Where nothing is answered, or nothing to these credentials, one app is not asked for either. */
const NO_USE: readonly FailureKind[] = ['credentials', 'unreachable', 'timeout', 'transport'];

interface AppsToRead {
  /** Of candidates it matters whether they are active. */
  isCandidate: (app: AppRow) => boolean;
  /** The apps as the settings name them. One that is named by its id and not listed is read by itself. */
  named: readonly (string | null)[];
  /** Makes the error where nothing at all was answered. */
  whyNot?: (failure: OktaReadFailure) => Error;
}

/**
 * Every app that the credentials can see. The first request of a run, so it also shows whether Okta takes the
 * credentials. Neither a listing that is broken by one app nor one that leaves out inactive apps hides those named by id.
 */
export async function readApps(
  reading: Reading<AppRow>,
  { isCandidate, named, whyNot = (failure) => failure }: AppsToRead,
): Promise<void> {
  // A listing that is begun again shows apps twice, and the same app twice would be two of one label.
  const seen = new Set<string>();
  const watch = watchValues({ status: 'app status' });
  const take = async (app: AppRow): Promise<void> => {
    if (seen.has(app.okta_app_id)) return;
    seen.add(app.okta_app_id);
    if (isCandidate(app)) watch.see(app);
    await reading.write(app);
  };
  let isAnswered = false;
  const failures: OktaReadFailure[] = [];
  const trying = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof OktaReadFailure)) throw error;
      failures.push(error);
    }
  };
  await trying(async () => {
    for await (const apps of readPages(reading, 'apps', {}, { isProbe: true })) {
      isAnswered = true;
      for (const app of apps) await take(app);
    }
  });
  for (const id of failures.some(({ kind }) => NO_USE.includes(kind)) ? [] : new Set(named)) {
    if (id === null || !APP_ID.test(id) || seen.has(id)) continue;
    await trying(async () => {
      const app = await unlessGone(readOne(reading, 'app', { app: id }));
      if (app === null) return;
      isAnswered = true;
      const { username_template: _t, username_template_type: _y, username_push_status: _s, ...row } = app;
      await take(row);
    });
  }
  const [failure] = failures;
  if (failure) throw isAnswered ? failure : whyNot(failure);
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

/** The users assigned to an app, and with them the Okta users: those whom it does not show are asked for. */
export async function readAppUsers(
  reading: Reading<AppUserRow>,
  appId: string,
  users: UserIntake,
  onAppUser: (row: AppUserRow) => void = () => {},
  onUnshown: () => void = () => {},
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
    if (unshown.size === 0) continue;
    onUnshown();
    failures.push(...(await users.lookUp(reading, [...unshown])));
  }
  const [first] = failures;
  if (first)
    throw new IncompleteRead(`not all of the app's users could be looked up: ${first.message}`, first);
  watch.check();
}

/** The mappings from Okta to the app, one per Okta user type. The listing has no properties. */
export async function readProfileMappings(reading: Reading<ProfileMappingRow>, appId: string): Promise<void> {
  const ids = new Set<string>();
  for await (const page of readPages(reading, 'profile-mappings', {}, { query: { targetId: appId } })) {
    // A server may ignore the filter.
    for (const mapping of page) if (mapping.target.id === appId) ids.add(mapping.id);
  }
  for (const id of ids) {
    const mapping = await unlessGone(readOne(reading, 'profile-mapping', { mapping: id }));
    if (mapping !== null) await reading.write(mapping);
  }
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
