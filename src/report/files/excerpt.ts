/** Rows of a table for the page, taken while the table is written: there may be millions. */
export interface Excerpt<Row> {
  /** Passes the batches on and keeps what the page shows. */
  watch(batches: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly Row[], void, undefined>;
  /** The first of what was kept, what is worth showing before the rest, in the order in which it came. */
  rows(most: number): Row[];
  total(): number;
}

/** Keeps the first `limit` rows that are worth showing, and where there are fewer of them the first of the others. */
export function takeExcerpt<Row>({
  limit,
  isWorthShowing,
  onRow = () => {},
}: {
  limit: number;
  isWorthShowing: (row: Row) => boolean;
  onRow?: (row: Row) => void;
}): Excerpt<Row> {
  const worthy: { row: Row; at: number }[] = [];
  const others: { row: Row; at: number }[] = [];
  let total = 0;
  return {
    async *watch(batches) {
      for await (const batch of batches) {
        for (const row of batch) {
          onRow(row);
          const kept = isWorthShowing(row) ? worthy : others;
          if (kept.length < limit) kept.push({ row, at: total });
          total += 1;
        }
        yield batch;
      }
    },
    rows: (most) =>
      [...worthy, ...others]
        .slice(0, most)
        .sort((a, b) => a.at - b.at)
        .map(({ row }) => row),
    total: () => total,
  };
}
