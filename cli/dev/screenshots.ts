import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { BROWSER_PATH, launchBrowser, WHY_SKIPPED } from '../../test/report/browser/chromium.ts';
import { ROOT } from './generated-files.ts';
import { runDemo, silently } from './sample.ts';

/**
 * `npm run screenshots`: runs the demo and takes the README's pictures of its terminal and of its report, in Chromium.
 */
const SAMPLE = join(ROOT, 'reports', 'sample');

/** The colours that picocolors prints, by their codes. */
const COLOURS: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '36': '#79c0ff',
};

/** Shows printed text as a terminal does: elements of text, nothing of it is taken for HTML. */
async function showTerminal(page: Page, printed: string): Promise<void> {
  const spans: { text: string; color: string; bold: boolean }[] = [];
  let [color, bold] = ['#e6edf3', false];
  for (const [at, part] of `$ optiid-audit demo\n\n${printed}`
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape begins what is looked for
    .split(/\u001b\[(\d+)m/u)
    .entries()) {
    if (at % 2 === 0) spans.push({ text: part, color, bold });
    else if (part === '1' || part === '22') bold = part === '1';
    else color = COLOURS[part] ?? '#e6edf3';
  }
  await page.setContent(
    '<body style="margin:0;background:#0d1117"><pre style="margin:0;padding:20px;white-space:pre-wrap;font:14px/1.45 monospace"></pre>',
  );
  await page.evaluate((parts) => {
    const pre = document.querySelector('pre');
    for (const { text, color: shown, bold: isBold } of parts) {
      const span = document.createElement('span');
      span.textContent = text;
      span.style.color = shown;
      if (isBold) span.style.fontWeight = 'bold';
      pre?.append(span);
    }
  }, spans);
}

async function takePictures(browser: Browser, printed: string, run: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1180, height: 900 } });
  await showTerminal(page, printed);
  await page.locator('pre').screenshot({ path: join(SAMPLE, 'terminal.png') });
  await page.goto(pathToFileURL(join(run, 'report.html')).href);
  await page.locator('html[data-ready="true"]').waitFor();
  await page.screenshot({ path: join(SAMPLE, 'report.png') });
  await page.locator('#findings').scrollIntoViewIfNeeded();
  await page.evaluate(() => document.getElementById('findings')?.scrollIntoView());
  await page.screenshot({ path: join(SAMPLE, 'report-findings.png') });
}

if (BROWSER_PATH === undefined) throw new Error(`No pictures: ${WHY_SKIPPED}`);
const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-pictures-'));
const browser = await launchBrowser();
try {
  const printed: string[] = [];
  const stdout = (text: string) => void printed.push(text);
  const { precutover } = await runDemo({ ...silently(folder), stdout, color: true });
  // What the demo prints of its first audit.
  await takePictures(browser, printed[0] ?? '', precutover);
  console.log(`Written: terminal.png, report.png and report-findings.png in ${SAMPLE}`);
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
