import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type TypeScript from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In the package, so that the program finds its name and its libraries as it does in `dist`. Not in git. */
const BUILDS = join(ROOT, '.test-build');
/** Counts up where the same sources are compiled otherwise. */
const COMPILER = '1';
/** A build of other sources may still serve tests that began before a change. */
const KEPT_MS = 24 * 3_600_000;

/** Everything that goes into a build, by path: what is compiled, and how. */
function readInputs(): Map<string, string> {
  const sources = ['cli', 'src'].flatMap((folder) =>
    (readdirSync(join(ROOT, folder), { recursive: true }) as string[])
      .map((path) => join(folder, path))
      .filter((path) => /(?<!\.d)\.tsx?$/u.test(path)),
  );
  const settings = ['tsconfig.json', 'package-lock.json'];
  return new Map(
    [...sources, ...settings].sort().map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
  );
}

function nameOf(inputs: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256').update(COMPILER);
  for (const [path, text] of inputs) hash.update(`\0${path}\0${text}`);
  return hash.digest('hex').slice(0, 16);
}

function removeOldBuilds(): void {
  for (const name of readdirSync(BUILDS)) {
    const folder = join(BUILDS, name);
    const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > KEPT_MS) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The executable, compiled from the sources as they are now; returns its path. A build bears the hash of what it is
 * made of, so it is never stale, and is made once however many tests start it. Types are not looked at here.
 */
export function builtProgram(): string {
  const inputs = readInputs();
  const folder = join(BUILDS, nameOf(inputs));
  const program = join(folder, 'cli', 'program.js');
  if (existsSync(program)) return program;
  mkdirSync(BUILDS, { recursive: true });
  removeOldBuilds();
  // Loaded only here: that takes longer than most tests, and most workers find the program made.
  const ts: typeof TypeScript = createRequire(import.meta.url)('typescript');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const unfinished = mkdtempSync(join(BUILDS, 'unfinished-'));
  for (const [path, text] of inputs) {
    // Declarations alone leave no program.
    if (!/\.tsx?$/u.test(path) || path.endsWith('.d.ts')) continue;
    const { outputText } = ts.transpileModule(text, {
      // One file at a time, the compiler does not see that the package's modules are modules.
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext, noEmit: false },
      fileName: join(ROOT, path),
    });
    const target = join(unfinished, path.replace(/\.tsx?$/u, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another worker was faster, with the same sources.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}
