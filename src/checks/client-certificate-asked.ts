import { ONLY_WITH_CERTIFICATE } from '../probes/opening.js';
import { dialogue } from '../probes/dialogue.js';
import { defineCheck, info, notApplicable, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'client-certificate-asked',
  title: 'The server asks for no client certificate that it does not use',
  why: 'A server that asks for a client certificate makes some clients ask their user to choose one, or fail; and a user with a certificate shows their name to the server, up to TLS 1.2 to everybody on the path.',
  references: ['RFC 8314 §4.2', 'RFC 5246 §7.4.4'],
  severity: 'info',
  intrusiveness: 'passive',
  depth: 'quick',
  needs: { dialogue },
  judge: ({ dialogue: { handshake, handshakeAt, demandsCertificate, answeredInside } }) => {
    const isAsked = handshake?.asksForCertificate === true;
    if (handshake?.completed !== true && !isAsked) return notApplicable('no handshake succeeded');
    const proof = handshakeAt && { text: handshake.version ?? '', at: handshakeAt };
    if (!isAsked) return pass('no client certificate is asked for', { proof });
    if (demandsCertificate === true) return info(ONLY_WITH_CERTIFICATE, { proof });
    return info(
      answeredInside === true
        ? 'the server asks for a client certificate, and goes on without one'
        : 'the server asks for a client certificate',
      { proof },
    );
  },
  remedy: {
    postfix: 'smtpd_tls_ask_ccert = no (the default)',
    'dovecot 2.3': 'ssl_verify_client_cert = no (the default)',
    'dovecot 2.4': 'ssl_server_request_client_cert = no (the default)',
    exim: 'tls_try_verify_hosts empty (the default is to ask for none)',
  },
  byHand: { openssl: '-tls1_2 | grep -i "client certificate"' },
  flaw: {
    name: 'asks for a client certificate, and needs none',
    server: { asksForCertificate: true },
    then: 'info',
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-clientauth-request'],
  examples: [
    { given: { dialogue: { handshake: { completed: true } } }, then: 'pass' },
    { given: { dialogue: { handshake: { completed: true, asksForCertificate: true } } }, then: 'info' },
    { given: { dialogue: { handshake: { completed: false, asksForCertificate: true } } }, then: 'info' },
    {
      given: { dialogue: { handshake: { completed: true, asksForCertificate: true }, demandsCertificate: true } },
      then: 'info',
    },
    { given: { dialogue: {} }, then: 'not-applicable' },
  ],
});
