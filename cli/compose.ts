import { readFileSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditSettings, BrakeSettings, OktaSettings, StoreSettings } from '../src/config/config.ts';
import {
  DATASET_NAMES,
  type DatasetName,
  type Side,
  type SnapshotSink,
  sideOf,
} from '../src/domain/dataset.ts';
import { AuditError } from '../src/domain/errors.ts';
import type { Finding, Severity } from '../src/domain/finding.ts';
import { shrunkDatasets, tellHistory } from '../src/domain/history.ts';
import type { SealedSettings } from '../src/domain/manifest.ts';
import type { Memory } from '../src/domain/memory.ts';
import type { Plan, PlanState } from '../src/domain/plan.ts';
import type { Job } from '../src/domain/rule.ts';
import {
  type CollectSummary,
  isIncomplete,
  orgOf,
  type RunSummary,
  summarizeCollection,
  summarizePlan,
  summarizeRun,
} from '../src/domain/run.ts';
import { applyWaivers, type Waiver } from '../src/domain/waiver.ts';
import type { Snapshot } from '../src/snapshot/open-snapshot.ts';
import { readNamedBaseline, recall } from './recall.ts';
import { watchStoreUsers } from './store-users.ts';

/** What comes from outside: the one place where clock, chance and streams are real. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now: () => Date;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** True where a person watches and colours help. */
  color: boolean;
  /** Aborted when the run is to stop. */
  signal: AbortSignal;
  /** Takes a value that must not be printed, whatever goes wrong. */
  hide: (secret: string) => void;
}

/** How a command speaks while it works, and where its runs go. */
export interface Speech {
  quiet: boolean;
}

const PACKAGE_NAME = 'optiid-audit';

/** Name and version of this tool, from its package. */
export function toolVersion(): { name: string; version: string } {
  // The build lies a level deeper than the sources: upwards, to whichever folder holds the package.
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === PACKAGE_NAME) return { name: PACKAGE_NAME, version: found.version ?? '0.0.0' };
    } catch {
      // Not here: one level up.
    }
    const above = dirname(folder);
    if (above === folder) throw new Error('The package of optiid-audit was not found.');
    folder = above;
  }
}

/** Where a collection reads: both sides, or one of them. */
export interface Sources {
  okta: OktaSettings | null;
  store: StoreSettings | null;
  /** Names the run's folder and the manifest where a side is not read. */
  org: string;
  organizationId: string;
}

/** Sources of a collection from both sides. */
export function bothSides(okta: OktaSettings, store: StoreSettings): Sources {
  return { okta, store, org: orgOf(okta.orgUrl), organizationId: store.organizationId };
}

function sealedSettings(audit: AuditSettings): SealedSettings {
  return {
    scim_app: audit.scimApp,
    sso_app: audit.ssoApp,
    push_groups: audit.pushGroups,
    lag_minutes: audit.lagMinutes,
    log_days: audit.logDays,
  };
}

/** A run that was told to stop, or whose other side failed. */
class Interruption extends AuditError {
  override name = 'Interruption';

  constructor() {
    super('Interrupted.', { hint: 'Nothing was left behind. Run the command again.' });
  }
}

/** Writes as the sink does, and refuses to once the run is to stop: that ends the readers on both sides. */
function stoppable(
  sink: SnapshotSink,
  signal: AbortSignal,
  onDataset: (name: DatasetName, rows: number) => void,
): SnapshotSink {
  return {
    async collect(name, read) {
      let rows = 0;
      const state = await sink.collect(name, (writer) =>
        read({
          write: async (row) => {
            if (signal.aborted) throw new Interruption();
            await writer.write(row);
            rows += 1;
          },
          countRequest: () => {
            if (signal.aborted) throw new Interruption();
            writer.countRequest();
          },
        }),
      );
      onDataset(name, rows);
      return state;
    },
    notApplicable: (name, reason) => sink.notApplicable(name, reason),
    unread: (name, reason) => sink.unread(name, reason),
  };
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Interruption());
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(new Interruption());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** How long readers may take to notice that the run is to stop; a server that hangs must not hold it. */
const STOPPING_MS = 1_000;
/** How long one side may still take once the other has failed: both reasons are told where both fail. */
const OTHER_SIDE_MS = 15_000;

/** What the work gives, or the error that ends it when it goes on longer than `ms` after the signal. */
async function notLongAfter<Result>(signal: AbortSignal, ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let start = () => {};
  const late = new Promise<never>((_, reject) => {
    start = () => {
      timer = setTimeout(() => reject(new Interruption()), ms);
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', start);
    clearTimeout(timer);
  }
}

/**
 * Reads both sides at once into a sealed snapshot. Where one side cannot be read at all the other is stopped;
 * where both cannot, both reasons are told.
 */
async function collectInto(
  folder: string,
  sources: Sources,
  audit: AuditSettings,
  surroundings: Surroundings,
  speech: Speech,
): Promise<{ snapshot: Snapshot; notes: string[] }> {
  const [{ createSnapshot }, { openSnapshot }] = await Promise.all([
    import('../src/snapshot/write-snapshot.ts'),
    import('../src/snapshot/open-snapshot.ts'),
  ]);
  const began = surroundings.now();
  let isFirst = true;
  // The snapshot begins when the reading does, to the same millisecond that the System Log is read up to.
  const clock = () => {
    if (!isFirst) return surroundings.now();
    isFirst = false;
    return began;
  };
  const writer = createSnapshot({ folder, clock });
  const failing = new AbortController();
  const signal = AbortSignal.any([surroundings.signal, failing.signal]);
  const say = (text: string) => {
    if (!speech.quiet) surroundings.stderr(text);
  };
  const sink = stoppable(writer, signal, (name, rows) =>
    say(`read ${name}: ${rows} row${rows === 1 ? '' : 's'}\n`),
  );
  const settings = sealedSettings(audit);
  const storeUsers = sources.store === null ? null : watchStoreUsers(sink, sources.organizationId);

  const sides: Record<Side, () => Promise<string[]>> = {
    okta: async () => {
      if (sources.okta === null) return leaveOut(sink, 'okta');
      const { collectOkta } = await import('../src/okta/collect-okta.ts');
      const { warnings } = await collectOkta({
        okta: sources.okta,
        settings,
        sink,
        began,
        storeUsers: storeUsers?.read ?? null,
        tools: {
          now: () => surroundings.now().getTime(),
          sleep: (ms) => sleepUntil(ms, signal),
          random: Math.random,
        },
      });
      return warnings;
    },
    'opti-id': async () => {
      if (sources.store === null) return leaveOut(sink, 'opti-id');
      const { collectStore } = await import('../src/opti-id/read-store.ts');
      try {
        await collectStore({ store: sources.store, sink: storeUsers?.sink ?? sink });
      } finally {
        storeUsers?.giveUp();
      }
      return [];
    },
  };
  if (sources.okta !== null) await (await import('../src/okta/client.ts')).loadSdk();
  const warnings: string[] = [];
  const errors: unknown[] = [];
  const reading = Promise.all(
    Object.values(sides).map(async (read) => {
      try {
        warnings.push(...(await read()));
      } catch (error) {
        errors.push(error);
        failing.abort();
      }
    }),
  );
  try {
    await notLongAfter(
      surroundings.signal,
      STOPPING_MS,
      notLongAfter(failing.signal, OTHER_SIDE_MS, reading),
    );
  } catch (error) {
    // Left behind while it hangs; the end of the program ends it.
    errors.push(error);
  }
  if (errors.length > 0) throw joinErrors(errors, surroundings.signal);
  await writer.seal({
    tool: toolVersion(),
    org: sources.org,
    opti_organization_id: sources.organizationId,
    settings,
  });
  return {
    snapshot: await openSnapshot(folder),
    notes: warnings.sort(),
  };
}

async function leaveOut(sink: SnapshotSink, side: Side): Promise<string[]> {
  for (const name of DATASET_NAMES) {
    if (sideOf(name) === side) sink.unread(name, '--only left this side out');
  }
  return [];
}

/** One error from those of both sides. A bug is told before an expected failure, an interruption last. */
function joinErrors(errors: readonly unknown[], signal: AbortSignal): unknown {
  if (signal.aborted) return new Interruption();
  const told = errors.filter((error) => !(error instanceof Interruption));
  const bug = told.find((error) => !(error instanceof AuditError));
  if (bug !== undefined) return bug;
  const [first, second] = told as AuditError[];
  if (!first || !second) return first ?? errors[0];
  return new AuditError(`${first.message}\nHint: ${first.hint}\nError: ${second.message}`, {
    hint: second.hint,
    cause: first,
  });
}

export interface CollectRequest {
  sources: Sources;
  audit: AuditSettings;
  speech: Speech;
}

/** Collects and seals, and judges nothing. */
export async function collectRun(
  { sources, audit, speech }: CollectRequest,
  surroundings: Surroundings,
): Promise<{ dir: string; run: CollectSummary }> {
  const { writeRun } = await import('../src/report/run-folder.ts');
  const ignored = DATASET_NAMES.filter(
    (name) => (sideOf(name) === 'okta' ? sources.okta : sources.store) === null,
  );
  return writeRun<CollectSummary>({
    reportsDir: audit.reportsDir,
    org: sources.org,
    started: surroundings.now(),
    job: 'collect',
    write: async (dir) => {
      const { snapshot, notes } = await collectInto(
        join(dir, 'snapshot'),
        sources,
        audit,
        surroundings,
        speech,
      );
      return summarizeCollection(snapshot.manifest, snapshot.hash, { notes, ignored });
    },
  });
}

export interface AuditRequest {
  job: Job;
  /** From both sides, or from a sealed snapshot; the latter touches no network. */
  from: { sources: Sources; audit: AuditSettings } | { snapshot: Snapshot };
  reportsDir: string;
  failOn: Severity;
  /** Only new findings make the exit code 1. */
  failOnNew: boolean;
  /** Folder of a run, or null: then the last complete drift run serves the drift job. */
  baseline: string | null;
  waivers: readonly Waiver[];
  /** Datasets may have lost rows as they like. */
  acceptShrink: boolean;
  brakes: BrakeSettings;
  speech: Speech;
}

/** What no flag asks for. */
export const PLAIN_AUDIT = {
  failOnNew: false,
  baseline: null,
  waivers: [],
  acceptShrink: false,
} as const satisfies Partial<AuditRequest>;

/** The plan for what a run found, proved on a copy of its snapshot. */
export async function planFor(
  snapshot: Snapshot,
  job: Job,
  { findings, planState, memory }: { findings: readonly Finding[]; planState: PlanState; memory: Memory },
  { brakes, stale = false }: { brakes: BrakeSettings; stale?: boolean },
): Promise<Plan> {
  const [{ makePlan }, { proveSteps }] = await Promise.all([
    import('../src/plan/make-plan.ts'),
    import('../src/analysis/prove-plan.ts'),
  ]);
  const plan = makePlan({
    tool: toolVersion(),
    job,
    org: snapshot.manifest.org,
    snapshotHash: snapshot.hash,
    stale,
    findings,
    state: planState,
    limits: brakes,
  });
  const waived = new Set(
    findings.filter(({ state }) => state === 'waived').map(({ finding_id }) => finding_id),
  );
  return { ...plan, proof: await proveSteps(snapshot, job, plan.steps, { memory, waived }) };
}

/** The whole road: collect, seal, analyse, judge, report. */
export async function auditRun(
  { job, from, reportsDir, brakes, speech, ...request }: AuditRequest,
  surroundings: Surroundings,
): Promise<{ dir: string; run: RunSummary; findings: readonly Finding[] }> {
  const { writeRun } = await import('../src/report/run-folder.ts');
  const about =
    'sources' in from
      ? from.sources
      : { org: from.snapshot.manifest.org, organizationId: from.snapshot.manifest.opti_organization_id };
  // Before anything is read: a large org takes an hour, and a mistyped folder must not cost it.
  const baseline =
    request.baseline === null ? null : await readNamedBaseline(request.baseline, { ...about, reportsDir });
  let judged: readonly Finding[] | undefined;
  const written = await writeRun<RunSummary>({
    reportsDir,
    org: about.org,
    started: surroundings.now(),
    job,
    write: async (dir) => {
      const { snapshot, notes } =
        'sources' in from
          ? await collectInto(join(dir, 'snapshot'), from.sources, from.audit, surroundings, speech)
          : { snapshot: await copySnapshot(from.snapshot, join(dir, 'snapshot')), notes: [] };
      // Loaded when there is something to judge: a run that is refused should say so at once.
      const [{ analyse }, reports, { writePlan }] = await Promise.all([
        import('../src/analysis/analyse.ts'),
        import('../src/report/write-tables.ts'),
        import('../src/report/plan-csv.ts'),
      ]);
      const { manifest } = snapshot;
      const { memory, previous } = await recall(snapshot, job, {
        reportsDir,
        baseline,
      });
      const analysis = await notLongAfter(
        surroundings.signal,
        STOPPING_MS,
        analyse(snapshot, job, { memory }),
      );
      if (surroundings.signal.aborted) throw new Interruption();

      const suspect = shrunkDatasets(manifest, previous);
      const isComplete =
        !isIncomplete(manifest, analysis.rules) && (suspect.length === 0 || request.acceptShrink);
      const { isWaived, warnings } = applyWaivers(
        request.waivers,
        [...analysis.findings, ...analysis.inFlight],
        manifest.began,
      );
      const { findings, held } = tellHistory({
        findings: analysis.findings,
        inFlight: analysis.inFlight,
        rules: analysis.rules,
        isComplete,
        earlier: previous,
        isWaived,
      });
      judged = findings;
      await reports.writeFindings(dir, findings);
      await reports.writeRules(dir, analysis.rules);
      await reports.writeGroups(dir, analysis.groups);
      await reports.writeUsers(dir, analysis.users);
      await reports.writeMemberships(dir, analysis.memberships);
      await reports.writeAccess(dir, analysis.access);
      await reports.writeConfiguration(dir, analysis.configuration);
      if (job === 'drift') await reports.writeConfirmations(dir, analysis.confirmations);
      const plan = await notLongAfter(
        surroundings.signal,
        STOPPING_MS,
        planFor(snapshot, job, { findings, planState: analysis.planState, memory }, { brakes }),
      );
      if (surroundings.signal.aborted) throw new Interruption();
      await writePlan(dir, plan);
      if (!speech.quiet) {
        for (const note of notes) surroundings.stderr(`Note: ${note}\n`);
        for (const warning of warnings) surroundings.stderr(`Warning: ${warning}\n`);
      }
      return summarizeRun({
        tool: toolVersion(),
        job,
        manifest,
        snapshotHash: snapshot.hash,
        optiOrganizationName: analysis.optiOrganizationName,
        scimApp: analysis.scimApp,
        ssoApp: analysis.ssoApp,
        failOn: request.failOn,
        failOnNew: request.failOnNew,
        isComplete,
        suspect,
        shrinkAccepted: request.acceptShrink,
        previous,
        baseline: memory.baseline?.run ?? null,
        findings,
        rules: analysis.rules,
        groups: analysis.groups,
        users: analysis.users,
        plan: summarizePlan(plan),
        notes: [...warnings, ...heldNotes(held, isComplete), ...analysis.notes],
        // The next run does not look at an incomplete one.
        held: isComplete ? held : [],
        groupPairs: analysis.groupPairs,
      });
    },
  });
  if (!judged) throw new Error('A run was written without being judged.');
  return { ...written, findings: judged };
}

function heldNotes(held: readonly Finding[], isComplete: boolean): string[] {
  if (held.length === 0) return [];
  const what = `${held.length} known ${held.length === 1 ? 'finding' : 'findings'}`;
  return [
    isComplete
      ? `${what} could not be judged: in flight, or of a rule that did not run. The next run still knows them.`
      : `${what} of the last complete run ${held.length === 1 ? 'is' : 'are'} not among the findings; nothing says that anything is resolved.`,
  ];
}

/** A run holds its own snapshot, so that it can be judged again wherever it is copied to. */
async function copySnapshot(snapshot: Snapshot, folder: string): Promise<Snapshot> {
  const { openSnapshot } = await import('../src/snapshot/open-snapshot.ts');
  for (const entry of await readdir(snapshot.dir)) {
    if (!['manifest.json', 'okta', 'opti-id'].includes(entry)) continue;
    await cp(join(snapshot.dir, entry), join(folder, entry), { recursive: true });
  }
  return openSnapshot(folder);
}
