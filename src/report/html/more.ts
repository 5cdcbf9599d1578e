import { grouped } from '../../document/grouped.js';
import type { ChainFamily, Report } from '../../document/report-model.js';
import { hostPort } from '../../wire/host-port.js';
import { setUpName } from '../set-up.js';
import { html, type Markup } from './markup.js';

/** Certificate chains by family: how many were answered as they should, and those that were not. */
export const chainsSection = ({ chains = [] }: Report): Markup | undefined =>
  chains.length === 0
    ? undefined
    : html`<h2>Certificate chains</h2>
        <div class="card scroll" tabindex="0" role="region" aria-label="Certificate chains">
          <table>
            <thead>
              <tr>
                <th scope="col">what they test</th>
                <th scope="col">set-up</th>
                <th scope="col">invalid, refused</th>
                <th scope="col">doubtful, refused</th>
                <th scope="col">valid, accepted</th>
                <th scope="col">not as expected</th>
              </tr>
            </thead>
            <tbody>
              ${chains.map(
                (family) =>
                  html`<tr>
                    <th scope="row">${family.family}<span class="sub">${family.suite}</span></th>
                    <td>${setUpName(family)}</td>
                    <td>${ratio(family.invalid, 'refused')}</td>
                    <td>${ratio(family.doubtful, 'refused')}</td>
                    <td>${ratio(family.valid, 'accepted')}</td>
                    <td>
                      ${family.chains.slice(0, MOST_CHAINS).map(({ chain, answer, kind, host, why }) => html`<div>${answer} ${kind} <code>${chain}</code> for ${host}${why !== undefined && html`: ${why}`}</div>`)}${left(family) > 0 && html`<div>and ${left(family)} more</div>`}
                    </td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`;

const left = ({ chains, more = 0 }: ChainFamily): number => Math.max(0, chains.length - MOST_CHAINS) + more;

const ratio = (answers: ChainFamily['invalid'], good: 'accepted' | 'refused'): string => {
  if (answers === undefined) return '–';
  const { accepted, refused, misbehaved = 0, inconclusive = 0 } = answers;
  return `${String(answers[good])} of ${String(accepted + refused + misbehaved + inconclusive)}`;
};

/** The rules of a norm, those that are not met first. */
export const profileSection = ({ profile }: Report): Markup | undefined => {
  if (profile === undefined) return undefined;
  const order = ['not-met', 'not-looked-at', 'met'] as const;
  const rules = grouped(profile.rules, ({ rule, state, because }) => `${rule} ${state} ${because}`)
    .map(([, each]) => each)
    .toSorted(([a], [b]) => order.indexOf(a?.state ?? 'met') - order.indexOf(b?.state ?? 'met'));
  return html`<h2 id="profile">${profile.title}, ${profile.version}</h2>
    ${profile.kind === 'controls' && html`<p>Evidence for an assessor; meeting these rules does not prove compliance.</p>`}
    <div class="card scroll" tabindex="0" role="region" aria-label="Rules of the profile">
      <table>
        <thead>
          <tr>
            <th scope="col">state</th>
            <th scope="col">rule</th>
            <th scope="col">section</th>
            <th scope="col">where</th>
            <th scope="col">because</th>
          </tr>
        </thead>
        <tbody>
          ${rules.map((each) => {
            const [first] = each;
            if (first === undefined) return undefined;
            const [status, word] =
              first.state === 'met'
                ? ['pass', 'met']
                : first.state === 'not-met'
                  ? [
                      first.level === 'must' ? 'fail' : 'warn',
                      first.level === 'must' ? 'not met' : 'not met, only advice',
                    ]
                  : ['inconclusive', 'not judged'];
            return html`<tr>
              <td><span class="badge ${status}">${word}</span></td>
              <th scope="row">${first.says}</th>
              <td>${first.section}</td>
              <td>${each.map(({ host, port }) => (port === undefined ? host : hostPort(host, port))).join(', ')}</td>
              <td>${first.because}</td>
            </tr>`;
          })}
        </tbody>
      </table>
      <p class="sub">Source: ${profile.source}</p>
    </div>`;
};

const MOST_CHAINS = 6;
