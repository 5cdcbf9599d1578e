import { html, type Markup } from '../markup.js';
import { factOf, fieldOf, listOf, textOf, textsOf, type AuditedPort } from './facts.js';

/** Cipher suites by version, newest first, and groups; ports that differ have cards of their own. */
export const suitesSection = (ports: readonly AuditedPort[]): Markup | undefined => {
  const cards = new Map<string, { readonly card: Markup; readonly on: string[] }>();
  for (const port of ports) {
    const card = cardOf(port);
    if (card === undefined) continue;
    const same = cards.get(card.toString());
    if (same === undefined) cards.set(card.toString(), { card, on: [String(port.port)] });
    else same.on.push(String(port.port));
  }
  if (cards.size === 0) return undefined;
  return html`<h2 id="suites">Cipher suites and groups</h2>
    <ul class="legend">
      <li><span class="badge">A</span>forward secrecy, authenticated encryption</li>
      <li><span class="badge warn">▲ B</span>older: CBC, or no forward secrecy</li>
      <li><span class="badge fail">✕ C</span>weak: must not be used</li>
    </ul>
    <div class="pics">
      ${[...cards.values()].map(
        ({ card, on }) =>
          html`<div class="card">
            <h3>port ${[...new Set(on)].join(', ')}</h3>
            ${card}
          </div>`,
      )}
    </div>`;
};

const cardOf = (port: AuditedPort): Markup | undefined => {
  const versions = listOf(factOf(port, 'suites', 'versions'));
  const groups = [
    ...new Set([...textsOf(factOf(port, 'groups', 'tls13')), ...textsOf(factOf(port, 'groups', 'older'))]),
  ];
  if (versions.length === 0 && groups.length === 0) return undefined;
  return html`${versions.toReversed().map((each) => {
    const names = listOf(fieldOf(each, 'suites')).flatMap((suite) => textOf(fieldOf(suite, 'suite')) ?? []);
    const version = (textOf(fieldOf(each, 'version')) ?? '').replace('TLSv', 'TLS ').replace('SSLv', 'SSL ');
    return names.length === 0
      ? undefined
      : html`<p class="lanehead">${version}: ${names.length}</p>
          ${blocks(names)}
          <ul class="chips">
            ${names.slice(0, MOST_SUITES).map((name) => html`<li class="${CLASSES[gradeOf(name)]}">${gradeOf(name)} ${name.replace(/^TLS_/, '')}</li>`)}
          </ul>`;
  })}${
    groups.length > 0 &&
    html`<p class="lanehead">groups: ${groups.length}</p>
      <ul class="chips">
        ${groups.map((name) => html`<li class="${/mlkem|kyber/i.test(name) ? 'new' : ''}">${name}</li>`)}
      </ul>`
  }`;
};

/** A bar of blocks: how many suites of which grade. */
const blocks = (names: readonly string[]): Markup => {
  const grades = names.slice(0, MOST_SUITES).map(gradeOf).toSorted();
  const width = grades.length * 20;
  return html`<div class="pic">
    <svg
      viewBox="0 0 ${Math.max(400, width)} 16"
      role="img"
      aria-label="${(['A', 'B', 'C'] as const).map((grade) => `${grade}: ${String(grades.filter((each) => each === grade).length)}`).join(', ')}"
    >
      ${grades.map((grade, index) => html`<rect x="${index * 20}" y="${grade === 'A' ? 2 : grade === 'B' ? 5 : 8}" width="17" height="${grade === 'A' ? 12 : grade === 'B' ? 9 : 6}" rx="2" fill="var(--${FILLS[grade]})" />`)}
    </svg>
  </div>`;
};

type Grade = 'A' | 'B' | 'C';

/** By what the name says (RFC 9325 §4.2): no more than a picture; the checks judge. */
const gradeOf = (name: string): Grade => {
  if (/NULL|EXPORT|RC4|RC2|_DES|3DES|anon|MD5|IDEA/i.test(name)) return 'C';
  if (/_(GCM|CCM|CCM_8|CHACHA20_POLY1305)(_|$)/.test(name) && (!name.includes('_WITH_') || /_(ECDHE|DHE)_/.test(name)))
    return 'A';
  return 'B';
};

const CLASSES = { A: '', B: 'mid', C: 'weak' } as const;
const FILLS = { A: 'good', B: 'warn', C: 'bad' } as const;
const MOST_SUITES = 60;
