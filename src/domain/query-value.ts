/** A value that a query gives: of 64 bits and more exact, times as ISO-8601 UTC texts. */
export type QueryValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly QueryValue[]
  | { readonly [key: string]: QueryValue };

export const QUERY_FORMATS = ['table', 'csv', 'json'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];
