import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATASET_NAMES } from '../../../src/domain/dataset.ts';
import { openSnapshot, type Snapshot } from '../../../src/snapshot/open-snapshot.ts';
import { readRows } from '../../../src/snapshot/read-rows.ts';
import { JUDGED_FILES } from './cli.ts';

async function rowsOf(snapshot: Snapshot): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const name of DATASET_NAMES) {
    rows[name] = [];
    if (snapshot.manifest.datasets[name].sha256 === null) continue;
    for await (const row of readRows(snapshot.path(name))) rows[name]?.push(JSON.stringify(row));
    rows[name]?.sort();
  }
  return rows;
}

/** What a run says, but for the moment at which it was made. */
export async function said(dir: string): Promise<unknown> {
  const snapshot = await openSnapshot(dir);
  const { manifest } = snapshot;
  const files = JUDGED_FILES.filter(
    (file) => /^(?!run|plan).*csv$/u.test(file) && existsSync(join(dir, file)),
  ).map((file) => [file, readFileSync(join(dir, file), 'utf8').replaceAll(manifest.began, '[began]')]);
  const states = DATASET_NAMES.map((name) => {
    const { completeness, reason, rows, requests } = manifest.datasets[name];
    return [name, completeness, reason, rows, requests];
  });
  return { files, states, rows: await rowsOf(snapshot) };
}
