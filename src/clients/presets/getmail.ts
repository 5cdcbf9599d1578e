import { definePreset } from './preset.js';

export default definePreset({
  name: 'getmail',
  title: 'getmail',
  program: 'getmail',
  packages: 'getmail6',
  remark: 'it knows implicit TLS only',
  configure: ({ protocol, tls, policy }) =>
    (protocol !== 'imap' && protocol !== 'pop3') || tls !== 'implicit' || policy !== 'required'
      ? undefined
      : {
          command: ['getmail', '--getmaildir', '{home}/.getmail'],
          files: { '.getmail/getmailrc': settings(protocol === 'imap' ? 'IMAP' : 'POP3'), inbox: '' },
        },
});

const settings = (protocol: 'IMAP' | 'POP3'): string => `[retriever]
type = Simple${protocol}SSLRetriever
server = {host}
port = {port}
username = {user}
password = {password}
ca_certs = {ca}
timeout = 8

[destination]
type = Mboxrd
path = {home}/inbox

[options]
delete = false
`;
