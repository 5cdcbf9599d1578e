import { LONGEST_MAIL } from '../message-size.js';
import { LOGIN_COMMAND, mailInCommand, readCommand, readResponse } from './command.js';
import { capabilities, offer, rewriteOffer } from './offer.js';
import { readReply } from './reply.js';
import { ImapServer } from './server.js';
import type { Command } from '../protocol.js';
import { client } from './client.js';
import { forgeries } from './forgeries.js';
import { inspection } from './inspection.js';
import { ports } from './ports.js';
import { secrecy } from './secrecy.js';
import { defineProtocol } from '../protocol.js';
import { latin1 } from '../text.js';

/** IMAP4rev1 and rev2: RFC 9051, 3501, 2177, 2595, 2971, 4959, 7888, 8314. */
export const imap = defineProtocol({
  name: 'imap',
  title: 'IMAP',
  rank: 20,
  ports,
  opensslName: 'imap',
  alpn: 'imap',
  upgradeVerb: 'STARTTLS',
  speaksFirstAfterUpgrade: false,
  greetingCarriesOffer: true,
  // APPEND carries a message.
  longestCommand: LONGEST_MAIL,
  tagged: true,
  aimlessVerbs: new Set(['LOGOUT', 'NOOP']),
  resetVerbs: new Set([]),
  readCommand,
  mailInCommand,
  readResponse,
  readBody: () => undefined,
  readReply,
  isGoAhead: ({ kind, status }) => kind === 'final' && status === 'ok',
  noListIsEmptyList: false,
  mailAccount: { incoming: 'IMAP' },
  mailWithoutLogin: false,
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
    response: (response) => latin1(`${response}\r\n`),
    cancel: () => latin1('*\r\n'),
    identify: (tag, name) => latin1(`${tag} ID ("name" "${name}" "version" "1")\r\n`),
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
  honest: {
    logins: ['LOGIN command', 'PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
    extensions: ['IMAP4rev1', 'SASL-IR', 'ID', 'IDLE', 'LITERAL+', 'UIDPLUS', 'NAMESPACE'],
    saysLoginDisabled: true,
  },
  client,
  inspection,
  forgeries,
  secrecy,
  server: (settings) => new ImapServer(settings),
});

export default imap;

const tagOf = (to: Command | undefined): string => to?.tag ?? '*';

// Never a literal: it would have to wait for its invitation.
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

const REFUSALS = { no: 'NO', 'try-later': 'NO [UNAVAILABLE]', bad: 'BAD' } as const;
