import type { Report, Result } from '../../document/report-model.js';
import { counted } from '../layout.js';
import { html, type Markup } from './markup.js';

/** Scope: what was looked at, by whom, when, from where, and what was not. */
export const aboutSection = (report: Report): Markup => {
  const { subject, startedAt, finishedAt, seed, selfTest, authorizedBy, depth, profile, tool, kind, interrupted } =
    report;
  const row = (label: string, value: string | Markup | undefined): Markup | undefined =>
    value === undefined || value === ''
      ? undefined
      : html`<dt>${label}</dt>
          <dd>${value}</dd>`;
  const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  return html` <h2 id="scope">Scope</h2>
    <div class="card">
      <dl class="facts">
        ${row(
          kind === 'audit' ? 'servers' : 'client',
          subject.targets === undefined
            ? undefined
            : html`<ul class="chips">
                ${subject.targets.slice(0, MOST_TARGETS).map((target) => html`<li>${target}</li>`)}${subject.targets.length > MOST_TARGETS && html`<li>and ${subject.targets.length - MOST_TARGETS} more</li>`}
              </ul>`,
        )}
        ${subject.command !== undefined && row('command', html`<code class="copy">${subject.command.join(' ')}</code>`)}
        ${row('when', `${instant(startedAt)}${Number.isFinite(seconds) ? `, ${counted(seconds, 'second')}` : ''}`)}
        ${row('authorized by', authorizedBy ?? (kind === 'test' ? undefined : 'nobody was named'))}
        ${row('from where', whereFrom(report))} ${row('depth', depth)}
        ${row('profile', profile && `${profile.title}, ${profile.version}`)}
        ${row('self-test', selfTest === undefined ? undefined : `${selfTest} (clients with a planted flaw, and a careful one, are judged first)`)}
        ${row('seed', seed)}${row('made by', `waxseal ${tool.version}`)}
        ${interrupted === true && row('ended', 'by an interruption: what came later was not seen')}
      </dl>
    </div>
    ${notes('Set-up', report.diagnosis)} ${exceptions(report.results)} ${untested(report)}`;
};

const notes = (title: string, all: readonly string[] | undefined): Markup | undefined =>
  all === undefined || all.length === 0
    ? undefined
    : html`<h2>${title}</h2>
        <div class="card">
          <ul class="notes">
            ${all.map((each) => html`<li>${each}</li>`)}
          </ul>
        </div>`;

/** Results that somebody accepts, with owner and last day. */
const exceptions = (results: readonly Result[]): Markup | undefined => {
  const accepted = results.flatMap((result) => (result.known === undefined ? [] : [{ result, known: result.known }]));
  if (accepted.length === 0) return undefined;
  return html`<h2>Accepted exceptions</h2>
    <div class="card scroll" tabindex="0" role="region" aria-label="Accepted exceptions">
      <table>
        <thead>
          <tr>
            <th scope="col">case</th>
            <th scope="col">status</th>
            <th scope="col">reason</th>
            <th scope="col">owner</th>
            <th scope="col">until</th>
            <th scope="col">state</th>
          </tr>
        </thead>
        <tbody>
          ${accepted.map(
            ({ result, known }) =>
              html`<tr>
                <th scope="row"><code>${result.case}</code></th>
                <td>${result.status}</td>
                <td>${known.reason}</td>
                <td>${known.owner ?? 'nobody named'}</td>
                <td>${known.until ?? 'no end'}</td>
                <td>${STATES[known.state]}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
};

const STATES = { expected: 'in force', stale: 'expired', 'unexpectedly-good': 'no longer needed' } as const;

/** What a reader must not take for tested. */
const untested = ({ results, leftOut = [], depth, closed = [], faults = [], profile, kind }: Report): Markup => {
  const skipped = new Map<string, number>();
  for (const { status, because } of results)
    if (status === 'not-applicable') skipped.set(because, (skipped.get(because) ?? 0) + 1);
  const open = results.filter(({ status }) => status === 'inconclusive').length;
  const byDepth = [...new Set(leftOut.map((each) => each.depth))].map((deeper) => {
    const checks = [...new Set(leftOut.filter((each) => each.depth === deeper).map(({ check }) => check))];
    return `${counted(checks.length, 'check')} that only --depth ${deeper} runs (this run: ${depth ?? 'less'}): ${checks.join(', ')}`;
  });
  const unjudged = profile?.rules.filter(({ state }) => state === 'not-looked-at').length ?? 0;
  const lines = [
    ...faults.map((fault) => `not observed: ${fault}`),
    ...(open > 0 ? [`${counted(open, 'result')} inconclusive: nothing was proved, neither good nor bad`] : []),
    ...byDepth,
    ...[...skipped]
      .toSorted(([, a], [, b]) => b - a)
      .map(([why, count]) => `${counted(count, kind === 'audit' ? 'check' : 'case')} not applicable: ${why}`),
    ...closed.map(
      ({ host, address, port, how }) =>
        `${host} (${address}), port ${String(port)}: ${how === 'refused' ? 'closed' : 'no answer'}`,
    ),
    ...(unjudged > 0 ? [`${counted(unjudged, 'rule')} of the profile could not be judged`] : []),
    ...(profile === undefined ? [] : [`the profile leaves out: ${profile.leavesOut}`]),
    kind === 'audit'
      ? 'anything behind these ports: mailboxes, filters, other hosts of the same service, other paths through the network'
      : 'anything but what this command did: other accounts, settings and versions of the same program',
  ];
  return html`<h2 id="not-tested">Not tested</h2>
    <div class="card">
      <ul class="notes">
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>
    </div>`;
};

/** RFC 3339, for people. */
const instant = (text: string): string =>
  text
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
    .replace(/Z$/, ' UTC');

/** Addresses, where they were noted. */
const whereFrom = ({ from, place, kind }: Report): string | undefined => {
  if (from !== undefined) return from.join(', ');
  if (place !== undefined) return PLACES[place];
  return kind === 'audit' ? 'not noted in this report' : undefined;
};

const PLACES = {
  loopback: 'this machine only (loopback)',
  cell: 'an isolated network of this machine, with real host names and ports',
} as const;
const MOST_TARGETS = 60;
