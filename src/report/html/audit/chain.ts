import type { Report } from '../../../document/report-model.js';
import { html, type Markup } from '../markup.js';
import { factOf, fieldOf, listOf, textOf, type AuditedPort } from './facts.js';

/** The certificates that were presented, as pictures: who signed whom, and how long each is valid; equal ones once. */
export const chainPictures = (ports: readonly AuditedPort[], { startedAt }: Report): Markup | undefined => {
  const pictures = new Map<string, { readonly picture: Markup; readonly on: string[] }>();
  for (const port of ports) {
    const [first] = listOf(factOf(port, 'chains'));
    const chain = fieldOf(first, 'chain');
    const picture = pictureOf(chain, Date.parse(startedAt));
    if (picture === undefined) continue;
    const key = picture.toString();
    const same = pictures.get(key);
    if (same === undefined) pictures.set(key, { picture, on: [String(port.port)] });
    else same.on.push(String(port.port));
  }
  if (pictures.size === 0) return undefined;
  return html`<h2 id="certificates">Certificates</h2>
    <div class="pics">
      ${[...pictures.values()].map(
        ({ picture, on }) =>
          html`<div class="card pic">
            <h3>port ${[...new Set(on)].join(', ')}</h3>
            ${picture}
          </div>`,
      )}
    </div>`;
};

interface Shown {
  readonly subject: string;
  readonly from: number;
  readonly to: number;
  readonly key: string;
  readonly names: string;
}

const pictureOf = (chain: unknown, now: number): Markup | undefined => {
  const path = listOf(fieldOf(chain, 'path'));
  const presented = listOf(fieldOf(chain, 'certificates'));
  const leaf = fieldOf(chain, 'leaf');
  const all = (path.length > 0 ? path : presented.length > 0 ? presented : leaf === undefined ? [] : [leaf])
    .slice(0, MOST_CERTIFICATES)
    .flatMap(shownOf);
  if (all.length === 0 || Number.isNaN(now)) return undefined;
  const state = textOf(fieldOf(chain, 'chain')) ?? 'unknown';
  const isTrusted = state === 'trusted';
  const from = Math.min(now, ...all.map((each) => each.from));
  const to = Math.max(now, ...all.map((each) => each.to));
  const x = (time: number): number => 12 + Math.round((536 * (time - from)) / Math.max(1, to - from));
  const height = all.length * ROW + 6;
  const sentence = all
    .map((each) => `${each.subject}, valid ${day(each.from)} to ${day(each.to)}${each.to < now ? ', expired' : ''}`)
    .join('; signed by ');
  return html`<p class="sub">
      <span class="badge ${isTrusted ? 'pass' : 'fail'}">${isTrusted ? '✓ trusted' : `✕ ${state}`}</span>
      ${all[0]?.names ?? ''}
    </p>
    <svg viewBox="0 0 560 ${height}" role="img" aria-label="Chain: ${sentence}">
      ${all.map((each, index) => {
        const y = index * ROW + 4;
        const isOver = each.to < now || each.from > now;
        const days = Math.floor((each.to - now) / DAY);
        return html`${index > 0 && html`<path d="M24 ${y - 20}v14m-4 -5l4 5l4 -5" fill="none" stroke="var(--dim)" stroke-width="1.5" /><text class="d" x="36" y="${y - 8}">signed by</text>`}
          <rect
            x="4"
            y="${y}"
            width="552"
            height="${ROW - 26}"
            rx="8"
            fill="var(--soft)"
            stroke="var(--${isOver || (!isTrusted && index === all.length - 1) ? 'bad' : 'line'})"
          />
          <text x="14" y="${y + 18}">${clip(each.subject, 64)}</text
          ><text class="d" x="546" y="${y + 18}" text-anchor="end">${each.key}</text>
          <line x1="12" x2="548" y1="${y + 33}" y2="${y + 33}" stroke="var(--line)" stroke-width="6" /><line
            x1="${x(each.from)}"
            x2="${Math.max(x(each.from) + 3, x(each.to))}"
            y1="${y + 33}"
            y2="${y + 33}"
            stroke="var(--${isOver ? 'bad' : days < 14 ? 'warn' : 'good'})"
            stroke-width="6"
            ${isOver && html` stroke-dasharray="5 3"`}
          />
          <text class="d" x="14" y="${y + 53}">${day(each.from)} – ${day(each.to)}</text
          ><text class="d" x="546" y="${y + 53}" text-anchor="end"
            >${days < 0 ? `expired ${String(-days)} days before the audit` : `${String(days)} days left at the audit`}</text
          >`;
      })}
      <line
        x1="${x(now)}"
        x2="${x(now)}"
        y1="4"
        y2="${height - 22}"
        stroke="var(--link)"
        stroke-width="1.5"
        stroke-dasharray="2 3"
      />
      <text class="d" x="${Math.min(470, Math.max(12, x(now) - 40))}" y="${height - 6}">audit: ${day(now)}</text>
    </svg>`;
};

const shownOf = (certificate: unknown): Shown[] => {
  const [from, to] = ['notBefore', 'notAfter'].map((name) => Date.parse(textOf(fieldOf(certificate, name)) ?? ''));
  if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to)) return [];
  const names = listOf(fieldOf(fieldOf(certificate, 'names'), 'dns')).filter((each) => typeof each === 'string');
  const bits = fieldOf(certificate, 'keyBits');
  return [
    {
      subject: textOf(fieldOf(certificate, 'subject')) ?? 'no subject',
      from,
      to,
      key: `${textOf(fieldOf(certificate, 'keyType')) ?? ''}${typeof bits === 'number' ? ` ${String(bits)} bits` : ''}`,
      names: clip(names.join(', '), 120),
    },
  ];
};

const clip = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Milliseconds. */
const DAY = 86_400_000;
/** Pixels of the picture. */
const ROW = 88;
const MOST_CERTIFICATES = 6;
