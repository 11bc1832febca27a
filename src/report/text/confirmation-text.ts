import pc from 'picocolors';
import { type ConfirmationVerdict, PROCEDURES, type ShownEvent } from '../../domain/confirmation.ts';
import { bullet, visibleText } from './visible-text.ts';

/** What a person is told of a confirmation; ends with a line end. */
export function renderConfirmation(verdict: ConfirmationVerdict, { color }: { color: boolean }): string {
  const colours = pc.createColors(color);
  const { outcome, window } = verdict;
  const word = {
    confirmed: colours.green('Confirmed'),
    unconfirmed: colours.red('Not confirmed'),
    unknown: colours.yellow('Unknown'),
  }[outcome];
  const lines = [
    `${word}: ${visibleText(verdict.subject)} ${PROCEDURES[verdict.kind].means}.`,
    `App: ${visibleText(verdict.app.label)} (${visibleText(verdict.app.id)})`,
    ...verdict.checks.flatMap(({ group, trigger, event }) => [
      '',
      ...(group === null || verdict.kind === 'group-added' ? [] : [`Group: ${visibleText(group)}`]),
      ...(trigger === null ? [] : [`Began with ${head(trigger)}`]),
      ...(event === null
        ? [
            `Missing: ${verdict.expected_event} with result SUCCESS${trigger === null || verdict.kind === 'user-added' ? '' : ' since then'}.`,
          ]
        : [`Found ${head(event)}`, ...targetLines(event)]),
    ]),
    ...(verdict.failures.length === 0
      ? []
      : ['', colours.bold('Failures since:'), ...verdict.failures.map((event) => `  - ${head(event)}`)]),
    ...(verdict.notes.length === 0 ? [] : ['', colours.bold('Notes:'), ...verdict.notes.map(bullet)]),
    ...(verdict.next.length === 0 ? [] : ['', colours.bold('Next:'), ...verdict.next.map(bullet)]),
    '',
    `Seen: the System Log from ${window.since} to ${window.until}${
      window.gap === null ? '' : `, not to its end: ${visibleText(window.gap)}`
    }`,
  ];
  return `${lines.join('\n')}\n`;
}

function head({ event_type, event_id, published, result, reason }: ShownEvent): string {
  const why = reason === null ? '' : ` (${visibleText(reason)})`;
  return `${visibleText(event_type)} at ${published}, event ${visibleText(event_id)}, result ${visibleText(result ?? 'none')}${why}`;
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
