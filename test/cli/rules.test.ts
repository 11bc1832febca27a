import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showRules } from '../../cli/commands/rules.ts';
import { CATEGORY_TITLES, JOBS } from '../../src/domain/rule.ts';
import type { RuleDescription } from '../../src/report/text/rule-text.ts';
import { RULES } from '../../src/rules/index.ts';
import { Desk, expectRefusal } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

describe('rules', () => {
  let desk: Desk;
  const rules = (...args: [id?: string, flags?: Parameters<typeof showRules>[1]]) =>
    desk.within((context) => showRules(args[0], args[1] ?? {}, context));

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(async () => {
    await desk?.close();
  });

  it('lists every rule once, by section', async () => {
    const { code, stdout } = await rules();
    expect(code).toBe(0);
    for (const { id, severity, who } of RULES) {
      expect(stdout.match(new RegExp(`^${id} .*${severity} .*${who}`, 'gmu'))).toHaveLength(1);
    }
    for (const title of Object.values(CATEGORY_TITLES)) expect(stdout).toContain(`${title}\n`);
  });

  it.each(JOBS)('lists the rules of %s alone', async (job) => {
    const { stdout } = await rules(undefined, { job, json: true });
    const listed = (jsonOf('rules', stdout) as RuleDescription[]).map(({ id }) => id);
    expect(listed).toEqual(RULES.filter(({ when }) => when.includes(job)).map(({ id }) => id));
  });

  it.each(RULES.map((rule) => [rule.id, rule] as const))('explains %s', async (id, rule) => {
    const { code, stdout, stderr } = await rules(id);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of [rule.title, rule.why, rule.source, rule.who, rule.severity])
      expect(stdout).toContain(text);
    for (const [key, meaning] of Object.entries(rule.evidence)) {
      expect(stdout).toMatch(new RegExp(`^ {2}${key} +`, 'mu'));
      expect(stdout).toContain(meaning);
    }
    if (rule.expected !== undefined) expect(stdout).toContain(`What is expected\n  ${rule.expected}`);
    if (rule.kind === 'sql') {
      for (const line of rule.sql.trim().split('\n')) expect(stdout).toContain(line.trim());
    }
    expect(stdout).toContain(typeof rule.fix === 'string' ? rule.fix : 'Each finding has its own');
    expect(stdout).not.toMatch(/undefined|\[object|=>/u);
  });

  it('gives one rule as data', async () => {
    const { stdout } = await rules('member-missing', { json: true });
    expect(jsonOf('rules', stdout)).toMatchObject({
      id: 'member-missing',
      category: 'membership',
      when: ['drift'],
      sql: expect.stringMatching(/^select\n/u),
      expected: null,
      needs: expect.arrayContaining(['pushScope', 'okta.groupMembers']),
    });
  });

  it.each([
    ['member-mising', 'Did you mean member-missing'],
    ['group-name-takne', 'Did you mean group-name-taken'],
    ['super-admin', 'last-super-admin-at-risk'],
    ['xyzzy', 'optiid-audit rules lists them all.'],
    ['', 'optiid-audit rules lists them all.'],
  ])('answers the unknown id "%s" with those near it', async (id, hint) => {
    const ending = await rules(id);
    expectRefusal(ending);
    expect(ending.stderr).toContain(`There is no rule "${id}".`);
    expect(ending.stderr).toContain(hint);
  });

  it('needs no settings, and does not mind broken ones', async () => {
    writeFileSync(join(desk.folder, '.env'), 'AUDIT_LAG_MINUTES=many\nthis is no setting\n');
    const ending = await desk.run(['rules', 'jit-still-on'], { OPTIID_DATABASE_URL: 'nonsense' });
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(ending.stdout).toContain('just-in-time');
  });
});
