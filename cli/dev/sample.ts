import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allRuns } from '../../src/runs/find-runs.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { demo } from '../commands/demo.ts';

/** The moment of the samples: fixed, so that their files change only when the product does. */
export const MOMENT = new Date('2026-11-24T03:15:00.000Z');

/** Files of a run that depend on nothing but the sample org and the rules. */
const SAMPLE_FILE = /\.csv$|^findings\.ndjson$/u;

/** The files that the sample shows of the demo's audits at a fixed moment, by their path below the root. */
export async function sampleFiles(): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-sample-'));
  try {
    const { precutover, drift } = await runDemo({ ...silently(folder), now: () => MOMENT });
    return {
      ...(await filesOf(precutover, 'reports/sample')),
      ...(await filesOf(drift, 'reports/sample/drift')),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function filesOf(dir: string, shownAs: string): Promise<Record<string, string>> {
  const files = (await readdir(dir)).filter((name) => SAMPLE_FILE.test(name)).sort();
  const texts = files.map(async (file) => [`${shownAs}/${file}`, await readFile(join(dir, file), 'utf8')]);
  return Object.fromEntries(await Promise.all(texts));
}

/** Runs the demo; the folders of its last run of each job. */
export async function runDemo(context: RunContext): Promise<{ precutover: string; drift: string }> {
  const out = join(context.cwd, 'reports');
  await demo({ out }, context);
  const { runs: found } = await allRuns({ reportsDir: out, sealKey: null });
  const runs = Object.fromEntries(found.map(({ run, dir }) => [run.job, dir]));
  return { precutover: runs.precutover ?? '', drift: runs.drift ?? '' };
}

/** The context of a command that nobody watches. */
export function silently(cwd: string): RunContext {
  return {
    env: {},
    cwd,
    now: () => new Date(),
    stdout: () => {},
    say: () => {},
    onEvent: () => {},
    color: false,
    signal: new AbortController().signal,
    hide: () => {},
    redact: (text) => text,
  };
}
