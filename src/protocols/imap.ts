import { LOGIN_COMMAND, readCommand, readResponse } from './imap/command.js';
import { capabilities, offer, rewriteOffer } from './imap/offer.js';
import { readReply } from './imap/reply.js';
import { ImapServer } from './imap/server.js';
import type { Command, Protocol } from './protocol.js';
import { latin1 } from './text.js';

/** IMAP4rev1 and rev2: RFC 9051, 3501, 2177, 2595, 2971, 4959, 7888, 8314. */
export const imap: Protocol = {
  name: 'imap',
  upgradeVerb: 'STARTTLS',
  modes: ['starttls', 'implicit'],
  speaksFirstAfterUpgrade: false,
  greetingCarriesOffer: true,
  longestCommand: 8 * 1024 * 1024,
  readCommand,
  readResponse,
  readBody: () => undefined,
  readReply,
  offer,
  rewriteOffer,
  say: {
    capabilities: (tag) => latin1(`${tag} CAPABILITY\r\n`),
    upgrade: (tag) => latin1(`${tag} STARTTLS\r\n`),
    quit: (tag) => latin1(`${tag} LOGOUT\r\n`),
    noop: (tag) => latin1(`${tag} NOOP\r\n`),
    login: (tag, mechanism, { user, password }, initialResponse) => {
      if (mechanism === LOGIN_COMMAND) return Buffer.from(`${tag} LOGIN ${quoted(user)} ${quoted(password)}\r\n`);
      return latin1(
        `${tag} AUTHENTICATE ${mechanism}${initialResponse === undefined ? '' : ` ${initialResponse === '' ? '=' : initialResponse}`}\r\n`,
      );
    },
  },
  answers: {
    ok: (to, text) => latin1(`${tagOf(to)} OK ${text}\r\n`),
    refuse: (to, status, text) =>
      latin1(status === 'bye' ? `* BYE ${text}\r\n` : `${tagOf(to)} ${REFUSALS[status]} ${text}\r\n`),
    goAhead: (to) => latin1(`${tagOf(to)} OK Begin TLS negotiation now\r\n`),
    challenge: (challenge) => latin1(`+ ${challenge}\r\n`),
    greeting: (offered) => latin1(`* OK [CAPABILITY ${capabilities(offered).join(' ')}] mail.lab.test ready\r\n`),
    capabilities: (to, offered) =>
      latin1(
        `* CAPABILITY ${capabilities(offered).join(' ')}\r\n${to === undefined ? '' : `${tagOf(to)} OK Capabilities listed\r\n`}`,
      ),
  },
  server: (settings) => new ImapServer(settings),
};

export default imap;

const tagOf = (to: Command | undefined): string => to?.tag ?? '*';

// Never a literal: it would have to wait for its invitation.
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

const REFUSALS = { no: 'NO', 'try-later': 'NO [UNAVAILABLE]', bad: 'BAD' } as const;
