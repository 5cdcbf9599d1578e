import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { directoryOf } from './installed.js';
import { join } from 'node:path';

/** Debian's Chromium, one for all tests of a file. */
export const startBrowser = (): Promise<Browser> => {
  const folder = directoryOf('chromium');
  if (folder === undefined) throw new Error('chromium is not installed');
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
};

/** A page, and what went wrong in it: errors, refusals by its policy, requests that it made. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
  readonly requests: string[];
}

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** A fresh page of a fresh profile. */
export const watchedPage = async (
  browser: Browser,
  { colorScheme = 'light', width = 1280, height = 900 }: PageOptions = {},
): Promise<WatchedPage> => {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  return { page, context, complaints, requests };
};

/** What axe-core finds wrong for people who use a keyboard or a screen reader: a line for each rule, with its first element. */
export const axeViolations = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<axe.AxeResults> } }).axe.run(),
  );
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${String(nodes.length)}): ${nodes[0]?.html.slice(0, 200) ?? ''}`,
  );
};
