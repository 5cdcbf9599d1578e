import { defineDomainCheck, fail, info, pass } from './domain-check.js';
import { hostPort } from '../wire/host-port.js';

export default defineDomainCheck({
  id: 'client-file-offers-plaintext',
  title: 'Configuration files for mail clients (autoconfig, autodiscover) name no port without TLS',
  why: 'A client that configures itself from such a file sends the user’s password in clear text.',
  references: ['RFC 8314 §3', 'RFC 8314 §4.1'],
  severity: 'high',
  remedy: 'autoconfig: <socketType>SSL</socketType>; autodiscover: <Encryption>SSL</Encryption> or <SSL>on</SSL>',
  beyondMx: true,
  covers: ['srv-autoconfig-parity'],
  judge: ({ files = [] }) => {
    if (files.length === 0) return info('no configuration file for mail clients was found');
    for (const { kind, url, servers } of files) {
      const plain = servers.find(({ encryption }) => encryption === 'none');
      if (plain !== undefined)
        return fail(
          `${kind} sends ${plain.protocol} clients to ${hostPort(plain.host, plain.port)} without TLS (${url})`,
        );
    }
    return pass(
      files.map(({ kind, servers }) => `${kind}: ${String(servers.length)} servers, all with TLS`).join(', '),
    );
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { files: [] }, then: 'info' },
    {
      given: {
        files: [
          {
            kind: 'autoconfig',
            url: 'https://autoconfig.example.org/mail/config-v1.1.xml',
            servers: [{ protocol: 'IMAP', host: 'imap.example.org', port: 143, encryption: 'none' }],
          },
        ],
      },
      then: 'fail',
    },
  ],
});
