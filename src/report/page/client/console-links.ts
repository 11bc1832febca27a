import type { ConsoleAddresses, PackedTable, PageTableName } from '../page-data.ts';
import { cellOf } from './table-view.ts';

export interface ConsoleLink {
  text: string;
  href: string;
}

/** Where the Okta Admin Console shows what a row is about; none where Okta has no page of it. */
export function consoleLinks(
  consoleAddresses: ConsoleAddresses | null,
  name: PageTableName,
  table: PackedTable,
  row: number,
): ConsoleLink[] {
  if (consoleAddresses === null) return [];
  const cell = (column: string) => textOf(cellOf(table, column, row));
  const links: ConsoleLink[] = [];
  const { user, group, apps, event } = consoleAddresses;
  const add = (text: string, address: string, id: string | null) => {
    if (id !== null) links.push({ text, href: `${address}${encodeURIComponent(id)}` });
  };
  if (name !== 'findings') {
    add('event in Okta', event, quoted(cell('event_id')));
    add('user in Okta', user, cell('okta_user_id'));
    add('group in Okta', group, cell('okta_group_id'));
    return links;
  }
  const evidence = JSON.parse(cell('evidence') ?? '{}') as Readonly<Record<string, unknown>>;
  const id = cell('okta_id');
  const type = cell('subject_type');
  const app = id === null ? undefined : apps[id];
  if (app !== undefined) links.push({ text: 'app in Okta', href: app });
  else if (type === 'group') add('group in Okta', group, id);
  else if (type === 'user' || type === 'membership') add('user in Okta', user, id);
  if (type === 'membership') add('group in Okta', group, textOf(evidence.okta_group_id));
  add('event in Okta', event, quoted(textOf(evidence.event_id)));
  return links;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The System Log's search takes an event's id in quotes; one that holds a quote is not an id. */
function quoted(id: string | null): string | null {
  return id === null || id.includes('"') ? null : `uuid eq "${id}"`;
}
