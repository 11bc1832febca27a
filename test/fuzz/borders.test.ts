import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/analysis/engine/database.ts';
import { loadSnapshot } from '../../src/analysis/engine/load.ts';
import { parseEnvFile } from '../../src/config/env-file.ts';
import { loadConfig, SETTING_NAMES } from '../../src/config/settings.ts';
import { parseWaivers, WAIVER_COLUMNS } from '../../src/config/waivers.ts';
import type { Column } from '../../src/domain/column.ts';
import { DATASET_NAMES, DATASETS, type DatasetName } from '../../src/domain/dataset.ts';
import { AuditError, SettingsError } from '../../src/domain/errors.ts';
import { chainOf, subjectNames } from '../../src/domain/explanation.ts';
import { inOrder } from '../../src/domain/plan.ts';
import { diffRuns } from '../../src/domain/run-diff.ts';
import { ENDPOINTS } from '../../src/okta/endpoints.ts';
import { parseLinks } from '../../src/okta/links.ts';
import { renderExplanation } from '../../src/report/text/explanation-text.ts';
import { renderDifference, renderRuns } from '../../src/report/text/runs-text.ts';
import { verdictAgain } from '../../src/report/text/verdict.ts';
import {
  type AuditFolder,
  isAudit,
  isRefused,
  planSummaryOf,
  readFindings,
  readPlan,
  readRunFolder,
} from '../../src/runs/read-run.ts';
import { RUN_FILE, runText, sealedText, sha256Of } from '../../src/runs/seal.ts';
import { AmbiguousJson, parseStrictJson } from '../../src/runtime/strict-json.ts';
import { openForeignSnapshot } from '../../src/snapshot/open-snapshot.ts';
import { rowPattern } from '../../src/snapshot/row-pattern.ts';
import { createSnapshot } from '../../src/snapshot/write-snapshot.ts';
import { NO_PLAN, sampleFinding } from '../report/sample-run.ts';
import { leaveRun } from '../support/leave-run.ts';

/** `FUZZ_RUNS=5000 npx vitest run test/fuzz` tries more. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 200);
const MANY = { numRuns: RUNS };
const FEW = { numRuns: Math.ceil(RUNS / 50) };

/** Names that parsers treat as more than names. */
const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', 'id', 'name', ''), fc.string());
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', '\uFEFF', '\u202e', '=1+1', '"', '\r\n'),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 1e308, -0, Number.MAX_SAFE_INTEGER, 2 ** 53),
    fc.double(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Puts a value in the place of one that is somewhere in the content, or adds a member. */
function mutated(content: unknown, seed: number, value: unknown): unknown {
  if (typeof content !== 'object' || content === null) return value;
  const entries = Object.entries(content);
  const at = seed % (entries.length + 1);
  const [name, inner] = entries[at] ?? [`more${seed}`, value];
  const changed =
    seed % 3 === 0 || at === entries.length ? value : mutated(inner, Math.floor(seed / 7), value);
  const copy = Array.isArray(content) ? [...content] : { ...content };
  Object.defineProperty(copy, name, { value: changed, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** What an Okta of all endpoints may answer, well formed. */
const AN_ANSWER = {
  id: '00a1',
  uuid: 'e1',
  name: 'scim2headerauth',
  label: 'SCIM',
  status: 'ACTIVE',
  type: 'OKTA_GROUP',
  pipeline: 'idx',
  signOnMode: 'SAML_2_0',
  features: ['GROUP_PUSH'],
  created: '2026-01-01T00:00:00.000Z',
  published: '2026-01-01T00:00:00Z',
  eventType: 'group.user_membership.add',
  outcome: { result: 'SUCCESS' },
  target: [{ id: '00u1', type: 'User' }],
  sourceGroupId: '00g1',
  targetGroupId: '00g2',
  source: { id: 's', name: 'user' },
  properties: { a: { expression: 'x', pushStatus: 'PUSH' } },
  profile: { name: 'Editors', login: 'a@b.c', email: 'a@b.c', firstName: 'A', lastName: 'B' },
  credentials: {
    userName: 'a@b.c',
    userNameTemplate: { template: 't', type: 'BUILT_IN', pushStatus: 'PUSH' },
  },
  _embedded: { stats: { usersCount: 3 }, user: { id: '00u1', status: 'ACTIVE', profile: { login: 'a' } } },
  _links: { source: { href: 'https://acme.okta.com/api/v1/apps/0oa1' }, organization: { href: 'x' } },
};

describe('whatever Okta answers', () => {
  it.each(Object.entries(ENDPOINTS))('%s takes it or says what does not fit', (_name, { schema }) => {
    fc.assert(
      fc.property(json, fc.nat(), (value, seed) => {
        for (const answer of [value, mutated(AN_ANSWER, seed, value)]) {
          const result = schema.safeParse(answer);
          if (!result.success) expect(result.error.issues.length).toBeGreaterThan(0);
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
      MANY,
    );
  });

  it('a Link header is understood or is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.string().map((s) => `<${s}>; rel="next", <x>`),
        ),
        (header) => {
          const links = parseLinks(header);
          expect(links === null || links.length > 0).toBe(true);
        },
      ),
      MANY,
    );
  });
});

describe('whatever somebody writes', () => {
  it('waivers are read, or every mistake is told', async () => {
    const rules = new Set(['group-orphaned']);
    const cell = fc.oneof(
      text,
      fc.constantFrom('group-orphaned', '*', '2026-12-31', '9999-99-99', 'a0123456789abcde'),
    );
    const header = fc.constantFrom(WAIVER_COLUMNS.join(','), 'rule,subject,owner,reason,expires', 'x,y');
    const file = fc.oneof(
      text,
      fc
        .tuple(header, fc.array(fc.array(cell, { maxLength: 7 }), { maxLength: 4 }))
        .map(([first, rows]) => [first, ...rows.map((row) => row.join(','))].join('\n')),
    );
    await fc.assert(
      fc.asyncProperty(file, async (content) => {
        const waivers = await parseWaivers('waivers.csv', content, rules).catch((error: unknown) => error);
        if (!Array.isArray(waivers)) expect(waivers).toBeInstanceOf(SettingsError);
      }),
      MANY,
    );
  });

  it('settings are read, or every mistake is told', () => {
    const value = fc.oneof(
      text,
      fc.constantFrom(
        '60',
        '-1',
        '1e9',
        'https://acme.okta.com',
        'postgresql://u:p@h/d?sslmode=require',
        'env:X',
        '[',
        '{}',
      ),
      fc.webUrl(),
    );
    const env = fc.dictionary(fc.constantFrom(...SETTING_NAMES), value, { maxKeys: SETTING_NAMES.length });
    fc.assert(
      fc.property(env, fc.boolean(), (settings, isNeeded) => {
        try {
          loadConfig(settings, { okta: isNeeded, store: isNeeded }, []);
        } catch (error) {
          expect(error).toBeInstanceOf(AuditError);
        }
      }),
      MANY,
    );
  });

  it('a .env file gives values or mistakes', () => {
    const line = fc.oneof(
      text,
      fc.tuple(fc.constantFrom(...SETTING_NAMES), text).map((pair) => pair.join('=')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        const { values, mistakes } = parseEnvFile(lines.join('\n'));
        expect(Object.values(values).every((value) => typeof value === 'string')).toBe(true);
        expect(Array.isArray(mistakes)).toBe(true);
      }),
      MANY,
    );
  });

  it('JSON means what it says to every parser, or is refused', () => {
    fc.assert(
      fc.property(json, (value) => {
        const written = JSON.stringify(value);
        const hasPrototype = /"__proto__":/u.test(written);
        if (!hasPrototype) expect(JSON.stringify(parseStrictJson(written))).toBe(written);
        else expect(() => parseStrictJson(written)).toThrow(AmbiguousJson);
      }),
      MANY,
    );
    for (const twice of ['{"a":1,"a":2}', '[{"b":{"a":1,"\\u0061":2}}]', '{"":1,"":1}']) {
      expect(() => parseStrictJson(twice)).toThrow(AmbiguousJson);
    }
    expect(parseStrictJson('[{"a":1},{"a":{"a":"\\"a\\":{"}}]')).toEqual([{ a: 1 }, { a: { a: '"a":{' } }]);
  });
});

/** A value of the column as a reader may write it. */
function valueIn({ type, values, isNullable }: Column): fc.Arbitrary<unknown> {
  const wellFormed = fc.string({ unit: 'binary' }).map((one) => one.replaceAll('\0', ' '));
  const time = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const members = /^STRUCT\((.+)\)\[\]$/u
    .exec(type)?.[1]
    ?.split(', ')
    .map((member) => member.split(' ')[0] ?? '');
  const value = values
    ? fc.constantFrom(...values)
    : members
      ? fc.array(fc.record(Object.fromEntries(members.map((name) => [name, fc.option(wellFormed)]))), {
          maxLength: 3,
        })
      : {
          VARCHAR: wellFormed,
          BOOLEAN: fc.boolean(),
          INTEGER: fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
          TIMESTAMP: time,
          'VARCHAR[]': fc.array(wellFormed, { maxLength: 3 }),
        }[type as 'VARCHAR'];
  return isNullable ? fc.option(value as fc.Arbitrary<unknown>) : (value as fc.Arbitrary<unknown>);
}

describe('whatever our writer writes', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('is taken back row by row, and the engine finds each of them', async () => {
    const rowsOf = (name: DatasetName) =>
      fc.array(
        fc.record(
          Object.fromEntries(
            Object.entries<Column>(DATASETS[name].columns).map(([column, definition]) => [
              column,
              valueIn(definition),
            ]),
          ),
        ),
        { maxLength: 4 },
      );
    const world = fc.record(Object.fromEntries(DATASET_NAMES.map((name) => [name, rowsOf(name)])));
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(world, async (datasets) => {
        const folder = join(root, String(turn++));
        const writer = createSnapshot({ folder, clock: () => new Date('2026-11-24T03:15:00Z') });
        for (const name of DATASET_NAMES) {
          await writer.collect(name, async (rows) => {
            for (const row of datasets[name] ?? []) await rows.write(row as never);
          });
        }
        await writer.seal({
          tool: { name: 'optiid-audit', version: '0.1.0' },
          org: 'acme.okta.com',
          opti_organization_id: 'org-1',
          settings: { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 60, log_days: 7 },
        });
        const snapshot = await openForeignSnapshot(folder);
        const database = await openDatabase({ threads: 1 });
        try {
          // It counts the rows itself.
          await loadSnapshot(database, snapshot);
        } finally {
          await database.close();
        }
      }),
      FEW,
    );
  });

  it('and nothing else is a row', () => {
    const isRow = rowPattern('okta.appGroups', 'database');
    const good = '{"okta_group_id":"00g1","last_updated":"2024-02-29T00:00:00.1Z"}';
    expect(isRow(good)).toBe(true);
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(3), text, (at, cut, put) => {
        const changed = good.slice(0, at) + put + good.slice(at + cut);
        if (!isRow(changed)) return;
        const row = JSON.parse(changed) as Record<string, unknown>;
        expect(Object.keys(row)).toEqual(['okta_group_id', 'last_updated']);
        expect(JSON.stringify(row)).toBe(changed);
      }),
      MANY,
    );
  });
});

describe('whatever a run of somebody else says of itself', () => {
  let dir: string;
  let run: Record<string, unknown>;
  beforeAll(async () => {
    const reportsDir = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
    const finding = sampleFinding({ evidence: { members: 3, names: ['a'], note: null } });
    ({ dir } = await leaveRun({
      reportsDir,
      started: new Date('2026-11-24T03:15:00Z'),
      findings: [finding],
      held: [finding],
    }));
    run = JSON.parse(await readFile(join(dir, RUN_FILE), 'utf8')) as Record<string, unknown>;
  });
  afterAll(() => rm(join(dir, '../..'), { recursive: true, force: true }));

  /** Leaves this text in place of a file, and a run.json that agrees with it. */
  async function reseal(changed: Record<string, unknown>, name?: string, text = ''): Promise<void> {
    const { seal: _seal, ...content } = changed;
    if (name !== undefined) {
      await writeFile(join(dir, name), text);
      content.sha256 = { ...(content.sha256 as object), [name]: sha256Of(text) };
    }
    const seal = { sha256: sha256Of(sealedText(content)), signature: null };
    await writeFile(join(dir, RUN_FILE), runText({ ...content, seal }));
  }
  const believed = async (): Promise<AuditFolder | null> => {
    const found = await readRunFolder(dir, null);
    return found && !isRefused(found) && isAudit(found) ? found : null;
  };
  /** What an expected failure gives, or nothing; a bug is thrown. */
  const unlessRefused = <Read>(read: Promise<Read>): Promise<Read | null> =>
    read.catch((error: unknown) => {
      expect(error).toBeInstanceOf(AuditError);
      return null;
    });

  it('in run.json, it is refused or can be listed, compared and told', async () => {
    await fc.assert(
      fc.asyncProperty(json, fc.nat(), async (value, seed) => {
        await reseal(mutated(run, seed, value) as Record<string, unknown>);
        const found = await believed();
        if (found === null) return;
        const { job, org, snapshot, verdict, exit_code, counts } = found.run;
        const listed = {
          name: found.name,
          org,
          job,
          began: snapshot.began,
          verdict,
          complete: true,
          exit_code,
        };
        const verdict_lines = verdictAgain(found.run, planSummaryOf(found.run));
        renderRuns([{ ...listed, severity: counts.severity, state: counts.state, verdict_lines }], dir);
        const diffed = diffRuns(
          { run: found.run, findings: found.run.held },
          { run: found.run, findings: [] },
        );
        renderDifference({ before: 'a', after: 'b', findings: diffed, data: null, missing: [] });
      }),
      MANY,
    );
  });

  it('in findings.ndjson, it is refused or each finding has what reports show', async () => {
    const finding = sampleFinding({ evidence: { members: 3, names: ['a'] } });
    await fc.assert(
      fc.asyncProperty(json, fc.nat(), async (value, seed) => {
        await reseal(run, 'findings.ndjson', `${JSON.stringify(mutated(finding, seed, value))}\n`);
        const folder = await believed();
        if (folder === null) throw new Error('The run itself is as it was left.');
        for (const read of (await unlessRefused(readFindings(folder))) ?? []) {
          expect(Object.keys(read).sort()).toEqual(Object.keys(finding).sort());
          expect(
            Object.values(read.evidence)
              .flat()
              .every((each) => typeof each !== 'object' || each === null),
          ).toBe(true);
        }
      }),
      MANY,
    );
  });

  it('in plan.json, it is refused or its steps can be told', async () => {
    const step = {
      step: 1, phase: 'after', who: 'Okta admin', action: 'Look', subject: 'Editors', how: 'So.', requires: '', depends_on: [],
      resolves: ['0123456789abcdef'], irreversible: false, verify: 'See.', proof: 'applied', effects: [], hits: ['a@b.c'],
      subjects: [{ subject: 'Editors', how: 'So.', each: '', resolves: ['0123456789abcdef'], verify: 'See.' }],
    }; // biome-ignore format: a step
    const withheld = { ...step, subjects: ['Editors'], first: ['Read it.'] };
    const content = { ...NO_PLAN, steps: [step], decisions: [{ ...step, step: 2 }], withheld: [withheld] };
    const finding = sampleFinding();
    const about = {
      folder: 'f',
      job: 'drift',
      org: 'o',
      began: '2026-11-24T03:15:00.000Z',
      verdict_lines: [],
    } as const;
    const behind = { row: null, verdict: null, tables: [], unasked: null, missing: [] };
    await fc.assert(
      fc.asyncProperty(json, fc.nat(), async (value, seed) => {
        await reseal(run, 'plan.json', JSON.stringify(mutated(content, seed, value)));
        const folder = await believed();
        if (folder === null) throw new Error('The run itself is as it was left.');
        const plan = await unlessRefused(readPlan(folder));
        if (plan === null) return;
        const chain = chainOf(plan, subjectNames(finding), [finding]);
        renderExplanation({ finding, run: about, steps: inOrder(plan), chain, plan, behind }, null, {
          color: false,
        });
      }),
      MANY,
    );
  });
});
