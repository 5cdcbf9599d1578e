import { toolVersion } from '../../document/version.js';
import type { Sides } from '../sides.js';
import type { Lane, Piece, Step } from '../wire-chart.js';
import { html, type Markup } from './markup.js';

/** The sequence charts of a result: both sides of each connection in time, and beside them what a careful client does. */
export const chart = ({ own, careful, difference, left }: Sides, who: 'client' | 'server'): Markup =>
  html` <figure class="wire">
    ${difference !== undefined && html`<p class="differs-line"><b>First difference after the attack began:</b> ${difference}.</p>`}
    <div class="sides${careful === undefined ? ' one' : ''}">
      <section class="side">
        <p class="sidehead">${who === 'client' ? 'This client' : 'What this server said'}</p>
        ${careful !== undefined && html`<p class="src">seen in this run</p>`}
        ${own.map((lane) => laneMarkup(lane, true, who === 'client' ? 'client' : 'waxseal'))}
        ${left > 0 && html`<p class="src">and ${left} more ${left === 1 ? 'connection' : 'connections'}</p>`}
      </section>
      ${
        careful !== undefined &&
        html`<section class="side careful">
          <p class="sidehead">What should have happened: a careful client</p>
          <p class="src">
            waxseal’s own test client in the same case, recorded with waxseal ${toolVersion()}; not part of this run
          </p>
          ${careful.map((lane) => laneMarkup(lane, false, 'client'))}
        </section>`
      }
    </div>
  </figure>`;

const laneMarkup = ({ title, steps, gaps }: Lane, hasTimes: boolean, client: string): Markup =>
  html` <p class="lanehead">${title}</p>
    <div class="ends${hasTimes ? '' : ' bare'}" aria-hidden="true"><span>${client}</span><span>server</span></div>
    <ol class="lane${hasTimes ? '' : ' bare'}">
      ${steps.map((step, index) => html`${gap(gaps.get(index))}${stepMarkup(step)}`)}${gap(gaps.get(steps.length))}
    </ol>`;

const gap = (left: number | undefined): Markup | undefined =>
  left === undefined
    ? undefined
    : html`<li class="gap">
        <span class="t"></span>
        <div class="track">… ${left} more</div>
      </li>`;

const stepMarkup = (step: Step): Markup => {
  const time = html`<span class="t">${step.at === undefined ? '' : `${String(Math.round(step.at))} ms`}</span>`;
  const proof = step.proof.map((why) => html`<p class="proof">▲ ${why}</p>`);
  switch (step.kind) {
    case 'message': {
      const { from, inside, isAttack, lines } = step;
      const leaked = proof.length > 0;
      return html`<li class="msg ${from} ${inside ? 'tls' : 'clear'}${leaked ? ' leaked' : ''}">
        ${time}
        <div class="track">
          <span class="hush">${from} ${inside ? 'inside TLS' : 'in clear'}: </span>
          <div class="line">
            <span class="tags"
              ><span class="tag way" aria-hidden="true">${inside ? 'TLS' : 'CLEAR'}</span
              >${isAttack && html`<span class="tag atk">attack</span>`}</span
            >
            <pre>${lines.map((line, index) => html`${index > 0 && LINE_END}${line.map(pieceMarkup)}`)}</pre>
          </div>
          ${proof}
          <div class="arrow"></div>
        </div>
      </li>`;
    }
    case 'boundary':
      return html`<li class="bound ${step.how}">
        ${time}
        <div class="track"><span class="l">${SIGNS[step.how]} ${step.text}</span>${differs(step)}${proof}</div>
      </li>`;
    case 'event':
      return html`<li class="ev${step.isAttack ? ' atk' : ''}">
        ${time}
        <div class="track">${step.text}${differs(step)}${proof}</div>
      </li>`;
  }
};

const differs = (step: { readonly differs?: true }): Markup | undefined =>
  step.differs === true ? html` <span class="differs-note">differs here</span>` : undefined;

const pieceMarkup = ({ text, mark }: Piece): Markup =>
  mark === undefined ? html`${text}` : html`<mark class="${mark}">${text}</mark>`;

const LINE_END = html`<br />`;
const SIGNS = { trusted: '🔒︎', untrusted: '✕', failed: '✕', outside: '⚠︎' } as const;
