/**
 * The pictures in docs/images, by Debian's Chromium: the HTML report of a client and of an audit, light, dark and narrow, from the golden
 * reports, and the live view while curl comes twice; `npx tsx scripts/screenshots.ts [FOLDER]`. pngquant makes them small.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { sharedMail, startUi } from '../src/cli/serve-ui.js';
import type { Report } from '../src/document/report-model.js';
import { renderReport } from '../src/report/render.js';
import type { LiveView } from '../src/rest/live/view.js';
import { serveWithMail } from '../src/serving/named-serve.js';
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

/** The live view, once a client that takes no for an answer to STARTTLS has come to an honest server, and to one without STARTTLS. */
const liveView = async (page: Page): Promise<void> => {
  const made: { view?: LiveView } = {};
  const mail = sharedMail();
  await using served = await serveWithMail(
    {
      protocol: 'imap',
      tls: 'starttls',
      scenario: ['*'],
      rotate: 'key',
      setupPort: 0,
      onConnection: (opened) => made.view?.opened(opened),
      onVerdict: (verdict) => made.view?.judged(verdict),
    },
    mail,
  );
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, served.ca);
  const startedAt = new Date().toISOString();
  await using ui = await startUi({ port: 0, served, mail, startedAt, ca, hasOwnAccount: false });
  made.view = ui.view;
  const [endpoint] = served.endpoints;
  if (endpoint === undefined) throw new Error('there is no server');
  const { port, user, password } = endpoint;
  const url = `imap://localhost:${String(port)}/INBOX`;
  const client = (): Promise<unknown> =>
    promisify(execFile)('curl', ['-sS', '-4', '--ssl', '--cacert', ca, '-u', `${user}:${password}`, url]);
  await page.goto(ui.url);
  await page.getByText('live', { exact: true }).waitFor();
  await client();
  await page.locator('.result[data-status=safe]').waitFor();
  await page.getByRole('button', { name: 'starttls-not-offered', exact: true }).click();
  await page.locator('#playing', { hasText: 'starttls-not-offered' }).waitFor();
  await client();
  await page.locator('.result[data-status=unsafe] summary').first().click();
  await page.screenshot({ path: join(folder, 'live-view.png') });
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
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await context.close();
  }
  const { page, context } = await watchedPage(browser, { width: 1280, height: 1100 });
  await liveView(page);
  await context.close();
  for (const name of [...PICTURES.map((each) => each.name), 'live-view']) {
    const to = ['--output', join(target, `${name}.png`)];
    execFileSync('pngquant', ['--force', '--strip', '--nofs', ...to, '64', join(folder, `${name}.png`)]);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
