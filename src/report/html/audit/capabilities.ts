import { html, type Markup } from '../markup.js';
import { factOf, fieldOf, textsOf, type AuditedPort } from './facts.js';

/** What each port says that it can do, before and after TLS: what is new inside, and what is gone. */
export const capabilitiesSection = (ports: readonly AuditedPort[]): Markup | undefined => {
  const rows = ports.flatMap((port) => {
    const [before, after] = [
      capabilitiesOf(factOf(port, 'dialogue', 'outside')),
      capabilitiesOf(factOf(port, 'dialogue', 'inside') ?? factOf(port, 'inside', 'offer')),
    ];
    return before === undefined && after === undefined ? [] : [{ port, before, after }];
  });
  if (rows.length === 0) return undefined;
  return html`<h2 id="capabilities">Capabilities before and after TLS</h2>
    <div class="card scroll" tabindex="0" role="region" aria-label="Capabilities before and after TLS">
      <p class="sub">
        Struck out: offered before TLS, but not inside it. With + and in blue: offered inside TLS only. Unmarked:
        offered in both.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">port</th>
            <th scope="col">before TLS, in clear</th>
            <th scope="col">inside TLS</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ port, before, after }) =>
              html`<tr>
                <th scope="row">${port.port}<span class="sub">${port.role}</span></th>
                <td>
                  ${port.tls === 'implicit' ? html`<span class="sub">nothing is said before TLS</span>` : chips(before, new Set(after), 'gone')}
                </td>
                <td>${chips(after, new Set(port.tls === 'implicit' ? after : before), 'new')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
};

const chips = (all: readonly string[] | undefined, others: ReadonlySet<string>, mark: 'gone' | 'new'): Markup =>
  all === undefined
    ? html`<span class="sub">not seen</span>`
    : all.length === 0
      ? html`<span class="sub">none</span>`
      : html`<ul class="chips">
          ${all.map((each) => html`<li class="${others.has(each) ? '' : mark}">${each}</li>`)}
        </ul>`;

/** An offer as the words of a list. */
const capabilitiesOf = (offer: unknown): string[] | undefined => {
  if (typeof offer !== 'object' || offer === null) return undefined;
  return [
    ...(fieldOf(offer, 'upgrade') === true ? ['STARTTLS'] : []),
    ...(fieldOf(offer, 'loginDisabled') === true ? ['LOGINDISABLED'] : []),
    ...textsOf(fieldOf(offer, 'logins')).map((each) => `login: ${each}`),
    ...textsOf(fieldOf(offer, 'extensions')),
  ];
};
