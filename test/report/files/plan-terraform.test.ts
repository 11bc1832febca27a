import { parse } from '@cdktf/hcl2json';
import { describe, expect, test } from 'vitest';
import type { OktaResources } from '../../../src/domain/okta-resources.ts';
import { type Effect, inOrder, type Plan, type PlanPhase, type PlanStep } from '../../../src/domain/plan.ts';
import { hclString, renderTerraform } from '../../../src/report/files/plan-terraform.ts';
import { NO_PLAN } from '../sample-run.ts';

/** Ends a text, a line and a block, begins a template and a comment, hides. */
const HOSTILE =
  'Ops" \\ ${file("/etc/passwd")} $${x} %{ if true }\r\n}\nresource "a" "b" {\u001b[2A\u202e 😀 $$${';

type Body = Record<string, unknown> & {
  lifecycle?: { precondition?: { condition: string; error_message: string }[] }[];
};
interface Parsed {
  resource?: Record<string, Record<string, Body[]>>;
  import?: { to: string; id: string }[];
  locals?: Record<string, unknown>[];
  variable?: Record<string, unknown>;
}

const parsed = async (text: string) => (await parse('plan.tf', text)) as Parsed;

let next = 0;
function step(phase: PlanPhase, effects: Effect[], over: Partial<PlanStep> = {}): PlanStep {
  next += 1;
  return {
    step: next,
    phase,
    who: 'Okta admin',
    action: `Do ${next}`,
    subject: 'it',
    how: 'by hand',
    requires: '',
    depends_on: [],
    resolves: [],
    irreversible: false,
    verify: 'look',
    proof: 'applied',
    subjects: [{ subject: `subject of ${next}`, how: 'by hand', each: '', resolves: [], verify: 'look' }],
    effects,
    ...over,
  };
}

/** A plan of every kind of step: 1 in Opti ID, 2 rename, 3 options, 4 pause, 5 delete, 6 assign, 7 push, 8 push again. */
function planOf(name: string, patch: Partial<Plan> = {}): Plan {
  next = 0;
  const optiId = { who: 'Opti ID admin' } as const;
  const steps = [
    step('before the day', [], optiId),
    step('before the day', [{ kind: 'rename_okta_group', okta_group_id: '00g2', name }]),
    step('before the day', [
      { kind: 'set_app_option', option: 'create_users', on: true },
      { kind: 'set_app_option', option: 'sync_password', on: false },
    ]),
    step('before the day', [{ kind: 'pause_push', okta_group_id: '00g3' }]),
    step('the day: before the switch', [{ kind: 'delete_opti_group', opti_group_id: 'g' }], {
      ...optiId,
      depends_on: [1],
      irreversible: true,
      subjects: [{ subject: name, how: `Delete ${name}`, each: '', resolves: [], verify: '' }],
    }),
    step('the day: after the switch', [{ kind: 'assign_users', okta_user_ids: ['00u2', '00u1'] }], {
      depends_on: [3],
    }),
    step(
      'the day: after the switch',
      ['00g1', '00g2'].map((id) => ({ kind: 'push_group', okta_group_id: id, opti_group_id: 'p' }) as const),
      { depends_on: [2, 5, 6] },
    ),
    step('the day: after the switch', [{ kind: 'push_again', okta_group_id: '00g3', activate: true }], {
      depends_on: [4, 6],
    }),
  ];
  return { ...NO_PLAN, applicable: true, complete: true, unread: [], steps, ...patch };
}

function oktaOf(name: string, patch: Partial<OktaResources> = {}): OktaResources {
  return {
    scimApp: { id: '0oa1', label: name },
    pushMappings: [{ okta_mapping_id: 'gPm3', okta_group_id: '00g3' }],
    groupNames: new Map([['00g1', name]]),
    emails: new Map([['00u1', 'ada@example.com']]),
    provisioning: {
      name: 'USER_PROVISIONING',
      status: 'ENABLED',
      create_users: 'DISABLED',
      update_attributes: 'ENABLED',
      deactivate_users: null,
      sync_password: 'ENABLED',
      import_schedule: null,
    },
    ...patch,
  };
}

describe('a text in HCL', () => {
  test.each([
    HOSTILE,
    '${a}',
    '$${a}',
    '$$${a}',
    '%{if}',
    '%$%{',
    '$',
    '$$',
    '${',
    'a"b\\c',
    '\u0000\u2028',
    '\ud800',
  ])('is read back as it is, and as no template: %j', async (text) => {
    const { locals } = await parsed(`locals {\n  text = ${hclString(text)}\n}\n`);
    // The parser gives the source of what it takes for a template: only escapes may be left in it.
    const source = String(locals?.[0]?.text);
    expect(source.replaceAll(/\$\$\{|%%\{/gu, '')).not.toMatch(/[$%]\{/u);
    const plain = source.replaceAll('$${', '${').replaceAll('%%{', '%{');
    expect(plain).toBe(text.toWellFormed());
  });
});

describe('the plan for Terraform', () => {
  test('pushes, assigns, renames and sets options; what exists is imported', async () => {
    const { resource, import: imports, locals } = await parsed(renderTerraform(planOf('New'), oktaOf('App')));
    expect(locals).toEqual([{ scim_app_id: '0oa1' }]);
    expect(Object.keys(resource?.okta_push_group ?? {})).toEqual(['g_00g1', 'g_00g2', 'g_00g3']);
    for (const [id, mapping] of Object.entries(resource?.okta_push_group ?? {})) {
      expect(mapping).toMatchObject([
        {
          app_id: '${local.scim_app_id}',
          source_group_id: id.slice(2),
          status: 'ACTIVE',
          delete_target_group_on_destroy: false,
        },
      ]);
    }
    expect(resource?.okta_app_user?.assigned).toMatchObject([
      {
        for_each: { '00u1': 'ada@example.com', '00u2': '' },
        user_id: '${each.key}',
        retain_assignment: true,
        depends_on: ['${okta_app_features.user_provisioning}'],
      },
    ]);
    expect(resource?.okta_group?.g_00g2).toMatchObject([{ name: 'New' }]);
    // What the plan does not change stays as it was read, and what was not shown is left out.
    expect(resource?.okta_app_features?.user_provisioning).toMatchObject([
      {
        name: 'USER_PROVISIONING',
        capabilities: [
          {
            create: [{ lifecycle_create: [{ status: 'ENABLED' }] }],
            update: [{ password: [{ status: 'DISABLED' }], profile: [{ status: 'ENABLED' }] }],
          },
        ],
      },
    ]);
    expect(imports).toEqual([
      { to: '${okta_group.g_00g2}', id: '00g2' },
      { to: '${okta_app_features.user_provisioning}', id: '0oa1/USER_PROVISIONING' },
      { to: '${okta_push_group.g_00g3}', id: '0oa1/gPm3' },
    ]);
  });

  test('has a push wait for what is done by hand before it, and for the group of its own', async () => {
    const { resource } = await parsed(renderTerraform(planOf('New'), oktaOf('App')));
    const [push] = resource?.okta_push_group?.g_00g2 ?? [];
    expect(push?.depends_on).toEqual([
      '${okta_group.g_00g2}',
      '${okta_app_features.user_provisioning}',
      '${okta_app_user.assigned}',
    ]);
    expect(push?.lifecycle?.[0]?.precondition?.[0]?.condition).toBe(
      '${length(setsubtract([1, 5], var.steps_done)) == 0}',
    );
    // The pause was another state of the same mapping: nothing in this file says it.
    const [again] = resource?.okta_push_group?.g_00g3 ?? [];
    expect(again?.lifecycle?.[0]?.precondition?.[0]?.error_message).toContain('step 4 of the plan');
    expect(resource?.okta_group?.g_00g2?.[0]?.lifecycle?.[0]).not.toHaveProperty('precondition');
  });

  test('holds with --phase all phases up to it: the next sheet takes nothing away', async () => {
    const early = await parsed(renderTerraform(planOf('New'), oktaOf('App'), { phase: 'before the day' }));
    const all = await parsed(renderTerraform(planOf('New'), oktaOf('App')));
    expect(early.resource?.okta_push_group?.g_00g3).toMatchObject([{ status: 'INACTIVE' }]);
    expect(early.resource?.okta_app_user).toBeUndefined();
    for (const [type, named] of Object.entries(early.resource ?? {}))
      expect(Object.keys(all.resource?.[type] ?? {})).toEqual(expect.arrayContaining(Object.keys(named)));
  });

  test('names the steps of Opti ID, and every other that it cannot say, in comments', async () => {
    const text = renderTerraform(planOf('New'), oktaOf('App', { provisioning: null }));
    expect(text).toContain('# Step 5, by hand, Opti ID admin: Do 5\n#   - New: Delete New\n');
    expect(text).toContain('# Step 3, by hand, Okta admin: Do 3\n');
    expect((await parsed(text)).resource).not.toHaveProperty('okta_app_features');
  });

  test('leaves a decision, and a step that the proof did not follow, to people', async () => {
    const plan = planOf('New');
    const steps = plan.steps.map((each) => ({ ...each, proof: 'decision' }) as const);
    const { resource } = await parsed(renderTerraform({ ...plan, steps }, oktaOf('App')));
    expect(resource).toBeUndefined();
    const decisions = plan.steps.map((each) => ({ ...each, hits: ['ada@example.com'] }));
    const decided = renderTerraform({ ...plan, steps: [], decisions }, oktaOf('App'));
    expect((await parsed(decided)).resource).toBeUndefined();
    expect(decided).toContain('# Step 7, decision of Okta admin: Do 7');
  });

  test('does not import a mapping that a step removes first, and asks for the app that is not there yet', async () => {
    const plan = planOf('New');
    plan.steps.unshift({
      ...step('before the day', [{ kind: 'remove_push', okta_group_id: '00g3' }]),
      step: 0,
    });
    expect((await parsed(renderTerraform(plan, oktaOf('App')))).import?.map(({ to }) => to)).not.toContain(
      '${okta_push_group.g_00g3}',
    );
    const { variable, locals, resource } = await parsed(
      renderTerraform(plan, oktaOf('App', { scimApp: null })),
    );
    expect(variable).toHaveProperty('scim_app_id');
    expect(locals).toBeUndefined();
    expect(resource?.okta_push_group?.g_00g1?.[0]?.app_id).toBe('${var.scim_app_id}');
  });

  test('gives no resources where the plan must not be followed, and says why', async () => {
    const unread = ['okta.appUsers was read partially'];
    const text = renderTerraform(planOf('New', { applicable: false, unread }), oktaOf('App'));
    expect(await parsed(text)).toEqual({});
    expect(text).toContain('# DO NOT FOLLOW THIS PLAN');
    expect(text).toContain('# - okta.appUsers was read partially');
  });

  test('shows hostile names as text', async () => {
    const text = renderTerraform(planOf(HOSTILE), oktaOf(HOSTILE, { emails: new Map([['00u1', HOSTILE]]) }));
    const plain = renderTerraform(planOf('New'), oktaOf('App'));
    const shape = (of: Parsed) =>
      Object.entries(of.resource ?? {}).map(([type, named]) => [type, Object.keys(named)]);
    expect(shape(await parsed(text))).toEqual(shape(await parsed(plain)));
    for (const hidden of ['\u001b', '\u202e', '\r']) expect(text).not.toContain(hidden);
    expect(text.split('\n')).toHaveLength(plain.split('\n').length);
  });

  test('is a plan of which each step is named once', () => {
    const plan = planOf('New');
    const named = renderTerraform(plan, oktaOf('App')).match(/^# Step \d+/gmu);
    expect(named).toEqual(inOrder(plan).map(({ step: number }) => `# Step ${number}`));
  });
});
