import type { Option, Command as Program } from 'commander';
import type { RunContext } from '../../src/runtime/run-context.ts';

/** The shells that have a script. Written by hand, as the libraries for it complete no file names or need a package in bash. */
const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };
export type Shell = keyof typeof SCRIPTS;

/** Prints the script that completes the program's commands, flags and values in a shell. */
export async function completion(
  shell: Shell,
  _flags: object,
  context: RunContext,
  program: Program,
): Promise<number> {
  context.stdout(SCRIPTS[shell](placesOf(program)));
  return 0;
}

/** Where the cursor may be: after the words of a command, `runs prune`. */
interface Place {
  path: string;
  /** What may follow, with what it means. */
  words: readonly { word: string; what: string }[];
  options: readonly Option[];
}

function placesOf(program: Program): Place[] {
  const below = (command: Program, path: string): Place[] => {
    const commands = command.name() === 'help' ? program.commands : command.commands;
    const place = {
      path,
      words: [
        ...commands.map((each) => ({ word: each.name(), what: each.description() })),
        ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
          argChoices.map((word) => ({ word, what: description })),
        ),
      ],
      options: command.createHelp().visibleOptions(command),
    };
    return [place, ...command.commands.flatMap((each) => below(each, `${path} ${each.name()}`.trim()))];
  };
  return below(program, '');
}

/** The words that lead to another place, each after the place where it is typed: ` runs`, `runs prune`. */
function steps(places: readonly Place[]): string[] {
  return places.slice(1).map(({ path }) => quoted(path.includes(' ') ? path : ` ${path}`));
}

/** As bash, zsh and fish all read it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

function bashScript(places: readonly Place[]): string {
  const values = places.flatMap(({ path, options }) =>
    options
      .filter(({ required }) => required)
      .map(
        ({ long, argChoices = [] }) =>
          `    ${quoted(`${path} ${long}`)}) words=${quoted(argChoices.join(' '))} ;;`,
      ),
  );
  const words = places.map(({ path, words: own, options }) => {
    const all = [...own.map(({ word }) => word), ...options.map(({ long }) => long)];
    return `      ${quoted(path)}) words=${quoted(all.join(' '))} ;;`;
  });
  return `# Completion of optiid-audit for bash.
_optiid_audit() {
  local word=\${COMP_WORDS[COMP_CWORD]} place='' last='' words='' each
  for each in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$place $each" in
    ${steps(places).join('|')}) place="\${place:+$place }$each" ;;
    esac
    # bash takes the sign of --flag=value for a word of its own.
    [ "$each" = '=' ] || last=$each
  done
  [ "$word" = '=' ] && word=''
  case "$place $last" in
${values.join('\n')}
    *) case "$place" in
${words.join('\n')}
    esac ;;
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$word") )
}
complete -o default -F _optiid_audit optiid-audit
`;
}

function zshScript(places: readonly Place[]): string {
  return `# zsh reads the script for bash.
(( $+functions[compdef] )) || { autoload -U compinit && compinit }
autoload -U +X bashcompinit && bashcompinit
${bashScript(places)}`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words, options }) => {
    const begin = `complete -c optiid-audit -n ${quoted(`__optiid_audit_at "${path}"`)}`;
    return [
      ...words.map(({ word, what }) => `${begin} -f -a ${word} -d ${quoted(what)}`),
      ...options.map(({ long, required, argChoices, description }) => {
        const value = argChoices ? ` -x -a ${quoted(argChoices.join(' '))}` : required ? ' -r -F' : '';
        return `${begin} -l ${long?.slice(2)}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completion of optiid-audit for fish.
function __optiid_audit_at
  set -l place ''
  for each in (commandline -opc)[2..]
    switch "$place $each"
      case ${steps(places).join(' ')}
        set place (string trim -- "$place $each")
    end
  end
  test "$place" = "$argv[1]"
end
${lines.join('\n')}
`;
}
