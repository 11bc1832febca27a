import { type DatasetName, type DatasetRow, snapshotTable } from '../../domain/dataset.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { Memory } from '../../domain/memory.ts';
import { chooseScimApp } from '../../domain/okta.ts';
import type { ConfigurationFacts } from '../../domain/rule.ts';
import { type DeriveInput, readInFlight } from '../derived/derive.ts';
import type { Database, SqlValue } from '../engine/database.ts';
import type { NeedFacts } from './needs.ts';

async function rows<Name extends DatasetName>(database: Database, name: Name): Promise<DatasetRow<Name>[]> {
  const all = await database.all(`select * from ${snapshotTable(name)} order by all`);
  return all as unknown as DatasetRow<Name>[];
}

async function exists(database: Database, condition: string): Promise<boolean> {
  const [row] = await database.all(`select exists (${condition}) as found`);
  return row?.found === true;
}

/** What rules are judged by, besides the tables of the analysis. */
export interface Facts {
  needs: NeedFacts;
  configuration: ConfigurationFacts;
  waits: Waits;
}

/**
 * Whether a finding waits, because a change of one of the users and groups that it is about is on its way. Being touched
 * hides nothing for long: what is known stays open, and what waited in the run before and is older than the lag by now
 * is drift.
 */
export type Waits = (findingId: string, about: readonly SqlValue[]) => boolean;

/** Reads them from the derived tables. */
export async function readFacts(
  database: Database,
  manifest: Manifest,
  { job, memory }: DeriveInput,
): Promise<Facts> {
  return {
    needs: await readNeedFacts(database, { job, memory }),
    configuration: await readConfigurationFacts(database, manifest),
    waits: await readWaits(database, manifest, memory),
  };
}

/** Reads what is in flight from the derived tables. */
export async function readWaits(
  database: Database,
  { began, settings }: Manifest,
  { known, inFlight }: Memory,
): Promise<Waits> {
  const ids = await readInFlight(database);
  const lagBegan = Date.parse(began) - settings.lag_minutes * 60_000;
  return (findingId, about) => {
    if (!about.some((id) => ids.has(id)) || known?.has(findingId)) return false;
    const before = inFlight?.get(findingId);
    return before === undefined || Date.parse(before.since) > lagBegan;
  };
}

/** The store counts members of its groups and shows none. */
export const HIDES_MEMBERS = `(exists (select 1 from snapshot.opti_id_groups where user_count > 0)
  and not exists (select 1 from snapshot.opti_id_group_members))`;

/** What of the derived tables decides whether a rule's needs are met. */
export async function readNeedFacts(database: Database, { job, memory }: DeriveInput): Promise<NeedFacts> {
  const [row] = await database.all(
    `select
       exists (select 1 from app_user where is_assigned) as any_app_user_assigned,
       (select count(*) from snapshot.okta_push_scope) as push_scope_rows,
       ${HIDES_MEMBERS} as hides_members,
       (select count(*) from unplaced_push) as unplaced_pushes,
       not exists (select 1 from opti_user where created_at is not null) as hides_creation,
       (select label || ' is ' || status from snapshot.okta_scim_app where status <> 'ACTIVE') as inactive_app`,
  );
  return {
    anyAppUserAssigned: row?.any_app_user_assigned === true,
    pushScopeRows: Number(row?.push_scope_rows ?? 0),
    hidesMembers: row?.hides_members === true,
    inactiveApp: (row?.inactive_app ?? null) as string | null,
    baseline: memory.baseline,
    job,
    unplacedPushes: Number(row?.unplaced_pushes ?? 0),
    hidesCreation: row?.hides_creation === true,
  };
}

/** The handful of rows that configuration rules look at. */
export async function readConfigurationFacts(
  database: Database,
  manifest: Manifest,
): Promise<ConfigurationFacts> {
  const isComplete = (name: DatasetName) => manifest.datasets[name].completeness === 'complete';
  // An app that does not exist has no users and no mappings: known, and none.
  const known = (name: DatasetName) =>
    isComplete(name) || manifest.datasets[name].completeness === 'not_applicable';

  const apps = await rows(database, 'okta.apps');
  const [organization] = await rows(database, 'optiId.organizations');
  const [scimApp = null] = await rows(database, 'okta.scimApp');
  const [ssoApp = null] = await rows(database, 'okta.ssoApp');
  const [provisioningConnection = null] = await rows(database, 'okta.provisioningConnection');
  return {
    organization: organization ?? {
      opti_organization_id: manifest.opti_organization_id,
      name: manifest.opti_organization_id,
      provisioning_mode: '',
    },
    ssoConnections: await rows(database, 'optiId.ssoConnections'),
    apps,
    scimAppChoice: chooseScimApp(apps, manifest.settings.scim_app),
    scimAppSetting: manifest.settings.scim_app,
    ssoAppSetting: manifest.settings.sso_app,
    scimApp,
    ssoApp,
    appFeatures: isComplete('okta.appFeatures') ? await rows(database, 'okta.appFeatures') : null,
    provisioningConnection: isComplete('okta.provisioningConnection') ? provisioningConnection : null,
    profileMappings: await rows(database, 'okta.profileMappings'),
    importEvents: (await database.all(
      `select * from snapshot.okta_log_events where starts_with(event_type, 'system.import.') order by all`,
    )) as unknown as ConfigurationFacts['importEvents'],
    anyUserProvisioned: known('okta.appUsers')
      ? await exists(database, 'select 1 from app_user where external_id is not null')
      : null,
    anyPushMapping: known('okta.groupPushMappings')
      ? await exists(database, 'select 1 from push_mapping')
      : null,
  };
}
