import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, SqlRow } from '../../src/analysis/engine/database.ts';
import { openTables } from '../../src/analysis/engine/open-tables.ts';
import { type Judgement, runRules } from '../../src/analysis/judge/run-rules.ts';
import {
  type AppFeatureRow,
  type AppRow,
  type AppUserRow,
  type ChosenAppRow,
  type Completeness,
  DATASET_NAMES,
  type DatasetName,
  type DatasetRows,
  type GroupPushMappingRow,
  type LogEventRow,
  type OktaGroupRow,
  type OktaUserRow,
  type OptiGroupRow,
  type OptiUserRow,
} from '../../src/domain/dataset.ts';
import { IncompleteRead } from '../../src/domain/errors.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { ReadingProofs, SealedSettings } from '../../src/domain/manifest.ts';
import { type Memory, NO_MEMORY } from '../../src/domain/memory.ts';
import { chooseScimApp, resolvePushScope, SCIM_APP_NAME } from '../../src/domain/okta.ts';
import type { CatalogueRule, Job } from '../../src/domain/rule.ts';
import { HIDDEN_DATASETS, type Hidden, type OptiIdSource, whyHidden } from '../../src/domain/source.ts';
import { openSnapshot, type Snapshot } from '../../src/snapshot/open-snapshot.ts';
import { createSnapshot, type SnapshotMeta } from '../../src/snapshot/write-snapshot.ts';
import { analyse, type JudgedAnalysis, judgeTables, judgeUnsealed, type WholeAnalysis } from './analyse.ts';
import { inTables, type UnsealedSnapshot, unsealed } from './literal-tables.ts';

/** When the collection of a test world began; worlds place their times around it. */
export const BEGAN = new Date('2026-11-20T03:00:00.000Z');

/** A time relative to the collection's begin. */
export function minutesBefore(minutes: number): string {
  return new Date(BEGAN.getTime() - minutes * 60_000).toISOString();
}

export const LONG_AGO = minutesBefore(60 * 24 * 90);

/** Puts the rows of a dataset in another order. */
type Order = <Row>(rows: Row[]) => Row[];

type Rows = { [Name in DatasetName]: DatasetRows[Name][] };

/** What the target of a push mapping is called, and the store group that it says it stands for. */
interface MappingTarget {
  targetName?: string | undefined;
  targetExternalId?: string | null | undefined;
}

/**
 * An org pair in rows, boring by default: SCIM is set up as the article says, nobody is there, nothing is
 * wrong. Each method adds one thing and returns its id.
 */
export class World {
  readonly rows: Rows = Object.fromEntries(DATASET_NAMES.map((name) => [name, []])) as unknown as Rows;
  readonly settings: SealedSettings = {
    scim_app: null,
    sso_app: null,
    push_groups: null,
    lag_minutes: 60,
    log_days: 7,
  };
  readonly organizationId = 'org-1';
  /** Where the Opti ID side is read; `overScim` changes it. */
  private source: OptiIdSource = 'database';
  /** What the reading proved of itself. */
  proofs: ReadingProofs = {
    clock_ahead_seconds: 0,
    role: { sees: 'all', found: 'Read-only Administrator' },
  };
  /** The collection's begin. */
  began = BEGAN;
  /** What earlier runs know. */
  memory: Memory = NO_MEMORY;
  readonly scimApp: ChosenAppRow = {
    okta_app_id: '0oaScim',
    name: SCIM_APP_NAME,
    label: 'Opti ID SCIM',
    status: 'ACTIVE',
    sign_on_mode: 'SAML_2_0',
    features: ['GROUP_PUSH', 'PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION'],
    username_template: '${source.email}',
    username_template_type: 'BUILT_IN',
    username_push_status: 'PUSH',
  };
  private readonly states = new Map<DatasetName, { completeness: Completeness; reason: string }>();
  private count = 0;

  constructor() {
    this.listApp(this.scimApp);
    this.rows['okta.scimApp'].push(this.scimApp);
    this.rows['okta.profileMappings'].push({
      okta_mapping_id: 'prm1',
      source_id: 'otyUser',
      source_name: 'user',
      target_id: this.scimApp.okta_app_id,
      target_name: 'Opti ID SCIM',
      properties: [
        { attribute: 'givenName', expression: 'user.firstName', push_status: 'PUSH' },
        { attribute: 'familyName', expression: 'user.lastName', push_status: 'PUSH' },
      ],
    });
    this.rows['optiId.organizations'].push({
      opti_organization_id: this.organizationId,
      name: 'Example Inc.',
      provisioning_mode: 'jit',
    });
    this.rows['optiId.ssoConnections'].push({
      opti_connection_id: 'sso-1',
      name: 'Okta',
      protocol: 'saml',
      scim_enabled: true,
      domains: ['example.com'],
    });
    this.setState('okta.appFeatures', 'unread', 'Okta does not show the features of this app');
    this.setState('okta.provisioningConnection', 'unread', 'Okta does not show the connection of this app');
    this.noSsoApp();
  }

  /** A fresh id: `prefix` and a number. */
  id(prefix: string): string {
    this.count += 1;
    return `${prefix}${this.count}`;
  }

  setState(name: DatasetName, completeness: Completeness, reason = ''): void {
    this.states.set(name, { completeness, reason });
  }

  /** Shows a best-effort dataset, or completes one. */
  complete(name: DatasetName): void {
    this.states.delete(name);
  }

  /** From now on the Opti ID side is as its SCIM endpoint shows it. */
  overScim(): this {
    this.source = 'scim';
    for (const [name, hidden] of Object.entries(HIDDEN_DATASETS) as [DatasetName, Hidden][]) {
      this.rows[name] = [];
      this.setState(name, 'unread', whyHidden(hidden));
    }
    const deleted = new Set(
      this.rows['optiId.users'].filter(({ status }) => status === 'deleted').map((user) => user.opti_user_id),
    );
    const hiddenOfUsers = {
      home_organization_id: null,
      status: null,
      local_login: null,
      last_login_at: null,
    };
    this.rows['optiId.users'] = this.rows['optiId.users']
      .filter(({ opti_user_id }) => !deleted.has(opti_user_id))
      .map((user) => ({ ...user, ...hiddenOfUsers }));
    this.rows['optiId.groups'] = this.rows['optiId.groups'].map((group) => ({
      ...group,
      group_type: null,
      user_count: null,
      description: null,
    }));
    this.rows['optiId.groupMembers'] = this.rows['optiId.groupMembers'].filter(
      ({ opti_user_id }) => !deleted.has(opti_user_id),
    );
    return this;
  }

  organization(patch: Partial<DatasetRows['optiId.organizations']>): void {
    Object.assign(this.rows['optiId.organizations'][0] ?? {}, patch);
  }

  noSsoApp(): void {
    for (const name of ['okta.ssoApp', 'okta.ssoAppUsers', 'okta.ssoAppGroups'] as const) {
      this.setState(name, 'not_applicable', 'AUDIT_SSO_APP is not set');
    }
  }

  /** Adds an app to the org's list. */
  listApp({ okta_app_id, name, label, status, sign_on_mode, features }: AppRow): void {
    this.rows['okta.apps'].push({ okta_app_id, name, label, status, sign_on_mode, features });
  }

  /** Changes the SCIM app, in the list and by itself. */
  changeScimApp(patch: Partial<ChosenAppRow>): void {
    Object.assign(this.scimApp, patch);
    this.rows['okta.apps'] = [];
    this.listApp(this.scimApp);
  }

  /** Takes the SCIM app away, as before a cutover. */
  noScimApp(reason = 'there is no SCIM app'): void {
    this.rows['okta.apps'] = this.rows['okta.apps'].filter(
      ({ okta_app_id }) => okta_app_id !== this.scimApp.okta_app_id,
    );
    for (const name of [
      'okta.scimApp',
      'okta.appFeatures',
      'okta.provisioningConnection',
      'okta.profileMappings',
      'okta.appUsers',
      'okta.appGroups',
      'okta.groupPushMappings',
      'okta.otherAppUsers',
      'okta.otherPushMappings',
      'okta.assignmentChecks',
      'okta.logEvents',
    ] as const) {
      this.rows[name] = [];
      this.setState(name, 'not_applicable', reason);
    }
  }

  /** Lists a second SCIM app while none is chosen: nothing is read of either, and nobody stands in. */
  severalScimApps(): void {
    const reason = `no SCIM app: 2 apps answer to "${SCIM_APP_NAME}", and AUDIT_SCIM_APP does not say which`;
    this.noScimApp(reason);
    this.listApp(this.scimApp);
    this.listApp({ ...this.scimApp, okta_app_id: '0oaScimToo', label: 'Opti ID SCIM (new)' });
    for (const name of ['okta.ssoAppUsers', 'okta.ssoAppGroups'] as const) {
      this.setState(name, 'not_applicable', reason);
    }
  }

  /** Shows the features of the SCIM app, as Okta does for some apps. */
  showFeatures(patch: Partial<AppFeatureRow> = {}): void {
    const nothing: Omit<AppFeatureRow, 'name'> = {
      status: 'ENABLED',
      create_users: null,
      update_attributes: null,
      deactivate_users: null,
      sync_password: null,
      import_schedule: null,
    };
    this.complete('okta.appFeatures');
    this.rows['okta.appFeatures'].push({ ...nothing, name: 'USER_PROVISIONING', ...patch });
  }

  /** Shows the default provisioning connection of the SCIM app. */
  showConnection(status: string, baseUrl: string | null = null): void {
    this.complete('okta.provisioningConnection');
    this.rows['okta.provisioningConnection'] = [{ status, auth_scheme: 'TOKEN', base_url: baseUrl }];
  }

  /** An event of the System Log with one target, the SCIM app unless another is given. */
  logEvent(
    eventType: string,
    patch: Partial<LogEventRow> = {},
    target: Partial<LogEventRow['targets'][number]> = {},
  ): string {
    const id = patch.event_id ?? this.id('event-');
    this.rows['okta.logEvents'].push({
      event_id: id,
      published: minutesBefore(120),
      event_type: eventType,
      outcome: 'SUCCESS',
      outcome_reason: null,
      targets: [{ ...this.appTarget(), ...target }],
      ...patch,
    });
    return id;
  }

  /** An event on the SCIM app and a user, whose targets stand as Okta is seen to write them. */
  userEvent(eventType: string, oktaUserId: string, patch: Partial<LogEventRow> = {}): string {
    const email = this.rows['okta.users'].find((row) => row.okta_user_id === oktaUserId)?.email ?? oktaUserId;
    const of = (id: string, type: string) => ({ id, type, alternate_id: email, display_name: null });
    return this.logEvent(eventType, {
      targets: [of(`0ua-${oktaUserId}`, 'AppUser'), this.appTarget(), of(oktaUserId, 'User')],
      ...patch,
    });
  }

  /** An event on the SCIM app and a group, which the log knows by its name alone. */
  groupEvent(eventType: string, groupName: string, patch: Partial<LogEventRow> = {}): string {
    const group = { id: `AGr-${groupName}`, type: 'AppGroup', alternate_id: null, display_name: groupName };
    return this.logEvent(eventType, { targets: [group, this.appTarget()], ...patch });
  }

  /** A user was added to an Okta group or taken out of it: no app is a target. */
  memberEvent(
    change: 'add' | 'remove',
    oktaUserId: string,
    oktaGroupId: string,
    patch: Partial<LogEventRow> = {},
  ): string {
    const email = this.rows['okta.users'].find((row) => row.okta_user_id === oktaUserId)?.email ?? oktaUserId;
    return this.logEvent(`group.user_membership.${change}`, {
      targets: [
        { id: oktaUserId, type: 'User', alternate_id: email, display_name: null },
        { id: oktaGroupId, type: 'UserGroup', alternate_id: 'unknown', display_name: null },
      ],
      ...patch,
    });
  }

  private appTarget(): LogEventRow['targets'][number] {
    const { okta_app_id, label } = this.scimApp;
    return { id: okta_app_id, type: 'AppInstance', alternate_id: label, display_name: label };
  }

  ssoApp(patch: Partial<ChosenAppRow> = {}): string {
    const app: ChosenAppRow = {
      ...this.scimApp,
      okta_app_id: '0oaSso',
      name: 'optimizely_saml',
      label: 'Opti ID SSO',
      features: [],
      ...patch,
    };
    this.settings.sso_app = app.okta_app_id;
    if (!this.rows['okta.apps'].some(({ okta_app_id }) => okta_app_id === app.okta_app_id)) this.listApp(app);
    this.rows['okta.ssoApp'] = [app];
    for (const name of ['okta.ssoApp', 'okta.ssoAppUsers', 'okta.ssoAppGroups'] as const) this.complete(name);
    return app.okta_app_id;
  }

  oktaUser(patch: Partial<OktaUserRow> = {}): string {
    const id = patch.okta_user_id ?? this.id('00u');
    const email = patch.email === undefined ? `${id}@example.com` : patch.email;
    const row: OktaUserRow = {
      okta_user_id: id,
      status: 'ACTIVE',
      login: email,
      email,
      first_name: 'Ada',
      last_name: 'Byron',
      created: LONG_AGO,
      last_updated: LONG_AGO,
      status_changed: LONG_AGO,
      ...patch,
    };
    this.rows['okta.users'].push(row);
    if (row.status === 'SUSPENDED') this.rows['okta.suspendedUsers'].push(row);
    return id;
  }

  /** Assigns an Okta user to the SCIM app. */
  assign(oktaUserId: string, patch: Partial<AppUserRow> = {}): string {
    const user = this.rows['okta.users'].find((row) => row.okta_user_id === oktaUserId);
    this.rows['okta.appUsers'].push(appUserRow(oktaUserId, user?.email ?? null, patch));
    return oktaUserId;
  }

  assignToSso(oktaUserId: string, patch: Partial<AppUserRow> = {}): string {
    const user = this.rows['okta.users'].find((row) => row.okta_user_id === oktaUserId);
    this.rows['okta.ssoAppUsers'].push(appUserRow(oktaUserId, user?.email ?? null, patch));
    return oktaUserId;
  }

  /** An Okta user who is assigned: the most common person of a test. */
  person(patch: Partial<OktaUserRow> = {}, appUser: Partial<AppUserRow> = {}): string {
    return this.assign(this.oktaUser(patch), appUser);
  }

  oktaGroup(name: string, members: readonly string[] = [], patch: Partial<OktaGroupRow> = {}): string {
    const id = patch.okta_group_id ?? this.id('00g');
    this.rows['okta.groups'].push({
      okta_group_id: id,
      name,
      type: 'OKTA_GROUP',
      source_app_id: null,
      external_id: null,
      created: LONG_AGO,
      last_updated: LONG_AGO,
      last_membership_updated: LONG_AGO,
      ...patch,
    });
    for (const okta_user_id of members) {
      this.rows['okta.groupMembers'].push({ okta_group_id: id, okta_user_id });
    }
    return id;
  }

  /** Names the groups meant to be pushed, as `AUDIT_PUSH_GROUPS` would. */
  scope(...oktaGroupIds: string[]): void {
    this.settings.push_groups = [...(this.settings.push_groups ?? []), ...oktaGroupIds];
  }

  /** An Okta group in the push scope. */
  pushedGroup(name: string, members: readonly string[] = [], patch: Partial<OktaGroupRow> = {}): string {
    const id = this.oktaGroup(name, members, patch);
    this.scope(id);
    return id;
  }

  /** A push mapping from a group to a target app group of that (or the given) name. */
  mapping(sourceGroupId: string, patch: Partial<GroupPushMappingRow> & MappingTarget = {}): string {
    const { targetName, targetExternalId, ...row } = patch;
    const id = row.okta_mapping_id ?? this.id('gPm');
    const target = { targetName, targetExternalId, target_group_id: row.target_group_id };
    this.rows['okta.groupPushMappings'].push({
      okta_mapping_id: id,
      source_group_id: sourceGroupId,
      target_group_id: this.targetGroup(this.scimApp.okta_app_id, sourceGroupId, target),
      status: 'ACTIVE',
      error_summary: null,
      created: LONG_AGO,
      last_updated: LONG_AGO,
      last_push: LONG_AGO,
      ...row,
    });
    return id;
  }

  /** Another active app of the org that may manage this organization too. */
  otherApp(patch: Partial<AppRow> = {}): string {
    const app = { ...this.scimApp, okta_app_id: '0oaOld', label: 'Opti ID (old)', ...patch };
    this.listApp(app);
    // Two of the catalogue's name: the setting says which one provisions.
    this.settings.scim_app = this.scimApp.okta_app_id;
    return app.okta_app_id;
  }

  /** Somebody whom that app knows; their Okta user is not among those seen unless it is made. */
  otherAppUser(appId: string, patch: Partial<DatasetRows['okta.otherAppUsers']> = {}): string {
    const okta_user_id = patch.okta_user_id ?? this.id('00u');
    this.rows['okta.otherAppUsers'].push({
      okta_app_id: appId,
      okta_user_id,
      external_id: null,
      status: 'PROVISIONED',
      ...patch,
    });
    return okta_user_id;
  }

  /** A push mapping of that app, to a target of the source's or the given name. */
  otherMapping(
    appId: string,
    sourceGroupId: string,
    patch: Partial<DatasetRows['okta.otherPushMappings']> & MappingTarget = {},
  ): string {
    const { targetName, targetExternalId, ...row } = patch;
    const okta_mapping_id = row.okta_mapping_id ?? this.id('gPm');
    const target = { targetName, targetExternalId, target_group_id: row.target_group_id };
    this.rows['okta.otherPushMappings'].push({
      okta_app_id: appId,
      okta_mapping_id,
      source_group_id: sourceGroupId,
      target_group_id: this.targetGroup(appId, sourceGroupId, target),
      status: 'ACTIVE',
      created: LONG_AGO,
      last_push: LONG_AGO,
      ...row,
    });
    return okta_mapping_id;
  }

  /** The app group that a push made: that given (null: Okta does not show it), else a new one. */
  private targetGroup(
    appId: string,
    sourceGroupId: string,
    {
      target_group_id,
      targetName,
      targetExternalId,
    }: MappingTarget & { target_group_id?: string | null | undefined },
  ): string | null {
    if (target_group_id !== undefined) return target_group_id;
    const source = this.rows['okta.groups'].find((group) => group.okta_group_id === sourceGroupId);
    return this.oktaGroup(targetName ?? source?.name ?? sourceGroupId, [], {
      okta_group_id: this.id('00t'),
      type: 'APP_GROUP',
      source_app_id: appId,
      external_id: targetExternalId ?? null,
    });
  }

  assignGroup(oktaGroupId: string): void {
    this.rows['okta.appGroups'].push({ okta_group_id: oktaGroupId, last_updated: LONG_AGO });
  }

  optiUser(patch: Partial<OptiUserRow> = {}): string {
    const id = patch.opti_user_id ?? this.id('user-');
    this.rows['optiId.users'].push({
      opti_user_id: id,
      home_organization_id: this.organizationId,
      external_id: null,
      email: `${id}@example.com`,
      first_name: 'Ada',
      last_name: 'Byron',
      status: 'active',
      local_login: false,
      last_login_at: LONG_AGO,
      created_at: LONG_AGO,
      modified_at: LONG_AGO,
      ...patch,
    });
    return id;
  }

  optiGroup(name: string, members: readonly string[] = [], patch: Partial<OptiGroupRow> = {}): string {
    const id = patch.opti_group_id ?? this.id('group-');
    this.rows['optiId.groups'].push({
      opti_group_id: id,
      name,
      description: null,
      group_type: 'custom',
      user_count: null,
      created_at: LONG_AGO,
      modified_at: LONG_AGO,
      ...patch,
    });
    for (const opti_user_id of members) {
      this.rows['optiId.groupMembers'].push({ opti_group_id: id, opti_user_id });
    }
    return id;
  }

  /** Lets a store group grant a role on an instance of a product; instances and roles are made once. */
  grant(optiGroupId: string, product: string, instance: string, role: string): void {
    const instances = this.rows['optiId.productInstances'];
    const roles = this.rows['optiId.roles'];
    let instanceRow = instances.find((row) => row.product === product && row.nickname === instance);
    if (!instanceRow) {
      instanceRow = { opti_instance_id: this.id('instance-'), product, nickname: instance };
      instances.push(instanceRow);
    }
    let roleRow = roles.find((row) => row.product === product && row.name === role);
    if (!roleRow) {
      roleRow = { opti_role_id: this.id('role-'), product, name: role, kind: 'system' };
      roles.push(roleRow);
    }
    this.rows['optiId.groupInstanceRoles'].push({
      opti_group_id: optiGroupId,
      opti_instance_id: instanceRow.opti_instance_id,
      opti_role_id: roleRow.opti_role_id,
    });
  }

  /** The push scope as the collection would resolve it. */
  private resolveScope(): void {
    if (this.states.has('okta.pushScope')) return;
    const choice = chooseScimApp(this.rows['okta.apps'], this.settings.scim_app);
    this.rows['okta.pushScope'] = resolvePushScope({
      setting: this.settings.push_groups,
      mappings: this.rows['okta.groupPushMappings'],
      scimAppGroups: this.rows['okta.appGroups'],
      ssoAppGroups: this.rows['okta.ssoAppGroups'],
      groups: this.rows['okta.groups'],
      scimAppId: choice.kind === 'chosen' ? choice.app.okta_app_id : null,
    }).rows;
  }

  /** Writes and seals the world as a snapshot. `order` may shuffle the rows of a dataset. */
  async seal(folder: string, order?: Order): Promise<Snapshot> {
    const rows = this.ordered(order);
    const writer = createSnapshot({ folder, clock: () => this.began });
    for (const name of DATASET_NAMES) {
      const state = this.states.get(name);
      if (state?.completeness === 'not_applicable') writer.notApplicable(name, state.reason);
      else if (state?.completeness === 'unread') writer.unread(name, state.reason);
      else {
        await writer.collect(name, async (dataset) => {
          for (const row of rows[name]) await dataset.write(row as never);
          if (state?.completeness === 'partial') throw new IncompleteRead(state.reason);
        });
      }
    }
    const { manifest } = await writer.seal(this.sealedAs());
    // A world holds what it is about: that its other lists are empty is no sign that somebody hides their rows.
    return { ...(await openSnapshot(folder)), manifest };
  }

  private ordered(order: Order = (rows) => rows): Rows {
    this.resolveScope();
    return Object.fromEntries(
      DATASET_NAMES.map((name) => [name, order([...(this.rows[name] as never[])])]),
    ) as unknown as Rows;
  }

  private sealedAs(): SnapshotMeta {
    return {
      tool: { name: 'optiid-audit', version: '0.0.0-test' },
      org: 'example.okta.com',
      opti_organization_id: this.organizationId,
      opti_id_source: this.source,
      settings: this.settings,
      proofs: this.proofs,
    };
  }

  /** What `seal` would write, without a file. */
  private unsealed(order?: Order): UnsealedSnapshot {
    const rows = this.ordered(order);
    return unsealed(this.sealedAs(), this.began, (name) => rows[name], this.states);
  }

  /** Asks the tables that rules stand on. */
  query(sql: string, options: { order?: Order; job?: Job } = {}): Promise<SqlRow[]> {
    return this.ask((database) => database.all(sql), { sql, ...options });
  }

  /** Lends the tables that a query reads; all of them without one. */
  ask<Answer>(
    ask: (database: Database, madeOf: ReadonlyMap<string, string>) => Promise<Answer>,
    { sql, order, job = 'precutover' }: { sql?: string; order?: Order; job?: Job },
  ): Promise<Answer> {
    const asked = { job, memory: this.memory, ...(sql === undefined ? {} : { sql }) };
    return inTables(this.unsealed(order), asked, ask);
  }

  /** Runs one rule, if it is of the job, and describes nothing else. */
  judge(job: Job, rule: CatalogueRule, order?: Order): Promise<Judgement> {
    const asked = { job, memory: this.memory, sql: rule.kind === 'sql' ? rule.sql : '' };
    return judgeTables(this.unsealed(order), asked, [rule]);
  }

  /** What all rules of the job find, and nothing else. */
  async findings(job: Job): Promise<Finding[]> {
    return (await judgeTables(this.unsealed(), { job, memory: this.memory })).findings;
  }

  /** What the rules of the job say, and the situations. */
  judged(job: Job): Promise<JudgedAnalysis> {
    return judgeUnsealed(this.unsealed(), { job, memory: this.memory });
  }

  /** The same by the way of a run: sealed into files, loaded from them into a database of its own. */
  judgeSealed(job: Job, rule: CatalogueRule): Promise<Judgement> {
    return this.inSnapshot(undefined, async (snapshot) => {
      const queries = rule.kind === 'sql' ? [rule.sql] : [];
      const { database, manifest, facts } = await openTables(snapshot, job, { memory: this.memory, queries });
      try {
        return await runRules(database, manifest, rule.when.includes(job) ? [rule] : [], facts);
      } finally {
        await database.close();
      }
    });
  }

  /** Runs the real engine over the world. */
  analyse(
    job: Job,
    { order, ...options }: { rules?: readonly CatalogueRule[]; threads?: number; order?: Order } = {},
  ): Promise<WholeAnalysis> {
    return this.inSnapshot(order, (snapshot) =>
      analyse(snapshot, job, { threads: 1, memory: this.memory, ...options }),
    );
  }

  private async inSnapshot<Answer>(
    order: Order | undefined,
    ask: (snapshot: Snapshot) => Promise<Answer>,
  ): Promise<Answer> {
    const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-world-'));
    try {
      return await ask(await this.seal(join(folder, 'snapshot'), order));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function appUserRow(oktaUserId: string, userName: string | null, patch: Partial<AppUserRow>): AppUserRow {
  return {
    okta_user_id: oktaUserId,
    external_id: null,
    status: 'ACTIVE',
    sync_state: 'DISABLED',
    scope: 'USER',
    user_name: userName,
    created: LONG_AGO,
    last_updated: LONG_AGO,
    status_changed: LONG_AGO,
    last_sync: null,
    ...patch,
  };
}
