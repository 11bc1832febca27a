import { DATASETS, type DatasetName, type DatasetRows } from '../domain/dataset.ts';

type ValueText = (value: unknown) => string;

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/u;

function refuse(where: string, wanted: string): never {
  // The value itself may be personal data, and this text goes to a terminal.
  throw new TypeError(`${where} must be ${wanted} or null.`);
}

/** Printable ASCII but for quotes and backslashes: most ids, names and times. JSON writes it as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A lone surrogate has no UTF-8 form: the engine would refuse the whole file for one broken name. */
function stringText(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value.toWellFormed());
}

const SCALARS: Readonly<Record<string, (where: string) => ValueText>> = {
  VARCHAR: (where) => (value) => (typeof value === 'string' ? stringText(value) : refuse(where, 'a text')),
  TIMESTAMP: (where) => (value) =>
    typeof value === 'string' && TIMESTAMP.test(value)
      ? stringText(value)
      : refuse(where, 'a UTC time in ISO 8601'),
  BOOLEAN: (where) => (value) => (typeof value === 'boolean' ? String(value) : refuse(where, 'true, false')),
  INTEGER: (where) => (value) =>
    Number.isSafeInteger(value) ? String(value) : refuse(where, 'a whole number'),
};

function orNull(text: ValueText): ValueText {
  return (value) => (value === null || value === undefined ? 'null' : text(value));
}

function objectText(columns: readonly (readonly [string, string])[], where: string): ValueText {
  const known = new Set(columns.map(([name]) => name));
  const members = columns.map(([name, type], position) => ({
    name,
    lead: `${position === 0 ? '{' : ','}${JSON.stringify(name)}:`,
    text: valueText(type, `${where}.${name}`),
  }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refuse(where, 'an object');
    for (const key of Object.keys(value)) {
      if (!known.has(key)) throw new TypeError(`${where} has no column ${JSON.stringify(key)}.`);
    }
    const row = value as Readonly<Record<string, unknown>>;
    let line = '';
    for (const { name, lead, text } of members) line += lead + text(row[name]);
    return `${line}}`;
  };
}

function valueText(type: string, where: string): ValueText {
  if (type.endsWith('[]')) {
    const element = valueText(type.slice(0, -2), `${where}[]`);
    return orNull((value) =>
      Array.isArray(value) ? `[${value.map(element).join(',')}]` : refuse(where, 'a list'),
    );
  }
  const members = /^STRUCT\((.+)\)$/u.exec(type)?.[1];
  if (members !== undefined) {
    return orNull(
      objectText(
        members.split(', ').map((member) => {
          const [name = '', memberType = ''] = member.split(' ');
          return [name, memberType] as const;
        }),
        where,
      ),
    );
  }
  const scalar = SCALARS[type];
  if (!scalar) throw new TypeError(`No way to write the column type ${type}.`);
  return orNull(scalar(where));
}

/**
 * The function that writes a row of `name` as one line of JSON: exactly the dataset's columns, in their order.
 * It throws a TypeError for an unknown column or a value of another type: a reader's bug, never bad input.
 */
export function rowText<Name extends DatasetName>(name: Name): (row: DatasetRows[Name]) => string {
  const columns = Object.entries(DATASETS[name].columns).map(([column, { type }]) => [column, type] as const);
  return objectText(columns, name);
}
