import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { createTransport } from 'nodemailer';
import { sharedMail, startUi } from '../../src/cli/serve-ui.js';
import type { LiveView } from '../../src/rest/live/view.js';
import { serveWithMail } from '../../src/serving/named-serve.js';
import { axeViolations, startBrowser, watchedPage } from '../support/browser.js';
import { requireReal } from '../support/real.js';

describe('the live view in a browser', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;

  before(async function () {
    requireReal(this, 'chromium');
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
  });

  it('shows a client as it comes, and switches by click; axe-core has no complaint', async () => {
    if (browser === undefined) throw new Error('no browser');
    const made: { view?: LiveView } = {};
    const mail = sharedMail();
    await using served = await serveWithMail(
      {
        protocol: 'smtp',
        tls: 'starttls',
        scenario: ['control', 'starttls-*'],
        rotate: 'key',
        setupPort: 0,
        onConnection: (opened) => made.view?.opened(opened),
        onVerdict: (verdict) => made.view?.judged(verdict),
      },
      mail,
    );
    await using ui = await startUi({
      port: 0,
      served,
      mail,
      startedAt: '2026-01-01T00:00:00Z',
      ca: 'ca.pem',
      hasOwnAccount: false,
    });
    made.view = ui.view;
    const [endpoint] = served.endpoints;
    if (endpoint === undefined) throw new Error('there is no server');
    const send = (): Promise<unknown> =>
      createTransport({
        host: '127.0.0.1',
        port: endpoint.port,
        auth: { user: endpoint.user, pass: endpoint.password },
        tls: { ca: served.ca, servername: 'localhost' },
      })
        .sendMail({ from: endpoint.from, to: endpoint.to, subject: '<img src=x onerror=alert(1)>', text: 'x' })
        .catch(() => undefined);
    const { page, complaints, context } = await watchedPage(browser);
    await page.goto(ui.url);
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.locator('#playing').innerText()).to.equal('control');

    await send();
    await page.locator('.result[data-status=safe]').waitFor();
    await page.locator('#mails').getByText('<img src=x onerror=alert(1)>').waitFor();

    await page.getByLabel('Search scenarios').fill('not-offered');
    await page.getByRole('button', { name: 'starttls-not-offered', exact: true }).click();
    await page.locator('#playing', { hasText: 'starttls-not-offered' }).waitFor();
    await send();
    const unsafe = page.locator('.result[data-status=unsafe]');
    await unsafe.waitFor();
    await unsafe.locator('summary').click();
    expect(await unsafe.locator('.side.careful').count()).to.equal(1);

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axeViolations(page)).to.deep.equal([]);
    }
    expect(complaints).to.deep.equal([]);

    // Who comes later sees the same.
    const later = await watchedPage(browser, { width: 360 });
    await later.page.goto(ui.url);
    await later.page.locator('.result[data-status=unsafe]').waitFor();
    const [wide, seen] = await later.page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    );
    expect(wide).to.be.at.most(seen);
    await later.context.close();
    await context.close();
  });
});
