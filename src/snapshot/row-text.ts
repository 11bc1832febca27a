import { DATASETS, type DatasetName, type DatasetRows } from '../domain/dataset.ts';

/** Makes a value what JSON is to write of it. Throws a TypeError where it is of another type. */
type Shape = (value: unknown) => unknown;

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/u;

const SCALARS: Readonly<Record<string, { wanted: string; is: (value: unknown) => boolean }>> = {
  VARCHAR: { wanted: 'a text', is: (value) => typeof value === 'string' },
  TIMESTAMP: {
    wanted: 'a UTC time in ISO 8601',
    is: (value) => typeof value === 'string' && TIMESTAMP.test(value),
  },
  BOOLEAN: { wanted: 'true, false', is: (value) => typeof value === 'boolean' },
  INTEGER: { wanted: 'a whole number', is: Number.isSafeInteger },
};

function refuse(where: string, wanted: string): never {
  // The value itself may be personal data, and this text goes to a terminal.
  throw new TypeError(`${where} must be ${wanted} or null.`);
}

function objectShape(columns: readonly (readonly [string, string])[], where: string): Shape {
  const shapes = new Map(columns.map(([name, type]) => [name, shapeOf(type, `${where}.${name}`)]));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, 'an object');
    const row = value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(row)) {
      if (!shapes.has(key)) throw new TypeError(`${where} has no column ${JSON.stringify(key)}.`);
    }
    return Object.fromEntries([...shapes].map(([name, shape]) => [name, shape(row[name])]));
  };
}

function shapeOf(type: string, where: string): Shape {
  const orNull =
    (shape: Shape): Shape =>
    (value) =>
      value === null || value === undefined ? null : shape(value);
  if (type.endsWith('[]')) {
    const element = shapeOf(type.slice(0, -2), `${where}[]`);
    return orNull((value) => (Array.isArray(value) ? value.map(element) : refuse(where, 'a list')));
  }
  const members = /^STRUCT\((.+)\)$/u.exec(type)?.[1];
  if (members !== undefined) {
    const columns = members.split(', ').map((member) => {
      const [name = '', memberType = ''] = member.split(' ');
      return [name, memberType] as const;
    });
    return orNull(objectShape(columns, where));
  }
  const scalar = SCALARS[type];
  if (!scalar) throw new TypeError(`No way to write the column type ${type}.`);
  return orNull((value) => {
    if (!scalar.is(value)) refuse(where, scalar.wanted);
    // A lone surrogate has no UTF-8 form: the engine would refuse the whole file for one broken name.
    return typeof value === 'string' ? value.toWellFormed() : value;
  });
}

/**
 * The function that writes a row of `name` as one line of JSON: exactly the dataset's columns, in their order.
 * It throws a TypeError for an unknown column or a value of another type: a reader's bug, never bad input.
 */
export function rowText<Name extends DatasetName>(name: Name): (row: DatasetRows[Name]) => string {
  const columns = Object.entries(DATASETS[name].columns).map(([column, { type }]) => [column, type] as const);
  const shape = objectShape(columns, name);
  return (row) => JSON.stringify(shape(row));
}
