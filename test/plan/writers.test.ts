import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { inOrder, type Plan, type PlanStep, type Proof } from '../../src/domain/plan.ts';
import { assemblePlan } from '../../src/plan/assemble-plan.ts';
import { planRows, writePlan } from '../../src/report/files/plan-csv.ts';
import { markdownCode, markdownInline, markdownText, renderPlan } from '../../src/report/files/plan-md.ts';
import { renderTicket } from '../../src/report/files/support-ticket.ts';
import { ABOUT, type GroupSketch, planFor, sketch } from './support/plain-state.ts';

const HOSTILE = '=cmd|"/c calc"!A1 <img src=x onerror=1> [x](javascript:0) `*_ \u202e|\r\n# head';

function planNamed(name: string, { proof = null, ...patch }: Partial<Plan> = {}): Plan {
  const group = { type: 'custom', has_mapping: false, gives_admin: false } as const;
  const sketches: GroupSketch[] = [name, 'Authors'].flatMap((each) => [
    { ...group, name: each, side: 'okta', members: [] },
    { ...group, name: each, side: 'opti', members: [{ comes_back: true, is_collaborator: false }] },
  ]);
  const { state, findings } = sketch(sketches);
  return { ...assemblePlan(planFor(state, findings), proof, ABOUT), ...patch };
}

const PROOF: Proof = {
  before: { blockers: 1, errors: 2 },
  after: { blockers: 0, errors: 0 },
  after_without_support: { blockers: 1, errors: 0 },
  steps: [],
  remaining: [
    {
      finding_id: '0123456789abcdef',
      rule: 'reserved-group-linked',
      severity: 'blocker',
      subject: HOSTILE,
      okta_id: null,
      opti_id: null,
      reason: 'only Optimizely Support can',
      introduced: false,
      needs_support: true,
    },
  ],
  expected: [],
  lost_access: [
    {
      email: HOSTILE,
      opti_user_id: 'u',
      product: 'CMS',
      instance: 'Website',
      role: 'Editor',
      is_active: false,
      opti_group_ids: [],
    },
  ],
};

async function written(plan: Plan): Promise<Record<'csv' | 'md' | 'json', string> & { mode: number }> {
  const dir = await mkdtemp(join(tmpdir(), 'optiid-audit-writers-'));
  try {
    await writePlan(dir, plan);
    const [csv, md, json] = await Promise.all(
      ['plan.csv', 'plan.md', 'plan.json'].map((file) => readFile(join(dir, file), 'utf8')),
    );
    const { mode } = await stat(join(dir, 'plan.json'));
    return { csv: csv ?? '', md: md ?? '', json: json ?? '', mode };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

describe('plan.csv', () => {
  test('has the columns of the contract and a row per step and subject, in step order, lists joined', async () => {
    const plan = planNamed('Editors');
    const { csv } = await written(plan);
    expect(csv.split('\r\n')[0]).toBe(
      '\ufeffstep,phase,who,action,subject,how,depends_on,resolves,irreversible,verify',
    );
    const rows = parse(csv, { columns: true, bom: true }) as Record<string, string>[];
    expect(rows.map(({ step, subject }) => [Number(step), subject])).toEqual(
      inOrder(plan).flatMap(({ step, subjects }) => subjects.map(({ subject }) => [step, subject])),
    );
    const deletion = plan.steps.find(({ action }) => action === 'Delete the group');
    const deletions = rows.filter(({ step }) => Number(step) === deletion?.step);
    expect(deletions.map(({ subject }) => subject)).toEqual(['Authors', 'Editors']);
    for (const row of deletions) {
      expect(row).toMatchObject({
        who: 'Opti ID admin',
        phase: 'the day: before the switch',
        irreversible: 'true',
        depends_on: deletion?.depends_on.join('; '),
      });
    }
    expect(deletions.map(({ resolves }) => resolves).sort()).toEqual(deletion?.resolves);
    const waiting = planRows({ ...plan, steps: plan.steps.map((step) => ({ ...step, depends_on: [1, 2] })) });
    expect(waiting.at(-1)).toMatchObject({ depends_on: ['1', '2'] });
  });

  test('guards a name that a spreadsheet would take for a formula', async () => {
    const { csv } = await written(planNamed('=1+1'));
    const rows = parse(csv, { columns: true, bom: true }) as Record<string, string>[];
    expect(rows.some(({ subject }) => subject === "'=1+1")).toBe(true);
    expect(rows.some(({ subject }) => subject?.startsWith('='))).toBe(false);
  });
});

describe('plan.json', () => {
  test('is the plan, raw, for its owner only', async () => {
    const plan = planNamed(HOSTILE, { proof: PROOF });
    const { json, mode } = await written(plan);
    expect(JSON.parse(json)).toEqual(plan);
    expect(mode & 0o777).toBe(0o600);
  });
});

describe('the request to Optimizely Support', () => {
  const plan = planNamed('Editors', { proof: PROOF });

  test('says what they are asked and what waits for it, and nothing about anybody else', () => {
    const ticket = renderTicket(plan);
    const asked = inOrder(plan).filter(({ who }) => who === 'Optimizely Support');
    expect(asked.length).toBeGreaterThan(0);
    expect(ticket.match(/^## (\d+)\./gmu)).toEqual(asked.map(({ step }) => `## ${step}.`));
    expect(ticket).toContain(markdownCode(plan.head.organization.id));
    expect(ticket).toMatch(/\*\*Waits for it:\*\* \d+ steps/u);
    expect(ticket).not.toMatch(/Ask Optimizely Support|Okta admin|Opti ID admin|product owner/u);
    // Members of a group that an Opti ID admin deletes.
    expect(ticket).not.toContain('group-0-user-0@example.com');
    expect(renderPlan(plan)).toContain('group-0-user-0@example.com');
  });

  test('has the record of what they are to remove, wherever in the plan it was taken', () => {
    const [step] = plan.steps.filter(({ who }) => who === 'Optimizely Support');
    const recorded = plan.steps.flatMap(({ subjects }) => subjects).find(({ record }) => record);
    const { record: _, ...bare } = recorded as PlanStep['subjects'][number];
    const removal = { ...step, subjects: [bare] } as PlanStep;
    const ticket = renderTicket({ ...plan, steps: [...plan.steps.filter((each) => each !== step), removal] });
    expect(ticket).toContain('## Records');
    expect(ticket).toContain('group-1-user-0@example.com');
  });

  test('is not to be sent while something was not read, or when the data is old', () => {
    const half = { ...plan, applicable: false, unread: ['okta.groups was read in part.'] };
    expect(renderTicket(half)).toMatch(/Not to be sent yet.*okta\.groups was read in part/u);
    expect(renderTicket(plan, new Date('2036-01-01'))).toContain('OLD DATA');
    expect(renderTicket({ ...plan, stale: true })).toContain('Not to be sent yet');
    expect(renderTicket(plan)).not.toMatch(/Not to be sent|OLD DATA/u);
    expect(renderTicket({ ...plan, steps: [], decisions: [] })).toBe(
      'There is nothing to ask of Optimizely Support.\n',
    );
  });
});

describe('plan.md', () => {
  test('puts what must be known first before the steps: stale, then brakes', () => {
    const brake = { brake: 'deletes', limit: 5, actual: 6, sentence: 'This plan deletes 6 groups.' } as const;
    const text = renderPlan(planNamed('Editors', { stale: true, brakes: [brake] }));
    const places = ['**Stale.**', 'This plan deletes 6 groups.', '## Phase 1'].map((part) =>
      text.indexOf(part),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    const calm = renderPlan(planNamed('Editors'));
    expect(calm).not.toMatch(/Stale|Stop and read/u);
    expect(calm).toContain('f'.repeat(64));
  });

  test('is a checklist with the record as a table and the proof at its end', () => {
    const plan = planNamed('Editors', { proof: PROOF });
    const text = renderPlan(plan);
    expect(text.match(/^### ☐ /gmu)).toHaveLength(plan.steps.length);
    // One line with a box for each of several subjects.
    expect(text.match(/^\| ☐ \| `Editors` \|/gmu)?.length).toBeGreaterThan(2);
    expect(text).toContain('| group-0-user-0@example.com | group-0-user-0 | Ada Byron | org-1 | no | yes |');
    expect(text).toContain('| CMS | Website | Editor | instance-1 | role-1 |');
    expect(text.indexOf('## Proof')).toBeGreaterThan(text.indexOf('## Records'));
    expect(text).toContain('only Optimizely Support can');
  });

  test('shows a hostile name as it is copied, and does nothing else with it', () => {
    const text = renderPlan(planNamed(HOSTILE, { proof: PROOF }));
    expect(text).toContain(markdownCode(HOSTILE));
    expect(text).not.toMatch(/[\r\u202e]/u);
    for (const line of text.split('\n')) {
      expect(line).not.toMatch(/^# head/u);
      // Nothing of a name is left once the code spans are gone.
      const bare = line.replace(/(`+)(?!`).*?[^`]\1(?!`)/gu, '').replace(/\\./gu, '');
      expect(bare).not.toMatch(/onerror|javascript:|cmd\|/u);
    }
  });

  test.each([
    ['Editors', '`Editors`'],
    ['a_b*c', '`a_b*c`'],
    ['a`b', '``a`b``'],
    ['`a', '`` `a ``'],
    ['a|b', '`a\\|b`'],
    ['https://identity-api.optimizely.com/api/scim/v2', '`https://identity-api.optimizely.com/api/scim/v2`'],
  ])('writes %s to be copied', (raw, code) => {
    expect(markdownCode(raw)).toBe(code);
  });

  test('puts into code spans what people copy out of a sentence, and nothing else', () => {
    expect(
      markdownInline(
        'System Log: application.provision.group_push.pushed for Team A. Enter https://a.example/v2, see access.csv, mail ada@example.com, rename it to "Team B", set AUDIT_PUSH_GROUPS.',
        ['Team A'],
      ),
    ).toBe(
      'System Log: `application.provision.group_push.pushed` for `Team A`. Enter `https://a.example/v2`, see `access.csv`, mail `ada@example.com`, rename it to `Team B`, set `AUDIT_PUSH_GROUPS`.',
    );
  });

  test.each([
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['https://evil.example', 'https\\://evil.example'],
    ['www.evil.example', 'www\\.evil.example'],
    ['a|b', 'a\\|b'],
    ['&lt;', '\\&lt;'],
    ['Café Ops', 'Café Ops'],
  ])('writes %s as text', (raw, escaped) => {
    expect(markdownText(raw)).toBe(escaped);
  });
});
