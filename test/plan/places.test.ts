import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PLAN_PHASES } from '../../src/domain/plan.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RUNBOOK = readFileSync(join(ROOT, 'RUNBOOK.md'), 'utf8');

/** Every text that sends somebody through a menu: the plan's, the rules' and the runbook's. */
const TEXTS = ['src/plan', 'src/rules', 'src/domain']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.ts'))
  .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const)
  .concat([['RUNBOOK.md', RUNBOOK]]);

/** Pages of the two consoles by the names that they bear today (Optimizely's and Okta's help). */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  'Opti ID Admin Center': [
    'Group Access',
    'Users',
    'Settings › Authentication › SSO',
    'Settings › Authentication › SCIM',
    'Teams',
    'Invitations',
  ],
  'Okta Admin Console': ['Applications', 'Directory › Groups', 'Directory › People', 'Dashboard › Tasks'],
  'SCIM app': [
    'Provisioning › Integration',
    'Provisioning › To App',
    'Provisioning › To Okta',
    'Assignments',
    'Push Groups',
    'Sign On',
  ],
};

test('every menu path begins at a console and leads to a page of today, by one name', () => {
  const wrong = TEXTS.flatMap(([file, text]) =>
    Object.entries(PAGES).flatMap(([console, pages]) => {
      // The app may be named in between.
      const path = new RegExp(`${console}(?: \\$\\{[^}]+\\})? › ([^\n:,;.(]+)`, 'gu');
      return [...text.matchAll(path)].flatMap(([whole, page = '']) =>
        pages.some((known) => page.startsWith(known)) || /^\$\{/u.test(page) ? [] : [`${file}: ${whole}`],
      );
    }),
  );
  expect(wrong).toEqual([]);
  const bare = TEXTS.flatMap(([file, text]) =>
    [...text.matchAll(/(?<!Opti ID )(?<!Billing › )Admin Center ›[^\n:,]*/gu)].map(
      ([found]) => `${file}: ${found}`,
    ),
  );
  expect(bare).toEqual([]);
});

test('the gates of the runbook go through the phases of the plan, in their order', () => {
  const table = RUNBOOK.slice(RUNBOOK.indexOf('| gate |'));
  const phases = [...table.matchAll(/^\| G\d+ \| ([^|]+) \|/gmu)].map(([, phase = '']) => phase);
  const ranks = phases
    .filter((phase) => phase !== '–')
    .map((phase) => PLAN_PHASES.findIndex((known) => phase === known || phase.startsWith(`${known},`)));
  expect(ranks).not.toContain(-1);
  // The first gate is the first step of the day: it stands before what was done until then.
  expect(ranks.slice(1)).toEqual([...ranks.slice(1)].sort((a, b) => a - b));
  expect(new Set(ranks).size).toBe(PLAN_PHASES.length);
});
