import { copyFile, link, lstat, mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  DATASETS,
  type DatasetName,
  type DatasetState,
  datasetsOf,
  type Side,
  type SnapshotSink,
} from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import type { Journal } from '../domain/journal.ts';
import type { SealedSettings } from '../domain/manifest.ts';
import { HIDDEN_DATASETS, type OptiIdSource } from '../domain/source.ts';
import { openJournal } from './journal.ts';
import { readRows } from './read-rows.ts';
import { writeThenRename } from './write-snapshot.ts';

/** 2: pages are kept as rows of the snapshot. */
const CHECKPOINT_FORMAT = 2;
const ABOUT_FILE = 'checkpoint.json';
const JOURNAL_FILE = 'okta.journal';

/** Which collection it is: only the same one may be resumed. */
export interface CollectionIdentity {
  tool: { name: string; version: string };
  /** The audit that the collection is for, or `collect`. */
  job: string;
  org: string;
  opti_organization_id: string;
  /** Where the Opti ID side is read; null where it is not. */
  opti_id_source: OptiIdSource | null;
  /** Sides that are read. */
  sides: Side[];
  settings: SealedSettings;
}

/** What is known of a collection before its first row. */
export interface CollectionAbout extends CollectionIdentity {
  /** When it began, UTC ISO-8601; a resumed one keeps it, and with it the window of the System Log. */
  began: string;
  /** The earlier snapshot that it carries rows over from, or null. */
  since: { folder: string; hash: string } | null;
}

/** What a collection has read so far, kept while it runs. */
export interface Checkpoint {
  readonly about: CollectionAbout;
  /** True when a resumed collection would have to ask for less. */
  readonly holdsAnything: boolean;
  /** Answers of the Okta side. */
  readonly journal: Journal;
  /**
   * Runs `read`, which collects the datasets of one side into the snapshot in `folder`; or, where an earlier
   * attempt had read that side completely, gives its rows again. A store read partially is read again as a whole: rows
   * of two transactions do not make one state.
   */
  collectSide(
    side: Side,
    target: { sink: SnapshotSink; folder: string },
    read: (sink: SnapshotSink) => Promise<void>,
  ): Promise<void>;
  close(): Promise<void>;
}

/** Begins to keep what is read in `folder`, which is made with mode 0700. */
export async function beginCheckpoint(folder: string, about: CollectionAbout): Promise<Checkpoint> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeThenRename(join(folder, ABOUT_FILE), jsonBytes({ format: CHECKPOINT_FORMAT, ...about }));
  return resumeCheckpoint(folder, about);
}

/** True for a folder that holds a checkpoint; one whose process was killed before it said so holds none. */
export async function isCheckpoint(folder: string): Promise<boolean> {
  return (await lstat(join(folder, ABOUT_FILE)).catch(() => null))?.isFile() === true;
}

/** What a checkpoint says about its collection; null where there is none, or one of another version. */
export async function readCheckpoint(folder: string): Promise<CollectionAbout | null> {
  const content = await readJson<CollectionAbout & { format: number }>(join(folder, ABOUT_FILE));
  if (content === null || content.format !== CHECKPOINT_FORMAT) return null;
  const { format: _format, ...about } = content;
  return about;
}

/** True when both would read the same from the same place with the same version. */
export function isSameCollection(a: CollectionIdentity, b: CollectionIdentity): boolean {
  const key = (its: CollectionIdentity): string => {
    const { tool, job, org, opti_organization_id, opti_id_source, sides, settings } = its;
    const { scim_app, sso_app, push_groups, lag_minutes, log_days } = settings;
    const sealed = [scim_app, sso_app, push_groups, lag_minutes, log_days];
    const source = [opti_organization_id, opti_id_source];
    return JSON.stringify([tool.name, tool.version, job, org, source, [...sides].sort(), sealed]);
  };
  return key(a) === key(b);
}

/** How the reading of a dataset ended. */
type Outcome = DatasetState & { requests: number };
type Outcomes = Partial<Record<DatasetName, Outcome>>;

/** Resumes a checkpoint that {@link readCheckpoint} found. */
export async function resumeCheckpoint(folder: string, about: CollectionAbout): Promise<Checkpoint> {
  const journal = await openJournal(join(folder, JOURNAL_FILE));
  let holdsSide = false;
  return {
    about,
    get holdsAnything() {
      return journal.holdsAnything || holdsSide;
    },
    journal,
    async collectSide(side, { sink, folder: snapshotFolder }, read) {
      const kept = await readJson<Outcomes>(sideFile(folder, side));
      if (kept !== null) return replay(folder, side, kept, sink);
      const outcomes: Outcomes = {};
      await read(noting(sink, outcomes));
      if (await keepSide(folder, { side, source: about.opti_id_source }, outcomes, snapshotFolder))
        holdsSide = true;
    },
    close: () => journal.close(),
  };
}

function sideFile(folder: string, side: Side): string {
  return join(folder, `${side}.json`);
}

/** The sink, noting how each dataset ended. */
function noting(sink: SnapshotSink, outcomes: Outcomes): SnapshotSink {
  return {
    async collect(name, read) {
      let requests = 0;
      const state = await sink.collect(name, (writer) =>
        read({
          ...writer,
          countRequest: () => {
            requests += 1;
            writer.countRequest();
          },
        }),
      );
      outcomes[name] = { ...state, requests };
      return state;
    },
    notApplicable(name, reason) {
      outcomes[name] = { completeness: 'not_applicable', reason, requests: 0 };
      sink.notApplicable(name, reason);
    },
    unread(name, reason) {
      outcomes[name] = { completeness: 'unread', reason, requests: 0 };
      sink.unread(name, reason);
    },
    downgrade(name, reason) {
      const outcome = outcomes[name];
      if (outcome?.completeness === 'complete')
        outcomes[name] = { ...outcome, completeness: 'partial', reason };
      sink.downgrade(name, reason);
    },
  };
}

/** Keeps the files of a side that was read completely, under a second name: that copies nothing. */
async function keepSide(
  folder: string,
  { side, source }: { side: Side; source: OptiIdSource | null },
  outcomes: Outcomes,
  snapshotFolder: string,
): Promise<boolean> {
  const names = datasetsOf(side);
  const isWhole = names.every((name) => {
    const { completeness = 'unread', requests = 0 } = outcomes[name] ?? {};
    // What SCIM never shows is not asked for.
    const isHidden = source === 'scim' && HIDDEN_DATASETS[name] !== undefined && requests === 0;
    return completeness === 'complete' || completeness === 'not_applicable' || isHidden;
  });
  if (!isWhole) return false;
  await mkdir(join(folder, side), { recursive: true, mode: 0o700 });
  for (const name of names) {
    if (outcomes[name]?.completeness !== 'complete') continue;
    const from = join(snapshotFolder, DATASETS[name].file);
    const to = keptFile(folder, side, name);
    await rm(to, { force: true });
    await link(from, to).catch(() => copyFile(from, to));
  }
  await writeThenRename(sideFile(folder, side), jsonBytes(outcomes));
  return true;
}

function keptFile(folder: string, side: Side, name: DatasetName): string {
  return join(folder, side, basename(DATASETS[name].file));
}

async function replay(folder: string, side: Side, kept: Outcomes, sink: SnapshotSink): Promise<void> {
  for (const name of datasetsOf(side)) {
    const outcome = kept[name];
    if (outcome === undefined) throw new Error(`The checkpoint ${folder} says nothing of ${name}.`);
    if (outcome.completeness === 'not_applicable') {
      sink.notApplicable(name, outcome.reason);
      continue;
    }
    if (outcome.completeness === 'unread') {
      sink.unread(name, outcome.reason);
      continue;
    }
    await sink.collect(name, async (writer) => {
      for (let request = 0; request < outcome.requests; request += 1) writer.countRequest();
      try {
        for await (const row of readRows(keptFile(folder, side, name))) await writer.write(row);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        throw new IncompleteRead(`what was kept of ${name} cannot be read: ${error.message}`, error);
      }
    });
  }
}

async function readJson<Content>(path: string): Promise<Content | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Content;
  } catch {
    return null;
  }
}

function jsonBytes(content: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}
