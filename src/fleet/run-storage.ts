import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { AuditError, SettingsError } from '../domain/errors.ts';
import type { Job } from '../domain/rule.ts';
import { runsOfOrg } from '../runs/find-runs.ts';
import { type AuditFolder, isAudit, RUN_NAME, refusalOf } from '../runs/read-run.ts';
import type { Fleet } from './fleet-file.ts';
import { resolveOne, type SecretPlaces } from './secrets.ts';

/** Where runs are kept. Audits always run on a folder; with S3 that is this machine's copy. */
export interface RunStorage {
  /** The reports folder of audits. */
  folder: string;
  /** Brings what an audit of the org compares with onto this machine. */
  prepare(org: string): Promise<void>;
  /** Keeps a run; returns where it is. */
  keep(org: string, run: string): Promise<string>;
  /** A run that a lost worker left: of this job, begun since, whole. */
  findSince(org: string, job: Job, since: Date): Promise<AuditFolder | null>;
}

/** The storage that `fleet.yaml` names. */
export async function openStorage(fleet: Fleet, env: SecretPlaces['env']): Promise<RunStorage> {
  const { runs: folder, s3 } = fleet;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const local: RunStorage = {
    folder,
    prepare: async () => {},
    keep: async (org, run) => `${org}/${run}`,
    async findSince(org, job, since) {
      const { runs } = await runsOfOrg(join(folder, org), null);
      for (const run of runs.reverse()) {
        if (!isAudit(run) || run.run.job !== job || new Date(run.run.snapshot.began) < since) continue;
        if ((await refusalOf(run)) === null) return run;
      }
      return null;
    },
  };
  if (s3 === null) return local;
  const places = { env, folder: fleet.folder };
  const keys = await Promise.all([
    resolveOne(s3.access_key, places, 's3.access_key'),
    resolveOne(s3.secret_key, places, 's3.secret_key'),
  ]);
  const [accessKeyId, secretAccessKey] = keys;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') {
    throw new SettingsError(keys.filter((key) => typeof key !== 'string'));
  }
  const { S3mini } = await import('s3mini');
  const bucket = new S3mini({ accessKeyId, secretAccessKey, endpoint: s3.endpoint, region: s3.region });
  const prefix = s3.prefix === undefined ? '' : `${s3.prefix}/`;
  return inBucket(local, bucket, prefix, s3.endpoint.replace(/\/$/u, ''));
}

type Bucket = import('s3mini').S3mini;

const RUN_FILE = 'run.json';
/** Small files go in one request, larger ones in parts. */
const IN_ONE_BYTES = 8 * 1024 * 1024;
/** Runs that an audit may compare with: the newest, and the last complete one of each job. */
const NEWEST = 3;

function inBucket(local: RunStorage, bucket: Bucket, prefix: string, address: string): RunStorage {
  const { folder } = local;
  /** Keys of an org's whole runs, by run; those without `run.json` are still being written, or nobody finished them. */
  const listed = async (org: string) => {
    const objects = await explain(() => bucket.listObjects('/', `${prefix}${org}/`));
    if (objects === null) throw unusable('the bucket is not there');
    const runs = new Map<string, string[]>();
    for (const { Key } of objects) {
      const [name = '', ...path] = Key.slice(prefix.length + org.length + 1).split('/');
      if (RUN_NAME.test(name)) runs.set(name, [...(runs.get(name) ?? []), path.join('/')]);
    }
    return new Map(
      [...runs].filter(([, files]) => files.includes(RUN_FILE)).sort(([a], [b]) => (a < b ? 1 : -1)),
    );
  };
  const fetchRun = async (org: string, name: string, files: readonly string[]) => {
    const to = join(folder, org, name);
    if ((await stat(to).catch(() => null)) !== null) return;
    const unfinished = join(folder, org, `.fetching-${process.pid}-${name}`);
    for (const file of files) {
      // Whoever may write to the bucket must not write elsewhere on this machine.
      if (!/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/u.test(file)) continue;
      const path = join(unfinished, file);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const response = await explain(() => bucket.getObjectResponse(`${prefix}${org}/${name}/${file}`));
      if (response?.body == null) throw unusable(`${file} of the run ${name} is not there`);
      await pipeline(
        Readable.fromWeb(response.body as ReadableStream),
        createWriteStream(path, { mode: 0o600 }),
      );
    }
    await rename(unfinished, to).catch(() => rm(unfinished, { recursive: true, force: true }));
  };
  return {
    folder,
    async prepare(org) {
      const runs = await listed(org);
      const names = [...runs.keys()];
      const wanted = new Set(names.slice(0, NEWEST));
      const seen = new Set<string>();
      for (const name of names) {
        const job = RUN_NAME.exec(name)?.[7] ?? '';
        if (seen.has(job)) continue;
        const run = await explain(() =>
          bucket.getObjectJSON<{ complete?: boolean; baseline?: string | null }>(
            `${prefix}${org}/${name}/${RUN_FILE}`,
          ),
        );
        if (run?.complete !== true) continue;
        seen.add(job);
        wanted.add(name);
        if (typeof run.baseline === 'string' && runs.has(run.baseline)) wanted.add(run.baseline);
      }
      for (const name of wanted) await fetchRun(org, name, runs.get(name) ?? []);
    },
    async keep(org, name) {
      const from = join(folder, org, name);
      const files = (await readdir(from, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(from.length + 1)
            .split(sep)
            .join('/'),
        )
        // Whoever sees run.json finds the rest.
        .sort((a, b) => Number(a === RUN_FILE) - Number(b === RUN_FILE));
      for (const file of files) {
        const path = join(from, file);
        const { size } = await stat(path);
        const key = `${prefix}${org}/${name}/${file}`;
        await explain(async () => {
          if (size <= IN_ONE_BYTES) await bucket.putObject(key, await readFile(path));
          else {
            const stream = Readable.toWeb(createReadStream(path)) as unknown as globalThis.ReadableStream;
            await bucket.putAnyObject(key, stream, undefined, undefined, undefined, size);
          }
        });
      }
      return `${address}/${prefix}${org}/${name}`;
    },
    async findSince(org, job, since) {
      for (const [name, files] of await listed(org)) {
        if (RUN_NAME.exec(name)?.[7] === job) await fetchRun(org, name, files);
        break;
      }
      return local.findSince(org, job, since);
    },
  };
}

async function explain<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
}

function unusable(why: string, cause?: unknown): AuditError {
  return new AuditError(`The storage of runs cannot be used: ${why}.`, {
    hint: 'Check s3 in fleet.yaml: endpoint with the bucket, region, and keys that may list, read and write.',
    cause,
  });
}
