import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { Command } from '../../../cli/commands/command.ts';
import { COMMANDS } from '../../../cli/commands/index.ts';
import { type JsonCommand, type JsonOutput, jsonSchemaPath } from '../../../cli/commands/json-output.ts';
import { ROOT } from './cli.ts';

/** The commands that have `--json`, by their names, sorted. */
export const JSON_COMMANDS: readonly string[] = namesOf(COMMANDS).sort();

function namesOf(commands: readonly Command[], above = ''): string[] {
  return commands.flatMap(({ name, options, subcommands }) => [
    ...('json' in options ? [`${above}${name}`] : []),
    ...namesOf(subcommands, `${above}${name} `),
  ]);
}

const validators = new Map<string, ReturnType<typeof compile>>();

/** A schema as it is shipped. */
export function readSchema(command: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, jsonSchemaPath(command)), 'utf8')) as Record<string, unknown>;
}

/** Checks data against a schema, to which nothing may be added: what is printed is to be documented. */
function compile(command: string) {
  const schema = JSON.parse(JSON.stringify(readSchema(command)), (_key, part) =>
    part !== null && typeof part === 'object' && 'properties' in part && part.type === 'object'
      ? { additionalProperties: false, ...part }
      : part,
  ) as object;
  return new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true }).compile(schema);
}

/** What a command printed with `--json`, which must be as its schema says. */
export function jsonOf<Name extends JsonCommand>(command: Name, stdout: string): JsonOutput[Name] {
  const data = JSON.parse(stdout) as unknown;
  const validate = validators.get(command) ?? compile(command);
  validators.set(command, validate);
  validate(data);
  expect(validate.errors, `${command} --json against ${jsonSchemaPath(command)}`).toBeNull();
  return data as JsonOutput[Name];
}
