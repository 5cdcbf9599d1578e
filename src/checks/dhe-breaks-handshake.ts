import { dheFirstSuites } from '../probes/suites.js';
import { tls12 } from '../probes/versions.js';
import { defineCheck, fail, inconclusive, notApplicable, pass } from './check.js';

export default defineCheck({
  id: 'dhe-breaks-handshake',
  title: 'A client that lists DHE first can connect',
  why: 'A server that chooses DHE and has no parameters for it closes the connection of clients that list DHE before ECDHE, although both sides know ECDHE.',
  references: ['RFC 5246 §7.4.1.2'],
  severity: 'medium',
  intrusiveness: 'passive',
  needs: { version: tls12, dhe: dheFirstSuites },
  judge: ({ version, dhe: { suite, refusal, at } }) => {
    if (suite !== undefined) return pass(`such a client gets ${suite}`, { proof: at && { text: suite, at } });
    if (!version.control) return inconclusive('no handshake at all succeeded');
    if (!version.accepted) return notApplicable('TLS 1.2 is not accepted at all');
    return fail(
      `a TLS 1.2 hello with DHE before ECDHE is refused (${refusal ?? 'no answer'}), the same with ECDHE first is accepted`,
      { proof: at && { text: refusal ?? '', at } },
    );
  },
  remedy: {
    'dovecot 2.3':
      'ssl_dh = </etc/dovecot/dh.pem, made with openssl dhparam 2048 (on Debian: </usr/share/dovecot/dh.pem); or no DHE in ssl_cipher_list, as in DEFAULT:!DHE',
    'any server': 'parameters for DHE, or no DHE at all',
  },
  byHand: { openssl: '-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256:ECDHE' },
  flaw: {
    name: 'closes the connection when DHE is listed first',
    server: { refusesHello: ({ cipherSuites }) => cipherSuites[0] === DHE_RSA_AES128_GCM },
  },
  covers: ['srv-dhe-first'],
  examples: [
    { given: { version: { accepted: true, control: true }, dhe: { suite: 'TLS_ECDHE', control: true } }, then: 'pass' },
    { given: { version: { accepted: true, control: true }, dhe: { refusal: 'closed', control: true } }, then: 'fail' },
    {
      given: { version: { accepted: false, control: true }, dhe: { refusal: 'closed', control: true } },
      then: 'not-applicable',
    },
    {
      given: { version: { accepted: false, control: false }, dhe: { refusal: 'closed', control: false } },
      then: 'inconclusive',
    },
  ],
});

// TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, the first of the registry.
const DHE_RSA_AES128_GCM = 0x009e;
