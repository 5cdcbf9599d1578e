import { namelessInWords, openingInWords } from '../probes/opening.js';
import { opening } from '../probes/offers.js';
import { ANONYMOUS_ONLY, defineCheck, fail, inconclusive, info, pass } from './check.js';
import { takesLeave } from './by-hand.js';
import { isIP } from 'node:net';
import protocols from '../protocols/index.js';
import { protocolsWhere, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { speakingAfterUpgrade, taggedProtocol } from './subjects.js';

export default defineCheck({
  id: 'port-mismatch',
  title: 'The port speaks what it should, and encrypts when it should',
  why: 'A port number encrypts nothing, only the protocol on it does: plaintext where TLS is due sends passwords in clear, and a client that begins in the wrong way fails with “wrong version number”.',
  references: ['RFC 8314 §3', 'RFC 8314 §7', 'IANA service names and port numbers'],
  cwe: ['CWE-319'],
  severity: 'high',
  intrusiveness: 'passive',
  depth: 'quick',
  needs: { opening },
  judge: ({ opening: met }, { host, protocol, tls }) => {
    const proof = 'lines' in met ? met.lines[0] : 'came' in met ? met.came : undefined;
    const said = proof === undefined ? '' : `: ${proof.text}`;
    const wanted = protocols[protocol].title;
    switch (met.kind) {
      case 'greeted':
        return pass(
          `${wanted} is spoken ${tls === 'implicit' ? 'inside TLS from the first byte' : 'in clear at first, as it should be'}`,
          { proof },
        );
      case 'tls-at-once':
        return fail(
          `TLS is spoken from the first byte on a port for ${wanted} with STARTTLS; name it ${implicitScheme(protocol)} or configure clients for "SSL/TLS"`,
          { severity: 'medium' },
        );
      case 'plaintext':
        return fail(`${wanted} is spoken in clear on a port where TLS is due from the first byte`, {
          proof,
          severity: 'critical',
        });
      case 'foreign':
        return fail(`${met.service} is spoken on a port for ${wanted}${said}`, {
          proof,
          severity: 'medium',
          remedy: { 'any server': 'what listens on this port, and does a firewall or proxy lead to the right one?' },
        });
      case 'refused':
        return inconclusive(`the server refuses this connection: ${met.lines.at(-1)?.text ?? ''}`, { proof });
      case 'silent':
        return inconclusive(`${openingInWords(met)}${said}`, { proof });
      case 'closed':
        return inconclusive(
          `${openingInWords(met)}${said}${met.came === undefined ? (met.secured === true && isIP(host) !== 0 ? NAME_IT : ASK_ITS_GATES) : ''}`,
          { proof },
        );
      case 'wants-certificate':
        return met.told === true && met.shown !== true
          ? info(`TLS is spoken from the first byte, as it should be: ${openingInWords(met)}`)
          : inconclusive(`TLS is spoken, but ${openingInWords(met)}`);
      case 'wants-proxy-header':
        return inconclusive(openingInWords(met));
      case 'flood':
        return fail('the server sends data without end instead of a greeting', {
          severity: 'medium',
          remedy: { 'any server': 'what listens on this port?' },
        });
      case 'tls-failed':
        if (met.refusedByUs)
          return inconclusive(
            `TLS is spoken from the first byte, but this machine's TLS library refuses what the server chose (${met.failure})`,
          );
        if (met.anonymousOnly === true) return fail(`${ANONYMOUS_ONLY} (${met.failure})`, { remedy: TLS_FAILS });
        if (met.nameless !== undefined) return inconclusive(namelessInWords(met.nameless, met.failure));
        return fail(`TLS is due from the first byte, but no handshake succeeds: ${met.failure}`, { remedy: TLS_FAILS });
    }
  },
  remedy: {
    'any other server': 'TLS from the first byte belongs on 465, 993 and 995, STARTTLS on the other ports',
    postfix:
      'master.cf, submissions (465): -o smtpd_tls_wrappermode=yes, and only there; main.cf: smtpd_tls_wrappermode = no',
    dovecot: 'in the inet_listener for 993, 995 or 465: ssl = yes, and not in the one for 143, 110 or 587',
    exim: 'tls_on_connect_ports = 465',
    nginx: 'listen 993 ssl; for 993, 995 and 465, and starttls only; without ssl for the others',
    OpenSMTPD: 'listen on … port 465 smtps, and port 587 tls-require',
    HAProxy: 'bind :993 ssl crt FILE',
  },
  byHand: { say: takesLeave },
  flaw: [
    { name: 'speaks plaintext on an implicit port', server: { speaks: { tls: 'starttls' } }, modes: ['implicit'] },
    {
      name: 'speaks TLS at once on a STARTTLS port',
      server: { speaks: { tls: 'implicit' } },
      modes: ['starttls'],
      protocols: protocolsWhere(({ modes }) => modes.length === 2),
    },
    {
      name: 'speaks another protocol',
      server: { speaks: { protocol: taggedProtocol } },
      protocols: protocolsWhere(({ tagged }) => !tagged),
      modes: ['starttls'],
    },
  ],
  covers: ['srv-implicit-available', 'srv-client-cert-required', 'srv-proxy-protocol', 'srv-greeting-slow'],
  examples: [
    {
      given: { opening: { kind: 'greeted', lines: [{ text: '* OK' }] } },
      on: { protocol: taggedProtocol, tls: 'starttls' },
      then: 'pass',
    },
    {
      given: { opening: { kind: 'plaintext', speaks: taggedProtocol, lines: [{ text: '* OK' }] } },
      on: { protocol: taggedProtocol, tls: 'implicit' },
      then: 'fail',
      severity: 'critical',
    },
    { given: { opening: { kind: 'tls-at-once' } }, on: { protocol: taggedProtocol, tls: 'starttls' }, then: 'fail' },
    {
      given: { opening: { kind: 'foreign', speaks: taggedProtocol, service: 'IMAP', lines: [{ text: '* OK' }] } },
      on: { protocol: speakingAfterUpgrade },
      then: 'fail',
    },
    { given: { opening: { kind: 'refused', lines: [{ text: '421 too many connections' }] } }, then: 'inconclusive' },
    { given: { opening: { kind: 'silent', seconds: 13 } }, then: 'inconclusive' },
    { given: { opening: { kind: 'silent', seconds: 13, came: { text: '220-x' } } }, then: 'inconclusive' },
    { given: { opening: { kind: 'wants-certificate' } }, on: { tls: 'implicit' }, then: 'inconclusive' },
    { given: { opening: { kind: 'wants-certificate', told: true } }, on: { tls: 'implicit' }, then: 'info' },
    {
      given: { opening: { kind: 'wants-certificate', told: true, shown: true } },
      on: { tls: 'implicit' },
      then: 'inconclusive',
    },
    { given: { opening: { kind: 'wants-proxy-header' } }, then: 'inconclusive' },
    {
      given: { opening: { kind: 'tls-failed', failure: 'alert unrecognized_name', refusedByUs: false, nameless: {} } },
      on: { tls: 'implicit' },
      then: 'inconclusive',
    },
    { given: { opening: { kind: 'closed' } }, then: 'inconclusive' },
    { given: { opening: { kind: 'closed', unheard: true } }, on: { tls: 'implicit' }, then: 'inconclusive' },
    { given: { opening: { kind: 'flood' } }, then: 'fail' },
    {
      given: { opening: { kind: 'tls-failed', failure: 'closed', refusedByUs: false } },
      on: { tls: 'implicit' },
      then: 'fail',
    },
    {
      given: { opening: { kind: 'tls-failed', failure: 'ERR_SSL_X', refusedByUs: true } },
      on: { tls: 'implicit' },
      then: 'inconclusive',
    },
  ],
});

const TLS_FAILS = {
  'any server': 'certificate and key must belong together and be readable; its log says what is wrong',
};

const ASK_ITS_GATES = '; does it let this address in, and does the service behind it run?';
const NAME_IT = '; by address no server name is sent: name the host, or give --servername NAME';

/** What a target is called whose TLS begins at once. */
const implicitScheme = (protocol: ProtocolName): string => {
  const port = WELL_KNOWN_PORTS.find((known) => known.protocol === protocol && known.tls === 'implicit');
  return port === undefined ? 'by another scheme' : `${port.role}://`;
};
