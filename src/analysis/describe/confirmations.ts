import {
  CONFIRMATION_KINDS,
  type ConfirmationKind,
  type ConfirmationOutcome,
  type ConfirmationRow,
  PROCEDURES,
} from '../../domain/confirmation.ts';
import { logWindow } from '../../domain/log-events.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { RULES } from '../../rules/index.ts';
import type { Database } from '../engine/database.ts';
import { type NeedFacts, ruleReadiness } from '../judge/needs.ts';

interface Row extends Omit<ConfirmationRow, 'outcome' | 'reason'> {
  triggered: string;
  is_old_enough: boolean;
  is_in_flight: boolean;
  is_taken_over: boolean;
  is_confirmed: boolean;
  event_type: string | null;
  outcome_reason: string | null;
  places_note: string | null;
}

/** Rows of `confirmations.csv`: what the window of the System Log should confirm, and whether it does. */
export async function describeConfirmations(
  database: Database,
  manifest: Manifest,
  needs: NeedFacts,
): Promise<ConfirmationRow[]> {
  const rows = (await database.all(
    'select * from confirmation order by kind, subject, okta_user_id, okta_group_id, okta_mapping_id',
  )) as unknown as Row[];
  const gaps = await readGaps(database, manifest, needs);
  return rows.flatMap((row) => {
    const gap = gaps.get(row.kind);
    // What does not apply to this org is not told as if it did.
    return gap === null ? [] : [describe(row, gap, manifest)];
  });
}

/** Why a kind cannot be called unconfirmed, by kind; null where it does not apply. */
async function readGaps(
  database: Database,
  manifest: Manifest,
  needs: NeedFacts,
): Promise<ReadonlyMap<ConfirmationKind, string | null>> {
  const [seen] = await database.all('select max(published) as last from log_event_target');
  const gaps = new Map<ConfirmationKind, string | null>();
  for (const kind of CONFIRMATION_KINDS) {
    const rule = RULES.find(({ id }) => id === PROCEDURES[kind].rule);
    const readiness = rule && ruleReadiness(rule, manifest, needs);
    if (readiness?.state === 'not-applicable') gaps.set(kind, null);
    if (readiness?.state === 'unknown') {
      const { since } = logWindow(new Date(manifest.began), manifest.settings.log_days);
      const last = seen?.last ? `the last event seen is of ${seen.last}` : 'no event was seen';
      gaps.set(
        kind,
        `${readiness.reason}; the window is ${since.toISOString()} to ${manifest.began}, ${last}`,
      );
    }
  }
  return gaps;
}

function describe(row: Row, gap: string | undefined, manifest: Manifest): ConfirmationRow {
  const { kind, subject, event_id, published, result, expected_event } = row;
  const [outcome, reason] = judge(row, gap, manifest);
  return { kind, subject, outcome, event_id, published, result, expected_event, reason };
}

function judge(row: Row, gap: string | undefined, manifest: Manifest): [ConfirmationOutcome, string] {
  if (row.is_confirmed) {
    const notes = [
      row.event_type === row.expected_event
        ? null
        : `confirmed by ${row.event_type} instead${row.kind === 'user-added' && row.is_taken_over ? ': the user was in Opti ID before' : ''}`,
      row.places_note,
    ];
    return ['confirmed', notes.filter((note) => note !== null).join('; ')];
  }
  if (gap !== undefined) return ['unknown', gap];
  if (!row.is_old_enough) {
    return [
      'in flight',
      `it began at ${row.triggered}, within the lag of ${manifest.settings.lag_minutes} minutes`,
    ];
  }
  if (row.is_in_flight) {
    return ['in flight', `the user or the group was changed within the lag; it began at ${row.triggered}`];
  }
  const failed =
    row.event_id === null
      ? ''
      : `; the last try, ${row.event_type}, ended as ${row.result ?? 'unknown'}${row.outcome_reason === null ? '' : `: ${row.outcome_reason}`}`;
  return ['unconfirmed', `no success in the log since it began at ${row.triggered}${failed}`];
}
