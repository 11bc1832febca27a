import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonSchemaPath } from '../../cli/commands/json-output.ts';
import { ROOT } from './support/cli.ts';
import { JSON_COMMANDS, jsonOf, readSchema } from './support/json.ts';

const FOLDER = join(ROOT, 'cli', 'schemas');

const TESTS = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(ROOT, 'test', file), 'utf8'));

describe('the JSON Schemas of the package', () => {
  it('are of the commands with --json, one for each', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(
      JSON_COMMANDS.map((command) => jsonSchemaPath(command).replace('cli/schemas/', '')).sort(),
    );
  });

  it.each(JSON_COMMANDS)(
    'say what `%s --json` prints, and a test holds what it does print against that',
    (command) => {
      const schema = readSchema(command);
      expect(new Ajv2020({ strict: true, allowUnionTypes: true }).validateSchema(schema)).toBe(true);
      expect(schema).toMatchObject({
        title: `optiid-audit ${command} --json`,
        description: expect.any(String),
      });
      expect(TESTS.filter((text) => text.includes(`jsonOf('${command}', `))).not.toEqual([]);
    },
  );

  it('refuse what is not there, what is not documented, and what is of another type', () => {
    const sure = { org: 'acme', night: '2026-12-01' };
    expect(jsonOf('fleet redrive', JSON.stringify(sure))).toEqual(sure);
    for (const wrong of [{ org: 'acme' }, { ...sure, more: 1 }, { ...sure, night: 1 }]) {
      expect(() => jsonOf('fleet redrive', JSON.stringify(wrong))).toThrow('fleet-redrive.schema.json');
    }
  });
});
