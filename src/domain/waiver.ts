import type { Finding } from './finding.ts';
import { guardCell } from './formula.ts';

/** Somebody accepts a finding for a time and says why. */
export interface Waiver {
  /** Line of the file, for messages. */
  line: number;
  /** A finding by its id, or null. */
  finding_id: string | null;
  /** A rule, with `subject`; null where the finding's id says it all. */
  rule: string | null;
  /** The finding's subject; `*` is every finding of the rule. */
  subject: string | null;
  owner: string;
  reason: string;
  /** Last day on which it holds, `YYYY-MM-DD`, until midnight UTC. */
  expires: string;
}

/** True for a waiver that still holds when the snapshot begins. */
export function isInForce(waiver: Waiver, began: string): boolean {
  return began.slice(0, 10) <= waiver.expires;
}

/** True for a finding that a waiver speaks of. Where it names an id and a rule, both must fit. */
export function matches(waiver: Waiver, finding: Pick<Finding, 'finding_id' | 'rule' | 'subject'>): boolean {
  if (waiver.finding_id !== null && waiver.finding_id !== finding.finding_id) return false;
  if (waiver.rule !== null && waiver.rule !== finding.rule) return false;
  if (waiver.subject === null || waiver.subject === '*') return true;
  // Next to a rule the finding's id may stand in the place of its subject.
  if (waiver.subject === finding.finding_id) return true;
  // As a report has it.
  return waiver.subject === finding.subject || waiver.subject === guardCell(finding.subject);
}

/** The longest that a blocker is waived: whoever accepts one looks at it again. */
export const MOST_DAYS_FOR_A_BLOCKER = 90;

/** The last day until which a blocker may be waived at this time, `YYYY-MM-DD`. */
export function lastDayForABlocker(now: string): string {
  return new Date(Date.parse(now) + MOST_DAYS_FOR_A_BLOCKER * 86_400_000).toISOString().slice(0, 10);
}

/** Why a waiver that speaks of a blocker does not waive it; null where it does. */
function whyNoBlocker({ finding_id, subject, expires }: Waiver, began: string): string | null {
  if (finding_id === null && subject === '*')
    return 'a * waives no blocker: name each finding by its id or its subject';
  const last = lastDayForABlocker(began);
  return expires > last
    ? `a blocker is waived for ${MOST_DAYS_FOR_A_BLOCKER} days at most, and ${expires} is later than ${last}: set an earlier day`
    : null;
}

/** What waivers do to the findings of a run. */
export interface AppliedWaivers {
  /** The waiver that a finding is waived by, the one that holds longest; null where it counts. */
  waiverOf: (finding: Finding) => Waiver | null;
  /** What is odd about the waivers themselves, each a sentence. */
  warnings: string[];
}

/** Applies waivers to findings, those in flight included: a waiver that waits with its finding is not a stray one. */
export function applyWaivers(
  waivers: readonly Waiver[],
  findings: readonly Finding[],
  began: string,
): AppliedWaivers {
  const inForce = waivers
    .filter((waiver) => isInForce(waiver, began))
    .sort((a, b) => (a.expires > b.expires ? -1 : a.expires < b.expires ? 1 : a.line - b.line));
  const waives = (waiver: Waiver, finding: Finding): boolean =>
    matches(waiver, finding) && (finding.severity !== 'blocker' || whyNoBlocker(waiver, began) === null);
  const warnings: string[] = [];
  for (const waiver of waivers) {
    const what = `The waiver of ${waiver.owner} for ${named(waiver)} (line ${waiver.line})`;
    const hits = findings.filter((finding) => matches(waiver, finding));
    if (!isInForce(waiver, began)) {
      warnings.push(
        `${what} expired on ${waiver.expires}${hits.length > 0 ? ', and what it waived counts again' : ''}: renew it or take it out.`,
      );
      continue;
    }
    if (hits.length === 0) {
      warnings.push(`${what} matches no finding of this run: take it out if what it waived is settled.`);
    }
    const blockers = hits.filter((finding) => finding.severity === 'blocker' && !waives(waiver, finding));
    if (blockers.length > 0) {
      const which = `${blockers.length} ${blockers.length === 1 ? 'blocker, which counts' : 'blockers, which count'}`;
      warnings.push(`${what} does not waive ${which}: ${whyNoBlocker(waiver, began)}.`);
    }
  }
  return { waiverOf: (finding) => inForce.find((waiver) => waives(waiver, finding)) ?? null, warnings };
}

/** A blocker that does not count, and who accepted it. */
export interface WaivedBlocker extends Pick<Waiver, 'owner' | 'reason' | 'expires'> {
  finding_id: string;
  rule: string;
  subject: string;
}

/** The same for places that keep nobody's name. */
export function withoutOwners(waived: readonly WaivedBlocker[]): WaivedBlocker[] {
  return waived.map((blocker) => ({ ...blocker, owner: '' }));
}

/** `2 blockers waived (by ann until 2026-12-31, by bob until 2027-01-15)`; empty where none is. */
export function waivedSentence(waived: readonly WaivedBlocker[]): string {
  if (waived.length === 0) return '';
  const by = [
    ...new Set(waived.map(({ owner, expires }) => `${owner === '' ? '' : `by ${owner} `}until ${expires}`)),
  ].sort();
  return `${waived.length} ${waived.length === 1 ? 'blocker' : 'blockers'} waived (${by.join(', ')})`;
}

function named({ finding_id, rule, subject }: Waiver): string {
  const parts = [...(rule === null ? [] : [rule]), ...(subject === null ? [] : [subject])];
  return parts.length > 0 ? parts.join(' on ') : `finding ${finding_id}`;
}
