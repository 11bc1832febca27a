import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../src/domain/run.ts';
import { renderSummary } from '../../../src/report/text/summary.ts';
import { visibleText } from '../../../src/report/text/visible-text.ts';
import { notRead, sampleFinding, sampleManifest, sampleRule, sampleRun } from '../sample-run.ts';

function summaryOf(over: Partial<RunResult> = {}, color = false): string {
  return renderSummary(sampleRun(over), over.findings ?? [], 'reports/acme.okta.com/run', { color });
}

describe('the summary of a run', () => {
  it('says the verdict, the counts, what is next and where the files are', () => {
    expect(summaryOf()).toBe(`GO: nothing at or above error was found. (precutover of Acme on acme.okta.com)
Findings: 0 blockers, 0 errors, 0 warnings, 0 info

Next:
  - Agree on the day with Optimizely Support. Audit again on its morning, and work through plan.md of that run.

Files:
  reports/acme.okta.com/run
    findings.csv
    run.json
`);
  });

  it('names the organization by its id where it has no name', () => {
    expect(summaryOf({ optiOrganizationName: null })).toContain('(precutover of org-1 on acme.okta.com)');
  });

  it('names the open blockers, and who has to act', () => {
    const text = summaryOf({
      findings: [
        sampleFinding(),
        sampleFinding({ finding_id: '1', subject: 'Gone', state: 'resolved' }),
        sampleFinding({ finding_id: '2', subject: 'Ann', severity: 'error', who: 'Okta admin' }),
      ],
    });
    expect(text).toContain('NO-GO: there are findings at or above error.');
    expect(text).toContain('Findings: 1 blocker, 1 error, 0 warnings, 0 info; 1 resolved');
    expect(text).toContain('Blockers:\n  - Editors (group-name-taken): Editors exists in the store.\n\n');
    expect(text).toContain('Give findings.csv to: Okta admin, Opti ID admin.');
    expect(text).not.toContain('Gone');
  });

  it('names twenty blockers and counts the others', () => {
    const blockers = (count: number) =>
      Array.from({ length: count }, (_, n) => sampleFinding({ finding_id: `${n}`, subject: `Group ${n}` }));
    expect(summaryOf({ findings: blockers(20) })).not.toContain('more in findings.csv');
    const text = summaryOf({ findings: blockers(23) });
    expect(text.match(/^ {2}- Group /gmu)).toHaveLength(20);
    expect(text).toContain('  and 3 more in findings.csv');
  });

  it('says what is unknown and why, and never calls it clean', () => {
    const text = summaryOf({
      manifest: sampleManifest({
        ...notRead('okta.users', 'partial', 'Okta answered 403 on page 2.'),
        ...notRead('okta.groups', 'unread', 'The scope okta.groups.read is missing.'),
        ...notRead('okta.appFeatures', 'unread', 'Not shown for this app.'),
      }),
      rules: [
        sampleRule({
          rule: 'user-orphaned',
          outcome: 'unknown',
          reason: 'okta.users was not read to its end.',
        }),
      ],
    });
    expect(text).toContain('UNKNOWN: not everything could be read, so nothing found is no proof.');
    expect(text).toContain('  - okta.users was read in part (1 rows): Okta answered 403 on page 2.');
    expect(text).toContain('  - okta.groups was not read: The scope okta.groups.read is missing.');
    expect(text).toContain('  - user-orphaned did not run: okta.users was not read to its end.');
    expect(text).toContain('Fix what could not be read');
    expect(text).not.toContain('okta.appFeatures');
    expect(text).not.toMatch(/^GO/mu);
  });

  it('says of a no-go that not all was read', () => {
    const rules = [sampleRule({ outcome: 'unknown', reason: 'x' })];
    expect(summaryOf({ findings: [sampleFinding()], rules })).toMatch(
      /^NO-GO: .* Not everything could be read\. \(/u,
    );
  });

  it('tells a reason that several skipped checks share once', () => {
    const run = sampleRun({
      rules: ['a', 'b', 'c'].map((rule) =>
        sampleRule({ rule, outcome: 'skipped', reason: rule === 'b' ? 'not shown' : 'no SCIM app' }),
      ),
    });
    expect(renderSummary(run, [], 'reports/run', { color: false })).toContain(
      'Skipped checks, for you to look at:\n  - a, c: no SCIM app\n  - b: not shown\n',
    );
  });

  it('lists skipped checks to look at, and the notes', () => {
    const text = summaryOf({
      rules: [sampleRule({ rule: 'import-enabled', outcome: 'skipped', reason: 'Okta does not show it.' })],
      notes: ['Push scope: 3 groups.'],
    });
    expect(text).toContain(
      'Skipped checks, for you to look at:\n  - import-enabled: Okta does not show it.\n',
    );
    expect(text).toContain('Notes:\n  - Push scope: 3 groups.\n');
    expect(text).toContain('Look at the skipped checks by hand.');
  });

  it('is coloured only when asked', () => {
    const findings = [sampleFinding()];
    expect(summaryOf({ findings })).not.toContain('\u001b');
    expect(summaryOf({ findings }, true)).toContain('\u001b[31m');
  });
});

describe('names in a terminal', () => {
  it('show what they hide', () => {
    expect(visibleText('\u001b[2Jred\r\nA\u200BB\u202Etxt\u2028\u009b\uD800')).toBe(
      '\\u{1b}[2Jred\\u{d}\\u{a}A\\u{200b}B\\u{202e}txt\\u{2028}\\u{9b}\\u{d800}',
    );
    expect(visibleText('Zürich – 東京 😀 "x"')).toBe('Zürich – 東京 😀 "x"');
  });

  it('cannot control it, wherever they appear', () => {
    const evil = fc
      .array(fc.constantFrom('\u001b', '\u0007', '\n', '\r', '\u009b', '\u202e', '\u2028', '[31m', 'x'), {
        minLength: 1,
      })
      .map((parts) => parts.join(''));
    const lineCount = (name: string) =>
      summaryOf({
        optiOrganizationName: name,
        notes: [name],
        findings: [sampleFinding({ subject: name, detail: name })],
        rules: [
          sampleRule({ rule: 'a', outcome: 'skipped', reason: name }),
          sampleRule({ rule: 'b', outcome: 'unknown', reason: name }),
        ],
        manifest: sampleManifest(notRead('okta.users', 'partial', name)),
      });
    const plain = lineCount('x').split('\n').length;
    fc.assert(
      fc.property(evil, (name) => {
        const text = lineCount(name);
        expect(text.split('\n')).toHaveLength(plain);
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
