import { capabilities, offer, rewriteOffer } from './managesieve/capabilities.js';
import { readCommand, readResponse } from './managesieve/commands.js';
import { readReply } from './managesieve/replies.js';
import { ManageSieveServer } from './managesieve/server.js';
import { stringOf } from './managesieve/strings.js';
import type { Protocol } from './protocol.js';
import { latin1 } from './text.js';

/** ManageSieve on 4190: RFC 5804. No port for TLS from the first byte was ever registered. */
export const managesieve: Protocol = {
  name: 'managesieve',
  upgradeVerb: 'STARTTLS',
  modes: ['starttls'],
  speaksFirstAfterUpgrade: true,
  greetingCarriesOffer: true,
  longestCommand: 1024 * 1024,
  readCommand,
  readResponse,
  readBody: () => undefined,
  readReply,
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
  },
  answers: {
    ok: (_to, text) => latin1(`OK ${stringOf(text)}\r\n`),
    refuse: (_to, status, text) => latin1(`${REFUSALS[status]} ${stringOf(text)}\r\n`),
    goAhead: () => latin1('OK "Begin TLS negotiation now"\r\n'),
    challenge: (challenge) => latin1(`${stringOf(challenge)}\r\n`),
    greeting: capabilities,
    capabilities: (_to, offered) => capabilities(offered),
  },
  server: (settings) => new ManageSieveServer(settings),
};

export default managesieve;

const REFUSALS = { no: 'NO', 'try-later': 'NO (TRYLATER)', bad: 'NO', bye: 'BYE' } as const;
