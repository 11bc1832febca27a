import type { Column } from '../domain/column.ts';
import { DATASET_NAMES, DATASETS, type DatasetName, type DatasetRows } from '../domain/dataset.ts';
import type { CarriedOver, SealedSettings } from '../domain/manifest.ts';
import type { Baseline, Memory } from '../domain/memory.ts';
import { SCIM_APP_NAME } from '../domain/okta.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { readRows } from '../snapshot/read-rows.ts';
import { createSnapshot } from '../snapshot/write-snapshot.ts';
import type { KnownTexts, Pseudonyms } from './pseudonyms.ts';

type Row = Readonly<Record<string, unknown>>;

/** Takes each text of a row, with what it holds and the row or the object that it stands in; returns what stands there. */
type Replace = (holds: NonNullable<Column['holds']>, text: string, row: Row) => string;

/** A row with its texts replaced, column by column as the table of datasets says. */
function replaceTexts(name: DatasetName, row: Row, replace: Replace): Row {
  const columns: Readonly<Record<string, Column>> = DATASETS[name].columns;
  const replaced = (column: Column | undefined, value: unknown): unknown => {
    if (typeof value === 'string')
      return column?.holds === undefined ? value : replace(column.holds, value, row);
    if (!Array.isArray(value)) return value;
    return value.map((element: unknown) => {
      if (typeof element !== 'object' || element === null) return replaced(column, element);
      const member = ([key, text]: [string, unknown]) => {
        const holds = column?.membersHold?.[key] ?? 'words';
        return [key, typeof text === 'string' ? replace(holds, text, element as Row) : text];
      };
      return Object.fromEntries(Object.entries(element).map(member));
    });
  };
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, replaced(columns[key], value)]));
}

async function* rowsOf<Name extends DatasetName>(
  snapshot: Snapshot,
  name: Name,
): AsyncGenerator<DatasetRows[Name]> {
  if (snapshot.manifest.datasets[name].sha256 !== null) yield* readRows<Name>(snapshot.path(name));
}

/** What is to be known of a snapshot, and of what earlier runs say to it, before the first pseudonym is made. */
export interface Inventory extends KnownTexts {
  /** Names of groups, apps and the like: reasons in words may quote them. */
  names: ReadonlySet<string>;
}

/** Reads every row of a snapshot once. */
export async function takeInventory(snapshot: Snapshot, memory: Memory): Promise<Inventory> {
  const { opti_organization_id, settings, carried_over } = snapshot.manifest;
  const ids = new Set([opti_organization_id, ...(carried_over?.groups ?? []), ...idsOf(memory)]);
  const names = new Set(
    [settings.scim_app, settings.sso_app, ...(settings.push_groups ?? [])].filter((name) => name !== null),
  );
  const instanceIds: string[] = [];
  const systemRoles = new Set<string>();
  const note: Replace = (holds, text) => {
    if (holds === 'id') ids.add(text);
    if (holds === 'name') names.add(text);
    return text;
  };
  for (const name of DATASET_NAMES) {
    for await (const row of rowsOf(snapshot, name)) replaceTexts(name, row, note);
  }
  for await (const { opti_instance_id } of rowsOf(snapshot, 'optiId.productInstances'))
    instanceIds.push(opti_instance_id);
  for await (const { name, kind } of rowsOf(snapshot, 'optiId.roles'))
    if (kind === 'system') systemRoles.add(name);
  names.delete('');
  return { ids: [...ids].sort(), instanceIds, systemRoles, names };
}

/** Hands every text of a snapshot to the pseudonyms, for whoever watches what they make. */
export async function passAll(snapshot: Snapshot, pseudonyms: Pseudonyms): Promise<void> {
  for (const name of DATASET_NAMES) {
    for await (const row of rowsOf(snapshot, name)) {
      replaceTexts(name, row, (holds, text, inRow) => pseudonyms.of(holds, text, inRow));
    }
  }
  redactSettings(snapshot.manifest.settings, pseudonyms, new Set());
}

/**
 * Writes a redacted copy of a snapshot into a folder, sealed: the same rows at the same times, as completely read, with
 * a pseudonym for every text that says something about the customer.
 */
export async function redactSnapshot(
  snapshot: Snapshot,
  folder: string,
  pseudonyms: Pseudonyms,
  { names, ids }: Inventory,
): Promise<void> {
  const { manifest } = snapshot;
  const known = { names, ids: new Set(ids) };
  let time = manifest.began;
  const writer = createSnapshot({ folder, clock: () => new Date(time) });
  for (const name of DATASET_NAMES) {
    const dataset = manifest.datasets[name];
    const reason = redactProse(dataset.reason, pseudonyms, known);
    if (dataset.completeness === 'unread') writer.unread(name, reason);
    else if (dataset.completeness === 'not_applicable') writer.notApplicable(name, reason);
    else {
      time = dataset.began ?? manifest.began;
      await writer.collect(name, async (out) => {
        for await (const row of rowsOf(snapshot, name)) {
          await out.write(
            replaceTexts(name, row, (holds, text, inRow) =>
              pseudonyms.of(holds, text, inRow),
            ) as DatasetRows[typeof name],
          );
        }
        for (let sent = 0; sent < dataset.requests; sent += 1) out.countRequest();
        time = dataset.ended ?? manifest.ended;
      });
      if (dataset.completeness === 'partial') writer.downgrade(name, reason);
    }
  }
  time = manifest.ended;
  await writer.seal({
    tool: manifest.tool,
    org: pseudonyms.host(manifest.org),
    opti_organization_id: pseudonyms.of('id', manifest.opti_organization_id),
    opti_id_source: manifest.opti_id_source,
    settings: redactSettings(manifest.settings, pseudonyms, known.ids),
    carried_over: manifest.carried_over && redactCarriedOver(manifest.carried_over, pseudonyms),
    // Whose the role is, is a name.
    proofs: manifest.proofs && {
      ...manifest.proofs,
      role: { sees: manifest.proofs.role.sees, found: 'left out of this copy' },
    },
  });
}

function redactSettings(
  settings: SealedSettings,
  pseudonyms: Pseudonyms,
  ids: ReadonlySet<string>,
): SealedSettings {
  const named = (text: string) => pseudonyms.of(ids.has(text) ? 'id' : 'name', text);
  const app = (text: string | null) => (text === null || text === SCIM_APP_NAME ? text : named(text));
  return {
    ...settings,
    scim_app: app(settings.scim_app),
    sso_app: app(settings.sso_app),
    push_groups: settings.push_groups?.map(named) ?? null,
  };
}

function redactCarriedOver(carried: CarriedOver, pseudonyms: Pseudonyms): CarriedOver {
  return { ...carried, groups: carried.groups.map((id) => pseudonyms.of('id', id)).sort() };
}

/**
 * A sentence of the tool with what it says of the customer replaced: what stands in quotes, e-mails, addresses, ids,
 * and every name that the snapshot knows.
 */
function redactProse(
  prose: string,
  pseudonyms: Pseudonyms,
  { names, ids }: { names: ReadonlySet<string>; ids: ReadonlySet<string> },
): string {
  if (prose === '') return prose;
  const inside = /https?:\/\/[^\s,;)]+|"[^"]*"|[^\s"',;:()/]+@[^\s"',;:()/]+|[A-Za-z0-9_][A-Za-z0-9_.-]*/gu;
  // A word of digits and letters that is long: an id that no row has.
  const isId = (word: string) => ids.has(word) || /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{12,}$/u.test(word);
  const redacted = prose.replace(inside, (word) => {
    if (word.startsWith('http')) return pseudonyms.of('url', word);
    if (word.startsWith('"')) return `"${pseudonyms.of('name', word.slice(1, -1))}"`;
    if (word.includes('@')) return pseudonyms.of('email', word);
    const bare = word.replace(/\.+$/u, '');
    return isId(bare) ? pseudonyms.of('id', bare) + word.slice(bare.length) : word;
  });
  const quoted = [...names].filter((name) => redacted.includes(name)).sort((a, b) => b.length - a.length);
  return quoted.reduce((text, name) => {
    const alone = new RegExp(
      `(?<![\\p{L}\\p{N}])${name.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&')}(?![\\p{L}\\p{N}])`,
      'gu',
    );
    return text.replace(alone, () => pseudonyms.of('name', name));
  }, redacted);
}

function idsOf({ groupPairs, baseline }: Memory): string[] {
  const grants = baseline?.grants ?? [];
  const accounts = baseline?.accounts ?? [];
  return [
    ...Object.entries(groupPairs).flat(),
    ...grants.flatMap((grant) => [grant.opti_group_id, grant.opti_instance_id, grant.opti_role_id]),
    ...accounts.flatMap(({ okta_user_id, opti_user_id, grants: had }) => [
      okta_user_id,
      opti_user_id,
      ...had.flatMap((grant) => [grant.opti_instance_id, grant.opti_role_id]),
    ]),
  ];
}

/** What earlier runs know, in the same pseudonyms. */
export function redactMemory({ groupPairs, baseline }: Memory, pseudonyms: Pseudonyms): Memory {
  const id = (text: string) => pseudonyms.of('id', text);
  return {
    groupPairs: Object.fromEntries(Object.entries(groupPairs).map((pair) => pair.map(id))),
    baseline: baseline && redactBaseline(baseline, pseudonyms),
  };
}

function redactBaseline({ run, grants, accounts }: Baseline, pseudonyms: Pseudonyms): Baseline {
  const id = (text: string) => pseudonyms.of('id', text);
  return {
    run,
    grants:
      grants?.map((grant) => ({
        opti_group_id: id(grant.opti_group_id),
        group_name: pseudonyms.of('name', grant.group_name),
        product: grant.product,
        opti_instance_id: id(grant.opti_instance_id),
        // An instance without a nickname is called by its product or its id.
        instance:
          grant.instance === grant.product
            ? grant.product
            : grant.instance === grant.opti_instance_id
              ? id(grant.instance)
              : pseudonyms.of('name', grant.instance),
        opti_role_id: id(grant.opti_role_id),
        role: grant.role === grant.opti_role_id ? id(grant.role) : pseudonyms.of('role', grant.role, grant),
      })) ?? null,
    accounts:
      accounts?.map(({ okta_user_id, opti_user_id, grants: had }) => ({
        okta_user_id: id(okta_user_id),
        opti_user_id: id(opti_user_id),
        // Labels are words: ids say the same.
        grants: had.map(({ opti_instance_id, opti_role_id }) => ({
          opti_instance_id: id(opti_instance_id),
          opti_role_id: id(opti_role_id),
        })),
      })) ?? null,
  };
}
