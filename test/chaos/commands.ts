import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decrypter } from 'age-encryption';
import { unpackTar } from 'modern-tar';
import { readRun } from '../cli/support/cli.ts';
import { said } from '../cli/support/said.ts';
import { leaveRun } from '../support/leave-run.ts';
import { type After, type ChaosCommand, newRuns } from './command.ts';

const firstRun = async ({ desk, template }: After) => {
  const [first] = newRuns(desk, template);
  return first === undefined ? null : await said(first);
};

const OLD_RUNS = 4;

/** Leaves older runs for `runs prune`, without auditing anything. */
export async function leaveOldRuns(reportsDir: string, org: string): Promise<void> {
  for (let day = 1; day <= OLD_RUNS; day += 1) {
    await leaveRun({ reportsDir, org, started: new Date(Date.UTC(2026, 0, day, 3)), job: 'precutover' });
  }
}

export const COMMANDS: readonly ChaosCommand[] = [
  {
    name: 'collect',
    args: () => ['collect'],
    resumes: true,
    codes: [0],
    asks: ['Okta', 'the store'],
    left: firstRun,
  },
  {
    name: 'precutover',
    args: () => ['precutover'],
    isLong: true,
    resumes: true,
    codes: [1],
    asks: ['Okta', 'the store'],
    left: firstRun,
  },
  {
    name: 'drift, and its notification',
    args: () => ['drift'],
    isLong: true,
    resumes: true,
    codes: [1],
    asks: ['Okta', 'the store', 'the webhook'],
    left: firstRun,
  },
  {
    name: 'precutover --snapshot',
    args: () => ['precutover', '--snapshot', 'snapshot'],
    isLong: true,
    codes: [1],
    asks: [],
    left: firstRun,
  },
  {
    name: 'confirm',
    args: ({ email }) => ['confirm', 'user-added', email],
    codes: [0, 1, 3],
    asks: ['Okta'],
    prints: true,
    // What was printed by a process that was killed may be half.
    left: ({ ending: { code, stdout } }) =>
      code === null || code === 2 ? null : stdout.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/gu, '[time]'),
  },
  {
    name: 'plan --out',
    args: () => ['plan', '--out', 'plan'],
    codes: [0],
    asks: [],
    left: ({ desk: { folder } }) =>
      existsSync(join(folder, 'plan/plan.md'))
        ? ['plan.csv', 'plan.json', 'plan.md'].map((name) =>
            // How old the data is, is told in one of them.
            readFileSync(join(folder, 'plan', name), 'utf8').replaceAll(
              /\d+ (seconds?|minutes?|hours?)/gu,
              '[time]',
            ),
          )
        : null,
  },
  {
    name: 'waive',
    args: ({ findingId }) => [
      'waive',
      findingId,
      '--owner',
      'Ada',
      '--reason',
      'why',
      '--until',
      '2126-12-31',
    ],
    codes: [0],
    asks: [],
    left: ({ desk: { folder }, named: { findingId } }) => {
      const text = readFileSync(join(folder, 'waivers.csv'), 'utf8');
      return text.includes(findingId) ? text : null;
    },
  },
  {
    name: 'runs prune',
    args: () => ['runs', 'prune', '--keep', '1'],
    codes: [0],
    asks: [],
    removes: true,
    left: ({ desk: { reports } }) => {
      const names = readdirSync(reports)
        .flatMap((org) => readdirSync(join(reports, org)))
        .sort();
      return names.length > 2 ? null : names;
    },
  },
  {
    name: 'share --to',
    args: ({ recipient }) => ['share', '--to', recipient, '--file', 'run.tar.age'],
    codes: [0],
    asks: [],
    left: async ({ desk: { folder }, named: { identity } }) => {
      const path = join(folder, 'run.tar.age');
      if (!existsSync(path)) return null;
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      const entries = await unpackTar(await decrypter.decrypt(readFileSync(path)));
      return entries.map(({ header, data }) => [header.name, data?.length]);
    },
  },
  {
    name: 'share --redact',
    args: () => ['share', '--redact', '--file', 'copy'],
    isLong: true,
    codes: [0],
    asks: [],
    left: ({ desk: { folder } }) => {
      const copy = join(folder, 'copy');
      if (!existsSync(copy)) return null;
      // The key, and so each name in it, is another one on each desk.
      const { verdict, rules, counts, files } = readRun(copy);
      return {
        verdict,
        rules: Object.entries(rules).map(([rule, { outcome }]) => [rule, outcome]),
        counts,
        files,
      };
    },
  },
  {
    name: 'demo',
    args: () => ['demo'],
    codes: [0],
    asks: [],
    forgets: true,
    isLong: true,
    left: ({ desk, template, ending: { code } }) => {
      if (code !== 0) return null;
      const last = newRuns(desk, template)
        .sort((a, b) => lstatSync(a).mtimeMs - lstatSync(b).mtimeMs)
        .slice(-3);
      return last.map((dir) => {
        const { job, verdict, counts } = readRun(dir);
        return { job, verdict, counts };
      });
    },
  },
];
