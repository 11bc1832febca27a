import { DATASETS, type DatasetName, type DatasetRows } from '../domain/dataset.ts';

type ValueText = (value: unknown, where: string) => string;

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/u;

function refuse(where: string, wanted: string): never {
  // The value itself may be personal data, and this text goes to a terminal.
  throw new TypeError(`${where} must be ${wanted} or null.`);
}

/** A lone surrogate has no UTF-8 form: the engine would refuse the whole file for one broken name. */
function stringText(value: unknown, where: string): string {
  return typeof value === 'string' ? JSON.stringify(value.toWellFormed()) : refuse(where, 'a text');
}

const SCALARS: Readonly<Record<string, ValueText>> = {
  VARCHAR: stringText,
  TIMESTAMP: (value, where) =>
    typeof value === 'string' && TIMESTAMP.test(value)
      ? JSON.stringify(value)
      : refuse(where, 'a UTC time in ISO 8601'),
  BOOLEAN: (value, where) => (typeof value === 'boolean' ? String(value) : refuse(where, 'true, false')),
  INTEGER: (value, where) => (Number.isSafeInteger(value) ? String(value) : refuse(where, 'a whole number')),
};

function orNull(text: ValueText): ValueText {
  return (value, where) => (value === null || value === undefined ? 'null' : text(value, where));
}

function objectText(columns: readonly (readonly [string, string])[]): ValueText {
  const known = new Set(columns.map(([name]) => name));
  const members = columns.map(([name, type]) => ({
    name,
    lead: `${JSON.stringify(name)}:`,
    text: valueText(type),
  }));
  return (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refuse(where, 'an object');
    for (const key of Object.keys(value)) {
      if (!known.has(key)) throw new TypeError(`${where} has no column ${JSON.stringify(key)}.`);
    }
    const row = value as Readonly<Record<string, unknown>>;
    return `{${members.map(({ name, lead, text }) => lead + text(row[name], `${where}.${name}`)).join(',')}}`;
  };
}

function valueText(type: string): ValueText {
  if (type.endsWith('[]')) {
    const element = valueText(type.slice(0, -2));
    return orNull((value, where) =>
      Array.isArray(value)
        ? `[${value.map((item) => element(item, `${where}[]`)).join(',')}]`
        : refuse(where, 'a list'),
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
      ),
    );
  }
  const scalar = SCALARS[type];
  if (!scalar) throw new TypeError(`No way to write the column type ${type}.`);
  return orNull(scalar);
}

/**
 * The function that writes a row of `name` as one line of JSON: exactly the dataset's columns, in their order.
 * It throws a TypeError for an unknown column or a value of another type: a reader's bug, never bad input.
 */
export function rowText<Name extends DatasetName>(name: Name): (row: DatasetRows[Name]) => string {
  const text = objectText(Object.entries<string>(DATASETS[name].columns));
  return (row) => text(row, name);
}
