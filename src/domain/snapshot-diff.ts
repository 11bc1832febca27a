/** A value of a row that both snapshots have, before and after. */
export interface ChangedValue {
  column: string;
  before: string | boolean | null;
  after: string | boolean | null;
}

/** A row that differs between two snapshots. */
export interface ChangedRow {
  change: 'added' | 'gone' | 'changed';
  /** Whom or what it is about, by name. */
  subject: string;
  /** What differs; empty where the row is in one of them only. */
  values: ChangedValue[];
}

/** What differs between two snapshots, of one kind of rows. */
export interface SnapshotDiff {
  part:
    | 'okta-people'
    | 'okta-groups'
    | 'okta-memberships'
    | 'opti-people'
    | 'opti-groups'
    | 'opti-memberships';
  /** The same in words. */
  title: string;
  /** How many; null where they could not be told, because a list was not read completely. */
  added: number | null;
  gone: number | null;
  changed: number | null;
  /** The first of them, by subject. */
  rows: ChangedRow[];
  /** How many there are beyond these. */
  more: number;
  /** Why something was not compared, in sentences. */
  missing: string[];
}
