import { hashOf, page } from '../../report/html/page.js';
import { html, type Markup } from '../../report/html/markup.js';
import { STYLE } from '../../report/html/style.js';
import { setUpName } from '../../report/set-up.js';
import type { NamedEndpoint } from '../../serving/named-serve.js';
import { qrCode } from './qr.js';
import { LIVE_SCRIPT } from './script.js';

/** A scenario that can be switched to. */
export interface PlayableScenario {
  readonly id: string;
  readonly title: string;
  readonly family: string;
}

/** What the page shows besides what happens. */
export interface LivePageParts {
  readonly endpoints: readonly NamedEndpoint[];
  /** The password is the user's own, and not shown. */
  readonly hasOwnAccount: boolean;
  readonly scenarios: readonly PlayableScenario[];
  /** Where clients take the CA and their settings. */
  readonly setupUrl?: string | undefined;
  /** The CA's file on this machine. */
  readonly ca: string;
}

/** The page of the live view. */
export const livePage = (parts: LivePageParts): string =>
  `${page({ title: 'waxseal: live view', subject: 'live view', style: LIVE_STYLE, script: LIVE_SCRIPT, body: bodyOf(parts), connects: true }).toString()}\n`;

/** What the page may do, for its HTTP header. */
export const livePolicy = (): string =>
  `default-src 'none'; script-src '${hashOf(LIVE_SCRIPT)}'; style-src '${hashOf(LIVE_STYLE)}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const bodyOf = (parts: LivePageParts): Markup =>
  html`<main id="main">
    <div class="wrap">
      <section class="hero" aria-label="Summary">
        <h1>Live view <span class="badge" id="state">connecting</span></h1>
        <p class="lead">Each connection is judged when it ends; a secret that is sent in clear is shown at once.</p>
        <ul class="counts" id="counts"></ul>
        <p class="hush" id="said" role="status"></p>
      </section>
      <div class="live">
        <div>
          <h2 id="seen">Connections</h2>
          <p class="empty card" id="none">
            No client has connected yet. Set one up with the account on this page, and let it read or send a mail.
          </p>
          <div class="card group" id="connections"></div>
          <h2>Mails</h2>
          <div class="card" id="mails"></div>
        </div>
        <div>${scenarioSection(parts)}${setUpSection(parts)}</div>
      </div>
    </div>
  </main>`;

const scenarioSection = ({ scenarios }: LivePageParts): Markup => {
  const families = [...new Set(scenarios.map(({ family }) => family))];
  return html`<h2>Scenario</h2>
    <div class="card">
      <p>Now: <b id="playing"></b></p>
      ${scenarios.length < 2 && html`<p class="lead">This server was started with one scenario for each port.</p>`}
      ${
        scenarios.length > 1 &&
        html`<p class="sub">The first connection of each client is not attacked: it shows that the client works.</p>
          <label class="hush" for="search">Search scenarios</label
          ><input type="search" id="search" placeholder="Search scenarios" autocomplete="off" />
          <div class="choices" tabindex="0" role="region" aria-label="Scenarios">
            ${families.map(
              (family) =>
                html`<div class="family" role="group" aria-label="${family}">
                  <p class="sidehead">${family}</p>
                  ${scenarios
                    .filter((each) => each.family === family)
                    .map(
                      ({ id, title }) =>
                        html`<button
                          type="button"
                          data-scenario="${id}"
                          data-words="${`${id} ${title}`.toLowerCase()}"
                          aria-pressed="false"
                          title="${title}"
                        >
                          ${id === 'control' ? 'control (honest server)' : id}
                        </button>`,
                    )}
                </div>`,
            )}
          </div>`
      }
    </div>`;
};

const setUpSection = ({ endpoints, hasOwnAccount, setupUrl, ca }: LivePageParts): Markup =>
  html`<h2>Set up a client</h2>
    <div class="card">
      <p class="sub">1. Have the client trust the CA. It is for tests only: remove it afterwards.</p>
      ${
        setupUrl !== undefined &&
        html`<ul class="chips">
            ${FILES.map(([path, words]) => html`<li><a href="${setupUrl}${path}" rel="noreferrer" download>${words}</a></li>`)}
          </ul>
          <p class="sub">A phone opens <code>${setupUrl}</code> (with --listen, from its network), or reads:</p>
          ${qrCode(setupUrl, `QR code of ${setupUrl}`)}`
      }
      <p class="sub">The CA on this machine: <code>${ca}</code></p>
      <p class="sub">
        2. Enter one of these accounts, or let Thunderbird and others find it by the account settings above.
      </p>
      ${endpoints.map(
        (endpoint) =>
          html`<dl class="facts account">
            <dt>${setUpName(endpoint)}</dt>
            <dd><b>${endpoint.portRole}</b></dd>
            <dt>server</dt>
            <dd><code>${endpoint.host}</code></dd>
            <dt>port</dt>
            <dd><code>${String(endpoint.port)}</code></dd>
            <dt>user</dt>
            <dd><code>${endpoint.user}</code></dd>
            <dt>password</dt>
            <dd>${hasOwnAccount ? 'as in your file' : html`<code>${endpoint.password}</code>`}</dd>
          </dl>`,
      )}
    </div>`;

/** Below the address of the set-up server. */
const FILES = [
  ['ca.crt', 'CA for Android, iOS, Windows'],
  ['ca.pem', 'CA as PEM'],
  ['ca.p12', 'CA as PKCS#12 (Java)'],
  ['waxseal.mobileconfig', 'Apple profile: CA and accounts'],
  ['mail/config-v1.1.xml', 'Account settings (Mozilla autoconfig)'],
] as const;

const LIVE_STYLE = `${STYLE}
.live{display:grid;grid-template-columns:minmax(0,1fr) 350px;gap:20px}
.live .group:empty{display:none}
.qr{width:180px;height:180px;border-radius:8px;display:block;margin:8px 0}
.account{border-top:1px solid var(--line);padding:8px 0;margin:8px 0 0}
.choices{max-height:340px;overflow:auto;margin-top:8px}
.family button{display:block;width:100%;text-align:left;border-color:transparent;min-height:0;padding:3px 8px;font-size:.86rem;overflow-wrap:anywhere}
.family .sidehead{margin:.8em 0 .2em}
.hero .badge{font-size:.8rem;vertical-align:3px}
input[type=search]{width:100%}
.open{padding:9px 18px;border-top:1px solid var(--line);color:var(--dim)}
@media(max-width:860px){.live{grid-template-columns:minmax(0,1fr)}}
`;
