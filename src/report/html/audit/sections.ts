import type { Report } from '../../../document/report-model.js';
import { isBad, worse } from '../../text/style.js';
import { portWords } from '../../text/ports.js';
import protocols from '../../../protocols/index.js';
import { html, type Markup } from '../markup.js';
import { badge, severity } from '../results.js';
import { capabilitiesSection } from './capabilities.js';
import { chainPictures } from './chain.js';
import { doorsSection } from './doors.js';
import { auditedPorts, type AuditedPort } from './facts.js';
import { suitesSection } from './suites.js';

/** What an audit learned, before its findings: ports, doors, capabilities, suites, chains. */
export const auditSections = (report: Report): Markup => {
  const ports = auditedPorts(report);
  return ports.length === 0
    ? html``
    : html`${matrix(ports)}${doorsSection(ports)}${capabilitiesSection(ports)}${suitesSection(ports)}${chainPictures(ports, report)}`;
};

/** Ports by protocol and TLS mode. */
const matrix = (ports: readonly AuditedPort[]): Markup => {
  const rows = new Map<string, AuditedPort[]>();
  for (const port of ports) {
    const key = JSON.stringify([port.host, port.address, port.protocol]);
    rows.set(key, [...(rows.get(key) ?? []), port]);
  }
  const cell = (some: readonly AuditedPort[]): Markup =>
    some.length === 0 ? html`<span class="sub">not audited</span>` : html`${some.map(portCell)}`;
  return html`<h2 id="ports">Ports and modes</h2>
    <div class="card scroll" tabindex="0" role="region" aria-label="Ports and modes">
      <table class="modes">
        <thead>
          <tr>
            <th scope="col">server</th>
            <th scope="col">STARTTLS</th>
            <th scope="col">implicit TLS</th>
          </tr>
        </thead>
        <tbody>
          ${[...rows.values()].map((some) => {
            const [first] = some;
            if (first === undefined) return undefined;
            return html`<tr>
              <th scope="row">
                ${protocols[first.protocol].title}<span class="sub"
                  >${first.host}${first.address !== '' && ` (${first.address})`}</span
                >
              </th>
              <td class="cell">${cell(some.filter(({ tls }) => tls === 'starttls'))}</td>
              <td class="cell">${cell(some.filter(({ tls }) => tls === 'implicit'))}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
};

const portCell = ({ port, role, results }: AuditedPort): Markup => {
  const [worst] = results.toSorted(worse);
  const { encryption, beforeTls, certificate } = portWords(results);
  const findings = results.filter(({ status }) => isBad(status)).length;
  const status =
    worst === undefined
      ? 'inconclusive'
      : worst.status === 'info' || worst.status === 'not-applicable'
        ? 'pass'
        : worst.status;
  return html`<div>
    <b>${port}</b> ${role}
    ${badge(status)}${worst !== undefined && isBad(worst.status) && html` ${severity(worst)}`}${findings > 1 && html` <span class="sub">${findings} findings</span>`}
    <small>${encryption} · before TLS: ${beforeTls} · certificate: ${certificate}</small>
  </div>`;
};
