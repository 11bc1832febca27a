import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../src/domain/run.ts';
import { renderSummary } from '../../../src/report/text/summary.ts';
import { hyperlink, visibleLines, visibleText } from '../../../src/report/text/visible-text.ts';
import { notRead, sampleFinding, sampleManifest, sampleRule, sampleRun } from '../sample-run.ts';

function summaryOf(over: Partial<RunResult> = {}, color = false): string {
  return renderSummary(sampleRun(over), over.findings ?? [], 'reports/acme.okta.com/run', { color });
}

describe('the summary of a run', () => {
  it('says what was read, what was found, and last the verdict, what is next and where the run is', () => {
    expect(summaryOf()).toBe(`precutover of Acme on acme.okta.com, read 2026-11-24 03:15 UTC
  Okta     1 user, 1 app user, 1 group, 1 group member, 1 group push mapping, 1 log event; all read
  Opti ID  1 user, 1 group, 1 group member, 1 product instance, 1 group instance role; all read

Findings: 0 blockers, 0 errors, 0 warnings, 0 info

GO: nothing at or above error was found.
Next: agree on the day with Optimizely Support, audit again on its morning, and work through plan.md of that run.
Run: reports/acme.okta.com/run
`);
  });

  it('names the organization by its id where it has no name', () => {
    expect(summaryOf({ optiOrganizationName: null })).toContain('precutover of org-1 on acme.okta.com');
  });

  it('names the open blockers, and who has to act', () => {
    const text = summaryOf({
      findings: [
        sampleFinding(),
        sampleFinding({ finding_id: '1', subject: 'Gone', state: 'resolved' }),
        sampleFinding({
          finding_id: '2',
          subject: 'Ann',
          rule: 'user-name-missing',
          severity: 'error',
          who: 'Okta admin',
        }),
      ],
    });
    expect(text).toContain('\nNO-GO: 1 group must be deleted.\nAfter the plan: ');
    expect(text).toContain('Findings: 1 blocker, 1 error, 0 warnings, 0 info; 1 resolved');
    expect(text).toContain('Blockers:\n  - Editors (group-name-taken): Editors exists in the store.\n\n');
    expect(text).toContain('Next: Give findings.csv to: Okta admin, Opti ID admin.');
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
    expect(text).toContain('NOT READ COMPLETELY: groups, users');
    expect(text).toContain('Fix what could not be read');
    expect(text).not.toContain('okta.appFeatures');
    expect(text).not.toMatch(/^GO/mu);
  });

  it('says of a no-go that not all was read', () => {
    const rules = [sampleRule({ outcome: 'unknown', reason: 'x' })];
    expect(summaryOf({ findings: [sampleFinding()], rules })).toMatch(
      /^NO-GO: .* Not everything could be read\.$/mu,
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
  });

  it('is a table of rules with who acts, worst first, in which new ones are marked', () => {
    const findings = [
      sampleFinding({ finding_id: '1', state: 'known', first_seen: '2026-11-20T03:15:00.000Z' }),
      sampleFinding({ finding_id: '2', subject: 'Authors' }),
      sampleFinding({ finding_id: '3', rule: 'user-unmanaged', severity: 'warning', who: 'Okta admin' }),
    ];
    const previous = { run: 'before', began: '2026-11-23T03:15:00.000Z' };
    const text = summaryOf({ findings, previous });
    expect(text).toContain(
      '  blocker  2  1 new  group-name-taken  Opti ID admin\n  warning  1  new    user-unmanaged    Okta admin\n',
    );
    // The new ones by name; what everybody knows is counted.
    expect(text).toContain('New blockers:\n  - Authors (group-name-taken): Editors exists in the store.\n');
    expect(text).toContain('1 known blocker from earlier runs, the oldest for 4 days: Editors');
    expect(text).toContain('1 of 2 findings are new.');
    expect(summaryOf({ findings })).toContain('\n  blocker  2  group-name-taken  Opti ID admin\n');
  });

  it('leaves out what a first run cannot know', () => {
    expect(summaryOf({ findings: [sampleFinding()] })).not.toMatch(/known|resolved/u);
  });

  it('tells a cause that several unknown rules share once', () => {
    const rules = ['a', 'b'].map((rule) =>
      sampleRule({ rule, outcome: 'unknown', reason: 'okta.users fell out' }),
    );
    expect(summaryOf({ rules })).toContain('  - 2 rules did not run: okta.users fell out (a, b)\n');
  });

  it('names changed settings before it calls anything suspect', () => {
    const text = summaryOf({
      suspect: [{ dataset: 'okta.groupMembers', before: 170, now: 50 }],
      changedSettings: [{ setting: 'AUDIT_PUSH_GROUPS', before: '17 groups', now: '5 groups' }],
      isComplete: false,
    });
    const changed = text.indexOf('AUDIT_PUSH_GROUPS was 17 groups, is 5 groups.');
    expect(changed).toBeGreaterThan(0);
    expect(text.indexOf('SUSPECT INPUT')).toBeGreaterThan(changed);
    expect(text).toContain('The changed settings may be the cause.');
  });

  it('says the root cause of a night before what may follow from it', () => {
    const findings = [
      sampleFinding({ finding_id: '1', rule: 'jit-still-on', detail: 'Acme is still on JIT.' }),
      sampleFinding({ finding_id: '2', rule: 'user-not-provisioned', severity: 'error' }),
    ];
    const text = summaryOf({ job: 'drift', findings });
    expect(text).toContain(
      'The root cause first:\n  - Acme is still on JIT. (jit-still-on)\n  - 1 finding may be its consequence (user-not-provisioned).\n',
    );
    expect(text.indexOf('The root cause first')).toBeLessThan(text.indexOf('Findings:'));
  });

  it('ends with the verdict, what is next and the report, which is a link where the terminal opens one', () => {
    const run = { ...sampleRun({ findings: [sampleFinding()] }), files: ['report.html', 'run.json'] };
    const text = renderSummary(run, [sampleFinding()], 'reports/run', {
      color: true,
      link: (file, shown) => hyperlink(`file:///r/${file}`, shown),
    });
    const link = hyperlink('file:///r/report.html', 'reports/run/report.html');
    expect(text.trimEnd().split('\n').slice(-4)).toEqual([
      expect.stringContaining('NO-GO: 1 group must be deleted.'),
      expect.stringMatching(/^After the plan: /u),
      expect.stringMatching(/^Next: /u),
      `Report: ${link}`,
    ]);
    // The last gate lets the link through, and none that is not to a file.
    expect(visibleLines(text, { color: true })).toContain(link);
    expect(visibleLines(hyperlink('https://evil.example', 'x'), { color: true })).not.toContain(
      '\u001b]8;;h',
    );
  });

  it.each([40, 80, 120])('is no wider than %i columns, and what continues hangs', (columns) => {
    const long = 'word '.repeat(60).trim();
    const findings = [
      sampleFinding({ detail: long }),
      sampleFinding({ finding_id: '1', subject: '東京'.repeat(50) }),
    ];
    const text = renderSummary(sampleRun({ findings, notes: [long] }), findings, 'reports/run', {
      color: true,
      columns,
    });
    for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(text).toMatch(/\n {2}- word .*\n {4}word/u);
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
