import { toolVersion } from '../../document/version.js';
import type { Report, Result } from '../../document/report-model.js';
import type { RenderContext } from '../format.js';
import { embedded, html, type Markup } from '../html/markup.js';
import { wrapped } from '../layout.js';
import { setUpName } from '../set-up.js';
import { sidesOf, type Sides } from '../sides.js';
import { groupsOf } from '../text/groups.js';
import { isBad, worse } from '../text/style.js';
import { drawnLane, SIDE, type Drawn } from './lane.js';
import { SVG_STYLE } from './style.js';
import { hostPort } from '../../wire/host-port.js';

/** The wire diagram of the first result of each finding; without a finding, of the control or the first result that has a transcript. */
export const drawing = (report: Report, visits: RenderContext['visits']): string => {
  const parts: Markup[] = [];
  let y = MARGIN;
  let sides = 1;
  const chosen = chosenResults(report, visits);
  for (const { result, shown } of chosen) {
    if (shown.careful !== undefined) sides = 2;
    const { markup, height } = drawnResult(report, result, shown, y);
    parts.push(markup);
    y += height + 28;
  }
  if (chosen.length === 0) {
    parts.push(
      html`<text class="d" x="${MARGIN}" y="${y + 14}">This report holds no transcript that could be drawn.</text>`,
    );
    y += 30;
  }
  const width = 2 * MARGIN + sides * SIDE + (sides - 1) * BETWEEN;
  const label = chosen.map(({ result }) => `${result.title}: ${result.because}`).join('; ');
  return `${html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="${y}"
    viewBox="0 0 ${width} ${y}"
    role="img"
    aria-label="${label.slice(0, LONGEST_LABEL)}"
  >
    ${embedded('style', SVG_STYLE)}
    <rect width="${width}" height="${y}" fill="var(--bg)" />
    ${parts}
  </svg>`.toString()}\n`;
};

interface Chosen {
  readonly result: Result;
  readonly shown: Sides;
}

const chosenResults = (report: Report, visits: RenderContext['visits']): Chosen[] => {
  const drawable = (results: readonly Result[], most: number): Chosen[] => {
    const found: Chosen[] = [];
    for (const result of results) {
      const shown = found.length < most ? sidesOf(report, result, visits) : undefined;
      if (shown !== undefined) found.push({ result, shown });
    }
    return found;
  };
  const leads = groupsOf(report).flatMap(({ results: [lead] }) => (isBad(lead.status) ? [lead] : []));
  const findings = drawable(leads, MOST_RESULTS);
  if (findings.length > 0) return findings;
  return drawable([...report.results.filter(({ id }) => id === 'control'), ...report.results.toSorted(worse)], 1);
};

const auditedPlace = ({ host = '', port }: Result): string => (port === undefined ? host : hostPort(host, port));

const drawnResult = (report: Report, result: Result, shown: Sides, top: number): Drawn => {
  const isAudit = report.kind === 'audit';
  const place = isAudit ? auditedPlace(result) : setUpName(result);
  const name = result.variant === undefined ? result.id : `${result.id}/${result.variant}`;
  const parts: Markup[] = [];
  let y = top;
  const line = (text: string, className: string, step: number, most = 110): void => {
    for (const each of wrapped(text.slice(0, LONGEST_LABEL), most)) {
      y += step;
      parts.push(html`<text class="${className}" x="${MARGIN}" y="${y}">${each}</text>`);
    }
  };
  const severity = isBad(result.status) && result.severity !== undefined ? ` (${result.severity})` : '';
  line(`${result.status}${severity}: ${result.because}`, 'h', 21, shown.careful === undefined ? 60 : 110);
  line(`${result.title} · ${place} · ${name}`, 'd', 18, shown.careful === undefined ? 90 : 170);
  if (shown.difference !== undefined)
    line(`First difference after the attack began: ${shown.difference}`, 's', 20, 150);
  y += 24;
  const column = (title: string, lanes: Sides['own'], x: number, client: string): number => {
    parts.push(html`<text class="s" x="${x + 4}" y="${y}">${title}</text>`);
    let at = y + 8;
    for (const lane of lanes) {
      const { markup, height } = drawnLane(lane, x, at, client);
      parts.push(markup);
      at += height;
    }
    return at;
  };
  const own = column(
    isAudit ? 'What this server said' : 'This client',
    shown.own,
    MARGIN,
    isAudit ? 'waxseal' : 'client',
  );
  const beside =
    shown.careful === undefined
      ? own
      : column(
          `A careful client (recorded with waxseal ${toolVersion()}; not part of this run)`,
          shown.careful,
          MARGIN + SIDE + BETWEEN,
          'client',
        );
  return { markup: html`${parts}`, height: Math.max(own, beside) - top };
};

/** Pixels. */
const MARGIN = 20;
const BETWEEN = 24;
/** Results of one drawing. */
const MOST_RESULTS = 6;
/** Characters. */
const LONGEST_LABEL = 600;
