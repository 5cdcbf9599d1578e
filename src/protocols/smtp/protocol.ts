import { defineProtocol } from '../protocol.js';
import { client } from './client.js';
import { forgeries } from './forgeries.js';
import { grammar } from './grammar.js';
import { inspection } from './inspection.js';
import { ports } from './ports.js';
import { secrecy } from './secrecy.js';
import { honest, SmtpServer } from './server.js';
import { answers, speech } from './speech.js';

/** SMTP for relay (25) and submission (587, 465): RFC 5321, 3207, 4954, 6409, 8314. */
export const smtp = defineProtocol({
  ...grammar,
  name: 'smtp',
  title: 'SMTP',
  rank: 10,
  ports,
  opensslName: 'smtp',
  alpn: 'smtp',
  upgradeVerb: 'STARTTLS',
  helloVerb: 'EHLO',
  mailAccount: 'outgoing',
  mailWithoutLogin: true,
  say: speech('EHLO'),
  answers: answers('ESMTP'),
  honest,
  client,
  inspection: inspection('EHLO'),
  forgeries,
  secrecy,
  server: (settings) => new SmtpServer(settings),
});

export default smtp;
