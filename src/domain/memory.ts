export const GRANT_COLUMNS = [
  'opti_group_id',
  'group_name',
  'product',
  'opti_instance_id',
  'instance',
  'opti_role_id',
  'role',
] as const;

/** A role on an instance that a store group granted when the baseline was taken. */
export type BaselineGrant = Record<(typeof GRANT_COLUMNS)[number], string>;

/** A store user of an Okta user in the baseline, who is gone now. */
export interface BaselineAccount {
  okta_user_id: string;
  opti_user_id: string;
  /** What they had through product groups and groups made by hand. */
  grants: readonly { opti_instance_id: string; opti_role_id: string; label?: string }[];
}

/** What the groups of the store granted in an earlier run. */
export interface Baseline {
  /** Name of the run's folder. */
  run: string;
  /** Null: that run did not read completely what its groups granted. */
  grants: readonly BaselineGrant[] | null;
  /** Null or absent: that run did not read completely who had what. */
  accounts?: readonly BaselineAccount[] | null;
  /** Why that run is not believed and grants nothing, the end of a sentence that begins with it; absent where it is. */
  refusal?: string;
}

/**
 * What earlier runs know and the snapshot does not; an input of the analysis next to it. The same snapshot and
 * the same memory give the same analysis.
 */
export interface Memory {
  /** Store group by push mapping, as the last complete run of the org paired them. */
  groupPairs: Readonly<Record<string, string>>;
  /** For the access rules alone. */
  baseline: Baseline | null;
  /** Ids of the findings that are known already: no change on its way hides one of them. Absent: none. */
  known?: ReadonlySet<string>;
  /** What was in flight in the run before, by finding. Absent: nothing. */
  inFlight?: ReadonlyMap<string, FindingInFlight>;
}

/** A difference that is no finding yet, because a change of its subject was on its way. */
export interface FindingInFlight {
  finding_id: string;
  rule: string;
  /** When the first of the runs in a row that saw it in flight began, UTC ISO-8601. */
  since: string;
}

export const NO_MEMORY: Memory = { groupPairs: {}, baseline: null };
