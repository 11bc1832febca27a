import type { Analysis } from '../analysis/analyse.ts';
import type { Finding } from '../domain/finding.ts';
import { type EarlierRun, type ShrunkDataset, shrunkDatasets, tellHistory } from '../domain/history.ts';
import type { Manifest } from '../domain/manifest.ts';
import { isIncomplete } from '../domain/run.ts';
import { applyWaivers, type Waiver } from '../domain/waiver.ts';

/** What a run found, by what the last complete run of the org and job knew. */
export interface ComparedRun {
  findings: Finding[];
  /** Known ones that could not be judged; empty for an incomplete run, which the next one does not look at. */
  held: Finding[];
  isComplete: boolean;
  suspect: ShrunkDataset[];
  /** What is wrong with the waivers, and what was held: for the reader of the run. */
  warnings: string[];
  notes: string[];
}

/** Tells new findings from known, waived and resolved ones, and whether the run is complete enough to say so. */
export function compareWithEarlier(
  { findings, inFlight, rules }: Pick<Analysis, 'findings' | 'inFlight' | 'rules'>,
  { manifest, previous }: { manifest: Manifest; previous: EarlierRun | null },
  { waivers, acceptShrink }: { waivers: readonly Waiver[]; acceptShrink: boolean },
): ComparedRun {
  const suspect = shrunkDatasets(manifest, previous);
  const isComplete = !isIncomplete(manifest, rules) && (suspect.length === 0 || acceptShrink);
  const { isWaived, warnings } = applyWaivers(waivers, [...findings, ...inFlight], manifest.began);
  const history = tellHistory({ findings, inFlight, rules, isComplete, earlier: previous, isWaived });
  return {
    findings: history.findings,
    held: isComplete ? history.held : [],
    isComplete,
    suspect,
    warnings,
    notes: [...warnings, ...heldNotes(history.held, isComplete)],
  };
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
