import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { pathToFileURL } from 'node:url';
import type { Report } from '../../src/document/report-model.js';
import { renderReport } from '../../src/report/render.js';
import { axeViolations, startBrowser, watchedPage, type PageOptions, type WatchedPage } from '../support/browser.js';
import { waxseal } from '../cli/run-cli.js';
import { requireReal } from '../support/real.js';
import { audit, HOSTILE, session, withText } from './hostile-texts.js';
import { plainWords } from '../../src/report/plain-words.js';

const badAudit = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/reports/sessions/bad-audit.json'), 'utf8'),
) as Report;

describe('the HTML report in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let folder: string;
  let number = 0;

  before(async function () {
    requireReal(this, 'chromium');
    folder = mkdtempSync(join(tmpdir(), 'html-report-'));
    browser = await startBrowser();
  });
  after(async () => {
    await (browser as Browser | undefined)?.close();
    if ((folder as string | undefined) !== undefined) rmSync(folder, { recursive: true });
  });

  const opened = async (report: Report, options?: PageOptions): Promise<WatchedPage & { readonly file: string }> => {
    const file = join(folder, `report-${String((number += 1))}.html`);
    writeFileSync(file, renderReport(report, 'html'));
    const watched = await watchedPage(browser, options);
    await watched.page.goto(pathToFileURL(file).href);
    return { ...watched, file };
  };
  const count = (page: Page, selector: string): Promise<number> =>
    page.locator(selector).filter({ visible: true }).count();

  it('says what happened, and shows the finding with its diagram', async () => {
    const { page, complaints, requests, context } = await opened(session);
    for (const sentence of plainWords(session)) expect(await page.locator('.plain').innerText()).to.include(sentence);
    expect(await count(page, '.wire .msg.clear')).to.be.above(0);
    expect(await count(page, '.side.careful')).to.be.above(0);
    expect(await page.locator('.msg.server pre', { hasText: 'Capabilities listed' }).first().innerText()).to.include(
      '\n',
    );
    expect(await count(page, 'mark.leak')).to.be.above(0);
    expect(await count(page, 'mark.differs')).to.be.above(0);
    expect(complaints).to.deep.equal([]);
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).to.deep.equal([]);
    await context.close();
  });

  it('filters by status, severity, protocol and words, and says how many are left', async () => {
    const { page, context } = await opened(session);
    const shown = (): Promise<number> => page.locator('.result:not([hidden])').count();
    const of = (test: (result: Report['results'][number]) => boolean): number => session.results.filter(test).length;
    expect(await shown()).to.equal(session.results.length);
    await page.getByRole('button', { name: 'unsafe' }).click();
    expect(await shown()).to.equal(of(({ status }) => status === 'unsafe'));
    await page.getByLabel('Protocol').selectOption('imap');
    expect(await shown()).to.equal(of(({ status, protocol }) => status === 'unsafe' && protocol === 'imap'));
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Severity').selectOption('critical');
    expect(await shown()).to.equal(
      of(({ status, severity }) => severity === 'critical' && ['unsafe', 'downgradable', 'fail'].includes(status)),
    );
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.keyboard.press('Tab');
    await page.locator('body').click({ position: { x: 2, y: 2 } });
    await page.keyboard.press('/');
    await page.keyboard.type('nothing fits this');
    await page.locator('#nothing:not([hidden])').waitFor();
    expect(await page.locator('#shown').innerText()).to.equal(`0 of ${String(session.results.length)} results`);
    await page.keyboard.press('Escape');
    expect(await shown()).to.equal(session.results.length);
    await context.close();
  });

  it('unpacks the diagram of a good result when it is opened, by keyboard too', async () => {
    const { page, complaints, context } = await opened(session);
    const fold = page.locator('.fold > summary');
    await fold.focus();
    await page.keyboard.press('Enter');
    const first = page.locator('.fold .result').first();
    await first.locator('summary').focus();
    await page.keyboard.press('Enter');
    await first.locator('.wire .lane').first().waitFor();
    expect(await first.locator('.msg').count()).to.be.above(0);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  for (const [name, report, colorScheme] of [
    ['a client', session, 'light'],
    ['a client', session, 'dark'],
    ['an audit', badAudit, 'light'],
    ['a good audit', audit, 'dark'],
  ] as const)
    it(`has nothing that axe-core complains of: ${name}, ${colorScheme}`, async () => {
      const { page, context } = await opened(report, { colorScheme });
      expect(await axeViolations(page)).to.deep.equal([]);
      await context.close();
    });

  it('follows the system’s theme until another one is chosen', async () => {
    const { page, context } = await opened(session, { colorScheme: 'dark' });
    const background = (): Promise<string> => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const dark = await background();
    await page.getByRole('button', { name: 'Light theme' }).click();
    const light = await background();
    expect(light).to.not.equal(dark);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await background()).to.equal(light);
    await context.close();
  });

  it('fits a narrow screen: nothing makes the page scroll sideways', async () => {
    for (const report of [session, badAudit]) {
      const { page, context } = await opened(report, { width: 360, height: 740 });
      const [wide, seen] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      expect(wide).to.be.at.most(seen);
      await context.close();
    }
  });

  it('prints with the findings and their diagrams, in light, without tools', async () => {
    const { page, context } = await opened(session, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await count(page, '.tools')).to.equal(0);
    expect(await count(page, '.wire')).to.be.above(0);
    expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).to.equal(
      'rgb(255, 255, 255)',
    );
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).to.equal('%PDF-');
    await context.close();
  });

  it('runs nothing of what peers say, and shows it as text', async () => {
    const hostile = await opened(session);
    for (const text of HOSTILE) {
      writeFileSync(hostile.file, renderReport(withText(text), 'html'));
      await hostile.page.reload();
      await hostile.page.getByRole('button', { name: 'Open or close all' }).click();
      expect(hostile.complaints, text.slice(0, 40)).to.deep.equal([]);
      expect(await hostile.page.locator('main img, main iframe, main a').count()).to.equal(0);
    }
    expect(hostile.requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).to.deep.equal([]);
    await hostile.context.close();
    const { page, context } = await opened(withText('<b>"quoted" & \\ plain</b>'));
    expect(await page.locator('.group h3').first().innerText()).to.equal('<b>"quoted" & \\ plain</b>');
    await context.close();
  });

  it('draws SVG that an XML parser takes, whatever peers say', async () => {
    const { page, context } = await watchedPage(browser);
    for (const report of [session, badAudit, ...HOSTILE.map((text) => withText(text))]) {
      const source = JSON.stringify(renderReport(report, 'svg'));
      const wrong = await page.evaluate<string>(
        `(new DOMParser().parseFromString(${source}, 'image/svg+xml').querySelector('parsererror') ?? {}).textContent ?? ''`,
      );
      expect(wrong).to.equal('');
    }
    await context.close();
  });

  it('is small and opens fast after a default run against curl', async function () {
    requireReal(this, 'curl');
    const file = join(folder, 'default.html');
    const { code } = await waxseal(
      ...['test', '--protocol', 'imap', '--format', 'tap', '--report', `html:${file}`, '--'],
      ...['curl', '-sS', '--ssl', '--cacert', '{ca}', '-u', '{user}:{password}', '{url}'],
    );
    expect(code).to.equal(1);
    const { page, complaints, context } = await watchedPage(browser);
    await page.goto(pathToFileURL(file).href);
    expect(statSync(file).size).to.be.below(300_000);
    const loaded = await page.evaluate<number>('performance.getEntriesByType("navigation")[0].loadEventEnd');
    expect(loaded).to.be.above(0);
    // Said, not demanded: a machine that does other things is slow.
    const { test } = this;
    if (test !== undefined)
      test.title += ` [${String(Math.round(statSync(file).size / 1000))} kB, ${String(Math.round(loaded))} ms]`;
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});
