import type { OktaSettings } from '../config/config.ts';
import type {
  AppGroupRow,
  AppRow,
  DatasetName,
  DatasetRows,
  DatasetState,
  GroupPushMappingRow,
  OktaGroupMemberRow,
  PushScopeRow,
  SnapshotSink,
} from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import { logWindow } from '../domain/log-events.ts';
import type { ReadingProofs, SealedSettings } from '../domain/manifest.ts';
import { isAssigned, isBuiltInEveryone } from '../domain/okta.ts';
import type { RequestsState } from '../domain/run-event.ts';
import { decideScimApp, decideSsoApp, isCandidate, whatIsHidden } from './app-choice.ts';
import type { Carried, EarlierCollection } from './carry-over.ts';
import { collectAssignmentChecks } from './collect-assignments.ts';
import { collectLookups, type StoreUsers } from './collect-lookups.ts';
import { collectMembers, withMembers } from './collect-members.ts';
import { collectOtherAppUsers, collectOtherMappings, otherApps } from './collect-other-apps.ts';
import { collectPushScope, collectSsoAppGroups, nameGroups } from './collect-push-scope.ts';
import {
  type Collect,
  type Context,
  gather,
  isSettled,
  keeping,
  type Read,
  requireWhole,
  skipping,
  underScimApp,
  underSsoApp,
} from './collection.ts';
import { isRefusal, OktaReadFailure } from './failures.ts';
import { type Forecast, type ForecastInput, makeForecast } from './forecast.ts';
import type { BucketUsage } from './governor.ts';
import { hiddenBy, type RoleSeen, readRole, roleNotShown } from './proofs.ts';
import {
  readAppFeatures,
  readApps,
  readAppUsers,
  readChosenApp,
  readProfileMappings,
  readProvisioningConnection,
} from './readers/apps.ts';
import { readAppGroups, readGroupPushMappings, readGroups } from './readers/groups.ts';
import { readLogEvents } from './readers/log-events.ts';
import { createUserIntake, readSuspendedUsers } from './readers/users.ts';
import { askingOf, type Reading } from './reading.ts';
import { type OktaRequests, type OpenOptions, openOkta } from './requests.ts';
import type { CountedGroup } from './schemas.ts';
import { cannotStart } from './start-failure.ts';

/** How far a dataset is; sent after each page and at its end. */
export interface OktaProgress {
  dataset: DatasetName;
  rows: number;
  requests: number;
}

export interface CollectOktaInput extends Pick<OpenOptions, 'tools' | 'journal' | 'attemptTimeoutMs'> {
  okta: OktaSettings;
  settings: SealedSettings;
  sink: SnapshotSink;
  /** When the collection began; the System Log is read up to then. */
  began: Date;
  /** Whom the store holds; null where the store is not read at all. */
  storeUsers: StoreUsers | null;
  /** A complete earlier snapshot of the org, whose members are carried over where nothing moved. Default: none. */
  earlier?: EarlierCollection | null;
  /** The audit that it is for; `drift` does without the people of the SSO app. */
  job?: string;
  /** Gives the memberships that were written; there may be millions, so none is kept here. */
  membersRead: () => AsyncIterable<OktaGroupMemberRow>;
  onProgress?: (progress: OktaProgress) => void;
  /** Requests for each dataset in the org's last run, which the forecast leans on. Default: there was none. */
  lastRun?: ForecastInput['lastRun'];
  /** Called before the long listings begin, and again where people turn out to have to be asked for. */
  onForecast?: (forecast: Forecast) => void;
  /** Called once, before the first request, with what tells at any time what holds the reading up. */
  onOpen?: (state: () => RequestsState) => void;
}

export interface OktaCollection {
  /** What a reader of the run should know and no dataset's state says. */
  warnings: string[];
  /** Requests sent, repeated ones and those for access tokens included. */
  requests: number;
  /** What was carried over from the earlier snapshot, or null. */
  carried: Carried | null;
  /** What the admin role behind the credentials shows. */
  role: ReadingProofs['role'];
  /** Calls to each rate-limit bucket. */
  usage: BucketUsage[];
}

/**
 * Reads the Okta side into the sink. Throws `AuditError` where nothing can be read at all (credentials,
 * address) and `SettingsError` where a setting names nothing; from the first answer on, whatever cannot be
 * read makes its dataset partial or unread and nothing else.
 */
export async function collectOkta(input: CollectOktaInput): Promise<OktaCollection> {
  const { sink, settings, okta } = input;
  const requests = await openOkta(okta, input);
  input.onOpen?.(() => requests.state());
  const collect = collectInto(sink, requests, input.onProgress ?? (() => {}));
  const warnings: string[] = [];

  const apps = await gather<AppRow>((keep) =>
    collect('okta.apps', (reading) =>
      readApps(keeping(reading, keep), {
        isCandidate: (app) => isCandidate(app, settings),
        named: [settings.scim_app, settings.sso_app],
        whyNot: (failure) => cannotStart(failure, okta),
      }),
    ),
  );
  const scim = decideScimApp(apps.rows, apps.state, settings.scim_app);
  const sso = decideSsoApp(apps.rows, apps.state, settings.sso_app);

  const role = seeRole(requests, okta);
  // Whoever needs it is told what broke it off, and where nobody does the reading itself is.
  role.catch(() => {});
  let carried: Carried | null = null;
  await collect('okta.users', async (reading) => {
    const users = createUserIntake(reading.write);
    const context: Context = {
      sink,
      settings,
      requests,
      collect,
      scim,
      sso,
      users,
      hidden: null,
      earlier: input.earlier ?? null,
      carried: null,
      warn: (text) => warnings.push(text),
    };
    await readEverythingElse(context, apps, role, input);
    carried = context.carried;
    const failure = users.failures[0] ?? requests.halted;
    const [unknown] = users.unknown;
    if (unknown)
      warnings.push(
        `Okta does not know ${users.unknown.length} of the users whom an app lists, such as ${unknown}.`,
      );
    if (failure) throw new IncompleteRead(`not every user could be read: ${failure.message}`, failure);
    users.statuses.check();
    requireWhole(context);
  });
  const { sees, found } = await role;
  return {
    warnings: warnings.sort(),
    requests: requests.attempts,
    carried,
    role: { sees, found },
    usage: requests.usage(),
  };
}

/** A fault of this answer leaves the role unknown, which is an answer too. */
async function seeRole(requests: OktaRequests, okta: OktaSettings): Promise<RoleSeen> {
  try {
    return await readRole(askingOf(requests), okta);
  } catch (error) {
    if (error instanceof OktaReadFailure) return roleNotShown(error);
    throw error;
  }
}

/** Adds counting and progress to the sink. */
function collectInto(
  sink: SnapshotSink,
  requests: OktaRequests,
  onProgress: (progress: OktaProgress) => void,
): Collect {
  return async (name, read) => {
    const progress: OktaProgress = { dataset: name, rows: 0, requests: 0 };
    const report = (): void => onProgress({ ...progress });
    const state = await sink.collect(name, (writer) =>
      read({
        requests,
        write: (row) => {
          progress.rows += 1;
          return writer.write(row);
        },
        onAttempt: () => {
          writer.countRequest();
          progress.requests += 1;
        },
        onPage: report,
      }),
    );
    report();
    return state;
  };
}

/** Waits for all of them, whatever happens, so that nothing reads on after the first failure is thrown. */
async function together(requests: OktaRequests, steps: readonly Promise<unknown>[]): Promise<void> {
  for (const step of steps) {
    step.catch(() => {
      requests.halt(new OktaReadFailure({ kind: 'transport', reason: 'the run was stopped' }));
    });
  }
  const results = await Promise.allSettled(steps);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function readEverythingElse(
  context: Context,
  appList: Read<AppRow>,
  role: Promise<RoleSeen>,
  { began, storeUsers, okta, job, membersRead, lastRun = {}, onForecast = () => {} }: CollectOktaInput,
): Promise<void> {
  const { collect, scim, sso, users, settings } = context;

  const scimApp = underScimApp(context, 'okta.scimApp', readChosenApp);
  const ssoApp = underSsoApp(context, 'okta.ssoApp', readChosenApp);
  const features = ifShown(context, 'okta.appFeatures', readAppFeatures);
  const connection = ifShown(context, 'okta.provisioningConnection', readProvisioningConnection);
  const profileMappings = underScimApp(context, 'okta.profileMappings', readProfileMappings);
  const suspended = collect('okta.suspendedUsers', (reading) => readSuspendedUsers(reading, users));

  const mappings = gather<GroupPushMappingRow>((keep) =>
    underScimApp(context, 'okta.groupPushMappings', (reading, appId) =>
      readGroupPushMappings(keeping(reading, keep), appId),
    ),
  );
  const appGroups = gather<AppGroupRow>((keep) =>
    underScimApp(context, 'okta.appGroups', (reading, appId) => readAppGroups(keeping(reading, keep), appId)),
  );
  const ssoAppGroups = collectSsoAppGroups(context, { mappings, appGroups });
  const otherMappings = collectOtherMappings(context, appList);
  const named = nameGroups(context, { mappings, appGroups, ssoAppGroups, otherMappings });
  // It is awaited only after the listing of groups, and must not count as unheeded until then.
  named.catch(() => {});
  const groups = gather<CountedGroup>((keep) =>
    collect('okta.groups', async (reading) => {
      const seen: CountedGroup[] = [];
      const see = (group: CountedGroup): void => {
        seen.push(group);
        keep(group);
      };
      await readGroups(reading, named, see, context.warn);
      context.hidden = whatIsHidden(scim, appList, seen) ?? hiddenBy(await role);
      requireWhole(context);
    }),
  );
  const scope = collectPushScope(context, { mappings, appGroups, ssoAppGroups, groups });

  let known: ForecastInput | null = null;
  // The long listings wait for the short ones, which tell how long it will take.
  const foretold = Promise.allSettled([scope, groups, appGroups]).then(async () => {
    const sources = { scope, groups, appGroups };
    const otherAppCount = otherApps(context, appList.rows).length;
    const settingsKnown = { budgetPercent: okta.budgetPercent, lastRun, otherApps: otherAppCount };
    known = await knownBefore(context, sources, job, settingsKnown);
    onForecast(makeForecast(known));
  });
  // What keeps it from being made is thrown by the reading itself.
  const foretoldOrNot = foretold.catch(() => {});
  let isAnyoneAssigned = false;
  const listed = { scim: 0, sso: 0 };
  const appUsers = underScimApp(context, 'okta.appUsers', async (reading, appId) => {
    await foretoldOrNot;
    await readAppUsers(
      reading,
      appId,
      users,
      (row) => {
        listed.scim += 1;
        isAnyoneAssigned ||= isAssigned(row.status);
        users.takeAssignment(row.external_id, row.user_name);
        users.takeListed(row.okta_user_id);
      },
      () => {
        if (known === null || known.asksForPeople) return;
        known = { ...known, asksForPeople: true };
        onForecast(makeForecast(known));
      },
    );
    requireWhole(context);
  });
  const ssoAppUsers = appUsers.then(() => {
    users.endListing();
    return readSsoAppUsers(context, job, foretoldOrNot, () => {
      listed.sso += 1;
    });
  });
  const standIn = ssoAppUsers.then((state) =>
    isAnyoneAssigned
      ? ({ completeness: 'not_applicable', reason: 'users are assigned to the SCIM app' } as const)
      : state,
  );
  const members = collectMembers(
    context,
    scope,
    groups,
    Promise.allSettled([appUsers, ssoAppUsers, suspended]),
  );
  const logEvents = underScimApp(context, 'okta.logEvents', async (reading, appId) => {
    const { state, rows } = await scope;
    await foretoldOrNot;
    const groupIds = withMembers(rows, await groups);
    await readLogEvents(reading, logWindow(began, settings.log_days), { appId, groupIds });
    if (!isSettled(state)) {
      throw new IncompleteRead(`whose members to look for is not known: ${state.reason}`);
    }
  });

  const apps = [scimApp, ssoApp, features, connection, profileMappings];
  const people = [suspended, appUsers, ssoAppUsers, standIn, members];
  const pushes = [mappings, otherMappings, appGroups, ssoAppGroups, groups, scope];
  await together(context.requests, [...apps, logEvents, ...people, ...pushes]);
  await collectOtherAppUsers(context, appList, storeUsers);
  const seen = believe(context, await appUsers, listed);
  // After all listings, whose users need no looking up.
  await collectLookups(context, storeUsers, { appUsers: seen, standIn: await standIn });
  // Last, when it is known whom a store user points to.
  const areMembersRead = ['complete', 'partial'].includes((await members).completeness);
  await collectAssignmentChecks(context, {
    appUsers: seen,
    appGroups: await appGroups,
    groups: await groups,
    scope: await scope,
    members: areMembersRead ? membersRead : async function* () {},
    isStoodInFor: (await standIn).completeness !== 'not_applicable',
  });
  if (scim.kind === 'unknown' || sso?.kind === 'unknown') {
    context.warn('Not all apps could be read, so it is not known which of them provisions or signs in.');
  }
}

/**
 * What Okta shows for some apps only. Refused, it is not shown, and rules do without; failed, nobody knows what it would
 * have said, and it counts as read in part.
 */
async function ifShown<Name extends DatasetName>(
  context: Context,
  name: Name,
  read: (reading: Reading<DatasetRows[Name]>, appId: string) => Promise<void>,
): Promise<DatasetState> {
  const failures: OktaReadFailure[] = [];
  const state = await underScimApp(context, name, async (reading, appId) => {
    try {
      await read(reading, appId);
    } catch (error) {
      if (!(error instanceof OktaReadFailure) || isRefusal(error)) throw error;
      failures.push(error);
    }
  });
  const [failure] = failures;
  if (failure === undefined) return state;
  context.sink.downgrade(name, failure.message);
  return { completeness: 'partial', reason: failure.message };
}

/**
 * How far the list of the app's users is believed: of an active app that nobody is in, and whom nobody stands in for,
 * nothing tells an empty list from one that hides its rows. Deactivating an app takes everybody out of it.
 */
function believe(
  { scim, sink }: Context,
  state: DatasetState,
  listed: { scim: number; sso: number },
): DatasetState {
  const isEmpty = state.completeness === 'complete' && listed.scim === 0 && listed.sso === 0;
  if (!isEmpty || scim.kind !== 'chosen' || scim.app.status !== 'ACTIVE') return state;
  const reason =
    'the list is empty and nobody stands in for the SCIM app: nobody is assigned, or the admin role hides the people; assign people to it, or before the cutover name the SSO app with AUDIT_SSO_APP';
  sink.downgrade('okta.appUsers', reason);
  return { completeness: 'partial', reason };
}

/**
 * The SSO app's users: before a cutover they stand in for the assigned ones while the SCIM app has none, but not where
 * several SCIM apps stand to choose from.
 */
async function readSsoAppUsers(
  context: Context,
  job: string | undefined,
  foretold: Promise<void>,
  onAppUser: () => void,
): Promise<DatasetState> {
  const { scim, sso, users } = context;
  const name = 'okta.ssoAppUsers';
  const { notApplicable } = skipping(context, name);
  if (sso !== null && scim.kind === 'ambiguous') return notApplicable(scim.why);
  if (sso !== null && job === 'drift') return notApplicable('the job drift does without them');
  return underSsoApp(context, name, async (reading, appId) => {
    await foretold;
    await readAppUsers(reading, appId, users, onAppUser);
    requireWhole(context);
  });
}

/** What the short listings tell of the long ones. */
async function knownBefore(
  { requests, scim, sso, earlier }: Context,
  reads: {
    scope: Promise<Read<PushScopeRow>>;
    groups: Promise<Read<CountedGroup>>;
    appGroups: Promise<Read<AppGroupRow>>;
  },
  job: string | undefined,
  settings: Pick<ForecastInput, 'budgetPercent' | 'lastRun' | 'otherApps'>,
): Promise<ForecastInput> {
  const [scope, groups, appGroups] = await Promise.all([reads.scope, reads.groups, reads.appGroups]);
  const counts = new Map(groups.rows.map((group) => [group.okta_group_id, group.user_count]));
  const countsOf = (ids: readonly string[]): (number | null)[] => ids.map((id) => counts.get(id) ?? null);
  const everyone = groups.rows.find(isBuiltInEveryone);
  const pushed = withMembers(scope.rows, groups);
  const ofApp: DatasetName[] = [
    'okta.appUsers',
    'okta.logEvents',
    'okta.userLookups',
    'okta.assignmentChecks',
    ...(settings.otherApps > 0 ? (['okta.otherAppUsers'] as const) : []),
  ];
  const ofSso: DatasetName[] = sso !== null && job !== 'drift' ? ['okta.ssoAppUsers'] : [];
  return {
    ...settings,
    usage: requests.usage(),
    toCome: [...(scim.kind === 'chosen' ? ofApp : []), ...ofSso, 'okta.groupMembers'],
    everyone: everyone?.user_count ?? null,
    assignedGroups: countsOf(appGroups.rows.map(({ okta_group_id }) => okta_group_id)),
    memberGroups: countsOf(pushed),
    carriesOver: earlier !== null,
    logGroups: pushed.length,
  };
}
