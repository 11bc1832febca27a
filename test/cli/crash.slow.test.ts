import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeBigSnapshot } from '../bench/support/big-snapshot.ts';
import { builtProgram } from '../support/built-program.ts';
import { World } from '../support/world.ts';
import { Desk, type Ending, ROOT, startProgram } from './support/cli.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** Code that Node runs in the process before the program. */
const injected = (code: string) => ['--import', `data:text/javascript,${encodeURIComponent(code)}`];

let desk: Desk;
let program: string;
/** Clean: its code is 0 unless something goes wrong. */
let snapshot: string;

beforeAll(async () => {
  program = builtProgram();
  desk = await Desk.open();
  snapshot = join(desk.folder, 'snapshot');
  await new World().seal(snapshot);
});
afterAll(() => desk?.close());

const audit = (): string[] => ['precutover', '--snapshot', snapshot, '--fail-on', 'blocker'];
const node = (args: readonly string[], settings: Record<string, string> = {}): Promise<Ending> =>
  startProgram(process.execPath, args, desk.folder, settings).ended;

/** One clear message with a hint. */
function expectFailure({ code, stderr }: Pick<Ending, 'code' | 'stderr'>, message: RegExp): void {
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  expect(stderr).toMatch(/^Hint: .+/mu);
  expect(stderr).not.toMatch(/^\s+at |node:internal/mu);
}

describe('whatever ends the program is code 2', () => {
  it('an error that nobody caught, while the program is loaded and while it works', async () => {
    const early = (crash: string) => `const timer = setInterval(() => {
      if (process.listenerCount('uncaughtException') === 0) return;
      clearInterval(timer);
      ${crash}
    }, 1);`;
    const late = (crash: string) => `setTimeout(() => { ${crash} }, 400);`;
    for (const crash of ['throw new Error("boom")', 'Promise.reject(new Error("boom"))']) {
      for (const at of [early, late]) {
        const { code, stderr } = await node([...injected(at(crash)), program, ...audit()]);
        expect({ crash: at(crash), code }).toEqual({ crash: at(crash), code: 2 });
        expect(stderr).toContain('boom');
      }
    }
    // What was begun is cleaned up after.
    expect(desk.leftBehind().filter((path) => path.includes('.unfinished'))).toEqual([]);
  });

  it('a promise that never settles', async () => {
    const hang = 'Promise.race = () => new Promise(() => {});';
    expect((await node([...injected(hang), program, 'rules'])).code).toBe(2);
  });

  it('an output that is full', async () => {
    for (const args of [['rules', '--json'], audit()]) {
      const child = spawn(process.execPath, [program, ...args], {
        cwd: desk.folder,
        env: { PATH: process.env.PATH },
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      });
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const [code] = await once(child, 'close');
      expectFailure({ code, stderr }, /The output could not be written: ENOSPC/u);
    }
  });

  it.each([40, 64])('too few file handles (%i)', async (most) => {
    const line = `ulimit -n ${most}; exec "$0" "$@"`;
    const ending = await startProgram('sh', ['-c', line, process.execPath, program, ...audit()], desk.folder)
      .ended;
    expectFailure(ending, /EMFILE|too many open files/iu);
  });

  describe('a damaged installation', () => {
    /** A copy of the program, with the libraries but for one. */
    const copyWithout = (name: string, library?: string): string => {
      const copy = join(desk.folder, name);
      const built = dirname(dirname(program));
      cpSync(built, join(copy, 'dist'), { recursive: true });
      cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
      mkdirSync(join(copy, 'node_modules'));
      for (const each of readdirSync(join(ROOT, 'node_modules'))) {
        if (each !== library?.split('/')[0])
          symlinkSync(join(ROOT, 'node_modules', each), join(copy, 'node_modules', each));
      }
      return join(copy, 'dist', 'cli', 'program.js');
    };

    it('without a file of its own', async () => {
      const damaged = copyWithout('without-file');
      const gone = (path: string) =>
        renameSync(join(dirname(damaged), path), join(dirname(damaged), `${path}.gone`));
      gone('../src/analysis/engine/load.js');
      expectFailure(await node([damaged, ...audit()]), /installation of optiid-audit is damaged.*load\.js/u);
      gone('run-program.js');
      expectFailure(await node([damaged, '--version']), /could not be started.*run-program\.js/u);
    });

    it('without a library, and without its own package', async () => {
      expectFailure(await node([copyWithout('without-commander', 'commander'), '--help']), /commander/u);
      expectFailure(
        await node([copyWithout('without-duckdb', '@duckdb'), ...audit()]),
        /damaged.*@duckdb\/node-api/u,
      );
      const bare = copyWithout('without-package');
      renameSync(join(bare, '../../../package.json'), join(bare, '../../../package.gone'));
      const { code } = await node([bare, '--version']);
      expect(code).toBe(2);
    });
  });
});

describe('signals', { concurrent: true }, () => {
  const start = (args: readonly string[]) => {
    const child = spawn(process.execPath, args, {
      cwd: desk.folder,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const said = async (text: string) => {
      while (!stderr.includes(text)) await once(child.stderr, 'data');
    };
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
    return { child, said, ended };
  };

  it('SIGHUP stops an audit, which leaves nothing behind', async () => {
    const big = join(desk.folder, 'big');
    await writeBigSnapshot({ folder: big, users: 3_000, memberships: 20_000, stage: 'night' });
    const out = join(desk.folder, 'hung-up');
    const { child, said, ended } = start([program, 'drift', '--snapshot', big, '--out', out]);
    await said('analysing');
    await sleep(100);
    child.kill('SIGHUP');
    const { code, stderr } = await ended;
    expectFailure({ code, stderr }, /^Error: Interrupted\.$/mu);
    expect(readdirSync(desk.folder)).not.toContain('hung-up');
  });

  it('a process whose main thread hears nothing any more is ended ten seconds after the signal', async () => {
    // As native code does that does not return: from the moment at which the signal was heard.
    const deaf = `process.on('SIGTERM', () => setImmediate(() => { console.error('deaf'); for (;;); }));
      setInterval(() => {}, 1000);`;
    const { child, said, ended } = start([...injected(deaf), program, 'query', '-', '--snapshot', snapshot]);
    await sleep(1_500);
    child.kill('SIGTERM');
    await said('deaf');
    const began = performance.now();
    const { signal, stderr } = await ended;
    expect(signal).toBe('SIGKILL');
    expect(stderr).toContain('did not stop within 10 seconds');
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('and one that hangs without a signal after its time, but none that works', async () => {
    const watchdog = join(dirname(program), 'terminal', 'watchdog.js');
    const code = (work: string) => `import { startWatchdog } from ${JSON.stringify(`file://${watchdog}`)};
      startWatchdog({ start: 0, hung: 1_500, stopping: 60_000 });
      ${work}`;
    const hung = await node(['--input-type=module', '-e', code('setTimeout(() => { for (;;); }, 500);')]);
    expect(hung.code).toBeNull();
    expect(hung.stderr).toContain('did nothing for 1.5 seconds');
    const works = await node([
      '--input-type=module',
      '-e',
      code(`setTimeout(() => process.exit(7), 3_000);`),
    ]);
    expect(works).toMatchObject({ code: 7, stderr: '' });
  });
});

it('no diagnostic report holds a secret', async () => {
  const secrets = {
    OKTA_CLIENT_TOKEN: '00-secret-token',
    OPTIID_DATABASE_URL: 'postgresql://a:secret-word@localhost/opti',
    OKTA_CLIENT_PRIVATEKEY: 'secret-key',
    AUDIT_NOTIFY_URL: 'https://hooks.example/secret-hook',
  };
  const reports = join(desk.folder, 'diagnostics');
  mkdirSync(reports);
  const flags = ['--report-on-signal', '--report-uncaught-exception', `--report-directory=${reports}`];
  // Once the program is under way.
  const ask = injected(`const timer = setInterval(() => {
    if (process.listenerCount('SIGHUP') === 0) return;
    clearInterval(timer);
    process.report.writeReport();
  }, 1);`);
  await node([...flags, ...ask, program, 'query', '--tables'], secrets);
  const [report, ...others] = readdirSync(reports);
  expect(others).toEqual([]);
  const text = readFileSync(join(reports, report ?? ''), 'utf8');
  expect(text).toContain('javascriptStack');
  expect(text).not.toMatch(/secret/u);
});
