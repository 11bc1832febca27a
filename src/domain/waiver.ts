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

/** What waivers do to the findings of a run. */
export interface AppliedWaivers {
  isWaived: (finding: Finding) => boolean;
  /** What is odd about the waivers themselves, each a sentence. */
  warnings: string[];
}

/** Applies waivers to findings, those in flight included: a waiver that waits with its finding is not a stray one. */
export function applyWaivers(
  waivers: readonly Waiver[],
  findings: readonly Finding[],
  began: string,
): AppliedWaivers {
  const inForce = waivers.filter((waiver) => isInForce(waiver, began));
  const warnings: string[] = [];
  for (const waiver of waivers) {
    const what = `The waiver of ${waiver.owner} for ${named(waiver)} (line ${waiver.line})`;
    const hit = findings.some((finding) => matches(waiver, finding));
    if (!isInForce(waiver, began)) {
      warnings.push(
        `${what} expired on ${waiver.expires}${hit ? ', and what it waived counts again' : ''}: renew it or take it out.`,
      );
    } else if (!hit) {
      warnings.push(`${what} matches no finding of this run: take it out if what it waived is settled.`);
    }
  }
  return { isWaived: (finding) => inForce.some((waiver) => matches(waiver, finding)), warnings };
}

function named({ finding_id, rule, subject }: Waiver): string {
  const parts = [...(rule === null ? [] : [rule]), ...(subject === null ? [] : [subject])];
  return parts.length > 0 ? parts.join(' on ') : `finding ${finding_id}`;
}
