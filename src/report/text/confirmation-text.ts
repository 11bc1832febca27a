import pc from 'picocolors';
import { type ConfirmationVerdict, PROCEDURES, type ShownEvent } from '../../domain/confirmation.ts';
import { joinSections, section } from './text-parts.ts';
import { visibleText } from './visible-text.ts';

/** What a person is told of a confirmation; ends with a line end. */
export function renderConfirmation(verdict: ConfirmationVerdict, { color }: { color: boolean }): string {
  const { bold, green, red, yellow } = pc.createColors(color);
  const { outcome, window, kind } = verdict;
  const words = {
    confirmed: green('Confirmed'),
    unconfirmed: red('Not confirmed'),
    unknown: yellow('Unknown'),
  };
  const gap = window.gap === null ? '' : `, read only partially: ${visibleText(window.gap)}`;
  return joinSections([
    [
      `${words[outcome]}: ${visibleText(verdict.subject)} ${PROCEDURES[kind].means}.`,
      `App: ${visibleText(verdict.app.label)} (${visibleText(verdict.app.id)})`,
    ],
    ...verdict.checks.map(({ group, trigger, event }) => [
      ...(group === null || kind === 'group-added' ? [] : [`Group: ${visibleText(group)}`]),
      ...(trigger === null ? [] : [`Began with ${head(trigger)}`]),
      ...(event === null
        ? [
            `Missing: ${verdict.expected_event} with result SUCCESS${trigger === null || kind === 'user-added' ? '' : ' since then'}.`,
          ]
        : [`Found ${head(event)}`, ...targetLines(event)]),
    ]),
    section(bold('Failures since:'), verdict.failures.map(head)),
    section(bold('Notes:'), verdict.notes),
    section(bold('Next:'), verdict.next),
    [`Seen: the System Log from ${window.since} to ${window.until}${gap}`],
  ]);
}

function head({ event_type, event_id, published, result, reason }: ShownEvent): string {
  const why = reason === null ? '' : ` (${reason})`;
  return visibleText(`${event_type} at ${published}, event ${event_id}, result ${result ?? 'none'}${why}`);
}

function targetLines({ targets, places }: ShownEvent): string[] {
  return [
    ...targets.map(({ place, type, alternate_id, display_name, id }) => {
      const name = [alternate_id, display_name].filter((text) => text !== null && text !== '').join(', ');
      return `  target ${place}: ${visibleText(`${type ?? 'no type'} ${name} (${id ?? 'no id'})`)}`;
    }),
    ...(places === null ? [] : [`  places: ${visibleText(places)}`]),
  ];
}
