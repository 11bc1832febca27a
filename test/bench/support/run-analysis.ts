/** A process of the bench that audits one snapshot and says what it took: its own memory is what is measured. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAnalysis } from '../../../src/analysis/analyse.ts';
import { planFor } from '../../../src/audit/plan-for.ts';
import { NO_MEMORY } from '../../../src/domain/memory.ts';
import type { Job } from '../../../src/domain/rule.ts';
import { summarizeRun } from '../../../src/domain/run.ts';
import { readPlanState } from '../../../src/plan/state.ts';
import { writePlan } from '../../../src/report/files/plan-csv.ts';
import * as reports from '../../../src/report/files/write-tables.ts';
import { openSnapshot } from '../../../src/snapshot/open-snapshot.ts';
import { peakBytesOf } from './contender.ts';

/** Times from the start of the work on, in milliseconds; memory is the most until then. */
export interface AnalysisCost {
  /** Loaded, derived, judged by all rules, groups and confirmations described. */
  analysedMs: number;
  analysedPeakBytes: number;
  /** And all tables written: users with their situations, memberships, access and the others. */
  reportedMs: number;
  reportedPeakBytes: number;
  /** And the plan made, proved and written. */
  plannedMs: number;
  plannedPeakBytes: number;
  cpuMs: number;
  findings: number;
  users: number;
  steps: number;
}

const [folder = '', job = 'drift'] = process.argv.slice(2);

async function runAnalysis(): Promise<AnalysisCost> {
  const dir = await mkdtemp(join(tmpdir(), 'optiid-bench-run-'));
  try {
    const began = performance.now();
    const snapshot = await openSnapshot(folder);
    const analysis = await openAnalysis(snapshot, job as Job, { spillFolder: dir });
    const analysed = { analysedMs: performance.now() - began, analysedPeakBytes: peakBytesOf('self') };
    await reports.writeFindings(dir, analysis.findings);
    await reports.writeRules(dir, analysis.rules);
    await reports.writeGroups(dir, analysis.groups);
    const users = await reports.writeUsers(dir, analysis.users());
    await reports.writeMemberships(dir, analysis.memberships());
    await reports.writeAccess(dir, analysis.access());
    await reports.writeConfiguration(dir, analysis.configuration);
    await reports.writeConfirmations(dir, analysis.confirmations);
    const reported = { reportedMs: performance.now() - began, reportedPeakBytes: peakBytesOf('self') };
    const { findings } = analysis;
    const planState = await readPlanState(analysis.database, snapshot.manifest, analysis.facts);
    const judged = summarizeRun({
      ...analysis,
      tool: { name: 'optiid-audit', version: 'bench' },
      job: job as Job,
      manifest: snapshot.manifest,
      snapshotHash: snapshot.hash,
      failOn: 'error',
      failOnNew: false,
      isComplete: true,
      suspect: [],
      shrinkAccepted: false,
      previous: null,
      refused: [],
      baseline: null,
      users,
      held: [],
      waivedBlockers: [],
      inFlightNow: [],
    });
    const plan = await planFor(
      analysis,
      snapshot,
      { judged, findings, planState, memory: NO_MEMORY },
      { limits: { maxDeletes: 25, maxMembershipLossPercent: 5, maxLastPaths: 0 }, goodForHours: 24 },
      { signal: new AbortController().signal },
    );
    await analysis.close();
    await writePlan(dir, plan);
    const { user, system } = process.cpuUsage();
    return {
      ...analysed,
      ...reported,
      plannedMs: performance.now() - began,
      plannedPeakBytes: peakBytesOf('self'),
      cpuMs: (user + system) / 1000,
      findings: findings.length,
      users: Object.values(users).reduce((sum, count) => sum + count, 0),
      steps: plan.steps.length,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

process.send?.(await runAnalysis());
