import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePage } from '../../../src/report/page/write-page.ts';
import { largePageInput } from '../support/large-run.ts';
import { BROWSER_PATH, launchBrowser, openReport } from './chromium.ts';

const FINDINGS = 100_000;

/** How long it takes to open is measured by `npm run bench -- --only report`. */
describe('the page of a run with a hundred thousand findings', () => {
  let folder: string;
  let browser: Browser | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'optiid-audit-page-'));
    await writePage(folder, await largePageInput(FINDINGS));
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('stays below 25 MB', async () => {
    expect((await stat(join(folder, 'report.html'))).size).toBeLessThan(25_000_000);
  });

  it.skipIf(BROWSER_PATH === undefined)(
    'shows them all, finds one of them, and says where all users are',
    async () => {
      browser = await launchBrowser();
      const { page, complaints } = await openReport(browser, join(folder, 'report.html'));
      const findings = page.locator('#table-findings');
      expect(await findings.locator('.count').innerText()).toBe('100,000 rows');
      expect(await findings.locator('tbody tr').count()).toBe(25);
      await findings.getByLabel('Search').fill('person.77777@department-80.example');
      await expect.poll(() => findings.locator('.count').innerText()).toBe('1 of 100,000 rows');
      expect(await page.locator('#users').innerText()).toContain(
        'This page holds 20,000 of 100,000 rows, those with findings or changes first. All rows: users.csv.',
      );
      await findings.getByRole('button', { name: 'Show all' }).click();
      await expect.poll(() => findings.locator('.count').innerText()).toBe('100,000 rows');
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      expect(await page.locator('#findings .left-out').innerText()).toContain(
        'are left out. findings.csv has all.',
      );
      expect(complaints).toEqual([]);
    },
  );
});
