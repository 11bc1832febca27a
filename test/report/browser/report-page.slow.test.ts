import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { parse } from 'csv-parse/sync';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSample } from '../../../cli/commands/demo.ts';
import { MOMENT, silently } from '../../../cli/dev/sample.ts';
import { QUESTIONS_FOR_SUPPORT } from '../../../src/report/page/questions.ts';
import { startOktaSandbox } from '../../../src/sandbox/okta-server.ts';
import { borrowStore } from '../../support/one-store.ts';
import {
  HOSTILE_GROUP,
  HOSTILE_INSTANCE,
  HOSTILE_ORGANIZATION,
  hostileWorld,
} from '../support/hostile-world.ts';
import { BROWSER_PATH, launchBrowser, type OpenedReport, openReport, WHY_SKIPPED } from './chromium.ts';

if (BROWSER_PATH === undefined) console.warn(`report.html in a browser: ${WHY_SKIPPED}`);

describe.skipIf(BROWSER_PATH === undefined)('report.html in Chromium', () => {
  let folder: string;
  let run: string;
  let browser: Browser;
  let report: OpenedReport;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'optiid-audit-page-'));
    const world = hostileWorld(MOMENT);
    const sandboxes = {
      okta: await startOktaSandbox(world.okta),
      store: await borrowStore(world.store),
    };
    try {
      const context = { ...silently(folder), now: () => MOMENT };
      const settings = {
        databaseUrl: sandboxes.store.url,
        schema: 'opti_id',
        organizationId: world.organizationId,
      };
      const sides = { okta: sandboxes.okta, store: { settings } };
      run = (await auditSample('precutover', world, sides, { out: folder }, context)).dir;
    } finally {
      await sandboxes.okta.close();
      await sandboxes.store.close();
    }
    browser = await launchBrowser();
    report = await openReport(browser, join(run, 'report.html'));
    page = report.page;
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function rowsOf(file: string): Promise<Record<string, string>[]> {
    return parse(await readFile(join(run, file), 'utf8'), { bom: true, columns: true });
  }

  const table = (name: string) => page.locator(`#table-${name}`);
  const texts = (name: string, column: string) => table(name).locator(`td.is-${column}`).allInnerTexts();
  const status = (name: string) => table(name).locator('.count').innerText();

  async function showAll(name: string): Promise<void> {
    const button = table(name).getByRole('button', { name: 'Show all' });
    if (await button.isEnabled()) await button.click();
  }

  it('opens from its file without a word on the console, an error or a request', () => {
    expect(report.complaints).toEqual([]);
  });

  it('says the verdict and what to do next before anything else', async () => {
    expect(await page.locator('main h1').innerText()).toContain('NO-GO');
    const first = await page.locator('main > :first-child').innerText();
    expect(first).toContain('What to do next');
    expect(first).toContain('Work through the plan');
    expect(await page.title()).toContain('no-go: precutover of </title><script>');
  });

  it('shows hostile names as the text that they are, and runs none of it', async () => {
    expect(await page.evaluate(() => (globalThis as { pwned?: number }).pwned)).toBeUndefined();
    expect(await page.locator('main').innerText()).toContain(HOSTILE_ORGANIZATION);
    expect(await page.locator('#blockers').innerText()).toContain(HOSTILE_GROUP);
    await table('groups').getByLabel('Search').fill('evil.example');
    await expect.poll(() => texts('groups', 'okta_group_name')).toEqual([HOSTILE_GROUP]);
    await showAll('groups');
    expect(await page.locator('#pictures').innerText()).toContain(HOSTILE_INSTANCE);
    expect(await page.locator('main img, main iframe, main object, main embed').count()).toBe(0);
    expect(report.complaints).toEqual([]);
  });

  it('lets nothing in that is not its own script: neither inline, nor by attribute, nor from elsewhere', async () => {
    const other = await openReport(browser, join(run, 'report.html'));
    const blocked = await other.page.evaluate(async () => {
      const names: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => names.push(event.effectiveDirective));
      const attempt = async (act: () => unknown) => {
        try {
          await act();
        } catch {
          names.push('thrown');
        }
      };
      await attempt(() => fetch('data:text/plain,x'));
      await attempt(() => {
        const image = document.createElement('img');
        image.src = 'https://evil.example/x.png';
        document.body.append(image);
      });
      await attempt(() => {
        document.body.innerHTML += '<b>x</b>';
      });
      await attempt(() => {
        const button = document.createElement('button');
        button.setAttribute('onclick', 'window.pwned = 6');
        document.body.append(button);
        button.click();
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { names, pwned: (globalThis as { pwned?: number }).pwned };
    });
    await other.close();
    expect(blocked.pwned).toBeUndefined();
    expect(blocked.names.filter((name) => name === 'thrown').length).toBeGreaterThanOrEqual(2);
    expect(blocked.names.join()).toMatch(/connect-src/u);
    expect(blocked.names.join()).toMatch(/img-src/u);
    expect(blocked.names.join()).toMatch(/require-trusted-types-for/u);
  });

  it('holds the rows of the CSV files, in their order', async () => {
    for (const name of ['findings', 'groups', 'users', 'memberships', 'access', 'configuration', 'rules']) {
      const rows = await rowsOf(`${name}.csv`);
      expect(await table(name).locator('.count').textContent(), name).toBe(`${rows.length} rows`);
    }
    const findings = await rowsOf('findings.csv');
    expect(await texts('findings', 'rule')).toEqual(findings.slice(0, 25).map(({ rule }) => rule));
  });

  it('filters', async () => {
    const blockers = (await rowsOf('findings.csv')).filter(({ severity }) => severity === 'blocker');
    await table('findings').getByLabel('Severity', { exact: true }).selectOption('blocker');
    await expect.poll(() => status('findings')).toMatch(new RegExp(`^${blockers.length} of`, 'u'));
    expect(new Set(await texts('findings', 'severity'))).toEqual(new Set(['blocker']));
    await table('findings').getByLabel('Rule', { exact: true }).selectOption('reserved-group-name');
    await expect
      .poll(() => texts('findings', 'rule'))
      .toEqual(['reserved-group-name', 'reserved-group-name']);
    await showAll('findings');
    expect(await status('findings')).not.toContain('of');
  });

  it('searches all columns, for every word', async () => {
    const [finding] = await rowsOf('findings.csv');
    await table('findings').getByLabel('Search').fill(`${finding?.finding_id?.toUpperCase()} blocker`);
    await expect.poll(() => status('findings')).toMatch(/^1 of/u);
    await table('findings').getByLabel('Search').fill('nothing has this word');
    await expect.poll(() => table('findings').locator('tbody').innerText()).toBe('Nothing to show.');
    await showAll('findings');
  });

  it('sorts up and down, by number where numbers are, by severity where severities are', async () => {
    const sort = (name: string, column: string) =>
      table(name).getByRole('columnheader', { name: column }).getByRole('button').click();
    await sort('groups', 'Members Opti ID');
    const numbers = () =>
      texts('groups', 'members_opti').then((cells) => cells.filter((cell) => cell !== '–').map(Number));
    await expect.poll(numbers).toEqual((await numbers()).toSorted((a, b) => a - b));
    await sort('groups', 'Members Opti ID');
    await expect.poll(numbers).toEqual((await numbers()).toSorted((a, b) => b - a));
    expect(
      await table('groups').getByRole('columnheader', { name: 'Members Opti ID' }).getAttribute('aria-sort'),
    ).toBe('descending');
    await sort('findings', 'Severity');
    await sort('findings', 'Severity');
    await expect.poll(async () => (await texts('findings', 'severity'))[0]).toBe('info');
    await showAll('findings');
    await showAll('groups');
  });

  it('turns pages', async () => {
    const findings = await rowsOf('findings.csv');
    const nav = page.getByRole('navigation', { name: 'Pages of Findings' });
    await nav.getByRole('button', { name: 'Next' }).click();
    await expect
      .poll(() => texts('findings', 'rule'))
      .toEqual(findings.slice(25, 50).map(({ rule }) => rule));
    await nav.getByLabel('Rows').selectOption('500');
    await expect.poll(() => texts('findings', 'rule')).toHaveLength(findings.length);
    await nav.getByLabel('Rows').selectOption('25');
  });

  it('leads from each finding to its rule and to its subject in the Okta Admin Console', async () => {
    const findings = await rowsOf('findings.csv');
    // The folder of an org is its host.
    const console = `https://${basename(dirname(run))}/admin`;
    await page.getByRole('navigation', { name: 'Pages of Findings' }).getByLabel('Rows').selectOption('500');
    const shown = await table('findings')
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('a')].map((link) => link.getAttribute('href') ?? '')),
      );
    expect(shown).toHaveLength(findings.length);
    for (const [at, finding] of findings.entries()) {
      const links = shown[at] ?? [];
      expect(links).toContain(`#rule-${finding.rule}`);
      const kind = { user: 'user/profile/view', membership: 'user/profile/view', group: 'group', app: 'app' }[
        String(finding.subject_type)
      ];
      if (finding.okta_id !== '' && kind !== undefined) {
        expect(links.join(' '), finding.detail).toMatch(
          new RegExp(`${console}/${kind}/(\\S*/)?${finding.okta_id}`, 'u'),
        );
      }
    }
    await table('findings').locator('a[href="#rule-reserved-group-name"]').first().click();
    await expect
      .poll(() =>
        page.locator('#rule-reserved-group-name').evaluate((rule) => (rule as HTMLDetailsElement).open),
      )
      .toBe(true);
  });

  it('opens the evidence of a finding', async () => {
    const row = table('findings').locator('tbody tr').first();
    await row.getByRole('button', { name: /^more/u }).click();
    const below = await table('findings').locator('tr.below').innerText();
    expect(below).toContain('Fix');
    expect(below).toContain('Evidence');
    await row.getByRole('button', { name: /^less/u }).click();
    expect(await table('findings').locator('tr.below').count()).toBe(0);
  });

  it('has the plan as a checklist whose ticks stay, with what each step waits for', async () => {
    const rows = await rowsOf('plan.csv');
    const steps = [...new Set(rows.map(({ step }) => step))];
    expect(await page.locator('#plan-steps ol > li').count()).toBe(steps.length);
    const waiting = rows.find(({ depends_on }) => depends_on !== '');
    expect(await page.locator(`#step-${waiting?.step} .by`).innerText()).toMatch(
      /after (?:phase|steps?) \d/u,
    );
    // A box for each subject of a step that has several.
    const [several] = steps.filter((step) => rows.filter((row) => row.step === step).length > 1);
    const boxes = page.locator(`#step-${several} .subjects input[type="checkbox"]`);
    expect(await boxes.count()).toBe(rows.filter(({ step }) => step === several).length);
    await page.locator('#step-1-done').check();
    expect(await page.locator('#plan-steps').innerText()).toContain(`1 of ${steps.length} ticked`);
    await page.reload();
    await page.locator('html[data-ready="true"]').waitFor();
    expect(await page.locator('#step-1-done').isChecked()).toBe(true);
    await page.locator('#step-1-done').uncheck();
  });

  it('explains every rule of the job and asks the nine questions', async () => {
    const rules = await rowsOf('rules.csv');
    expect(await page.locator('details.rule').count()).toBe(rules.length);
    expect(await page.locator('#questions li').count()).toBe(9);
    expect(QUESTIONS_FOR_SUPPORT).toHaveLength(9);
  });

  it('shows the rows of a bar when it is clicked', async () => {
    await page.locator('#pictures').getByRole('link', { name: 'DELETE_FIRST' }).click();
    await expect
      .poll(async () => new Set(await texts('groups', 'situation')))
      .toEqual(new Set(['DELETE_FIRST']));
    await showAll('groups');
  });

  it.each([
    { width: 1280, colorScheme: 'light' },
    { width: 360, colorScheme: 'dark' },
  ] as const)('has no violation that axe finds ($width px, $colorScheme)', async ({ width, colorScheme }) => {
    // The policy of the page lets no other script in, axe neither: it is put in by the browser itself.
    const opened = await openReport(browser, join(run, 'report.html'), {
      viewport: { width, height: 900 },
      colorScheme,
    });
    // Some of each kind: all of the rules would only take longer.
    await opened.page.evaluate(() => {
      for (const details of document.querySelectorAll('details:not(.rule)')) {
        (details as HTMLDetailsElement).open = true;
      }
      for (const rule of [...document.querySelectorAll('details.rule')].slice(0, 5)) {
        (rule as HTMLDetailsElement).open = true;
      }
    });
    await opened.page.locator('#table-findings tbody button').first().click();
    await opened.page.evaluate(axe.source);
    const violations = await opened.page.evaluate(async () => {
      const { axe: scan } = globalThis as unknown as { axe: typeof axe };
      const found = await scan.run({ resultTypes: ['violations'] });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    await opened.close();
    expect(violations).toEqual([]);
  });

  it('opens and closes all that is folded in a part with one button, which says what it does', async () => {
    const opened = await openReport(browser, join(run, 'report.html'));
    for (const [part, folded] of [
      ['#blockers', 'details.found'],
      ['#found', 'details.found'],
      ['#plan', '.plan li > details'],
      ['#explanations', 'details.rule'],
    ] as const) {
      const section = opened.page.locator(part);
      await section.locator('details.part').evaluateAll((all) => {
        for (const details of all) (details as HTMLDetailsElement).open = true;
      });
      const button = section.locator('button.fold');
      const areOpen = () =>
        section
          .locator(folded)
          .evaluateAll((all) => [...new Set(all.map((each) => (each as HTMLDetailsElement).open))]);
      if (part === '#blockers') await button.click();
      expect(await areOpen(), part).toEqual([false]);
      expect(await button.innerText()).toBe('Expand all');
      await button.click();
      expect(await areOpen()).toEqual([true]);
      // One that is closed by hand is opened again by the same button.
      await section.locator(folded).first().locator('> summary').click();
      await expect.poll(() => button.innerText()).toBe('Expand all');
      await button.click();
      await button.click();
      expect(await areOpen(), part).toEqual([false]);
    }
    await opened.close();
  });

  it('is light or dark as the system is or as somebody chooses, which the browser keeps; paper is white', async () => {
    const opened = await openReport(browser, join(run, 'report.html'), { colorScheme: 'dark' });
    const paper = () => opened.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [dark, white] = ['rgb(20, 24, 31)', 'rgb(255, 255, 255)'];
    expect(await paper()).toBe(dark);
    await opened.page.getByLabel('Theme').selectOption('light');
    expect(await paper()).toBe(white);
    await opened.page.reload();
    await opened.page.locator('html[data-ready="true"]').waitFor();
    expect([await paper(), await opened.page.getByLabel('Theme').inputValue()]).toEqual([white, 'light']);
    await opened.page.getByLabel('Theme').selectOption('dark');
    await opened.page.emulateMedia({ colorScheme: 'light' });
    expect(await paper()).toBe(dark);
    await opened.page.emulateMedia({ media: 'print' });
    expect(await paper()).toBe(white);
    await opened.close();
  });

  it('has what is worst first in every table', async () => {
    expect((await texts('groups', 'situation'))[0]).toBe('RESERVED');
    expect(new Set((await texts('configuration', 'outcome')).slice(0, 1))).toEqual(new Set(['fail']));
    expect((await texts('rules', 'outcome'))[0]).toBe('fail');
    expect((await texts('rules', 'severity'))[0]).toBe('blocker');
  });

  it('says a rule once, with its findings folded in and the step that resolves each', async () => {
    const findings = await rowsOf('findings.csv');
    const rules = new Set(findings.map(({ rule }) => rule));
    expect(await page.locator('details.found').count()).toBe(rules.size);
    const blocker = page.locator('#blockers details.found').first();
    expect(await blocker.innerText()).toContain('Why it matters.');
    const link = blocker.locator('.steps a').first();
    const step = await link.getAttribute('href');
    expect(await page.locator(`${step} .by`).innerText()).toContain('for ');
    // And the table says the same step beside the finding.
    expect((await texts('findings', 'step')).join(' ')).toContain(step?.replace('#step-', '') ?? 'none');
  });

  it('has its filters in the address, which shows the same rows to whoever gets it', async () => {
    const sent = await openReport(browser, join(run, 'report.html'));
    await sent.page.locator('#table-access').getByLabel('Role', { exact: true }).selectOption({ index: 1 });
    const hash = await sent.page.evaluate(() => location.hash);
    expect(hash).toMatch(/^#access\?role=/u);
    const rows = await sent.page.locator('#table-access .count').innerText();
    await sent.page.goto('about:blank');
    await sent.page.goto(`${pathToFileURL(join(run, 'report.html')).href}${hash}`);
    await sent.page.locator('html[data-ready="true"]').waitFor();
    await expect.poll(() => sent.page.locator('#table-access .count').innerText()).toBe(rows);
    // The picture's bar asks for the product and the instance.
    const bar = sent.page.locator('#pictures a[href^="#access?"]').first();
    expect(await bar.getAttribute('href')).toMatch(/^#access\?product=.+&instance=.+/u);
    await bar.click();
    await expect.poll(() => sent.page.locator('#table-access .count').innerText()).toContain(' of ');
    await sent.page.locator('.verdict a[href^="#plan?who="]').first().click();
    await expect
      .poll(() => sent.page.locator('#plan-who').inputValue())
      .toBe(await sent.page.locator('.verdict a[href^="#plan?who="]').first().innerText());
    await sent.close();
  });

  it('breaks no word inside', async () => {
    // Of what is no longer than the place for it: the words of every cell stand on one line each.
    const broken = await page.locator('#table-findings td bdi').evaluateAll((cells) =>
      cells.flatMap((cell) => {
        const range = document.createRange();
        return [...cell.childNodes].flatMap((node) => {
          const text = node.textContent ?? '';
          return [...text.matchAll(/[\p{L}\p{N}]{2,30}/gu)].flatMap(({ 0: word, index }) => {
            range.setStart(node, index);
            range.setEnd(node, index + word.length);
            const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
            return lines.size > 1 ? [word] : [];
          });
        });
      }),
    );
    expect(broken).toEqual([]);
  });

  it('fits on a telephone', async () => {
    const small = await openReport(browser, join(run, 'report.html'), {
      viewport: { width: 360, height: 700 },
    });
    expect(await small.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const cell = small.page.locator('#table-findings td.is-detail').first();
    expect((await cell.boundingBox())?.width).toBeLessThan(345);
    expect(await small.page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(45_000);
    await small.close();
  });

  it('works by the keyboard alone', async () => {
    const fresh = await openReport(browser, join(run, 'report.html'));
    await fresh.page.keyboard.press('Tab');
    expect(await fresh.page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the report');
    const search = fresh.page.locator('#table-findings').getByLabel('Search');
    await search.focus();
    await fresh.page.keyboard.type('reserved');
    await expect.poll(() => fresh.page.locator('#table-findings .count').innerText()).toContain('of');
    const heading = fresh.page.locator('#table-findings th button').first();
    await heading.focus();
    await fresh.page.keyboard.press('Enter');
    expect(await fresh.page.locator('#table-findings th').first().getAttribute('aria-sort')).toBe(
      'ascending',
    );
    await fresh.close();
  });

  it('prints the report and leaves out what only a screen can use', async () => {
    const printed = await openReport(browser, join(run, 'report.html'));
    await printed.page.emulateMedia({ media: 'print' });
    expect(await printed.page.locator('.contents').isVisible()).toBe(false);
    expect(await printed.page.locator('#table-findings .controls').isVisible()).toBe(false);
    expect(await printed.page.locator('#blockers').isVisible()).toBe(true);
    const findings = await rowsOf('findings.csv');
    await printed.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await printed.page.locator('#table-findings tbody tr').count()).toBe(findings.length);
    expect(await printed.page.locator('details:not([open]):not(.rule)').count()).toBe(0);
    expect(await printed.page.locator('#findings .is-first_seen').count()).toBe(0);
    expect(await printed.page.locator('#groups td.is-roles').first().isVisible()).toBe(false);
    await printed.page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await printed.page.locator('#table-findings tbody tr').count()).toBe(25);
    const pdf = await printed.page.pdf({ format: 'A4', preferCSSPageSize: true });
    expect(pdf.length).toBeGreaterThan(20_000);
    // The browser took the margin boxes, in which the number of the page is.
    const boxes = await printed.page.evaluate(() =>
      [...document.styleSheets]
        .flatMap(({ cssRules }) => [...cssRules])
        .filter((rule) => rule instanceof CSSPageRule)
        .flatMap((rule) => [...(rule as unknown as CSSGroupingRule).cssRules].map(({ cssText }) => cssText)),
    );
    expect(boxes.join(' ')).toContain('counter(page) " / " counter(pages)');
    await printed.close();
  });

  it('says the verdict, the blockers and the pictures without JavaScript, and where the rows are', async () => {
    const plain = await openReport(browser, join(run, 'report.html'), { javaScriptEnabled: false });
    const text = await plain.page.locator('main').innerText();
    await plain.close();
    expect(text).toContain('NO-GO');
    expect(text).toContain('The tables and the plan need JavaScript.');
    expect(text).toContain(HOSTILE_GROUP);
    expect(text).toContain('DELETE_FIRST');
  });
});
