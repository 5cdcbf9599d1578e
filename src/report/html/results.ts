import type { Report, Result } from '../../document/report-model.js';
import type { RenderContext } from '../format.js';
import { counted } from '../layout.js';
import { setUpName } from '../set-up.js';
import { reproduction } from '../shell-word.js';
import { sidesOf } from '../sides.js';
import { clientName } from '../text/finding.js';
import { groupsOf } from '../text/groups.js';
import { isBad, worse } from '../text/style.js';
import { toldWords } from '../told.js';
import { protocolsIn } from '../plain-words.js';
import { chart } from './chart.js';
import { html, type Markup } from './markup.js';
import { hostPort } from '../../wire/host-port.js';

/** All results: what is not as expected by cause, worst first, then the rest; with tools to filter them. */
export const resultsSection = (report: Report, visits: RenderContext['visits'], charts: Charts): Markup => {
  const numbers = new Map(report.results.map((result, index) => [result, index + 1]));
  const leads = groupLeads(report);
  const shown = (result: Result): Markup =>
    resultMarkup(report, result, {
      id: `r${String(numbers.get(result) ?? 0)}`,
      isOpen: leads.has(result),
      isWhole: false,
      visits,
      charts,
    });
  const groups = groupsOf(report).filter(({ results: [lead] }) => !isRest(lead));
  const inGroups = new Set(groups.flatMap(({ results }) => results));
  const rest = report.results.filter((result) => !inGroups.has(result)).toSorted(worse);
  const isAudit = report.kind === 'audit';
  return html` <h2 id="results">Results</h2>
    ${tools(report)} ${legend(report)}
    <noscript
      ><p class="card">
        Most details of results without a finding, and some diagrams, need JavaScript; --report json:FILE has them too.
      </p></noscript
    >
    <p class="empty card" id="nothing" hidden>No result fits these filters.</p>
    ${groups.map(({ results, isUnattacked }) => {
      const [lead] = results;
      const name = [...new Set(results.flatMap((each) => clientName(each) ?? []))].slice(0, 5).join('; ');
      return html` <section class="group card">
        <header>
          <div class="row">
            ${badge(lead.status)}${isBad(lead.status) && severity(lead)}<span class="lead"
              >${isAudit ? placesOf(results) : counted(results.length, 'case')}${isUnattacked && ', even without an attack'}</span
            >
          </div>
          <h3>${lead.because}</h3>
          ${name !== '' && html`<p class="lead"><b>client</b> ${name}</p>`} ${acceptedWords(lead)}
          ${lead.expected !== undefined && html`<p class="lead"><b>expected</b> ${lead.expected}</p>`}
          ${lead.fix !== undefined && html`<p class="lead"><b>fix</b> ${lead.fix}</p>`} ${remedies(lead)}
        </header>
        ${results.map(shown)}
      </section>`;
    })}
    ${
      rest.length > 0 &&
      html`<details class="group card fold">
        <summary>
          <span class="row">${[...new Set(rest.map(({ status }) => status))].map((status) => badge(status))}</span
          ><b>${counted(rest.length, isAudit ? 'check' : 'case')} without a finding</b>
        </summary>
        ${rest.map(shown)}
      </details>`
    }`;
};

/** Charts that are written into the page packed: those of good results, and further ones of a finding. */
export class Charts {
  readonly #texts: string[] = [];

  get texts(): readonly string[] {
    return this.#texts;
  }

  /** The number of the chart. */
  add(markup: Markup): number {
    return this.#texts.push(markup.toString()) - 1;
  }
}

export const badge = (status: string): Markup =>
  html`<span class="badge ${status}">${SIGNS[status] ?? '·'} ${status}</span>`;

export const severity = ({ severity: how }: Pick<Result, 'severity'>): Markup | undefined =>
  how === undefined ? undefined : html`<span class="sev ${how}">${how}</span>`;

const isRest = ({ status, known }: Result): boolean =>
  known === undefined && ['safe', 'pass', 'not-applicable', 'info'].includes(status);

const tools = (report: Report): Markup => {
  const statuses = Object.entries(report.summary).filter(([, count]) => count > 0);
  return html`<div class="tools" role="search" hidden>
    <label class="hush" for="search">Search results</label
    ><input type="search" id="search" placeholder="Search: words, case, port … ( / )" autocomplete="off" />
    <div class="set" role="group" aria-label="Status">
      ${statuses.map(([status, count]) => html`<button type="button" data-status-filter="${status}" aria-pressed="false">${SIGNS[status] ?? '·'} ${status} ${count}</button>`)}
    </div>
    <label class="hush" for="severity">Severity</label
    ><select id="severity">
      <option value="">any severity</option>
      ${['critical', 'high', 'medium', 'low'].map((each) => html`<option value="${each}">${each}${each !== 'critical' && ' or worse'}</option>`)}
    </select>
    <label class="hush" for="protocol">Protocol</label
    ><select id="protocol">
      <option value="">all protocols</option>
      ${protocolsIn(report).map(({ name, title }) => html`<option value="${name}">${title}</option>`)}
    </select>
    <button type="button" id="clear">Clear</button><button type="button" id="open">Open or close all</button>
    <span class="shown" id="shown" role="status"></span>
  </div>`;
};

const legend = ({ kind }: Report): Markup =>
  html`<ul class="legend" aria-label="Signs in the diagrams">
    <li><span class="tag">CLEAR</span>dashed orange: everybody on the network can read it</li>
    <li><span class="tag tls">TLS</span>solid blue: encrypted</li>
    ${kind !== 'audit' && html`<li><span class="tag atk">attack</span>said or changed by waxseal as the attacker</li>`}
    <li><mark class="leak">red</mark> ${kind === 'audit' ? 'proof' : 'leaked'}</li>
    ${kind !== 'audit' && html`<li><mark class="differs">x</mark> first byte that differs from a careful client</li>`}
  </ul>`;

/** How one result is written. */
export interface ResultStyle {
  /** Of its element. */
  readonly id: string;
  readonly isOpen: boolean;
  /** Everything stands in the page; else diagrams that few look at are packed. */
  readonly isWhole: boolean;
  readonly visits: RenderContext['visits'];
  readonly charts: Charts;
}

/** A result that can be opened: what it says, and its diagram. */
export const resultMarkup = (
  report: Report,
  result: Result,
  { id, isOpen, isWhole, visits, charts }: ResultStyle,
): Markup => {
  const isAudit = report.kind === 'audit';
  const sides = sidesOf(report, result, visits);
  const diagram = sides && chart(sides, isAudit ? 'server' : 'client');
  const place = isAudit ? placeOf(result) : setUpName(result);
  const name = result.variant === undefined ? result.id : `${result.id}/${result.variant}`;
  // What is searched besides the words of the summary.
  const text = [
    result.case,
    result.severity ?? '',
    clientName(result) ?? '',
    result.target ?? '',
    ...result.cve,
    ...result.cwe,
    ...result.references,
  ]
    .join(' ')
    .slice(0, LONGEST_TEXT);
  return html`<details
    class="result"
    id="${id}"
    data-status="${result.status}"
    data-protocol="${result.protocol}"
    ${result.severity !== undefined && isBad(result.status) && html` data-severity="${result.severity}"`}
    data-text="${text}"
    ${isOpen && html` open`}
  >
    <summary>
      ${badge(result.status)}<span class="name">${result.title}</span><span class="setup">${place}</span
      ><span class="why"><code>${name}</code> ${result.because}</span>
    </summary>
    ${bodyOf(html`<dl class="facts">${rows(report, result)}</dl>`, diagram, isWhole || isOpen ? 'written' : isRest(result) ? 'packed' : 'chart packed', charts)}
  </details>`;
};

/** What is not a finding, and further diagrams of one, are packed: they are many, and few are looked at. */
const bodyOf = (
  facts: Markup,
  diagram: Markup | undefined,
  how: 'written' | 'chart packed' | 'packed',
  charts: Charts,
): Markup => {
  const place = (packed: Markup): Markup => html`<div data-chart="${charts.add(packed)}"></div>`;
  if (how === 'packed') return html`<div class="body">${place(html`${facts}${diagram}`)}</div>`;
  return html`<div class="body">
    ${facts}${diagram !== undefined && (how === 'written' ? diagram : place(diagram))}
  </div>`;
};

/** The first result of each finding is open, with its diagram in the page itself: in print, and without JavaScript. */
const groupLeads = (report: Report): ReadonlySet<Result> =>
  new Set(
    groupsOf(report)
      .flatMap(({ results: [lead] }) => (isBad(lead.status) && lead.known?.state !== 'expected' ? [lead] : []))
      .slice(0, report.kind === 'audit' ? MOST_OPEN_CHECKS : MOST_OPEN),
  );

const rows = (report: Report, result: Result): Markup => {
  const told = toldWords(result);
  const row = (label: string, value: Markup | string | undefined): Markup | undefined =>
    value === undefined || value === ''
      ? undefined
      : html`<dt>${label}</dt>
          <dd>${value}</dd>`;
  const isAudit = report.kind === 'audit';
  const quotes = result.evidence.filter(({ quote }) => /[^…\s]/.test(quote));
  return html`${row('because', result.because)}${row('case', html`<code>${result.case}</code>`)}${row('client', clientName(result))}${row('when', result.at)}
  ${row('client told its user', told)}${isBad(result.status) && row('expected', result.expected)}
  ${row('accepted', result.known && `${result.known.reason} (${KNOWN[result.known.state]})`)}
  ${row('references', [...result.references, ...result.cve, ...result.cwe].join(' · '))}
  ${
    quotes.length > 0 &&
    row(
      'evidence',
      html`<ul class="notes">
        ${quotes.slice(0, MOST_EVIDENCE).map(({ quote, why }) => html`<li><code>${quote.slice(0, LONGEST_QUOTE)}</code>${!isAudit && why !== result.because && html` – ${why}`}</li>`)}
      </ul>`,
    )
  }
  ${row('again', html`<code class="copy">${reproduction(result.reproduce)}</code>`)}${result.byHand !== undefined && row('by hand', html`<code class="copy">${result.byHand}</code>`)}`;
};

const remedies = ({ remedy = {}, status }: Result): Markup | undefined => {
  const all = Object.entries(remedy);
  if (all.length === 0 || !isBad(status)) return undefined;
  return html`<p class="lead">
    <b>remedy</b>
    ${all.map(([software, text], index) => html`${index > 0 && ' · '}${software === 'any server' ? '' : `${software}: `}${text}`)}
  </p>`;
};

const acceptedWords = ({ known }: Result): Markup | undefined =>
  known && html`<p class="lead"><b>accepted</b> ${known.reason} (${KNOWN[known.state]})</p>`;

const KNOWN = {
  expected: 'does not change the exit code',
  stale: 'the acceptance has expired',
  'unexpectedly-good': 'no longer needed: remove the entry',
} as const;

const placesOf = (results: readonly Result[]): string =>
  [...new Set(results.map(placeOf))].slice(0, MOST_PLACES).join(', ');

/** `mail.example.org:143 (imap)`; of a domain its name. */
export const placeOf = ({ host, port, portRole, protocol }: Result): string =>
  port === undefined ? (host ?? '') : `${hostPort(host ?? '', port)} (${portRole ?? protocol})`;

/** Signs beside the words, for those who do not tell the colours apart. */
export const SIGNS: Readonly<Record<string, string>> = {
  unsafe: '✕',
  fail: '✕',
  downgradable: '▽',
  warn: '▲',
  inconclusive: '?',
  info: 'i',
  safe: '✓',
  pass: '✓',
  'not-applicable': '–',
};

/** Characters. */
const LONGEST_TEXT = 600;
const LONGEST_QUOTE = 300;
const MOST_EVIDENCE = 8;
const MOST_PLACES = 12;
/** Findings whose diagrams are open. */
const MOST_OPEN = 12;
const MOST_OPEN_CHECKS = 3;
