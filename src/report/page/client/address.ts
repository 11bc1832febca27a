import { addressOf } from '../parts.tsx';
import { NO_FILTER, type TableFilter } from './table-view.ts';

/** What the address of the page asks for: a place in it, and which rows are to be shown there. */
export interface Asked {
  place: string;
  /** Null where the address names a place alone. */
  filter: TableFilter | null;
}

/** Reads `#access?product=CMS&instance=Production&q=word&sort=-role`. */
export function readAddress(hash: string): Asked {
  const [place = '', query] = hash.replace(/^#/u, '').split(/\?(.*)/su);
  const filter = query === undefined ? null : readFilter(new URLSearchParams(query));
  try {
    return { place: decodeURIComponent(place), filter };
  } catch {
    return { place, filter };
  }
}

function readFilter(query: URLSearchParams): TableFilter {
  const { q = '', sort = '', ...filters } = Object.fromEntries(query);
  const column = sort.replace(/^-/u, '');
  return {
    search: q,
    filters,
    sort: column === '' ? null : { column, descending: sort.startsWith('-') },
  };
}

/** Puts what is shown into the address, so that it can be sent to somebody; the place stays where the reader is. */
export function showAddress(place: string, { search, filters, sort }: TableFilter = NO_FILTER): void {
  const sorted = sort === null ? {} : { sort: `${sort.descending ? '-' : ''}${sort.column}` };
  try {
    history.replaceState(null, '', addressOf(place, { filters: { ...filters, ...sorted }, search }));
  } catch {
    // Some browsers refuse it for a file; then the page works all the same.
  }
}
