import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { Report } from '../../document/report-model.js';
import type { RenderContext } from '../format.js';
import { outcomeOf, plainWords } from '../plain-words.js';
import { aboutSection } from './about.js';
import { auditSections } from './audit/sections.js';
import { chainsSection, profileSection } from './more.js';
import { embedded, html, type Markup } from './markup.js';
import { Charts, resultsSection, SIGNS } from './results.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

/** A report as one page that needs nothing else: three sentences, the summary, then all results with their diagrams. */
export const reportPage = (report: Report, { visits }: Pick<RenderContext, 'visits'>): string => {
  const charts = new Charts();
  const results = resultsSection(report, visits, charts);
  const subject = subjectOf(report);
  const body = html` <main id="main">
      <div class="wrap">
        ${hero(report, subject)} ${report.kind === 'audit' && auditSections(report)} ${results} ${chainsSection(report)}
        ${profileSection(report)} ${aboutSection(report)}
        <footer>
          Made by waxseal ${report.tool.version}. This file loads nothing from anywhere; its scripts and styles are
          allowed by their hashes.
        </footer>
      </div>
    </main>
    <script type="application/octet-stream" id="charts">
      ${packed(charts.texts)}
    </script>`;
  return `${page({ title: `waxseal: ${subject}`, subject, style: STYLE, script: SCRIPT, body }).toString()}\n`;
};

/** A page around a body: its head, its policy, its bar. */
export const page = ({
  title,
  subject,
  style,
  script,
  body,
  connects = false,
}: {
  readonly title: string;
  readonly subject: string;
  readonly style: string;
  readonly script: string;
  readonly body: Markup;
  /** The page may ask the server that it came from. */
  readonly connects?: boolean;
}): Markup =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; img-src data:;${connects && " connect-src 'self';"} base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <title>${title.slice(0, LONGEST_TITLE)}</title>
        <link rel="icon" href="data:," />
        ${embedded('style', style)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <header class="top">
          <div class="wrap">
            <span class="brand">${LOGO}waxseal</span><span class="what">${subject.slice(0, LONGEST_TITLE)}</span
            ><button type="button" id="theme" hidden>Dark theme</button>
          </div>
        </header>
        ${body} ${embedded('script', script)}
      </body>
    </html>`;

/** Of a style or script, for the policy of the page. */
export const hashOf = (source: string): string => `sha256-${createHash('sha256').update(source).digest('base64')}`;

const hero = (report: Report, subject: string): Markup => {
  const [first, second, third] = plainWords(report);
  const outcome = outcomeOf(report);
  const counts = Object.entries(report.summary);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  return html`<section class="hero ${outcome}" aria-label="Summary">
    <h1>${HEADINGS[report.kind]}: ${subject}</h1>
    <div class="plain">
      <p><b>${first}</b></p>
      <p>${second}</p>
      <p>${third}</p>
    </div>
    ${all > 0 && bar(counts, all)}
    <ul class="counts">
      ${counts.map(([status, count]) => html`<li class="${count === 0 ? 'zero' : ''}"><b>${count}</b>${SIGNS[status] ?? '·'} ${status}</li>`)}
    </ul>
  </section>`;
};

/** The shares of the statuses, as a picture; the numbers below say the same. */
const bar = (counts: readonly (readonly [string, number])[], all: number): Markup => {
  let at = 0;
  return html`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    ${counts.map(([status, count]) => {
      const width = (1000 * count) / all;
      at += width;
      return width === 0
        ? undefined
        : html`<rect
            x="${(at - width).toFixed(1)}"
            width="${Math.max(1, width - 2).toFixed(1)}"
            height="10"
            fill="var(--${COLOURS[status] ?? 'dim'})"
          />`;
    })}
  </svg>`;
};

/** What was tested, in one line. */
const subjectOf = ({ subject: { command, targets = [] }, kind }: Report): string => {
  if (command !== undefined) return command.join(' ');
  const names = [...new Set(targets)];
  const few = names.slice(0, FEW).join(' ');
  return names.length > FEW ? `${few} and ${String(names.length - FEW)} more` : few === '' ? kind : few;
};

/** Deflated: diagrams repeat themselves so much that a tenth is left. */
const packed = (texts: readonly string[]): Markup =>
  html`${texts.length === 0 ? '' : deflateRawSync(JSON.stringify(texts), { level: 9 }).toString('base64')}`;

const HEADINGS = { test: 'Client test', audit: 'Server audit', proxy: 'Client test by a proxy' } as const;
const COLOURS: Readonly<Record<string, string>> = {
  unsafe: 'bad',
  fail: 'bad',
  downgradable: 'warn',
  warn: 'warn',
  inconclusive: 'warn',
  safe: 'good',
  pass: 'good',
};
const LONGEST_TITLE = 200;
/** Targets that a heading names. */
const FEW = 3;
const LOGO = html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <circle cx="12" cy="12" r="10.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.4 1.3" />
  <circle cx="12" cy="12" r="7.5" fill="currentColor" />
  <path
    d="M9 12.2l2.2 2.2 4-4.6"
    fill="none"
    stroke="var(--card)"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
  />
</svg>`;
