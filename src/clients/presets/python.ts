import type { ProtocolName, TlsMode } from '../../protocols/protocol.js';
import { definePreset } from './preset.js';

export default definePreset({
  name: 'python',
  title: 'Python’s smtplib, imaplib and poplib',
  program: 'python3',
  packages: 'python3',
  remark: '“required” calls starttls() in any case, “opportunistic” if the server lists it',
  configure: ({ protocol, tls, policy }) => {
    const script = (policy === 'required' ? SCRIPTS : IF_LISTED)[protocol]?.[tls];
    return script === undefined
      ? undefined
      : { command: ['python3', '{home}/client.py'], files: { 'client.py': `${PREAMBLE}${script}` } };
  },
});

const PREAMBLE = `import imaplib, poplib, smtplib, ssl
trust = ssl.create_default_context(cafile='{ca}')
`;

const SEND = `    session.login('{user}', '{password}')
    session.sendmail('{from}', '{to}', open('{message}', 'rb').read())
`;

const READ_IMAP = `session.login('{user}', '{password}')
session.select()
session.fetch('1', '(RFC822)')
session.logout()
`;

const READ_POP3 = `session.user('{user}')
session.pass_('{password}')
session.retr(1)
session.quit()
`;

const SCRIPTS: Partial<Readonly<Record<ProtocolName, Partial<Readonly<Record<TlsMode, string>>>>>> = {
  smtp: {
    starttls: `with smtplib.SMTP('{host}', {port}, timeout=8) as session:\n    session.starttls(context=trust)\n${SEND}`,
    implicit: `with smtplib.SMTP_SSL('{host}', {port}, timeout=8, context=trust) as session:\n${SEND}`,
  },
  lmtp: {
    starttls: `with smtplib.LMTP('{host}', {port}, timeout=8) as session:\n    session.starttls(context=trust)\n${SEND}`,
  },
  imap: {
    starttls: `session = imaplib.IMAP4('{host}', {port}, timeout=8)\nsession.starttls(trust)\n${READ_IMAP}`,
    implicit: `session = imaplib.IMAP4_SSL('{host}', {port}, ssl_context=trust, timeout=8)\n${READ_IMAP}`,
  },
  pop3: {
    starttls: `session = poplib.POP3('{host}', {port}, timeout=8)\nsession.stls(trust)\n${READ_POP3}`,
    implicit: `session = poplib.POP3_SSL('{host}', {port}, context=trust, timeout=8)\n${READ_POP3}`,
  },
};

/** As programs do that use TLS where it is listed. */
const IF_LISTED: typeof SCRIPTS = {
  smtp: {
    starttls: `with smtplib.SMTP('{host}', {port}, timeout=8) as session:
    session.ehlo_or_helo_if_needed()
    if session.has_extn('starttls'):
        session.starttls(context=trust)
${SEND}`,
  },
  imap: {
    starttls: `session = imaplib.IMAP4('{host}', {port}, timeout=8)
if 'STARTTLS' in session.capabilities:
    session.starttls(trust)
${READ_IMAP}`,
  },
  pop3: {
    starttls: `session = poplib.POP3('{host}', {port}, timeout=8)
if 'STLS' in session.capa():
    session.stls(trust)
${READ_POP3}`,
  },
};
