import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verdictLines } from '../../src/report/text/verdict.ts';
import type { World } from '../support/world.ts';
import { Desk, expectRefusal, readRun } from './support/cli.ts';
import { jsonOf } from './support/json.ts';
import { night, pilot, test2 } from './support/nights.ts';

describe('on the command line', () => {
  test('runs are listed and compared, findings waived, and mistakes refused', async () => {
    const desk = await Desk.open();
    try {
      const seal = async (world: World, name: string) => (await world.seal(join(desk.folder, name))).dir;
      const before = await desk.run(['drift', '--snapshot', await seal(night(1, pilot), 'one'), '--json']);
      expect(before.code).toBe(1);
      expect(jsonOf('drift', before.stdout)).toMatchObject({ job: 'drift', exit_code: 1 });
      const two = await seal(night(2, test2), 'two');
      const after = await desk.run(['drift', '--snapshot', two]);
      expect(after.stdout).toContain('DRIFT: ');
      expect(after.stdout).toContain('Findings: 0 blockers, 1 error, 0 warnings, 0 info; 1 new, 0 known');
      expect(after.stdout).toContain('1 resolved');

      // Made again from the run, the plan knows what the run knew: its baseline is the night before.
      const last = join(
        desk.reports,
        'example.okta.com',
        readdirSync(join(desk.reports, 'example.okta.com')).sort().at(-1) ?? '',
      );
      const again = await desk.run(['plan', '--run', last, '--stale', '--json']);
      expect(again.stdout).toBe(readFileSync(join(last, 'plan.json'), 'utf8'));

      const listed = jsonOf('runs', (await desk.run(['runs', '--json'])).stdout);
      expect(listed).toMatchObject([
        { job: 'drift', verdict: 'no-go', complete: true, exit_code: 1, state: { new: 1 } },
        { job: 'drift', state: { new: 1, resolved: 1 } },
      ]);
      const shown = (await desk.run(['runs'])).stdout;
      expect(shown).toMatch(/^org +run +verdict[\s\S]*-drift +no-go +yes +1/u);
      const lines = verdictLines(readRun(last));
      expect(shown).toMatch(new RegExp(`\\n\\nexample\\.okta\\.com/${listed[1]?.name}\\n  DRIFT: 1 `, 'u'));
      expect(shown.endsWith(`\n  ${lines.join('\n  ')}\n`)).toBe(true);
      expect(listed[1]?.verdict_lines).toEqual(lines);

      const [a, b] = listed.map(({ name }) => name) as [string, string];
      const diff = await desk.run(['runs', 'diff', a, b]);
      expect(diff).toMatchObject({ code: 0, stderr: '' });
      expect(diff.stdout).toContain('1 new, 1 gone, 0 not judged, 0 changed, 0 the same');
      expect(diff.stdout).toMatch(/New:\n {2}- error group-orphaned \([0-9a-f]{16}\): Test /u);
      expect(await desk.run(['runs', 'diff'])).toEqual(diff);
      expectRefusal(await desk.run(['runs', 'diff', a, 'nowhere']));

      const id = /group-orphaned \(([0-9a-f]{16})\): Test/u.exec(diff.stdout)?.[1] ?? '';
      const waive = (finding: string, until: string) =>
        desk.run(['waive', finding, '--owner', 'Ada', '--reason', 'ticket 7', '--until', until, '--json']);
      expect(jsonOf('waive', (await waive(id, '2126-12-31')).stdout)).toMatchObject({
        rule: 'group-orphaned',
        subject: 'Test',
        expires: '2126-12-31',
      });
      expectRefusal(await waive(id, '2126-12-31'));
      expectRefusal(await waive('0123456789abcdef', '2126-12-31'));
      expectRefusal(await waive(id, '2020-01-01'));
      const waived = await desk.run(['drift', '--snapshot', two, '--waivers', 'waivers.csv']);
      expect(waived).toMatchObject({ code: 0 });
      expect(waived.stdout).toContain('CLEAN: nothing at or above error was found.');
      expect(waived.stdout).toContain('1 waived');

      const runsBefore = desk.leftBehind().length;
      expectRefusal(await desk.run(['drift', '--snapshot', two, '--waivers', 'none.csv']));
      expectRefusal(await desk.run(['drift', '--snapshot', two, '--baseline', 'nowhere']));
      expect(desk.leftBehind()).toHaveLength(runsBefore);
    } finally {
      await desk.close();
    }
  });
});
