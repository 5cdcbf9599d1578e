import { definePreset } from './preset.js';

export default definePreset({
  name: 'mbsync',
  title: 'mbsync (isync)',
  program: 'mbsync',
  packages: 'isync',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'imap' || policy !== 'required'
      ? undefined
      : {
          command: ['mbsync', '--verbose', '--config', '{home}/.mbsyncrc', 'lab'],
          files: { '.mbsyncrc': settings(tls === 'starttls' ? 'STARTTLS' : 'IMAPS'), 'Mail/.keep': '' },
        },
});

const settings = (tls: 'STARTTLS' | 'IMAPS'): string => `IMAPAccount lab
Host {host}
Port {port}
User {user}
Pass {password}
SSLType ${tls}
CertificateFile {ca}
SystemCertificates no
AuthMechs *
Timeout 8

IMAPStore far
Account lab

MaildirStore near
Path {home}/Mail/
Inbox {home}/Mail/INBOX

Channel lab
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
`;
