import type { Command } from '../commands/command.ts';
import { COMMANDS } from '../commands/index.ts';

/** The README's table of commands, those below others included. */
export function commandTable(): string {
  const rows = COMMANDS.flatMap((command) => rowsOf(command, 'optiid-audit'));
  return ['| command | what it does |', '| --- | --- |', ...rows].join('\n');
}

function rowsOf(command: Command, above: string): string[] {
  const name = `${above} ${command.name}`;
  const flags = Object.values(command.options).filter(({ mandatory }) => mandatory);
  const words = [...command.arguments.map((argument) => argument.name), ...flags.map(({ flag }) => flag)];
  const usage = words.map((word) =>
    word.replace(/<([^>]+)>|\[[^\]]+\]/gu, (part, needed?: string) => (needed ?? part).toUpperCase()),
  );
  return [
    `| \`${[name, ...usage].join(' ')}\` | ${command.about} |`,
    ...command.subcommands.flatMap((below) => rowsOf(below, name)),
  ];
}
