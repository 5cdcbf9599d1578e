import { suitePreference } from '../probes/accepted-suites.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';
import { upToTls12 } from './flaws.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'weaker-suite-chosen',
  title: 'A client that offers strong suites gets one of them',
  why: 'A server that insists on its own order, with weak suites first, gives good clients weaker encryption than both sides could use.',
  references: ['RFC 9325 §4.2.1'],
  severity: 'medium',
  relay: { status: 'info', because: 'between servers a weak suite is still better than no TLS' },
  intrusiveness: 'passive',
  depth: 'full',
  needs: { preference: suitePreference },
  judge: ({ preference: { prefers, strongFirst, weakFirst, choosesWeaker, at } }) => {
    if (prefers === 'unknown' || strongFirst === undefined || weakFirst === undefined)
      return prefers === 'unknown' && strongFirst === undefined
        ? pass('there is no choice among suites of TLS 1.2')
        : inconclusive('the server chose nothing');
    const proof = at && { text: strongFirst, at };
    if (choosesWeaker === true) return fail(`a client that lists better suites first gets ${strongFirst}`, { proof });
    return prefers === 'server'
      ? pass(`the server chooses ${strongFirst}, in whatever order a client lists it`, { proof })
      : pass(`the client chooses; a client that lists weak suites first gets ${weakFirst}`, { proof });
  },
  remedy: {
    'any other server': 'put strong suites first in its list of ciphers, or let the client choose',
    postfix: 'tls_preempt_cipherlist = no (the default), or an order of strong suites first in tls_high_cipherlist',
    dovecot: 'ssl_prefer_server_ciphers = no (the default), or strong suites first in ssl_cipher_list',
  },
  byHand: { openssl: '-tls1_2 -cipher ECDHE:DHE:kRSA | grep Cipher' },
  flaw: {
    name: 'prefers CBC without forward secrecy',
    server: {
      answersHello: upToTls12(({ cipherSuites }) => {
        const weak = cipherSuites.find((id) => cipherSuite(id).name === 'TLS_RSA_WITH_AES_128_CBC_SHA');
        return weak === undefined ? undefined : { suite: weak, exchange: { kind: 'rsa' } };
      }),
    },
    roles: oneOfEachKind,
  },
  covers: ['srv-tls-cipher-order'],
  examples: [
    { given: { preference: { prefers: 'unknown' } }, then: 'pass' },
    {
      given: { preference: { prefers: 'server', strongFirst: 'A', weakFirst: 'A', choosesWeaker: false } },
      then: 'pass',
    },
    {
      given: { preference: { prefers: 'client', strongFirst: 'A', weakFirst: 'B', choosesWeaker: false } },
      then: 'pass',
    },
    {
      given: { preference: { prefers: 'server', strongFirst: 'B', weakFirst: 'B', choosesWeaker: true } },
      then: 'fail',
    },
  ],
});
