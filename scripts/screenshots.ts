/**
 * The pictures of the HTML report in docs/images: a client and an audit, light, dark and narrow, by Debian's Chromium from the golden
 * reports; `npx tsx scripts/screenshots.ts [FOLDER]`. pngquant makes them small.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import type { Report } from '../src/document/report-model.js';
import { renderReport } from '../src/report/render.js';
import { startBrowser, watchedPage } from '../test/support/browser.js';

interface Picture {
  readonly name: string;
  readonly report: string;
  readonly colorScheme: 'light' | 'dark';
  readonly width: number;
  readonly height: number;
  /** What stands at the top; the top of the page by default. */
  readonly from?: string;
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CLIENT = 'sessions/unsafe-client.json';
const AUDIT = 'sessions/bad-audit.json';
const WIDE = { width: 1120, height: 1400 };
const NARROW = { width: 390, height: 1000 };

const PICTURES: readonly Picture[] = [
  { name: 'report-client', report: CLIENT, colorScheme: 'light', ...WIDE },
  { name: 'report-client-dark', report: CLIENT, colorScheme: 'dark', ...WIDE, from: '.result' },
  { name: 'report-client-narrow', report: CLIENT, colorScheme: 'light', ...NARROW, from: '.wire' },
  { name: 'report-audit', report: AUDIT, colorScheme: 'light', ...WIDE },
  { name: 'report-audit-dark', report: AUDIT, colorScheme: 'dark', ...WIDE },
  { name: 'report-audit-narrow', report: AUDIT, colorScheme: 'light', ...NARROW },
];

const scrolledTo = async (page: Page, selector: string): Promise<void> => {
  await page
    .locator(selector)
    .first()
    .evaluate((element: { scrollIntoView: () => void }) => {
      element.scrollIntoView();
    });
};

const target = process.argv[2] ?? join(ROOT, 'docs/images');
const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
const browser = await startBrowser();
try {
  for (const { name, report, from, ...options } of PICTURES) {
    const file = join(folder, `${name}.html`);
    const document = JSON.parse(readFileSync(join(ROOT, 'fixtures/reports', report), 'utf8')) as Report;
    writeFileSync(file, renderReport(document, 'html'));
    const { page, context } = await watchedPage(browser, options);
    await page.goto(pathToFileURL(file).href);
    if (from !== undefined) await scrolledTo(page, from);
    const raw = join(folder, `${name}.png`);
    await page.screenshot({ path: raw });
    await context.close();
    execFileSync('pngquant', ['--force', '--strip', '--nofs', '--output', join(target, `${name}.png`), '64', raw]);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
