import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openAnalysis } from '../analysis/analyse.ts';
import { findingId } from '../analysis/judge/run-rules.ts';
import { auditRun } from '../audit/audit.ts';
import type { reopenRun } from '../audit/earlier-runs.ts';
import type { PlanSettings } from '../config/config.ts';
import type { EvidenceValue, Finding } from '../domain/finding.ts';
import type { EarlierRun } from '../domain/history.ts';
import { SCIM_APP_NAME } from '../domain/okta.ts';
import type { RefusedHistory, RunSummary } from '../domain/run.ts';
import type { Waiver } from '../domain/waiver.ts';
import { readFindings } from '../runs/read-run.ts';
import type { RunContext } from '../runtime/run-context.ts';
import { openSnapshot } from '../snapshot/open-snapshot.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { redactMemory, redactSnapshot, takeInventory } from './redact-snapshot.ts';

type OpenedRun = Awaited<ReturnType<typeof reopenRun>>;

/**
 * Makes a redacted copy of an audit's run below `folder` and returns where it is. The snapshot's rows are replaced, and
 * then it takes the road of every run: sealed, judged for the same job at the same time, planned, reported. So nothing
 * of the original can be left in a report that nobody thought of.
 */
export async function redactRun(
  opened: OpenedRun & { run: NonNullable<OpenedRun['run']> },
  folder: string,
  { key, plan }: { key: Buffer; plan: PlanSettings },
  context: RunContext,
): Promise<string> {
  const { snapshot, job, run, earlier } = opened;
  const inventory = await takeInventory(snapshot, earlier.memory);
  const pseudonyms = new Pseudonyms(key, snapshot.manifest.org, inventory);
  const work = await mkdtemp(join(folder, '.redacted-snapshot-'));
  try {
    await redactSnapshot(snapshot, work, pseudonyms, inventory);
    const redacted = await openSnapshot(work);
    const memory = redactMemory(earlier.memory, pseudonyms);
    const original = [...(await readFindings(run)), ...run.run.held];
    const copied = await judge(redacted, job, { memory, spillFolder: work, signal: context.signal });
    const told = tellAgain(original, copied, pseudonyms);
    const resolved = original.filter(({ state }) => state === 'resolved');
    const held = new Set(run.run.held.map(({ finding_id }) => finding_id));
    const known = ({ of, as }: Told) => ({ ...as, state: 'known' as const, first_seen: of.first_seen });
    const previous: EarlierRun | null = earlier.previous && {
      ...earlier.previous,
      findings: [
        ...told
          .filter(({ of }) => of.first_seen < snapshot.manifest.began && !held.has(of.finding_id))
          .map(known),
        // Nothing in the copy finds them, so they are resolved there too.
        ...resolved.map((finding) => redactResolved(finding, pseudonyms)),
      ],
      held: told.filter(({ of }) => held.has(of.finding_id)).map(known),
      // Names of groups among them, which the copy has as pseudonyms: compared, they would seem changed.
      settings: null,
    };
    // What the run spoke of does not wait in its copy, though a change of its subject was on its way.
    const spoken = new Set(told.filter(({ of }) => !held.has(of.finding_id)).map(({ as }) => as.finding_id));
    const { fail_on: failOn, fail_on_new: failOnNew, shrink_accepted: acceptShrink }: RunSummary = run.run;
    const { dir } = await auditRun(
      {
        job,
        from: { snapshot: redacted },
        reportsDir: folder,
        failOn,
        failOnNew,
        acceptShrink,
        baseline: null,
        waivers: told.filter(({ of }) => of.state === 'waived').map(asWaiver(snapshot.manifest.began)),
        plan,
        // The copy is not signed: a key would tell whose it is.
        sealKey: null,
        earlier: {
          memory: { ...memory, known: spoken },
          previous,
          refused: earlier.refused.map(withoutReason),
          trend: earlier.trend,
        },
      },
      { ...context, onEvent: () => {}, say: () => {}, now: () => new Date(snapshot.manifest.began) },
    );
    return dir;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function judge(...given: Parameters<typeof openAnalysis>): Promise<Finding[]> {
  const { findings, inFlight, close } = await openAnalysis(...given);
  await close();
  return [...findings, ...inFlight];
}

/**
 * A finding that is resolved, without its texts: they are of an earlier snapshot, and name whom this one may not know. Its
 * id is made anew, since the one that it has is a hash of ids that somebody could try.
 */
export function redactResolved(finding: Finding, pseudonyms: Pseudonyms): Finding {
  const { rule, okta_id, opti_id, finding_id } = finding;
  const id = (text: string | null) => text && pseudonyms.of('id', text);
  const ids = { okta_id: id(okta_id), opti_id: id(opti_id) };
  const subject = redactSubject(finding, pseudonyms);
  return {
    ...finding,
    ...ids,
    subject,
    finding_id: findingId(rule, { ...ids, subject, identity: pseudonyms.of('id', finding_id) }),
    detail: 'It is resolved; what it said is not in this copy.',
    fix: 'Nothing is left to do.',
    evidence: {},
  };
}

function redactSubject({ rule, subject_type, subject }: Finding, pseudonyms: Pseudonyms): string {
  const named = (text: string) => pseudonyms.of(text.includes('@') ? 'email' : 'name', text);
  switch (subject_type) {
    case 'user':
      return pseudonyms.of('email', subject);
    case 'membership': {
      const [person = '', ...group] = subject.split(' → ');
      return `${pseudonyms.of('email', person)} → ${pseudonyms.of('name', group.join(' → '))}`;
    }
    case 'app':
      return subject === SCIM_APP_NAME ? subject : pseudonyms.of('name', subject);
    case 'organization':
      return pseudonyms.of(rule === 'domain-not-owned' ? 'domain' : 'name', subject);
    case 'group':
      return pseudonyms.of('name', subject);
    default:
      return named(subject);
  }
}

/** Why a run is not believed may name files and orgs. */
function withoutReason({ run }: RefusedHistory): RefusedHistory {
  return { run, reason: 'as the run that this is a copy of says' };
}

/** A finding of the run, and the same finding of its copy. */
interface Told {
  of: Finding;
  as: Finding;
}

/** Finds each finding of the copy among those of the run: by the rule and the ids, else by the subject. */
function tellAgain(original: readonly Finding[], copied: readonly Finding[], pseudonyms: Pseudonyms): Told[] {
  const byKey = new Map<string, Finding[]>();
  const keyOf = (rule: string, ids: readonly (string | null)[], name: unknown) =>
    JSON.stringify([rule, ids, name ?? null]);
  for (const finding of original) {
    if (finding.state === 'resolved') continue;
    const { rule, okta_id, opti_id, subject, evidence } = finding;
    const ids = [okta_id, opti_id].map((id) => id && pseudonyms.of('id', id));
    const names =
      okta_id === null && opti_id === null
        ? (['plain', 'name', 'email', 'domain', 'id'] as const).map((holds) => pseudonyms.of(holds, subject))
        : [groupOf(evidence, (name) => pseudonyms.of('name', name))];
    for (const name of names) {
      const key = keyOf(rule, ids, name);
      byKey.set(key, [...(byKey.get(key) ?? []), finding]);
    }
  }
  return copied.flatMap((as) => {
    const { rule, okta_id, opti_id, subject, evidence } = as;
    const name = okta_id === null && opti_id === null ? subject : groupOf(evidence, (text) => text);
    const of = byKey.get(keyOf(rule, [okta_id, opti_id], name))?.shift();
    return of === undefined ? [] : [{ of, as }];
  });
}

/** Memberships of one person are told apart by their groups. */
function groupOf(
  { group_name }: Readonly<Record<string, EvidenceValue>>,
  replace: (name: string) => string,
): string | null {
  return typeof group_name === 'string' ? replace(group_name) : null;
}

/** Who waived it and why stays with the customer. */
const asWaiver =
  (began: string) =>
  ({ as }: Told, index: number): Waiver => ({
    line: index + 1,
    finding_id: as.finding_id,
    rule: as.rule,
    subject: null,
    owner: 'somebody',
    reason: 'as in the run that this is a copy of',
    expires: began.slice(0, 10),
  });
