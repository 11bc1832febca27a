import type { AppRow, ChosenAppRow } from '../../domain/dataset.ts';
import { watchValues } from '../known-values.ts';
import { type Reading, readOne, readPages } from '../reading.ts';

/**
 * Every app that the credentials can see. The first request of a run, so it also shows whether Okta takes the
 * credentials: `onAnswer` is called once it has. Of candidates it matters whether they are active.
 */
export async function readApps(
  reading: Reading<AppRow>,
  onAnswer: () => void,
  onApp: (app: AppRow) => void,
  isCandidate: (app: AppRow) => boolean,
): Promise<void> {
  // A listing that is begun again shows apps twice, and the same app twice would be two of one label.
  const seen = new Set<string>();
  const watch = watchValues({ status: 'app status' });
  for await (const apps of readPages(reading, 'apps', {}, { isProbe: true })) {
    onAnswer();
    for (const app of apps) {
      if (seen.has(app.okta_app_id)) continue;
      seen.add(app.okta_app_id);
      // Of the others nobody wants to know whether they are active.
      if (isCandidate(app)) watch.see(app);
      onApp(app);
      await reading.write(app);
    }
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
