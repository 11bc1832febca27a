import type {
  AppFeatureRow,
  AppRow,
  ChosenAppRow,
  DatasetName,
  LogEventRow,
  OptiOrganizationRow,
  OptiSsoConnectionRow,
  ProfileMappingRow,
  ProvisioningConnectionRow,
} from './dataset.ts';
import type { EvidenceValue, Finding, Severity, SubjectType, Who } from './finding.ts';
import type { AppChoice } from './okta.ts';
import type { Hidden, OptiIdSource } from './source.ts';

export const JOBS = ['precutover', 'drift'] as const;
export type Job = (typeof JOBS)[number];

/** Sections of the catalogue; also the folders below `src/rules/`. */
export const CATEGORIES = [
  'configuration',
  'group-names',
  'group-life',
  'membership',
  'users',
  'access',
  'system-log',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Headline of each section. */
export const CATEGORY_TITLES: Readonly<Record<Category, string>> = {
  configuration: 'Configuration: the two apps and the organization',
  'group-names': 'Group names and links',
  'group-life': 'Group life',
  membership: 'Membership',
  users: 'Users',
  access: 'Access',
  'system-log': 'System Log',
};

/** When a rule runs, in letters: P before the cutover, D every night after it. */
export function jobLetters({ when }: { when: readonly Job[] }): string {
  return when.map((job) => (job === 'precutover' ? 'P' : 'D')).join(' ');
}

/**
 * What a rule needs read completely before it may judge: datasets, or one of these readings of them. It follows from
 * the tables that the rule reads (`needsOf`).
 * `assigned`: who is assigned to the SCIM app (before a cutover, to the SSO app in its place).
 * `provisionedUsers`: the SCIM app's own users; they do not apply while those of the SSO app stand in.
 * `pushScope`: which groups are meant to be pushed.
 * `otherManagers`: what other apps manage; known too where there is no such app.
 * `untypedGroups`: which groups no mapping made, where the source does not show the types of groups.
 * `baseline`: what the groups of an earlier run granted.
 * `baselineAccounts`: whose accounts they were that are gone since, and what they had.
 */
export type Need =
  | DatasetName
  | 'assigned'
  | 'provisionedUsers'
  | 'pushScope'
  | 'otherManagers'
  | 'untypedGroups'
  | 'baseline'
  | 'baselineAccounts';

/**
 * What a rule does where Opti ID is read over SCIM, which shows less. `hidden`: it needs what is never shown, and is
 * skipped. `speaksOf`: it judges, of some alone; `without` names tables that it does not need for those, between spaces.
 * A rule that needs a dataset of what is hidden, and nothing else to be said, is skipped anyway.
 */
export type OverScim = { hidden: Hidden } | { speaksOf: string; without?: string; unlessUnplaced?: true };

/** What the subjects of a verdict's causes are called. */
export const CAUSE_NOUNS = {
  group: 'groups',
  person: 'people',
  membership: 'memberships',
  'e-mail': 'e-mails',
  push: 'pushes',
  removal: 'removals',
} as const;

/** What a rule's findings mean for the verdict: so many of what, or, where there is nothing to count, a clause of its own. */
export type Cause = string | { of: keyof typeof CAUSE_NOUNS; one: string; many: string };

interface RuleBase {
  id: string;
  when: readonly Job[];
  severity: Severity;
  subject: SubjectType;
  who: Who;
  /** One line, as a headline. */
  title: string;
  /** How the verdict names its findings; every rule that is a blocker or an error has it. */
  cause?: Cause;
  /** Why it matters, for readers who have not read the article. */
  why: string;
  /** Where the rule comes from. */
  source: string;
  /** Needs without which the rule judges all the same where they do not apply to the org; any other then skips it. */
  judgesWithout?: readonly Need[];
  /** Where Opti ID is read over SCIM: what keeps the rule from judging there, or whom it speaks of there alone. */
  overScim?: OverScim;
  /** True: fires in the drift job even on a user or a group whose changes are on their way. */
  firesInFlight?: true;
}

/** One row of a rule's query: the subject, its ids and one column per evidence key. */
export type FlaggedRow<Key extends string> = {
  subject: string;
  okta_id: string | null;
  opti_id: string | null;
  /** What makes the finding the same on every night, where the two ids do not say it all. */
  identity?: string;
} & { readonly [K in Key]: EvidenceValue };

/** What many rules say of tables that they do not need. */
export const ADDS_OPTI_ID = 'adds the id in Opti ID; the affected user or group is known without it';
export const NAMES_OKTA_USER = 'names the Okta user; the affected user is known without it';

/** The names that a rule declares not to need. */
export function notNeededBy(
  { notNeeded = {}, overScim }: Pick<SqlRule, 'notNeeded' | 'overScim'>,
  source: OptiIdSource = 'database',
): ReadonlySet<string> {
  const there = source === 'scim' && overScim && 'without' in overScim ? [overScim.without ?? ''] : [];
  return new Set([...Object.values(notNeeded), ...there].flatMap((names) => names.split(' ')));
}

/** A rule that is one query over the tables of the analysis. */
export interface SqlRule<Key extends string = string, Code extends string = string> extends RuleBase {
  kind: 'sql';
  /** Selects `subject, okta_id, opti_id` and the evidence columns; ends in `order by`. */
  sql: string;
  /** Evidence column → what it means, in words. */
  evidence: Readonly<Record<Key, string>>;
  /** Column that the plan goes by and no file shows (a code, an id, a part of the subject) → what it means. */
  codes?: Readonly<Record<Code, string>>;
  /** Columns with ids of more users and groups that a row is about: it waits while one of them is in flight. */
  alsoAbout?: readonly NoInfer<Key>[];
  /** Names the subject and says what is wrong with it; ends with a full stop. */
  detail: (row: FlaggedRow<Key | Code>) => string;
  /** What to do: one text, or by row. */
  fix: string | ((row: FlaggedRow<Key | Code>) => string);
  /** For a rule that checks a setting: what it should be, for `configuration.csv`. */
  expected?: string;
  /**
   * Why → datasets or tables, between spaces, that the query reads and that decide neither whether the rule fires nor on
   * whom. Of a table it means all that stands behind it. A test empties each of them and finds the same subjects.
   */
  notNeeded?: Readonly<Record<string, string>>;
  /** Datasets that the query does not read, and that decide what is in those that it reads; with the reason. */
  alsoNeeds?: { readonly [Name in DatasetName]?: string };
}

/** What the configuration rules look at: a handful of rows, not tables. */
export interface ConfigurationFacts {
  organization: OptiOrganizationRow;
  ssoConnections: readonly OptiSsoConnectionRow[];
  apps: readonly AppRow[];
  scimAppChoice: AppChoice;
  /** `AUDIT_SCIM_APP` and `AUDIT_SSO_APP` as sealed. */
  scimAppSetting: string | null;
  ssoAppSetting: string | null;
  /** Null where none is chosen or it was not read. */
  scimApp: ChosenAppRow | null;
  ssoApp: ChosenAppRow | null;
  /** Null where Okta does not show them for this app. */
  appFeatures: readonly AppFeatureRow[] | null;
  provisioningConnection: ProvisioningConnectionRow | null;
  profileMappings: readonly ProfileMappingRow[];
  /** Of the System Log only those on imports: it may have hundreds of thousands. */
  importEvents: readonly LogEventRow[];
  /** True when an app user has an `externalId`; null when the app users were not read completely. */
  anyUserProvisioned: boolean | null;
  /** Null when the group push mappings were not read completely. */
  anyPushMapping: boolean | null;
}

/** What a failed setting belongs to, and what to do about it. */
type FlaggedSetting = Pick<Finding, 'subject' | 'okta_id' | 'opti_id' | 'fix'>;

/** Verdict of a configuration rule on one setting. */
export type ConfigurationVerdict<Flagged = FlaggedSetting> =
  | { outcome: 'pass'; actual: string }
  | ({ outcome: 'fail'; actual: string } & Pick<Finding, 'detail' | 'evidence'> & Flagged)
  | { outcome: 'skipped' | 'unknown'; actual: string; reason: string };

/** The same as a rule gives it. What it leaves out is the SCIM app or the organization, and the rule's own fix. */
export type JudgedSetting = ConfigurationVerdict<Partial<FlaggedSetting>>;

/** A rule on the two apps and the organization: one pure function. */
export interface ConfigurationRule<Fact extends keyof ConfigurationFacts = keyof ConfigurationFacts>
  extends RuleBase {
  kind: 'configuration';
  /** The facts that it judges by. It gets no others, so what it needs follows from them. */
  reads: readonly Fact[];
  /** What the setting should be, for `configuration.csv`. */
  expected: string;
  /** What to do when it is not, for `configuration.csv`. */
  fix: string;
  /** Evidence key → what it means, in words. */
  evidence: Readonly<Record<string, string>>;
  judge: (facts: Pick<ConfigurationFacts, Fact>) => ConfigurationVerdict;
}

export type Rule = SqlRule | ConfigurationRule;

/** A rule with its place in the catalogue: the folder it lives in. */
export type CatalogueRule = Rule & { category: Category };

/** What to do about a rule's findings, where one text says it for all of them; else each finding has its own. */
export function commonFix(rule: Rule): string | null {
  return typeof rule.fix === 'string' ? rule.fix : null;
}

/** A rule with the names that its findings hold, for the compiler. */
type Defined<Any extends Rule, Id extends string, Column extends string> = Any & {
  id: Id;
  /** Never there: the type alone counts. */
  columns?: Readonly<Record<Column, true>>;
};

/** Defines a rule that is one query; the compiler holds `detail`, `fix` and `evidence` to the same keys. */
export function defineSqlRule<
  const Id extends string,
  const Key extends string,
  const Code extends string = never,
>(rule: Omit<SqlRule<Key, Code>, 'kind'> & { id: Id }): Defined<SqlRule, Id, Key | Code> {
  return { ...rule, kind: 'sql' } as unknown as Defined<SqlRule, Id, Key | Code>;
}

type NewConfigurationRule<Id, Key extends string, Fact extends keyof ConfigurationFacts> = Omit<
  ConfigurationRule<Fact>,
  'kind' | 'judge'
> & { id: Id; evidence: Readonly<Record<Key, string>> };

/** Defines a rule on the apps and the organization; the compiler holds `judge` to the facts that `reads` names. */
export function defineConfigurationRule<
  const Id extends string,
  const Key extends string,
  const Fact extends keyof ConfigurationFacts,
>(
  rule: NewConfigurationRule<Id, Key, Fact> & {
    judge: (facts: Pick<ConfigurationFacts, Fact>) => JudgedSetting;
  },
): Defined<ConfigurationRule, Id, Key> {
  const judge = (facts: ConfigurationFacts): ConfigurationVerdict => {
    const verdict = rule.judge(facts);
    if (verdict.outcome !== 'fail') return verdict;
    const { scimApp, organization } = facts;
    const subject =
      rule.subject === 'app' && scimApp !== null
        ? { subject: scimApp.label, okta_id: scimApp.okta_app_id, opti_id: null }
        : { subject: organization.name, okta_id: null, opti_id: organization.opti_organization_id };
    return { ...subject, fix: rule.fix, ...verdict };
  };
  return { ...rule, kind: 'configuration', judge };
}

/** Defines a rule on the SCIM app, which is skipped where none is chosen; `reads` names what it reads besides. */
export function defineScimAppRule<
  const Id extends string,
  const Key extends string,
  const Fact extends keyof ConfigurationFacts = never,
>({
  judge,
  ...rule
}: Omit<NewConfigurationRule<Id, Key, Fact>, 'subject' | 'reads'> & {
  reads?: readonly Fact[];
  judge: (app: ChosenAppRow, facts: Pick<ConfigurationFacts, Fact>) => JudgedSetting;
}): Defined<ConfigurationRule, Id, Key> {
  return defineConfigurationRule({
    ...(rule as NewConfigurationRule<Id, Key, Fact>),
    subject: 'app',
    reads: ['scimApp', ...(rule.reads ?? [])],
    judge: (facts) =>
      facts.scimApp === null
        ? { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' }
        : judge(facts.scimApp, facts),
  });
}
