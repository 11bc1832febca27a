import { describe, expect, it } from 'vitest';
import { type CheckSubject, failed, passed, undecided, warned } from '../../../src/domain/check.ts';
import { renderChecks } from '../../../src/report/text/doctor-text.ts';

const TOKEN: CheckSubject = { id: 'okta.credentials', group: 'okta', title: 'Credentials' };
const USERS: CheckSubject = { id: 'okta.read.users', group: 'okta', title: 'Reads users' };
const APPS: CheckSubject = { id: 'okta.read.apps', group: 'okta', title: 'Reads apps' };
const ROLE: CheckSubject = { id: 'opti-id.read-only', group: 'opti-id', title: 'Role may only read' };
const DISK: CheckSubject = { id: 'machine.disk', group: 'machine', title: 'Disk' };
const GRANT = { who: 'Okta super admin', how: 'Grant it.' } as const;

describe('the table of doctor', () => {
  it('shows every check by group, then each thing to do once with who does it, then the verdict', () => {
    const text = renderChecks(
      [
        passed(DISK, '9 GB free'),
        passed(TOKEN, 'taken'),
        failed(USERS, 'HTTP 403', GRANT),
        failed(APPS, 'HTTP 403', GRANT),
        warned(ROLE, 'could write', { who: 'owner of the store', how: 'Run:\nrevoke insert on a from b;' }),
      ],
      { color: false },
    );
    expect(text).toBe(`Okta
  ✓  Credentials         taken
  ✗  Reads users         HTTP 403
  ✗  Reads apps          HTTP 403

Opti ID
  !  Role may only read  could write

This machine
  ✓  Disk                9 GB free

To fix:
  ✗ Reads users, Reads apps (Okta super admin):
      Grant it.

To look at:
  ! Role may only read (owner of the store):
      Run:
      revoke insert on a from b;

Not ready: 2 checks failed; 1 warning.
`);
  });

  it('says what is unknown, and calls that ready', () => {
    const text = renderChecks([passed(TOKEN, 'taken'), undecided(USERS, 'nobody knows')], { color: false });
    expect(text).toContain('  ?  Reads users  nobody knows');
    expect(text).toMatch(/\nReady: nothing failed; 1 check is unknown\.\n$/);
    expect(text).not.toContain('To check by hand');
  });

  it('says once what keeps many checks from being made', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((id) =>
      undecided({ id, group: 'okta', title: `Check ${id}` }, 'not asked: no org'),
    );
    const text = renderChecks([passed(TOKEN, 'taken'), ...many], { color: false });
    expect(text).toContain('  ?  Check a and 4 more  not asked: no org\n');
    expect(text).not.toContain('Check b');
    expect(text).toContain('5 checks are unknown');
    expect(renderChecks(many.slice(0, 3), { color: false })).toContain('  ?  Check c  not asked: no org\n');
  });

  it('shows what a directory says as text and nothing else', () => {
    const text = renderChecks(
      [
        failed(TOKEN, 'app "\u001b[31mevil\u202e"', {
          who: 'Okta admin',
          how: 'Look at \u001b]0;title\u0007.',
        }),
      ],
      { color: false },
    );
    expect(text).toContain('app "\\u{1b}[31mevil\\u{202e}"');
    expect(text).toContain('Look at \\u{1b}]0;title\\u{7}.');
    expect(text).not.toContain('\u001b');
  });

  it('has colours where they help', () => {
    const shown = (outcome: Parameters<typeof renderChecks>[0]) => renderChecks(outcome, { color: true });
    expect(shown([failed(TOKEN, 'no', GRANT)])).toContain('\u001b[31m✗\u001b[39m');
    expect(shown([passed(TOKEN, 'yes')])).toContain('\u001b[32m✓\u001b[39m');
    expect(shown([undecided(TOKEN, 'who knows')])).toContain('\u001b[33m?\u001b[39m');
  });
});
