import { describe, expect, it } from 'vitest';
import { printRun } from '../../cli/commands/print.ts';
import { silently } from '../../cli/dev/sample.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import type { LogEntry } from '../../src/runtime/run-context.ts';
import { notRead, sampleManifest, sampleRun } from '../report/sample-run.ts';

/** What a run prints and says where somebody asked for silence. */
function quietly(run: RunSummary): { printed: string; said: LogEntry[] } {
  const printed: string[] = [];
  const said: LogEntry[] = [];
  const context = {
    ...silently('/reports'),
    stdout: (text: string) => void printed.push(text),
    say: (entry: LogEntry) => void said.push(entry),
  };
  printRun({ dir: '/reports/acme/run', run, findings: [] }, { quiet: true }, context);
  return { printed: printed.join(''), said };
}

describe('a run of whoever asked for silence', () => {
  it('says in one line on stderr that not everything was read', () => {
    const manifest = sampleManifest(notRead('okta.users', 'partial', 'Okta answered 403.'));
    const { printed, said } = quietly(sampleRun({ manifest }));
    expect(printed).toBe('');
    expect(said).toEqual([
      expect.objectContaining({
        level: 'warning',
        event: 'incomplete',
        message:
          'UNKNOWN: not everything could be read, so nothing found is no proof. okta.users was read in part (1 rows): Okta answered 403. Run: acme/run',
      }),
    ]);
  });

  it('says nothing of a complete one', () => {
    expect(quietly(sampleRun())).toEqual({ printed: '', said: [] });
  });
});
