import { nameStrictness } from '../probes/strictness.js';
import { defineCheck, fail, info, notApplicable, pass } from './check.js';
import { oneOfEachKind, strangersPort, usersPort } from './subjects.js';

const ABOUT_NAMES = {
  references: ['RFC 6066 §3', 'RFC 9325 §3.7'],
  intrusiveness: 'passive',
  depth: 'full',
  needs: { names: nameStrictness },
} as const;

export default [
  defineCheck({
    ...ABOUT_NAMES,
    id: 'server-name-demanded',
    title: 'A client that sends no server name is served',
    why: 'Many mail servers, and old mail clients, send no server name in their ClientHello. A server that refuses them gets their mail in clear, or not at all.',
    severity: 'medium',
    judge: ({ names: { nameless } }) => {
      if (nameless === undefined)
        return notApplicable('the host was named by its address, and no server name was sent');
      const proof = { text: nameless.detail, at: nameless.at };
      return nameless.served
        ? pass('a handshake without a server name succeeds', { proof })
        : fail(`a handshake without a server name fails (${nameless.detail}); with one it succeeds`, { proof });
    },
    remedy: {
      'any server':
        'set a default certificate for clients that send no server name; on a proxy in front of the server, remove strict-sni (HAProxy) or ssl_reject_handshake (nginx)',
    },
    byHand: { openssl: '-noservername' },
    flaw: {
      name: 'refuses clients that send no server name',
      server: { refusesHello: ({ servername }) => servername === undefined },
      roles: oneOfEachKind,
    },
    covers: ['srv-tls-sni'],
    examples: [
      { given: { names: { nameless: { served: true, detail: 'TLSv1.3' } } }, then: 'pass' },
      { given: { names: { nameless: { served: false, detail: 'alert unrecognized_name' } } }, then: 'fail' },
      { given: { names: {} }, then: 'not-applicable' },
    ],
  }),
  defineCheck({
    ...ABOUT_NAMES,
    id: 'certificate-without-server-name',
    title: 'The certificate for clients that send no server name is valid for the host',
    why: 'A client that sends no server name gets the default certificate. If that is for another host, the client refuses it, or its user gets used to accepting any certificate.',
    cwe: ['CWE-297'],
    severity: 'low',
    relay: { status: 'warn', because: 'most servers that send no name do not verify the certificate either' },
    judge: ({ names: { nameless, own } }) => {
      if (nameless === undefined)
        return notApplicable('the host was named by its address, and no server name was sent');
      const { chain, at } = nameless;
      if (!nameless.served || chain?.leaf === undefined)
        return notApplicable('a handshake without a server name fails');
      const proof = { text: chain.leaf.subject, at };
      if (chain.leaf.fingerprintSha256 === own)
        return pass('a client that sends no server name gets the same certificate', { proof });
      const isGood = chain.chain === 'trusted' && chain.nameMatches === 'san' && chain.leaf.validity === 'valid';
      return isGood
        ? pass('a client that sends no server name gets another certificate, which is valid for the host', { proof })
        : fail(
            `a client that sends no server name gets another certificate (${chain.leaf.names.dns.slice(0, 3).join(', ') || chain.leaf.subject}), which is not valid for the host`,
            { proof },
          );
    },
    remedy: {
      'dovecot 2.3': 'ssl_cert outside of local_name: the certificate of the host’s main name',
      'dovecot 2.4': 'ssl_server_cert_file outside of local_name: the certificate of the host’s main name',
      postfix: 'smtpd_tls_chain_files: the certificate of the host’s main name; tls_server_sni_maps for others',
      'any server': 'a default certificate for the host’s main name',
    },
    byHand: { openssl: '-noservername | openssl x509 -noout -subject -ext subjectAltName' },
    flaw: {
      name: 'shows clients that send no server name a certificate for another host',
      server: { unnamed: 'wrong-name' },
      roles: oneOfEachKind,
    },
    covers: ['srv-cert-no-sni', 'srv-cert-default-sni', 'srv-tls-sni'],
    examples: [
      {
        given: { names: { own: 'a', nameless: { served: true, chain: { leaf: { fingerprintSha256: 'a' } } } } },
        then: 'pass',
      },
      {
        given: {
          names: {
            own: 'a',
            nameless: {
              served: true,
              chain: { chain: 'trusted', nameMatches: 'san', leaf: { fingerprintSha256: 'b', validity: 'valid' } },
            },
          },
        },
        then: 'pass',
      },
      ...([usersPort, strangersPort] as const).map(
        (on) =>
          ({
            given: {
              names: {
                own: 'a',
                nameless: {
                  served: true,
                  chain: {
                    chain: 'trusted',
                    nameMatches: 'no',
                    leaf: { fingerprintSha256: 'b', validity: 'valid', subject: '', names: { dns: ['x.example'] } },
                  },
                },
              },
            },
            on,
            then: on === usersPort ? 'fail' : 'warn',
          }) as const,
      ),
      { given: { names: { nameless: { served: false } } }, then: 'not-applicable' },
      { given: { names: {} }, then: 'not-applicable' },
    ],
  }),
  defineCheck({
    ...ABOUT_NAMES,
    id: 'certificate-for-unknown-name',
    title: 'A client that asks for an unknown name is refused, or gets a certificate of this host',
    why: 'The certificate that a server sends for an unknown name can tell which other hosts it serves.',
    severity: 'info',
    judge: ({ names: { unknown, own } }) => {
      const proof = { text: unknown.detail, at: unknown.at };
      if (!unknown.served)
        return pass(`a client that asks for an unknown name is refused (${unknown.detail})`, { proof });
      const { leaf } = unknown.chain ?? {};
      return leaf === undefined || leaf.fingerprintSha256 === own || unknown.chain?.nameMatches === 'san'
        ? pass('a client that asks for an unknown name gets a certificate of this host', { proof })
        : info(
            `a client that asks for an unknown name gets a certificate for ${leaf.names.dns.slice(0, 3).join(', ') || leaf.subject}`,
            { proof },
          );
    },
    remedy: { 'any server': 'a default certificate for the host’s main name' },
    byHand: { openssl: '-servername unknown.invalid | openssl x509 -noout -subject -ext subjectAltName' },
    flaw: {
      name: 'answers unknown names with a certificate for another host',
      server: { unnamed: 'wrong-name' },
      then: 'info',
      roles: oneOfEachKind,
    },
    covers: ['srv-cert-default-sni', 'srv-tls-sni'],
    examples: [
      { given: { names: { unknown: { served: false, detail: 'alert unrecognized_name' } } }, then: 'pass' },
      {
        given: {
          names: { own: 'a', unknown: { served: true, detail: '', chain: { leaf: { fingerprintSha256: 'a' } } } },
        },
        then: 'pass',
      },
      {
        given: {
          names: {
            own: 'a',
            unknown: {
              served: true,
              detail: '',
              chain: {
                nameMatches: 'no',
                leaf: { fingerprintSha256: 'b', subject: '', names: { dns: ['x.example'] } },
              },
            },
          },
        },
        then: 'info',
      },
    ],
  }),
];
