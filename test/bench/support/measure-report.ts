import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { writePage } from '../../../src/report/page/write-page.ts';
import { BROWSER_PATH, launchBrowser, WHY_SKIPPED } from '../../report/browser/chromium.ts';
import { largePageInput } from '../../report/support/large-run.ts';
import type { ReportResult, ReportRun } from './results.ts';

/** Writes pages of runs of several sizes and opens them in Chromium; undefined where there is none. */
export async function measureReport(
  sizes: readonly { findings: number; rounds: number }[],
  log: (text: string) => void,
): Promise<ReportResult | undefined> {
  if (BROWSER_PATH === undefined) {
    log(`report: ${WHY_SKIPPED}`);
    return undefined;
  }
  const browser = await launchBrowser();
  const runs: ReportRun[] = [];
  try {
    for (const { findings, rounds } of sizes) {
      const input = await largePageInput(findings);
      for (let round = 0; round < rounds; round += 1) {
        const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-bench-'));
        try {
          const began = performance.now();
          await writePage(folder, input);
          const writeMs = performance.now() - began;
          const file = join(folder, 'report.html');
          const opened = await open(browser, file, `person.${findings - 1}@`);
          runs.push({ findings, writeMs, bytes: (await stat(file)).size, ...opened });
          log(`report: ${findings} findings, shown after ${opened.findingsMs.toFixed(0)} ms`);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }
    }
  } finally {
    await browser.close();
  }
  return { at: new Date().toISOString(), browser: browser.version(), runs };
}

async function open(
  browser: Browser,
  file: string,
  search: string,
): Promise<Pick<ReportRun, 'findingsMs' | 'allMs' | 'searchMs'>> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const began = performance.now();
  await page.goto(pathToFileURL(file).href, { waitUntil: 'commit' });
  await page.locator('#table-findings[data-ready="true"]').waitFor();
  const findingsMs = performance.now() - began;
  await page.locator('html[data-ready="true"]').waitFor();
  const allMs = performance.now() - began;
  const typed = performance.now();
  await page.locator('#findings-search').fill(search);
  await page.locator('#table-findings .count', { hasText: '1 of ' }).waitFor();
  const searchMs = performance.now() - typed;
  await page.close();
  return { findingsMs, allMs, searchMs };
}
