import type { LogEventRow } from '../../domain/dataset.ts';
import { type Reading, readPages } from '../reading.ts';
import { type LogEvent, logEventSchema } from '../schemas.ts';

/** What rules look for: an import that ran, and the push that was stopped before a group was left behind. */
const WANTED_TYPES = ['system.import.start', 'application.provision.group_push.deactivate_mapping'] as const;
const DAY_MS = 86_400_000;

/** From when to when the System Log is read, both included. */
export interface LogWindow {
  since: Date;
  until: Date;
}

export function logWindow(began: Date, days: number): LogWindow {
  return { since: new Date(began.getTime() - days * DAY_MS), until: began };
}

/**
 * The events of the window that the rules look at. Both bounds are always given: without the later one Okta
 * takes the request for polling, and its next links never end (System Log query guide).
 */
export async function readLogEvents(
  reading: Reading<LogEventRow>,
  appId: string,
  window: LogWindow,
): Promise<void> {
  const since = window.since.toISOString();
  const until = window.until.toISOString();
  // Okta's filters quote texts like JSON does.
  const types = WANTED_TYPES.map((type) => `eventType eq "${type}"`).join(' or ');
  const filter = `target.id eq ${JSON.stringify(appId)} and (${types})`;
  const listing = {
    path: '/api/v1/logs',
    query: { since, until, sortOrder: 'ASCENDING', filter },
    limit: 1000,
  };
  // A server may ignore the filter, or the window.
  const isWanted = (event: LogEvent): boolean =>
    WANTED_TYPES.some((type) => type === event.eventType) &&
    event.published >= since &&
    event.published <= until &&
    event.target.some((target) => target.id === appId);
  for await (const page of readPages(reading, listing, logEventSchema)) {
    for (const event of page) {
      if (!isWanted(event)) continue;
      await reading.write({
        event_id: event.uuid,
        published: event.published,
        event_type: event.eventType,
        outcome: event.outcome?.result ?? null,
        outcome_reason: event.outcome?.reason ?? null,
        targets: event.target.map((target) => ({
          id: target.id,
          type: target.type,
          alternate_id: target.alternateId,
          display_name: target.displayName,
        })),
      });
    }
  }
}
