/** A table that a query over a snapshot may name. */
export interface TableDescription {
  /** As queries write it: `snapshot.okta_users`, `user_pair`. */
  name: string;
  /** What one row is, in a sentence. */
  means: string;
  /** True for what was read; false for what is derived from it. */
  isDataset: boolean;
  columns: ColumnDescription[];
}

export interface ColumnDescription {
  name: string;
  /** The engine's type. */
  type: string;
  means: string;
}

/** A question of the field and the query that answers it. */
export interface ExampleQuery {
  question: string;
  sql: string;
}
