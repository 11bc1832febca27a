import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Desk, Ending } from '../cli/support/cli.ts';

/** What a command asks another process for. */
export type Asked = 'Okta' | 'the store' | 'the webhook';

/** What the command lines name. */
export interface Named {
  findingId: string;
  email: string;
  /** Whom a run is encrypted to, and what opens it again. */
  recipient: string;
  identity: string;
}

/** A desk on which a command has ended. */
export interface After {
  desk: Desk;
  /** What lay on the desk before. */
  template: string;
  ending: Ending;
  named: Named;
}

/** A command that is disturbed. */
export interface ChaosCommand {
  name: string;
  args: (named: Named) => readonly string[];
  /** It can go on where it was ended. */
  resumes?: true;
  /** Exit codes of an undisturbed run. */
  codes: readonly number[];
  /** Whom it asks. */
  asks: readonly Asked[];
  /** What it leaves, in a form that is the same for the same data; null while it is not there. */
  left: (after: After) => unknown;
  /** It removes runs. */
  removes?: true;
  /** It leaves nothing but what it prints. */
  prints?: true;
  /** What it left is not found again: another sandbox is another org. */
  forgets?: true;
  /** Takes long, or the same road as another one: the sample takes it for what strikes no other. */
  isLong?: true;
}

/** Names of the folders of runs, by org; hidden ones are none. */
export function runFolders(reports: string): string[] {
  if (!existsSync(reports)) return [];
  return readdirSync(reports)
    .filter((org) => !org.startsWith('.'))
    .flatMap((org) => readdirSync(join(reports, org)).map((name) => join(reports, org, name)))
    .filter((dir) => !basename(dir).startsWith('.'))
    .sort();
}

/** Runs that were not in the template, the first made first. */
export function newRuns(desk: Desk, template: string): string[] {
  const there = new Set(runFolders(join(template, 'reports')).map((dir) => basename(dir)));
  return runFolders(desk.reports).filter((dir) => !there.has(basename(dir)));
}
