import type { ConfirmationRow } from '../domain/confirmation.ts';
import type { AppRow } from '../domain/dataset.ts';
import { logWindow } from '../domain/log-events.ts';
import { clockNote, type Manifest, SKEW_WORTH_A_WORD_MS } from '../domain/manifest.ts';
import type { Memory } from '../domain/memory.ts';
import { chooseAppBySetting } from '../domain/okta.ts';
import type { CatalogueRule, ConfigurationFacts, Job } from '../domain/rule.ts';
import type { AccessRow, GroupRow, MembershipRow, UserRow } from '../domain/situation.ts';
import { RULES } from '../rules/index.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { describeAccess } from './describe/access.ts';
import { describeConfirmations } from './describe/confirmations.ts';
import { describeGroups } from './describe/groups.ts';
import { describeMemberships } from './describe/memberships.ts';
import { describeUsers } from './describe/users.ts';
import type { Database, DatabaseOptions } from './engine/database.ts';
import { openTables } from './engine/open-tables.ts';
import { type Judgement, runRules } from './judge/run-rules.ts';

interface ChosenApp {
  id: string;
  label: string;
  name: string;
}

/**
 * What the rules of a job say about a snapshot. The same snapshot gives the same analysis. What an org may have
 * millions of is made while it is read, some thousands at a time and in the order of its report.
 */
export interface Analysis extends Judgement {
  groups: GroupRow[];
  users(): AsyncIterable<UserRow[]>;
  memberships(): AsyncIterable<MembershipRow[]>;
  access(): AsyncIterable<AccessRow[]>;
  /** Of the drift job alone. */
  confirmations: ConfirmationRow[];
  /** What a reader of the run should know, in sentences. */
  notes: string[];
  /** Store group that SCIM made by push mapping, for the next run to remember. */
  groupPairs: Record<string, string>;
  /** What the job's settings and the org's configuration say. */
  facts: ConfigurationFacts;
  /** Open until the analysis is closed: what else is to be known of the snapshot is read from it. */
  database: Database;
  optiOrganizationName: string | null;
  /** `name`: key in Okta's catalogue. */
  scimApp: ChosenApp | null;
  ssoApp: ChosenApp | null;
  /** Ends the database that the analysis is read from. */
  close(): Promise<void>;
}

/**
 * Loads a sealed snapshot, derives the tables that rules stand on, and runs the rules of the job. Whoever opens an
 * analysis closes it.
 */
export async function openAnalysis(
  snapshot: Snapshot,
  job: Job,
  options: DatabaseOptions & {
    rules?: readonly CatalogueRule[];
    memory?: Memory;
    /** Called when everything is derived and the rules begin to run. */
    onJudging?: () => void;
  } = {},
): Promise<Analysis> {
  const { database, manifest, facts } = await openTables(snapshot, job, options);
  try {
    const { configuration } = facts;
    const rules = (options.rules ?? RULES).filter((rule) => rule.when.includes(job));
    options.onJudging?.();
    const judgement = await runRules(database, manifest, rules, facts);
    return {
      ...judgement,
      groups: await describeGroups(database, manifest, judgement),
      users: () => describeUsers(database, manifest, job, judgement.findings),
      memberships: () => describeMemberships(database, manifest, job),
      access: () => describeAccess(database, manifest),
      confirmations: job === 'drift' ? await describeConfirmations(database, manifest, facts.needs) : [],
      notes: await takeNotes(database, configuration, { manifest, job, judgement }),
      groupPairs: await readGroupPairs(database),
      facts: configuration,
      database,
      optiOrganizationName: configuration.organization.name || null,
      ...chosenApps(configuration),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function takeNotes(
  database: Database,
  facts: ConfigurationFacts,
  { manifest, job, judgement }: { manifest: Manifest; job: Job; judgement: Judgement },
): Promise<string[]> {
  const notes = [...proofNotes(manifest.proofs), ...sourceNotes(manifest)];
  const [counts] = await database.all(
    `select
       (select count(*) from assigned_user where source = 'sso') as stand_ins,
       (select min(reason) from snapshot.okta_push_scope) as scope_reason,
       (select count(*) from snapshot.okta_push_scope) as scope_groups`,
  );
  if (Number(counts?.stand_ins) > 0) {
    notes.push(
      `Nobody is assigned to a SCIM app yet: the ${counts?.stand_ins} users of the SSO app ${facts.ssoApp?.label ?? ''} stand in for them, and rules about the provisioning state of app users are skipped.`,
    );
  }
  const SCOPE: Readonly<Record<string, string>> = {
    setting: 'those that AUDIT_PUSH_GROUPS names',
    mapping: 'those with a push mapping on the SCIM app',
    'scim-assignment': 'those assigned to the SCIM app, because nothing is pushed yet',
    'sso-assignment': 'those assigned to the SSO app, because the SCIM app has none yet',
  };
  const reason = counts?.scope_reason;
  if (typeof reason === 'string') {
    notes.push(`Push scope: ${counts?.scope_groups} groups, ${SCOPE[reason] ?? reason}.`);
  }
  const log = manifest.datasets['okta.logEvents'];
  if (job === 'drift' && log.completeness !== 'not_applicable') {
    const { since } = logWindow(new Date(manifest.began), manifest.settings.log_days);
    const [seen] = await database.all('select max(published) as last from snapshot.okta_log_events');
    const window = `from ${since.toISOString()} to ${manifest.began}`;
    notes.push(
      log.completeness === 'complete'
        ? `System Log: seen ${window}; events that Okta added later for that time are not included.`
        : `System Log: not seen completely ${window}; ${seen?.last ? `the last event read is of ${seen.last}` : 'no event was read'}.`,
    );
  }
  if (judgement.inFlight.length > 0) {
    notes.push(
      `In flight: ${judgement.inFlight.length} ${judgement.inFlight.length === 1 ? 'difference is' : 'differences are'} younger than the ${manifest.settings.lag_minutes} minutes that changes may take; what the next run still finds after that time is drift.`,
    );
  }
  const invisible = await database.all(
    `select source_name, target_group_id from push_mapping
     where target_name is null and target_group_id is not null
     order by source_name, okta_mapping_id`,
  );
  for (const row of invisible) {
    notes.push(
      `Okta does not show the target group ${row.target_group_id} of the push of ${row.source_name}; its store group is found by the name of the source.`,
    );
  }
  return notes;
}

/** What of the reading is not proved, or was corrected. */
function proofNotes(proofs: Manifest['proofs']): string[] {
  if (proofs === null) return [];
  const { clock_ahead_seconds: ahead, role } = proofs;
  const notes: string[] = [];
  if (ahead === null) {
    notes.push(
      "Okta's answers did not say what time it is: the window of the System Log and what is in flight go by this machine's clock.",
    );
  } else if (Math.abs(ahead) * 1000 >= SKEW_WORTH_A_WORD_MS) notes.push(clockNote(ahead * 1000));
  if (role.sees === 'not-known') {
    notes.push(
      `That the admin role of the credentials shows the whole org is not proved: ${role.found}. An empty push scope is not believed.`,
    );
  }
  return notes;
}

/** What a run over SCIM does not know, and who can. */
function sourceNotes({ opti_id_source: source }: Manifest): string[] {
  if (source !== 'scim') return [];
  return [
    'Opti ID was read through its SCIM endpoint, which shows users, groups and members alone. What it never shows is unread, and rules that need it are skipped: see Not checked. Optimizely Support can run the audit on the store, which shows all of it.',
  ];
}

/** Only what SCIM made: a group made by hand that only has the name is looked up again each time. */
async function readGroupPairs(database: Database): Promise<Record<string, string>> {
  const pairs = await database.all(
    `select okta_mapping_id, opti_group_id
     from group_pair
     join opti_group using (opti_group_id)
     where group_type = 'internal'
       -- Where types are not shown: what the name alone told, which it will not once somebody changes it.
       or (group_type is null and not is_reserved and match in ('target_external_id', 'target_name', 'source_name'))
     order by all`,
  );
  return Object.fromEntries(pairs.map((pair) => [String(pair.okta_mapping_id), String(pair.opti_group_id)]));
}

function chosenApps(facts: ConfigurationFacts): Pick<Analysis, 'scimApp' | 'ssoApp'> {
  const sso = facts.ssoAppSetting === null ? null : chooseAppBySetting(facts.apps, facts.ssoAppSetting);
  const identify = ({ okta_app_id, label, name }: AppRow): ChosenApp => ({ id: okta_app_id, label, name });
  return {
    scimApp: facts.scimAppChoice.kind === 'chosen' ? identify(facts.scimAppChoice.app) : null,
    ssoApp: sso?.kind === 'chosen' ? identify(sso.app) : null,
  };
}
