import { defineProtocol } from '../protocol.js';
import { client } from '../smtp/client.js';
import { forgeries } from '../smtp/forgeries.js';
import { grammar } from '../smtp/grammar.js';
import { inspection } from '../smtp/inspection.js';
import { secrecy } from '../smtp/secrecy.js';
import { honest, SmtpServer } from '../smtp/server.js';
import { answers, speech } from '../smtp/speech.js';
import { ports } from './ports.js';
import { replyCount } from './reply-count.js';

/** LMTP, by which mail servers hand mail to the mailboxes of a site: RFC 2033, and SMTP's extensions. */
export const lmtp = defineProtocol({
  ...grammar,
  replyCount,
  name: 'lmtp',
  title: 'LMTP',
  rank: 50,
  ports,
  opensslName: 'lmtp',
  alpn: 'lmtp',
  upgradeVerb: 'STARTTLS',
  helloVerb: 'LHLO',
  mailWithoutLogin: true,
  say: speech('LHLO'),
  answers: answers('LMTP'),
  honest,
  client,
  inspection: inspection('LHLO'),
  forgeries,
  secrecy,
  server: (settings) => new SmtpServer(settings, { banner: 'LMTP', hello: 'LHLO', repliesPerRecipient: true }),
});

export default lmtp;
