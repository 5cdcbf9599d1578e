import { html, type Markup } from '../markup.js';
import protocols from '../../../protocols/index.js';
import { factOf, fieldOf, listOf, textOf, textsOf, type AuditedPort } from './facts.js';

/** The two doors to the same mail side by side: the port with STARTTLS and the one with implicit TLS. */
export const doorsSection = (ports: readonly AuditedPort[]): Markup | undefined => {
  const pairs = ports
    .filter(({ tls }) => tls === 'starttls')
    .flatMap((port) => {
      const own = factOf(port, 'doors', 'own');
      return own === undefined ? [] : listOf(factOf(port, 'doors', 'others')).map((other) => ({ port, own, other }));
    });
  if (pairs.length === 0) return undefined;
  return html`<h2 id="doors">Two doors, one mailbox</h2>
    <div class="doors">
      ${pairs.map(
        ({ port, own, other }) =>
          html`<div
            class="card scroll"
            tabindex="0"
            role="region"
            aria-label="Doors of ${protocols[port.protocol].title}"
          >
            <table>
              <caption>
                ${protocols[port.protocol].title} on ${port.host}
              </caption>
              <thead>
                <tr>
                  <td></td>
                  <th scope="col">STARTTLS: ${whereOf(own)}</th>
                  <th scope="col">implicit TLS: ${whereOf(other)}</th>
                  <td></td>
                </tr>
              </thead>
              <tbody>
                ${ROWS.map(([label, value]) => {
                  const [a, b] = [value(own), value(other)];
                  return html`<tr>
                    <th scope="row">${label}</th>
                    <td>${a}</td>
                    <td>${b}</td>
                    <td>
                      ${a === b ? html`<span class="badge">= same</span>` : html`<span class="badge warn">≠ differs</span>`}
                    </td>
                  </tr>`;
                })}
              </tbody>
            </table>
          </div>`,
      )}
    </div>`;
};

const whereOf = (door: unknown): string => textOf(fieldOf(door, 'where')) ?? '';

const leaf = (door: unknown, name: string): string => textOf(fieldOf(fieldOf(door, 'leaf'), name)) ?? 'not seen';

const ROWS: readonly (readonly [string, (door: unknown) => string])[] = [
  ['certificate', (door) => leaf(door, 'fingerprintSha256').slice(0, 16)],
  ['valid until', (door) => leaf(door, 'notAfter').slice(0, 10)],
  [
    'TLS versions',
    (door) =>
      textsOf(fieldOf(door, 'versions'))
        .map((each) => each.replace('TLSv', 'TLS '))
        .join(', ') || 'none',
  ],
  ['logins', (door) => textsOf(fieldOf(door, 'logins')).join(', ') || 'none'],
  ['serves any client', (door) => (fieldOf(door, 'servesAnybody') === true ? 'yes' : 'no')],
];
