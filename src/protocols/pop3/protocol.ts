import { capabilities, listing, mechanisms, offer, rewriteOffer } from './capabilities.js';
import { readSaslLine } from '../sasl-line.js';
import { isMultiline, readCommand } from './commands.js';
import { canAnswer, readReply } from './replies.js';
import { Pop3Server } from './server.js';
import type { Command } from '../protocol.js';
import { client } from './client.js';
import { forgeries } from './forgeries.js';
import { inspection } from './inspection.js';
import { ports } from './ports.js';
import { secrecy } from './secrecy.js';
import { defineProtocol } from '../protocol.js';
import { latin1 } from '../text.js';

/** POP3 on 110 and 995: RFC 1939, 2449, 2595, 3206, 5034, 8314. */
export const pop3 = defineProtocol({
  name: 'pop3',
  title: 'POP3',
  rank: 30,
  ports,
  opensslName: 'pop3',
  alpn: 'pop3',
  upgradeVerb: 'STLS',
  speaksFirstAfterUpgrade: false,
  greetingCarriesOffer: false,
  longestCommand: 64 * 1024,
  tagged: false,
  aimlessVerbs: new Set(['QUIT', 'NOOP', 'RSET']),
  resetVerbs: new Set(['RSET']),
  readCommand,
  readResponse: readSaslLine,
  readBody: () => undefined,
  readReply,
  canAnswer,
  isGoAhead: ({ kind, status }) => kind === 'final' && status === 'ok',
  noListIsEmptyList: false,
  mailAccount: { incoming: 'POP' },
  mailWithoutLogin: false,
  offer,
  rewriteOffer,
  say: {
    capabilities: () => latin1('CAPA\r\n'),
    upgrade: () => latin1('STLS\r\n'),
    quit: () => latin1('QUIT\r\n'),
    noop: () => latin1('NOOP\r\n'),
    login: (_tag, mechanism, account, initialResponse) => {
      switch (mechanism) {
        case 'USER/PASS':
          return latin1(`USER ${account.user}\r\n`);
        case 'PASS':
          return latin1(`PASS ${account.password}\r\n`);
        case 'APOP':
          return latin1(`APOP ${account.user} ${initialResponse ?? ''}\r\n`);
        default:
          return latin1(
            `AUTH ${mechanism}${initialResponse === undefined ? '' : ` ${initialResponse === '' ? '=' : initialResponse}`}\r\n`,
          );
      }
    },
    response: (response) => latin1(`${response}\r\n`),
    cancel: () => latin1('*\r\n'),
  },
  answers: {
    ok: (to, text) => (to !== undefined && isMultiline(to) ? listing(`+OK ${text}`, []) : latin1(`+OK ${text}\r\n`)),
    refuse: (to, status, text) => latin1(`-ERR ${refusal(to, status)}${text}\r\n`),
    goAhead: () => latin1('+OK Begin TLS negotiation\r\n'),
    challenge: (challenge) => latin1(`+ ${challenge}\r\n`),
    greeting: (offered) =>
      latin1(
        `+OK mail.lab.test POP3 ready${offered.logins.includes('APOP') ? ' <1896.697170952@mail.lab.test>' : ''}\r\n`,
      ),
    capabilities: (to, offered) => (to?.verb === 'AUTH' ? mechanisms(offered) : capabilities(offered)),
  },
  honest: {
    logins: ['USER/PASS', 'PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
    greetingLogins: ['APOP'],
    extensions: ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE'],
    saysLoginDisabled: false,
  },
  client,
  inspection,
  forgeries,
  secrecy,
  server: (settings) => new Pop3Server(settings),
});

export default pop3;

/** Response codes of RFC 3206. */
const refusal = (to: Command | undefined, status: 'no' | 'try-later' | 'bad' | 'bye'): string => {
  if (status === 'try-later' || status === 'bye') return '[SYS/TEMP] ';
  if (status === 'bad') return '';
  return to?.moment === 'login' ? '[AUTH] ' : '[SYS/PERM] ';
};
