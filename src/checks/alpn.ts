import { alpnStrictness, nameStrictness } from '../probes/strictness.js';
import { defineCheck, fail, info, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default [
  defineCheck({
    id: 'alpn-harmful',
    title: 'The server speaks the protocol that was agreed on with ALPN',
    why: 'A server that chooses HTTP by ALPN and then speaks a mail protocol makes attacks across protocols work that ALPN exists to stop (ALPACA). One that refuses its own protocol’s name refuses the clients that send it.',
    references: ['RFC 7301 §3.2', 'RFC 9325 §3.8'],
    cwe: ['CWE-436'],
    severity: 'medium',
    intrusiveness: 'passive',
    depth: 'full',
    needs: { alpn: alpnStrictness },
    judge: ({ alpn: { own, ownName, isRegistered, foreign } }) => {
      if (foreign.alpn !== undefined)
        return fail(`a client that offers only ${FOREIGN} is told that ${foreign.alpn} is spoken`, {
          proof: { text: `${foreign.detail}, ALPN ${foreign.alpn}`, at: foreign.at },
        });
      // There is no registered name for SMTP and LMTP; clients send none.
      if (!own.served && isRegistered)
        return fail(`a client that offers ${ownName} is refused (${own.detail})`, {
          proof: { text: own.detail, at: own.at },
        });
      return pass(
        `${FOREIGN} is ${foreign.served ? 'passed over' : 'refused'}, ${ownName} is ${own.alpn === undefined ? (own.served ? 'passed over' : 'refused') : 'chosen'}`,
        { proof: { text: foreign.detail, at: foreign.at } },
      );
    },
    remedy: {
      'any server':
        'in the configuration of the proxy or TLS library in front of it (HAProxy: alpn on the bind line): the mail protocol’s name alone, or no ALPN',
    },
    byHand: { openssl: '-alpn http/1.1 | grep ALPN' },
    flaw: {
      name: 'chooses HTTP',
      server: { alpn: ['http/1.1'] },
      roles: oneOfEachKind,
    },
    covers: ['srv-alpaca-alpn-strict', 'srv-exim-alpn'],
    examples: [
      {
        given: { alpn: { ownName: 'mail', isRegistered: true, own: { served: true }, foreign: { served: true } } },
        then: 'pass',
      },
      {
        given: {
          alpn: {
            ownName: 'mail',
            isRegistered: true,
            own: { served: true, alpn: 'mail' },
            foreign: { served: false },
          },
        },
        then: 'pass',
      },
      {
        given: {
          alpn: {
            ownName: 'mail',
            isRegistered: true,
            own: { served: true },
            foreign: { served: true, alpn: 'http/1.1' },
          },
        },
        then: 'fail',
      },
      {
        given: { alpn: { ownName: 'mail', isRegistered: true, own: { served: false }, foreign: { served: false } } },
        then: 'fail',
      },
      {
        given: { alpn: { ownName: 'mail', isRegistered: false, own: { served: false }, foreign: { served: false } } },
        then: 'pass',
      },
    ],
  }),
  defineCheck({
    id: 'cross-protocol-possible',
    title: 'A browser’s TLS session that is redirected to this port is refused',
    why: 'An attacker on the path can connect a browser to a mail port whose certificate is valid for the web site. A server that refuses foreign protocols (ALPN), or names that it does not have, stops this before anything is said (ALPACA). Few servers do so.',
    references: ['RFC 7301 §3.2', 'RFC 9325 §3.8', 'https://alpaca-attack.com'],
    cwe: ['CWE-436'],
    severity: 'info',
    intrusiveness: 'passive',
    depth: 'full',
    needs: { alpn: alpnStrictness, names: nameStrictness },
    judge: ({ alpn: { foreign }, names: { unknown } }) => {
      const proof = { text: foreign.detail, at: foreign.at };
      if (!foreign.served) return pass(`a client that offers ${FOREIGN} is refused (${foreign.detail})`, { proof });
      if (!unknown.served)
        return pass(`a client that asks for an unknown name is refused (${unknown.detail})`, { proof });
      return info(`a client that offers ${FOREIGN} is served, and one that asks for an unknown name too`, { proof });
    },
    remedy: {
      exim: 'tls_alpn (4.96 and later; strict by default)',
      'any server':
        'no certificate that is valid for a web site too (no wildcard), or a server that is strict about ALPN, such as nginx’s mail proxy since 1.21.4',
    },
    byHand: 'not with common tools',
    flaw: [
      { name: 'looks neither at ALPN nor at the server name', server: {}, then: 'info', roles: oneOfEachKind },
      {
        name: 'looks at ALPN (and is found to be strict)',
        server: { refusesHello: ({ alpn }) => alpn.some((name) => name.startsWith('http')) },
        then: 'pass',
        onRelay: 'pass',
        roles: oneOfEachKind,
      },
    ],
    covers: ['srv-alpaca-alpn-strict', 'srv-alpaca-sni-strict'],
    examples: [
      {
        given: { alpn: { foreign: { served: false, detail: '' } }, names: { unknown: { served: true } } },
        then: 'pass',
      },
      {
        given: { alpn: { foreign: { served: true, detail: '' } }, names: { unknown: { served: false } } },
        then: 'pass',
      },
      {
        given: { alpn: { foreign: { served: true, detail: '' } }, names: { unknown: { served: true } } },
        then: 'info',
      },
    ],
  }),
];

const FOREIGN = 'http/1.1';
