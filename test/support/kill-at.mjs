import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Counts what the process does to the disk, and sends it a signal after the nth step: `node --import` loads this before
 * the program, so the program itself has no door for it. CHAOS_AT is n, CHAOS_SIGNAL the signal (default SIGKILL), CHAOS_NOTE
 * a file that gets a line for each step. A file that is written at once is two steps, of which the first leaves half of it.
 */
const { CHAOS_AT, CHAOS_NOTE, CHAOS_SIGNAL = 'SIGKILL' } = process.env;
const at = Number(CHAOS_AT ?? 0);
const notes = CHAOS_NOTE === undefined ? null : fs.openSync(CHAOS_NOTE, 'a');
let steps = 0;

function step(what, path) {
  steps += 1;
  if (notes !== null) fs.writeSync(notes, `${what} ${path}\n`);
  if (steps === at) process.kill(process.pid, CHAOS_SIGNAL);
}

/** Wraps a function that promises. */
function after(owner, name, pathOf = (_owner, path) => path, counts = () => true) {
  const original = owner[name];
  owner[name] = async function (...given) {
    const result = await original.apply(this, given);
    if (counts(...given)) step(name, pathOf(this, ...given));
    return result;
  };
}

const writes = (_path, flags) => typeof flags === 'string' && /[wax+]/u.test(flags);

// The class of open files is not exported.
const probe = await fs.promises.open('/dev/null');
const files = Object.getPrototypeOf(probe);
await probe.close();
const paths = new WeakMap();

const { open, writeFile } = fs.promises;
fs.promises.open = async (path, flags, mode) => {
  const file = await open(path, flags, mode);
  paths.set(file, path);
  if (writes(path, flags)) step('open', path);
  return file;
};
const pathOfFile = (file) => paths.get(file) ?? '';
for (const name of ['write', 'sync', 'truncate']) after(files, name, pathOfFile);

const half = (content) => content.slice(0, Math.floor(content.length / 2));
const writeFileOfFile = files.writeFile;
files.writeFile = async function (content, ...how) {
  // The half alone is left where the process ends there.
  if (steps + 1 === at && CHAOS_SIGNAL === 'SIGKILL') await writeFileOfFile.call(this, half(content), ...how);
  step('half of', pathOfFile(this));
  await writeFileOfFile.call(this, content, ...how);
  step('writeFile', pathOfFile(this));
};
fs.promises.writeFile = async (path, content, how) => {
  if (steps + 1 === at && CHAOS_SIGNAL === 'SIGKILL') await writeFile(path, half(content), how);
  step('half of', path);
  await writeFile(path, content, how);
  step('writeFile', path);
};
for (const name of ['rename', 'link', 'mkdir', 'mkdtemp', 'rm', 'rmdir', 'copyFile']) {
  after(fs.promises, name, (_fs, path, to) => (name === 'rename' || name === 'link' ? to : path));
}

/** What streams use. */
const opened = new Map();
for (const name of ['open', 'write', 'writev']) {
  const original = fs[name];
  fs[name] = (...given) => {
    const done = given.pop();
    return original(...given, (error, ...results) => {
      if (name === 'open' && !error && writes(...given)) opened.set(results[0], given[0]);
      const path = name === 'open' ? given[0] : opened.get(given[0]);
      if (!error && path !== undefined && (name !== 'open' || writes(...given))) step(name, path);
      done(error, ...results);
    });
  };
}
syncBuiltinESMExports();
