import { expect } from 'chai';
import { MailpitClient } from 'mailpit-api';
import { checkedHtml } from '../../../src/rest/html-check/check.js';
import { FEATURES } from '../../../src/rest/html-check/features.js';
import { supportOf } from '../../../src/rest/html-check/support.js';
import { openSite } from '../site.js';

const found = (html: string): Record<string, number> =>
  Object.fromEntries(checkedHtml(html).Warnings.map(({ Slug, Score }) => [Slug, Score.Found]));

describe('the HTML check', () => {
  it('is what mailpit-api gets of a mail', async () => {
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    const From = { Email: 'anna@lab.test' };
    await mailpit.sendMessage({
      From,
      To: [],
      HTML: '<body><p style="display: flex; gap: 4px">x</p><video src="x.mp4"></video><script>1</script></body>',
    });
    const { Total, Warnings, Platforms } = await mailpit.htmlCheck();
    expect(Warnings[0]?.Slug).to.equal('html-script');
    const video = Warnings.find(({ Slug }) => Slug === 'html-video');
    expect([video?.Title, video?.Category, video?.URL, video?.Score.Found]).to.deep.equal([
      '<video>',
      'html',
      'https://www.caniemail.com/features/html-video/',
      1,
    ]);
    const { Supported = 0, Partial = 0, Unsupported = 0 } = video?.Score ?? {};
    expect(Supported + Partial + Unsupported).to.be.closeTo(100, 0.001);
    const outlook = video?.Results.find(({ Family, Platform }) => Family === 'outlook' && Platform === 'windows');
    expect([outlook?.Name.startsWith('Outlook Windows ('), outlook?.Support]).to.deep.equal([true, 'no']);
    expect(Warnings.map(({ Slug }) => Slug)).to.include.members([
      'css-gap',
      'css-display-flex',
      'css-unit-px',
      'html-body',
    ]);
    expect([Total.Nodes, Total.Unsupported > 20]).to.deep.equal([4, true]);
    expect(Platforms['ios']).to.include('Apple Mail');

    await mailpit.sendMessage({ From, To: [], Text: 'plain' });
    const refused = await mailpit.htmlCheck().catch((error: unknown) => (error as Error).message);
    expect(refused).to.match(/400 .*message does not contain HTML/);
  });

  for (const [html, slugs] of [
    [
      '<style>/* a { gap: 1px } */ p:first-child, #a > b { color: rgb(1, 2, 3) !important }</style>',
      [
        'css-pseudo-class-first-child',
        'css-selector-child',
        'css-selector-id',
        'css-rgb',
        'css-important',
        'html-style',
      ],
    ],
    [
      '<style>@media (prefers-color-scheme: dark) { a:hover { width: calc(1em + 2%) } }</style>',
      [
        'css-at-media',
        'css-at-media-prefers-color-scheme',
        'css-pseudo-class-hover',
        'css-width',
        'css-unit-calc',
        'css-unit-em',
        'css-unit-percent',
        'html-style',
      ],
    ],
    [
      '<style>@import "x.css"; @font-face { font-family: x }</style>',
      ['css-at-import', 'css-at-font-face', 'html-style'],
    ],
    ['<a href="#x">x</a><a href="mailto:a@lab.test">y</a>', ['html-anchor-links', 'html-mailto-links']],
    ['<img src="a.webp?x"><img src="data:image/png;base64,">', ['html-img', 'image-webp', 'image-base64']],
    ['<input type="checkbox"><button type="submit">', ['html-input-checkbox', 'html-button-submit']],
    ['<p constructor="x" toString>text', ['html-p']],
    ['no markup', []],
  ] as const)
    it(`finds ${slugs.join(', ') || 'nothing'} in ${html}`, () => {
      expect(Object.keys(found(html)).toSorted()).to.deep.equal([...slugs].toSorted());
    });

  it('counts', () => {
    expect(found('<p style="margin: 0; margin-top: 1px"><p style="MARGIN:2px">')['css-margin']).to.equal(3);
  });

  it('knows the support of every feature that it looks for, but for one that nobody has tried', () => {
    expect(FEATURES.filter(({ slug }) => supportOf(slug).length === 0).map(({ slug }) => slug)).to.deep.equal([
      'image-ppm',
    ]);
    expect(new Set(FEATURES.map(({ slug }) => slug)).size).to.equal(FEATURES.length);
  });

  for (const [what, html] of [
    ['a million unclosed elements', '<p style="a:b;c:d">'.repeat(200_000)],
    ['a style that never ends', `<style>${'a{b:c;/*'.repeat(200_000)}`],
    ['one long selector', `<style>${'+'.repeat(500_000)}{}</style>`],
    ['one long value', `<p style="width:${'1'.repeat(500_000)}">`],
  ] as const)
    it(`has an end with ${what}`, () => {
      expect(checkedHtml(html).Total.Nodes).to.be.greaterThan(0);
    }).timeout(20_000);
});
