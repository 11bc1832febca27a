import type { z } from 'zod';
import type { AppRow, ChosenAppRow } from '../../domain/dataset.ts';
import { watchValues } from '../known-values.ts';
import { pathSegment, type Reading, readOne, readPages } from '../reading.ts';
import { appSchema, chosenAppSchema } from '../schemas.ts';

function toAppRow(app: z.output<typeof appSchema>): AppRow {
  return {
    okta_app_id: app.id,
    name: app.name,
    label: app.label,
    status: app.status,
    sign_on_mode: app.signOnMode,
  };
}

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
  const listing = { path: '/api/v1/apps', limit: 200 };
  // A listing that is begun anew shows apps twice, and the same app twice would be two of one label.
  const seen = new Set<string>();
  const statuses = watchValues('app status');
  for await (const apps of readPages(reading, listing, appSchema, { isProbe: true })) {
    onAnswer();
    for (const app of apps) {
      if (seen.has(app.id)) continue;
      seen.add(app.id);
      const row = toAppRow(app);
      // Of the others nobody wants to know whether they are active.
      if (isCandidate(row)) statuses.see(row.status);
      onApp(row);
      await reading.write(row);
    }
  }
  statuses.check();
}

/** The chosen SCIM or SSO app. */
export async function readChosenApp(reading: Reading<ChosenAppRow>, appId: string): Promise<void> {
  const statuses = watchValues('app status');
  const app = await readOne(reading, `/api/v1/apps/${pathSegment(appId)}`, chosenAppSchema);
  const template = app.credentials?.userNameTemplate;
  await reading.write({
    ...toAppRow(app),
    features: app.features,
    username_template: template?.template ?? null,
    username_template_type: template?.type ?? null,
    username_push_status: template?.pushStatus ?? null,
  });
  statuses.see(app.status);
  statuses.check();
}
