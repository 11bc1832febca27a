import type { Command as Program } from 'commander';
import type { RunContext } from '../../src/runtime/run-context.ts';

/** A flag of a command. Its key among the command's options is its name among the flags that the command gets. */
export interface OptionSpec {
  /** As commander reads it: `--fail-on <severity>`, `--tables [name]`, `--no-color`. */
  flag: string;
  what: string;
  /** Throws commander's `InvalidArgumentError`. */
  parse?: (text: string) => unknown;
  choices?: readonly string[];
  default?: string;
  mandatory?: true;
  /** Names of the flags that it excludes. */
  conflicts?: readonly string[];
}

/** A word after the command: `<finding>`, `[id]` where it may be left out, `[command...]` where there may be many. */
export interface ArgumentSpec {
  name: `<${string}>` | `[${string}]`;
  what: string;
  choices?: readonly string[];
}

type Options = Readonly<Record<string, OptionSpec>>;
type Arguments = readonly ArgumentSpec[];

/** A command as data: what the program, its help, the completion and the README's table are made from. */
export interface Command {
  name: string;
  /** One line, without a full stop. */
  about: string;
  arguments: Arguments;
  options: Options;
  /** Command lines without the program's name, and what each does. */
  examples: Readonly<Record<string, string>>;
  subcommands: readonly Command[];
  /** Loads what the command does. The only lazy import: `--help` is to load none of it. */
  load: () => Promise<Run>;
}

/** Takes the arguments, the flags, the run context and the program; returns the exit code. */
// biome-ignore lint/suspicious/noExplicitAny: what a command takes is checked where it is defined
type Run = (...given: any[]) => Promise<number>;

type ValueOf<O extends OptionSpec> = O extends { parse: (text: string) => infer Value }
  ? Value
  : O extends { choices: readonly (infer Choice)[] }
    ? Choice
    : O['flag'] extends `${string}<${string}`
      ? string
      : O['flag'] extends `${string}[${string}`
        ? string | true
        : boolean;

type AlwaysGiven<All extends Options> = {
  [Name in keyof All]: All[Name] extends { default: string } | { mandatory: true } ? Name : never;
}[keyof All];

/** The flags that a command with these options gets. */
export type Flags<All extends Options> = {
  [Name in AlwaysGiven<All>]: ValueOf<All[Name]>;
} & { [Name in Exclude<keyof All, AlwaysGiven<All>>]?: ValueOf<All[Name]> };

type Words<All extends Arguments> = {
  [At in keyof All]: All[At] extends { choices: readonly (infer Choice)[] }
    ? Choice
    : All[At]['name'] extends `[${string}...]`
      ? string[]
      : All[At]['name'] extends `[${string}`
        ? string | undefined
        : string;
};

/** Checks that what a command does takes the arguments and flags that it declares. */
export function defineCommand<const A extends Arguments = [], const O extends Options = Record<never, never>>(
  command: Pick<Command, 'name' | 'about' | 'examples'> & {
    arguments?: A;
    options: O;
    subcommands?: readonly Command[];
    load: () => Promise<(...given: [...Words<A>, Flags<O>, RunContext, Program]) => Promise<number>>;
  },
): Command {
  return { arguments: [], subcommands: [], ...command };
}
