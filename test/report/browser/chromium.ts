import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where packages put it; whoever names one means that and no other. */
const PLACES = process.env.CHROMIUM_PATH
  ? [process.env.CHROMIUM_PATH]
  : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser that the page is tested in, or undefined: then its tests are skipped and say so. */
export const BROWSER_PATH = PLACES.find((path) => existsSync(path));

export const WHY_SKIPPED = 'skipped: there is no Chromium here; install it or set CHROMIUM_PATH';

export async function launchBrowser(): Promise<Browser> {
  if (BROWSER_PATH === undefined) throw new Error(WHY_SKIPPED);
  // The sandbox of Chromium refuses to run as root; what is opened is our own file.
  return chromium.launch({ executablePath: BROWSER_PATH, args: ['--no-sandbox'] });
}

/** A page that was opened from its file, and whatever it should not have done. */
export interface OpenedReport {
  page: Page;
  /** Messages on the console, errors, and requests for anything but the file. */
  complaints: string[];
  close(): Promise<void>;
}

export async function openReport(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
): Promise<OpenedReport> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const url = pathToFileURL(file).href;
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) {
    await page.locator('html[data-ready="true"]').waitFor({ timeout: 60_000 });
  }
  return { page, complaints, close: () => context.close() };
}
