import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { runAudit } from '../../../cli/commands/audit.ts';
import type { AuditFlags } from '../../../cli/commands/options.ts';
import { explainFailure } from '../../../cli/terminal/exit-codes.ts';
import { logEntryText } from '../../../cli/terminal/logger.ts';
import { showEvents } from '../../../cli/terminal/progress.ts';
import { AuditError } from '../../../src/domain/errors.ts';
import type { Job } from '../../../src/domain/rule.ts';
import type { RunSummary } from '../../../src/domain/run.ts';
import type { LogEntry, RunContext } from '../../../src/runtime/run-context.ts';
import { builtProgram } from '../../support/built-program.ts';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Made when the first test needs it. */
let program: string | undefined;

/** How a run of the executable ended, and what it said. */
export interface Ending {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCli {
  ended: Promise<Ending>;
  interrupt(): void;
  /** Ends at once, as `kill -9` does. */
  kill(): void;
  /** Goes away as `head` does. */
  closeStdout(): void;
  /** Resolves once stderr holds the text. */
  said(text: string): Promise<void>;
}

export type Settings = Readonly<Record<string, string>>;

/** A working folder with the executable in it: its `.env`, its reports, and nothing else of this machine. */
export class Desk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Desk> {
    return new Desk(await mkdtemp(join(tmpdir(), 'optiid-audit-cli-')));
  }

  /** The default reports folder. */
  get reports(): string {
    return join(this.folder, 'reports');
  }

  /** What Node is given to run the executable. */
  commandLine(args: readonly string[]): string[] {
    program ??= builtProgram();
    return [program, ...args];
  }

  start(args: readonly string[], settings: Settings = {}): RunningCli {
    return startProgram(process.execPath, this.commandLine(args), this.folder, settings);
  }

  run(args: readonly string[], settings: Settings = {}): Promise<Ending> {
    return this.start(args, settings).ended;
  }

  /**
   * An audit within this process: all that the executable does between its arguments and its exit code. For tests
   * of what an audit says; those of the executable itself start it.
   */
  async audit(job: Job, settings: Settings = {}, flags: Partial<AuditFlags> = {}): Promise<Ending> {
    const { said, context } = this.context(settings);
    const code = await runAudit(job, { failOn: 'error', out: this.reports, ...flags }, context);
    return { code, ...said };
  }

  /** What a command says within this process, and how it ends: an expected failure as the executable tells it. */
  async within(
    command: (context: RunContext) => Promise<number>,
    given: Partial<RunContext> = {},
  ): Promise<Ending> {
    const { said, context } = this.context({}, given);
    try {
      return { code: await command(context), ...said };
    } catch (error) {
      if (!(error instanceof AuditError)) throw error;
      const { exitCode, entry } = explainFailure(error);
      return { ...said, code: exitCode, stderr: `${said.stderr}${entry ? logEntryText(entry) : ''}` };
    }
  }

  /** What a command within this process has around it, and what it says there. */
  context(settings: Settings, given: Partial<RunContext> = {}): Within {
    return runContextIn(this.folder, { env: settings, ...given });
  }

  /** Every folder and file below `reports`, hidden ones included. */
  leftBehind(): string[] {
    return existsSync(this.reports) ? filesBelow(this.reports) : [];
  }

  /** The folder of the only run, which is all that is there. */
  onlyRun(reports = this.reports): string {
    const runs = readdirSync(reports).flatMap((org) =>
      readdirSync(join(reports, org)).map((run) => join(reports, org, run)),
    );
    expect(runs).toHaveLength(1);
    return runs[0] as string;
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What a command within this process has around it, and what it said so far. */
export interface Within {
  said: { stdout: string; stderr: string };
  context: RunContext;
}

/** A folder to work in, without settings, clock as usual, nobody who interrupts; or what is given in their place. */
export function runContextIn(cwd: string, given: Partial<RunContext> = {}): Within {
  const said = { stdout: '', stderr: '' };
  const say = (entry: LogEntry) => {
    said.stderr += logEntryText(entry);
  };
  const context: RunContext = {
    env: {},
    cwd,
    now: () => new Date(),
    stdout: (text) => {
      said.stdout += text;
    },
    say,
    onEvent: showEvents({ say, show: () => () => {} }, Date.now),
    color: false,
    signal: new AbortController().signal,
    hide: () => {},
    redact: (text) => text,
    ...given,
  };
  return { said, context };
}

/** Runs a program with an environment of its own: no setting and no proxy of this machine gets in. */
export function startProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  settings: Settings = {},
): RunningCli {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, TMPDIR: tmpdir(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return {
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...output })),
    interrupt: () => void child.kill('SIGINT'),
    kill: () => void child.kill('SIGKILL'),
    closeStdout: () => void child.stdout.destroy(),
    async said(text) {
      while (!output.stderr.includes(text)) await once(child.stderr, 'data');
    },
  };
}

/** Paths below a folder, those of folders included, sorted. */
export function filesBelow(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}

export function readRun(dir: string): RunSummary {
  return JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')) as RunSummary;
}

/** The rows of a report, by column. */
export function readCsv(dir: string, name: string): Record<string, string>[] {
  return parse(readFileSync(join(dir, `${name}.csv`)), { bom: true, columns: true });
}

/** The files that the same snapshot gives byte for byte, whenever it is judged. */
export const JUDGED_FILES = [
  'findings.csv',
  'findings.ndjson',
  'rules.csv',
  'groups.csv',
  'users.csv',
  'memberships.csv',
  'access.csv',
  'configuration.csv',
  'plan.csv',
  'plan.json',
  'plan.md',
  'report.html',
  'review.xlsx',
  'run.json',
] as const;

/** One clear message with a hint, never a stack; code 2. */
export function expectRefusal(ending: Ending): void {
  expect(ending).toMatchObject({ code: 2, stdout: '' });
  expect(ending.stderr).toMatch(/^Error: .+/mu);
  expect(ending.stderr).toMatch(/^Hint: .+/mu);
  expect(ending.stderr).not.toMatch(/^\s+at |This is a bug|node:internal|Exception|UnhandledPromise/mu);
}

const CLOCK = `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs';
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeFileSync(process.env.TEST_CLOCK_FILE, String((user + system) / 1000));
  });
`)}`;

/** True where others keep the processors busy, so that the clock says little about one program. */
export function isMachineBusy(): boolean {
  return (loadavg()[0] ?? 0) > availableParallelism() / 2;
}

/**
 * Runs Node and says how long that took in milliseconds: by the clock, or where the machine has more to do than
 * it has processors, in processor time.
 */
export async function timeProgram(
  args: readonly string[],
  desk: Desk,
  settings: Settings = {},
): Promise<{ ending: Ending; tookMs: number }> {
  const file = join(desk.folder, 'clock');
  const began = performance.now();
  const given = { ...settings, TEST_CLOCK_FILE: file };
  const ending = await startProgram(process.execPath, ['--import', CLOCK, ...args], desk.folder, given).ended;
  const clockMs = performance.now() - began;
  return {
    ending,
    tookMs: isMachineBusy() ? Math.min(clockMs, Number(readFileSync(file, 'utf8'))) : clockMs,
  };
}
