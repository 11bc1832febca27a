import type { LogEventRow } from '../../domain/dataset.ts';
import {
  APP_EVENT_FAMILIES,
  GROUP_MEMBERSHIP_EVENT_TYPES,
  isAppEventType,
  type LogWindow,
  SUSPENSION_EVENT_TYPE,
} from '../../domain/log-events.ts';
import { anyOf, equals, MOST_NAMED_AT_ONCE } from '../filter.ts';
import { type Asking, type Reading, readPages } from '../reading.ts';

/** What is asked of the System Log: a filter for Okta, and the same for the rows that come back. */
export interface Question {
  filter: string;
  isWanted: (event: LogEventRow) => boolean;
}

/** What Okta did to the app, assigned to it and imported from it. */
export function aboutApp(appId: string): Question {
  const types = APP_EVENT_FAMILIES.map((family) => `eventType sw ${JSON.stringify(family)}`);
  return {
    filter: `${equals('target.id', appId)} and ${anyOf(types)}`,
    isWanted: (event) =>
      isAppEventType(event.event_type) && event.targets.some((target) => target.id === appId),
  };
}

/** Who was added to and taken out of the groups. */
function aboutMembers(groupIds: readonly string[]): Question {
  const ids = new Set<string | null>(groupIds);
  const types = GROUP_MEMBERSHIP_EVENT_TYPES.map((type) => equals('eventType', type));
  return {
    filter: `${anyOf(types)} and ${anyOf(groupIds.map((id) => equals('target.id', id)))}`,
    isWanted: (event) =>
      GROUP_MEMBERSHIP_EVENT_TYPES.some((type) => type === event.event_type) &&
      event.targets.some((target) => ids.has(target.id)),
  };
}

const SUSPENSIONS: Question = {
  filter: equals('eventType', SUSPENSION_EVENT_TYPE),
  isWanted: (event) => event.event_type === SUSPENSION_EVENT_TYPE,
};

/**
 * The events of the window that answer a question. Both bounds are always given: without the later one Okta
 * takes the request for polling, and its next links never end (System Log query guide).
 */
export async function* readEvents(
  asking: Asking,
  window: LogWindow,
  { filter, isWanted }: Question,
): AsyncGenerator<LogEventRow, void, undefined> {
  const since = window.since.toISOString();
  const until = window.until.toISOString();
  const query = { since, until, sortOrder: 'ASCENDING', filter };
  for await (const page of readPages(asking, 'log-events', {}, { query })) {
    for (const event of page) {
      // A server may ignore the filter, or the window.
      if (isWanted(event) && event.published >= since && event.published <= until) yield event;
    }
  }
}

/** Everything in the window that rules look at: of the app, of the members of these groups, of suspensions. */
export async function readLogEvents(
  reading: Reading<LogEventRow>,
  window: LogWindow,
  { appId, groupIds }: { appId: string; groupIds: readonly string[] },
): Promise<void> {
  const questions = [aboutApp(appId), SUSPENSIONS];
  for (let at = 0; at < groupIds.length; at += MOST_NAMED_AT_ONCE) {
    questions.push(aboutMembers(groupIds.slice(at, at + MOST_NAMED_AT_ONCE)));
  }
  for (const question of questions) {
    for await (const event of readEvents(reading, window, question)) await reading.write(event);
  }
}
