import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.ts';
import { isBeside } from '../../src/config/beside.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { World } from '../support/world.ts';
import { Desk, runContextIn } from './support/cli.ts';

let desk: Desk;
let bundle: string;
beforeAll(async () => {
  desk = await Desk.open();
  bundle = join(desk.folder, 'bundle');
  const world = new World();
  world.pushedGroup('Editors', [world.person()]);
  await world.seal(join(bundle, 'snapshot'));
});
afterAll(() => desk.close());

describe('a snapshot of somebody else', () => {
  it('is judged without a word to the webhook, whatever the settings say', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const AUDIT_NOTIFY_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    try {
      const ending = await desk.audit('precutover', { AUDIT_NOTIFY_URL }, { snapshot: bundle });
      expect(ending.stdout).toContain('Findings: ');
      const failing = desk.audit(
        'precutover',
        { AUDIT_NOTIFY_URL },
        { snapshot: desk.reports, baseline: 'x' },
      );
      await expect(failing).rejects.toThrow();
      expect(asked).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('and a webhook that is asked for at the same time is a contradiction', () => {
    for (const command of COMMANDS.filter(({ options }) => 'notify' in options)) {
      expect(command.options.snapshot?.conflicts).toEqual(expect.arrayContaining(['notify', 'notifyNames']));
    }
  });
});

describe('a .env beside what somebody sent', () => {
  const need = { okta: false, store: false } as const;
  const reportsIn = async (cwd: string, flags: Parameters<typeof readConfig>[2], env = {}) => {
    const { said, context } = runContextIn(cwd, { env });
    const { audit } = await readConfig(context, need, flags);
    return { reports: audit.reportsDir, said: said.stderr };
  };

  it('is not read: in the folder, below it, next to it, through a link; and that is said', async () => {
    const link = join(desk.folder, 'link');
    symlinkSync(bundle, link);
    mkdirSync(join(bundle, 'snapshot', 'okta', 'deep'), { recursive: true });
    for (const [cwd, snapshot] of [
      [bundle, '.'],
      [bundle, 'snapshot'],
      [join(bundle, 'snapshot'), bundle],
      [join(bundle, 'snapshot', 'okta', 'deep'), '../../..'],
      [desk.folder, 'bundle'],
      [desk.folder, link],
      [link, join(bundle, 'snapshot')],
    ] as const) {
      writeFileSync(join(cwd, '.env'), 'AUDIT_REPORTS_DIR=/from/the/file\nthis is no setting\n');
      const { reports, said } = await reportsIn(
        cwd,
        { snapshot },
        { AUDIT_REPORTS_DIR: '/from/the/environment' },
      );
      expect(reports).toBe('/from/the/environment');
      expect(said).toContain('.env is not read, because it lies beside');
      expect((await reportsIn(cwd, { run: snapshot, out: '/from/the/flag' })).reports).toBe('/from/the/flag');
    }
  });

  it('is read where it is that of the place one works in', async () => {
    const other = join(desk.folder, 'work');
    mkdirSync(join(other, 'received', 'run'), { recursive: true });
    writeFileSync(join(other, '.env'), 'AUDIT_REPORTS_DIR=/mine\n');
    for (const flags of [
      {},
      { snapshot: 'received/run' },
      { run: '20261101T030000Z-drift' },
      { snapshot: bundle },
    ]) {
      expect(await reportsIn(other, flags)).toEqual({ reports: '/mine', said: '' });
    }
    expect(await isBeside(other, 'received-more')).toBe(false);
    mkdirSync(join(desk.folder, 'bundle-of-mine'));
    expect(await isBeside(join(desk.folder, 'bundle-of-mine'), bundle)).toBe(false);
  });
});
