import { join } from 'node:path';
import { DATASET_NAMES, DATASETS, type DatasetName, sideOf } from '../../../src/domain/dataset.ts';
import type { EarlierCollection } from '../../../src/okta/carry-over.ts';
import { loadSdk } from '../../../src/okta/client.ts';
import { collectOkta } from '../../../src/okta/collect-okta.ts';
import { readRows } from '../../../src/snapshot/read-rows.ts';
import { createSnapshot } from '../../../src/snapshot/write-snapshot.ts';
import { type Cost, measure, type Task } from './contender.ts';

const SETTINGS = { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 60, log_days: 7 };
/** What Okta shows for a few apps only is unread here, as it is in most orgs. */
const RARELY_SHOWN: ReadonlySet<DatasetName> = new Set(['okta.appFeatures', 'okta.provisioningConnection']);

const DAY_MS = 86_400_000;

/** The snapshot of the night before. */
function earlierCollection(folder: string, began: string): EarlierCollection {
  const rows = <Name extends DatasetName>(name: Name) => readRows<Name>(join(folder, DATASETS[name].file));
  return {
    began: new Date(Date.parse(began) - DAY_MS),
    pushScope: () => rows('okta.pushScope'),
    groups: () => rows('okta.groups'),
    members: () => rows('okta.groupMembers'),
  };
}

/** This project's collection of the Okta side, into a sealed snapshot. */
export async function collectOurs(task: Task): Promise<Cost> {
  await loadSdk();
  return measure(task, async (folder) => {
    const snapshot = createSnapshot({ folder, clock: () => new Date() });
    await collectOkta({
      okta: {
        orgUrl: task.url,
        credentials: { mode: 'SSWS', token: 'bench' },
        budgetPercent: task.budgetPercent,
      },
      settings: SETTINGS,
      sink: snapshot,
      began: new Date(task.began),
      storeUsers: null,
      membersRead: () => readRows<'okta.groupMembers'>(join(folder, DATASETS['okta.groupMembers'].file)),
      earlier: task.since === undefined ? null : earlierCollection(task.since, task.began),
    });
    for (const name of DATASET_NAMES) if (sideOf(name) === 'opti-id') snapshot.unread(name, 'not asked for');
    const { manifest } = await snapshot.seal({
      tool: { name: 'bench', version: '0.0.0' },
      org: 'bench',
      opti_organization_id: 'bench',
      settings: SETTINGS,
      carried_over: null,
    });
    const names = DATASET_NAMES.filter((name) => sideOf(name) === 'okta');
    return {
      rows: Object.fromEntries(names.map((name) => [name, manifest.datasets[name].rows])),
      failures: names
        .filter((name) => !RARELY_SHOWN.has(name))
        .filter((name) => ['partial', 'unread'].includes(manifest.datasets[name].completeness))
        .map((name) => `${name}: ${manifest.datasets[name].reason}`),
    };
  });
}
