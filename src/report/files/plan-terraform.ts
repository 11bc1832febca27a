import { byCodeUnit } from '../../domain/finding.ts';
import type { OktaResources } from '../../domain/okta-resources.ts';
import {
  type Effect,
  inOrder,
  PLAN_PHASES,
  type Plan,
  type PlanDecision,
  type PlanPhase,
  type PlanStep,
} from '../../domain/plan.ts';
import { summarizePlan } from '../../domain/run.ts';
import { headRows, oldBanner, planBanner } from '../text/plan-head.ts';
import { visibleText } from '../text/visible-text.ts';

/**
 * The Okta steps of a plan as configuration for the public provider okta/okta, for teams that change Okta by pull request:
 * https://registry.terraform.io/providers/okta/okta/latest/docs. What Terraform cannot say, and everything in Opti ID, stays
 * a comment; a resource that comes after such a step is refused until `steps_done` names the step.
 */

/** One resource, whatever several steps say of it. */
interface Resource {
  type: 'okta_app_features' | 'okta_app_user' | 'okta_group' | 'okta_push_group';
  name: string;
  /** The Okta group that it is about: only what is about the same group is waited for by name. */
  group: string | null;
  /** Of the object that is there already. */
  importId: string | null;
  /** Lines of its arguments, and of its lifecycle. */
  body: string[];
  lifecycle: string[];
  steps: number[];
}

type Option = Extract<Effect, { kind: 'set_app_option' }>['option'];

/** Of the app's options those that the resource has a block for, with the blocks that lead there. */
const CAPABILITIES: Partial<Readonly<Record<Option, readonly [string, string]>>> = {
  create_users: ['create', 'lifecycle_create'],
  deactivate_users: ['update', 'lifecycle_deactivate'],
  sync_password: ['update', 'password'],
  update_attributes: ['update', 'profile'],
};

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text as HCL reads it back, on one line: nothing in it is a template, ends the quotes or hides. */
export function hclString(text: string): string {
  const quoted = text
    .toWellFormed()
    .replace(/["\\]/gu, '\\$&')
    // Of several signs in a row all but the last are written by their numbers: `$${` alone means `${`.
    .replace(/[$%](?=[$%]*\{)/gu, (sign, at: number, whole: string) =>
      whole[at + 1] === '{' && !/[$%]/u.test(whole[at - 1] ?? '')
        ? sign + sign
        : `\\u00${sign.charCodeAt(0).toString(16)}`,
    )
    .replace(HIDDEN, (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16);
      return (
        ESCAPES[character] ??
        (code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`)
      );
    });
  return `"${quoted}"`;
}

/** An id as part of a resource's name: Okta's ids stay as they are. */
function label(id: string): string {
  return id.replace(/[^A-Za-z0-9]/gu, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`);
}

/** What is printed: the phases up to the one named, so that the next pull request only adds to it. */
interface TerraformSheet {
  phase?: PlanPhase;
  now?: Date;
}

/** The plan as HCL; ends with a line end. A plan that must not be followed gives no resources. */
export function renderTerraform(
  plan: Plan,
  okta: OktaResources,
  { phase, now }: TerraformSheet = {},
): string {
  const last = phase === undefined ? PLAN_PHASES.length : PLAN_PHASES.indexOf(phase) + 1;
  const work = inOrder(plan).filter((step) => PLAN_PHASES.indexOf(step.phase) < last);
  const sheet = { ...(plan.applicable ? resourcesOf(work, okta) : NOTHING), before: stepsBefore(plan) };
  return [
    head(plan, phase, now),
    sheet.resources.length === 0
      ? [comment('There are no resources: Terraform can say nothing of this.')]
      : setting(okta, sheet),
    ...PLAN_PHASES.slice(0, last).map((each) => section(each, work, sheet)),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** What the steps are as resources. */
interface Made {
  /** In the order of the last step that each belongs to. */
  resources: Resource[];
  /** The steps that are resources as a whole. */
  whole: ReadonlySet<number>;
}

interface Sheet extends Made {
  before: ReadonlyMap<number, ReadonlySet<number>>;
}

const NOTHING: Made = { resources: [], whole: new Set() };

/** The steps that must be done by hand before a resource. */
function byHandBefore({ steps }: Resource, { before, whole }: Sheet): number[] {
  const all = new Set(steps.flatMap((step) => [...(before.get(step) ?? [])]));
  return [...all].filter((step) => !whole.has(step)).sort((a, b) => a - b);
}

function comment(text: string): string {
  return `# ${visibleText(text)}`;
}

function head(plan: Plan, phase: PlanPhase | undefined, now: Date | undefined): string[] {
  const summary = summarizePlan(plan);
  const banner = planBanner(summary);
  const old = now ? oldBanner(plan.head, now) : null;
  return [
    comment(
      `Plan: ${plan.job} of ${plan.org}. The Okta steps for the provider okta/okta; everything else is a comment.`,
    ),
    ...(banner === null
      ? []
      : [banner.title, banner.text, ...banner.unread.map((each) => `- ${each}`)].map(comment)),
    ...(old === null ? [] : [comment(old)]),
    ...(plan.stale
      ? [comment('STALE: a newer snapshot of this org exists. Collect again before you do anything.')]
      : []),
    ...headRows(summary, now).map(([name, said]) => comment(`${name}: ${said}`)),
    ...(phase === undefined ? [] : [comment(`This sheet: all phases up to "${phase}".`)]),
    comment('Credentials belong into the environment of Terraform, never into this file.'),
  ];
}

/** The provider, the app, and the steps that somebody must have done. */
function setting({ scimApp }: OktaResources, sheet: Sheet): string[] {
  const isFree = sheet.resources.every((resource) => byHandBefore(resource, sheet).length === 0);
  return [
    'terraform {',
    '  required_version = ">= 1.5"',
    '  required_providers {',
    '    okta = {',
    '      source  = "okta/okta"',
    '      version = ">= 6.6"',
    '    }',
    '  }',
    '}',
    '',
    ...(scimApp === null
      ? [
          'variable "scim_app_id" {',
          '  type        = string',
          '  description = "Okta id of the SCIM app, once it is there"',
          '}',
        ]
      : ['locals {', `  # ${visibleText(scimApp.label)}`, `  scim_app_id = ${hclString(scimApp.id)}`, '}']),
    ...(isFree
      ? []
      : [
          '',
          'variable "steps_done" {',
          '  type        = set(number)',
          '  default     = []',
          '  description = "Numbers of the steps of the plan that are done by hand. Resources wait for theirs."',
          '}',
        ]),
  ];
}

/** Every step with all that must be done before it. */
function stepsBefore(plan: Plan): Map<number, Set<number>> {
  const before = new Map<number, Set<number>>();
  // A step depends on earlier ones only.
  for (const { step, depends_on } of inOrder(plan)) {
    before.set(
      step,
      new Set(depends_on.flatMap((each) => [each, ...(before.get(each) ?? [])]).sort((a, b) => a - b)),
    );
  }
  return before;
}

function isDecision(step: PlanStep | PlanDecision): step is PlanDecision {
  return 'hits' in step;
}

/** A step is among the resources as a whole or not at all. */
function resourcesOf(work: readonly (PlanStep | PlanDecision)[], okta: OktaResources): Made {
  const resources = new Map<string, Resource>();
  const addresses = new Map<number, string[]>();
  const state: OktaState = { assigned: new Map(), options: new Map(), removed: new Set() };
  for (const step of work) {
    for (const effect of step.effects)
      if (effect.kind === 'remove_push') state.removed.add(effect.okta_group_id);
    const isWhole = step.proof === 'applied' && step.who === 'Okta admin' && !isDecision(step);
    const made = isWhole ? step.effects.map((effect) => resourceOf(effect, okta, state)) : [];
    if (made.length === 0 || made.includes(null)) continue;
    for (const resource of made) {
      if (resource === null) continue;
      const address = addressOf(resource);
      const known = resources.get(address);
      // Moved behind: it stands where the last step says how it is to be.
      resources.delete(address);
      // A push that is paused first and activated later has one state: the pause is done by hand, or by the sheet of its phase.
      const earlier = resource.group === null ? (known?.steps ?? []) : [];
      resources.set(address, { ...resource, steps: [...new Set([...earlier, step.step])] });
      addresses.set(step.step, [...(addresses.get(step.step) ?? []), address]);
    }
  }
  const whole = [...addresses].filter(([step, own]) =>
    own.every((address) => resources.get(address)?.steps.includes(step)),
  );
  return { resources: [...resources.values()], whole: new Set(whole.map(([step]) => step)) };
}

function addressOf({ type, name }: Pick<Resource, 'type' | 'name'>): string {
  return `${type}.${name}`;
}

/** What steps before said of resources that several steps make up. */
interface OktaState {
  assigned: Map<string, string>;
  options: Map<Option, boolean>;
  /** Groups whose mapping a step removes by hand: the next push makes another one. */
  removed: Set<string>;
}

type NewResource = Omit<Resource, 'steps'>;

/** What an effect is as a resource; null where Terraform cannot say it, or would do more than it. */
function resourceOf(effect: Effect, okta: OktaResources, state: OktaState): NewResource | null {
  switch (effect.kind) {
    case 'push_group':
      return pushOf(effect.okta_group_id, true, okta, state);
    case 'push_again':
      // What is active already is sent again by a click, which is no state.
      return effect.activate ? pushOf(effect.okta_group_id, true, okta, state) : null;
    case 'pause_push':
      return pushOf(effect.okta_group_id, false, okta, state);
    case 'rename_okta_group':
      return {
        type: 'okta_group',
        name: `g_${label(effect.okta_group_id)}`,
        group: effect.okta_group_id,
        importId: hclString(effect.okta_group_id),
        body: [`name = ${hclString(effect.name)}`],
        lifecycle: [
          '# Only the name comes from the plan.',
          'ignore_changes = [description, custom_profile_attributes]',
          'prevent_destroy = true',
        ],
      };
    case 'assign_users':
      for (const id of effect.okta_user_ids) state.assigned.set(id, okta.emails.get(id) ?? '');
      return assignmentsOf(okta, state);
    case 'set_app_option':
      return featuresOf(effect, okta, state);
    default:
      return null;
  }
}

function appId({ scimApp }: OktaResources): string {
  return scimApp === null ? 'var.scim_app_id' : 'local.scim_app_id';
}

function pushOf(id: string, isActive: boolean, okta: OktaResources, { removed }: OktaState): NewResource {
  const mapping = removed.has(id)
    ? null
    : okta.pushMappings.find(({ okta_group_id }) => okta_group_id === id);
  return {
    type: 'okta_push_group',
    name: `g_${label(id)}`,
    group: id,
    importId: mapping && okta.scimApp ? hclString(`${okta.scimApp.id}/${mapping.okta_mapping_id}`) : null,
    body: [
      `# ${visibleText(okta.groupNames.get(id) ?? id)}`,
      `app_id          = ${appId(okta)}`,
      `source_group_id = ${hclString(id)}`,
      `status          = "${isActive ? 'ACTIVE' : 'INACTIVE'}"`,
      "# The provider's default is true: the group in Opti ID would go with the mapping, and all access through it.",
      'delete_target_group_on_destroy = false',
    ],
    lifecycle: [],
  };
}

function assignmentsOf(okta: OktaResources, { assigned }: OktaState): NewResource {
  const people = [...assigned].sort(([a], [b]) => byCodeUnit(a, b));
  return {
    type: 'okta_app_user',
    name: 'assigned',
    group: null,
    importId: null,
    body: [
      'for_each = {',
      ...people.map(([id, email]) => `  ${hclString(id)} = ${hclString(email)}`),
      '}',
      '',
      `app_id  = ${appId(okta)}`,
      'user_id = each.key',
      '# Once SCIM is on, who is unassigned loses the account in Opti ID: nobody is when this resource goes.',
      'retain_assignment = true',
    ],
    lifecycle: [],
  };
}

/** The resource describes all of the app's user provisioning: what the plan does not change stays as it was read. */
function featuresOf(
  { option, on }: Extract<Effect, { kind: 'set_app_option' }>,
  okta: OktaResources,
  { options }: OktaState,
): NewResource | null {
  const { provisioning, scimApp } = okta;
  if (CAPABILITIES[option] === undefined || provisioning === null || scimApp === null) return null;
  options.set(option, on);
  const known = Object.entries(CAPABILITIES).flatMap(([name, [outer, inner]]) => {
    const wanted = options.get(name as Option);
    const is = provisioning[name as Exclude<Option, 'import'>];
    const status = wanted === undefined ? is : wanted ? 'ENABLED' : 'DISABLED';
    return status === null ? [] : [{ outer, lines: [`${inner} {`, `  status = ${hclString(status)}`, '}'] }];
  });
  const blocks = ['create', 'update'].flatMap((outer) => {
    const lines = known.filter((each) => each.outer === outer).flatMap((each) => each.lines);
    return lines.length === 0 ? [] : [`${outer} {`, ...indent(lines), '}'];
  });
  return {
    type: 'okta_app_features',
    name: 'user_provisioning',
    group: null,
    importId: hclString(`${scimApp.id}/USER_PROVISIONING`),
    body: [
      `app_id = ${appId(okta)}`,
      'name   = "USER_PROVISIONING"',
      'status = "ENABLED"',
      '',
      'capabilities {',
      ...indent(blocks),
      '}',
    ],
    lifecycle: [],
  };
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** The steps of a phase, each with the resources that it is the last to speak of. */
function section(phase: PlanPhase, work: readonly (PlanStep | PlanDecision)[], sheet: Sheet): string[] {
  const own = work.filter((step) => step.phase === phase);
  if (own.length === 0) return [];
  return [
    `# ${'-'.repeat(78)}`,
    comment(`Phase: ${phase}`),
    ...own.flatMap((step) => {
      const made = sheet.resources.filter(({ steps }) => steps.at(-1) === step.step);
      const isWhole = sheet.whole.has(step.step);
      const kind = isDecision(step) ? 'decision of' : isWhole ? 'as resources,' : 'by hand,';
      return [
        '',
        comment(`Step ${step.step}, ${kind} ${step.who}: ${step.action}`),
        // Resources name their subjects themselves.
        ...(isWhole ? [] : step.subjects.map(({ subject, how }) => comment(`  - ${subject}: ${how}`))),
        ...made.flatMap((resource) => block(resource, sheet)),
      ];
    }),
  ];
}

/** A resource with its import, and with what it waits for. */
function block(resource: Resource, sheet: Sheet): string[] {
  const { type, name, importId, body } = resource;
  const first = byHandBefore(resource, sheet);
  const others = sheet.resources.filter((other) => isWaitedFor(other, resource, sheet));
  const lifecycle = [
    ...resource.lifecycle,
    ...(first.length === 0
      ? []
      : [
          'precondition {',
          `  condition     = length(setsubtract([${first.join(', ')}], var.steps_done)) == 0`,
          `  error_message = "By hand before this: ${first.length === 1 ? 'step' : 'steps'} ${first.join(', ')} of the plan. Name what is done in steps_done."`,
          '}',
        ]),
  ];
  return [
    ...(importId === null
      ? []
      : ['', 'import {', `  to = ${addressOf(resource)}`, `  id = ${importId}`, '}']),
    '',
    `resource "${type}" "${name}" {`,
    ...indent(body),
    ...(others.length === 0 ? [] : ['', `  depends_on = [${others.map(addressOf).join(', ')}]`]),
    ...(lifecycle.length === 0 ? [] : ['', '  lifecycle {', ...indent(indent(lifecycle)), '  }']),
    '}',
  ];
}

/** True where a step of the other one comes first. One about another group is not waited for: there may be hundreds. */
function isWaitedFor(other: Resource, { group, steps }: Resource, { before }: Sheet): boolean {
  const isEarlier = (other.steps.at(-1) ?? 0) < (steps.at(-1) ?? 0);
  const isNear = other.group === null || other.group === group;
  return isEarlier && isNear && steps.some((step) => other.steps.some((each) => before.get(step)?.has(each)));
}
