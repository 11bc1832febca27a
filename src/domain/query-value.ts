/** A value that a query gives: of 64 bits and more exact, times as ISO-8601 UTC texts. */
export type QueryValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly QueryValue[]
  | { readonly [key: string]: QueryValue };
