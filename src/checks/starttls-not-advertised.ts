import { plaintextOffer } from '../probes/offers.js';
import { defineCheck, fail, pass } from './check.js';
import { asksCapabilities } from './by-hand.js';
import { withoutUpgrade } from './flaws.js';
import { strangersPort, usersPort } from './subjects.js';

export default defineCheck({
  id: 'starttls-not-advertised',
  title: 'STARTTLS is advertised',
  why: 'A client learns from the list that it may encrypt; without it, it sends everything in clear or gives up.',
  references: ['RFC 3207 §2', 'RFC 2595 §4', 'RFC 5804 §1.7', 'RFC 9051 §6.2.1'],
  cwe: ['CWE-319'],
  severity: 'high',
  relay: { status: 'info', because: 'mail from other servers arrives in clear' },
  intrusiveness: 'passive',
  depth: 'quick',
  modes: ['starttls'],
  needs: { offer: plaintextOffer },
  judge: ({ offer }) => {
    const proof = offer.list?.find(({ text }) => text.trim() !== '');
    return offer.starttls
      ? pass('STARTTLS is listed before TLS', { proof: offer.list?.find(({ text }) => /STARTTLS|STLS/i.test(text)) })
      : fail('STARTTLS is not listed: clients cannot encrypt here', { proof });
  },
  remedy: {
    'any other server': 'set up TLS, with a certificate and its key',
    postfix: 'smtpd_tls_security_level = may (port 25) or encrypt (587), with smtpd_tls_chain_files',
    'dovecot 2.3': 'ssl = required, with ssl_cert and ssl_key',
    'dovecot 2.4': 'ssl = required, with ssl_server_cert_file and ssl_server_key_file',
    nginx: 'starttls only; with ssl_certificate and ssl_certificate_key',
    OpenSMTPD: 'listen on … tls pki NAME (port 25) or tls-require pki NAME auth (587)',
    Courier: 'IMAP_STARTTLS=YES in imapd, POP3_STARTTLS=YES in pop3d, with TLS_CERTFILE',
    Cyrus: 'tls_server_cert and tls_server_key',
    exim: 'tls_advertise_hosts = *, with tls_certificate and tls_privatekey',
  },
  byHand: { say: asksCapabilities },
  flaw: { name: 'does not list STARTTLS', server: { tamper: withoutUpgrade } },
  covers: ['srv-starttls-advertised'],
  examples: [
    { given: { offer: { starttls: true, logins: [] } }, on: usersPort, then: 'pass' },
    { given: { offer: { starttls: false, logins: [] } }, on: usersPort, then: 'fail' },
    { given: { offer: { starttls: false, logins: [] } }, on: strangersPort, then: 'info' },
  ],
});
