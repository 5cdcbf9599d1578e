import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Report } from '../../src/document/report-model.js';
import { renderReport } from '../../src/report/render.js';
import { ROOT } from '../docs/pages.js';

const audit = JSON.parse(readFileSync(join(ROOT, 'fixtures/reports/audit.json'), 'utf8')) as Report;
const [result] = audit.results;

/** The line of an audit whose lookups came to this. */
const lineFor = (domain: object): string | undefined => {
  if (result === undefined) throw new Error('the golden audit has no result');
  const { port: _port, ...ofDomain } = result;
  const report = { ...audit, results: [{ ...ofDomain, host: 'example.org', facts: { domain } }] };
  return /^DNS .*$/m.exec(renderReport(report, 'text', { width: 500 }))?.[0];
};

describe('the line about a domain', () => {
  it('says unknown of all that no resolver answered', () => {
    const failed = { status: 'failed', why: 'no DNS resolver answers' };
    const facts = { mx: failed, hosts: [], mtaSts: failed, tlsa: [], tlsRpt: failed, caa: failed };
    expect(lineFor({ ...facts, srv: [{ service: '_imaps', records: failed }] })).to.equal(
      'DNS     MX unknown, MTA-STS unknown, DANE unknown, SRV unknown, TLS-RPT unknown, CAA unknown',
    );
  });

  it('says no of what was looked for and is not there', () => {
    const none = { status: 'none' };
    const mx = { status: 'found', records: [{ preference: 10, exchange: 'mx.example.org' }], isValidated: false };
    const tlsa = [{ host: 'mx.example.org', port: 25, records: none }];
    const facts = { mx, hosts: [], mtaSts: none, tlsa, tlsRpt: none, caa: none };
    expect(lineFor({ ...facts, srv: [{ service: '_imaps', records: none }] })).to.equal(
      'DNS     1 MX, no MTA-STS, no DANE, no SRV, no TLS-RPT, no CAA; without DNSSEC',
    );
  });
});
