import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silently } from '../../cli/dev/sample.ts';
import { type AuditedRun, type AuditRequest, auditRun, PLAIN_AUDIT } from '../../src/audit/audit.ts';
import { loadConfig } from '../../src/config/settings.ts';
import { DATASET_NAMES, DATASETS } from '../../src/domain/dataset.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { renderSummary } from '../../src/report/text/summary.ts';
import { World } from '../support/world.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-incomplete-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const CONTEXT = silently('.');

/** A world whose plan deletes a group, switches SCIM on and pushes. */
function replacing(people = 12): World {
  const world = new World();
  const all = Array.from({ length: people }, (_, index) => {
    const email = `person${index}@example.com`;
    return { okta: world.person({ email }), opti: world.optiUser({ email }) };
  });
  world.pushedGroup(
    'Editors',
    all.map(({ okta }) => okta),
  );
  const editors = world.optiGroup(
    'Editors',
    all.map(({ opti }) => opti),
  );
  world.grant(editors, 'CMS', 'Website', 'Editor');
  const door = world.optiUser({ email: 'door@example.com', local_login: true });
  world.grant(world.optiGroup('Keepers', [door]), 'Admin Center', 'Admin Center', 'Super Admin');
  return world;
}

async function audit(world: World, over: Partial<AuditRequest> = {}): Promise<AuditedRun> {
  const snapshot = await world.seal(mkdtempSync(join(folder, 'sealed-')));
  return auditRun(
    {
      ...PLAIN_AUDIT,
      job: 'precutover',
      from: { snapshot },
      reportsDir: mkdtempSync(join(folder, 'reports-')),
      failOn: 'error',
      plan: loadConfig({}, { okta: false, store: false }).plan,
      ...over,
    },
    CONTEXT,
  );
}

/** The text that the page shows without its script, and what it holds packed. */
function read({ dir, run, findings }: AuditedRun) {
  const file = (name: string) => readFileSync(join(dir, name), 'utf8');
  return {
    plan: JSON.parse(file('plan.json')) as Plan,
    texts: {
      'plan.md': file('plan.md'),
      'plan.csv': file('plan.csv'),
      'plan.json': file('plan.json'),
      page: file('report.html').replace(/<(script|style)[\s\S]*?<\/\1>/gu, ''),
      console: renderSummary(run, findings, dir, { color: false, now: new Date() }),
    },
  };
}

function expectNothingToFollow(audited: AuditedRun): void {
  expect(audited.run.exit_code).toBe(3);
  const { plan, texts } = read(audited);
  expect(plan).toMatchObject({ complete: false, applicable: false, proof: null });
  expect(plan.steps.filter(({ irreversible }) => irreversible)).toEqual([]);
  const kinds = plan.steps.flatMap(({ effects }) => effects.map(({ kind }) => kind));
  expect(kinds.filter((kind) => /push_group|push_again|delete|remove|unassign|revoke/u.test(kind))).toEqual(
    [],
  );
  expect(plan.unread.length).toBeGreaterThan(0);
  for (const { first } of plan.withheld) expect(first.length).toBeGreaterThan(0);
  for (const [where, text] of Object.entries(texts)) {
    expect(text, where).not.toMatch(/\b0 blockers/u);
    if (where !== 'plan.json') expect(text, where).toContain('DO NOT FOLLOW THIS PLAN');
  }
}

describe('the plan of a run that did not read everything', () => {
  test('is followed where everything was read', async () => {
    const audited = await audit(replacing());
    const { plan, texts } = read(audited);
    expect(plan).toMatchObject({ complete: true, applicable: true, withheld: [], unread: [] });
    expect(plan.head.point_of_no_return).not.toBeNull();
    expect(plan.proof?.after.blockers).toBe(0);
    for (const text of Object.values(texts)) expect(text).not.toContain('DO NOT FOLLOW THIS PLAN');
    // One number for each, the same in every place.
    const lines = ['12 people, from step', 'nobody'];
    for (const where of ['plan.md', 'page', 'console'] as const) {
      for (const line of lines) expect(texts[where], where).toContain(line);
    }
    const access = readFileSync(join(audited.dir, 'access.csv'), 'utf8');
    expect(access.match(/,interrupted\r$/gmu)).toHaveLength(plan.head.interrupted.people ?? Number.NaN);
  });

  const states = DATASET_NAMES.filter((name) => !DATASETS[name].bestEffort).map(
    (name, index) => [name, index % 2 === 0 ? 'partial' : 'unread'] as const,
  );
  test.each(states)('cannot be mistaken for one where %s was %s', async (name, state) => {
    const world = replacing();
    world.setState(name, state, 'HTTP 403');
    expectNothingToFollow(await audit(world));
  });

  test('cannot be mistaken for one where a list is suspiciously short', async () => {
    const reportsDir = mkdtempSync(join(folder, 'reports-'));
    const before = replacing(40);
    before.began = new Date('2026-11-20T03:00:00.000Z');
    await audit(before, { reportsDir });
    const after = replacing(12);
    after.began = new Date('2026-11-21T03:00:00.000Z');
    const audited = await audit(after, { reportsDir });
    expect(audited.run.suspect.length).toBeGreaterThan(0);
    expectNothingToFollow(audited);
    expect(read(audited).plan.unread.join()).toMatch(/rows, and had \d+ in the last run/u);
    const accepted = await audit(after, { reportsDir, acceptShrink: true });
    expect(read(accepted).plan).toMatchObject({ complete: true, applicable: true });
  });
});
