import { expect } from 'chai';
import type { DomainFacts } from '../../src/domain-checks/facts.js';
import domainChecks from '../../src/domain-checks/index.js';

/** A domain on which all is well. */
const GOOD: DomainFacts = {
  domain: 'example.org',
  mx: { status: 'found', records: [{ preference: 10, exchange: 'mx.example.org' }], isValidated: true },
  hosts: [
    { host: 'mx.example.org', addresses: ['192.0.2.1'] },
    { host: 'imap.example.org', addresses: ['192.0.2.2'] },
  ],
  mtaSts: { status: 'found', records: ['v=STSv1; id=20260101T000000;'], isValidated: true },
  policy: { mode: 'enforce', mx: ['mx.example.org'], maxAge: 604_800 },
  tlsa: [
    {
      host: 'mx.example.org',
      port: 25,
      records: {
        status: 'found',
        records: [
          { usage: 3, selector: 1, matchingType: 1, match: 'differs' },
          { usage: 3, selector: 1, matchingType: 1, match: 'matches' },
        ],
        isValidated: true,
      },
    },
  ],
  tlsRpt: { status: 'found', records: ['v=TLSRPTv1; rua=mailto:tls@example.org'], isValidated: true },
  caa: { status: 'found', records: [{ tag: 'issue', value: 'ca.example' }], isValidated: true },
  srv: [
    {
      service: '_imaps._tcp',
      records: { status: 'found', records: [{ target: 'imap.example.org', port: 993 }], isValidated: true },
    },
    { service: '_imap._tcp', records: { status: 'found', records: [{ target: '.', port: 0 }], isValidated: true } },
  ],
  files: [
    {
      kind: 'autoconfig',
      url: 'https://autoconfig.example.org/mail/config-v1.1.xml',
      servers: [{ protocol: 'imap', host: 'imap.example.org', port: 993, encryption: 'implicit' }],
    },
  ],
  served: [
    { host: 'mx.example.org', port: 25, isReached: true, isEncrypted: true, certificate: 'good' },
    { host: 'imap.example.org', port: 993, isReached: true, isEncrypted: true, certificate: 'good' },
  ],
};

describe('checks of domains', () => {
  for (const { id, judge, examples } of domainChecks) {
    for (const { given, then } of examples)
      it(`${id}: ${JSON.stringify(given)} is ${then}`, () => {
        expect(judge({ ...GOOD, ...given }).status).to.equal(then);
      });

    it(`${id} has examples from both sides`, () => {
      const statuses = examples.map(({ then }) => then);
      expect(statuses).to.include('pass');
      expect(statuses).to.satisfy((all: readonly string[]) =>
        all.some((each) => each !== 'pass' && each !== 'inconclusive'),
      );
    });
  }

  it('have names and titles of their own', () => {
    expect(new Set(domainChecks.map(({ id }) => id)).size).to.equal(domainChecks.length);
  });
});
