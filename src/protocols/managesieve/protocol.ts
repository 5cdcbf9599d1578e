import { capabilities, offer, rewriteOffer } from './capabilities.js';
import { readCommand, readResponse } from './commands.js';
import { readReply } from './replies.js';
import { ManageSieveServer } from './server.js';
import { stringOf } from './strings.js';
import { client } from './client.js';
import { forgeries } from './forgeries.js';
import { inspection } from './inspection.js';
import { ports } from './ports.js';
import { secrecy } from './secrecy.js';
import { defineProtocol } from '../protocol.js';
import { latin1 } from '../text.js';

/** ManageSieve on 4190: RFC 5804. No port for TLS from the first byte was ever registered. */
export const managesieve = defineProtocol({
  name: 'managesieve',
  title: 'ManageSieve',
  rank: 40,
  ports,
  opensslName: 'sieve',
  alpn: 'managesieve',
  upgradeVerb: 'STARTTLS',
  speaksFirstAfterUpgrade: true,
  greetingCarriesOffer: true,
  longestCommand: 1024 * 1024,
  tagged: false,
  aimlessVerbs: new Set(['LOGOUT', 'NOOP']),
  resetVerbs: new Set([]),
  readCommand,
  readResponse,
  readBody: () => undefined,
  readReply,
  isGoAhead: ({ kind, status }) => kind === 'final' && status === 'ok',
  noListIsEmptyList: false,
  mailWithoutLogin: false,
  offer,
  rewriteOffer,
  say: {
    capabilities: () => latin1('CAPABILITY\r\n'),
    upgrade: () => latin1('STARTTLS\r\n'),
    quit: () => latin1('LOGOUT\r\n'),
    noop: () => latin1('NOOP\r\n'),
    login: (_tag, mechanism, _account, initialResponse) =>
      latin1(
        `AUTHENTICATE ${stringOf(mechanism)}${initialResponse === undefined ? '' : ` ${stringOf(initialResponse, '{n+}')}`}\r\n`,
      ),
    response: (response) => latin1(`${stringOf(response, '{n+}')}\r\n`),
    cancel: () => latin1('"*"\r\n'),
  },
  answers: {
    ok: (_to, text) => latin1(`OK ${stringOf(text)}\r\n`),
    refuse: (_to, status, text) => latin1(`${REFUSALS[status]} ${stringOf(text)}\r\n`),
    goAhead: () => latin1('OK "Begin TLS negotiation now"\r\n'),
    challenge: (challenge) => latin1(`${stringOf(challenge)}\r\n`),
    greeting: capabilities,
    capabilities: (_to, offered) => capabilities(offered),
  },
  honest: {
    logins: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
    extensions: [],
    saysLoginDisabled: false,
  },
  client,
  inspection,
  forgeries,
  secrecy,
  server: (settings) => new ManageSieveServer(settings),
});

export default managesieve;

const REFUSALS = { no: 'NO', 'try-later': 'NO (TRYLATER)', bad: 'NO', bye: 'BYE' } as const;
