import { join } from 'node:path';
import ts from 'typescript';
import { jsonSchemaPath } from '../commands/json-output.ts';
import { ROOT } from './generated-files.ts';

type Schema = Record<string, unknown>;

/**
 * The JSON Schemas of what `--json` prints, a file for each command, by path: made from the types of `JsonOutput`, as the
 * compiler resolves them, with their comments as descriptions. What has a name of its own is said once, in `$defs`. A
 * later version may add members, so none is forbidden.
 */
export function jsonSchemas(): Record<string, string> {
  const source = join(ROOT, 'cli', 'commands', 'json-output.ts');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram([source], options);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(source);
  const output = file?.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === 'JsonOutput',
  );
  if (!file || !output) throw new Error('There is no interface JsonOutput.');
  const commands = checker.getPropertiesOfType(checker.getTypeAtLocation(output));
  return Object.fromEntries(
    commands.map((command) => {
      const schema = {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        title: `optiid-audit ${command.name} --json`,
        ...schemaOf(checker, command, file),
      };
      return [jsonSchemaPath(command.name), `${JSON.stringify(schema, null, 2)}\n`];
    }),
  );
}

function isLiteral(type: ts.Type): type is ts.StringLiteralType | ts.NumberLiteralType {
  return type.isStringLiteral() || type.isNumberLiteral();
}

/** The schema of a member of an interface, with the definitions that it needs. */
function schemaOf(checker: ts.TypeChecker, member: ts.Symbol, at: ts.Node): Schema {
  const defs = new Map<string, Schema | null>();
  const schema = described(member, ofType(checker.getTypeOfSymbolAtLocation(member, at)));
  const named = [...defs].sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...schema, ...(named.length > 0 ? { $defs: Object.fromEntries(named) } : {}) };

  function described(symbol: ts.Symbol, of: Schema): Schema {
    const comment = ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/gu, ' ');
    return comment === '' ? of : { description: comment, ...of };
  }

  function ofType(type: ts.Type): Schema {
    const name = nameOf(type);
    if (name === null) return ofShape(type);
    if (!defs.has(name)) {
      // Known before it is made: it may speak of itself.
      defs.set(name, null);
      const symbol = type.aliasSymbol ?? type.symbol;
      defs.set(name, described(symbol, ofShape(type)));
    }
    return { $ref: `#/$defs/${name}` };
  }

  /** The name of an object's type; of a type alias too where it takes nothing. Null: it is said where it stands. */
  function nameOf(type: ts.Type): string | null {
    if (type.aliasSymbol) return type.aliasTypeArguments ? null : type.aliasSymbol.name;
    const isInterface = type.isClassOrInterface() && !type.typeParameters;
    return isInterface ? type.symbol.name : null;
  }

  function ofShape(type: ts.Type): Schema {
    if (type.isUnion()) return ofUnion(type.types);
    if (isLiteral(type)) return { const: type.value };
    const { flags } = type;
    if (flags & ts.TypeFlags.String) return { type: 'string' };
    if (flags & ts.TypeFlags.Number) return { type: 'number' };
    if (flags & ts.TypeFlags.BigInt) return { type: 'integer' };
    if (flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (flags & ts.TypeFlags.Null) return { type: 'null' };
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type as ts.TypeReference).map(ofType);
      return { type: 'array', prefixItems: items, minItems: items.length, items: false };
    }
    if (checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type as ts.TypeReference);
      return { type: 'array', items: item ? ofType(item) : {} };
    }
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return ofObject(type);
    throw new Error(`No JSON is like ${checker.typeToString(type)}.`);
  }

  function ofObject(type: ts.Type): Schema {
    if (type.getCallSignatures().length > 0) throw new Error(`${checker.typeToString(type)} is a function.`);
    const members = checker.getPropertiesOfType(type);
    const others = type.getStringIndexType();
    const properties = members.map((each): [string, Schema] => [
      each.name,
      described(each, ofType(checker.getTypeOfSymbolAtLocation(each, at))),
    ]);
    const required = members
      .filter((each) => !(each.flags & ts.SymbolFlags.Optional))
      .map(({ name }) => name);
    return {
      type: 'object',
      ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
      ...(required.length > 0 ? { required } : {}),
      ...(others ? { additionalProperties: ofType(others) } : {}),
    };
  }

  function ofUnion(types: readonly ts.Type[]): Schema {
    // `true | false` is a boolean, and what may be left out is not undefined in JSON.
    const isBoolean = types.filter(({ flags }) => flags & ts.TypeFlags.BooleanLiteral).length === 2;
    const kept = types.filter(
      ({ flags }) => !(flags & ts.TypeFlags.Undefined) && !(isBoolean && flags & ts.TypeFlags.BooleanLiteral),
    );
    const literals = kept.filter(isLiteral);
    const isNullable = kept.some(({ flags }) => flags & ts.TypeFlags.Null);
    const others = kept
      .filter((type) => !isLiteral(type))
      .sort((a, b) => (a.flags & ts.TypeFlags.Null) - (b.flags & ts.TypeFlags.Null));
    const values = literals.map(({ value }) => value);
    const one = (schemas: Schema[]) => (schemas.length === 1 ? (schemas[0] as Schema) : { anyOf: schemas });
    if (values.length > 0 && others.every(({ flags }) => flags & ts.TypeFlags.Null)) {
      return { enum: [...values, ...(isNullable ? [null] : [])] };
    }
    const schemas = [
      ...(values.length > 0 ? [{ enum: values }] : []),
      ...others.map(ofType),
      ...(isBoolean ? [{ type: 'boolean' }] : []),
    ];
    const isPlain = schemas.every((each) => Object.keys(each).join() === 'type');
    return isPlain ? { type: schemas.map((each) => (each as { type: string }).type) } : one(schemas);
  }
}
