import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { inspectCertificate, parsedCertificate, type ParsedCertificate } from '../../src/tls/inspect.js';
import { issuerOf } from '../../src/tls/inspect-chain.js';
import { ocspRequest, statusInResponse } from '../../src/tls/ocsp.js';
import { statusInList } from '../../src/tls/revocation-list.js';
import { requireReal } from '../support/real.js';

// Certificates, lists and responses that OpenSSL and GnuTLS made: what is right is not found fault with, and one mistake is one finding.

const GOOD = [
  'basicConstraints = critical, CA:FALSE',
  'keyUsage = critical, digitalSignature, keyEncipherment',
  'extendedKeyUsage = serverAuth, clientAuth',
  'subjectKeyIdentifier = hash',
  'authorityKeyIdentifier = keyid',
  'subjectAltName = DNS:mail.example.org, DNS:*.example.org, DNS:localhost, IP:192.0.2.1',
  'certificatePolicies = 2.23.140.1.2.1',
  'authorityInfoAccess = OCSP;URI:http://127.0.0.1:1/ocsp',
  'crlDistributionPoints = URI:http://127.0.0.1:1/a.crl, URI:ldap://127.0.0.1/b',
];

const without = (name: string, ...instead: readonly string[]): readonly string[] => [
  ...GOOD.filter((line) => !line.startsWith(name)),
  ...instead,
];

const ROWS: readonly {
  readonly title: string;
  readonly extensions: readonly string[];
  readonly serial?: string;
  readonly days?: number;
  readonly found: readonly RegExp[];
}[] = [
  { title: 'as public authorities issue them', extensions: GOOD, found: [] },
  { title: 'for 398 days', extensions: GOOD, days: 398, found: [] },
  { title: 'for 825 days', extensions: GOOD, days: 825, found: [] },
  {
    title: 'without usages',
    extensions: without('keyUsage').filter((line) => !line.startsWith('extended')),
    found: [],
  },
  { title: 'without basic constraints', extensions: without('basicConstraints'), found: [] },
  { title: 'an extension that nobody knows, not critical', extensions: [...GOOD, '1.2.3.4 = DER:0500'], found: [] },
  {
    title: 'the same, critical',
    extensions: [...GOOD, '1.2.3.4 = critical, DER:0500'],
    found: [/critical extension .*1\.2\.3\.4/],
  },
  {
    title: 'a precertificate',
    extensions: [...GOOD, '1.3.6.1.4.1.11129.2.4.3 = critical, DER:0500'],
    found: [/precertificate/],
  },
  { title: 'CA:TRUE', extensions: without('basicConstraints', 'basicConstraints = CA:TRUE'), found: [/CA:TRUE/] },
  {
    title: 'key encipherment only',
    extensions: without('keyUsage', 'keyUsage = keyEncipherment'),
    found: [/digitalSignature/],
  },
  { title: 'ten years', extensions: GOOD, days: 3650, found: [/3650 days/] },
  { title: 'serial number 0', extensions: GOOD, serial: '0', found: [/serial number is 0/] },
  { title: 'a long serial number', extensions: GOOD, serial: `0x${'7f'.repeat(21)}`, found: [/longer than 20/] },
  {
    title: 'no issuer’s key',
    extensions: without('authorityKey', 'authorityKeyIdentifier = none'),
    found: [/authority key identifier/],
  },
  {
    title: 'names that no client matches',
    extensions: without(
      'subjectAltName',
      'subjectAltName = DNS:*.org, DNS:192.0.2.1, DNS:f*.example.org, DNS:mail.example.org',
    ),
    found: [/names \*\.org, 192\.0\.2\.1, f\*\.example\.org/],
  },
];

describe('rules for certificates, with those of OpenSSL and GnuTLS', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  const openssl = (...args: readonly string[]): string => run('openssl', ...args);
  const parsed = (name: string): ParsedCertificate => {
    const found = parsedCertificate(new X509Certificate(readFileSync(at(name))).raw, new Date());
    if (found === undefined) throw new Error(`${name} cannot be read`);
    return found;
  };

  before(function () {
    requireReal(this, 'openssl', 'gnutls-cli');
    folder = mkdtempSync(join(tmpdir(), 'waxseal-rules-'));
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ca.key');
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'leaf.key');
    openssl('req', '-x509', '-new', '-key', 'ca.key', '-subj', '/O=Lab/CN=Root', '-days', '90', '-out', 'ca.pem');
    openssl('req', '-new', '-key', 'leaf.key', '-subj', '/CN=mail.example.org', '-out', 'leaf.csr');
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const issue = (extensions: readonly string[], name: string, serial = '4711', days = 90): ParsedCertificate => {
    writeFileSync(at('ext'), extensions.join('\n'));
    openssl(
      ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', serial],
      ...['-days', String(days), '-extfile', 'ext', '-out', name],
    );
    return parsed(name);
  };

  for (const { title, extensions, serial, days, found } of ROWS) {
    it(`${title}: ${found.length === 0 ? 'nothing' : 'one finding'}`, () => {
      const { facts } = issue(extensions, 'leaf.pem', serial, days);
      expect(facts.defects.map(({ text }) => text)).to.have.length(found.length);
      for (const [index, pattern] of found.entries()) expect(facts.defects[index]?.text).to.match(pattern);
    });
  }

  it('reads URLs, the exponent and the policy', () => {
    const { facts } = issue(GOOD, 'leaf.pem');
    expect(facts.crlUrls).to.deep.equal(['http://127.0.0.1:1/a.crl']);
    expect(facts.claimsPublicRules).to.equal(true);
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-pkeyopt', 'rsa_keygen_pubexp:3', ...SELF, '-out', 'three.pem');
    expect(parsed('three.pem').facts.exponent).to.equal('3');
  });

  it('a certificate of version 1', () => {
    openssl(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-set_serial',
      '1',
      '-out',
      'v1.pem',
    );
    expect(parsed('v1.pem').facts.defects.map(({ text }) => text)).to.match(/version 1/);
  });

  it('certificates of GnuTLS: one for a server is right, one for an authority is not', function () {
    writeFileSync(
      at('server.cfg'),
      'cn = mail.example.org\ndns_name = mail.example.org\ntls_www_server\nsigning_key\nexpiration_days = 90\n',
    );
    writeFileSync(
      at('ca.cfg'),
      'cn = mail.example.org\ndns_name = mail.example.org\nca\ncert_signing_key\nexpiration_days = 90\n',
    );
    run('certtool', '--generate-privkey', '--ecc', '--outfile', 'g.key');
    run(
      'certtool',
      '--generate-certificate',
      '--load-privkey',
      'g.key',
      '--load-ca-certificate',
      'ca.pem',
      '--load-ca-privkey',
      'ca.key',
      '--template',
      'server.cfg',
      '--outfile',
      'g.pem',
    );
    run(
      'certtool',
      '--generate-self-signed',
      '--load-privkey',
      'g.key',
      '--template',
      'ca.cfg',
      '--outfile',
      'gca.pem',
    );
    expect(parsed('g.pem').facts.defects).to.deep.equal([]);
    expect(parsed('gca.pem').facts.defects).to.have.length(2);
  });

  it('reads what OpenSSL’s responder says, and its list', () => {
    const leaf = issue(GOOD, 'leaf.pem', '0x1234567890abcdef');
    const other = issue(GOOD, 'other.pem', '0x77');
    const ca = parsed('ca.pem');
    expect(
      issuerOf([leaf.certificate.raw], { roots: [readFileSync(at('ca.pem'), 'utf8')] })?.facts.fingerprintSha256,
    ).to.equal(ca.facts.fingerprintSha256);
    const serial = leaf.structure.serial;
    writeFileSync(at('request'), ocspRequest(serial, ca));
    const answer = (...more: readonly string[]): Buffer => {
      openssl(
        'ocsp',
        '-index',
        'index',
        '-CA',
        'ca.pem',
        '-rsigner',
        'ca.pem',
        '-rkey',
        'ca.key',
        '-reqin',
        'request',
        '-respout',
        'response',
        ...more,
      );
      return readFileSync(at('response'));
    };
    const line = (status: string): string =>
      `${status}\t301231235959Z\t${status === 'R' ? '260101000000Z' : ''}\t1234567890ABCDEF\tunknown\t/CN=mail.example.org\n`;
    const list = (): Buffer => {
      writeFileSync(at('ca.cnf'), `[ca]\ndefault_ca = lab\n[lab]\ndatabase = ${at('index')}\ndefault_md = sha256\n`);
      openssl(
        'ca',
        '-config',
        'ca.cnf',
        '-gencrl',
        '-cert',
        'ca.pem',
        '-keyfile',
        'ca.key',
        '-crldays',
        '7',
        '-out',
        'list.pem',
      );
      openssl('crl', '-in', 'list.pem', '-outform', 'DER', '-out', 'list.der');
      return readFileSync(at('list.der'));
    };
    writeFileSync(at('index'), line('V'));
    expect(statusInResponse(answer('-ndays', '3'), serial, ca).kind).to.equal('good');
    expect(statusInResponse(answer('-ndays', '3'), other.structure.serial, ca).kind).to.equal('other');
    expect(statusInResponse(answer('-ndays', '3'), serial, other).kind).to.equal('unusable');
    expect(statusInResponse(answer('-ndays', '3'), serial, ca, new Date(Date.now() + 4 * 86_400_000)).kind).to.equal(
      'stale',
    );
    expect(statusInList(list(), serial, ca).kind).to.equal('good');
    expect(statusInList(list(), serial, other).kind).to.equal('unusable');
    expect(statusInList(list(), serial, ca, new Date(Date.now() + 9 * 86_400_000)).kind).to.equal('stale');
    writeFileSync(at('index'), line('R'));
    expect(statusInResponse(answer('-ndays', '3'), serial, ca)).to.include({
      kind: 'revoked',
      revokedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(statusInList(list(), serial, ca)).to.include({ kind: 'revoked', revokedAt: '2026-01-01T00:00:00.000Z' });
    expect(statusInList(list(), other.structure.serial, ca).kind).to.equal('good');
    writeFileSync(at('index'), '');
    expect(statusInResponse(answer('-ndays', '3'), serial, ca).kind).to.equal('unknown');
    // An extension for this purpose makes another certificate of the same issuer a responder, and nothing else does.
    writeFileSync(at('index'), line('V'));
    issue(without('extendedKeyUsage', 'extendedKeyUsage = OCSPSigning'), 'responder.pem', '0x99');
    const delegated = (signer: string): string => {
      openssl(
        'ocsp',
        '-index',
        'index',
        '-CA',
        'ca.pem',
        '-rsigner',
        signer,
        '-rkey',
        'leaf.key',
        '-reqin',
        'request',
        '-respout',
        'response',
        '-ndays',
        '3',
      );
      return statusInResponse(readFileSync(at('response')), serial, ca).kind;
    };
    expect(delegated('responder.pem')).to.equal('good');
    expect(delegated('other.pem')).to.equal('unusable');
  });

  it('never throws on octets that were cut or changed', () => {
    const ca = parsed('ca.pem');
    for (const name of ['response', 'list.der']) {
      const bytes = readFileSync(at(name));
      for (let at = 0; at < bytes.length; at += 7) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 0x55;
        for (const odd of [bytes.subarray(0, at), changed]) {
          expect(statusInResponse(odd, ca.structure.serial, ca).kind).to.not.equal('good');
          expect(statusInList(odd, ca.structure.serial, ca).kind).to.not.equal('revoked');
          inspectCertificate(odd);
        }
      }
    }
  });
});

const SELF = ['-nodes', '-keyout', 'three.key', '-subj', '/CN=x'];
