import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DATASET_NAMES, type DatasetName } from '../../src/domain/dataset.ts';
import { isReservedName, looksReserved } from '../../src/domain/names.ts';
import { JOBS, type Job } from '../../src/domain/rule.ts';
import { Pseudonyms } from '../../src/share/pseudonyms.ts';
import { redactMemory, redactSnapshot, takeInventory } from '../../src/share/redact-snapshot.ts';
import { openSnapshot, type Snapshot } from '../../src/snapshot/open-snapshot.ts';
import { filesBelow } from '../cli/support/cli.ts';
import { toWorld } from '../oracle/compare.ts';
import { generateOrgPair } from '../oracle/generate.ts';
import type { OrgPair } from '../oracle/org-pair.ts';
import { type JudgedAnalysis, judgeSnapshot } from '../support/analyse.ts';

const FIRST_SEED = Number(process.env.SHARE_SEED ?? 1);
const SEEDS = Array.from({ length: Number(process.env.SHARE_SEEDS ?? 3) }, (_, index) => FIRST_SEED + index);
const KEY = Buffer.alloc(32, 3);

/** Every finding by its rule and ids, every outcome and every situation: what a redacted copy must not change. */
function linesOf(
  { findings, rules, groups, users }: JudgedAnalysis,
  id: (id: string | null) => string | null,
): string[] {
  return [
    ...findings.map(({ rule, okta_id, opti_id }) => `finding ${rule} ${id(okta_id)}/${id(opti_id)}`),
    ...rules.map(({ rule, outcome, findings: count }) => `rule ${rule} ${outcome} ${count}`),
    ...groups.map((row) => `group ${id(row.okta_group_id)}/${id(row.opti_group_id)} ${row.situation}`),
    ...users.map((row) => `user ${id(row.okta_user_id)}/${id(row.opti_user_id)} ${row.situation}`),
  ].sort();
}

async function withCopy(
  pair: OrgPair,
  look: (original: Snapshot, copy: Snapshot, pseudonyms: Pseudonyms) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-redacted-'));
  try {
    const original = await toWorld(pair).seal(join(folder, 'original'));
    const inventory = await takeInventory(original, pair.memory);
    const pseudonyms = new Pseudonyms(KEY, original.manifest.org, inventory);
    await redactSnapshot(original, join(folder, 'copy'), pseudonyms, inventory);
    await look(original, await openSnapshot(join(folder, 'copy')), pseudonyms);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Texts of the org that name a person, a group, an app or an id, as long as no other word can be mistaken for one. */
function tellingTexts(pair: OrgPair): Set<string> {
  const telling = new Set<string>();
  const columns =
    /(?:_id|^email|^login|^user_name|^first_name|^last_name|^label|^nickname|^alternate_id|^display_name|^description)$/u;
  for (const name of DATASET_NAMES) {
    for (const row of pair.rows[name] as unknown as Record<string, unknown>[]) {
      const objects = [row, ...((row.targets as Record<string, unknown>[] | undefined) ?? [])];
      for (const [column, value] of objects.flatMap((object) => Object.entries(object))) {
        const isName = columns.test(column) || (column === 'name' && name.endsWith('roups'));
        if (!isName || typeof value !== 'string' || value.trim().length < 4) continue;
        // An instance may be called by its product.
        if (pair.rows['optiId.productInstances'].some(({ product }) => product === value)) continue;
        if (!isReservedName(value) && !looksReserved(value)) telling.add(value);
      }
    }
  }
  return telling;
}

describe('a redacted copy of a random org pair', () => {
  it.each(SEEDS)('gives the findings, outcomes and situations of the original: seed %i', async (seed) => {
    const pair = generateOrgPair(seed);
    await withCopy(pair, async (original, copy, pseudonyms) => {
      const memory = redactMemory(pair.memory, pseudonyms);
      const asTold = (id: string | null) => id && pseudonyms.of('id', id);
      const judge = (snapshot: Snapshot, job: Job, remembered = pair.memory) =>
        judgeSnapshot(snapshot, job, { threads: 1, memory: remembered });
      for (const job of JOBS) {
        const expected = linesOf(await judge(original, job), asTold);
        const found = linesOf(await judge(copy, job, memory), (id) => id);
        expect(found, `seed ${seed}, ${job}`).toEqual(expected);
      }
    });
  });

  it.each(SEEDS)('says as much and as completely, and no name, e-mail or id of it: seed %i', async (seed) => {
    const pair = generateOrgPair(seed);
    await withCopy(pair, async (original, copy) => {
      for (const name of DATASET_NAMES as readonly DatasetName[]) {
        const { completeness, rows, requests, began, ended } = original.manifest.datasets[name];
        expect(copy.manifest.datasets[name]).toMatchObject({ completeness, rows, requests, began, ended });
      }
      const { began, ended } = original.manifest;
      expect(copy.manifest).toMatchObject({ began, ended });
      const texts = filesBelow(copy.dir)
        .filter((path) => /\.(?:gz|json)$/u.test(path))
        .map((path) => readFileSync(join(copy.dir, path)))
        .map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8'));
      const left = [...tellingTexts(pair)].filter((text) =>
        texts.some((all) => all.includes(JSON.stringify(text).slice(1, -1))),
      );
      expect(left).toEqual([]);
      expect(tellingTexts(pair).size).toBeGreaterThan(10);
    });
  });
});
