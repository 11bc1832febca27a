import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Finding } from '../../src/domain/finding.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import { renderSummary } from '../../src/report/text/summary.ts';
import { BROWSER_PATH, launchBrowser, WHY_SKIPPED } from '../../test/report/browser/chromium.ts';
import { ROOT } from './generated-files.ts';
import { runDemo, silently } from './sample.ts';

/**
 * `npm run screenshots`: runs the demo and takes pictures of its terminal and of its report in Chromium: desktop, 360 px, dark, print.
 */
const SAMPLE = join(ROOT, 'reports', 'sample');

/** The colours that picocolors prints, by their codes. */
const COLOURS: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '36': '#79c0ff',
};

/** Shows printed text as a terminal of so many columns does: elements of text, nothing of it is taken for HTML. */
async function showTerminal(page: Page, printed: string, columns: number): Promise<void> {
  const spans: { text: string; color: string; weight: string; opacity: string }[] = [];
  let [color, weight, opacity] = ['#e6edf3', '400', '1'];
  for (const [at, part] of printed
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape begins what is looked for
    .split(/\u001b\[(\d+)m/u)
    .entries()) {
    if (at % 2 === 0) spans.push({ text: part, color, weight, opacity });
    else if (part === '1') weight = '700';
    else if (part === '2') opacity = '0.65';
    else if (part === '22') [weight, opacity] = ['400', '1'];
    else color = COLOURS[part] ?? '#e6edf3';
  }
  await page.setContent(
    '<body style="margin:0;background:#0d1117"><pre style="margin:0;padding:16px;width:max-content;font:14px/1.45 DejaVu Sans Mono,monospace"></pre>',
  );
  await page.evaluate(
    ({ parts, width }) => {
      const pre = document.querySelector('pre');
      if (pre) pre.style.minWidth = `${width}ch`;
      for (const { text, ...style } of parts) {
        const span = document.createElement('span');
        span.textContent = text;
        Object.assign(span.style, { color: style.color, fontWeight: style.weight, opacity: style.opacity });
        pre?.append(span);
      }
    },
    { parts: spans, width: columns },
  );
}

/** What a run printed, as it was printed to a terminal of so many columns. */
async function printedBy(dir: string, job: string, columns: number): Promise<string> {
  const run = JSON.parse(await readFile(join(dir, 'run.json'), 'utf8')) as RunSummary;
  const lines = (await readFile(join(dir, 'findings.ndjson'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '');
  const findings = lines.map((line) => JSON.parse(line) as Finding);
  const folder = `reports/${run.org}/${basename(dir)}`;
  return `$ optiid-audit ${job}\n\n${renderSummary(run, findings, folder, { color: true, columns })}`;
}

/** A picture of the report, from the top of one of its parts. */
async function showReport(
  browser: Browser,
  run: string,
  { file, at = '', ...options }: BrowserContextOptions & { file: string; at?: string },
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(`${pathToFileURL(join(run, 'report.html')).href}${at}`);
  await page.locator('html[data-ready="true"]').waitFor();
  await page.screenshot({ path: join(SAMPLE, file) });
  await context.close();
}

/** The first page as it is printed. */
async function showPaper(browser: Browser, run: string): Promise<void> {
  // A4 with margins of 1 cm, at 96 points an inch.
  const page = await browser.newPage({ viewport: { width: 718, height: 1047 } });
  await page.goto(pathToFileURL(join(run, 'report.html')).href);
  await page.locator('html[data-ready="true"]').waitFor();
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.screenshot({ path: join(SAMPLE, 'report-print.png') });
  await page.locator('#findings').evaluate((part) => part.scrollIntoView());
  await page.screenshot({ path: join(SAMPLE, 'report-print-table.png') });
  await page.close();
}

async function takePictures(browser: Browser, runs: { precutover: string; drift: string }): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1180, height: 900 } });
  for (const columns of [80, 120]) {
    await showTerminal(page, await printedBy(runs.precutover, 'precutover', columns), columns);
    await page.locator('pre').screenshot({ path: join(SAMPLE, `terminal-${columns}.png`) });
  }
  await showTerminal(page, await printedBy(runs.drift, 'drift', 100), 100);
  await page.locator('pre').screenshot({ path: join(SAMPLE, 'terminal-night.png') });
  const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
  await showReport(browser, runs.precutover, { file: 'report.png' });
  await showReport(browser, runs.precutover, { file: 'report-dark.png', colorScheme: 'dark' });
  await showReport(browser, runs.precutover, { file: 'report-findings.png', at: '#findings?who=Okta+admin' });
  await showReport(browser, runs.precutover, { file: 'report-plan.png', at: '#plan' });
  await showReport(browser, runs.precutover, { file: 'report-360.png', ...phone });
  await showReport(browser, runs.precutover, { file: 'report-360-findings.png', at: '#findings', ...phone });
  await showReport(browser, runs.drift, { file: 'report-night.png' });
  await showPaper(browser, runs.precutover);
}

if (BROWSER_PATH === undefined) throw new Error(`No pictures: ${WHY_SKIPPED}`);
const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-pictures-'));
const browser = await launchBrowser();
try {
  await takePictures(browser, await runDemo(silently(folder)));
  console.log(`Written: the pictures in ${SAMPLE}`);
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
