import type { Command } from 'commander';
import type { Surroundings } from '../compose.ts';
import { type CommonFlags, jsonOption, noColorOption, outOption, quietOption } from './options.ts';

export function addDemo(
  program: Command,
  surroundings: Surroundings,
  exitWith: (code: number) => void,
): void {
  program
    .command('demo')
    .description(
      'audit a sample org: an Okta stand-in and an Opti ID store on this machine, nothing to set up',
    )
    .addOption(outOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(noColorOption())
    .action(async (flags: CommonFlags) => exitWith(await demo(flags, surroundings)));
}

/** The demo's own findings are what it is for, so it ends with code 0 unless it could not be run. */
async function demo(flags: CommonFlags, surroundings: Surroundings): Promise<number> {
  const [
    { auditRun, bothSides, PLAIN_AUDIT },
    { printRun },
    sandbox,
    { startStoreSandbox },
    { sampleWorld },
    { loadConfig },
  ] = await Promise.all([
    import('../compose.ts'),
    import('./print-run.ts'),
    import('../../src/sandbox/okta-server.ts'),
    import('../../src/sandbox/store.ts'),
    import('../../src/sandbox/sample-world.ts'),
    import('../../src/config/settings.ts'),
  ]);
  const world = sampleWorld(surroundings.now());
  const okta = await sandbox.startOktaSandbox(world.okta);
  try {
    const store = await startStoreSandbox(world.store);
    try {
      const audit = {
        ...world.settings,
        lagMinutes: 60,
        logDays: 7,
        reportsDir: flags.out ?? 'reports',
      };
      const { dir, run, findings } = await auditRun(
        {
          job: 'precutover',
          from: {
            sources: bothSides(
              { orgUrl: okta.url, credentials: { mode: 'SSWS', token: okta.token }, budgetPercent: 50 },
              { databaseUrl: store.url, schema: 'opti_id', organizationId: world.organizationId },
            ),
            audit,
          },
          reportsDir: audit.reportsDir,
          ...PLAIN_AUDIT,
          failOn: 'error',
          brakes: loadConfig({}, { okta: false, store: false }).brakes,
          speech: { quiet: flags.quiet === true },
        },
        surroundings,
      );
      await printRun({ dir, run, findings }, flags, surroundings);
    } finally {
      await store.close();
    }
  } finally {
    await okta.close();
  }
  return 0;
}
